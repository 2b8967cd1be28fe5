"""How clusters and compared results are drawn."""

from __future__ import annotations

from typing import Mapping, Tuple

from qgis.core import QgsCategorizedSymbolRenderer, QgsRendererCategory, QgsVectorLayer

from . import palettes, renderers

Classes = Mapping[str, Tuple[str, str]]
LISA: Classes = {
    "HH": ("High need among high need", palettes.HOT_SPOT_BANDS[0]),
    "HL": ("High need among low need", palettes.HOT_SPOT_BANDS[3]),
    "LH": ("Low need among high need", palettes.COMPARED[1]),
    "LL": ("Low need among low need", palettes.COMPARED[0]),
    "not significant": ("Not significant", palettes.RANKED_ELSEWHERE),
}
COMPARED: Classes = {
    "both": ("Hot spot in both", palettes.HOT_SPOT_BANDS[0]),
    "first only": ("Hot spot in the first alone", palettes.HOT_SPOT_BANDS[3]),
    "second only": ("Hot spot in the other alone", palettes.COMPARED[0]),
    "neither": ("In neither", palettes.RANKED_ELSEWHERE),
}


def _classify(layer: QgsVectorLayer, field: str, classes: Classes) -> None:
    categories = [
        QgsRendererCategory(value, renderers.area_symbol(colour), words) for value, (words, colour) in classes.items()
    ]
    categories.append(QgsRendererCategory(None, renderers.unranked_symbol(), palettes.UNRANKED_LABEL))
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
    layer.setDisplayExpression('"area_name"')


def style_clusters(layer: QgsVectorLayer) -> None:
    """By quadrant of local Moran, where it is significant."""
    _classify(layer, "lisa", LISA)


def style_classes(layer: QgsVectorLayer) -> None:
    """By which of the two call an area a hot spot."""
    _classify(layer, "hotspot_class", COMPARED)
