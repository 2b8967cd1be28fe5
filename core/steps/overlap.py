"""How many postcodes each pair of old and new areas shares (paper step 1)."""

from __future__ import annotations

from typing import Tuple

import numpy as np
import pandas as pd

from ..arrays import Array


def count_pairs(source: Array, target: Array, live: Array, *, live_only: bool = True) -> pd.DataFrame:
    """Postcodes in both areas of every pair, from the code of each postcode's source and target area.

    Inputs: one entry a postcode; a missing code (None, NaN or '') means that it lies in no polygon, and it is
    dropped. With ``live_only``, live postcodes count, and all of a source area's where none is live. Result:
    columns source, target, postcodes, sorted by codes. Source: paper, step 1; docs/method.md#1-conversion-to-lsoa.
    """
    source_number, source_codes = _numbered(source)
    target_number, target_codes = _numbered(target)
    inside = (source_number >= 0) & (target_number >= 0)
    number, other = source_number[inside], target_number[inside]
    if live_only:
        alive = np.asarray(live, dtype=bool)[inside]
        has_live = np.bincount(number, weights=alive, minlength=len(source_codes)) > 0
        counted = alive | ~has_live[number]
        number, other = number[counted], other[counted]
    key, postcodes = np.unique(number.astype(np.int64) * max(len(target_codes), 1) + other, return_counts=True)
    return pd.DataFrame(
        {
            "source": np.asarray(source_codes, dtype=object)[key // max(len(target_codes), 1)],
            "target": np.asarray(target_codes, dtype=object)[key % max(len(target_codes), 1)],
            "postcodes": postcodes.astype(np.int64),
        }
    )


def _numbered(codes: Array) -> Tuple[Array, Array]:
    """The place of each code among the distinct ones, sorted; -1 where it is missing."""
    number, distinct = pd.factorize(codes, sort=True)
    blank = np.flatnonzero(np.asarray(distinct, dtype=object) == "")
    return (np.where(number == blank[0], -1, number) if blank.size else number), distinct
