"""The quality table (paper step 2, docs/method.md#2-quality): facts, flags in words, provenance and correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.steps.quality import (
    consistency,
    correlations,
    describe,
    flags,
    provenance_shares,
    would_be_unranked,
)

NAN = np.nan


class TestDescribe:
    def test_worked_by_hand(self):
        """Five areas with a value: 0, 0, 1, 2, 7; mean 2, quartiles 0 and 2, so outliers beyond -6 and 8."""
        facts = describe([7, NAN, 0, 2, 0, 1])
        assert (facts["areas"], facts["missing"], facts["zeros"], facts["unique"]) == (5, 1, 2, 4)
        assert [facts[name] for name in ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")] == [
            0,
            0,
            1,
            2,
            7,
        ]
        assert facts["mean"] == 2
        assert (facts["share_at_minimum"], facts["share_at_maximum"]) == (0.4, 0.2)
        assert facts["outliers"] == 0
        # Deviations -2, -2, -1, 0, 5: squares sum to 34, cubes to 108, fourth powers to 658.
        assert facts["skewness"] == pytest.approx((108 / 5) / (34 / 5) ** 1.5)
        assert facts["kurtosis"] == pytest.approx((658 / 5) / (34 / 5) ** 2 - 3)

    def test_an_outlier_lies_three_ranges_beyond_its_quartile(self):
        """Quartiles 2 and 4 of 1 ... 5: 10 is on the limit, 10.1 beyond, and so is -4.1 on the other side."""
        assert describe([1, 2, 3, 4, 10])["outliers"] == 0
        assert describe([1, 2, 3, 4, 10.1])["outliers"] == 1
        assert describe([-4.1, 2, 3, 4, 5])["outliers"] == 1

    def test_against_scipy(self):
        from scipy.stats import kurtosis, skew

        values = np.random.default_rng(14).lognormal(size=300)
        facts = describe(values)
        assert facts["skewness"] == pytest.approx(skew(values)) and facts["kurtosis"] == pytest.approx(kurtosis(values))

    @pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -3.0])
    def test_all_equal_have_no_shape(self, value):
        facts = describe(np.full(7, value))
        assert facts["skewness"] == 0 and facts["kurtosis"] == 0 and facts["unique"] == 1
        assert facts["share_at_minimum"] == facts["share_at_maximum"] == 1

    def test_no_value_at_all(self):
        facts = describe([NAN, NAN])
        assert (facts["areas"], facts["missing"]) == (0, 2) and np.isnan(facts["mean"])
        assert flags(facts) == "no area has a value"

    def test_order_is_of_no_account(self):
        values = np.array([3.0, NAN, 1.0, 8.0, 1.0])
        assert describe(values[::-1]) == describe(values)


class TestFlags:
    def test_nothing_unusual(self):
        assert flags(describe(np.random.default_rng(15).normal(size=100))) == ""

    def test_each_in_words(self):
        """The two tests that the paper names first: many zeros, many areas at the upper limit."""
        normal = list(np.random.default_rng(16).normal(5, 1, 100))
        assert flags(describe([0.0] * 60 + normal[:40])).startswith("60% of values are zero; only 41 different values")
        assert flags(describe(normal[:80] + [100.0] * 20)).endswith("20% of values are at the maximum")
        assert flags(describe(normal[:60] + [NAN] * 40)) == "covers 60 of 100 areas (60%)"
        assert flags(describe(normal + [40.0])).startswith("skewed (skewness")

    def test_limits_are_exclusive(self):
        """Just 65 % of areas, 50 % not zero, 50 % unique and 5 % at a limit are in order."""
        values = np.arange(100.0)
        assert flags(describe(np.append(values[:65], [NAN] * 35))) == ""
        assert flags(describe(np.repeat(values[:50], 2))) == ""
        values[:5] = 5.0
        assert flags(describe(values)) == "6% of values are at the minimum"
        assert flags(describe(np.append(values[1:], 101))) == ""

    def test_figures_of_authorities_repeat_by_nature(self):
        facts = describe([40.0] * 50 + [60.0] * 50)
        assert "as figures of authorities must be" in flags(facts, spread=True)
        assert "at the minimum" not in flags(facts, spread=True) and "at the minimum" in flags(facts)

    def test_other_limits(self):
        options = {
            "MIN_AVAILABLE": 0.0,
            "MIN_NON_ZERO": 0.0,
            "MIN_UNIQUE": 0.0,
            "MAX_SKEWNESS": 1e6,
            "MAX_KURTOSIS": 1e6,
            "MAX_AT_LIMIT": 1.0,
        }
        assert flags(describe([0.0] * 9 + [1.0, NAN]), options=options) == ""


def test_provenance_is_of_the_areas_with_a_value():
    shares = provenance_shares(np.array(["direct", None, "direct", "spread", "direct"], dtype=object))
    assert shares == {"direct": 0.75, "summed": 0, "apportioned": 0, "spread": 0.25, "imputed": 0}


class TestCorrelations:
    def test_with_its_dimension_and_its_nearest(self):
        """b is a turned; c shares nothing with them. The nearest keeps its sign."""
        z = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [-1.0, -2, -3, -4.5], "c": [1.0, -1, -1, 1]})
        sums = {"x": np.array([1.0, 2, 3, 4]), "y": np.array([2.0, 1, 0, NAN])}
        table = correlations(z, {"a": "x", "b": "x", "c": "y"}, sums)
        assert table["correlation_dimension"]["a"] == pytest.approx(1)
        assert table["correlation_with"].tolist() == ["b", "a", "b"]
        assert table["correlation_highest"]["a"] == pytest.approx(np.corrcoef(z["a"], z["b"])[0, 1])
        # Without the fourth area, c is 1, -1, -1 beside y's 2, 1, 0.
        assert table["correlation_dimension"]["c"] == pytest.approx(np.corrcoef([1, -1, -1], [2, 1, 0])[0, 1])

    @pytest.mark.filterwarnings("error")
    def test_alone_or_constant_there_is_no_nearest(self):
        z = pd.DataFrame({"a": [1.0, 2, 3], "flat": [0.0, 0, 0]})
        table = correlations(z, {"a": "x", "flat": "x"}, {"x": np.array([1.0, 2, 3])})
        assert table["correlation_with"].isna().all() and table["correlation_highest"].isna().all()
        assert np.isnan(table["correlation_dimension"]["flat"])


class TestConsistency:
    def test_by_hand(self):
        """b beside a + 2 c; a and c share a parent. Without the gap c is 1, 2, 3 where a is 1, 3, 2."""
        z = pd.DataFrame({"a": [1.0, 3, 2, 9], "b": [1.0, 2, 3, 9], "c": [1.0, 2, 3, NAN], "alone": [1.0, 2, 3, 4]})
        parents = {"a": ("jobs", "x"), "b": ("x", "x"), "c": ("jobs", "x"), "alone": ("y", "y")}
        table = consistency(z, parents, {"c": 2.0})
        # a + 2 c = 3, 7, 8 beside b = 1, 2, 3: covariance 5, squares 14 and 2.
        assert table.loc["b", "item_rest"] == pytest.approx(5 / np.sqrt(28))
        assert table.loc["b", "item_rest_spearman"] == pytest.approx(1)
        # Variances 2/3 each and 2 of their sum 2, 5, 5: 2 (1 - (4/3) / 2).
        assert table.loc[["a", "c"], "alpha"].tolist() == pytest.approx([2 / 3, 2 / 3])
        assert np.isnan(table.loc["b", "alpha"]) and table.loc["alone"].isna().all()

    @pytest.mark.filterwarnings("error")
    def test_constant_or_unknown_there_is_none(self):
        z = pd.DataFrame({"a": [1.0, 2, 3], "flat": [0.0, 0, 0]})
        assert consistency(z, dict.fromkeys(z, ("x", "x")), {})["item_rest"].isna().all()
        assert consistency(z, {}, {}).columns.tolist() == ["item_rest", "item_rest_spearman", "alpha"]


class TestUnranked:
    """Under ``exclude``: three of 400 areas are above 0.5 %, two are not."""

    def cost(self, areas):
        lacking = np.arange(400) < areas
        return would_be_unranked(lacking, np.full(400, 1500.0))

    def test_areas_and_people(self):
        words = "3 of 400 areas, with 4,500 people, lack a value and would be left unranked."
        assert self.cost(3).sentence() == f"{words} Filling gaps from the district is recommended."

    def test_few_gaps_need_no_advice(self):
        assert not self.cost(2).fill and self.cost(3).fill
        assert self.cost(2).sentence().endswith("unranked.")
