"""A whole file: the sheet is chosen, sheets joined, the source told, entries proposed; and a pack made with them."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import methodology, pack_format
from hyperlocal_need.core.catalogue import GEOGRAPHIES, step
from hyperlocal_need.core.errors import DataError, NeedError, PackError
from hyperlocal_need.core.methodology import Node
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.published import pack_editor
from hyperlocal_need.core.published.making import sources, survey
from hyperlocal_need.core.published.making.clean import Overrides
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.core.published.reading import codes
from hyperlocal_need.core.published.reading.grid import Grid

LSOAS = [f"E0100{number:04d}" for number in range(1, 41)]


class Sheets:
    """Sheets of rows as a reader of files hands them over."""

    def __init__(self, sheets):
        self.grids = {name: Grid(name, rows) for name, rows in sheets.items()}
        self.sizes = {name: len(rows) for name, rows in sheets.items()}
        self.hidden = ()

    def head(self, sheet):
        return Grid(sheet, self.grids[sheet].rows[:600])

    def whole(self, sheet):
        return self.grids[sheet]


@pytest.fixture(scope="module")
def method(repository):
    return methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")


def by_lsoa(*headers, start=0):
    return [["LSOA Code", *headers]] + [
        [code, *(str(start + place + column) for column in range(len(headers)))] for place, code in enumerate(LSOAS)
    ]


class TestSheets:
    def test_the_finest_areas_with_figures_are_taken(self):
        regions = [["Region code", "n"], ["E12000001", "5"]]
        authorities = [["LA code", "n"], *([f"E0600000{number}", "5"] for number in range(1, 10))]
        lookup = [["LSOA Code", "Name"], *([code, "x"] for code in LSOAS)]
        sheets = Sheets({"Contents": [["Contents"]], "1": regions, "2": authorities, "3": by_lsoa("n"), "4": lookup})
        found = import_tables(sheets, "file.xlsx")
        assert found.guesses["sheet"] == "3" and found.guesses["geography"] == "LSOA11"
        assert import_tables(sheets, "file.xlsx", overrides=Overrides(sheet="2")).guesses["geography"] == "LTLA23"

    def test_sheets_of_the_same_areas_are_joined(self):
        sheets = Sheets({"Total": by_lsoa("Income", "Upper"), "Net": by_lsoa("Net income", "Upper", start=7)})
        table = import_tables(sheets, "file.xlsx").table
        assert list(table) == ["income", "upper_total", "net_income", "upper_net"]
        assert table.loc[LSOAS[0]].tolist() == [0.0, 1.0, 7.0, 8.0]
        found = import_tables(sheets, "file.xlsx", overrides=Overrides(sheet="Net")).table
        assert list(found) == ["net_income", "upper"]

    def test_the_latest_year_goes_first(self):
        sheets = Sheets({"2019": by_lsoa("n"), "2021": by_lsoa("n", "m"), "2020": by_lsoa("n")})
        assert import_tables(sheets, "file.xlsx").guesses["sheet"] == "2021"

    def test_sheets_of_other_years_of_codes_are_not_joined(self):
        unchanged = [f"E0100{number}" for number in range(6200, 6240)]
        years = {"2011": ("LSOA11CD", "5"), "2021": ("LSOA21CD", "7")}
        sheets = {
            year: [[header, "n"], *([code, figure] for code in unchanged)] for year, (header, figure) in years.items()
        }
        found = import_tables(Sheets(sheets), "file.xlsx", overrides=Overrides(geography="LSOA11"))
        assert found.table["n"].iloc[0] == 5.0 and found.guesses["joined_sheets"] == ["2011"]

    def test_the_sheet_of_all_persons_is_meant(self):
        sheets = Sheets({"Male": by_lsoa("2023"), "Female": by_lsoa("2023"), "Persons": by_lsoa("2023", start=9)})
        assert import_tables(sheets, "n.xlsx").entries["n"]["value"] == "value_2023_persons"

    def test_no_sheet_fits(self):
        with pytest.raises(DataError, match="No sheet has codes or names of areas with figures .*: A, B"):
            import_tables(Sheets({"A": [["a"]], "B": [["b"], ["1"]]}), "file.xlsx")
        with pytest.raises(DataError, match="SHEET: there is no 'C'; there are A"):
            import_tables(Sheets({"A": by_lsoa("n")}), "file.xlsx", overrides=Overrides(sheet="C"))

    def test_a_list_of_places(self):
        rows = [["Name", "Postcode"], ["A", "M1 1AE"], ["B", "M1 1AF"], ["C", "M1 1AG"], ["Source: a list"]]
        found = import_tables(Sheets({"list.csv": rows}), "list.csv")
        assert found.guesses["kind"] == "places" and len(found.table) == 3 and not found.entries
        assert any("1 rows of one cell" in text for text in found.guesses["warnings"])

    def test_a_list_of_places_beside_notes(self):
        rows = [["Name", "Postcode"], ["A", "M1 1AE"], ["B", "M1 1AF"], ["C", "M1 1AG"]]
        sheets = {"Notes": [["Read me"], ["All schools"]], "List": rows}
        found = import_tables(Sheets(sheets), "list.xlsx")
        assert found.guesses["kind"] == "places" and len(found.table) == 3
        assert "'List' is read; Notes has no figures by area." in found.guesses["warnings"]
        with pytest.raises(DataError, match="Several sheets list places: List, Two; SHEET chooses one"):
            import_tables(Sheets({**sheets, "Two": rows}), "list.xlsx")
        assert import_tables(Sheets({**sheets, "Figures": by_lsoa("n")}), "list.xlsx").guesses["sheet"] == "Figures"

    def test_a_sheet_of_fewer_areas_is_said_to_have_fewer(self):
        sheets = Sheets({"2020": by_lsoa("n"), "2021": by_lsoa("n")[:-4]})
        warnings = import_tables(sheets, "file.xlsx").guesses["warnings"]
        assert "Sheet '2021' is left aside: it has 36 of the 40 areas; SHEET chooses it." in warnings

    def test_areas_of_another_year_are_not_counted(self):
        """E01033769 is of 2021 alone, E01000972 of 2011 alone."""
        alone = min(code for code in codes.of_2011_alone() if code.startswith("E01"))
        rows = [["LSOA21CD", "n"], *([code, "1"] for code in ("E01033769", "E01000001", "E01000002", alone))]
        found = import_tables(Sheets({"A": rows}), "file.csv").guesses
        assert found["areas"] == 3 and any("has 3 of the 33,755" in text for text in found["warnings"])

    @pytest.mark.parametrize(
        ("header", "said"),
        [
            ("IMD decile (1 = least deprived)", True),
            ("IMD rank (32844 is most deprived)", True),
            ("IMD decile, 10 being the most deprived", True),
            ("IMD decile", False),
        ],
    )
    def test_the_end_of_need_is_asked_for_where_no_header_says_it(self, method, header, said):
        found = import_tables(Sheets({"A": by_lsoa(header)}), "file.csv", methodology=method)
        assert any("is not said" in text for text in found.guesses["warnings"]) is not said

    def test_two_columns_are_refused_for_an_indicator_of_one(self, method):
        sheets, two = Sheets({"A": by_lsoa("a", "b", "c")}), Overrides(value_columns=("a", "b"))
        with pytest.raises(DataError, match="names 'a' and 'b', but swans takes one column"):
            import_tables(sheets, "f.csv", overrides=two, indicator="swans", methodology=method)
        three = Overrides(value_columns=("a", "b", "c"))
        with pytest.raises(DataError, match="but no_qualifications takes a numerator and a denominator"):
            import_tables(sheets, "f.csv", overrides=three, indicator="no_qualifications", methodology=method)
        entry = import_tables(sheets, "f.csv", overrides=two, indicator="no_qualifications", methodology=method).entries
        assert entry["no_qualifications"]["numerator"] == "a" and entry["no_qualifications"]["denominator"] == "b"

    @pytest.mark.parametrize(
        ("file", "header", "date"),
        [
            ("lifeexp_2016_20.csv", "n", "2016 to 2020"),
            ("claimants_2022_23.csv", "n", "2022/23"),
            ("claimants_2022_03.csv", "n", "2022"),
            ("mar24.csv", "n", "2024"),
            ("file.csv", "Claimants Mar '23", "2023"),
            ("file.csv", "Under 24", ""),
            ("file.csv", "Married 16 to 24", ""),
        ],
    )
    def test_the_date_of_names_and_headers(self, file, header, date):
        entries = import_tables(Sheets({file: by_lsoa(header)}), file).entries
        assert next(iter(entries.values()))["date"] == date

    def test_guesses_are_plain_data(self):
        guesses = import_tables(Sheets({"A": by_lsoa("n")}), "file.xlsx").guesses
        assert json.loads(json.dumps(guesses)) == guesses


class TestSources:
    def test_every_indicator_has_one_source(self, method):
        stand_ins = {source.fetch.instead for source in sources.sources()}
        listed = [name for source in sources.sources() if source.id not in stand_ins for name in source.indicators]
        assert len(set(listed)) == len(listed) == 42
        assert set(listed) == {node.id for node in method.nodes if node.level == "indicator"}
        assert all(sources.source_of(name).id not in stand_ins for name in listed)

    @pytest.mark.parametrize("source", sources.sources(), ids=lambda source: source.id)
    def test_an_address_is_certain_or_said_not_to_be(self, source):
        assert source.publisher and source.title and source.licence and source.file and source.words
        assert set(source.geography) <= set(GEOGRAPHIES)
        assert source.page or source.page_note
        assert source.page is None or source.page.startswith("https://")

    def test_counts_go_before_their_percentage(self, method):
        headers = (
            "Number of households",
            "Number of households in fuel poverty",
            "Proportion of households fuel poor (%)",
        )
        entries = import_tables(Sheets({"T": by_lsoa(*headers)}), "fuel_poverty_2022.xlsx", methodology=method).entries
        entry = entries["fuel_poverty"]
        assert (entry["numerator"], entry["denominator"]) == (
            "number_of_households_in_fuel_poverty",
            "number_of_households",
        )
        assert (entry["date"], entry["status"], entry["geography"]) == ("2022", "substitute", "LSOA11")

    def test_parts_that_are_summed(self):
        answers = ("Total: All usual residents", "Good health", "Bad health", "Very bad health")
        headers = [f"General health: {answer}" for answer in answers]
        entry = import_tables(Sheets({"T": by_lsoa(*headers)}), "census2021-ts037-lsoa.csv").entries["bad_health"]
        assert entry["numerator"] == ["bad_health", "very_bad_health"]
        assert entry["denominator"] == "total_all_usual_residents"

    def test_the_latest_year_of_several(self):
        headers = ("2019/20", "2020/21", "2021/22 (p)")
        found = import_tables(Sheets({"T": by_lsoa(*headers)}), "children_relative_low_income_14-22.csv")
        entry = found.entries["children_low_income"]
        assert (entry["numerator"], entry["date"]) == ("value_2021_22", "2021/22")
        assert any("no denominator" in warning for warning in found.guesses["warnings"])

    def test_change_between_two_years(self):
        found = import_tables(Sheets({"GVA": by_lsoa("2012", "2020", "2021")}), "small area gross value added.csv")
        assert found.entries["gva_per_head_change"]["change"] == {"from": "value_2012", "to": "value_2020"}
        assert found.entries["gva_per_head"]["unbounded"] is True

    def test_an_unknown_file_says_what_it_takes(self):
        found = import_tables(Sheets({"T": by_lsoa("Swans", "Ducks")}), "Birds 2024.csv")
        assert found.entries["birds_2024"]["value"] == "swans" and found.entries["birds_2024"]["date"] == "2024"
        assert "the entry takes 'swans' of 2" in found.guesses["warnings"][-1]

    def test_two_columns_chosen_by_hand_for_a_count(self, method):
        overrides = Overrides(value_columns=("Poor", "All"))
        sheets = Sheets({"T": by_lsoa("All", "Poor")})
        found = import_tables(sheets, "own.csv", overrides=overrides, indicator="fuel_poverty", methodology=method)
        assert set(found.table) == {"all", "poor"} and "numerator" in found.entries["fuel_poverty"]

    def test_which_file_is_which(self):
        headers = ("Crime Rank (where 1 is most deprived)", "Income Rank (where 1 is most deprived)")
        found = survey.identify(
            Sheets({"IoD2019 Domains": by_lsoa(*headers)}), "File_2_-_IoD2019_Domains_of_Deprivation.xlsx"
        )
        assert found["indicators"] == "crime_rank" and found["page"].endswith("english-indices-of-deprivation-2019")
        assert "No sheet" in survey.identify(Sheets({"A": [["a"]]}), "a.csv")["reason"]


def whole_folder(tiny):
    """The tiny pack's folder; polygons and postcodes are only copied here, so any bytes will do."""
    folder = tiny.write()
    for file in pack_format.files(json.loads((folder / "pack.json").read_text(encoding="utf-8"))):
        if not (folder / file).exists():
            (folder / file).write_bytes(b"any bytes")
    return folder


