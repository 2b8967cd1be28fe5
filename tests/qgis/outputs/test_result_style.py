"""Layers that a run loads into the project open styled, and say in words what their classes are."""

from __future__ import annotations

import pytest
from qgis.core import (
    QgsApplication,
    QgsField,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

DIMENSIONS = ("growth", "energy", "streets", "opportunity", "health")


@pytest.fixture
def project(provider, monkeypatch):
    """A project without a window: from QGIS 3.40 on, loading results looks for the window's tree of layers."""
    from processing.gui import Postprocessing

    monkeypatch.setattr(Postprocessing, "iface", None, raising=False)
    return QgsProject()


def run_and_load(project, name, parameters, output="OUTPUT"):
    """The layer that QGIS loads into the project, as after a run from the toolbox."""
    from processing.gui.Postprocessing import handleAlgorithmResults

    context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
    context.setProject(project)
    sink = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    _, done = algorithm.run({**parameters, output: sink}, context, feedback)
    assert done, feedback.textLog()
    handleAlgorithmResults(algorithm, context, feedback)
    (layer,) = project.mapLayers().values()
    return layer


def labels(layer):
    return [category.label() for category in layer.renderer().categories()]


@pytest.fixture
def scores(provider, country):
    """Six squares with a score each, B3 without."""
    frame = country.need()[["area_name", "district_code", "need_score"]]
    squares = {code: [place] for code, place in country.squares.items()}
    return country.layer_of(frame.rename(columns={"need_score": "prospects"}), squares, "scores")


def test_a_single_field_has_its_deciles_and_its_hot_spots(scores, project):
    layer = run_and_load(project, "hotspots", {"INPUT": scores, "FIELDS": ["prospects"], "SHARE": 0.4})
    assert layer.styleManager().styles() == ["prospects: deciles", "prospects: hot spots"]
    assert layer.renderer().classAttribute() == '"prospects_decile"'
    layer.styleManager().setCurrentStyle("prospects: hot spots")
    # 5 areas are ranked and two fifths of them are hot spots: quarters of 10 %.
    assert layer.renderer().classAttribute().startswith('CASE WHEN "prospects_rank" IS NOT NULL')
    assert "ceil(10 *" in layer.renderer().classAttribute()
    assert "10 %" in labels(layer)[0]


def test_the_whole_model_gives_every_style_of_the_measure(provider, demo_pack, project, tmp_path):
    indicators = tmp_path / "indicators.gpkg"
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:convert")
    parameters = {"PACK": str(demo_pack), "indicators:OUTPUT": str(indicators)}
    assert algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(False))[1]
    layer = run_and_load(project, "full_index", {"INPUT": str(indicators), "PACK": str(demo_pack)}, "need:OUTPUT")
    names = layer.styleManager().styles()
    assert {"Need: deciles", "Need: hot spots", "Need: classes", "Growth: hot spots"} <= set(names)
    assert layer.styleManager().currentStyle() == "Need: deciles"
    assert layer.name() == "Areas with hot spots", "and not OUTPUT, as QGIS would have it"
    assert layer.attributeDisplayName(layer.fields().indexOf("need_decile")) == "Decile (1 = highest need)"
    assert len(labels(layer)) == 11


def test_a_field_with_quotes_in_its_name_is_a_name_and_no_expression(scores, project):
    scores.startEditing()
    scores.renameAttribute(scores.fields().indexOf("prospects"), 'a"+"b')
    assert scores.commitChanges()
    layer = run_and_load(project, "hotspots", {"INPUT": scores, "FIELDS": ['a"+"b']})
    assert layer.renderer().classAttribute() == '"a""+""b_decile"'
    assert {feature['a"+"b_decile'] for feature in layer.getFeatures('"a""+""b_rank" = 1')} == {2}


def test_without_districts_there_are_no_classes_within_them(scores, project):
    scores.startEditing()
    for name in ("composite", *(f"{one}_exp" for one in DIMENSIONS)):
        scores.addAttribute(QgsField(name, QVariant.Double))
    scores.renameAttribute(scores.fields().indexOf("prospects"), "need_score")
    scores.renameAttribute(scores.fields().indexOf("district_code"), "council")
    assert scores.commitChanges()
    scores.startEditing()
    for feature in scores.getFeatures('"need_score" IS NOT NULL'):
        for name in ("composite", *(f"{one}_exp" for one in DIMENSIONS)):
            scores.changeAttributeValue(feature.id(), scores.fields().indexOf(name), feature["need_score"])
    assert scores.commitChanges()
    layer = run_and_load(project, "hotspots", {"INPUT": scores})
    names = layer.styleManager().styles()
    assert "Need: hot spots" in names and not [name for name in names if "in district" in name]


def test_a_table_stays_a_table(provider, project, tmp_path):
    (tmp_path / "scores.csv").write_text("area_code,score\nA,1\nB,2\n", encoding="utf-8")
    table = QgsVectorLayer(str(tmp_path / "scores.csv"), "scores", "ogr")
    layer = run_and_load(project, "hotspots", {"INPUT": table, "FIELDS": ["score"]})
    assert layer.renderer() is None and layer.styleManager().styles() == ["default"]


def test_summed_up_areas_are_outlines_with_names(provider, need, districts, project):
    parameters = {"INPUT": need, "AREAS": districts, "CODE_FIELD": "district_code", "NAME_FIELD": "district_name"}
    layer = run_and_load(project, "summarisebyarea", parameters)
    assert layer.labelsEnabled() and layer.labeling().settings().fieldName == "boundary_name"
