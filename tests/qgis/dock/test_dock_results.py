"""Results in the dock: opened from a file, dropped, chosen among several, read from what the project shows, named."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from driving import settle, wait_until
from qgis.core import QgsLayerNotesUtils, QgsProject
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from running import attempt

from hyperlocal_need.core import editing
from hyperlocal_need.core.findings import saved
from hyperlocal_need.processing_provider.project import result_layers as layer_group
from hyperlocal_need.ui.drops import ResultDrops


def drop(dock, path):
    """Drop a file on the dock, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dock.dropEvent(event)


def read(dock):
    wait_until(lambda: dock.session.result.saved is not None)
    settle()


class TestOpening:
    def test_a_finished_result_is_opened_from_its_file(self, dock, result_file):
        dock.session.open_result(str(result_file))
        read(dock)
        assert dock.page() is dock.pages["map"] and dock.pages["map"].body.isVisibleTo(dock.pages["map"])
        layers = dock.session.result.layers
        assert layers.country == "All areas"
        for layer in (layers.need, layers.districts):
            note = QgsLayerNotesUtils.layerNotes(layer)
            assert "Made on" in note and "invented" in note and "<p></p>" not in note

    def test_a_dropped_result_a_pack_and_a_methodology_go_where_they_belong(
        self, dock, result_file, demo_pack, tmp_path
    ):
        drop(dock, result_file)
        read(dock)
        drop(dock, demo_pack / "pack.json")
        assert dock.page() is dock.pages["data"] and dock.session.pack.path
        own = dataclasses.replace(dock.session.method.published, id="mine", title="Mine")
        editing.save(own, tmp_path / "mine.json")
        drop(dock, tmp_path / "mine.json")
        assert dock.page() is dock.pages["method"] and dock.session.method.edited.id == "mine"

    def test_one_dropped_on_qgis_s_window_is_as_one_dropped_on_the_dock(self, dock, result_file, demo_pack, tmp_path):
        """By the handler that QGIS's window asks first; any other file stays QGIS's own."""
        handler = ResultDrops(lambda: dock)
        for other in (demo_pack / "boundaries" / "ltla23.gpkg", demo_pack / "pack.json", tmp_path / "absent.gpkg"):
            assert not handler.handleFileDrop(str(other))
        assert dock.session.result.layers is None
        assert handler.handleFileDrop(str(result_file))
        read(dock)
        assert dock.page() is dock.pages["map"] and str(dock.session.result.layers.path) == str(result_file)

    def test_each_is_named_by_its_method_and_the_day_it_was_made(self, dock, computed, result_file, tmp_path, project):
        """The day that the evidence beside a result says; where there is none, the file's own."""
        evidence = json.loads(computed.with_name("need-evidence.json").read_text(encoding="utf-8"))
        other = shutil.copy(computed, tmp_path / "other.gpkg")
        (tmp_path / "other-evidence.json").write_text(json.dumps({**evidence, "made": "2024-02-29"}), encoding="utf-8")
        for path in (result_file, other):
            dock.session.open_result(str(path))
            read(dock)
        names = sorted(name for _, name in dock.session.result.choices())
        assert len(names) == 2 and all(name.startswith("Hyper-local Need: ") for name in names)
        written = date.fromtimestamp(result_file.stat().st_mtime).isoformat()
        assert {name[-12:] for name in names} == {"(2024-02-29)", f"({written})"}

    def test_what_is_no_result_is_told(self, dock, demo_pack):
        dock.session.open_result(str(demo_pack / "boundaries" / "ltla23.gpkg"))
        assert "is not a result" in dock.messages.currentItem().text()
        assert dock.session.result.layers is None

    def test_one_is_chosen_among_several_and_an_older_one_taken_up(self, looking, result_file, tmp_path, project):
        second = shutil.copy(result_file, tmp_path / "second.gpkg")
        older = looking.session.result.layers
        looking.session.open_result(str(second))
        read(looking)
        page, result = looking.pages["map"], looking.session.result
        assert page.result.count() == 2 and result.layers.path.name == "second.gpkg"
        seen = [node.layer() for node in project.layerTreeRoot().findLayers() if node.isVisible()]
        assert seen == [result.layers.outlines, result.layers.need], "one result is seen, not two through each other"
        page.result.setCurrentIndex(page.result.findData(older.need.id()))
        read(looking)
        assert result.layers.path == older.path
        seen = [node.layer() for node in project.layerTreeRoot().findLayers() if node.isVisible()]
        assert seen == [older.outlines, older.need]
        page.result.setCurrentIndex(1 - page.result.currentIndex())
        read(looking)
        project.removeMapLayers([result.layers.need.id(), result.layers.districts.id()])
        read(looking)
        assert result.layers.path == older.path and not page.result.isVisibleTo(page)


@pytest.fixture(scope="module")
def of_steps(provider, demo_pack, tmp_path_factory):
    """What the models of all steps make of the demonstration pack: one layer with the columns of every step."""
    folder = tmp_path_factory.mktemp("steps")
    made = {name: str(folder / f"{name}.gpkg") for name in ("indicators", "full")}
    for model, values in (
        ("convert", {"PACK": str(demo_pack), "indicators:OUTPUT": made["indicators"]}),
        ("full_index", {"INPUT": made["indicators"], "need:OUTPUT": made["full"]}),
    ):
        run_to_end(model, values)
    return made["full"]


def run_to_end(name, values):
    results, said = attempt(name, values)
    assert results is not None, said


