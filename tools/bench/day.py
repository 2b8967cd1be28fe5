"""A project that is open for a day, in a few minutes: whether what QGIS holds grows from morning to evening."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

from .dock import _serve
from .load import _held
from .measure import figure
from .registry import Figure, bench

# Rounds of a day, after those in which libraries are loaded and caches filled; in each, so much of everything.
WARM, ROUNDS = 30, 240
REPAINTS, SEARCHES, CODES = 10, 10, 30
# Every so many rounds the result is taken off the map and opened again, or computed anew under its layers.
REOPENED, COMPUTED = 12, 48
AREAS = 300
KINDS = (("memory", "B"), ("open files", "files"), ("threads", "threads"), ("Python's objects", "objects"),
         ("Qt's objects of dock and map", "objects"))  # fmt: skip


class _Window:
    """What the dock asks of QGIS's window: its map."""

    def __init__(self) -> None:
        from qgis.core import QgsProject
        from qgis.gui import QgsLayerTreeMapCanvasBridge, QgsMapCanvas

        self._canvas = QgsMapCanvas()
        self._canvas.resize(500, 500)
        self._canvas.show()
        self._bridge = QgsLayerTreeMapCanvasBridge(QgsProject.instance().layerTreeRoot(), self._canvas)

    def mapCanvas(self) -> Any:
        return self._canvas


class _Day:
    """One user over one result, with labels by the plugin's functions."""

    def __init__(self, folder: Path, run: Callable[..., None]) -> None:
        from hyperlocal_need.processing_provider.project.expressions import Functions
        from hyperlocal_need.ui import settings
        from hyperlocal_need.ui.dock import NeedDock
        from hyperlocal_need.ui.locator import NeedLocator

        self.path, self._folder, self._run = folder / "need.gpkg", folder, run
        self.window = _Window()
        self.functions = Functions()
        self.functions.register()
        self.done: Dict[str, int] = dict.fromkeys(("repaints", "hits", "evaluations", "pages", "openings", "runs"), 0)
        self.dock: Any = NeedDock(self.window)
        self.dock.show()
        settings.remember(settings.PACK, str(folder / "pack"))
        self.locator = NeedLocator(self.functions.results, lambda: self.dock, self.window.mapCanvas())
        self.codes: List[str] = []

    def open(self) -> None:
        """The result on the map, labelled; what was there before is taken off it."""
        from qgis.core import QgsPalLayerSettings, QgsProject, QgsVectorLayerSimpleLabeling

        # QGIS's own window waits for its map before it takes a layer away.
        self.window.mapCanvas().waitWhileRendering()
        QgsProject.instance().clear()
        result = self.dock.session.result
        _serve(lambda: result.layers is None)
        self.dock.session.open_result(str(self.path))
        _serve(lambda: result.saved is not None and not result.reading)
        labels = QgsPalLayerSettings()
        labels.fieldName, labels.isExpression = 'to_string(hln_rank("area_code")) || hln_why("area_code")', True
        result.layers.need.setLabeling(QgsVectorLayerSimpleLabeling(labels))
        result.layers.need.setLabelsEnabled(True)
        self.codes = [str(code) for code in result.saved.need.index]
        self.done["openings"] += 1

    def round(self, number: int) -> None:
        """A little of everything; the figures are other ones each time."""
        if number % COMPUTED == 0:
            self._run("computeindex", PACK=f"{self._folder}/pack", OUTPUT=str(self.path), LOW_COVERAGE="leave_out")
            self.done["runs"] += 1
        if number % REOPENED == 0:
            self.open()
        for step in range(REPAINTS):
            self._repaint(number * REPAINTS + step)
        for step in range(SEARCHES):
            self._search(self.codes[(number * SEARCHES + step) % len(self.codes)], step == 0)
        for step in range(CODES):
            self._evaluate(self.codes[(number + step) % len(self.codes)])
        for key in self.dock.pages:
            self.dock.open_page(key)
            self._serve_events()
            self.done["pages"] += 1
        choices = self.dock.pages["map"].measure
        choices.setCurrentIndex(number % choices.count())

    def _repaint(self, number: int) -> None:
        from hyperlocal_need.ui.map import navigate

        canvas, layer = self.window.mapCanvas(), self.dock.session.result.layers.need
        extent = layer.extent()
        extent.scale(0.2 + (number % 9) / 10.0)
        canvas.setExtent(extent)
        canvas.refresh()
        canvas.waitWhileRendering()
        self._serve_events()
        navigate.area_at(layer, canvas, extent.center())
        self.done["repaints"] += 1

    def _search(self, code: str, chosen: bool) -> None:
        from qgis.core import QgsFeedback, QgsLocatorContext

        found: List[Any] = []
        locator = self.locator.clone()
        locator.resultFetched.connect(found.append)
        locator.prepare(code, QgsLocatorContext())
        locator.fetchResults(code, QgsLocatorContext(), QgsFeedback())
        self.done["hits"] += len(found)
        if chosen:
            locator.triggerResult(found[0])
            self._serve_events()

    def _evaluate(self, code: str) -> None:
        from qgis.core import QgsExpression, QgsExpressionContext

        for name in ("hln_rank", "hln_score", "hln_hotspot", "hln_why"):
            QgsExpression(f"{name}('{code}')").evaluate(QgsExpressionContext())
            self.done["evaluations"] += 1

    def _serve_events(self) -> None:
        from qgis.PyQt.QtCore import QCoreApplication, QEvent

        for _ in range(3):
            QCoreApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def held(self) -> List[float]:
        """As ``KINDS`` says; Python's rubbish is taken out before."""
        from qgis.PyQt.QtCore import QObject

        self._serve_events()
        gc.collect()
        made = len(self.dock.findChildren(QObject)) + len(self.window.mapCanvas().findChildren(QObject))
        return [*_held(), float(len(gc.get_objects())), float(made)]

    def close(self) -> None:
        from qgis.core import QgsProject

        self.window.mapCanvas().waitWhileRendering()
        self.dock.close_down()
        self.dock.deleteLater()
        self.functions.unregister()
        QgsProject.instance().clear()
        self._serve_events()


@bench
def day() -> Iterator[Figure]:
    """Repaints, searches, expressions, pages, openings and runs, counted; what is held at three hours."""
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject

    from ..qgis_session import qgis_session

    with qgis_session(), tempfile.TemporaryDirectory() as scratch:

        def run(name: str, **parameters: Any) -> None:
            algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
            context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
            context.setProject(QgsProject.instance())
            if not algorithm.run(parameters, context, feedback, {}, False)[1]:
                raise RuntimeError(feedback.textLog())

        run("demopack", AREAS=AREAS, OUTPUT=f"{scratch}/pack")
        user, held = _Day(Path(scratch), run), {}
        try:
            for number in range(WARM + ROUNDS + 1):
                if number in (WARM, WARM + ROUNDS // 2, WARM + ROUNDS):
                    held[number] = user.held()
                user.round(number)
        finally:
            user.close()
        for name, count in user.done.items():
            yield figure(name, float(count), "times")
        morning, noon, evening = held.values()
        for (name, unit), *values in zip(KINDS, morning, noon, evening):
            for title, value in (("at noon", values[1]), ("in the evening", values[2])):
                yield figure(f"{name} {title}", value, unit, peer="in the morning", peer_value=values[0])
