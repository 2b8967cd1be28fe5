"""Direction, normal scores and the exponential transformation (paper steps 5, 6 and 8; Appendix C)."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

SCALING_CONSTANT = 23.0


def orient(values: np.ndarray, direction: str) -> np.ndarray:
    """The values turned so that high always means need: v for ``need``, -v for ``less``.

    Any shape and unit; NaN stays NaN. Source: paper, step 5.
    """
    values = np.asarray(values, dtype=float)
    return -values if direction == "less" else values.copy()


def ascending_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks from 1 (lowest need), ties averaged, on full precision; NaN stays NaN and takes no rank.

    Ranks run along the first axis, so each column of a two-dimensional array is ranked alone.
    Source: paper, steps 6 and 8.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim == 1:
        return _ascending_ranks(scores)
    return np.column_stack([_ascending_ranks(column) for column in scores.T]) if scores.shape[1] else scores.copy()


def _ascending_ranks(scores: np.ndarray) -> np.ndarray:
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    count = scores.size - int(np.count_nonzero(np.isnan(scores)))
    ranks = np.full(scores.size, np.nan)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:count] != ordered[: count - 1]))) if count else []
    ends = np.append(starts[1:], count) if count else []
    if count:
        ranks[order[:count]] = np.repeat((starts + ends + 1) / 2.0, ends - starts)
    return ranks


def published_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks as they are published: 1 = highest need, tied areas share the lowest number.

    Scores: one value an area, high = need; NaN stays NaN. Source: METHOD note on ties, established
    against the paper's table of 20.
    """
    scores = np.asarray(scores, dtype=float)
    ranks = np.full(scores.shape, np.nan)
    known = ~np.isnan(scores)
    ranks[known] = rankdata(-scores[known], method="min")
    return ranks


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Van der Waerden scores z = inverse normal(rank / (n + 1)) of each column.

    rank is ascending with ties averaged, n the number of areas with a value in that column; unit-free,
    NaN stays NaN. Source: paper, step 6.
    """
    ranks = ascending_ranks(values)
    counts = np.count_nonzero(~np.isnan(ranks), axis=0)
    return ndtri(ranks / (counts + 1.0))


def exponential(ranks: np.ndarray, *, areas: int, constant: float = SCALING_CONSTANT) -> np.ndarray:
    """X(R) = -c ln(1 - R (1 - e^(-100/c))) with R = ascending rank / areas: from 0 to 100.

    ``areas`` is T, the number of areas of the universe, ranked or not. Ranks may be averaged ties;
    NaN stays NaN. Source: paper, Appendix C.
    """
    share = np.asarray(ranks, dtype=float) / areas
    return -constant * np.log1p(share * np.expm1(-100.0 / constant))
