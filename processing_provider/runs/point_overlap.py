"""The overlap of any two layers of polygons, by the points of a third."""

from __future__ import annotations

from typing import List, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsFeatureRequest, QgsProcessingFeatureSource

from ...core.errors import DataError
from ...core.steps.overlap import count_pairs
from ...core.texts import Note
from .. import compat
from ..geometry import points_in_polygons as spatial
from ..io import frames
from ..values import READING, Values


def count(values: Values, *, live_only: bool) -> Tuple[pd.DataFrame, List[Note]]:
    """Pairs of source and target areas with the points in both; points in no polygon are noted."""
    x, y, live, crs = _read_points(values)
    codes, notes = [], []
    for name in ("SOURCE", "TARGET"):
        field = values.needed(f"{name}_FIELD", f"the field of {name} that holds the code")
        polygons = spatial.read_polygons(SourceLayer(values.source(name), name), field)
        east, north = spatial.transform_points(x, y, crs, polygons.crs)
        position = spatial.locate(east, north, polygons, values.advance(READING))
        outside = int(np.count_nonzero(position < 0))
        if outside:
            notes.append(
                Note("warning", name, f"{outside:,} of {len(x):,} points lie in none of its polygons and are left out")
            )
        codes.append(np.where(position >= 0, polygons.codes[position], None))
    return count_pairs(codes[0], codes[1], live, live_only=live_only), notes


def _read_points(values: Values):
    source, field = values.source("INPUT"), values.text("LIVE_FIELD")
    if not source.sourceCrs().isValid():
        raise DataError(f"{source.sourceName()}: the layer has no coordinate reference system.")
    position = frames.field_position(source.fields(), field, source.sourceName()) if field else -1
    places, live = [], []
    for feature in frames.features_of(source, values.advance(READING)):
        if feature.hasGeometry():
            point = feature.geometry().centroid().asPoint()
            places.append((point.x(), point.y()))
            live.append(position < 0 or _is_one(feature.attribute(position)))
    if not places:
        raise DataError(f"{source.sourceName()}: there are no points; check the layer's filter and selection.")
    x, y = np.array(places, dtype=float).T
    return x, y, np.array(live, dtype=bool), source.sourceCrs()


def _is_one(value) -> bool:
    return not compat.is_null(value) and str(value).lower() in ("1", "1.0", "true")


class SourceLayer:
    """A Processing source under the names that a layer gives to the same things."""

    def __init__(self, source: QgsProcessingFeatureSource, name: str) -> None:
        self._source = source
        self._name = source.sourceName() or name

    def name(self) -> str:
        return self._name

    def fields(self):
        return self._source.fields()

    def crs(self):
        return self._source.sourceCrs()

    def getFeatures(self, request: QgsFeatureRequest):
        return self._source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks)
