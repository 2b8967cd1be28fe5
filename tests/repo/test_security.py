"""What ships waives no check, holds no secret, and passes what the hub advises on."""

from __future__ import annotations

import re
import subprocess
import sys

# What a person writes to silence a tool, in whatever tool's words.
_WAIVERS = re.compile(r"#\s*(nosec|pragma:\s*allowlist)|detect-secrets|\bbandit\s*:\s*", re.I)
# Keys of services and of people, as their makers write them; detect-secrets looks for more in the finished zip.
_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{22,}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|://[^/\s:@'\"]+:[^/\s:@'\"]+@"
    r"|\bAIza[0-9A-Za-z_-]{35}\b|(?i:(?:password|api_?key|secret|token)\s*[=:]\s*['\"][^'\"{}\s]{8,}['\"])"
)


def texts(repository):
    """Every text that git would ship, by name."""
    from hyperlocal_need.tools import package

    for name in package.tracked_files(repository, with_new=True):
        data = (repository / name).read_bytes()
        if b"\0" not in data:
            yield name, data.decode("utf-8")


def test_the_patterns_find_what_they_are_for():
    fake = [
        "ghp_" + "a1" * 18,
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        "https://me:" + "word@host/x",
        "AKIA" + "A" * 16,
    ]
    assert all(_SECRETS.search(one) for one in fake) and not _SECRETS.search("https://example.org/a@b token = ''")
    assert _WAIVERS.search("x = 1  # no" + "sec B101")


def test_no_secret_is_in_the_repository(repository):
    found = [
        f"{name}: {match[0][:12]}…"
        for name, text in texts(repository)
        for match in _SECRETS.finditer(text)
        if not name.startswith("tests/")
    ]
    assert not found, found


def test_no_check_is_waived_in_what_ships(shipped_code):
    waived = [name for name, text in shipped_code.items() if _WAIVERS.search(text)]
    assert len(shipped_code) > 150 and not waived, waived


def test_flake8s_own_list_has_nothing_to_say(repository):
    """Its default codes, as ruff has them, and no comment that silences one."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--line-length", "120"]
    options = ["--select", "E,F,W,C90", "--target-version", "py39", "--no-cache"]
    folders = ["core", "processing_provider", "ui", "plugin.py", "__init__.py"]
    finished = subprocess.run(
        [*command, *options, *folders], cwd=repository, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout


def test_nothing_that_ships_can_run_a_text_or_another_program(shipped_code):
    unsafe = re.compile(
        r"(?<![\w.])(eval|exec|compile|__import__)\(|\bpickle\b|\bmarshal\b|\bshelve\b|os\.(system|popen)|subprocess"
    )
    found = [f"{name}: {match[0]}" for name, text in shipped_code.items() for match in unsafe.finditer(text)]
    assert not found, found


def test_no_query_is_put_together_from_texts(shipped_code):
    """Names of layers and columns come from files that anyone may have made."""
    made = re.compile(r"""execute\w*\(\s*f["']|setSubsetString\((?!["'])|read_sql\w*\(\s*f["']""")
    found = [f"{name}: {match[0]}" for name, text in shipped_code.items() for match in made.finditer(text)]
    assert not found, found


def test_json_that_others_have_written_is_read_by_one_reader(shipped_code):
    """One that ends in words where it nests too deep; what ships with the plugin, and its own answers, are its own."""
    own = re.compile(r"json\.loads?\((?![\s(]*(Path\(__file__|Path\(|HELP|outcome\.results|result\.userData))")
    found = [name for name, text in shipped_code.items() if name != "core/strict_json.py" and own.search(text)]
    assert not found, found
