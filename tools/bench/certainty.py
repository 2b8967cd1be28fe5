"""Certainty of ranks and explanation at national scale, beside the same by exact sorting."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, Tuple

import numpy as np

from ...core import index
from ...core import methodology as methodologies
from ...core.findings import certainty as certainty_
from ...core.findings import clusters as clusters_
from ...core.findings import figures_in_doubt
from ...core.findings.need_explained import contributions_from
from ...core.findings.ranks_in_doubt import WEIGHTS, Doubt, ranks_in_doubt
from ...core.findings.saved import Saved
from ...core.steps.standardise import normal_scores
from ..register import DATA, ROOT
from .core import AREAS, make_indicators
from .measure import best_of, figure
from .registry import Figure, bench

ENGLAND = DATA / "england"
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
    doubt = Doubt((WEIGHTS,), DRAWS, 1, 0.25)
    whole = best_of(lambda: ranks_in_doubt(saved, {}, doubt, None, _ignore), 1)
    yield figure(f"rankcertainty by weights, {DRAWS:,} draws: intervals, what moves ranks, who is tied", whole, "s")
    yield from _clusters(tree.composite)


def _clusters(composite: np.ndarray) -> Iterator[Figure]:
    """Neighbours of England's polygons, clusters of as many areas, and Gi* beside esda's where that is installed."""
    if not (ENGLAND / "boundaries" / "lsoa21.gpkg").is_file():
        yield {"figure": "clusters", "skipped": f"{ENGLAND} is not there"}
        return
    from ..qgis_session import qgis_session

    with qgis_session():
        seconds, pairs, count = _neighbours()
    yield figure(f"neighbours within 25 m of {count:,} polygons", seconds, "s")
    graph = clusters_.Neighbours.of_pairs(*pairs, count)
    composite = np.resize(composite, count)
    hot = (composite > np.nanquantile(composite, 0.8)) * 1.0
    found = best_of(lambda: clusters_.find_clusters(composite, hot, np.full(count, 1700.0), graph), 2)
    yield figure("Gi*, local Moran, false-discovery rate and groups, neighbours given", found, "s")
    x = normal_scores(composite[:, None])[:, 0]
    own = best_of(lambda: clusters_.getis_ord(x, graph), 3)
    try:
        import esda
        from libpysal.weights import WSP
    except ImportError:
        yield figure("Gi* alone (esda, its peer, is not installed)", own, "s")
        return
    theirs = WSP(graph.matrix).to_W(silence_warnings=True)
    peer = best_of(lambda: esda.G_Local(x, theirs, transform="B", star=True, permutations=0), 1)
    yield figure("Gi* alone", own, "s", peer="esda.G_Local without permutations", peer_value=peer)


def _neighbours() -> Tuple[float, Any, int]:
    """Seconds, pairs of neighbours, and how many polygons there are; nothing of QGIS lives on."""
    from qgis.core import QgsVectorLayer

    from hyperlocal_need.processing_provider.geometry.neighbours import neighbours

    layer = QgsVectorLayer(str(ENGLAND / "boundaries" / "lsoa21.gpkg"), "areas", "ogr")
    shapes = [feature.geometry() for feature in layer.getFeatures()]
    started = time.perf_counter()
    pairs = neighbours(shapes, lambda share: None)
    return time.perf_counter() - started, pairs, len(shapes)


def _by_sorting(tree, draws: int, spread: float) -> None:
    """The same by exact ranks: argsort of each draw."""
    scores = np.column_stack([tree.transformed[name] for name in tree.dimensions]).T
    weights = certainty_.dirichlet(tree.top.weights, spread, draws, np.random.default_rng(1))
    ranks = np.empty((scores.shape[1], draws), dtype=np.uint16)
    ascending = np.arange(scores.shape[1], dtype=np.uint16)
    for draw, row in enumerate(weights):
        ranks[np.argsort(-(row @ scores)), draw] = ascending
    np.partition(ranks, [int(draws * 0.05), draws // 2, int(draws * 0.95)], axis=1)
