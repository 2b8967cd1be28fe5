"""Reading a result's GeoPackage as frames, without QGIS: here a file of the same shape made with sqlite3."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from hyperlocal_need.core.errors import Cancelled, DataError
from hyperlocal_need.core.findings import saved

METHODOLOGY = None


def write(path, **tables):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS gpkg_contents (table_name TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS gpkg_geometry_columns (table_name TEXT, column_name TEXT)")
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES ('need', 'shape')")
        for name, (columns, rows) in tables.items():
            connection.execute("INSERT INTO gpkg_contents VALUES (?)", (name,))
            connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    return path


@pytest.fixture
def file(tmp_path):
    return write(
        tmp_path / "need.gpkg",
        need=(
            "fid INTEGER, shape BLOB, area_code TEXT, need_score REAL, need_rank INTEGER, note TEXT",
            [(1, b"x", "E1", 2.5, 1, None), (2, b"y", "E2", None, None, "why")],
        ),
        districts=("fid INTEGER, district_code TEXT, extent REAL", [(1, "D1", None)]),
        quality=("fid INTEGER, indicator TEXT, status TEXT", [(1, "crime", "absent")]),
        indicators=("fid INTEGER, area_code TEXT, crime REAL, crime_provenance TEXT", [(1, "E1", 3.0, "direct")]),
    )


def test_frames_are_keyed_by_code_without_geometry(file):
    read = saved.read(file, METHODOLOGY, country="All")
    assert list(read.need) == ["need_score", "need_rank", "note"]
    assert read.need.index.tolist() == ["E1", "E2"] and read.districts.index.name == "district_code"
    assert read.need["need_score"].isna().tolist() == [False, True]
    assert read.need["note"].tolist() == [None, "why"]
    assert read.country == "All"


def test_a_number_column_without_any_value_is_of_gaps_and_a_stage_that_is_not_there_is_empty(file):
    read = saved.read(file, METHODOLOGY)
    assert read.districts["extent"].dtype == float and read.districts["extent"].isna().all()
    assert read.shrunk.empty and not read.has_stages()
    assert str(read.indicators["crime_provenance"].dtype) == "category"


def test_it_reads_in_blocks_and_hears_a_cancel(file):
    told = []
    saved.read(file, METHODOLOGY, progress=lambda fraction, text: told.append((fraction, text)))
    assert [text for _, text in told][:2] == ["need", "need"] and told == sorted(told, key=lambda one: one[0])

    def cancel(fraction, text):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        saved.read(file, METHODOLOGY, progress=cancel)


def test_the_file_is_left_as_it_was(file):
    before = file.read_bytes()
    saved.read(file, METHODOLOGY)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["need.gpkg"]


def test_what_is_no_result_is_refused_by_name(tmp_path, file):
    with pytest.raises(DataError, match="gone.gpkg: the file is not there"):
        saved.read(tmp_path / "gone.gpkg", METHODOLOGY)
    (tmp_path / "text.gpkg").write_text("not a database, but long enough to be looked at by SQLite " * 20)
    with pytest.raises(DataError, match="text.gpkg: cannot be read as a GeoPackage"):
        saved.read(tmp_path / "text.gpkg", METHODOLOGY)
    other = write(tmp_path / "other.gpkg", need=("area_code TEXT", [("E1",)]))
    with pytest.raises(DataError, match="no layer 'districts'"):
        saved.read(other, METHODOLOGY)


def test_an_empty_layer_is_an_empty_frame(tmp_path):
    path = tmp_path / "empty.gpkg"
    write(path, quality=("indicator TEXT", [("x",)]))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM quality")
    assert saved.read_layers(path)["quality"].empty


CERTAINTY = "fid INTEGER, area_code TEXT, need_rank INTEGER, p_hotspot REAL, rank_low INTEGER, rank_median INTEGER, "


@pytest.mark.parametrize(
    ("columns", "rank", "there"),
    [
        (f"{CERTAINTY}rank_high INTEGER, certainty TEXT, tied_with INTEGER, tied_areas TEXT", 1, True),
        (f"{CERTAINTY}rank_high INTEGER, certainty TEXT, tied_with INTEGER, tied_areas TEXT", 2, False),
        ("fid INTEGER, area_code TEXT, mine INTEGER, b REAL, c REAL, d REAL, e REAL, f TEXT, g REAL, h TEXT", 1, False),
    ],
    ids=["of this run", "of an earlier run", "somebody else's"],
)
def test_the_layer_of_certainty_is_read_where_it_is_of_this_run(file, columns, rank, there):
    rows = [(1, "E1", rank, 0.97, 1, 1, 2, "sure", 2, "Ash; Elm")]
    rows.append((2, "E2", *[None] * 8))
    found = saved.read(write(file, certainty=(columns, rows)), METHODOLOGY)
    assert found.certainty.empty is not there
    if there:
        assert found.certainty.loc["E1", "rank_high"] == 2 and found.certainty.loc["E2"].isna().all()
