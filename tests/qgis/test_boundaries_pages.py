"""Pages, reports, tables and maps of areas, on the demonstration country of 120 LSOAs; postcodes of a list."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import eyes
import pandas as pd
import pytest
from osgeo import gdal
from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsLayout,
    QgsLayoutObject,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProject,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtXml import QDomDocument

from hyperlocal_need.processing_provider.style import palettes


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
def need(computed):
    return f"{computed}|layername=need"


@pytest.mark.usefixtures("charts")
class TestPages:
    def test_every_output_is_written(self, run, need, tmp_path):
        districts = {one["district_name"]: one["district_code"] for one in features(need)}
        name, code = sorted(districts.items())[0]
        places = {one: str(tmp_path / one.lower()) for one in ("REPORTS", "IMAGES", "EXPORT", "MAPS")}
        _, said = run("areareport", INPUT=need, ONLY=name, OUTPUT=str(tmp_path / "atlas.pdf"), **places)
        assert "by the field 'district_code'" in said
        self.look_at_pdf(tmp_path / "atlas.pdf", name)
        pdf = gdal.OpenEx(str(tmp_path / "atlas.pdf"), allowed_drivers=["PDF"])
        assert "Hyper-local Need" in pdf.GetMetadataItem("TITLE") and "Made on" in pdf.GetMetadataItem("SUBJECT")
        assert sorted(file.name for file in (tmp_path / "images").iterdir()) == [
            f"0001_{code}.png",
            f"0001_{code}_2.png",
        ]
        page = QImage(str(tmp_path / "images" / f"0001_{code}.png"))
        assert eyes.too_alike(page, palettes.DECILE_BLUES) == [], "map and legend, in grey and for the colour-blind"
        regions = {one["region_name"] for one in features(need) if one["district_code"] == code}
        assert len(list((tmp_path / "maps").glob("region_*.png"))) == len(regions)
        assert len(list((tmp_path / "maps").glob("districts_*.png"))) == 6
        assert not [file for file in tmp_path.rglob("*") if ".part" in file.name], "nothing half done is left"
        self.look_at_report(next((tmp_path / "reports").iterdir()).read_text(encoding="utf-8"), name)
        self.look_at_tables(tmp_path / "export", name)

    def look_at_pdf(self, path, name):
        """Title and language are told, and a bookmark leads to the area, as poppler reads them where it is there."""
        end = path.read_bytes()[-2500:]
        assert b"/Lang (en-GB)" in end and b"/Title <FEFF%s>" % name.encode("utf-16-be").hex().encode() in end
        if shutil.which("pdfinfo") is not None:
            told = subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True, text=True)
            assert "Hyper-local Need" in told.stdout and re.search(r"Pages: +2\n", told.stdout) and not told.stderr
        if shutil.which("pdftohtml") is not None:
            command = ["pdftohtml", "-xml", "-stdout", "-i", str(path)]
            told = subprocess.run(command, check=True, capture_output=True, text=True)
            assert f'<item page="1">{name}</item>' in html.unescape(told.stdout)

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
        self.look_at_workbook(folder, rows)
        styled = QgsVectorLayer(f"{folder / 'areas.gpkg'}|layername=areas", "areas", "ogr")
        assert styled.listStylesInDatabase()[0] >= 1
        assert styled.attributeAlias(styled.fields().indexOf("boundary_name")) == "Area"

    def look_at_workbook(self, folder, areas):
        """Every cell of the workbook is the CSV's, under words that the sheet of fields leads back to its name."""
        from hyperlocal_need.processing_provider.spreadsheets.tables import open_tables

        with open_tables(folder / "areas.xlsx") as book:
            sheets = {name: book.whole(name).rows for name in book.sheets}
        assert list(sheets) == ["About", "Areas", "Lsoas", "Fields"]
        about = dict(sheets["About"][1:])
        assert "proof of concept" in about["Warning"] and len(about["Digest"]) == 64 and about["Options"]
        with (folder / "lsoas.csv").open(encoding="utf-8-sig", newline="") as stream:
            tables = {"areas": areas, "lsoas": list(csv.DictReader(stream))}
        for table, rows in tables.items():
            head, *cells = sheets[table.capitalize()]
            names = {words: field for owner, field, words in sheets["Fields"][1:] if owner == table}
            assert [names[words] for words in head] == list(rows[0]) and len(cells) == len(rows)
            for found, row in zip(cells, rows):
                for words, cell in zip(head, found):
                    assert same(cell, row[names[words]]), (table, words)
        assert "Hyper-local Need: average score" in sheets["Areas"][0]

    def test_the_document_as_libreoffice_reads_it_equals_the_tables(self, run, need, tmp_path):
        office = shutil.which("soffice")
        if office is None:
            pytest.skip("LibreOffice (soffice) is not installed")
        name = min((one for one in features(need) if one["need_rank"]), key=lambda one: one["need_rank"])[
            "district_name"
        ]
        places = {"DOCUMENTS": str(tmp_path / "odt"), "EXPORT": str(tmp_path / "csv")}
        run("areareport", INPUT=need, ONLY=name, OUTPUT=str(tmp_path / "atlas.pdf"), **places)
        (document,) = (tmp_path / "odt").iterdir()
        command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "fodt"]
        subprocess.run([*command, "--outdir", str(tmp_path), str(document)], check=True, capture_output=True)
        root = ElementTree.parse(tmp_path / f"{document.stem}.fodt").getroot()
        tables = {rows[0][0]: rows[1:] for rows in map(cells_of, root.iter(OFFICE % "table" + "table"))}
        with (tmp_path / "csv" / "areas.csv").open(encoding="utf-8-sig", newline="") as stream:
            (area,) = csv.DictReader(stream)
        with (tmp_path / "csv" / "lsoas.csv").open(encoding="utf-8-sig", newline="") as stream:
            lsoas = {row["area_code"]: row for row in csv.DictReader(stream)}
        figures = {title: value for title, value, _ in tables["Figure"]}
        assert figures["Residents"] == f"{float(area['population']):,.0f}"
        assert figures["Average score (0 to 100)"] == f"{float(area['need_average_score']):.1f}"
        profile = {title: values for title, *values in tables["Measure"]}
        assert {title: values[0] for title, values in profile.items()} == {
            title: f"{float(area[f'{measure}_area']):.1f}"
            for title, measure in zip(profile, [one[:-5] for one in area if one.endswith("_area")])
        }
        assert len(tables["LSOA"]) == len(lsoas)
        for title, code, rank, decile, score, hot, people in tables["LSOA"]:
            row = lsoas[code]
            assert (title, hot) == (row["area_name"], {"1": "yes", "0": "no"}.get(row["hotspot"], "–"))
            told = [None if one == "–" else float(one.replace(",", "")) for one in (rank, decile, score, people)]
            score_ = row["need_score"] and f"{float(row['need_score']):.1f}"
            held = (row["need_rank"], row["need_decile"], score_, f"{float(row['population']):.0f}")
            assert told == [float(one) if one else None for one in held], code

    def test_a_document_to_edit_holds_the_figures_of_the_table(self, run, need, computed, tmp_path):
        first = min((one for one in features(need) if one["need_rank"]), key=lambda one: one["need_rank"])
        places = {"DOCUMENTS": str(tmp_path / "odt"), "OUTPUT": str(tmp_path / "atlas.pdf")}
        run("areareport", INPUT=need, ONLY=first["district_name"], **places)
        (file,) = (tmp_path / "odt").iterdir()
        with zipfile.ZipFile(file) as archive:
            root = ElementTree.fromstring(archive.read("content.xml"))
        headings = [
            (one.get(OFFICE % "text" + "outline-level"), "".join(one.itertext()))
            for one in root.iter(OFFICE % "text" + "h")
        ]
        assert headings[:2] == [("1", first["district_name"]), ("2", "Key figures")]
        assert len(headings) == 7, "the area, four parts, and where need is high and low"
        rows = cells_of(root)
        (row,) = (row for row in rows if first["area_code"] in row)
        assert row[0] == first["area_name"] and f"{first['need_score']:.1f}" in row and f"{first['need_rank']:,}" in row
        described = ["".join(one.itertext()) for one in root.iter(OFFICE % "svg-compatible" + "desc")]
        assert len(described) == 3 and all(first["district_name"] in one for one in described), "two maps and a chart"
        paragraphs, name = list(root.iter(OFFICE % "text" + "p")), OFFICE % "text" + "style-name"
        framed = [one for one in paragraphs if one.find(f".//{OFFICE % 'drawing'}frame") is not None]
        pictures, others = {one.get(name) for one in framed}, {one.get(name) for one in paragraphs if one not in framed}
        kept = {
            style.get(OFFICE % "style" + "name")
            for style in root.iter(OFFICE % "style" + "style")
            if any(part.get(OFFICE % "xsl-fo-compatible" + "keep-with-next") for part in style)
        }
        assert pictures and pictures <= kept and not kept & others, "a picture is not parted from its words"

    def test_the_atlas_can_go_into_the_project_and_be_edited(self, run, need, tmp_path):
        project, context = QgsProject(), QgsProcessingContext()
        context.setProject(project)
        labels = {"LABELS": need.replace("=need", "=districts"), "LABEL_FIELD": "district_code"}
        run("areareport", context, INPUT=need, OUTPUT=str(tmp_path / "atlas.pdf"), ADD_TO_PROJECT=True, **labels)
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
        drawn = [layer.name() for layer in atlas.itemById("Map").layers()]
        assert drawn == ["Atlas: names", "Atlas: areas", "Atlas: mask", "Atlas: need"], (
            "names on top, and nothing unsure"
        )
        assert atlas.itemById("Map").layers()[0].labeling().settings().fieldName.endswith('"district_code", NULL)')
        self.look_at_locator(atlas, project)
        for name in ("Map", "Headline", "Legend", "LSOAs", "Warning 1", "Source 2", "Bar need area"):
            assert atlas.itemById(name) is not None, name
        before = sorted(layer.name() for layer in project.mapLayers().values())
        run("areareport", context, INPUT=need, OUTPUT=str(tmp_path / "atlas.pdf"), ADD_TO_PROJECT=True)
        assert len(project.layoutManager().layouts()) == 3, "and is written anew by another run"
        after = sorted(layer.name() for layer in project.mapLayers().values())
        assert sorted([*after, "Atlas: names"]) == before, "its layers take the place of the earlier ones"

    def look_at_locator(self, atlas, project):
        """A district is shown in the whole country; a part of one (profile_district says which) in its district."""
        locator, bound = atlas.itemById("Locator"), QgsLayoutObject.DataDefinedProperty.MapXMax
        need, districts = (project.mapLayersByName(f"Atlas: {name}")[0] for name in ("need", "districts"))
        home = next(districts.getFeatures())
        for name, around in ((None, need.extent()), (home["district_name"], home.geometry().boundingBox())):
            row = QgsFeature(atlas.atlas().coverageLayer().fields())
            row["profile_district"] = name
            context = atlas.createExpressionContext()
            context.setFeature(row)
            edge, valid = locator.dataDefinedProperties().valueAsDouble(bound, context)
            assert valid and 0 <= edge - around.xMaximum() < 0.1 * around.width()

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


OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"


def cells_of(table):
    """The texts of an OpenDocument table, row by row."""
    rows = table.iter(OFFICE % "table" + "table-row")
    cell = OFFICE % "table" + "table-cell"
    return [["".join(one.itertext()).strip() for one in row.iter(cell)] for row in rows]


def same(cell, text):
    """Whether a cell of a workbook and one of a CSV hold the same number, or the same text."""
    try:
        # GDAL writes sixteen digits into a workbook.
        return float(cell) == pytest.approx(float(text), rel=1e-15)
    except ValueError:
        return " ".join(cell.split()) == " ".join(text.split())


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
