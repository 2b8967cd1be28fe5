"""``checkresult``: equal, or where not; each kind of change is done to a real result and has to be found."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

from hyperlocal_need.core import evidence
from hyperlocal_need.core.findings import saved


class Feedback(QgsProcessingFeedback):
    def __init__(self):
        super().__init__(False)
        self.said = []

    def pushInfo(self, info):
        self.said.append(info)

    def reportError(self, error, fatalError=False):
        self.said.append(error)


def run(name, **values):
    """(what the algorithm gives, what it said); its results are empty where it failed."""
    feedback, context = Feedback(), QgsProcessingContext()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    try:
        results, ok = algorithm.run({key: str(value) for key, value in values.items()}, context, feedback, {}, False)
    except QgsProcessingException as error:
        return {}, str(error)
    return (results if ok else {}), " ".join(feedback.said)


@pytest.fixture(scope="module")
def computed(demo_pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("computed")
    assert run("computeindex", PACK=demo_pack, OUTPUT=folder / "need.gpkg", STAGES=True)[0]
    return folder


@pytest.fixture
def result(computed, tmp_path):
    """A copy of the result and its evidence, to be spoilt."""
    return shutil.copytree(computed, tmp_path / "copy")


def check(folder, **values):
    """(EQUAL, the rows, what was said)."""
    place = folder.parent / "differences.csv"
    given, said = run("checkresult", INPUT=f"{folder / 'need.gpkg'}|layername=need", OUTPUT=place, **values)
    assert given, said
    return given["EQUAL"], pd.read_csv(place, dtype=str, keep_default_na=False), said


def change(folder, query):
    with closing(sqlite3.connect(folder / "need.gpkg")) as database:
        # The triggers of an index in space need functions that Python's SQLite lacks.
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        assert database.execute(query).rowcount == 1
        database.commit()


def reseal(folder, edit):
    place = folder / "need-evidence.json"
    log = json.loads(place.read_text(encoding="utf-8"))
    edit(log)
    place.write_text(evidence.sealed_text(log), encoding="utf-8")


@pytest.mark.parametrize("with_pack", [False, True])
def test_a_result_that_nobody_has_touched(result, demo_pack, with_pack):
    equal, rows, said = check(result, **({"PACK": demo_pack} if with_pack else {}))
    assert equal is True and rows.empty
    assert ("computed again" in said) and (("Give the pack" in said) is not with_pack)


def test_the_pack_as_a_zip(result, demo_pack, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "demo"), "zip", demo_pack)
    assert check(result, PACK=packed)[0] is True


def test_one_cell_is_found_without_the_pack_and_with_it(result, demo_pack):
    change(result, "UPDATE indicators SET bad_health = bad_health * 1.000001 WHERE fid = 7")
    equal, rows, _ = check(result)
    assert equal is False
    assert rows.iloc[:, :4].values.tolist() == [
        ["indicators", "bad_health", "", "Altered since the result was computed."]
    ]
    _, rows, said = check(result, PACK=demo_pack)
    cell = rows[rows["area"] != ""].iloc[0]
    assert len(rows) == 2 and (cell["layer"], cell["column"]) == ("indicators", "bad_health")
    assert float(cell["in_result"]) == pytest.approx(float(cell["recomputed"]) * 1.000001, rel=1e-12)
    assert cell["area"] in said


def test_a_cell_sealed_anew_is_found_by_the_pack(result, demo_pack):
    change(result, "UPDATE need SET need_rank = 60 WHERE need_rank = 3")
    need = saved.read_layers(result / "need.gpkg", ["need"], whole=True)["need"]
    reseal(result, lambda log: log["results"].update(need=evidence.column_digests(need)))
    assert check(result)[0] is True
    equal, rows, _ = check(result, PACK=demo_pack)
    assert equal is False
    assert rows[["layer", "column", "area"]].values.tolist() == [
        ["need", "need_rank", need.index[need["need_rank"] == 60][0]]
    ]
    assert (float(rows["in_result"][0]), float(rows["recomputed"][0])) == (60, 3)


def moved(folder, layer, to, *, fid=2):
    """Move one corner of one polygon to so many metres behind a whole one, as QGIS's own tools do; gives the code."""
    shown = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername={layer}", layer, "ogr")
    shape = shown.getFeature(fid).geometry()
    corner = shape.vertexAt(1)
    assert shape.moveVertex(round(corner.x()) + to, corner.y(), 1)
    assert shown.dataProvider().changeGeometryValues({fid: shape})
    return shown.getFeature(fid)[1]


@pytest.mark.parametrize("layer", ["need", "districts"])
def test_one_corner_of_one_polygon_is_found(result, demo_pack, layer):
    """A tenth of a millimetre leaves it as it is, two millimetres do not; the pack names the area."""
    texts = []
    for to in (0.0, 0.0001, 0.002):
        code = moved(result, layer, to)
        texts.append(saved.read_layers(result / "need.gpkg", [layer], whole=True)[layer].loc[code, "geom"])
    assert texts[0] == texts[1] != texts[2]
    equal, rows, _ = check(result, PACK=demo_pack)
    assert equal is False
    assert rows.iloc[:, :4].values.tolist() == [
        [layer, "geom", "", "Altered since the result was computed."],
        [layer, "geom", code, "Not equal."],
    ]


