"""Weights as a table: made from normal scores (paper step 7), read again, and put into a methodology."""

from __future__ import annotations

import dataclasses
from typing import Collection, Dict, List, Mapping, Tuple

import numpy as np
import pandas as pd

from ..errors import DataError, OptionError
from ..methodology import Methodology, Node
from ..steps.combine import WEIGHT_TOLERANCE
from ..steps.convert import listed
from ..steps.weights import factor_weights
from .tables import Scope, Table, matrix

COLUMNS = ("node", "parent", "weighting", "weight", "loading", "uniqueness", "variance_share")


def indicator_weights(table: Table, scope: Scope, *, method: str) -> pd.DataFrame:
    """A row for each indicator under each parent: its weight, and for maximum likelihood what lies behind it.

    ``method`` is equal (1/k), maximum_likelihood, or given: as the methodology says for each parent. Weights
    under one parent sum to 1. ``variance_share`` is that of the variance of the parent's indicators which the
    factor explains. DataError where factor analysis is not sound, naming the parent. Source: paper, step 7.
    """
    rows: List[Dict[str, object]] = []
    for parent, names in _parts(table, scope):
        weighting = parent.weighting if method == "given" else method
        if weighting == "maximum_likelihood":
            rows += _fitted(parent.id, names, matrix(table, names, "_z"))
            continue
        given = [scope.methodology.node(name).weight for name in names]
        equal = weighting == "equal"
        rows += [
            _row(name, parent.id, weighting, 1.0 / len(names) if equal else float(weight or 0.0))
            for name, weight in zip(names, given)
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def weigh_fields(table: Table, fields: List[str], *, method: str) -> pd.DataFrame:
    """The same for fields of any table, which are the normal scores (or other standard scores) of one group."""
    if method == "given":
        raise OptionError(
            "METHOD: a methodology gives weights of its own indicators only; choose equal or maximum_likelihood."
        )
    if method == "maximum_likelihood":
        rows = _fitted("fields", fields, matrix(table, fields))
    else:
        rows = [_row(name, "fields", "equal", 1.0 / len(fields)) for name in fields]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parts(table: Table, scope: Scope) -> List[Tuple[Node, List[str]]]:
    present = scope.present(table, "_z")
    parents: Dict[str, List[str]] = {}
    for name in present:
        parents.setdefault(str(scope.methodology.node(name).parent), []).append(name)
    return [(scope.methodology.node(parent), names) for parent, names in parents.items()]


def _fitted(parent: str, names: List[str], z: np.ndarray) -> List[Dict[str, object]]:
    try:
        factor = factor_weights(z)
    except DataError as error:
        raise DataError(f"'{parent}': {error}") from error
    terms = zip(names, factor.weights, factor.loadings, factor.uniquenesses)
    return [
        _row(name, parent, "maximum_likelihood", float(weight), float(loading), float(unique), factor.variance_share)
        for name, weight, loading, unique in terms
    ]


def _row(node, parent, weighting, weight, loading=np.nan, uniqueness=np.nan, share=np.nan) -> Dict[str, object]:
    return dict(zip(COLUMNS, (node, parent, weighting, weight, loading, uniqueness, share)))


def read_weights(table: Table) -> Dict[str, float]:
    """Weights by id, from the columns ``node`` and ``weight``; DataError for a gap, a duplicate or a negative one."""
    nodes, weights = table.distinct_keys("node"), table.numbers("weight")
    for row, (node, weight) in enumerate(zip(nodes, weights), start=1):
        if np.isnan(weight) or weight < 0:
            fault = "is empty" if np.isnan(weight) else f"is {weight:g}, which is below 0,"
            raise DataError(f"{table.name}: 'weight' {fault} in row {row} ({node}).")
    return dict(zip(nodes, weights.tolist()))


def weighted(methodology: Methodology, table: Table, data: Collection[str]) -> Methodology:
    """The methodology with the weights of a table (columns ``node`` and ``weight``) in place of its own.

    Only the weights decide, whatever other columns say: parts that all weigh alike are summed plainly, as an equal
    weighting is; others, and dimensions always, by their weights, which sum to 1 +- 1e-9. A parent without any row
    keeps the methodology's weighting. ``data``: ids of the parts that the areas have columns for. DataError, naming the
    row, for an id that is unknown, that is no part of a sum (the index, a part of a composite) or stands twice; and for
    a part with data but no row, and sums that are not 1. Source: paper, steps 7 and 9.
    """
    weights = read_weights(table)
    parents = _parents(methodology, table.name, weights)
    nodes = {node.id: node for node in methodology.nodes}
    for parent in dict.fromkeys(parents.values()):
        parts = [child.id for child in methodology.children(parent)]
        lacking = [name for name in parts if name in data and name not in weights]
        if lacking:
            raise DataError(f"{table.name}: there is no row for {listed(lacking)}, which has data under '{parent}'.")
        given = {name: weights[name] for name in parts if name in weights}
        total = sum(given.values())
        if abs(total - 1.0) > WEIGHT_TOLERANCE:
            rows = ", ".join(f"{name} {weight:.6g}" for name, weight in given.items())
            raise DataError(f"{table.name}: the weights under '{parent}' sum to {total:.12g}, not 1 ({rows}).")
        alike = nodes[parent].level != "index" and max(given.values()) - min(given.values()) <= WEIGHT_TOLERANCE
        nodes[parent] = dataclasses.replace(nodes[parent], weighting="equal" if alike else "given")
        for name in parts:
            nodes[name] = dataclasses.replace(nodes[name], weight=None if alike else weights.get(name))
    return dataclasses.replace(methodology, nodes=tuple(nodes.values()))


def _parents(methodology: Methodology, name: str, weights: Mapping[str, float]) -> Dict[str, str]:
    """The parent of each id, in the table's order."""
    known = {node.id: node for node in methodology.nodes}
    parents = {}
    for row, node_id in enumerate(weights, start=1):
        node = known.get(node_id)
        if node is None:
            raise DataError(f"{name}: row {row} is of '{node_id}', which '{methodology.id}' does not have.")
        if node.parent is None or known[node.parent].level == "composite":
            raise DataError(f"{name}: row {row} is of '{node_id}', which takes no weight: it is no part of a sum.")
        parents[node_id] = node.parent
    return parents
