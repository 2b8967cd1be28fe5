"""Whatever ends a run, the earlier result is whole, the next run succeeds, and nothing is left behind.

Two moments of each fault; HYPERLOCALNEED_FAULTS=50 tries fifty. ``./run bench faults`` writes figures into the guide.
"""

from __future__ import annotations

import os
import shutil

import pytest

from hyperlocal_need.tools import faults
from hyperlocal_need.tools.bench.faults import table

MOMENTS = faults.marks(int(os.environ.get("HYPERLOCALNEED_FAULTS", "2")))


@pytest.fixture(scope="module")
def good(demo_pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    assert faults.run(demo_pack, folder).words == ""
    assert faults.sound(folder)
    return folder


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    place = tmp_path_factory.mktemp("disk")
    with faults.small_disk(place) as made:
        if not made:
            pytest.skip("a disk of its own can be made by root on Linux alone")
        yield place


@pytest.mark.parametrize("at", MOMENTS, ids=lambda at: f"{at:.0f}%")
@pytest.mark.parametrize("kind", faults.KINDS)
def test_a_run_that_is_cut_short(kind, at, good, demo_pack, tmp_path, request):
    folder = (request.getfixturevalue("disk") if kind == "disk full" else tmp_path) / "out"
    pack = shutil.copytree(demo_pack, tmp_path / "pack") if kind == "pack gone" else demo_pack
    outcome = faults.attempt(kind, at, pack, good, folder)
    shutil.rmtree(folder)
    assert (outcome.whole, outcome.again, outcome.left) == (True, True, 0), outcome
    assert "Traceback" not in outcome.words, outcome
    if kind == "killed":
        assert outcome.words == "killed", outcome


def test_a_damaged_result_is_not_called_sound(good, tmp_path):
    """The measure itself: it has to see what it is there to see."""
    import sqlite3
    from contextlib import closing

    folder = shutil.copytree(good, tmp_path / "damaged")
    with closing(sqlite3.connect(folder / faults.NAME)) as database:
        database.execute("UPDATE quality SET missing = missing + 1")
        database.commit()
    assert not faults.sound(folder)


def test_moments_are_all_different_and_the_same_each_time():
    found = faults.marks(50)
    assert found == faults.marks(50) and len({round(one, 2) for one in found}) == 50
    assert 1 <= min(found) < 5 and 95 < max(found) <= 99


def test_the_table_counts():
    made = [faults.Outcome("killed", 5.0, "failed", "killed", True, True, 0)]
    made.append(faults.Outcome("killed", 6.0, "failed", "", False, True, 2))
    assert "| killed | 2 | 1 | 2 | 2 |" in table(made)
