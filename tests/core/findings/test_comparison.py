"""Two rankings side by side, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings import comparison, what_if

from .trees import CONSTANT, figures, tree_of

FIRST = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
SECOND = np.array([2.0, 1.0, 3.0, 5.0, 4.0, 6.0])


def test_changes_of_rank_and_class():
    table, agreement = comparison.compare_ranks(FIRST, SECOND, share=0.2)
    assert list(table["rank_change"][:5]) == [1, -1, 0, 1, -1]
    assert list(table["hotspot_class"][:5]) == ["first only", "second only", "neither", "neither", "neither"]
    assert np.isnan(table["rank_second"][5]) and pd.isna(table["hotspot_class"][5])
    assert agreement.areas == 5 and agreement.second_only == 1 and agreement.mean_shift == pytest.approx(0.8)
    # Spearman: 1 - 6 x 4/(5 x 24) = .8
    assert agreement.spearman == pytest.approx(0.8)


def test_kappa_by_hand():
    """3 of 4 agree; chance .5 x .25 + .5 x .75 = .5: (.75 - .5)/.5 = .5."""
    first, second = np.array([True, True, False, False]), np.array([True, False, False, False])
    assert comparison.cohens_kappa(first, second) == pytest.approx(0.5)
    assert np.isnan(comparison.cohens_kappa(first | True, first | True))


def test_no_areas_in_common():
    with pytest.raises(DataError, match="in common"):
        comparison.compare_ranks(np.array([1.0, np.nan]), np.array([np.nan, 1.0]))


class TestSplit:
    """Composites 50 40 30 20 10; then the second area rises to 60 and the fourth to 35."""

    first = np.array([50.0, 40.0, 30.0, 20.0, 10.0])
    second = np.array([50.0, 60.0, 30.0, 35.0, 10.0])

    def test_own_and_others(self):
        """The third area has not changed: its fall from 3 to 4 is the fourth area's doing."""
        parts = comparison.split_change(self.first, self.second)
        assert list(parts["change"]) == [1, -1, 1, -1, 0]
        assert list(parts["own"]) == [0, -1, 0, -1, 0]
        assert list(parts["others"]) == [1, 0, 1, 0, 0]

    def test_an_area_that_one_run_alone_has_moves_those_below_it(self):
        """Of a sixth area only the second run has a figure, 45: whoever stands below is one place lower for it."""
        first, second = np.append(self.first, np.nan), np.append(self.first, 45.0)
        parts = comparison.split_change(first, second)
        assert list(parts["boundary"][:5]) == [0, 1, 1, 1, 1] and np.isnan(parts["change"][5])
        assert (parts[["own", "others", "by_method"]][:5] == 0).all(axis=None)

    def test_parts_add_up_whatever_happened(self):
        rng = np.random.default_rng(1)
        first, second, method = rng.normal(size=(3, 200))
        first[:5], second[3:9] = np.nan, np.nan
        parts = comparison.split_change(first, second, method=method)
        total = parts[["own", "others", "boundary", "by_method"]].sum(axis=1, skipna=False)
        assert total.equals(parts["change"]) and parts["change"].notna().sum() == 191

    @pytest.mark.parametrize("weights", [(0.6, 0.4), (1.0, 1.0)], ids=["sum to 1", "plain sum"])
    def test_other_weights_alone_are_all_of_the_method(self, weights):
        tree = tree_of(figures(300), weights)
        heavier = what_if.weigh(tree, {"health": 2.0}, CONSTANT)
        other = replace(tree, composite=heavier.composite, top=replace(tree.top, weights=np.array([0.6, 2.0])))
        same = comparison.by_method_of(tree, other, CONSTANT, "ranked")
        parts = comparison.split_change(tree.composite, other.composite, method=same)
        assert np.allclose(same, tree.composite) and (parts[["own", "others", "boundary"]] == 0).all(axis=None)
        assert parts["by_method"].equals(parts["change"]) and (parts["change"] != 0).any()

    def test_noise_and_gaps(self):
        low, high = np.array([1.0, 2.0, 2.0, 4.0, 5.0]), np.array([2.0, 3.0, 4.0, 5.0, 5.0])
        second = self.second.copy()
        second[4] = np.nan
        parts = comparison.split_change(self.first, second, interval=(low, high))
        assert list(parts["within_noise"][:4]) == [1, 0, 1, 0] and np.isnan(parts["within_noise"][4])
        assert np.isnan(parts["change"][4])


