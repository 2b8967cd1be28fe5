"""Cells around points, and areas joined from cells: rings, polygons and points inside them.

The cells are a Voronoi diagram, held as its dual (Delaunay triangles): every triangle is a corner where
exactly three cells meet. At such a corner the boundary of a group of cells passes once or not at all, so a
group's boundary is followed from corner to corner without ambiguity, and areas built from the same cells
share their corners exactly: they nest, without gaps or overlaps.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import List, Tuple

import numpy as np
from scipy.spatial import Delaunay

from ..arrays import Array
from ..errors import DataError

_NEXT = np.array([1, 2, 0])
_LAST = np.array([2, 0, 1])
_POINT_BYTES = 16


@dataclass(frozen=True)
class Cells:
    """Voronoi cells of ``sites``; half-edge 3 t + k leaves corner t, with cell ``left`` on its left hand.

    ``corners``: circumcentres of the triangles (t x 2); ``left``, ``right``: the sites on either side of
    every half-edge; ``end``: the corner it leads to, -1 at infinity.
    """

    sites: Array
    corners: Array
    left: Array
    right: Array
    end: Array

    @classmethod
    def around(cls, sites: Array) -> Cells:
        """The cells of all points of the plane that are nearest to each site."""
        triangles = Delaunay(sites)
        simplices = triangles.simplices
        left, right = simplices[:, _LAST].ravel(), simplices[:, _NEXT].ravel()
        return cls(sites, _circumcentres(sites[simplices]), left, right, triangles.neighbors.ravel())

    @property
    def start(self) -> Array:
        """The corner that each half-edge leaves."""
        return np.repeat(np.arange(len(self.corners)), 3)

    def fans(self, wanted: Array) -> Tuple[Array, Array]:
        """The triangles (site, corner, next corner) that fill the cells of the ``wanted`` sites.

        Result: half-edges (numbers), and the surface of each triangle in square metres.
        """
        edges = np.flatnonzero(wanted[self.left])
        site = self.sites[self.left[edges]]
        first, second = self.corners[edges // 3] - site, self.corners[self.end[edges]] - site
        return edges, np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2.0


def _circumcentres(triangles: Array) -> Array:
    """Centres of the circles through the corners of triangles (n x 3 x 2)."""
    origin = triangles[:, 0]
    b, c = triangles[:, 1] - origin, triangles[:, 2] - origin
    twice = 2.0 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    b_square, c_square = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (c[:, 1] * b_square - b[:, 1] * c_square) / twice
    y = (b[:, 0] * c_square - c[:, 0] * b_square) / twice
    return origin + np.column_stack([x, y])


@dataclass(frozen=True)
class Rings:
    """Closed rings in the order of their groups: counter-clockwise outside, clockwise around holes.

    Ring i belongs to ``group[i]`` and holds points ``first[i]`` to ``first[i + 1]`` (its start repeated at the end).
    """

    points: Array
    first: Array
    group: Array
    surface: Array


def trace_rings(cells: Cells, group: Array) -> Rings:
    """The boundaries of groups of cells; ``group`` numbers the sites from 0, negative = no area (sea).

    Raises DataError if a group reaches infinity.
    """
    left, right = group[cells.left], group[cells.right]
    edges = np.flatnonzero((left != right) & (left >= 0))
    edges = edges[np.argsort(left[edges], kind="stable")]
    end = cells.end[edges]
    if np.any(end < 0):
        raise DataError("The demonstration country is not closed by its coast.")
    place = np.full(len(left), -1)
    place[edges] = np.arange(len(edges))
    # Of the three half-edges that leave the corner, one alone has the same group on its left and another on its right.
    onward = place[3 * end[:, None] + np.arange(3)]
    same = (onward >= 0) & (left[3 * end[:, None] + np.arange(3)] == left[edges][:, None])
    onward = onward[np.arange(len(edges)), same.argmax(axis=1)]
    path, starts = _follow(onward)
    return _close(cells.corners[edges[path] // 3], np.append(starts, len(path)), left[edges[path[starts]]])


def _follow(onward: Array) -> Tuple[Array, Array]:
    """The cycles of a permutation one after another, and where each starts."""
    following = onward.tolist()
    seen = bytearray(len(following))
    path: List[int] = []
    starts = []
    for number in range(len(following)):
        if seen[number]:
            continue
        starts.append(len(path))
        while not seen[number]:
            seen[number] = 1
            path.append(number)
            number = following[number]
    return np.array(path, dtype=np.int64), np.array(starts, dtype=np.int64)


def _close(points: Array, bounds: Array, group: Array) -> Rings:
    """Rings with their first point repeated, and their signed surfaces."""
    lengths = np.diff(bounds)
    ring = np.repeat(np.arange(len(lengths)), lengths)
    first = np.concatenate([[0], np.cumsum(lengths + 1)])
    closed = np.empty((len(points) + len(lengths), 2))
    closed[np.arange(len(points)) + ring] = points
    closed[first[1:] - 1] = points[bounds[:-1]]
    local = points - points[bounds[:-1]][ring]
    onward = np.arange(len(points)) + 1
    onward[bounds[1:] - 1] = bounds[:-1]
    cross = local[:, 0] * local[onward, 1] - local[:, 1] * local[onward, 0]
    return Rings(closed, first, group, np.add.reduceat(cross, bounds[:-1]) / 2.0)


def multipolygons(rings: Rings, groups: int) -> List[bytes]:
    """Little-endian WKB MultiPolygon of every group, in order; a hole goes with the part that holds it.

    Raises DataError if a group has no ring.
    """
    data = np.ascontiguousarray(rings.points).tobytes()
    first = rings.first.tolist()
    bounds = np.searchsorted(rings.group, np.arange(groups + 1)).tolist()
    shapes = []
    for start, stop in zip(bounds[:-1], bounds[1:]):
        if stop == start:
            raise DataError("An area of the demonstration country has no polygon.")
        parts = _parts(rings, start, stop)
        shape = [struct.pack("<BII", 1, 6, len(parts))]
        for part in parts:
            shape.append(struct.pack("<BII", 1, 3, len(part)))
            for begin, end in ((first[ring], first[ring + 1]) for ring in part):
                shape.append(struct.pack("<I", end - begin) + data[_POINT_BYTES * begin : _POINT_BYTES * end])
        shapes.append(b"".join(shape))
    return shapes


def _parts(rings: Rings, start: int, stop: int) -> List[List[int]]:
    """Rings of one group as parts: an outer ring followed by its holes; the largest part first."""
    outer = [ring for ring in range(start, stop) if rings.surface[ring] > 0]
    outer.sort(key=lambda ring: -rings.surface[ring])
    parts = {ring: [ring] for ring in outer}
    for hole in range(start, stop):
        if rings.surface[hole] > 0:
            continue
        # Holes lie in the smallest part around them; the smaller parts come last.
        corner = rings.points[rings.first[hole]]
        around = [ring for ring in outer if _holds(rings.points[rings.first[ring] : rings.first[ring + 1]], corner)]
        parts[around[-1]].append(hole)
    return list(parts.values())


def _holds(ring: Array, point: Array) -> bool:
    """Whether a closed ring surrounds a point that is not on it (crossings of a ray)."""
    ahead, behind = ring[1:] - point, ring[:-1] - point
    crosses = (ahead[:, 1] > 0) != (behind[:, 1] > 0)
    ahead, behind = ahead[crosses], behind[crosses]
    x = behind[:, 0] - behind[:, 1] * (ahead[:, 0] - behind[:, 0]) / (ahead[:, 1] - behind[:, 1])
    return bool(np.count_nonzero(x > 0) % 2)


def points_inside(cells: Cells, group: Array, counts: Array, rng: np.random.Generator) -> Array:
    """``counts[g]`` random points in every group, evenly spread, a little drawn towards the sites.

    Points come in the order of their groups; drawn in, they stay inside when rounded to metres.
    """
    edges, surface = cells.fans(group >= 0)
    owner = group[cells.left[edges]]
    order = np.argsort(owner, kind="stable")
    edges, total = edges[order], np.concatenate([[0.0], np.cumsum(surface[order])])
    bounds = total[np.searchsorted(owner[order], np.arange(len(counts) + 1))]
    of_group = np.repeat(np.arange(len(counts)), counts)
    drawn = bounds[of_group] + rng.random(of_group.size) * np.diff(bounds)[of_group]
    edges = edges[np.searchsorted(total, drawn, side="right") - 1]
    first, second = rng.random(of_group.size), rng.random(of_group.size)
    beyond = first + second > 1.0
    first, second = np.where(beyond, 1.0 - first, first)[:, None], np.where(beyond, 1.0 - second, second)[:, None]
    site = cells.sites[cells.left[edges]]
    toward = first * (cells.corners[edges // 3] - site) + second * (cells.corners[cells.end[edges]] - site)
    return site + 0.93 * toward
