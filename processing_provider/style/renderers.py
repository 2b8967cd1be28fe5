"""How the layers ``need`` and ``districts`` are drawn: renderers, field names in words, map tips, embedded styles."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, Mapping, NamedTuple, Optional, Tuple

import numpy as np
import pandas as pd
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsProperty,
    QgsRendererCategory,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QPainter

from ...core.errors import NeedError
from ...core.methodology import Methodology
from ...core.schema import NEED, hotspot_field, in_words, measure_titles
from ..compat import symbol_property
from ..io.frames import open_layer
from . import palettes
from .palettes import ClassStyle

# Above this scale denominator an area is a few pixels wide: its outline takes the fill's colour, which closes the
# hairline gaps that antialiasing leaves between neighbours without greying the map.
OUTLINE_SCALE = 250_000
HAIRLINE_MM = 0.06
AREA_OUTLINE_MM = 0.18
DISTRICT_OUTLINE_MM = 0.2
# Fills darken a base map instead of hiding it, and keep their colours over white; printed maps have none beneath.
THROUGH = QPainter.CompositionMode.CompositionMode_Multiply


class Ranked(NamedTuple):
    """How many features are ranked on a measure, and how many of them bear its hot-spot flag."""

    areas: int
    hot: int


@dataclass(frozen=True)
class Rule:
    """What decides a feature's class, once for the map (``expression``) and once for its legend (``values``).

    ``field`` alone holds the class. With ``limits``, class k is the first whose limit the value reaches, and the last
    holds the rest. With ``parts``, it is a rank, and the class ceil(parts rank / ``size``). With a
    ``flag``, that field decides: 1 = a hot spot, whose ``parts`` shades go by rank among the ``size`` hot spots,
    ties at the limit included; 0 = the class after them. NULL and any other flag have no class.
    """

    field: str
    parts: int = 0
    size: int = 1
    flag: str = ""
    limits: Tuple[float, ...] = ()

    @property
    def expression(self) -> str:
        """The rule as a QGIS expression."""
        field = QgsExpression.quotedColumnRef(self.field)
        if self.limits:
            cases = " ".join(f"WHEN {field} >= {limit!r} THEN {k}" for k, limit in enumerate(self.limits, start=1))
            return f"CASE {cases} WHEN {field} IS NOT NULL THEN {len(self.limits) + 1} END"
        if not self.parts:
            return field
        part = f"ceil({self.parts} * {field} / {self.size})"
        if not self.flag:
            return part
        flag = QgsExpression.quotedColumnRef(self.flag)
        return f"CASE WHEN {flag} = 1 THEN min({self.parts}, {part}) WHEN {flag} = 0 THEN {self.parts + 1} END"

    def values(self, frame: pd.DataFrame) -> np.ndarray:
        """The class of every row, as ``expression`` gives it; NaN, or None for texts, where it has none."""
        column = frame[self.field]
        if not pd.api.types.is_numeric_dtype(column):
            return column.to_numpy(dtype=object)
        numbers = _numbers(column)
        if self.limits:
            below = np.sum(numbers[:, None] < np.asarray(self.limits)[None, :], axis=1) + 1.0
            return np.where(np.isnan(numbers), np.nan, below)
        if not self.parts:
            return numbers
        part = np.ceil(self.parts * numbers / self.size)
        if not self.flag:
            return part
        flag = _numbers(frame[self.flag])
        return np.select([flag == 1, flag == 0], [np.minimum(self.parts, part), self.parts + 1.0], np.nan)


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)


@dataclass(frozen=True)
class Style:
    """One way to show a layer: the measure and kind, the rule that classes a feature, and the classes."""

    measure: str
    kind: str
    name: str
    title: str
    rule: Rule
    classes: Tuple[ClassStyle, ...]
    outline_mm: Optional[float] = None

    @property
    def expression(self) -> str:
        """What the renderer classes by."""
        return self.rule.expression


def ranked_in(frame: pd.DataFrame, methodology: Methodology) -> Dict[str, Ranked]:
    """Ranked rows and hot spots by measure, of ``need`` or ``districts``: what deciles and shades divide by."""
    return {
        measure: Ranked(int(frame[rank].notna().sum()), int((frame[flag] == 1).sum()))
        for (measure, _), (rank, flag) in _measure_fields(methodology).items()
        if rank in frame and flag in frame
    }


def _measure_fields(methodology: Methodology) -> Dict[Tuple[str, bool], Tuple[str, str]]:
    """Rank and hot-spot flag by measure, of areas (True) and of districts (False)."""
    fields = {}
    for measure in measure_titles(methodology):
        fields[measure, True] = f"{measure}_rank", hotspot_field(measure)
        fields[measure, False] = f"{measure}_average_score_rank", f"{measure}_hotspot"
    return fields


def hot_spot_rule(rank: str, flag: str, ranked: Ranked) -> Rule:
    """The flag decides; a hot spot's shade is the quarter of all hot spots that its rank falls in."""
    return Rule(rank, len(palettes.HOT_SPOT_BANDS), max(ranked.hot, 1), flag)


