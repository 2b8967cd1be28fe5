"""Whatever ends a run, the earlier result is whole, the next run succeeds, and nothing is left behind.

Two moments of each fault; HYPERLOCALNEED_FAULTS="2 killed=50" tries more. ``./run bench faults`` writes figures for
the guide.
"""

from __future__ import annotations

import os
import shutil

import pytest

from hyperlocal_need.tools import faults
from hyperlocal_need.tools.bench.faults import table

NUMBERS = faults.counts(os.environ.get("HYPERLOCALNEED_FAULTS", ""), 2)
MOMENTS = [(kind, at) for kind, number in NUMBERS.items() for at in faults.marks(number)]


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


@pytest.mark.parametrize(("kind", "at"), MOMENTS, ids=[f"{kind} at {at:.0f}%" for kind, at in MOMENTS])
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


def test_moments_are_random_and_the_same_for_a_seed():
    found = faults.marks(50)
    assert found == faults.marks(50) and len(set(found)) == 50 and found != faults.marks(50, seed=8)
    assert 1 <= min(found) < 10 and 90 < max(found) <= 99 and found != sorted(found)


def test_how_many_is_asked_in_words():
    assert set(faults.counts("", 2).values()) == {2}
    found = faults.counts("5 killed=50,pack-gone=0", 2)
    assert (found["killed"], found["pack gone"], found["cancelled"]) == (50, 0, 5)
    for wrong in ("five", "killed", "killed=", "kiled=5", "killed=-1"):
        with pytest.raises(SystemExit, match="give a number, or KIND=NUMBER; kinds are killed, cancelled, disk-full"):
            faults.counts(wrong, 2)


def test_the_table_counts():
    made = [faults.Outcome("killed", 5.0, "failed", "killed", True, True, 0)]
    made.append(faults.Outcome("killed", 6.0, "failed", "", False, True, 2))
    found = table(
        made, before="| fault | runs |\n|---|---|\n| killed | 9 | 9 | 9 | 0 |\n| disk full | 5 | 5 | 5 | 0 |\n"
    )
    assert found.splitlines()[2:] == ["| killed | 2 | 1 | 2 | 2 |", "| disk full | 5 | 5 | 5 | 0 |"]
