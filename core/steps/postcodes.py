"""Postcodes as people write them: any case, any spacing, with or without full stops and hyphens."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Sequence

import numpy as np
import pandas as pd

from ..arrays import Array

MATCHED, TERMINATED, UNKNOWN, EMPTY, MALFORMED = (
    "matched",
    "matched (terminated)",
    "not a postcode in use or terminated",
    "no postcode",
    "not written as a postcode",
)
_NOISE = re.compile(r"[\s.\-\u00a0\u2010-\u2015_]+")
SHAPE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}\Z")


class Matches(NamedTuple):
    """For each row of a list: the position of its postcode in the directory (-1 = none), and what was found."""

    position: Array
    found: Array


def tidy(postcode: object) -> str:
    """``sw1a-1aa `` as ``SW1A1AA``: upper case, nothing but letters and digits; '' for what is missing."""
    if postcode is None or postcode != postcode:
        return ""
    return _NOISE.sub("", str(postcode)).upper()


def match(written: Sequence[object], directory: pd.Index, live: Array, *, live_only: bool = False) -> Matches:
    """Find each written postcode in a directory of tidied, unique codes.

    A postcode that has been terminated is found too, and marked so, unless ``live_only``. Where the shape is
    wrong only because O and 0 or I and 1 were mistaken, nothing is guessed: the row is listed as malformed.
    """
    tidied: List[str] = [tidy(one) for one in written]
    position = directory.get_indexer(pd.Index(tidied, dtype=object)).astype(np.int64)
    alive = np.asarray(live, dtype=bool)
    found = np.full(position.shape, UNKNOWN, dtype=object)
    for place in np.flatnonzero(position < 0):
        if not tidied[place]:
            found[place] = EMPTY
        elif not SHAPE.match(tidied[place]):
            found[place] = MALFORMED
    known = np.flatnonzero(position >= 0)
    found[known] = np.where(alive[position[known]], MATCHED, TERMINATED)
    if live_only:
        position[found == TERMINATED] = -1
    return Matches(position, found)
