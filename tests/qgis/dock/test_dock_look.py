"""Looking closer: filters, the table of the neediest areas, picking on the map, and the profile of an area."""

from __future__ import annotations

import csv
from html import escape

import pytest
from driving import canvas_point, click, settle
from qgis.core import QgsExpression, QgsFeatureRequest
from qgis.PyQt.QtCore import QItemSelectionModel, QPoint, Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtTest import QTest

from hyperlocal_need.ui.widgets.area_table import COLUMNS


@pytest.fixture()
def page(looking):
    looking.open_page("look")
    settle()
    return looking.pages["look"]


def column(page, place):
    return [page.model.text(row, place) for row in range(page.model.rowCount())]


class TestFilter:
    def test_a_region_narrows_districts_table_and_legend(self, page):
        result = page.session.result
        need = result.saved.need
        page.region.setCurrentIndex(1)
        name, code = page.region.currentText(), page.region.currentData()
        inside = need[need["region_code"] == code]
        assert set(column(page, 5)) == {name}
        assert page.district.count() == inside["district_code"].nunique() + 1
        page.district.setCurrentIndex(1)
        district = need[need["district_code"] == page.district.currentData()]
        assert page.model.rowCount() == len(district) == sum(entry.count for entry in result.legend())
        page.region.setCurrentIndex(0)
        assert page.model.rowCount() == len(need)

    def test_it_zooms_to_the_district(self, page):
        page.district.setCurrentIndex(1)
        layer = page.session.result.layers.districts
        code = QgsExpression.quotedString(page.district.currentData())
        feature = next(layer.getFeatures(QgsFeatureRequest(QgsExpression(f"district_code = {code}"))))
        assert page.session.canvas.extent().contains(feature.geometry().boundingBox())


class TestTable:
    def test_the_neediest_come_first_by_name(self, page):
        need = page.session.result.saved.need
        best = need.loc[need["need_rank"] == 1].iloc[0]
        assert column(page, 0)[0] == "1"
        assert column(page, 1)[0] == best["area_name"] and column(page, 3)[0] == best["district_name"]
        assert column(page, 0)[-1] == "\u2013" or need["need_rank"].notna().all()

    def test_it_sorts_by_any_column_both_ways_and_gaps_stay_last(self, page):
        for place in range(page.model.columnCount()):
            page.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
            page.table.sortByColumn(place, Qt.SortOrder.AscendingOrder)
        page.table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
        people = page.session.result.saved.need["population"]
        assert column(page, 4)[0] == f"{people.max():,.0f}"

    def test_it_follows_the_measure_on_the_map(self, page, looking):
        looking.pages["map"].measure.setCurrentIndex(2)
        need = page.session.result.saved.need
        measure = looking.pages["map"].measure.currentData()
        assert page.model.code(0) == need[f"{measure}_rank"].idxmin()
        assert looking.pages["map"].measure.currentText() in page.count.text()

    def test_copying_takes_the_selection_or_everything(self, page):
        click(page.copy)
        lines = QGuiApplication.clipboard().text().splitlines()
        assert len(lines) == page.model.rowCount() + 1
        assert lines[0].split("\t")[:3] == ["Rank", "Neighbourhood", "Score"]
        for row in (0, 2):
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            page.table.selectionModel().select(page.model.index(row, 0), flags)
        click(page.copy)
        assert len(QGuiApplication.clipboard().text().splitlines()) == 3

    def test_the_csv_holds_every_figure_of_the_rows_shown(self, page, looking, tmp_path):
        page.district.setCurrentIndex(1)
        page.export_rows(tmp_path / "areas.csv")
        with (tmp_path / "areas.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == page.model.rowCount()
        assert rows[0]["area_code"] == page.model.code(0)
        need = page.session.result.saved.need
        assert float(rows[0]["need_score"]) == pytest.approx(need.loc[rows[0]["area_code"], "need_score"])
        assert (tmp_path / "areas.csv-metadata.json").is_file(), "what the figures are stands beside them"
        page.export_rows(tmp_path / "areas.csv" / "rows.csv")
        assert "cannot be written" in looking.messages.currentItem().text()


class TestProfile:
    def test_a_row_shows_its_profile_beside_district_region_and_all(self, page):
        page.table.setCurrentIndex(page.model.index(0, 0))
        need = page.session.result.saved.need
        area = need.loc[page.model.code(0)]
        assert escape(area["area_name"]) in page.headline.text() and "1st of" in page.headline.text()
        assert page.profile.topLevelItemCount() == 5
        assert "points of the weighted sum" in page.details.toPlainText()
        top = page.profile.topLevelItem(0)
        assert top.childCount() > 5
        page.profile.setCurrentItem(top.child(0))
        text = page.details.toPlainText()
        assert "Value:" in text and "Source:" in text and area["district_name"] in text
        assert "points of the weighted sum" in text

    def test_an_unranked_area_says_why(self, page):
        need = page.session.result.saved.need
        energy = need.index[need["unranked_reason"].fillna("").str.contains("low energy efficiency")]
        assert len(energy) == 4, "its figures are withheld in 3 % of the areas"
        assert column(page, 0)[-1] == "\u2013"
        page.session.result.choose_area(energy[0])
        headline = page.headline.text()
        assert "It has no rank: no value" in headline and "Dwellings with low energy efficiency" in headline

    def test_a_click_on_the_map_picks_the_area_under_it(self, page):
        canvas, layer = page.session.canvas, page.session.result.layers.need
        feature = next(layer.getFeatures("need_rank = 5"))
        canvas.setDestinationCrs(layer.crs())
        canvas.setLayers([layer])
        canvas.setExtent(feature.geometry().boundingBox())
        settle()
        before = canvas.mapTool()
        click(page.pick)
        point = canvas_point(canvas, layer, feature.geometry().pointOnSurface().asPoint())
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(point))
        settle()
        assert page.session.result.area == feature["area_code"]
        assert escape(feature["area_name"]) in page.headline.text()
        assert page.model.code(page.table.currentIndex().row()) == feature["area_code"]
        far = page.model.rowCount() - 2
        page.session.result.choose_area(page.model.code(far))
        settle()
        seen = page.table.viewport().rect()
        assert seen.contains(page.table.visualRect(page.model.index(far, 0))), "the row is scrolled to"
        assert page.table.header().visualIndex(list(COLUMNS).index("score")) < 5
        click(page.pick)
        assert canvas.mapTool() is before or canvas.mapTool() is None

    def test_zoom_shows_the_area(self, page):
        page.table.setCurrentIndex(page.model.index(3, 0))
        click(page.zoom)
        code = QgsExpression.quotedString(page.model.code(3))
        layer = page.session.result.layers.need
        feature = next(layer.getFeatures(QgsFeatureRequest(QgsExpression(f"area_code = {code}"))))
        assert page.session.canvas.extent().contains(feature.geometry().boundingBox())
