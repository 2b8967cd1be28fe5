"""Summaries of a ranked measure for larger areas, by hand and by what must hold always.

Source: docs/method.md#summaries-for-larger-areas.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.steps.standardise import published_ranks
from hyperlocal_need.core.steps.summarise import SUMMARIES, district_table, extent_weights, summarise

NAN = np.nan


def hundred(rank_of_second=2.0):
    """100 ranked areas; district 0 holds the neediest two, with 100 and 900 residents, district 1 the rest."""
    ranks = np.arange(1.0, 101.0)
    ranks[1] = rank_of_second
    population = np.full(100, 100.0)
    population[1] = 900
    area = np.ones(100, dtype=int)
    area[:2] = 0
    return ranks, population, area


class TestByHand:
    def test_averages_and_proportions(self):
        """Six areas, N = 6; district 0: ranks 1 and 4 with 100 and 300 people, district 1: the rest, 100 each."""
        scores, ranks = np.array([90.0, 40, 70, 50, 20, 10]), np.array([1.0, 4, 2, 3, 5, 6])
        population, area = np.array([100.0, 300, 100, 100, 100, 100]), np.array([0, 0, 1, 1, 1, 1])
        found = summarise(scores, ranks, population, area, count=2)
        assert found["average_score"] == pytest.approx([(9000 + 12000) / 400, 37.5])
        assert found["average_rank"] == pytest.approx([(6 * 100 + 3 * 300) / 400, (5 + 4 + 2 + 1) / 4])
        # ceil(10 r / 6) = 1 would need r <= 0.6, and ceil(5 r / 6) = 1 needs r <= 1.2.
        assert found["proportion_10"].tolist() == [0, 0]
        assert found["proportion_20"].tolist() == [0.5, 0]

    def test_proportion_counts_areas_not_people(self):
        """Of district 0's two areas one is in the neediest tenth of a hundred, however few live there."""
        ranks, population, area = hundred(rank_of_second=50.0)
        ranks[49] = 2.0
        found = summarise(101 - ranks, ranks, population, area, count=2)
        assert found["proportion_10"] == pytest.approx([0.5, 9 / 98])
        assert found["proportion_20"] == pytest.approx([0.5, 19 / 98])

    def test_extent_slides_from_the_11th_to_the_30th_percentile(self):
        """1 up to p = 10; 0.95 at 11, 0.5 - 0.9/38 at 21, 0.05 at 30; 0 beyond."""
        weights = extent_weights(np.array([1.0, 10, 11, 21, 30, 31, 100]), 100)
        assert weights == pytest.approx([1, 1, 0.95, 0.95 - 10 * 0.9 / 19, 0.05, 0, 0])

    def test_extent_is_a_mean_over_people(self):
        """District 0: rank 1 (weight 1, 100 people) and rank 30 (weight 0.05, 900 people)."""
        ranks, population, area = hundred(rank_of_second=30.0)
        ranks[29] = 2.0
        found = summarise(101 - ranks, ranks, population, area, count=2)
        assert found["extent"][0] == pytest.approx((100 * 1 + 900 * 0.05) / 1000)

    def test_concentration_takes_the_last_area_in_part(self):
        """District 0: 10 % of 1,000 people is 100, all in rank 1. District 1: 10 % of 500 is 50."""
        ranks = np.array([1.0, 4, 2, 3, 5, 6])
        population, area = np.array([40.0, 960, 20, 100, 180, 200]), np.array([0, 0, 1, 1, 1, 1])
        found = summarise(ranks, ranks, population, area, count=2)["concentration"]
        # District 0: 40 people of N+1-r = 6, and 60 of the 960 of 3. District 1: 20 of 5, and 30 of 4.
        assert found == pytest.approx([(40 * 6 + 60 * 3) / 100, (20 * 5 + 30 * 4) / 50])

    def test_a_part_of_an_area_brings_its_part_of_people_and_of_the_count(self):
        """Half of rank 1 (100 people) and all of rank 2 (150 people), of five ranked areas."""
        found = summarise(
            np.array([80.0, 60.0]),
            np.array([1.0, 2.0]),
            np.array([100.0, 150.0]),
            np.array([0, 0]),
            count=1,
            share=np.array([0.5, 1.0]),
            ranked=5,
        )
        assert found["average_score"] == pytest.approx([(50 * 80 + 150 * 60) / 200])
        assert found["average_rank"] == pytest.approx([(50 * 5 + 150 * 4) / 200])
        assert found["proportion_20"] == pytest.approx([0.5 / 1.5])


