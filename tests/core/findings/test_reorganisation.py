"""Proposed authorities: lookups by code and their faults, parts that recombine to the whole, and shrinkage anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import index
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings import reorganisation

from . import planted

PLACES = pd.DataFrame(
    {"district_code": ["D1", "D1", "D2", "D2", "D3"], "district_name": ["North", "North", "South", "South", "Isle"]},
    index=pd.Index(["E1", "E2", "E3", "E4", "E5"], name="area_code"),
)


def lookup(rows):
    return pd.DataFrame(list(rows.values()), columns=["one council"], index=pd.Index(list(rows), dtype=object))


@pytest.mark.parametrize(
    "rows", [{"D1": "A", "D2": "B"}, {"North": "A", "South": "B"}, dict(zip(PLACES.index, "AABB"))]
)
def test_by_areas_or_districts_and_by_codes_or_names(rows):
    found = reorganisation.by_codes(lookup(rows), PLACES, "plan")["one council"]
    assert [None if pd.isna(one) else one for one in found] == ["A", "A", "B", "B", None]
    reorganisation.check_whole(found.to_frame(), PLACES["district_name"], "plan")


def test_faults_of_a_lookup_are_listed():
    with pytest.raises(DataError, match="plan: 1 of 3 codes are no district_code of the result: D9"):
        reorganisation.by_codes(lookup({"D1": "A", "D2": "B", "D9": "B"}), PLACES, "plan")
    doubled = pd.concat([lookup({"D1": "A", "D2": "B"}), lookup({"D2": "A"}), lookup({"D1": "A"})])
    with pytest.raises(DataError, match="plan: D2 stand more than once, with different proposals"):
        reorganisation.by_codes(doubled, PLACES, "plan")
    part = reorganisation.by_codes(lookup({"E1": "A", "E3": "B", "E4": "B"}), PLACES, "plan")
    with pytest.raises(DataError, match="'one council' leaves out 1 areas of North, of which it takes others: E2"):
        reorganisation.check_whole(part, PLACES["district_name"], "plan")
    with pytest.raises(DataError, match="proposes nothing"):
        reorganisation.check_whole(part.where(part.isna(), None), PLACES["district_name"], "plan")


@pytest.fixture(scope="module")
def saved():
    return planted.run(300, gaps=3)[0]


@pytest.fixture(scope="module")
def halves(saved):
    """The first four districts become two councils, cut across the second; all else stays outside."""
    number = saved.need["district_code"].str[1:].astype(int)
    cut = (number == 1) & (np.arange(len(number)) % 2 == 0)
    option = pd.Series(np.where(number > 3, None, np.where((number == 0) | cut, "West", "East")), index=number.index)
    return pd.DataFrame({"two": option, "one": option.where(option.isna(), "All")})


def test_the_parts_recombine_to_the_whole(saved, halves):
    table, members = reorganisation.compare({"present": saved.need}, ["need", "work", "health"], halves)
    assert set(table["option"]) == {"present", "two", "one"} and len(members["two"]) == 300
    whole = table[table["boundary_name"] == "whole"].set_index("option")
    sums = ["lsoas", "population", "need_hotspot_population", "lsoas_mission_critical", "lsoas_unranked"]
    for option, rows in table[table["boundary_name"] != "whole"].groupby("option"):
        assert (rows[sums].sum() == whole.loc[option, sums]).all(), option
        if not saved.need["need_rank"].isna().any():
            mean = np.average(rows["need_average_score"], weights=rows["population"])
            assert mean == pytest.approx(whole.loc[option, "need_average_score"], abs=1e-12)
    assert whole["population"].nunique() == 1
    assert table.set_index(["option", "boundary_name"]).loc[("two", "West"), "parts"] == "District 0, District 1"
    beside = reorganisation.proposals_compared(table)
    assert beside["authorities"].to_dict() == {"present": 4, "two": 2, "one": 1}
    assert beside.loc["one", "smallest"] == beside.loc["one", "largest"] == whole.loc["one", "population"]
    assert beside.loc["two", "lowest"] < beside.loc["one", "lowest"] == beside.loc["one", "highest"]
    assert beside.loc["one", "highest"] < beside.loc["two", "highest"] <= beside.loc["present", "highest"]


def test_averages_by_residents_recombine_where_all_are_ranked(halves):
    need = planted.run(300)[0].need
    table, _ = reorganisation.compare({"present": need}, ["need", "health"], halves)
    rows = table[table["option"] == "two"].set_index("boundary_name")
    parts = rows.loc[["East", "West"]]
    for name in ("need_average_score", "need_average_rank", "need_extent", "health_average_score"):
        mean = np.average(parts[name].astype(float), weights=parts["population"])
        assert mean == pytest.approx(rows.loc["whole", name], abs=1e-9), name


def test_shrunk_towards_the_runs_own_districts_it_is_the_run(saved):
    again = reorganisation.shrunk_towards(saved, saved.need["district_code"])
    for name in ("composite", "need_score", "work_score", "health_rank", "need_rank"):
        np.testing.assert_allclose(again[name].astype(float), saved.need[name].astype(float), rtol=0, atol=1e-9)


@pytest.mark.parametrize("missing", ["exclude", "median"])
def test_shrunk_towards_proposals_it_is_a_run_that_shrinks_so(missing, halves):
    """The whole index computed with the proposals as districts of shrinkage, from the same counts."""
    figures = planted.indicators_of(*planted.truth(300), gaps=3)
    saved = planted.saved_of(index.run(planted.METHODOLOGY, figures, missing=missing))
    towards = halves["two"].where(halves["two"].notna(), figures.areas["shrinkage_district"])
    figures.areas["shrinkage_district"] = towards
    expected = index.run(planted.METHODOLOGY, figures, missing=missing).need
    found = reorganisation.shrunk_towards(saved, halves["two"])
    for name in ("composite", "need_score", "need_rank"):
        np.testing.assert_allclose(found[name].astype(float), expected[name].astype(float), rtol=0, atol=1e-9)
    assert np.abs(found["composite"] - saved.need["composite"]).max() > 1e-3


def test_areas_without_a_proposal_keep_figures_shrunk_towards_other_districts_than_those_reported():
    """Shrunk towards six groups and reported by more districts: a proposal of the sixth as it is moves nothing."""
    figures = planted.indicators_of(*planted.truth(300))
    groups = pd.Series([f"S{place // 50}" for place in range(300)], index=figures.areas.index)
    figures.areas["shrinkage_district"] = groups
    saved = planted.saved_of(index.run(planted.METHODOLOGY, figures))
    found = reorganisation.shrunk_towards(saved, groups.where(groups == "S5", None))
    assert found["need_rank"].tolist() == saved.need["need_rank"].tolist()
