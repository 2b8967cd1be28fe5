"""The key to the profile's bars and marks."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize
from qgis.PyQt.QtGui import QColor, QPainter, QPixmap
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QWidget

from ...processing_provider.style import palettes
from .parts import is_dark, small_picture
from .profile import draw_mark

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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        dark = is_dark(self.palette())
        for name, label in self._marks.items():
            label.setPixmap(_picture(name, dark))


def _picture(name: str, dark: bool) -> QPixmap:
    def paint(painter: QPainter) -> None:
        if name == "area":
            cool, warm = palettes.BARS[dark]
            painter.fillRect(QRectF(1, 4, 7, 8), QColor(warm))
            painter.fillRect(QRectF(8, 4, 7, 8), QColor(cool))
        else:
            ink, paper = (QColor(colour) for colour in palettes.MARKS[dark])
            draw_mark(painter, name, QPointF(8, 8), ink, paper)

    return small_picture(_SIZE, paint)
