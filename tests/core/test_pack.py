"""Opening a data pack and reading its tables; every refusal names the file, the column or the area."""

from __future__ import annotations

import gzip
import json
import os
import zipfile

import numpy as np
import pytest
from tiny_pack import LSOA21, MSOA_A, RESIDENTS

from hyperlocal_need.core import methodology, zip_guard
from hyperlocal_need.core import pack as pack_module
from hyperlocal_need.core.errors import NeedError, PackError
from hyperlocal_need.core.pack import Pack


def refusal(path) -> str:
    with pytest.raises(PackError) as caught:
        Pack.open(path)
    return str(caught.value)


def zipped(folder, place, prefix=""):
    with zipfile.ZipFile(place, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, prefix + file.name)
    return place


class TestOpening:
    @pytest.mark.parametrize("form", ["folder", "pack.json", "zip", "zip with a folder"])
    def test_every_form_gives_the_same_tables(self, tiny, tmp_path, form):
        folder = tiny.write()
        path = {
            "folder": lambda: folder,
            "pack.json": lambda: folder / "pack.json",
            "zip": lambda: zipped(folder, tmp_path / "a.zip"),
            "zip with a folder": lambda: zipped(folder, tmp_path / "b.zip", "inner/"),
        }[form]()
        with Pack.open(path) as pack:
            assert pack.title == "Tiny" and pack.attribution == ("Invented.",)
            assert pack.population().tolist() == RESIDENTS

    def test_closing_removes_what_was_unpacked(self, tiny, tmp_path):
        pack = Pack.open(str(zipped(tiny.write(), tmp_path / "a.zip")))
        folder = pack.folder
        assert folder.is_dir()
        pack.close()
        pack.close()
        assert not folder.exists()

    def test_closing_a_folder_leaves_it(self, tiny):
        with tiny.open() as pack:
            pass
        assert (pack.folder / "pack.json").is_file()

    def test_files_and_digests(self, tiny):
        pack = tiny.open()
        assert pack.files()[:3] == ("lsoa21.gpkg", "oa11.gpkg", "lsoa21.csv") and len(set(pack.files())) == len(
            pack.files()
        )
        assert len(pack.digest("income.csv")) == 64 and pack.digest("income.csv") != pack.digest("jobs.csv")
        assert pack.digest("income.csv") == pack.digest("income.csv")


