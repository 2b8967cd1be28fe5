"""Polygons over polygons: sizes, points inside, common ground. With shapely 2 where it can be imported, else QGIS."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import numpy as np
from qgis.core import QgsFeature, QgsGeometry, QgsSpatialIndex, QgsWkbTypes

from .. import compat
from .points_in_polygons import Check, Rows, no_check, points_inside, tiles

Pairs = Tuple[np.ndarray, np.ndarray, np.ndarray]
_CHUNK = 5_000
_CHECK_EVERY = 100


def as_polygons(geometry: QgsGeometry) -> Tuple[QgsGeometry, bool]:
    """A flat, valid multipolygon without curves, and whether the geometry had to be repaired for it."""
    if QgsWkbTypes.isCurvedType(geometry.wkbType()):
        geometry = QgsGeometry(geometry.constGet().segmentize())
    flat = QgsGeometry(geometry)
    flat.get().dropZValue()
    flat.get().dropMValue()
    valid = flat.isGeosValid()
    if not valid:
        flat = flat.makeValid()
    if QgsWkbTypes.geometryType(flat.wkbType()) == QgsWkbTypes.GeometryType.UnknownGeometry:
        flat.convertGeometryCollectionToSubclass(QgsWkbTypes.GeometryType.PolygonGeometry)
    flat.convertToMultiType()
    return flat, not valid


class Shapes:
    """Polygons by position, some of which may be missing; see ``shapes_of``."""

    def __init__(self, geometries: Sequence[Optional[QgsGeometry]]) -> None:
        self.geometries = list(geometries)

    def sizes(self) -> np.ndarray:
        """Area of each polygon in square map units; 0 where there is none."""
        return np.array([0.0 if shape is None else shape.area() for shape in self.geometries])

    def points(self) -> Tuple[np.ndarray, np.ndarray]:
        """A point inside each polygon; NaN where there is none."""
        x, y = np.full(len(self.geometries), np.nan), np.full(len(self.geometries), np.nan)
        for place, shape in enumerate(self.geometries):
            if shape is not None and not shape.isEmpty():
                point = shape.pointOnSurface().asPoint()
                x[place], y[place] = point.x(), point.y()
        return x, y

    def holders(self, x: np.ndarray, y: np.ndarray, check: Check = no_check) -> Tuple[np.ndarray, np.ndarray]:
        """Every pair of a point and a polygon that holds it, its border included: positions of both."""
        rows, points, holding = Rows(x, y), [], []
        for place, shape in enumerate(self.geometries):
            if place % _CHECK_EVERY == 0:
                check(place / max(len(self.geometries), 1))
            if shape is None:
                continue
            held = points_inside(shape, rows.inside(shape.boundingBox()), x, y)
            points += held
            holding += [place] * len(held)
        return np.array(points, dtype=np.int64), np.array(holding, dtype=np.int64)

    def overlaps(self, areas: Shapes, check: Check = no_check) -> Pairs:
        """Every pair of a polygon of these and one of ``areas`` with ground in common: positions, square units."""
        index = index_of(self.geometries)
        small, large, amount = [], [], []
        for place, area in enumerate(areas.geometries):
            if place % _CHECK_EVERY == 0:
                check(place / max(len(areas.geometries), 1))
            if area is None:
                continue
            engine = QgsGeometry.createGeometryEngine(area.constGet())
            engine.prepareGeometry()
            for candidate in index.intersects(area.boundingBox()):
                size = _common(engine, self.geometries[candidate])
                if size > 0:
                    small.append(candidate)
                    large.append(place)
                    amount.append(size)
        return np.array(small, dtype=np.int64), np.array(large, dtype=np.int64), np.array(amount, dtype=float)

    def common_ground(self, small: np.ndarray, areas: Shapes, large: np.ndarray, check: Check = no_check) -> np.ndarray:
        """Square map units that each given pair of positions has in common."""
        amount, engine, prepared = np.zeros(small.shape), None, -1
        for done, place in enumerate(np.argsort(large, kind="stable").tolist()):
            if done % _CHECK_EVERY == 0:
                check(done / max(small.size, 1))
            one, other = self.geometries[small[place]], areas.geometries[large[place]]
            if one is None or other is None:
                continue
            if large[place] != prepared:
                engine, prepared = QgsGeometry.createGeometryEngine(other.constGet()), large[place]
                engine.prepareGeometry()
            amount[place] = _common(engine, one)
        return amount


def index_of(shapes: Sequence[Optional[QgsGeometry]]) -> QgsSpatialIndex:
    """An index of the shapes' boxes by position, without those that are missing or empty."""
    index = QgsSpatialIndex()
    for place, shape in enumerate(shapes):
        if shape is not None and not shape.isEmpty():
            feature = QgsFeature(place)
            feature.setGeometry(shape)
            index.addFeature(feature)
    return index


