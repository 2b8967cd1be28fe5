"""Files opened as sheets of rows: what is in them, and what is refused, with the reason."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from spreadsheets import HEAD, MAIN, write_ods, write_xlsx, write_zip  # noqa: E402

from hyperlocal_need.core.errors import Cancelled, DataError  # noqa: E402
from hyperlocal_need.core.published.making.clean import clean  # noqa: E402
from hyperlocal_need.core.published.reading import archive  # noqa: E402
from hyperlocal_need.processing_provider.spreadsheets import xlsx_sheet
from hyperlocal_need.processing_provider.spreadsheets.tables import open_tables

ROWS = [["LSOA code", "n"], ["E01000001", 1.5], ["E01033769", 2]]


def sheet(rows):
    return f"{HEAD}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def read(path, name=None):
    with open_tables(path) as tables:
        return tables.whole(name or tables.sheets[0])


class TestXlsx:
    def test_values_as_stored(self, tmp_path):
        rows = [["a", "", "b"], [], ["", 0.1, "x & y"], [17.033999999999999, 1e-7, -3]]
        grid = read(write_xlsx(tmp_path / "a.xlsx", {"S": rows}))
        assert grid.rows == [["a", "", "b"], [], ["", "0.1", "x & y"], ["17.034", "1e-07", "-3"]]
        assert float(grid.rows[3][0]) == 17.033999999999999

    def test_kinds_of_cells(self, tmp_path):
        """Inline and rich texts, truth values, errors, and numbers shown as dates."""
        cells = (
            '<row r="1"><c r="A1" t="inlineStr"><is><t>in &amp; line</t></is></c><c r="B1" t="b"><v>1</v></c>'
            '<c r="C1" t="e"><v>#N/A</v></c><c r="D1" s="1"><v>44561</v></c><c r="E1" s="2"><v>44561.5</v></c>'
            '<c r="F1" t="str"><v>text</v></c>'
            '<c r="G1" t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c></row>'
        )
        grid = read(write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)}))
        assert grid.rows == [["in & line", "TRUE", "#N/A", "2021-12-31", "2021-12-31 12:00", "text", "rich"]]

    def test_shared_texts_without_phonetic_guides(self, tmp_path):
        shared = (
            f"{HEAD}<sst {MAIN}><si><r><t>A</t></r><r><t xml:space='preserve'> b</t></r><rPh><t>no</t></rPh></si></sst>"
        )
        cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
        path = write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)}, {"xl/sharedStrings.xml": shared})
        assert read(path).rows == [["A b"]]

    @pytest.mark.parametrize("seed", range(5))
    def test_the_pattern_and_the_reader_of_xml_agree(self, tmp_path, monkeypatch, seed):
        """Rows of plain cells are split by a pattern; read through the XML reader they are the same."""
        rng = np.random.default_rng(seed)
        rows = [
            [
                ("", float(rng.normal()), int(rng.integers(1e6)), f"t{rng.integers(9)}")[rng.integers(4)]
                for _ in range(rng.integers(0, 30))
            ]
            for _ in range(50)
        ]
        path = write_xlsx(tmp_path / "a.xlsx", {"S": rows})
        quick = read(path).rows
        monkeypatch.setattr(xlsx_sheet, "_CELL", xlsx_sheet.re.compile("(nothing)(a)(b)(c)(d)"))
        row_by_row = read(path).rows
        monkeypatch.setattr(xlsx_sheet, "_START", xlsx_sheet.re.compile("never"))
        assert quick == row_by_row == read(path).rows

    def test_names_with_a_prefix(self, tmp_path):
        main = MAIN.replace("xmlns=", "xmlns:x=")
        row = '<x:row r="1"><x:c r="B1"><x:v>5</x:v></x:c></x:row>'
        text = f"{HEAD}<x:worksheet {main}><x:sheetData>{row}</x:sheetData></x:worksheet>"
        assert read(write_xlsx(tmp_path / "a.xlsx", {"S": text})).rows == [["", "5"]]

    def test_formulas_are_told_and_not_computed(self, tmp_path):
        cells = (
            '<row r="1"><c r="A1" t="inlineStr"><is><t>LSOA code</t></is></c>'
            '<c r="B1" t="inlineStr"><is><t>n</t></is></c>'
            '<c r="C1" t="inlineStr"><is><t>m</t></is></c></row>'
            '<row r="2"><c r="A2" t="inlineStr"><is><t>E01000001</t></is></c><c r="B2"><f>C2*2</f><v>4</v></c>'
            '<c r="C2"><f>[1]Sheet1!A1</f><v>2</v></c></row>'
        )
        grid = read(write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)}))
        assert grid.rows[1] == ["E01000001", "4", "2"] and grid.formulas == {1: "B2", 2: "C2"} and grid.linked == (2,)
        with pytest.raises(
            DataError, match="'n' is left out: it holds formulas .first in cell B2.*'m' .* another workbook"
        ):
            clean(grid)

    def test_leftover_links_that_no_cell_uses_do_no_harm(self, tmp_path):
        link = {"xl/externalLinks/externalLink1.xml": f"{HEAD}<externalLink {MAIN}/>"}
        assert len(clean(read(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}, link))).table) == 2

    @pytest.mark.parametrize(
        "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
    )
    def test_entities_are_refused(self, tmp_path, part):
        bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
        path = write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}, {part: bomb})
        with pytest.raises(DataError, match="defines XML entities"):
            read(path)

    @pytest.mark.parametrize(
        "cells, words",
        [
            ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "absurdly long"),
            ('<row r="2"></row><row r="1"></row>', "row 1 after row 2"),
            ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "at most 4,000 columns"),
            ('<row r="1"><c r="A1" t="s"><v>99</v></c></row>', "refers to a text that is not there"),
            ('<row r="1"><c r="A1"><v>1</v></c>', "cut off"),
            ("<row r='1'><c></row>", "broken"),
            ("stray text</row>", "stands where a row should"),
        ],
    )
    def test_sheets_that_are_refused(self, tmp_path, cells, words):
        with pytest.raises(DataError, match=words):
            read(write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)}))

    def test_a_stray_cell_far_down_does_not_make_a_million_rows(self, tmp_path):
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
        assert len(read(write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)})).rows) == 2 + xlsx_sheet.MOST_BLANK_ROWS

    def test_a_sheet_that_is_cut_off(self, tmp_path):
        text = sheet('<row r="1"><c r="A1"><v>1</v></c></row>').partition("</sheetData>")[0]
        with pytest.raises(DataError, match="cut off"):
            read(write_xlsx(tmp_path / "a.xlsx", {"S": text}))

    def test_relations_that_lead_out_of_the_workbook(self, tmp_path):
        relations = f'{HEAD}<Relationships><Relationship Id="rId1" Target="../../../../etc/passwd"/></Relationships>'
        with pytest.raises(DataError, match="no worksheet"):
            read(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}, {"xl/_rels/workbook.xml.rels": relations}))

    def test_blank_rows_at_the_end(self, tmp_path):
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" s="1"/><row r="3" s="1"/>'
        assert read(write_xlsx(tmp_path / "a.xlsx", {"S": sheet(cells)})).rows == [["1"]]

    @pytest.mark.parametrize("begin", ["", "<!-- a comment sends the sheet through the XML reader -->"])
    def test_merged_cells(self, tmp_path, begin):
        """Places count without the blank rows that are dropped: row 300 is the 103rd that is kept."""
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>'
        cells += '<row r="300"><c r="A300"><v>3</v></c></row>'
        merged = '<mergeCells count="2"><mergeCell ref="A1:A2"/><mergeCell ref="B300:C302"/></mergeCells>'
        text = f"{HEAD}<worksheet {MAIN}>{begin}<sheetData>{cells}</sheetData>{' ' * 600_000}{merged}</worksheet>"
        grid = read(write_xlsx(tmp_path / "a.xlsx", {"S": text}))
        assert grid.merged == [(0, 0, 1, 0), (102, 1, 104, 2)] and grid.rows[102] == ["3"]

    @pytest.mark.parametrize("begin", ["", "<!-- a comment sends the sheet through the XML reader -->"])
    def test_hidden_rows_and_columns_are_said(self, tmp_path, begin):
        """A filter hides row 3; column C is hidden by hand, and so is all that is right of the table."""
        rows = "".join(
            f'<row r="{row}"{hidden}><c r="A{row}" t="str"><v>{code}</v></c><c r="B{row}"><v>1</v></c>'
            f'<c r="C{row}"><v>2</v></c></row>'
            for row, code, hidden in ((1, "LSOA21CD", ""), (2, "E01000001", ""), (3, "E01000002", ' hidden="1"'))
        )
        columns = '<cols><col min="3" max="3" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>'
        blank = '<row r="4" hidden="1"/>'
        text = f"{HEAD}<worksheet {MAIN}>{begin}{columns}<sheetData>{rows}{blank}</sheetData></worksheet>"
        grid = read(write_xlsx(tmp_path / "a.xlsx", {"S": text}))
        assert grid.facts == {"hidden": "1 rows (first row 3) and columns C"}
        assert "1 rows (first row 3) and columns C of the sheet are hidden" in " ".join(clean(grid).warnings)
        assert "hidden" not in read(write_xlsx(tmp_path / "b.xlsx", {"S": ROWS})).facts

    def test_an_empty_sheet(self, tmp_path):
        empty = f"{HEAD}<worksheet {MAIN}><sheetData/></worksheet>"
        assert read(write_xlsx(tmp_path / "a.xlsx", {"S": empty})).rows == []


def ods_row(*cells, repeated=""):
    inner = "".join(
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>shown</text:p></table:table-cell>'
        if isinstance(cell, float)
        else cell
        if cell.startswith("<")
        else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row{repeated}>{inner}</table:table-row>"


class TestOds:
    def test_values_as_stored_and_repeats(self, tmp_path):
        gap = '<table:table-cell table:number-columns-repeated="2"/>'
        annotation = "<office:annotation><text:p>no</text:p></office:annotation>"
        note = f"<table:table-cell>{annotation}<text:p>a<text:s/>b</text:p></table:table-cell>"
        times = ' table:number-rows-repeated="2"'
        tail = ods_row(gap, repeated=' table:number-rows-repeated="1048570"')
        rows = f"{ods_row('x', gap, 0.125)}{ods_row(note, repeated=times)}{tail}"
        content = f'<table:table table:name="One">{rows}</table:table>'
        content += f'<table:table table:name="Two">{ods_row(5.0)}</table:table>'
        path = write_ods(tmp_path / "a.ods", content)
        grid = read(path, "One")
        assert (
            grid.rows[:3] == [["x", "", "", "0.125"], ["a b"], ["a b"]]
            and len(grid.rows) == 3 + xlsx_sheet.MOST_BLANK_ROWS
        )
        assert read(path, "Two").rows == [["5.0"]]

    def test_hidden_rows_and_columns(self, tmp_path):
        unseen = ' table:visibility="filter" table:number-rows-repeated="2"'
        columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
        rows = columns + ods_row("code", "n") + ods_row("E01000001", 1.0, repeated=unseen)
        grid = read(write_ods(tmp_path / "a.ods", f'<table:table table:name="S">{rows}</table:table>'))
        assert grid.facts == {"hidden": "2 rows (first row 2) and columns B"} and len(grid.rows) == 3

    def test_formulas(self, tmp_path):
        cell = '<table:table-cell table:formula="of:=[.B1]" office:value-type="float" office:value="2"/>'
        grid = read(write_ods(tmp_path / "a.ods", f'<table:table table:name="S">{ods_row("x", cell)}</table:table>'))
        assert grid.formulas == {1: "B1"} and grid.rows == [["x", "2"]]

    def test_merged_cells(self, tmp_path):
        merged = '<table:table-cell table:number-rows-spanned="2"><text:p>E01000001</text:p></table:table-cell>'
        rows = ods_row("code", "n") + ods_row(merged, 1.0) + ods_row("<table:covered-table-cell/>", 2.0)
        grid = read(write_ods(tmp_path / "a.ods", f'<table:table table:name="S">{rows}</table:table>'))
        assert grid.merged == [(1, 0, 2, 0)] and grid.rows[2] == ["", "2.0"]

    @pytest.mark.parametrize(
        "row, words",
        [
            (ods_row(1.0, repeated=' table:number-rows-repeated="99999999"'), "rows are repeated"),
            (
                ods_row('<table:table-cell table:number-columns-repeated="5000"><text:p>x</text:p></table:table-cell>'),
                "over 4,000 columns",
            ),
        ],
    )
    def test_absurd_repetition(self, tmp_path, row, words):
        with pytest.raises(DataError, match=words):
            read(write_ods(tmp_path / "a.ods", f'<table:table table:name="S">{row}</table:table>'))

    def test_entities_are_refused(self, tmp_path):
        text = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
        with pytest.raises(DataError, match="a.ods: content.xml: defines XML entities"):
            read(write_zip(tmp_path / "a.ods", {"content.xml": text}))


class TestOpening:
    def test_by_content_and_not_by_ending(self, tmp_path):
        path = write_xlsx(tmp_path / "table.csv", {"S": ROWS})
        assert read(path).rows[0] == ["LSOA code", "n"]

    def test_text_zip_and_gzip(self, tmp_path):
        data = b"code,n\nE01000001,1\n"
        (tmp_path / "a.txt").write_bytes(data)
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(data))
        write_zip(tmp_path / "a.zip", {"small.csv": "x\n", "big.csv": data, "notes.pdf": "x"})
        for name in ("a.txt", "a.csv.gz", "a.zip"):
            assert read(tmp_path / name).rows == [["code", "n"], ["E01000001", "1"]]
        with open_tables(tmp_path / "a.zip") as tables:
            assert tables.sheets == ["big.csv", "small.csv"]

    @pytest.mark.parametrize(
        "name, data, words",
        [
            ("a.csv", b"", "the file is empty"),
            ("a.pdf", b"%PDF-1.4 ...", "is a PDF"),
            ("a.json", b'{"a": 1}', "is JSON"),
            ("a.csv", b"abc\x00def\x00\x00" * 10, "no text file"),
            ("a.xls", b"\xd0\xcf\x11\xe0" + b"x" * 100, "of before 2007"),
        ],
    )
    def test_what_is_no_table(self, tmp_path, name, data, words):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=words):
            read(tmp_path / name)

    def test_zips_that_are_no_table(self, tmp_path):
        with pytest.raises(DataError, match="holds no CSV"):
            read(write_zip(tmp_path / "a.zip", {"a.pdf": "x"}))
        with pytest.raises(DataError, match="binary workbook"):
            read(write_zip(tmp_path / "a.xlsb", {"xl/workbook.bin": "x"}))
        with pytest.raises(DataError, match="there is no such file"):
            read(tmp_path / "absent.csv")

    def test_a_workbook_that_is_a_bomb(self, tmp_path):
        path = write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}, {"xl/worksheets/sheet1.xml": "<row/>" * 20_000_000})
        with pytest.raises(DataError, match="times its size; it is refused"):
            read(path)

    def test_cancel(self, tmp_path):
        def stop():
            raise Cancelled("Cancelled.")

        path = write_xlsx(tmp_path / "a.xlsx", {"S": ROWS})
        with pytest.raises(Cancelled):
            open_tables(path, check=stop)

    def test_the_file_is_never_changed(self, tmp_path):
        path = write_xlsx(tmp_path / "a.xlsx", {"S": ROWS})
        before = path.read_bytes()
        read(path)
        assert path.read_bytes() == before


@pytest.mark.parametrize("seed", range(80))
def test_a_damaged_workbook_is_read_or_refused_in_words(tmp_path, seed):
    """Bytes of its parts, or of the zip itself, dropped and overwritten: rows or a DataError, and no hang."""
    rng = np.random.default_rng(seed)
    path = write_xlsx(tmp_path / "a.xlsx", {"S": ROWS * 20, "T": [["x", 1, 2.5]] * 30})
    if seed % 2:
        path.write_bytes(damaged(path.read_bytes(), rng))
    else:
        with archive.open_zip(path) as opened:
            parts = {member: opened.read(member) for member in opened.namelist()}
        name = sorted(parts)[int(rng.integers(len(parts)))]
        write_zip(path, {**parts, name: damaged(parts[name], rng)})
    try:
        with open_tables(path) as tables:
            for name in tables.sheets:
                assert all(isinstance(cell, str) for row in tables.whole(name).rows for cell in row)
    except DataError:
        pass


def damaged(data, rng):
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 8))):
        place = int(rng.integers(max(len(data), 1)))
        kind = rng.integers(3)
        if kind == 0:
            del data[place : place + int(rng.integers(1, 50))]
        elif kind == 1:
            data[place : place + 4] = bytes(rng.integers(0, 256, 4, dtype=np.uint8))
        else:
            data[place:place] = data[place : place + int(rng.integers(1, 80))]
    return bytes(data)


@pytest.fixture
def published(england):
    """The folder of files as published; skipped where it is absent."""
    folder = england.parent / "published_formats"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


MEMORY = """
import re, sys
sys.path.insert(0, {tools!r})
from register import register
register()
from pathlib import Path
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.processing_provider.spreadsheets.tables import open_tables
with open_tables(Path({file!r})) as tables:
    found = import_tables(tables, "file")
