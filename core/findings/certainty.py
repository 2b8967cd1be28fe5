"""How sure a rank is: the chance of being a hot spot and the interval of the rank, where counts and weights vary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ..arrays import Array
from ..errors import DataError, OptionError
from ..steps.standardise import ascending_ranks, exponential_of_share, normal_scores, published_ranks, share_of_ranks
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


def surely_hot(certainty: pd.DataFrame) -> pd.Series:
    """Of the layer ``certainty``: which areas are sure to be hot spots."""
    return (certainty["certainty"] == SURE) & (certainty["p_hotspot"] >= 0.5)


@dataclass(frozen=True)
class Tables:
    """What hardly moves between draws of a whole country: the distribution of every figure and sum.

    ``cdf``: figure or sum -> share of areas below, by indicator and node (and ``need``). ``to_z``: figure -> normal
    score, of the indicators that are drawn. ``step``: S -> X by node.
    """

    cdf: Mapping[str, Step]
    to_z: Mapping[str, Step]
    step: Mapping[str, Step]


@dataclass(frozen=True)
class Drawn:
    """A run of which figures or weights are drawn: what the counts leave open, by indicator, and how much is drawn.

    ``constant`` and ``divisor``: those of the exponential transformation; ``spread``: the weights' relative standard
    deviation.
    """

    tree: ScoreTree
    posteriors: Mapping[str, Posterior]
    constant: float
    draws: int
    spread: float = 0.0
    divisor: str = "ranked"

    @property
    def few(self) -> bool:
        """Whether the distribution of all areas moves with each draw, so that every draw is ranked anew, exactly."""
        return int(np.count_nonzero(self.tree.ranked)) < LEAST_FOR_TABLES

    def share(self, ranks: Array) -> Array:
        """R of ascending ranks (areas x draws), by which X goes."""
        return share_of_ranks(ranks, len(self.tree.codes), self.divisor)


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


def make_tables(run: Drawn, rng: np.random.Generator) -> Tables:
    """The tables, from a few draws of everything, pooled; a node that no draw moves keeps the run's own step."""
    cdf: Dict[str, Step] = {}
    to_z: Dict[str, Step] = {}
    step: Dict[str, Step] = {}
    drawn: Dict[str, Array] = {}
    tree = run.tree
    for name, posterior in run.posteriors.items():
        values = posterior.draw(rng, SETUP_DRAWS)
        cdf[name] = pooled_cdf(values)
        edge = 0.5 / (np.count_nonzero(~np.isnan(tree.z[name])) + 1.0)
        to_z[name] = Step(cdf[name].at, ndtri(np.clip(cdf[name].value, edge, 1.0 - edge)))
        drawn[name] = to_z[name](values)
    for node in tree.nodes:
        if not any(part in drawn for part in node.parts):
            cdf[node.id] = pooled_cdf(tree.sums[node.id])
            step[node.id] = tree.step(node.id)
            continue
        sums = _summed(tree, node, drawn)
        cdf[node.id] = pooled_cdf(sums)
        highest = run.share(np.arange(1.0, np.count_nonzero(~np.isnan(sums[:, 0])) + 1.0))[-1]
        step[node.id] = Step(cdf[node.id].at, exponential_of_share(highest * cdf[node.id].value, run.constant))
        drawn[node.id] = step[node.id](sums)
    cdf[OVERALL] = pooled_cdf(_summed(tree, tree.top, drawn))
    return Tables(cdf, to_z, step)


def _summed(tree: ScoreTree, node: Sum, drawn: Mapping[str, Array], rows: Any = slice(None)) -> Array:
    """The node's sum in each draw: areas x draws."""
    parts = (drawn[part] if part in drawn else tree.score(part)[rows][:, None] for part in node.parts)
    return weighted_sum(zip(node.weights, parts))


