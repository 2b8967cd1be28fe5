"""Sums of scores: indicators to sub-dimensions and dimensions, dimensions to the index (paper steps 7 and 9)."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from ..errors import DataError, OptionError

WEIGHT_TOLERANCE = 1e-9


def sum_weighted(scores: np.ndarray, weights: Optional[Sequence[float]] = None) -> np.ndarray:
    """Sum of the columns, or sum of w x score where weights are given; one value an area.

    ``scores``: areas x parts. An area that lacks a part has no sum (NaN). Given weights must sum to
    1 +- 1e-9. Raises DataError without parts, OptionError for weights that do not fit. Source: paper,
    steps 7 and 9.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise DataError("There is nothing to sum: no part has data.")
    if weights is None:
        return scores.sum(axis=1)
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (scores.shape[1],):
        raise OptionError(f"weights: {weights.size} weights for {scores.shape[1]} parts.")
    if not np.all(np.isfinite(weights)) or abs(weights.sum() - 1.0) > WEIGHT_TOLERANCE:
        raise OptionError(f"weights: they sum to {weights.sum():.12g}, not 1.")
    return scores @ weights
