"""Frames to features and GeoPackages; polygons by code."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate

from ...core.errors import DataError, NeedError
from ...core.schema import COUNTS
from ...core.texts import find_name, text_columns
from .. import compat

Check = Callable[[float], None]
_CHECK_EVERY = 4000
_LONG, _LARGE_WHOLE = 2**31, 2.0**53


def field_kinds(frame: pd.DataFrame) -> Dict[str, str]:
    """The kind of field (text, integer of 32 bits, long, real, date) that holds each column of a frame."""
    kinds = {}
    for name, column in whole_counts(frame).items():
        if pd.api.types.is_bool_dtype(column.dtype):
            kinds[name] = "integer"
        elif pd.api.types.is_integer_dtype(column.dtype):
            kinds[name] = "long" if (column.abs() >= _LONG).any() else "integer"
        else:
            dated = "date" if pd.api.types.is_datetime64_dtype(column.dtype) else "text"
            kinds[name] = "real" if pd.api.types.is_float_dtype(column.dtype) else dated
    return kinds


def whole_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with counts that are whole in every row as whole numbers (1475, not 1475.0)."""
    names = [name for name, kind in frame.dtypes.items() if pd.api.types.is_float_dtype(kind) and COUNTS.search(name)]
    whole = {
        name: frame[name].astype("Int64") for name in names if frame[name].notna().any() and all_whole(frame[name])
    }
    return frame.assign(**whole) if whole else frame


def all_whole(column: pd.Series) -> bool:
    """Whether all numbers of a column of floats are whole, and small enough to differ from their neighbours."""
    known = column.dropna()
    return bool((known == known.round()).all()) and bool((known.abs() < _LARGE_WHOLE).all())


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns read from features as numbers where they are numbers, else as texts (dates and lists too)."""
    frame = frame.infer_objects()
    texts = {
        name: frame[name].map(lambda value: None if value is None or value != value else str(value))
        for name in text_columns(frame)
    }
    return frame.assign(**texts)


def field_position(fields: QgsFields, name: str, place: str) -> int:
    """Where a field stands (see ``find_name``); DataError, naming the ``place``, if it is not there."""
    names = fields.names()
    found = find_name(name, names, place)
    if found is None:
        raise DataError(f"{place}: there is no field '{name}'; it has {', '.join(names[:40])}.")
    return names.index(found)


def features_of(
    source: QgsProcessingFeatureSource, check: Check, places: Optional[Sequence[int]] = None, *, geometry: bool = True
) -> Iterator[QgsFeature]:
    """The features of a source with the fields at these places (None: all); ``check`` is called with the share read.

    Geometries are not checked: one bow-tie must not stop the run. DataError where fewer come than there are.
    """
    request = QgsFeatureRequest()
    if places is not None:
        request.setSubsetOfAttributes(list(places))
    if not geometry:
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
    total = max(source.featureCount(), 1)
    unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    number = -1
    for number, feature in enumerate(source.getFeatures(request, unchecked)):
        if number % _CHECK_EVERY == 0:
            check(min(number / total, 1.0))
        yield feature
    # A count may be an estimate, so what seems too little is counted once more.
    if number + 1 < source.featureCount() and number + 1 != sum(1 for _ in source.getFeatures(request, unchecked)):
        raise DataError(
            f"{source.sourceName()}: only {number + 1:,} of {total:,} features could be read; was the connection lost?"
        )


def to_features(
    frame: pd.DataFrame, geometries: Optional[Sequence[Optional[QgsGeometry]]] = None
) -> Iterator[QgsFeature]:
    """A feature for each row of a frame, its index first, with the geometry at the row's place."""
    fields = to_fields(frame)
    for place, row in enumerate(to_rows(frame)):
        feature = QgsFeature(fields)
        feature.setAttributes(list(row))
        if geometries is not None and geometries[place] is not None:
            feature.setGeometry(geometries[place])
        yield feature


def to_fields(frame: pd.DataFrame) -> QgsFields:
    """The fields of a frame: its index first, then its columns."""
    fields = QgsFields()
    fields.append(compat.field(str(frame.index.name), "text"))
    for name, kind in field_kinds(frame).items():
        fields.append(compat.field(name, kind))
    return fields


def to_rows(frame: pd.DataFrame) -> Iterator[tuple]:
    """Rows of plain Python values, None for gaps: one numpy number would make QGIS drop the whole batch."""
    return zip(map(str, frame.index), *_plain_columns(frame))


def to_values(frame: pd.DataFrame) -> Iterator[tuple]:
    """Rows of plain Python values of the columns alone, None for gaps."""
    return zip(*_plain_columns(frame))


