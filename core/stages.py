"""Steps 3 to 9 on arrays: from converted indicators to the ranked measure, every stage kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .catalogue import AUTHORITY_GEOGRAPHIES
from .errors import DataError
from .indicators import Indicators, Note, gather_composite
from .methodology import Methodology, Node
from .pack_format import Entry
from .steps.combine import sum_weighted
from .steps.convert import Converted, listed
from .steps.shrinkage import Shrunk, bound_counts, pooled_rate, ratio, shrink_to_district
from .steps.standardise import ascending_ranks, exponential, orient
from .steps.weights import factor_weights


@dataclass(frozen=True)
class Shrinkage:
    """Shrunk indicators: ``terms`` by id, ``method`` by id (logit, rate, mean or none), and the rule for r > n."""

    terms: Mapping[str, Shrunk]
    method: Mapping[str, str]
    over: str = "gap"


@dataclass(frozen=True)
class Scores:
    """Plain sums and exponentially transformed ranks by node, the composite and the overall score, by area."""

    sums: Mapping[str, np.ndarray]
    transformed: Mapping[str, np.ndarray]
    weights: Mapping[str, float]
    composite: np.ndarray
    score: np.ndarray


def gather(
    methodology: Methodology, indicators: Indicators, left_out: Sequence[str], over: str = "gap"
) -> Dict[str, Converted]:
    """The indicators that enter the sums, composites added up, in the methodology's order; DataError if none."""
    gathered = {}
    for node in methodology.indicators:
        if node.id in indicators.absent or node.id in left_out:
            continue
        if node.level == "composite":
            gathered[node.id] = gather_composite(node, methodology, indicators, left_out, over)
        else:
            gathered[node.id] = indicators.columns[node.id]
    if not gathered:
        raise DataError("No indicator has data, so there is nothing to compute.")
    return gathered


def shrinkage_method(node: Node, entry: Optional[Entry], column: Converted) -> str:
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


def shrink(
    methodology: Methodology,
    indicators: Indicators,
    gathered: Mapping[str, Converted],
    notes: List[Note],
    over: str = "gap",
) -> Shrinkage:
    """Step 4 for every indicator; ``over`` (gap or cap) decides on numerators above their denominator."""
    codes, district = np.unique(indicators.areas["shrinkage_district"].to_numpy(dtype=str), return_inverse=True)
    population = indicators.areas["population"].to_numpy(dtype=float)
    terms, methods = {}, {}
    for name, column in gathered.items():
        node = methodology.node(name)
        method = shrinkage_method(node, indicators.entries.get(name), column)
        counts = (column.numerator, column.denominator) if method in ("logit", "rate") else (column.value, None)
        terms[name] = shrink_to_district(
            *counts, district, method=method, standard_error=column.standard_error, population=population, over=over
        )
        methods[name] = method
        if node.shrinkage != method and node.shrinkage != "none":
            words = f"not shrunk: {node.shrinkage} needs counts or errors that the pack does not give"
            notes.append(Note("warning", name, words))
    return Shrinkage(terms, methods, over)


def impute_from_district(
    indicators: Indicators, gathered: Mapping[str, Converted], shrinkage: Shrinkage, notes: List[Note]
) -> Tuple[Dict[str, np.ndarray], Dict[str, np.ndarray]]:
    """The shrunk values with gaps filled from the district, else the region, else all areas; and what was filled.

    Counts that are shrunk as such take what shrinkage draws them to: the anti-logit of M, from pooled counts none of
    which exceeds its denominator; others the population-weighted mean. Each is listed. Source: docs/method.md#gaps.
    """
    areas = indicators.areas
    population = areas["population"].to_numpy(dtype=float)
    levels = [("district", areas["shrinkage_district"]), ("region", areas["region_code"]), ("country", None)]
    groups = [
        (
            name,
            np.zeros(len(areas), dtype=int)
            if codes is None
            else np.unique(codes.to_numpy(dtype=str), return_inverse=True)[1],
        )
        for name, codes in levels
    ]
    values, filled = {}, {}
    for name, column in gathered.items():
        shrunk = shrinkage.terms[name].values
        filled[name] = np.isnan(shrunk)
        if shrinkage.method[name] == "logit":
            counts = bound_counts(column.numerator, column.denominator, shrinkage.over).numerator, column.denominator
            values[name] = _fill(name, shrunk, counts, pooled_rate, groups, areas.index, notes)
        else:
            values[name] = _fill(name, shrunk, (shrunk * population, population), ratio, groups, areas.index, notes)
    return values, filled


