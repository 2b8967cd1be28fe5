"""How the layer of certainty is drawn: hot spots that are sure are solid, those that are not are hatched."""

from __future__ import annotations

from typing import Callable

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsRendererCategory,
    QgsSimpleFillSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from ...core.methodology import Methodology
from . import palettes, renderers

SURE_FROM, LIKELY_FROM, HARDLY_TO = 0.95, 0.8, 0.05
# The flag decides which colour, the chance whether it is hatched.
EXPRESSION = (
    f'CASE WHEN "hotspot" = 1 THEN CASE WHEN "p_hotspot" >= {SURE_FROM} THEN 1 WHEN "p_hotspot" >= {LIKELY_FROM} '
    f'THEN 2 WHEN "p_hotspot" IS NOT NULL THEN 3 END WHEN "hotspot" = 0 THEN CASE WHEN "p_hotspot" > {HARDLY_TO} '
    'THEN 4 WHEN "p_hotspot" IS NOT NULL THEN 5 END END'
)
SURE, LIKELY, OPEN = palettes.HOT_SPOT_BANDS[1], palettes.HOT_SPOT_BANDS[2], palettes.HOT_SPOT_BANDS[3]
CLASSES = (
    (1, "Hot spot, sure (chance of 95 % or more)", SURE, 0.0),
    (2, "Hot spot, likely (80 to 95 %)", LIKELY, 1.1),
    (3, "Hot spot, open (under 80 %)", OPEN, 0.7),
    (4, "No hot spot, but it might be one (over 5 %)", palettes.RANKED_ELSEWHERE, 0.7),
    (5, "No hot spot, sure", palettes.RANKED_ELSEWHERE, 0.0),
)


def renderer() -> QgsCategorizedSymbolRenderer:
    """The categories with their words; areas without a rank have a class of their own."""
    categories = []
    for value, words, colour, distance in CLASSES:
        symbol = renderers.area_symbol(colour) if not distance else _hatched(colour, distance)
        categories.append(QgsRendererCategory(value, symbol, words))
    categories.append(QgsRendererCategory(None, renderers.unranked_symbol(), palettes.UNRANKED_LABEL))
    return QgsCategorizedSymbolRenderer(EXPRESSION, categories)


def _hatched(colour: str, distance: float) -> QgsFillSymbol:
    """A fill under lines in dark ink, the closer the less sure: told apart without colour too."""
    fill = QgsSimpleFillSymbolLayer(QColor(colour))
    fill.setStrokeStyle(Qt.PenStyle.NoPen)
    hatch = QgsLinePatternFillSymbolLayer()
    hatch.setLineAngle(135)
    hatch.setDistance(distance)
    hatch.setLineWidth(0.18)
    hatch.setColor(QColor(palettes.HOT_SPOT_BANDS[0]))
    return renderers.fill_symbol(fill, hatch)


def dress(methodology: Methodology) -> Callable[[QgsVectorLayer], None]:
    """The function that styles the layer once QGIS has loaded it."""

    def dress_layer(layer: QgsVectorLayer) -> None:
        layer.setRenderer(renderer())
        renderers.name_fields(layer, methodology)
        layer.setDisplayExpression('"area_name"')
        layer.setMapTipTemplate(
            '<b>[% "area_name" %]</b>, [% "district_name" %]<br>[% if("need_rank" is null, \'not ranked\', '
            "'rank ' || \"need_rank\" || ' (' || \"rank_low\" || ' to ' || \"rank_high\" || ' in nine draws of ten); "
            'hot spot in \' || round(100 * "p_hotspot") || \' % of draws: \' || "certainty") %]'
        )

    return dress_layer
