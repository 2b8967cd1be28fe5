"""The legend in words: each class with its colour, number of areas and people."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPalette, QPen, QPixmap
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QWidget

from ...processing_provider.style import palettes
from .parts import show, small_picture, text_label

_SWATCH = QSize(22, 14)


class LegendWidget(QWidget):
    """Rows of swatch, label and counts; rebuilt when what is shown, or the filter, changes."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._heads = self._add_row(0)[2:]
        self._rows: list = []
        self._entries: list = []
        self._noun = ""

    def show_entries(self, entries: Sequence[Any], noun: str) -> None:
        """Show these lines (``legend.LegendEntry``); rows are made once, and hidden where there are fewer lines."""
        from ...core.words import people

        while len(self._rows) < len(entries):
            self._rows.append(self._add_row(len(self._rows) + 1))
        for place, widgets in enumerate(self._rows):
            show(place < len(entries), *widgets)
        self._entries, self._noun = list(entries), noun
        for head, words in zip(self._heads, (f"{noun.capitalize()}s", "People")):
            head.setText(words if entries else "")
        for (swatch, label, count, residents), entry in zip(self._rows, entries):
            swatch.setPixmap(self._swatch(entry.colour, entry.hatched))
            label.setText(entry.label)
            count.setText(f"{entry.count:,}")
            residents.setText("" if entry.population is None else people(entry.population).replace(" million", " m"))
            for widget in (label, count, residents):
                widget.setEnabled(bool(entry.count))
                widget.setToolTip(entry.in_words(noun))

    def _add_row(self, place: int) -> Tuple[QLabel, ...]:
        widgets = QLabel(), text_label(), QLabel(), QLabel()
        widgets[0].setFixedSize(_SWATCH)
        for column, widget in enumerate(widgets):
            if column > 1:
                widget.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(widget, place, column)
        return widgets

    def texts(self) -> list:
        """The lines as text: label and counts."""
        return [f"{entry.label}\t{entry.in_words(self._noun)}" for entry in self._entries]

    def _swatch(self, colour: str, hatched: bool) -> QPixmap:
        box = QRectF(0, 0, _SWATCH.width(), _SWATCH.height())

        def paint(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.fillRect(box, QColor(colour))
            if hatched:
                painter.fillRect(box, QBrush(QColor(palettes.UNSURE_HATCH), Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

        return small_picture(_SWATCH, paint)
