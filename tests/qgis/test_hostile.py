"""A pack whose names try to be formulas, markup, expressions and SQL: they arrive as the texts that they are."""

from __future__ import annotations

import csv
import shutil
import zipfile

import pytest
from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

NAMES = (
    '=HYPERLINK("https://evil.example";"x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "<img src=https://evil.example/x.png onerror=alert(1)>",
    "[% @project_path %][% 1 + 1 %]",
    "Robert'); DROP TABLE need; --",
    '"need_rank" OR 1=1',
    "{{ 7 * 7 }}{% raw %}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\u202eבית שאן\u202c",
    "Long " * 80 + "End",
)


def run(name, context=None, **values):
    feedback, context = QgsProcessingFeedback(False), context or QgsProcessingContext()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    results, ok = algorithm.run({key: str(value) for key, value in values.items()}, context, feedback, {}, False)
    assert ok, feedback.textLog()
    return results


@pytest.fixture(scope="module")
def hostile(demo_pack, charts, tmp_path_factory):
    """(folder of the outputs of a run, names by area code): the first areas and the first district are called so."""
    import json

    import pandas as pd

    folder = tmp_path_factory.mktemp("hostile")
    pack = shutil.copytree(demo_pack, folder / "pack")
    lookup = json.loads((pack / "pack.json").read_text(encoding="utf-8"))["lookups"]["LSOA21"]
    table = pd.read_csv(pack / lookup["file"], dtype=str, keep_default_na=False)
    table.loc[: len(NAMES) - 1, lookup["name"]] = NAMES
    district = lookup["parents"]["LTLA23"]
    table.loc[table[district["code"]] == table[district["code"]].iloc[0], district["name"]] = NAMES[4]
    table.to_csv(pack / lookup["file"], index=False)
    run("computeindex", PACK=pack, OUTPUT=folder / "out/need.gpkg", FOLDER=folder / "out")
    return folder / "out", dict(zip(table[lookup["code"]].iloc[: len(NAMES)], NAMES))


def test_layers_hold_the_names_as_they_are(hostile):
    folder, names = hostile
    layer = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername=need", "need", "ogr")
    found = {one["area_code"]: one["area_name"] for one in layer.getFeatures()}
    assert {code: found[code] for code in names} == names


def test_no_cell_of_any_csv_is_a_formula(hostile):
    folder, names = hostile
    seen = 0
    for path in folder.rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                for cell in row:
                    seen += cell.lstrip("'") in names.values()
                    number = cell.lstrip("-").replace(".", "").replace("e-", "").isdigit()
                    assert number or not cell.startswith(("=", "+", "-", "@", "\t")), (path.name, cell)
    assert seen >= len(names)


def test_no_page_holds_markup_of_a_name(hostile):
    """Nor is a name taken for a template: 49 stands nowhere instead of it."""
    folder, _ = hostile
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<img src=https" not in page and "&lt;img src=https" in page


def test_map_tips_show_markup_and_evaluate_nothing_of_a_name(hostile):
    folder, names = hostile
    layer = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername=need", "need", "ogr")
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    tips = set()
    for feature in layer.getFeatures():
        if feature["area_code"] in names:
            context.setFeature(feature)
            tips.add(QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context).split("</b>")[0])
    assert tips == {"<b>" + name.replace("<", "&lt;") for name in names.values()}


def test_names_of_outputs_stay_in_their_folder(hostile, tmp_path):
    """Pages are named after areas, which here are called ../../etc/passwd and the like."""
    folder, _ = hostile
    context, project = QgsProcessingContext(), QgsProject()
    context.setProject(project)
    inside = tmp_path / "a/b/c"
    run(
        "areareport",
        context,
        INPUT=f"{folder / 'need.gpkg'}|layername=need",
        AREA_FIELD="area_name",
        ONLY=",".join(NAMES[4:5] + NAMES[9:]),
        OUTPUT=inside / "atlas.pdf",
        REPORTS=inside / "pages",
        EXPORT=inside / "figures",
    )
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) > 5 and all(inside in path.parents for path in made)
    for path in made:
        if path.suffix == ".csv":
            text = path.read_text(encoding="utf-8-sig")
            assert "\n=HYPERLINK" not in text and ",=HYPERLINK" not in text
        if path.suffix == ".html":
            assert "<img src=https" not in path.read_text(encoding="utf-8")
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                formulas = [name for name in book.namelist() if b"<f>" in book.read(name)]
            assert not formulas, path.name


def test_expressions_that_the_plugin_makes_quote_what_they_are_given(hostile):
    from hyperlocal_need.ui.map.navigate import features

    folder, names = hostile
    layer = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername=need", "need", "ogr")
    for name in names.values():
        assert sum(1 for _ in features(layer, "area_name", [name])) == 1, name
