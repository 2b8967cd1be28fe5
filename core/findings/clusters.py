"""Clusters of need: Getis and Ord's Gi*, local Moran, their false-discovery control, and contiguous hot spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr

from ..arrays import Array
from ..errors import DataError, OptionError
from ..rates import ratio
from ..steps.standardise import normal_scores, published_ranks

LEAST_AREAS = 30
HIGH_HIGH, LOW_LOW, HIGH_LOW, LOW_HIGH, NOT_SIGNIFICANT = "HH", "LL", "HL", "LH", "not significant"


@dataclass(frozen=True)
class Neighbours:
    """Which areas are neighbours, as a symmetric matrix of 0 and 1 without a diagonal, in the areas' order."""

    matrix: csr_matrix

    @classmethod
    def of_pairs(cls, first: Array, second: Array, areas: int) -> Neighbours:
        """From pairs of positions in any order; an area is no neighbour of its own, and pairs count once."""
        apart = first != second
        rows = np.concatenate((first[apart], second[apart]))
        columns = np.concatenate((second[apart], first[apart]))
        matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(areas, areas))
        matrix.data[:] = 1.0
        return cls(matrix)

    def among(self, kept: Array) -> Neighbours:
        """Those of the kept areas alone."""
        return Neighbours(self.matrix[kept][:, kept])

    @property
    def counts(self) -> Array:
        """The number of neighbours of each area."""
        return np.diff(self.matrix.indptr).astype(float)


@dataclass(frozen=True)
class Local:
    """A local statistic of every area: its value as a standard score, and its p; NaN without neighbours."""

    z: Array
    p: Array


def getis_ord(x: Array, neighbours: Neighbours) -> Local:
    """Gi* = (sum of x over the area and its neighbours - k mean)/(S sqrt((n k - k2)/(n-1))), p = 1 - Phi(Gi*).

    k = neighbours + 1, S2 = mean x2 - mean2 (Ord and Getis 1995). One-sided: a small p is a cluster of high need.
    """
    n = len(x)
    k = neighbours.counts + 1.0
    spread = np.sqrt(np.mean(x**2) - np.mean(x) ** 2)
    total = neighbours.matrix @ x + x
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (total - k * np.mean(x)) / (spread * np.sqrt((n * k - k**2) / (n - 1.0)))
    z = np.where(neighbours.counts > 0, z, np.nan)
    return Local(z, ndtr(-z))


def _conditional(x: Array, neighbours: Neighbours) -> Array:
    """The sum over the neighbours as a standard score, the area's own value held fixed.

    Of the N = n - 1 other areas d are drawn without replacement: mean d mu, variance d S2 (1 - (d-1)/(N-1)) with
    S2 = sum (x - mu)2 / N, all of the others.
    """
    others, d = len(x) - 1.0, neighbours.counts
    mean = (x.sum() - x) / others
    spread2 = ((x**2).sum() - x**2) / others - mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (neighbours.matrix @ x - d * mean) / np.sqrt(d * spread2 * (others - d) / (others - 1.0))
    return np.where(d > 0, z, np.nan)


@dataclass(frozen=True)
class Moran:
    """Local Moran: I, two-sided p and the quadrant of every area (high or low, among high or low neighbours)."""

    i: Array
    p: Array
    quadrant: Array


def local_moran(x: Array, neighbours: Neighbours) -> Moran:
    """I = (x - mean)/m2 times the mean deviation of the neighbours; p by the conditional moments (Anselin 1995)."""
    deviation, d = x - x.mean(), neighbours.counts
    with np.errstate(divide="ignore", invalid="ignore"):
        lag = np.where(d > 0, (neighbours.matrix @ deviation) / d, np.nan)
    p = 2.0 * ndtr(-np.abs(_conditional(x, neighbours)))
    signs = np.where(deviation > 0, np.where(lag > 0, HIGH_HIGH, HIGH_LOW), np.where(lag > 0, LOW_HIGH, LOW_LOW))
    return Moran(deviation / np.mean(deviation**2) * lag, p, np.where(np.isnan(lag), np.array(None), signs))


def discoveries(p: Array, rate: float = 0.05, *, dependent: bool = False) -> Array:
    """True where the p survive false-discovery control over all that are tested (NaN: not tested).

    Benjamini and Hochberg 1995; with ``dependent`` Benjamini and Yekutieli 2001, for any dependence.
    """
    if not 0.0 < rate < 1.0:
        raise OptionError(f"The false-discovery rate is {rate:g}; it lies between 0 and 1.")
    tested = np.flatnonzero(~np.isnan(p))
    found = np.zeros(len(p), dtype=bool)
    if not len(tested):
        return found
    ordered = np.sort(p[tested])
    divisor = np.sum(1.0 / np.arange(1, len(tested) + 1)) if dependent else 1.0
    below = np.flatnonzero(ordered <= rate * np.arange(1, len(tested) + 1) / (len(tested) * divisor))
    if len(below):
        found[tested] = p[tested] <= ordered[below[-1]]
    return found


def groups(flags: Array, neighbours: Neighbours, population: Array) -> Array:
    """Contiguous groups of the flagged areas, numbered from 1 by population, the largest first; 0 elsewhere."""
    inside = np.flatnonzero(flags)
    numbers = np.zeros(len(flags), dtype=int)
    if not len(inside):
        return numbers
    count, label = connected_components(neighbours.among(inside).matrix, directed=False)
    people = np.bincount(label, weights=np.nan_to_num(population[inside]), minlength=count)
    order = np.lexsort((np.arange(count), -people))
    place = np.empty(count, dtype=int)
    place[order] = np.arange(1, count + 1)
    numbers[inside] = place[label]
    return numbers


