"""How a user's own areas lie over the hot spots: outline and name, and on an atlas page the one area in the light."""

from __future__ import annotations

from typing import Mapping, Tuple

from qgis.core import (
    QgsFillSymbol,
    QgsInvertedPolygonRenderer,
    QgsPalLayerSettings,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSimpleLineSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from . import palettes
from .renderers import fill_symbol

LABEL_SCALE = 400_000
HALO_MM = 0.5
# The LSOAs that the table of the atlas page lists.
NAMED = "strpos(coalesce(attribute(@atlas_feature, 'named'), ''), \"area_code\") > 0"
AT_HAND = "\"boundary_code\" = attribute(@atlas_feature, 'boundary_code')"
_ALIASES = {
    "boundary_code": "Code",
    "boundary_name": "Area",
    "boundary_district": "District of most residents",
    "boundary_note": "Remarks",
    "method": "How LSOAs were assigned",
    "lsoas": "LSOAs",
    "lsoas_split": "LSOAs that lie there only in part",
    "lsoas_shared": "LSOAs that other areas count too",
    "population": "Population",
    "population_split": "Share of the population in split LSOAs",
    "lsoas_mission_critical": "LSOAs: Mission critical",
    "lsoas_mission_priority": "LSOAs: Mission priority",
    "lsoas_mission_support": "LSOAs: Mission support",
    "lsoas_unranked": "LSOAs not ranked",
    "share": "Share of the LSOA",
    "residents": "Residents",
    "headline": "Headline",
    "named": "LSOAs that the page names",
    "strengths": "Where need is low",
    "weaknesses": "Where need is high",
    "imputed": "Values filled in",
    "profile_district": "District of most residents",
    "profile_region": "Region of most residents",
}
_SUMMARY_ALIASES = {
    "average_score": "average score",
    "average_rank": "average rank",
    "proportion_10": "share of LSOAs in the top 10 %",
    "proportion_20": "share of LSOAs in the top 20 %",
    "extent": "extent",
    "concentration": "local concentration",
    "hotspot_population": "people in hot spots",
    "hotspot_share": "share of people in hot spots",
    "area": "average score of the area",
    "district": "average score of the district",
    "region": "average score of the region",
    "country": "average score of all areas",
    "score": "score (0 to 100)",
    "rank": "rank (1 = highest need)",
    "neediest_code": "code of the neediest LSOA",
    "neediest_name": "neediest LSOA",
    "neediest_rank": "rank of the neediest LSOA",
    "hotspot": "hot spot (1 = top fifth of the areas)",
}


def alias(name: str, titles: Mapping[str, str]) -> str:
    """A field of an area table in words; '' where it is not one of ours. ``titles``: measures by id."""
    if name in _ALIASES:
        return _ALIASES[name]
    for measure in sorted(titles, key=len, reverse=True):
        if not name.startswith(f"{measure}_"):
            continue
        rest = name[len(measure) + 1 :]
        if rest in _SUMMARY_ALIASES:
            return f"{titles[measure]}: {_SUMMARY_ALIASES[rest]}"
        if rest.endswith("_rank") and rest[:-5] in _SUMMARY_ALIASES:
            return f"{titles[measure]}: {_SUMMARY_ALIASES[rest[:-5]]}, rank (1 = highest need)"
    return ""


def name_fields(layer: QgsVectorLayer, titles: Mapping[str, str]) -> None:
    """Aliases in words for every field of an area table that is ours."""
    for index, field in enumerate(layer.fields()):
        words = alias(field.name(), titles)
        if words:
            layer.setFieldAlias(index, words)


def halo_line(width: float, colour: str = palettes.INK) -> Tuple[QgsSimpleLineSymbolLayer, QgsSimpleLineSymbolLayer]:
    """A line over a wider pale one, so that it is seen on dark tenths and on light ones."""
    pale = QColor(palettes.PAPER)
    pale.setAlpha(215)
    lines = QgsSimpleLineSymbolLayer(pale, width + HALO_MM), QgsSimpleLineSymbolLayer(QColor(colour), width)
    for line in lines:
        line.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return lines


def _outline(width: float, colour: str = palettes.INK) -> QgsFillSymbol:
    return fill_symbol(*halo_line(width, colour))


def style_overlay(layer: QgsVectorLayer, *, atlas: bool = False) -> None:
    """Outlines and names; on an atlas page the area at hand is outlined strongly, and the others are thin."""
    if atlas:
        root = QgsRuleBasedRenderer.Rule(None)
        root.appendChild(
            QgsRuleBasedRenderer.Rule(_outline(0.18, palettes.MUTED_INK), 0, 0, f"NOT coalesce({AT_HAND}, false)")
        )
        root.appendChild(QgsRuleBasedRenderer.Rule(_outline(0.75), 0, 0, AT_HAND))
        layer.setRenderer(QgsRuleBasedRenderer(root))
    else:
        layer.setRenderer(QgsSingleSymbolRenderer(_outline(0.4)))
    label_by(layer, "boundary_name")
    if atlas:
        # The page bears the name of its own area; the others are there to find one's way.
        own = f'if(coalesce({AT_HAND}, false), NULL, "boundary_name")'
        label_by(layer, own, 10 * LABEL_SCALE, 5.6, palettes.MUTED_INK)
    layer.setDisplayExpression('"boundary_name"')


def name_lsoas(layer: QgsVectorLayer, where: str = "true") -> None:
    """Short names of the LSOAs that ``where`` lets pass, without their district's: ``050E`` for Birmingham 050E."""
    district = "coalesce(\"district_name\", '') || ' '"
    short = f'if(left("area_name", length({district})) = {district}, substr("area_name", length({district}) + 1), '
    label_by(layer, f'if({where}, {short}"area_name"), NULL)', 10 * LABEL_SCALE, 4.8)


def label_by(
    layer: QgsVectorLayer, field: str, scale: float = LABEL_SCALE, points: float = 8.0, colour: str = palettes.INK
) -> None:
    """Names on the map, by a field or an expression, with a halo, from a scale on at which it can hold them."""
    labels = QgsPalLayerSettings()
    labels.fieldName = field
    labels.isExpression = field not in layer.fields().names()
    labels.placement = QgsPalLayerSettings.Placement.Horizontal
    labels.scaleVisibility = True
    labels.minimumScale = scale
    labels.setFormat(_label_format(points, colour))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
    layer.setLabelsEnabled(True)


def _label_format(points: float, colour: str) -> QgsTextFormat:
    form = QgsTextFormat()
    form.setSize(points)
    form.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    form.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.1 * points)
    halo.setColor(QColor(palettes.PAPER))
    form.setBuffer(halo)
    return form


def style_mask(layer: QgsVectorLayer) -> None:
    """A white veil over everything but the area of the atlas page at hand."""
    veil = QgsSimpleFillSymbolLayer(QColor(255, 255, 255, 150))
    veil.setStrokeStyle(Qt.PenStyle.NoPen)
    root = QgsRuleBasedRenderer.Rule(None)
    root.appendChild(QgsRuleBasedRenderer.Rule(fill_symbol(veil), 0, 0, AT_HAND))
    layer.setRenderer(QgsInvertedPolygonRenderer(QgsRuleBasedRenderer(root)))
    layer.setLabelsEnabled(False)
