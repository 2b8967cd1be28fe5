"""Shrinkage: unreliable small-area rates move towards the rate of their district (paper step 4, Appendix B)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional

import numpy as np

from ..errors import DataError, OptionError

# A numerator may lie this far above its denominator, for rounding and for counts of two days.
OVER_LIMIT = 1.05


@dataclass(frozen=True)
class Shrunk:
    """Shrunk values with the terms they were made from, one entry an area (NaN where there is no value).

    ``capped`` and ``beyond`` mark numerators above their denominator, as ``bound_counts`` tells them apart.
    """

    values: np.ndarray
    weights: np.ndarray
    raw: np.ndarray
    district: np.ndarray
    capped: np.ndarray
    beyond: np.ndarray


class Bounded(NamedTuple):
    """Numerators that fit their denominators: ``capped`` marks those cut to it, ``beyond`` those without a value."""

    numerator: np.ndarray
    capped: np.ndarray
    beyond: np.ndarray


def bound_counts(numerator: np.ndarray, denominator: np.ndarray, over: str = "gap") -> Bounded:
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


def shrink_to_district(
    numerator: np.ndarray,
    denominator: Optional[np.ndarray],
    district: np.ndarray,
    *,
    method: str = "logit",
    standard_error: Optional[np.ndarray] = None,
    population: Optional[np.ndarray] = None,
    over: str = "gap",
) -> Shrunk:
    """Empirical-Bayes estimate of every area's rate: m* = w m + (1 - w) M, on the scale of ``method``.

    * ``logit`` (counts r out of n): m = ln((r+1/2)/(n-r+1/2)), s2 = (n+1)(n+2)/(n(r+1)(n-r+1)); gives a proportion.
    * ``rate`` (events r over exposure E): m = ln((r+1/2)/E), s2 = 1/(r+1/2); gives events per unit of exposure.
    * ``mean`` (value r with a standard error): m = r, s2 = se^2, M = the population-weighted mean.
    * ``none``: the ratio r/n, or r itself, is copied.

    M is the same measure of the district's pooled counts, t2 = sum (m-M)^2/(k-1) about M over the k areas
    with a value, w = (1/s2)/(1/s2 + 1/t2). One area alone in its district keeps its own figure (w = 1);
    t2 = 0 gives M. n = 0 gives NaN. r > n under ``logit`` goes by ``bound_counts`` and ``over``.
    Areas without a value count neither in M nor in k nor in t2.
    ``district`` holds whole numbers from 0, one an area; negative means "no district" and is an error.
    Raises DataError for negative counts. Source: paper, Appendix B.
    """
    numerator = np.asarray(numerator, dtype=float)
    district = np.asarray(district)
    if district.size and district.min() < 0:
        raise DataError(f"Shrinkage: {int((district < 0).sum())} areas have no district.")
    if method == "logit":
        return _shrink_counts(numerator, _needed(denominator, "denominator"), district, over)
    if method == "rate":
        return _shrink_rates(numerator, _needed(denominator, "denominator"), district)
    if method == "mean":
        return _shrink_means(numerator, _needed(standard_error, "standard error"), district, population)
    if method != "none":
        raise OptionError(f"METHOD: '{method}' is not known; choose from logit, rate, mean, none.")
    values = numerator.copy() if denominator is None else ratio(numerator, denominator)
    nothing = np.zeros(values.shape, dtype=bool)
    weights = np.where(np.isnan(values), np.nan, 1.0)
    return Shrunk(values, weights, values, np.full(values.shape, np.nan), nothing, nothing)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator; NaN where either is missing or the denominator is 0 (nobody at risk)."""
    numerator = np.asarray(numerator, dtype=float)
    denominator = np.asarray(denominator, dtype=float)
    result = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def _needed(values: Optional[np.ndarray], name: str) -> np.ndarray:
    if values is None:
        raise DataError(f"Shrinkage: this method needs a {name}.")
    return np.asarray(values, dtype=float)


def pooled_rate(events: np.ndarray, population: np.ndarray) -> np.ndarray:
    """The anti-logit of M = ln((r+1/2)/(n-r+1/2)) of pooled counts, which is (r+1/2)/(n+1); NaN where n = 0."""
    return np.where(population > 0, (events + 0.5) / (population + 1.0), np.nan)


