"""What if the weights were others: ranks computed anew, who comes in or goes out, how far a weight may move."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..editing import effective_weights, with_weights, without
from ..errors import DataError, OptionError
from ..methodology import Methodology
from ..steps.classify import HOT_SPOT_SHARE, hot_spot_limit
from ..steps.standardise import ascending_ranks, exponential, published_ranks
from ..steps.weights import factor_of
from .score_tree import OVERALL, ScoreTree

GRID = 101


@dataclass(frozen=True)
class Change:
    """A what-if beside the run: areas that come in or go out as hot spots, people, and how far ranks move.

    ``rank``: 1 = highest need. ``shift``: new rank - old rank, NaN where an area is not ranked in both.
    ``mean_shift`` and ``p95_shift``: of the absolute shifts (Saisana's R_S is the first). ``rho``: Spearman's.
    """

    composite: Array
    rank: Array
    hotspot: Array
    comes_in: Array
    goes_out: Array
    shift: Array
    mean_shift: float
    p95_shift: float
    rho: float


def divisor_of(tree: ScoreTree, constant: float) -> str:
    """What the run divided ranks by, ``ranked`` or ``all``, by its scores, of which those without gaps say neither."""
    for name, sums in tree.sums.items():
        again = exponential_of(sums, constant, len(tree.codes), "ranked")
        if not np.allclose(again, tree.transformed[name], rtol=0, atol=1e-9, equal_nan=True):
            return "all"
    return "ranked"


def normalise(weights: Mapping[str, float]) -> Dict[str, float]:
    """The weights over their sum; OptionError if one is negative or all are 0."""
    total = sum(weights.values())
    wrong = [name for name, weight in weights.items() if not weight >= 0]
    if wrong:
        raise OptionError(f"The weight of '{wrong[0]}' is {weights[wrong[0]]:g}; a weight is 0 or more.")
    if not total > 0:
        raise OptionError("All weights are 0; at least one has to be more.")
    return {name: weight / total for name, weight in weights.items()}


@dataclass(frozen=True)
class Weighed:
    """A run with other weights: those of the dimensions (over their sum, none of 0), their X, and the composite."""

    weights: Mapping[str, float]
    transformed: Mapping[str, Array]
    composite: Array


def weigh(tree: ScoreTree, weights: Mapping[str, float], constant: float, *, divisor: str = "ranked") -> Weighed:
    """The composite of every area with other weights of dimensions, sub-dimensions or indicators, by id.

    Names that ``weights`` lacks keep the run's weight; what counts is each over the sum of its node. Only nodes
    below which a weight has moved are ranked anew. A part of weight 0 takes no part: an area that lacks it alone
    is ranked. As the run itself computes it, from the normal scores up.
    """
    moved: Dict[str, Array] = {}
    for node in tree.nodes:
        given = np.array([weights.get(part, weight) for part, weight in zip(node.parts, node.weights)], dtype=float)
        if not given.any() and node.weights.any():
            if weights.get(node.id) == 0:
                continue
            raise OptionError(f"All weights under '{node.id}' are 0; give one of them more, or '{node.id}' itself 0.")
        if _alike(given, node.weights) and not any(part in moved for part in node.parts):
            continue
        sums = sum_of(tree, node.parts, given, moved)
        moved[node.id] = exponential_of(sums, constant, len(tree.codes), divisor)
    top = normalise({part: weights.get(part, weight) for part, weight in zip(tree.top.parts, tree.top.weights)})
    composite = sum_of(tree, tuple(top), np.array(list(top.values())), moved)
    top = {name: weight for name, weight in top.items() if weight}
    return Weighed(top, {name: moved.get(name, tree.transformed[name]) for name in top}, composite)


def _alike(given: Array, own: Array) -> bool:
    """Whether two sets of weights give the same order: they differ by a factor alone."""
    return bool(np.allclose(given / given.sum(), own / own.sum(), rtol=1e-12, atol=0.0))


def shares(tree: ScoreTree) -> Dict[str, Dict[str, float]]:
    """The run's weights by node (the dimensions' under ``need``), each over the sum of its node."""
    return {
        node.id: dict(zip(node.parts, (node.weights / node.weights.sum()).tolist())) for node in (*tree.nodes, tree.top)
    }


def equal_dimensions(tree: ScoreTree) -> Dict[str, Dict[str, float]]:
    """The run's weights, but every dimension weighs the same."""
    return {**shares(tree), OVERALL: dict.fromkeys(tree.dimensions, 1.0 / len(tree.dimensions))}


