"""Ranks, deciles, hot spots and classes, for the whole and within each district.

Source: docs/method.md#classes-and-hot-spots.
"""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.steps.classify import classify, mission_classes

NAN = np.nan


class TestClassify:
    def test_worked_by_hand(self):
        """Five ranked areas: decile = ceil(10 rank / 5) = 2, 4 .. 10; one of five is in the top 20 %."""
        classes = classify([10, 50, 30, NAN, 20, 40])
        assert classes.rank[[0, 1, 2, 4, 5]].tolist() == [5, 1, 3, 4, 2]
        assert classes.decile[[0, 1, 2, 4, 5]].tolist() == [10, 2, 6, 8, 4]
        assert classes.hotspot[[0, 1, 2, 4, 5]].tolist() == [0, 1, 0, 0, 0]
        assert all(np.isnan(part[3]) for part in classes)

    @pytest.mark.parametrize("count, spots", [(1, 0), (4, 0), (5, 1), (9, 1), (10, 2), (11, 2), (33754, 6750)])
    def test_hot_spots_are_a_fifth_rounded_down(self, count, spots):
        """ceil(5 rank / n) = 1 means rank <= n / 5."""
        assert classify(np.arange(count, dtype=float)).hotspot.sum() == spots

    @pytest.mark.parametrize("count", [10, 55, 100, 33755])
    def test_hot_spots_are_the_first_two_deciles(self, count):
        """Both limits are fractions of n, so that they never part company."""
        classes = classify(np.random.default_rng(count).normal(size=count))
        assert np.array_equal(classes.hotspot == 1, classes.rank <= count / 5)
        assert np.array_equal(classes.hotspot == 1, classes.decile <= 2)

    def test_another_share(self):
        assert classify(np.arange(100.0), share=0.07).hotspot.sum() == 7
        assert classify(np.arange(3.0), share=1.0).hotspot.sum() == 3

    def test_ties_share_the_better_place(self):
        """Six areas, two tied for the top: both rank 1 and both hot, though a fifth of six is one."""
        classes = classify([9, 9, 3, 2, 1, 0])
        assert classes.rank.tolist() == [1, 1, 3, 4, 5, 6]
        assert classes.hotspot.tolist() == [1, 1, 0, 0, 0, 0]

    def test_all_equal_none_and_nothing(self):
        assert classify([3.0, 3.0, 3.0]).rank.tolist() == [1, 1, 1]
        assert np.isnan(classify([NAN, NAN]).decile).all()
        assert classify([]).rank.size == 0


class TestWithin:
    def test_worked_by_hand(self):
        """Two districts: 5 areas with one hot spot of their own, and 2 of which a fifth is none."""
        scores = [10, 50, 30, 20, 40, 99, 1]
        classes = classify(scores, within=np.array([0, 0, 0, 0, 0, 1, 1]))
        assert classes.rank.tolist() == [5, 1, 3, 4, 2, 1, 2]
        assert classes.decile.tolist() == [10, 2, 6, 8, 4, 5, 10]
        assert classes.hotspot.tolist() == [0, 1, 0, 0, 0, 0, 0]

    def test_equals_classifying_each_district_alone(self):
        rng = np.random.default_rng(6)
        scores = rng.integers(0, 40, 300).astype(float)  # many ties
        scores[rng.integers(0, 300, 20)] = NAN
        district = rng.integers(0, 9, 300)
        together = classify(scores, within=district)
        for number in range(9):
            alone = classify(scores[district == number])
            for part, own in zip(together, alone):
                assert np.array_equal(part[district == number], own, equal_nan=True)

    def test_a_district_without_ranked_areas(self):
        classes = classify([NAN, 5.0], within=np.array([0, 1]))
        assert np.isnan(classes.rank[0]) and classes.rank[1] == 1
        assert np.isnan(classify([NAN], within=np.array([0])).rank).all()

    def test_inputs_stay(self):
        scores, district = np.array([3.0, 1.0, 2.0]), np.array([1, 0, 1])
        classify(scores, within=district)
        assert scores.tolist() == [3, 1, 2] and district.tolist() == [1, 0, 1]


def test_mission_classes_start_above_their_limits():
    """80 and 40 themselves belong to the class below."""
    assert mission_classes([80.0, 80.0001, 40.0, 40.0001, 0.0, NAN]).tolist() == [
        "Mission priority",
        "Mission critical",
        "Mission support",
        "Mission priority",
        "Mission support",
        None,
    ]
