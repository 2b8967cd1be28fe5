"""What columns of published tables mean: marks, scales, decimal signs, row numbers, places, codes, ranks and dates."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.published.making.clean import Overrides
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.core.published.reading import dating, direction, mending, numbers
from hyperlocal_need.core.published.reading.areas import Known
from hyperlocal_need.core.published.reading.codes import LTLA23, UTLA23
from hyperlocal_need.core.published.reading.grid import Grid
from hyperlocal_need.core.published.reading.sniff import read_text

LSOAS = [f"E0103{number:04d}" for number in range(4000, 4060)]
# Of both years.
UNCHANGED = [f"E0100{number}" for number in range(6200, 6260)]


class Sheet:
    """One sheet as a reader of files hands it over."""

    def __init__(self, grid):
        self.grid, self.sizes, self.hidden = grid, {grid.name: len(grid.rows)}, ()

    def head(self, sheet):
        return self.grid

    whole = head


def imported(rows, name="file.csv", indicator="", facts=None, **overrides):
    grid = Grid(name, rows, facts=facts or {})
    return import_tables(Sheet(grid), name, overrides=Overrides(**overrides), indicator=indicator)


def text_imported(text, encoding="utf-8", **overrides):
    return import_tables(
        Sheet(read_text(text.encode(encoding), "file.csv")), "file.csv", overrides=Overrides(**overrides)
    )


def table(**columns):
    """A row an LSOA: each column is made from the row's number."""
    return [
        ["LSOA21CD", *columns],
        *([code, *(make(row) for make in columns.values())] for row, code in enumerate(LSOAS)),
    ]


def said(found, *words):
    return any(all(word in text for word in words) for text in found.guesses["warnings"])


def every_fifth(mark):
    return lambda row: mark if row % 5 == 0 else str(row + 10)


class TestMarks:
    @pytest.mark.parametrize(
        "mark", ["1 to 4", "1-7", "1 \u2013 4", "<5", "[c]", "under 5", "5 or fewer", "0-4%", "fewer than ten", "95+"]
    )
    def test_a_mark_is_a_gap_and_counted(self, mark):
        found = imported(table(residents=lambda row: str(1500 + row), cases=every_fifth(mark)))
        assert found.table["cases"].isna().sum() == 12 and found.table["cases"].notna().sum() == 48
        assert found.guesses["columns"]["cases"]["marks"] == {mark: 12}

    @pytest.mark.parametrize("word", ["Supp. by source", "Secret!", "few cases"])
    def test_a_text_that_recurs_is_a_gap_and_said(self, word):
        found = imported(table(cases=every_fifth(word)))
        assert found.table["cases"].isna().sum() == 12 and said(found, "'cases': 12 cells are no number", word)

    def test_a_column_of_many_texts_is_left_out_and_said(self):
        found = imported(table(n=str, cases=lambda row: f"see note {row}" if row % 3 == 0 else str(row)))
        assert list(found.table) == ["n"] and said(found, "'cases' is left out", "20 of its 60", "VALUE_COLUMNS")
        assert "cases" in found.guesses["columns_left_out"]
        taken = imported(
            table(n=str, cases=lambda row: f"see note {row}" if row % 3 == 0 else str(row)), value_columns=("cases",)
        )
        assert taken.table["cases"].notna().sum() == 40

    @pytest.mark.parametrize(
        "cell",
        ["{}k", "GBP {}", "\u0153{}", "{} years", "{}_101", "approx. {}", "{} (11.0 to 13.5)", "{} \u00b1 1.2"]
        + ["{}.3 (95% CI 11.0\u201313.5)"],
    )
    def test_a_column_without_a_single_number_is_said(self, cell):
        found = imported(table(n=str, price=lambda row: cell.format(100 + row)))
        assert list(found.table) == ["n"] and said(found, "'price' is left out", "none of its 60")

    @pytest.mark.parametrize("mark", ["c", "[c]", ".."])
    def test_a_column_of_marks_alone_is_said(self, mark):
        found = imported(table(n=str, price=lambda row: mark))
        assert list(found.table) == ["n"] and said(found, "'price' is left out: all of its 60", f"('{mark}').")

    def test_few_numbers_among_cells_that_are_nearly_some_are_said(self):
        found = imported(table(n=str, price=lambda row: str(row) if row < 10 else f"{row}_101"))
        assert list(found.table) == ["n"] and said(found, "'price' is left out: only 10 of its 60", "'10_101'")

    def test_bands_of_age_stay_a_category(self):
        """Ages of an area's rows: 0, 1-4, 5-9, 90+ are no figures with three gaps in four."""
        ages = ("0", "1-4", "5-9", "90+")
        rows = [["code", "age", "n"], *([code, age, "7"] for code in LSOAS for age in ages)]
        assert list(imported(rows).table) == ["n_0", "n_1_4", "n_5_9", "n_90_plus"]

    def test_plain_columns_of_text_are_not_said(self):
        found = imported(
            table(n=str, kind=lambda row: "urban" if row % 2 else "rural", place=lambda row: f"Place {row}")
        )
        assert not said(found, "left out")

    def test_a_column_of_bands_is_said(self):
        bands = ("0-10", "11-20", "21-30")
        assert said(imported(table(n=str, band=lambda row: bands[row % 3])), "Bands, times and codes", "band left out")


