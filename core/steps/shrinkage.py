"""Shrinkage: unreliable small-area rates move towards the rate of their district (paper step 4, Appendix B)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..errors import DataError, OptionError
from ..methodology import Node
from ..pack_format import Entry
from ..table import Added, Converted, Scope, Table, area_codes
from ..texts import Note, counted, listed
from .rates import Bounded, bound_counts, over_texts, ratio

DISTRICT, REGION, POPULATION = "district_code", "region_code", "population"


@dataclass(frozen=True)
class Shrunk:
    """Shrunk values with the terms they were made from, one entry an area (NaN where there is no value).

    ``capped`` and ``beyond`` mark numerators above their denominator, as ``bound_counts`` tells them apart.
    """

    values: Array
    weights: Array
    raw: Array
    district: Array
    capped: Array
    beyond: Array


def shrink_to_district(
    numerator: Array,
    denominator: Optional[Array],
    district: Array,
    *,
    method: str = "logit",
    standard_error: Optional[Array] = None,
    population: Optional[Array] = None,
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


def _needed(values: Optional[Array], name: str) -> Array:
    if values is None:
        raise DataError(f"Shrinkage: this method needs a {name}.")
    return np.asarray(values, dtype=float)


def pooled_rate(numerator: Array, denominator: Array) -> Array:
    """The anti-logit of M = ln((r+1/2)/(n-r+1/2)) of pooled counts, which is (r+1/2)/(n+1); NaN where n = 0."""
    return np.where(denominator > 0, (numerator + 0.5) / (denominator + 1.0), np.nan)


def _shrink_counts(events: Array, population: Array, district: Array, over: str) -> Shrunk:
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


def _shrink_rates(events: Array, exposure: Array, district: Array) -> Shrunk:
    known = _check_counts(events, exposure)
    r, e = np.where(known, events, 0.0), np.where(known, exposure, 1.0)
    pooled_e = np.maximum(_district_sums(e * known, district), np.finfo(float).tiny)
    pooled = np.log((_district_sums(r * known, district) + 0.5) / pooled_e)[district]
    estimate, weights = _weigh(np.log((r + 0.5) / e), 1.0 / (r + 0.5), pooled, known, district)
    return _shrunk(np.exp(estimate), weights, r / e, np.exp(pooled), known=known)


def _shrink_means(values: Array, standard_error: Array, district: Array, population: Optional[Array]) -> Shrunk:
    if np.any(standard_error < 0):
        raise DataError(f"Shrinkage: {int((standard_error < 0).sum())} standard errors are negative.")
    people = np.ones(values.shape) if population is None else np.asarray(population, dtype=float)
    known = ~np.isnan(values) & ~np.isnan(standard_error) & (people > 0)
    v, p = np.where(known, values, 0.0), np.where(known, people, 0.0)
    totals = np.maximum(_district_sums(p, district), np.finfo(float).tiny)
    pooled = (_district_sums(v * p, district) / totals)[district]
    estimate, weights = _weigh(v, np.where(known, standard_error, 1.0) ** 2, pooled, known, district)
    return _shrunk(estimate, weights, v, pooled, known=known)


def _check_counts(events: Array, population: Array) -> Array:
    """Which areas have a rate; DataError for negative counts."""
    for name, counts in (("numerators", events), ("denominators", population)):
        negative = int(np.count_nonzero(counts < 0))
        if negative:
            raise DataError(f"Shrinkage: {negative} {name} are negative.")
    return ~np.isnan(events) & (population > 0)


def _district_sums(values: Array, district: Array) -> Array:
    return np.bincount(district, weights=values, minlength=int(district.max(initial=-1)) + 1)


def _weigh(measure: Array, variance: Array, pooled: Array, known: Array, district: Array) -> Tuple[Array, Array]:
    """m* and w; t2 is taken about the district's pooled measure, not about the mean of its areas."""
    squares = _district_sums(np.where(known, (measure - pooled) ** 2, 0.0), district)
    areas = _district_sums(known.astype(float), district)
    between = (squares / np.maximum(areas - 1.0, 1.0))[district]
    with np.errstate(invalid="ignore"):
        weights = between / (between + variance)
    weights = np.where(areas[district] == 1.0, 1.0, np.where(between + variance == 0.0, 1.0, weights))
    return weights * measure + (1.0 - weights) * pooled, weights


def _shrunk(*parts: Array, known: Array, bounded: Optional[Bounded] = None) -> Shrunk:
    """Values, weights, raw figures and the district's, with NaN where there is no value."""
    none = np.zeros(known.shape, dtype=bool)
    capped, beyond = (none, none) if bounded is None else (bounded.capped, bounded.beyond)
    values, weights, raw, pooled = (np.where(known, part, np.nan) for part in parts)
    return Shrunk(values, weights, raw, pooled, capped, beyond)


def method_of(node: Node, entry: Optional[Entry], column: Converted) -> str:
    """How an indicator is shrunk: the methodology's way, or ``none`` where its data cannot be.

    Figures of authorities, unbounded ratios under ``logit`` and figures without counts (or, for ``mean``,
    without standard errors) are not shrunk. Source: paper, step 4; docs/method.md#4-shrinkage.
    """
    geography = node.geography if entry is None else entry.geography
    unbounded = entry is not None and entry.unbounded
    if geography in AUTHORITY_GEOGRAPHIES or (unbounded and node.shrinkage == "logit"):
        return "none"
    if node.shrinkage in ("logit", "rate") and column.numerator is None:
        return "none"
    if node.shrinkage == "mean" and column.standard_error is None:
        return "none"
    return node.shrinkage


