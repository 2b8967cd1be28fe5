"""How tables are laid out: headers, merged cells, tables under each other, years of codes, sheets of years.

Every table is made here, of twelve areas; each list holds one kind of layout in several forms.
"""

from __future__ import annotations

import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.published.making.clean import Overrides, clean
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.core.published.reading import codes
from hyperlocal_need.core.published.reading.grid import Grid

AREAS = [f"E0100000{place}" for place in range(1, 10)] + ["E01000011", "E01000012", "E01000013"]
SCOTLAND = [f"S010{place:05d}" for place in range(1500)]


def cleaned(rows, known=None, merged=(), **overrides):
    return clean(Grid("Sheet", rows, merged=merged), known, Overrides(**overrides))


class Sheets:
    """Sheets as a reader hands them over: the first 600 rows, or all."""

    def __init__(self, sheets):
        self.grids = {name: Grid(name, rows) for name, rows in sheets.items()}
        self.sizes = {name: len(rows) for name, rows in sheets.items()}
        self.hidden = ()

    def head(self, sheet):
        return Grid(sheet, self.grids[sheet].rows[:600])

    def whole(self, sheet):
        return self.grids[sheet]


def by_area(*figures):
    """A row an area: its code and a number for each figure, 10 more from area to area."""
    return [[code, *(str(10 * place + figure) for figure in figures)] for place, code in enumerate(AREAS)]