def test_by_the_first_runs_own_cut_offs_its_figures_keep_their_ranks_and_worse_ones_are_hot_spots_more_often():
    """Five hundred areas: held against themselves nothing moves; half a unit worse all over, and no rank among
    themselves would move, yet by the first run's cut-offs many more are hot spots, and none fewer."""
    need = figures(500)
    tree, values = tree_of(need), {name: need[name].to_numpy() for name in "abcd"}
    same = comparison.by_frozen_cut_offs(tree, values, values)
    assert np.array_equal(same["rank_frozen"], tree.ranks) and same["hotspot_frozen"].sum() == 100
    worse = comparison.by_frozen_cut_offs(tree, values, {name: column + 0.5 for name, column in values.items()})
    assert worse["hotspot_frozen"].sum() > 150 and (worse["rank_frozen"] <= tree.ranks).all()
    gap = {**values, "d": np.where(np.arange(500) == 7, np.nan, values["d"])}
    assert np.flatnonzero(comparison.by_frozen_cut_offs(tree, values, gap)["rank_frozen"].isna()).tolist() == [7]
    with pytest.raises(DataError, match="same indicators"):
        comparison.by_frozen_cut_offs(tree, values, {"a": values["a"]})


def test_a_single_area_by_hand():
    """Of four areas the last takes the figures of the neediest: rank 1 by the first run's cut-offs, as one of two."""
    need = pd.DataFrame({name: [4.0, 3.0, 2.0, 1.0] for name in "abcd"}, index=pd.Index(list("wxyz"), name="area_code"))
    values = {name: need[name].to_numpy() for name in "abcd"}
    again = {name: np.array([4.0, 3.0, 2.0, 4.0]) for name in "abcd"}
    found = comparison.by_frozen_cut_offs(tree_of(need), values, again, share=0.25)
    assert found["rank_frozen"].tolist() == [1, 2, 3, 1] and found["hotspot_frozen"].tolist() == [1, 0, 0, 1]


def of_day(ranks, flags):
    """A layer ``need`` of three areas with these ranks and flags of hot spots."""
    names = {"area_name": list("abc"), "district_name": "D", "population": 10, "need_score": [3.0, 2.0, 1.0]}
    index = pd.Index(["E1", "E2", "E3"], name="area_code")
    return pd.DataFrame({**names, "need_rank": ranks, "hotspot": flags}, index=index)


def test_a_row_holds_from_its_date_until_the_next():
    later, first = of_day([1, np.nan, 2], [1, np.nan, 0]), of_day([2, 1, 3], [0, 1, 0])
    found = comparison.over_time({"2025-01-01": later, "2019-06-30": first}, ["need"])
    assert found["date"].astype(str).tolist() == ["2019-06-30"] * 3 + ["2025-01-01"] * 3
    assert (
        found["until"].isna().tolist() == [False] * 3 + [True] * 3 and str(found["until"].iloc[0])[:10] == "2025-01-01"
    )
    # ceil(10 rank / ranked areas): of three 7, 4, 10; of the two that are ranked later 5 and 10.
    assert found["decile"].fillna(0).tolist() == [7, 4, 10, 5, 0, 10] and found["rank"].isna().sum() == 1


def test_what_came_in_and_went_out_between_two_days():
    first, last = of_day([1, 2, 3], [1, 0, 1]), of_day([2, 1, np.nan], [0, 1, np.nan])
    moved = [what_if.GOES_OUT, what_if.COMES_IN, what_if.UNRANKED]
    assert comparison.hot_spots_moved(first, last, ["need"])["need"].tolist() == moved
    # An area that the later one does not have is unranked, and areas go by code.
    gone = last.drop("E3").iloc[::-1]
    assert comparison.hot_spots_moved(first, gone, ["need"])["need"].tolist() == moved
