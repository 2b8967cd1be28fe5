"""Ranks, deciles, hot spots and classes of a score, for England and within each district.

Source: docs/method.md#classes-and-hot-spots.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

from .standardise import published_ranks

HOT_SPOT_SHARE = 0.2
MISSION_CLASSES = ((80.0, "Mission critical"), (40.0, "Mission priority"))
LOWEST_CLASS = "Mission support"


class Classes(NamedTuple):
    """Rank (1 = highest need), decile (1 = neediest tenth) and hot-spot flag; NaN where unranked."""

    rank: np.ndarray
    decile: np.ndarray
    hotspot: np.ndarray


def classify(scores: np.ndarray, *, share: float = HOT_SPOT_SHARE, within: Optional[np.ndarray] = None) -> Classes:
    """Rank, decile = ceil(10 rank / n) and hot spot = (rank / n in the top ``share``) of every area.

    n = areas with a score, in all or in the area's own group where ``within`` gives group numbers from 0;
    ties share the lowest rank; NaN stays NaN. A hot spot is ceil(rank / (share n)) = 1. Source: paper,
    "Analysis and outcomes"; docs/method.md#classes-and-hot-spots.
    """
    scores = np.asarray(scores, dtype=float)
    if within is None:
        ranks = published_ranks(scores)
        counts = np.full(scores.shape, float(np.count_nonzero(~np.isnan(scores))))
    else:
        ranks, counts = _ranks_within(scores, np.asarray(within))
    decile = np.ceil(_quotient(10.0 * ranks, counts))
    hotspot = np.where(np.isnan(ranks), np.nan, (ranks <= hot_spot_limit(share, counts)).astype(float))
    return Classes(ranks, decile, hotspot)


def hot_spot_limit(share: float, counts: np.ndarray) -> np.ndarray:
    """The last rank inside the top share; the small addition keeps 0.2 x 5 from falling below 1."""
    return share * counts * (1.0 + 1e-12)


def _quotient(ranks: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return ranks / np.maximum(counts, 1.0)


def _ranks_within(scores: np.ndarray, groups: np.ndarray):
    """Published ranks inside each group, and the number of scores in the group of each area."""
    known = np.flatnonzero(~np.isnan(scores))
    ranks = np.full(scores.shape, np.nan)
    counts = np.bincount(groups[known], minlength=int(groups.max(initial=-1)) + 1)
    # All scores are ranked once; a stable sort by group then leaves each group's areas in rank order.
    overall = published_ranks(scores[known])
    order = np.lexsort((overall, groups[known]))
    group, place = groups[known][order], overall[order]
    first = np.concatenate(([True], group[1:] != group[:-1])) if group.size else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(group.size), 0))
    tie = ~first & np.concatenate(([False], place[1:] == place[:-1])) if group.size else first
    within = np.maximum.accumulate(np.where(tie, 0, np.arange(group.size)))  # first place of a run of ties
    ranks[known[order]] = within - start + 1
    return ranks, counts[groups].astype(float)


def mission_classes(scores: np.ndarray) -> np.ndarray:
    """``Mission critical`` above 80, ``Mission priority`` above 40, else ``Mission support``; None where unranked.

    Scores: the overall measure, 0 to 100.
    Source: established against the published classes (docs/method.md#classes-and-hot-spots).
    """
    scores = np.asarray(scores, dtype=float)
    classes = np.full(scores.shape, LOWEST_CLASS, dtype=object)
    for limit, name in reversed(MISSION_CLASSES):
        classes[scores > limit] = name
    classes[np.isnan(scores)] = None
    return classes
