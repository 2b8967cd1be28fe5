"""A part of England: regions or districts, with the areas of every geography that lie in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Mapping, Optional, Sequence, Set

import pandas as pd

from ..errors import OptionError
from ..texts import listed
from .making import AREA, DISTRICT, Taken, column_of, parents
from .recipe import CODE, NAME

REGION = "RGN23"


def districts(taken: Sequence[Taken], wanted: Sequence[str]) -> Set[str]:
    """The codes of the districts that names or codes of districts and regions mean; OptionError for an unknown one."""
    found: Set[str] = set()
    lookups = [one for one in taken if one.recipe.gives == "lookup"]
    region = parents(DISTRICT, REGION, lookups)
    for text in wanted:
        own = _meant(text, lookups, region)
        # Names hold commas (Bristol, City of): at those a text is parted only where it is no name as a whole.
        for part in [] if own else text.split(","):
            meant = _meant(part, lookups, region)
            if not meant:
                raise OptionError(f"AREA: '{part.strip()}' is the name or code of no district or region of England.")
            own |= meant
        found |= own
    return found


def _meant(text: str, lookups: Sequence[Taken], region: Optional[pd.DataFrame]) -> Set[str]:
    """The districts of one name or code; none where it is unknown."""
    codes: Set[str] = set()
    for one in lookups:
        for geography in (DISTRICT, REGION):
            code, name = (column_of(one.recipe, geography, unit) for unit in (CODE, NAME))
            for column in filter(None, (code, name)):
                fits = one.table[column].str.lower() == text.strip().lower()
                codes.update(one.table.loc[fits, code] if code else ())
    if region is not None:
        codes |= set(region.index[region.iloc[:, 0].isin(codes)])
    return {code for code in codes if region is None or code in region.index}


def limit(taken: Sequence[Taken], within: Set[str]) -> List[Taken]:
    """The rows of what lies in these districts; postcodes stay whole, for they find their polygons themselves.

    Areas of 2011 belong where one of the LSOAs of 2021 that they went into does.
    """
    kept = _kept([one for one in taken if one.recipe.gives == "lookup"], within)
    limited = []
    for one in taken:
        codes = kept.get(one.recipe.fetch.geography)
        if codes is None or one.recipe.gives == "postcodes":
            limited.append(one)
            continue
        limited.append(replace(one, table=one.table[one.table.index.isin(codes)]))
    return limited


def _kept(lookups: Sequence[Taken], within: Set[str]) -> Dict[str, Set[str]]:
    """The codes of each geography that lie in the districts."""
    district = parents(AREA, DISTRICT, lookups)
    if district is None:
        raise OptionError(f"AREA: the lookup of {AREA} to districts is missing.")
    kept: Dict[str, Set[str]] = {AREA: set(district.index[district.iloc[:, 0].isin(within)]), DISTRICT: within}
    for geography in ("MSOA21", "UTLA23", REGION):
        above = parents(AREA, geography, lookups)
        if above is not None:
            kept[geography] = set(above.iloc[:, 0][above.index.isin(kept[AREA])])
    for fine, coarse in (("OA21", AREA), ("LSOA11", AREA), ("OA11", "LSOA11")):
        kept.update(_children(lookups, fine, coarse, kept))
    for one in lookups:
        oa11, msoa11 = (column_of(one.recipe, geography, CODE) for geography in ("OA11", "MSOA11"))
        if oa11 and msoa11 and "OA11" in kept:
            kept["MSOA11"] = set(one.table.loc[one.table[oa11].isin(kept["OA11"]), msoa11])
    return kept


def _children(lookups: Sequence[Taken], fine: str, coarse: str, kept: Mapping[str, Set[str]]) -> Dict[str, Set[str]]:
    """The areas of the finer geography of which a part lies in a kept one of the coarser."""
    for one in lookups:
        below, above = column_of(one.recipe, fine, CODE), column_of(one.recipe, coarse, CODE)
        if below and above and coarse in kept:
            return {fine: set(one.table.loc[one.table[above].isin(kept[coarse]), below])}
    return {}


def in_words(names: Sequence[str], count: int) -> str:
    """The title of a pack of a part of England."""
    return f"{listed(names, 3)} ({count:,} districts), fetched from the official sources"
