"""Step 2 inside QGIS: the columns of a table, what came before and after them, and where the areas lie."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Callable, Collection, Dict, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsProcessingFeatureSource, QgsWkbTypes

from ...core import assessment
from ...core.assessment import Figures
from ...core.errors import DataError
from ...core.methodology import Methodology
from ...core.texts import find_name
from ..io import about, frames
from ..reports.quality_report import quality_page
from ..reports.small_charts import Ground
from ..values import READING, Values

CODE_FIELDS = ("area_code", "LSOA21CD", "code")


def read_figures(
    table, fields: Sequence[str], methodology: Methodology, code: Optional[str]
) -> Tuple[Figures, Dict[str, str]]:
    """The given fields, or the methodology's indicators, of a table, with provenance and totals; names of the areas.

    DataError if it has none of them.
    """
    chosen = list(fields) or [node.id for node in methodology.indicators if table.holds(node.id)]
    if not chosen:
        raise DataError(f"{table.name}: no column of the methodology is there; choose FIELDS.")
    key = code or next((name for name in CODE_FIELDS if table.holds(name)), None)
    index = table.distinct_keys(key) if key else pd.RangeIndex(1, len(table) + 1)
    values = pd.DataFrame({name: table.numbers(name) for name in chosen}, index=index)
    provenance = {name: table.texts(f"{name}_provenance") for name in chosen if table.holds(f"{name}_provenance")}
    totals = {name: float(np.nansum(table.numbers(f"{name}_num"))) for name in chosen if table.holds(f"{name}_num")}
    names = dict(zip(index, table.texts("area_name"))) if key and table.holds("area_name") else {}
    return Figures(values, provenance, totals), {code: name for code, name in names.items() if name}


def read_shrunk(table, figures: Figures, code: Optional[str]) -> pd.DataFrame:
    """The shrunk values of another table, joined by code, never by order."""
    key = code if code and table.holds(code) else next((name for name in CODE_FIELDS if table.holds(name)), None)
    if key is None:
        raise DataError(f"{table.name}: there is no field of codes ({', '.join(CODE_FIELDS)}); give CODE_FIELD.")
    columns = {name: f"{name}_shrunk" for name in figures.values if table.holds(f"{name}_shrunk")}
    if not columns:
        raise DataError(f"SHRUNK: {table.name} has no field such as {next(iter(figures.values))}_shrunk.")
    shrunk = pd.DataFrame(
        {name: table.numbers(field) for name, field in columns.items()}, index=table.distinct_keys(key)
    )
    _refuse_strangers("SHRUNK", table.name, shrunk.index, figures.values.index)
    return shrunk.reindex(figures.values.index)


def _refuse_strangers(name: str, table: str, codes: Collection, areas: Sequence) -> None:
    """DataError where a table beside the figures has none of their areas."""
    if not set(codes) & set(areas):
        raise DataError(f"{name}: {table} has none of the areas of INPUT, for example {next(iter(codes), 'any')}.")


def run(values: Values) -> Tuple[pd.DataFrame, str]:
    """The table of quality, flags told in the log, and the report where it is asked for, else ''."""
    methodology, code, fields = values.methodology(), values.text("CODE_FIELD"), values.fields()
    figures, names = read_figures(values.table("INPUT", READING), fields, methodology, code)
    shrunk = values.optional_table("SHRUNK")
    figures = figures if shrunk is None else replace(figures, shrunk=read_shrunk(shrunk, figures, code))
    with values.pack() if values.given("PACK") else nullcontext() as pack:
        entries = pack.entries if pack is not None else {}
        told = assessment.assess(
            figures,
            methodology=None if fields else methodology,
            published=assessment.published_figures(pack, list(figures.values)) if pack is not None else {},
            directions={name: entry.high_is for name, entry in entries.items() if entry.high_is},
            options=values.options(),
        )
    flagged = told.table[told.table["flags"] != ""]
    values.say([], warnings=[f"{row['title']} ({name}): {row['flags']}." for name, row in flagged.iterrows()])
    if not values.given("REPORT"):
        return told.table, ""
    titles = told.table["title"]
    origins = [f"{titles[name]}: {entry.source}" for name, entry in entries.items() if name in titles.index]
    page = quality_page(
        told,
        figures.values,
        methodology=methodology,
        ground=_ground(values, figures, code),
        names=names,
        credits_=[*origins, *about.of_run(values).credits()],
    )
    return told.table, page


def _ground(values: Values, figures: Figures, code: Optional[str]) -> Optional[Ground]:
    """The ground of the map beside each histogram, where there are polygons."""
    source, types = values.source("AREAS" if values.given("AREAS") else "INPUT"), QgsWkbTypes.GeometryType
    if QgsWkbTypes.geometryType(source.wkbType()) in (types.NullGeometry, types.UnknownGeometry):
        return None
    names = filter(None, (code, *CODE_FIELDS))
    key = next((name for name in names if find_name(name, source.fields().names(), "AREAS")), None)
    return Ground.of_points(*points(source, key, list(figures.values.index), values.advance(0.1)))


def points(
    source: QgsProcessingFeatureSource, code: Optional[str], index: Sequence, check: Callable[[float], None]
) -> Tuple[np.ndarray, np.ndarray]:
    """A point of each area, the middle of its box, by code or by order; NaN where there is no geometry."""
    position = frames.field_position(source.fields(), code, source.sourceName()) if code else -1
    found: Dict[Any, Tuple[float, float]] = {}
    places = [position] if position >= 0 else []
    for place, feature in enumerate(frames.features_of(source, check, places), start=1):
        if feature.hasGeometry():
            middle = feature.geometry().boundingBox().center()
            found[str(feature[position]).strip() if position >= 0 else place] = (middle.x(), middle.y())
    _refuse_strangers("AREAS", source.sourceName(), found, index)
    nowhere = (np.nan, np.nan)
    pairs = np.array([found.get(area, nowhere) for area in index], dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
