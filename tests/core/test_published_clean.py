"""From rows to a clean table, on sheets of a few rows that show one habit of publishers each."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.published.making.clean import Overrides, clean
from hyperlocal_need.core.published.reading import header, places
from hyperlocal_need.core.published.reading.areas import Known
from hyperlocal_need.core.published.reading.grid import Grid, collect

A, B, C = "E01000001", "E01000002", "E01033769"


def cleaned(rows, known=None, formulas=None, linked=(), **overrides):
    return clean(Grid("Sheet", rows, formulas or {}, linked), known, Overrides(**overrides))


class TestLayout:
    def test_banner_footer_totals_and_other_countries(self):
        """Two areas are left of eight rows; what is left out is counted, notes are kept."""
        found = cleaned(
            [
                ["Table 3: fuel poverty, 2022"], [], ["LSOA Code", "Name", "Households1", "Fuel poor [note 2]", ""],
                ["E92000001", "England", "3", "1"], [A, "City 001A", "1,173 ", "[c]"], ["W01000001", "Wales", "4", "4"],
                [C, "City 001B", " 7", "2%"], [], ["Source: see notes"], ["", "", "", "England"],
            ]
        )  # fmt: skip
        assert list(found.table.index) == [A, C] and found.geography == "LSOA21"
        assert found.table["households"].tolist() == [1173.0, 7.0]
        assert np.isnan(found.table["fuel_poor"].iloc[0]) and found.table["fuel_poor"].iloc[1] == 2.0
        assert found.guesses["rows_of_other_areas"] == {"country": 1, "Wales": 1}
        assert found.guesses["rows_without_area"] == 2
        assert found.guesses["columns"]["fuel_poor"]["marks"] == {"[c]": 1}
        assert found.guesses["text_above"] == ["Table 3: fuel poverty, 2022"] and found.guesses["header_rows"] == [3]

    def test_two_rows_of_header(self):
        found = cleaned(
            [
                ["", "", "2021", "", "2022", ""],
                ["Code", "Name", "Number", "%", "Number", "%"],
                [A, "x", "1", "2", "3", "4"],
            ]
        )
        assert list(found.table) == [
            "value_2021_number",
            "value_2021_percent",
            "value_2022_number",
            "value_2022_percent",
        ]

    def test_a_total_above_the_first_area_is_no_header(self):
        found = cleaned([["code", "region", "count"], ["", "England", "99"], [A, "North", "1"], [C, "North", "2"]])
        assert list(found.table) == ["count"] and found.guesses["header_rows"] == [1]

    def test_no_header_at_all(self):
        assert list(cleaned([[A, "5"], [C, "6"]]).table) == ["column_2"]

    def test_the_column_with_the_most_areas_holds_the_codes(self):
        found = cleaned([["LA", "LSOA", "n"], ["E06000001", A, "1"], ["E06000001", C, "2"]])
        assert found.guesses["code_column"] == "LSOA" and list(found.table) == ["n"]

    def test_codes_that_are_not_there(self):
        with pytest.raises(DataError, match="no column holds codes .* give CODE_COLUMN or NAME_COLUMN"):
            cleaned([["a", "b"], ["1", "2"]])
        with pytest.raises(DataError, match="areas of Wales alone; a pack carries those of England"):
            cleaned([["code", "n"], ["W01000001", "1"], ["W01000002", "1"]])
        with pytest.raises(DataError, match="nothing to import .no column holds figures"):
            cleaned([["code", "name"], [A, "x"], [C, "y"]])


class TestLabels:
    @pytest.mark.parametrize(
        "printed, title, name",
        [
            ("Number of households1", "Number of households", "number_of_households"),
            ("Level 3", "Level 3", "level_3"),
            ("KS2", "KS2", "ks2"),
            ("Rate (%)2", "Rate (%)", "rate_percent"),
            ("2021/22 (p)", "2021/22", "value_2021_22"),
            ("Income (\u00a3)", "Income (\u00a3)", "income"),
            ("Rate\u00b9", "Rate", "rate"),
            ("Fuel\npoor [Notes 3 and 4]", "Fuel poor", "fuel_poor"),
        ],
    )
    def test_notes_go_and_names_stay(self, printed, title, name):
        label = header.make_labels([printed])[0]
        assert (label.title, label.name) == (title, name)

    def test_digits_that_tell_columns_apart_stay(self):
        assert [label.name for label in header.make_labels(["Quantile1", "Quantile2"])] == ["quantile1", "quantile2"]

    def test_words_that_all_share_go(self):
        printed = ["Highest qualification: Total", "Highest qualification: None", "Highest qualification: Level 1"]
        assert [label.name for label in header.make_labels(printed)] == ["total", "none", "level_1"]

    def test_equal_names_are_numbered(self):
        assert [label.name for label in header.make_labels(["a", "A", "a"])] == ["a", "a_2", "a_3"]


class TestLongTables:
    rows = [["code", "year", "sex", "n"]] + [
        [code, year, sex, str(place)]
        for place, (code, year, sex) in enumerate(
            (c, y, s) for c in (A, C) for y in ("2021", "2022") for s in ("F", "M")
        )
    ]

    def test_a_row_an_area(self):
        found = cleaned(self.rows)
        assert list(found.table) == ["n_2021_f", "n_2021_m", "n_2022_f", "n_2022_m"]
        assert found.table.loc[C].tolist() == [4.0, 5.0, 6.0, 7.0]
        assert found.guesses["told_apart_by"] == ["year", "sex"]

    def test_filters(self):
        assert cleaned(self.rows, filters={"year": "2022", "sex": "m"}).table["n"].tolist() == [3.0, 7.0]
        with pytest.raises(DataError, match="no row of Sheet has '2050' in column 'year'; it holds 2021, 2022"):
            cleaned(self.rows, filters={"year": "2050"})

    def test_rows_added_up(self):
        """1 + 0 and 3 + 2 of A, ...: sexes are added up, years are not."""
        found = cleaned(self.rows, add_up=True, filters={"year": "2022"})
        assert found.table["n"].tolist() == [5.0, 13.0]
        with pytest.raises(DataError, match=r"ADD_UP would add up 2 periods of 'year', from '2021' to '2022'; FILTER"):
            cleaned(self.rows, add_up=True)

    @pytest.mark.parametrize("whole", ["Total", "All ages", "Both sexes", "All categories: Sex"])
    def test_totals_are_no_parts_of_a_sum(self, whole):
        """5 = 2 + 3, not 10; an area that has a total alone keeps it."""
        rows = [["code", "group", "n"], [A, "f", "2"], [A, "m", "3"], [A, whole, "5"], [C, whole, "9"]]
        found = cleaned(rows, add_up=True)
        assert found.table["n"].tolist() == [5.0, 9.0]
        assert f"ADD_UP leaves out the 1 rows that 'group' calls '{whole}': totals." in found.warnings

    def test_dates_of_single_places_are_no_series(self):
        """Three places each opened in a year of its own: their pupils are added up, and it is said."""
        rows = [["code", "open_date", "n"]]
        for area in range(1, 6):
            rows += [[f"E0100000{area}", str(1990 + 3 * area + place), "10"] for place in range(3)]
        found = cleaned(rows, add_up=True)
        assert set(found.table["n"]) == {30.0} and any(
            "adds up 15 periods of 'open_date'" in text for text in found.warnings
        )

    def test_a_sum_with_a_gap_is_a_gap(self):
        rows = [["code", "practice", "n"], [A, "p", "1"], [A, "q", "c"], [C, "p", "2"]]
        found = cleaned(rows, add_up=True).table["n"]
        assert np.isnan(found[A]) and found[C] == 2.0

    def test_rows_that_nothing_tells_apart(self):
        with pytest.raises(DataError, match=f"{A} stands in more than one row.*FILTER.*ADD_UP"):
            cleaned([["code", "n"], [A, "1.5"], [A, "2.5"]])

    def test_a_row_given_twice_is_one(self):
        assert len(cleaned([["code", "n"], [A, "1"], [A, "1"], [C, "2"]]).table) == 2

    def test_the_latest_period_where_there_would_be_too_many_columns(self):
        rows = [["code", "year", *(f"n{place}" for place in range(100))]]
        rows += [[code, year, *["1"] * 100] for code in (A, C) for year in ("2020", "2021", "2022")]
        found = cleaned(rows)
        assert found.guesses["kept_only"] == {"year": "2022"} and len(found.table.columns) == 100


class TestOverrides:
    rows = [["x", "left", "right", "n", "m"], ["", A, C, "1", "10"], ["", C, A, "2", "20"]]

    @pytest.mark.parametrize("column", ["right", "C", "3", "Right"])
    def test_a_column_by_header_letter_or_number(self, column):
        assert cleaned(self.rows, code_column=column).table["n"].tolist() == [2.0, 1.0]

    def test_values(self):
        assert list(cleaned(self.rows, value_columns=("m",)).table) == ["m"]
        with pytest.raises(DataError, match="there is no column 'q'; it has x, left"):
            cleaned(self.rows, value_columns=("q",))

    def test_header_row(self):
        rows = [["Region", "code", "figure"], ["a", "b", "n"], ["r", A, "1"], ["r", C, "2"]]
        assert list(cleaned(rows, header_row=2).table) == ["n"]
        with pytest.raises(DataError, match="HEADER_ROW: Sheet has 4 rows; row 9 is none"):
            cleaned(rows, header_row=9)

    def test_geography(self):
        assert cleaned([["code", "n"], [A, "1"]], geography="LSOA21").geography == "LSOA21"

    def test_areas_by_name(self):
        known = Known({"MSOA11": {"E02000001"}}, {"MSOA11": {"E02000001": "Durham 001", "E02000002": "Durham 002"}})
        found = cleaned(
            [["area", "n"], ["Durham 001", "5"], ["Durham 009", "6"], ["Total", "11"], ["Durham 002", "1"]], known
        )
        assert found.table["n"].tolist() == [5.0, 1.0] and found.guesses["names"]["unknown"] == 2
        with pytest.raises(DataError, match="names .Durham 001, .* but no codes; give PACK, or NAMES"):
            cleaned([["area", "n"], ["Durham 001", "5"], ["Durham 002", "6"], ["Durham 003", "6"]])


class TestFormulas:
    rows = [["code", "n", "share"], [A, "1", "0.5"], [C, "2", "0.6"]]

    def test_a_column_of_formulas_is_left_out(self):
        found = cleaned(self.rows, formulas={2: "C2"})
        assert list(found.table) == ["n"] and "holds formulas (first in cell C2)" in found.warnings[0]

    def test_stored_results_on_request(self):
        assert list(cleaned(self.rows, formulas={2: "C2"}, stored_results=True).table) == ["n", "share"]

    def test_links_are_never_taken(self):
        found = cleaned(self.rows, formulas={2: "C2"}, linked=(2,), stored_results=True)
        assert list(found.table) == ["n"] and "another workbook" in found.warnings[0]

    def test_codes_must_not_be_computed(self):
        with pytest.raises(DataError, match="the codes are formulas"):
            cleaned(self.rows, formulas={0: "A2"})

    def test_nothing_but_formulas(self):
        with pytest.raises(DataError, match="nothing to import"):
            cleaned(self.rows, formulas={1: "B2", 2: "C2"})


def test_authorities_of_one_tier_and_year():
    rows = [
        ["code", "n"],
        ["E06000001", "1"],
        ["E07000008", "2"],
        ["E10000003", "3"],
        ["E07000187", "4"],
        ["E08000001", "5"],
    ]
    found = cleaned(rows)
    assert found.geography == "LTLA23" and found.table["n"].tolist() == [1.0, 2.0, 5.0]
    assert "1 counties (upper tier) are left out: E10000003." in found.warnings
    assert any("Somerset), of which there is only E07000187" in text for text in found.warnings)
    assert cleaned(rows, geography="UTLA23").table["n"].tolist() == [1.0, 5.0, 3.0]


def test_places():
    rows = [["Name", "PostCode", "Latitude"]] + [
        ["A", "sw1a1aa", "51.5"],
        ["B", "M1 1AE", "5.3"],
        ["C", "LS1 4AP", "53.8"],
    ]
    table = places.read_places(Grid("Hospitals", rows))
    assert table["postcode"].tolist() == ["SW1A 1AA", "M1 1AE", "LS1 4AP"]
    assert table["latitude"].isna().tolist() == [False, True, False] and table["name"].tolist() == ["A", "B", "C"]
    assert places.read_places(Grid("Other", [["a"], ["b"]])) is None


def test_a_table_without_end_is_refused():
    endless = (["x"] * 10 for _ in iter(int, 1))
    with pytest.raises(DataError, match="larger than a table of areas can be"):
        collect("Sheet", endless, most_cells=1000)


def test_arguments_stay_as_they_are():
    rows = [["code", "n"], [A, "1"], [C, "2"]]
    before = [list(row) for row in rows]
    cleaned(rows)
    assert rows == before
