"""The crosswalks of a pack: from each geography to its LSOAs of 2021, by its lookups and the postcodes in both."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Callable, Dict, Optional

import numpy as np
import pandas as pd

from .catalogue import AUTHORITY_GEOGRAPHIES
from .errors import PackError
from .pack import Pack
from .rates import ratio
from .steps.crosswalk import OTHER_COUNTRIES, Crosswalk, distinct, link_areas, link_positions, spread_figures

# Geographies whose figures are shared out by the postcodes in each pair of OA11 and LSOA21.
NEEDS_OVERLAP = ("OA11", "MSOA11", "LSOA11", "MSOA21")


class Crosswalks(Dict[str, Crosswalk]):
    """The crosswalks of a pack to the LSOAs of ``areas`` (indexed by code), by geography; made when first asked for.

    ``pairs`` gives the count of postcodes in both (columns source = OA11, target = LSOA21, postcodes); needed for
    OA11, MSOA11, LSOA11 and for counts of MSOA21. PackError names the lookup or table that is missing.
    """

    def __init__(self, pack: Pack, areas: pd.DataFrame, pairs: Callable[[], Optional[pd.DataFrame]]) -> None:
        super().__init__()
        self._pack, self._areas, self._counted = pack, areas, pairs

    def __missing__(self, geography: str) -> Crosswalk:
        return self.setdefault(geography, self._build(geography))

    @cached_property
    def _pairs(self) -> Optional[pd.DataFrame]:
        return self._counted()

    def _pairs_for(self, geography: str) -> pd.DataFrame:
        if self._pairs is None:
            text = f"postcodes and boundaries.OA11 are needed to convert figures for {geography}."
            raise PackError(f"{self._pack.name}: {text}")
        return self._pairs

    def _build(self, geography: str) -> Crosswalk:
        areas = self._areas
        if geography == "LSOA21":
            links = pd.DataFrame({"source": areas.index, "target": areas.index, "weight": 1.0})
            return link_areas(geography, areas.index, areas.index, links, "direct")
        if geography == "OA21":
            return _from_output_areas(self._pack, areas)
        if geography in AUTHORITY_GEOGRAPHIES:
            _check_parent(geography, areas)
            return spread_figures(geography, areas[geography], areas.index)
        pairs = self._pairs_for(geography)
        if geography == "MSOA21":
            _check_parent(geography, areas)
            postcodes = pairs.groupby("target")["postcodes"].sum().reindex(areas.index).fillna(0.0)
            links = pd.DataFrame({"source": areas["MSOA21"], "target": areas.index, "weight": postcodes})
            return link_areas(geography, distinct(areas["MSOA21"]), areas.index, links, "apportioned")
        return self._from_2011(geography)

    def _from_2011(self, geography: str) -> Crosswalk:
        """Postcodes of each OA11 pair, gathered to the source area; LSOA11 keeps to its exact-fit pairs.

        Areas are joined by their positions: of the source in ``sources``, of the target in ``areas``.
        """
        lookup = self._pack.lookup("OA11", ["LSOA11", "MSOA11"] if geography == "MSOA11" else ["LSOA11"])
        parent = lookup.index if geography == "OA11" else lookup[geography]
        exact_fit, located = self._exact_fit, self._located
        sources = distinct(exact_fit["source"] if geography == "LSOA11" else parent)
        source = sources.get_indexer(parent)
        links = located.assign(source=source[located["source"]])
        links = links.groupby(["source", "target"], as_index=False)["weight"].sum()
        if geography == "LSOA11":
            exact_fit = exact_fit.assign(source=sources.get_indexer(exact_fit["source"]))
            links = exact_fit.merge(links, how="left", on=["source", "target"]).fillna({"weight": 0.0})
            return link_positions(geography, sources, self._areas.index, links, None)
        # What no postcode tells, of a source or a target, the lookup does.
        fitted = pd.Index(exact_fit["source"].unique())
        by_lookup = pd.DataFrame({"source": source, "fitted": fitted.get_indexer(lookup["LSOA11"])})
        exact_fit = exact_fit.assign(fitted=fitted.get_indexer(exact_fit["source"]))[["fitted", "target"]]
        by_lookup = by_lookup.merge(exact_fit, on="fitted")[["source", "target"]].drop_duplicates()
        silent = ~by_lookup["source"].isin(links["source"]) | ~by_lookup["target"].isin(links["target"])
        links = pd.concat([links, by_lookup[silent].assign(weight=0.0)], ignore_index=True)
        return link_positions(geography, sources, self._areas.index, links, "apportioned")

    @cached_property
    def _exact_fit(self) -> pd.DataFrame:
        """The pairs of the LSOA11 lookup: the source's code, and the position of the target in ``areas``."""
        pairs = self._pack.exact_fit()
        pairs = pairs[_inside("lookups.LSOA11", pairs["target"], self._areas)]
        return pairs.assign(target=self._areas.index.get_indexer(pairs["target"]))

    @cached_property
    def _located(self) -> pd.DataFrame:
        """Each pair by position, of the OA11 in its lookup and of the LSOA in ``areas``, with its postcodes."""
        lookup, pairs = self._pack.lookup("OA11"), self._pairs_for("OA11")
        source = lookup.index.get_indexer(pairs["source"])
        unknown = pairs["source"][source < 0]
        if len(unknown):
            count = unknown.nunique()
            raise PackError(f"lookups.OA11: lacks {count:,} areas of boundaries.OA11, such as {unknown.iloc[0]}.")
        target = self._areas.index.get_indexer(pairs["target"])
        return pd.DataFrame({"source": source, "target": target, "weight": pairs["postcodes"].to_numpy(dtype=float)})


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
