"""Certainty of ranks and explanation of need as algorithms: styles, pages, the layer beside its result, bad input."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProject, QgsVectorLayer
from running import attempt

from hyperlocal_need.core.methodology import load
from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY


def run(name, parameters):
    """(results, what was said)."""
    results, said = attempt(name, parameters)
    if results is None:
        raise QgsProcessingException(said)
    return results, said


@pytest.fixture
def result(computed, tmp_path):
    """A result of its own to write into."""
    return shutil.copy(computed, tmp_path / "need.gpkg")


def beside(path):
    """The output as a layer of the result itself."""
    return f"ogr:dbname='{path}' table=\"certainty\" (geom)"


def test_written_into_its_result_it_is_read_with_it_and_goes_with_the_next_run(result, demo_pack):
    from hyperlocal_need.core.findings import explain, saved

    need = {"INPUT": f"{result}|layername=need", "PACK": str(demo_pack), "DRAWS": 60}
    _, said = run("rankcertainty", {**need, "DOUBT": "all", "OUTPUT": beside(result)})
    assert "Doubt from" in said and "Held exact" in said and "seed 2025" in said
    methodology = load(DEFAULT_METHODOLOGY)
    read = saved.read(result, methodology)
    ranked = read.need.index[read.need["need_rank"].notna()]
    known = read.certainty.loc[ranked]
    assert known.drop(columns="tied_areas").notna().all(axis=None)
    assert (known["tied_areas"].notna() == (known["tied_with"] > 0)).all(), "names where there are some"
    told = explain.profile(read, ranked[0])
    assert any("nine times in ten" in one.text for one in told.sentences)
    layer = QgsVectorLayer(f"{result}|layername=certainty", "c", "ogr")
    assert layer.featureCount() == len(read.need) and layer.fields().field("rank_low").typeName() == "Integer"
    del layer
    run("computeindex", {"PACK": str(demo_pack), "STAGES": True, "OUTPUT": str(result)})
    assert saved.read(result, methodology).certainty.empty


def test_hot_spots_that_are_not_sure_are_hatched_and_every_area_has_a_class(computed, tmp_path):
    from hyperlocal_need.processing_provider.style import certainty
    from hyperlocal_need.processing_provider.style.legend import legend_entries

    path = tmp_path / "certainty.gpkg"
    run("rankcertainty", {"INPUT": f"{computed}|layername=need", "DOUBT": "all", "DRAWS": 60, "OUTPUT": str(path)})
    layer = QgsVectorLayer(str(path), "c", "ogr")
    certainty.styler(load(DEFAULT_METHODOLOGY))(layer)
    entries = legend_entries(layer)
    assert sum(entry.count for entry in entries) == layer.featureCount()
    assert [entry.hatched for entry in entries[:5]] == [False, True, True, True, False]
    rows = [(row["hotspot"], row["p_hotspot"]) for row in layer.getFeatures() if row["need_rank"]]
    assert entries[0].count == sum(1 for hot, chance in rows if hot == 1 and chance >= 0.95)
    assert entries[3].count == sum(1 for hot, chance in rows if hot == 0 and chance > 0.05)
    assert layer.attributeAlias(layer.fields().indexOf("growth_p_hotspot")).endswith("chance of being a hot spot")


def test_the_report_of_an_area_says_the_tables_numbers(computed, charts, tmp_path):
    import pandas as pd

    places = {name: str(tmp_path / f"{name}.csv") for name in ("OUTPUT", "WEIGHTS", "COMBINED")}
    page = tmp_path / "why.html"
    need = pd.DataFrame(
        [
            {name: row[name] for name in ("area_code", "need_rank")}
            for row in QgsVectorLayer(f"{computed}|layername=need", "n", "ogr").getFeatures()
        ]
    )
    code = need.loc[need["need_rank"] == 3, "area_code"].iloc[0]
    run("explainneed", {"INPUT": f"{computed}|layername=need", "AREA": code, "REPORT": str(page), **places})
    table = pd.read_csv(places["OUTPUT"]).set_index("area_code").loc[code]
    text = re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))
    assert f"it is 3rd of {sum(isinstance(rank, int) for rank in need['need_rank']):,}" in text
    assert f"is {table['composite']:.2f};" in text and f"would have {table['baseline']:.2f}" in text
    assert f"+{table['growth_points']:,.2f}" in text or f"−{-table['growth_points']:,.2f}" in text
    weights = pd.read_csv(places["WEIGHTS"])
    assert weights[weights["level"] == "indicator"]["spread"].sum() == pytest.approx(1)
    combined = pd.read_csv(places["COMBINED"])
    maps = re.findall(r'<img src="(data:image/png;base64,[^"]+)".*?<figcaption>[^<]+: ([\d,]+)</figcaption>', text)
    assert len(combined) == 10 and len({picture for picture, _ in maps}) > 5
    assert sorted(int(both.replace(",", "")) for _, both in maps) == sorted(combined["both"])
    assert f"It is a hot spot in {table['hotspot_dimensions']:.0f} of 5 dimensions" in text
    assert f"cannot say: {100 * table['coarse_share']:.1f} % of its points" in text
    against = weights[(weights["level"] == "indicator") & (weights["spread"] < 0)]
    assert all(f'negative">−{-100 * spread:.1f}<' in text for spread in against["spread"])


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("rankcertainty", {"DRAWS": 0}, "DRAWS: 0 is not a whole number from 20 to 20000"),
        ("rankcertainty", {"SEED": -1}, "SEED: -1 is not a whole number"),
        ("rankcertainty", {"KNOW_NOTHING": True, "SPREAD": 0.3}, "SPREAD: has no part"),
        ("rankcertainty", {"SPREAD": 0.3, "DOUBT": "counts"}, "SPREAD: has no part"),
        ("explainneed", {"AREA": "E0"}, "AREA: has no part without REPORT"),
        ("explainneed", {"AREA": "nowhere", "REPORT": "x.html"}, "AREA: there is no area 'nowhere'"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(computed, tmp_path, request, name, given, words):
    if "REPORT" in given:
        request.getfixturevalue("charts")
    given = {key: str(tmp_path / value) if key == "REPORT" else value for key, value in given.items()}
    with pytest.raises(QgsProcessingException, match=re.escape(words)):
        run(name, {"INPUT": f"{computed}|layername=need", "OUTPUT": str(tmp_path / "out.gpkg"), **given})
    assert not list(tmp_path.iterdir())


def test_a_result_without_its_stages_is_refused(demo_pack, tmp_path):
    path = tmp_path / "bare.gpkg"
    run("computeindex", {"PACK": str(demo_pack), "STAGES": False, "OUTPUT": str(path)})
    for name in ("rankcertainty", "explainneed"):
        with pytest.raises(QgsProcessingException, match="without its stages"):
            run(name, {"INPUT": f"{path}|layername=need", "OUTPUT": str(tmp_path / f"{name}.gpkg")})


def test_pages_of_areas_show_how_sure_they_are_where_the_result_knows(result, charts, tmp_path):
    import processing

    pages = {"INPUT": f"{result}|layername=need", "OUTPUT": str(tmp_path / "atlas.pdf"), "REPORTS": str(tmp_path / "r")}
    district = next(QgsVectorLayer(f"{result}|layername=need", "n", "ogr").getFeatures())["district_code"]
    run("rankcertainty", {"INPUT": pages["INPUT"], "DRAWS": 60, "OUTPUT": beside(result)})
    project, context = QgsProject(), QgsProcessingContext()
    context.setProject(project)
    more = {"ONLY": district, "EXPORT": str(tmp_path / "e"), "DOCUMENTS": str(tmp_path / "d"), "ADD_TO_PROJECT": True}
    processing.run("hyperlocalneed:areareport", {**pages, **more}, context=context)
    page = next((tmp_path / "r").glob("*.html")).read_text(encoding="utf-8")
    assert "Rank in nine draws of ten" in page and re.search(r"<td>\d[\d,]* to \d[\d,]*, (sure|likely|open)</td>", page)
    header = next((tmp_path / "e").glob("*lsoas.csv")).read_text(encoding="utf-8-sig").splitlines()[0]
    assert "rank_low" in header and "certainty" in header
    with zipfile.ZipFile(next((tmp_path / "d").iterdir())) as document:
        assert "Rank in nine draws of ten" in document.read("content.xml").decode()
    (unsure,) = project.mapLayersByName("Atlas: unsure")
    atlas = project.layoutManager().layoutByName("Hyper-local Need: areas")
    assert unsure in atlas.itemById("Map").layers()
    (rule,) = unsure.renderer().rootRule().children()
    hatched = {row["area_code"] for row in unsure.getFeatures(rule.filterExpression())}
    chances = {row["area_code"]: row["p_hotspot"] for row in unsure.getFeatures()}
    assert hatched == {code for code, chance in chances.items() if chance and 0.05 < chance < 0.95} and hatched
