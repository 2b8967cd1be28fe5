"""Certainty of ranks and explanation at national scale, beside the same by exact sorting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterator

import numpy as np

from ...core import index
from ...core import methodology as methodologies
from ...core.findings import certainty as certainty_
from ...core.findings import figures_in_doubt
from ...core.findings.need_explained import contributions_from
from ...core.findings.saved import Saved
from ..register import ROOT
from .core import AREAS, make_indicators
from .measure import best_of, figure
from .registry import Figure, bench

DRAWS = 1000
BAR, BAR_COUNTS, BAR_EXPLAIN = 0.5, 2.0, 1.0


def national_result() -> Saved:
    """A result of as many areas as England has, from random counts, as it would be read from its file."""
    methodology = methodologies.load(ROOT / "resources" / "methodologies" / "hyper_local_need_2025.json")
    indicators = make_indicators(methodology, AREAS)
    districts = indicators.areas["district_code"]
    names = {"area_name": "A", "district_name": districts, "region_name": "R"}
    result = index.run(methodology, replace(indicators, areas=indicators.areas.assign(**names)))
    frames = {name: frame for name, frame in result.layers().items() if name != "quality"}
    quality = result.quality.assign(geography="LSOA21")
    return Saved(Path("need.gpkg"), methodology, quality=quality, weights=result.log["weights"], **frames)


def _ignore(fraction: float, text: str) -> None:
    """Progress that nobody reads."""


@bench
def certainty() -> Iterator[Figure]:
    """1,000 draws of weights with every area's interval; counts in closed form; explanation of all areas."""
    saved = national_result()
    tree = saved.tree
    seed = np.random.SeedSequence(1)
    weights = certainty_.Drawn(tree, {}, 23.0, DRAWS, 0.25)
    own = best_of(lambda: certainty_.of_weights(weights, np.random.SeedSequence(1), _ignore), 1)
    exact = best_of(lambda: _by_sorting(tree, draws=DRAWS, spread=0.25), 1)
    name = f"{DRAWS:,} draws of weights, rank interval of every area (bar {BAR} of the peer)"
    yield figure(name, own, "s", peer="exact argsort of each draw", peer_value=exact)
    posteriors = figures_in_doubt.figures_in_doubt(saved, tree, {}).posteriors

    def counts() -> None:
        run = certainty_.Drawn(tree, posteriors, 23.0, DRAWS)
        tables = certainty_.make_tables(run, np.random.default_rng(seed))
        for name, (mean, variance) in certainty_.closed_form(run, tables).items():
            certainty_.of_moments(mean, variance, tables.cdf[name], AREAS)

    yield figure(f"counts in doubt, closed form, all areas and measures (bar {BAR_COUNTS})", best_of(counts, 2), "s")
    explained = best_of(lambda: contributions_from(saved), 2)
    yield figure(f"contributions of every indicator to every area (bar {BAR_EXPLAIN})", explained, "s")


def _by_sorting(tree, draws: int, spread: float) -> None:
    """The same by exact ranks: argsort of each draw."""
    scores = np.column_stack([tree.transformed[name] for name in tree.dimensions]).T
    weights = certainty_.dirichlet(tree.top.weights, spread, draws, np.random.default_rng(1))
    ranks = np.empty((scores.shape[1], draws), dtype=np.uint16)
    ascending = np.arange(scores.shape[1], dtype=np.uint16)
    for draw, row in enumerate(weights):
        ranks[np.argsort(-(row @ scores)), draw] = ascending
    np.partition(ranks, [int(draws * 0.05), draws // 2, int(draws * 0.95)], axis=1)