class TestNoPack:
    def test_nothing_there(self, tmp_path):
        assert (
            refusal(tmp_path / "none")
            == f"{tmp_path / 'none'}: there is no such pack (a folder or zip with pack.json)."
        )

    def test_a_folder_without_pack_json(self, tmp_path):
        assert refusal(tmp_path).endswith("there is no pack.json in it.")

    def test_a_zip_that_is_none(self, tmp_path):
        place = tmp_path / "pack.zip"
        place.write_bytes(b"PK no zip")
        assert refusal(place).startswith("pack.zip: not a zip that can be read")

    def test_a_zip_that_breaks_off(self, tiny, tmp_path):
        place = zipped(tiny.write(), tmp_path / "pack.zip")
        place.write_bytes(place.read_bytes()[:-30])
        assert refusal(place).startswith("pack.zip: not a zip that can be read")

    def test_a_zip_without_pack_json(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
            archive.writestr("readme.txt", "empty")
        assert refusal(tmp_path / "pack.zip") == "pack.zip: there is no pack.json in it."

    @pytest.mark.parametrize("name", ["../evil.csv", "/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:evil.csv"])
    def test_a_zip_that_points_outside(self, tmp_path, name):
        with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), "x")
        message = refusal(tmp_path / "pack.zip")
        assert message.startswith("pack.zip: '") and "evil.csv' leads out of the zip's own folder" in message
        assert not list(tmp_path.parent.glob("evil.csv"))

    @pytest.mark.parametrize("name", ["NUL", "con.csv", "a/aux/b.csv", "COM1", "lpt9.csv.gz", "dot.", "a /b.csv"])
    def test_a_zip_with_a_name_that_is_no_file_on_windows(self, tmp_path, name):
        for kept in ("nullable.csv", "console.csv", "a.b.csv"):
            assert not zip_guard.fault([zipfile.ZipInfo(kept)], most_bytes=9, most_bytes_of_one=9)
        with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), "x")
        assert (
            refusal(tmp_path / "pack.zip") == f"pack.zip: '{name}' is a name that Windows does not take; it is refused."
        )

    def test_a_zip_too_large(self, tiny, tmp_path, monkeypatch):
        place = zipped(tiny.write(), tmp_path / "pack.zip")
        monkeypatch.setattr(zip_guard, "MOST_MEMBERS", 3)
        assert "3 are the most that are read" in refusal(place)

    def test_a_zip_that_unfolds_without_bounds(self, tmp_path):
        """The same guard as for published files: 21 MB of nothing in a few kilobytes."""
        with zipfile.ZipFile(tmp_path / "pack.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("pack.json", b" " * (zip_guard.HARMLESS_BYTES + 1_000_000))
        assert "times its size; it is refused" in refusal(tmp_path / "pack.zip")

    @pytest.mark.parametrize(
        "text, message",
        [
            ("{", "pack.json is not JSON"),
            ("[]", "pack.json must hold an object"),
            ('{"a": 1, "a": 2}', "a: given twice in one object (1 and 2)"),
            (b"\xff\xfe\x00", "pack.json is not JSON"),
            pytest.param('{"a":' * 101 + "1" + "}" * 101, "it is nested too deep", id="101 levels"),
            pytest.param('{"a":' * 60_000 + "1" + "}" * 60_000, "it is nested too deep", id="60,000 levels"),
            ('{"title": "\\ud800 is half a character"}', "pack.json is not JSON"),
            ('{"title": "' + "a" * 20_001 + '"}', "pack.json.title: has 20,001 letters; 20,000 are the most."),
            ('{"' + "a" * 1_000_000 + '": 1}', "unknown key 'aaa"),
        ],
    )
    def test_a_pack_json_that_is_none(self, tmp_path, text, message):
        (tmp_path / "pack.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        assert message in refusal(tmp_path) and len(refusal(tmp_path)) < 4000

    def test_a_fault_in_a_zip_leaves_nothing_behind(self, tiny, tmp_path, monkeypatch):
        del tiny.spec["title"]
        place = zipped(tiny.write(), tmp_path / "pack.zip")
        (tmp_path / "room").mkdir()
        monkeypatch.setattr(pack_module.tempfile, "tempdir", str(tmp_path / "room"))
        assert refusal(place) == "pack.zip: pack.json: the key 'title' is missing."
        assert not list((tmp_path / "room").iterdir())


class TestTables:
    def test_numbers_texts_and_gaps(self, tiny):
        tiny.tables["income.csv"] = [["code", "name", "income"], [f" {MSOA_A} ", "NA", ""], ["E02000002", "B", "3e4"]]
        table = tiny.open().table("income.csv", "code", texts=["name"], numbers=["income"])
        assert list(table.index) == [MSOA_A, "E02000002"]
        assert table["name"].tolist() == ["NA", "B"]
        assert np.isnan(table["income"].iloc[0]) and table["income"].iloc[1] == 30000 and table["income"].dtype == float

    def test_a_byte_order_mark_and_gzip(self, tiny):
        folder = tiny.write()
        with gzip.open(folder / "income.csv.gz", "wt", encoding="utf-8-sig") as stream:
            stream.write(f"code,income\n{MSOA_A},1\n")
        assert Pack.open(folder).table("income.csv.gz", "code", numbers=["income"])["income"].tolist() == [1]

    def test_it_is_read_once(self, tiny):
        pack = tiny.open()
        assert pack.table("income.csv", "code", numbers=["income"]) is pack.table(
            "income.csv", "code", numbers=["income"]
        )

    def test_points_without_a_place_are_left_out(self, tiny):
        tiny.tables["postcodes.csv"] = [["x", "y", "live"], [1, 2, 1], ["", 2, 1], [3, 4, 0]]
        points = tiny.open().table_of_points("postcodes.csv", ["x", "y"], "live")
        assert points["x"].tolist() == [1, 3] and points["live"].tolist() == [1, 0]

    def test_live_may_be_true_and_false(self, tiny):
        tiny.tables["postcodes.csv"] = [["x", "y", "live"], [1, 2, "True"], [3, 4, "False"]]
        assert tiny.open().table_of_points("postcodes.csv", ["x", "y"], "live")["live"].tolist() == [1, 0]

    def test_points_name_their_line(self, tiny):
        tiny.tables["postcodes.csv"] = [["x", "y"], [1, 2], [1, "north"]]
        with pytest.raises(PackError, match="postcodes.csv: column 'y' holds 'north' for line 3"):
            tiny.open().table_of_points("postcodes.csv", ["x", "y"])

    def test_population_of_a_geography_that_it_lacks(self, tiny):
        assert tiny.open().population("MSOA11") is None


def _write(file, rows):
    return lambda tiny: tiny.tables.update({file: rows})


def _bytes(tiny, content):
    folder = tiny.write()
    tiny.tables.pop("income.csv")
    (folder / "income.csv").write_bytes(content)


TABLE_REFUSALS = {
    "missing": (lambda tiny: tiny.tables.pop("income.csv"), "tiny: the file 'income.csv' is missing"),
    "empty": (_write("income.csv", [["code", "income"]]), "income.csv: the table has no rows"),
    "empty file": (lambda tiny: _bytes(tiny, b""), "income.csv: cannot be read as a table"),
    "Latin-1": (lambda tiny: _bytes(tiny, b"code,income\nE\xe9,1\n"), "income.csv: cannot be read as a table"),
    "no end of the first line": (
        lambda tiny: _bytes(tiny, b"code," + b"x," * 500_000),
        "income.csv: cannot be read as a table (its first line has 100,000 letters and more)",
    ),
    "no code column": (
        _write("income.csv", [["msoa", "income"], ["E1", 1]]),
        "income.csv: there is no column 'code'; it has msoa, income",
    ),
    "no value column": (
        _write("income.csv", [["code", "pounds"], ["E1", 1]]),
        "income.csv: there is no column 'income'; it has code, pounds",
    ),
    "a code is missing": (
        _write("income.csv", [["code", "income"], ["E1", 1], [" ", 2]]),
        "income.csv: column 'code' is empty in line 3",
    ),
    "duplicate codes": (
        _write("income.csv", [["code", "income"], ["E1", 1], ["E1 ", 2]]),
        "income.csv: column 'code' holds E1 more than once",
    ),
    "many duplicates": (
        _write("income.csv", [["code", "income"], *([f"E{n % 7}", 1] for n in range(14))]),
        "holds E0, E1, E2, E3, E4 and 2 more more than once",
    ),
    "text among numbers": (
        _write("income.csv", [["code", "income"], ["E1", 1], ["E2", "1,200"]]),
        "income.csv: column 'income' holds '1,200' for E2; a number",
    ),
    "a suppression mark": (
        _write("income.csv", [["code", "income"], ["E1", ".."]]),
        "income.csv: column 'income' holds '..' for E1",
    ),
    "an infinity": (
        _write("income.csv", [["code", "income"], ["E1", "inf"]]),
        "income.csv: column 'income' is infinite for E1",
    ),
}


@pytest.mark.parametrize("fault", TABLE_REFUSALS)
def test_a_table_that_cannot_be_used(tiny, fault):
    change, message = TABLE_REFUSALS[fault]
    change(tiny)
    with pytest.raises(PackError) as caught:
        tiny.open().table("income.csv", "code", numbers=["income"])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_unfolds_without_bounds(tiny):
    """25 MB of one code, in 25 kilobytes."""
    folder = tiny.write()
    with gzip.open(folder / "bomb.csv.gz", "wb") as stream:
        stream.write(b"code,income\nE1,1\nE" + b"2" * 25_000_000)
    with Pack.open(folder) as pack, pytest.raises(PackError, match="bomb.csv.gz: .* more than 250 times its size"):
        pack.table("bomb.csv.gz", "code", numbers=["income"])


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/hosts", "a\\..\\b.csv", "."])
def test_no_file_outside_the_pack(tiny, file):
    with pytest.raises(PackError, match="leads out of the pack's folder"):
        tiny.open().path(file)


def test_a_table_of_another_kind(tiny):
    with pytest.raises(PackError, match="lsoa21.gpkg: a table is a .csv or .csv.gz file"):
        tiny.open().table("lsoa21.gpkg", "code")


def test_a_link_out_of_the_pack_is_no_way_out(tiny, tmp_path):
    (tmp_path / "outside.csv").write_text("code\n", encoding="utf-8")
    folder = tiny.write()
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(PackError, match="'link.csv' leads out"):
        Pack.open(folder).path("link.csv")


def test_a_lookup_with_a_hole(tiny):
    tiny.column("lsoa21.csv", "district", ["E07000001", ""])
    with pytest.raises(PackError, match=f"lsoa21.csv: column 'district' is empty for {LSOA21[1]}"):
        tiny.open().lookup("LSOA21")


def test_pack_json_with_a_byte_order_mark(tiny):
    folder = tiny.write()
    (folder / "pack.json").write_text(json.dumps(tiny.spec), encoding="utf-8-sig")
    assert Pack.open(folder).title == "Tiny"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system knows no pipes")
@pytest.mark.parametrize("read", [Pack.open, methodology.load], ids=["a pack", "a methodology"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, read):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with pytest.raises(NeedError, match="no such pack|is not a file"):
        read(pipe)