REGIONS = [["", f"Region {place}", "5", "6"] for place in range(20)]
# rows above the first area, the row of the header from 1, the names of the figures
HEADERS = {
    "regions without a code": ([["code", "name", "absent", "enrolled"], *REGIONS], [1], ["absent", "enrolled"]),
    "figures that run on": ([["code", "name", "a", "b"], ["", "England", "5", "6"]], [1], ["a", "b"]),
    "a total of marks": ([["code", "name", "a", "b"], ["", "England", "c", ".."]], [1], ["a", "b"]),
    "a banner of two cells": (
        [["Table 1", "", "Mid-2020"], [], ["LSOA", "name", "0", "1"]], [3], ["value_0", "value_1"],
    ),
    "a banner of all cells": (
        [["Table 1"] * 4, ["LSOA", "name", "Males", "Females"]], [2], ["males", "females"],
    ),
    "notes for thirty rows": (
        [*([f"Note {place}: see the methodology, section {place}"] for place in range(30)), ["LSOA", "name", "n", "c"]],
        [31], ["n", "c"],
    ),
    "ages above a total": (
        [["Table 1", "", "2020"], ["LSOA", "name", "0", "1"], ["x", "England", "3", "4"]], [2], ["value_0", "value_1"],
    ),
    "ages that do not run on": (
        [["Table 1", "Mid-2020", "", ""], [], ["LSOA", "name", "0", "16"]], [3], ["value_0", "value_16"],
    ),
    "a banner as wide as the table": (
        [["Table 1", "Mid-2020", "England", "Revised"], ["LSOA21CD", "name", "0", "1"]], [2], ["value_0", "value_1"],
    ),
    "years": ([["Population", "", "2019"], ["LSOA", "name", "2019", "2020"]], [2], ["value_2019", "value_2020"]),
    "ages from above": (
        [["", "", "", "Mid-2020"], ["LSOA", "name", "1", "0"]], [2], ["value_1", "value_0"],
    ),
    "units below": (
        [["LSOA", "name", "Cars", "Rent"], ["", "", "number", "pounds"]], [1, 2], ["cars_number", "rent_pounds"],
    ),
    "groups above": (
        [["", "", "Males", ""], ["LSOA", "name", "Number", "%"]], [2], ["number", "percent"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_the_row_of_the_header(kind):
    above, header, names = HEADERS[kind]
    rows = [[code, f"Place {code[-3:]}", one, two] for code, one, two in by_area(3, 8)]
    found = cleaned([*above, *rows])
    assert (found.guesses["header_rows"], list(found.table)) == (header, names)
    assert found.table.loc[AREAS[1]].tolist() == [13.0, 18.0]


def test_rows_of_figures_without_an_area_are_said():
    above = HEADERS["regions without a code"][0]
    found = cleaned([*above, *([code, "x", "1", "2"] for code in AREAS)])
    assert any("20 rows" in warning and "Region 0" in warning for warning in found.warnings)


@pytest.mark.parametrize("rows", [[], [["LSOA21CD", "n"]], [["", ""]], [["a"]]])
def test_sheets_without_areas_are_refused(rows):
    with pytest.raises(DataError, match="no column holds codes"):
        cleaned(rows)


def test_one_row():
    found = cleaned([["LSOA21CD", "Name", "n"], [AREAS[0], "Place", "4"]])
    assert found.table["n"].tolist() == [4.0] and found.guesses["name_column"] == "Name"


def in_long(categories, place):
    """A row an area and category, the category in the column ``place``, left (0) or right (1) of the code."""
    return [
        ([category, code] if place == 0 else [code, category]) + [str(10 * area + figure)]
        for area, code in enumerate(AREAS)
        for figure, category in enumerate(categories)
    ]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("header", "categories"),
    [
        ("sex", ["Female", "Male", "Total"]),
        ("year", ["2022/23", "2023/24"]),
        ("age", ["16-24", "25-64"]),
        ("tenure", ["Owned", "Rented"]),
        ("month", ["April 2024", "May 2024"]),
    ],
)
def test_a_category_beside_the_codes_is_no_name(header, categories, place):
    heads = [header, "lsoa21cd", "n"] if place == 0 else ["lsoa21cd", header, "n"]
    found = cleaned([heads, *in_long(categories, place)])
    assert found.guesses["told_apart_by"] == [header] and len(found.table.columns) == len(categories)
    assert found.table.loc[AREAS[2]].tolist() == [20.0 + figure for figure in range(len(categories))]


def test_a_name_column_by_hand_keeps_the_codes():
    rows = [["Ward", "lsoa21cd", "n"], *(["Park", code, figure] for code, figure in by_area(1))]
    assert cleaned(rows, name_column="Ward").geography == "LSOA21"


MERGED = {"areas": ([["F", 1], ["M", 2]], [], True), "areas and names": ([["F", 1], ["M", 2], ["All", 3]], [], False)}


class TestMergedCells:
    """Area 1 has the rows 1 and 2 (or 3) of which the first alone bears its code."""

    def rows(self, categories, name=True, blank=("", "")):
        body = []
        for area, code in enumerate(AREAS):
            for place, category in enumerate(categories):
                first = [code, f"Place {code[-3:]}"] if place == 0 else list(blank)
                body.append((first if name else first[:1]) + [category, str(10 * area + place)])
        return [["Code", "Name", "Sex", "n"] if name else ["Code", "Sex", "n"], *body]

    @pytest.mark.parametrize("name", [True, False])
    @pytest.mark.parametrize("categories", [["F", "M"], ["Female", "Male", "Total"], ["2021", "2022", "2023", "2024"]])
    def test_blanks_under_each_area(self, name, categories):
        found = cleaned(self.rows(categories, name))
        assert found.table.loc[AREAS[3]].tolist() == [30.0 + place for place in range(len(categories))]
        assert any("from a merged cell" in warning for warning in found.warnings)

    def test_areas_in_the_last_of_their_rows_are_refused(self):
        """Read down, the men of one area would be another's."""
        header, *body = self.rows(["F", "M", "T"], name=False)
        last = [[body[place - 2][0] if place % 3 == 2 else "", *cells[1:]] for place, cells in enumerate(body)]
        with pytest.raises(DataError, match="in the last of their rows"):
            cleaned([header, *last])
        whole = [["", "F", "5"], ["", "M", "6"], ["", "T", "11"]]
        assert len(cleaned([header, *whole, *body]).table) == len(AREAS)

    def test_areas_in_the_middle_of_their_rows_are_refused(self):
        """The first row of each area would be the previous one's."""
        header, *body = self.rows(["F", "M", "T"], name=False)
        middle = [[body[place - 1][0] if place % 3 == 1 else "", *cells[1:]] for place, cells in enumerate(body)]
        with pytest.raises(DataError, match="in the middle of their rows .first in row 3.; write each in the first"):
            cleaned([header, *middle])
        assert len(cleaned([header, ["", "T", "900"], *body]).table) == len(AREAS)

    def test_categories_merged_within_areas(self):
        """Sex spans two rows, the area four."""
        body, merged = [], []
        for area, code in enumerate(AREAS):
            top = 1 + 4 * area
            merged += [(top, 0, top + 3, 0), (top, 1, top + 1, 1), (top + 2, 1, top + 3, 1)]
            for place, (sex, age) in enumerate([("F", "young"), ("", "old"), ("M", "young"), ("", "old")]):
                body.append([code if place == 0 else "", sex, age, str(10 * area + place)])
        found = cleaned([["Code", "Sex", "Age", "n"], *body], merged=merged)
        assert found.table.loc[AREAS[1]].tolist() == [11.0, 10.0, 13.0, 12.0]
        told = [frozenset(one["rows"].values()) for one in found.guesses["columns"].values()]
        assert set(told) == {frozenset((sex, age)) for sex in "FM" for age in ("old", "young")} and len(told) == 4

    def test_figures_that_are_merged_are_said(self):
        rows = [["Code", "n", "m"], *([code, figure, "1"] for code, figure in by_area(1))]
        rows[2][1] = ""
        found = cleaned(rows, merged=[(1, 1, 2, 1)])
        assert any("1 figures stand in cells merged over rows" in warning for warning in found.warnings)

    def test_merged_cells_without_bounds_are_refused(self):
        with pytest.raises(DataError, match="unmerge them"):
            cleaned([["Code", "n"], *by_area(1) * 100], merged=[(1, 0, 1200, 0)] * 5000)

    def test_a_total_at_the_end_is_no_merged_area(self):
        found = cleaned([["Code", "n"], *by_area(1), ["", "900"]])
        assert found.table["n"].tolist() == [float(10 * place + 1) for place in range(12)]
        assert found.guesses["rows_without_area"] == 1


HEAD = ["2021 super output area", "mnemonic", "16-64", "16-24"]


def stacked(*lines, head=HEAD, last=HEAD):
    rows = [["Claimant count"], ["[from Nomis on 14 June 2024]"]]
    for place, above in enumerate(lines):
        rows += [*above, [], last if place and place == len(lines) - 1 else head]
        rows += [[f"{code} : Place", code, str(100 * place + area), str(area)] for area, code in enumerate(AREAS)]
        rows += [[], ["These figures are rounded."]]
    return rows


class TestStackedTables:
    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            ([[["Date       :", "April 2023"]], [["Date       :", "April 2024"]]], ["april_2023", "april_2024"]),
            ([[["Date : April 2023"]], [["Date : April 2024"]]], ["april_2023", "april_2024"]),
            ([[["Sex:", "Male"], ["Age:", "All"]], [["Sex:", "Female"], ["Age:", "All"]]], ["male", "female"]),
            ([[["Date", "April 2023"]], [["Date", "April 2024"]]], ["april_2023", "april_2024"]),
            ([[["Males"]], [["Females"]]], ["males", "females"]),
            ([[["Date :", "2021"]], [["Date :", "2022"]], [["Date :", "2023"]]], ["2021", "2022", "2023"]),
        ],
    )
    def test_lines_above_tell_them_apart(self, lines, words):
        found = cleaned(stacked(*lines))
        assert sorted(found.table) == sorted(f"value_{age}_{word}" for age in ("16_64", "16_24") for word in words)
        assert found.table[f"value_16_64_{words[-1]}"].tolist() == [
            100.0 * (len(words) - 1) + area for area in range(12)
        ]
        assert any("tables stand under each other" in warning for warning in found.warnings)

    def test_nothing_tells_them_apart(self):
        with pytest.raises(DataError, match="headers in rows 4 and 20.* HEADER_ROW chooses one"):
            cleaned(stacked([], []))

    def test_other_columns(self):
        with pytest.raises(DataError, match="different columns"):
            cleaned(stacked([], [], last=[*HEAD[:3], "65+"]))

    def test_header_row_reads_one(self):
        found = cleaned(stacked([], []), header_row=4)
        assert list(found.table) == ["value_16_64", "value_16_24"]
        assert any("Another table begins in row 20" in warning for warning in found.warnings)

    def test_a_filter_chooses_one(self):
        rows = stacked([["Date :", "2021"]], [["Date :", "2022"]])
        assert list(cleaned(rows, filters={"date": "2022"}).table) == ["value_16_64", "value_16_24"]

    def test_a_header_on_every_page(self):
        head = ["Code", "n"]
        found = cleaned([head, *by_area(1)[:6], head, *by_area(1)[6:]])
        assert len(found.table) == 12 and found.guesses["told_apart_by"] == []

    @pytest.mark.parametrize("again", [AREAS[:3], AREAS])
    def test_a_figure_does_not_tell_rows_apart(self, again):
        rows = [["Code", "claimants", "residents"], *by_area(1, 1500), *([code, "7", "1600"] for code in again)]
        with pytest.raises(DataError, match="stands in more than one row"):
            cleaned(rows)


