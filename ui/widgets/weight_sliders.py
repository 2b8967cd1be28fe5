"""Sliders for the weights of a result: its dimensions and, unfolded, what they sum."""

from __future__ import annotations

from typing import Dict, Mapping, Tuple

from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from .parts import column, text_label

# A slider counts in thousandths; a key moves it by one hundredth, Page up and down by five.
STEPS, KEY_STEP, PAGE_STEP = 1000, 10, 50
_INDENT = 14
Weights = Mapping[str, Mapping[str, float]]


class WeightSliders(QWidget):
    """A slider a part; ``moved(node, part, share)`` follows the hand, the state gives back what became of the rest."""

    moved = pyqtSignal(str, str, float)

    def __init__(self) -> None:
        super().__init__()
        self._box = column(self, 0)
        self.sliders: Dict[Tuple[str, str], QSlider] = {}
        self.folds: Dict[str, QToolButton] = {}
        self._values: Dict[Tuple[str, str], QLabel] = {}
        self._content: QWidget = QWidget()

    def build(self, weights: Weights, titles: Mapping[str, str], top: str) -> None:
        """Make the sliders anew: those of ``top``, and under each its own, folded away until they are asked for."""
        self.sliders, self.folds, self._values = {}, {}, {}
        self._content.deleteLater()
        self._content = self._group(top, weights, titles, 0)
        self._box.addWidget(self._content)

    def _group(self, node: str, weights: Weights, titles: Mapping[str, str], depth: int) -> QWidget:
        group = QWidget()
        grid = QGridLayout(group)
        grid.setContentsMargins(_INDENT if depth else 0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 5)
        grid.setColumnStretch(2, 6)
        for part in weights[node]:
            line = grid.rowCount()
            alone = len(weights[node]) == 1
            below = part in weights and (len(weights[part]) > 1 or next(iter(weights[part])) in weights)
            if not alone:
                self._add_slider(grid, line, (node, part), titles)
            if below and alone:
                grid.addWidget(self._group(part, weights, titles, depth), line, 0, 1, 4)
            elif below:
                grid.addWidget(self._fold(part, self._group(part, weights, titles, depth + 1), grid, line), line, 0)
        return group

    def _add_slider(self, grid: QGridLayout, line: int, key: Tuple[str, str], titles: Mapping[str, str]) -> None:
        node, part = key
        title, value, slider = text_label(titles[part]), QLabel(), QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, STEPS)
        slider.setSingleStep(KEY_STEP)
        slider.setPageStep(PAGE_STEP)
        slider.setMinimumWidth(70)
        slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        slider.setAccessibleName(f"Weight of {titles[part]} in {titles[node]}")
        slider.setToolTip(f"Its share of {titles[node]}; the others keep their proportions")
        slider.valueChanged.connect(lambda place: self.moved.emit(node, part, place / STEPS))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(value.fontMetrics().boundingRect("100.0\u00a0%").width())
        title.setBuddy(slider)
        for place, widget in enumerate((title, slider, value), start=1):
            grid.addWidget(widget, line, place)
        self.sliders[key], self._values[key] = slider, value

    def _fold(self, part: str, group: QWidget, grid: QGridLayout, line: int) -> QToolButton:
        """The arrow that shows or hides what a part sums."""
        fold = QToolButton()
        fold.setCheckable(True)
        fold.setAutoRaise(True)
        fold.setArrowType(Qt.ArrowType.RightArrow)
        fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        fold.setAccessibleName("Show the weights inside")
        fold.setToolTip("Show the weights inside")
        group.setVisible(False)
        grid.addWidget(group, line + 1, 0, 1, 4)

        def turn(on: bool) -> None:
            fold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
            group.setVisible(on)

        fold.toggled.connect(turn)
        self.folds[part] = fold
        return fold

    def show_weights(self, weights: Weights) -> None:
        """Put every slider where the weights say, without telling of it."""
        for (node, part), slider in self.sliders.items():
            share = weights[node][part]
            text = f"{100 * share:.1f}\u00a0%"
            if self._values[node, part].text() != text:
                self._values[node, part].setText(text)
            if slider.value() != round(STEPS * share):
                with QSignalBlocker(slider):
                    slider.setValue(round(STEPS * share))