def _through(step: Step, at: Callable[[float], Array]) -> Tuple[Array, Array]:
    """Mean and variance of step(v), by 7-point Gauss-Hermite of ``at``: v at a standard normal deviate."""
    values = [step(at(root)) for root in _ROOTS]
    first = weighted_sum(zip(_WEIGHTS, values))
    return first, np.maximum(weighted_sum(zip(_WEIGHTS, ((value - first) ** 2 for value in values))), 0.0)


def _off(mean: Array, spread: Array, noise: float) -> Array:
    return mean + spread * noise


def closed_form(run: Drawn, tables: Tables) -> Dict[str, Tuple[Array, Array]]:
    """Mean and variance of every measure of every area (the composite, and the dimensions' sums), without drawing."""
    tree, moments = run.tree, {}
    for name, posterior in run.posteriors.items():
        moments[name] = _through(tables.to_z[name], posterior.at)
    measures: Dict[str, Tuple[Array, Array]] = {}
    for node in (*tree.nodes, tree.top):
        mean, variance = np.zeros(len(tree.codes)), np.zeros(len(tree.codes))
        moved = False
        for part, weight in zip(node.parts, node.weights):
            if not weight:
                continue
            if part in moments:
                moved = True
                mean, variance = mean + weight * moments[part][0], variance + weight**2 * moments[part][1]
            else:
                mean = mean + weight * tree.score(part)
        measures[node.id] = (mean, variance)
        if moved and node is not tree.top:
            spread = np.sqrt(variance)
            moments[node.id] = _through(tables.step[node.id], partial(_off, mean, spread))
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


def drawn_moments(run: Drawn, tables: Optional[Tables], rng: np.random.Generator) -> Dict[str, Array]:
    """Every measure in each draw of the counts, areas x draws: the composite and the dimensions' X.

    By the tables of a whole country, as float32; without them every draw is ranked anew.
    """
    tree, figures = run.tree, {name: one.draw(rng, run.draws) for name, one in run.posteriors.items()}
    drawn = _ranked_draws(run, figures) if tables is None else _through_tables(tree, tables, figures)
    shape, kind = (len(tree.codes), run.draws), float if tables is None else np.float32
    measures = {name: drawn.get(name, tree.score(name)[:, None]) for name in tree.dimensions}
    measures[OVERALL] = _summed(tree, tree.top, drawn)
    return {name: np.broadcast_to(values, shape).astype(kind) for name, values in measures.items()}


def _ranked_draws(run: Drawn, figures: Mapping[str, Array]) -> Dict[str, Array]:
    """As ``_through_tables``, by ranks among all areas in each draw."""
    drawn: Dict[str, Array] = {name: normal_scores(values) for name, values in figures.items()}
    for node in run.tree.nodes:
        if any(part in drawn for part in node.parts):
            ranks = ascending_ranks(_summed(run.tree, node, drawn))
            drawn[node.id] = exponential_of_share(run.share(ranks), run.constant)
    return drawn


def _through_tables(
    tree: ScoreTree, tables: Tables, figures: Mapping[str, Array], rows: Any = slice(None)
) -> Dict[str, Array]:
    """Drawn figures, and all nodes that they move, as they enter their sums: areas x draws."""
    drawn = {name: tables.to_z[name](values) for name, values in figures.items()}
    for node in tree.nodes:
        if any(part in drawn for part in node.parts):
            drawn[node.id] = tables.step[node.id](_summed(tree, node, drawn, rows))
    return drawn


