"""How sure ranks are, asked for on the page Look: in the table, in words, hatched on the map, and in the file."""

from __future__ import annotations

import csv
import html

import pytest
from driving import click, settle, wait_until
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

TIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture()
def page(looking, demo_pack):
    looking.pages["data"].file.setFilePath(str(demo_pack))
    wait_until(lambda: looking.session.pack.check is not None)
    looking.open_page("look")
    settle()
    page = looking.pages["look"]
    assert page.table.isColumnHidden(7) and page.table.isColumnHidden(8)
    click(page.sure)
    assert page.bar.isVisible() and not page.sure.isEnabled()
    wait_until(lambda: not page.runner.running, 120)
    wait_until(lambda: not page.session.result.saved.certainty.empty)
    settle()
    return page


def test_it_is_in_table_words_map_legend_and_files(page, looking, tmp_path):
    saved, result = page.session.result.saved, looking.session.result
    assert "hot spots" in page.notice.text() and "Doubt from" in page.doubt.text()
    assert not page.table.isColumnHidden(7) and not page.table.isColumnHidden(8)
    code = page.model.code(0)
    assert page.model.text(0, 7) == saved.certainty.loc[code, "certainty"]
    assert page.model.text(0, 8) == f"{saved.certainty.loc[code, 'tied_with']:,.0f}"
    tied = saved.certainty["tied_with"].idxmax()
    ties = saved.certainty.loc[tied, "tied_areas"].split("; ")
    place = page.model.index(page.model.row_of(tied), 8)
    assert len(ties) == saved.certainty["tied_with"].max() > 3 and page.model.data(place, TIP) == "; ".join(ties)
    page.table.setCurrentIndex(place)
    settle()
    assert f"with {len(ties)} other areas of its district is open" in page.headline.text()
    assert all(html.escape(one) in page.headline.text() for one in ties[:3])
    page.export_rows(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["area_code"]: row for row in csv.DictReader(stream)}
    assert rows[code]["certainty"] == page.model.text(0, 7) and rows[tied]["tied_areas"] == "; ".join(ties)

    page.notice.followed.emit("map")
    shown = looking.pages["map"]
    assert looking.page() is shown
    shown.kind.setCurrentIndex(shown.kind.findText("How sure hot spots are"))
    settle()
    assert (result.measure, result.kind) == ("need", "certainty")
    lines = shown.legend._entries
    assert sum(line.count for line in lines) == len(saved.need) and lines[2].hatched and "open" in lines[2].label
    hot = saved.need["hotspot"] == 1
    assert lines[0].count == int((hot & (saved.certainty["p_hotspot"] >= 0.95)).sum())
    root, layers = QgsProject.instance().layerTreeRoot(), result.layers
    mapped = next(one for one in QgsProject.instance().mapLayers().values() if one.name() == "How sure")
    assert root.findLayer(mapped.id()).isVisible() and not root.findLayer(layers.need.id()).isVisible()
    opened = QgsVectorLayer(f"{layers.path}|layername=certainty", "c", "ogr")
    assert opened.renderer().legendClassificationAttribute() == mapped.renderer().legendClassificationAttribute()
    shown.kind.setCurrentIndex(0)
    settle()
    assert root.findLayer(layers.need.id()).isVisible() and not root.findLayer(mapped.id()).isVisible()


def test_asked_again_it_takes_the_place_of_what_was_there(page):
    before = page.session.result.saved.certainty
    click(page.sure)
    wait_until(lambda: not page.runner.running, 120)
    wait_until(lambda: not page.session.result.reading)
    assert page.notice.text() and page.session.result.saved.certainty.equals(before)
