"""The certainty of ranks: intervals hold a planted truth, what is not known is named, one seed gives one answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import index
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings import ranks_in_doubt
from hyperlocal_need.core.findings.figures_in_doubt import figures_in_doubt
from hyperlocal_need.core.findings.method_settings import method_settings
from hyperlocal_need.core.findings.need_explained import contributions_from
from hyperlocal_need.core.findings.ranks_in_doubt import Doubt
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.steps.standardise import published_ranks

from .planted import METHODOLOGY, NODES, indicators_of, run, saved_of, truth


def silent(fraction, text):
    pass


@pytest.fixture(scope="module")
def made():
    return run(400)


def certain(made, *kinds, pack=None, **options):
    saved, log = made
    options = {"draws": 200, "seed": 4, "spread": 0.25, **options}
    return ranks_in_doubt.ranks_in_doubt(saved, log, Doubt(kinds, **options), pack, silent)


@pytest.mark.parametrize("areas", [900, 2600])
def test_intervals_hold_a_planted_truth_nine_times_in_ten(areas):
    """Counts drawn from known shares; the rank by the shares themselves lies in the interval in 90 % of the areas.

    By exact draws below 2,000 areas, by the closed form and tables above.
    """
    logits, values, district = truth(areas, 7, districts=areas // 150)
    made = indicators_of(logits, values, district, seed=8)
    result = index.run(METHODOLOGY, made)
    huge = indicators_of(logits, values, district, seed=8, n=(40_000_000, 40_000_001))
    true_rank = published_ranks(index.run(METHODOLOGY, huge).need["composite"].to_numpy(dtype=float))
    log = {"districts": {"report_by": "LTLA23", "shrink_by": "LTLA23"}}
    found = certain((saved_of(result), log), "counts", draws=400).main
    held = (true_rank >= np.floor(found.low)) & (true_rank <= np.ceil(found.high))
    assert held.mean() == pytest.approx(0.9, abs=0.02)


def test_of_three_of_five_indicators_doubt_is_known_and_the_others_are_named(made):
    found = certain(made, "counts")
    assert set(found.figures.posteriors) == {"a", "b", "d"}
    titles = {node.id: node.title for node in METHODOLOGY.nodes}
    assert found.figures.sentence(titles) == (
        "Doubt from 3 of 5 indicators. Held exact (no error is published: C, men, C, women)."
    )


def test_the_table_has_whole_ranks_and_gaps_where_there_is_no_rank(made):
    saved, log = run(400, gaps=7)
    table = certain((saved, log), "all", "counts", "weights").table(saved.need, METHODOLOGY)
    chances = ["p_counts", "p_weights", "p_all", "p_hotspot", "work_p_hotspot", "health_p_hotspot"]
    assert table.index.equals(saved.need.index) and set(chances) <= set(table)
    unranked = table["need_rank"].isna()
    assert unranked.sum() == 7
    of_measure = ["p_counts", "p_weights", "p_all", "p_hotspot", "rank_low", "rank_high", "certainty", "tied_with"]
    assert table.loc[unranked, of_measure].isna().all(axis=None) and table.loc[~unranked, of_measure].notna().all(
        axis=None
    )
    for name in ("rank_low", "rank_median", "rank_high", "tied_with", "work_rank_low"):
        assert table[name].dtype == "Int64"
    known = table[~unranked]
    assert (known["rank_low"] <= known["rank_median"]).all() and (known["rank_median"] <= known["rank_high"]).all()
    assert set(known["certainty"]) <= {"sure", "likely", "open"}
    assert known["p_all"].sum() == pytest.approx(np.ceil(0.2 * len(known)), rel=0.02)


def test_one_seed_gives_one_answer_and_another_seed_another(made):
    saved = made[0]
    first, again, other = (
        certain(made, "all", "counts", seed=seed).table(saved.need, METHODOLOGY) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first["p_all"].equals(other["p_all"])


def test_a_dimension_without_doubt_has_no_certainty():
    """Health rests on D alone; where D has no counts, nothing is known of its ranks, and no column says 'sure'."""
    saved, log = run(300)
    quality = saved.quality.assign(shrinkage=saved.quality["shrinkage"].where(saved.quality.index != "d", "none"))
    saved = replace(saved, quality=quality)
    table = certain((saved, log), "counts").table(saved.need, METHODOLOGY)
    assert "work_certainty" in table and "health_certainty" not in table


def test_tied_are_areas_of_the_district_whose_order_is_open():
    """Three areas of one district: the first two change places in every second draw, the third is always below."""
    scores = np.array([[2.0, 1.0] * 10, [1.0, 2.0] * 10, [0.0] * 20, [1.5] * 20])
    district, names = (np.array(list(letters), dtype=object) for letters in ("xxxy", "ABCD"))
    tied, named = ranks_in_doubt._tied(scores, district, np.ones(4, dtype=bool), names)
    assert tied.tolist() == [1, 1, 0, 0] and named.tolist() == ["B", "A", None, None]
    # With D in the district: above B in every second draw, above A in three more; the most open order comes first.
    scores[3, :6:2] = 3.0
    tied, named = ranks_in_doubt._tied(scores, np.full(4, "x", dtype=object), np.array([1, 1, 1, 1], dtype=bool), names)
    assert tied.tolist() == [2, 2, 0, 2] and named.tolist() == ["B; D", "A; D", None, "B; A"]


@pytest.mark.parametrize("areas", [300, 2100])
def test_an_area_that_lacks_only_what_weighs_0_has_its_certainty_and_its_points(areas):
    """Work weighs 0, health all; seven areas lack A, of work: they are ranked, and all is known of their ranks."""
    nodes = [
        {**node, "weight": {"work": 0.0, "health": 1.0}[node["id"]]} if "weight" in node else node for node in NODES
    ]
    method = load({"format": 1, "id": "m", "title": "M", "nodes": nodes})
    result = index.run(method, indicators_of(*truth(areas), gaps=7))
    saved, log = saved_of(result), {**result.log, "districts": {"report_by": "LTLA23", "shrink_by": "LTLA23"}}
    assert saved.need["need_rank"].notna().all()
    found = certain((saved, log), "counts", "weights", "all", "methods", draws=60)
    for kind in found.found.values():
        assert not np.isnan(kind["need"].hotspot).any()
    assert not np.isnan(found.tied).any()
    points = contributions_from(saved)
    assert points.points.sum(axis=1).to_numpy() + points.baseline == pytest.approx(saved.tree.composite)
    assert (points.points[["a", "b"]] == 0).all(axis=None)


class TestPosteriorsOfAResult:
    def test_they_stand_where_the_run_has_shrunk_to(self, made):
        saved, log = made
        found = figures_in_doubt(saved, saved.tree, log).posteriors["a"]
        shrunk = saved.shrunk["a_shrunk"].to_numpy()
        assert found.mean == pytest.approx(np.log(shrunk / (1 - shrunk)))

    @pytest.mark.parametrize("missing", ["district", "median"])
    def test_an_area_that_was_filled_in_has_more_doubt_than_any_other(self, missing):
        saved, log = run(300, gaps=2, missing=missing)
        found = figures_in_doubt(saved, saved.tree, log).posteriors["a"]
        assert found.variance[:2].min() > np.median(found.variance[2:]) and not np.isnan(found.variance).any()

    @pytest.mark.parametrize("geography", ["MSOA21", "LTLA23", "UTLA23"])
    def test_figures_with_an_error_have_one_draw_for_each_area_that_they_are_of(self, made, geography, tmp_path):
        """Life expectancy by MSOA or authority: not shrunk, and all LSOAs of one share its error."""
        saved, log = made
        quality = saved.quality.assign(geography=geography)
        indicators = saved.indicators.assign(c_male_se=1.5)
        saved = replace(saved, quality=quality, indicators=indicators)
        parent = pd.Series([f"P{place // 10}" for place in range(len(saved.need))], index=saved.need.index)

        class Pack:
            entries = {}

            def lookup(self, level, needed):
                assert level == "LSOA21"
                return pd.DataFrame({needed[0]: parent})

        one = figures_in_doubt(saved, saved.tree, log, Pack()).posteriors["c_male"]
        drawn = one.draw(np.random.default_rng(1), 2) - one.oriented[:, None]
        assert len(np.unique(drawn[:10].round(9))) == 2 and not np.allclose(drawn[0], drawn[10])
        assert one.variance == pytest.approx(np.full(len(parent), 1.5**2))
        assert "pack" in figures_in_doubt(saved, saved.tree, log).held["c_male"]

    def test_figures_of_msoas_need_the_pack(self, made):
        saved, log = made
        saved = replace(saved, quality=saved.quality.assign(geography="MSOA11"))
        assert "pack" in figures_in_doubt(saved, saved.tree, log).held["a"]

    def test_other_districts_than_those_reported_need_the_pack(self, made):
        saved, log = made
        with pytest.raises(DataError, match="shrunk towards UTLA23"):
            figures_in_doubt(saved, saved.tree, {**log, "districts": {"report_by": "LTLA23", "shrink_by": "UTLA23"}})


class TestBadInput:
    def test_too_few_areas(self):
        with pytest.raises(DataError, match="Only 15 areas are ranked"):
            certain(run(15), "counts")

    def test_without_stages(self, made):
        saved, log = made
        bare = replace(saved, normal_scores=saved.normal_scores.iloc[:0], sub_dimensions=saved.sub_dimensions.iloc[:0])
        with pytest.raises(DataError, match="without its stages"):
            certain((bare, log), "weights")

    def test_no_counts_at_all(self, made):
        saved, log = made
        saved = replace(saved, quality=saved.quality.assign(shrinkage="none"))
        with pytest.raises(DataError, match="choose the weights"):
            certain((saved, log), "counts")
        assert certain((saved, log), "weights").main.hotspot.sum() == pytest.approx(80, rel=0.02)


class TestMethods:
    def test_the_first_setting_is_the_run_itself(self):
        saved, log = run(300, gaps=5)
        found = method_settings(saved, saved.tree, log, silent)
        ranks = saved.need["need_rank"].to_numpy(dtype=float, na_value=np.nan)[found.rows]
        assert np.abs(published_ranks(-found.ranks[0]) - published_ranks(-ranks)).max() <= 1
        assert len(found.ranks) == 3 * 3 * 2 * 2 * 2 * 2 * 2 and not np.isnan(found.ranks).any()
        assert {len(choices) for choices in found.levels.values()} == {2, 3}

    def test_what_can_make_no_difference_is_no_factor(self, made):
        saved, log = made
        assert "gaps" not in method_settings(saved, saved.tree, log, silent).levels

    def test_effects_are_by_factor_and_what_changes_nothing_has_none(self, made):
        """One region alone: shrinking towards it or towards districts that are it is the same."""
        saved, log = made
        one = saved.need.assign(region_code=saved.need["district_code"])
        found = method_settings(replace(saved, need=one), saved.tree, log, silent)
        effects = found.effects().set_index("factor")["mean_rank_shift"]
        assert effects["Shrunk towards"] == pytest.approx(0, abs=1e-6) and effects["Scores become"] > 0

    def test_it_is_a_column_of_its_own(self, made):
        found = certain(made, "counts", "methods")
        table = found.table(made[0].need, METHODOLOGY)
        assert set(found.found) == {"counts", "methods"} and table["p_methods"].between(0, 1).all()
        assert set(found.moves["kind"]) == {"choice", "left out"}


def test_what_is_left_out_moves_ranks(made):
    moves = certain(made, "weights").moves.set_index("factor")
    assert set(moves.index) == {"A", "B", "C, men", "C, women", "D"} and (moves["mean_rank_shift"] > 0).all()


def test_weights_of_indicators_widen_the_doubt(made):
    found = [certain(made, "weights", indicator_weights=inside) for inside in (False, True)]
    narrow, wide = (one.main for one in found)
    assert np.mean(wide.high - wide.low) > np.mean(narrow.high - narrow.low)
    assert np.nanmean(found[1].tied) > np.nanmean(found[0].tied)
