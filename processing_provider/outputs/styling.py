"""How the layers ``need`` and ``districts`` are drawn: renderers, field names in words, map tips, embedded styles."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Dict, Iterable, Mapping, Optional, Tuple

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsProperty,
    QgsRendererCategory,
    QgsSimpleFillSymbolLayer,
    QgsSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ...core.errors import NeedError
from ...core.methodology import Methodology
from ..compat import symbol_property
from . import palettes
from .palettes import ClassStyle

if TYPE_CHECKING:
    import pandas as pd

NEED = "need"
AREA_KINDS = ("deciles", "hotspots")
OVERALL_KINDS = ("mission", "local_deciles", "local_hotspots")
DISTRICT_KINDS = ("fifths", "hotspots")

# Above this scale denominator an area is a few pixels wide: its outline takes the fill's colour, which closes the
# hairline gaps that antialiasing leaves between neighbours without greying the map.
OUTLINE_SCALE = 250_000
HAIRLINE_MM = 0.06
AREA_OUTLINE_MM = 0.18
DISTRICT_OUTLINE_MM = 0.2

_AREA_ALIASES = {
    "area_code": "Area code",
    "area_name": "Area",
    "district_code": "District code",
    "district_name": "District",
    "region_code": "Region code",
    "region_name": "Region",
    "composite": "Weighted sum of the dimensions",
    "need_decile": "Decile (1 = highest need)",
    "hotspot": "Hot spot (1 = in the top fifth)",
    "mission_class": "Class",
    "need_rank_district": "Rank in its district (1 = highest need)",
    "need_decile_district": "Decile in its district (1 = highest need)",
    "hotspot_district": "Hot spot of its district (1 = in the top fifth)",
    "population": "Population",
    "imputed_count": "Indicators filled in",
    "unranked_reason": "Why it is not ranked",
}
_MEASURE_ALIASES = {
    "average_score_rank": "average score, rank (1 = highest need)",
    "average_rank_rank": "average rank, rank (1 = highest need)",
    "proportion_10_rank": "share of areas in the top 10 %, rank",
    "proportion_20_rank": "share of areas in the top 20 %, rank",
    "extent_rank": "extent, rank",
    "concentration_rank": "local concentration, rank",
    "average_score": "average score",
    "average_rank": "average rank",
    "proportion_10": "share of areas in the top 10 %",
    "proportion_20": "share of areas in the top 20 %",
    "extent": "extent",
    "concentration": "local concentration",
    "score": "score (0 to 100)",
    "rank": "rank (1 = highest need)",
    "hotspot": "hot spot (1 = in the top fifth)",
}


@dataclass(frozen=True)
class Style:
    """One way to show a layer: the measure and kind, the expression that classes a feature, and the classes."""

    measure: str
    kind: str
    name: str
    title: str
    expression: str
    classes: Tuple[ClassStyle, ...]
    outline_mm: Optional[float] = None


def measure_titles(methodology: Methodology) -> Dict[str, str]:
    """Title of the overall measure (id ``need``) and of each dimension, in the methodology's order."""
    return {NEED: methodology.index.title, **{node.id: node.title for node in methodology.dimensions}}


def ranked_counts(layer: QgsVectorLayer, methodology: Methodology) -> Dict[str, int]:
    """Number of ranked features by measure: the n that deciles and hot spots divide by.

    Reads ``<measure>_rank`` of ``need``, or ``<measure>_average_score_rank`` of ``districts``; a measure whose
    field the layer lacks is left out.
    """
    fields = layer.fields()
    indices = {}
    for measure in measure_titles(methodology):
        for name in _rank_fields(measure):
            if fields.indexOf(name) >= 0:
                indices[measure] = fields.indexOf(name)
    counts = dict.fromkeys(indices, 0)
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(list(indices.values()))
    for feature in layer.getFeatures(request):
        for measure, index in indices.items():
            counts[measure] += isinstance(feature[index], (int, float))
    return counts


def _rank_fields(measure: str) -> Tuple[str, str]:
    """The fields that tell the ranked features of ``need``, and of ``districts``."""
    return f"{measure}_rank", f"{measure}_average_score_rank"


def decile_expression(rank_field: str, ranked: int) -> str:
    """ceil(10 rank / n), as the classes are defined; NULL where the area is not ranked."""
    return f"ceil(10 * {QgsExpression.quotedColumnRef(rank_field)} / {ranked})"


def hot_spot_expression(rank_field: str, ranked: int, share: float = 0.2) -> str:
    """1 to 4 = quarter of the top ``share`` that the rank falls in, 5 = below it, NULL = not ranked."""
    bands, rank = len(palettes.HOT_SPOT_BANDS), QgsExpression.quotedColumnRef(rank_field)
    band = f"ceil({bands / share:.15g} * {rank} / {ranked})"
    return f"CASE WHEN {rank} IS NOT NULL THEN min({band}, {bands + 1}) END"


