"""Which parts of which source areas make up each LSOA of 2021 (paper step 1, docs/method.md#1-conversion-to-lsoa)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
import pandas as pd

from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..errors import PackError
from ..pack import Pack

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
    source: np.ndarray
    target: np.ndarray
    share: np.ndarray
    coverage: np.ndarray
    provenance: np.ndarray
    by_lookup: Tuple[str, ...] = ()
    bare: Tuple[str, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether every target takes the source's figure whole."""
        return self.geography in AUTHORITY_GEOGRAPHIES


def build(pack: Pack, geography: str, areas: pd.DataFrame, pairs: Optional[pd.DataFrame]) -> Crosswalk:
    """The crosswalk from a geography to the LSOAs of ``areas`` (indexed by code).

    ``pairs`` counts the postcodes in both (columns source = OA11, target = LSOA21, postcodes); needed for
    OA11, MSOA11, LSOA11 and for counts of MSOA21. PackError names the lookup or table that is missing.
    """
    if geography == "LSOA21":
        codes = areas.index
        links = pd.DataFrame({"source": codes, "target": codes, "weight": 1.0})
        return link_areas(geography, codes, areas.index, links, "direct")
    if geography == "OA21":
        return _from_output_areas(pack, areas)
    if geography in AUTHORITY_GEOGRAPHIES:
        return _from_authorities(geography, areas)
    if pairs is None:
        raise PackError(f"{pack.name}: postcodes and boundaries.OA11 are needed to convert figures for {geography}.")
    if geography == "MSOA21":
        _check_parent(geography, areas)
        postcodes = pairs.groupby("target")["postcodes"].sum().reindex(areas.index).fillna(0.0)
        links = pd.DataFrame({"source": areas["MSOA21"], "target": areas.index, "weight": postcodes})
        return link_areas(geography, _distinct(areas["MSOA21"]), areas.index, links, "apportioned")
    return _from_2011(pack, geography, areas, pairs)


def _from_output_areas(pack: Pack, areas: pd.DataFrame) -> Crosswalk:
    """Output Areas nest in LSOAs: counts are summed; means go by residents, or evenly without a table of them."""
    lookup = pack.lookup("OA21", ["LSOA21"])["LSOA21"]
    lookup = lookup[_inside("lookups.OA21", lookup, areas)]
    residents = pack.population("OA21")
    weight = pd.Series(1.0, lookup.index) if residents is None else residents.reindex(lookup.index).fillna(0.0)
    links = pd.DataFrame({"source": lookup.index, "target": lookup.to_numpy(), "weight": weight.to_numpy()})
    return link_areas("OA21", lookup.index, areas.index, links, "summed")


def _check_parent(geography: str, areas: pd.DataFrame) -> None:
    if geography not in areas:
        raise PackError(f"lookups.LSOA21.parents.{geography}: missing; figures for {geography} need it.")


def _inside(path: str, targets: pd.Series, areas: pd.DataFrame) -> pd.Series:
    """True where the target is one of ``areas``; any other must be a code of another country, else PackError."""
    inside = targets.isin(areas.index)
    outside = targets[~inside]
    stray = outside[~outside.astype(str).str.startswith(OTHER_COUNTRIES)]
    if len(stray):
        raise PackError(f"{path}: '{stray.iloc[0]}' is no LSOA of lookups.LSOA21.")
    return inside


def _from_authorities(geography: str, areas: pd.DataFrame) -> Crosswalk:
    _check_parent(geography, areas)
    authorities = _distinct(areas[geography])
    positions = authorities.get_indexer(areas[geography])
    ones = np.ones(len(areas))
    return Crosswalk(
        geography, authorities, areas.index, positions, np.arange(len(areas)), ones, ones, np.full(len(areas), "spread")
    )


def _from_2011(pack: Pack, geography: str, areas: pd.DataFrame, pairs: pd.DataFrame) -> Crosswalk:
    """Postcodes of each OA11 pair, gathered to the source area; LSOA11 keeps to its exact-fit pairs."""
    exact_fit = pack.exact_fit()
    exact_fit = exact_fit[_inside("lookups.LSOA11", exact_fit["target"], areas)]
    parents = ["LSOA11", "MSOA11"] if geography == "MSOA11" else ["LSOA11"]
    lookup = pack.lookup("OA11", parents).rename_axis("OA11").reset_index()
    lookup["OA11_"] = lookup["OA11"]
    parent = lookup.set_index("OA11_")[geography]
    unknown = pairs["source"][~pairs["source"].isin(parent.index)]
    if len(unknown):
        count = unknown.nunique()
        raise PackError(f"lookups.OA11: lacks {count:,} areas of boundaries.OA11, such as {unknown.iloc[0]}.")
    links = pd.DataFrame(
        {
            "source": parent.reindex(pairs["source"]).to_numpy(),
            "target": pairs["target"].to_numpy(),
            "weight": pairs["postcodes"].to_numpy(dtype=float),
        }
    ).dropna()
    links = links.groupby(["source", "target"], as_index=False)["weight"].sum()
    if geography == "LSOA11":
        sources = _distinct(exact_fit["source"])
        links = exact_fit.merge(links, how="left", on=["source", "target"]).fillna({"weight": 0.0})
        return link_areas(geography, sources, areas.index, links, None)
    sources = _distinct(parent)
    missing = sources.difference(links["source"])
    if len(missing):
        fallback = lookup[lookup[geography].isin(missing)].merge(exact_fit, left_on="LSOA11", right_on="source")
        fallback = pd.DataFrame({"source": fallback[geography], "target": fallback["target"], "weight": 0.0})
        links = pd.concat([links, fallback.drop_duplicates()], ignore_index=True)
    return link_areas(geography, sources, areas.index, links, "apportioned")


def link_areas(
    geography: str, sources: pd.Index, targets: pd.Index, links: pd.DataFrame, provenance: Optional[str]
) -> Crosswalk:
    """Turn weighted links (columns source, target, weight) into shares of the source and coverage of the target.

    ``provenance`` labels every target; None tells it from the links (direct, summed or apportioned). A source
    whose links all weigh 0 is shared out evenly; a target whose links all weigh 0 takes an even part of each of its
    sources, one in as many as the source has parts, so that it never comes out as 0 of something.
    """
    source = sources.get_indexer(links["source"])
    target = targets.get_indexer(links["target"])
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
    weight = np.where(bare[target], _mean_link(source, weight, len(sources))[source], weight)
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


def _mean_link(source: np.ndarray, weight: np.ndarray, sources: int) -> np.ndarray:
    """The mean weight of the links of each source that have one: for a bare part, as much as the others have."""
    weighed = np.bincount(source, weights=weight > 0, minlength=sources)
    return np.bincount(source, weights=weight, minlength=sources) / np.maximum(weighed, 1.0)


def _provenance(source, target, sources: int, targets: int, fixed: Optional[str]) -> np.ndarray:
    """The fixed label; or, for rebased areas: direct if one to one, summed if whole sources merge, else apportioned."""
    if fixed is not None:
        return np.full(targets, fixed, dtype=object)
    split = np.bincount(source, minlength=sources) > 1
    merged = np.bincount(target, minlength=targets) > 1
    cut = np.bincount(target, weights=split[source], minlength=targets) > 0
    return np.where(cut, "apportioned", np.where(merged, "summed", "direct")).astype(object)


def _distinct(codes: pd.Series) -> pd.Index:
    return pd.Index(np.unique(codes.to_numpy(dtype=object).astype(str)).astype(object))
