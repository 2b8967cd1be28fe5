"""What the counts leave open: the distribution of each area's true figure that its shrinkage implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional, Tuple

import numpy as np

from ..arrays import Array
from ..errors import DataError


@dataclass(frozen=True)
class Posterior:
    """Normal distributions of one indicator's true figures, an area each, on the scale of its shrinkage.

    ``mean`` and ``variance``: NaN where an area has no figure. ``direction``: 1 where high means need, -1 where low.
    ``source``: the group, from 0, whose areas share one draw, for one published figure lies behind them all.
    """

    mean: Array
    variance: Array
    direction: int
    source: Array

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """``count`` draws of every area's figure, high = need: areas x draws."""
        noise = rng.standard_normal((int(self.source.max(initial=-1)) + 1, count))
        return self.oriented[:, None] + np.sqrt(self.variance)[:, None] * noise[self.source]

    @property
    def oriented(self) -> Array:
        """The means, turned so that high means need."""
        return self.direction * self.mean


@dataclass(frozen=True)
class Counts:
    """The figures of one indicator as shrinkage takes them: events r out of n, or a value with its standard error."""

    method: str
    numerator: Array
    denominator: Any = None
    standard_error: Optional[Array] = None
    population: Optional[Array] = None
    design_effect: float = 1.0
    rounding_base: float = 0.0

    @property
    def known(self) -> Array:
        """Where there is a figure."""
        if self.denominator is not None:
            return ~np.isnan(self.numerator) & (self.denominator > 0)
        return ~np.isnan(self.numerator) & ~np.isnan(np.asarray(self.standard_error, dtype=float))


def posterior(
    counts: Counts, shrunk: Array, district: Array, *, direction: int, source: Optional[Array] = None
) -> Posterior:
    """theta ~ N(m*, V), V = 1/(1/s2 + 1/t2) + (1-w)^2 Var(M), Var(M) = sum (n_l/N)^2 (t2 + s_l^2) over the district.

    ``shrunk``: the run's shrunk values, whose place on the scale (logit, log or the value itself) is m*. With
    t2 = 0, V = Var(M); alone in its district, V = s2. An area without a figure of its own that the run has filled:
    N(M, t2 + Var(M)). ``source``: groups of areas that take one published figure; their doubt is that of the group's
    counts. ``district``: group numbers from 0. Source: Clayton and Kaldor 1987; Rao and Molina 2015, ch. 9.
    """
    groups = np.arange(len(shrunk)) if source is None else source
    if source is None:
        variance, filled = _variances(counts, district)
    else:
        held, of_group = _by_source(counts, district, source)
        variance, filled = (part[source] for part in _variances(held, of_group))
    variance = np.where(counts.known, variance, filled)
    mean = _to_scale(counts.method, shrunk)
    variance = np.where(np.isnan(mean), np.nan, variance)
    return Posterior(mean, variance, direction, groups)


def corrected_estimates(counts: Counts, district: Array) -> Array:
    """Shrunk values on the scale with t2 less the mean sampling variance of the district: max(0, t2 - mean s2).

    The moment estimator of the variance between areas, beside the method's own, which holds sampling too. NaN where
    there is no figure. Source: Rao and Molina 2015, ch. 9.
    """
    known = counts.known
    measure, sampling, size = _terms(counts, known)
    total = np.maximum(_sums(size, district), np.finfo(float).tiny)
    pooled = _pooled(counts, known, district, total)[district]
    areas = _sums(known.astype(float), district)
    squares = _sums(np.where(known, (measure - pooled) ** 2, 0.0), district) / np.maximum(areas - 1.0, 1.0)
    noise = _sums(np.where(known, sampling, 0.0), district) / np.maximum(areas, 1.0)
    between = np.maximum(squares - noise, 0.0)[district]
    weight = np.where(areas[district] == 1.0, 1.0, between / np.maximum(between + sampling, np.finfo(float).tiny))
    return np.where(known, weight * measure + (1.0 - weight) * pooled, np.nan)


def from_scale(method: str, values: Array) -> Array:
    """Values on the scale of shrinkage as figures again: a proportion, a rate, or the value itself."""
    if method == "logit":
        return 1.0 / (1.0 + np.exp(-values))
    return np.exp(values) if method == "rate" else values


