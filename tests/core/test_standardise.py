"""Direction, normal scores and the exponential transformation (paper steps 5, 6 and 8; Appendix C)."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

import numpy as np
import pytest

from hyperlocal_need.core.steps.standardise import ascending_ranks, exponential, normal_scores, orient, published_ranks

NAN = np.nan


class TestOrient:
    def test_less_is_turned_and_need_is_copied(self):
        values = np.array([1.0, -2.0, NAN])
        assert orient(values, "less")[:2].tolist() == [-1.0, 2.0]
        same = orient(values, "need")
        same[0] = 9
        assert values[0] == 1.0 and np.isnan(same[2])


class TestRanks:
    def test_ascending_from_the_lowest_need_ties_averaged(self):
        """5 and 5 share places 2 and 3: 2.5 each."""
        assert ascending_ranks([5, 1, 5, 9]).tolist() == [2.5, 1, 2.5, 4]

    def test_published_from_the_highest_need_ties_share_the_lowest_number(self):
        assert published_ranks([5, 1, 5, 9]).tolist() == [2, 4, 2, 1]

    @pytest.mark.parametrize("rank", [ascending_ranks, published_ranks])
    def test_missing_values_take_no_rank(self, rank):
        ranks = rank([NAN, 3, NAN, 1])
        assert np.isnan(ranks[[0, 2]]).all()
        assert sorted(ranks[[1, 3]]) == [1, 2]
        assert np.isnan(rank([NAN, NAN])).all()
        assert rank([]).size == 0

    @pytest.mark.parametrize("rank, tie", [(ascending_ranks, 1.5), (published_ranks, 1)])
    def test_twelve_significant_digits(self, rank, tie):
        """0.1 + 0.2 and 0.3 are equal on paper, and tie; what differs in the twelfth digit does not."""
        assert rank([0.1 + 0.2, 0.3]).tolist() == [tie, tie]
        assert sorted(rank([1.00000000000, 1.00000000001])) == [1, 2]
        assert rank([-1.00000000000, -1.000000000001]).tolist() == [tie, tie]
        assert sorted(rank([1e-20, 2e-20])) == [1, 2], "small numbers have twelve digits of their own"

    @pytest.mark.parametrize("rank, tie", [(ascending_ranks, 1.5), (published_ranks, 2)])
    def test_what_is_left_of_a_sum_of_nought_is_nought(self, rank, tie):
        """0.1 + 0.2 - 0.3 leaves 5.6e-17 beside 1: as small as 0."""
        assert rank([0.1 + 0.2 - 0.3, 0.0, 1.0])[:2].tolist() == [tie, tie]

    def test_each_column_alone(self):
        table = np.array([[1.0, 3.0], [2.0, NAN], [3.0, 1.0]])
        ranks = ascending_ranks(table)
        assert ranks[:, 0].tolist() == [1, 2, 3]
        assert ranks[[0, 2], 1].tolist() == [2, 1] and np.isnan(ranks[1, 1])
        assert ascending_ranks(np.zeros((3, 0))).shape == (3, 0)

    def test_against_scipy(self):
        from scipy.stats import rankdata

        values = np.random.default_rng(3).integers(0, 30, 200).astype(float)
        assert np.array_equal(ascending_ranks(values), rankdata(values))


class TestNormalScores:
    def test_worked_by_hand(self):
        """Four areas with a value: z = inverse normal of 1/5 ... 4/5; the fifth area counts nowhere."""
        z = normal_scores(np.array([30.0, NAN, 10.0, 40.0, 20.0]))
        expected = [NormalDist().inv_cdf(place / 5) for place in (3, 1, 4, 2)]
        assert z[[0, 2, 3, 4]] == pytest.approx(expected, abs=1e-12)
        assert np.isnan(z[1])

    def test_ties_are_averaged_before_the_normal_curve(self):
        assert normal_scores(np.array([1.0, 2.0, 2.0]))[1] == pytest.approx(NormalDist().inv_cdf(2.5 / 4))

    def test_one_area_and_all_equal_stand_in_the_middle(self):
        assert normal_scores(np.array([42.0])).tolist() == [0.0]
        assert normal_scores(np.array([7.0, 7.0, 7.0])) == pytest.approx([0, 0, 0], abs=1e-15)

    def test_counts_are_of_each_column(self):
        z = normal_scores(np.array([[1.0, NAN], [2.0, 5.0], [3.0, 6.0]]))
        assert z[0, 0] == pytest.approx(NormalDist().inv_cdf(1 / 4))
        assert z[1, 1] == pytest.approx(NormalDist().inv_cdf(1 / 3))

    def test_only_the_order_matters(self):
        values = np.random.default_rng(4).lognormal(size=50)
        z = normal_scores(values)
        assert np.array_equal(z, normal_scores(3 * np.log(values) + 8))
        assert np.array_equal(np.argsort(z), np.argsort(values))
        assert z.mean() == pytest.approx(0, abs=1e-12)
        turn = np.random.default_rng(5).permutation(50)
        assert np.array_equal(normal_scores(values[turn]), z[turn])

    def test_turning_the_direction_turns_the_sign(self):
        values = np.array([4.0, 1.0, 1.0, 9.0, 2.0])
        assert normal_scores(orient(values, "less")) == pytest.approx(-normal_scores(values), abs=1e-15)


class TestExponential:
    def test_formula_of_appendix_c(self):
        """X(R) = -23 ln(1 - R (1 - e^(-100/23))) at R = 1/4 ... 4/4."""
        expected = [-23 * log(1 - share * (1 - exp(-100 / 23))) for share in (0.25, 0.5, 0.75)] + [100]
        assert exponential(np.array([1, 2, 3, 4]), areas=4) == pytest.approx(expected, abs=1e-10)

    def test_ten_per_cent_of_areas_spread_over_half_of_the_scores(self):
        """What the constant 23 is chosen for: the neediest tenth starts at about 50."""
        assert exponential(np.arange(1.0, 101), areas=100)[89] == pytest.approx(50, abs=0.5)

    @pytest.mark.parametrize(
        "areas, divisor, total", [(3, "ranked", 3), (4, "ranked", 4), (9, "ranked", 4), (9, "all", 9), (4, "all", 4)]
    )
    def test_divisor(self, areas, divisor, total):
        """Three ranked areas: R of the highest is 3 / min(3 + 1, T), or 3/T. For T = n or n + 1 both are the same."""
        scores = exponential(ascending_ranks([1.0, NAN, 2.0, 3.0]), areas=areas, divisor=divisor)
        assert np.nanmax(scores) == pytest.approx(-23 * log(1 - 3 / total * (1 - exp(-100 / 23))))
        assert np.isnan(scores[1])

    def test_monotone_and_within_bounds(self):
        scores = exponential(np.arange(1, 1001), areas=1000)
        assert np.all(np.diff(scores) > 0) and np.all(np.diff(scores, 2) > 0)
        assert scores[0] > 0 and scores[-1] == pytest.approx(100, abs=1e-9)

    def test_another_constant_bends_less(self):
        middle = [exponential(np.array([5.0]), areas=10, constant=c, divisor="all")[0] for c in (10, 23, 1000)]
        assert middle[0] < middle[1] < middle[2] < 50
