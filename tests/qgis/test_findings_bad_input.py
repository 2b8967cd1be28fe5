"""The four questions asked of results that do not fit: an error in words with nothing written, or a note."""

from __future__ import annotations

import json
import shutil

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)
from running import change

from hyperlocal_need.core.methodology import load
from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY
from hyperlocal_need.processing_provider.runs.index import STAGE_LAYERS

QUESTIONS = ("rankcertainty", "explainneed", "needclusters", "compareresults")
BY_METHOD = QUESTIONS[:3]
BY_STAGES = QUESTIONS[:2]


def ask(name, path, out, **given):
    """(whether it was answered, what was said)."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    need = f"{path}|layername=need"
    values = {"INPUT": need, "OUTPUT": str(out), **({"OTHER": need} if name == "compareresults" else {}), **given}
    if name == "rankcertainty":
        values.setdefault("DRAWS", 20)
    feedback, context = QgsProcessingFeedback(False), QgsProcessingContext()
    able, message = algorithm.checkParameterValues(values, context)
    if not able:
        return False, message
    try:
        done = algorithm.run(values, context, feedback, {}, False)[1]
    except QgsProcessingException as error:
        return False, str(error)
    return done, feedback.textLog()


@pytest.fixture
def result(computed, tmp_path):
    (tmp_path / "in").mkdir()
    return shutil.copy(computed, tmp_path / "in" / "need.gpkg")


@pytest.mark.parametrize(
    ("names", "statements", "words"),
    [
        (("needclusters",), ['DELETE FROM "need" WHERE need_rank > 20'], "at least 30 ranked areas"),
        (("needclusters",), ['UPDATE "need" SET composite = 1 WHERE need_rank > 0'], "the same need"),
        (("needclusters",), ['UPDATE "need" SET composite = NULL'], "there are 0"),
        (BY_STAGES, ['DELETE FROM "normal_scores"'], "stages"),
        (QUESTIONS, ["DELETE FROM gpkg_contents WHERE table_name = 'quality'"], "quality"),
    ],
)
def test_a_result_that_does_not_fit_is_refused_and_nothing_written(result, tmp_path, names, statements, words):
    change(result, *statements)
    for name in names:
        done, said = ask(name, result, tmp_path / f"{name}.gpkg")
        assert not done and words in said and "Traceback" not in said, f"{name}: {said}"
        assert [one.name for one in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("name", "given"),
    [("rankcertainty", {"DRAWS": 0}), ("needclusters", {"RATE": 0}), ("compareresults", {"SHARE": 0})],
)
def test_a_number_that_means_nothing_is_refused(result, tmp_path, name, given):
    done, said = ask(name, result, tmp_path / "out.gpkg", **given)
    assert not done and said.startswith(f"{next(iter(given))}: 0 is not a")


@pytest.mark.parametrize("name", BY_METHOD)
def test_weights_that_are_all_0_are_refused(result, tmp_path, name):
    def without_weight(value):
        if isinstance(value, dict):
            return {key: 0 if key == "weight" else without_weight(one) for key, one in value.items()}
        return [without_weight(one) for one in value] if isinstance(value, list) else value

    method = tmp_path / "in" / "nothing.json"
    method.write_text(json.dumps(without_weight(load(DEFAULT_METHODOLOGY).dump())), encoding="utf-8")
    done, said = ask(name, result, tmp_path / "out.gpkg", METHODOLOGY=str(method))
    assert not done and "weight" in said and not (tmp_path / "out.gpkg").exists(), said


def test_another_universe_is_said_and_fields_named_like_outputs_are_not_taken(result, tmp_path):
    half = shutil.copy(result, tmp_path / "in" / "half.gpkg")
    change(
        half,
        'DELETE FROM "need" WHERE need_rank % 2 = 0',
        *(f'DELETE FROM "{stage}" WHERE area_code NOT IN (SELECT area_code FROM "need")' for stage in STAGE_LAYERS),
        *(f'ALTER TABLE "need" ADD COLUMN {name} INTEGER DEFAULT -7' for name in ("rank_change", "cluster_id")),
    )
    done, said = ask("compareresults", result, tmp_path / "two.gpkg", OTHER=f"{half}|layername=need")
    assert done and "The two differ in their areas" in said
    done, said = ask("needclusters", half, tmp_path / "clusters.gpkg")
    assert done, said
    for path, name in (("two", "rank_change"), ("clusters", "cluster_id")):
        rows = QgsVectorLayer(str(tmp_path / f"{path}.gpkg"), path, "ogr").getFeatures()
        assert -7 not in {row[name] for row in rows}


def test_an_island_is_listed_and_not_tested(result, tmp_path):
    layer = QgsVectorLayer(f"{result}|layername=need", "need", "ogr")
    area = next(one for one in layer.getFeatures() if one["need_rank"] == 1)
    shape = area.geometry()
    shape.translate(5e5, 5e5)
    assert layer.dataProvider().changeGeometryValues({area.id(): shape})
    code = area["area_code"]
    del layer
    done, said = ask("needclusters", result, tmp_path / "clusters.gpkg")
    assert done and f"Without a neighbour, so not tested: 1 ({code})" in said, said
