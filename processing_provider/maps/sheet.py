"""The furniture of a map page: text that wraps, a legend in columns, a scale bar, and free places for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import QPointF, QRect, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from ...core import words
from ..style import palettes
from ..style.legend import Legend, LegendEntry

FONT_FAMILIES = (
    "Source Sans 3",
    "Source Sans Pro",
    "Open Sans",
    "Noto Sans",
    "Segoe UI",
    "Helvetica Neue",
    "Arial",
    "Liberation Sans",
    "DejaVu Sans",
)
PAGE_WIDTH_MM = 210.0
MASK_PIXELS = 8
# QGIS lays a breath of black, one or two of 255, over all that a layer with a blend mode may touch.
FAINT = 8
LINE_SPACING = 1.32
# A map that covers more of its frame's edge than this runs on beyond it.
CROPPED_SHARE = 0.05


@dataclass(frozen=True)
class Page:
    """A page being drawn; lengths in millimetres of a sheet 210 mm wide, whatever its size in pixels."""

    painter: QPainter
    scale: float

    def mm(self, length: float) -> float:
        """Millimetres of the sheet in pixels."""
        return length * self.scale

    def font(self, size_mm: float, bold: bool = False) -> QFont:
        """The first installed family of the list, else the system's own, by height."""
        font = QFont()
        font.setFamilies(list(FONT_FAMILIES))
        font.setPixelSize(max(1, round(self.mm(size_mm))))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def width_of(self, text: str, font: QFont) -> float:
        """Width of a text in pixels."""
        return QFontMetricsF(font).horizontalAdvance(text)

    def text(self, x: float, baseline: float, text: str, font: QFont, colour: str, right: bool = False) -> None:
        """One line; ``right`` = it ends at x."""
        self.painter.setFont(font)
        self.painter.setPen(QColor(colour))
        self.painter.drawText(QPointF(x - self.width_of(text, font) if right else x, baseline), text)

    def paragraph(self, x: float, top: float, lines: Sequence[str], font: QFont, colour: str) -> float:
        """Lines one under the other; returns the bottom."""
        for number, line in enumerate(lines):
            baseline = top + font.pixelSize() * (0.95 + number * LINE_SPACING)
            self.text(x, baseline, line, font, colour)
        return top + self.height_of(lines, font)

    @staticmethod
    def height_of(lines: Sequence[str], font: QFont) -> float:
        """Height of wrapped lines in pixels."""
        return font.pixelSize() * LINE_SPACING * len(lines)

    def wrap(self, text: str, font: QFont, width: float) -> List[str]:
        """Break a text at spaces so that no line is wider; a single word that is wider is cut."""
        metrics, lines, line = QFontMetricsF(font), [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and metrics.horizontalAdvance(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
        return [metrics.elidedText(one, Qt.TextElideMode.ElideRight, width) for one in lines if one]


class LegendBox:
    """A legend with columns for areas and people: measured first, drawn where there is room."""

    def __init__(self, page: Page, legend: Legend):
        self._page, self._legend = page, legend
        self._title, self._body = page.font(3.5, bold=True), page.font(2.9)
        self._columns = self._measure_columns()
        self._row, self._swatch = page.mm(4.9), page.mm(7.0)
        self._gap = page.mm(3.2)
        widths = sum(self._columns) + self._gap * (len(self._columns) - 1) + self._swatch + page.mm(2.4)
        self.width = max(widths, page.width_of(legend.title, self._title))
        self.height = page.mm(11.2) + self._row * len(legend.entries)

    def _measure_columns(self) -> List[float]:
        rows = [self._heads(), *(self._cells(entry) for entry in self._legend.entries)]
        return [max(self._page.width_of(cell, self._body) for cell in column) for column in zip(*rows)]

    def _heads(self) -> Tuple[str, ...]:
        with_people = any(entry.population is not None for entry in self._legend.entries)
        return ("", f"{self._legend.noun}s", "people") if with_people else ("", f"{self._legend.noun}s")

    def _cells(self, entry: LegendEntry) -> Tuple[str, ...]:
        cells = (entry.label, words.whole(entry.count), words.people(entry.population))
        return cells[: len(self._heads())]

    def draw(self, x: float, y: float) -> None:
        """Draw with the top left corner at x, y."""
        page = self._page
        page.text(x, y + page.mm(3.4), self._legend.title, self._title, palettes.INK)
        left = x + self._swatch + page.mm(2.4)
        self._draw_cells(left, y + page.mm(8.6), self._heads(), palettes.MUTED_INK)
        for number, entry in enumerate(self._legend.entries):
            top = y + page.mm(11.2) + number * self._row
            self._draw_swatch(QRectF(x, top, self._swatch, self._row - page.mm(0.7)), entry)
            self._draw_cells(left, top + page.mm(3.2), self._cells(entry), palettes.INK)

    def _draw_cells(self, left: float, baseline: float, cells: Sequence[str], colour: str) -> None:
        self._page.text(left, baseline, cells[0], self._body, colour)
        right = left + self._columns[0]
        for cell, width in zip(cells[1:], self._columns[1:]):
            right += self._gap + width
            self._page.text(right, baseline, cell, self._body, colour, right=True)

    def _draw_swatch(self, box: QRectF, entry: LegendEntry) -> None:
        painter = self._page.painter
        painter.fillRect(box, QColor(entry.colour))
        if entry.hatched:
            unranked = entry.colour == palettes.UNRANKED_FILL
            draw_hatch(self._page, box, palettes.UNRANKED_HATCH if unranked else palettes.HOT_SPOT_BANDS[0])
        if entry.hatched or QColor(entry.colour).lightnessF() > 0.9:
            painter.setPen(QPen(QColor(palettes.RULE), self._page.mm(0.15)))
            painter.drawRect(box)


def draw_hatch(page: Page, box: QRectF, colour: str) -> None:
    """Diagonal lines in a box, as areas have them on the map that are not ranked, or not sure."""
    painter = page.painter
    painter.save()
    painter.setClipRect(box)
    painter.setPen(QPen(QColor(colour), page.mm(0.16)))
    step, across = page.mm(1.27), box.width() + box.height()
    for number in range(int(across / step) + 1):
        start = box.left() + number * step
        painter.drawLine(QPointF(start, box.top()), QPointF(start - box.height(), box.bottom()))
    painter.restore()


@dataclass(frozen=True)
class ScaleBar:
    """A bar of a round length: its metres, its pixels and its words."""

    metres: float
    pixels: float

    @classmethod
    def fitting(cls, metres_per_pixel: float, longest_pixels: float) -> ScaleBar:
        """The longest of 1, 2 and 5 times a power of ten that fits."""
        longest = metres_per_pixel * longest_pixels
        power = 10.0 ** math.floor(math.log10(longest))
        metres = max(step * power for step in (1, 2, 5) if step * power <= longest)
        return cls(metres, metres / metres_per_pixel)

    def draw(self, page: Page, x: float, y: float) -> None:
        """Draw with the left end at x and the words' top at y: a line with ticks, and grid north over it."""
        font = page.font(2.6)
        text = f"{self.metres / 1000:g} km" if self.metres >= 1000 else f"{self.metres:g} m"
        base = y + page.mm(12.0)
        page.painter.setPen(QPen(QColor(palettes.MUTED_INK), page.mm(0.3)))
        page.painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(x, base - page.mm(1.3)),
                    QPointF(x, base),
                    QPointF(x + self.pixels, base),
                    QPointF(x + self.pixels, base - page.mm(1.3)),
                ]
            )
        )
        middle = x + self.pixels / 2
        page.text(middle - page.width_of(text, font) / 2, base - page.mm(1.2), text, font, palettes.MUTED_INK)
        draw_north(page, middle, y)


