"""Results of single algorithms open named and styled, once QGIS has loaded them into the project."""

from __future__ import annotations

from typing import Callable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from qgis.core import (
    QgsExpression,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingLayerPostProcessorInterface,
    QgsWkbTypes,
)
from qgis.PyQt import sip

from ...core.methodology import Methodology
from . import overlay as overlay_style
from . import palettes
from . import renderers as styling
from .renderers import Style

Styler = Callable[[QgsMapLayer], None]


class _PostStyler(QgsProcessingLayerPostProcessorInterface):
    """What QGIS calls on the main thread with the layer that it has just loaded."""

    def __init__(self, title: str, styler: Optional[Styler]) -> None:
        super().__init__()
        self._title, self._styler = title, styler

    def postProcessLayer(self, layer: QgsMapLayer, context: QgsProcessingContext, feedback) -> None:
        # QGIS calls the result of a model by the name of the parameter.
        if layer.name() == "OUTPUT":
            layer.setName(self._title)
        if (
            self._styler is not None
            and layer.type() == QgsMapLayer.LayerType.VectorLayer
            and layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
        ):
            self._styler(layer)


_kept: List[_PostStyler] = []


def when_loaded(context: QgsProcessingContext, result: str, title: str, styler: Optional[Styler] = None) -> None:
    """Name a result that the project is to load, and have ``styler(layer)`` called if it has polygons."""
    if context.willLoadLayerOnCompletion(result):
        # QGIS owns it and deletes it with the context, but does not keep what Python knows of it.
        _kept[:] = [one for one in _kept if not sip.isdeleted(one)]
        _kept.append(_PostStyler(title, styler))
        context.layerToLoadOnCompletionDetails(result).setPostProcessor(_kept[-1])


def hot_spot_styler(
    columns: pd.DataFrame, methodology: Methodology, fields: Sequence[str], share: float
) -> Optional[Styler]:
    """How the columns of ``hotspots`` are drawn: the styles of the layer *need*, or those of single ``fields``.

    Every style goes into the layer's own list, the first is shown. None where nothing is ranked.
    """
    if fields:
        styles = _field_styles(fields, columns, share)
    else:
        styles = styling.need_styles(methodology, styling.ranked_in(columns, methodology), share)
    # Without a district field there are no classes within districts.
    styles = tuple(one for one in styles if QgsExpression(one.expression).referencedColumns() <= set(columns))
    if not styles:
        return None

    def styler(layer: QgsMapLayer) -> None:
        if not fields:
            styling.name_fields(layer, methodology)
        layer.setBlendMode(styling.THROUGH)
        draw_in_turn(layer, {one.name: lambda one=one: layer.setRenderer(styling.renderer_of(one)) for one in styles})

    return styler


def draw_in_turn(layer: QgsMapLayer, drawn: Mapping[str, Callable[[], None]]) -> None:
    """Each way to draw a layer as a style in its own list, under its name; the first is shown."""
    before = layer.styleManager().currentStyle()
    for name, draw in drawn.items():
        draw()
        layer.styleManager().addStyleFromLayer(name)
    layer.styleManager().setCurrentStyle(next(iter(drawn)))
    layer.styleManager().removeStyle(before)


def _field_styles(fields: Sequence[str], columns: pd.DataFrame, share: float) -> Tuple[Style, ...]:
    styles: List[Style] = []
    for field in fields:
        rank, flag = f"{field}_rank", f"{field}_hotspot"
        ranked = styling.Ranked(int(columns[rank].notna().sum()), int((columns[flag] == 1).sum()))
        if ranked.areas:
            bands = styling.hot_spot_rule(rank, flag, ranked)
            tenths = styling.Rule(f"{field}_decile")
            styles += [
                Style(field, "deciles", f"{field}: deciles", field, tenths, palettes.DECILES),
                Style(field, "hotspots", f"{field}: hot spots", field, bands, palettes.hot_spot_classes(share)),
            ]
    return tuple(styles)


def area_styler(methodology: Methodology, options: Sequence[str] = ()) -> Styler:
    """How summed-up areas are drawn: outlines and names, to lie over the map of need; fields in words.

    ``options``: those of the layer's field of that name, each drawn alone by a style of its own, the first now.
    """

    def styler(layer: QgsMapLayer) -> None:
        styling.name_fields(layer, methodology)
        where = {one: f'"option" = {QgsExpression.quotedString(one)}' for one in options}
        drawn = {name: lambda only=only: overlay_style.style_overlay(layer, only=only) for name, only in where.items()}
        if drawn:
            draw_in_turn(layer, drawn)
        else:
            overlay_style.style_overlay(layer)

    return styler
