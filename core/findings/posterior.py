"""What the counts leave open: the distribution of each area's true figure that its shrinkage implies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Optional, Sequence, Tuple

import numpy as np
from scipy.special import ndtr

from ..arrays import Array
from ..steps.shrinkage import Counts, district_sums, terms


@dataclass(frozen=True)
class Posterior:
    """Normal distributions of one indicator's true figures, an area each, on the scale of its shrinkage.

    ``mean`` and ``variance``: NaN where an area has no figure. ``direction``: 1 where high means need, -1 where low.
    ``source``: the group, from 0, whose areas share one draw, for one published figure lies behind them all.
    ``anywhere``: areas of which nothing is known, so that they lie as all others together do.
    """

    mean: Array
    variance: Array
    direction: int
    source: Array
    anywhere: Optional[Array] = None

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """``count`` draws of every area's figure, high = need: areas x draws."""
        noise = rng.standard_normal((int(self.source.max(initial=-1)) + 1, count))
        return self.at(noise[self.source])

    def at(self, noise: Any, rows: Any = slice(None)) -> Array:
        """The figures of some areas, high = need, at standard normal deviates: areas x draws, or one for all areas."""
        wide = [1] * (np.ndim(noise) - 1)
        mean, spread = self.oriented[rows].reshape(-1, *wide), np.sqrt(self.variance[rows]).reshape(-1, *wide)
        values: Array = mean + spread * noise
        if self.anywhere is not None and self.anywhere[rows].any():
            share = np.broadcast_to(ndtr(noise), values.shape)[self.anywhere[rows]]
            values[self.anywhere[rows]] = np.quantile(self._others, share)
        return values

    @property
    def oriented(self) -> Array:
        """The means, turned so that high means need."""
        return self.direction * self.mean

    @cached_property
    def _others(self) -> Array:
        return self.oriented[~(np.isnan(self.mean) | np.asarray(self.anywhere))]


def posterior(
    counts: Counts,
    shrunk: Array,
    groups: Sequence[Array],
    *,
    direction: int,
    source: Optional[Array] = None,
    shrinks: bool = True,
) -> Posterior:
    """theta ~ N(m*, V), V = 1/(1/s2 + 1/t2) + (1-w)^2 Var(M), Var(M) = sum (n_l/N)^2 (t2 + s_l^2) over the district.

    ``shrunk``: the run's shrunk values, whose place on the scale (logit, log or the value itself) is m*. With
    t2 = 0, V = Var(M); alone in its district, or where the run does not shrink (``shrinks``), V = s2; a value that
    comes without its error is held exact, V = 0. An area without a figure of its own that the run has filled:
    N(M, t2 + Var(M)), of the first of the ``groups`` that has a figure: numbers from 0 of the districts, then of what
    gaps go by next. ``source``: groups of areas that take one published figure; their doubt is that of the group's
    counts. Source: Clayton and Kaldor 1987; Rao and Molina 2015, ch. 9.
    """
    if source is None:
        variance, filled = _variances(counts, groups, shrinks)
    else:
        held, of_groups = _by_source(counts, groups, source)
        variance, filled = (part[source] for part in _variances(held, of_groups, shrinks))
    exact = ~np.isnan(counts.numerator) & (counts.denominator is None)
    variance = np.where(counts.known, variance, np.where(exact, 0.0, filled))
    mean = _to_scale(counts.method, shrunk)
    variance = np.where(np.isnan(mean), np.nan, variance)
    return Posterior(mean, variance, direction, np.arange(len(shrunk)) if source is None else source)


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


def _variances(counts: Counts, groups: Sequence[Array], shrinks: bool) -> Tuple[Array, Array]:
    """V of areas with a figure, and t2 + Var(M) for those without, an entry each."""
    variance, filled, found = _of_group(counts, groups[0], shrinks)
    for group in groups[1:]:
        _, wider, held = _of_group(counts, group, shrinks)
        filled, found = np.where(found, filled, wider), found | held
    return variance, filled


def _of_group(counts: Counts, district: Array, shrinks: bool) -> Tuple[Array, Array, Array]:
    """V, t2 + Var(M), and whether the area's group has a figure at all."""
    term = terms(counts, district)
    sampling = term.sampling
    between, total = term.between[district], np.maximum(district_sums(term.size, district), np.finfo(float).tiny)
    alone = term.known & (term.areas[district] == 1.0)
    shares = np.where(term.known, (term.size / total[district]) ** 2 * (between + sampling), 0.0)
    of_pooled = district_sums(shares, district)[district]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(alone | (not shrinks), 1.0, np.where(between > 0, between / (between + sampling), 0.0))
    variance = weight * sampling + (1.0 - weight) ** 2 * of_pooled
    return variance, between + of_pooled, term.areas[district] > 0


def _by_source(counts: Counts, groups: Sequence[Array], source: Array) -> Tuple[Counts, Sequence[Array]]:
    """The figures of the source areas themselves: counts added up, means weighted; and the groups of each."""
    known = counts.known
    size = int(source.max(initial=-1)) + 1

    def total(values: Array) -> Array:
        return np.bincount(source, weights=np.where(known, values, 0.0), minlength=size)

    first = np.zeros(size, dtype=int)
    first[source] = np.arange(len(source))
    of_groups = [group[first] for group in groups]
    held = total(np.ones(known.shape)) > 0
    if counts.denominator is not None:
        numerator = np.where(held, total(counts.numerator), np.nan)
        return replace(counts, numerator=numerator, denominator=total(counts.denominator)), of_groups
    people = counts.people
    weight = np.maximum(total(people), np.finfo(float).tiny)
    value = np.where(held, total(counts.numerator * people) / weight, np.nan)
    error = np.where(held, total(np.asarray(counts.standard_error, dtype=float) * people) / weight, np.nan)
    return Counts(counts.method, value, None, error, weight, counts.design_effect), of_groups