class TestPeriods:
    @pytest.mark.parametrize(
        "months",
        [
            ["September 2024", "April 2024", "December 2024"],
            ["Sep-24", "Apr-24", "Dec-24"],
            ["Q2 2023", "Q1 2023", "Q1 2024"],
            ["30/09/2024", "30/04/2024", "01/12/2024"],
            ["year ending September 2024", "year ending April 2024", "year ending December 2024"],
            ["45550", "45400", "45650"],
            ["Summer term 2024", "Spring term 2024", "Autumn term 2024"],
        ],
    )
    def test_the_latest_is_kept_and_is_the_entry(self, months):
        """72 figures of three periods are too many columns; the last in time of the three is kept."""
        sheets = {"a.csv": [["Month", "LSOA21CD", "n"], *([month, code, "1"] for month in months for code in AREAS)]}
        found = import_tables(Sheets(sheets), "a.csv")
        assert found.entries["a"]["value"] == list(found.table)[-1]
        wide = [["Month", "LSOA21CD", *(f"m{place}" for place in range(72))]]
        wide += [[month, code, *["1"] * 72] for month in months for code in AREAS]
        kept = cleaned(wide)
        told = kept.guesses["kept_only"]["month"]
        assert told in (months[-1], "2024-12-24") and any(f"only '{told}' is kept" in text for text in kept.warnings)

    def test_years_in_headers(self):
        rows = [["LSOA21CD", "Residents 2023", "Residents 2021", "Residents 2022"], *by_area(1, 2, 3)]
        assert import_tables(Sheets({"a.csv": rows}), "a.csv").entries["a"]["value"] == "residents_2023"

    def test_the_total_of_the_latest(self):
        rows = [["LSOA21CD", "Year", "Sex", "n"]]
        rows += [[c, y, s, "1"] for c in AREAS for y in ("2021", "2022") for s in ("Female", "All persons", "Male")]
        assert import_tables(Sheets({"a.csv": rows}), "a.csv").entries["a"]["value"] == "n_2022_all_persons"


