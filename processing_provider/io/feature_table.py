"""Features as a table for the steps of the core: columns are read when a step asks for them, and new ones added."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Callable, List, Mapping

import numpy as np
import pandas as pd
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFields,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ...core.errors import DataError
from ...core.table import Table, finite
from .. import compat
from . import frames

_BATCH = 4000


class FeatureTable(Table):
    """The features of a source, kept as they are; only what a step asks for is turned into Python values.

    ``numbers`` reads texts that hold numbers too, for a CSV layer may have no other kind.
    """

    def __init__(self, name: str, features: List[QgsFeature], fields: QgsFields, wkb_type, crs) -> None:
        self.name = name
        self.names = tuple(field.name() for field in fields)
        self.fields = fields
        self.wkb_type = wkb_type
        self.crs: QgsCoordinateReferenceSystem = compat.whole_crs(crs)
        self._features = features

    @classmethod
    def read(cls, source: QgsProcessingFeatureSource, name: str, check: frames.Check) -> FeatureTable:
        """All features of a source, or those selected; DataError if there is none."""
        features = list(frames.features_of(source, check))
        if not features:
            raise DataError(f"{name}: there are no features; check the layer's filter and selection.")
        # QGIS hands selected features over in an order that it draws anew each time.
        features.sort(key=QgsFeature.id)
        return cls(name, features, source.fields(), source.wkbType(), source.sourceCrs())

    @classmethod
    def of_frame(
        cls, name: str, frame: pd.DataFrame, geometries: Mapping[str, QgsGeometry] = (), crs=None
    ) -> FeatureTable:
        """A frame as a table: its index first, then its columns; geometries by index code where there are any."""
        fields = frames.to_fields(frame)
        features = list(frames.to_features(frame, [geometries[code] for code in frame.index] if geometries else None))
        types = QgsWkbTypes.Type
        kind = types.MultiPolygon if geometries else types.NoGeometry
        return cls(name, features, fields, kind, crs or QgsCoordinateReferenceSystem())

    @classmethod
    def of_codes(cls, name: str, codes) -> FeatureTable:
        """A table of one column of codes."""
        return cls.of_frame(name, pd.DataFrame(index=pd.Index(codes, name=name)))

    def __len__(self) -> int:
        return len(self._features)

    def numbers(self, column: str) -> np.ndarray:
        values = self._values(column)
        try:
            numbers = np.array(values, dtype=float)
        except (TypeError, ValueError):
            numbers = np.array([self._number(column, place, value) for place, value in enumerate(values)])
        return finite(self.name, column, numbers)

    def _number(self, column: str, place: int, value: Any) -> float:
        if compat.is_null(value) or value == "":
            return np.nan
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{self.name}: '{column}' is not numeric: row {place + 1} holds '{_shown(value)}'."
            ) from error

    def texts(self, column: str) -> np.ndarray:
        return np.array([_text(value) for value in self._values(column)], dtype=object)

    def _values(self, column: str) -> List[Any]:
        position = self.names.index(self.require(column))
        # Twice as fast as asking each feature for its attribute in a loop of Python's.
        return list(map(itemgetter(position), self._features))

    def repeats(self, column: str) -> bool:
        """Whether the table has a column of this name, in any case, that holds a value twice."""
        position = self.fields.lookupField(column)
        if position < 0:
            return False
        values = [value for value in map(itemgetter(position), self._features) if not compat.is_null(value)]
        return len(set(values)) < len(values)

    def write(self, write_batch: Callable[[List[QgsFeature]], None], added: pd.DataFrame, check: frames.Check) -> None:
        """Every feature with its attributes and geometry, and the added columns behind; the table is spent by it."""
        width, count = len(self.names), len(added.columns)
        rows = list(frames.to_values(added))
        for start in range(0, len(self._features), _BATCH):
            check(start / len(self._features))
            batch = self._features[start : start + _BATCH]
            for feature, row in zip(batch, rows[start : start + _BATCH]):
                feature.resizeAttributes(width + count)
                for position, value in enumerate(row, width):
                    feature[position] = value
            write_batch(batch)

    def fields_with(self, added: pd.DataFrame) -> QgsFields:
        """The table's fields and those of the added columns; DataError where a name is taken."""
        taken = {name.lower() for name in self.names}
        clash = [name for name in added if name.lower() in taken]
        if clash:
            raise DataError(
                f"{self.name}: the field '{clash[0]}' is there already, and this step would write it; "
                "rename or drop it first (Drop field(s), Refactor fields)."
            )
        fields = QgsFields(self.fields)
        for name, kind in frames.field_kinds(added).items():
            fields.append(compat.field(name, kind))
        return fields


def _text(value: Any):
    if compat.is_null(value):
        return None
    # A code that a database stores as a number is 7.0 here; nobody writes it so.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
