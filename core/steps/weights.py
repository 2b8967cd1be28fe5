"""Weights (paper step 7): one-factor maximum likelihood, and tables of them made, read and put into a methodology."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Collection, Dict, List, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from ..arrays import Array
from ..errors import DataError
from ..methodology import WEIGHT_TOLERANCE, Methodology
from ..table import Scope, Table, matrix
from ..texts import listed

COLUMNS = ("node", "parent", "weighting", "weight", "loading", "uniqueness", "variance_share")
LEAST_INDICATORS = 3
_SMALLEST_UNIQUENESS = 0.005


@dataclass(frozen=True)
class Factor:
    """A one-factor model: loading, uniqueness and weight of every indicator, and the share of variance explained."""

    loadings: Array
    uniquenesses: Array
    weights: Array
    variance_share: float


def factor_weights(scores: Array) -> Factor:
    """Weights from a one-factor maximum-likelihood analysis: loading / sum of loadings.

    ``scores``: areas x indicators of normal scores; areas that lack a value are left out. The factor is
    turned so that its loadings sum to a positive number. Raises DataError, saying why, below three
    indicators (the model is not identified), where an indicator never varies or follows from the others,
    or where loadings have mixed signs (a negative weight is no weight). Source: paper, step 7, option 3.
    """
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores).any(axis=1)]
    count = scores.shape[1]
    if count < LEAST_INDICATORS:
        raise DataError(
            f"Factor analysis needs at least {LEAST_INDICATORS} indicators and got {count}: "
            "with fewer, loadings cannot be told from noise. Use equal weights."
        )
    if scores.shape[0] <= count:
        raise DataError(f"Factor analysis needs more areas with all values than indicators; got {scores.shape[0]}.")
    if np.any(scores.std(axis=0) == 0):
        raise DataError("Factor analysis: an indicator has the same value everywhere. Leave it out.")
    correlation = np.corrcoef(scores, rowvar=False)
    if np.linalg.matrix_rank(correlation) < count:
        raise DataError("Factor analysis: an indicator is a copy or a sum: it follows from the others. Leave it out.")
    uniquenesses = _fit(correlation)
    scale = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    loadings = scale * vectors[:, -1] * np.sqrt(max(values[-1] - 1.0, 0.0))
    loadings = loadings if loadings.sum() >= 0 else -loadings
    if np.any(loadings <= 0):
        raise DataError(
            "Factor analysis: the indicators do not point at one common factor (loadings of both signs), "
            "so their loadings are no weights. Use equal weights."
        )
    return Factor(loadings, uniquenesses, loadings / loadings.sum(), float((loadings**2).sum() / count))


def _fit(correlation: Array) -> Array:
    """Uniquenesses that maximise the likelihood (Joreskog's concentrated form, one factor)."""
    start = 1.0 / np.diag(np.linalg.inv(correlation)) * 0.5

    def objective(uniquenesses: Array) -> float:
        scale = 1.0 / np.sqrt(uniquenesses)
        values = np.linalg.eigvalsh(correlation * np.outer(scale, scale))[:-1]
        return float(np.sum(values - np.log(values)) - values.size)

    bounds = [(_SMALLEST_UNIQUENESS, 1.0)] * len(start)
    fit = minimize(
        objective,
        np.clip(start, _SMALLEST_UNIQUENESS, 1.0),
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000},
    )
    if not np.all(np.isfinite(fit.x)):
        raise DataError("Factor analysis does not converge on these indicators. Use equal weights.")
    return fit.x


def factor_of(parent: str, scores: Array) -> Factor:
    """The factor of a parent's parts (areas x parts); DataError, where it is not sound, names the parent."""
    try:
        return factor_weights(scores)
    except DataError as error:
        raise DataError(f"'{parent}': {error}") from error


def indicator_weights(table: Table, scope: Scope, *, method: str) -> pd.DataFrame:
    """A row for each indicator under each parent: its weight, and for maximum likelihood what lies behind it.

    ``method`` is equal (1/k), maximum_likelihood, or given: as the methodology says for each parent. Weights
    under one parent sum to 1. ``variance_share`` is that of the variance of the parent's indicators which the
    factor explains. DataError where factor analysis is not sound, naming the parent. Source: paper, step 7.
    """
    rows: List[Dict[str, object]] = []
    parents: Dict[str, List[str]] = {}
    for name in scope.present(table, "_z"):
        parents.setdefault(str(scope.methodology.node(name).parent), []).append(name)
    for parent, names in ((scope.methodology.node(one), names) for one, names in parents.items()):
        weighting = parent.weighting if method == "given" else method
        if weighting == "maximum_likelihood":
            factor = factor_of(parent.id, matrix(table, names, "_z"))
            figures = zip(factor.weights.tolist(), factor.loadings, factor.uniquenesses)
            rows += [_row(name, parent.id, weighting, *own, factor.variance_share) for name, own in zip(names, figures)]
            continue
        given = [scope.methodology.node(name).weight for name in names]
        equal = weighting == "equal"
        rows += [
            _row(name, parent.id, weighting, 1.0 / len(names) if equal else float(weight or 0.0))
            for name, weight in zip(names, given)
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(node: str, parent: str, weighting: str, weight: float, *fitted: float) -> Dict[str, object]:
    """``fitted``: loading, uniqueness and share of variance, where a factor was fitted."""
    return dict(zip(COLUMNS, (node, parent, weighting, weight, *(fitted or [np.nan] * 3))))


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
