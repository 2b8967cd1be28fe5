"""How clusters, compared results and what-ifs are drawn."""

from __future__ import annotations

from typing import Tuple

from qgis.core import QgsCategorizedSymbolRenderer, QgsRendererCategory, QgsVectorLayer

from ...core.findings import what_if
from . import palettes, renderers
from .palettes import ClassStyle

Classes = Tuple[ClassStyle, ...]
LISA: Classes = (
    ClassStyle("HH", "High need among high need", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle("HL", "High need among low need", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle("LH", "Low need among high need", palettes.COMPARED[1]),
    ClassStyle("LL", "Low need among low need", palettes.COMPARED[0]),
    ClassStyle("not significant", "Not significant", palettes.RANKED_ELSEWHERE),
)
COMPARED: Classes = (
    ClassStyle("both", "Hot spot in both", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle("first only", "Hot spot in the first alone", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle("second only", "Hot spot in the other alone", palettes.COMPARED[0]),
    ClassStyle("neither", "In neither", palettes.RANKED_ELSEWHERE),
)
WHAT_IF: Classes = (
    ClassStyle(what_if.STAYS, "Stays a hot spot", palettes.HOT_SPOT_BANDS[0]),
    ClassStyle(what_if.COMES_IN, "Comes in", palettes.HOT_SPOT_BANDS[3]),
    ClassStyle(what_if.GOES_OUT, "Goes out", palettes.COMPARED[0]),
    ClassStyle(what_if.NEITHER, "No hot spot either way", palettes.RANKED_ELSEWHERE),
)
# A layer's variable of one character a feature, by its number: following a slider takes no reading of features.
WHAT_IF_CLASSES = "need_what_if"


def classify(layer: QgsVectorLayer, expression: str, classes: Classes) -> None:
    """A colour a class; what has none is hatched as unranked."""
    categories = [QgsRendererCategory(one.value, renderers.area_symbol(one.colour), one.label) for one in classes]
    categories.append(QgsRendererCategory(None, renderers.unranked_symbol(), palettes.UNRANKED_LABEL))
    layer.setRenderer(QgsCategorizedSymbolRenderer(expression, categories))
    layer.setDisplayExpression('"area_name"')


def style_clusters(layer: QgsVectorLayer) -> None:
    """By quadrant of local Moran, where it is significant."""
    classify(layer, "lisa", LISA)


def style_classes(layer: QgsVectorLayer) -> None:
    """By which of the two call an area a hot spot."""
    classify(layer, "hotspot_class", COMPARED)


def style_what_if(layer: QgsVectorLayer) -> None:
    """By who comes in and who goes out, as the layer's variable says."""
    classify(layer, f"substr(@{WHAT_IF_CLASSES}, $id, 1)", WHAT_IF)
    layer.setMapTipTemplate('<b>[% "area_name" %]</b><br>[% "district_name" %]')
    layer.setBlendMode(renderers.THROUGH)
