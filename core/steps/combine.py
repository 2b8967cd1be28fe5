"""Sums of scores: indicators to sub-dimensions and dimensions, dimensions to the index (paper steps 7 and 9)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError, OptionError
from ..methodology import WEIGHT_TOLERANCE, Methodology, Node
from ..table import Added, Scope, Table
from ..texts import Note, listed
from .standardise import transform
from .weights import factor_of, weighted


def sum_weighted(scores: Array, weights: Optional[Sequence[float]] = None) -> Array:
    """Sum of the columns, or sum of w x score where weights are given; one value an area.

    ``scores``: areas x parts. An area that lacks a part has no sum (NaN); a part of weight 0 is no part. Given weights
    must sum to 1 +- 1e-9. Raises DataError without parts, OptionError for weights that do not fit. Source: paper,
    steps 7 and 9.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise DataError("There is nothing to sum: no part has data.")
    if weights is None:
        return scores.sum(axis=1)
    given = np.asarray(weights, dtype=float)
    if given.shape != (scores.shape[1],):
        raise OptionError(f"weights: {given.size} weights for {scores.shape[1]} parts.")
    if not np.all(np.isfinite(given)) or abs(given.sum() - 1.0) > WEIGHT_TOLERANCE:
        raise OptionError(f"weights: they sum to {given.sum():.12g}, not 1.")
    return np.where(given == 0.0, 0.0, scores) @ given


def sum_parts_of(
    parent: Node, methodology: Methodology, available: Mapping[str, Array]
) -> Tuple[Array, Dict[str, float]]:
    """The sum of those children of a node that are available, plain or weighted; and each one's weight."""
    children = methodology.children(parent.id)
    parts = [child.id for child in children if child.id in available]
    stack = np.column_stack([available[part] for part in parts])
    given: Optional[Sequence[float]] = None
    if parent.weighting == "maximum_likelihood":
        given = factor_of(parent.id, stack).weights.tolist()
    elif parent.weighting == "given":
        absent = [child.id for child in children if child.id not in available and child.weight]
        if absent:
            raise DataError(f"'{parent.id}' has given weights but no data for {listed(absent)}; change its weights.")
        given = [float(child.weight or 0.0) for child in children if child.id in available]
    return sum_weighted(stack, given), dict(zip(parts, [1.0] * len(parts) if given is None else given))


def apply_sums(
    table: Table, scope: Scope, *, level: str, missing_indicators: str = "error", weights: Optional[Table] = None
) -> Added:
    """Step 7: ``<node>_sum`` of every sub-dimension, or of every dimension, from what is below it.

    ``level`` is sub_dimension or dimension. A dimension sums ``<sub-dimension>_exp``, or the normal scores
    where it has no sub-dimensions. DataError lists parts that are not in the table, unless
    ``missing_indicators`` is leave_out. A table of ``weights`` goes before the methodology's (see ``weighted``).
    Source: paper, step 7.
    """
    methodology = scope.methodology
    nodes = methodology.sub_dimensions if level == "sub_dimension" else methodology.dimensions
    parents = [node for node in nodes if scope.holds(node)]
    columns: Dict[str, Array] = {}
    absent: List[str] = []
    for child in (child for parent in parents for child in methodology.children(parent.id)):
        column = f"{child.id}_exp" if child.level == "sub_dimension" else f"{child.id}_z"
        if table.holds(column):
            columns[child.id] = table.numbers(column)
        else:
            absent.append(column)
    if not columns:
        raise DataError(f"{table.name}: there is nothing to sum: none of {listed(absent, 4)} is there.")
    if absent and missing_indicators == "error":
        lacking = f"{len(absent)} parts are not there: {listed(absent, 40)}"
        raise DataError(f"{table.name}: {lacking}. Add them, or choose to leave them out.")
    notes = [Note("absent", name, "not in the table and left out") for name in absent]
    if weights is not None:
        methodology = weighted(methodology, weights, columns)
        if not set(weights.texts("node")) & set(columns):
            notes.append(Note("info", weights.name, "no row is of a part summed here; the methodology's weights hold"))
    found: Dict[str, Array] = {}
    used: Dict[str, Any] = {}
    for parent in parents:
        if any(child.id in columns for child in methodology.children(parent.id)):
            found[f"{parent.id}_sum"], own = sum_parts_of(methodology.node(parent.id), methodology, columns)
            used.update(own)
    return Added(pd.DataFrame(found), tuple(notes), used)


def apply_dimensions(table: Table, scope: Scope, *, weights: Optional[Table] = None, divisor: str = "ranked") -> Added:
    """Step 9: ``composite``, the weighted sum of the dimensions, and X of its rank as ``need_score``.

    A table of ``weights`` goes before the methodology's (see ``weighted``).
    Source: paper, steps 8 and 9; docs/method.md#7-to-9-sums-exponential-transformation-weights.
    """
    methodology = scope.methodology
    names = [node.id for node in methodology.dimensions]
    absent = [name for name in names if not table.holds(f"{name}_exp")]
    if absent:
        raise DataError(f"No indicator of {listed(absent)} has data, so there is no overall measure.")
    transformed = {name: table.numbers(f"{name}_exp") for name in names}
    if weights is not None:
        methodology = weighted(methodology, weights, transformed)
        if not set(weights.texts("node")) & set(transformed):
            raise DataError(f"{weights.name}: no row is of a dimension ({listed(transformed)}).")
    composite, used = sum_parts_of(methodology.index, methodology, transformed)
    score = transform(composite, scope, divisor=divisor)
    return Added(pd.DataFrame({"composite": composite, "need_score": score}), weights=used)
