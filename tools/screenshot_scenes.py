"""The scenes of tools/screenshots.py, run inside QGIS by ``--code``: drives the dock and grabs the window."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
import zlib
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication, QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.utils import iface, plugins

OUT = Path(os.environ["NEED_OUT"])
PACK = os.environ["NEED_PACK"]
WIDTH, HEIGHT = 1366, 768


def wait(seconds: float) -> None:
    """Let QGIS live for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents()
        time.sleep(0.01)


def wait_for(condition, seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(str(condition))
        wait(0.05)


def drawn() -> None:
    """Wait until the map has been drawn."""
    wait(0.3)
    wait_for(lambda: not iface.mapCanvas().isDrawing(), 60)
    wait(0.3)
    # Without PROJ's grids QGIS warns of less exact transformations; that is the machine's, not the plugin's.
    iface.messageBar().clearWidgets()
    wait(0.3)


def shoot(name: str, widget=None) -> None:
    (widget or iface.mainWindow()).grab().save(str(OUT / f"{name}.png"))
    print("scene", name, flush=True)


def open_dock():
    window = iface.mainWindow()
    window.resize(WIDTH, HEIGHT)
    for bar in window.findChildren(type(iface.pluginToolBar())):
        bar.setVisible(bar.objectName() in ("mFileToolBar", "mMapNavToolBar", "mPluginToolBar"))
    plugin = plugins["hyperlocal_need"]
    started = time.monotonic()
    plugin.action.trigger()
    print(f"dock opened in {time.monotonic() - started:.2f} s", flush=True)
    wait(0.5)
    window.resizeDocks([plugin.dock], [360], Qt.Orientation.Horizontal)
    wait(1.0)
    return plugin.dock


class Pulse:
    """The longest pause between two ticks of a timer of 10 ms: how long the event loop stood still."""

    def __init__(self) -> None:
        self.longest, self.pauses, self.label = 0.0, [], ""
        self._last = time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(10)

    def _tick(self) -> None:
        now = time.monotonic()
        pause = now - self._last
        if pause > 0.1:
            self.pauses.append((round(pause, 2), self.label))
        self.longest, self._last = max(self.longest, pause), now

    def stop(self) -> None:
        self._timer.stop()


def play() -> None:
    dock = open_dock()
    if os.environ["NEED_BASE"]:
        play_get_england(dock, dock.session, dock.pages)
        return
    # RESULT=need.gpkg before the command takes a finished result in place of a run.
    finished = os.environ.get("RESULT", "")
    if finished:
        dock.session.open_result(finished)
        wait_for(lambda: dock.session.result.saved is not None)
    before = () if finished else (play_data_and_method, play_run)
    pages = (play_map, play_look, play_what_if, play_boundaries, play_import, play_quality, play_certainty, play_narrow)
    scenes = (*before, *pages, play_over_time)
    wanted = os.environ.get("NEED_SCENES", "").split(",")
    chosen = [scene for scene in scenes if scene.__name__[5:] in wanted] or scenes
    for scene in chosen:
        scene(dock, dock.session, dock.pages)


def play_data_and_method(dock, session, pages) -> None:
    shoot("01-first-start")
    pages["data"].file.setFilePath(PACK)
    wait_for(lambda: session.pack.check is not None or session.pack.error)
    wait(0.5)
    pages["data"].table.setCurrentIndex(pages["data"].rows.index(1, 0))
    wait(0.3)
    shoot("02-data")
    dock.open_page("method")
    wait(0.3)
    shoot("03-method")
    pages["method"].agree.setChecked(True)
    pages["method"].tree.item("growth").setExpanded(True)
    pages["method"].tree.choose("energy")
    pages["method"].form.weight.setValue(20.0)
    wait(0.3)
    shoot("04-method-changed")
    session.method.reset()
    pages["method"].agree.setChecked(True)


def play_run(dock, session, pages) -> None:
    dock.open_page("run")
    wait(0.3)
    shoot("05-run")
    pulse = Pulse()
    session.runner.stepped.connect(lambda text: setattr(pulse, "label", text))
    QTest.mouseClick(pages["run"].start, Qt.MouseButton.LeftButton)
    wait(6)
    shoot("06-running")
    started = time.monotonic()
    wait_for(lambda: not session.runner.running, 300)
    print(
        f"run ended after {time.monotonic() - started + 6:.1f} s; longest pause {pulse.longest:.2f} s; {pulse.pauses}",
        flush=True,
    )
    pulse.stop()
    wait_for(lambda: session.result.saved is not None, 60)


def play_map(dock, session, pages) -> None:
    pages["map"].zoom_to_all()
    drawn()
    shoot("07-map-deciles")
    page = pages["map"]
    for measure, kind in (("need", "hotspots"), ("growth", "hotspots"), ("need", "mission"), ("health", "deciles")):
        started = time.monotonic()
        page.measure.setCurrentIndex(page.measure.findData(measure))
        page.kind.setCurrentIndex(page.kind.findData(kind))
        print(f"switch {measure} {kind}: {time.monotonic() - started:.3f} s", flush=True)
        drawn()
        shoot(f"08-map-{measure}-{kind}")
    page.measure.setCurrentIndex(page.measure.findData("fuel_poverty"))
    drawn()
    shoot("09-map-indicator")
    page.level.setCurrentIndex(page.level.findData("districts"))
    drawn()
    shoot("10-map-districts")
    page.level.setCurrentIndex(page.level.findData("areas"))
    page.measure.setCurrentIndex(page.measure.findData("need"))
    page.kind.setCurrentIndex(page.kind.findData("hotspots"))


def play_look(dock, session, pages) -> None:
    dock.open_page("look")
    drawn()
    shoot("11-look")
    look = pages["look"]
    place = max(look.district.findText("Birmingham"), 1)
    look.district.setCurrentIndex(place)
    drawn()
    dock.open_page("map")
    wait(0.3)
    shoot("12-map-filtered")
    dock.open_page("look")
    look.pick.setChecked(True)
    canvas = iface.mapCanvas()
    centre = QPoint(canvas.width() // 2, canvas.height() // 2)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    wait(0.6)
    look.profile.topLevelItem(0).setExpanded(True)
    look.profile.setCurrentItem(look.profile.topLevelItem(0).child(0))
    drawn()
    shoot("13-profile")


def play_what_if(dock, session, pages) -> None:
    pages["look"].district.setCurrentIndex(0)
    dock.open_page("what_if")
    wait(1.5)
    sliders = pages["what_if"].sliders
    first = next(iter(sliders.sliders))
    sliders.folds[first[1]].setChecked(True)
    for place in range(300, 440, 20):
        sliders.sliders[first].setValue(place)
        wait(0.1)
    pages["map"].zoom_to_all()
    drawn()
    wait(1.0)
    shoot("14-what-if")


def play_certainty(dock, session, pages) -> None:
    """How sure ranks are, worked out into a copy of the result, and the hot spots of a district, hatched by it."""
    pages["data"].file.setFilePath(PACK)
    wait_for(lambda: session.pack.check is not None or session.pack.error)
    shutil.copy(session.result.layers.path, OUT / "sure.gpkg")
    log = Path(session.result.layers.path).with_name("need-evidence.json")
    shutil.copy(log, OUT / "sure-evidence.json")
    session.open_result(str(OUT / "sure.gpkg"))
    wait_for(lambda: session.result.saved is not None and session.result.layers.path.name == "sure.gpkg")
    look, page = pages["look"], pages["map"]
    dock.open_page("look")
    wait(0.5)
    QTest.mouseClick(look.sure, Qt.MouseButton.LeftButton)
    wait_for(lambda: session.result.saved is not None and not session.result.saved.certainty.empty)
    wait(0.5)
    look.district.setCurrentIndex(look.district.findText("Salford"))
    dock.open_page("map")
    page.kind.setCurrentIndex(page.kind.findData("certainty"))
    drawn()
    shoot("33-certainty")


def play_import(dock, session, pages) -> None:
    """A published file as it was read, with its guesses; where none lies beside the pack there is no picture."""
    published = Path(PACK).parent / "published_formats" / "desnz_sub_regional_fuel_poverty_2022.xlsx"
    if not published.exists():
        return
    page = pages["import"]
    dock.open_page("import")
    page.choose(str(published))
    wait_for(lambda: page.guesses and not page.runner.running)
    drawn()
    shoot("31-import")


def play_quality(dock, session, pages) -> None:
    dock.open_page("quality")
    wait(0.5)
    pages["quality"].table.selectRow(4)
    drawn()
    shoot("32-quality")


DISTRICT, OWN_AREA = "Leeds", "Harehills and Gipton"


def play_boundaries(dock, session, pages) -> None:
    """Wards of a district summed up, an area made of selected neighbourhoods, the table saved, both further dialogs."""
    from qgis.core import QgsProject, QgsVectorLayer

    look, page, need = pages["look"], pages["boundaries"], session.result.layers.need
    session.result.show("areas", "need", "deciles")
    look.district.setCurrentIndex(look.district.findText(DISTRICT))
    dock.open_page("boundaries")
    wards = QgsVectorLayer(str(Path(PACK) / "boundaries" / "wards2025.gpkg"), "Wards", "ogr")
    QgsProject.instance().addMapLayer(wards)
    page.layer.setLayer(wards)
    QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    wait_for(lambda: page.overlay is not None and not page.runner.running)
    page.table.clearSelection()
    drawn()
    shoot("16-boundaries")
    page.save_rows(OUT / "wards.xlsx")
    wait_for(lambda: not page.preparing.running)
    neediest = session.result.saved.need.query("district_name == @DISTRICT").nsmallest(40, "need_rank")
    ward = page.overlay.getFeature(page.model.code(0)).geometry()
    inside = [one.id() for one in need.getFeatures(ward.boundingBox()) if one["area_code"] in neediest.index]
    need.selectByIds([one for one in inside if ward.contains(need.getFeature(one).geometry().pointOnSurface())])
    page.own_name.setText(OWN_AREA)
    iface.mapCanvas().zoomToSelected(need)
    drawn()
    shoot("17-own-area-selected")
    QTest.mouseClick(page.own, Qt.MouseButton.LeftButton)
    wait_for(lambda: page.sets.count() == 2 and not page.runner.running)
    drawn()
    shoot("17-own-area")
    page.layer.setLayer(wards)
    for button, name in ((page.reached, "18-reached"), (page.reorganise, "19-reorganisation")):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        wait(1.5)
        page.dialog.resize(760, 620)
        wait(0.3)
        shoot(name, page.dialog)
        page.dialog.close()
    look.district.setCurrentIndex(0)


def play_over_time(dock, session, pages) -> None:
    """Two dates of the invented country; for the second, figures of some groups of areas have fallen by up to 40 %."""
    import processing

    work, results = OUT / "dates", []
    work.mkdir(exist_ok=True)
    processing.run("hyperlocalneed:demopack", {"AREAS": 2000, "SEED": 7, "OUTPUT": str(work / "2021")})
    make_later(work / "2021", work / "2025")
    for year in ("2021", "2025"):
        need = {"OUTPUT": str(work / f"need_{year}.gpkg"), "MISSING": "district"}
        processing.run("hyperlocalneed:computeindex", {"PACK": str(work / year), **need})
        results.append(f"{work}/need_{year}.gpkg|layername=need")
    values = {"INPUT": results[0], "OTHER": results[1], "DATES": "2021,2025", "OUTPUT": "TEMPORARY_OUTPUT"}
    processing.run("hyperlocalneed:compareresults", {**values, "PICTURE": str(OUT / "30-over-time.png")})
    print("scene 30-over-time", flush=True)


def make_later(before: Path, after: Path) -> None:
    """A copy of a pack in which a third of the groups of neighbouring areas have less of most that is counted."""
    import pandas as pd

    shutil.copytree(before, after)
    for entry in json.loads((after / "pack.json").read_text(encoding="utf-8"))["indicators"].values():
        counted = entry.get("numerator")
        if not isinstance(counted, str):
            continue
        file, code = after / entry["file"], entry["code"]
        table = pd.read_csv(file)
        group = table[code].str[-5:].astype(int) // 25
        factor = 1.0 - 0.4 * (group.map(lambda number: zlib.crc32(f"{number}".encode()) % 3 == 0))
        table[counted] = (table[counted] * factor).round()
        table.to_csv(file, index=False)


def play_get_england(dock, session, pages) -> None:
    """From the first start to the map; the stand-in at NEED_BASE answers, and the pictures say so of no service."""
    from hyperlocal_need.ui.widgets import england_form

    folder = Path(os.environ.get("NEED_CACHE") or OUT)
    (folder / "cache").mkdir(exist_ok=True)

    class Form(england_form.EnglandForm):
        """The form with the stand-in in place of the publishers, as a user fills it in."""

        def parameters(self):
            return {**super().parameters(), "BASE": os.environ["NEED_BASE"], "CACHE": str(folder / "cache")}

        def exec(self):
            self.show()
            wait(0.5)
            shoot("21-get-england", self)
            self.sources.setCurrentItem(self.sources.topLevelItem(8))
            wait(0.3)
            shoot("22-get-england-source", self)
            self.resize(320, 560)
            wait(0.3)
            print(f"form at 320 asked: {self.width()}", flush=True)
            shoot("23-get-england-narrow", self)
            self.folder.setFilePath(str(OUT / "pack"))
            QTest.mouseClick(self.get, Qt.MouseButton.LeftButton)
            return self.result()

    england_form.EnglandForm = Form
    shoot("20-first-start")
    QTest.mouseClick(pages["data"].england, Qt.MouseButton.LeftButton)
    wait(8)
    shoot("24-fetching")
    started = time.monotonic()
    wait_for(lambda: not session.runner.running, 700)
    wait_for(lambda: not session.pack.checking and (session.pack.check or session.pack.error), 120)
    print(f"fetched after {time.monotonic() - started + 8:.1f} s", flush=True)
    wait(0.5)
    shoot("25-what-is-missing")
    dock.open_page("method")
    pages["method"].agree.setChecked(True)
    wait(0.3)
    shoot("26-method")
    play_run(dock, session, pages)
    pages["map"].zoom_to_all()
    drawn()
    shoot("27-map")


def play_narrow(dock, session, pages) -> None:
    dock.setFloating(True)
    for key in pages:
        dock.open_page(key)
        dock.resize(320, 700)
        wait(0.4)
        shoot(f"15-narrow-{key}", dock)
    print(f"dock width at 320 asked: {dock.width()}", flush=True)


def main() -> None:
    try:
        play()
    except (TimeoutError, AttributeError, KeyError, TypeError, ValueError, RuntimeError):
        traceback.print_exc()
        shoot("99-failed")
    from qgis.core import QgsProject

    # With temporary layers in it QGIS would ask whether they may go.
    QgsProject.instance().clear()
    QgsProject.instance().setDirty(False)
    sys.stdout.flush()
    iface.actionExit().trigger()


QTimer.singleShot(3000, main)