class TestGaps:
    def test_unranked_areas_count_nowhere(self):
        ranks, population, area = hundred()
        plain = summarise(101 - ranks, ranks, population, area, count=2)
        more = summarise(
            np.append(101 - ranks, [NAN, NAN]),
            np.append(ranks, [NAN, NAN]),
            np.append(population, [1e6, 5]),
            np.append(area, [0, 1]),
            count=2,
        )
        for name in SUMMARIES:
            assert more[name] == pytest.approx(plain[name], abs=1e-12)

    def test_areas_in_no_district_keep_their_ranks(self):
        """A negative number is no district: the area is summarised nowhere, but N still counts it."""
        found = summarise(np.array([9.0, 5, 1]), np.array([1.0, 2, 3]), np.ones(3), np.array([0, -1, 0]), count=1)
        assert found["average_rank"] == pytest.approx([(3 + 1) / 2])

    def test_a_district_without_ranked_areas_or_residents_has_none(self):
        found = summarise(
            np.array([9.0, NAN, 4]), np.array([1.0, NAN, 2]), np.array([5.0, 5, 0]), np.array([0, 1, 2]), count=4
        )
        for name in SUMMARIES:
            assert not np.isnan(found[name][0])
            assert np.isnan(found[name][[1, 3]]).all()
        assert np.isnan(found["average_score"][2]) and np.isnan(found["concentration"][2])
        nothing = summarise(np.array([NAN]), np.array([NAN]), np.ones(1), np.zeros(1, dtype=int), count=1)
        assert all(np.isnan(nothing[name]).all() for name in SUMMARIES)


class TestInvariants:
    @pytest.fixture
    def country(self):
        rng = np.random.default_rng(7)
        scores = rng.normal(size=500)
        return scores, published_ranks(scores), rng.integers(1, 900, 500).astype(float), rng.integers(0, 12, 500)

    def test_within_their_bounds(self, country):
        found = summarise(*country, count=12)
        for name in ("proportion_10", "proportion_20", "extent"):
            assert np.all((found[name] >= 0) & (found[name] <= 1))
        assert np.all(found["proportion_10"] <= found["proportion_20"])
        assert np.all((found["average_rank"] >= 1) & (found["concentration"] <= 500))
        assert np.all(found["concentration"] >= found["average_rank"])

    def test_order_and_the_unit_of_population_are_of_no_account(self, country):
        straight = summarise(*country, count=12)
        turn = np.random.default_rng(8).permutation(500)
        scores, ranks, population, area = (part[turn] for part in country)
        turned = summarise(scores, ranks, population * 1000, area, count=12)
        for name in SUMMARIES:
            assert turned[name] == pytest.approx(straight[name], rel=1e-12)

    def test_one_district_of_all(self, country):
        scores, ranks, population, _ = country
        found = summarise(scores, ranks, np.ones(500), np.zeros(500, dtype=int), count=1)
        assert found["average_rank"] == pytest.approx([250.5])
        assert found["proportion_10"] == pytest.approx([0.1])
        assert found["proportion_20"] == pytest.approx([0.2])
        # The neediest tenth holds ranks 1 to 50: the mean of 500 ... 451.
        assert found["concentration"] == pytest.approx([475.5])
        # 10 percentiles of weight 1 and twenty whose mean is a half.
        assert found["extent"] == pytest.approx([0.2])


class TestDistrictTable:
    def test_ranks_hot_spots_and_population(self):
        """Five districts of one area each: one is a hot spot; the unranked area's residents are still counted."""
        districts = pd.DataFrame(
            {"district_name": list("VWXYZ")}, index=pd.Index([f"D{n}" for n in range(5)], name="district_code")
        )
        measures = {"need": pd.DataFrame({"score": [30.0, 50, 10, 40, 20, NAN], "rank": [3.0, 1, 5, 2, 4, NAN]})}
        area, population = np.array([0, 1, 2, 3, 4, 4]), np.array([10.0, 20, 30, 40, 50, 7])
        table = district_table(measures, districts, area, population)
        assert table.index.name == "district_code"
        assert table["population"].tolist() == [10, 20, 30, 40, 57]
        assert table["need_average_score"].tolist() == [30, 50, 10, 40, 20]
        assert table["need_average_score_rank"].tolist() == [3, 1, 5, 2, 4]
        assert table["need_hotspot"].tolist() == [0, 1, 0, 0, 0]
        # Four districts have no area in the neediest tenth, and one cannot: all five share the first rank.
        assert table["need_proportion_10_rank"].tolist() == [1, 1, 1, 1, 1]
        assert [name for name in table if name.endswith("_rank") and "average_rank" not in name] == [
            f"need_{name}_rank" for name in SUMMARIES if name != "average_rank"
        ]
