"""The dock's page "My boundaries": a layer is chosen, summed up, laid over the map, listed, and made into an atlas."""

from __future__ import annotations

import shutil
import time

import pytest
from qgis.core import (
    QgsFeatureRequest,
    QgsGeometry,
    QgsLayoutItemLabel,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QWidget

from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY
from hyperlocal_need.ui.pages.boundaries_page import COLUMNS


def wait(done, seconds=30):
    """Serve events until something has happened."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


@pytest.fixture
def page(computed, demo_pack, tmp_path, qgis_processing):
    """The page on a result of 120 areas, with its districts as somebody's own areas in the project."""
    from hyperlocal_need.ui.pages.boundaries_page import BoundariesPage
    from hyperlocal_need.ui.session import Session

    need = shutil.copytree(computed.parent, tmp_path / "result") / computed.name
    areas = QgsVectorLayer(str(demo_pack / "boundaries" / "ltla23.gpkg"), "wards", "ogr")
    QgsProject.instance().addMapLayer(areas)
    session = Session()
    made = BoundariesPage(session)
    assert not made.start.isEnabled(), "without a result there is nothing to sum up"
    session.result.add(need, methodologies.load(DEFAULT_METHODOLOGY), "Test", "Country")
    wait(lambda: not session.result.reading)
    made.layer.setLayer(areas)
    yield made
    made.close_down()
    session.close()
    QgsProject.instance().clear()


def test_sum_up_look_and_open_the_atlas(page):
    assert page.start.isEnabled() and not page.atlas.isEnabled()
    assert page.names.currentField(), "a likely name field is chosen"
    page.start.click()
    wait(lambda: not page.runner.running)
    assert page.overlay is not None and page.overlay.id() in QgsProject.instance().mapLayers()
    assert QgsProject.instance().layerTreeRoot().children()[0].layer() == page.overlay, "the outlines lie on top"
    assert page.overlay.attributeAlias(page.overlay.fields().indexOf("boundary_name")) == "Area"
    ranks = [page.model.text(place, 0) for place in range(page.model.rowCount())]
    assert ranks == [str(place + 1) for place in range(page.overlay.featureCount())], "the neediest first"
    assert "by centroid" in page.notice.text()
    page.atlas.click()
    wait(lambda: not page.preparing.running)
    layout = QgsProject.instance().layoutManager().layoutByName("Hyper-local Need: areas")
    assert layout is not None and layout.atlas().coverageLayer().featureCount() == page.overlay.featureCount()
    shown = [item.currentText() for item in layout.items() if isinstance(item, QgsLayoutItemLabel)]
    assert shown and not any("[%" in text for text in shown), "it opens on its first area"
    layout.atlas().updateFeatures()
    assert layout.atlas().count() == page.overlay.featureCount()


def test_only_the_areas_in_the_filter_or_the_selection_are_summed_up_and_the_source_is_switched_off(page):
    source, result = page.layer.currentLayer(), page.session.result
    district = result.saved.need["district_code"].iloc[0]
    result.set_filter("", district)
    assert result.place() in page.extent.text()
    page.start.click()
    wait(lambda: not page.runner.running)
    assert page.overlay.featureCount() == 1
    found = next(page.overlay.getFeatures())
    assert found["boundary_district"] == result.place()
    assert found["lsoas"] == (result.saved.need["district_code"] == district).sum()
    assert not QgsProject.instance().layerTreeRoot().findLayer(source.id()).isVisible()
    source.selectByIds(source.allFeatureIds()[:2])
    assert "2 selected" in page.extent.text()
    page.start.click()
    wait(lambda: not page.runner.running)
    assert page.overlay.featureCount() == 2


def sum_up(page):
    page.start.click()
    wait(lambda: not page.runner.running)


def own_area(page, name, count):
    """Select so many of the map's neighbourhoods and make an area of them, by its widgets."""
    need = page.session.result.layers.need
    need.selectByIds(sorted(need.allFeatureIds())[:count])
    codes = sorted(one["area_code"] for one in need.selectedFeatures())
    page.own_name.setText(name)
    page.own.click()
    wait(lambda: not page.runner.running)
    return codes


def test_ctrl_c_copies_rows_that_no_spreadsheet_takes_for_formulas(page):
    source = page.layer.currentLayer().materialize(QgsFeatureRequest())
    first = next(source.getFeatures())
    source.dataProvider().changeAttributeValues({first.id(): {source.fields().lookupField("LAD23NM"): "=1+1\t2"}})
    QgsProject.instance().addMapLayer(source)
    page.layer.setLayer(source)
    page.names.setField("LAD23NM")
    sum_up(page)
    page.show()
    page.activateWindow()
    page.table.setFocus()
    page.table.selectAll()
    wait(lambda: page.table.hasFocus())
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0][:4] == ["Rank", "Area", "District", "Average score"]
    assert len(lines) == source.featureCount() + 1 and {len(line) for line in lines} == {8}
    assert "'=1+1 2" in [line[1] for line in lines]


def test_every_button_has_room_at_320_pixels(page):
    sum_up(page)
    page.resize(320, 700)
    page.show()
    QCoreApplication.processEvents()
    buttons = [one for one in page.findChildren(QAbstractButton) if one.isVisible() and one.text()]
    shown = {one.text().replace("&", ""): one.width() for one in buttons}
    assert {"Sum up", "Copy", "Save …", "Who is reached …", "Make it of the selected LSOAs"} < set(shown)
    assert min(shown.values()) >= 48, shown


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_table_is_saved_with_its_sources_beside(page, tmp_path, ending):
    sum_up(page)
    place = tmp_path / "out" / f"areas.{ending}"
    page.save_rows(place)
    wait(lambda: not page.preparing.running)
    assert place.is_file(), page.notice.text()
    beside = place.with_suffix(".qmd") if ending == "xlsx" else place.with_name("areas.csv-metadata.json")
    assert place.is_file() and "Invented" in beside.read_text(encoding="utf-8")
    layer = QgsVectorLayer(f"{place}|layername=Areas" if ending == "xlsx" else str(place), "", "ogr")
    assert layer.featureCount() == page.overlay.featureCount()
    assert sorted(one.name for one in place.parent.iterdir()) == sorted([place.name, beside.name])


