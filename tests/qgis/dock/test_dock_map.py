"""What the map shows: each measure's colours at points in areas, legends, themes, projects without the plugin."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from driving import click, draw, settle, wait_until
from qgis.core import QgsExpression, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from hyperlocal_need.processing_provider.project import result_layers as layer_group
from hyperlocal_need.processing_provider.style import palettes, renderers
from hyperlocal_need.processing_provider.style.legend import legend_entries

POINTS_A_CLASS = 4


def shown_colours(result):
    """The colour that each area or district has to have, by code, for what is shown."""
    frame = result.saved.need if result.level == "areas" else result.saved.districts
    result.legend()
    detail = result.detail()
    style = result.style() if detail is None else detail.style
    positions = result._positions[(result.level, result.measure, style.kind)]
    colours = [entry.colour for entry in style.classes]
    return {code: colours[place] if place >= 0 else None for code, place in zip(frame.index, positions)}


def check_pixels(layer, colours, field):
    """Some areas of every class, at a point inside, have their class's colour; unranked ones are pale grey."""
    _, colour_at = draw([layer])
    seen = {}
    for feature in layer.getFeatures(QgsFeatureRequest()):
        wanted = colours[feature[field]]
        if len(seen.setdefault(wanted, [])) < POINTS_A_CLASS:
            point = feature.geometry().pointOnSurface().asPoint()
            seen[wanted].append(colour_at(point))
    for wanted, found in seen.items():
        if wanted is None:
            assert all(QColor(colour).lightness() > 150 and QColor(colour).saturation() < 30 for colour in found)
        else:
            assert found == [wanted] * len(found)
    return seen


def select(page, level, measure, kind=None):
    page.level.setCurrentIndex(page.level.findData(level))
    page.measure.setCurrentIndex(page.measure.findData(measure))
    if kind is not None:
        page.kind.setCurrentIndex(page.kind.findData(kind))
    settle()


def visible_layers(project):
    return [node.name() for node in project.layerTreeRoot().findLayers() if node.isVisible()]


class TestMeasures:
    def test_every_style_of_areas_and_districts_has_its_colours_on_the_map(self, looking):
        result, page = looking.session.result, looking.pages["map"]
        for areas, layer, field in (
            (True, result.layers.need, "area_code"),
            (False, result.layers.districts, "district_code"),
        ):
            styles = result.layers.styles(areas)
            assert len(styles) == (15 if areas else 12)
            for style in styles:
                select(page, "areas" if areas else "districts", style.measure, style.kind)
                assert layer.styleManager().currentStyle() == style.name
                seen = check_pixels(layer, shown_colours(result), field)
                assert len(seen) > 1 or not areas, style.name

    @pytest.mark.parametrize("node", ["fuel_poverty", "employment", "crime_rank"])
    def test_an_indicator_or_sub_dimension_is_a_layer_of_its_own(self, looking, project, node):
        page, result = looking.pages["map"], looking.session.result
        select(page, "areas", node)
        layer = layer_group.role_layer(project, f"detail:{node}")
        assert visible_layers(project)[:2] == ["District names and outlines", layer.name()]
        assert len(check_pixels(layer, shown_colours(result), "area_code")) >= 10
        select(page, "areas", "need")
        select(page, "areas", node)
        assert layer_group.role_layer(project, f"detail:{node}").id() == layer.id()

    def test_the_selector_has_the_whole_the_dimensions_and_what_lies_under_them(self, looking):
        page = looking.pages["map"]
        ids = [page.measure.itemData(place) for place in range(page.measure.count())]
        assert ids[:6] == ["need", "growth", "energy", "streets", "opportunity", "health"]
        assert {"employment", "fuel_poverty"} <= set(ids)
        assert not page.measure.model().item(ids.index("")).isEnabled()
        page.level.setCurrentIndex(page.level.findData("districts"))
        assert page.measure.count() == 6

    def test_a_dimension_without_classes_of_its_own_falls_back_to_deciles(self, looking):
        page = looking.pages["map"]
        select(page, "areas", "need", "mission")
        page.measure.setCurrentIndex(page.measure.findData("growth"))
        assert page.kind.currentData() == "deciles"
        assert looking.session.result.kind == "deciles"


class TestLegend:
    def test_it_counts_what_the_map_shows(self, looking):
        page, result = looking.pages["map"], looking.session.result
        for style in result.layers.styles(True):
            select(page, "areas", style.measure, style.kind)
            counted = [(entry.label, entry.count, entry.population) for entry in legend_entries(result.layers.need)]
            assert [(entry.label, entry.count, entry.population) for entry in result.legend()] == counted
            assert len(page.legend.texts()) == len(counted)
            assert " areas, " in page.legend.texts()[-1] or " area, " in page.legend.texts()[-1]

    def test_a_filter_counts_anew_for_areas_and_districts(self, looking):
        page, result = looking.pages["map"], looking.session.result
        need = result.saved.need
        region = need["region_code"].iloc[0]
        inside = need[need["region_code"] == region]
        result.set_filter(region, "")
        assert sum(entry.count for entry in result.legend()) == len(inside)
        assert need["region_name"].iloc[0] in page.where.text()
        select(page, "districts", "need")
        assert sum(entry.count for entry in result.legend()) == inside["district_code"].nunique()


