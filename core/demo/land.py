"""The shape of the invented country: coast, towns and the centres of its LSOAs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Tuple

import numpy as np
from scipy.spatial import cKDTree

from ..arrays import Array

FULL_SIZE = 33755
MIDDLE = np.array([325000.0, 325000.0])
RADIUS = 190000.0
LONGEST_COAST_STEP = 1500.0
URBAN_SHARE = 0.8
TOWN_SPACING = 300.0
LEAST_SPACING = 150.0
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


@dataclass(frozen=True)
class Waves:
    """A smooth random field: a sum of plane waves with mean 0 and variance 1 over a large plane."""

    wave_x: Array
    wave_y: Array
    phase: Array
    amplitude: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, longest: float, shortest: float, roughness: float = 1.0) -> Waves:
        """48 waves of lengths from ``longest`` to ``shortest`` metres; amplitude ~ length^roughness."""
        length = np.exp(rng.uniform(np.log(shortest), np.log(longest), 48))
        angle = rng.uniform(0.0, 2.0 * np.pi, length.size)
        amplitude = length**roughness
        amplitude /= np.sqrt((amplitude**2).sum() / 2.0)
        number = 2.0 * np.pi / length
        phase = rng.uniform(0.0, 2.0 * np.pi, length.size)
        return cls(number * np.cos(angle), number * np.sin(angle), phase, amplitude)

    def __call__(self, points: Array) -> Array:
        """The field at points (n x 2, metres)."""
        total = np.zeros(len(points))
        for wave_x, wave_y, phase, amplitude in zip(self.wave_x, self.wave_y, self.phase, self.amplitude):
            total += amplitude * np.sin(wave_x * points[:, 0] + wave_y * points[:, 1] + phase)
        return total


@dataclass(frozen=True)
class Land:
    """A country as the set of points where ``height`` is positive."""

    radius: float
    tilt: float
    relief: Waves

    @classmethod
    def draw(cls, rng: np.random.Generator, areas: int) -> Land:
        """A country whose surface grows with the number of areas, up to England's size."""
        radius = RADIUS * np.sqrt(min(1.0, areas / FULL_SIZE))
        relief = Waves.draw(rng, 1.6 * radius, radius / 14.0, 0.9)
        return cls(radius, rng.uniform(0.0, np.pi), relief)

    @property
    def coast_step(self) -> float:
        """Distance between points on the coast, in metres."""
        return min(LONGEST_COAST_STEP, self.radius / 24.0)

    def height(self, points: Array) -> Array:
        """Positive on land, negative at sea; falls by 1 over the country's radius."""
        offset = points - MIDDLE
        along = offset[:, 0] * np.cos(self.tilt) + offset[:, 1] * np.sin(self.tilt)
        across = offset[:, 1] * np.cos(self.tilt) - offset[:, 0] * np.sin(self.tilt)
        distance = np.hypot(along / 1.2, across * 1.2) / self.radius
        return 1.0 - distance + 0.34 * np.tanh(0.8 * self.relief(points))

    def seaward(self, points: Array) -> Array:
        """Unit vectors down the slope of ``height``."""
        step = self.coast_step / 20.0
        slope = np.column_stack(
            [self.height(points - shift) - self.height(points + shift) for shift in np.eye(2) * step]
        )
        return slope / np.maximum(np.hypot(slope[:, 0], slope[:, 1])[:, None], 1e-12)

    def coast(self, rng: np.random.Generator) -> Tuple[Array, Array]:
        """Points on either side of the coast: (on land, at sea), the first row at sea opposite those on land.

        The edge between the cells of such a pair is the coast; a second row at sea keeps headlands from
        growing rays. Points come from the crossings of a grid with height 0, thinned to an even distance;
        the pair's width is jittered, so that no four points lie on one circle.
        """
        step = self.coast_step
        shore = self._crossings(step)
        shore = shore[far_apart(shore, 0.6 * step)]
        seaward = self.seaward(shore)
        width = (step * rng.uniform(0.10, 0.22, len(shore)))[:, None] * seaward
        outer = shore + (step * rng.uniform(0.9, 1.1, len(shore)))[:, None] * seaward
        outer = outer[(self.height(outer) < 0.0) & (cKDTree(shore).query(outer)[0] > 0.5 * step)]
        return shore - width, np.concatenate([shore + width, outer[far_apart(outer, 0.4 * step)]])

    def _crossings(self, step: float) -> Array:
        """Points of height 0 on the lines of a grid."""
        line = MIDDLE[0] + step * np.arange(-np.ceil(1.7 * self.radius / step), np.ceil(1.7 * self.radius / step) + 1)
        grid_x, grid_y = np.meshgrid(line, line, indexing="ij")
        grid = np.column_stack([grid_x.ravel(), grid_y.ravel()])
        height = self.height(grid).reshape(grid_x.shape)
        grid = grid.reshape(grid_x.shape + (2,))
        crossings = []
        for first, second in ((np.s_[:-1, :], np.s_[1:, :]), (np.s_[:, :-1], np.s_[:, 1:])):
            low, high = height[first], height[second]
            crosses = (low > 0) != (high > 0)
            share = (low[crosses] / (low[crosses] - high[crosses]))[:, None]
            crossings.append(grid[first][crosses] * (1.0 - share) + grid[second][crosses] * share)
        return np.concatenate(crossings)

    def sea(self, rng: np.random.Generator) -> Array:
        """Widely spaced points at sea, beyond all coasts: they close the cells at the edge of the map."""
        line = np.linspace(-2.2, 2.2, 24) * self.radius
        grid_x, grid_y = np.meshgrid(line, line)
        points = MIDDLE + np.column_stack([grid_x.ravel(), grid_y.ravel()])
        points += rng.uniform(-0.02, 0.02, points.shape) * self.radius
        return points[self.height(points) < -0.08]