def test_several_sets_are_kept_and_one_is_looked_at(page):
    source = page.layer.currentLayer()
    sum_up(page)
    first, rows = page.overlay, page.model.rowCount()
    other = source.materialize(QgsFeatureRequest().setFilterFids(source.allFeatureIds()[:2]))
    other.setName("wards")
    QgsProject.instance().addMapLayer(other)
    page.layer.setLayer(other)
    page.method.setCurrentIndex(page.method.findData("area_share"))
    sum_up(page)
    assert page.overlay is not first and page.sets.count() == 2, "of the same name, but not the same areas"
    assert page.model.rowCount() == 2 and page.method.currentData() == "area_share"
    root = QgsProject.instance().layerTreeRoot()
    assert [root.findLayer(one.id()).isVisible() for one in (first, page.overlay)] == [False, True]
    page.show()
    page.sets.setFocus()
    QTest.keyClick(page.sets, Qt.Key.Key_Up if page.sets.currentIndex() else Qt.Key.Key_Down)
    assert page.overlay is first and page.model.rowCount() == rows and page.method.currentData() == "centroid"
    assert root.findLayer(first.id()).isVisible() and first.source().startswith(page.output)
    page.layer.setLayer(source)
    sum_up(page)
    assert page.sets.count() == 2, "the same areas summed up again take the place of their set"
    QgsProject.instance().removeMapLayer(page.overlay.id())
    assert page.sets.count() == 1 and page.model.rowCount() == 2


def test_an_area_of_selected_neighbourhoods_is_summed_up_as_a_set(page):
    codes, need = own_area(page, "Hill", 5), page.session.result.saved.need
    assert page.model.rowCount() == 1 and page.model.text(0, list(COLUMNS).index("lsoas")) == "5"
    assert page.layer.currentLayer().name() == "My own areas" and page.names.currentField() == "name"
    found = next(page.overlay.getFeatures())
    people = need.loc[codes, "population"]
    assert found["population"] == people.sum() and found["boundary_name"] == "Hill"
    scores = need.loc[codes, "need_score"].dropna()
    mean = (scores * people).sum() / people[scores.index].sum()
    assert found["need_average_score"] == pytest.approx(mean)
    assert page.session.result.layers.need.selectedFeatureCount() == 0
    said = []
    page.session.messaged.connect(lambda text, level: said.append(text))
    own_area(page, "Dale", 1)
    assert page.model.rowCount() == 2 and page.sets.count() == 1 and "one neighbourhood alone" in said[-1]


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [("", 3, "Give the area a name"), ("Hill", 0, "No neighbourhood is selected"), ("hill", 3, "area 'hill' already")],
)
def test_an_area_that_cannot_be_made_says_why(page, name, count, words):
    own_area(page, "Hill", 5)
    own_area(page, name, count)
    assert words in page.notice.text()
    assert page.layer.currentLayer().featureCount() == 1


def test_areas_that_are_being_drawn_count_and_those_elsewhere_are_told(page):
    need = page.session.result.layers.need
    drawn = QgsVectorLayer(f"Polygon?crs={need.crs().authid()}&field=name:string", "drawn", "memory")
    drawn.setCrs(need.crs())
    QgsProject.instance().addMapLayer(drawn)
    page.layer.setLayer(drawn)
    assert not page.start.isEnabled() and "No area is drawn" in page.extent.text()
    drawn.startEditing()
    box = need.extent()
    drawn.addFeature(QgsVectorLayerUtils.createFeature(drawn, QgsGeometry.fromRect(box), {0: "All"}))
    assert page.start.isEnabled()
    sum_up(page)
    assert page.model.text(0, list(COLUMNS).index("lsoas")) == "120"
    box.setXMinimum(box.xMaximum() + 1000)
    box.setXMaximum(box.xMinimum() + 1000)
    drawn.deleteFeatures(drawn.allFeatureIds())
    drawn.addFeature(QgsVectorLayerUtils.createFeature(drawn, QgsGeometry.fromRect(box), {0: "Sea"}))
    sum_up(page)
    assert "no LSOA" in page.notice.text(), page.notice.text()


@pytest.mark.parametrize("name", ["reached", "reorganise"])
def test_what_leads_on_opens_with_the_result(page, name, provider, monkeypatch):
    import processing

    # QGIS's own window, which the dialog needs more of than tests have.
    asked = []
    monkeypatch.setattr(processing, "createAlgorithmDialog", lambda *said: asked.append(said) or QWidget())
    getattr(page, name).click()
    (algorithm, values), need, areas = asked[0], page.session.result.layers.need, page.layer.currentLayer()
    definitions = {one.name() for one in provider.algorithm(algorithm.partition(":")[2]).parameterDefinitions()}
    assert set(values) <= definitions and values["INPUT"] == need.id()
    assert name != "reached" or values["AREAS"] == areas.id()
    assert page.dialog.isVisible()
    page.dialog.close()


def test_a_removed_overlay_is_forgotten(page):
    page.start.click()
    wait(lambda: not page.runner.running)
    QgsProject.instance().removeMapLayer(page.overlay.id())
    assert page.overlay is None and page.model.rowCount() == 0 and not page.atlas.isEnabled()
