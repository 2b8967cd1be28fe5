"""What changed between the areas of 2011 and those of 2021: splits, merges, irregular changes, moved borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ..arrays import Array
from .geography import Hierarchy, OutputAreas, middles_of

SPLIT_SHARE = 0.0546
MERGED_SHARE = 0.0029
IRREGULAR_SHARE = 0.0003
MSOA_SPLIT_SHARE = 0.01
OA_SPLIT_SHARE = 0.045
OA_MERGED_SHARE = 0.006
OA_STRADDLING_SHARE = 0.02


@dataclass(frozen=True)
class Changes:
    """Areas of 2011, numbered from 0, and the numbers that the codes of 2021 are made from.

    ``atoms``: n x 2 metres, the smallest cells; ``oa21``, ``oa11``: the Output Area of every atom, -1 at sea;
    ``lsoa11``, ``msoa11``: the larger areas of every OA11; ``pairs``: columns old (LSOA11), new (LSOA21), change
    (U, S, M, X); ``oa21_number``, ``lsoa21_number``, ``msoa21_number``: an unchanged area's number of 2011,
    else a new one.
    """

    atoms: Array
    oa21: Array
    oa11: Array
    lsoa11: Array
    msoa11: Array
    pairs: pd.DataFrame
    oa21_number: Array
    lsoa21_number: Array
    msoa21_number: Array


def draw_changes(
    rng: np.random.Generator, hierarchy: Hierarchy, output_areas: OutputAreas, shore: Array, at_sea: Array
) -> Changes:
    """Draw the changes in England's proportions, at least one of each kind, and lay out the atoms.

    ``shore``: points just inside the coast, which go to the nearest Output Area; ``at_sea``: points in none.
    """
    lsoa = output_areas.lsoa
    lsoa11 = _old_lsoas(rng, hierarchy, output_areas)
    msoa11 = _old_msoas(rng, hierarchy)
    old, (points, extra_oa21, label), parents, kept = _old_output_areas(rng, hierarchy, output_areas, lsoa11)
    on_shore = cKDTree(output_areas.sites).query(shore)[1]
    sea = np.full(len(at_sea), -1)
    used, oa11 = np.unique(np.concatenate([old, label, old[on_shore]]), return_inverse=True)
    home = np.concatenate([np.arange(len(lsoa)), parents])[used]
    lsoa21_number = _numbers(lsoa11, lsoa)
    pairs = pd.DataFrame({"old": lsoa11, "new": lsoa}).drop_duplicates(ignore_index=True)
    return Changes(
        atoms=np.concatenate([output_areas.sites, points, shore, at_sea]),
        oa21=np.concatenate([np.arange(len(lsoa)), extra_oa21, on_shore, sea]),
        oa11=np.concatenate([oa11, sea]),
        lsoa11=lsoa11[home],
        msoa11=msoa11[hierarchy.msoa[lsoa]][home],
        pairs=pairs.assign(change=_change_marks(pairs)),
        oa21_number=_fresh_numbers(np.searchsorted(used, old), kept, len(used)),
        lsoa21_number=lsoa21_number,
        msoa21_number=_numbers(msoa11, np.arange(len(msoa11))),
    )


def _numbers(old: Array, new: Array) -> Array:
    """Number of every new area: the old one's where the two are equal, else the next free; inputs by member."""
    pairs = pd.DataFrame({"old": old, "new": new}).drop_duplicates()
    mark = pd.Series(_change_marks(pairs), index=pairs["new"].to_numpy())
    first = pairs.drop_duplicates("new")
    unchanged = (mark[~mark.index.duplicated()] == "U").to_numpy()
    return _fresh_numbers(first["old"].to_numpy(), unchanged, int(old.max()) + 1)


def _fresh_numbers(old: Array, unchanged: Array, next_free: int) -> Array:
    return np.where(unchanged, old, next_free + np.cumsum(~unchanged) - 1)


def _change_marks(pairs: pd.DataFrame) -> Array:
    """U: one to one; S: one old to several new; M: several old to one new; X: anything else."""
    new_of_old = pairs.groupby("old")["new"].transform("size").to_numpy()
    old_of_new = pairs.groupby("new")["old"].transform("size").to_numpy()
    split, merged = new_of_old > 1, old_of_new > 1
    return np.select([split & merged, split, merged], ["X", "S", "M"], "U").astype(object)


def _at_least_one(share: float, count: int) -> int:
    return max(1, int(round(share * count)))


