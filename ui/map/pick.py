"""Picking a neighbourhood on the map, and the outline round the one that is picked."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsPointXY
from qgis.gui import QgsMapTool, QgsMapToolEmitPoint, QgsRubberBand
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ...processing_provider.style import palettes
from .navigate import area_at, features


class AreaPicker(QObject):
    """Takes the map tool while it is on, and gives the earlier one back."""

    left = pyqtSignal()

    def __init__(self, session: Any) -> None:
        super().__init__()
        self._session = session
        self._tool: Optional[QgsMapToolEmitPoint] = None
        self._before: Optional[QgsMapTool] = None
        self._band: Optional[QgsRubberBand] = None
        session.result.changed.connect(self._result_changed)

    def switch(self, on: bool) -> None:
        """Start or stop picking."""
        canvas, layers = self._session.canvas, self._session.result.layers
        if canvas is None:
            return
        if on and layers is not None and self._tool is None:
            self._before = canvas.mapTool()
            self._tool = QgsMapToolEmitPoint(canvas)
            self._tool.canvasClicked.connect(self._picked)
            self._tool.deactivated.connect(self._deactivated)
            canvas.setMapTool(self._tool)
        elif not on and self._tool is not None:
            tool, self._tool = self._tool, None
            if canvas.mapTool() == tool:
                canvas.setMapTool(self._before) if self._before is not None else canvas.unsetMapTool(tool)
            tool.deleteLater()

    def _deactivated(self) -> None:
        if self._tool is not None:
            tool, self._tool = self._tool, None
            tool.deleteLater()
            self.left.emit()

    def _picked(self, point: QgsPointXY, _: Qt.MouseButton) -> None:
        """Choose the neighbourhood that the point lies in; beside all of them nothing happens."""
        layers = self._session.result.layers
        if layers is None or self._session.result.saved is None:
            return
        code = area_at(layers.need, self._session.canvas, point)
        if code:
            self._session.result.choose_area(code)

    def mark(self, code: str) -> None:
        """Draw an outline round an area; '' takes it away."""
        canvas, layers = self._session.canvas, self._session.result.layers
        self.unmark()
        if canvas is None or layers is None or not code:
            return
        self._band = QgsRubberBand(canvas, layers.need.geometryType())
        for feature in features(layers.need, "area_code", [code]):
            self._band.setToGeometry(feature.geometry(), layers.need)
        self._band.setFillColor(QColor(0, 0, 0, 0))
        self._band.setStrokeColor(QColor(palettes.PICKED))
        self._band.setSecondaryStrokeColor(QColor(palettes.PICKED_HALO))
        self._band.setWidth(2)

    def unmark(self) -> None:
        """Take the outline away."""
        if self._band is not None and self._session.canvas is not None:
            self._session.canvas.scene().removeItem(self._band)
        self._band = None

    def _result_changed(self) -> None:
        self.unmark()
        if self._session.result.layers is None:
            self.switch(False)
            self.left.emit()
