"""Conversion to the LSOAs of 2021: every geography worked by hand on the tiny pack.

Source: paper step 1, docs/method.md#1-conversion-to-lsoa.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tiny_pack import LSOA11, LSOA21, MSOA_A, MSOA_B, RESIDENTS

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.result import indicator_unit
from hyperlocal_need.core.steps.convert import average_means, blank_share, share_counts
from hyperlocal_need.core.steps.crosswalk import Crosswalk, link_areas

NAN = np.nan


class TestCounts:
    def test_output_areas_are_summed(self, tiny):
        assert share_counts(np.arange(1.0, 13), tiny.crosswalks()["OA21"]).tolist() == [3, 7, 11, 15, 19, 23]

    def test_msoa_by_postcodes(self, tiny):
        """A third of A's 120 to each of 1 to 3; of B's 1,600 a half, 3/16 and 5/16 to 4 to 6."""
        shared = share_counts([120, 1600], tiny.crosswalks()["MSOA11"])
        assert shared == pytest.approx([40, 40, 40, 800, 300, 500])

    def test_lsoa11_split_merged_and_irregular(self, tiny):
        """12 in halves; 14 and 15 added; 3/4 and 1/4 of 16."""
        shared = share_counts([10, 20, 30, 40, 60, 50], tiny.crosswalks()["LSOA11"])
        assert shared == pytest.approx([10, 10, 10, 70, 45, 65])

    @pytest.mark.parametrize("geography", ["OA21", "OA11", "LSOA21", "LSOA11", "MSOA21", "MSOA11"])
    def test_total_out_equals_total_in(self, tiny, geography):
        crosswalk = tiny.crosswalks()[geography]
        counts = np.random.default_rng(12).integers(0, 1000, len(crosswalk.sources)).astype(float)
        assert share_counts(counts, crosswalk).sum() == pytest.approx(counts.sum(), rel=1e-12)

    def test_a_crosswalk_that_loses_people_is_refused(self, tiny):
        crosswalk = tiny.crosswalks()["MSOA11"]
        leaking = Crosswalk(**{**vars(crosswalk), "share": crosswalk.share * 0.9})
        with pytest.raises(DataError, match="Converting from MSOA11: 1720 went in and 1548 came out"):
            share_counts([120, 1600], leaking)


class TestBlanks:
    def test_over_the_limit_there_is_no_value(self, tiny):
        """16 is blank: all of 5 and a fifth of 6, both above 5 %."""
        crosswalk = tiny.crosswalks()["LSOA11"]
        counts = np.array([10, 20, 30, 40, NAN, 50])
        assert blank_share(counts, crosswalk) == pytest.approx([0, 0, 0, 0, 1, 0.2])
        assert np.isnan(share_counts(counts, crosswalk)).tolist() == [False] * 4 + [True, True]

    def test_below_the_limit_the_rest_is_scaled_up(self, tiny):
        """With a limit of 20 %, 6 keeps the 50 of 17 over the 80 % of itself that it covers: 62.5."""
        shared = share_counts([10, 20, 30, 40, NAN, 50], tiny.crosswalks()["LSOA11"], blank_limit=0.2 + 1e-12)
        assert shared[5] == pytest.approx(62.5)
        assert np.isnan(shared[4])

    def test_the_limit_itself_is_still_allowed(self, tiny):
        counts, crosswalk = np.array([10, 20, 30, 40, NAN, 50]), tiny.crosswalks()["LSOA11"]
        limit = blank_share(counts, crosswalk)[5]
        assert not np.isnan(share_counts(counts, crosswalk, blank_limit=limit)[5])
        assert np.isnan(share_counts(counts, crosswalk, blank_limit=limit - 1e-9)[5])

    def test_means_of_the_rest(self, tiny):
        means = average_means([1, 2, 3, 4, NAN, 9], tiny.crosswalks()["LSOA11"], blank_limit=0.25)
        assert means[5] == 9 and np.isnan(means[4])
        assert np.isnan(average_means([1, 2, 3, 4, NAN, 9], tiny.crosswalks()["LSOA11"])[5])

    def test_no_limit_makes_a_zero_of_nothing(self, tiny):
        """5 lies in 16 alone, which is blank: with the limit at 100 % it still is no 0."""
        shared = share_counts([10, 20, 30, 40, NAN, 50], tiny.crosswalks()["LSOA11"], blank_limit=1.0)
        assert np.isnan(shared).tolist() == [False] * 4 + [True, False]

    def test_whole_counts_stay_whole(self):
        """Ten tenths sum to 1 - 1e-16, yet 251 is not to become 251.00000000000003."""
        links = pd.DataFrame({"source": list("abcdefghij"), "target": "T", "weight": 1.0})
        crosswalk = link_areas("LSOA11", pd.Index(list("abcdefghij")), pd.Index(["T"]), links, None)
        assert crosswalk.coverage.cumsum()[-1] != 1
        assert share_counts(np.array([251.0] + [0.0] * 9), crosswalk).tolist() == [251.0]


class TestMeans:
    def test_by_postcodes(self, tiny):
        """4 is 2/8 of 14 and 6/8 of 15; 6 is 1/5 of 16 and 4/5 of 17."""
        means = average_means([1, 2, 3, 7, 10, 20], tiny.crosswalks()["LSOA11"])
        assert means == pytest.approx([1, 2, 2, 6, 10, 18])

    def test_by_a_weight(self, tiny):
        """14 of 300 dwellings and 15 of 100; of 16's 40 a quarter lies in 6, beside 17's 90."""
        weight = np.array([1.0, 1, 300, 100, 40, 90])
        means = average_means([1, 2, 3, 7, 10, 20], tiny.crosswalks()["LSOA11"], weight)
        assert means[3] == pytest.approx((300 * 3 + 100 * 7) / 400)
        assert means[5] == pytest.approx((10 * 10 + 90 * 20) / 100)

    def test_without_a_weight_there_is_no_mean(self, tiny):
        """13, which was split into 2 and 3, has no weight; 15 weighs nothing in 4, which takes the mean of 14."""
        weight = np.array([1.0, NAN, 1, 0, 2, 2])
        means = average_means([1, 2, 3, 7, 10, 20], tiny.crosswalks()["LSOA11"], weight)
        assert np.isnan(means).tolist() == [False, True, True, False, False, False]
        assert means[3] == 3

    def test_output_areas_by_residents(self, tiny):
        """A quarter of each LSOA's residents live in its first Output Area."""
        means = average_means([0.0, 4.0] * 6, tiny.crosswalks()["OA21"])
        assert means == pytest.approx([3.0] * 6)

    def test_one_source_is_copied_to_the_last_digit(self, tiny):
        """Multiplied by a weight and divided by it again, some numbers change, and ties would come undone."""
        crosswalk = tiny.crosswalks()["MSOA11"]
        rng = np.random.default_rng(18)
        for means, weight in zip(rng.random((50, 2)), rng.random((50, 2))):
            assert average_means(means, crosswalk, weight).tolist() == [means[0]] * 3 + [means[1]] * 3

    def test_a_constant_stays_itself_and_bounds_hold(self, tiny):
        values = np.random.default_rng(13).normal(size=6)
        crosswalk = tiny.crosswalks()["LSOA11"]
        assert average_means(np.full(6, 4.5), crosswalk) == pytest.approx(np.full(6, 4.5))
        means = average_means(values, crosswalk)
        assert means.min() >= values.min() - 1e-12 and means.max() <= values.max() + 1e-12

    def test_inputs_stay(self, tiny):
        values, weight = np.array([1.0, NAN, 3, 7, 10, 20]), np.array([1.0, 1, NAN, 0, 4, 5])
        kept = values.copy(), weight.copy()
        crosswalk = tiny.crosswalks()["LSOA11"]
        average_means(values, crosswalk, weight)
        share_counts(values, crosswalk)
        assert np.array_equal(values, kept[0], equal_nan=True) and np.array_equal(weight, kept[1], equal_nan=True)


