"""Direction, normal scores and the exponential transformation (paper steps 5, 6 and 8; Appendix C)."""

from __future__ import annotations

from typing import Tuple

import numpy as np
from scipy.special import ndtri

SCALING_CONSTANT = 23.0
DIGITS = 12
# Beside the largest of a column, what a sum that is 0 on paper leaves in floating point.
_REST = 1e-14


def orient(values: np.ndarray, direction: str) -> np.ndarray:
    """The values turned so that high always means need: v for ``need``, -v for ``less``.

    Any shape and unit; NaN stays NaN. Source: paper, step 5.
    """
    values = np.asarray(values, dtype=float)
    return -values if direction == "less" else values.copy()


def ascending_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks from 1 (lowest need), ties averaged, on 12 significant digits; NaN stays NaN and takes no rank.

    Ranks run along the first axis, so each column of a two-dimensional array is ranked alone.
    Source: paper, steps 6 and 8.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim == 1:
        return _ascending_ranks(scores)
    return np.column_stack([_ascending_ranks(column) for column in scores.T]) if scores.shape[1] else scores.copy()


def _ascending_ranks(scores: np.ndarray) -> np.ndarray:
    order, starts, ends = ties(scores)
    ranks = np.full(scores.size, np.nan)
    ranks[order] = np.repeat((starts + ends + 1) / 2.0, ends - starts)
    return ranks


def published_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks as they are published: 1 = highest need, tied areas share the lowest number.

    Scores: one value an area, high = need, compared on 12 significant digits; NaN stays NaN. Source: the method's
    rule on ties, established against the paper's table of 20.
    """
    scores = np.asarray(scores, dtype=float)
    order, starts, ends = ties(scores)
    ranks = np.full(scores.shape, np.nan)
    ranks[order] = np.repeat(order.size - ends + 1.0, ends - starts)
    return ranks


def ties(scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the known scores in ascending order, and where in it each run of equal ones starts and ends.

    Equal are scores that agree on 12 significant digits: a sum has another last digit when its parts come in
    another order, and areas that tie on paper must tie here. So do remainders of a sum that is 0 on paper.
    """
    order = np.argsort(scores, kind="stable")
    order = order[: scores.size - int(np.count_nonzero(np.isnan(scores)))]
    ordered = scores[order]
    size = np.abs(ordered)
    rest = _REST * float(size.max(initial=0.0))
    step = np.diff(ordered)
    new = step > 0.0
    # Only neighbours so close that they may agree are rounded, for rounding all of them takes longer than ranking.
    near = np.flatnonzero(new & (step <= 10.0 ** (1 - DIGITS) * size[1:] + 2.0 * rest))
    new[near] = _rounded(ordered[near], rest) != _rounded(ordered[near + 1], rest)
    starts = np.flatnonzero(np.concatenate(([True], new))) if order.size else np.zeros(0, dtype=int)
    return order, starts, np.append(starts[1:], order.size) if order.size else starts


def _rounded(values: np.ndarray, rest: float) -> np.ndarray:
    """The values on 12 significant digits; 0 where no more than the rest of a sum is left."""
    values = np.where(np.abs(values) <= rest, 0.0, values)
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values.tolist()])


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Van der Waerden scores z = inverse normal(rank / (n + 1)) of each column.

    rank is ascending with ties averaged, n the number of areas with a value in that column; unit-free,
    NaN stays NaN. Source: paper, step 6.
    """
    ranks = ascending_ranks(values)
    counts = np.count_nonzero(~np.isnan(ranks), axis=0)
    return ndtri(ranks / (counts + 1.0))


def exponential(
    ranks: np.ndarray, *, areas: int, constant: float = SCALING_CONSTANT, divisor: str = "ranked"
) -> np.ndarray:
    """X(R) = -c ln(1 - R (1 - e^(-100/c))) with R = ascending rank / min(n + 1, T): from 0 to 100.

    n counts the areas ranked on this measure, T (``areas``) all of the universe, ranked or not; ``divisor`` = all
    divides by T instead. Ranks may be averaged ties; NaN stays NaN. Source: paper, Appendix C; its published
    scores have n = T or T - 1, where both divisors are T.
    """
    ranks = np.asarray(ranks, dtype=float)
    ranked = int(np.count_nonzero(~np.isnan(ranks)))
    share = ranks / (areas if divisor == "all" else min(ranked + 1, areas))
    return -constant * np.log1p(share * np.expm1(-100.0 / constant))
