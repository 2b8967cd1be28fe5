"""Other weights: equal to a full run, and the interval in which an area stays a hot spot."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import OptionError
from hyperlocal_need.core.findings import what_if

from .trees import CONSTANT, figures, tree_of, x_of


@pytest.fixture(scope="module")
def tree():
    return tree_of(figures(500))


def test_the_runs_own_weights_give_the_run(tree):
    assert np.allclose(what_if.weigh(tree, {}, CONSTANT).composite, tree.composite, rtol=0, atol=1e-12)


def test_weights_of_dimensions_are_taken_over_their_sum(tree):
    once, twice = (what_if.weigh(tree, {"work": w, "health": w}, CONSTANT).composite for w in (0.5, 7.0))
    assert np.array_equal(once, twice)
    assert np.allclose(once, 0.5 * tree.transformed["work"] + 0.5 * tree.transformed["health"])


def test_the_weight_of_an_indicator_equals_a_full_run(tree):
    """b counts three times: jobs = 3 z_b + z_c, work = skills + jobs, each ranked and transformed."""
    jobs = x_of(3.0 * tree.z["b"] + tree.z["c"])
    work = x_of(tree.transformed["skills"] + jobs)
    expected = 0.6 * work + 0.4 * tree.transformed["health"]
    assert np.allclose(what_if.weigh(tree, {"b": 3.0}, CONSTANT).composite, expected, rtol=0, atol=1e-12)


def test_a_dimension_without_weight_leaves_no_gap():
    need = figures(50)
    need.loc[need.index[3], "d"] = np.nan
    tree = tree_of(need)
    assert np.isnan(tree.composite[3])
    assert not np.isnan(what_if.weigh(tree, {"health": 0.0}, CONSTANT).composite[3])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"work": 0.0, "health": 0.0}, "All weights are 0"),
        ({"work": -1.0}, "The weight of 'work' is -1"),
        ({"b": 0.0, "c": 0.0}, "All weights under 'jobs' are 0"),
    ],
)
def test_weights_that_cannot_be(tree, weights, words):
    with pytest.raises(OptionError, match=words):
        what_if.weigh(tree, weights, CONSTANT)


def test_all_that_a_node_sums_may_be_left_out_with_the_node_itself(tree):
    without = what_if.weigh(tree, {"jobs": 0.0}, CONSTANT).composite
    assert np.array_equal(what_if.weigh(tree, {"b": 0.0, "c": 0.0, "jobs": 0.0}, CONSTANT).composite, without)


def test_who_comes_in_and_who_goes_out(tree):
    change = what_if.compare(tree, what_if.weigh(tree, {"health": 5.0}, CONSTANT).composite)
    assert change.comes_in.sum() == change.goes_out.sum() > 0
    assert change.hotspot.sum() == 100
    assert change.rho < 1 and change.mean_shift > 0
    same = what_if.compare(tree, tree.composite)
    assert same.mean_shift == 0 and same.rho == pytest.approx(1) and not same.comes_in.any()


def test_the_interval_of_a_weight_by_trying_every_weight(tree):
    low, high = what_if.holds_between(what_if.weigh(tree, {}, CONSTANT), "health", grid=21)
    points = np.unique(np.append(np.linspace(0, 1, 21), 0.4))
    today = int(np.searchsorted(points, 0.4))
    weighed = [what_if.weigh(tree, {"work": 1 - w, "health": w}, CONSTANT) for w in points]
    hot = np.array([what_if.compare(tree, one.composite).hotspot for one in weighed])
    for area in np.flatnonzero(~np.isnan(low)):
        first = last = today
        while first > 0 and hot[first - 1, area]:
            first -= 1
        while last < len(points) - 1 and hot[last + 1, area]:
            last += 1
        assert (low[area], high[area]) == pytest.approx((points[first], points[last]))
    assert np.array_equal(~np.isnan(low), hot[today])


def test_of_four_areas_none_is_a_hot_spot_at_any_weight():
    low, high = what_if.holds_between(what_if.weigh(tree_of(figures(4)), {}, CONSTANT), "health")
    assert np.isnan(low).all() and np.isnan(high).all()


@pytest.mark.parametrize("divisor", ["ranked", "all"])
@pytest.mark.parametrize("lacking", ["a", "c", "d"])
def test_the_divisor_is_known_wherever_the_gaps_are(divisor, lacking):
    """Nodes without gaps have the same scores by both."""
    need = figures(50)
    need.loc[need.index[10:30], lacking] = np.nan
    tree = tree_of(need, divisor=divisor)
    assert what_if.divisor_of(tree, CONSTANT) == divisor
    again = what_if.weigh(tree, {"b": 3.0}, CONSTANT, divisor=divisor).composite
    jobs = x_of(3.0 * tree.z["b"] + tree.z["c"], divisor)
    work = x_of(tree.transformed["skills"] + jobs, divisor)
    assert np.allclose(again, 0.6 * work + 0.4 * tree.transformed["health"], rtol=0, atol=1e-12, equal_nan=True)
