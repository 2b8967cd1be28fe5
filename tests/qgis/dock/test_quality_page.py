"""The dock's page "Quality": lights by shape and word, filter and sorting, details, and the full report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import click, settle, wait_until
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtTest import QTest

from hyperlocal_need.core import assessment
from hyperlocal_need.ui.widgets import quality_model
from hyperlocal_need.ui.widgets.quality_model import check_icon, check_of, words_of


@pytest.fixture()
def page(looking):
    looking.open_page("quality")
    settle()
    return looking.pages["quality"]


def column(page, place):
    return [page.rows.index(row, place).data() for row in range(page.rows.rowCount())]


def test_the_words_are_those_of_the_algorithm():
    assert quality_model.CHECKS == (assessment.NO_DATA, assessment.LOOK, assessment.FINE)


@pytest.mark.parametrize(
    ("areas", "flags", "check"),
    [(120, "", "fine"), (120, None, "fine"), (120, "skewed", "look"), (0, "", "no data"), (np.nan, "", "no data")],
)
def test_a_light_follows_from_areas_and_flags(areas, flags, check):
    assert check_of({"areas": areas, "flags": flags}) == check


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (1234.0, "count", "1,234"),
        (0.125, "share", "12.5 %"),
        (np.nan, "share", ""),
        (-0.456, "correlation", "-0.46"),
        (0.0001234, "number", "0.0001234"),
        (12345.6, "number", "12,346"),
        (None, "text", ""),
    ],
)
def test_figures_in_words(value, kind, words):
    assert words_of(value, kind) == words


def test_lights_differ_by_shape_without_colour():
    shapes = set()
    for check in quality_model.CHECKS:
        image = check_icon(check).pixmap(12, 12).toImage()
        shapes.add(tuple(image.pixelColor(x, y).alpha() > 99 for x in range(12) for y in range(12)))
    assert len(shapes) == 3


class TestTable:
    def test_it_has_every_indicator_the_gravest_first(self, page):
        quality = page.session.result.saved.quality
        assert page.rows.rowCount() == len(quality)
        grave = [word for word in ("No data", "Look", "Fine") if word in column(page, 1)]
        assert list(dict.fromkeys(column(page, 1))) == grave
        assert page.check.itemText(0) == f"All {len(quality)}"

    def test_a_light_and_words_narrow_it(self, page):
        look = sum(page.model.row(place)["check"] == "look" for place in range(page.model.rowCount()))
        page.check.setCurrentIndex(page.check.findData("look"))
        assert page.rows.rowCount() == look and set(column(page, 1)) <= {"Look"}
        page.check.setCurrentIndex(0)
        title = page.model.row(0)["title"]
        QTest.keyClicks(page.filter, title)
        assert title in column(page, 0) and page.rows.rowCount() < page.model.rowCount()

    def test_figures_sort_as_figures(self, page):
        place = [name for name, _, _ in quality_model.COLUMNS].index("skewness")
        page.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
        skewness = page.session.result.saved.quality["skewness"]
        assert page.rows.index(0, 0).data() == page.session.result.saved.quality.loc[skewness.idxmax(), "title"]

    def test_a_click_shows_the_figures_and_where_they_come_from(self, page):
        page.table.setCurrentIndex(page.rows.index(page.rows.rowCount() - 1, 0))
        text = page.details.toPlainText()
        assert page.rows.index(page.rows.rowCount() - 1, 0).data() in text
        assert "Areas with a value" in text and "Source" in text

    def test_an_indicator_without_data_has_its_light(self, page):
        result = page.session.result
        quality = result.saved.quality.copy()
        name = quality.index[0]
        quality.loc[name, "areas"] = 0
        quality.loc[name, "status"] = "absent"
        result.saved = type(result.saved)(**{**vars(result.saved), "quality": quality})
        page.refresh()
        assert page.model.counts()["no data"] == 1 and column(page, 1)[0] == "No data"


class TestReport:
    def test_it_is_made_and_opened(self, page, monkeypatch):
        opened = []
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
        click(page.full)
        assert page.cancel.isVisible() and not page.full.isEnabled()
        wait_until(lambda: not page.runner.running)
        assert opened == [page.report] and "open in your browser" in page.notice.text()
        html = Path(page.report).read_text(encoding="utf-8")
        assert page.model.row(0)["title"].split(" ")[0] in html

    def test_where_nothing_opens_it_the_place_is_said(self, page, monkeypatch):
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
        click(page.full)
        wait_until(lambda: not page.runner.running)
        assert page.report in page.notice.text()

    def test_it_can_be_cancelled(self, page):
        click(page.full)
        click(page.cancel)
        wait_until(lambda: not page.runner.running)
        assert "Cancelled" in page.notice.text() and page.full.isEnabled()


def test_without_a_result_it_says_what_to_do(dock):
    page = dock.pages["quality"]
    assert page.empty.isVisibleTo(page) and not page.body.isVisibleTo(page)
    assert "nothing to check" in page.empty.text()


def test_while_a_result_is_read_it_does_not_say_that_there_is_none(looking, page, monkeypatch):
    result = looking.session.result
    monkeypatch.setattr(result, "saved", None)
    monkeypatch.setattr(type(result), "reading", True)
    page.refresh()
    assert page.empty.isVisibleTo(page) and "being read" in page.empty.text()