def draw_north(page: Page, x: float, y: float) -> None:
    """A small arrow with an N under it: up is grid north."""
    half, height = page.mm(1.1), page.mm(3.4)
    page.painter.setPen(Qt.PenStyle.NoPen)
    page.painter.setBrush(QBrush(QColor(palettes.MUTED_INK)))
    page.painter.drawPolygon(
        QPolygonF(
            [QPointF(x, y), QPointF(x + half, y + height), QPointF(x, y + height * 0.75), QPointF(x - half, y + height)]
        )
    )
    page.painter.setBrush(Qt.BrushStyle.NoBrush)
    font = page.font(2.4, bold=True)
    page.text(x - page.width_of("N", font) / 2, y + height + page.mm(2.6), "N", font, palettes.MUTED_INK)


class FreeSpace:
    """Where a drawn map is empty, so that legend, inset and scale bar cover no area."""

    def __init__(self, image: QImage):
        small = image.scaled(
            max(1, image.width() // MASK_PIXELS),
            max(1, image.height() // MASK_PIXELS),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        ).convertToFormat(QImage.Format.Format_Alpha8)
        bits = small.constBits()
        bits.setsize(small.bytesPerLine() * small.height())
        rows = np.frombuffer(bits, dtype=np.uint8).reshape(small.height(), small.bytesPerLine())
        self._taken = rows[:, : small.width()] > FAINT
        self._size = (image.width(), image.height())
        edges = np.concatenate([self._taken[0], self._taken[-1], self._taken[:, 0], self._taken[:, -1]])
        self.is_cropped = bool(edges.mean() > CROPPED_SHARE)

    def take(
        self, width: float, height: float, corner: str, padding: float, in_corner: bool = False
    ) -> Optional[QRect]:
        """The free rectangle nearest to a corner (``top left``...), marked as taken; None where there is none.

        Only places against the left or the right edge are looked at: furniture in the middle of a bay reads as
        part of the map. ``in_corner`` = that corner or none.
        """
        need_x, need_y = math.ceil((width + padding) / MASK_PIXELS), math.ceil((height + padding) / MASK_PIXELS)
        rows, columns = self._taken.shape
        if need_x > columns or need_y > rows:
            return None
        sums = np.pad(self._taken.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        covered = sums[need_y:, need_x:] - sums[:-need_y, need_x:] - sums[need_y:, :-need_x] + sums[:-need_y, :-need_x]
        best = _nearest_free(covered, corner, in_corner)
        if best is None:
            return None
        top, left = best
        self._taken[top : top + need_y, left : left + need_x] = True
        x = 0 if left == 0 else round(self._size[0] - width)
        y = top * MASK_PIXELS if "top" in corner else top * MASK_PIXELS + (need_y * MASK_PIXELS - round(height))
        return QRect(x, min(y, round(self._size[1] - height)), round(width), round(height))


def _nearest_free(covered: np.ndarray, corner: str, in_corner: bool) -> Optional[Tuple[int, int]]:
    """Row and column of the uncovered place nearest to the corner; the other side counts as half a height away."""
    last_row, last_column = covered.shape[0] - 1, covered.shape[1] - 1
    sides = (0, last_column) if "left" in corner else (last_column, 0)
    wanted_row = 0 if "top" in corner else last_row
    if in_corner:
        return (wanted_row, sides[0]) if covered[wanted_row, sides[0]] == 0 else None
    places = [
        (abs(int(row) - wanted_row) + (0 if side == sides[0] else last_row / 2), int(row), side)
        for side in sides
        for row in np.flatnonzero(covered[:, side] == 0)
    ]
    return min(places)[1:] if places else None
