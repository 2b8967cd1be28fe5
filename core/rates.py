"""Counts and their ratio: what a numerator above its denominator means and its note."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .arrays import Array
from .texts import listed

# A numerator may lie this far above its denominator, for rounding and for counts of two days.
OVER_LIMIT = 1.05
_OVER = {
    "capped": "numerator above its denominator, taken as equal, in",
    "beyond": "numerator more than 5 % above its denominator, so not of the same people; no value in",
}


class Bounded(NamedTuple):
    """Numerators that fit their denominators: ``capped`` marks those cut to it, ``beyond`` those without a value."""

    numerator: Array
    capped: Array
    beyond: Array


def bound_counts(numerator: Array, denominator: Array, over: str = "gap") -> Bounded:
    """Counts r out of n, none above n: r up to 1.05 n is cut to n, more has no value, for the two are of other people.

    ``over`` = cap cuts them all. Events among nobody (n = 0) have no value either way. NaN stays NaN.
    """
    numerator, denominator = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    above = numerator > denominator
    if not above.any():
        return Bounded(numerator, above, above)
    # The small addition keeps 105 of 100 within the limit.
    limit = np.inf if over == "cap" else OVER_LIMIT * (1.0 + 1e-12)
    capped = above & (denominator > 0) & (numerator <= limit * np.where(denominator > 0, denominator, 1.0))
    beyond = above & ~capped
    return Bounded(np.where(beyond, np.nan, np.where(capped, denominator, numerator)), capped, beyond)


def ratio(numerator: Array, denominator: Array) -> Array:
    """numerator / denominator; NaN where either is missing or the denominator is 0 (nobody at risk)."""
    numerator = np.asarray(numerator, dtype=float)
    denominator = np.asarray(denominator, dtype=float)
    result = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def bounded_ratio(
    numerator: Array, denominator: Array, codes: Sequence[str], over: Optional[str] = "gap"
) -> Tuple[Array, Tuple[str, ...]]:
    """numerator / denominator by the rule of ``bound_counts``, and its notes; None: no upper end."""
    if over is None:
        return ratio(numerator, denominator), ()
    bounded = bound_counts(numerator, denominator, over)
    return ratio(bounded.numerator, denominator), over_texts(bounded, codes)


def over_texts(counts: Any, codes: Sequence[str]) -> Tuple[str, ...]:
    """In words, the areas whose numerator exceeds its denominator: those that were cut, those left without a value."""
    where = ((name, np.flatnonzero(getattr(counts, name))) for name in _OVER)
    return tuple(f"{_OVER[name]} {listed([codes[place] for place in found])}" for name, found in where if found.size)
