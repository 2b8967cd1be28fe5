"""What the counts leave open: the distribution of each area's true figure that its shrinkage implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Tuple

import numpy as np

from ..arrays import Array
from ..steps.shrinkage import Counts, district_sums, terms


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
    term = terms(counts, district)
    noise = district_sums(np.where(term.known, term.sampling, 0.0), district) / np.maximum(term.areas, 1.0)
    between = np.maximum(term.between - noise, 0.0)[district]
    weight = between / np.maximum(between + term.sampling, np.finfo(float).tiny)
    weight = np.where(term.areas[district] == 1.0, 1.0, weight)
    return np.where(term.known, weight * term.measure + (1.0 - weight) * term.pooled, np.nan)


def _to_scale(method: str, values: Array) -> Array:
    if method == "logit":
        share = np.clip(values, 1e-15, 1.0 - 1e-15)
        return np.log(share) - np.log1p(-share)
    return np.log(np.maximum(values, 1e-300)) if method == "rate" else values


def _variances(counts: Counts, district: Array) -> Tuple[Array, Array]:
    """V of areas with a figure, and t2 + Var(M) for those without, an entry each."""
    term = terms(counts, district)
    sampling = term.sampling
    between, total = term.between[district], np.maximum(district_sums(term.size, district), np.finfo(float).tiny)
    alone = term.known & (term.areas[district] == 1.0)
    shares = np.where(term.known, (term.size / total[district]) ** 2 * (between + sampling), 0.0)
    of_pooled = district_sums(shares, district)[district]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(alone, 1.0, np.where(between > 0, between / (between + sampling), 0.0))
    return weight * sampling + (1.0 - weight) ** 2 * of_pooled, between + of_pooled


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
    people = counts.people
    weight = np.maximum(total(people), np.finfo(float).tiny)
    value = np.where(held, total(counts.numerator * people) / weight, np.nan)
    error = np.where(held, total(np.asarray(counts.standard_error, dtype=float) * people) / weight, np.nan)
    return Counts(counts.method, value, None, error, weight, counts.design_effect), of_group