# getrusage would count what the parent held when it started this process.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)
print(len(found.table), int(peak) // 1024)
"""


def test_an_ods_of_98_megabytes_stays_within_one_gigabyte(published, repository):
    program = MEMORY.format(tools=str(repository / "tools"), file=str(published / "jts0509.ods"))
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    areas, megabytes = map(int, finished.stdout.split())
    assert areas == 32844 and megabytes < 1000


def test_reading_is_a_stream(tmp_path):
    """A large sheet is not held as text: its member is read in blocks."""
    sizes = []

    class Watched(io.BytesIO):
        def read(self, size=-1):
            sizes.append(size)
            return super().read(size)

    row = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
    text = sheet("".join(row.format(number) for number in range(1, 20_001)))
    cells = xlsx_sheet.Cells("S", [], frozenset(), frozenset(), None, xlsx_sheet.Formulas())
    rows = sum(1 for _ in xlsx_sheet.read_sheet(lambda: Watched(text.encode()), cells, lambda: None))
    assert rows == 20_000 and max(sizes) <= 1 << 18 and min(sizes) > 0


def test_hidden_sheets(tmp_path):
    """As Excel (hidden, or hidden for good) and LibreOffice (by the style of the table) write them."""
    names = {"shown": "", "hidden": 'state="hidden"', "secret": 'state="veryHidden"'}
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}" {state}/>'
        for place, (name, state) in enumerate(names.items(), start=1)
    )
    space = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    book = {"xl/workbook.xml": f"{HEAD}<workbook {MAIN} {space}><sheets>{sheets}</sheets></workbook>"}
    with open_tables(write_xlsx(tmp_path / "a.xlsx", dict.fromkeys(names, ROWS), book)) as tables:
        assert tables.sheets == list(names) and set(tables.hidden) == {"hidden", "secret"}
    urn = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
    styles = "".join(
        f'<style:style xmlns:style="{urn}" style:name="{name}"><style:table-properties table:display="{shown}"/>'
        "</style:style>"
        for name, shown in (("a", "true"), ("b", "false"))
    )
    rows = "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    body = "".join(f'<table:table table:name="{one}" table:style-name="{one}">{rows}</table:table>' for one in "ab")
    with open_tables(write_ods(tmp_path / "a.ods", styles + body)) as tables:
        assert tables.sheets == ["a", "b"] and set(tables.hidden) == {"b"}
