"""Which polygon each point lies in: shapely 2 where it can be imported, else QGIS's own geometries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPoint,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QByteArray

from ...core.errors import DataError
from .. import compat
from ..io import frames
from ..io.frames import Check

LARGEST_TILE = 200_000
_CHUNK = 2_500
_THREADS = 2
_CHUNK_OF_QGIS = 2_000
_MOST_ROWS = 100_000


def no_check(fraction: float) -> None:
    """A check that never cancels."""


@dataclass(frozen=True)
class Polygons:
    """Polygons by code, sorted by code, so that a point on a shared border goes to the lowest code."""

    codes: np.ndarray
    wkb: List[bytes]
    crs: QgsCoordinateReferenceSystem


def read_polygons(layer: QgsVectorLayer, code_field: str, check: Check = no_check) -> Polygons:
    """The polygons of a layer; DataError without the field, the polygons or the CRS."""
    position = frames.field_position(layer.fields(), code_field, layer.name())
    if not layer.crs().isValid():
        raise DataError(f"{layer.name()}: the layer has no coordinate reference system.")
    codes, wkb = [], []
    for feature in layer.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([position])):
        if feature.hasGeometry():
            codes.append(str(feature[position]))
            wkb.append(feature.geometry().asWkb().data())
            if len(codes) % _CHUNK == 0:
                check(0.0)
    if not codes:
        raise DataError(f"{layer.name()}: the layer holds no polygons.")
    # Sorted as numpy's own texts, for which it lets go of the interpreter; as objects the window would stand still.
    order = np.argsort(np.array(codes), kind="stable")
    crs = compat.whole_crs(layer.crs())
    return Polygons(np.array(codes, dtype=object)[order], [wkb[place] for place in order], crs)


def transform_points(
    x: np.ndarray, y: np.ndarray, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> Tuple[np.ndarray, np.ndarray]:
    """Coordinates in the target's reference system; unchanged where both are the same."""
    if source == target:
        return x, y
    transform = QgsCoordinateTransform(source, target, QgsCoordinateTransformContext())
    points = [transform.transform(QgsPointXY(east, north)) for east, north in zip(x.tolist(), y.tolist())]
    return np.array([point.x() for point in points]), np.array([point.y() for point in points])


def locate(x: np.ndarray, y: np.ndarray, polygons: Polygons, check: Check = no_check) -> np.ndarray:
    """The position in ``polygons`` of the polygon that holds each point; -1 where none does.

    A point on a border counts as inside; of several polygons the first by code is taken. Insides follow the
    even-odd rule, so a polygon that crosses itself needs no repair. Both ways of doing it give the same answer.
    ``check`` gets the fraction done and may raise to cancel.
    """
    shapely = compat.vectorised_shapely()
    if shapely is None:
        return _locate_with_qgis(x, y, polygons, check)
    return _locate_with_shapely(shapely, x, y, polygons, check)


def _locate_with_shapely(shapely, x: np.ndarray, y: np.ndarray, polygons: Polygons, check: Check) -> np.ndarray:
    """Boxes choose the candidates, shapely decides; in chunks of polygons, so that a cancel is heard.

    shapely lets go of the interpreter while it decides, so that another thread parses its chunk meanwhile; a chunk
    goes when it is done, for with all geometries held the window would stand still while Python looks through them.
    """
    rows = Rows(x, y, _usual_height(shapely, polygons.wkb))

    def inside(start: int) -> Tuple[np.ndarray, np.ndarray]:
        chunk = shapely.from_wkb(np.array(polygons.wkb[start : start + _CHUNK], dtype=object))
        shapely.prepare(chunk)
        box, member = rows.candidates(shapely.bounds(chunk))
        hit = shapely.intersects_xy(chunk[box], rows.x[member], rows.y[member])
        return start + box[hit], rows.order[member[hit]]

    found = np.full(x.shape, -1, dtype=np.int64)
    # From the last code to the first: where polygons share a point, the first one has the last word.
    starts = range(0, len(polygons.wkb), _CHUNK)[::-1]
    with ThreadPoolExecutor(_THREADS) as threads:
        for done, (place, point) in enumerate(threads.map(inside, starts)):
            check(done / len(starts))
            found[point[::-1]] = place[::-1]
    return found


