"""What a map's legend says: each class with its colour, its number of areas and the people who live there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Optional, Tuple

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsExpressionContext,
    QgsFeatureRequest,
    QgsVectorLayer,
)

from ...core.errors import DataError
from . import palettes, words


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
    counts, people = _count_classes(layer, renderer)
    has_people = layer.fields().indexOf("population") >= 0
    entries = []
    for position, category in enumerate(renderer.categories()):
        unranked = category.label() == palettes.UNRANKED_LABEL
        if unranked and not counts[position]:
            continue
        colour = palettes.UNRANKED_FILL if unranked else category.symbol().color().name()
        population = people[position] if has_people else None
        entries.append(LegendEntry(category.label(), colour, counts[position], population, unranked))
    return tuple(entries)


def _count_classes(layer: QgsVectorLayer, renderer: QgsCategorizedSymbolRenderer) -> Tuple[Counter, Counter]:
    """Features and people by position of their category."""
    expression = QgsExpression(renderer.classAttribute())
    context = QgsExpressionContext()
    context.setFields(layer.fields())
    expression.prepare(context)
    population = layer.fields().indexOf("population")
    fields = set(expression.referencedColumns()) | ({"population"} if population >= 0 else set())
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(sorted(fields), layer.fields())
    counts, people, positions = Counter(), Counter(), {}
    for feature in layer.getFeatures(request):
        context.setFeature(feature)
        value = expression.evaluate(context)
        # An empty integer field is a typed null, which Qt 5 takes for 0, a class of its own.
        value = value if isinstance(value, (int, float, str)) else None
        key = str(value)
        if key not in positions:
            position = renderer.categoryIndexForValue(value)
            # A style that was stored and read again keeps the class of gaps under an empty text.
            positions[key] = renderer.categoryIndexForValue("") if position < 0 and value is None else position
        counts[positions[key]] += 1
        if population >= 0:
            residents = feature[population]
            people[positions[key]] += residents if isinstance(residents, (int, float)) else 0
    return counts, people
