"""Authority codes of a file brought to the year of a pack: recoded, put together, or left out by name."""

from __future__ import annotations

from typing import List, Mapping, Sequence, Tuple

import pandas as pd

from ... import geographies
from ...errors import DataError, PackError
from ...texts import listed
from . import codes as codes_
from .areas import Known
from .figures import is_count

_SHOWN = 8
_WEIGHT = "\x1fweight"
_OTHER_TIER = {"LTLA23": "counties (upper tier)", "UTLA23": "districts (lower tier)"}


def brought(
    table: pd.DataFrame, geography: str, known: Known, titles: Mapping[str, str], weight: str = ""
) -> Tuple[pd.DataFrame, List[str]]:
    """The table by the authorities of one tier and year, and what was done or left out, in words.

    A recoded authority takes its other code. One that others merged into is their sum for counts, which are whole and
    told by their headers or by being the ``weight``; all else is averaged by that column; without one a DataError
    names it, for whole numbers may be rates.
    """
    tiers = codes_.authorities(known.codes)
    wanted = tiers[geography]
    parts = (table % 1 > 0).any()
    sums = [name for name in table if name == weight or (is_count(titles[name]) and not parts[name])]
    means = [name for name in table if name not in sums]
    tier = next(name for name in tiers if name != geography)
    other = (codes_.authorities({})[tier] | tiers[tier]) - wanted
    of_other_tier = [code for code in table.index if code in other]
    table = table.drop(index=of_other_tier)
    # A weight of its own name: the column may be a mean itself, and would be changed while it weighs.
    weighed = table.assign(**{_WEIGHT: table[weight]}) if weight else table
    try:
        found, notes = geographies.bring(weighed, wanted, geography, means=means, weight=_WEIGHT if weight else None)
    except PackError as error:
        raise DataError(
            f"{error} No count by the header, or not whole: {_titled(means, titles)}. WEIGHT names the column that "
            "weighs, or one of these that is a count itself; VALUE_COLUMNS can name counts alone."
        ) from error
    found = found.drop(columns=_WEIGHT, errors="ignore")
    words = [f"{text}." for text in notes]
    if weight and means and any("put together" in text for text in notes):
        words.append(
            f"In authorities put together, averaged by WEIGHT: {_titled(means, titles)}; added up: "
            f"{_titled(sums, titles)}."
        )
    strange = sorted(set(found.index) - wanted)
    words += _left_out(of_other_tier, f"{_OTHER_TIER[geography]} are left out")
    words += _left_out(strange, f"codes are left out, which neither {geography} nor changes of codes since 2012 know")
    return found.drop(index=strange), words


def _titled(names: Sequence[str], titles: Mapping[str, str]) -> str:
    return listed([f"'{titles[name]}'" for name in names], _SHOWN)


def _left_out(codes: Sequence[str], words: str) -> List[str]:
    return [f"{len(codes):,} {words}: {listed(sorted(codes), _SHOWN)}."] if codes else []
