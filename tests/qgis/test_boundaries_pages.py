"""Pages, reports, tables and maps of areas, on the demonstration country of 120 LSOAs; postcodes of a list."""

from __future__ import annotations

import csv
import html
import json
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest
from osgeo import gdal
from qgis.core import (
    QgsFeatureRequest,
    QgsLayout,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtXml import QDomDocument


@pytest.fixture(scope="module")
def need_file(demo_pack, tmp_path_factory, qgis_processing):
    """The demonstration country's GeoPackage."""
    import processing

    path = tmp_path_factory.mktemp("need") / "need.gpkg"
    processing.run("hyperlocalneed:computeindex", {"PACK": str(demo_pack), "OUTPUT": str(path), "STAGES": True})
    return path


@pytest.fixture
def run(provider, qgis_processing):
    import processing
    from qgis.core import QgsProcessingFeedback

    class Feedback(QgsProcessingFeedback):
        said = ""

        def pushInfo(self, text):
            self.said += text + "\n"

    def call(name, context=None, **parameters):
        feedback = Feedback()
        return processing.run(f"hyperlocalneed:{name}", parameters, feedback=feedback, context=context), feedback.said

    return call


@pytest.fixture
def need(need_file):
    return f"{need_file}|layername=need"


@pytest.mark.usefixtures("charts")
class TestPages:
    def test_every_output_is_written(self, run, need, tmp_path):
        districts = {one["district_name"]: one["district_code"] for one in features(need)}
        name, code = sorted(districts.items())[0]
        places = {one: str(tmp_path / one.lower()) for one in ("REPORTS", "IMAGES", "EXPORT", "MAPS")}
        _, said = run("areareport", INPUT=need, ONLY=name, OUTPUT=str(tmp_path / "atlas.pdf"), **places)
        assert "by the field 'district_code'" in said
        pdf = gdal.OpenEx(str(tmp_path / "atlas.pdf"), allowed_drivers=["PDF"])
        assert "Hyper-local Need" in pdf.GetMetadataItem("TITLE") and "Made on" in pdf.GetMetadataItem("SUBJECT")
        assert sorted(file.name for file in (tmp_path / "images").iterdir()) == [
            f"0001_{code}.png",
            f"0001_{code}_2.png",
        ]
        assert not QImage(str(tmp_path / "images" / f"0001_{code}.png")).isNull()
        regions = {one["region_name"] for one in features(need) if one["district_code"] == code}
        assert len(list((tmp_path / "maps").glob("region_*.png"))) == len(regions)
        assert len(list((tmp_path / "maps").glob("districts_*.png"))) == 6
        assert not [file for file in tmp_path.rglob("*") if ".part" in file.name], "nothing half done is left"
        self.look_at_report(next((tmp_path / "reports").iterdir()).read_text(encoding="utf-8"), name)
        self.look_at_tables(tmp_path / "export", name)

    def look_at_report(self, page, name):
        assert page.count("data:image/png;base64,") == 2, "both maps are in the file"
        assert f"<h1>{name}</h1>" in html.unescape(page)
        assert not re.search(r'(src|href)="(?!data:|#)', page), "nothing is loaded from elsewhere"
        for words in ("Where need is high", "Where the figures come from", "proof of concept", "digest"):
            assert words in page

    def look_at_tables(self, folder, name):
        assert sorted(file.name for file in folder.iterdir()) == [
            "areas.csv",
            "areas.csv-metadata.json",
            "areas.geojson",
            "areas.gpkg",
            "areas.xlsx",
            "lsoas.csv",
            "lsoas.csv-metadata.json",
        ]
        with (folder / "areas.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["boundary_name"] for row in rows] == [name]
        shape = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
        longitude, latitude = shape["coordinates"][0][0][0]
        assert -10 < longitude < 5 and 45 < latitude < 65, "GeoJSON is in degrees"
        with zipfile.ZipFile(folder / "areas.xlsx") as book:
            assert re.findall(r'sheet name="(\w+)"', book.read("xl/workbook.xml").decode()) == [
                "About",
                "Areas",
                "Lsoas",
                "Fields",
            ]
            assert "Hyper-local Need: average score" in book.read("xl/sharedStrings.xml").decode()
        styled = QgsVectorLayer(f"{folder / 'areas.gpkg'}|layername=areas", "areas", "ogr")
        assert styled.listStylesInDatabase()[0] >= 1
        assert styled.attributeAlias(styled.fields().indexOf("boundary_name")) == "Area"

    def test_a_document_to_edit_holds_the_figures_of_the_table(self, run, need, need_file, tmp_path):
        first = min((one for one in features(need) if one["need_rank"]), key=lambda one: one["need_rank"])
        places = {"DOCUMENTS": str(tmp_path / "odt"), "OUTPUT": str(tmp_path / "atlas.pdf")}
        run("areareport", INPUT=need, ONLY=first["district_name"], **places)
        (file,) = (tmp_path / "odt").iterdir()
        with zipfile.ZipFile(file) as archive:
            root = ElementTree.fromstring(archive.read("content.xml"))
        office = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
        headings = [
            (one.get(office % "text" + "outline-level"), "".join(one.itertext()))
            for one in root.iter(office % "text" + "h")
        ]
        assert headings[:2] == [("1", first["district_name"]), ("2", "Key figures")]
        assert len(headings) == 7, "the area, four parts, and where need is high and low"
        rows = [
            ["".join(cell.itertext()).strip() for cell in row.iter(office % "table" + "table-cell")]
            for row in root.iter(office % "table" + "table-row")
        ]
        (row,) = (row for row in rows if first["area_code"] in row)
        assert row[0] == first["area_name"] and f"{first['need_score']:.1f}" in row and f"{first['need_rank']:,}" in row
        described = ["".join(one.itertext()) for one in root.iter(office % "svg-compatible" + "desc")]
        assert len(described) == 3 and all(first["district_name"] in one for one in described), "two maps and a chart"

    def test_the_atlas_can_go_into_the_project_and_be_edited(self, run, need, tmp_path):
        project, context = QgsProject(), QgsProcessingContext()
        context.setProject(project)
        run("areareport", context, INPUT=need, OUTPUT=str(tmp_path / "atlas.pdf"), ADD_TO_PROJECT=True)
        names = sorted(layout.name() for layout in project.layoutManager().layouts())
        assert names == [
            "Hyper-local Need: areas",
            "Hyper-local Need: map of Hyper-local Need",
            "Hyper-local Need: pair of Hyper-local Need",
        ]
        atlas = project.layoutManager().layoutByName("Hyper-local Need: areas")
        assert atlas.atlas().enabled()
        assert atlas.pageCollection().pageCount() == 2
        assert (tmp_path / "atlas.gpkg").exists(), "what the atlas draws from stays"
        for name in ("Map", "Headline", "Legend", "LSOAs", "Warning 1", "Source 2", "Bar need area"):
            assert atlas.itemById(name) is not None, name
        run("areareport", context, INPUT=need, OUTPUT=str(tmp_path / "atlas.pdf"), ADD_TO_PROJECT=True)
        assert len(project.layoutManager().layouts()) == 3, "and is written anew by another run"

    def test_a_fault_at_the_last_page_leaves_everything_as_it_was(self, run, need, tmp_path, monkeypatch):
        from hyperlocal_need.core.errors import NeedError
        from hyperlocal_need.processing_provider.maps import region_maps

        def fail(*arguments, **names):
            raise NeedError("the disk is full")

        (tmp_path / "atlas.pdf").write_bytes(b"of last year")
        monkeypatch.setattr(region_maps, "write_maps", fail)
        name = sorted(one["district_name"] for one in features(need))[0]
        places = {one: str(tmp_path / one.lower()) for one in ("REPORTS", "IMAGES", "EXPORT", "MAPS")}
        with pytest.raises(QgsProcessingException, match="the disk is full"):
            run("areareport", INPUT=need, ONLY=name, OUTPUT=str(tmp_path / "atlas.pdf"), **places)
        assert [file.name for file in tmp_path.iterdir()] == ["atlas.pdf"]
        assert (tmp_path / "atlas.pdf").read_bytes() == b"of last year"

    def test_the_data_of_the_atlas_is_written_over_nothing_of_the_user_s(self, run, need, tmp_path):
        mine = tmp_path / "wards.gpkg"
        mine.write_bytes(b"a council's own")
        project, context = QgsProject(), QgsProcessingContext()
        context.setProject(project)
        with pytest.raises(QgsProcessingException, match="wards.gpkg is there already and would be lost"):
            run("areareport", context, INPUT=need, OUTPUT=str(tmp_path / "wards.pdf"), ADD_TO_PROJECT=True)
        assert mine.read_bytes() == b"a council's own" and [file.name for file in tmp_path.iterdir()] == ["wards.gpkg"]

    def test_an_area_that_is_not_there_is_named(self, run, need, tmp_path):
        with pytest.raises(QgsProcessingException, match="ONLY: there is no area 'Atlantis'"):
            run("areareport", INPUT=need, ONLY="Atlantis", OUTPUT=str(tmp_path / "atlas.pdf"))
        assert not list(tmp_path.iterdir())

    def test_a_layer_that_is_no_result_is_refused(self, run, demo_pack, tmp_path):
        other = str(demo_pack / "boundaries" / "ltla23.gpkg")
        with pytest.raises(QgsProcessingException, match="there is no layer 'need'"):
            run("areareport", INPUT=other, OUTPUT=str(tmp_path / "atlas.pdf"))


def features(source):
    layer = QgsVectorLayer(source, "need", "ogr")
    return list(layer.getFeatures(QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)))


class TestTemplates:
    @pytest.mark.parametrize("name", ["map_a4", "map_a3", "pair_a4", "pair_a3", "atlas_a4", "atlas_a3"])
    def test_templates_load_and_hold_the_items_that_the_code_makes(self, repository, qgis_app, name):
        from hyperlocal_need.tools.build_layouts import layouts

        document = QDomDocument()
        document.setContent((repository / "resources" / "layouts" / f"{name}.qpt").read_text(encoding="utf-8"))
        loaded = QgsLayout(QgsProject.instance())
        items, complete = loaded.loadFromTemplate(document, QgsReadWriteContext())
        assert complete
        made = layouts()[name]
        ids = {item.id() for item in made.items() if hasattr(item, "id") and item.id()}
        assert {item.id() for item in items if item.id()} == ids, "run python tools/build_layouts.py"


def test_a_list_gets_its_need(run, need, demo_pack, tmp_path):
    table = pd.read_csv(demo_pack / "postcodes.csv.gz")
    # Not the first: the first LSOA has no energy figures, and so no rank.
    live = table[table["live"] == 1]["postcode"].iloc[200]
    dead = table[table["live"] == 0]["postcode"].iloc[40]
    clients = tmp_path / "clients.csv"
    rows = [("Ann", live.lower().replace(" ", "")), ("Bob", dead), ("Cy", ""), ("=HYPERLINK(1)", "nonsense")]
    pd.DataFrame(rows, columns=["client", "need_rank"]).to_csv(clients, index=False)
    before = clients.read_bytes()
    _, said = run(
        "scorepostcodes",
        INPUT=str(clients),
        POSTCODE_FIELD="need_rank",
        NEED=need,
        PACK=str(demo_pack),
        OUTPUT=str(tmp_path / "scored.csv"),
        UNMATCHED=str(tmp_path / "unmatched.csv"),
    )
    scored = pd.read_csv(tmp_path / "scored.csv")
    assert scored["client"].tolist() == ["Ann", "Bob", "Cy", "=HYPERLINK(1)"], "every row, in its order"
    assert scored["postcode_match"].tolist()[:2] == ["matched", "matched (terminated)"]
    assert scored["need_rank_need"].notna().tolist() == [True, True, False, False], "the list's own field is kept"
    assert scored["area_code"].notna().tolist() == [True, True, False, False]
    assert pd.read_csv(tmp_path / "unmatched.csv")["client"].tolist() == ["Cy", "=HYPERLINK(1)"]
    assert clients.read_bytes() == before
    assert "Ann" not in said and live.lower() not in said.lower(), "the log repeats no row"


@pytest.mark.parametrize("method", ["centroid", "postcode_share"])
def test_postcodes_stand_for_where_people_live(run, need, demo_pack, method):
    """The demonstration's LSOAs nest in its districts, so that every postcode of one is in the same district."""
    outputs, said = run(
        "summarisebyarea",
        INPUT=need,
        AREAS=str(demo_pack / "boundaries" / "ltla23.gpkg"),
        PACK=str(demo_pack),
        METHOD=method,
        OUTPUT="memory:",
    )
    residents = sum(one["population"] for one in features(need))
    assert sum(one["population"] for one in outputs["OUTPUT"].getFeatures()) == pytest.approx(residents)
    assert {one["lsoas_split"] for one in outputs["OUTPUT"].getFeatures()} == {0}
    assert ("mean of each LSOA's live postcodes" if method == "centroid" else "by share of live postcodes") in said
