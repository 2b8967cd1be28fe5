"""The profile of one area: bars for its dimensions and indicators, marks for what lies around it, and their key."""

from __future__ import annotations

import html
from typing import Any, List, Optional

from qgis.PyQt.QtCore import QEvent, QModelIndex, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPalette, QPen, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ...core.words import figure
from ...processing_provider.style import palettes
from .parts import diamond, is_dark, small_picture

LINE = Qt.ItemDataRole.UserRole
_BAR_HEIGHT = 8.0
_FULL = 100.0
_MARK = 3.5
_NAMES_SHARE = 0.54
_KEY_SIZE = QSize(16, 16)


class _BarDelegate(QStyledItemDelegate):
    """Paints a bar from 0 to 100 with a diamond (district), a square (region) and a line (country)."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        beside = index.data(LINE)
        if beside is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(option.rect).adjusted(5, 0, -8, 0)
        track = QRectF(track.left(), option.rect.center().y() - _BAR_HEIGHT / 2 + 0.5, track.width(), _BAR_HEIGHT)
        self._paint_bar(painter, option, track, beside)
        painter.restore()

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, track: QRectF, beside: Any) -> None:
        palette = option.palette
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = QColor(palette.color(QPalette.ColorRole.Text))
        ground.setAlpha(28)
        painter.fillRect(track, ground)
        cool, warm = palettes.BARS[is_dark(palette) or selected]
        if beside.area == beside.area:
            bar = QRectF(track)
            bar.setWidth(track.width() * min(max(beside.area, 0.0), _FULL) / _FULL)
            above = beside.country == beside.country and beside.area > beside.country
            painter.fillRect(bar, QColor(warm if above else cool))
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        paper = palette.color(QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.Base)
        for name in ("country", "region", "district"):
            value = getattr(beside, name)
            if value == value:
                place = QPointF(track.left() + track.width() * value / _FULL, track.center().y())
                draw_mark(painter, name, place, ink, paper)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(90, max(20, super().sizeHint(option, index).height()))


def draw_mark(painter: QPainter, name: str, place: QPointF, ink: QColor, paper: QColor) -> None:
    """One mark of comparison: distinct by its shape, with a rim that sets it off from any bar."""
    if name == "country":
        painter.setPen(QPen(paper, 3.6))
        painter.drawLine(place - QPointF(0, 6.5), place + QPointF(0, 6.5))
        painter.setPen(QPen(ink, 1.8))
        painter.drawLine(place - QPointF(0, 6.5), place + QPointF(0, 6.5))
        return
    painter.setPen(QPen(ink, 1.3))
    painter.setBrush(ink if name == "district" else paper)
    if name == "region":
        painter.drawRect(QRectF(place.x() - _MARK + 0.5, place.y() - _MARK + 0.5, 2 * _MARK - 1, 2 * _MARK - 1))
        return
    painter.setPen(QPen(paper, 1.0))
    painter.drawPolygon(diamond(place, _MARK + 1))


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
            label.setPixmap(_key_picture(name, dark))


def _key_picture(name: str, dark: bool) -> QPixmap:
    def paint(painter: QPainter) -> None:
        if name == "area":
            cool, warm = palettes.BARS[dark]
            painter.fillRect(QRectF(1, 4, 7, 8), QColor(warm))
            painter.fillRect(QRectF(8, 4, 7, 8), QColor(cool))
        else:
            ink, paper = (QColor(colour) for colour in palettes.MARKS[dark])
            draw_mark(painter, name, QPointF(8, 8), ink, paper)

    return small_picture(_KEY_SIZE, paint)


class ProfileTree(QTreeWidget):
    """Dimensions with their scores; under each its indicators by the share of areas with less need."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels(["Dimension, indicators", "Need, 0 to 100"])
        self.setColumnCount(2)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setItemDelegateForColumn(1, _BarDelegate(self))
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.setAccessibleName("Profile of the chosen area")
        self._lines: List[Any] = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnWidth(0, round(_NAMES_SHARE * self.viewport().width()))

    def show_profile(self, profile: Any) -> None:
        """Show a profile (``explain.Profile``); None empties the tree. What was open stays open."""
        opened = {item.text(0) for item in self._tops() if item.isExpanded()}
        self.clear()
        if profile is None:
            return
        for dimension in profile.dimensions:
            item = self._add(self.invisibleRootItem(), dimension, dimension.score)
            for indicator in sorted(dimension.indicators, key=_push, reverse=True):
                self._add(item, indicator, indicator.standing)
            item.setExpanded(dimension.node.title in opened)

    def _tops(self) -> List[QTreeWidgetItem]:
        return [self.topLevelItem(place) for place in range(self.topLevelItemCount())]

    def _add(self, parent: QTreeWidgetItem, line: Any, beside: Any) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [line.node.title, figure(beside.area)])
        item.setData(0, LINE, line)
        item.setData(1, LINE, beside)
        item.setToolTip(0, line.node.title)
        others = (("district", beside.district), ("region", beside.region), ("all areas", beside.country))
        compared = ", ".join(f"{name} {figure(value)}" for name, value in others)
        item.setToolTip(1, f"{figure(beside.area)} here; {compared}")
        return item

    def line(self) -> Optional[Any]:
        """The selected line."""
        item = self.currentItem()
        return None if item is None else item.data(0, LINE)


