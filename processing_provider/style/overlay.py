"""How a user's own areas lie over the hot spots: outline and name, and on an atlas page the one area in the light."""

from __future__ import annotations

from math import sqrt

from qgis.core import (
    QgsExpression,
    QgsFillSymbol,
    QgsInvertedPolygonRenderer,
    QgsNullSymbolRenderer,
    QgsPalLayerSettings,
    QgsProperty,
    QgsSimpleLineSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont

from ..compat import metres_per_unit, symbol_property
from . import palettes
from .renderers import area_symbol, fill_symbol, ruled

LABEL_SCALE = 400_000
HALO_MM, FAR_MM = 0.5, 0.08
# The LSOAs that the table of the atlas page lists.
NAMED = "strpos(coalesce(attribute(@atlas_feature, 'named'), ''), \"area_code\") > 0"
AT_HAND = "\"boundary_code\" = attribute(@atlas_feature, 'boundary_code')"


def outline(width: float, colour: str = palettes.INK, scale: float = 0.0) -> QgsFillSymbol:
    """A line over a wider pale one, so that it is seen on dark tenths and on light ones.

    From farther away than ``scale`` (0: never) it is thin and by itself, or it would hide what it lies over.
    """
    pale = QColor(palettes.PAPER)
    pale.setAlpha(215)
    halo, line = QgsSimpleLineSymbolLayer(pale, width + HALO_MM), QgsSimpleLineSymbolLayer(QColor(colour), width)
    for one in (halo, line):
        one.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if scale:
        near = f"@map_scale <= {scale:.0f}"
        halo.setDataDefinedProperty(symbol_property("LayerEnabled"), QgsProperty.fromExpression(near))
        thinner = QgsProperty.fromExpression(f"if({near}, {width}, {FAR_MM})")
        line.setDataDefinedProperty(symbol_property("StrokeWidth"), thinner)
    return fill_symbol(halo, line)


def _near(layer: QgsVectorLayer) -> float:
    """The scale at which areas of the layer's mean size are a centimetre wide; 0 for a layer of none."""
    ground = layer.extent()
    side = 0.0 if ground.isEmpty() else sqrt(ground.width() * ground.height() / max(layer.featureCount(), 1))
    return side * metres_per_unit(layer.crs()) / 0.01


def style_overlay(layer: QgsVectorLayer, *, atlas: bool = False, only: str = "") -> None:
    """Outlines and names, of those features alone that ``only`` is true of.

    On an atlas page the area at hand is outlined strongly, and the others are thin.
    """
    others = outline(0.18, palettes.MUTED_INK), f"NOT coalesce({AT_HAND}, false)", ""
    own = outline(0.4, scale=_near(layer))
    rules = (others, (outline(0.75), AT_HAND, "")) if atlas else ((own, only, ""),)
    layer.setRenderer(ruled(*rules) if atlas or only else QgsSingleSymbolRenderer(own))
    label_by(layer, f'if({only}, "boundary_name", NULL)' if only else "boundary_name")
    if atlas:
        # The page bears the name of its own area; the others are there to find one's way.
        own = f'if(coalesce({AT_HAND}, false), NULL, "boundary_name")'
        label_by(layer, own, 10 * LABEL_SCALE, 5.6, palettes.MUTED_INK)
    layer.setDisplayExpression('"boundary_name"')


def name_lsoas(layer: QgsVectorLayer, where: str = "true") -> None:
    """Short names of the LSOAs that ``where`` lets pass, without their district's: ``050E`` for Birmingham 050E."""
    district = "coalesce(\"district_name\", '') || ' '"
    short = f'if(left("area_name", length({district})) = {district}, substr("area_name", length({district}) + 1), '
    label_by(layer, f'if({where}, {short}"area_name"), NULL)', 10 * LABEL_SCALE, 5.6, priority=9)
    labels = layer.labeling().settings()
    # On the page of a few LSOAs there is room for more.
    larger = "5.6 * max(1, min(1.8, sqrt(60 / coalesce(attribute(@atlas_feature, 'lsoas'), 60))))"
    labels.dataDefinedProperties().setProperty(QgsPalLayerSettings.Property.Size, QgsProperty.fromExpression(larger))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))


def style_names(layer: QgsVectorLayer, field: str, areas: QgsVectorLayer) -> None:
    """A layer of the user's that is there for its names alone, and for those inside the area of the page at hand."""
    place = f"transform(point_on_surface($geometry), '{layer.crs().authid()}', '{areas.crs().authid()}')"
    name = QgsExpression.quotedColumnRef(field) if field else layer.displayExpression()
    layer.setRenderer(QgsNullSymbolRenderer())
    label_by(layer, f"if(within({place}, @atlas_geometry), {name}, NULL)", 0, 6.4, bold=True)


def label_by(
    layer: QgsVectorLayer,
    field: str,
    scale: float = LABEL_SCALE,
    points: float = 8.0,
    colour: str = palettes.INK,
    *,
    bold: bool = False,
    priority: int = 5,
) -> None:
    """Names by a field or an expression, with a halo, from a scale on at which the map can hold them (0: any).

    Where two have no room, the one of the higher ``priority`` (0 to 10) is drawn.
    """
    form = QgsTextFormat()
    font = form.font()
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    form.setFont(font)
    form.setSize(points)
    form.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    form.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.1 * points)
    halo.setColor(QColor(palettes.PAPER))
    form.setBuffer(halo)
    labels = QgsPalLayerSettings()
    labels.fieldName = field
    labels.isExpression = field not in layer.fields().names()
    labels.priority = priority
    labels.placement = QgsPalLayerSettings.Placement.Horizontal
    labels.scaleVisibility = scale > 0
    labels.minimumScale = scale
    labels.setFormat(form)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
    layer.setLabelsEnabled(True)


def style_locator(place: QgsVectorLayer, districts: QgsVectorLayer) -> None:
    """The area of the atlas page at hand among pale districts, bordered so that the smallest is seen."""
    area = {"color": palettes.ACCENT_WARM, "outline_color": palettes.HOT_SPOT_BANDS[0], "outline_width": "0.5"}
    place.setRenderer(ruled((QgsFillSymbol.createSimple(area), AT_HAND, "")))
    districts.setRenderer(QgsSingleSymbolRenderer(area_symbol(palettes.RANKED_ELSEWHERE, 0.08)))
    for layer in (place, districts):
        layer.setLabelsEnabled(False)


def style_mask(layer: QgsVectorLayer) -> None:
    """A white veil over everything but the area of the atlas page at hand."""
    veil = QgsFillSymbol.createSimple({"color": "255,255,255,150", "outline_style": "no"})
    layer.setRenderer(QgsInvertedPolygonRenderer(ruled((veil, AT_HAND, ""))))
    layer.setLabelsEnabled(False)
