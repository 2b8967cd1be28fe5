"""Shrinkage: unreliable small-area rates move towards the rate of their district (paper step 4, Appendix B)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array, side_by_side
from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..errors import DataError, OptionError
from ..methodology import Node
from ..pack_format import Entry
from ..rates import Bounded, bound_counts, over_texts, ratio
from ..table import Added, Converted, Scope, Table, area_codes
from ..texts import Note, listed
from ..words import counted

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
    Areas without a value count neither in M nor in k nor in t2; nor do those whose value has no standard error, or that
    have no residents, under ``mean``: they keep it (w = 1).
    ``district`` holds whole numbers from 0, one an area; negative means "no district" and is an error.
    Raises DataError for negative counts. Source: paper, Appendix B.
    """
    numerator = np.asarray(numerator, dtype=float)
    district = np.asarray(district)
    if district.size and district.min() < 0:
        raise DataError(f"Shrinkage: {int((district < 0).sum())} areas have no district.")
    if method not in ("logit", "rate", "mean", "none"):
        raise OptionError(f"METHOD: '{method}' is not known; choose from logit, rate, mean, none.")
    nothing = np.zeros(numerator.shape, dtype=bool)
    if method == "none":
        values = numerator.copy() if denominator is None else ratio(numerator, denominator)
        weights = np.where(np.isnan(values), np.nan, 1.0)
        return Shrunk(values, weights, values, np.full(values.shape, np.nan), nothing, nothing)
    bounded, counts = Bounded(numerator, nothing, nothing), Counts(method, numerator)
    if method == "mean":
        counts = replace(counts, standard_error=_needed(standard_error, "standard error"), population=population)
        _refuse_negative("standard errors", counts.standard_error)
    else:
        size = _needed(denominator, "denominator")
        _refuse_negative("numerators", numerator)
        _refuse_negative("denominators", size)
        bounded = bound_counts(numerator, size, over) if method == "logit" else bounded
        counts = replace(counts, numerator=bounded.numerator, denominator=size)
    return _weigh(counts, bounded, terms(counts, district), district)


def _needed(values: Optional[Array], name: str) -> Array:
    if values is None:
        raise DataError(f"Shrinkage: this method needs a {name}.")
    return np.asarray(values, dtype=float)


def _refuse_negative(name: str, values: Any) -> None:
    if np.any(values < 0):
        raise DataError(f"Shrinkage: {np.count_nonzero(values < 0)} {name} are negative.")


def _weigh(counts: Counts, bounded: Bounded, term: Terms, district: Array) -> Shrunk:
    """m* and w, back on the scale of the figures; NaN where there is no value."""
    between = term.between[district]
    with np.errstate(invalid="ignore"):
        weights = between / (between + term.sampling)
    weights = np.where(term.areas[district] == 1.0, 1.0, np.where(between + term.sampling == 0.0, 1.0, weights))
    estimate = weights * term.measure + (1.0 - weights) * term.pooled
    raw = counts.numerator if counts.denominator is None else ratio(counts.numerator, counts.denominator)
    # A value without a standard error, or of an area without residents, is kept; a count of nobody has no value.
    values = np.where(term.known, from_scale(counts.method, estimate), raw)
    weights = np.where(term.known, weights, np.where(np.isnan(raw), np.nan, 1.0))
    pooled = np.where(term.known, from_scale(counts.method, term.pooled), np.nan)
    return Shrunk(values, weights, raw, pooled, bounded.capped, bounded.beyond)


@dataclass(frozen=True)
class Counts:
    """The figures of one indicator as shrinkage takes them: events r out of n, or a value with its standard error.

    ``design_effect`` multiplies the sampling variance.
    """

    method: str
    numerator: Array
    denominator: Optional[Array] = None
    standard_error: Optional[Array] = None
    population: Optional[Array] = None
    design_effect: float = 1.0

    @property
    def known(self) -> Array:
        """Where there is a figure: of one or more people, and for values with an error."""
        if self.denominator is not None:
            return ~np.isnan(self.numerator) & (self.denominator > 0)
        return ~np.isnan(self.numerator) & ~np.isnan(np.asarray(self.standard_error)) & (self.people > 0)

    @property
    def people(self) -> Array:
        """By what values are weighted: the population, or all areas alike."""
        return np.ones(len(self.numerator)) if self.population is None else np.asarray(self.population, dtype=float)


class Terms(NamedTuple):
    """What shrinkage weighs: m, s2 and size n of each area (0, a number and 0 where not ``known``), and its M.

    ``areas`` and ``between``: the number k of areas with a figure and t2, the spread of m about M, by district.
    """

    known: Array
    measure: Array
    sampling: Array
    size: Array
    pooled: Array
    areas: Array
    between: Array


