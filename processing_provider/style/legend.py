"""What a map's legend says: each class with its colour, its number of areas and the people who live there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsExpressionContext,
    QgsFeatureRequest,
    QgsLinePatternFillSymbolLayer,
    QgsSymbol,
    QgsVectorLayer,
)

from ...core import words
from ...core.errors import DataError
from . import palettes
from .palettes import ClassStyle
from .renderers import Style

UNRANKED = -1


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend; ``population`` is None where the layer has no such field."""

    label: str
    colour: str
    count: int
    population: Optional[int]
    hatched: bool = False

    def in_words(self, noun: str = "area") -> str:
        """``3,376 areas, 5.61 million people``."""
        text = words.counted(self.count, noun)
        return text if self.population is None else f"{text}, {words.people(self.population)} people"


@dataclass(frozen=True)
class Legend:
    """A heading, the lines under it, and what is counted."""

    title: str
    entries: Tuple[LegendEntry, ...]
    noun: str = "area"


def legend_entries(layer: QgsVectorLayer) -> Tuple[LegendEntry, ...]:
    """Count the layer's features, and their people, by the classes of its own renderer.

    The renderer's expression decides, so that the legend cannot differ from the map; the unranked class is
    there only if it holds features. Raises DataError for a layer that this plugin did not style.
    """
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        raise DataError(f"Layer '{layer.name()}' has no classes; give it one of the plugin's styles first.")
    classes = tuple(
        ClassStyle(one.value(), one.label(), one.symbol().color().name(), float(_hatched(one.symbol())))
        for one in renderer.categories()
        if one.label() != palettes.UNRANKED_LABEL
    )
    values, people = _read(layer, renderer.classAttribute())
    return count_classes(classes, _positions(classes, values), people)


def _hatched(symbol: QgsSymbol) -> bool:
    return any(isinstance(layer, QgsLinePatternFillSymbolLayer) for layer in symbol.symbolLayers())


def _read(layer: QgsVectorLayer, class_attribute: str) -> Tuple[List[object], Optional[List[float]]]:
    """Class and residents of every feature; None where the layer has no field ``population``."""
    expression = QgsExpression(class_attribute)
    context = QgsExpressionContext()
    context.setFields(layer.fields())
    expression.prepare(context)
    has_people = layer.fields().indexOf("population") >= 0
    fields = set(expression.referencedColumns()) | ({"population"} if has_people else set())
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(sorted(fields), layer.fields())
    values: List[object] = []
    people: List[float] = []
    for feature in layer.getFeatures(request):
        context.setFeature(feature)
        value = expression.evaluate(context)
        # An empty integer field is a typed null, which Qt 5 takes for 0, a class of its own.
        values.append(value if isinstance(value, (int, float, str)) else None)
        residents = feature["population"] if has_people else None
        people.append(residents if isinstance(residents, (int, float)) else 0.0)
    return values, people if has_people else None


def class_positions(style: Style, frame: pd.DataFrame) -> np.ndarray:
    """Position in ``style.classes`` of every row of a result's frame, -1 where it has no class."""
    return _positions(style.classes, style.rule.values(frame))


def _positions(classes: Sequence[ClassStyle], values: Sequence[object]) -> np.ndarray:
    # A style that was stored and read again holds its numbers as texts.
    known = {_key(entry.value): place for place, entry in enumerate(classes)}
    return np.array([known.get(_key(value), UNRANKED) for value in values], dtype=int)


def _key(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def count_classes(
    classes: Sequence[ClassStyle],
    positions: np.ndarray,
    population: Optional[Sequence[float]],
    mask: Optional[np.ndarray] = None,
) -> Tuple[LegendEntry, ...]:
    """The legend's lines for the rows that ``mask`` lets pass; the unranked class only where there are any."""
    mask = np.ones(len(positions), dtype=bool) if mask is None else mask
    people = None if population is None else np.nan_to_num(np.asarray(population, dtype=float))
    unranked = ClassStyle(None, palettes.UNRANKED_LABEL, palettes.UNRANKED_FILL)
    entries = []
    for place, entry in (*enumerate(classes), (UNRANKED, unranked)):
        inside = mask & (positions == place)
        if place != UNRANKED or inside.any():
            residents = None if people is None else round(float(people[inside].sum()))
            hatched = bool(entry.hatch) or place == UNRANKED
            entries.append(LegendEntry(entry.label, entry.colour, int(inside.sum()), residents, hatched))
    return tuple(entries)
