"""Sums of scores, plain and weighted (paper steps 7 and 9)."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError, OptionError
from hyperlocal_need.core.steps.combine import sum_weighted

SCORES = np.array([[1.0, 2.0, 4.0], [0.5, np.nan, 1.0], [-1.0, 1.0, 0.0]])


def test_plain_sum():
    sums = sum_weighted(SCORES)
    assert sums[[0, 2]].tolist() == [7, 0]


def test_given_weights():
    """0.5 x 1 + 0.3 x 2 + 0.2 x 4 = 1.9"""
    assert sum_weighted(SCORES, [0.5, 0.3, 0.2])[0] == pytest.approx(1.9)


@pytest.mark.parametrize("weights", [None, [0.5, 0.3, 0.2]])
def test_an_area_that_lacks_a_part_has_no_sum(weights):
    """A partial sum would read as low need."""
    assert np.isnan(sum_weighted(SCORES, weights)[1])


def test_a_part_of_weight_0_is_no_part():
    """0.25 x 0.5 + 0.75 x 1 = 0.875, though the second area lacks the part between."""
    assert sum_weighted(SCORES, [0.25, 0.0, 0.75])[1] == 0.875


def test_weights_near_enough_to_one():
    assert sum_weighted(SCORES, [0.5, 0.3, 0.2 + 5e-10])[0] == pytest.approx(1.9)


@pytest.mark.parametrize(
    "weights, message",
    [
        ([0.5, 0.3, 0.1], r"sum to 0\.9, not 1"),
        ([0.5, 0.3, 0.2 + 1e-8], "not 1"),
        ([0.5, 0.5], "2 weights for 3 parts"),
        ([np.nan, 0.5, 0.5], "not 1"),
    ],
)
def test_weights_that_do_not_fit(weights, message):
    with pytest.raises(OptionError, match=message):
        sum_weighted(SCORES, weights)


@pytest.mark.parametrize("scores", [np.zeros((3, 0)), np.zeros(3)])
def test_nothing_to_sum(scores):
    with pytest.raises(DataError, match="no part has data"):
        sum_weighted(scores)


def test_inputs_stay():
    scores, weights = SCORES.copy(), [0.5, 0.3, 0.2]
    sum_weighted(scores, weights)
    assert np.array_equal(scores, SCORES, equal_nan=True) and weights == [0.5, 0.3, 0.2]
