"""Authority codes of a file brought to the year of a pack: recoded, put together, or left out by name."""

from __future__ import annotations

from typing import List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from ... import geographies
from ...texts import listed
from . import codes as codes_
from .areas import Known
from .figures import is_rate

_SHOWN = 8
_WEIGHT = "\x1fweight"
_OTHER_TIER = {"LTLA23": "counties (upper tier)", "UTLA23": "districts (lower tier)"}


def brought(
    table: pd.DataFrame, geography: str, known: Known, titles: Mapping[str, str], weight: str = ""
) -> Tuple[pd.DataFrame, List[str]]:
    """The table by the authorities of one tier and year, and what was done or left out, in words.

    A recoded authority takes its other code. One that others merged into is their sum for counts; rates, told by
    their headers or by not being whole, are averaged by the column ``weight``, and without one are left empty.
    """
    tiers = codes_.authorities(known.codes)
    wanted = tiers[geography]
    means = [name for name in table if name != weight and (is_rate(titles[name]) or _has_parts(table[name]))]
    tier = next(name for name in tiers if name != geography)
    other = (codes_.authorities({})[tier] | tiers[tier]) - wanted
    of_other_tier = [code for code in table.index if code in other]
    table = table.drop(index=of_other_tier)
    merged = [area for area, parts in geographies.match(table.index, wanted).made_of.items() if len(parts) > 1]
    weights = table[weight] if weight else np.nan
    found, said = geographies.bring(table.assign(**{_WEIGHT: weights}), wanted, geography, means=means, weight=_WEIGHT)
    found = found.drop(columns=_WEIGHT)
    words = [f"{text}." for text in said]
    if merged and means and not weight:
        shown = ", ".join(f"'{titles[name]}'" for name in means[:3])
        words.append(
            f"Rates cannot be added up: {shown} left empty for {', '.join(merged)}; WEIGHT names a column of counts to "
            "average them by."
        )
    strange = sorted(set(found.index) - wanted)
    words += _left_out(of_other_tier, f"{_OTHER_TIER[geography]} are left out")
    words += _left_out(strange, f"codes are left out, which neither {geography} nor changes of codes since 2012 know")
    return found.drop(index=strange), words


def _has_parts(values: pd.Series) -> bool:
    known = values.dropna()
    return bool((known != known.round()).any())


def _left_out(codes: Sequence[str], words: str) -> List[str]:
    return [f"{len(codes):,} {words}: {listed(sorted(codes), _SHOWN)}."] if codes else []
