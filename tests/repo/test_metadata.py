"""metadata.txt: what QGIS and the hub read of the plugin."""

from __future__ import annotations

import re

import pytest

from hyperlocal_need.tools import package


@pytest.fixture(scope="module")
def metadata(repository):
    return package.read_metadata(repository / "metadata.txt")


def test_the_hub_would_take_it(metadata):
    assert package.metadata_faults(metadata) == []


def test_faults_are_told_in_words():
    faults = package.metadata_faults({"version": "one", "homepage": "http://example.org"})
    assert "metadata.txt: 'about' is missing; fill it in." in faults
    assert "metadata.txt: version 'one' must be three numbers, as in 0.1.0." in faults
    assert "metadata.txt: 'homepage' must be an https:// address." in faults


def test_it_asks_for_the_oldest_qgis_that_is_tested(metadata):
    assert metadata["name"] == "Hyper-local Need"
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["license"] == "GPL-2.0-or-later"


def test_the_icon_is_there(repository, metadata):
    assert (repository / metadata["icon"]).is_file(), "metadata.txt: 'icon' names a file that does not exist."


def test_the_licence_is_the_whole_text(repository):
    text = (repository / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_change_log_knows_the_version(repository, metadata):
    headings = re.findall(r"^## \[?([^\]\s]+)", (repository / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased", "CHANGELOG.md: the first heading must be 'Unreleased'."
    assert metadata["version"] in headings, f"CHANGELOG.md: add a heading for {metadata['version']}."


def test_the_version_stands_in_metadata_alone(shipped_code, metadata):
    number = re.compile(rf"['\"]{re.escape(metadata['version'])}['\"]")
    places = [name for name, text in shipped_code.items() if number.search(text)]
    assert not places, f"{', '.join(places)}: read the version from metadata.txt instead of writing it again."
