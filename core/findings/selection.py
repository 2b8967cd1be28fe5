"""A part of a result that a user looks at: areas of a region or district, neediest first, counted and listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array

OVERALL = "need"


@dataclass(frozen=True)
class Place:
    """A region or a district that areas can be chosen by; an empty code means all of them."""

    code: str
    name: str


@dataclass(frozen=True)
class Filter:
    """Which areas are looked at: those of a region, of a district, or all ('' = no such limit)."""

    region: str = ""
    district: str = ""

    def mask(self, need: pd.DataFrame) -> Array:
        """True for each row of ``need`` that the filter lets pass."""
        kept = np.ones(len(need), dtype=bool)
        for column, code in (("region_code", self.region), ("district_code", self.district)):
            if code:
                kept &= need[column].to_numpy(dtype=object) == code
        return kept


@dataclass(frozen=True)
class Places:
    """The regions and districts of a result, each sorted by name, and the region of each district."""

    regions: Tuple[Place, ...]
    districts: Tuple[Place, ...]
    region_of: Dict[str, str]

    def districts_of(self, region: str) -> Tuple[Place, ...]:
        """The districts of a region, or all of them for ''."""
        return tuple(place for place in self.districts if not region or self.region_of[place.code] == region)


def places(need: pd.DataFrame) -> Places:
    """The regions and districts that the areas of ``need`` lie in."""
    pairs = need.drop_duplicates("district_code")
    regions = need.drop_duplicates("region_code")
    return Places(
        _sorted(regions["region_code"], regions["region_name"]),
        _sorted(pairs["district_code"], pairs["district_name"]),
        dict(zip(pairs["district_code"], pairs["region_code"])),
    )


def _sorted(codes: pd.Series, names: pd.Series) -> Tuple[Place, ...]:
    return tuple(sorted((Place(code, name) for code, name in zip(codes, names)), key=lambda place: place.name))


_OF_MEASURES = ("rank", "score", "rank_all")


def neediest(
    need: pd.DataFrame, measure: str, chosen: Filter, certainty: Optional[pd.DataFrame] = None
) -> pd.DataFrame:
    """The chosen areas by rank on a measure, the highest need first, unranked ones last.

    Columns: rank, area_name, district_name, score, population, region_name. ``measure`` is ``need`` or a
    dimension's id; ties keep the order of codes. With the layer of ``certainty`` also certainty,
    tied_with and tied_areas; of a run of some areas alone rank_all, where the measure has it.
    """
    fields = ["rank", "area_name", "district_name", "score", "population", "region_name", "rank_all"]
    named = {f"{measure}_{name}" if name in _OF_MEASURES else name: name for name in fields}
    part = need[[name for name in named if name in need]].rename(columns=named)
    table = part[chosen.mask(need)].astype({name: float for name in ("population", *_OF_MEASURES) if name in part})
    if certainty is not None and not certainty.empty:
        table = table.join(certainty[["certainty", "tied_with", "tied_areas"]])
    return table.sort_values(["rank"], kind="stable", na_position="last")


def sort_table(table: pd.DataFrame, column: str, descending: bool) -> pd.DataFrame:
    """The table in the order of a column, ``area_code`` among them; gaps are last either way."""
    if column == table.index.name:
        return table.sort_index(ascending=not descending)
    return table.sort_values(column, ascending=not descending, kind="stable", na_position="last")
