"""Build the plugin's zip for plugins.qgis.org from the tracked files that ship, and check it by the hub's rules.

Equal files give an equal zip. Started by ``./run package``.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Dict, List

PACKAGE = "hyperlocal_need"
ROOT = Path(__file__).resolve().parents[1]
SHIPPED_FILES = ("metadata.txt", "__init__.py", "plugin.py", "resources.qrc", "LICENSE", "README.md", "CHANGELOG.md")
SHIPPED_FOLDERS = ("core", "processing_provider", "ui", "resources")
MANDATORY_KEYS = (
    "name",
    "description",
    "about",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "homepage",
    "tracker",
    "repository",
)
VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
COMPILED = (".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".exe", ".jar", ".zip", ".whl")
UNWANTED_PARTS = ("__pycache__", "__MACOSX", "tests", "tools", "docs")
# The hub takes 20 MiB; what is larger than this holds something that nobody meant to ship.
LARGEST_ZIP = 5 * 1024 * 1024
# Addresses that stand for one that has yet to be chosen.
PLACEHOLDER = re.compile(r"\.example\b|//github\.com/hyperlocal-need/")
# The zip's format begins in 1980; one fixed moment keeps equal trees equal.
MOMENT = (1980, 1, 1, 0, 0, 0)


class PackageError(Exception):
    """The zip cannot be built, or the hub would refuse it."""


def tracked_files(root: Path, with_new: bool = False) -> List[str]:
    """Paths that git tracks, sorted; with ``with_new`` also those that it would, were they added."""
    others = ["--others", "--exclude-standard"] if with_new else []
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", *others]
    listing = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listing.returncode:
        raise PackageError(
            f"{root}: git cannot list its files; run this in a checkout ({listing.stderr.decode().strip()})"
        )
    return sorted({name for name in listing.stdout.decode().split("\0") if name and (root / name).is_file()})


def shipped_files(root: Path, with_new: bool = False) -> List[str]:
    """The tracked paths that go into the zip: what QGIS loads, the licence and the two texts for readers."""
    return [
        name
        for name in tracked_files(root, with_new)
        if name in SHIPPED_FILES or (name.partition("/")[0] in SHIPPED_FOLDERS and "/" in name)
    ]


def read_metadata(path: Path) -> Dict[str, str]:
    """The [general] section of metadata.txt, keys in their own case, no interpolation."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return dict(parser["general"])


def metadata_faults(values: Dict[str, str]) -> List[str]:
    """What the hub would refuse in metadata.txt, in words."""
    faults = [f"metadata.txt: '{key}' is missing; fill it in." for key in MANDATORY_KEYS if not values.get(key)]
    if not VERSION.match(values.get("version", "")):
        faults.append(f"metadata.txt: version '{values.get('version')}' must be three numbers, as in 0.1.0.")
    if values.get("qgisMaximumVersion") != "4.99":
        faults.append("metadata.txt: qgisMaximumVersion must be 4.99, or QGIS 4 will not offer the plugin.")
    if values.get("hasProcessingProvider") != "yes":
        faults.append("metadata.txt: hasProcessingProvider must be yes, or qgis_process will not load the plugin.")
    for key in ("homepage", "tracker", "repository"):
        if not values.get(key, "").startswith("https://"):
            faults.append(f"metadata.txt: '{key}' must be an https:// address.")
    return faults


def placeholders(values: Dict[str, str]) -> List[str]:
    """The keys whose address is nobody's yet."""
    return [key for key in ("homepage", "tracker", "repository", "email") if PLACEHOLDER.search(values.get(key, ""))]


def with_changes(metadata: str, log: str) -> str:
    """metadata.txt with what is new: the first section of CHANGELOG.md that says anything, in plain text.

    QGIS reads the file with Python's configparser, for which a line with # is a comment and a % begins a reference.
    """
    sections = re.split(r"^## ", log, flags=re.M)[1:]
    text = next((one for one in sections if len(one.strip().splitlines()) > 1), "")
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text.replace("`", "").replace("*", ""))
    text = re.sub(r"^### (.+)$", r"\1:", re.sub(r" ?%", " per cent", text), flags=re.M)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return metadata.rstrip("\n") + "\nchangelog=" + "\n    ".join(lines) + "\n"


