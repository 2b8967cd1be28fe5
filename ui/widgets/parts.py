"""Labels, notices and marks that every page uses, at home in light and dark themes."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Tuple, Union

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...processing_provider.style import palettes

GAP = 6
# One shape a state, so that nobody has to tell them by colour; the colours are the maps' own.
STATE_COLOURS = {
    **dict.fromkeys(("as specified", "newer vintage", "older vintage"), palettes.DECILE_BLUES[4]),
    "substitute": palettes.ACCENT_WARM,
    "absent": palettes.ABSENT,
    "own": palettes.BEYOND,
}
_MARK = 12
# Which half of the disc is full: what was stands on the left, what came later on the right.
_HALVES = {"older vintage": 90, "newer vintage": 270}
_LINK = re.compile(r"\[([^\]]+)\]\((\w+(?:#\w+)?)\)")


@cache
def declared(kind: str) -> Mapping[str, Any]:
    """``widgets``, or ``texts`` that are shown, by page and name; declared.json holds both."""
    return json.loads(Path(__file__).with_name("declared.json").read_text(encoding="utf-8"))[kind]


STATE_WORDS, COUNTED = declared("texts")["states"].values()


def text_label(text: str = "", bold: bool = False) -> QLabel:
    """A label that wraps, never widens the dock, and whose text can be selected by mouse and keyboard."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


class Notice(QWidget):
    """An icon of QGIS's (information, warning, success) beside a text; hidden while the text is empty.

    ``[words](page#part)`` in a text is a link, which ``followed`` gives as ``page#part``.
    """

    followed = pyqtSignal(str)

    ICONS = {"info": "/mIconInfo.svg", "warning": "/mIconWarning.svg", "success": "/mIconSuccess.svg"}

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.label = text_label()
        self.label.linkActivated.connect(self.followed)
        self.setLayout(row(self._icon, self.label, stretch=1))
        self.say("")

    def say(self, text: str, level: str = "info") -> None:
        """Show a text with the icon of its level; '' hides the notice."""
        linked = _LINK.sub(r'<a href="\2">\1</a>', html.escape(text, quote=False).replace("\n", "<br>"))
        has_link = "<a href" in linked
        # Qt 5 never lets Shift+Tab out of a label whose first letter belongs to a link: a word joiner is not seen.
        linked = f"\u2060{linked}" if linked.startswith("<a") else linked
        self.label.setTextFormat(Qt.TextFormat.RichText if has_link else Qt.TextFormat.PlainText)
        self.label.setText(linked if has_link else text)
        reach = Qt.TextInteractionFlag
        links = reach.LinksAccessibleByMouse | reach.LinksAccessibleByKeyboard | reach.TextSelectableByMouse
        self.label.setTextInteractionFlags(links if has_link else reach.TextSelectableByMouse)
        self._icon.setPixmap(QgsApplication.getThemeIcon(self.ICONS[level]).pixmap(16, 16))
        self.setVisible(bool(text))

    def text(self) -> str:
        """What is shown."""
        return self.label.text()


def yielding(button: QAbstractButton) -> QAbstractButton:
    """A button that never widens the dock: with very large type its text is cut, and its tooltip has it whole."""
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    if not button.toolTip():
        button.setToolTip(button.text().replace("&", ""))
    return button


def split(upper: QWidget, lower: QWidget, sizes: Sequence[int] = ()) -> QSplitter:
    """One above the other, in the room that is left, down to what the two need at least."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    for widget in (upper, lower):
        splitter.addWidget(widget)
    splitter.setChildrenCollapsible(False)
    if sizes:
        splitter.setSizes(list(sizes))
    splitter.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
    return splitter


def bullets(lines: Iterable[str]) -> str:
    """Lines as one text: a single line as it is, several with a bullet each."""
    kept = list(lines)
    return "".join(kept) if len(kept) < 2 else "\n".join(f"\u2022 {line}" for line in kept)


def column(parent: QWidget, margin: int = GAP) -> QVBoxLayout:
    """A vertical layout with the dock's margins."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(GAP)
    return layout


