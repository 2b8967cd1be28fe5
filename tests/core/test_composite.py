"""Composite indicators: counts that do not overlap, over one denominator (paper step 3)."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.steps.composite import sum_parts

NAN = np.nan


def test_counts_are_added_over_the_widest_population():
    """Allowance for those of 65 and over (of 30 and 40 people) and a payment for all (of 100 and 200)."""
    numerator, denominator = sum_parts([[5, 8], [10, 4]], [[30, 40], [100, 200]])
    assert numerator.tolist() == [15, 12]
    assert denominator.tolist() == [100, 200]


def test_the_widest_is_chosen_for_all_areas_alike():
    """One area has more pensioners than its other count, yet the denominator stays one and the same."""
    _, denominator = sum_parts([[1, 1], [1, 1]], [[90, 40], [60, 200]])
    assert denominator.tolist() == [60, 200]


def test_an_area_that_lacks_a_part_has_no_value():
    numerator, denominator = sum_parts([[5, NAN], [10, 4]], [[100, 200], [100, NAN]])
    assert numerator[0] == 15 and denominator[0] == 100
    assert np.isnan(numerator[1]) and np.isnan(denominator[1])


def test_one_part_is_itself():
    numerator, denominator = sum_parts([[5.0, 6.0]], [[50.0, 60.0]])
    assert numerator.tolist() == [5, 6] and denominator.tolist() == [50, 60]


def test_no_part():
    with pytest.raises(DataError, match="at least one part"):
        sum_parts([], [])


def test_inputs_stay():
    parts, people = [np.array([1.0, 2.0]), np.array([3.0, 4.0])], [np.array([9.0, 9.0]), np.array([8.0, 8.0])]
    numerator, denominator = sum_parts(parts, people)
    numerator[0] = denominator[0] = -1
    assert parts[0].tolist() == [1, 2] and people[0].tolist() == [9, 9]
