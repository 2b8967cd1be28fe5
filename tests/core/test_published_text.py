"""Text files: encodings and separators found out; known tables come back from whatever they were dressed in."""

from __future__ import annotations

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest
from published_dress import as_bytes, dress

from hyperlocal_need.core import zip_guard
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.published.making.clean import clean
from hyperlocal_need.core.published.reading import archive, sniff
from hyperlocal_need.core.published.reading.grid import Grid

ROWS = "code{0}name{0}n\nE01000001{0}Caf\u00e9, West{0}1\nE01000002{0}East{0}2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t", "|", "\u00ac"])
def test_encoding_and_separator(encoding, separator):
    grid = sniff.read_text(ROWS.format(separator).encode(encoding), "file")
    assert grid.rows[1] == ["E01000001", "Caf\u00e9, West", "1"]


def test_commas_inside_names_do_not_win_over_semicolons():
    rows = "Code;Deaths, all ages, SMR;Deaths, under 75, SMR,,,\n" + "E02000001;67.9;66.2,,,\nE02000002;50;60,,,\n" * 5
    grid = sniff.read_text(rows.encode(), "file")
    assert grid.facts["separator"] == ";" and clean(Grid("x", grid.rows[:3])).table.iloc[0, 1] == 66.2


def test_fields_in_quotes_with_line_breaks():
    grid = sniff.read_text(b'code,"a\nlong ""header""",n\nE01000001,"x, y",1\n', "file")
    assert grid.rows == [["code", 'a\nlong "header"', "n"], ["E01000001", "x, y", "1"]]


def test_a_quotation_mark_that_is_never_closed():
    grid = sniff.read_text(b'code;name;n\nE01000001;12" pipe;1\nE01000002;"open;2\nE01000003;c;3\n', "file")
    assert len(grid.rows) == 4


def test_settled_by_hand():
    grid = sniff.read_text(b"a:b\n1:2\n", "file", separator=":")
    assert grid.rows == [["a", "b"], ["1", "2"]]
    with pytest.raises(DataError, match="SEPARATOR: 'ab' must be one character"):
        sniff.read_text(b"a", "file", separator="ab")
    with pytest.raises(DataError, match="file: cannot be read as ascii"):
        sniff.read_text("\u00e9".encode(), "file", encoding="ascii")


@pytest.mark.parametrize("seed", range(40))
def test_a_dressed_table_comes_back(seed):
    """As rows, and as bytes in a random encoding and separator: areas, vintage and every figure, to the last digit."""
    dressed = dress(seed)
    for grid in (Grid("rows", dressed.rows), sniff.read_text(as_bytes(dressed.rows, seed), "bytes")):
        found = clean(grid)
        wanted = dressed.table.sort_index()
        assert found.geography == dressed.geography
        assert list(found.table.index) == list(wanted.index)
        assert np.array_equal(found.table.to_numpy(), wanted.to_numpy(), equal_nan=True), found.table.columns


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_read_or_refused_in_words(seed):
    """Bytes dropped, doubled, overwritten: a table or a DataError, nothing else, and no hang."""
    rng = np.random.default_rng([seed, 7])
    data = bytearray(as_bytes(dress(seed).rows, seed))
    for _ in range(int(rng.integers(1, 40))):
        place = int(rng.integers(len(data)))
        kind = rng.integers(4)
        if kind == 0:
            del data[place : place + int(rng.integers(1, 200))]
        elif kind == 1:
            data[place:place] = bytes(rng.integers(0, 256, int(rng.integers(1, 20)), dtype=np.uint8))
        elif kind == 2:
            data[place : place + 1] = b'"'
        else:
            data[place:place] = data[place : place + int(rng.integers(1, 300))]
        if len(data) < 10:
            break
    try:
        found = clean(sniff.read_text(bytes(data), "damaged"))
    except DataError:
        return
    assert isinstance(found.table, pd.DataFrame) and found.table.index.is_unique


class TestArchives:
    def make(self, path, members):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in members.items():
                target.writestr(name, data)
        return path

    def test_members_are_read_without_unpacking(self, tmp_path):
        path = self.make(tmp_path / "a.zip", {"in/a.csv": "a,b\n1,2\n", "notes.pdf": "x", "b.csv": "c\n" * 9})
        with archive.open_zip(path) as opened:
            assert [member.filename for member in archive.text_members(opened)] == ["b.csv", "in/a.csv"]
            assert archive.read_member(opened, "in/a.csv") == b"a,b\n1,2\n"
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]

    def test_a_member_that_leads_out(self, tmp_path):
        path = self.make(tmp_path / "a.zip", {"../outside.csv": "a,b\n1,2\n"})
        with pytest.raises(DataError, match="'../outside.csv' leads out of the zip's own folder; it is refused"):
            archive.open_zip(path)

    def test_a_bomb(self, tmp_path):
        path = self.make(tmp_path / "bomb.zip", {"a.csv": b"0" * 60_000_000})
        with pytest.raises(DataError, match="'a.csv' unfolds to .* times its size; it is refused"):
            archive.open_zip(path)

    def test_a_gzip_bomb(self, tmp_path):
        path = tmp_path / "bomb.csv.gz"
        path.write_bytes(gzip.compress(b"0" * 60_000_000))
        with pytest.raises(DataError, match="unfolds to more than"):
            archive.read_gzip(path)

    def test_too_many_members(self, tmp_path, monkeypatch):
        monkeypatch.setattr(zip_guard, "MOST_MEMBERS", 2)
        path = self.make(tmp_path / "many.zip", {f"{number}.csv": "x" for number in range(3)})
        with pytest.raises(DataError, match="holds 3 files"):
            archive.open_zip(path)

    def test_a_member_longer_than_the_list_says(self, tmp_path):
        path = self.make(tmp_path / "a.zip", {"a.csv": "x" * 1000})
        with archive.open_zip(path) as opened:
            opened.getinfo("a.csv").file_size = 10
            with pytest.raises(DataError, match="unfold"):
                archive.read_member(opened, "a.csv")

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip"])
    def test_no_zip(self, tmp_path, data):
        (tmp_path / "a.zip").write_bytes(data)
        with pytest.raises(DataError, match="a.zip: not a zip that can be read"):
            archive.open_zip(tmp_path / "a.zip")

    def test_a_member_that_is_not_there(self, tmp_path):
        with archive.open_zip(self.make(tmp_path / "a.zip", {"a.csv": "x"})) as opened, pytest.raises(DataError):
            archive.read_member(opened, "b.csv")


def test_rows_that_an_unquoted_comma_makes_longer_than_the_header_are_refused():
    rows = [f"E0100000{place},{place},90{place}" for place in range(1, 9)]
    longer = ["LSOA21CD,cases,people", *rows[:5], "E01000009,1,013,2,500", "Source: a, b, c, d, e"]
    with pytest.raises(DataError, match=r"1 of 6 rows have more cells than the header, the first of them row 7"):
        clean(sniff.read_text("\n".join(longer).encode(), "file.csv"))
    blank = ["LSOA21CD,cases,people", *rows[:5], f"{rows[5]},,", "Source: a, b, c, d, e"]
    assert len(clean(sniff.read_text("\n".join(blank).encode(), "file.csv")).table) == 6


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", "\n<HTML lang='en'>", "<table>"])
def test_a_web_page_is_said_to_be_one(start):
    with pytest.raises(DataError, match="file.csv: is a web page .HTML., not a table; download"):
        sniff.read_text(f"{start}<tr><td>E01000001</td></tr>".encode(), "file.csv")