class TestEntries:
    def test_counts_are_converted_first_and_divided_after(self, tiny):
        """Jobs of MSOAs over residents of LSOAs."""
        jobs = tiny.convert("jobs", "ratio")
        assert jobs.value == pytest.approx(np.array([40, 40, 40, 800, 300, 500]) / RESIDENTS)
        assert (jobs.sum_in, jobs.sum_out) == (1720, pytest.approx(1720))
        assert list(jobs.provenance) == ["apportioned"] * 6

    def test_several_columns_are_added(self, tiny):
        tiny.spec["indicators"]["claims"]["numerator"] = ["claims", "people"]
        tiny.spec["indicators"]["claims"]["unbounded"] = True
        assert tiny.convert("claims", "count").numerator.tolist() == [103, 107, 111, 115, 119, 123]

    def test_numerator_up_to_five_per_cent_above_its_denominator_is_cut_and_told(self, tiny):
        """84 of 80 are 5 % too many: all of them. The counts themselves stay."""
        tiny.column("allowance.csv", "claims", [84, 5])
        capped = tiny.convert("allowance", "count")
        assert capped.value[0] == 1 and capped.numerator[0] == 84
        assert capped.over == (f"numerator above its denominator, taken as equal, in {LSOA21[0]}",)

    def test_further_above_there_is_no_value(self, tiny):
        tiny.column("allowance.csv", "claims", [85, 5])
        gap = tiny.convert("allowance", "count")
        assert np.isnan(gap.value[0]) and gap.provenance[0] is None and gap.numerator[0] == 85
        words = "numerator more than 5 % above its denominator, so not of the same people; no value in"
        assert gap.over == (f"{words} {LSOA21[0]}",)

    @pytest.mark.parametrize("unbounded, kind", [(True, "count"), (False, "ratio")])
    def test_open_ended_ratios_may_exceed_one(self, tiny, unbounded, kind):
        tiny.column("allowance.csv", "claims", [90, 5])
        tiny.spec["indicators"]["allowance"]["unbounded"] = unbounded
        ratio = tiny.convert("allowance", kind)
        assert ratio.value[0] == 90 / 80 and not ratio.notes

    def test_a_row_that_lacks_one_count_is_blank_in_both(self, tiny):
        tiny.column("allowance.csv", "claims", ["", 5])
        entry = tiny.convert("allowance", "count")
        assert np.isnan([entry.value[0], entry.numerator[0], entry.denominator[0]]).all()
        assert entry.provenance[0] is None
        assert entry.sum_in == 5 + 11 + 14 + 17 + 20
        tiny.column("allowance.csv", "claims", [5])
        tiny.column("allowance.csv", "people", [""])
        entry = tiny.convert("allowance", "count")
        assert np.isnan([entry.value[0], entry.numerator[0], entry.denominator[0]]).all()

    def test_nobody_at_risk_is_no_rate(self, tiny):
        tiny.column("allowance.csv", "claims", [0])
        tiny.column("allowance.csv", "people", [0])
        assert np.isnan(tiny.convert("allowance", "count").value[0])

    def test_ranks_are_averaged_and_ranked_again(self, tiny):
        """Ranks 6, 1, 2, 3, 4, 5 give means 6, 1, 1, 2.75, 4 and 4.8, and those the ranks 6, 1.5, 1.5, 3, 4, 5."""
        assert tiny.convert("crime", "rank").value.tolist() == [6, 1.5, 1.5, 3, 4, 5]
        assert tiny.convert("crime", "mean").value == pytest.approx([6, 1, 1, 2.75, 4, 4.8])

    def test_authorities_figures_are_spread_and_have_no_total(self, tiny):
        pupils = tiny.convert("pupils")
        assert pupils.value.tolist() == [40] * 3 + [60] * 3
        assert list(pupils.provenance) == ["spread"] * 6 and np.isnan(pupils.sum_in)

    def test_authorities_ratio_keeps_no_counts(self, tiny):
        tiny.tables["schools.csv"] = [["code", "good", "all"], ["E07000001", 3, 4], ["E07000002", 5, 10]]
        tiny.spec["indicators"]["pupils"] = {
            "file": "schools.csv",
            "geography": "LTLA23",
            "code": "code",
            "numerator": "good",
            "denominator": "all",
        }
        schools = tiny.convert("pupils")
        assert schools.value.tolist() == [0.75] * 3 + [0.5] * 3 and schools.numerator is None

    def test_standard_errors_come_along(self, tiny):
        tiny.tables["income.csv"] = [["code", "income", "se"], [MSOA_A, 20000, 100], [MSOA_B, 30000, 200]]
        tiny.spec["indicators"]["income"]["standard_error"] = "se"
        income = tiny.convert("income")
        assert income.value.tolist() == [20000] * 3 + [30000] * 3
        assert income.standard_error.tolist() == [100] * 3 + [200] * 3