def _to_scale(method: str, values: Array) -> Array:
    if method == "logit":
        share = np.clip(values, 1e-15, 1.0 - 1e-15)
        return np.log(share) - np.log1p(-share)
    return np.log(np.maximum(values, 1e-300)) if method == "rate" else values


def _variances(counts: Counts, district: Array) -> Tuple[Array, Array]:
    """V of areas with a figure, and t2 + Var(M) for those without, an entry each."""
    known = counts.known
    measure, sampling, size = _terms(counts, known)
    total = np.maximum(_sums(size, district), np.finfo(float).tiny)
    pooled = _pooled(counts, known, district, total)[district]
    areas = _sums(known.astype(float), district)
    squares = _sums(np.where(known, (measure - pooled) ** 2, 0.0), district)
    between = (squares / np.maximum(areas - 1.0, 1.0))[district]
    alone = known & (areas[district] == 1.0)
    of_pooled = _sums(np.where(known, (size / total[district]) ** 2 * (between + sampling), 0.0), district)[district]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(alone, 1.0, np.where(between > 0, between / (between + sampling), 0.0))
    return weight * sampling + (1.0 - weight) ** 2 * of_pooled, between + of_pooled


def _terms(counts: Counts, known: Array) -> Tuple[Array, Array, Array]:
    """Measure m, sampling variance s2 and size n of each area on the scale; 0, 1 and 0 where there is no figure."""
    effect, rounding = counts.design_effect, counts.rounding_base**2 / 12.0
    if counts.method == "logit":
        n = np.where(known, counts.denominator, 1.0)
        r = np.where(known, np.minimum(counts.numerator, n), 0.0)
        variance = (n + 1.0) * (n + 2.0) / (n * (r + 1.0) * (n - r + 1.0)) * effect
        slope = 1.0 / (r + 0.5) + 1.0 / (n - r + 0.5)
        return np.log((r + 0.5) / (n - r + 0.5)), variance + rounding * slope**2, n * known
    if counts.method == "rate":
        n = np.where(known, counts.denominator, 1.0)
        r = np.where(known, counts.numerator, 0.0)
        return np.log((r + 0.5) / n), effect / (r + 0.5) + rounding / (r + 0.5) ** 2, n * known
    if counts.method != "mean":
        raise DataError(f"No doubt is known of figures that are shrunk by '{counts.method}'.")
    people = np.ones(known.shape) if counts.population is None else counts.population
    error = np.where(known, np.asarray(counts.standard_error, dtype=float), 1.0)
    return np.where(known, counts.numerator, 0.0), error**2 * effect, np.where(known, people, 0.0)


def _pooled(counts: Counts, known: Array, district: Array, total: Array) -> Array:
    if counts.method == "mean":
        people = np.ones(known.shape) if counts.population is None else counts.population
        return _sums(np.where(known, counts.numerator * people, 0.0), district) / total
    events = np.minimum(counts.numerator, counts.denominator) if counts.method == "logit" else counts.numerator
    events = _sums(np.where(known, events, 0.0), district)
    return np.log((events + 0.5) / (total - events + 0.5 if counts.method == "logit" else total))


def _by_source(counts: Counts, district: Array, source: Array) -> Tuple[Counts, Array]:
    """The figures of the source areas themselves: counts added up, means weighted; and the district of each."""
    known = counts.known
    size = int(source.max(initial=-1)) + 1

    def total(values: Array) -> Array:
        return np.bincount(source, weights=np.where(known, values, 0.0), minlength=size)

    of_group = np.zeros(size, dtype=int)
    of_group[source] = district
    held = total(np.ones(known.shape)) > 0
    if counts.denominator is not None:
        numerator = np.where(held, total(counts.numerator), np.nan)
        return replace(counts, numerator=numerator, denominator=total(counts.denominator)), of_group
    people = np.ones(known.shape) if counts.population is None else counts.population
    weight = np.maximum(total(people), np.finfo(float).tiny)
    value = np.where(held, total(counts.numerator * people) / weight, np.nan)
    error = np.where(held, total(np.asarray(counts.standard_error, dtype=float) * people) / weight, np.nan)
    return Counts(counts.method, value, None, error, weight, counts.design_effect), of_group


def _sums(values: Array, groups: Array) -> Array:
    return np.bincount(groups, weights=values, minlength=int(groups.max(initial=-1)) + 1)
