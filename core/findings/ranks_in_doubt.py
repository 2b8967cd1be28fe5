"""How sure the ranks of a finished run are: counts, weights and methods in doubt, a column each, and what is tied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..methodology import Methodology
from ..pack import Pack
from ..texts import Progress, no_progress
from . import certainty
from .certainty import SURE, Certainty, Drawn, Tables
from .figures_in_doubt import FiguresInDoubt, figures_in_doubt
from .method_settings import MethodSettings, method_settings, without_each
from .saved import Saved
from .score_tree import OVERALL, weighted_sum

LEAST_AREAS = 20
JOINT_DRAWS = 200
# An order that less than 5 % of the draws turn round is none that is open.
OPEN_ORDER = 0.05
NAMES = ("area_name", "district_code", "district_name", "region_name", "population")
COUNTS, WEIGHTS, ALL, METHODS = "counts", "weights", "all", "methods"


@dataclass(frozen=True)
class Doubt:
    """What is in doubt: ``kinds`` of counts, weights, all (both together), methods; the first is what ranks go by."""

    kinds: Tuple[str, ...]
    draws: int
    seed: int
    spread: float
    indicator_weights: bool = False

    def sentence(self) -> str:
        """The options, so that the figures can be had again."""
        spread = "unknown" if np.isinf(self.spread) else f"relative standard deviation {self.spread:g}"
        inside = ", those of indicators too" if self.indicator_weights and WEIGHTS in self.kinds else ""
        weights = f"; weights {spread}{inside}" if {WEIGHTS, ALL} & set(self.kinds) else ""
        return f"In doubt: {', '.join(self.kinds)}; {self.draws:,} draws from seed {self.seed}{weights}."


@dataclass(frozen=True)
class RanksInDoubt:
    """The certainty of each measure by each kind of doubt, and what it rests on.

    ``tied``: how many areas of the same district have an order with this one that is open, NaN where it is unranked;
    ``tied_areas``: their names, the most open first, parted by '; ', None where there is none. ``settings``: of
    the method, where they were asked for; ``moves``: what moves ranks, a row a choice and an indicator left out.
    """

    doubt: Doubt
    found: Mapping[str, Mapping[str, Certainty]]
    figures: FiguresInDoubt
    tied: Array
    tied_areas: Array
    settings: Optional[MethodSettings]
    moves: pd.DataFrame

    @property
    def main(self) -> Certainty:
        """The certainty of the overall measure by the first kind of doubt."""
        return self.found[self.doubt.kinds[0]][OVERALL]

    def table(self, need: pd.DataFrame, methodology: Methodology) -> pd.DataFrame:
        """The layer ``certainty``: a row an area; NaN where it is not ranked. Ranks and counts are whole numbers."""
        columns: Dict[str, Any] = {name: need[name] for name in NAMES}
        columns.update(need_rank=need["need_rank"], hotspot=need["hotspot"])
        columns.update({f"p_{kind}": self.found[kind][OVERALL].hotspot for kind in self._in_order()})
        columns.update(_columns("", self.main), tied_with=self.tied, tied_areas=self.tied_areas)
        for node in methodology.dimensions:
            known = next((self.found[kind][node.id] for kind in self.doubt.kinds if node.id in self.found[kind]), None)
            if known is not None:
                columns[f"{node.id}_rank"] = need[f"{node.id}_rank"]
                columns.update(_columns(f"{node.id}_", known))
        table = pd.DataFrame(columns, index=need.index)
        whole = [name for name in table if name.endswith(("rank", "rank_low", "rank_median", "rank_high"))]
        return table.astype(dict.fromkeys((*whole, "hotspot", "tied_with"), "Int64"))

    def _in_order(self) -> List[str]:
        return [kind for kind in (COUNTS, WEIGHTS, ALL, METHODS) if kind in self.doubt.kinds]

    def sentences(self, need: pd.DataFrame, titles: Mapping[str, str]) -> List[str]:
        """What was drawn, from what, and what came of it."""
        hot = need["hotspot"].to_numpy(dtype=float, na_value=np.nan) == 1.0
        ranked = need["need_rank"].notna().to_numpy()
        chance = self.main.hotspot
        sure = self.main.words() == SURE
        sentences = [self.doubt.sentence()]
        if {COUNTS, ALL} & set(self.doubt.kinds):
            sentences.append(self.figures.sentence(titles))
        sentences.append(
            f"By {self.doubt.kinds[0]}: {int((hot & sure).sum()):,} of {int(hot.sum()):,} hot spots "
            f"({(hot & sure).sum() / max(hot.sum(), 1):.0%}) are sure; expected to be none: "
            f"{np.nansum(1.0 - chance[hot]):,.0f}; expected to be missed among the others: "
            f"{np.nansum(chance[ranked & ~hot]):,.0f}."
        )
        if self.settings is not None:
            held = f"among the {len(self.settings.rows):,} areas that all of them rank"
            sentences.append(
                f"{len(self.settings.ranks):,} settings of the method, {held}: {', '.join(self.settings.levels)}."
            )
        return sentences


def _columns(prefix: str, found: Certainty) -> Dict[str, Array]:
    return {
        f"{prefix}p_hotspot": found.hotspot,
        f"{prefix}p_decile1": found.decile,
        f"{prefix}rank_low": np.floor(found.low),
        f"{prefix}rank_median": np.round(found.median),
        f"{prefix}rank_high": np.ceil(found.high),
        f"{prefix}certainty": found.words(),
    }


def ranks_in_doubt(
    saved: Saved, log: Mapping[str, Any], doubt: Doubt, pack: Optional[Pack], progress: Progress
) -> RanksInDoubt:
    """The certainty of every area's ranks, from a result with its stages.

    DataError where the result was written without its stages, ranks fewer than 20 areas, or no indicator's doubt is
    known though counts are asked for. One seed gives one answer.
    """
    tree = saved.tree
    ranked = int(tree.ranked.sum())
    if ranked < LEAST_AREAS:
        raise DataError(f"Only {ranked} areas are ranked; how sure ranks are can be told from {LEAST_AREAS} on.")
    figures = FiguresInDoubt({}, {})
    if {COUNTS, ALL} & set(doubt.kinds):
        progress(0.0, "Reading the doubt of figures")
        figures = figures_in_doubt(saved, tree, log, pack)
        if not figures.posteriors:
            raise DataError("Of no indicator are there counts or errors; choose the weights as what is in doubt.")
    constant = saved.methodology.options("exponentialtransform")["CONSTANT"]
    divisor = log.get("options", {}).get("divisor", "ranked")
    drawn = Drawn(tree, figures.posteriors, constant, doubt.draws, doubt.spread, divisor)
    titles = {node.id: node.title for node in saved.methodology.nodes}
    moves = without_each(tree, titles, constant, divisor, _part(progress, 0.02, 0.1))
    streams = ("setup", COUNTS, WEIGHTS, ALL, "joint", "joint weights")
    seeds = dict(zip(streams, np.random.SeedSequence(doubt.seed).spawn(len(streams))))
    found, tables = _by_draws(drawn, doubt, seeds, progress)
    settings = None
    if METHODS in doubt.kinds:
        settings = method_settings(saved, tree, log, _part(progress, 0.7, 0.9), pack)
        known = np.isin(np.arange(len(tree.codes)), settings.rows)
        found[METHODS] = {OVERALL: certainty.spread_over(certainty.of_ranks(settings.ranks.T), known)}
        moves = pd.concat([settings.effects(), moves], ignore_index=True)
    progress(0.9, "Comparing areas of a district")
    if settings is not None and doubt.kinds[0] == METHODS:
        scores = np.full((len(tree.codes), len(settings.ranks)), np.nan)
        scores[settings.rows] = -settings.ranks.T
    else:
        scores = _joint(drawn, doubt, tables, seeds)
    names, districts = (saved.need[name].astype(str).to_numpy(dtype=object) for name in ("area_name", "district_code"))
    tied = _tied(scores, districts, ~np.isnan(scores[:, 0]), names)
    return RanksInDoubt(doubt, {kind: found[kind] for kind in doubt.kinds}, figures, *tied, settings, moves)


def _by_draws(
    drawn: Drawn, doubt: Doubt, seeds: Mapping[str, np.random.SeedSequence], progress: Progress
) -> Tuple[Dict[str, Dict[str, Certainty]], Optional[Tables]]:
    """The certainty by kind of doubt and measure, and the tables that the figures were drawn with, if any."""
    found: Dict[str, Dict[str, Certainty]] = {}
    tables = None
    if {COUNTS, ALL} & set(doubt.kinds):
        every, tables = certainty.of_counts(drawn, seeds[COUNTS], _part(progress, 0.1, 0.35))
        # Of a dimension none of whose figures is in doubt nothing is known; it is not sure.
        moved = {dimension for name, (_, dimension) in drawn.tree.parents.items() if name in drawn.posteriors}
        found[COUNTS] = {name: one for name, one in every.items() if name == OVERALL or name in moved}
    if WEIGHTS in doubt.kinds:
        of_weights = certainty.of_indicator_weights if doubt.indicator_weights else certainty.of_weights
        found[WEIGHTS] = {OVERALL: of_weights(drawn, seeds[WEIGHTS], _part(progress, 0.35, 0.5))}
    if ALL in doubt.kinds:
        both = certainty.of_counts_and_weights(drawn, tables, seeds[ALL], _part(progress, 0.5, 0.7))
        # Inside a dimension there are no weights of dimensions to be in doubt.
        found[ALL] = {**found[COUNTS], OVERALL: both}
    return found, tables


def _joint(drawn: Drawn, doubt: Doubt, tables: Optional[Tables], seeds: Mapping[str, np.random.SeedSequence]) -> Array:
    """The composite of all areas in the same draws of the first kind of doubt (areas x draws)."""
    tree, kind = drawn.tree, doubt.kinds[0]
    if kind == WEIGHTS and doubt.indicator_weights:
        every = certainty.by_indicator_weights(replace(drawn, draws=JOINT_DRAWS), seeds["joint"], no_progress)
        return np.vstack([composites for _, composites in every]).T
    posteriors = drawn.posteriors if kind in (COUNTS, ALL) else {}
    rng = np.random.default_rng(seeds["joint weights"])
    weights = certainty.dirichlet(tree.top.weights, drawn.spread if kind in (WEIGHTS, ALL) else 0.0, JOINT_DRAWS, rng)
    parts = []
    for first, count, rng in certainty.blocks(JOINT_DRAWS, seeds["joint"], no_progress, ""):
        x = certainty.drawn_moments(replace(drawn, posteriors=posteriors, draws=count), tables, rng)
        rows = weights[first : first + count].astype(x[OVERALL].dtype)
        parts.append(weighted_sum((rows[:, place], x[name]) for place, name in enumerate(tree.dimensions)))
    return np.hstack(parts)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda fraction, text: progress(start + (end - start) * fraction, text)


def _tied(scores: Array, district: Array, ranked: Array, names: Array) -> Tuple[Array, Array]:
    """For each area, the others of its district that stand above it in more than 5 % and fewer than 95 % of draws.

    How many they are, and their names as in ``RanksInDoubt``.
    """
    tied, named = np.full(len(ranked), np.nan), np.full(len(ranked), None, dtype=object)
    groups = pd.Series(np.flatnonzero(ranked)).groupby(district[ranked])
    for _, rows in groups:
        inside = rows.to_numpy()
        drawn = scores[inside]
        above = np.zeros((len(inside), len(inside)), dtype=np.int32)
        for draw in drawn.T:
            above += draw[:, None] > draw[None, :]
        share = above / scores.shape[1]
        open_ = (share > OPEN_ORDER) & (share < 1.0 - OPEN_ORDER)
        np.fill_diagonal(open_, False)
        tied[inside] = open_.sum(axis=1)
        order = np.argsort(np.abs(share - 0.5), axis=1, kind="stable")
        for row, nearest, theirs in zip(inside, order, open_):
            named[row] = "; ".join(names[inside[nearest[theirs[nearest]]]]) or None
    return tied, named