def _plain_columns(frame: pd.DataFrame) -> Iterator[List]:
    for _, column in whole_counts(frame).items():
        missing = column.isna().to_numpy()
        whole = pd.api.types.is_integer_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
        # Whole numbers with gaps have a zero there for a moment.
        values = column.fillna(0).to_numpy(dtype=np.int64) if whole else column.to_numpy()
        if pd.api.types.is_datetime64_dtype(column.dtype):
            values = np.array([QDate(one.year, one.month, one.day) for one in column.fillna(pd.Timestamp(0))])
        if missing.any():
            values = values.astype(object)
            values[missing] = None
        yield values.tolist()


class GeoPackageWriter:
    """Writes frames as layers of one new GeoPackage; the file is under a temporary name until the caller moves it.

    QGIS makes each table, and SQLite fills it in one transaction: a feature at a time takes five times as long.
    """

    def __init__(self, path: str, check: Check) -> None:
        self._path = path
        self._check = check
        self._created = False

    def write(
        self,
        layer: str,
        frame: pd.DataFrame,
        geometries: Optional[Mapping[str, QgsGeometry]] = None,
        crs: Optional[QgsCoordinateReferenceSystem] = None,
    ) -> None:
        """Add a layer: the frame's index and columns, with the geometry of each index code where given."""
        frame = whole_counts(frame)
        self._create(layer, to_fields(frame), geometries is not None, crs)
        names = [str(frame.index.name), *map(str, frame)]
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                # The file is nobody's yet: a crash leaves it behind whether or not the disk has confirmed each page.
                database.execute("PRAGMA synchronous = OFF")
                if geometries is None:
                    self._insert(database, layer, names, to_rows(frame), len(frame))
                else:
                    shapes = [geometries.get(code) for code in frame.index.map(str)]
                    rows = zip(_blobs(database, layer, shapes), map(str, frame.index), *_plain_columns(frame))
                    self._insert(database, layer, ["geom", *names], rows, len(frame))
                    _set_extent(database, layer, shapes)
                index = _written(database, "SELECT CreateSpatialIndex('%q', 'geom')", layer)
        except sqlite3.Error as error:
            raise _not_written(layer, str(error)) from error
        if geometries is not None:
            self._index(layer, index)

    def _insert(self, database, layer: str, names: Sequence[str], rows: Iterator[Sequence], count: int) -> None:
        # GDAL counts the features by a trigger a row, which would take a quarter of the time.
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        triggers = database.execute(query, (layer,)).fetchall()
        for name, _ in triggers:
            database.execute(_written(database, "DROP TRIGGER %s", _quoted(database, name)))
        columns, marks = ", ".join(_quoted(database, name) for name in names), ", ".join("?" * len(names))
        query = _written(database, "INSERT INTO %s (%s) VALUES (%s)", _quoted(database, layer), columns, marks)
        for place in range(0, count, _CHECK_EVERY):
            self._check(place / count)
            database.executemany(query, islice(rows, _CHECK_EVERY))
        for _, statement in triggers:
            database.execute(statement)
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ?", (count, layer))

    def _index(self, layer: str, statement: str) -> None:
        """The spatial index, made at once: GDAL knows how, and keeps it from here on."""
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        try:
            source = gdal.OpenEx(self._path, gdal.OF_VECTOR | gdal.OF_UPDATE)
            made = None if source is None else source.ExecuteSQL(statement)
            done = made is not None and made.GetNextFeature().GetField(0) == 1
            if made is not None:
                source.ReleaseResultSet(made)
        except RuntimeError as error:
            raise _not_written(layer, "") from error
        finally:
            gdal.PopErrorHandler()
        if not done:
            raise _not_written(layer, "")

    def _create(self, layer: str, fields: QgsFields, spatial: bool, crs) -> None:
        actions, types = QgsVectorFileWriter.ActionOnExistingFile, QgsWkbTypes.Type
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = "GPKG"
        options.layerName = layer
        options.layerOptions = ["GEOMETRY_NAME=geom", "SPATIAL_INDEX=NO"] if spatial else []
        options.fileEncoding = "UTF-8"
        options.actionOnExistingFile = (
            actions.CreateOrOverwriteLayer if self._created else actions.CreateOrOverwriteFile
        )
        writer = QgsVectorFileWriter.create(
            self._path,
            fields,
            types.MultiPolygon if spatial else types.NoGeometry,
            compat.whole_crs(crs or QgsCoordinateReferenceSystem()),
            QgsCoordinateTransformContext(),
            options,
        )
        self._created = True
        if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
            raise _not_written(layer, writer.errorMessage())


def _quoted(database: sqlite3.Connection, name: str) -> str:
    """A name of a table or column as SQLite itself quotes it: it may be anything that a user's layer holds."""
    return _written(database, '"%w"', name)