def tree_faults(names: List[str]) -> List[str]:
    """What the hub would refuse among the file names, in words."""
    faults = [
        f"{name} is missing; the hub demands it."
        for name in ("metadata.txt", "LICENSE", "__init__.py")
        if name not in names
    ]
    for name in names:
        parts = Path(name).parts
        if name.endswith(COMPILED):
            faults.append(f"{name}: no compiled file or archive may ship; remove it.")
        if Path(name).stem.startswith("resources_rc"):
            faults.append(f"{name}: the hub refuses compiled resources; load icons by their path.")
        if any(part in UNWANTED_PARTS or part.startswith(".") for part in parts):
            faults.append(f"{name}: hidden files, caches, tests and tools stay out of the zip.")
        if not name.isascii():
            faults.append(f"{name}: file names must be plain ASCII.")
    return faults


def write_zip(root: Path, names: List[str], target: Path) -> None:
    """Write the files under one folder named for the package, all with one date, owner and mode."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            entry = zipfile.ZipInfo(f"{PACKAGE}/{name}", MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            content = (root / name).read_bytes()
            if name == "metadata.txt":
                log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
                content = with_changes(content.decode("utf-8"), log).encode("utf-8")
            archive.writestr(entry, content)


def scan_faults(folder: Path) -> List[str]:
    """What bandit and detect-secrets, which the hub runs on every upload, find in a folder."""
    bandit = _output_of("bandit", "--quiet", "--ignore-nosec", "--format", "json", "--recursive", str(folder))
    findings = [
        f"{_within(folder, finding['filename'])}:{finding['line_number']}: {finding['test_id']} {finding['issue_text']}"
        for finding in bandit["results"]
    ]
    secrets = _output_of("detect_secrets", "-C", str(folder), "scan", "--all-files", ".")
    for name, found in secrets["results"].items():
        findings += [f"{name}:{entry['line_number']}: looks like a secret ({entry['type']})" for entry in found]
    unread = [f"{_within(folder, error['filename'])}: {error['reason']}" for error in bandit["errors"]]
    return [f"{finding}; the hub would block the version." for finding in findings + unread]


def _output_of(module: str, *arguments: str) -> dict:
    finished = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    try:
        return json.loads(finished.stdout)
    except ValueError as error:
        raise PackageError(f"{module} did not run: {finished.stderr.strip()}") from error


def _within(folder: Path, name: str) -> str:
    return str(Path(name).resolve().relative_to(folder.resolve()))


def zip_faults(archive_path: Path) -> List[str]:
    """What the hub would refuse in a finished zip."""
    if archive_path.stat().st_size > LARGEST_ZIP:
        return [f"{archive_path.name} is larger than {LARGEST_ZIP >> 20} MiB; does it hold data?"]
    with zipfile.ZipFile(archive_path) as archive, tempfile.TemporaryDirectory() as scratch:
        names = archive.namelist()
        stray = [f"{name}: must lie in {PACKAGE}/." for name in names if not name.startswith(f"{PACKAGE}/")]
        if stray:
            return stray
        archive.extractall(scratch)
        folder = Path(scratch) / PACKAGE
        metadata = read_metadata(folder / "metadata.txt") if (folder / "metadata.txt").exists() else {}
        inside = [name[len(PACKAGE) + 1 :] for name in names]
        return tree_faults(inside) + metadata_faults(metadata) + scan_faults(folder)


def build(root: Path, folder: Path, with_new: bool = False) -> Path:
    """Write ``hyperlocal_need-<version>.zip`` into a folder and give its path; raises PackageError for faults."""
    names = shipped_files(root, with_new)
    if not names:
        raise PackageError(f"{root}: git tracks none of the files that ship; add and commit them first.")
    version = read_metadata(root / "metadata.txt").get("version", "")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PACKAGE}-{version}.zip"
    # Moved into place when it has passed: a zip that lies in the folder is one that the hub would take.
    aside = target.with_suffix(".part")
    try:
        write_zip(root, names, aside)
        faults = zip_faults(aside)
        if faults:
            raise PackageError("\n".join(faults))
        return aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def main() -> int:
    try:
        left_behind = set(shipped_files(ROOT, with_new=True)) - set(shipped_files(ROOT))
        target = build(ROOT, ROOT / "dist")
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    for name in sorted(left_behind):
        print(f"{name} is not tracked by git, and so not in the zip.", file=sys.stderr)
    unsettled = placeholders(read_metadata(ROOT / "metadata.txt"))
    if unsettled:
        print(f"Before publishing, put your own addresses into metadata.txt: {', '.join(unsettled)}.", file=sys.stderr)
    with zipfile.ZipFile(target) as archive:
        print(f"{target.relative_to(ROOT)}: {len(archive.namelist())} files, {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
