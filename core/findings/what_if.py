"""What if the weights were others: ranks computed anew, who comes in or goes out, how far a weight may move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

import numpy as np

from ..errors import OptionError
from ..steps.classify import HOT_SPOT_SHARE, hot_spot_limit
from ..steps.standardise import ascending_ranks, exponential, published_ranks
from .score_tree import ScoreTree

GRID = 101


@dataclass(frozen=True)
class Change:
    """A what-if beside the run: areas that come in or go out as hot spots, people, and how far ranks move.

    ``rank``: 1 = highest need. ``shift``: new rank - old rank, NaN where an area is not ranked in both.
    ``mean_shift`` and ``p95_shift``: of the absolute shifts (Saisana's R_S is the first). ``rho``: Spearman's.
    """

    composite: np.ndarray
    rank: np.ndarray
    hotspot: np.ndarray
    comes_in: np.ndarray
    goes_out: np.ndarray
    shift: np.ndarray
    mean_shift: float
    p95_shift: float
    rho: float


def normalise(weights: Mapping[str, float]) -> Dict[str, float]:
    """The weights over their sum; OptionError if one is negative or all are 0."""
    total = sum(weights.values())
    wrong = [name for name, weight in weights.items() if not weight >= 0]
    if wrong:
        raise OptionError(f"The weight of '{wrong[0]}' is {weights[wrong[0]]:g}; a weight is 0 or more.")
    if not total > 0:
        raise OptionError("All weights are 0; at least one has to be more.")
    return {name: weight / total for name, weight in weights.items()}


def weigh(tree: ScoreTree, weights: Mapping[str, float], constant: float, *, divisor: str = "ranked") -> np.ndarray:
    """The composite of every area with other weights of dimensions, sub-dimensions or indicators, by id.

    Names that ``weights`` lacks keep the run's weight; those of the dimensions are taken over their sum. Only nodes
    below which a weight has moved are ranked anew. A dimension of weight 0 takes no part: an area that lacks it alone
    is ranked. As the run itself computes it, from the normal scores up.
    """
    moved: Dict[str, np.ndarray] = {}
    for node in tree.nodes:
        given = np.array([weights.get(part, weight) for part, weight in zip(node.parts, node.weights)], dtype=float)
        if np.array_equal(given, node.weights) and not any(part in moved for part in node.parts):
            continue
        if not given.any():
            raise OptionError(f"All weights under '{node.id}' are 0; give one of them more, or '{node.id}' itself 0.")
        sums = _sum(tree, node.parts, given, moved)
        moved[node.id] = exponential_of(sums, constant, len(tree.codes), divisor)
    top = normalise({part: weights.get(part, weight) for part, weight in zip(tree.top.parts, tree.top.weights)})
    return _sum(tree, tuple(top), np.array(list(top.values())), moved)


def exponential_of(sums: np.ndarray, constant: float, areas: int, divisor: str) -> np.ndarray:
    """X of the ascending rank of each sum, over min(n + 1, T) or over T."""
    ranks = ascending_ranks(sums)
    ranked = int(np.count_nonzero(~np.isnan(ranks)))
    return exponential(ranks, areas=areas if divisor == "all" else min(ranked + 1, areas), constant=constant)


def _sum(tree: ScoreTree, parts: Tuple[str, ...], weights: np.ndarray, moved: Mapping[str, np.ndarray]) -> np.ndarray:
    """The weighted sum; a part of weight 0 is no part, so that its gaps leave no gap."""
    total = np.zeros(len(tree.codes))
    for part, weight in zip(parts, weights):
        if weight:
            total = total + weight * (moved[part] if part in moved else tree.z.get(part, tree.transformed.get(part)))
    return total


def compare(tree: ScoreTree, composite: np.ndarray, *, share: float = HOT_SPOT_SHARE) -> Change:
    """A what-if's composite beside the run's own."""
    before, after = published_ranks(tree.composite), published_ranks(composite)
    was, now = (_hot(ranks, share) for ranks in (before, after))
    both = ~np.isnan(before) & ~np.isnan(after)
    shift = np.where(both, after - before, np.nan)
    moves = np.abs(shift[both])
    rho = float(np.corrcoef(before[both], after[both])[0, 1]) if both.sum() > 1 else float("nan")
    mean, p95 = (float(moves.mean()), float(np.percentile(moves, 95))) if moves.size else (0.0, 0.0)
    return Change(composite, after, now, now & ~was, was & ~now, shift, mean, p95, rho)


def _hot(ranks: np.ndarray, share: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return ranks <= hot_spot_limit(share, np.count_nonzero(~np.isnan(ranks)))


def holds_between(
    tree: ScoreTree, dimension: str, *, share: float = HOT_SPOT_SHARE, grid: int = GRID
) -> Tuple[np.ndarray, np.ndarray]:
    """For every area the interval of one dimension's weight, 0 to 1, in which it stays a hot spot.

    The other dimensions share the rest in their own proportions. Two arrays, lowest and highest weight on the grid
    that holds together with today's; NaN for an area that is no hot spot at today's weight or is unranked.
    """
    place = tree.top.parts.index(dimension)
    today = float(tree.top.weights[place] / tree.top.weights.sum())
    ranked = np.flatnonzero(tree.ranked)
    own = tree.transformed[dimension][ranked]
    others = [name for name in tree.top.parts if name != dimension]
    shares = np.array([weight for name, weight in zip(tree.top.parts, tree.top.weights) if name != dimension])
    if not shares.sum() > 0:
        raise OptionError(f"'{dimension}' has all the weight, so there is nothing to give it to or take it from.")
    rest = np.column_stack([tree.transformed[name][ranked] for name in others]) @ (shares / shares.sum())
    points = np.unique(np.append(np.linspace(0.0, 1.0, grid), today))
    last = int(np.floor(hot_spot_limit(share, len(ranked))))
    inside = np.empty((len(points), len(ranked)), dtype=bool)
    for row, weight in enumerate(points):
        scores = weight * own + (1.0 - weight) * rest
        inside[row] = scores >= np.partition(scores, len(scores) - last)[len(scores) - last]
    now = int(np.searchsorted(points, today))
    low, high = np.full(len(tree.codes), np.nan), np.full(len(tree.codes), np.nan)
    held = inside[now]
    below = points[_run(inside[: now + 1][::-1], now)[held]] if now else np.zeros(int(held.sum()))
    low[ranked[held]] = below
    high[ranked[held]] = points[len(points) - 1 - _run(inside[now:], len(points) - 1 - now)[held]]
    return low, high


def _run(inside: np.ndarray, last: int) -> np.ndarray:
    """Of each column, ``last`` less the number of rows after the first that are True without a break."""
    unbroken = np.logical_and.accumulate(inside, axis=0).sum(axis=0)
    return np.maximum(last - (unbroken - 1), 0)