def need_styles(methodology: Methodology, ranked: Mapping[str, int], share: float = 0.2) -> Tuple[Style, ...]:
    """Every style of the layer ``need``; the first, deciles of the overall measure, is the default.

    ``ranked``: number of ranked areas by measure, as ``ranked_counts`` gives it; ``share``: that of hot spots.
    """
    styles = []
    for measure, title in measure_titles(methodology).items():
        if ranked.get(measure):
            styles += [_deciles(measure, title, ranked[measure]), _hot_spots(measure, title, ranked[measure], share)]
        if measure == NEED and styles:
            styles += _overall_styles(title)
    return tuple(styles)


def district_styles(methodology: Methodology, ranked: Mapping[str, int]) -> Tuple[Style, ...]:
    """Every style of the layer ``districts``: fifths and hot spots of each measure's average score."""
    styles = []
    for measure, title in measure_titles(methodology).items():
        if not ranked.get(measure):
            continue
        rank = f"{measure}_average_score_rank"
        fifths = f'ceil(5 * "{rank}" / {ranked[measure]})'
        bands = hot_spot_expression(rank, ranked[measure])
        styles += [
            Style(
                measure,
                "fifths",
                _name(measure, "fifths"),
                f"{title}: districts by average score",
                fifths,
                palettes.fifth_classes(),
                DISTRICT_OUTLINE_MM,
            ),
            Style(
                measure,
                "hotspots",
                _name(measure, "hot spots"),
                f"{title}: districts with the highest average score",
                bands,
                palettes.hot_spot_classes(noun="districts"),
                DISTRICT_OUTLINE_MM,
            ),
        ]
    return tuple(styles)


def _name(measure: str, words: str) -> str:
    """``Growth: hot spots``: short, for GeoPackages keep 30 letters of a style's name."""
    return f"{measure.replace('_', ' ').capitalize()}: {words}"


def _deciles(measure: str, title: str, ranked: int) -> Style:
    expression = '"need_decile"' if measure == NEED else decile_expression(f"{measure}_rank", ranked)
    return Style(
        measure, "deciles", _name(measure, "deciles"), f"{title} by decile", expression, palettes.decile_classes()
    )


def _hot_spots(measure: str, title: str, ranked: int, share: float) -> Style:
    expression = hot_spot_expression(f"{measure}_rank", ranked, share)
    return Style(
        measure,
        "hotspots",
        _name(measure, "hot spots"),
        f"Hot spots of {title}",
        expression,
        palettes.hot_spot_classes(share),
    )


def _overall_styles(title: str) -> Iterable[Style]:
    yield Style(
        NEED, "mission", _name(NEED, "classes"), f"{title} by class", '"mission_class"', palettes.mission_classes()
    )
    yield Style(
        NEED,
        "local_deciles",
        _name(NEED, "deciles in district"),
        f"{title} by decile of the district",
        '"need_decile_district"',
        palettes.local_decile_classes(),
    )
    yield Style(
        NEED,
        "local_hotspots",
        _name(NEED, "hot spots in district"),
        f"Hot spots of {title} in each district",
        '"hotspot_district"',
        palettes.local_hot_spot_classes(),
    )


def style_of(styles: Iterable[Style], measure: str, kind: str) -> Style:
    """The style of that measure and kind; NeedError, listing what there is, where there is none."""
    styles = tuple(styles)
    for style in styles:
        if (style.measure, style.kind) == (measure, kind):
            return style
    known = ", ".join(f"{style.measure}/{style.kind}" for style in styles)
    raise NeedError(f"There is no style '{measure}/{kind}' for this layer; known are {known or 'none'}.")


def renderer_of(style: Style) -> QgsCategorizedSymbolRenderer:
    """The categorised renderer of a style; unranked features have a hatched class of their own."""
    categories = [
        QgsRendererCategory(entry.value, area_symbol(entry.colour, style.outline_mm), entry.label)
        for entry in style.classes
    ]
    categories.append(QgsRendererCategory(None, unranked_symbol(), palettes.UNRANKED_LABEL))
    return QgsCategorizedSymbolRenderer(style.expression, categories)


def area_symbol(colour: str, outline_mm: Optional[float] = None) -> QgsFillSymbol:
    """A flat fill; ``outline_mm`` None = an outline that shows from 1:250,000 on, else one of that width always."""
    fill = QgsSimpleFillSymbolLayer(QColor(colour))
    fill.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    fill.setStrokeColor(QColor(palettes.OUTLINE if outline_mm else colour))
    fill.setStrokeWidth(outline_mm or HAIRLINE_MM)
    if outline_mm is None:
        near = f"@map_scale <= {OUTLINE_SCALE}"
        stroke = QgsProperty.fromExpression(f"if({near}, '{palettes.OUTLINE}', '{colour}')")
        width = QgsProperty.fromExpression(f"if({near}, {AREA_OUTLINE_MM}, {HAIRLINE_MM})")
        fill.setDataDefinedProperty(symbol_property("StrokeColor"), stroke)
        fill.setDataDefinedProperty(symbol_property("StrokeWidth"), width)
    return fill_symbol(fill)