def _shrink_counts(events: np.ndarray, population: np.ndarray, district: np.ndarray, over: str) -> Shrunk:
    _check_counts(events, population)
    bounded = bound_counts(events, population, over)
    known = ~np.isnan(bounded.numerator) & (population > 0)
    r = np.where(known, bounded.numerator, 0.0)
    n = np.where(known, population, 1.0)
    pooled_r, pooled_n = _district_sums(r * known, district), _district_sums(n * known, district)
    logit = np.log((r + 0.5) / (n - r + 0.5))
    variance = (n + 1.0) * (n + 2.0) / (n * (r + 1.0) * (n - r + 1.0))
    pooled = np.log((pooled_r + 0.5) / (pooled_n - pooled_r + 0.5))[district]
    estimate, weights = _weigh(logit, variance, pooled, known, district)
    own = (1.0 / (1.0 + np.exp(-estimate)), weights, r / n, 1.0 / (1.0 + np.exp(-pooled)))
    return _shrunk(*own, known=known, bounded=bounded)


def _shrink_rates(events: np.ndarray, exposure: np.ndarray, district: np.ndarray) -> Shrunk:
    known = _check_counts(events, exposure)
    r, e = np.where(known, events, 0.0), np.where(known, exposure, 1.0)
    pooled_e = np.maximum(_district_sums(e * known, district), np.finfo(float).tiny)
    pooled = np.log((_district_sums(r * known, district) + 0.5) / pooled_e)[district]
    estimate, weights = _weigh(np.log((r + 0.5) / e), 1.0 / (r + 0.5), pooled, known, district)
    return _shrunk(np.exp(estimate), weights, r / e, np.exp(pooled), known=known)


def _shrink_means(
    values: np.ndarray, standard_error: np.ndarray, district: np.ndarray, population: Optional[np.ndarray]
) -> Shrunk:
    if np.any(standard_error < 0):
        raise DataError(f"Shrinkage: {int((standard_error < 0).sum())} standard errors are negative.")
    people = np.ones(values.shape) if population is None else np.asarray(population, dtype=float)
    known = ~np.isnan(values) & ~np.isnan(standard_error) & (people > 0)
    v, p = np.where(known, values, 0.0), np.where(known, people, 0.0)
    totals = np.maximum(_district_sums(p, district), np.finfo(float).tiny)
    pooled = (_district_sums(v * p, district) / totals)[district]
    estimate, weights = _weigh(v, np.where(known, standard_error, 1.0) ** 2, pooled, known, district)
    return _shrunk(estimate, weights, v, pooled, known=known)


def _check_counts(events: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Which areas have a rate; DataError for negative counts."""
    for name, counts in (("numerators", events), ("denominators", population)):
        negative = int(np.count_nonzero(counts < 0))
        if negative:
            raise DataError(f"Shrinkage: {negative} {name} are negative.")
    return ~np.isnan(events) & (population > 0)


def _district_sums(values: np.ndarray, district: np.ndarray) -> np.ndarray:
    return np.bincount(district, weights=values, minlength=int(district.max(initial=-1)) + 1)


def _weigh(measure, variance, pooled, known, district):
    """m* and w; t2 is taken about the district's pooled measure, not about the mean of its areas."""
    squares = _district_sums(np.where(known, (measure - pooled) ** 2, 0.0), district)
    areas = _district_sums(known.astype(float), district)
    between = (squares / np.maximum(areas - 1.0, 1.0))[district]
    with np.errstate(invalid="ignore"):
        weights = between / (between + variance)
    weights = np.where(areas[district] == 1.0, 1.0, np.where(between + variance == 0.0, 1.0, weights))
    return weights * measure + (1.0 - weights) * pooled, weights


def _shrunk(*parts: np.ndarray, known: np.ndarray, bounded: Optional[Bounded] = None) -> Shrunk:
    """Values, weights, raw figures and the district's, with NaN where there is no value."""
    none = np.zeros(known.shape, dtype=bool)
    capped, beyond = (none, none) if bounded is None else (bounded.capped, bounded.beyond)
    return Shrunk(*(np.where(known, part, np.nan) for part in parts), capped, beyond)