def find_clusters(
    composite: Array,
    hotspot: Array,
    population: Array,
    neighbours: Neighbours,
    *,
    rate: float = 0.05,
    dependent: bool = False,
    fine: Optional[Array] = None,
) -> pd.DataFrame:
    """Columns gi_z, gi_p, gi_sig, gi_decile, gi_z_fine, lisa, lisa_p, cluster_id, neighbours; NaN where unranked.

    Unranked areas leave the graph. gi_decile: 1 = the highest tenth of gi_z among those that have one. gi_z_fine: Gi*
    of another composite, ``fine``, from figures whose areas are small; NaN without it. DataError where fewer than 30
    areas are ranked or all have one value.
    """
    ranked = np.flatnonzero(~np.isnan(composite))
    if len(ranked) < LEAST_AREAS:
        raise DataError(f"Clusters need at least {LEAST_AREAS} ranked areas; there are {len(ranked)}.")
    # The composite is skewed, and with six neighbours its p would be wrong; its normal scores are tested.
    x = normal_scores(composite[ranked])
    if np.ptp(x) == 0:
        raise DataError("Every area has the same need, so no cluster can be found.")
    within = neighbours.among(ranked)
    star, moran = getis_ord(x, within), local_moran(x, within)
    significant = discoveries(moran.p, rate, dependent=dependent)
    lisa = np.where(significant, moran.quadrant, NOT_SIGNIFICANT).astype(object)
    lisa[np.isnan(moran.p)] = None
    sig = np.where(np.isnan(star.p), np.nan, discoveries(star.p, rate, dependent=dependent).astype(float))
    decile = np.ceil(10.0 * published_ranks(star.z) / max(np.count_nonzero(~np.isnan(star.z)), 1))
    # What is the same everywhere has no clusters.
    again = None if fine is None or np.ptp(fine[ranked]) == 0 else getis_ord(normal_scores(fine[ranked]), within)
    number = groups(np.nan_to_num(hotspot[ranked]) == 1.0, within, population[ranked])
    frame = pd.DataFrame(
        {
            "gi_z": star.z,
            "gi_p": star.p,
            "gi_sig": sig,
            "gi_decile": decile,
            "gi_z_fine": np.nan if again is None else again.z,
            "lisa": lisa,
            "lisa_p": moran.p,
            "cluster_id": np.where(number > 0, number, np.nan),
            "neighbours": within.counts,
        },
        index=ranked,
    )
    return frame.reindex(range(len(composite)))


def larger_areas(names: pd.Series) -> Array:
    """The MSOA, numbered from 0, that an LSOA's name gives ('Leeds 001A' lies in Leeds 001); -1 where it gives none."""
    return pd.factorize(names.astype(str).str.extract(r"^(.+ \d{3})[A-Z]+$", expand=False))[0]


def share_in_larger(
    composite: Array, population: Array, neighbours: Neighbours, larger: Array, found: pd.DataFrame, **control: Any
) -> Optional[Tuple[int, int, float]]:
    """Of larger areas how many are tested, how many are significant, and the share of the significant areas in these.

    The same test on the mean composite of each larger area by population; they are neighbours where areas of theirs
    are. ``found``: as ``find_clusters`` gives it, with the same ``control``. None where an area lies in none, or
    fewer than 30 are left. Source: Openshaw 1984, the modifiable areal unit problem.
    """
    size, pairs = int(larger.max(initial=-1)) + 1, neighbours.matrix.tocoo()
    if size < LEAST_AREAS or (larger < 0).any():
        return None
    ranked = ~np.isnan(composite)
    people = np.bincount(larger, weights=np.where(ranked, population, 0.0), minlength=size)
    total = np.bincount(larger, weights=np.where(ranked, composite * population, 0.0), minlength=size)
    means = ratio(total, people)
    if np.count_nonzero(~np.isnan(means)) < LEAST_AREAS:
        return None
    joined = Neighbours.of_pairs(larger[pairs.row], larger[pairs.col], size)
    hot = find_clusters(means, np.zeros(size), people, joined, **control)["gi_sig"].to_numpy() == 1.0
    significant = found["gi_sig"].to_numpy() == 1.0
    share = float(hot[larger[significant]].mean()) if significant.any() else np.nan
    return int(np.count_nonzero(~np.isnan(means))), int(hot.sum()), share


def describe_groups(
    found: pd.DataFrame, need: pd.DataFrame, dimensions: Sequence[str], sure: Optional[pd.Series] = None
) -> pd.DataFrame:
    """A row a contiguous group of hot spots: its name, LSOAs, residents, mean score, leading dimension and districts.

    ``found``: as ``find_clusters`` gives it, ``need`` the layer, in one order. The name is that of the neediest area;
    the leading dimension has the highest mean score. sure_share: the share of its LSOAs that are ``sure`` to be hot
    spots; NaN where that is not known. Index cluster_id, 1 = most residents.
    """
    number = found["cluster_id"].to_numpy(dtype=float)
    known = np.nan if sure is None else sure.astype(float)
    inside = need.assign(cluster_id=number, sure=known)[~np.isnan(number)].sort_values("need_rank", kind="stable")
    grouped = inside.groupby("cluster_id")
    scores = grouped[[f"{name}_score" for name in dimensions]].mean()
    table = pd.DataFrame(
        {
            "name": grouped["area_name"].first(),
            "lsoas": grouped.size(),
            "residents": grouped["population"].sum(),
            "mean_score": grouped["need_score"].mean(),
            "sure_share": grouped["sure"].mean(),
            "leading_dimension": scores.idxmax(axis=1).str[: -len("_score")] if len(scores) else None,
            "districts": grouped["district_name"].agg(lambda names: "; ".join(dict.fromkeys(names))),
        }
    )
    table.index = table.index.astype(int)
    return table
