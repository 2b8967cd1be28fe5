"""The nested areas of the invented country: Output Areas in LSOAs, MSOAs, districts, counties and regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from ..arrays import Array
from .land import Centres, Land

LSOAS_PER_MSOA = 4.7
LSOAS_PER_LTLA = 114
LTLAS_PER_COUNTY = 7
LTLAS_PER_REGION = 33
OAS_PER_LSOA = {3: 0.03, 4: 0.20, 5: 0.40, 6: 0.23, 7: 0.10, 8: 0.04}


@dataclass(frozen=True)
class Hierarchy:
    """LSOAs with the numbers (from 0, ascending) of the larger areas that each lies in.

    ``points``: n x 2 metres; ``utla`` numbers counties and districts that are their own upper tier alike;
    ``own_utla`` says for every district whether it is its own.
    """

    points: Array
    urban: Array
    msoa: Array
    ltla: Array
    utla: Array
    region: Array
    own_utla: Array


def cluster(points: Array, count: int, rng: np.random.Generator, weights: Optional[Array] = None) -> Array:
    """Numbers of ``count`` compact groups of points, none empty (k-means, twelve rounds)."""
    count = min(count, len(points))
    weights = np.ones(len(points)) if weights is None else weights
    centres = points[rng.choice(len(points), count, replace=False)]
    for _ in range(12):
        distance, nearest = cKDTree(centres).query(points)
        size = np.bincount(nearest, weights=weights, minlength=count)
        sums = [np.bincount(nearest, weights=weights * column, minlength=count) for column in points.T]
        centres = np.where(size[:, None] > 0, np.column_stack(sums) / np.maximum(size, 1e-9)[:, None], centres)
        empty = np.flatnonzero(size == 0)
        centres[empty] = points[np.argsort(-distance, kind="stable")[: len(empty)]]
    distance, nearest = cKDTree(centres).query(points)
    for group in np.flatnonzero(np.bincount(nearest, minlength=count) == 0):
        shared = np.bincount(nearest, minlength=count)[nearest] > 1
        nearest[np.argmax(np.where(shared, distance, -1.0))] = group
    return nearest


def middles_of(points: Array, group: Array) -> Tuple[Array, Array]:
    """Mean point and number of members of every group."""
    size = np.bincount(group).astype(float)
    return np.column_stack([np.bincount(group, weights=column) / size for column in points.T]), size


def draw_hierarchy(rng: np.random.Generator, centres: Centres) -> Hierarchy:
    """Group LSOAs into MSOAs, these into districts, districts into counties, counties into regions."""
    areas = len(centres.points)
    districts = max(2, int(round(areas / LSOAS_PER_LTLA)))
    msoa = cluster(centres.points, max(districts, int(round(areas / LSOAS_PER_MSOA))), rng)
    middles, size = middles_of(centres.points, msoa)
    ltla_of_msoa = cluster(middles, districts, rng, size)
    middles, size = middles_of(middles, ltla_of_msoa)
    county_of_ltla = cluster(middles, max(2, int(round(districts / LTLAS_PER_COUNTY))), rng)
    middles, _ = middles_of(middles, county_of_ltla)
    region_of_county = cluster(middles, max(2, int(round(districts / LTLAS_PER_REGION))), rng)
    ltla = ltla_of_msoa[msoa]
    county = county_of_ltla[ltla]
    region = region_of_county[county]
    # Half of the groups of districts are counties; in the other half, each district is its own upper tier.
    own = (rng.permutation(len(middles)) % 2 == 1)[county]
    order = np.lexsort((centres.points[:, 0], msoa, ltla, county, region))
    msoa, ltla, region = (_renumber(level[order]) for level in (msoa, ltla, region))
    utla = _renumber(np.where(own, county.max() + 1 + ltla[np.argsort(order)], county)[order])
    own_utla = own[order][np.searchsorted(ltla, np.arange(districts))]
    return Hierarchy(centres.points[order], centres.urban[order], msoa, ltla, utla, region, own_utla)


def _renumber(labels: Array) -> Array:
    """Numbers from 0 in order of first appearance; equal labels stand side by side."""
    return np.concatenate([[0], np.cumsum(labels[1:] != labels[:-1])])


@dataclass(frozen=True)
class OutputAreas:
    """Sites of the Output Areas of 2021 (n x 2 metres), and the LSOA (number) of each, in ascending order."""

    sites: Array
    lsoa: Array


@dataclass(frozen=True)
class Members:
    """Which area of a geography every Output Area of 2021 lies in (numbers from 0), and the areas' codes."""

    number: Array
    codes: Array


def draw_output_areas(rng: np.random.Generator, land: Land, lsoas: Array, at_sea: Array) -> OutputAreas:
    """Three to eight Output Areas around the centre of every LSOA, each well inside it.

    They stand on rays from the centre, about half-way to the LSOA's edge; of six or more, one in the middle.
    """
    numbers, shares = np.array(list(OAS_PER_LSOA)), np.array(list(OAS_PER_LSOA.values()))
    count = rng.choice(numbers, len(lsoas), p=shares / shares.sum())
    lsoa = np.repeat(np.arange(len(lsoas)), count)
    place = np.arange(len(lsoa)) - np.repeat(np.cumsum(count) - count, count)
    middle = (count[lsoa] >= 6) & (place == 0)
    on_ring: Array = count[lsoa] - (count[lsoa] >= 6)
    turn = (place + rng.uniform(-0.16, 0.16, len(lsoa))) / on_ring + rng.random(len(lsoas))[lsoa]
    direction = np.column_stack([np.cos(2.0 * np.pi * turn), np.sin(2.0 * np.pi * turn)])
    reach = _reach(lsoas, at_sea, lsoa, direction) * rng.uniform(0.48, 0.66, len(lsoa))
    offset = direction * np.where(middle, 0.1 * reach, reach)[:, None]
    for _ in range(4):
        wet = land.height(lsoas[lsoa] + offset) <= 0.0
        offset[wet] *= 0.4
    return OutputAreas(lsoas[lsoa] + offset, lsoa)


def _reach(lsoas: Array, at_sea: Array, lsoa: Array, direction: Array) -> Array:
    """Distance from an LSOA's centre, in a direction, to the edge of its cell or to the coast."""
    points = np.concatenate([lsoas, at_sea])
    starts, neighbours = Delaunay(points).vertex_neighbor_vertices
    degree = np.diff(starts)[lsoa]
    ray = np.repeat(np.arange(len(lsoa)), degree)
    within = np.arange(len(ray)) - np.repeat(np.cumsum(degree) - degree, degree)
    other = neighbours[starts[lsoa][ray] + within]
    apart = points[other] - lsoas[lsoa[ray]]
    # Half-way to the neighbour where there is land, nearly all the way to a point at sea.
    share = np.where(other < len(lsoas), 0.5, 0.85)
    along = (apart * direction[ray]).sum(axis=1)
    with np.errstate(divide="ignore"):
        distance = np.where(along > 0.0, share * (apart**2).sum(axis=1) / along, np.inf)
    return np.minimum.reduceat(distance, np.cumsum(degree) - degree)
