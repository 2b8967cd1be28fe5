"""How sure a rank is: the chance of being a hot spot and the interval of the rank, where counts and weights vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Tuple

import numpy as np
from scipy.special import ndtr, ndtri

from ..arrays import Array
from ..errors import DataError, OptionError
from ..steps.standardise import ascending_ranks, exponential_of_share, normal_scores
from ..texts import Progress
from .posterior import Posterior
from .score_tree import OVERALL, ScoreTree, Step, Sum, weighted_sum

CELLS = 4096
SETUP_DRAWS = 8
BANK_DRAWS = 64
BLOCK = 25
BINS = 1 << 14
TINY = float(np.finfo(float).tiny)
SURE, LIKELY, OPEN = "sure", "likely", "open"
# The roots and weights of Gauss and Hermite, for means over a normal distribution.
_ROOTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)  # type: ignore[no-untyped-call]
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
QUANTILES = (0.05, 0.5, 0.95)
LEAST_FOR_TABLES = 2000
FIELDS = ("hotspot", "decile", "low", "median", "high")


@dataclass(frozen=True)
class Certainty:
    """One measure's certainty, an entry an area; NaN where it is unranked.

    ``hotspot`` and ``decile``: the share of draws in which the area is among the neediest fifth, or tenth.
    ``low``, ``median``, ``high``: its rank at 5, 50 and 95 % of the draws, 1 = highest need.
    """

    hotspot: Array
    decile: Array
    low: Array
    median: Array
    high: Array

    def words(self) -> Array:
        """``sure`` where the chance is at least .95 or at most .05, ``likely`` at .8 or .2, else ``open``."""
        distance = np.abs(self.hotspot - 0.5)
        words = np.select([distance >= 0.45 - 1e-12, distance >= 0.3 - 1e-12], [SURE, LIKELY], OPEN).astype(object)
        words[np.isnan(self.hotspot)] = None
        return words


@dataclass(frozen=True)
class Tables:
    """What hardly moves between draws of a whole country: the distribution of every figure and sum.

    ``cdf``: figure or sum -> share of areas below, by indicator and node (and ``need``). ``to_z``: figure -> normal
    score, of the indicators that are drawn. ``step``: S -> X by node.
    """

    cdf: Mapping[str, Step]
    to_z: Mapping[str, Step]
    step: Mapping[str, Step]


def pooled_cdf(values: Array, cells: int = CELLS) -> Step:
    """The share of values below, at the edges of equal cells between the smallest and the largest of them."""
    values = values[~np.isnan(values)]
    if values.size == 0:
        raise DataError("No area has a value, so nothing can be drawn.")
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Step(np.array([low - 1.0, low, low + 1.0]), np.array([0.0, 0.5, 1.0]))
    counts, edges = np.histogram(values, bins=cells, range=(low, high))
    return Step(edges, np.concatenate(([0.0], np.cumsum(counts))) / values.size)


def _normal(cdf: Step, areas: int) -> Step:
    edge = 0.5 / (areas + 1.0)
    return Step(cdf.at, ndtri(np.clip(cdf.value, edge, 1.0 - edge)))


def make_tables(
    tree: ScoreTree, posteriors: Mapping[str, Posterior], rng: np.random.Generator, constant: float
) -> Tables:
    """The tables, from a few draws of everything, pooled; a node that no draw moves keeps the run's own step."""
    cdf: Dict[str, Step] = {}
    to_z: Dict[str, Step] = {}
    step: Dict[str, Step] = {}
    drawn: Dict[str, Array] = {}
    for name, posterior in posteriors.items():
        values = posterior.draw(rng, SETUP_DRAWS)
        cdf[name] = pooled_cdf(values)
        to_z[name] = _normal(cdf[name], int(np.count_nonzero(~np.isnan(tree.z[name]))))
        drawn[name] = to_z[name](values)
    for node in tree.nodes:
        if not any(part in drawn for part in node.parts):
            cdf[node.id] = pooled_cdf(tree.sums[node.id])
            step[node.id] = tree.step(node.id)
            continue
        sums = _summed(tree, node, drawn)
        cdf[node.id] = pooled_cdf(sums)
        step[node.id] = Step(cdf[node.id].at, exponential_of_share(cdf[node.id].value, constant))
        drawn[node.id] = step[node.id](sums)
    cdf[OVERALL] = pooled_cdf(_summed(tree, tree.top, drawn))
    return Tables(cdf, to_z, step)


