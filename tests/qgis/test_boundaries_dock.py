"""The dock's page "My boundaries": a layer is chosen, summed up, laid over the map, listed, and made into an atlas."""

from __future__ import annotations

import time

import pytest
from qgis.core import QgsLayoutItemLabel, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop

from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY


def wait(done, seconds=30):
    """Serve events until something has happened."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


@pytest.fixture
def page(provider, demo_pack, tmp_path, qgis_processing):
    """The page on a result of 120 areas, with its districts as somebody's own areas in the project."""
    import processing

    from hyperlocal_need.ui.pages.boundaries_page import BoundariesPage
    from hyperlocal_need.ui.session import Session

    need = tmp_path / "need.gpkg"
    processing.run("hyperlocalneed:computeindex", {"PACK": str(demo_pack), "OUTPUT": str(need), "STAGES": True})
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
    ranks = [page.table.item(place, 0).text() for place in range(page.table.rowCount())]
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


def test_a_removed_overlay_is_forgotten(page):
    page.start.click()
    wait(lambda: not page.runner.running)
    QgsProject.instance().removeMapLayer(page.overlay.id())
    assert page.overlay is None and page.table.rowCount() == 0 and not page.atlas.isEnabled()