def need_styles(methodology: Methodology, ranked: Mapping[str, Ranked], share: float = 0.2) -> Tuple[Style, ...]:
    """Every style of the layer ``need``; the first, deciles of the overall measure, is the default.

    ``ranked``: as ``ranked_in`` gives it; ``share``: that of hot spots, for the words of the legend alone.
    """
    styles, fields = [], _measure_fields(methodology)
    for measure, title in measure_titles(methodology).items():
        if measure in ranked and ranked[measure].areas:
            rank, flag = fields[measure, True]
            tenths = Rule("need_decile") if measure == NEED else Rule(rank, 10, ranked[measure].areas)
            bands = hot_spot_rule(rank, flag, ranked[measure])
            styles += [
                _style(measure, "deciles", f"{title} by decile", tenths, palettes.DECILES),
                _style(measure, "hotspots", f"Hot spots of {title}", bands, palettes.hot_spot_classes(share)),
            ]
        if measure == NEED and styles:
            styles += _overall_styles(title)
    return tuple(styles)


def district_styles(methodology: Methodology, ranked: Mapping[str, Ranked]) -> Tuple[Style, ...]:
    """Every style of the layer ``districts``: fifths and hot spots of each measure's average score."""
    styles, fields = [], _measure_fields(methodology)
    for measure, title in measure_titles(methodology).items():
        if measure not in ranked or not ranked[measure].areas:
            continue
        rank, flag = fields[measure, False]
        fifths = f"{title}: districts by average score", Rule(rank, 5, ranked[measure].areas), palettes.FIFTHS
        highest = f"{title}: districts with the highest average score"
        bands = hot_spot_rule(rank, flag, ranked[measure]), palettes.hot_spot_classes(noun="districts")
        styles += [
            _style(measure, "fifths", *fifths, DISTRICT_OUTLINE_MM),
            _style(measure, "hotspots", highest, *bands, DISTRICT_OUTLINE_MM),
        ]
    return tuple(styles)


_KIND_NAMES = {
    "deciles": "deciles",
    "hotspots": "hot spots",
    "fifths": "fifths",
    "mission": "classes",
    "local_deciles": "deciles in district",
    "local_hotspots": "hot spots in district",
}


def _style(measure, kind, title, rule, classes, outline_mm=None) -> Style:
    """Named ``Growth: hot spots``: short, for GeoPackages keep 30 letters of a style's name."""
    name = f"{measure.replace('_', ' ').capitalize()}: {_KIND_NAMES[kind]}"
    return Style(measure, kind, name, title, rule, classes, outline_mm)


def _overall_styles(title: str) -> Iterable[Style]:
    yield _style(NEED, "mission", f"{title} by class", Rule("mission_class"), palettes.mission_classes())
    local, hot = f"{title} by decile of the district", f"Hot spots of {title} in each district"
    yield _style(NEED, "local_deciles", local, Rule("need_decile_district"), palettes.LOCAL_DECILES)
    yield _style(NEED, "local_hotspots", hot, Rule("hotspot_district"), palettes.LOCAL_HOT_SPOTS)


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
    return classed(style.expression, style.classes, outline_mm=style.outline_mm)


def classed(
    expression: str,
    classes: Iterable[ClassStyle],
    *,
    unranked: Optional[int] = None,
    outline_mm: Optional[float] = None,
) -> QgsCategorizedSymbolRenderer:
    """A symbol a class; what is ``unranked``, or without a class, is hatched."""
    categories = [QgsRendererCategory(one.value, _symbol_of(one, outline_mm), one.label) for one in classes]
    categories.append(QgsRendererCategory(unranked, unranked_symbol(), palettes.UNRANKED_LABEL))
    return QgsCategorizedSymbolRenderer(expression, categories)


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