def apply(
    table: Table,
    scope: Scope,
    *,
    missing: str = "exclude",
    over: str = "gap",
    district: str = DISTRICT,
    region: str = REGION,
    population: Optional[str] = POPULATION,
) -> Added:
    """Step 4: ``<id>_shrunk`` of every indicator, a copy where it is not shrunk.

    With ``missing`` = district, gaps are filled from district, region or all areas afterwards, and
    ``imputed_count`` counts what was filled in each area. ``population`` None: areas weigh alike in a district's mean.
    Source: paper, step 4 and Appendix B; docs/method.md#4-shrinkage and docs/method.md#gaps.
    """
    columns = scope.read(table, scope.indicators(), labelled=False, over=over)
    if not columns:
        scope.present(table, "")
    fill = missing == "district"
    people = _people(table, population, fill or any(one.standard_error is not None for one in columns.values()))
    groups = {"district": _groups(table, district)}
    methods = {
        name: method_of(scope.methodology.node(name), scope.entries.get(name), column)
        for name, column in columns.items()
    }
    terms = {
        name: shrink_to_district(
            one.counts[0] if methods[name] in ("logit", "rate") else one.value,
            one.denominator if methods[name] in ("logit", "rate") else None,
            groups["district"],
            method=methods[name],
            standard_error=one.standard_error,
            population=people,
            over=over,
        )
        for name, one in columns.items()
    }
    codes = area_codes(table)
    notes = [
        note for name in columns for note in _notes(scope.methodology.node(name), methods[name], terms[name], codes)
    ]
    alone = int(np.count_nonzero(np.bincount(groups["district"]) == 1))
    if alone and set(methods.values()) != {"none"}:
        notes.append(Note("info", district, f"{alone:,} districts hold one area, which keeps its own figure"))
    values = {name: shrunk.values for name, shrunk in terms.items()}
    found, filled = {f"{name}_shrunk": column for name, column in values.items()}, {}
    if fill:
        if not table.holds(region):
            raise DataError(f"{table.name}: there is no field '{region}'; gaps go by district, then by region.")
        groups = {**groups, "region": _groups(table, region), "country": np.zeros(len(table), dtype=int)}
        for name, column in columns.items():
            filled[name] = np.isnan(values[name])
            pools = (column, people, methods[name], over)
            found[f"{name}_shrunk"], sources = fill_gaps(name, values[name], pools, groups)
            notes += [Note("imputed", name, f"{text}: {listed(codes[where])}") for text, where in sources]
        found["imputed_count"] = np.sum(list(filled.values()), axis=0)
    weights = {name: shrunk.weights for name, shrunk in terms.items()}
    return Added(pd.DataFrame(found), (*notes, *scope.absent(columns)), weights, filled, methods)


def _groups(table: Table, column: str) -> Array:
    return pd.factorize(table.groups(column), sort=True)[0]


def _people(table: Table, population: Optional[str], needed: bool) -> Optional[Array]:
    if population is not None and table.holds(population):
        return table.numbers(population)
    if needed and population is not None:
        raise DataError(f"{table.name}: there is no field '{population}'; averages over a district need residents.")
    return None


def _notes(node: Node, method: str, terms: Shrunk, codes: pd.Index) -> List[Note]:
    texts = over_texts(terms, codes)
    if node.shrinkage not in (method, "none"):
        texts = (f"not shrunk: {node.shrinkage} needs counts or errors that the pack does not give", *texts)
    return [Note("warning", node.id, text) for text in texts]


def fill_gaps(
    name: str, values: Array, pools: Tuple[Converted, Any, str, str], groups: Mapping[str, Array]
) -> Tuple[Array, List[Tuple[str, Array]]]:
    """The shrunk values with each gap filled by the first of the groups that has a figure; and what took whose.

    Counts that are shrunk as such take what shrinkage draws them to: the anti-logit of M, from pooled counts none of
    which exceeds its denominator; others the population-weighted mean. Source: docs/method.md#gaps.
    """
    column, people, method, over = pools
    counts = (values * people, people)
    if method == "logit":
        counts = (bound_counts(*column.counts, over).numerator, column.counts[1])
    estimate = pooled_rate if method == "logit" else ratio
    known = ~np.isnan(counts[0]) & ~np.isnan(counts[1]) & ~np.isnan(values)
    top, bottom = (np.where(known, part, 0.0) for part in counts)
    values, sources = values.copy(), []
    for level, group in groups.items():
        gaps = np.isnan(values)
        if not gaps.any():
            break
        means = estimate(np.bincount(group, weights=top), np.bincount(group, weights=bottom))[group]
        values[gaps] = means[gaps]
        taken = gaps & ~np.isnan(values)
        if taken.any():
            sources.append(
                (f"{counted(int(taken.sum()), 'area takes', 'areas take')} the figure of their {level}", taken)
            )
    if np.isnan(values).any():
        raise DataError(f"'{name}' has no value anywhere, so its gaps cannot be filled.")
    return values, sources
