"""The dock, driven by its own widgets: from the first start to the result, and everything that can go wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from driving import click, close, close_project, no_tasks, settle, wait_until
from qgis.core import QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from hyperlocal_need.ui.widgets.area_table import COLUMNS

STAGES = (
    "Reading the pack", "Locating postcodes", "Computing the index", "Reading boundaries", "Writing layers",
    "Moving into place",
)  # fmt: skip


def run_to_end(dock, seconds=60):
    click(dock.pages["run"].start)
    assert dock.session.runner.running, dock.pages["run"].outcome.text()
    wait_until(lambda: not dock.session.runner.running, seconds)
    settle()


def group_names(project):
    return [group.name() for group in project.layerTreeRoot().findGroups()]


class TestFirstStart:
    def test_it_offers_the_demonstration_and_says_what_it_does(self, dock):
        page = dock.pages["data"]
        assert page.demonstrate.isVisible()
        assert "Nothing is downloaded" in page.first.text()
        assert not page.table.isVisible()
        dock.open_page("run")
        assert "Choose a data pack" in dock.pages["run"].blockers.text()
        assert not dock.pages["run"].start.isEnabled()
        assert dock.pages["map"].empty.isVisibleTo(dock.pages["map"])

    def test_the_demonstration_ends_as_a_checked_pack(self, dock, monkeypatch):
        monkeypatch.setattr(sys.modules[type(dock.session).__module__], "DEMO_AREAS", 60)
        click(dock.pages["data"].demonstrate)
        assert not dock.pages["data"].demonstrate.isEnabled()
        wait_until(lambda: dock.session.pack.check is not None)
        assert dock.session.pack.check.areas == 60
        assert dock.pages["data"].table.isVisible()
        assert dock.pages["data"].model.rowCount() == 32

    def test_it_fits_320_pixels(self, dock):
        for page in dock.pages.values():
            dock.open_page(page.KEY)
            settle()
            assert page.widget().minimumSizeHint().width() <= 320 - 20, page.KEY
        assert dock.minimumSizeHint().width() <= 320

    def test_no_name_of_a_page_is_ever_cut(self, dock):
        """Tabs where all names are seen whole; else one list of every page, by mouse or keys."""
        seen = set()
        for width in (320, 400, 560, 900):
            dock.resize(width, 700)
            settle()
            bar, listed = dock.tabs.tabBar(), dock.list.isVisible()
            assert listed != bar.isVisible() and dock.width() == width
            seen.add(listed)
            for place in range(0 if listed else bar.count()):
                wanted = bar.fontMetrics().horizontalAdvance(bar.tabText(place))
                assert bar.tabRect(place).width() >= wanted and bar.tabRect(place).right() <= width
        assert seen == {True, False}
        dock.resize(320, 700)
        settle()
        names = [dock.list.itemText(place) for place in range(dock.list.count())]
        assert names == [page.TITLE for page in dock.pages.values()]
        dock.open_page("data")
        for key in list(dock.pages)[1:]:
            QTest.keyClick(dock.list, Qt.Key.Key_Down)
            assert key == dock.page().KEY and dock.page().isVisible()

    def test_what_blocks_a_run_is_a_link_to_where_it_is_settled(self, dock, demo_pack, tmp_path):
        session = dock.session

        def settled_by():
            links = [re.findall(r"\]\((\w+)(?:#(\w+))?\)", text) for text in session.blockers()]
            assert all(links), session.blockers()
            for page, part in (one for found in links for one in found):
                assert page in dock.pages and (not part or hasattr(dock.pages[page], part))
            return {page for found in links for page, _ in found}

        assert settled_by() == {"data"}
        session.set_destination(False, "", False)
        assert settled_by() == {"data", "run"}
        session.choose_pack(str(tmp_path / "nothing"))
        wait_until(lambda: not session.pack.checking)
        assert settled_by() == {"data", "run"}
        session.choose_pack(str(demo_pack))
        wait_until(lambda: session.pack.check is not None)
        session.method.rebalances = False
        session.method.set_weight(session.method.edited.node("energy"), 0.9)
        assert settled_by() == {"method", "run"}
        dock.open_page("run")
        dock.pages["run"].blockers.followed.emit("method")
        assert dock.page() is dock.pages["method"]

    def test_every_input_can_be_reached_by_keyboard_and_says_what_it_is(self, dock):
        inner = (QComboBox, QLineEdit, QgsFileWidget, QgsCollapsibleGroupBox, QFrame, QAbstractSpinBox)
        unnamed, unreachable = [], []
        for page in dock.pages.values():
            buddies = {label.buddy() for label in page.findChildren(QLabel) if label.buddy() is not None}
            for widget in page.findChildren(QWidget):
                if isinstance(widget.parent(), inner):
                    continue
                name = f"{page.KEY}: {type(widget).__name__} {widget.objectName()} {widget.toolTip()}"
                text = isinstance(widget, (QAbstractButton, QLabel)) and widget.text()
                reachable = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
                if reachable and not (widget in buddies or widget.accessibleName() or text):
                    unnamed.append(name)
                if (
                    isinstance(widget, (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractItemView))
                    and not reachable
                ):
                    unreachable.append(name)
        assert not unnamed and not unreachable, (unnamed, unreachable)

    @pytest.mark.parametrize("back", [False, True], ids=["Tab", "Shift+Tab"])
    @pytest.mark.parametrize("full", [False, True], ids=["nothing yet", "a pack and a result"])
    def test_the_key_walks_through_every_page_and_out_of_it(self, dock, result_file, demo_pack, full, back):
        """Pressed as often as there are stops, from one on the page: each gets the focus, and none keeps it."""
        if full:
            dock.session.choose_pack(str(demo_pack))
            dock.session.open_result(str(result_file))
            wait_until(lambda: dock.session.pack.check is not None and dock.session.result.saved is not None)
        dock.activateWindow()
        wait_until(dock.isActiveWindow)
        modifier = Qt.KeyboardModifier.ShiftModifier if back else Qt.KeyboardModifier.NoModifier
        left = {}
        for key, page in dock.pages.items():
            dock.open_page(key)
            settle()
            stops = [one for one in page.findChildren(QWidget) if is_stop(one)]
            (stops or [dock.list])[0].setFocus()
            reached, outside = set(), False
            for _ in range(len(dock.findChildren(QWidget))):
                QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab, modifier)
                reached.update(chain(QApplication.focusWidget()))
                outside |= not page.isAncestorOf(QApplication.focusWidget())
                if outside and {one for one in stops if not isinstance(one, QRadioButton)} <= reached:
                    break
            held = QApplication.focusWidget()
            assert outside, f"{key}: {type(held).__name__} {held.toolTip()} keeps the focus"
            # Of several radio buttons the key stops at one; arrows go on from there.
            reached |= {one for radio in reached if isinstance(radio, QRadioButton) for one in beside(radio)}
            left[key] = [f"{type(one).__name__} {one.toolTip()}" for one in stops if one not in reached]
        assert not any(left.values()), left


def is_stop(widget):
    """Whether the Tab key is to stop at a widget: it can be seen and used, and no other takes the focus for it."""
    stops = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    return stops and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def beside(radio):
    """The radio buttons of one choice."""
    return radio.parentWidget().findChildren(QRadioButton)


def chain(widget):
    """A widget and what it lies in."""
    while widget is not None:
        yield widget
        widget = widget.parentWidget()


class TestKeptOverlaps:
    def test_they_are_cleared_from_the_data_page(self, checked, monkeypatch, tmp_path):
        from hyperlocal_need.processing_provider.runs import overlap

        monkeypatch.setattr(overlap, "folder", lambda: tmp_path)
        page = checked.pages["data"]
        page.refresh()
        assert not page.kept.isVisible()
        (tmp_path / "overlap-0123456789abcdef.npz").write_bytes(b"x" * 2_500_000)
        page.refresh()
        assert page.kept.isVisible() and "2.5 MB" in page.kept.text()
        click(page.kept)
        assert not list(tmp_path.iterdir()) and not page.kept.isVisible()


class TestMissingPackages:
    @pytest.fixture()
    def without_pandas(self, monkeypatch):
        from hyperlocal_need.processing_provider import dependencies

        absent = ["pandas"]
        monkeypatch.setattr(dependencies, "missing", lambda packages=("pandas",): [n for n in absent if n in packages])
        return absent

    def test_it_opens_says_what_is_missing_and_goes_on_once_it_is_there(self, without_pandas, make_dock):
        dock = make_dock()
        assert dock.tabs is None
        assert "pandas" in dock.missing.notice.text()
        assert dock.missing.how.text()
        click(dock.missing.again)
        assert dock.tabs is None
        pytest.importorskip("pandas", reason="the pages can be built only where it is there in truth")
        without_pandas.clear()
        click(dock.missing.again)
        assert dock.tabs is not None and dock.tabs.isVisible() and not dock.missing.isVisible()

    def test_the_dock_s_modules_load_without_any_package(self, repository):
        program = (
            "import sys, importlib.abc\n"
            "class Finder(importlib.abc.MetaPathFinder):\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.partition('.')[0] in ('numpy', 'pandas', 'scipy', 'matplotlib', 'shapely'):\n"
            "            raise ModuleNotFoundError(name)\n"
            "sys.meta_path.insert(0, Finder())\n"
            f"sys.path.insert(0, {str(repository / 'tools')!r})\n"
            "from register import register\n"
            "register()\n"
            "import hyperlocal_need.plugin, hyperlocal_need.ui.dock\n"
        )
        finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr


class TestRun:
    def test_a_run_ends_on_the_map(self, checked, project, tmp_path):
        page = checked.pages["run"]
        checked.open_page("run")
        page.keep.setChecked(True)
        page.folder.setFilePath(str(tmp_path))
        seen, progress = [], []
        checked.session.runner.stepped.connect(seen.append)
        checked.session.runner.progressed.connect(progress.append)
        run_to_end(checked)
        assert (tmp_path / "need.gpkg").is_file()
        assert [step for step in STAGES if any(step in text for text in seen)] == list(STAGES)
        assert seen[0].startswith("Step 1 of ")
        assert progress == sorted(progress)
        assert "Done" in page.outcome.text()
        assert checked.tabs.currentWidget() is checked.pages["map"]
        names = [layer.name() for layer in project.mapLayers().values()]
        assert sorted(names) == ["District names and outlines", "Districts", "Neighbourhoods"]
        wait_until(lambda: checked.session.result.saved is not None)
        assert checked.pages["map"].legend.texts()[0].startswith("1  highest need\t10 areas")

    def test_our_areas_alone(self, checked, project):
        title = checked.session.pack.check.title
        # Where pandas is absent, the tests above are collected nevertheless.
        from hyperlocal_need.core.pack import Pack

        district = Pack.open(checked.session.pack.path).lookup("LSOA21")["LTLA23"].iloc[0]
        checked.pages["run"].universe.setText(district)
        run_to_end(checked)
        wait_until(lambda: checked.session.result.saved is not None)
        saved = checked.session.result.saved
        assert set(saved.need["district_code"]) == {district} and saved.country == "All areas"
        assert f"{title}, {district} alone" in group_names(project)[0]
        look = checked.pages["look"]
        first = saved.need["need_rank"].argmin()
        place = list(COLUMNS).index("rank_all")
        assert not look.table.isColumnHidden(place)
        assert look.model.text(0, place) == f"{saved.need['need_rank_all'].iloc[first]:,.0f}"

    def test_a_temporary_result_is_nowhere_in_the_user_s_folders(self, checked, project):
        run_to_end(checked)
        assert "temporary" in group_names(project)[0]
        assert checked.session.result.layers.path.parent.name.startswith("hyperlocal_need_")

    def test_a_second_run_is_refused(self, checked):
        click(checked.pages["run"].start)
        assert not checked.pages["run"].start.isEnabled()
        assert "going on already" in checked.session.run()
        assert "going on already" in checked.session.make_demonstration()
        checked.session.runner.cancel()
        wait_until(lambda: not checked.session.runner.running)

    @pytest.mark.parametrize("stage", STAGES)
    def test_cancel_at_each_stage(self, checked, project, tmp_path, stage):
        page = checked.pages["run"]
        page.keep.setChecked(True)
        page.folder.setFilePath(str(tmp_path))
        feedback_at = []

        def stop(text):
            if stage in text and not feedback_at:
                feedback_at.append(text)
                click(page.cancel)

        checked.open_page("run")
        checked.session.runner.stepped.connect(stop)
        run_to_end(checked)
        assert feedback_at
        written = (tmp_path / "need.gpkg").exists()
        assert ("Cancelled" in page.outcome.text()) != written
        assert bool(project.mapLayers()) == written
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".hyperlocal")] == []
        assert page.start.isEnabled()

    def test_a_failure_is_told_in_words_with_the_log(self, checked, demo_pack, tmp_path):
        broken = tmp_path / "pack"
        shutil.copytree(demo_pack, broken)
        checked.pages["data"].file.setFilePath(str(broken))
        wait_until(lambda: checked.session.pack.check is not None)
        table = next((broken / "population").iterdir())
        table.write_bytes(b"no gzip")
        checked.open_page("run")
        run_to_end(checked)
        assert table.name in checked.pages["run"].outcome.text()
        assert "Traceback" not in checked.pages["run"].outcome.text()
        assert not checked.pages["run"].log_group.isCollapsed()
        assert checked.pages["run"].start.isEnabled()

    def test_a_folder_without_permission_is_refused(self, checked, tmp_path):
        page = checked.pages["run"]
        page.keep.setChecked(True)
        (tmp_path / "file").write_text("in the way")
        page.folder.setFilePath(str(tmp_path / "file"))
        run_to_end(checked)
        assert "file" in page.outcome.text()

    def test_a_project_closed_in_a_run_does_not_matter(self, checked, project):
        project.addMapLayer(QgsVectorLayer("Point?crs=EPSG:27700&field=a:string", "points", "memory"))
        seen = []

        def clear(text):
            if "Computing" in text and not seen:
                seen.append(text)
                project.clear()

        checked.session.runner.stepped.connect(clear)
        run_to_end(checked)
        assert seen and checked.session.result.layers is not None
        assert len(project.mapLayers()) == 3

    def test_a_dock_closed_in_a_run_ends_it_and_writes_nothing(self, checked, tmp_path):
        page = checked.pages["run"]
        page.keep.setChecked(True)
        page.folder.setFilePath(str(tmp_path))
        started = []
        checked.session.runner.stepped.connect(started.append)
        click(page.start)
        wait_until(lambda: len(started) > 2)
        close(checked)
        assert not checked.session.runner.running
        assert not (tmp_path / "need.gpkg").exists()
        assert no_tasks()

    def test_hiding_the_dock_lets_the_run_go_on(self, checked):
        click(checked.pages["run"].start)
        checked.hide()
        wait_until(lambda: not checked.session.runner.running)
        settle()
        assert checked.session.result.layers is not None

    def test_running_again_replaces_the_layers_and_lets_go_of_the_file(self, checked, project, tmp_path):
        page = checked.pages["run"]
        page.keep.setChecked(True)
        page.folder.setFilePath(str(tmp_path))
        run_to_end(checked)
        first = checked.session.result.layers.need.id()
        wait_until(lambda: checked.session.result.saved is not None)
        checked.open_page("run")
        run_to_end(checked)
        assert "Done" in page.outcome.text()
        assert checked.session.result.layers.need.id() != first
        assert len(project.mapLayers()) == 3


def test_a_project_full_of_other_layers_is_left_alone(checked, project, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("area_code,x\nE01,1\n")
    filtered = QgsVectorLayer("Point?crs=EPSG:4326&field=a:integer", "filtered", "memory")
    filtered.setSubsetString("a > 1")
    others = [
        QgsRasterLayer(str(tmp_path / "none.tif"), "raster that is gone"),
        QgsRasterLayer("url=http://127.0.0.1:9/wms&layers=a&styles=&format=image/png", "map service", "wms"),
        QgsVectorLayer(f"file://{table}?delimiter=,", "table", "delimitedtext"),
        filtered,
        QgsVectorLayer(str(tmp_path / "gone.gpkg"), "gone", "ogr"),
    ]
    project.addMapLayers(others)
    run_to_end(checked)
    assert checked.session.result.layers is not None
    assert {layer.name() for layer in others} <= {layer.name() for layer in project.mapLayers().values()}
    page = checked.pages["map"]
    wait_until(lambda: checked.session.result.saved is not None)
    page.measure.setCurrentIndex(1)
    assert project.layerTreeRoot().findLayer(filtered.id()).isVisible()


class TestState:
    def test_what_was_chosen_is_there_when_the_dock_is_made_again(self, checked, make_dock, demo_pack, tmp_path):
        method = checked.session.method
        method.set_weight(method.edited.node("energy"), 0.2)
        method.set_missing("district")
        checked.pages["run"].keep.setChecked(True)
        checked.pages["run"].folder.setFilePath(str(tmp_path))
        checked.open_page("method")
        close(checked)
        again = make_dock()
        wait_until(lambda: again.session.pack.check is not None)
        assert again.session.pack.path == str(demo_pack)
        assert again.session.method.weights("need")["energy"] == pytest.approx(0.2)
        assert again.session.method.missing == "district"
        assert again.session.folder == str(tmp_path) and not again.session.temporary
        assert again.tabs.currentWidget() is again.pages["method"]

    def test_a_pack_that_has_gone_is_forgotten_in_silence_and_the_demonstration_offered(self, make_dock, tmp_path):
        from hyperlocal_need.ui import settings

        settings.remember(settings.PACK, str(tmp_path / "gone"))
        dock = make_dock()
        assert dock.session.pack.path == ""
        assert dock.pages["data"].demonstrate.isVisible()

    def test_a_project_with_a_result_is_found_again(self, looking, project, make_dock, tmp_path):
        path = str(tmp_path / "project.qgz")
        assert project.write(path)
        close_project(project, looking.session.canvas)
        assert looking.session.result.layers is None
        assert project.read(path)
        wait_until(lambda: looking.session.result.saved is not None)
        assert looking.pages["map"].body.isVisibleTo(looking.pages["map"])

    def test_what_is_on_the_map_stands_above_every_page(self, looking, project):
        result = looking.session.result
        for key in looking.pages:
            looking.open_page(key)
            settle()
            assert looking.on_map.isVisible() and looking.on_map.text() == "On the map: Hyper-local Need by decile"
        result.show("areas", "health", "hotspots")
        assert looking.on_map.text() == f"On the map: {looking.pages['map'].heading.text()}"
        assert "Hot spots of" in looking.on_map.text()
        project.removeMapLayer(result.layers.need.id())
        settle()
        assert not looking.on_map.isVisible()

    def test_removing_the_layers_empties_the_pages(self, looking, project):
        project.removeMapLayer(looking.session.result.layers.need.id())
        settle()
        assert looking.session.result.layers is None
        assert looking.pages["look"].model.rowCount() == 0


PROGRAM = """
import sys, time
sys.path.insert(0, {tools!r})
from register import register
from qgis.core import QgsApplication
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QMainWindow