class TestTheLayerOfAllSteps:
    """It opens as a result does: map, profile, quality; what it does not hold is said."""

    def test_dropped_on_qgis_it_is_taken_up_as_what_was_computed(self, dock, of_steps, computed):
        assert ResultDrops(lambda: dock).handleFileDrop(of_steps)
        read(dock)
        result, once = dock.session.result, saved.read(computed, dock.session.method.published)
        assert dock.page() is dock.pages["map"]
        for name in ("need", "districts", "indicators", "shrunk", "normal_scores", "sub_dimensions"):
            found, expected = getattr(result.saved, name), getattr(once, name)
            pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_categorical=False)
        name = next(iter(dict(result.choices()).values()))
        assert "by the steps in full.gpkg" in name and name.endswith(f"({date.today().isoformat()})")

    def test_indicators_profile_and_quality_are_there_and_what_lacks_is_said(self, dock, of_steps, project):
        dock.session.open_result(of_steps)
        read(dock)
        result, quality = dock.session.result, dock.pages["quality"]
        result.show("areas", "fuel_poverty", "tenths")
        assert result.legend()
        code = result.saved.need.index[0]
        result.choose_area(code)
        assert result.saved.explainer.tree.weights["energy"] == result.layers.methodology.node("energy").weight
        assert quality.model.rowCount() == len(result.saved.quality) > 30
        dock.open_page("quality")
        assert "does not hold what only a run from a data pack knows" in quality.notice.text()

    def test_one_that_no_longer_names_its_method_says_which_is_taken(self, dock, of_steps, tmp_path):
        bare = shutil.copy(of_steps, tmp_path / "bare.gpkg")
        with closing(sqlite3.connect(bare)) as database, database:
            database.execute("DELETE FROM gpkg_metadata_reference")
            database.execute("DELETE FROM gpkg_metadata")
        dock.session.open_result(str(bare))
        read(dock)
        dock.open_page("quality")
        title = dock.session.method.published.title
        assert f"does not name its method: '{title}' is taken" in dock.pages["quality"].notice.text()

    def test_one_of_another_method_or_without_polygons_is_refused_in_words(self, dock, of_steps, tmp_path):
        import processing

        bare = str(tmp_path / "bare.gpkg")
        processing.run("native:dropgeometries", {"INPUT": of_steps, "OUTPUT": bare})
        dock.session.open_result(bare)
        wait_until(lambda: "no polygon" in said(dock))
        other = shutil.copy(of_steps, tmp_path / "other.gpkg")
        with closing(sqlite3.connect(other)) as database, database:
            digest = dock.session.method.published.digest()
            database.execute("UPDATE gpkg_metadata SET metadata = replace(metadata, ?, 'another')", (digest,))
        dock.session.open_result(str(other))
        wait_until(lambda: "was made by another method" in said(dock))
        assert dock.session.result.layers is None


def said(dock):
    """The message above the pages."""
    item = dock.messages.currentItem()
    return item.text() if item is not None else ""


class TestWhatIsShown:
    @pytest.mark.parametrize(
        ("measure", "kind", "level"),
        [("health", "hotspots", "areas"), ("need", "mission", "areas"), ("growth", "fifths", "districts")],
    )
    def test_a_reopened_project_is_read_as_its_layers_show_it(self, looking, project, tmp_path, measure, kind, level):
        looking.session.result.show(level, measure, kind)
        before = looking.pages["map"].legend.texts()
        project.write(str(tmp_path / "project.qgz"))
        project.clear()
        settle()
        assert looking.session.result.layers is None
        project.read(str(tmp_path / "project.qgz"))
        read(looking)
        result, page = looking.session.result, looking.pages["map"]
        assert (result.level, result.measure, result.kind) == (level, measure, kind)
        assert (page.level.currentData(), page.measure.currentData(), page.kind.currentData()) == (level, measure, kind)
        assert page.legend.texts() == before

    def test_an_indicator_of_a_reopened_project_is_read_too(self, looking, project, tmp_path):
        looking.session.result.show("areas", "fuel_poverty", "tenths")
        project.write(str(tmp_path / "project.qgz"))
        project.clear()
        project.read(str(tmp_path / "project.qgz"))
        read(looking)
        assert looking.pages["map"].measure.currentData() == "fuel_poverty"

    def test_the_dock_follows_the_layer_panel(self, looking, project):
        result, page = looking.session.result, looking.pages["map"]
        wanted = next(
            style for style in result.layers.styles(True) if (style.measure, style.kind) == ("health", "hotspots")
        )
        result.layers.need.styleManager().setCurrentStyle(wanted.name)
        assert (page.measure.currentData(), page.kind.currentData()) == ("health", "hotspots")
        root = project.layerTreeRoot()
        root.findLayer(result.layers.need.id()).setItemVisibilityChecked(False)
        root.findLayer(result.layers.districts.id()).setItemVisibilityChecked(True)
        assert page.level.currentData() == "districts"


class TestNames:
    def test_a_changed_method_is_named_by_group_layers_heading_and_titles(self, dock, result_file):
        method = dock.session.method
        method.set_weight(method.edited.node("energy"), 0.5)
        assert method.for_run().index.title == "Hyper-local Need (our weights)"
        dock.session._show_result(result_file, method.for_run(), "Pack", "All areas")
        read(dock)
        layers = dock.session.result.layers
        assert (
            layer_group.group_of(QgsProject.instance(), layers.need).name().startswith("Hyper-local Need (our weights)")
        )
        assert layers.need.name() == "Neighbourhoods (our weights)"
        assert "(our weights)" in dock.pages["map"].heading.text()
        method.switch(method.edited.node("broadband_speed"), False)
        assert "(our method)" in method.for_run().title

    def test_the_published_method_keeps_its_name(self, dock):
        assert dock.session.method.for_run() == dock.session.method.published