def _symbol_of(entry: ClassStyle, outline_mm: Optional[float]) -> QgsFillSymbol:
    """A flat fill, or one under lines in dark ink, the closer the less sure: distinct without colour too."""
    if not entry.hatch:
        return area_symbol(entry.colour, outline_mm)
    fill = QgsSimpleFillSymbolLayer(QColor(entry.colour))
    fill.setStrokeStyle(Qt.PenStyle.NoPen)
    return fill_symbol(fill, lines(135, entry.hatch, 0.18, palettes.HOT_SPOT_BANDS[0]))


def lines(angle: float, distance: float, width: float, colour: str) -> QgsLinePatternFillSymbolLayer:
    """Hatching: lines at an angle, their distance and width in millimetres."""
    hatch = QgsLinePatternFillSymbolLayer()
    hatch.setLineAngle(angle)
    hatch.setDistance(distance)
    hatch.setLineWidth(width)
    hatch.setColor(QColor(colour))
    return hatch


def ruled(*rules: Tuple[QgsFillSymbol, str, str]) -> QgsRuleBasedRenderer:
    """A renderer by rules: a symbol, the expression of what it is for, and its label in the legend."""
    root = QgsRuleBasedRenderer.Rule(None)
    for symbol, expression, label in rules:
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol, 0, 0, expression, label))
    return QgsRuleBasedRenderer(root)


def unranked_symbol() -> QgsFillSymbol:
    """Pale grey under grey hatching: plainly no class of the scale, in colour, in grey and for the colour-blind."""
    ground = QgsSimpleFillSymbolLayer(QColor(palettes.UNRANKED_FILL))
    ground.setStrokeColor(QColor(palettes.UNRANKED_HATCH))
    ground.setStrokeWidth(HAIRLINE_MM)
    return fill_symbol(ground, lines(45, 0.9, 0.16, palettes.UNRANKED_HATCH))


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
    layer.setBlendMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    layer.setMapTipTemplate(map_tip(style, methodology, is_area_layer(layer)))
    layer.setDisplayExpression('"area_name"' if is_area_layer(layer) else '"district_name"')


def is_area_layer(layer: QgsVectorLayer) -> bool:
    """True for the layer ``need``, False for ``districts``: recognised by their fields, for users rename layers."""
    return layer.fields().indexOf("area_code") >= 0


def tip_text(field: str) -> str:
    """A field's text in a map tip: a name that holds HTML is shown as it is written."""
    return f"[% replace(\"{field}\", '<', '&lt;') %]"


AREA_TIP = f"<b>{tip_text('area_name')}</b><br>{tip_text('district_name')}"


def map_tip(style: Style, methodology: Methodology, areas: bool) -> str:
    """HTML with QGIS expressions: name, district, then score and rank of the style's measure and of the whole."""
    titles = measure_titles(methodology)
    name = AREA_TIP if areas else f"<b>{tip_text('district_name')}</b>"
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
    for name, words in in_words(layer.fields().names(), methodology).items():
        layer.setFieldAlias(layer.fields().indexOf(name), words)


def embed_styles(path: Path, methodology: Methodology, frames: Mapping[str, pd.DataFrame]) -> int:
    """Save one style per measure and kind for each of these layers into their GeoPackage; returns how many.

    ``frames``: the layers' tables by name, ``need`` and ``districts``; they say how many features are ranked.
    The default of ``need`` is the overall measure by decile, that of ``districts`` by fifth, so both open
    styled in any project. Call it in the thread that wrote the file, before QGIS shows it. Raises NeedError
    where a layer is missing or a style cannot be stored.
    """
    saved = 0
    for layer_name, frame in frames.items():
        layer = open_layer(path, layer_name, "its styles cannot be stored")
        name_fields(layer, methodology)
        ranked = ranked_in(frame, methodology)
        styles = need_styles(methodology, ranked) if is_area_layer(layer) else district_styles(methodology, ranked)
        for position, style in enumerate(styles):
            apply_style(layer, style, methodology)
            layer.setBlendMode(THROUGH)
            error = layer.saveStyleToDatabase(style.name, style.title, position == 0, "")
            if error:
                raise NeedError(f"{path}: style '{style.name}' cannot be stored: {error}")
        saved += len(styles)
    return saved