class TestEditor:
    @pytest.fixture
    def addition(self, tmp_path):
        table = tmp_path / "own.csv"
        pd.DataFrame({"n": np.arange(6.0)}, index=pd.Index([f"E0100000{n}" for n in range(1, 7)], name="code")).to_csv(
            table
        )
        entry = {"file": "../../etc/own.csv", "geography": "LSOA21", "code": "code", "value": "n"}
        return pack_editor.Addition("swans", entry, table)

    @pytest.mark.parametrize("name", ["new", "new.zip"])
    def test_a_new_pack_from_an_old_one(self, tiny, tmp_path, addition, name):
        """The entry's own path is not followed; the old pack stays as it is, to the byte."""
        folder = whole_folder(tiny)
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        removed = next(iter(json.loads((folder / "pack.json").read_text())["indicators"]))
        changed = pack_editor.edit_pack(folder, tmp_path / name, add=[addition], remove=[removed])
        assert changed == {"added": ["swans"], "replaced": [], "removed": [removed]}
        with Pack.open(tmp_path / name) as pack:
            assert pack.entries["swans"].file == "indicators/swans.csv" and removed not in pack.entries
            assert pack.table("indicators/swans.csv", "code", numbers=["n"])["n"].sum() == 15.0
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    def test_equal_packs_give_equal_zips(self, tiny, tmp_path, addition):
        folder = whole_folder(tiny)
        for name in ("a.zip", "b.zip"):
            pack_editor.edit_pack(folder, tmp_path / name, add=[addition])
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            assert all(not name.startswith("/") and ".." not in name for name in archive.namelist())

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"indicator": "Swans"}, "an id has lower-case letters"),
            ({"entry": {"geography": "LSOA21", "code": "code", "value": "m"}}, "there is no column 'm'"),
            ({"entry": {"geography": "Mars", "code": "code", "value": "n"}}, "geography 'Mars' is not known"),
            ({"entry": {"geography": "LSOA21", "code": "code", "value": "n", "numerator": "n"}}, "give one of"),
        ],
    )
    def test_a_faulty_entry_is_refused(self, tiny, tmp_path, addition, change, words):
        folder = whole_folder(tiny)
        faulty = pack_editor.Addition(
            change.get("indicator", "swans"), change.get("entry", addition.entry), addition.table
        )
        with pytest.raises(NeedError, match=words):
            pack_editor.edit_pack(folder, tmp_path / "new", add=[faulty])

    def test_places_that_are_taken(self, tiny, tmp_path, addition):
        folder = whole_folder(tiny)
        for target in (folder, tmp_path):
            with pytest.raises(DataError, match="holds other files"):
                pack_editor.check_target(folder, target)
        with pytest.raises(PackError, match="swans: is not in the pack"):
            pack_editor.edit_pack(folder, tmp_path / "new", remove=["swans"])

    def test_a_methodology_of_ones_own(self, method):
        node = Node(
            "swans", "indicator", "Swans", parent="quality_jobs", kind="mean", direction="less", geography="LSOA21"
        )
        own = pack_editor.with_own_indicator(method, node)
        assert own.id == f"{method.id}_own" and own.node("swans").direction == "less"
        assert len(own.indicators) == len(method.indicators) + 1 and own.digest() != method.digest()
        assert len(method.indicators) == 32


def test_the_catalogue_lists_the_same_geographies():
    """It cannot read them from the methodology, which is itself checked against the catalogue."""
    assert step("importpublished").option("GEOGRAPHY").choices == ("auto", *GEOGRAPHIES)
