"""Items of a print layout, placed in millimetres of an A4 page whatever the paper, and named to be found again."""

from __future__ import annotations

import base64
from typing import Optional, Sequence, Tuple

from qgis.core import (
    QgsFillSymbol,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutItemShape,
    QgsLayoutMeasurement,
    QgsLayoutObject,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendRenderer,
    QgsLegendStyle,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsProperty,
    QgsRectangle,
    QgsScaleBarSettings,
    QgsTextFormat,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont

from .. import compat
from ..maps.sheet import FONT_FAMILIES
from ..style import palettes

PAPERS = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
A4_WIDTH = 210.0
# Under what stands on a map, so that it can be read on dark and on light.
PLATE = QColor(255, 255, 255, 205)
# So that nothing touches the frame.
ROOM = 1.03
Box = Tuple[float, float, float, float]
_DRIVEN = {
    "x": QgsLayoutObject.DataDefinedProperty.PositionX,
    "y": QgsLayoutObject.DataDefinedProperty.PositionY,
    "height": QgsLayoutObject.DataDefinedProperty.ItemHeight,
    "width": QgsLayoutObject.DataDefinedProperty.ItemWidth,
}
# An atlas counts the pages of all its areas, and a single sheet its own.
PAGE_OF_ALL = (
    "Page [% @layout_numpages * (max(coalesce(@atlas_featurenumber, 1), 1) - 1) + @layout_page %]"
    " of [% @layout_numpages * max(coalesce(@atlas_totalfeatures, 1), 1) %]"
)
NORTH_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 30"><path d="M10 0 16 18 10 14 4 18Z" fill="{ink}"/>'
    '<path d="M5.5 30V20.5H7.6L12.2 26.8V20.5H14.3V30H12.3L7.5 23.5V30Z" fill="{ink}"/></svg>'
)


