"""Which parts of which source areas make up each LSOA of 2021, on the tiny pack.

Source: paper step 1, docs/method.md#1-conversion-to-lsoa.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tiny_pack import LSOA11, LSOA21, MSOA_A, MSOA_B, OA11, OA21

from hyperlocal_need.core import crosswalks
from hyperlocal_need.core.errors import PackError
from hyperlocal_need.core.indicators import read_areas
from hyperlocal_need.core.steps.convert import average_means, share_counts
from hyperlocal_need.core.steps.crosswalk import link_areas


def build(tiny, geography):
    pack = tiny.open()
    return crosswalks.Crosswalks(pack, read_areas(pack), lambda: tiny.pairs)[geography]


def links(crosswalk):
    """(source code, number of the target): (share of the source, coverage of the target)."""
    return {
        (crosswalk.sources[source], target + 1): (pytest.approx(share), pytest.approx(coverage))
        for source, target, share, coverage in zip(
            crosswalk.source, crosswalk.target, crosswalk.share, crosswalk.coverage
        )
    }


def labels(crosswalk):
    return list(crosswalk.provenance)


class TestGeographies:
    def test_lsoa21_is_direct(self, tiny):
        crosswalk = build(tiny, "LSOA21")
        assert links(crosswalk) == {(code, number + 1): (1, 1) for number, code in enumerate(LSOA21)}
        assert labels(crosswalk) == ["direct"] * 6 and not crosswalk.spread

    def test_output_areas_nest_and_cover_by_residents(self, tiny):
        """A quarter of each LSOA lives in its first Output Area."""
        crosswalk = build(tiny, "OA21")
        assert links(crosswalk) == {
            (code, place // 2 + 1): (1, (0.25, 0.75)[place % 2]) for place, code in enumerate(OA21)
        }
        assert labels(crosswalk) == ["summed"] * 6

    def test_output_areas_without_population_cover_evenly(self, tiny):
        del tiny.spec["population"]["OA21"]
        assert build(tiny, "OA21").coverage == pytest.approx(np.full(12, 0.5))

    def test_an_output_area_without_residents_weighs_nothing(self, tiny):
        """1: 0 residents at 100 and 3 at 10 are 10 on average; in 2, where nobody lives, both count alike: 55. Counts
        are summed all the same."""
        tiny.column("population_oa21.csv", "residents", [0, 3, 0, 0])
        crosswalk = build(tiny, "OA21")
        figures = np.array([100.0, 10.0] * 6)
        assert average_means(figures, crosswalk).tolist()[:2] == [10, 55]
        assert share_counts(figures, crosswalk).tolist() == [110] * 6

    def test_lsoa11_unchanged_split_merged_and_irregular(self, tiny):
        """12 has 4 of its 8 postcodes in 2 and in 3; 14 and 15 have 2 and 6 of 4's 8; 16 has 3 of 4 in 5."""
        crosswalk = build(tiny, "LSOA11")
        assert links(crosswalk) == {
            (LSOA11[11], 1): (1, 1),
            (LSOA11[12], 2): (1 / 2, 1),
            (LSOA11[12], 3): (1 / 2, 1),
            (LSOA11[14], 4): (1, 2 / 8),
            (LSOA11[15], 4): (1, 6 / 8),
            (LSOA11[16], 5): (3 / 4, 1),
            (LSOA11[16], 6): (1 / 4, 1 / 5),
            (LSOA11[17], 6): (1, 4 / 5),
        }
        assert labels(crosswalk) == ["direct", "apportioned", "apportioned", "summed", "apportioned", "apportioned"]

    def test_msoa11_by_postcodes(self, tiny):
        """A has 12 postcodes, 4 in each of 1 to 3; B has 8, 3 and 5 of 16 in 4 to 6."""
        crosswalk = build(tiny, "MSOA11")
        assert links(crosswalk) == {
            (MSOA_A, 1): (1 / 3, 1),
            (MSOA_A, 2): (1 / 3, 1),
            (MSOA_A, 3): (1 / 3, 1),
            (MSOA_B, 4): (8 / 16, 1),
            (MSOA_B, 5): (3 / 16, 1),
            (MSOA_B, 6): (5 / 16, 1),
        }
        assert labels(crosswalk) == ["apportioned"] * 6

    def test_oa11_by_postcodes(self, tiny):
        crosswalk = build(tiny, "OA11")
        found = links(crosswalk)
        assert found[(OA11["121"], 2)] == (1 / 5, 1 / 4) and found[(OA11["121"], 3)] == (4 / 5, 1)

    def test_msoa21_by_postcodes_of_its_lsoas(self, tiny):
        crosswalk = build(tiny, "MSOA21")
        assert links(crosswalk)[("E02100002", 6)] == (5 / 16, 1)

    @pytest.mark.parametrize("geography", ["LTLA23", "UTLA23"])
    def test_authorities_are_spread(self, tiny, geography):
        crosswalk = build(tiny, geography)
        assert crosswalk.spread and labels(crosswalk) == ["spread"] * 6
        assert links(crosswalk) == {(f"E0700000{n // 3 + 1}", n + 1): (1, 1) for n in range(6)}

    @pytest.mark.parametrize("geography", ["LSOA21", "OA21", "OA11", "LSOA11", "MSOA11", "MSOA21"])
    def test_shares_and_coverage_each_sum_to_one(self, tiny, geography):
        crosswalk = build(tiny, geography)
        assert np.bincount(crosswalk.source, crosswalk.share) == pytest.approx(np.ones(len(crosswalk.sources)))
        assert np.bincount(crosswalk.target, crosswalk.coverage) == pytest.approx(np.ones(6))

    @pytest.mark.parametrize("geography", ["OA11", "LSOA11", "MSOA11", "MSOA21"])
    def test_order_of_the_pairs_is_of_no_account(self, tiny, geography):
        straight = build(tiny, geography)
        tiny.pairs = tiny.pairs.iloc[::-1].reset_index(drop=True)
        kept = tiny.pairs.copy()
        turned = build(tiny, geography)
        assert np.array_equal(turned.share, straight.share) and np.array_equal(turned.coverage, straight.coverage)
        assert tiny.pairs.equals(kept)