class TestSentinels:
    @pytest.mark.parametrize("mark", ["-9999", "-999", "-99", "-9", "-9999.0", "-1.7976931348623157e308", "-32768"])
    def test_a_mark_for_nothing_is_a_gap(self, mark):
        found = imported(table(cases=every_fifth(mark)))
        assert found.table["cases"].min() >= 0 and found.table["cases"].isna().sum() == 12
        assert said(found, "'cases'", "in 12 cells", "left empty")

    @pytest.mark.parametrize("mark", ["-1", "-5", "-999.9", "99999", "999999"])
    def test_what_may_be_a_figure_is_kept_and_said(self, mark):
        found = imported(table(cases=every_fifth(mark)))
        assert found.table["cases"].notna().all() and said(found, "'cases'", "12 cells", "mark for no figure?")

    @pytest.mark.parametrize("marks", [("-99", "-98"), ("-999", "-998", "-997"), ("-9", "-8")])
    def test_several_marks_for_nothing_are_gaps(self, marks):
        found = imported(table(cases=lambda row: marks[row // 5 % len(marks)] if row % 5 == 0 else str(row)))
        assert found.table["cases"].min() >= 0 and found.table["cases"].isna().sum() == 12
        assert all(said(found, f"'cases': {mark} in ", "left empty") for mark in marks)

    @pytest.mark.parametrize(
        "marks", [("-1", "-2"), ("-1", "-3", "-9"), ("999", "999"), ("999", "998"), ("888", "999")]
    )
    def test_several_that_may_be_figures_are_kept_and_said(self, marks):
        """Among figures up to 101."""
        found = imported(table(cases=lambda row: marks[row // 5 % len(marks)] if row % 5 == 0 else str(row + 42)))
        assert found.table["cases"].notna().all()
        assert all(said(found, f"'cases': {mark} stands in ", "mark for no figure?") for mark in marks)

    def test_changes_below_zero_are_figures(self):
        found = imported(table(change=lambda row: str(row - 30)))
        assert found.table["change"].min() == -30 and not said(found, "mark")

    def test_values(self):
        assert numbers.sentinels(np.array([-9.0, -8.0, -9.0, 3.0])) == {-9.0: True, -8.0: True}
        assert numbers.sentinels(np.array([-9.0, -8.0, -7.0, -3.0, -1.0, 4.0])) == {}
        assert numbers.sentinels(np.array([9.0, 99.0, 999.0])) == {}
        assert numbers.sentinels(np.array([-10.5, -10.5, -11.5, -11.5, 3.0])) == {}
        assert numbers.sentinels(np.array([999.0, 999.0, 640.0, 101.0])) == {}


class TestPercent:
    def test_a_stored_fraction_reads_as_shown(self):
        assert numbers.as_percent("0.345") == "34.5%" and numbers.as_percent("0.28499999999999998") == "28.5%"
        assert numbers.as_percent("1") == "100%" and numbers.as_percent("n/a") == "n/a"

    @pytest.mark.parametrize("printed", ["34%", "34 %", "34 per cent", "34 percent"])
    def test_of_one_scale(self, printed):
        found = imported(table(share=lambda row: printed))
        assert found.table["share"].eq(34).all() and found.guesses["columns"]["share"]["unit"] == "%"

    def test_of_two_scales_is_said(self):
        found = imported(table(share=lambda row: "0.345" if row % 2 else "34.5%"))
        assert said(found, "'share': 30 cells are printed with % and 30 without")

    def test_a_zero_is_of_both_scales(self):
        assert not said(imported(table(share=lambda row: "34%" if row % 2 else "0")), "printed with %")

    def test_parts_of_one_under_a_header_of_per_cent_are_said(self):
        found = imported([["LSOA21CD", "Poor (%)"], *([code, "0.25"] for code in LSOAS)])
        assert said(found, "'Poor (%)'", "no value is over 1")


class TestDecimalComma:
    @pytest.mark.parametrize(
        "cell, value", [("43,9", 43.9), ("1.234,5", 1234.5), ("0,125", 0.125), ("-2,75", -2.75), ("12,5 %", 12.5)]
    )
    def test_what_can_be_read_in_one_way_is_read(self, cell, value):
        found = text_imported("LSOA21CD;rate\n" + "".join(f"{code};{cell}\n" for code in LSOAS))
        assert found.table["rate"].eq(value).all() and said(found, "decimal comma", "DECIMAL=point")

    def test_other_columns_of_the_file_tell_it(self):
        found = text_imported("LSOA21CD;a;b\n" + "".join(f"{code};19,745;1,5\n" for code in LSOAS))
        assert found.table["a"].eq(19.745).all()

    def test_what_may_be_either_is_asked(self):
        text = "LSOA21CD;rate\n" + "".join(f"{code};19,745\n" for code in LSOAS)
        with pytest.raises(DataError, match="'19,745' may be 19745 or 19.745; DECIMAL"):
            text_imported(text)
        assert text_imported(text, decimal="comma").table["rate"].eq(19.745).all()
        assert text_imported(text, decimal="point").table["rate"].eq(19745).all()

    @pytest.mark.parametrize("other", ["1,234,567", "12.5", "1,234.5"])
    def test_thousands_stay_thousands(self, other):
        found = text_imported("LSOA21CD;a;b\n" + "".join(f"{code};19,745;{other}\n" for code in LSOAS))
        assert found.table["a"].eq(19745).all() and not said(found, "decimal")

    @pytest.mark.parametrize("cell, point, comma", [("1.200", 1.2, 1200), ("1,200", 1200, 1.2)])
    def test_points_may_part_thousands_in_files_parted_by_semicolons(self, cell, point, comma):
        text = "LSOA21CD;rate\n" + "".join(f"{code};{cell}\n" for code in LSOAS)
        with pytest.raises(DataError, match=f"'{cell}' may be 1200 or 1.200; DECIMAL"):
            text_imported(text)
        assert text_imported(text, decimal="point").table["rate"].eq(point).all()
        assert text_imported(text, decimal="comma").table["rate"].eq(comma).all()

    @pytest.mark.parametrize("separator", ["\t", "|"])
    def test_in_files_parted_otherwise_what_may_be_either_is_said(self, separator):
        text = "".join(f"{code}{separator}10,100\n" for code in LSOAS)
        found = text_imported(f"LSOA21CD{separator}rate\n{text}")
        assert found.table["rate"].eq(10100).all()
        assert said(found, "'10,100' is read as 10100; DECIMAL=comma reads 10.100")
        settled = text_imported(f"LSOA21CD{separator}rate\n{text}", decimal="comma")
        assert settled.table["rate"].eq(10.1).all() and not said(settled, "No figure tells")

    def test_in_tabs_decimals_beside_what_may_be_either_are_read_or_asked_about(self):
        text = "LSOA21CD\ta\tb\n" + "".join(f"{code}\t10,100\t{row},5\n" for row, code in enumerate(LSOAS))
        with pytest.raises(DataError, match="'10,100' may be 10100 or 10.100; DECIMAL"):
            text_imported(text)
        assert text_imported(text, decimal="comma").table["a"].eq(10.1).all()
        assert text_imported(text.replace("10,100", "1,234,567")).table["a"].eq(1_234_567).all()

    def test_in_commas_a_pair_of_notes_changes_nothing(self):
        rows = table(n=lambda row: "19,745", notes=lambda row: "3,4")
        assert imported(rows, facts={"separator": ","}).table["n"].eq(19745).all()

    @pytest.mark.parametrize("separator", [",", "\t", "|", ";"])
    def test_fractions_tell_it_in_any_file(self, separator):
        """'0,125' is neither a group of thousands nor a list of notes."""
        cells = ["19,745" if row > 3 else f"0,12{row}" for row in range(len(LSOAS))]
        rows = table(n=lambda row: cells[row])
        assert imported(rows, facts={"separator": separator}).table["n"].max() == 19.745

    def test_blanks_part_thousands_before_a_decimal_comma(self):
        found = text_imported("LSOA21CD;rate\n" + "".join(f"{code};1 234,5\n" for code in LSOAS))
        assert found.table["rate"].eq(1234.5).all()


class TestRowNumbers:
    @pytest.mark.parametrize(
        "header", ["", "Unnamed: 0", "index", "FID", "OBJECTID", "row_id", "...1", "Sr No", "#", "rownames"]
    )
    def test_they_are_no_figures(self, header):
        rows = [[header, "LSOA21CD", "n"], *([str(row), code, "7"] for row, code in enumerate(LSOAS))]
        found = imported(rows)
        assert list(found.table) == ["n"] and said(
            found, "is left out", "numbers" if header[-2:].lower() != "id" else ""
        )

    def test_an_index_of_something_is_a_figure(self):
        found = imported(table(index=lambda row: str((row * 7) % 60)))
        assert list(found.table) == ["index"]

    def test_a_figure_that_counts_up_is_one(self):
        assert list(imported(table(claimants=str)).table) == ["claimants"]


class TestPoints:
    @pytest.mark.parametrize(
        "names", [("Longitude", "Latitude"), ("lon", "lat"), ("X", "Y"), ("Easting", "Northing"), ("BNG_E", "BNG_N")]
    )
    def test_coordinates_are_no_figures(self, names):
        degrees = names[0].lower().startswith("lo")
        places = ("-2.35", "53.41") if degrees else ("376543", "391234")
        rows = [["LSOA21CD", *names, "n"], *([code, *places, "7"] for code in LSOAS)]
        assert list(imported(rows).table) == ["n"]

    @pytest.mark.parametrize("header", ["Crime type", "Month"])
    def test_a_row_a_crime_is_counted_on_request(self, header):
        rows = [
            ["LSOA code", header],
            *(
                [code, "2024-03" if header == "Month" else f"kind {row % 3}"]
                for row, code in enumerate(LSOAS * 2 + LSOAS[:10])
            ),
        ]
        with pytest.raises(DataError, match="130 rows, one a crime.*in 60 areas: count them first.*ADD_UP"):
            imported(rows)
        found = imported(rows, add_up=True)
        assert found.table["rows"].tolist() == [3.0] * 10 + [2.0] * 50 and said(found, "absent, not 0")

    def test_rates_that_are_added_up_are_said(self):
        rows = [["LSOA21CD", "Mean score"], *([code, "1.5"] for code in LSOAS * 2)]
        assert said(imported(rows, add_up=True), "'Mean score' is added up", "no count")


class TestPlaces:
    def rows(self, *extra):
        towns = [f"M{1 + row // 9} {row % 9}AB" for row in range(30)]
        rows = [["name", "postcode", "la_code", *extra]]
        for row, town in enumerate(towns):
            more = ["53.4" if one == "latitude" else str(row) for one in extra]
            rows.append([f"Library {row}", town, f"E0800000{1 + row % 9}", *more])
        return rows

    @pytest.mark.parametrize("extra", [(), ("latitude",), ("books",), ("latitude", "books")])
    def test_area_codes_beside_postcodes_make_no_areas(self, extra):
        found = imported(self.rows(*extra))
        assert found.guesses["kind"] == "places" and len(found.table) == 30 and "la_code" in found.table

    def test_areas_on_request(self):
        found = imported(self.rows("books"), add_up=True)
        assert found.guesses["geography"] == "LTLA23" and found.table["books"].sum() == sum(range(30))

    def test_an_area_may_have_an_address(self):
        rows = table(n=str, postcode=lambda row: f"M{1 + row // 9} {row % 9}AB")
        assert imported(rows).guesses["kind"] == "areas"


class TestOtherAreas:
    @pytest.mark.parametrize(
        "code, kind", [("E05", "ward"), ("E14", "constituency"), ("E54", "integrated care board"), ("E12", "region")]
    )
    def test_alone(self, code, kind):
        rows = [["code", "n"], *([f"{code}{row:06d}", str(row)] for row in range(1, 20))]
        with pytest.raises(DataError, match=f"by {kind}, which a pack cannot carry; take them by Output Area"):
            imported(rows)

    @pytest.mark.parametrize("add_up", [True, False])
    def test_beside_the_district(self, add_up):
        rows = [["ward", "lad", "score"], *([f"E05{row:06d}", f"E0800000{1 + row % 9}", "4"] for row in range(1, 40))]
        with pytest.raises(DataError, match="by ward .39 codes .* in column 'ward'.*CODE_COLUMN=lad with ADD_UP"):
            imported(rows, add_up=add_up)
        assert imported(rows, add_up=True, code_column="lad").table["score"].sum() == 156

    def test_the_ward_of_a_smaller_area_is_a_look_up(self):
        rows = [["LSOA21CD", "ward", "n"], *([code, f"E05{row // 4:06d}", "4"] for row, code in enumerate(LSOAS))]
        assert len(imported(rows).table) == 60

    def test_another_country(self):
        rows = [["code", "n"], *([f"S010{row:05d}", str(row)] for row in range(1, 20))]
        with pytest.raises(DataError, match="areas of Scotland alone"):
            imported(rows)


class TestAuthorities:
    def by(self, codes, header="Households", cell="10"):
        return [["LAD code", header], *([code, cell] for code in sorted(codes))]

    def test_recoded(self):
        codes = LTLA23 - {"E08000016", "E08000019"} | {"E08000038", "E08000039"}
        found = imported(self.by(codes, "Rate", "1.5"))
        assert set(found.table.index) == LTLA23 and said(found, "E08000038 as E08000016 (Barnsley)")

    BUCKS = ("E07000004", "E07000005", "E07000006", "E07000007")

    def test_counts_of_those_that_merged_are_summed(self):
        found = imported(self.by(LTLA23 - {"E06000060"} | set(self.BUCKS)))
        assert found.table.loc["E06000060", "households"] == 40 and len(found.table) == 296
        assert said(found, "E06000060 (Buckinghamshire) from E07000004")

    def test_rates_of_those_that_merged_need_a_weight(self):
        rows = [
            ["LAD code", "Rate", "Homes"],
            *([code, str(row / 2), str(row + 1)] for row, code in enumerate(self.BUCKS)),
        ]
        rows += [[code, "1.5", "8"] for code in sorted(LTLA23 - {"E06000060"})]
        with pytest.raises(DataError, match=r"E07000007 merged into E06000060 \(Buckinghamshire\).*'rate'.*WEIGHT"):
            imported(rows)
        found = imported(rows, value_columns=("Homes",))
        assert found.table.loc["E06000060", "homes"] == 10 and list(found.table) == ["homes"]
        # (0 x 1 + 0.5 x 2 + 1 x 3 + 1.5 x 4) / 10
        assert imported(rows, weight="Homes").table.loc["E06000060", "rate"] == pytest.approx(1.0)

    @pytest.mark.parametrize(
        "header",
        ["Attainment 8", "Gross weekly pay", "Share of households", "Prevalence of obesity", "Broadband speed", "Rent"]
        + ["Fuel poor pct", "Life satisfaction", "Gini coefficient", "Wellbeing", "Progress 8", "Value"],
    )
    def test_whole_numbers_that_no_header_calls_counts_are_not_summed(self, header):
        """46 + 47 + 48 + 45 = 186 is no Attainment 8; whoever weighs the column by itself says that it is a count."""
        rows = self.by(LTLA23 - {"E06000060"}, header, "44")
        rows += [[code, cell] for code, cell in zip(self.BUCKS, ("46", "47", "48", "45"))]
        with pytest.raises(DataError, match=f"No count by the header.*'{header}'.*WEIGHT.*a count itself"):
            imported(rows)
        assert imported(rows, weight=header).table.loc["E06000060"].tolist() == [186.0]

    @pytest.mark.parametrize(
        "header", ["Number of sites", "Claimants 2023", "Jobs", "Total", "Homes (no. of)", "Cases"]
    )
    def test_whole_numbers_that_a_header_calls_counts_are_summed(self, header):
        found = imported(self.by(LTLA23 - {"E06000060"} | set(self.BUCKS), header))
        assert found.table.loc["E06000060"].tolist() == [40.0]

    def test_what_is_averaged_is_said(self):
        """(46 x 1 + 47 x 1 + 48 x 1 + 45 x 2) / 5 = 46.2."""
        rows = [["LAD code", "Attainment 8", "Pupils"], *([code, "44", "1"] for code in LTLA23 - {"E06000060"})]
        rows += [[code, cell, of] for code, cell, of in zip(self.BUCKS, ("46", "47", "48", "45"), "1112")]
        found = imported(rows, weight="Pupils")
        assert found.table.loc["E06000060"].tolist() == [pytest.approx(46.2), 5.0]
        assert said(found, "averaged by WEIGHT: 'Attainment 8'; added up: 'Pupils'")

    def test_a_part_alone_is_no_sum(self):
        found = imported(self.by(LTLA23 - {"E06000060"} | {"E07000004"}))
        assert "E06000060" not in found.table.index and said(found, "only E07000004")

    def test_other_tiers_and_strangers_are_named(self):
        found = imported(self.by(LTLA23 | {"E10000003", "E06000999"}))
        assert (
            said(found, "1 counties", "E10000003") and said(found, "1 codes", "E06000999") and len(found.table) == 296
        )

    def test_upper_tier(self):
        found = imported(self.by(UTLA23 - {"E08000016"} | {"E08000038"}))
        assert found.guesses["geography"] == "UTLA23" and set(found.table.index) == UTLA23


class TestDirection:
    @pytest.mark.parametrize(
        "title, high",
        [
            ("IMD Rank (where 1 is most deprived)", "less need"),
            ("IMD Decile (where 1 is most deprived 10% of LSOAs)", "less need"),
            ("Rank, 1 = least deprived", "need"),
            ("Rank (1 is best)", "need"),
            ("Crime rank (1 being the worst)", "less need"),
            ("Decile: 10 is most deprived", "need"),
            ("Quintile (5 = most disadvantaged)", "need"),
            ("Health rank (1 is healthiest)", "need"),
            ("Score: higher scores indicate greater need", "need"),
            ("Score (lower is better)", "need"),
            ("Score (higher means less deprived)", "less need"),
            ("Rank", ""),
        ],
    )
    def test_the_end_of_need(self, title, high):
        assert direction.high_is([title]) == high

    def rank(self, *headers):
        return [["LSOA code (2021)", *headers], *([code, *(str(row + place) for place in range(len(headers)))]
                for row, code in enumerate(LSOAS))]  # fmt: skip

    @pytest.mark.parametrize(
        "header",
        ["Children in low income families Rank (where 1 is most deprived)", "Low income decile (1 = most deprived)"],
    )
    def test_a_rank_is_no_numerator(self, header):
        found = imported(self.rank(header), indicator="children_low_income")
        entry = found.entries["children_low_income"]
        assert "numerator" not in entry and "source" not in entry and entry["high_is"] == "less need"
        assert [facts["unit"] for facts in found.guesses["columns"].values()] == [""]

    def test_a_rank_without_a_word_is_said(self):
        found = imported(self.rank("Income rank"))
        assert "high_is" not in found.entries["file"] and said(found, "which end is in need is not said", "high_is")

    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ("Crime rank", False),
            ("Crime rank (32844 is least deprived)", True),
            ("Crime rank (1 = most deprived)", True),
        ],
    )
    def test_a_rank_that_says_what_the_method_says_is_not_asked_about(self, repository, header, told):
        """The method has crime_rank as one of which less is need; its column is named by hand."""
        method = load(repository / "resources" / "methodologies" / "hyper_local_need_2025.json")
        sheet = Sheet(Grid("S", self.rank(header), facts={}))
        by_hand = Overrides(value_columns=(header,))
        found = import_tables(sheet, "file.csv", overrides=by_hand, indicator="crime_rank", methodology=method)
        entry = found.entries["crime_rank"]
        assert "high_is" not in entry and "source" not in entry
        assert said(found, "which end is in need is not said", "high_is") is not told

    def test_the_line_above_the_table_tells_it(self):
        rows = [["Ranks: 1 is least deprived"], [], *self.rank("Income rank")]
        assert imported(rows).entries["file"]["high_is"] == "need"

    def test_a_figure_goes_before_its_rank(self):
        found = imported(self.rank("Rank (where 1 is most deprived)", "Decile", "Income score"))
        assert found.entries["file"]["value"] == "income_score"


class TestDates:
    @pytest.mark.parametrize(
        "lines, date",
        [
            (["Population", "ONS Crown Copyright Reserved [from Nomis on 3 March 2026]", "Date : 2015"], "2015"),
            (["\u00a9 Crown copyright 2026", "Census 2011"], "2011"),
            (["Release date: 2024-06-01", "Time period: 2018 to 2020"], "2018 to 2020"),
            (["Published 4 May 2022", "Mid-2020 estimates", "2011 super output areas - lower layer"], "2020"),
            (["Last updated: March 2025"], ""),
        ],
    )
    def test_lines_above_the_table(self, lines, date):
        assert imported([*([line] for line in lines), [], *table(n=str)]).entries["file"]["date"] == date

    @pytest.mark.parametrize(
        "header, cell, date",
        [
            ("period", "2021-03-21", "2021"),
            ("Year", "2019", "2019"),
            ("Financial year", "2022/23", "2022/23"),
            ("year_ending", "Mar-21", "2021"),
            ("release_date", "2026-01-01", ""),
        ],
    )
    def test_a_column_of_one_period(self, header, cell, date):
        rows = table(**{header: lambda row: cell, "n": str})
        assert imported(rows).entries["file"]["date"] == date

    def test_after_a_filter(self):
        rows = [
            ["LSOA21CD", "period", "n"],
            *([code, year, "7"] for code in LSOAS for year in ("2021-03-21", "2011-03-27")),
        ]
        assert imported(rows, filters={"period": "2011-03-27"}).entries["file"]["date"] == "2011"

    @pytest.mark.parametrize(
        "name, date",
        [
            ("pop_2019.csv", "2019"),
            ("nomis_2026_03_03_1011.csv", ""),
            ("x_2019_downloaded_2026-03-03.csv", "2019"),
            ("lad2025.csv", ""),
        ],
    )
    def test_names_of_files(self, name, date):
        guesses = {"kept_only": {}, "constant": {}, "text_above": [], "sheet": "Sheet1", "file": name}
        assert dating.date_of([], guesses) == date

    def test_none_is_said(self):
        assert said(imported(table(n=str)), "does not tell the date")


class TestTwice:
    @pytest.mark.parametrize("times", [1, 2, 3])
    @pytest.mark.parametrize(
        "text", ["\u00a3150", "caf\u00e9", "King\u2019s Lynn", "\u20ac3", "\u00a0 7 \u2013 8", "\u201cx\u201d"]
    )
    def test_letters_encoded_again_are_put_right(self, text, times):
        again = text
        for _ in range(times):
            again = "".join(
                chr(byte)
                if 0x80 <= byte <= 0x9F and byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
                else bytes([byte]).decode("cp1252")
                for byte in again.encode()
            )
        assert mending.mended(Grid("x", [[again]])).rows == [[text]]

    @pytest.mark.parametrize("cell", ["\u00c2\u00a3150,000", "\ufffd150,000", "\u00c3\u201a\u00c2\u00a3150,000"])
    def test_prices(self, cell):
        found = imported(table(price=lambda row: cell))
        assert found.table["price"].eq(150_000).all() and said(found, "Letters", "put right")

    def test_a_wrong_encoding_is_asked_about(self):
        text = "LSOA21CD,Price\n" + "".join(f"{code},\u00a3{row}\n" for row, code in enumerate(LSOAS))
        with pytest.raises(DataError, match="'Price' is left out: none of its 60.*is ENCODING right"):
            text_imported(text, encoding="cp850")

    @pytest.mark.parametrize("text", ["\u00c2ge", "na\u00efve", "\u00a31", "\u00c5land", "r\u00e9sum\u00e9"])
    def test_right_letters_stay(self, text):
        assert mending.mended(Grid("x", [[text]])).rows == [[text]]


class TestByHand:
    """The first column named is the numerator, the second what it is of."""

    rows = [
        ["LSOA21CD", "All", "Poor", "Poor rank"],
        *([code, str(600 + row), str(row), str(row)] for row, code in enumerate(LSOAS)),
    ]

    @pytest.fixture
    def entry(self, repository):
        from hyperlocal_need.core import methodology

        method = methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")

        def made(*columns, rows=self.rows):
            grid = Sheet(Grid("file.csv", rows))
            chosen = Overrides(value_columns=columns)
            return import_tables(grid, "file.csv", overrides=chosen, indicator="no_qualifications", methodology=method)

        return made

    @pytest.mark.parametrize("columns", [("Poor", "All"), ("3", "2"), ("C", "B"), ("poor", "all"), ("C", "2")])
    def test_the_order_of_the_user_counts(self, entry, columns):
        found = entry(*columns)
        made = found.entries["no_qualifications"]
        assert (made["numerator"], made["denominator"]) == ("poor", "all") and list(found.table) == ["poor", "all"]

    def test_the_other_order_is_said(self, entry):
        assert said(entry("All", "Poor"), "numerator is over the denominator in 60 of 60", "swapped")

    def test_two_years_of_one_column_are_no_ratio(self, entry):
        rows = [["LSOA21CD", "year", "Poor"], *([code, year, "7"] for code in LSOAS for year in ("2021", "2022"))]
        made = entry("Poor", rows=rows).entries["no_qualifications"]
        assert made["value"] == "poor_2022" and "denominator" not in made

    def test_two_columns_of_two_years_are_of_the_latest(self, entry):
        rows = [
            ["LSOA21CD", "year", "Poor", "All"],
            *([code, year, "7", "9"] for code in LSOAS for year in ("2022", "2021")),
        ]
        made = entry("Poor", "All", rows=rows).entries["no_qualifications"]
        assert (made["numerator"], made["denominator"]) == ("poor_2022", "all_2022")

    def test_a_rank_is_refused(self, entry):
        with pytest.raises(DataError, match="'Poor rank' is a rank or class, which is neither"):
            entry("Poor rank", "All")

    def test_a_column_named_twice_is_refused(self, entry):
        with pytest.raises(DataError, match="names a column twice"):
            entry("Poor", "C")


def test_codes_with_zeros_in_front_are_no_figures():
    """Unless they are named; counts that a program filled up with zeros differ from row to row of an area."""
    rows = table(sic=lambda row: "01110" if row % 2 else "62012", n=str)
    assert list(imported(rows).table) == ["n"] and said(imported(rows), "'sic' is left out", "zeros in front")
    assert imported(rows, value_columns=("sic",)).table["sic"].iloc[1] == 1110.0
    filled = [
        ["LSOA21CD", "sex", "n"],
        *([code, sex, f"{7 * row:05d}"] for row, code in enumerate(LSOAS) for sex in "FM"),
    ]
    assert list(imported(filled).table) == ["n_f", "n_m"]


def test_a_date_in_one_is_the_date_and_no_figure():
    found = imported(table(date=lambda row: "20220331", n=str), indicator="n_of_all")
    assert list(found.table) == ["n"] and found.entries["n_of_all"]["date"] == "2022"


@pytest.mark.parametrize("header", ["URN", "UKPRN", "LEA code", "GlobalID", "area_id", "Shape__Area"])
def test_identifiers_are_no_figures(header):
    found = imported(table(**{header: lambda row: str(100_000 + row), "n": lambda row: str(row % 7)}))
    assert list(found.table) == ["n"] and said(found, f"'{header}' is left out: identifiers")


@pytest.mark.parametrize(
    "header, rate",
    [("Life expectancy at birth", True), ("Median house price", True), ("House prices", True), ("Deaths", False)],
)
def test_rates_are_no_sums(header, rate):
    """Rows of an area that are added up: what sounds like no count is said."""
    rows = [["LSOA21CD", header], *([code, figure] for code in LSOAS for figure in ("80", "81"))]
    assert said(imported(rows, add_up=True), "is added up", "sounds like no count") == rate


@pytest.mark.parametrize("name", ["LAD23CD.csv", "lsoa2021.csv", "n_by_lsoa_2021.csv", "ltla2024_n.csv"])
def test_the_year_of_codes_is_no_date(name):
    found = imported(table(n=str), name=name)
    assert not next(iter(found.entries.values()))["date"] and said(found, "does not tell the date")


@pytest.mark.parametrize("header, by_hand", [("LSOA21CD", "LSOA11"), ("LSOA11CD", "LSOA21")])
def test_a_geography_by_hand_that_the_header_contradicts_is_said(header, by_hand):
    rows = [[header, "n"], *([code, "1"] for code in LSOAS[:10])]
    found = imported(rows, geography=by_hand)
    assert found.table.index.name == f"{by_hand}CD"
    assert said(found, f"The file says {header[:-2]} of its codes, but they are taken for {by_hand}")
    assert not said(imported(rows, geography=header[:-2]), "of its codes")


def test_how_many_areas_have_a_row_is_said():
    assert said(imported(table(n=str)), "The file has 60 of the 33,755 areas of LSOA21")


def test_categories_that_are_blank_below_the_first_are_named():
    rows = [["LSOA21CD", "sex", "n"]]
    rows += [[code, sex, str(row)] for code in LSOAS for row, sex in enumerate(("Female", "", "Male", ""))]
    with pytest.raises(DataError, match="no column tells the rows apart .*'sex' is blank in 120 rows"):
        imported(rows)


def test_authorities_by_names_of_both_tiers_are_of_either():
    """Every name is one of both tiers, as those of unitary authorities are."""
    names = "Hartlepool Middlesbrough Redcar Stockton Darlington Halton Warrington Blackburn".split()
    both = {f"E0600000{place}": name for place, name in enumerate(names, start=1)}
    known = Known({}, {"LTLA23": {**both, "E07000008": "Cambridge"}, "UTLA23": both})
    grid = Grid("file.csv", [["Area", "n"], *([name, "1"] for name in both.values())])
    found = import_tables(Sheet(grid), "file.csv", known=known)
    assert sorted(found.table.index) == sorted(both)
    assert said(found, "The areas fit UTLA23 as well as LTLA23; GEOGRAPHY settles it.")
    by_hand = import_tables(Sheet(grid), "file.csv", known=known, overrides=Overrides(geography="UTLA23"))
    assert by_hand.table.index.name == "UTLA23CD" and not said(by_hand, "settles it")


def test_text_files_by_semicolons_are_told_apart_from_decimal_commas():
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerows([["LSOA21CD", "a", "b"], *([code, "1,5", "2,25"] for code in LSOAS)])
    found = text_imported(out.getvalue())
    assert found.table.iloc[0].tolist() == [1.5, 2.25]


def test_what_is_the_same_in_two_years_is_a_figure_all_the_same():
    """Each of these figures stands twice, as the marks do: it is no category, which stands in all areas."""
    rows = [["LSOA21CD", "year", "n", "share"]]
    rows += [
        [code, year, str(row), "c" if row == 0 else f"{row}.5"]
        for row, code in enumerate(LSOAS)
        for year in ("2022", "2023")
    ]
    assert list(imported(rows).table) == ["n_2022", "share_2022", "n_2023", "share_2023"]


def test_numbers_that_are_left_out_as_times_are_said():
    found = imported(table(**{"Year built": lambda row: str(1950 + row), "n": str}))
    assert list(found.table) == ["n"] and said(found, "no figures: Year built left out")


@pytest.mark.parametrize("make", [lambda row: f"00:{row + 10}:30", lambda row: f"{row}/100"])
def test_what_looks_like_a_number_but_is_none_is_said(make):
    assert said(imported(table(n=str, taken=make)), "'taken' is left out: none of its 60 filled cells is a number")


def test_all_columns_of_a_download_from_nomis():
    """Of its numbers, obs_value alone is the figure; its type of areas says their year."""
    header = "DATE,GEOGRAPHY,GEOGRAPHY_CODE,GEOGRAPHY_TYPE,GENDER,MEASURES,OBS_VALUE,RECORD_OFFSET,RECORD_COUNT".split(
        ","
    )
    kind = "2011 super output areas - lower layer"
    rows = [
        [
            "2024-04",
            str(1249934339 + row),
            code.replace("E0103", "E0100"),
            kind,
            "0",
            "20100",
            str(row % 7),
            str(row),
            "60",
        ]
        for row, code in enumerate(UNCHANGED)
    ]
    found = imported([header, *rows])
    assert next(iter(found.entries.values()))["value"] == "obs_value" and found.guesses["geography"] == "LSOA11"
    assert not {"geography", "record_offset", "record_count"} & set(found.table)


def test_row_numbers_before_the_codes_need_no_name():
    rows = [["Ref", "LSOA21CD", "n"], *([str(row), code, str(row % 7)] for row, code in enumerate(LSOAS, 1))]
    assert list(imported(rows).table) == ["n"] and said(imported(rows), "'Ref' is left out: row numbers")
    assert list(imported([["Rank", *rows[0][1:]], *rows[1:]]).table) == ["rank", "n"]


def test_a_line_of_the_area_alone_above_its_rows_is_no_row():
    rows = [["LSOA21CD", "sex", "n"]]
    for row, code in enumerate(LSOAS):
        rows += [[code, "", ""], ["", "Male", str(row)], ["", "Female", str(row + 1)]]
    found = imported(rows)
    assert list(found.table) == ["n_female", "n_male"] and found.table.loc[LSOAS[3]].tolist() == [4.0, 3.0]


@pytest.mark.parametrize("column, kept", [("", [0.0]), ("D", [7.0]), ("MSOA", [7.0])])
def test_of_tables_beside_each_other_one_is_read(column, kept):
    """Joined by row, the figures of one would be given to the areas of another."""
    rows = [["LSOA", "n", "", "MSOA", "m"]]
    rows += [[code, str(row), "", f"E0200{1000 + row}" if row < 20 else "", "7" if row < 20 else ""]
             for row, code in enumerate(LSOAS)]  # fmt: skip
    found = imported(rows, code_column=column)
    assert found.table.iloc[0].tolist() == kept and said(found, "Another table stands beside")


def test_an_empty_column_is_no_gap_between_tables():
    rows = table(n=str, empty=lambda row: "", district=lambda row: "E08000009", m=lambda row: "5")
    assert list(imported(rows).table) == ["n", "m"]


def test_formulas_without_results_are_said():
    grid = Grid("file.xlsx", table(n=str, share=lambda row: ""), formulas={2: "C2"})
    found = import_tables(Sheet(grid), "file.xlsx")
    assert said(found, "'share' is left out: the file holds no results of its formulas")


@pytest.mark.parametrize(
    "title, share",
    [("% of all", True), ("Rent (%)", True), ("Employment rate", True), ("Proportion poor", True),
     ("Rates paid", False), ("Households below 60% of the median", False)],
)  # fmt: skip
def test_a_share_is_no_count(title, share):
    from hyperlocal_need.core.published.making import sources

    assert bool(sources.is_share(title)) == share


@pytest.mark.parametrize(
    "line", ["Claimants by 2021 Lower layer Super Output Area", "By LSOA (2021)", "lsoa21 figures"]
)
def test_a_line_above_says_the_year_of_the_codes(line):
    rows = [[line], ["Code", "n"], *([code, "1"] for code in UNCHANGED)]
    found = imported(rows, name="own.csv")
    assert found.guesses["geography"] == "LSOA21" and not said(found, "as well as")


def test_figures_above_the_header_are_no_date():
    rows = [["England", "1000", "2050"], ["Table 4: households, 2023"], *table(n=str, m=lambda row: "5")]
    assert next(iter(imported(rows, name="households-2025-tables.csv").entries.values()))["date"] == "2023"


def test_parts_of_1_in_one_year_of_a_percentage_are_said():
    rows = [["LSOA21CD", "year", "Poor (%)"]]
    rows += [[code, year, f"{scale * (row + 1):.3f}"] for row, code in enumerate(LSOAS)
             for year, scale in (("2022", 1), ("2023", 0.01))]  # fmt: skip
    found = imported(rows)
    assert said(found, "'Poor (%) 2023' is per cent by its header") and not said(found, "'Poor (%) 2022' is per cent")


def test_codes_beyond_the_last_are_unknown():
    rows = [["LSOA21CD", "n"], *([code, "1"] for code in [*LSOAS, "E01099999"])]
    assert said(imported(rows), "1 codes are unknown: E01099999")