def unranked_symbol() -> QgsFillSymbol:
    """Pale grey under grey hatching: plainly no class of the scale, in colour, in grey and for the colour-blind."""
    ground = QgsSimpleFillSymbolLayer(QColor(palettes.UNRANKED_FILL))
    ground.setStrokeColor(QColor(palettes.UNRANKED_HATCH))
    ground.setStrokeWidth(HAIRLINE_MM)
    hatch = QgsLinePatternFillSymbolLayer()
    hatch.setLineAngle(45)
    hatch.setDistance(0.9)
    hatch.setLineWidth(0.16)
    hatch.setColor(QColor(palettes.UNRANKED_HATCH))
    return fill_symbol(ground, hatch)


def fill_symbol(*layers: QgsSymbolLayer) -> QgsFillSymbol:
    """A symbol of these layers, the first at the bottom.

    They are added one by one: in QGIS 3.22 a list given to the constructor stays Python's, and QGIS crashes
    once Python has freed it.
    """
    symbol = QgsFillSymbol()
    symbol.changeSymbolLayer(0, layers[0])
    for layer in layers[1:]:
        symbol.appendSymbolLayer(layer)
    return symbol


def apply_style(layer: QgsVectorLayer, style: Style, methodology: Methodology) -> None:
    """Give a layer a style's renderer, and map tips about its measure. The caller asks for the repaint."""
    layer.setRenderer(renderer_of(style))
    layer.setMapTipTemplate(map_tip(style, methodology, is_area_layer(layer)))
    layer.setDisplayExpression('"area_name"' if is_area_layer(layer) else '"district_name"')


def is_area_layer(layer: QgsVectorLayer) -> bool:
    """True for the layer ``need``, False for ``districts``: told by their fields, for users rename layers."""
    return layer.fields().indexOf("area_code") >= 0


def map_tip(style: Style, methodology: Methodology, areas: bool) -> str:
    """HTML with QGIS expressions: name, district, then score and rank of the style's measure and of the whole."""
    titles = measure_titles(methodology)
    name = '<b>[% "area_name" %]</b><br>[% "district_name" %]' if areas else '<b>[% "district_name" %]</b>'
    prefix = "" if areas else "average_score_"
    lines = [name]
    for measure in dict.fromkeys((style.measure, NEED)):
        score = f"{measure}_score" if areas else f"{measure}_average_score"
        rank = f"{measure}_{prefix}rank"
        text = f"coalesce(format_number(\"{score}\", 1) || ', rank ' || format_number(\"{rank}\", 0), 'not ranked')"
        lines.append(f"{html.escape(titles[measure])}: [% {text} %]")
    if areas:
        lines.append("[% coalesce(\"unranked_reason\", '') %]")
    lines.append("[% format_number(\"population\", 0) || ' people' %]")
    return "<br>".join(lines)


def name_fields(layer: QgsVectorLayer, methodology: Methodology) -> None:
    """Give the fields aliases in words, so that tables, forms and tips need no code book."""
    titles = measure_titles(methodology)
    for index, field in enumerate(layer.fields()):
        alias = _AREA_ALIASES.get(field.name()) or _measure_alias(field.name(), titles)
        if alias:
            layer.setFieldAlias(index, alias)


def _measure_alias(name: str, titles: Mapping[str, str]) -> str:
    # Longest id first: an id may be the start of another.
    for measure in sorted(titles, key=len, reverse=True):
        words = _MEASURE_ALIASES.get(name[len(measure) + 1 :])
        if name.startswith(f"{measure}_") and words:
            return f"{titles[measure]}: {words}"
    return ""


def style_document(layer: QgsVectorLayer) -> str:
    """The layer's whole style as QML text; NeedError where QGIS cannot write it."""
    document = QDomDocument("qgis")
    error = layer.exportNamedStyle(document)
    if error:
        raise NeedError(f"The style of layer '{layer.name()}' cannot be written: {error}")
    return document.toString(2)


def embed_styles(path: Path, methodology: Methodology, frames: Mapping[str, pd.DataFrame]) -> int:
    """Save one style per measure and kind for each of these layers into their GeoPackage; returns how many.

    ``frames``: the layers' tables by name, ``need`` and ``districts``; they say how many features are ranked.
    The default of ``need`` is the overall measure by decile, that of ``districts`` by fifth, so both open
    styled in any project. Call it in the thread that wrote the file, before QGIS shows it. Raises NeedError
    where a layer is missing or a style cannot be stored.
    """
    saved = 0
    for layer_name, frame in frames.items():
        layer = QgsVectorLayer(f"{path}|layername={layer_name}", layer_name, "ogr")
        if not layer.isValid():
            raise NeedError(f"{path}: layer '{layer_name}' cannot be opened, so its styles cannot be stored.")
        name_fields(layer, methodology)
        ranked = {
            measure: int(frame[name].notna().sum())
            for measure in measure_titles(methodology)
            for name in _rank_fields(measure)
            if name in frame
        }
        styles = need_styles(methodology, ranked) if is_area_layer(layer) else district_styles(methodology, ranked)
        for position, style in enumerate(styles):
            apply_style(layer, style, methodology)
            error = layer.saveStyleToDatabase(style.name, style.title, position == 0, "")
            if error:
                raise NeedError(f"{path}: style '{style.name}' cannot be stored: {error}")
        saved += len(styles)
    return saved
