"""What weighs in truth: nominal weights down the tree, shares of the spread that sum to 1."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.findings import effective_weights

from .trees import figures, tree_of


@pytest.fixture(scope="module")
def tree():
    return tree_of(figures(800))


def test_nominal_weights_are_the_product_down_the_tree(tree):
    """work .6 = skills 1/2 (a) + jobs 1/2 (b 1/2, c 1/2); health .4 = d."""
    expected = {"a": 0.3, "b": 0.15, "c": 0.15, "d": 0.4}
    assert effective_weights.nominal_weights(tree) == pytest.approx(expected)


def test_shares_of_the_spread_sum_to_one(tree):
    contributions = {
        "a": 0.3 * (tree.transformed["work"] - 20),
        "b": 0.3 * (tree.transformed["work"] - 20),
        "d": 0.4 * (tree.transformed["health"] - 20),
    }
    hot = np.argsort(np.argsort(-tree.composite)) < 160
    found = effective_weights.effective_weights(tree, contributions, hot)
    assert found["spread"].sum() == pytest.approx(1) and found["in_hotspots"].sum() == pytest.approx(1)
    assert found.loc["a", "spread"] == pytest.approx(found.loc["b", "spread"])
    by_dimension = effective_weights.dimension_weights(tree)
    assert by_dimension["spread"].sum() == pytest.approx(1)
    assert by_dimension.loc["health", "spread"] == pytest.approx(found.loc["d", "spread"])


def test_dimensions_that_are_summed_plainly_share_the_whole_spread():
    """C = work + health, weights 1 and 1: each has a nominal half, and the spreads are those of the sum itself."""
    found = effective_weights.dimension_weights(tree_of(figures(800), weights=(1.0, 1.0)))
    half = effective_weights.dimension_weights(tree_of(figures(800), weights=(0.5, 0.5)))
    assert found["nominal"].tolist() == [0.5, 0.5] and found["spread"].sum() == pytest.approx(1)
    assert found["spread"].tolist() == pytest.approx(half["spread"].tolist())


def test_the_correlation_ratio_of_itself_and_of_noise():
    rng = np.random.default_rng(1)
    z = rng.normal(size=5000)
    assert effective_weights.correlation_ratio(z, np.tanh(z)) > 0.95
    assert effective_weights.correlation_ratio(z, rng.normal(size=5000)) == pytest.approx(0, abs=0.01)
    assert np.isnan(effective_weights.correlation_ratio(z, np.ones(5000)))


def test_equal_scores_share_a_bin_whatever_the_order_of_the_areas():
    """Half the areas have z = -1, half 1, and C is their number: means 24.5 and 74.5 about 49.5, 625 of 833.25."""
    assert effective_weights.correlation_ratio(np.zeros(100), np.arange(100.0)) == 0
    found = effective_weights.correlation_ratio(np.repeat([-1.0, 1.0], 50), np.arange(100.0))
    assert found == pytest.approx(625 / 833.25 - 1 / 100)