class TestSheetsOfYears:
    @pytest.mark.parametrize(
        ("names", "latest"),
        [
            ([str(year) for year in range(2005, 2024)], "2023"),
            ([f"Table {year}-{(year + 1) % 100:02d}" for year in range(2005, 2020)], "Table 2019-20"),
            (["Jan 2024", "Sep 2024", "Dec 2024", "Apr 2024"], "Dec 2024"),
            ([f"Q{quarter} 2023" for quarter in (3, 1, 4, 2)], "Q4 2023"),
        ],
    )
    def test_all_are_joined_and_the_latest_is_the_entry(self, names, latest):
        rows = [["LSOA21CD", "Meters"], *by_area(1)]
        found = import_tables(Sheets(dict.fromkeys(names, rows)), "file.xlsx")
        assert sorted(found.guesses["joined_sheets"]) == sorted(names)
        assert found.guesses["columns"][found.entries["file"]["value"]]["sheet"] == latest

    def test_a_year_with_one_column_more(self):
        sheets = {"2021": [["LSOA21CD", "n"], *by_area(1)], "2022": [["LSOA21CD", "n", "m"], *by_area(1, 2)]}
        assert list(import_tables(Sheets(sheets), "file.xlsx").table) == ["n_2021", "n_2022", "m"]

    def test_what_is_not_joined_is_said(self):
        other = [["LSOA21CD", "n"], *([f"E0100100{place}", "1"] for place in range(1, 9))]
        sheets = {
            "2021": other,
            "2022": [["LSOA21CD", "n"], *by_area(1)],
            "Notes": [["LSOA21CD", "a", "b"], [AREAS[0], "1", "2"]],
        }
        warnings = import_tables(Sheets(sheets), "file.xlsx").guesses["warnings"]
        assert any("Sheet '2021' is left aside" in text for text in warnings)
        assert any("'2022' is read; 'Notes'" in text for text in warnings)