def _summed(tree: ScoreTree, node: Sum, drawn: Mapping[str, Array], rows: Any = slice(None)) -> Array:
    """The node's sum in each draw: areas x draws."""
    parts = (drawn[part] if part in drawn else tree.score(part)[rows][:, None] for part in node.parts)
    return weighted_sum(zip(node.weights, parts))


def _through(step: Step, mean: Array, variance: Array) -> Tuple[Array, Array]:
    """Mean and variance of step(v), v ~ N(mean, variance), by 7-point Gauss-Hermite."""
    spread = np.sqrt(variance)
    values = [step(mean + spread * root) for root in _ROOTS]
    first = weighted_sum(zip(_WEIGHTS, values))
    return first, np.maximum(weighted_sum(zip(_WEIGHTS, ((value - first) ** 2 for value in values))), 0.0)


def closed_form(tree: ScoreTree, posteriors: Mapping[str, Posterior], tables: Tables) -> Dict[str, Tuple[Array, Array]]:
    """Mean and variance of every measure of every area (the composite, and the dimensions' sums), without drawing."""
    moments: Dict[str, Tuple[Array, Array]] = {}
    for name, posterior in posteriors.items():
        moments[name] = _through(tables.to_z[name], posterior.oriented, posterior.variance)
    measures: Dict[str, Tuple[Array, Array]] = {}
    for node in (*tree.nodes, tree.top):
        mean, variance = np.zeros(len(tree.codes)), np.zeros(len(tree.codes))
        moved = False
        for part, weight in zip(node.parts, node.weights):
            if part in moments:
                moved = True
                mean, variance = mean + weight * moments[part][0], variance + weight**2 * moments[part][1]
            else:
                mean = mean + weight * tree.score(part)
        measures[node.id] = (mean, variance)
        if moved and node is not tree.top:
            moments[node.id] = _through(tables.step[node.id], mean, variance)
    return {name: measures[name] for name in (OVERALL, *tree.dimensions)}


def of_moments(mean: Array, variance: Array, cdf: Step, areas: int) -> Certainty:
    """Chances and rank intervals of a measure that is normal in each area, against the distribution of all areas."""
    spread = np.sqrt(variance)

    def above(cut: float) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = ndtr((mean - cut) / spread)
        return np.where(np.isnan(mean), np.nan, np.where(spread > 0, chance, (mean > cut).astype(float)))

    def rank(quantile: float) -> Array:
        share = cdf(mean + ndtri(1.0 - quantile) * spread)
        return np.where(np.isnan(mean), np.nan, np.clip(np.round(areas * (1.0 - share) + 0.5), 1.0, areas))

    inverse = Step(cdf.value, cdf.at)
    return Certainty(above(float(inverse(0.8))), above(float(inverse(0.9))), *map(rank, QUANTILES))


def drawn_moments(
    tree: ScoreTree, posteriors: Mapping[str, Posterior], tables: Tables, draws: int, rng: np.random.Generator
) -> Dict[str, Array]:
    """Every measure in each draw of the counts, areas x draws (float32): the composite and the dimensions' X."""
    drawn = {name: tables.to_z[name](posterior.draw(rng, draws)) for name, posterior in posteriors.items()}
    for node in tree.nodes:
        if any(part in drawn for part in node.parts):
            drawn[node.id] = tables.step[node.id](_summed(tree, node, drawn))
    shape = (len(tree.codes), draws)
    measures = {name: drawn.get(name, tree.score(name)[:, None]) for name in tree.dimensions}
    measures[OVERALL] = _summed(tree, tree.top, drawn)
    return {name: np.broadcast_to(values, shape).astype(np.float32) for name, values in measures.items()}


def dirichlet(weights: Array, spread: float, draws: int, rng: np.random.Generator) -> Array:
    """Draws of weights that sum to what the given ones sum to: draws x parts.

    Dirichlet(kappa w), kappa = (1 - w)/(w c^2) - 1 at the largest w, whose relative standard deviation is then
    c = ``spread``; an infinite spread gives Dirichlet(1, ..., 1): nothing is known. A weight of 0 stays 0.
    """
    total, moving = float(weights.sum()), weights > 0
    drawn = np.zeros((draws, len(weights)))
    if moving.sum() < 2 or spread == 0:
        return drawn + weights
    share = weights[moving] / total
    largest = float(share.max())
    kappa = (1.0 - largest) / (largest * spread**2) - 1.0
    if np.isinf(spread):
        drawn[:, moving] = rng.dirichlet(np.ones(int(moving.sum())), draws) * total
        return drawn
    if kappa <= 0:
        raise OptionError(
            f"The spread of the weights is too large for a weight of {largest:.3g}; choose a smaller one."
        )
    drawn[:, moving] = rng.dirichlet(kappa * share, draws) * total
    return drawn


