"""How needs combine: in how many dimensions an area is a hot spot, and which pairs meet more often than by chance."""

from __future__ import annotations

from itertools import combinations
from typing import Mapping, Sequence

import numpy as np
import pandas as pd

from ..arrays import Array
from .comparison import spearman

# Geographies whose figures say nothing of the differences between the LSOAs inside them.
MSOAS = ("MSOA21", "MSOA11")
AUTHORITIES = ("LTLA23", "UTLA23")
COARSE = (*MSOAS, *AUTHORITIES)


def count_hotspots(flags: pd.DataFrame) -> Array:
    """In how many dimensions each area is a hot spot: flags (areas x dimensions) summed; NaN where one is missing."""
    return flags.to_numpy(dtype=float, na_value=np.nan).sum(axis=1)


def meeting(flags: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """A row a pair of dimensions: areas that are hot spots in both, as expected by chance, ratio and correlation.

    expected = n_a n_b / n among the areas that both rank; ratio = both / expected (1: chance alone); spearman is
    that of their scores.
    """
    rows = []
    for first, second in combinations(flags.columns, 2):
        both = flags[[first, second]].dropna().astype(float)
        a, b, n = both[first], both[second], len(both)
        expected = float(a.sum() * b.sum() / n) if n else float("nan")
        together = float((a * b).sum())
        pair = scores[[first, second]].dropna().to_numpy(dtype=float)
        rows.append(
            {
                "first": first,
                "second": second,
                "both": together,
                "expected": expected,
                "ratio": together / expected if expected else float("nan"),
                "spearman": spearman(*pair.T),
            }
        )
    return pd.DataFrame(rows, columns=["first", "second", "both", "expected", "ratio", "spearman"])


def is_coarse(geography: str) -> bool:
    """Whether a figure is published for MSOAs or authorities (parts of a composite are parted by ``;``)."""
    return any(part.strip().startswith(COARSE) for part in str(geography).split(";"))


def coarse_share(contributions: Mapping[str, Array], coarse: Sequence[str]) -> Array:
    """Of the points that move each area from the middle, up or down, the share from figures of larger areas, 0 to 1.

    sum |c_i| over the ``coarse`` indicators / sum |c_i| over all; NaN where an area has no contributions.
    """
    total = np.sum([np.abs(values) for values in contributions.values()], axis=0)
    part = np.sum([np.abs(contributions[name]) for name in coarse], axis=0) if len(coarse) else 0.0 * total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, part / total, np.nan)