LONG = "Children living in families with relative low income, by the definition of the department, "


class TestNames:
    @pytest.mark.parametrize(
        "ends",
        [
            ("before housing costs", "after housing costs"),
            ("of lone parents", "of couples"),
            ("1", "2"),
            ("a", "b", "c"),
        ],
    )
    @pytest.mark.parametrize("long", [True, False])
    def test_what_tells_columns_apart_stays(self, ends, long):
        if long:
            rows = [["LSOA21CD", "Year", "Measure", "value"]]
            rows += [[c, year, LONG + end, "1"] for c in AREAS for year in ("2022", "2023") for end in ends]
            names = list(cleaned(rows).table)
            assert len(names) == 2 * len(ends)
        else:
            names = list(cleaned([["LSOA21CD", *(LONG + end for end in ends)], *by_area(*range(len(ends)))]).table)
        assert {name.rpartition("department_")[2] for name in names} == {end.replace(" ", "_") for end in ends}

    def test_sheets_stay_in_names(self):
        rows = [["LSOA21CD", "Number of households with a very long description of what they are"], *by_area(1)]
        names = list(import_tables(Sheets({"2021": rows, "2022": rows}), "file.xlsx").table)
        assert [name[-5:] for name in names] == ["_2021", "_2022"]

    @pytest.mark.parametrize(
        ("headers", "names"),
        [
            (["Unshared dwelling: Total", "Unshared dwelling: Flat", "All"],
             ["unshared_dwelling_total", "unshared_dwelling_flat", "all"]),
            (["Dwelling type: Total", "Dwelling type: Flat", "Dwelling type: House"], ["total", "flat", "house"]),
            (["Dwelling type: Total", "Dwelling type: Flat", "Tenure type: Rented"],
             ["dwelling_type_total", "dwelling_type_flat", "tenure_type_rented"]),
            (["Dwelling type: Total", "Dwelling type: Flat"], ["dwelling_type_total", "dwelling_type_flat"]),
        ],
    )  # fmt: skip
    def test_a_shared_start(self, headers, names):
        rows = [["date", "geography code", *headers], *(["2021", *row] for row in by_area(*range(len(headers))))]
        assert list(cleaned(rows).table) == names


class TestYearOfCodes:
    @pytest.mark.parametrize(
        ("header", "geography"),
        [
            ("LSOA21CD", "LSOA21"),
            ("LSOA11CD", "LSOA11"),
            ("LSOA code (2021)", "LSOA21"),
            ("2011 super output area - lower layer", "LSOA11"),
            ("lsoa_2021_code", "LSOA21"),
            ("Lower layer Super Output Areas 2011", "LSOA11"),
        ],
    )
    @pytest.mark.parametrize("pack", [True, False])
    def test_the_header_says_it(self, header, geography, pack):
        from hyperlocal_need.core.published.reading.areas import Known

        same = [code for code in AREAS if code not in codes.of_2011_alone()]
        known = Known({"LSOA11": set(same), "LSOA21": set(same)}) if pack else None
        found = cleaned([[header, "n"], *([code, "1"] for code in same)], known)
        assert found.geography == geography and not any("as well as" in text for text in found.warnings)

    def test_codes_that_contradict_it(self):
        same = [code for code in AREAS if code not in codes.of_2011_alone()]
        found = cleaned([["LSOA11CD", "n"], *([code, "1"] for code in [*same, "E01033769"])])
        assert found.geography == "LSOA21"
        assert any("says LSOA11 of its codes" in text for text in found.warnings)

    @pytest.mark.parametrize(("older", "newer"), [(3, 5), (5, 3), (1, 9), (9, 1)])
    def test_codes_of_two_years(self, older, newer):
        """With a pack or without, for LSOAs and MSOAs."""
        old = sorted(code for code in codes.of_2011_alone() if code.startswith("E01"))[:older]
        new = [f"E010337{place}" for place in range(70, 70 + newer)]
        found = cleaned([["Area", "n"], *([code, "1"] for code in [*old, *new])])
        assert found.geography == ("LSOA11" if older > newer else "LSOA21")
        assert any("mixes areas of two years" in text and old[0] in text for text in found.warnings)

    def test_two_columns_of_codes(self):
        rows = [["LSOA11CD", "LSOA21CD", "n"], *([code, AREAS[place - 1], "1"] for place, code in enumerate(AREAS))]
        assert any("'LSOA21CD' holds codes of as many areas" in text for text in cleaned(rows).warnings)
        assert not any("CODE_COLUMN" in text for text in cleaned([[one, one, two] for one, _, two in rows]).warnings)

    def test_of_two_columns_of_one_code_the_header_that_tells_the_year_decides(self):
        rows = [["mnemonic", "2021 super output area", "n"], *([code, f"{code} : A", "1"] for code in AREAS)]
        assert cleaned(rows).geography == "LSOA21"

    def test_a_tier_in_the_header(self):
        rows = [[f"E0900000{place}", "1"] for place in range(1, 10)]
        assert cleaned([["UTLA23CD", "n"], *rows]).geography == "UTLA23"
        assert cleaned([["LAD23CD", "n"], *rows]).geography == "LTLA23"