def equal_indicators(tree: ScoreTree) -> Dict[str, Dict[str, float]]:
    """Every indicator has the same nominal weight: a node weighs as many as it has indicators below it."""
    held: Dict[str, int] = dict.fromkeys(tree.z, 1)
    for node in tree.nodes:
        held[node.id] = sum(held[part] for part in node.parts)
    return {node.id: normalise({part: float(held[part]) for part in node.parts}) for node in (*tree.nodes, tree.top)}


def maximum_likelihood(tree: ScoreTree) -> Tuple[Dict[str, Dict[str, float]], Dict[str, str]]:
    """One-factor weights of the indicators of every node that has three or more; and why others keep theirs, by id."""
    found, kept = shares(tree), {}
    for node in tree.nodes:
        if all(part in tree.z for part in node.parts):
            try:
                factor = factor_of(node.id, np.column_stack([tree.z[part] for part in node.parts]))
                found[node.id] = dict(zip(node.parts, factor.weights.tolist()))
            except DataError as error:
                kept[node.id] = str(error)
    return found, kept


def shares_in(methodology: Methodology, tree: ScoreTree) -> Dict[str, Dict[str, float]]:
    """The weights that a methodology gives to what the run sums; nodes it lacks weigh 0, fitted ones are fitted.

    OptionError where it gives nothing to the run's dimensions: it is of another measure.
    """
    fitted = maximum_likelihood(tree)[0]
    known = {node.id: node for node in methodology.nodes}
    found = {}
    for parent, own in shares(tree).items():
        node = methodology.index if parent == OVERALL else known.get(parent)
        if node is not None and node.weighting == "maximum_likelihood":
            found[parent] = fitted[parent]
            continue
        given = {} if node is None else effective_weights(methodology, node.id)
        given = {part: given.get(part, 0.0) for part in own}
        found[parent] = normalise(given) if any(given.values()) else own
        if parent == OVERALL and not any(given.values()):
            raise OptionError(f"'{methodology.title}' has none of the result's dimensions.")
    return found


def as_methodology(
    methodology: Methodology, tree: ScoreTree, weights: Mapping[str, Mapping[str, float]], name: str, reason: str
) -> Methodology:
    """The run's methodology with these weights by node, under a name of its own, to be computed as any other.

    A node whose weights are the run's keeps them. What weighs 0 is taken out, with all below it; what the run had no
    data for weighs 0. ``reason`` goes in front of the summary.
    """
    made, off = methodology, []
    for parent, own in shares(tree).items():
        node_id = methodology.index.id if parent == OVERALL else parent
        given = normalise(weights.get(parent, own))
        if _alike(np.array([given[part] for part in own]), np.array(list(own.values()))):
            continue
        every = {child.id: given.get(child.id, 0.0) for child in methodology.children(node_id)}
        made = with_weights(made, node_id, every)
        off += [part for part in own if not given[part]]
    below = {node.id: {node.id, node.parent, methodology.dimension_of(node.id).id} for node in methodology.indicators}
    made = without(made, [one for one, above in below.items() if above & set(off)])
    index = dataclasses.replace(made.index, title=f"{made.index.title} ({name})")
    nodes = tuple(index if node.id == index.id else node for node in made.nodes)
    own_id = f"{methodology.id}_{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}"
    return dataclasses.replace(
        made, id=own_id, title=f"{methodology.title}: {name}", summary=f"{reason} {made.summary}".strip(), nodes=nodes
    )


def exponential_of(sums: Array, constant: float, areas: int, divisor: str) -> Array:
    """X of the ascending rank of each sum, over min(n + 1, T) or over T."""
    return exponential(ascending_ranks(sums), areas=areas, constant=constant, divisor=divisor)


def sum_of(tree: ScoreTree, parts: Tuple[str, ...], weights: Array, moved: Mapping[str, Array]) -> Array:
    """The weighted sum; a part of weight 0 is no part, so that its gaps leave no gap."""
    total = np.zeros(len(tree.codes))
    for part, weight in zip(parts, weights):
        if weight:
            total = total + weight * (moved[part] if part in moved else tree.score(part))
    return total