def _usual_height(shapely, wkb: List[bytes]) -> float:
    """The middle height of the polygons, of up to a thousand of them."""
    sample = shapely.bounds(shapely.from_wkb(np.array(wkb[:: max(len(wkb) // 1000, 1)], dtype=object)))
    return float(np.nanmedian(sample[:, 3] - sample[:, 1]))


def tiles(x: np.ndarray, y: np.ndarray, members: Optional[np.ndarray] = None) -> Iterator[np.ndarray]:
    """Positions of the points in tiles of at most LARGEST_TILE, halved along the longer side."""
    members = np.arange(x.size) if members is None else members
    if members.size <= LARGEST_TILE:
        if members.size:
            yield members
        return
    wide = np.ptp(x[members]) >= np.ptp(y[members])
    along = x[members] if wide else y[members]
    half = np.argpartition(along, members.size // 2)
    yield from tiles(x, y, members[half[: members.size // 2]])
    yield from tiles(x, y, members[half[members.size // 2 :]])


def _locate_with_qgis(x: np.ndarray, y: np.ndarray, polygons: Polygons, check: Check) -> np.ndarray:
    """The same with QGIS's prepared geometries."""
    boxes = _boxes(polygons.wkb, check)
    rows = Rows(x, y, float(np.median(boxes[:, 3] - boxes[:, 1])))
    found = np.full(x.shape, -1, dtype=np.int64)
    for start in range(0, len(boxes), _CHUNK_OF_QGIS):
        check(start / len(boxes))
        box, member = rows.candidates(boxes[start : start + _CHUNK_OF_QGIS])
        point = rows.order[member]
        ends = np.searchsorted(box, np.arange(_CHUNK_OF_QGIS + 1))
        for place, wkb in enumerate(polygons.wkb[start : start + _CHUNK_OF_QGIS]):
            # Polygons come in the order of their codes: a point that has found one keeps it.
            near = point[ends[place] : ends[place + 1]]
            near = near[found[near] < 0]
            if near.size:
                found[points_inside(of_wkb(wkb), near, x, y)] = start + place
    return found


def _boxes(polygons: List[bytes], check: Check) -> np.ndarray:
    """West, south, east and north of each polygon.

    Its geometry is let go of at once and made again later: Python looks through all objects that are held
    every now and then, and with all polygons among them the window would stand still for that long.
    """
    boxes = np.empty((len(polygons), 4))
    for place, wkb in enumerate(polygons):
        if place % _CHUNK_OF_QGIS == 0:
            check(0.0)
        box = of_wkb(wkb).boundingBox()
        boxes[place] = box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()
    return boxes


def of_wkb(wkb: bytes) -> QgsGeometry:
    """A geometry from its well-known bytes."""
    geometry = QgsGeometry()
    geometry.fromWkb(QByteArray(wkb))
    return geometry


def points_inside(geometry: QgsGeometry, near: np.ndarray, x: np.ndarray, y: np.ndarray) -> List[int]:
    """Those of the points ``near`` that lie in the polygon or on its border."""
    engine = QgsGeometry.createGeometryEngine(geometry.constGet())
    engine.prepareGeometry()
    points = zip(near.tolist(), x[near].tolist(), y[near].tolist())
    return [point for point, east, north in points if engine.intersects(QgsPoint(east, north))]


class Rows:
    """Points sorted by row of equal height and by x within a row, so that boxes find their points by bisection.

    ``x`` and ``y`` are in that order; ``order`` gives each one's position among the points as they came.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, height: float = 0.0) -> None:
        self._left, self._bottom = (float(x.min()), float(y.min())) if x.size else (0.0, 0.0)
        self._width = float(np.ptp(x)) * 2.0 + 1.0 if x.size else 1.0
        tall = float(np.ptp(y)) if y.size else 0.0
        self._height = max(height, tall / _MOST_ROWS, np.finfo(float).tiny)
        self._last = int(tall / self._height)
        key = self._row(y) * self._width + (x - self._left)
        self.order = np.argsort(key, kind="stable")
        self._key, self.x, self.y = key[self.order], x[self.order], y[self.order]

    def _row(self, y: np.ndarray) -> np.ndarray:
        """The row of a height: never less for a greater height, so that no point falls out of its box's rows."""
        return np.floor((y - self._bottom) / self._height)

    def inside(self, box: QgsRectangle) -> np.ndarray:
        """Positions of the points in one box, its edges included."""
        corners = np.array([[box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]])
        return self.order[self.candidates(corners)[1]]

    def candidates(self, boxes: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Every pair of a box (west, south, east, north) and a sorted point in it or on its edge, by box."""
        west, east = (np.clip(boxes[:, side] - self._left, -0.25, self._width - 0.75) for side in (0, 2))
        first = np.clip(self._row(boxes[:, 1]), 0, self._last).astype(np.int64)
        last = np.clip(self._row(boxes[:, 3]), -1, self._last).astype(np.int64)
        box, row = _ranges(first, np.maximum(last - first + 1, 0))
        start = np.searchsorted(self._key, row * self._width + west[box], "left")
        end = np.searchsorted(self._key, row * self._width + east[box], "right")
        part, member = _ranges(start, np.maximum(end - start, 0))
        box, y = box[part], self.y[member]
        inside = (y >= boxes[box, 1]) & (y <= boxes[box, 3])
        return box[inside], member[inside]


def _ranges(start: np.ndarray, count: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The whole numbers start, start + 1, ... (``count`` of them) of every range, and which range each is of."""
    which = np.repeat(np.arange(start.size), count)
    return which, np.arange(which.size) - np.repeat(np.cumsum(count) - count - start, count)
