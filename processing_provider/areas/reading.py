"""Local boundaries: what a user's polygons hold, and which LSOAs lie in them, by four ways of assigning."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ...core.errors import DataError, PackError
from ...core.pack import Pack
from ...core.steps import assign
from ...core.steps.assign import Pieces
from .. import compat
from ..geometry.points_in_polygons import Check, no_check, transform_points
from ..geometry.polygons_over_polygons import Shapes, as_polygons, shapes_of, united
from ..io import frames


@dataclass(frozen=True)
class SmallAreas:
    """The LSOAs as read: one row each in ``table``, and their polygons where asked for."""

    name: str
    table: pd.DataFrame
    geometries: Optional[List[Optional[QgsGeometry]]]
    crs: QgsCoordinateReferenceSystem

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class LocalAreas:
    """The larger areas, one row each: unique codes, names, what is to be said about each, polygons."""

    name: str
    codes: pd.Index
    names: List[str]
    notes: List[List[str]]
    attributes: pd.DataFrame
    geometries: Optional[List[Optional[QgsGeometry]]] = None
    crs: QgsCoordinateReferenceSystem = field(default_factory=QgsCoordinateReferenceSystem)

    def __len__(self) -> int:
        return len(self.codes)

    def only(self, kept: np.ndarray) -> LocalAreas:
        """Those of the kept positions, without their attributes."""
        names, notes = ([one[place] for place in kept] for one in (self.names, self.notes))
        shapes = None if self.geometries is None else [self.geometries[place] for place in kept]
        return LocalAreas(self.name, self.codes[kept], names, notes, pd.DataFrame(index=kept), shapes, self.crs)


@dataclass(frozen=True)
class Postcodes:
    """Coordinates of postcodes and their reference system."""

    x: np.ndarray
    y: np.ndarray
    crs: QgsCoordinateReferenceSystem


@dataclass(frozen=True)
class Assigned:
    """The outcome: pieces, the true share of each where it was measured, and how it was done, in words."""

    pieces: Pieces
    inside: Optional[np.ndarray]
    how: str
    remarks: Tuple[str, ...] = ()


def read_table(
    source: QgsProcessingFeatureSource, fields: Sequence[str], geometry: bool, check: Check = no_check
) -> Tuple[pd.DataFrame, List[QgsGeometry]]:
    """The named fields of every feature, None for NULL, and its geometry, as it is, if asked for."""
    places = [frames.field_position(source.fields(), name, source.sourceName()) for name in fields]
    rows, shapes = [], []
    for feature in frames.features_of(source, check, places, geometry=geometry):
        values = feature.attributes()
        rows.append([None if compat.is_null(values[place]) else values[place] for place in places])
        if geometry:
            shapes.append(feature.geometry())
    return pd.DataFrame(rows, columns=list(fields)), shapes


def check_polygons(source: QgsProcessingFeatureSource) -> None:
    """DataError for points, lines, tables, and layers whose reference system is not known."""
    geometry = QgsWkbTypes.geometryType(source.wkbType())
    if geometry not in (QgsWkbTypes.GeometryType.PolygonGeometry, QgsWkbTypes.GeometryType.UnknownGeometry):
        kind = QgsWkbTypes.geometryDisplayString(geometry).lower()
        raise DataError(f"{source.sourceName()}: polygons are needed, but the layer holds {kind} geometries.")
    if not source.sourceCrs().isValid():
        raise DataError(
            f"{source.sourceName()}: the layer has no coordinate reference system; set it in the layer's properties."
        )


def read_small_areas(
    source: QgsProcessingFeatureSource, fields: Sequence[str], geometry: bool, check: Check = no_check
) -> SmallAreas:
    """The LSOAs with the named fields; the first is their code, which must be there and unique."""
    if geometry:
        check_polygons(source)
    table, shapes = read_table(source, fields, geometry, check)
    codes = table[fields[0]]
    if table.empty:
        raise DataError(f"{source.sourceName()}: the layer has no features.")
    if codes.isna().any() or codes.duplicated().any():
        odd = "is empty" if codes.isna().any() else f"holds {codes[codes.duplicated()].iloc[0]} more than once"
        raise DataError(f"{source.sourceName()}: field '{fields[0]}' {odd}; it must hold one code an area.")
    polygons = [as_polygons(shape)[0] if not shape.isEmpty() else None for shape in shapes] if geometry else None
    return SmallAreas(source.sourceName(), table, polygons, source.sourceCrs())


def read_local_areas(
    source: QgsProcessingFeatureSource, code_field: str, name_field: str, check: Check = no_check
) -> LocalAreas:
    """A layer of polygons as areas, one a feature: repaired, named and listed, and none dropped.

    Without a code field, or where codes are missing or repeated, areas are numbered in the layer's order.
    Missing and repeated names, repaired and missing polygons are noted with the area.
    """
    check_polygons(source)
    fields = [one.name() for one in source.fields()]
    for chosen in (code_field, name_field):
        if chosen and chosen not in fields:
            raise DataError(f"{source.sourceName()}: there is no field '{chosen}'; it has {', '.join(fields)}.")
    table, shapes = read_table(source, fields, True, check)
    if table.empty:
        raise DataError(f"{source.sourceName()}: the layer has no features.")
    notes: List[List[str]] = [[] for _ in shapes]
    codes, names = _codes(table, code_field, notes), _names(table, name_field or code_field, notes)
    polygons = [_polygon(shape, note) for shape, note in zip(shapes, notes)]
    return LocalAreas(source.sourceName(), codes, names, notes, table, polygons, source.sourceCrs())


def _codes(table: pd.DataFrame, code_field: str, notes: List[List[str]]) -> pd.Index:
    numbers = pd.Index([str(number) for number in range(1, len(table) + 1)], dtype=object)
    if not code_field:
        return numbers
    given = table[code_field].map(lambda value: "" if value is None or value != value else str(value).strip())
    faulty = given.eq("") | given.duplicated(keep=False)
    for place in np.flatnonzero(faulty):
        notes[place].append(f"code {given[place]} is not its own" if given[place] else "no code")
    return pd.Index(given if not faulty.any() else numbers, dtype=object)


def _names(table: pd.DataFrame, name_field: str, notes: List[List[str]]) -> List[str]:
    if not name_field:
        return [f"Area {number}" for number in range(1, len(table) + 1)]
    given = table[name_field].map(lambda value: "" if value is None or value != value else str(value).strip())
    repeated = given[given.ne("")].value_counts()
    names = []
    for place, name in enumerate(given):
        if not name:
            notes[place].append("no name")
        elif repeated[name] > 1:
            notes[place].append(f"one of {repeated[name]} areas of this name")
        names.append(name or f"Area {place + 1} (no name)")
    return names


def _polygon(shape: QgsGeometry, notes: List[str]) -> Optional[QgsGeometry]:
    if shape.isNull() or shape.isEmpty():
        notes.append("no polygon")
        return None
    polygon, repaired = as_polygons(shape)
    if repaired:
        notes.append("polygon repaired")
    return polygon


def areas_of_field(small: SmallAreas, key: str, name: str, check: Check = no_check) -> LocalAreas:
    """The areas that a field of the LSOAs names, in the order of their keys, their polygons joined from LSOAs."""
    groups = small.table.groupby(key, sort=True)
    codes = pd.Index([str(code) for code in groups.groups], dtype=object)
    names = [str(one) for one in (groups[name].first() if name else codes)]
    shapes: Optional[List[Optional[QgsGeometry]]] = None
    if small.geometries is not None:
        shapes = []
        for place, members in enumerate(groups.indices.values()):
            check(place / len(codes))
            own = [small.geometries[member] for member in members if small.geometries[member] is not None]
            shapes.append(united(own) if own else None)
    empty = pd.DataFrame(index=range(len(codes)))
    return LocalAreas(small.name, codes, names, [[] for _ in codes], empty, shapes, small.crs)


def placed(areas: LocalAreas, crs: QgsCoordinateReferenceSystem, context: QgsCoordinateTransformContext) -> Shapes:
    """The areas' polygons in the reference system of the LSOAs; DataError names one that cannot be moved there."""
    transform = QgsCoordinateTransform(areas.crs, crs, context)
    moved: List[Optional[QgsGeometry]] = []
    for name, polygon in zip(areas.names, areas.geometries or []):
        copy = None if polygon is None else QgsGeometry(polygon)
        if copy is not None and areas.crs != crs:
            try:
                copy.transform(transform)
            except QgsCsException as error:
                raise DataError(
                    f"{areas.name}: '{name}' cannot be moved from {areas.crs.authid()} to {crs.authid()}; "
                    "is the layer's reference system right?"
                ) from error
        moved.append(copy)
    return shapes_of(moved)