def _old_lsoas(rng: np.random.Generator, hierarchy: Hierarchy, output_areas: OutputAreas) -> Array:
    """The LSOA of 2011 of every Output Area, numbered from 0 (irregular and merged ones last)."""
    count = len(hierarchy.points)
    old = output_areas.lsoa.copy()
    bounds = np.searchsorted(output_areas.lsoa, np.arange(count + 1))
    first = np.searchsorted(hierarchy.msoa, np.arange(hierarchy.msoa.max() + 2))
    msoas = rng.permutation(np.flatnonzero(np.diff(first) >= 3))
    irregular = _at_least_one(IRREGULAR_SHARE / 2.0, count)
    splits = irregular + _at_least_one(SPLIT_SHARE / 2.3, count)
    merges = splits + _at_least_one(MERGED_SHARE, count)
    label = count
    for place, msoa in enumerate(msoas[:merges].tolist()):
        members = np.arange(first[msoa], first[msoa + 1])
        near = members[np.argsort(((hierarchy.points[members] - hierarchy.points[members[0]]) ** 2).sum(axis=1))]
        if place < irregular:
            direction = hierarchy.points[near[1]] - hierarchy.points[near[0]]
            for lsoa in near[:2]:
                own = np.arange(bounds[lsoa], bounds[lsoa + 1])
                offset = output_areas.sites[own] - hierarchy.points[lsoa]
                across = offset[:, 1] * direction[0] - offset[:, 0] * direction[1]
                old[own] = label + (across > np.median(across))
            label += 2
        elif place < splits:
            for lsoa in near[1 : 3 if rng.random() < 0.3 else 2]:
                old[bounds[lsoa] : bounds[lsoa + 1]] = near[0]
        else:
            old[(bounds[near[0]] + bounds[near[0] + 1]) // 2 : bounds[near[0] + 1]] = label
            label += 1
    return np.unique(old, return_inverse=True)[1]


def _old_msoas(rng: np.random.Generator, hierarchy: Hierarchy) -> Array:
    """The MSOA of 2011 of every MSOA: a few pairs of one district were one then."""
    count = int(hierarchy.msoa.max()) + 1
    middles, _ = middles_of(hierarchy.points, hierarchy.msoa)
    ltla = hierarchy.ltla[np.searchsorted(hierarchy.msoa, np.arange(count))]
    old, free = np.arange(count), np.ones(count, dtype=bool)
    for msoa in rng.permutation(count)[: _at_least_one(MSOA_SPLIT_SHARE, count)].tolist():
        others = np.flatnonzero(free & (ltla == ltla[msoa]) & (np.arange(count) != msoa))
        if free[msoa] and len(others):
            nearest = others[np.argmin(((middles[others] - middles[msoa]) ** 2).sum(axis=1))]
            old[nearest] = old[msoa]
            free[[nearest, msoa]] = False
    return np.unique(old, return_inverse=True)[1]


def _old_output_areas(
    rng: np.random.Generator, hierarchy: Hierarchy, output_areas: OutputAreas, lsoa11: Array
) -> Tuple[Array, Tuple[Array, Array, Array], Array, Array]:
    """Labels of 2011 by OA21 site, extra atoms, the OA21 that each extra label lies in, which OA21 are unchanged.

    Extra atoms stand beside the Output Areas' own sites: where, in which OA21, under which label of 2011.
    """
    sites, lsoa = output_areas.sites, output_areas.lsoa
    count = len(sites)
    old, unchanged = np.arange(count), np.ones(count, dtype=bool)
    place = np.arange(count) - np.searchsorted(lsoa, lsoa)
    second = np.flatnonzero((place % 2 == 1) & (lsoa11 == np.roll(lsoa11, 1)))
    second = rng.permutation(second)[: _at_least_one(OA_SPLIT_SHARE, count)]
    old[second] = second - 1
    unchanged[second] = unchanged[second - 1] = False
    merged = rng.permutation(np.flatnonzero(unchanged))[: _at_least_one(OA_MERGED_SHARE, count)]
    unchanged[merged] = False
    tree = cKDTree(sites)
    beside = tree.query(sites[merged], k=2)[1][:, 1]
    straddling = rng.permutation(np.flatnonzero(unchanged))[: _at_least_one(OA_STRADDLING_SHARE, count)]
    near = tree.query(sites[straddling], k=min(12, count))[1]
    ltla = hierarchy.ltla[lsoa]
    foreign = (lsoa[near] != lsoa[straddling][:, None]) & (ltla[near] == ltla[straddling][:, None])
    straddling, near, foreign = (part[foreign.any(axis=1)] for part in (straddling, near, foreign))
    over = near[np.arange(len(near)), foreign.argmax(axis=1)]
    unchanged[straddling] = unchanged[over] = False
    points = np.concatenate([_between(sites, merged, beside), _between(sites, straddling, over)])
    label = np.concatenate([count + np.arange(len(merged)), old[over]])
    return old, (points, np.concatenate([merged, straddling]), label), merged, unchanged


def _between(sites: Array, start: Array, end: Array) -> Array:
    """Points a third of the way from one site to another."""
    return sites[start] + 0.3 * (sites[end] - sites[start])
