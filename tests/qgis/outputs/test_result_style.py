"""Layers that a run loads into the project open styled, and say in words what their classes are."""

from __future__ import annotations

import pytest
from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextScope,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

from hyperlocal_need.processing_provider.compat import symbol_property
from hyperlocal_need.processing_provider.style import overlay, palettes
from hyperlocal_need.processing_provider.style import renderers as styling
from hyperlocal_need.processing_provider.style.legend import class_positions, count_classes, legend_entries

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
    # 5 areas are ranked and two fifths of them are hot spots: the flag says which, the shades are quarters of 10 %.
    assert layer.renderer().classAttribute() == (
        'CASE WHEN "prospects_hotspot" = 1 THEN min(4, ceil(4 * "prospects_rank" / 2)) '
        'WHEN "prospects_hotspot" = 0 THEN 5 END'
    )
    assert "10 %" in labels(layer)[0]


def shown_classes(layer):
    """By feature: the value of the category that the renderer draws it in; None for a feature without one."""
    context = QgsExpressionContext()
    context.setFields(layer.fields())
    renderer = layer.renderer()
    expression, categories, shown = QgsExpression(renderer.classAttribute()), renderer.categories(), {}
    for feature in layer.getFeatures():
        context.setFeature(feature)
        value = expression.evaluate(context)
        category = categories[renderer.categoryIndexForValue(value if isinstance(value, (int, float)) else None)]
        shown[feature.id()] = None if category.label() == palettes.UNRANKED_LABEL else int(category.value())
    return shown


@pytest.mark.parametrize("share", [0.05, 0.15, 0.2, 0.4, 1.0])
@pytest.mark.parametrize("size", [7, 20, 40])
def test_what_is_drawn_as_a_hot_spot_bears_the_flag_and_nothing_else_does(provider, project, size, share):
    # Every third score ties with the one before, so that ties stand at the limit of most shares; the last has none.
    scores = [float(place - (place % 3 == 1)) for place in range(size)]
    layer = QgsVectorLayer(
        "Polygon?field=area_code:string&field=district_code:string&field=score:double", "scores", "memory"
    )
    features = []
    for place, score in enumerate([*scores, None]):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([f"A{place:02d}", f"D{place % 2}", score])
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(place, 0, place + 1, 1)))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    parameters = {"INPUT": layer, "FIELDS": ["score"], "SHARE": share, "DISTRICT_FIELD": "district_code"}
    result = run_and_load(project, "hotspots", parameters)
    result.styleManager().setCurrentStyle("score: hot spots")
    shown = shown_classes(result)
    flags = {one.id(): one["score_hotspot"] for one in result.getFeatures()}
    ranks = {one.id(): one["score_rank"] for one in result.getFeatures()}
    hot = {key for key, flag in flags.items() if flag == 1}
    assert {key for key, value in shown.items() if value is not None and value < 5} == hot
    assert {key for key, value in shown.items() if value == 5} == {key for key, flag in flags.items() if flag == 0}
    assert list(shown.values()).count(None) == 1
    shades = [shown[key] for key in sorted(hot, key=ranks.get)]
    assert shades == sorted(shades), "a higher rank is never drawn paler"
    assert sum(entry.count for entry in legend_entries(result)[:4]) == len(hot)


def test_every_style_of_a_result_draws_the_flag_and_counts_alike(country):
    """Over all measures, areas and districts, whole and within districts: renderer, frame and flag agree."""
    areas, methodology = country.need(), country.methodology()
    for areas_layer, frame, styles in (
        (True, areas, styling.need_styles),
        (False, country.districts(areas), styling.district_styles),
    ):
        layer = country.layer_of(
            frame, {code: [place] for code, place in zip(frame.index, country.squares.values())}, "any"
        )
        made = styles(methodology, styling.ranked_in(frame, methodology))
        assert {style.kind for style in made} >= {"hotspots"}
        for style in made:
            styling.apply_style(layer, style, methodology)
            counted = count_classes(style.classes, class_positions(style, frame), frame["population"])
            assert legend_entries(layer) == counted, style.name
            if "hotspots" in style.kind:
                of_areas = "hotspot_district" if style.kind == "local_hotspots" else "hotspot"
                name = of_areas if style.measure == "need" and areas_layer else f"{style.measure}_hotspot"
                others = sum(entry.count for entry in counted if entry.label.startswith("Other"))
                assert others == int((frame[name] == 0).sum()), style.name


def test_the_whole_model_gives_every_style_of_the_measure(provider, demo_pack, project, tmp_path):
    indicators = tmp_path / "indicators.gpkg"
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:convert")
    parameters = {"PACK": str(demo_pack), "indicators:OUTPUT": str(indicators)}
    assert algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(False))[1]
    layer = run_and_load(project, "full_index", {"INPUT": str(indicators), "PACK": str(demo_pack)}, "need:OUTPUT")
    names = layer.styleManager().styles()
    assert {"Need: deciles", "Need: hot spots", "Need: classes", "Growth: hot spots"} <= set(names)
    assert layer.styleManager().currentStyle() == "Need: deciles"
    assert layer.name() == "Need", "and not OUTPUT, as QGIS would have it, nor what the last step calls it"
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
    halo, line = layer.renderer().symbol().symbolLayers()
    assert halo.width() > line.width() and halo.color().lightness() > 200 > line.color().lightness()


@pytest.mark.parametrize(
    ("size", "number", "crs", "near"),
    [
        (6000, 36, "EPSG:27700", 100_000),
        (6000, 4, "EPSG:27700", 300_000),
        (6000, 1, "EPSG:27700", 600_000),
        (6000, 0, "EPSG:27700", None),
        (0.06, 36, "EPSG:4326", 111_319),
    ],
)
def test_outlines_of_many_small_areas_are_thin_from_afar(provider, size, number, crs, near):
    """Squares over 6 km by 6 km: 36 of them are a centimetre wide at 1:100,000, one alone at 1:600,000."""
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=boundary_name:string", "areas", "memory")
    across = int(number**0.5)
    for place in range(number):
        feature = QgsFeature(layer.fields())
        side = size / across
        x, y = side * (place % across), side * (place // across)
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + side, y + side)))
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    overlay.style_overlay(layer)
    halo, line = layer.renderer().symbol().symbolLayers()
    if near is None:
        assert not halo.dataDefinedProperties().hasActiveProperties()
        return

    def drawn(scale):
        context = QgsExpressionContext()
        context.appendScope(QgsExpressionContextScope())
        context.lastScope().setVariable("map_scale", scale)
        properties = halo.dataDefinedProperties(), line.dataDefinedProperties()
        enabled = properties[0].property(symbol_property("LayerEnabled")).valueAsBool(context, True)[0]
        return enabled, properties[1].property(symbol_property("StrokeWidth")).valueAsDouble(context, -1.0)[0]

    assert drawn(0.99 * near) == (True, 0.4) and drawn(1.01 * near) == (False, overlay.FAR_MM)