def read_postcodes(path: Path) -> Postcodes:
    """The live postcodes of a data pack (all of them where it does not say which are live)."""
    with Pack.open(path) as pack:
        place = pack.spec.get("postcodes")
        if place is None:
            raise PackError(f"{pack.name}: the pack has no postcodes.")
        names = [place["easting"], place["northing"]]
        table = pack.table_of_points(place["file"], names, place.get("live"))
        if "live" in place:
            table = table[table[place["live"]] == 1]
        crs = compat.named_crs(place.get("crs", "EPSG:27700"))
    return Postcodes(*(table[name].to_numpy(dtype=float) for name in names), crs)


def centroids(small: SmallAreas, shapes: Shapes, home: Optional[np.ndarray], postcodes: Optional[Postcodes]):
    """One point a LSOA, and what it is: the mean of its live postcodes, or a point inside its polygon.

    ``home`` is the LSOA of each postcode (-1 = none). The mean of postcodes stands for where people live.
    """
    x, y = shapes.points()
    if postcodes is None or home is None:
        return x, y, "a point inside each LSOA"
    inside = home >= 0
    count = np.bincount(home[inside], minlength=len(small)).astype(float)
    east, north = transform_points(postcodes.x[inside], postcodes.y[inside], postcodes.crs, small.crs)
    known = count > 0
    for target, coordinates in ((x, east), (y, north)):
        sums = np.bincount(home[inside], weights=coordinates, minlength=len(small))
        target[known] = sums[known] / count[known]
    return x, y, "the mean of each LSOA's live postcodes, which stands for where people live"