class Sheet:
    """A layout being made; boxes are (left, top, width, height) in millimetres of A4, upright or on its side."""

    def __init__(self, project: QgsProject, name: str, paper: str = "A4", *, landscape: bool = False, pages: int = 1):
        self.layout = QgsPrintLayout(project)
        self.layout.initializeDefaults()
        self.layout.setName(name)
        width, height = PAPERS[paper]
        self.scale = width / A4_WIDTH
        self._height = (width if landscape else height) / self.scale
        self._page = 0
        collection = self.layout.pageCollection()
        size = QgsLayoutSize(height, width) if landscape else QgsLayoutSize(width, height)
        for number in range(pages):
            if number >= collection.pageCount():
                collection.addPage(QgsLayoutItemPage(self.layout))
            collection.page(number).setPageSize(size)

    def turn_to(self, page: int) -> None:
        """Place what follows on that page, counted from 0."""
        self._page = page

    def place(self, item: QgsLayoutItem, box: Box, name: str) -> None:
        """Add an item to the page at hand."""
        left, top, width, height = (length * self.scale for length in box)
        self.layout.addLayoutItem(item)
        item.attemptMove(QgsLayoutPoint(left, top), page=self._page)
        item.attemptResize(QgsLayoutSize(width, height))
        item.setId(name)

    def font(self, points: float, bold: bool = False) -> QFont:
        """A font in points of A4; it grows with the paper."""
        font = QFont()
        font.setFamilies(list(FONT_FAMILIES))
        font.setPointSizeF(points * self.scale)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def label(
        self,
        box: Box,
        text: str,
        name: str,
        *,
        points: float = 9.0,
        bold: bool = False,
        colour: str = palettes.INK,
        align: str = "left top",
    ) -> QgsLayoutItemLabel:
        """A text, in which [% ... %] holds an expression of the atlas feature."""
        label = QgsLayoutItemLabel(self.layout)
        label.setText(text)
        compat.set_label_font(label, self.font(points, bold), QColor(colour))
        label.setHAlign(Qt.AlignmentFlag.AlignRight if "right" in align else Qt.AlignmentFlag.AlignLeft)
        label.setVAlign(Qt.AlignmentFlag.AlignVCenter if "middle" in align else Qt.AlignmentFlag.AlignTop)
        label.setMarginX(0.0)
        label.setMarginY(0.0)
        self.place(label, box, name)
        return label

    def small(self, box: Box, text: str, name: str, points: float, align: str = "left top") -> QgsLayoutItemLabel:
        """A text in the paler ink of what goes with the rest."""
        return self.label(box, text, name, points=points, colour=palettes.MUTED_INK, align=align)

    def rectangle(self, box: Box, colour: str, name: str, *, width: str = "") -> QgsLayoutItemShape:
        """A filled rectangle; ``width`` is an expression, in millimetres of A4, that overrides its own."""
        shape = QgsLayoutItemShape(self.layout)
        shape.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
        shape.setSymbol(QgsFillSymbol.createSimple({"color": colour, "outline_style": "no"}))
        self.place(shape, box, name)
        if width:
            self.drive(shape, width=width)
        return shape

    def drive(self, item: QgsLayoutItem, **sizes: str) -> None:
        """Let expressions in millimetres of A4 place an item: ``x``, ``y``, ``width`` or ``height``."""
        for name, expression in sizes.items():
            scaled = QgsProperty.fromExpression(f"max(0.01, {self.scale:.4f} * ({expression}))")
            item.dataDefinedProperties().setProperty(_DRIVEN[name], scaled)

    def map(self, box: Box, layers: Sequence[QgsMapLayer], name: str) -> QgsLayoutItemMap:
        """A map of these layers, the first on top, in the reference system of the last."""
        item = QgsLayoutItemMap(self.layout)
        self.place(item, box, name)
        item.setFrameEnabled(True)
        item.setFrameStrokeColor(QColor(palettes.RULE))
        item.setFrameStrokeWidth(QgsLayoutMeasurement(0.2))
        if layers:
            item.setLayers(list(layers))
            item.setKeepLayerSet(True)
            item.setCrs(layers[-1].crs())
            item.setExtent(_shaped(layers[-1].extent(), box[2] / box[3]))
        return item

    def frame(self, item: QgsLayoutItemMap, around: str) -> None:
        """Let an expression that gives a geometry, in the map's reference system, say what the map shows."""
        box = f"with_variable('box', bounds({around}), buffer(@box, {(ROOM - 1) / 2:.3f} * bounds_width(@box)))"
        for bound in ("XMin", "XMax", "YMin", "YMax"):
            expression = QgsProperty.fromExpression(f"{bound[0].lower()}_{bound[1:].lower()}({box})")
            item.dataDefinedProperties().setProperty(
                getattr(QgsLayoutObject.DataDefinedProperty, f"Map{bound}"), expression
            )

    def legend(
        self, box: Box, linked: QgsLayoutItemMap, layers: Sequence[Optional[QgsMapLayer]], title: str, name: str
    ) -> QgsLayoutItemLegend:
        """The classes of these layers; of all the map's layers where none is given."""
        legend = QgsLayoutItemLegend(self.layout)
        legend.setLinkedMap(linked)
        legend.setTitle(title)
        parts = QgsLegendStyle.Style
        for part, points, bold in (
            (parts.Title, 8.5, True),
            (parts.SymbolLabel, 7.5, False),
            (parts.Subgroup, 7.5, False),
        ):
            compat.set_legend_font(legend, part, self.font(points, bold))
        legend.setSymbolWidth(5.5 * self.scale)
        legend.setSymbolHeight(3.0 * self.scale)
        legend.setBoxSpace(1.0)
        legend.rstyle(parts.Symbol).setMargin(QgsLegendStyle.Side.Top, 0.8 * self.scale)
        legend.setResizeToContents(True)
        if layers:
            legend.setAutoUpdateModel(False)
            root = legend.model().rootGroup()
            root.clear()
            # The legend's title says what the layers show.
            for layer in filter(None, layers):
                QgsLegendRenderer.setNodeLegendStyle(root.addLayer(layer), parts.Hidden)
        self.place(legend, box, name)
        return legend

    def scale_bar(self, box: Box, linked: QgsLayoutItemMap, name: str = "Scale bar") -> QgsLayoutItemScaleBar:
        """A bar of kilometres that fits the box's width at any scale."""
        bar = QgsLayoutItemScaleBar(self.layout)
        bar.setStyle("Line Ticks Up")
        bar.setLinkedMap(linked)
        bar.setUnits(QgsUnitTypes.DistanceUnit.DistanceKilometers)
        bar.setUnitLabel("km")
        bar.setNumberOfSegments(2)
        bar.setNumberOfSegmentsLeft(0)
        bar.setSegmentSizeMode(QgsScaleBarSettings.SegmentSizeMode.SegmentSizeFitWidth)
        bar.setMinimumBarWidth(box[2] * 0.4 * self.scale)
        bar.setMaximumBarWidth(box[2] * 0.85 * self.scale)
        bar.setHeight(1.4 * self.scale)
        bar.setTextFormat(QgsTextFormat.fromQFont(self.font(6.5)))
        bar.setBackgroundEnabled(True)
        bar.setBackgroundColor(PLATE)
        self.place(bar, box, name)
        return bar

    def north_arrow(self, box: Box, linked: QgsLayoutItemMap, name: str = "North arrow") -> QgsLayoutItemPicture:
        """An arrow that turns with the map."""
        picture = QgsLayoutItemPicture(self.layout)
        drawing = NORTH_ARROW.format(ink=palettes.MUTED_INK).encode("ascii")
        picture.setPicturePath(f"base64:{base64.b64encode(drawing).decode('ascii')}")
        picture.setLinkedMap(linked)
        picture.setBackgroundEnabled(True)
        picture.setBackgroundColor(PLATE)
        self.place(picture, box, name)
        return picture

    def footer(self, warning: str, source: str, width: float) -> None:
        """The warning on a tinted band over the sources, at the foot of the page at hand."""
        bottom, page = self._height - 9.0, self._page + 1
        top = bottom - 21.0
        self.rectangle((12, top, width, 8.5), palettes.WARNING_FILL, f"Warning band {page}")
        self.rectangle((12, top, 1, 8.5), palettes.WARNING_INK, f"Warning mark {page}")
        self.label(
            (15, top, width - 5, 8.5),
            warning,
            f"Warning {page}",
            points=7.5,
            colour=palettes.WARNING_INK,
            align="left middle",
        )
        self.small((12, top + 10, width - 22, 11), source, f"Source {page}", 5.8)
        self.small((12 + width - 20, top + 10, 20, 4), PAGE_OF_ALL, f"Page {page}", 6.5, "right top")


def _shaped(extent: QgsRectangle, ratio: float) -> QgsRectangle:
    """The extent grown to a ratio of width to height: a map that is given another shape takes it for its own."""
    width = max(extent.width(), extent.height() * ratio) * ROOM
    height = width / ratio
    middle = extent.center()
    return QgsRectangle(
        middle.x() - width / 2, middle.y() - height / 2, middle.x() + width / 2, middle.y() + height / 2
    )
