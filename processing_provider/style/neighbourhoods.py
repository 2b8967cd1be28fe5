"""How clusters, compared results and what-ifs are drawn."""

from __future__ import annotations

from typing import Callable, Mapping, Optional, Tuple

from qgis.core import Qgis, QgsVectorLayer

from ...core.findings import reached, what_if
from . import palettes, renderers, result_style
from .palettes import ClassStyle

Classes = Tuple[ClassStyle, ...]
LISA: Classes = (
    ClassStyle("HH", "High need among high need", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle("HL", "High need among low need", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle("LH", "Low need among high need", palettes.COMPARED[1]),
    ClassStyle("LL", "Low need among low need", palettes.COMPARED[0]),
    ClassStyle("not significant", "Not significant", palettes.RANKED_ELSEWHERE),
)
# By need in both, the neediest darkest: the first goes from red to pale, the other from blue to pale.
_LEVELS = ("top fifth", "next three tenths", "lower half")
_MIXED = ("#3b3561 #a04a94 #be64ac", "#4585ab #a5add3 #dfb0d6", "#5ac8c8 #ace4e4 #e8e8e8")
COMPARED: Classes = tuple(
    ClassStyle(3 * one + two + 1, f"{first} in the first, {second} in the other", _MIXED[one].split()[two])
    for one, first in enumerate(_LEVELS)
    for two, second in enumerate(_LEVELS)
)
WHAT_IF: Classes = (
    ClassStyle(what_if.STAYS, "Stays a hot spot", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle(what_if.COMES_IN, "Comes in", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle(what_if.GOES_OUT, "Goes out", palettes.COMPARED[0]),
    ClassStyle(what_if.NEITHER, "No hot spot either way", palettes.RANKED_ELSEWHERE),
)
REACHED: Classes = (
    ClassStyle(reached.REACHED, "In need, reached", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle(reached.MISSED, "In need, missed", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle(reached.BESIDE, "Not in need, chosen", palettes.COMPARED[1]),
    ClassStyle(reached.OTHERS, "Not in need", palettes.RANKED_ELSEWHERE),
)
# A layer's variable of one character a feature, by its number: following a slider takes no reading of features.
WHAT_IF_CLASSES = "need_what_if"


def classify(layer: QgsVectorLayer, expression: str, classes: Classes, unranked: Optional[int] = None) -> None:
    """A colour a class; what is ``unranked``, or without a class, is hatched."""
    layer.setRenderer(renderers.classed(expression, classes, unranked=unranked))
    layer.setDisplayExpression('"area_name"')


def style_clusters(layer: QgsVectorLayer) -> None:
    """By quadrant of local Moran, where it is significant."""
    classify(layer, "lisa", LISA)


def _level(field: str) -> str:
    return f'CASE WHEN "{field}" <= 2 THEN 0 WHEN "{field}" <= 5 THEN 1 WHEN "{field}" IS NOT NULL THEN 2 END'


def style_compared(layer: QgsVectorLayer) -> None:
    """By need in both, each in three classes of its deciles: nine colours."""
    classify(layer, f"3 * ({_level('decile_first')}) + ({_level('decile_second')}) + 1", COMPARED)
    layer.setMapTipTemplate(f'{renderers.AREA_TIP}<br>rank [% "rank_first" %], in the other [% "rank_second" %]')


def over_time_styler(titles: Mapping[str, str]) -> Callable[[QgsVectorLayer], None]:
    """By tenths, a style a measure, from each row's date until the next: QGIS's temporal controller plays it."""

    def styler(layer: QgsVectorLayer) -> None:
        times = layer.temporalProperties()
        times.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
        times.setStartField("date")
        times.setEndField("until")
        times.setIsActive(True)
        layer.setMapTipTemplate(f'{renderers.AREA_TIP}<br>rank [% "rank" %] on [% "date" %]')
        drawn = {
            title: lambda one=one: classify(
                layer, f'if("measure" = \'{one}\', coalesce("decile", 0), NULL)', palettes.DECILES, 0
            )
            for one, title in titles.items()
        }
        result_style.draw_in_turn(layer, drawn)

    return styler


def style_reached(layer: QgsVectorLayer) -> None:
    """By need and choice."""
    classify(layer, "reach", REACHED)
    layer.setMapTipTemplate(f'{renderers.AREA_TIP}<br>rank [% "need_rank" %]: [% "reach" %]')
    layer.setBlendMode(renderers.THROUGH)


def style_what_if(layer: QgsVectorLayer) -> None:
    """By who comes in and who goes out, as the layer's variable says."""
    classify(layer, f"substr(@{WHAT_IF_CLASSES}, $id, 1)", WHAT_IF)
    layer.setMapTipTemplate(renderers.AREA_TIP)
    layer.setBlendMode(renderers.THROUGH)