def _written(database: sqlite3.Connection, pattern: str, *parts: str) -> str:
    return database.execute("SELECT printf(?, ?, ?, ?)", (pattern, *parts, *[""] * (3 - len(parts)))).fetchone()[0]


def _blobs(database, layer: str, shapes: Sequence[Optional[QgsGeometry]]) -> Iterator[Optional[bytes]]:
    """Geometries as a GeoPackage stores them: a header with the extent, then the multipolygon as WKB."""
    query = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
    ((system,),) = database.execute(query, (layer,)).fetchall()
    for shape in shapes:
        if shape is None:
            yield None
            continue
        whole = as_multipolygon(shape)
        box = whole.boundingBox()
        sides = (box.xMinimum(), box.xMaximum(), box.yMinimum(), box.yMaximum())
        yield struct.pack("<2sBBi4d", b"GP", 0, 3, system, *sides) + whole.asWkb().data()


def as_multipolygon(shape: QgsGeometry) -> QgsGeometry:
    """The polygon as layers hold it: flat, without arcs."""
    multi = QgsWkbTypes.Type.MultiPolygon
    return shape if shape.wkbType() == multi else shape.coerceToType(multi)[0]


def _set_extent(database, layer: str, shapes: Sequence[Optional[QgsGeometry]]) -> None:
    extent = QgsRectangle()
    extent.setMinimal()
    for shape in filter(None, shapes):
        extent.combineExtentWith(shape.boundingBox())
    sides = (extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum())
    update = "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?"
    database.execute(update, (*sides, layer))


def need_shapes(path: Path, codes: Iterable[str]) -> Tuple[List[Optional[QgsGeometry]], QgsCoordinateReferenceSystem]:
    """The polygons of a result's areas in the order of these codes, None where there is none, and their CRS."""
    layer = open_layer(path, "need")
    shapes = {feature["area_code"]: feature.geometry() for feature in layer.getFeatures()}
    return [shapes.get(code) for code in codes], layer.crs()


def open_layer(path: Path, name: str, way_out: str = "", styled: bool = False) -> QgsVectorLayer:
    """A layer of a GeoPackage; NeedError, with a ``way_out`` if there is one, where it cannot be opened."""
    layer = compat.file_layer(f"{path}|layername={name}", name, styled)
    if not layer.isValid():
        raise NeedError(f"{path}: the layer '{name}' cannot be opened{way_out and f'; {way_out}'}.")
    return layer


def settle(path: str, target: str) -> None:
    """Copy a GeoPackage to ``target`` as one whole file.

    QGIS keeps connections open and writes ahead to a side file, so a GeoPackage that this process has opened
    must not be moved as it is; SQLite copies what all its connections see.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("VACUUM INTO ?", (target,))
    except sqlite3.Error as error:
        raise NeedError(f"{target}: cannot be written ({error}).") from error


def _not_written(layer: str, reason: str) -> NeedError:
    return NeedError(f"The layer '{layer}' cannot be written: {reason or 'is the disk full?'}")


def read_geometries(
    layer: QgsVectorLayer, code_field: str, codes: Sequence[str], check: Check
) -> Dict[str, QgsGeometry]:
    """Multipolygons by code; invalid ones are repaired. DataError if the layer lacks the field or a code."""
    position = field_position(layer.fields(), code_field, layer.name())
    wanted = set(codes)
    geometries: Dict[str, QgsGeometry] = {}
    request = QgsFeatureRequest().setSubsetOfAttributes([position])
    for place, feature in enumerate(layer.getFeatures(request)):
        if place % _CHECK_EVERY == 0:
            check(place / max(layer.featureCount(), 1))
        code = str(feature[position])
        if code in wanted and feature.hasGeometry():
            geometry = feature.geometry()
            geometry.convertToMultiType()
            geometries[code] = geometry
    lacking = sorted(wanted - set(geometries))
    if lacking:
        raise DataError(f"{layer.name()}: no polygon for {len(lacking):,} areas, the first {lacking[0]}.")
    return geometries


def add_rows(
    write_batch: Callable[[List[QgsFeature]], None],
    frame: pd.DataFrame,
    geometries: Optional[Sequence[Optional[QgsGeometry]]],
    check: Check,
) -> None:
    """Add a frame's rows, index first, to a sink, with the geometry at each position."""
    batch: List[QgsFeature] = []
    for place, feature in enumerate(to_features(frame, geometries)):
        batch.append(feature)
        if len(batch) == _CHECK_EVERY or place + 1 == len(frame):
            check(place / len(frame))
            write_batch(batch)
            batch = []
