"""``./run demo``, ``index``, ``england`` and ``sources``, without their installation: results, and mistakes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest

WRITTEN = {
    "need.gpkg",
    "need.csv",
    "districts.csv",
    "quality.csv",
    "map.png",
    "hotspots.png",
    "report.html",
    "log.json",
    "need-evidence.json",
    *(f"{name}.csv-metadata.json" for name in ("need", "districts", "quality")),
}


def headless(repository, *arguments):
    command = [sys.executable, str(repository / "tools" / "headless.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def assert_one_line(finished, words):
    """A mistake: exit status 2, and one line on stderr that says what was wrong."""
    assert finished.returncode == 2, finished.stdout + finished.stderr
    lines = finished.stderr.splitlines()
    assert len(lines) == 1
    assert words in lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("demo", ""), "demo takes the name of a folder"),
        (("england", ""), "england takes the name of a folder"),
        (("index", ".", ""), "must be a folder of its own"),
        (("index", ".", "."), "must be a folder of its own"),
        (("test", "tests/nope.py"), "there is no such test"),
    ],
)
def test_mistakes_before_anything_is_run(repository, arguments, words):
    finished = subprocess.run(
        [str(repository / "run"), *arguments], cwd=repository, capture_output=True, text=True, check=False
    )
    assert_one_line(finished, words)


def written_files(folder):
    """Names of the files in a folder, without hidden ones, where the overlap may be kept for the next run."""
    return {path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}


@pytest.fixture(scope="module")
def demo_folder(repository, charts, tmp_path_factory):
    """The demonstration country with 600 areas, computed; (folder, what was printed)."""
    folder = tmp_path_factory.mktemp("demo")
    finished = headless(repository, "demo", folder, "--areas", "600")
    assert finished.returncode == 0, finished.stderr
    return folder, finished.stdout


def test_the_demonstration_writes_everything(demo_folder):
    folder, printed = demo_folder
    assert written_files(folder) == WRITTEN
    assert printed.splitlines()[-1] == f"Written to {folder}"
    assert printed.startswith("[  0 %"), "each stage is named, with the share done"


def test_the_demonstration_says_in_one_line_what_became_of_gaps(demo_folder):
    """600 areas have a rank, since gaps are filled; the indicator for one district alone is left out."""
    found = re.findall(r"600 areas in 5 districts: 600 ranked, 0 not; (\d+) gaps filled\. (.*)", demo_folder[1])
    assert len(found) == 1
    assert 19 < int(found[0][0]) < 60 and found[0][1] == "Left out for want of data: Patients per GP."


def test_a_pack_with_an_indicator_of_one_district_is_refused_with_the_way_out(repository, demo_folder, tmp_path):
    finished = headless(repository, "index", demo_folder[0] / "pack", tmp_path)
    assert_one_line(finished, "gp_appointments (Patients per GP) covers 54 of 600 areas; at least 65% are needed.")


def test_an_index_can_be_made_from_the_same_pack(repository, demo_folder, tmp_path):
    folder, _ = demo_folder
    finished = headless(repository, "index", folder / "pack", tmp_path, "exclude", "leave_out", "leave_out")
    assert finished.returncode == 0, finished.stderr
    assert written_files(tmp_path) == WRITTEN


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(repository, demo_folder, tmp_path):
    finished = headless(repository, "index", demo_folder[0] / "pack", tmp_path, "guess")
    assert_one_line(finished, "MISSING: 'guess' is not known; choose from exclude, district, median.")


def test_a_folder_without_a_pack_is_named(repository, charts, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_one_line(headless(repository, "index", tmp_path / "empty", tmp_path / "out"), "pack.json")


def test_an_output_that_is_a_file_is_named(repository, tmp_path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    assert_one_line(headless(repository, "index", tmp_path, tmp_path / "out"), f"{tmp_path / 'out'}: File exists")


def test_a_number_that_is_none_is_refused(repository, tmp_path):
    assert_one_line(headless(repository, "demo", tmp_path, "--areas", "many"), "invalid int value: 'many'")


@pytest.fixture(scope="module")
def nobody():
    """An address of this computer where nobody answers: a port that is held, and not listened at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_england_without_the_internet_is_one_line_and_leaves_no_pack(repository, nobody, tmp_path):
    finished = headless(repository, "england", tmp_path, "--base", nobody)
    assert_one_line(finished, "no pack can be made without lookup of LSOA21")
    assert "Connection refused" in finished.stderr and not (tmp_path / "pack").exists()


def test_sources_without_the_internet_are_one_line(repository, nobody):
    assert_one_line(headless(repository, "sources", "--base", nobody), "no source answers")
