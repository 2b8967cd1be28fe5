"""Which parts of which source areas make up each LSOA of 2021 (paper step 1, docs/method.md#1-conversion-to-lsoa)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..catalogue import AUTHORITY_GEOGRAPHIES

OTHER_COUNTRIES = ("W", "S", "N", "95")
PROVENANCES = ("direct", "summed", "apportioned", "spread", "imputed")


@dataclass(frozen=True)
class Crosswalk:
    """The pairs of source and target areas with two weights a pair.

    ``share``: the part of the source that lies in the target (sums to 1 over a source; counts go by it).
    ``coverage``: the part of the target that the source makes up (sums to 1 over a target; means go by it).
    ``source`` and ``target`` hold positions in ``sources`` and ``targets``; ``provenance`` names, for each
    target, how its figure came about; ``by_lookup`` lists sources without postcodes, which go by their lookup, and
    ``bare`` targets without postcodes, which take an even part of each source that their lookup names.
    A ``spread`` crosswalk hands the source's figure to every target and preserves no total.
    """

    geography: str
    sources: pd.Index
    targets: pd.Index
    source: Array
    target: Array
    share: Array
    coverage: Array
    provenance: Array
    by_lookup: Tuple[str, ...] = ()
    bare: Tuple[str, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether every target takes the source's figure whole."""
        return self.geography in AUTHORITY_GEOGRAPHIES

    def sums(self, weights: Array) -> Array:
        """The sum over each target's pairs of one figure a pair."""
        return np.bincount(self.target, weights=weights, minlength=len(self.targets))


def spread_figures(geography: str, authorities: Array, targets: pd.Index) -> Crosswalk:
    """The crosswalk that hands the figure of an authority, given for each target, to the target as it is."""
    sources, ones = distinct(authorities), np.ones(len(targets))
    positions, labels = sources.get_indexer(authorities), np.full(len(targets), "spread")
    return Crosswalk(geography, sources, targets, positions, np.arange(len(targets)), ones, ones, labels)


def link_areas(
    geography: str, sources: pd.Index, targets: pd.Index, links: pd.DataFrame, provenance: Optional[str]
) -> Crosswalk:
    """Turn weighted links (columns source, target, weight) into shares of the source and coverage of the target.

    ``provenance`` labels every target; None tells it from the links (direct, summed or apportioned). A source
    whose links all weigh 0 is shared out evenly; a target whose links all weigh 0 takes an even part of each of its
    sources, one in as many as the source has parts, so that it never comes out as 0 of something.
    """
    places = {"source": sources.get_indexer(links["source"]), "target": targets.get_indexer(links["target"])}
    return link_positions(geography, sources, targets, links.assign(**places), provenance)


def link_positions(
    geography: str, sources: pd.Index, targets: pd.Index, links: pd.DataFrame, provenance: Optional[str]
) -> Crosswalk:
    """As ``link_areas``, of links by position in ``sources`` and ``targets``; a target of -1 is none of these."""
    source, target = links["source"].to_numpy(), links["target"].to_numpy()
    weight = links["weight"].to_numpy(dtype=float)
    inside = target >= 0
    source, target, weight = source[inside], target[inside], weight[inside]
    # A source without postcodes is shared evenly over the targets that its lookup names.
    empty = np.bincount(source, weights=weight, minlength=len(sources)) == 0
    linked = np.bincount(source, minlength=len(sources)) > 0
    weight = np.where(empty[source], 1.0, weight)
    bare = np.bincount(target, weights=weight, minlength=len(targets)) == 0
    kept = (weight > 0) | bare[target]
    source, target, weight = source[kept], target[kept], weight[kept]
    cover = np.where(bare[target], 1.0, weight)
    # A bare part weighs as much as the source's other links do on average.
    weighed = np.bincount(source, weights=weight > 0, minlength=len(sources))
    mean = np.bincount(source, weights=weight, minlength=len(sources)) / np.maximum(weighed, 1.0)
    weight = np.where(bare[target], mean[source], weight)
    order = np.lexsort((source, target))
    source, target, weight, cover = source[order], target[order], weight[order], cover[order]
    share = weight / np.bincount(source, weights=weight, minlength=len(sources))[source]
    coverage = cover / np.bincount(target, weights=cover, minlength=len(targets))[target]
    labels = _provenance(source, target, len(sources), len(targets), provenance)
    if geography in ("LSOA21", "OA21"):
        return Crosswalk(geography, sources, targets, source, target, share, coverage, labels)
    reached = np.bincount(target, minlength=len(targets)) > 0
    lists = (tuple(sources[empty & linked]), tuple(targets[bare & reached]))
    return Crosswalk(geography, sources, targets, source, target, share, coverage, labels, *lists)


def _provenance(source: Array, target: Array, sources: int, targets: int, fixed: Optional[str]) -> Array:
    """The fixed label; or, for rebased areas: direct if one to one, summed if whole sources merge, else apportioned."""
    if fixed is not None:
        return np.full(targets, fixed, dtype=object)
    split = np.bincount(source, minlength=sources) > 1
    merged = np.bincount(target, minlength=targets) > 1
    cut = np.bincount(target, weights=split[source], minlength=targets) > 0
    return np.where(cut, "apportioned", np.where(merged, "summed", "direct")).astype(object)


def distinct(codes: Any) -> pd.Index:
    """Codes as texts, each once, sorted."""
    return pd.Index(np.unique(np.asarray(codes, dtype=object).astype(str)).astype(object))
