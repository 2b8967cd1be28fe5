"""Small areas in larger ones, by hand: five LSOAs, two wards; then the published figures of the districts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.steps import assign
from hyperlocal_need.core.steps.area_table import area_table, class_counts, neediest, people_in_hot_spots
from hyperlocal_need.core.steps.summarise import SUMMARIES, district_table

NAN = np.nan
CODES = pd.Index(["L1", "L2", "L3", "L4", "L5"])
WARDS = pd.Index(["north", "south"])


class TestByCodes:
    def test_missing_and_unknown_keys_lie_outside(self):
        pieces = assign.by_codes(["north", "south", None, "elsewhere", "north"], WARDS)
        assert pieces.small.tolist() == [0, 1, 4]
        assert pieces.area.tolist() == [0, 1, 0]
        assert pieces.share.tolist() == [1, 1, 1]


class TestByLookup:
    def lookup(self, *rows, columns=("small", "area")):
        return pd.DataFrame(list(rows), columns=list(columns))

    def test_pairs_become_whole_areas_and_a_repeated_row_counts_once(self):
        pieces = assign.by_lookup(self.lookup(("L2", "south"), ("L1", "north"), ("L2", "south")), CODES, WARDS)
        assert list(zip(pieces.small, pieces.area)) == [(1, 1), (0, 0)]

    def test_two_areas_for_one_lsoa_would_count_it_twice(self):
        with pytest.raises(DataError, match="more than one area is given for L1"):
            assign.by_lookup(self.lookup(("L1", "north"), ("L1", "south")), CODES, WARDS)

    def test_shares_split_an_lsoa(self):
        rows = (("L1", "north", 0.25), ("L1", "south", 0.75), ("L2", "north", 1.0))
        pieces = assign.by_lookup(self.lookup(*rows, columns=("small", "area", "share")), CODES, WARDS)
        assert pieces.totals(5).tolist() == [1, 1, 0, 0, 0]

    @pytest.mark.parametrize(("share", "words"), [(0.0, "not above 0"), (1.5, "at most 1"), (NAN, "not above 0")])
    def test_a_share_that_is_none_is_refused(self, share, words):
        with pytest.raises(DataError, match=words):
            assign.by_lookup(self.lookup(("L1", "north", share), columns=("small", "area", "share")), CODES, WARDS)

    def test_shares_over_one_are_refused(self):
        rows = (("L1", "north", 0.7), ("L1", "south", 0.7))
        with pytest.raises(DataError, match="sum to more than 1 for L1"):
            assign.by_lookup(self.lookup(*rows, columns=("small", "area", "share")), CODES, WARDS)


class TestByAmount:
    def test_shares_are_amounts_over_totals(self):
        """L1 has 10 postcodes, 4 in the north and 6 in the south; L2 has 5, of which 2 in the north, 3 in neither."""
        pieces = assign.by_amount([0, 0, 1], np.array([0, 1, 0]), [4, 6, 2], np.array([10.0, 5, 0, 0, 0]))
        assert pieces.share == pytest.approx([0.4, 0.6, 0.4])
        assert pieces.totals(5) == pytest.approx([1, 0.4, 0, 0, 0]), "what lies outside stays outside"

    def test_what_is_drawing_is_scaled_away(self):
        """97 + 1 of 100 square units: the 1 is a sliver of both, and the 97 become the whole LSOA."""
        pieces = assign.by_amount([0, 0], np.array([0, 1]), [97, 1], np.array([100.0]), extent=np.array([500.0, 500]))
        assert pieces.area.tolist() == [0]
        assert pieces.share == pytest.approx([1])

    def test_a_small_area_inside_a_large_lsoa_is_no_sliver(self):
        """An estate of 2 square units in an LSOA of 100: little of the LSOA, but all of the estate."""
        pieces = assign.by_amount([0], np.array([0]), [2], np.array([100.0]), extent=np.array([2.0]))
        assert pieces.share == pytest.approx([0.02])

    def test_overlapping_areas_are_not_scaled(self):
        pieces = assign.by_amount(
            [0, 0], np.array([0, 1]), [100, 100], np.array([100.0]), extent=np.array([100.0, 100])
        )
        assert pieces.totals(1) == pytest.approx([2])


class TestFit:
    def test_counts_people_and_split(self):
        """North: L1 whole (100 people) and half of L2 (200): 200 people, half of them in a split LSOA."""
        pieces = assign.Pieces(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([1.0, 0.5, 0.5]))
        table = assign.fit(pieces, np.array([100.0, 200, 300, NAN, 0]), 3)
        assert table["lsoas"].tolist() == [2, 1, 0]
        assert table["lsoas_split"].tolist() == [1, 1, 0]
        assert table["population"].tolist() == [200, 100, 0]
        assert table["population_split"].tolist()[:2] == [0.5, 1.0]
        assert np.isnan(table["population_split"][2]), "an area without residents has no share"

    def test_whole_lsoas_show_the_share_that_truly_lies_there(self):
        """By centroid L1 counts in the north although 30 % of it lies in the south."""
        table = assign.fit(assign.whole([0, 1], [0, 0]), np.array([100.0, 300]), 1, inside=np.array([0.7, 0.99]))
        assert table["lsoas_split"].tolist() == [1]
        assert table["population_split"].tolist() == [0.25]

    def test_what_was_not_measured_is_missing(self):
        table = assign.fit(assign.whole([0], [0]), np.array([100.0]), 1, inside=np.array([NAN]))
        assert table[["lsoas_split", "population_split"]].isna().all(axis=None)

    def test_lsoas_that_other_areas_count_too(self):
        table = assign.fit(assign.whole([0, 0, 1], [0, 1, 1]), np.array([100.0, 100]), 2)
        assert table["lsoas_shared"].tolist() == [1, 1]
        assert table["population"].sum() == 300, "L1's hundred people count in both areas, and it is said"


class TestTable:
    """Five LSOAs with ranks 1 to 5: one in five is a hot spot, so rank 1 alone."""

    ranks = np.array([1.0, 2, 3, 4, 5])
    people = np.array([100.0, 100, 200, 100, 500])

    def table(self, pieces, count=2):
        measures = {"need": pd.DataFrame({"score": [90.0, 60, 45, 20, 5], "rank": self.ranks})}
        names = pd.DataFrame({"code": CODES, "name": [f"Name of {code}" for code in CODES]})
        return area_table(measures, names, pieces, self.people, count)

    def test_people_in_hot_spots_go_by_share(self):
        pieces = assign.Pieces(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.25, 0.75, 1.0]))
        people, share = people_in_hot_spots(
            self.ranks[pieces.small], self.people[pieces.small], pieces.area, pieces.share, 2, 5
        )
        assert people.tolist() == [25, 75]
        assert share == pytest.approx([1.0, 75 / 175])

    def test_an_area_without_a_ranked_lsoa_is_blank(self):
        table = self.table(assign.whole([0, 1], [0, 0]))
        assert table.loc[1].isna().all()
        assert table.loc[0, "need_neediest_name"] == "Name of L1"
        assert table.loc[0, "need_average_score"] == 75

    def test_neediest_prefers_the_larger_share_among_equals(self):
        pieces = assign.Pieces(np.array([0, 1]), np.array([0, 0]), np.array([0.2, 0.9]))
        assert neediest(np.array([1.0, 1.0]), pieces, 2).tolist() == [1, -1]

    def test_classes_count_by_share(self):
        pieces = assign.Pieces(np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([1.0, 0.5, 1.0]))
        counts = class_counts(np.array([90.0, 60.0, NAN]), pieces, 1)
        assert counts.iloc[0].tolist() == [1, 0.5, 0, 1]

    def test_whole_districts_agree_with_the_layer_districts(self):
        """The same summaries as every run writes for districts, by the same code."""
        generator = np.random.default_rng(1)
        scores, district = generator.normal(size=200), generator.integers(0, 7, 200)
        ranks = (-scores).argsort().argsort() + 1.0
        people = generator.integers(500, 3000, 200).astype(float)
        measures = {"need": pd.DataFrame({"score": scores, "rank": ranks})}
        names = pd.DataFrame({"code": np.arange(200).astype(str), "name": ""})
        ours = area_table(measures, names, assign.whole(np.arange(200), district), people, 7)
        theirs = district_table(measures, pd.DataFrame({"district_name": list("abcdefg")}), district, people)
        for summary in SUMMARIES:
            pd.testing.assert_series_equal(ours[f"need_{summary}"], theirs[f"need_{summary}"])
            pd.testing.assert_series_equal(ours[f"need_{summary}_rank"], theirs[f"need_{summary}_rank"])

    def test_the_order_of_pieces_does_not_matter(self):
        pieces = assign.Pieces(np.array([0, 1, 2, 3, 4]), np.array([0, 1, 0, 1, 0]), np.array([1, 0.5, 1, 1, 0.2]))
        turned = assign.Pieces(pieces.small[::-1], pieces.area[::-1], pieces.share[::-1])
        pd.testing.assert_frame_equal(self.table(pieces), self.table(turned))
