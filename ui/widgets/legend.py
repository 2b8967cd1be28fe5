"""The legend in words: each class with its colour, number of areas and people."""

from __future__ import annotations

from typing import Any, Sequence

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPalette, QPen, QPixmap
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QWidget

_SWATCH = QSize(22, 14)


class LegendWidget(QWidget):
    """Rows of swatch, label and counts; rebuilt when what is shown, or the filter, changes."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(2, 1)
        self._rows: list = []
        self._shown = 0

    def show_entries(self, entries: Sequence[Any], noun: str) -> None:
        """Show these lines (``legend.LegendEntry``); rows are made once, and hidden where there are fewer lines."""
        while len(self._rows) < len(entries):
            self._add_row()
        for place, widgets in enumerate(self._rows):
            for widget in widgets:
                widget.setVisible(place < len(entries))
        self._shown = len(entries)
        for (swatch, label, count), entry in zip(self._rows, entries):
            swatch.setPixmap(self._swatch(entry.colour, entry.hatched))
            label.setText(entry.label)
            count.setText(entry.in_words(noun))
            for widget in (label, count):
                widget.setEnabled(bool(entry.count))

    def _add_row(self) -> None:
        place = len(self._rows)
        swatch, label, count = QLabel(), QLabel(), QLabel()
        swatch.setFixedSize(_SWATCH)
        count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((swatch, label, count)):
            self._grid.addWidget(widget, place, column)
        self._rows.append((swatch, label, count))

    def texts(self) -> list:
        """The lines as text: label and counts."""
        return [f"{label.text()}\t{count.text()}" for _, label, count in self._rows[: self._shown]]

    def _swatch(self, colour: str, hatched: bool) -> QPixmap:
        ratio = 2
        pixmap = QPixmap(_SWATCH * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(colour))
        painter = QPainter(pixmap)
        box = QRectF(0, 0, _SWATCH.width(), _SWATCH.height())
        if hatched:
            painter.fillRect(box, QBrush(QColor("#8d8d88"), Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
        return pixmap