def fill(box: QBoxLayout, *things: Any) -> None:
    """Widgets and layouts one after the other, a pair with its share of the room; a number is a gap of that share."""
    for thing in things:
        if isinstance(thing, int):
            box.addStretch(thing)
        else:
            part, share = thing if isinstance(thing, tuple) else (thing, 0)
            (box.addLayout if isinstance(part, QLayout) else box.addWidget)(part, share)


def form(*named: Tuple[Union[str, QLabel], QWidget]) -> QFormLayout:
    """Boxes behind their names, each a text or a label."""
    layout = QFormLayout()
    for name, widget in named:
        layout.addRow(name, widget)
    return layout


def name_of(widget: QWidget, text: str) -> QLabel:
    """The label over a widget; its underlined letter leads there."""
    label = QLabel(text)
    label.setBuddy(widget)
    return label


def row(*widgets: QWidget, stretch: int = -1) -> QHBoxLayout:
    """Widgets side by side; ``stretch`` is the place of the one that takes the room, -1 for room at the end."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP)
    for place, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if place == stretch else 0)
    if stretch < 0:
        layout.addStretch(1)
    return layout


def show(there: bool, *widgets: QWidget) -> None:
    """Show all of them, or hide them."""
    for widget in widgets:
        widget.setVisible(there)


def enable(usable: bool, *widgets: QWidget) -> None:
    """Let all of them be used, or none."""
    for widget in widgets:
        widget.setEnabled(usable)


def tool_button() -> QToolButton:
    """A tool button with its text beside its icon."""
    button = QToolButton()
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def narrow(combo: QComboBox) -> QComboBox:
    """The combo box, which may shrink below its longest entry; its list still shows that whole."""
    combo.setSizeAdjustPolicy(combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return combo


def offer(combo: QComboBox, entries: Iterable[Tuple[str, str]], chosen: str = "") -> None:
    """Fill a combo box with (key, words), and choose a key, or the first where it is not among them."""
    combo.clear()
    for key, words in entries:
        combo.addItem(words, key)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))


def state_icon(state: str) -> QIcon:
    """The mark of an indicator's state: full disc, half disc, diamond or ring."""
    colour = QColor(STATE_COLOURS[state])

    def draw(painter: QPainter, box: QRectF) -> None:
        if state == "substitute":
            painter.setBrush(QBrush(colour))
            painter.drawPolygon(diamond(box.center(), box.width() / 2))
            return
        painter.setBrush(QBrush(colour) if state == "as specified" else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
        if state in _HALVES:
            painter.setBrush(QBrush(colour))
            painter.drawChord(box, _HALVES[state] * 16, 180 * 16)

    return mark_icon(_MARK, colour, draw)


def diamond(middle: QPointF, half: float) -> QPolygonF:
    """A square on its corner, ``half`` from its middle to each of them."""
    return QPolygonF([middle + QPointF(x, y) for x, y in ((0, -half), (half, 0), (0, half), (-half, 0))])


def mark_icon(size: int, colour: QColor, draw: Callable[[QPainter, QRectF], None]) -> QIcon:
    """A small mark, drawn by ``draw`` in a box with a pen of that colour."""

    def paint(painter: QPainter) -> None:
        painter.setPen(QPen(colour, 1.4))
        draw(painter, QRectF(1.5, 1.5, size - 3, size - 3))

    return QIcon(small_picture(QSize(size, size), paint))


def small_picture(size: QSize, paint: Callable[[QPainter], None]) -> QPixmap:
    """A picture, painted by ``paint`` on a transparent ground, sharp on fine screens too."""
    ratio = 2
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return pixmap


def is_dark(palette: QPalette) -> bool:
    """Whether the theme has light text on a dark ground."""
    return palette.color(QPalette.ColorRole.Base).lightness() < 128


def name_controls(content: QWidget) -> None:
    """Name every stop of the Tab key that a screen reader would only call a button or a list, by its hint or tip."""
    labelled = {label.buddy() for label in content.findChildren(QLabel)}
    for widget in content.findChildren(QWidget):
        says = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not says and widget not in labelled:
            hints = (widget.property(name) for name in ("title", "placeholderText", "toolTip"))
            widget.setAccessibleName(next(filter(None, hints), ""))