def terms(counts: Counts, district: Array) -> Terms:
    """The terms of ``shrink_to_district`` on the scale of the method (logit, rate or mean)."""
    known, effect = counts.known, counts.design_effect
    r = np.where(known, counts.numerator, 0.0)
    if counts.method == "mean":
        size = np.where(known, counts.people, 0.0)
        measure, sampling = r, np.where(known, np.asarray(counts.standard_error), 1.0) ** 2 * effect
        pooled = district_sums(r * size, district) / np.maximum(district_sums(size, district), np.finfo(float).tiny)
    else:
        n = np.where(known, np.asarray(counts.denominator), 1.0)
        r = np.minimum(r, n) if counts.method == "logit" else r
        size = n * known
        events, total = district_sums(r, district), np.maximum(district_sums(size, district), np.finfo(float).tiny)
        if counts.method == "logit":
            measure, pooled = np.log((r + 0.5) / (n - r + 0.5)), np.log((events + 0.5) / (total - events + 0.5))
            sampling = (n + 1.0) * (n + 2.0) / (n * (r + 1.0) * (n - r + 1.0)) * effect
        else:
            measure, pooled, sampling = np.log((r + 0.5) / n), np.log((events + 0.5) / total), effect / (r + 0.5)
    areas = district_sums(known.astype(float), district)
    squares = district_sums(np.where(known, (measure - pooled[district]) ** 2, 0.0), district)
    return Terms(known, measure, sampling, size, pooled[district], areas, squares / np.maximum(areas - 1.0, 1.0))


def from_scale(method: str, values: Array) -> Array:
    """Values on the scale of shrinkage as figures again: a proportion, a rate, or the value itself."""
    if method == "logit":
        return 1.0 / (1.0 + np.exp(-values))
    return np.exp(values) if method == "rate" else values


def district_sums(values: Array, district: Array) -> Array:
    """The sum over the areas of each district, whose numbers start from 0."""
    return np.bincount(district, weights=values, minlength=int(district.max(initial=-1)) + 1)


def pooled_rate(numerator: Array, denominator: Array) -> Array:
    """The anti-logit of M = ln((r+1/2)/(n-r+1/2)) of pooled counts, which is (r+1/2)/(n+1); NaN where n = 0."""
    return np.where(denominator > 0, (numerator + 0.5) / (denominator + 1.0), np.nan)


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

    def shrunk_to_district(name: str, one: Converted) -> Shrunk:
        counted = methods[name] in ("logit", "rate")
        figures = one.counts[0] if counted else one.value
        if methods[name] == "rate" and scope.bounded(scope.methodology.node(name)):
            # An event rate has no upper end, but a count of a population has one.
            figures = bound_counts(*one.counts, over).numerator
        return shrink_to_district(
            figures,
            one.denominator if counted else None,
            groups["district"],
            method=methods[name],
            standard_error=one.standard_error,
            population=people,
            over=over,
        )

    terms = dict(zip(columns, side_by_side(shrunk_to_district, columns, columns.values())))
    codes = area_codes(table)
    notes = [
        note
        for name, column in columns.items()
        for note in _notes(scope.methodology.node(name), methods[name], column, terms[name], codes)
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
            counted = column.numerator is not None and scope.bounded(scope.methodology.node(name))
            pools = (column, people, "logit" if counted else methods[name], over)
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


def _notes(node: Node, method: str, column: Converted, terms: Shrunk, codes: pd.Index) -> List[Note]:
    texts = over_texts(terms, codes)
    kept = (terms.weights == 1.0) & np.isnan(terms.district)
    if method == "mean" and kept.any():
        texts = (*texts, f"not shrunk, without a standard error or residents: {listed(codes[kept])}")
    if node.shrinkage not in (method, "none"):
        lacking = f"{node.shrinkage} needs counts or errors that the pack does not give"
        counted = column.numerator is not None and node.shrinkage == "logit"
        texts = (f"not shrunk: {'a ratio without an upper end has no logit' if counted else lacking}", *texts)
    return [Note("warning", node.id, text) for text in texts]


def fill_gaps(
    name: str, values: Array, pools: Tuple[Converted, Any, str, str], groups: Mapping[str, Array]
) -> Tuple[Array, List[Tuple[str, Array]]]:
    """The shrunk values with each gap filled by the first of the groups that has a figure; and what took whose.

    ``pools``: figures, residents, method, over. Counts of a population (``logit``, also where unshrunk) take what
    shrinkage draws them to: the anti-logit of M, from pooled counts none of which exceeds its denominator; others the
    population-weighted mean. Source: docs/method.md#gaps.
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
