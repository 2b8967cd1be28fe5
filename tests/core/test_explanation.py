"""Contributions that add up: one curve by hand, and every kind of weight on the tiny pack."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings.explanation import Explainer, standing_of, value_at
from hyperlocal_need.core.findings.score_tree import read_tree
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.steps.standardise import published_ranks


def explainer(result, weights=None):
    logged = result.log["weights"] if weights is None else weights
    tree = read_tree(result.methodology, logged, result.need, result.normal_scores, result.sub_dimensions)
    return Explainer(tree, result.need)


def with_given_weights(tiny):
    for node in tiny.methodology["nodes"]:
        if node["id"] == "place":
            node["weighting"] = "given"
        node.update(
            {"weight": {"crime": 0.5, "pupils": 0.3, "distance": 0.2}[node["id"]]}
            if node.get("parent") == "place"
            else {}
        )
    return tiny


def test_one_dimension_of_two_indicators_by_hand():
    """Three areas, a = 1, 0, -1 and b = 0, 1, -1: S = 1, 1, -2, so X = 90, 90, 10, and C = X.

    The baseline is z = 0: S = 0 lies on the line from (-2, 10) to (1, 90), at 10 + 80 x 2/3 = 63.33. The first area is
    26.67 above it, all by a; the third 53.33 below, half by each.
    """
    nodes = [
        {"id": "need", "level": "index", "title": "Need"},
        {"id": "d", "level": "dimension", "title": "D", "parent": "need"},
        {"id": "a", "level": "indicator", "title": "A", "parent": "d"},
        {"id": "b", "level": "indicator", "title": "B", "parent": "d"},
    ]
    z = pd.DataFrame({"a_z": [1.0, 0, -1], "b_z": [0.0, 1, -1]}, index=list("xyz"))
    combined = pd.DataFrame({"d_sum": [1.0, 1, -2], "d_exp": [90.0, 90, 10]}, index=z.index)
    need = pd.DataFrame(
        {"composite": [90.0, 90, 10], "need_score": [80.0, 80, 5], "need_rank": [1, 1, 3]}, index=z.index
    )
    methodology = load({"format": 1, "id": "m", "title": "M", "nodes": nodes})
    told = Explainer(read_tree(methodology, {}, need, z, combined), need)
    found = told.contributions()
    assert told.weights == {"d": 1.0, "a": 1.0, "b": 1.0}
    assert found.baseline == pytest.approx(190 / 3)
    assert found.points.to_numpy().tolist() == [pytest.approx(row) for row in ([80 / 3, 0], [0, 80 / 3], [-80 / 3] * 2)]
    # In points of need_score: 5 at 10 and 80 at 90, so the baseline has 5 + 75 x 2/3 = 55, and the first area 25 more.
    points = told.contributions(unit="need_score")
    assert points.baseline == pytest.approx(55) and points.points.loc["x"].tolist() == pytest.approx([25, 0])


@pytest.mark.parametrize("change", [lambda tiny: tiny, with_given_weights], ids=["equal", "given"])
@pytest.mark.parametrize("unit", ["composite", "need_score"])
@pytest.mark.parametrize("group", [None, [True] * 3 + [False] * 3])
def test_contributions_add_up_exactly_and_have_the_sign_of_z(tiny, change, unit, group):
    result = change(tiny).run()
    told = explainer(result)
    base = told.baseline(None if group is None else np.array(group))
    found = told.contributions(base, unit=unit)
    gap = result.need[unit] - found.baseline
    assert found.points.sum(axis=1).to_numpy() == pytest.approx(gap.to_numpy(), rel=1e-12, abs=1e-11)
    for name in found.points:
        signs = np.sign(result.normal_scores[f"{name}_z"] - base[name])
        assert (np.sign(found.points[name]) * signs >= 0).all()
    dimensions = [node.id for node in result.methodology.dimensions]
    assert sum(found.of(one) for one in dimensions).tolist() == pytest.approx(gap.tolist())
    assert found.of("work").tolist() == pytest.approx((found.of("benefits") + found.of("money")).tolist())


def test_weights_without_a_log_are_those_of_the_sums(tiny):
    result = with_given_weights(tiny).run()
    logged = explainer(result).weights
    assert logged["crime"] == 0.5 and logged["work"] == 0.6
    assert explainer(result, {}).weights == pytest.approx(logged, abs=1e-9)


def test_one_area_is_that_row_of_all_and_an_unranked_one_has_none(tiny):
    tiny.column("distance.csv", "km", ["", 1, 4, 2.5, 7, 3])
    told = explainer(tiny.run())
    whole = told.contributions().points
    assert told.contributions(rows=[2]).points.loc[LSOA21[2]].tolist() == whole.loc[LSOA21[2]].tolist()
    assert whole.loc[LSOA21[0]].isna().all() and whole.iloc[1:].notna().all(axis=None)
    with pytest.raises(DataError, match="No area of the group"):
        told.baseline(np.arange(6) == 0)


def test_what_lifts_an_area_out_puts_it_behind_the_next(tiny):
    """Of six areas four are hot: the fifth moves up as one of them falls, and only behind it the area is out."""
    result = tiny.run()
    told = explainer(result)
    rank = result.need["need_rank"].to_numpy(dtype=float)
    hot = rank <= 4
    reached = 0
    for row, code in zip(np.flatnonzero(hot), result.need.index[hot]):
        own = {name: result.normal_scores.loc[code, f"{name}_z"] for name in told.parents}
        for name, z in told.lifts_out(code, hot).items():
            if not np.isnan(z):
                reached += 1
                assert z < own[name]
                ranks = []
                for tried in (z, z + 1e-9):
                    composite = result.need["composite"].to_numpy().copy()
                    composite[row] = told.tree.forward({**own, name: tried})[2]
                    ranks.append(published_ranks(composite)[row])
                assert ranks[0] == 5 and ranks[1] <= 4
    assert reached
    assert told.lifts_out(result.need.index[~hot][0], hot) == {}
    assert told.lifts_out(result.need.index[0], np.ones(6, dtype=bool)) == {}


def test_a_value_and_its_normal_score():
    values = np.array([10.0, 20, 30, np.nan])
    assert standing_of(30, values) == pytest.approx(NormalDist().inv_cdf(3 / 4))
    assert standing_of(25, values) == pytest.approx(NormalDist().inv_cdf(2.5 / 4))
    assert value_at(NormalDist().inv_cdf(2.5 / 4), values) == pytest.approx(25)
