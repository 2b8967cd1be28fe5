"""Shrinkage towards the district (paper step 4, Appendix B), by hand and by its invariants."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError, OptionError
from hyperlocal_need.core.rates import bound_counts, ratio
from hyperlocal_need.core.steps.shrinkage import shrink_to_district

ONE_DISTRICT = np.zeros(4, dtype=int)


def logit(rate):
    return log(rate / (1 - rate))


class TestCounts:
    def test_worked_by_hand(self):
        """Two areas, 3 of 10 and 30 of 90: each term of Appendix B written out."""
        # Their own logits, with a half added on either side.
        m1, m2 = log(3.5 / 7.5), log(30.5 / 60.5)
        # The variances of the logits.
        s1 = 11 * 12 / (10 * 4 * 8)
        s2 = 91 * 92 / (90 * 31 * 61)
        # The district as one area: 33 of 100.
        pooled = log(33.5 / 67.5)
        # Between the areas, about the district's logit, over k - 1 = 1.
        t = (m1 - pooled) ** 2 + (m2 - pooled) ** 2
        w1, w2 = (1 / s1) / (1 / s1 + 1 / t), (1 / s2) / (1 / s2 + 1 / t)
        expected = [1 / (1 + exp(-(w * m + (1 - w) * pooled))) for w, m in ((w1, m1), (w2, m2))]

        shrunk = shrink_to_district([3, 30], [10, 90], np.array([0, 0]))

        assert shrunk.values == pytest.approx(expected, abs=1e-14)
        assert shrunk.weights == pytest.approx([w1, w2], abs=1e-14)
        assert shrunk.raw == pytest.approx([0.3, 1 / 3])
        assert shrunk.district == pytest.approx([33.5 / 101] * 2)
        assert w1 < w2  # the small area is moved more

    def test_small_areas_move_furthest(self):
        """The same rate of 50 % in ever larger areas, in a district of 10 %: the larger, the less it moves."""
        events, population = np.array([2, 20, 200, 1000]), np.array([4, 40, 400, 18000])
        shrunk = shrink_to_district(events, population, ONE_DISTRICT)
        assert shrunk.values[0] < shrunk.values[1] < shrunk.values[2]
        assert np.all((shrunk.values[:3] > shrunk.district[0]) & (shrunk.values[:3] < 0.5 + 1e-12))

    def test_nought_and_all_stay_inside(self):
        """Rates of 0 and 1, where no logit exists, come out between the two: that is what the half is for."""
        shrunk = shrink_to_district([0, 10, 5], [10, 10, 10], np.zeros(3, dtype=int))
        assert np.all((shrunk.values > 0) & (shrunk.values < 1))
        assert shrunk.values[2] == pytest.approx(0.5)
        assert shrunk.values[0] == pytest.approx(1 - shrunk.values[1])

    def test_one_area_alone_keeps_its_own_figure(self):
        shrunk = shrink_to_district([3, 1, 2], [10, 10, 10], np.array([0, 1, 1]))
        assert shrunk.weights[0] == 1
        assert logit(shrunk.values[0]) == pytest.approx(log(3.5 / 7.5))

    def test_areas_without_value_count_nowhere(self):
        """n = 0, a missing numerator or a missing denominator: no value, and the others as if alone."""
        alone = shrink_to_district([3, 30], [10, 90], np.array([0, 0]))
        among = shrink_to_district([3, 30, 0, np.nan, 5], [10, 90, 0, 8, np.nan], np.zeros(5, dtype=int))
        assert among.values[:2] == pytest.approx(alone.values, abs=1e-15)
        for part in (among.values, among.weights, among.raw, among.district):
            assert np.isnan(part[2:]).all()
        single = shrink_to_district([3, np.nan], [10, 10], np.array([0, 0]))
        assert single.weights[0] == 1

    def test_no_difference_between_areas_gives_the_district(self):
        """t2 = 0: two areas whose logits both equal the pooled one exist only at one half."""
        shrunk = shrink_to_district([5, 50], [10, 100], np.array([0, 0]))
        assert shrunk.weights == pytest.approx([0, 0])
        assert shrunk.values == pytest.approx([0.5, 0.5])

    def test_up_to_five_per_cent_more_events_than_people_are_cut_and_marked(self):
        """21 of 20 count as 20 of 20."""
        capped = shrink_to_district([21, 3], [20, 10], np.array([0, 0]))
        full = shrink_to_district([20, 3], [20, 10], np.array([0, 0]))
        assert capped.capped.tolist() == [True, False] and not capped.beyond.any()
        assert capped.values == pytest.approx(full.values)
        assert not full.capped.any()

    def test_more_than_that_is_no_value_and_counts_nowhere(self):
        """22 of 20 is neither in M nor in k nor in t2: the others are as if alone."""
        among = shrink_to_district([22, 3, 30], [20, 10, 90], np.zeros(3, dtype=int))
        alone = shrink_to_district([3, 30], [10, 90], np.zeros(2, dtype=int))
        assert np.isnan(among.values[0]) and among.beyond.tolist() == [True, False, False]
        assert among.values[1:] == pytest.approx(alone.values, abs=1e-15)

    def test_unless_all_are_to_be_cut(self):
        capped = shrink_to_district([220, 3], [20, 10], np.array([0, 0]), over="cap")
        assert capped.values == pytest.approx(shrink_to_district([20, 3], [20, 10], np.array([0, 0])).values)
        assert capped.capped.tolist() == [True, False]

    def test_districts_do_not_touch(self):
        numerator, denominator = np.array([3, 30, 7, 9]), np.array([10, 90, 20, 80])
        both = shrink_to_district(numerator, denominator, np.array([0, 0, 1, 1]))
        other = shrink_to_district(np.array([3, 30, 1, 70]), denominator, np.array([0, 0, 1, 1]))
        assert both.values[:2] == pytest.approx(other.values[:2], abs=1e-15)

    def test_order_is_of_no_account_and_inputs_stay(self):
        rng = np.random.default_rng(1)
        population = rng.integers(1, 500, 40).astype(float)
        events = np.floor(population * rng.uniform(0, 1, 40))
        district = rng.integers(0, 5, 40)
        kept = events.copy(), population.copy(), district.copy()
        turn = rng.permutation(40)
        straight = shrink_to_district(events, population, district)
        turned = shrink_to_district(events[turn], population[turn], district[turn])
        assert turned.values == pytest.approx(straight.values[turn], abs=1e-12)
        for before, after in zip(kept, (events, population, district)):
            assert np.array_equal(before, after)

    def test_shrunk_lies_between_area_and_district(self):
        rng = np.random.default_rng(2)
        population = rng.integers(5, 900, 60).astype(float)
        events = np.floor(population * rng.uniform(0, 1, 60))
        shrunk = shrink_to_district(events, population, rng.integers(0, 6, 60))
        own = (events + 0.5) / (population + 1)
        low, high = np.minimum(own, shrunk.district), np.maximum(own, shrunk.district)
        assert np.all((shrunk.values >= low - 1e-12) & (shrunk.values <= high + 1e-12))
        assert np.all((shrunk.weights >= 0) & (shrunk.weights <= 1))


class TestBoundCounts:
    """r of n: 105 of 100 is the last that is cut; events among nobody have no value, whatever the rule."""

    R, N = [100.0, 105.0, 106.0, 3.0, 0.0, np.nan], [100.0, 100.0, 100.0, 0.0, 0.0, 5.0]

    @pytest.mark.parametrize(
        "over, numerator, capped, beyond",
        [
            ("gap", [100, 100, np.nan, np.nan, 0, np.nan], [0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]),
            ("cap", [100, 100, 100, np.nan, 0, np.nan], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0]),
        ],
    )
    def test_rule(self, over, numerator, capped, beyond):
        bounded = bound_counts(self.R, self.N, over)
        assert np.array_equal(bounded.numerator, numerator, equal_nan=True)
        assert bounded.capped.tolist() == capped and bounded.beyond.tolist() == beyond


class TestRates:
    def test_worked_by_hand(self):
        """4 events over 2 units of exposure and 1 over 3: rates above 1 are no trouble on the log scale."""
        m1, m2, pooled = log(4.5 / 2), log(1.5 / 3), log(5.5 / 5)
        t = (m1 - pooled) ** 2 + (m2 - pooled) ** 2
        w1, w2 = t / (t + 1 / 4.5), t / (t + 1 / 1.5)
        shrunk = shrink_to_district([4, 1], [2, 3], np.array([0, 0]), method="rate")
        assert shrunk.values == pytest.approx([exp(w * m + (1 - w) * pooled) for w, m in ((w1, m1), (w2, m2))])
        assert shrunk.raw == pytest.approx([2, 1 / 3])
        assert shrunk.district == pytest.approx([1.1, 1.1])
        assert not shrunk.capped.any()

    def test_a_district_without_exposure_has_no_value(self):
        shrunk = shrink_to_district([0, 1, 2], [0, 2, 2], np.array([0, 1, 1]), method="rate")
        assert np.isnan(shrunk.values).tolist() == [True, False, False]


class TestMeans:
    def test_worked_by_hand(self):
        """10 (se 1, 300 people) and 20 (se 5, 100 people): M = 12.5."""
        t = 2.5**2 + 7.5**2
        w1, w2 = t / (t + 1), t / (t + 25)
        shrunk = shrink_to_district(
            [10, 20],
            None,
            np.array([0, 0]),
            method="mean",
            standard_error=np.array([1, 5]),
            population=np.array([300, 100]),
        )
        assert shrunk.values == pytest.approx([w1 * 10 + (1 - w1) * 12.5, w2 * 20 + (1 - w2) * 12.5])
        assert shrunk.district == pytest.approx([12.5, 12.5])

    def test_without_population_every_area_counts_alike(self):
        shrunk = shrink_to_district([10, 20], None, np.array([0, 0]), method="mean", standard_error=np.array([1, 5]))
        assert shrunk.district == pytest.approx([15, 15])

    def test_no_error_at_all_keeps_the_figures_and_gaps_stay(self):
        shrunk = shrink_to_district(
            [4, 4, 9, np.nan], None, np.array([0, 0, 1, 1]), method="mean", standard_error=np.array([0, 0, 1, 1])
        )
        assert shrunk.values[:3] == pytest.approx([4, 4, 9])
        assert np.isnan(shrunk.values[3]) and np.isnan(shrunk.weights[3])

    def test_a_value_without_an_error_or_residents_is_kept_and_counts_nowhere(self):
        """10 (se 1, 300 people) and 20 (se 5, 100 people) as above, M = 12.5 of these two; 40 without an error and 70
        of nobody stay 40 and 70, and move neither M nor t2."""
        t = 2.5**2 + 7.5**2
        w1, w2 = t / (t + 1), t / (t + 25)
        errors, people = np.array([1, 5, np.nan, 2]), np.array([300, 100, 500, 0])
        shrunk = shrink_to_district(
            [10, 20, 40, 70], None, ONE_DISTRICT, method="mean", standard_error=errors, population=people
        )
        assert shrunk.values == pytest.approx([w1 * 10 + (1 - w1) * 12.5, w2 * 20 + (1 - w2) * 12.5, 40, 70])
        assert shrunk.weights == pytest.approx([w1, w2, 1, 1]) and shrunk.raw.tolist() == [10, 20, 40, 70]

    def test_negative_standard_error_is_refused(self):
        with pytest.raises(DataError, match="1 standard errors are negative"):
            shrink_to_district([4], None, np.array([0]), method="mean", standard_error=np.array([-1]))


class TestNone:
    def test_the_ratio_or_the_value_is_copied(self):
        values = np.array([1.0, np.nan])
        copied = shrink_to_district(values, None, np.array([0, 0]), method="none").values
        assert copied[0] == 1 and np.isnan(copied[1])
        copied[0] = 7
        assert values[0] == 1
        assert shrink_to_district([1, 2], [4, 0], np.array([0, 0]), method="none").values[0] == 0.25


class TestRefusals:
    @pytest.mark.parametrize(
        "numerator, denominator, options, message",
        [
            ([-1, 2], [5, 5], {}, "1 numerators are negative"),
            ([1, 2], [-5, 5], {}, "1 denominators are negative"),
            ([1, 2], None, {}, "needs a denominator"),
            ([1, 2], None, {"method": "mean"}, "needs a standard error"),
        ],
    )
    def test_data_that_cannot_be_shrunk(self, numerator, denominator, options, message):
        with pytest.raises(DataError, match=message):
            shrink_to_district(numerator, denominator, np.array([0, 0]), **options)

    def test_unknown_method_and_area_without_district(self):
        with pytest.raises(OptionError, match="METHOD: 'bayes'"):
            shrink_to_district([1], [2], np.array([0]), method="bayes")
        with pytest.raises(DataError, match="1 areas have no district"):
            shrink_to_district([1, 1], [2, 2], np.array([0, -1]))

    def test_no_areas_at_all(self):
        nothing = np.zeros(0)
        assert shrink_to_district(nothing, nothing, nothing.astype(int)).values.size == 0


def test_ratio_needs_someone_at_risk():
    assert ratio([1, 2, np.nan], [4, 0, 3])[0] == 0.25
    assert np.isnan(ratio([1, 2, np.nan], [4, 0, 3])[1:]).all()
