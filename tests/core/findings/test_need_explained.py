"""The need of all areas as a table: points that add up against any baseline, what weighs, and who is meant."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import OptionError
from hyperlocal_need.core.findings import need_explained

from .planted import run

INDICATORS = ["a", "b", "c_male", "c_female", "d"]


@pytest.fixture(scope="module")
def saved():
    return run(300, gaps=4)[0]


@pytest.mark.parametrize("baseline", ["middle", "district", "region"])
@pytest.mark.parametrize("unit", ["composite", "need_score"])
def test_points_add_up_to_the_figure_less_the_baseline(saved, baseline, unit):
    found = need_explained.contributions_from(saved, baseline, unit)
    table = need_explained.points_table(saved, found, unit)
    points = table[[f"{name}_points" for name in INDICATORS]].sum(axis=1, skipna=False)
    assert np.abs(points - (table[unit] - table["baseline"])).max() < 1e-12 * 100
    unranked = table["need_rank"].isna()
    assert unranked.sum() == 4 and table.loc[unranked, ["a_points", "baseline", unit, "work_points"]].isna().all(
        axis=None
    )
    parts = table["skills_points"] + table["jobs_points"]
    assert table["work_points"].to_numpy() == pytest.approx(parts.to_numpy(), nan_ok=True)


def test_an_area_that_is_its_districts_mean_has_no_points(saved):
    """Against its district the points of a district's areas have both signs; against the middle of all they may not."""
    found = need_explained.contributions_from(saved, "district")
    by = found.points["a"].groupby(saved.need["district_code"])
    assert (by.min() < 0).all() and (by.max() > 0).all()


def test_shares_of_weight_add_up(saved):
    table = need_explained.weights_table(saved)
    rows = table[table["level"] == "indicator"]
    for name in ("nominal", "spread", "in_hotspots"):
        assert rows[name].sum() == pytest.approx(1)
    assert rows.loc["a", "nominal"] == pytest.approx(0.3) and rows.loc["b", "nominal"] == pytest.approx(0.1)
    assert table[table["level"] == "dimension"]["spread"].sum() == pytest.approx(1)
    assert rows["coarse"].tolist() == [0] * 5


def test_pairs_of_dimensions(saved):
    table = need_explained.combined_table(saved)
    assert table.index.tolist() == ["work"] and table["second"].tolist() == ["health"]
    both = ((saved.need["work_hotspot"] == 1) & (saved.need["health_hotspot"] == 1)).sum()
    assert table["both"].tolist() == [pytest.approx(both, abs=1)] and table["ratio"].iloc[0] > 1


def test_an_area_is_found_by_code_or_name_and_never_guessed(saved):
    assert need_explained.find_area(saved.need, "E00000012") == "E00000012"
    assert need_explained.find_area(saved.need, " area 12 ") == "E00000012"
    with pytest.raises(OptionError, match="no area 'Area'"):
        need_explained.find_area(saved.need, "Area")
    twice = saved.need.assign(area_name="Same")
    with pytest.raises(OptionError, match="300 areas are called 'same'"):
        need_explained.find_area(twice, "same")
    assert saved.need.loc[need_explained.neediest(saved.need), "need_rank"] == 1


def test_the_quality_table_and_the_weights_say_the_same_of_what_goes_together(saved):
    table = need_explained.weights_table(saved)
    for name in ("item_rest", "item_rest_spearman"):
        assert table.loc[INDICATORS, name].to_numpy() == pytest.approx(
            saved.quality.loc[INDICATORS, name].to_numpy(), nan_ok=True
        )
    assert table.loc["jobs", "alpha"] == pytest.approx(saved.quality.loc["b", "alpha"])
    assert np.isnan(table.loc["skills", "alpha"]) and np.isnan(saved.quality.loc["a", "alpha"])