def _common(engine, shape: QgsGeometry) -> float:
    if engine.contains(shape.constGet()):
        return shape.area()
    if not engine.intersects(shape.constGet()):
        return 0.0
    part = engine.intersection(shape.constGet())
    return part.area() if part is not None else 0.0


class ShapelyShapes(Shapes):
    """The same by shapely's functions over arrays, several times as fast."""

    def __init__(self, geometries: Sequence[Optional[QgsGeometry]], shapely) -> None:
        super().__init__(geometries)
        self._shapely = shapely
        wkb = np.array([None if shape is None else shape.asWkb().data() for shape in geometries], dtype=object)
        self.array = shapely.from_wkb(wkb)
        invalid = ~shapely.is_valid(self.array) & ~shapely.is_missing(self.array)
        self.array[invalid] = shapely.make_valid(self.array[invalid])

    def sizes(self) -> np.ndarray:
        return np.nan_to_num(self._shapely.area(self.array))

    def points(self) -> Tuple[np.ndarray, np.ndarray]:
        points = self._shapely.point_on_surface(self.array)
        return self._shapely.get_x(points), self._shapely.get_y(points)

    def holders(self, x: np.ndarray, y: np.ndarray, check: Check = no_check) -> Tuple[np.ndarray, np.ndarray]:
        shapely, points, holding = self._shapely, [], []
        bounds, done = shapely.bounds(self.array), 0
        for tile in tiles(x, y):
            check(done / max(x.size, 1))
            west, east, south, north = x[tile].min(), x[tile].max(), y[tile].min(), y[tile].max()
            near = np.flatnonzero(
                (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
            )
            tree = shapely.STRtree(shapely.points(x[tile], y[tile]))
            holder, point = tree.query(self.array[near], predicate="intersects")
            points.append(tile[point])
            holding.append(near[holder])
            done += tile.size
        none = np.zeros(0, dtype=np.int64)
        return np.concatenate([none, *points]), np.concatenate([none, *holding])

    def overlaps(self, areas: ShapelyShapes, check: Check = no_check) -> Pairs:
        tree = self._shapely.STRtree(self.array)
        large, small = tree.query(areas.array, predicate="intersects")
        amount = self.common_ground(small, areas, large, check)
        kept = amount > 0
        return small[kept], large[kept], amount[kept]

    def common_ground(
        self, small: np.ndarray, areas: ShapelyShapes, large: np.ndarray, check: Check = no_check
    ) -> np.ndarray:
        shapely, amount = self._shapely, np.zeros(small.shape)
        # A polygon well inside another needs no cutting, and a prepared polygon tells so quickly.
        shapely.prepare(areas.array)
        for start in range(0, small.size, _CHUNK):
            check(start / small.size)
            chunk = slice(start, start + _CHUNK)
            one, other = self.array[small[chunk]], areas.array[large[chunk]]
            inside = shapely.contains_properly(other, one)
            sizes = np.where(inside, shapely.area(one), 0.0)
            cut = ~inside
            sizes[cut] = shapely.area(shapely.intersection(one[cut], other[cut]))
            amount[chunk] = sizes
        return np.nan_to_num(amount)


def shapes_of(geometries: Sequence[Optional[QgsGeometry]]) -> Shapes:
    """Polygons to lay over others, by whichever way is there; both give the same figures."""
    shapely = compat.vectorised_shapely()
    return Shapes(geometries) if shapely is None else ShapelyShapes(geometries, shapely)


def united(geometries: Sequence[QgsGeometry]) -> QgsGeometry:
    """The union of polygons as one multipolygon; a bow-tie among them is mended first."""
    union = QgsGeometry.unaryUnion(list(geometries))
    if union.isNull():
        union = QgsGeometry.unaryUnion([geometry.makeValid() for geometry in geometries])
    union.convertToMultiType()
    return union
