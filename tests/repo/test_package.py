"""The zip for plugins.qgis.org: what is in it, and that the hub would take it."""

from __future__ import annotations

import configparser
import zipfile

import pytest

from hyperlocal_need.tools import package


@pytest.fixture(scope="module")
def archive_path(repository, tmp_path_factory):
    return package.build(repository, tmp_path_factory.mktemp("dist"), with_new=True)


@pytest.fixture(scope="module")
def names(archive_path):
    with zipfile.ZipFile(archive_path) as archive:
        return archive.namelist()


def test_it_is_named_for_the_version(repository, archive_path):
    version = package.read_metadata(repository / "metadata.txt")["version"]
    assert archive_path.name == f"hyperlocal_need-{version}.zip"


def test_it_holds_what_qgis_loads_and_nothing_for_developers(names):
    assert {"hyperlocal_need/metadata.txt", "hyperlocal_need/__init__.py", "hyperlocal_need/LICENSE"} <= set(names)
    folders = {name.split("/")[1] for name in names if name.count("/") > 1}
    assert folders <= {"core", "processing_provider", "ui", "resources"}


def test_equal_trees_give_equal_zips(repository, archive_path, tmp_path):
    again = tmp_path / "again.zip"
    package.write_zip(repository, package.shipped_files(repository, with_new=True), again)
    assert again.read_bytes() == archive_path.read_bytes()


def test_the_hub_finds_nothing_in_it(archive_path):
    """Building scans it, and leaves nothing in the folder where there is a finding."""
    assert archive_path.is_file() and not list(archive_path.parent.glob("*.part"))


def test_a_finding_leaves_no_zip(repository, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "scan_faults", lambda folder: ["core/pack.py: B101"])
    with pytest.raises(package.PackageError, match="B101"):
        package.build(repository, tmp_path, with_new=True)
    assert not list(tmp_path.iterdir())


def test_it_is_small(archive_path, tmp_path, monkeypatch):
    assert archive_path.stat().st_size <= 5_000_000
    monkeypatch.setattr(package, "LARGEST_ZIP", 1024)
    assert "does it hold data?" in package.zip_faults(archive_path)[0]


def test_metadata_tells_what_is_new_as_qgis_reads_it(archive_path, repository):
    """By Python's configparser with its default settings, as QGIS 3.22 does."""
    with zipfile.ZipFile(archive_path) as archive:
        text = archive.read("hyperlocal_need/metadata.txt").decode("utf-8")
    parser = configparser.ConfigParser()
    parser.read_string(text)
    told = parser.get("general", "changelog")
    assert told.splitlines()[0] == "Unreleased" and "Added:" in told and len(told.splitlines()) > 10
    own = package.read_metadata(repository / "metadata.txt")
    assert {key: parser.get("general", key) for key in own} == own


def test_changes_become_plain_text():
    log = "# Changes\n\n## Unreleased\n\n## 1.2.3\n\n### Added\n\n- *One* in `two` ([three](four.md)), 5 %.\n"
    assert package.with_changes("name=x\n", log) == (
        "name=x\nchangelog=1.2.3\n    Added:\n    - One in two (three), 5 per cent.\n"
    )


def test_addresses_that_are_nobodys_are_named():
    values = {
        "homepage": "https://github.com/hyperlocal-need/x",
        "email": "me@council.example",
        "tracker": "https://a.org",
    }
    assert package.placeholders(values) == ["homepage", "email"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("core/pack.pyc", "no compiled file"),
        ("resources_rc.py", "refuses compiled resources"),
        ("tests/core/test_pack.py", "stay out of the zip"),
        ("core/.hidden", "stay out of the zip"),
        ("resources/icons/née.svg", "plain ASCII"),
    ],
)
def test_unfit_files_are_named(name, words):
    faults = package.tree_faults(["metadata.txt", "LICENSE", "__init__.py", name])
    assert any(fault.startswith(name) and words in fault for fault in faults)


def test_a_missing_licence_is_named():
    assert package.tree_faults(["metadata.txt", "__init__.py"]) == ["LICENSE is missing; the hub demands it."]


def test_findings_of_the_scanners_are_named(tmp_path):
    (tmp_path / "risky.py").write_text("import subprocess\nsubprocess.call('ls', shell=True)\n", encoding="utf-8")
    faults = package.scan_faults(tmp_path)
    assert any(fault.startswith("risky.py:2: B") for fault in faults)


def test_a_stray_file_beside_the_plugin_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "stray.zip", "w") as archive:
        archive.writestr("README.md", "")
    assert package.zip_faults(tmp_path / "stray.zip") == ["README.md: must lie in hyperlocal_need/."]
