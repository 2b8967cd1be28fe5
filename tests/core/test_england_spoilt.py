"""England's pack, spoilt in the ways in which packs are spoilt: each is caught, or named before the run."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.pack_check import _unusual, check_pack

# Ranks are ranked again, and a change in per cent is that of any unit: the figures are the same. A score has no unit,
# and a middle that is nearly 0 stays so. The share of good schools is given in either unit by those who publish it.
SAME_BY_100 = {"crime_rank", "children_young_people_rank", "gva_per_head_change", "jobs_access", "good_schools"}
SAME_BY_HUNDREDTH = {*SAME_BY_100 - {"good_schools"}, "broadband_speed", "progress_8"}


@pytest.fixture
def spoilt(england, tmp_path, repository):
    """A function that checks a copy of the pack with other tables and entries."""
    methodology = load(repository / "resources/methodologies/hyper_local_need_2025.json")

    def check(change=lambda spec: None, tables=()):
        for path in england.rglob("*"):
            place = tmp_path / path.relative_to(england)
            if path.is_dir():
                place.mkdir()
            elif path.parent.name == "boundaries" or path.name.startswith("postcodes"):
                # Looked for and never opened.
                place.touch()
            elif path.name != "pack.json":
                shutil.copyfile(path, place)
        spec = json.loads((england / "pack.json").read_text(encoding="utf-8"))
        change(spec)
        (tmp_path / "pack.json").write_text(json.dumps(spec), encoding="utf-8")
        for file, table in dict(tables).items():
            table.to_csv(tmp_path / file, index=False)
        with Pack.open(tmp_path) as pack:
            return check_pack(pack, methodology)

    return check


def named(checked):
    """The indicators with a problem other than that there are no data."""
    return {one.subject for one in checked.problems if "holds no data" not in one.text}


def counted_columns(england):
    """By file: the columns that are numerators or values, which a unit belongs to."""
    found = {}
    for entry in json.loads((england / "pack.json").read_text(encoding="utf-8"))["indicators"].values():
        columns = entry.get("numerator") or entry.get("value") or []
        found.setdefault(entry["file"], set()).update([columns] if isinstance(columns, str) else columns)
    return found


def test_the_pack_as_it_is_is_like_england(spoilt):
    assert not [one for one in spoilt().problems if "England" in one.text]


@pytest.mark.parametrize(("factor", "same"), [(100, SAME_BY_100), (0.01, SAME_BY_HUNDREDTH)])
def test_a_unit_that_is_a_hundred_times_another(spoilt, england, factor, same):
    """Every indicator at once: each that would come out otherwise is named, or cannot be converted."""
    tables = {}
    for file, columns in counted_columns(england).items():
        table = tables[file] = pd.read_csv(england / file)
        table[sorted(columns)] *= factor
    checked = spoilt(tables=tables)
    there = {state.node.id for state in checked.states if state.node.id not in checked.absent} | named(checked)
    assert len(there) >= 28
    assert there - named(checked) - same == set()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("no_qualifications", "level_4_plus"),
        ("bad_health", "residents"),
        ("limiting_long_term_illness", "residents"),
        ("fuel_poverty", "households"),
        ("level_3_qualifications", "no_qualifications"),
    ],
)
def test_a_column_in_place_of_another(spoilt, name, other):
    checked = spoilt(lambda spec: spec["indicators"][name].update(numerator=other))
    assert name in named(checked)


@pytest.mark.parametrize(
    ("name", "geography", "named_as"),
    [("bad_health", "OA11", "OA21"), ("carbon_footprint", "LSOA21", "LSOA11"), ("fuel_poverty", "LSOA11", "LSOA21")],
)
def test_codes_of_another_year(spoilt, name, geography, named_as):
    """The figures are for areas of one year, and the pack says another: the likely one is named."""
    checked = spoilt(lambda spec: spec["indicators"][name].update(geography=geography))
    told = [one for one in checked.problems if one.subject == name and one.stops]
    assert told and named_as in told[0].text, told


class TestByHand:
    """The check itself, without England's data."""

    def test_a_middle_of_17_per_cent_as_17(self):
        (found,) = _unusual({"no_qualifications": np.array([10.0, 17.0, 30.0, np.nan])})
        assert found.subject == "no_qualifications" and not found.stops
        assert "middle value, 17, is unlike England's (0.06 to 0.45)" in found.text

    def test_one_that_falls_where_it_should_rise(self):
        health, none = np.array([0.03, 0.05, 0.08]), np.array([0.3, 0.2, 0.1])
        found = _unusual({"bad_health": health, "no_qualifications": none})
        assert [one.subject for one in found] == ["no_qualifications", "bad_health"]
        assert "falls where 'bad_health' rises" in found[0].text
        assert _unusual({"bad_health": health, "no_qualifications": none[::-1]}) == []

    def test_what_has_no_figures_and_what_nobody_knows(self):
        assert _unusual({"bad_health": np.full(3, np.nan), "swans": np.array([1e9])}) == []