def homes(
    postcodes: Postcodes, shapes: Shapes, crs: QgsCoordinateReferenceSystem, check: Check = no_check
) -> np.ndarray:
    """The LSOA of each postcode by position, -1 where it lies in none; on a border the first is taken."""
    east, north = transform_points(postcodes.x, postcodes.y, postcodes.crs, crs)
    point, holder = shapes.holders(east, north, check)
    home = np.full(east.size, len(shapes.geometries), dtype=np.int64)
    np.minimum.at(home, point, holder)
    return np.where(home == len(shapes.geometries), -1, home)


def by_centroid(
    small: SmallAreas, areas: Shapes, postcodes: Optional[Postcodes], measure_fit: bool, check: Check = no_check
) -> Assigned:
    """Each LSOA as a whole to every area that holds its centroid."""
    own = shapes_of(small.geometries or [])
    home = None if postcodes is None else homes(postcodes, own, small.crs, lambda part: check(0.3 * part))
    x, y, what = centroids(small, own, home, postcodes)
    remarks: Tuple[str, ...] = ()
    if postcodes is not None:
        remarks = _brought_inside(small, areas, own, x, y)
    known = np.flatnonzero(~np.isnan(x))
    point, holder = areas.holders(x[known], y[known], lambda part: check(0.3 + 0.2 * part))
    order = np.lexsort((holder, point))
    pieces = assign.whole(known[point[order]], holder[order])
    inside = np.full(pieces.small.shape, np.nan)
    if measure_fit:
        common = own.common_ground(pieces.small, areas, pieces.area, lambda part: check(0.5 + 0.5 * part))
        inside = common / own.sizes()[pieces.small]
    return Assigned(pieces, inside, f"by centroid ({what})", remarks)


def _brought_inside(small: SmallAreas, areas: Shapes, own: Shapes, x: np.ndarray, y: np.ndarray) -> Tuple[str, ...]:
    """Move means of postcodes that lie in no area (in a bay, between islands) to a point inside their LSOA."""
    found, _ = areas.holders(x, y)
    lost = np.setdiff1d(np.arange(len(small)), found)
    if not lost.size:
        return ()
    inner_x, inner_y = own.points()
    x[lost], y[lost] = inner_x[lost], inner_y[lost]
    codes = assign.listed(small.table.iloc[lost, 0])
    return (f"The postcodes' mean lies in no area for {lost.size:,} LSOAs, which go by a point inside them: {codes}.",)


def by_ground(small: SmallAreas, areas: Shapes, tolerance: float, check: Check = no_check) -> Assigned:
    """Each LSOA split among the areas by shares of its ground."""
    own = shapes_of(small.geometries or [])
    pairs = own.overlaps(areas, check)
    pieces = assign.by_amount(*pairs, own.sizes(), extent=areas.sizes(), tolerance=tolerance)
    return Assigned(pieces, None, "by share of area")


def by_postcodes(
    small: SmallAreas, areas: Shapes, postcodes: Postcodes, tolerance: float, check: Check = no_check
) -> Assigned:
    """Each LSOA split among the areas by shares of its live postcodes; by a point inside where it has none."""
    own = shapes_of(small.geometries or [])
    home = homes(postcodes, own, small.crs, lambda part: check(0.5 * part))
    east, north = transform_points(postcodes.x, postcodes.y, postcodes.crs, small.crs)
    point, holder = areas.holders(east, north, lambda part: check(0.5 + 0.5 * part))
    point, holder = point[home[point] >= 0], holder[home[point] >= 0]
    pairs, amount = np.unique(np.stack([home[point], holder]), axis=1, return_counts=True)
    total = np.bincount(home[home >= 0], minlength=len(small)).astype(float)
    pieces = assign.by_amount(pairs[0], pairs[1], amount, total, tolerance=tolerance)
    without = np.flatnonzero(total == 0)
    if not without.size:
        return Assigned(pieces, None, "by share of live postcodes")
    x, y = own.points()
    without = without[~np.isnan(x[without])]
    point, holder = areas.holders(x[without], y[without])
    merged = Pieces(
        *(
            np.concatenate(both)
            for both in ((pieces.small, without[point]), (pieces.area, holder), (pieces.share, np.ones(point.shape)))
        )
    )
    codes = assign.listed(small.table.iloc[without, 0])
    remark = f"{without.size:,} LSOAs have no live postcode and go by a point inside them: {codes}."
    return Assigned(merged, None, "by share of live postcodes", (remark,))


def remarks_on_reading(areas: LocalAreas) -> List[str]:
    """What was noted about the areas while reading them, one line a kind with the first few areas."""
    found: Dict[str, List[str]] = {}
    for name, notes in zip(areas.names, areas.notes):
        for note in notes:
            found.setdefault("their name shared with others" if note.startswith("one of") else note, []).append(name)
    return [f"{len(names):,} areas, {note}: {assign.listed(dict.fromkeys(names))}." for note, names in found.items()]