def blocks(
    draws: int, seed: np.random.SeedSequence, progress: Progress, words: str
) -> Iterator[Tuple[int, int, np.random.Generator]]:
    """The draws in blocks: the first, how many, and random numbers of its own."""
    seeds = seed.spawn(-(-draws // BLOCK))
    for place, block in enumerate(seeds):
        progress(place / len(seeds), words)
        yield place * BLOCK, min(BLOCK, draws - place * BLOCK), np.random.default_rng(block)


def dirichlet(weights: Array, spread: float, draws: int, rng: np.random.Generator, at: float = 0.0) -> Array:
    """Draws of weights that sum to what the given ones sum to: draws x parts.

    Dirichlet(kappa w), kappa = (1 - w)/(w c^2) - 1 at w = ``at``, the largest w unless given, where the relative
    standard deviation is then c = ``spread``; an infinite spread gives Dirichlet(1, ..., 1): nothing is known. A
    weight of 0 stays 0.
    """
    total, moving = float(weights.sum()), weights > 0
    drawn = np.zeros((draws, len(weights)))
    if moving.sum() < 2 or spread == 0:
        return drawn + weights
    share = weights[moving] / total
    at = at or float(share.max())
    kappa = (1.0 - at) / (at * spread**2) - 1.0
    if np.isinf(spread):
        drawn[:, moving] = rng.dirichlet(np.ones(int(moving.sum())), draws) * total
        return drawn
    if kappa <= 0:
        raise OptionError(f"The spread of the weights is too large for a weight of {at:.3g}; choose a smaller one.")
    drawn[:, moving] = rng.dirichlet(kappa * share, draws) * total
    return drawn


def ranks_of_rows(composite: Array) -> Array:
    """Ranks of each row's values, 1 = highest: as published below 2,000 values, else ``binned_ranks``."""
    if composite.shape[1] < LEAST_FOR_TABLES:
        return np.array([published_ranks(row) for row in composite])
    return binned_ranks(composite)


def binned_ranks(composite: Array) -> Array:
    """Ranks of each row's values, 1 = highest, to within a cell of 2^14 equal ones (exact to some 7 of 33,755)."""
    ranks = np.empty(composite.shape, dtype=np.uint16 if composite.shape[1] < 65_535 else np.uint32)
    for row, values in enumerate(composite):
        low, high = float(values.min()), float(values.max())
        place = (values - low) * ((BINS - 1) / max(high - low, TINY))
        cell = place.astype(np.int32)
        held = np.bincount(cell, minlength=BINS)
        above = len(values) - np.cumsum(held)
        # The highest of a cell follows what is above the cell; the others lie evenly behind it.
        ranks[row] = np.rint(above[cell] + 1.0 + (1.0 - (place - cell)) * (held[cell] - 1.0))
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
    run: Drawn, seed: np.random.SeedSequence, progress: Progress
) -> Tuple[Dict[str, Certainty], Optional[Tables]]:
    """Certainty of every measure where the counts are in doubt: closed form for all areas, draws for the open ones.

    Below 2,000 ranked areas the distribution of all areas moves with each draw, and every draw is ranked anew.
    """
    tree, (first, second) = run.tree, seed.spawn(2)
    if run.few:
        return _exact(run, second, progress), None
    tables = make_tables(run, np.random.default_rng(first))
    ranked = int(np.count_nonzero(tree.ranked))
    progress(0.2, "Chances in closed form")
    found = {}
    for name, (mean, variance) in closed_form(run, tables).items():
        areas = int(np.count_nonzero(~np.isnan(tree.measure(name))))
        found[name] = of_moments(mean, variance, tables.cdf[name], areas)
    unsure = (found[OVERALL].hotspot > 0.001) & (found[OVERALL].hotspot < 0.999)
    rows = np.flatnonzero(unsure & tree.ranked)
    progress(0.5, f"Drawing {len(rows):,} areas")
    if len(rows):
        composite = _draw_rows(run, tables, rows, np.random.default_rng(second))
        found[OVERALL] = _with_draws(found[OVERALL], rows, composite, tables.cdf[OVERALL], ranked)
    return found, tables


def _draw_rows(run: Drawn, tables: Tables, rows: Array, rng: np.random.Generator) -> Array:
    """The composite of some areas in each draw; with the tables, areas are independent of each other."""
    size = (len(rows), run.draws)
    figures = {name: one.at(rng.standard_normal(size), rows) for name, one in run.posteriors.items()}
    return _summed(run.tree, run.tree.top, _through_tables(run.tree, tables, figures, rows), rows)


def _with_draws(found: Certainty, rows: Array, composite: Array, cdf: Step, areas: int) -> Certainty:
    """With what draws of some areas alone (areas x draws) give, against the distribution of all areas."""
    inverse = Step(cdf.value, cdf.at)
    drawn = of_ranks(np.clip(np.round(areas * (1.0 - cdf(composite)) + 0.5), 1.0, areas))
    hot, decile = (np.mean(composite > float(inverse(share)), axis=1) for share in (0.8, 0.9))
    parts = {**vars(drawn), "hotspot": hot, "decile": decile}
    return Certainty(**{name: _put(whole, rows, parts[name]) for name, whole in vars(found).items()})


def _put(whole: Array, rows: Array, part: Array) -> Array:
    """A copy with some rows replaced."""
    whole = whole.copy()
    whole[rows] = part
    return whole


def _exact(run: Drawn, seed: np.random.SeedSequence, progress: Progress) -> Dict[str, Certainty]:
    """Every draw ranked anew, from the figures to the measure."""
    kept: Dict[str, List[Array]] = {name: [] for name in (OVERALL, *run.tree.dimensions)}
    for _, count, rng in blocks(run.draws, seed, progress, "Drawing figures"):
        for name, values in drawn_moments(replace(run, draws=count), None, rng).items():
            kept[name].append(values)
    found = {}
    for name, scores in ((name, np.hstack(values)) for name, values in kept.items()):
        known = ~np.isnan(scores[:, 0])
        found[name] = spread_over(of_ranks(ranks_of_rows(scores[known].T).T), known)
    return found


def spread_over(found: Certainty, known: Array) -> Certainty:
    """The certainty of the known areas among all, NaN for the others."""
    nowhere = np.full(len(known), np.nan)
    return Certainty(**{name: _put(nowhere, known, part) for name, part in vars(found).items()})


def of_weights(run: Drawn, seed: np.random.SeedSequence, progress: Progress) -> Certainty:
    """Certainty of the overall measure where the dimensions' weights are in doubt: Dirichlet draws, each ranked."""
    tree, weigh = run.tree, run.tree.top.weights > 0
    scores = np.array([tree.transformed[name][tree.ranked] for name in tree.dimensions])[weigh]
    drawn = (
        (first, dirichlet(tree.top.weights, run.spread, count, rng)[:, weigh] @ scores)
        for first, count, rng in blocks(run.draws, seed, progress, "Drawing weights")
    )
    return _of_composites(run, drawn)


def of_indicator_weights(run: Drawn, seed: np.random.SeedSequence, progress: Progress) -> Certainty:
    """As ``of_weights``, and with the weights of indicators inside their node in doubt too; nodes move and are ranked.

    Dirichlet(kappa a / sum a) with kappa = (k - 1)/c^2 - 1 of k parts; a node with one part does not move.
    """
    drawn = by_indicator_weights(run, seed, progress)
    return _of_composites(run, ((first, composites[:, run.tree.ranked]) for first, composites in drawn))


def by_indicator_weights(run: Drawn, seed: np.random.SeedSequence, progress: Progress) -> Iterator[Tuple[int, Array]]:
    """The composites of ``of_indicator_weights`` in blocks: the first draw, and draws x areas."""
    tree, areas = run.tree, len(run.tree.codes)
    top, below = seed.spawn(2)
    shares = dirichlet(tree.top.weights, run.spread, run.draws, np.random.default_rng(top))
    for first, count, rng in blocks(run.draws, below, progress, "Drawing weights of indicators"):
        moved: Dict[str, Array] = {}
        for node in tree.nodes:
            inside = [part for part in node.parts if part in tree.z]
            if len(inside) > 1:
                alike = 1.0 / max(np.count_nonzero(node.weights), 1)
                weights = dirichlet(node.weights, run.spread, count, rng, alike)
                moved[node.id] = _weighed_anew(tree, node, weights, moved)
            elif any(part in moved for part in node.parts):
                moved[node.id] = _weighed_anew(tree, node, np.tile(node.weights, (count, 1)), moved)
            if node.id in moved:
                moved[node.id] = _ranked_anew(run, moved[node.id])
        rows = _weighed_anew(tree, tree.top, shares[first : first + count], moved)
        yield first, np.broadcast_to(rows, (count, areas))


def _weighed_anew(tree: ScoreTree, node: Sum, weights: Array, moved: Mapping[str, Array]) -> Array:
    """The node's sum by each row of weights: draws x areas."""
    parts = [moved[part] if part in moved else tree.score(part)[None, :] for part in node.parts]
    return weighted_sum((weights[:, place, None], part) for place, part in enumerate(parts))


def _ranked_anew(run: Drawn, sums: Array) -> Array:
    """X of each row of sums, by the ranks of the areas that have one."""
    known = ~np.isnan(sums[0])
    ranks = np.full(sums.shape, np.nan)
    if run.few:
        ranks[:, known] = ascending_ranks(sums[:, known].T).T
    else:
        ranks[:, known] = known.sum() + 1.0 - binned_ranks(sums[:, known])
    return exponential_of_share(run.share(ranks.T).T, run.constant)


def of_counts_and_weights(
    run: Drawn, tables: Optional[Tables], seed: np.random.SeedSequence, progress: Progress
) -> Certainty:
    """Certainty where counts and weights are in doubt together.

    64 draws of every dimension are kept; each draw of weights takes from an area the next of its own, beginning
    somewhere at random (together for all areas that share the source of a draw), so that no map repeats. Without
    ``tables`` each draw of weights has its own of the counts.
    """
    tree, ranked, (bank_seed, start_seed, weight_seed) = run.tree, run.tree.ranked, seed.spawn(3)
    turns = blocks(run.draws, weight_seed, progress, "Drawing weights")
    if tables is None:
        return _of_composites(run, ((first, _both(run, count, rng)) for first, count, rng in turns))
    bank = drawn_moments(replace(run, draws=BANK_DRAWS), tables, np.random.default_rng(bank_seed))
    # The coarsest grouping among the indicators' sources.
    sources = [posterior.source for posterior in run.posteriors.values()] or [np.arange(len(ranked))]
    group = min(sources, key=lambda one: int(one.max(initial=-1)))
    groups = int(group.max(initial=-1)) + 1
    start = np.random.default_rng(start_seed).integers(0, BANK_DRAWS, groups)[group][ranked]
    # Each area's draws begin at its own start; then draw after draw lies in one piece.
    turn = (start[:, None] + np.arange(BANK_DRAWS)) % BANK_DRAWS
    turned = [np.take_along_axis(bank[name][ranked], turn, axis=1).T for name in tree.dimensions]
    weigh = tree.top.weights > 0
    kept = np.ascontiguousarray(np.stack(turned, axis=1)[:, weigh])

    def composites(first: int, count: int, rng: np.random.Generator) -> Array:
        rows = dirichlet(tree.top.weights, run.spread, count, rng).astype(np.float32)[:, weigh]
        return np.stack([weights @ kept[(first + row) % BANK_DRAWS] for row, weights in enumerate(rows)])

    return _of_composites(run, ((first, composites(first, count, rng)) for first, count, rng in turns))


def _both(run: Drawn, count: int, rng: np.random.Generator) -> Array:
    """Composites of draws of counts and weights together, of the ranked areas alone: draws x areas."""
    tree = run.tree
    x = drawn_moments(replace(run, draws=count), None, rng)
    weights = dirichlet(tree.top.weights, run.spread, count, rng)
    return weighted_sum((weights[:, place], x[name][tree.ranked]) for place, name in enumerate(tree.dimensions)).T


def _of_composites(run: Drawn, drawn: Iterable[Tuple[int, Array]]) -> Certainty:
    """Certainty from the ranked areas' composites in each block of draws: the first, and draws x areas."""
    ranked = int(run.tree.ranked.sum())
    ranks = np.empty((ranked, run.draws), dtype=np.uint16 if ranked < 65_535 else np.uint32)
    for first, composites in drawn:
        ranks[:, first : first + len(composites)] = ranks_of_rows(composites).T
    return spread_over(of_ranks(ranks), run.tree.ranked)