def compare(tree: ScoreTree, composite: Array, *, share: float = HOT_SPOT_SHARE) -> Change:
    """A what-if's composite beside the run's own."""
    before, after = tree.ranks, published_ranks(composite)
    was, now = (_hot(ranks, share) for ranks in (before, after))
    both = ~np.isnan(before) & ~np.isnan(after)
    shift = np.where(both, after - before, np.nan)
    moves = np.abs(shift[both])
    rho = float(np.corrcoef(before[both], after[both])[0, 1]) if both.sum() > 1 else float("nan")
    mean, p95 = (float(moves.mean()), float(np.percentile(moves, 95))) if moves.size else (0.0, 0.0)
    return Change(composite, after, now, now & ~was, was & ~now, shift, mean, p95, rho)


STAYS, COMES_IN, GOES_OUT, NEITHER, UNRANKED = 1, 2, 3, 4, 0


def classes_of(change: Change) -> Array:
    """A number an area: stays a hot spot 1, comes in 2, goes out 3, no hot spot either way 4, unranked 0."""
    kinds = np.where(change.hotspot, np.where(change.comes_in, COMES_IN, STAYS), NEITHER)
    return np.where(change.goes_out, GOES_OUT, np.where(np.isnan(change.rank), UNRANKED, kinds))


def changed_areas(need: pd.DataFrame, change: Change, within: Array) -> pd.DataFrame:
    """The areas of ``within`` that come in or go out, by their new rank: change, rank, was, names and population."""
    rows = np.flatnonzero((change.comes_in | change.goes_out) & within)
    table = need.iloc[rows][["area_name", "district_name", "population"]].assign(
        change=np.where(change.comes_in[rows], "in", "out"),
        rank=change.rank[rows],
        was=need["need_rank"].to_numpy(dtype=float, na_value=np.nan)[rows],
    )
    return table.sort_values("rank", kind="stable", na_position="last")


def _hot(ranks: Array, share: float) -> Array:
    with np.errstate(invalid="ignore"):
        return ranks <= hot_spot_limit(share, np.count_nonzero(~np.isnan(ranks)))


def holds_between(
    weighed: Weighed, dimension: str, *, share: float = HOT_SPOT_SHARE, grid: int = GRID
) -> Tuple[Array, Array]:
    """For every area the interval of one dimension's weight, 0 to 1, in which it stays a hot spot.

    The other dimensions share the rest in their own proportions. Two arrays, lowest and highest weight on the grid
    that holds together with the weight it has; NaN for an area that is no hot spot at that, or is unranked: for all
    where so few are ranked that their share makes no area.
    """
    others = {name: weight for name, weight in weighed.weights.items() if name != dimension}
    if not others or dimension not in weighed.weights:
        raise OptionError(f"'{dimension}' has all the weight or none, so there is nothing to share the rest.")
    today = float(weighed.weights[dimension])
    ranked = np.flatnonzero(~np.isnan(weighed.composite))
    low, high = np.full(len(weighed.composite), np.nan), np.full(len(weighed.composite), np.nan)
    last = int(np.floor(hot_spot_limit(share, len(ranked))))
    if not last:
        return low, high
    own = weighed.transformed[dimension][ranked]
    rest = sum(weight * weighed.transformed[name][ranked] for name, weight in others.items()) / sum(others.values())
    points = np.unique(np.append(np.linspace(0.0, 1.0, grid), today))
    inside = np.empty((len(points), len(ranked)), dtype=bool)
    for row, weight in enumerate(points):
        scores = weight * own + (1.0 - weight) * rest
        inside[row] = scores >= np.partition(scores, len(scores) - last)[len(scores) - last]
    now = int(np.searchsorted(points, today))
    held = inside[now]
    below = points[_run(inside[: now + 1][::-1], now)[held]] if now else np.zeros(int(held.sum()))
    low[ranked[held]] = below
    high[ranked[held]] = points[len(points) - 1 - _run(inside[now:], len(points) - 1 - now)[held]]
    return low, high


def _run(inside: Array, last: int) -> Array:
    """Of each column, ``last`` less the number of rows after the first that are True without a break."""
    unbroken = np.logical_and.accumulate(inside, axis=0).sum(axis=0)
    return np.maximum(last - (unbroken - 1), 0)