class TestProject:
    def test_every_style_is_a_map_theme_that_keeps_other_layers(self, looking, project):
        names = project.mapThemeCollection().mapThemes()
        assert "Neighbourhoods - Need: hot spots" in names and "Districts - Health: fifths" in names
        record = project.mapThemeCollection().mapThemeState("Neighbourhoods - Growth: deciles")
        styles = {entry.layer().name(): entry.currentStyle for entry in record.layerRecords()}
        assert styles["Neighbourhoods"] == "Growth: deciles"
        assert "District names and outlines" in styles

    def test_a_saved_project_looks_the_same_to_a_qgis_without_the_plugin(self, looking, project, tmp_path):
        page = looking.pages["map"]
        select(page, "areas", "fuel_poverty")
        detail_colours = shown_colours(looking.session.result)
        select(page, "areas", "growth", "hotspots")
        colours = shown_colours(looking.session.result)
        path = str(tmp_path / "project.qgs")
        assert project.write(path)
        text = (tmp_path / "project.qgs").read_text(encoding="utf-8")
        assert "hyperlocalneed:" not in text and "python" not in text.lower()
        other = QgsProject()
        assert other.read(path)
        by_name = {layer.name(): layer for layer in other.mapLayers().values()}
        assert all(layer.isValid() for layer in by_name.values())
        check_pixels(by_name["Neighbourhoods"], colours, "area_code")
        check_pixels(by_name["Households in fuel poverty"], detail_colours, "area_code")
        assert len(other.mapThemeCollection().mapThemes()) == 27
        other.clear()

    def test_the_geopackage_alone_opens_styled(self, looking, result_file):
        from qgis.core import QgsVectorLayer

        layer = QgsVectorLayer(f"{result_file}|layername=need", "need", "ogr")
        check_pixels(layer, shown_colours(looking.session.result), "area_code")
        assert layer.blendMode() == renderers.THROUGH, "a map below it shows through"

    def test_styles_are_written_as_qml(self, looking, tmp_path):
        looking.pages["map"].save_styles(str(tmp_path))
        files = sorted(path.name for path in tmp_path.glob("*.qml"))
        assert len(files) == 27 and "need_growth_hotspots.qml" in files
        layer = looking.session.result.layers.need
        document = QDomDocument()
        document.setContent((tmp_path / "need_growth_hotspots.qml").read_text(encoding="utf-8"))
        assert layer.importNamedStyle(document)[0]
        assert layer.renderer().classAttribute().startswith('CASE WHEN "growth_hotspot" = 1')
        looking.pages["map"].save_styles(str(tmp_path / "none"))
        assert "cannot be written" in looking.messages.currentItem().text()

    def test_the_measure_is_laid_out_as_sheets_and_an_indicator_has_none(self, looking, project, monkeypatch):
        page, opened = looking.pages["map"], []
        select(page, "areas", "growth", "hotspots")
        with monkeypatch.context() as patched:
            patched.setattr(looking.session, "iface", SimpleNamespace(openLayoutDesigner=opened.append))
            click(page.sheet)
        names = {layout.name() for layout in project.layoutManager().layouts()}
        title = looking.session.result.layers.methodology.node("growth").title
        assert names == {f"Hyper-local Need: map of {title}", f"Hyper-local Need: pair of {title}"}
        assert [layout.name() for layout in opened] == [f"Hyper-local Need: map of {title}"]
        select(page, "areas", "fuel_poverty")
        assert not page.sheet.isEnabled()

    def test_map_tips_say_name_district_score_rank_and_why(self, looking):
        layer = looking.session.result.layers.need
        feature = next(layer.getFeatures("need_rank = 1"))
        context = layer.createExpressionContext()
        context.setFeature(feature)
        tip = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
        assert feature["area_name"] in tip and feature["district_name"] in tip and "rank 1" in tip

    def test_zoom_to_all_shows_the_whole_result(self, looking):
        click(looking.pages["map"].zoom)
        canvas, layer = looking.session.canvas, looking.session.result.layers.need
        assert canvas.mapSettings().destinationCrs() == layer.crs() or canvas.extent().width() > 0
        assert palettes.DECILE_BLUES


def test_a_missing_result_file_is_told(dock, tmp_path):
    dock.session.result.add(tmp_path / "none.gpkg", dock.session.method.published, "Result", "England")
    assert "cannot be opened" in dock.messages.currentItem().text()
    wait_until(lambda: dock.session.result.layers is None)
