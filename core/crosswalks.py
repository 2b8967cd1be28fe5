"""The crosswalks of a pack: from each geography to its LSOAs of 2021, by its lookups and the postcodes in both."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Callable, Dict, Optional

import numpy as np
import pandas as pd

from .catalogue import AUTHORITY_GEOGRAPHIES
from .errors import PackError
from .pack import Pack
from .rates import ratio
from .steps.crosswalk import OTHER_COUNTRIES, Crosswalk, distinct, link_areas, spread_figures

# Geographies whose figures are shared out by the postcodes in each pair of OA11 and LSOA21.
NEEDS_OVERLAP = ("OA11", "MSOA11", "LSOA11", "MSOA21")


class Crosswalks(Dict[str, Crosswalk]):
    """The crosswalks of a pack by geography, each made where it is first asked for; ``pairs``: see ``build``."""

    def __init__(self, pack: Pack, areas: pd.DataFrame, pairs: Callable[[], Optional[pd.DataFrame]]) -> None:
        super().__init__()
        self._pack, self._areas, self._pairs = pack, areas, lru_cache(maxsize=1)(pairs)

    def __missing__(self, geography: str) -> Crosswalk:
        pairs = self._pairs() if geography in NEEDS_OVERLAP else None
        return self.setdefault(geography, build(self._pack, geography, self._areas, pairs))


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
        _check_parent(geography, areas)
        return spread_figures(geography, areas[geography], areas.index)
    if pairs is None:
        raise PackError(f"{pack.name}: postcodes and boundaries.OA11 are needed to convert figures for {geography}.")
    if geography == "MSOA21":
        _check_parent(geography, areas)
        postcodes = pairs.groupby("target")["postcodes"].sum().reindex(areas.index).fillna(0.0)
        links = pd.DataFrame({"source": areas["MSOA21"], "target": areas.index, "weight": postcodes})
        return link_areas(geography, distinct(areas["MSOA21"]), areas.index, links, "apportioned")
    return _from_2011(pack, geography, areas, pairs)


def _from_output_areas(pack: Pack, areas: pd.DataFrame) -> Crosswalk:
    """Output Areas nest in LSOAs: counts are summed; means go by residents, or evenly where there are none of them."""
    lookup = pack.lookup("OA21", ["LSOA21"])["LSOA21"]
    lookup = lookup[_inside("lookups.OA21", lookup, areas)]
    residents = pack.population("OA21")
    weight = pd.Series(1.0, lookup.index) if residents is None else residents.reindex(lookup.index).fillna(0.0)
    links = pd.DataFrame({"source": lookup.index, "target": lookup.to_numpy(), "weight": weight.to_numpy()})
    crosswalk = link_areas("OA21", lookup.index, areas.index, links, "summed")
    # Where nobody lives there is nothing to weigh by, unless nobody lives in the whole LSOA.
    living = weight.to_numpy()[crosswalk.source]
    total = crosswalk.sums(living)[crosswalk.target]
    return replace(crosswalk, coverage=np.where(total > 0, ratio(living, total), crosswalk.coverage))


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
        sources = distinct(exact_fit["source"])
        links = exact_fit.merge(links, how="left", on=["source", "target"]).fillna({"weight": 0.0})
        return link_areas(geography, sources, areas.index, links, None)
    # What no postcode tells, of a source or a target, the lookup does.
    by_lookup = lookup.merge(exact_fit, left_on="LSOA11", right_on="source")[[geography, "target"]]
    by_lookup = by_lookup.rename(columns={geography: "source"}).dropna().drop_duplicates()
    silent = ~by_lookup["source"].isin(links["source"]) | ~by_lookup["target"].isin(links["target"])
    links = pd.concat([links, by_lookup[silent].assign(weight=0.0)], ignore_index=True)
    return link_areas(geography, distinct(parent), areas.index, links, "apportioned")