def test_the_list_of_2011_alone(england):
    """Against the lookups of England: no more and no fewer."""
    from hyperlocal_need.core.pack import Pack
    from hyperlocal_need.core.published.reading.areas import known_areas

    with Pack.open(england) as pack:
        known = known_areas(pack).codes
    for level in ("LSOA", "MSOA"):
        entity = {"LSOA": "E01", "MSOA": "E02"}[level]
        listed = {code for code in codes.of_2011_alone() if code.startswith(entity)}
        assert listed == {code for code in known[f"{level}11"] - known[f"{level}21"] if code.startswith(entity)}


class TestWholeSheets:
    """England's areas stand below more rows than a first look reads."""

    @pytest.mark.parametrize(
        "above",
        [
            [[code, "1"] for code in SCOTLAND[:700]],
            [[code, "1"] for code in SCOTLAND],
            [[f"W0100{place:04d}", "1"] for place in range(800)],
            [["", f"{place}"] for place in range(900)],
            [["E12000001", "1"] for _ in range(650)],
        ],
        ids=["Scotland", "more of Scotland", "Wales", "no code", "regions"],
    )
    def test_areas_far_below(self, above):
        rows = [["code", "n"], *above, *by_area(1)]
        found = import_tables(Sheets({"a.csv": rows}), "a.csv")
        assert list(found.table.index) == AREAS and found.guesses["header_rows"] == [1]
        assert found.table["n"].tolist() == [float(10 * place + 1) for place in range(12)]


class TestGeographyChoosesTheSheet:
    OAS = [["code", "n"], *([f"E0017680{place}", "1"] for place in range(10))]
    LSOAS_21 = [["LSOA21CD", "n"], *by_area(1)]
    LSOAS_11 = [["LSOA11CD", "n"], *by_area(1)]
    MSOAS = [["MSOA21CD", "n"], *([f"E0200000{place}", "1"] for place in range(1, 10))]
    TIER = [["UTLA23CD", "n"], *([f"E0900000{place}", "1"] for place in range(1, 10))]

    @pytest.mark.parametrize(
        ("geography", "sheet"),
        [("", "oa"), ("OA21", "oa"), ("LSOA21", "l21"), ("LSOA11", "l11"), ("MSOA21", "msoa"), ("UTLA23", "la")],
    )
    def test_of_several(self, geography, sheet):
        sheets = {"oa": self.OAS, "l11": self.LSOAS_11, "l21": self.LSOAS_21, "msoa": self.MSOAS, "la": self.TIER}
        found = import_tables(Sheets(sheets), "f.zip", overrides=Overrides(geography=geography))
        assert found.guesses["sheet"] == sheet
        assert not geography or found.guesses["geography"] == geography

    def test_within_a_sheet_of_several_levels(self):
        mixed = [["code", "n"], *by_area(1), *self.MSOAS[1:]]
        sheets = {"districts": self.TIER, "all": mixed}
        found = import_tables(Sheets(sheets), "f.zip", overrides=Overrides(geography="MSOA21"))
        assert (found.guesses["sheet"], len(found.table)) == ("all", 9)