def _no_ranks(shape: Tuple[int, ...], areas: int) -> Array:
    return np.empty(shape, dtype=np.uint16 if areas < 65_535 else np.uint32)


def binned_ranks(composite: Array) -> Array:
    """Ranks of each row's values, 1 = highest, to within a cell of 2^14 equal ones (exact to some 7 of 33,755)."""
    ranks = _no_ranks(composite.shape, composite.shape[1])
    for row, values in enumerate(composite):
        low, high = float(values.min()), float(values.max())
        place = (values - low) * ((BINS - 1) / max(high - low, TINY))
        cell = place.astype(np.int32)
        held = np.bincount(cell, minlength=BINS)
        above = len(values) - np.cumsum(held)
        # Whole numbers cut the fraction off, so the half rounds; the highest of a full cell still has rank 1.
        ranks[row] = np.maximum(above[cell] + 0.5 + (1.0 - (place - cell)) * held[cell], 1.0)
    return ranks


def of_ranks(ranks: Array) -> Certainty:
    """Chances and rank intervals from the ranks of each draw (areas x draws, 1 = highest need)."""
    areas, draws = ranks.shape
    places = [max(int(np.ceil(quantile * draws)) - 1, 0) for quantile in QUANTILES]
    ordered = np.partition(ranks, places, axis=1)
    low, median, high = (ordered[:, place].astype(float) for place in places)

    def within(share: float) -> Array:
        return np.count_nonzero(ranks <= share * areas * (1.0 + 1e-12), axis=1) / draws

    return Certainty(within(0.2), within(0.1), low, median, high)


def of_counts(
    tree: ScoreTree,
    posteriors: Mapping[str, Posterior],
    *,
    draws: int,
    seed: np.random.SeedSequence,
    constant: float,
    progress: Progress,
) -> Tuple[Dict[str, Certainty], Tables]:
    """Certainty of every measure where the counts are in doubt: closed form for all areas, draws for the open ones.

    Below 2,000 ranked areas the distribution of all areas moves with each draw, and every draw is ranked anew.
    """
    first, second = seed.spawn(2)
    tables = make_tables(tree, posteriors, np.random.default_rng(first), constant)
    ranked = int(np.count_nonzero(tree.ranked))
    if ranked < LEAST_FOR_TABLES:
        return _exact(tree, posteriors, draws, second, constant, progress), tables
    progress(0.2, "Chances in closed form")
    found = {}
    for name, (mean, variance) in closed_form(tree, posteriors, tables).items():
        areas = int(np.count_nonzero(~np.isnan(tree.measure(name))))
        found[name] = of_moments(mean, variance, tables.cdf[name], areas)
    unsure = (found[OVERALL].hotspot > 0.001) & (found[OVERALL].hotspot < 0.999)
    rows = np.flatnonzero(unsure & tree.ranked)
    progress(0.5, f"Drawing {len(rows):,} areas")
    if len(rows):
        composite = _draw_rows(tree, posteriors, tables, rows, draws, np.random.default_rng(second))
        found[OVERALL] = _with_draws(found[OVERALL], rows, composite, tables.cdf[OVERALL], ranked)
    return found, tables


def _draw_rows(
    tree: ScoreTree,
    posteriors: Mapping[str, Posterior],
    tables: Tables,
    rows: Array,
    draws: int,
    rng: np.random.Generator,
) -> Array:
    """The composite of some areas in each draw; with the tables, areas are independent of each other."""
    drawn: Dict[str, Array] = {}
    for name, posterior in posteriors.items():
        noise = rng.standard_normal((len(rows), draws))
        values = posterior.oriented[rows, None] + np.sqrt(posterior.variance[rows, None]) * noise
        drawn[name] = tables.to_z[name](values)
    for node in tree.nodes:
        if any(part in drawn for part in node.parts):
            drawn[node.id] = tables.step[node.id](_summed(tree, node, drawn, rows))
    return _summed(tree, tree.top, drawn, rows)


def _with_draws(found: Certainty, rows: Array, composite: Array, cdf: Step, areas: int) -> Certainty:
    inverse = Step(cdf.value, cdf.at)
    drawn = of_ranks_against(composite, float(inverse(0.8)), float(inverse(0.9)), cdf, areas)

    def put(whole: Array, part: Array) -> Array:
        whole = whole.copy()
        whole[rows] = part
        return whole

    return Certainty(*(put(getattr(found, name), getattr(drawn, name)) for name in FIELDS))