application = QgsApplication([], True)
application.initQgis()

class Interface:
    def __init__(self):
        self.window, self.canvas, self.docks, self.icons = QMainWindow(), QgsMapCanvas(), [], []
    def mainWindow(self): return self.window
    def mapCanvas(self): return self.canvas
    def addToolBarIcon(self, action): self.icons.append(action)
    def removeToolBarIcon(self, action): self.icons.remove(action)
    def addPluginToMenu(self, name, action): pass
    def removePluginMenu(self, name, action): pass
    def registerLocatorFilter(self, one): pass
    def deregisterLocatorFilter(self, one): pass
    def registerCustomDropHandler(self, one): self.drops = one
    def unregisterCustomDropHandler(self, one): assert one is self.drops
    def mapCanvases(self): return [self.canvas]
    def addDockWidget(self, area, dock): self.window.addDockWidget(area, dock); self.docks.append(dock)
    def removeDockWidget(self, dock): self.window.removeDockWidget(dock); self.docks.remove(dock)

iface = Interface()
plugin = register().classFactory(iface)
for _ in range(2):
    plugin.initGui()
    plugin.action.trigger()
    session = plugin.dock.session
    session.set_destination(True, "", False)
    session.choose_pack({pack!r})
    end = time.monotonic() + 30
    while session.pack.check is None and time.monotonic() < end:
        QCoreApplication.processEvents()
    steps = []
    session.runner.stepped.connect(steps.append)
    print(session.run() or "started")
    while len(steps) < 3 and time.monotonic() < end:
        QCoreApplication.processEvents()
    plugin.unload()
    tasks = QgsApplication.taskManager().countActiveTasks()
    print(plugin.dock, iface.docks, iface.icons, session.runner.running, tasks)
application.exitQgis()
"""


def test_unloading_during_a_run_leaves_nothing_and_it_can_be_loaded_again(repository, demo_pack, tmp_path):
    program = PROGRAM.format(tools=str(repository / "tools"), pack=str(demo_pack))
    finished = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
        env={**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path)},
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-4:] == ["started", "None [] [] False 0"] * 2


def test_the_parameters_are_those_of_the_algorithm(checked, provider, tmp_path):
    """The dock has no way of computing of its own: what it fills in, the algorithm knows."""
    checked.session.set_destination(False, str(tmp_path), True)
    parameters = checked.session._parameters(tmp_path, tmp_path)
    known = {definition.name() for definition in provider.algorithm("computeindex").parameterDefinitions()}
    assert set(parameters) <= known
    assert json.dumps(parameters)
    assert Path(parameters["OUTPUT"]).parent == tmp_path