class TestUnits:
    def test_a_scale_brings_values_and_numerators_to_the_unit_that_is_shown(self, tiny):
        """Distances of 9, 1, 4 ... km in metres; jobs in thousands, so that 120 of MSOA A are 120,000."""
        tiny.spec["indicators"]["distance"].update(scale=1000, unit="metres")
        tiny.spec["indicators"]["jobs"]["scale"] = 1000
        assert tiny.convert("distance").value.tolist() == [9000, 1000, 4000, 2500, 7000, 3000]
        jobs = tiny.convert("jobs", "ratio")
        assert jobs.numerator[0] == pytest.approx(120_000 / 3) and jobs.sum_in == 1_720_000
        assert jobs.value[0] == pytest.approx(120_000 / 3 / 100)

    def test_counts_are_a_proportion_even_where_they_stand_in_for_others(self, tiny):
        """A substitute's score has no unit but its own; its bounded count of a population is a share of it anyway."""
        node = replace(tiny.definition().node("claims"), unit="proportion")
        counts = tiny.open().entries["claims"]
        assert indicator_unit(node, [replace(counts, status="substitute")]) == "proportion"
        assert indicator_unit(node, [replace(counts, status="substitute", unbounded=True)]) == ""
        score = replace(tiny.open().entries["distance"], status="substitute")
        assert indicator_unit(tiny.definition().node("distance"), [score]) == ""

    def test_a_per_cent_given_as_counts_is_a_proportion(self, tiny):
        """84 of 100 schools are 0.84, which is not 0.84 % of schools; a per cent that is given as one stays one."""
        node = replace(tiny.definition().node("distance"), unit="% of schools")
        counts, score = (tiny.open().entries[one] for one in ("claims", "distance"))
        assert [indicator_unit(node, [one]) for one in (counts, score)] == ["proportion", "% of schools"]
        assert indicator_unit(node, [replace(counts, scale=100)]) == "% of schools"


