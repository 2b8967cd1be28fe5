"""Choosing areas by region and district, and listing them by need: five areas in three districts of two regions."""

from __future__ import annotations

import pandas as pd
import pytest

from hyperlocal_need.core.findings.selection import Filter, Place, neediest, places, sort_table


@pytest.fixture
def need():
    return pd.DataFrame(
        {
            "area_name": ["A1", "A2", "B1", "C1", "C2"],
            "district_code": ["DA", "DA", "DB", "DC", "DC"],
            "district_name": ["Ash", "Ash", "Beech", "Cedar", "Cedar"],
            "region_code": ["N", "N", "N", "S", "S"],
            "region_name": ["North", "North", "North", "East", "East"],
            "need_rank": [3.0, 1.0, None, 2.0, 4.0],
            "need_score": [30.0, 99.0, None, 60.0, 10.0],
            "population": [10, 20, 30, 40, 50],
        },
        index=pd.Index(["E1", "E2", "E3", "E4", "E5"], name="area_code"),
    )


def test_places_are_sorted_by_name_and_know_their_region(need):
    known = places(need)
    assert known.regions == (Place("S", "East"), Place("N", "North"))
    assert [place.name for place in known.districts_of("N")] == ["Ash", "Beech"]
    assert len(known.districts_of("")) == 3


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [(Filter(), "E1 E2 E3 E4 E5"), (Filter("S"), "E4 E5"), (Filter("N", "DA"), "E1 E2"), (Filter("S", "DA"), "")],
)
def test_a_filter_keeps_what_fits_both(need, chosen, codes):
    assert need.index[chosen.mask(need)].tolist() == codes.split()


def test_the_neediest_come_first_and_the_unranked_last(need):
    table = neediest(need, "need", Filter())
    assert table.index.tolist() == ["E2", "E4", "E1", "E5", "E3"]
    assert list(table) == ["rank", "area_name", "district_name", "score", "population", "region_name"]


def test_sorting_keeps_gaps_last_either_way(need):
    table = neediest(need, "need", Filter())
    assert sort_table(table, "rank", descending=True).index.tolist() == ["E5", "E1", "E4", "E2", "E3"]
    assert sort_table(table, "area_code", descending=True).index[0] == "E5"