class TestHiddenSheets:
    """What a spreadsheet program does not show is read only where nothing else will do, and said."""

    @staticmethod
    def sheets(hidden):
        sheets = Sheets({"Data": [["LSOA21CD", "n"], *by_area(1)], "Old": [["LSOA21CD", "n"], *by_area(2)]})
        sheets.hidden = hidden
        return sheets

    @pytest.mark.parametrize(("hidden", "read"), [(("Old",), "Data"), (("Data",), "Old")])
    def test_the_one_that_is_shown_is_read(self, hidden, read):
        found = import_tables(self.sheets(hidden), "a.xlsx")
        assert found.guesses["joined_sheets"] == [read]
        assert any(f"'{hidden[0]}' (hidden, " in text for text in found.guesses["warnings"])

    def test_one_that_nothing_else_stands_for_is_said(self):
        found = import_tables(self.sheets(("Data", "Old")), "a.xlsx")
        said = [text for text in found.guesses["warnings"] if "hidden in its file" in text]
        assert len(said) == len(found.guesses["joined_sheets"])


def test_rows_that_are_left_out_are_said():
    """Of other areas, totals without an area, and rows that repeat another."""
    rows = [["Code", "n"], *by_area(1), by_area(1)[0], *([code, "1"] for code in SCOTLAND[:7]), ["E92000001", "9"]]
    found = cleaned([*rows, ["Total", "99"]])
    assert any("7 of Scotland, 1 of country" in text for text in found.warnings)
    assert any("1 rows have figures but no area" in text and "Total 99" in text for text in found.warnings)
    assert any("repeat another whole are left out: 1" in text for text in found.warnings)


def test_columns_that_number_categories_are_no_figures():
    """As the census writes them: a code beside each label."""
    rows = [["LSOA21CD", "Age code", "Age", "Sex code", "Sex", "Count"]]
    rows += [
        [area, str(age), f"Age {age}", str(sex), f"Sex {sex}", str(10 * age + sex)]
        for area in AREAS
        for age in (1, 2, 3)
        for sex in (1, 2)
    ]
    found = cleaned(rows)
    assert list(found.table)[0] == "count_age_1_sex_1" and len(found.table.columns) == 6


@pytest.mark.parametrize(
    "header, cells",
    [
        ("date", ("20231231", "20240331", "20240630")),
        ("week", ("20240101", "20240108", "20240115")),
        ("k", ("1468006", "1468007", "1468008")),
        ("k", ("146800687", "146800688", "146800689")),
        ("sic", ("01110", "62012", "62020")),
    ],
)
def test_categories_of_digits_keep_their_text(header, cells):
    """Seven digits do not become six of a float, and zeros in front stay."""
    rows = [["LSOA21CD", header, "jobs"]]
    rows += [[f"E0103400{area}", cell, str(10 * area + place)] for place, cell in enumerate(cells) for area in range(9)]
    found = cleaned(rows)
    assert list(found.table) == [f"jobs_{cell}" for cell in cells]
    assert found.table.iloc[4].tolist() == [40.0, 41.0, 42.0]


def test_categories_that_differ_in_signs_alone_are_said():
    rows = [["LSOA21CD", "trips", "n"]]
    rows += [[f"E0103400{area}", way, str(area)] for way in ("in/out", "in-out", "both") for area in range(9)]
    found = cleaned(rows)
    assert list(found.table) == ["n_both", "n_in_out", "n_in_out_2"]
    assert "Categories that differ in signs alone: n_in_out (in-out), n_in_out_2 (in/out)." in found.warnings


@pytest.mark.parametrize("header", [["Ward", "lad_code", "n"], ["ward_name", "LAD23CD", "score"]])
def test_wards_by_name_beside_an_authority_are_refused(header):
    rows = [[f"Park {place}", f"E0800000{1 + place % 3}", str(place)] for place in range(9)]
    with pytest.raises(
        DataError, match=f"the figures are by ward .9 names such as Park 0 .E08000001. in column '{header[0]}'"
    ):
        cleaned([header, *rows])
    assert len(cleaned([["Ward type", *header[1:]], *([name[:4], *rest] for name, *rest in rows[:3])]).table) == 3


def test_signs_before_numbers_stay_in_the_names_as_words():
    found = cleaned([["LSOA21CD", "<16", "> 16", "=16", "\u226516", "<= 16"], *by_area(1, 2, 3, 4, 5)])
    assert list(found.table) == ["under_16", "over_16", "value_16", "at_least_16", "at_most_16"]