class TestChange:
    @pytest.fixture
    def change(self, tiny):
        old, new = [50, 20, 30, 40, 60, 50], [60, 20, 30, 60, 60, 25]
        tiny.tables["gva.csv"] = [["code", "old", "new"], *map(list, zip(LSOA11.values(), old, new))]
        tiny.spec["indicators"]["income"] = {
            "file": "gva.csv",
            "geography": "LSOA11",
            "code": "code",
            "change": {"from": "old", "to": "new"},
        }
        return tiny

    def test_of_converted_counts(self, change):
        """1: 50 to 60; 4: 70 to 90; 5: 45 to 45; 6: 15 + 50 to 15 + 25."""
        gva = change.convert("income")
        assert gva.value == pytest.approx([20, 0, 0, 100 * 20 / 70, 0, -100 * 25 / 65])
        assert gva.numerator is None and (gva.sum_in, gva.sum_out) == (255, pytest.approx(255))

    def test_per_head_of_its_own_year(self, change):
        """Twice the people at the end: the change of 50 to 60 becomes one of 50 to 30."""
        change.tables["people.csv"] = [["code", "then", "now"], *([code, 100, 200] for code in LSOA21)]
        people = {"file": "people.csv", "geography": "LSOA21", "code": "code"}
        change.spec["indicators"]["income"]["change"].update(
            from_denominator={**people, "column": "then"}, to_denominator={**people, "column": "now"}
        )
        assert change.convert("income").value[:2] == pytest.approx([-40, -50])

    def test_from_nothing_or_from_a_loss_there_is_no_change(self, change):
        change.column("gva.csv", "old", [0, -5])
        assert np.isnan(change.convert("income").value).tolist() == [True] * 3 + [False] * 3