def _fill(name, values: np.ndarray, counts, estimate, groups, codes, notes) -> np.ndarray:
    """Each gap filled with ``estimate`` of the pooled counts (top, bottom) of the first group that has any."""
    known = ~np.isnan(counts[0]) & ~np.isnan(counts[1]) & ~np.isnan(values)
    top, bottom = (np.where(known, part, 0.0) for part in counts)
    values = values.copy()
    for level, group in groups:
        gaps = np.isnan(values)
        if not gaps.any():
            return values
        means = estimate(np.bincount(group, weights=top), np.bincount(group, weights=bottom))[group]
        values[gaps] = means[gaps]
        filled = gaps & ~np.isnan(values)
        if filled.any():
            notes.append(
                Note(
                    "imputed",
                    name,
                    f"{int(filled.sum()):,} areas take the figure of their {level}: {listed(codes[filled])}",
                )
            )
    if np.isnan(values).any():
        raise DataError(f"'{name}' has no value anywhere, so its gaps cannot be filled.")
    return values


def score(methodology: Methodology, names: Sequence[str], z: np.ndarray, divisor: str = "ranked") -> Scores:
    """Steps 7 to 9: sums by sub-dimension and dimension, exponential transformation, weights, overall score.

    ``z``: normal scores, areas x indicators in the order of ``names``. An area that lacks a part of a
    dimension has no score there, nor overall. A sub-dimension without data is dropped. ``divisor`` as of
    ``exponential``.
    """
    columns = dict(zip(names, z.T))
    sums: Dict[str, np.ndarray] = {}
    transformed: Dict[str, np.ndarray] = {}
    weights: Dict[str, float] = {}
    for parent in (*methodology.sub_dimensions, *methodology.dimensions):
        total = sum_node(methodology, parent, columns, transformed, weights)
        if total is not None:
            sums[parent.id] = total
            transformed[parent.id] = transform(methodology, total, divisor=divisor)
    composite = combine_dimensions(methodology, transformed, weights)
    return Scores(sums, transformed, weights, composite, transform(methodology, composite, divisor=divisor))


def sum_node(
    methodology: Methodology,
    parent: Node,
    columns: Mapping[str, np.ndarray],
    transformed: Mapping[str, np.ndarray],
    weights: Dict[str, float],
) -> Optional[np.ndarray]:
    """Step 7 for one sub-dimension or dimension; None if nothing under it has data.

    It sums the normal scores in ``columns``, or the transformed sub-dimensions where it holds such; the weights
    that were used are put into ``weights`` by id. Source: paper, step 7.
    """
    children = methodology.children(parent.id)
    available = transformed if children[0].level == "sub_dimension" else columns
    parts = [child.id for child in children if child.id in available]
    return _sum_parts(parent, children, parts, available, weights) if parts else None


def transform(
    methodology: Methodology,
    scores: np.ndarray,
    constant: Optional[float] = None,
    areas: Optional[int] = None,
    divisor: str = "ranked",
) -> np.ndarray:
    """Step 8: X of the ascending rank of every area; ``constant`` is the methodology's unless one is given.

    ``areas`` is T, the number of areas of the universe: all that are handed in, ranked or not, unless given;
    ``divisor`` as of ``exponential``.
    """
    if constant is None:
        constant = methodology.options("exponentialtransform")["CONSTANT"]
    return exponential(ascending_ranks(scores), areas=areas or len(scores), constant=constant, divisor=divisor)


def _sum_parts(parent: Node, children: Sequence[Node], parts, available, weights: Dict[str, float]) -> np.ndarray:
    """Plain sum when equal; sum of w z when weights are given or fitted."""
    stack = np.column_stack([available[part] for part in parts])
    given: Optional[Sequence[float]] = None
    if parent.weighting == "maximum_likelihood":
        given = _named(parent.id, stack)
    elif parent.weighting == "given":
        absent = [child.id for child in children if child.id not in available and child.weight]
        if absent:
            raise DataError(f"'{parent.id}' has given weights but no data for {listed(absent)}; change its weights.")
        given = [float(child.weight or 0.0) for child in children if child.id in available]
    weights.update(zip(parts, [1.0] * len(parts) if given is None else given))
    return sum_weighted(stack, given)


def _named(parent: str, stack: np.ndarray) -> np.ndarray:
    try:
        return factor_weights(stack).weights
    except DataError as error:
        raise DataError(f"'{parent}': {error}") from error


def combine_dimensions(
    methodology: Methodology, transformed: Mapping[str, np.ndarray], weights: Dict[str, float]
) -> np.ndarray:
    """Step 9: the weighted sum of the transformed dimensions; DataError names dimensions without data."""
    absent = [node.id for node in methodology.dimensions if node.id not in transformed]
    if absent:
        raise DataError(f"No indicator of {listed(absent)} has data, so there is no overall measure.")
    return _sum_parts(
        methodology.index, methodology.dimensions, [node.id for node in methodology.dimensions], transformed, weights
    )


def oriented(methodology: Methodology, entries: Mapping[str, Entry], values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Step 5: areas x indicators, high = need; a pack's ``high_is`` overrides the methodology's direction."""
    columns = []
    for name, column in values.items():
        entry = entries.get(name)
        direction = methodology.node(name).direction if entry is None or entry.high_is is None else entry.high_is
        columns.append(orient(column, direction))
    return np.column_stack(columns)
