"""Importing, telling files apart, editing packs and looking at quality, as a user or script runs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeedback

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "core"))

from spreadsheets import write_xlsx  # noqa: E402

LSOAS = [f"E0100000{number}" for number in range(1, 7)]
ROWS = [
    ["Table 1: fuel poverty, 2022"],
    [],
    ["LSOA Code", "Number of households1", "Number of households in fuel poverty1"],
]
ROWS += [[code, 100 + place, "[x]" if place == 2 else 10 + place] for place, code in enumerate(LSOAS)] + [
    ["Source: notes"]
]


class Heard(QgsProcessingFeedback):
    """Keeps the warnings."""

    def __init__(self):
        super().__init__()
        self.warnings = []

    def pushWarning(self, warning):
        self.warnings.append(warning)


def run(name, parameters, feedback=None):
    import processing

    return processing.run(f"hyperlocalneed:{name}", parameters, feedback=feedback or QgsProcessingFeedback())


@pytest.fixture
def workbook(tmp_path):
    return write_xlsx(tmp_path / "fuel_poverty_2022.xlsx", {"Notes": [["nothing"]], "Table 1": ROWS})


@pytest.fixture
def imported(provider, workbook, tmp_path):
    places = {"OUTPUT": str(tmp_path / "out/fuel.csv"), "ENTRY": str(tmp_path / "out/fuel.json")}
    return run("importpublished", {"INPUT": str(workbook), **places})


class TestImport:
    def test_table_entry_and_guesses(self, imported, tmp_path):
        table = pd.read_csv(imported["OUTPUT"])
        assert list(table) == ["LSOA11CD", "number_of_households", "number_of_households_in_fuel_poverty"]
        assert Path(imported["OUTPUT"]).read_text().splitlines()[1:4] == [
            "E01000001,100,10",
            "E01000002,101,11",
            "E01000003,102,",
        ]
        told = json.loads(Path(imported["ENTRY"]).read_text(encoding="utf-8"))
        assert told["entries"]["fuel_poverty"]["denominator"] == "number_of_households"
        assert told["columns"]["number_of_households_in_fuel_poverty"]["marks"] == {"[x]": 1}
        guesses = json.loads(imported["GUESSES"])
        assert (guesses["sheet"], guesses["header_rows"], imported["GEOGRAPHY"], imported["AREAS"]) == (
            "Table 1",
            [3],
            "LSOA11",
            6,
        )
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["fuel.csv", "fuel.json"]

    def test_guesses_are_overruled(self, provider, workbook, tmp_path):
        settings = {
            "GEOGRAPHY": "LSOA21",
            "VALUE_COLUMNS": "C",
            "SHEET": "Table 1",
            "HEADER_ROW": 3,
            "INDICATOR": "fuel_poverty",
        }
        found = run("importpublished", {"INPUT": str(workbook), "OUTPUT": str(tmp_path / "a.csv"), **settings})
        entry = json.loads(found["GUESSES"])["entries"]["fuel_poverty"]
        assert entry["geography"] == "LSOA21" and entry["value"] == "number_of_households_in_fuel_poverty"

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"SHEET": "Table 9"}, "SHEET: there is no 'Table 9'"),
            ({"FILTER": "sex"}, "FILTER: 'sex' is no column=value"),
            ({"CODE_COLUMN": "Ward"}, "there is no column 'Ward'"),
            ({"OUTPUT": "clean.gpkg"}, "must be a .csv file"),
        ],
    )
    def test_mistakes_in_words(self, provider, workbook, tmp_path, change, words):
        settings = {"INPUT": str(workbook), "OUTPUT": str(tmp_path / "a.csv"), **change}
        with pytest.raises(QgsProcessingException, match=words):
            run("importpublished", settings)
        assert not (tmp_path / "a.csv").exists()

    def test_the_published_file_cannot_be_the_output(self, provider, tmp_path):
        path = tmp_path / "own.csv"
        path.write_text("code,n\nE01000001,1\n")
        with pytest.raises(QgsProcessingException, match="is read, as INPUT; choose another file"):
            run("importpublished", {"INPUT": str(path), "OUTPUT": str(path)})
        assert path.read_text() == "code,n\nE01000001,1\n"

    def test_cancel_leaves_nothing(self, provider, workbook, tmp_path):
        feedback = QgsProcessingFeedback()
        feedback.cancel()
        with pytest.raises(QgsProcessingException, match="Cancelled"):
            run("importpublished", {"INPUT": str(workbook), "OUTPUT": str(tmp_path / "a.csv")}, feedback)
        assert sorted(path.name for path in tmp_path.iterdir()) == [workbook.name]

    def test_names_from_another_table(self, provider, tmp_path):
        named, coded = tmp_path / "names.csv", tmp_path / "codes.csv"
        named.write_text("area,n\n" + "".join(f"Durham 00{number},{number}\n" for number in range(1, 6)))
        coded.write_text("code,label\n" + "".join(f"E0200000{number},Durham 00{number}\n" for number in range(1, 6)))
        found = run("importpublished", {"INPUT": str(named), "NAMES": str(coded), "OUTPUT": str(tmp_path / "a.csv")})
        assert found["GEOGRAPHY"] == "MSOA11" and pd.read_csv(found["OUTPUT"])["n"].sum() == 15


def test_which_file_is_which(provider, workbook, tmp_path):
    (tmp_path / "readme.pdf").write_bytes(b"%PDF-1.4")
    output = tmp_path / "out" / "files.csv"
    output.parent.mkdir()
    run("identifysources", {"FOLDER": str(tmp_path), "OUTPUT": str(output)})
    files = pd.read_csv(output).set_index("file")
    assert files.loc[workbook.name, "indicators"] == "fuel_poverty" and files.loc[workbook.name, "sheet"] == "Table 1"
    assert "PDF" in files.loc["readme.pdf", "reason"]


def test_editing_a_pack(imported, tmp_path):
    from tiny_pack import TinyPack

    from hyperlocal_need.core.pack import Pack

    folder = TinyPack(tmp_path / "tiny").write()
    for name in ("lsoa21.gpkg", "oa11.gpkg", "postcodes.csv"):
        (folder / name).touch()
    found = run("editpack", {"PACK": str(folder), "ADD": [imported["ENTRY"]], "OUTPUT": str(tmp_path / "new.zip")})
    with Pack.open(found["OUTPUT"]) as pack:
        assert pack.entries["fuel_poverty"].numerator.columns == ("number_of_households_in_fuel_poverty",)
    with pytest.raises(QgsProcessingException, match="ADD, REMOVE: give an entry"):
        run("editpack", {"PACK": str(folder), "OUTPUT": str(tmp_path / "b.zip")})
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(QgsProcessingException, match="is not an entry written by importing"):
        run("editpack", {"PACK": str(folder), "ADD": [str(tmp_path / "wrong.json")], "OUTPUT": str(tmp_path / "b.zip")})


def test_an_indicator_of_ones_own(imported, tmp_path):
    """Renamed in its entry, the indicator is new to the method: it enters under its parent, shrunk as a count."""
    from tiny_pack import TinyPack

    from hyperlocal_need.core import methodology

    folder = TinyPack(tmp_path / "tiny").write()
    for name in ("lsoa21.gpkg", "oa11.gpkg", "postcodes.csv"):
        (folder / name).touch()
    told = json.loads(Path(imported["ENTRY"]).read_text(encoding="utf-8"))
    entry = tmp_path / "out" / "swans.json"
    entry.write_text(json.dumps({**told, "entries": {"swans": told["entries"]["fuel_poverty"]}}), encoding="utf-8")
    given = {"PACK": str(folder), "ADD": [str(entry)], "OUTPUT": str(tmp_path / "new"), "SHRINKAGE": "logit"}
    given["METHODOLOGY_OUT"] = str(tmp_path / "own.json")
    with pytest.raises(QgsProcessingException, match="PARENT: '' is not in the methodology"):
        run("editpack", given)
    found = run("editpack", {**given, "PARENT": "energy", "DIRECTION": "less", "TITLE": "Swans per household"})
    node = methodology.load(found["METHODOLOGY_OUT"]).node("swans")
    assert (node.title, node.parent, node.direction) == ("Swans per household", "energy", "less")
    assert (node.kind, node.shrinkage, node.geography) == ("count", "logit", "LSOA11")
    with pytest.raises(QgsProcessingException, match="knows all the indicators"):
        run("editpack", {**given, "ADD": [imported["ENTRY"]], "OUTPUT": str(tmp_path / "b.zip"), "PARENT": "energy"})


class TestQuality:
    @pytest.fixture
    def areas(self, tmp_path):
        """Forty squares with two indicators, one of them mostly zero, and a gap."""
        from qgis.core import QgsFeature, QgsGeometry, QgsRectangle, QgsVectorLayer

        fields = "field=area_code:string&field=area_name:string&field=fuel_poverty:double&field=jobs_density:double"
        layer = QgsVectorLayer(f"Polygon?crs=EPSG:27700&{fields}", "areas", "memory")
        features = []
        for number in range(40):
            feature = QgsFeature(layer.fields())
            value = None if number == 7 else number / 40
            feature.setAttributes([f"E010000{number:02d}", f"<Area {number}>", value, float(number > 30) * number])
            x, y = number % 8 * 100.0, number // 8 * 100.0
            feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 100, y + 100)))
            features.append(feature)
        layer.dataProvider().addFeatures(features)
        return layer

    def test_table_and_report(self, provider, areas, tmp_path):
        heard = Heard()
        found = run(
            "qualityassurance",
            {"INPUT": areas, "OUTPUT": str(tmp_path / "quality.csv"), "REPORT": str(tmp_path / "quality.html")}, heard,
        )  # fmt: skip
        table = pd.read_csv(found["OUTPUT"]).set_index("indicator")
        assert table.loc["fuel_poverty", ["areas", "missing"]].tolist() == [39, 1]
        assert (
            table.loc["jobs_density", "check"] == "look" and "of values are zero" in table.loc["jobs_density", "flags"]
        )
        assert any("jobs_density" in warning for warning in heard.warnings)
        page = (tmp_path / "quality.html").read_text(encoding="utf-8")
        assert page.count("<article") == 2 and page.count("data:image/png") == 2 and "\u25b2 look" in page
        assert "&lt;Area 7&gt;" in page and "<Area 7>" not in page and "Isles of Scilly" in page
        assert "Sources and licence" in page and "Made on" in page
        written = ["quality.csv", "quality.csv-metadata.json", "quality.html"]
        assert sorted(path.name for path in tmp_path.iterdir()) == written

    def test_after_shrinkage(self, provider, areas, tmp_path):
        shrunk = tmp_path / "shrunk.csv"
        shrunk.write_text(
            "area_code,fuel_poverty_shrunk\n" + "".join(f"E010000{n:02d},0.5\n" for n in reversed(range(40)))
        )
        parameters = {
            "INPUT": areas,
            "SHRUNK": str(shrunk),
            "OUTPUT": "TEMPORARY_OUTPUT",
            "REPORT": str(tmp_path / "q.html"),
        }
        run("qualityassurance", parameters)
        page = (tmp_path / "q.html").read_text(encoding="utf-8")
        assert '<th scope="row">shrunk</th>' in page and '<th scope="row">by area</th>' in page

    def test_fields_of_any_table(self, provider, areas):
        found = run("qualityassurance", {"INPUT": areas, "FIELDS": ["jobs_density"], "OUTPUT": "TEMPORARY_OUTPUT"})
        assert [feature["indicator"] for feature in found["OUTPUT"].getFeatures()] == ["jobs_density"]
        assert "REPORT" not in found

    def test_a_table_without_indicators(self, provider, tmp_path):
        (tmp_path / "a.csv").write_text("code,n\nE01000001,1\n")
        with pytest.raises(QgsProcessingException, match="no column of the methodology is there; choose FIELDS"):
            run("qualityassurance", {"INPUT": str(tmp_path / "a.csv"), "OUTPUT": "TEMPORARY_OUTPUT"})


def test_small_maps_show_high_values_dark(qgis_app):
    """Sampled at the points themselves: the west is low, the east high, the middle has no value."""
    import base64

    import numpy as np
    from qgis.PyQt.QtGui import QColor, QImage

    from hyperlocal_need.processing_provider.reports import small_charts as quality_charts
    from hyperlocal_need.processing_provider.style import palettes

    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(30), np.arange(30)))
    values = np.where(x < 10, 1.0, np.where(x < 20, np.nan, 9.0)) + x / 1000
    ground = quality_charts.Ground.of_points(x, y)
    image = QImage.fromData(base64.b64decode(quality_charts.thumbnail(values, ground).partition(",")[2]))
    middle = image.height() // 2
    shades = [image.pixelColor(place * image.width() // 6, middle) for place in (1, 3, 5)]
    assert shades[0].lightness() > shades[2].lightness() + 60
    assert shades[1].name() == QColor(palettes.RANKED_ELSEWHERE).name()
    assert quality_charts.Ground.of_points(np.array([1.0]), np.array([1.0])) is None


def test_histograms():
    import numpy as np

    from hyperlocal_need.processing_provider.reports import small_charts as quality_charts

    chart = quality_charts.histogram(np.array([0.0, 1.0, 1.0, 2.0, np.nan]))
    assert sum(bar[3] for bar in chart["bars"]) == pytest.approx(2 * quality_charts.HEIGHT) and chart["beyond"] == 0
    assert chart["box"]["median"] == pytest.approx(quality_charts.WIDTH / 2)
    assert quality_charts.histogram(np.array([np.nan])) is None
    assert len(quality_charts.histogram(np.array([3.0, 3.0]))["bars"]) == 1
    assert (quality_charts.shade(0.0), quality_charts.shade(np.nan)) == ("#ffffff", "#ffffff")