class TestSparse:
    def test_a_source_without_postcodes_goes_by_its_lookup_and_is_listed(self, tiny):
        """12 has no postcode: it is shared evenly over 2 and 3, which the exact fit names."""
        tiny.pairs = tiny.pairs[~tiny.pairs["source"].isin([OA11["120"], OA11["121"]])]
        crosswalk = build(tiny, "LSOA11")
        assert crosswalk.by_lookup == (LSOA11[12],)
        assert links(crosswalk)[(LSOA11[12], 2)] == (1 / 2, 1)

    def test_an_msoa_without_postcodes_goes_by_its_lsoas(self, tiny):
        tiny.pairs = tiny.pairs[tiny.pairs["target"] > LSOA21[2]]
        crosswalk = build(tiny, "MSOA11")
        assert crosswalk.by_lookup == (MSOA_A,)
        assert [links(crosswalk)[(MSOA_A, number)] for number in (1, 2, 3)] == [(1 / 3, 1)] * 3

    def test_a_part_without_postcodes_goes_by_its_lookup_and_is_listed(self, tiny):
        """Of 16 no postcode lies in 5, which the exact fit makes one of its two parts: half of it, and never 0."""
        tiny.pairs = tiny.pairs[tiny.pairs["target"] != LSOA21[4]]
        crosswalk = build(tiny, "LSOA11")
        assert links(crosswalk)[(LSOA11[16], 5)] == (1 / 2, 1)
        assert links(crosswalk)[(LSOA11[16], 6)] == (1 / 2, 1 / 5)
        assert crosswalk.bare == (LSOA21[4],) and build(tiny, "OA21").bare == ()

    def test_one_bare_part_of_three_takes_a_third_and_the_others_share_the_rest_by_postcodes(self):
        """Postcodes 9, 3 and 0: the bare part gets 1/3, the others 2/3 x 9/12 = 1/2 and 2/3 x 3/12 = 1/6."""
        links = pd.DataFrame({"source": ["S"] * 3, "target": ["A", "B", "C"], "weight": [9.0, 3.0, 0.0]})
        crosswalk = link_areas("LSOA11", pd.Index(["S"]), pd.Index(["A", "B", "C"]), links, None)
        assert crosswalk.share == pytest.approx([1 / 2, 1 / 6, 1 / 3])
        assert crosswalk.coverage.tolist() == [1, 1, 1] and crosswalk.bare == ("C",)

    @pytest.mark.parametrize(
        "geography, counts, shared",
        [
            # B has 8 and 5 of its 13 left postcodes in 4 and 6; 5, one of its three, takes a third of 1,300.
            (
                "MSOA11",
                {MSOA_A: 120, MSOA_B: 1300},
                [40, 40, 40, 1300 * 2 / 3 * 8 / 13, 1300 / 3, 1300 * 2 / 3 * 5 / 13],
            ),
            # OA16 is in LSOA16, which the exact fit parts into 5 and 6: a half each of its 60, and 6 all of OA17.
            ("OA11", {OA11["16"]: 60, OA11["17"]: 50}, [0, 0, 0, 0, 30, 80]),
        ],
    )
    def test_an_area_without_postcodes_takes_an_even_part_of_what_its_lookup_names(
        self, tiny, geography, counts, shared
    ):
        """5 has no postcode, so no pair names it; its lookup goes back over LSOA16 to OA16 and MSOA B."""
        tiny.pairs = tiny.pairs[tiny.pairs["target"] != LSOA21[4]]
        crosswalk = build(tiny, geography)
        given = pd.Series(counts, dtype=float).reindex(crosswalk.sources).fillna(0.0).to_numpy()
        assert crosswalk.bare == (LSOA21[4],) and crosswalk.by_lookup == ()
        assert share_counts(given, crosswalk) == pytest.approx(shared) and sum(shared) == pytest.approx(given.sum())
        if geography == "MSOA11":
            assert average_means([20000, 30000], crosswalk).tolist() == [20000] * 3 + [30000] * 3

    def test_an_msoa_gives_an_lsoa_without_postcodes_an_even_part(self, tiny):
        tiny.pairs = tiny.pairs[tiny.pairs["target"] != LSOA21[5]]
        crosswalk = build(tiny, "MSOA21")
        assert links(crosswalk)[("E02100002", 6)] == (1 / 3, 1) and crosswalk.bare == (LSOA21[5],)

    def test_lookups_of_england_and_wales(self, tiny):
        """The published lookups hold Wales too: its rows lead to no area here, and are left aside."""
        tiny.tables["exact_fit.csv"].append(["W01000001", "W01000001"])
        tiny.tables["oa21.csv"].append(["W00000001", "W01000001"])
        assert np.bincount(build(tiny, "LSOA11").target).tolist() == [1, 1, 1, 2, 1, 2]
        assert "W00000001" not in build(tiny, "OA21").sources


