"""Which polygons are neighbours: those within a small distance, for generalised boundaries do not quite meet."""

from __future__ import annotations

from typing import Callable, Sequence, Tuple

import numpy as np
from qgis.core import QgsGeometry

from .polygons_over_polygons import index_of

WITHIN = 25.0
_CHECK_EVERY = 500


def neighbours(
    polygons: Sequence[QgsGeometry], check: Callable[[float], None], within: float = WITHIN
) -> Tuple[np.ndarray, np.ndarray]:
    """Positions of every two polygons that are at most ``within`` apart (units of their CRS), each pair once.

    Empty geometries have no neighbours. ``check`` is called with the share done and may raise to cancel.
    """
    index, found = index_of(polygons), []
    for place, polygon in enumerate(polygons):
        if place % _CHECK_EVERY == 0:
            check(place / len(polygons))
        if polygon.isEmpty():
            continue
        box = polygon.boundingBox()
        box.grow(within)
        engine = QgsGeometry.createGeometryEngine(polygon.constGet())
        engine.prepareGeometry()
        for other in index.intersects(box):
            if other > place and engine.distance(polygons[other].constGet()) <= within:
                found.append((place, other))
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