def of_ranks_against(composite: Array, cut: float, cut_10: float, cdf: Step, areas: int) -> Certainty:
    """Certainty of areas drawn alone (areas x draws), against the distribution of all areas."""
    ranks = np.clip(np.round(areas * (1.0 - cdf(composite)) + 0.5), 1.0, areas)
    interval = of_ranks(ranks)
    hot, decile = np.mean(composite > cut, axis=1), np.mean(composite > cut_10, axis=1)
    return Certainty(hot, decile, interval.low, interval.median, interval.high)


def _exact(
    tree: ScoreTree,
    posteriors: Mapping[str, Posterior],
    draws: int,
    seed: np.random.SeedSequence,
    constant: float,
    progress: Progress,
) -> Dict[str, Certainty]:
    """Every draw ranked anew, from the figures to the measure."""
    kept: Dict[str, List[Array]] = {name: [] for name in (OVERALL, *tree.dimensions)}
    blocks = seed.spawn(-(-draws // BLOCK))
    for place, block in enumerate(blocks):
        progress(place / len(blocks), "Drawing figures")
        count = min(BLOCK, draws - place * BLOCK)
        for name, values in _draw_all(tree, posteriors, np.random.default_rng(block), count, constant).items():
            kept[name].append(values)
    return {name: _of_scores(np.hstack(values)) for name, values in kept.items()}


def _draw_all(
    tree: ScoreTree, posteriors: Mapping[str, Posterior], rng: np.random.Generator, count: int, constant: float
) -> Dict[str, Array]:
    areas = len(tree.codes)
    drawn: Dict[str, Array] = {
        name: normal_scores(posterior.draw(rng, count)) for name, posterior in posteriors.items()
    }
    measures = {}
    for node in tree.nodes:
        sums = np.broadcast_to(_summed(tree, node, drawn), (areas, count))
        if any(part in drawn for part in node.parts):
            ranks = ascending_ranks(sums)
            n = np.count_nonzero(~np.isnan(ranks), axis=0)
            drawn[node.id] = exponential_of_share(ranks / np.minimum(n + 1, areas), constant)
        measures[node.id] = sums
    measures[OVERALL] = np.broadcast_to(_summed(tree, tree.top, drawn), (areas, count))
    return {name: measures[name] for name in (OVERALL, *tree.dimensions)}


def _of_scores(scores: Array) -> Certainty:
    """Certainty from the scores of every draw (areas x draws, high = need)."""
    known = ~np.isnan(scores[:, 0])
    found = of_ranks(np.count_nonzero(known) + 1.0 - ascending_ranks(scores[known]))
    return spread_over(found, known)


def spread_over(found: Certainty, known: Array) -> Certainty:
    """The certainty of the known areas among all, NaN for the others."""

    def put(part: Array) -> Array:
        whole = np.full(len(known), np.nan)
        whole[known] = part
        return whole

    return Certainty(*(put(getattr(found, name)) for name in FIELDS))


def of_weights(
    tree: ScoreTree, *, draws: int, spread: float, seed: np.random.SeedSequence, progress: Progress
) -> Certainty:
    """Certainty of the overall measure where the dimensions' weights are in doubt: Dirichlet draws, each ranked."""
    ranked = tree.ranked
    scores = np.column_stack([tree.transformed[name][ranked] for name in tree.dimensions]).T
    return spread_over(_of_weight_draws(lambda rows, _: rows @ scores, tree, draws, spread, seed, progress), ranked)


def of_indicator_weights(
    tree: ScoreTree, *, draws: int, spread: float, seed: np.random.SeedSequence, constant: float, progress: Progress
) -> Certainty:
    """As ``of_weights``, and with the weights of indicators inside their node in doubt too; nodes move and are ranked.

    Dirichlet(kappa a / sum a) with kappa = (k - 1)/c^2 - 1 of k parts; a node with one part does not move.
    """
    ranked, areas = tree.ranked, len(tree.codes)
    top, below = seed.spawn(2)
    shares = dirichlet(tree.top.weights, spread, draws, np.random.default_rng(top))
    blocks = below.spawn(-(-draws // BLOCK))
    ranks = _no_ranks((int(ranked.sum()), draws), int(ranked.sum()))
    for place, block in enumerate(blocks):
        progress(place / len(blocks), "Drawing weights of indicators")
        rng, first = np.random.default_rng(block), place * BLOCK
        count = min(BLOCK, draws - first)
        moved: Dict[str, Array] = {}
        for node in tree.nodes:
            inside = [part for part in node.parts if part in tree.z]
            if len(inside) > 1:
                moved[node.id] = _weighed_anew(tree, node, dirichlet(node.weights, spread, count, rng), moved)
            elif any(part in moved for part in node.parts):
                moved[node.id] = _weighed_anew(tree, node, np.tile(node.weights, (count, 1)), moved)
            if node.id in moved:
                moved[node.id] = _ranked_anew(moved[node.id], areas, constant)
        rows = _weighed_anew(tree, tree.top, shares[first : first + count], moved)
        ranks[:, first : first + count] = binned_ranks(np.broadcast_to(rows, (count, areas))[:, ranked]).T
    return spread_over(of_ranks(ranks), ranked)


def _weighed_anew(tree: ScoreTree, node: Sum, weights: Array, moved: Mapping[str, Array]) -> Array:
    """The node's sum by each row of weights: draws x areas."""
    parts = [moved[part] if part in moved else tree.score(part)[None, :] for part in node.parts]
    return weighted_sum((weights[:, place, None], part) for place, part in enumerate(parts))


def _ranked_anew(sums: Array, areas: int, constant: float) -> Array:
    """X of each row of sums, by the ranks of the areas that have one."""
    known = ~np.isnan(sums[0])
    n = int(known.sum())
    x = np.full(sums.shape, np.nan)
    share = (n + 1.0 - binned_ranks(sums[:, known]).astype(float)) / min(n + 1, areas)
    x[:, known] = exponential_of_share(np.clip(share, 0.0, 1.0), constant)
    return x


def of_counts_and_weights(
    tree: ScoreTree,
    posteriors: Mapping[str, Posterior],
    tables: Tables,
    *,
    draws: int,
    spread: float,
    seed: np.random.SeedSequence,
    progress: Progress,
) -> Certainty:
    """Certainty where counts and weights are in doubt together.

    64 draws of every dimension are kept; each draw of weights takes from an area the next of its own, beginning
    somewhere at random (together for all areas that share the source of a draw), so that no map repeats.
    """
    ranked, (bank_seed, start_seed, weight_seed) = tree.ranked, seed.spawn(3)
    bank = drawn_moments(tree, posteriors, tables, BANK_DRAWS, np.random.default_rng(bank_seed))
    group, groups = _sources(posteriors, len(ranked))
    start = np.random.default_rng(start_seed).integers(0, BANK_DRAWS, groups)[group][ranked]
    # Each area's draws begin at its own start; then draw after draw lies in one piece.
    turn = (start[:, None] + np.arange(BANK_DRAWS)) % BANK_DRAWS
    turned = [np.take_along_axis(bank[name][ranked], turn, axis=1).T for name in tree.dimensions]
    kept = np.ascontiguousarray(np.stack(turned, axis=1))

    def composites(rows: Array, first: int) -> Array:
        found = np.empty((len(rows), len(start)), dtype=np.float32)
        for row, weights in enumerate(rows.astype(np.float32)):
            found[row] = weights @ kept[(first + row) % BANK_DRAWS]
        return found

    return spread_over(_of_weight_draws(composites, tree, draws, spread, weight_seed, progress), ranked)


def _sources(posteriors: Mapping[str, Posterior], areas: int) -> Tuple[Array, int]:
    """The coarsest grouping among the indicators' sources, and the number of its groups."""
    groups = [posterior.source for posterior in posteriors.values()] or [np.arange(areas)]
    coarsest = min(groups, key=lambda group: int(group.max(initial=-1)))
    return coarsest, int(coarsest.max(initial=-1)) + 1


def _of_weight_draws(
    composites: Callable[[Array, int], Array],
    tree: ScoreTree,
    draws: int,
    spread: float,
    seed: np.random.SeedSequence,
    progress: Progress,
) -> Certainty:
    ranks = _no_ranks((int(tree.ranked.sum()), draws), int(tree.ranked.sum()))
    blocks = seed.spawn(-(-draws // BLOCK))
    for place, block in enumerate(blocks):
        progress(place / len(blocks), "Drawing weights")
        first = place * BLOCK
        weights = dirichlet(tree.top.weights, spread, min(BLOCK, draws - first), np.random.default_rng(block))
        ranks[:, first : first + len(weights)] = binned_ranks(composites(weights, first)).T
    return of_ranks(ranks)
