"""Composite indicators: counts that do not overlap are added over one denominator (paper step 3)."""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from ..errors import DataError


def sum_parts(numerators: Sequence[np.ndarray], denominators: Sequence[np.ndarray]) -> Tuple[np.ndarray, np.ndarray]:
    """Numerator = sum of the parts' numerators; denominator = that of the widest population among the parts.

    Parts count people of one place, each out of its own population (attendance allowance out of those
    of 65 and over, say); the sum is out of the largest population, so that no part exceeds it. One entry
    an area; an area that lacks any part has no value (NaN), for a partial sum would read as low need.
    Raises DataError when there is no part. Source: paper, step 3.
    """
    if not len(numerators):
        raise DataError("A composite indicator needs at least one part.")
    events = np.sum([np.asarray(part, dtype=float) for part in numerators], axis=0)
    populations = np.array([np.asarray(part, dtype=float) for part in denominators])
    widest = populations[np.argmax(np.nansum(populations, axis=1))]
    return events, np.where(np.isnan(events), np.nan, widest)