def test_the_layer_of_certainty_is_watched_from_when_it_is_written(result, demo_pack):
    beside = f"ogr:dbname='{result / 'need.gpkg'}' table=\"certainty\" (geom)"
    need = f"{result / 'need.gpkg'}|layername=need"
    for seed in (1, 2):
        assert run("rankcertainty", INPUT=need, PACK=demo_pack, DRAWS=40, SEED=seed, OUTPUT=beside)[0]
        equal, _, said = check(result, PACK=demo_pack)
        assert equal is True and "certainty is as it was written" in said
    with closing(sqlite3.connect(result / "need.gpkg")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(certainty)")]
    names = [name for name in columns if name not in ("fid", "geom", "area_code")]
    assert {"p_hotspot", "area_name"} < set(names)
    for name in names:
        change(result, f'UPDATE certainty SET "{name}" = 0.125 WHERE fid = 7')
    moved(result, "certainty", 1.0)
    _, rows, _ = check(result, PACK=demo_pack)
    assert set(rows["layer"]) == {"certainty"} and set(rows["column"]) == {*names, "geom"}


def test_a_broken_seal_is_not_mended_by_a_layer_of_certainty(result, demo_pack):
    place = result / "need-evidence.json"
    place.write_text(place.read_text(encoding="utf-8").replace('"exclude"', '"median"'), encoding="utf-8")
    before = place.read_bytes()
    beside = f"ogr:dbname='{result / 'need.gpkg'}' table=\"certainty\" (geom)"
    assert run("rankcertainty", INPUT=f"{result / 'need.gpkg'}|layername=need", DRAWS=40, OUTPUT=beside)[0]
    assert place.read_bytes() == before


def test_an_altered_seal(result):
    place = result / "need-evidence.json"
    text = place.read_text(encoding="utf-8")
    assert '"missing": "exclude"' in text
    place.write_text(text.replace('"missing": "exclude"', '"missing": "median"'), encoding="utf-8")
    equal, rows, _ = check(result)
    assert equal is False and rows["problem"].tolist() == ["The evidence is not what was sealed."]


def test_another_pack_is_named(result, demo_pack, tmp_path):
    other = shutil.copytree(demo_pack, tmp_path / "another")
    with (other / "pack.json").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    equal, rows, said = check(result, PACK=other)
    assert equal is False and len(rows) == 1
    assert "another" in rows["problem"][0] and "is another pack: pack.json differs" in said


@pytest.mark.parametrize(
    "edit",
    [
        lambda log: log.pop("results"),
        lambda log: log.update(results=[]),
        lambda log: log.update(layers=7),
        lambda log: log.update(options={"shoes": 1}),
        lambda log: log.update(pack=[]),
        lambda log: log.update(methodology={}),
    ],
)
def test_evidence_that_is_no_evidence(result, demo_pack, edit):
    reseal(result, edit)
    given, said = run(
        "checkresult", INPUT=f"{result / 'need.gpkg'}|layername=need", PACK=demo_pack, OUTPUT=result / "d.csv"
    )
    assert not given and ("is not the evidence of a result" in said or "the methodology: " in said)


def test_no_evidence_at_all(result):
    (result / "need-evidence.json").unlink()
    given, said = run("checkresult", INPUT=f"{result / 'need.gpkg'}|layername=need", OUTPUT=result / "d.csv")
    assert not given and "there is no need-evidence.json beside need.gpkg" in said
    assert "single steps and models write none" in said and "history" in said


def test_districts_may_be_joined_by_other_corners_on_the_same_lines(demo_pack, tmp_path, monkeypatch):
    """As another GEOS might do it; two millimetres beside the line is another outline, and every district is named."""
    from hyperlocal_need.processing_provider.runs import index

    pack = shutil.copytree(demo_pack, tmp_path / "pack")
    spec = json.loads((pack / "pack.json").read_text(encoding="utf-8"))
    del spec["boundaries"]["LTLA23"]
    (pack / "pack.json").write_text(json.dumps(spec), encoding="utf-8")
    result, united = tmp_path / "result", index.united
    assert run("computeindex", PACK=pack, OUTPUT=result / "need.gpkg")[0]
    districts = saved.read_layers(result / "need.gpkg", ["districts"])["districts"].index
    for aside, named in ((0.0, []), (0.0008, []), (0.002, [["districts", "geom", code] for code in districts])):

        def otherwise(geometries, aside=aside):
            joined = united(geometries).densifyByCount(1)
            joined.translate(aside, 0.0)
            return joined

        monkeypatch.setattr(index, "united", otherwise)
        equal, rows, _ = check(result, PACK=pack)
        assert equal is (not named) and rows.iloc[:, :3].values.tolist() == named