def _rounded_share(standing: float) -> str:
    """A share in whole per cent that never claims all or none."""
    return "over 99" if standing > 99 else "under 1" if standing < 1 else f"{standing:.0f}"


def _push(line: Any) -> float:
    """How much an indicator pushes towards need; those without a value come last."""
    return line.contribution if line.contribution == line.contribution else float("-inf")


def _points(line: Any, profile: Any) -> str:
    """What a line adds to the distance from an area that is in the middle on every indicator."""
    verb = "adds" if line.contribution > 0 else "takes away"
    whole = profile.composite - profile.baseline
    return (
        f"{verb} {abs(line.contribution):.2f} points of the weighted sum, which is {abs(whole):.1f} "
        f"{'above' if whole > 0 else 'below'} that of an area in the middle on every indicator"
    )


def headline(profile: Any) -> str:
    """The area in its sentences, as HTML."""
    return " ".join(html.escape(one.text) for one in profile.sentences)


def describe_line(line: Any, profile: Any) -> str:
    """What there is to say of one dimension or indicator, as HTML."""
    names = (profile.name, profile.district, profile.region, profile.country)
    places = tuple(zip(names, ("area", "district", "region", "country")))
    title = f"<p><b>{html.escape(getattr(line, 'title', line.node.title))}</b></p>"
    if hasattr(line, "score"):
        values = ", ".join(f"{html.escape(name)} {figure(getattr(line.score, key))}" for name, key in places)
        rank = "not ranked" if line.rank is None else f"rank {line.rank:,}"
        points = f" With weight {100 * line.weight:g}\u00a0% it {_points(line, profile)}."
        return f"{title}<p>Score: {values}; {rank}.{points if line.contribution == line.contribution else ''}</p>"
    share = line.is_share
    values = ", ".join(f"{name} {figure(getattr(line.value, key), share)}" for name, key in places)
    unit = "" if share or not line.unit else f" ({line.unit})"
    texts = [f"Value{unit}: {values}."]
    if line.shrinkage != "none" and line.shrunk == line.shrunk:
        own = (
            f"; its own figure, out of {line.count:,.0f}, weighs {100 * line.weight:.0f}\u00a0%"
            if line.weight == line.weight
            else ""
        )
        texts.append(f"After shrinkage towards the district: {figure(line.shrunk, share)}{own}.")
    if line.provenance == "imputed":
        texts.append("It has no figure of its own: one is filled in.")
    if line.standing.area == line.standing.area:
        push = f"; it {_points(line, profile)}" if line.contribution == line.contribution else ""
        texts.append(f"Of all areas {_rounded_share(line.standing.area)}\u00a0% have less need{push}.")
    if line.lift == line.lift:
        texts.append(f"With {figure(line.lift, share)}, and all else as it is, the area would be no hot spot.")
    texts.append(f"Source: {line.source}, {line.date} ({line.status}, {line.provenance or 'no value'}). {line.note}")
    return title + "".join(f"<p>{html.escape(text)}</p>" for text in texts)
