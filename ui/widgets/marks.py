"""The key to the profile's bars and marks."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QWidget

from .parts import is_dark
from .profile import BAR_COLOURS, draw_mark

_INKS = {False: ("#1b1b1b", "#ffffff"), True: ("#e0e0e0", "#2b2b2b")}
_SIZE = QSize(16, 16)


class MarksKey(QWidget):
    """One line: what the bar and the three marks mean."""

    WORDS = (("area", "here"), ("district", "district"), ("region", "region"), ("country", "all areas"))

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        self._marks = {}
        for name, words in self.WORDS:
            self._marks[name] = QLabel()
            line.addWidget(self._marks[name])
            line.addWidget(QLabel(words))
            line.addSpacing(3)
        line.addStretch(1)
        # At very large type it is cut, and does not widen the dock.
        self.setMinimumWidth(1)
        self.setToolTip("Bars are orange where need is above the average of all areas, blue where it is below")
        self._draw()

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        dark = is_dark(self.palette())
        for name, label in self._marks.items():
            label.setPixmap(_picture(name, dark))


def _picture(name: str, dark: bool) -> QPixmap:
    ratio = 2
    pixmap = QPixmap(_SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if name == "area":
        cool, warm = BAR_COLOURS[dark]
        painter.fillRect(QRectF(1, 4, 7, 8), QColor(warm))
        painter.fillRect(QRectF(8, 4, 7, 8), QColor(cool))
    else:
        ink, paper = (QColor(colour) for colour in _INKS[dark])
        draw_mark(painter, name, QPointF(8, 8), ink, paper)
    painter.end()
    return pixmap
