"""Two rankings side by side, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings import comparison

FIRST = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
SECOND = np.array([2.0, 1.0, 3.0, 5.0, 4.0, 6.0])


def test_changes_of_rank_and_class():
    table, agreement = comparison.compare_ranks(FIRST, SECOND, share=0.2)
    assert list(table["rank_change"][:5]) == [1, -1, 0, 1, -1]
    assert list(table["hotspot_class"][:5]) == ["first only", "second only", "neither", "neither", "neither"]
    assert np.isnan(table["rank_second"][5]) and table["hotspot_class"][5] is None
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
    same = np.zeros(5, dtype=bool)

    def test_own_and_others(self):
        """The third area has not changed: its fall from 3 to 4 is the fourth area's doing."""
        parts = comparison.split_change(self.first, self.second, other_areas=self.same)
        assert list(parts["change"]) == [1, -1, 1, -1, 0]
        assert list(parts["own"]) == [0, -1, 0, -1, 0]
        assert list(parts["others"]) == [1, 0, 1, 0, 0]

    def test_parts_add_up_whatever_happened(self):
        rng = np.random.default_rng(1)
        first, second, method = rng.normal(size=(3, 200))
        parts = comparison.split_change(first, second, other_areas=rng.random(200) < 0.1, method=method)
        total = parts[["own", "others", "boundary", "by_method"]].sum(axis=1)
        assert np.array_equal(total, parts["change"])

    def test_noise_and_gaps(self):
        low, high = np.array([1.0, 2.0, 2.0, 4.0, 5.0]), np.array([2.0, 3.0, 4.0, 5.0, 5.0])
        second = self.second.copy()
        second[4] = np.nan
        parts = comparison.split_change(self.first, second, other_areas=self.same, interval=(low, high))
        assert list(parts["within_noise"][:4]) == [1, 0, 1, 0] and np.isnan(parts["within_noise"][4])
        assert np.isnan(parts["change"][4])
