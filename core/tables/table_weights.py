"""Weights as a table: made from normal scores (paper step 7), read again, and put into a methodology."""

from __future__ import annotations

import dataclasses
from typing import Dict, List, Mapping, Tuple

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
    wrong = np.isnan(weights) | (weights < 0)
    if wrong.any():
        raise DataError(f"{table.name}: 'weight' is missing or negative for {listed(nodes[wrong])}.")
    return dict(zip(nodes, weights.tolist()))


def weighted(methodology: Methodology, table: Table) -> Methodology:
    """The methodology with the weights of a table (columns node, weight, and perhaps weighting) in place of its own.

    Under each parent that the table touches they sum to 1 +- 1e-9; a parent whose rows all say ``equal`` becomes a
    plain sum. A node without a row has no weight (None): the step that sums refuses it if it has data. DataError
    for ids that are unknown or doubled.
    """
    weights = read_weights(table)
    known = {node.id: node for node in methodology.nodes}
    unknown = [name for name in weights if name not in known or known[name].level == "index"]
    if unknown:
        raise DataError(f"{table.name}: the methodology '{methodology.id}' has no {listed(unknown)}.")
    touched = {str(known[name].parent) for name in weights}
    plain = _plain_parents(table, known) if "weighting" in table.names else set()
    for parent in touched - plain:
        _check_weights(table.name, methodology, parent, weights)

    def reweighed(node: Node) -> Node:
        if node.id in touched:
            node = dataclasses.replace(node, weighting="equal" if node.id in plain else "given")
        if node.parent in touched:
            node = dataclasses.replace(node, weight=None if node.parent in plain else weights.get(node.id))
        return node

    return dataclasses.replace(methodology, nodes=tuple(map(reweighed, methodology.nodes)))


def _plain_parents(table: Table, known: Mapping[str, Node]) -> set:
    kinds: Dict[str, set] = {}
    for name, kind in zip(table.keys("node"), table.texts("weighting")):
        kinds.setdefault(str(known[name].parent), set()).add(kind)
    return {parent for parent, found in kinds.items() if found == {"equal"}}


def _check_weights(name: str, methodology: Methodology, parent: str, weights: Mapping[str, float]) -> None:
    given = [weights[child.id] for child in methodology.children(parent) if child.id in weights]
    if abs(sum(given) - 1.0) > WEIGHT_TOLERANCE:
        raise DataError(f"{name}: the weights under '{parent}' sum to {sum(given):.12g}, not 1.")
