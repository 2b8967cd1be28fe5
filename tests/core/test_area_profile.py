"""What marks an area, by hand: four LSOAs in two districts, and a ward over the middle two."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.findings import area_profile

CODES = pd.Index(["L1", "L2", "L3", "L4"], name="area_code")
NAN = np.nan


@pytest.fixture
def need():
    return pd.DataFrame(
        {
            "district_code": ["D1", "D1", "D2", "D2"],
            "district_name": ["West", "West", "East", "East"],
            "region_code": ["R1"] * 4,
            "region_name": ["North"] * 4,
            "population": [100, 100, 100, 300],
            "need_score": [80.0, 60.0, 40.0, NAN],
        },
        index=CODES,
    )


@pytest.fixture
def members():
    """The ward W: all of L2, and half of L3; L4 lies outside all areas and is no member."""
    index = pd.Index(["W", "W"], name="boundary_code")
    return pd.DataFrame({"area_code": ["L2", "L3"], "population": [100.0, 50.0]}, index=index)


def test_an_area_is_in_the_district_of_most_of_its_people(members, need):
    codes = [area_profile.home(members, need[f"{level}_code"])["W"] for level in ("district", "region")]
    assert codes == ["D1", "R1"]


def test_scores_beside_district_region_and_country(members, need):
    found = area_profile.compare_scores(members, need, ["need"]).loc["W"]
    assert found["need_area"] == pytest.approx((60 * 100 + 40 * 50) / 150)
    assert found["need_district"] == 70, "West: (80 + 60) / 2"
    assert found["need_region"] == found["need_country"] == 60, "L4 has no score and counts nowhere"
    assert (found["profile_district"], found["profile_region"]) == ("West", "North")


def test_where_no_area_has_a_district_only_the_country_is_beside(members, need):
    need[["district_code", "district_name", "region_code", "region_name"]] = None
    row = area_profile.compare_scores(members, need, ["need"]).loc["W"]
    assert (
        row["need_country"] == pytest.approx(60.0) and pd.isna(row["need_district"]) and pd.isna(row["profile_region"])
    )


def test_indicators_come_from_the_greatest_need_down(members, need):
    z = pd.DataFrame({"a_z": [1.0, 0.0, 0.0, 0.0], "b_z": [0.0, 2.0, 1.0, 0.0], "c_z": [NAN] * 4}, index=CODES)
    values = pd.DataFrame({"a": [10.0, 20, 30, 40], "b": [1.0, 2, 3, NAN]}, index=CODES)
    found = area_profile.compare_indicators(members, need, z, values, ["a", "b", "c"])
    assert found["indicator"].tolist() == ["b", "a"], "c has no values of its own and is left out"
    assert found["z"].tolist() == pytest.approx([(2 * 100 + 1 * 50) / 150, 0])
    assert found["value"].tolist() == pytest.approx([(2 * 100 + 3 * 50) / 150, (20 * 100 + 30 * 50) / 150])
    # b of all areas: (1 + 2 + 3) / 3, for L4 is blank; a: (10 + 20 + 30 + 3 x 40) / 6.
    assert found["country"].tolist() == pytest.approx([2, 30])


def test_an_area_without_values_is_blank(members, need):
    z = pd.DataFrame({"a_z": [1.0, NAN, NAN, 1.0]}, index=CODES)
    values = pd.DataFrame({"a": [1.0, NAN, NAN, 1.0]}, index=CODES)
    found = area_profile.compare_indicators(members, need, z, values, ["a"])
    assert found[["z", "value"]].isna().all(axis=None)


def test_counts_are_pooled_by_their_denominators_and_ordered_by_what_they_add(members, need):
    """Of 100, 200, 100 and 400: all areas (10 + 40 + 30 + 160) / 800 = 0.3; the ward (40 + 15) / (200 + 50)."""
    z = pd.DataFrame({"a_z": [0.0] * 4, "b_z": [1.0] * 4}, index=CODES)
    values = pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4], "a_den": [100.0, 200, 100, 400], "b": [1.0] * 4}, index=CODES)
    points = pd.DataFrame({"a": [3.0] * 4, "b": [1.0] * 4}, index=CODES)
    found = area_profile.compare_indicators(members, need, z, values, ["a", "b"], points)
    assert found["indicator"].tolist() == ["a", "b"] and found["push"].tolist() == [3.0, 1.0]
    assert found["country"].tolist() == pytest.approx([0.3, 1.0])
    assert found["value"].tolist() == pytest.approx([55 / 250, 1.0])