def _drop(*path):
    def change(tiny):
        place = tiny.spec["lookups"]
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


REFUSALS = {
    "no lookup of Output Areas": ("OA21", _drop("OA21"), "lookups.OA21 is missing"),
    "no LSOA in it": ("OA21", _drop("OA21", "parents"), "lookups.OA21.parents.LSOA21 is missing"),
    "an LSOA that is none": (
        "OA21",
        lambda tiny: tiny.column("oa21.csv", "lsoa21", ["E01999999"]),
        "lookups.OA21: 'E01999999' is no LSOA",
    ),
    "no lookup of 2011": ("MSOA11", _drop("OA11"), "lookups.OA11 is missing"),
    "no MSOA in it": ("MSOA11", _drop("OA11", "parents", "MSOA11"), "lookups.OA11.parents.MSOA11 is missing"),
    "no LSOA of 2011 in it": ("LSOA11", _drop("OA11", "parents", "LSOA11"), "lookups.OA11.parents.LSOA11 is missing"),
    "a lookup that misses areas": (
        "MSOA11",
        lambda tiny: tiny.tables["oa11.csv"].pop(),
        f"lookups.OA11: lacks 1 areas .* such as {OA11['17']}",
    ),
    "no exact fit": ("LSOA11", _drop("LSOA11"), "lookups.LSOA11 is missing"),
    "an empty exact fit": ("LSOA11", _drop("LSOA11", "exact_fit"), "lookups.LSOA11.exact_fit is missing"),
    "an exact fit to nowhere": (
        "LSOA11",
        lambda tiny: tiny.column("exact_fit.csv", "new", ["E01999999"]),
        "lookups.LSOA11: 'E01999999' is no LSOA",
    ),
    "no MSOA of 2021": ("MSOA21", _drop("LSOA21", "parents", "MSOA21"), "lookups.LSOA21.parents.MSOA21: missing"),
    "no upper tier": ("UTLA23", _drop("LSOA21", "parents", "UTLA23"), "lookups.LSOA21.parents.UTLA23: missing"),
    "no overlap": (
        "MSOA11",
        lambda tiny: setattr(tiny, "pairs", None),
        "tiny: postcodes and boundaries.OA11 are needed .* MSOA11",
    ),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_the_message_names_the_lookup(tiny, fault):
    geography, change, message = REFUSALS[fault]
    change(tiny)
    with pytest.raises(PackError, match=message):
        build(tiny, geography)