def far_apart(points: Array, distance: float) -> Array:
    """Which points to keep so that none lies within ``distance`` of an earlier one that is kept."""
    pairs = cKDTree(points).query_pairs(distance, output_type="ndarray")
    keep = bytearray(b"\x01") * len(points)
    for first, second in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
        if keep[first]:
            keep[second] = 0
    return np.frombuffer(keep, dtype=np.uint8).astype(bool)


@dataclass(frozen=True)
class Centres:
    """Centres of the LSOAs (n x 2, metres), and how far into a town each lies: 1 in its middle, 0 in the country."""

    points: Array
    urban: Array


def draw_centres(rng: np.random.Generator, land: Land, areas: int, shore: Array) -> Centres:
    """Exactly ``areas`` centres: four in five in towns of very unequal size, the rest in the country."""
    coast = cKDTree(shore)
    clearance = 0.35 * land.coast_step
    wanted = int(round(areas * URBAN_SHARE))
    urban = np.concatenate(list(_towns(rng, land, areas, wanted)))
    urban = urban[_inland(land, urban[:, :2], coast, clearance)]
    urban = urban[far_apart(urban[:, :2], LEAST_SPACING)][:wanted]
    rural = _countryside(rng, land, areas - len(urban), urban[:, :2], coast, clearance)
    return Centres(np.concatenate([urban[:, :2], rural]), np.concatenate([urban[:, 2], np.zeros(len(rural))]))


def _inland(land: Land, points: Array, coast: cKDTree, clearance: float) -> Array:
    return (land.height(points) > 0.0) & (coast.query(points)[0] > clearance)


def _towns(rng: np.random.Generator, land: Land, areas: int, wanted: int) -> Iterator[Array]:
    """Points of every town on a jittered spiral, stretched and lobed; columns x, y, depth (1 = middle)."""
    count = max(3, int(round(areas / 70)))
    sizes = 1.0 / np.arange(1, count + 1) ** 0.95
    sizes = np.maximum(np.ceil(1.12 * wanted * sizes / sizes.sum()), 4).astype(int)
    places = _town_places(rng, land, count)
    for size, place in zip(sizes, places):
        step = np.arange(size)
        angle = GOLDEN_ANGLE * step + rng.uniform(0.0, 2.0 * np.pi)
        lobes = 1.0 + 0.25 * np.sin(2 * angle + rng.uniform(0, 6.28)) + 0.15 * np.sin(3 * angle + rng.uniform(0, 6.28))
        reach = TOWN_SPACING * (step + 0.6) ** 0.56 * lobes
        spread = TOWN_SPACING * 0.45 * (step + 1.0) ** 0.06
        offset = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
        offset += rng.uniform(-1.0, 1.0, (size, 2)) * spread[:, None]
        depth = np.clip(1.0 - step / size, 0.0, 1.0) * min(1.0, np.log10(size + 1.0) / 2.5)
        yield np.column_stack([place + offset, depth])


def _town_places(rng: np.random.Generator, land: Land, count: int) -> Array:
    """Middles of the towns: each the farthest from the others of six places on land; the first near the middle."""
    candidates = MIDDLE + rng.uniform(-1.3, 1.3, (40 * count + 400, 2)) * land.radius
    candidates = candidates[land.height(candidates) > 0.06]
    inner = candidates[np.argsort(-land.height(candidates), kind="stable")[: max(1, len(candidates) // 4)]]
    places = [inner[rng.integers(len(inner))]]
    for _ in range(count - 1):
        drawn = candidates[rng.integers(0, len(candidates), 6)]
        nearest = ((drawn[:, None, :] - np.array(places)[None, :, :]) ** 2).sum(axis=2).min(axis=1)
        places.append(drawn[int(np.argmax(nearest))])
    return np.array(places)


def _countryside(
    rng: np.random.Generator, land: Land, count: int, towns: Array, coast: cKDTree, clearance: float
) -> Array:
    """Evenly scattered points on land outside the towns (an additive recurrence sequence, jittered)."""
    spacing = land.radius * np.sqrt(np.pi / max(count, 1))
    built_up = cKDTree(towns)
    ratio = 1.32471795724474602596
    steps, start = np.array([1.0 / ratio, 1.0 / ratio**2]), rng.uniform(0.0, 1.0, 2)
    found, have, drawn = [], 0, 0
    apart = min(0.45 * spacing, 4000.0)
    while have < count:
        number = np.arange(drawn, drawn + 8 * count + 200)[:, None]
        drawn += len(number)
        points = MIDDLE + ((start + number * steps) % 1.0 * 3.2 - 1.6) * land.radius
        points += rng.uniform(-0.25, 0.25, points.shape) * spacing * 0.5
        points = points[_inland(land, points, coast, clearance) & (built_up.query(points)[0] > apart)]
        found.append(points[: count - have])
        have += len(found[-1])
        apart *= 0.7
    return np.concatenate(found) if found else np.zeros((0, 2))
