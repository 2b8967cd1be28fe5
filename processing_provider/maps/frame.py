"""The middle of a map sheet: the map, and legend, inset and scale bar wherever the map leaves room."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from qgis.core import QgsFeedback, QgsMapSettings, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, QRect, QRectF
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QPen

from ..compat import metres_per_unit
from ..style import palettes
from ..style.legend import Legend
from .render import Region, map_settings, render
from .sheet import FreeSpace, LegendBox, Page, ScaleBar

MILLIMETRES_PER_INCH = 25.4
PADDING_MM = 4.0
CORNERS = ("top left", "top right", "bottom left", "bottom right")
SHRINKINGS = (1.0, 0.93, 0.86, 0.8, 0.74)
INSET_SHARE = 0.36
INSET_MAGNIFICATION = 2.0


class MapFrame:
    """Draws one map into a rectangle of a page.

    The map is rendered once as large as it can be. If no corner holds the legend, the map moves to the right and
    shrinks, to three quarters at most; if that is not enough, it cedes a column to the legend.
    """

    def __init__(
        self,
        page: Page,
        frame: QRect,
        layers: Sequence[QgsVectorLayer],
        extent: QgsRectangle,
        feedback: Optional[QgsFeedback] = None,
    ):
        self._page, self._frame, self._layers, self._feedback = page, frame, layers, feedback
        self._extent = extent.buffered(max(extent.width(), extent.height()) * 0.005)
        self._settings, self._image = self._render(frame, self._extent)
        self._padding = page.mm(PADDING_MM)

    def _render(self, frame: QRect, extent: QgsRectangle) -> Tuple[QgsMapSettings, QImage]:
        dpi = self._page.scale * MILLIMETRES_PER_INCH
        settings = map_settings(self._layers, extent, (frame.width(), frame.height()), dpi)
        return settings, render(settings, self._feedback)

    def draw(self, legend: Optional[Legend], inset: Optional[Region] = None) -> None:
        """Map, legend (where it is not drawn already), inset and scale bar; no inset where it has no room."""
        box, place, space = None, QRect(), FreeSpace(self._image)
        if legend is not None:
            box = LegendBox(self._page, legend)
            place, space = self._make_room(box)
        legend_corner = self._frame.topLeft() + place.topLeft()
        if box is not None and space is None:
            self._frame = self._frame.adjusted(0, 0, -round(box.width + self._padding * 2), 0)
            self._settings, self._image = self._render(self._frame, self._extent)
            space = FreeSpace(self._image)
        self._page.painter.drawImage(self._frame.topLeft(), self._image)
        if space.is_cropped:
            self._page.painter.setPen(QPen(QColor(palettes.RULE), self._page.mm(0.2)))
            self._page.painter.drawRect(self._frame)
        if box is not None:
            box.draw(legend_corner.x(), legend_corner.y())
        if inset is not None:
            self._draw_inset(inset, space)
        self._draw_scale(space)

    def _make_room(self, box: LegendBox) -> Tuple[QRect, Optional[FreeSpace]]:
        """A corner for the legend and the room that is left; the right-hand column and None where nothing is free."""
        space = FreeSpace(self._image)
        for corner in CORNERS:
            place = space.take(box.width, box.height, corner, self._padding, in_corner=True)
            if place is not None:
                return place, space
        for factor in SHRINKINGS:
            extent = self._beside_legend(factor)
            space = FreeSpace(self._moved(extent))
            place = space.take(box.width, box.height, "top left", self._padding, in_corner=True)
            if place is not None:
                self._settings, self._image = self._render(self._frame, extent)
                return place, space
        width, height = round(box.width), round(box.height)
        return QRect(self._frame.width() - width, 0, width, height), None

    def _beside_legend(self, factor: float) -> QgsRectangle:
        """The ground of the frame if the map is that much smaller and touches the right edge."""
        per_pixel = self._settings.mapUnitsPerPixel() / factor
        width, height = self._frame.width() * per_pixel, self._frame.height() * per_pixel
        middle = self._extent.center().y()
        return QgsRectangle(
            self._extent.xMaximum() - width, middle - height / 2, self._extent.xMaximum(), middle + height / 2
        )

    def _moved(self, extent: QgsRectangle) -> QImage:
        """The picture in hand as it would lie on another extent: enough to see where it leaves room."""
        image = QImage(self._image.size(), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        now, factor = self._settings.visibleExtent(), image.width() / extent.width()
        target = QRectF(
            (now.xMinimum() - extent.xMinimum()) * factor,
            (extent.yMaximum() - now.yMaximum()) * factor,
            now.width() * factor,
            now.height() * factor,
        )
        painter = QPainter(image)
        painter.drawImage(target, self._image)
        painter.end()
        return image

    def _draw_inset(self, region: Region, space: FreeSpace) -> None:
        """The region enlarged in a frame of its own, and its place marked on the map."""
        bounds = region.geometry.boundingBox()
        bounds = bounds.buffered(bounds.width() * 0.03)
        width = self._frame.width() * INSET_SHARE
        height = width * bounds.height() / bounds.width()
        if bounds.width() / width * INSET_MAGNIFICATION > self._settings.mapUnitsPerPixel():
            return
        head = self._page.mm(5)
        place = space.take(width, height + head, "top right", self._padding)
        if place is None:
            return
        box = place.translated(self._frame.topLeft()).adjusted(0, round(head), 0, 0)
        _, image = self._render(box, bounds)
        painter = self._page.painter
        painter.fillRect(box, QColor(palettes.PAPER))
        painter.drawImage(box.topLeft(), image)
        for colour, width in ((palettes.PAPER, 0.5), (palettes.INK, 0.2)):
            painter.setPen(QPen(QColor(colour), self._page.mm(width)))
            painter.drawRect(box)
            painter.drawRect(self._on_map(bounds))
        font = self._page.font(2.9, bold=True)
        self._page.text(box.left(), box.top() - self._page.mm(1.4), region.name, font, palettes.INK)

    def _on_map(self, bounds: QgsRectangle) -> QRectF:
        """A rectangle of the ground in pixels of the sheet."""
        to_pixel, origin = self._settings.mapToPixel(), self._frame.topLeft()
        low = to_pixel.transform(bounds.xMinimum(), bounds.yMinimum())
        high = to_pixel.transform(bounds.xMaximum(), bounds.yMaximum())
        return QRectF(origin.x() + low.x(), origin.y() + high.y(), high.x() - low.x(), low.y() - high.y())

    def _draw_scale(self, space: FreeSpace) -> None:
        """Scale bar and north arrow; none in degrees, where a length has no one scale."""
        crs = self._settings.destinationCrs()
        if not crs.isValid() or crs.isGeographic():
            return
        metres = self._settings.mapUnitsPerPixel() * metres_per_unit(crs)
        bar = ScaleBar.fitting(metres, self._page.mm(34))
        height = self._page.mm(12.6)
        place = space.take(bar.pixels, height, "bottom right", self._padding)
        if place is None:
            last = QPoint(round(self._frame.width() - bar.pixels), round(self._frame.height() - height))
            place = QRect(last, last)
            plate = QRectF(last.x() - 8, last.y() - 8, bar.pixels + 16, height + 16).translated(self._frame.topLeft())
            self._page.painter.fillRect(plate, QColor(255, 255, 255, 220))
        bar.draw(self._page, self._frame.left() + place.left(), self._frame.top() + place.top())
