"""Polygons that share borders made small for a page, with no gap between them."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import numpy as np
from qgis.core import QgsGeometry, QgsRectangle

from .. import compat
from .points_in_polygons import of_wkb

MOST_POINTS = 60_000
_CELLS = 8192


def page_paths(shapes: Sequence[Optional[QgsGeometry]], most: int = MOST_POINTS) -> Tuple[List[str], Tuple[int, int]]:
    """Each shape as an SVG path of whole numbers, '' where there is none, and the width and height of the picture.

    Every point goes to the nearest one of a grid over all shapes, so that a border that two shapes share stays one line
    and nothing opens between them. Where there are more than ``most`` points, borders are simplified as a coverage
    (GEOS 3.12, by shapely 2.1), else the grid is made coarser, until they are fewer; y points down.
    """
    extent = QgsRectangle()
    for shape in shapes:
        if shape is not None and not shape.isNull():
            extent.combineExtentWith(shape.boundingBox())
    size = max(extent.width(), extent.height())
    if extent.isEmpty() or not np.isfinite(size):
        return [""] * len(shapes), (1, 1)
    step = size / _CELLS
    while True:
        # A coverage keeps its junctions however far it is simplified, so the grid grows with it.
        rings = [_on_grid(shape, extent, step) for shape in _simplified(shapes, step)]
        if step > size / 64 or sum(len(ring) for each in rings for ring in each) <= most:
            break
        step *= 2.0
    width, height = (int(np.ceil(side / step)) + 1 for side in (extent.width(), extent.height()))
    return ["".join(map(_path, each)) for each in rings], (width, height)


def _simplified(shapes: Sequence[Optional[QgsGeometry]], tolerance: float) -> Sequence[Optional[QgsGeometry]]:
    """The shapes with fewer points, or as they are where nothing can do that without gaps."""
    simplify = compat.coverage_simplify()
    if simplify is None:
        return shapes
    known = [place for place, shape in enumerate(shapes) if shape is not None and not shape.isNull()]
    found = list(shapes)
    for place, wkb in zip(known, simplify([bytes(shapes[place].asWkb()) for place in known], tolerance)):
        found[place] = of_wkb(wkb)
    return found


def _on_grid(shape: Optional[QgsGeometry], extent: QgsRectangle, step: float) -> List[np.ndarray]:
    """The rings of a shape in whole steps from the upper left corner; a ring that has become a line is left out."""
    if shape is None or shape.isNull():
        return []
    polygons = shape.asMultiPolygon() if shape.isMultipart() else [shape.asPolygon()]
    rings = []
    for ring in (ring for polygon in polygons for ring in polygon):
        points = np.array([(point.x(), point.y()) for point in ring])
        points = np.rint((points - (extent.xMinimum(), extent.yMaximum())) / (step, -step)).astype(np.int64)
        moved = np.any(points[1:] != points[:-1], axis=1)
        points = points[np.concatenate([[True], moved])]
        if len(points) > 3:
            rings.append(points)
    return rings


def _path(ring: np.ndarray) -> str:
    """A ring as 'Mx y' and steps from point to point."""
    steps = np.diff(ring[:-1], axis=0)
    line = " ".join(f"{x} {y}" for x, y in steps.tolist())
    return f"M{ring[0, 0]} {ring[0, 1]}l{line}z".replace(" -", "-")
