"""Steps 3 to 9 at national scale, beside the same arithmetic in plain numpy; and how the time grows."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from ...core import index
from ...core import methodology as methodologies
from ...core.indicators import Indicators
from ...core.methodology import Methodology
from ...core.table import Converted, Scope
from ..register import ROOT
from .measure import best_of, figure
from .registry import Figure, bench

AREAS = 33_755
DISTRICTS = 296
MULTIPLES = (0.25, 0.5, 1, 2, 10)


def make_indicators(methodology: Methodology, areas: int) -> Indicators:
    """All indicators that enter the sums, drawn at random: counts out of a population, else values."""
    generator = np.random.default_rng(1)
    codes = pd.Index([f"X{number:08d}" for number in range(areas)], name="area_code")
    district = np.sort(generator.integers(0, DISTRICTS, areas)).astype(str)
    frame = pd.DataFrame(
        {
            "district_code": district,
            "shrinkage_district": district,
            "region_code": "R",
            "population": generator.integers(1000, 3000, areas).astype(float),
        },
        index=codes,
    )
    columns: Dict[str, Converted] = {}
    for node in methodology.indicators:
        labels = np.full(areas, "direct", dtype=object)
        if node.kind == "count":
            bottom = generator.integers(200, 2000, areas).astype(float)
            top = generator.binomial(bottom.astype(int), 0.1).astype(float)
            columns[node.id] = Converted(node.id, top / bottom, labels, top, bottom)
        else:
            columns[node.id] = Converted(node.id, generator.normal(size=areas), labels)
    return Indicators("bench", (), frame, columns, {}, (), ())


def steps_3_to_9(methodology: Methodology, indicators: Indicators) -> np.ndarray:
    """The plugin's own: composites, shrinkage, direction, normal scores, sums, transformation, ranks."""
    road = index.follow(Scope(methodology), indicators.table(), index.Choices())
    return road.table.numbers("need_rank")


def plain_numpy(methodology: Methodology, indicators: Indicators) -> np.ndarray:
    """The peer: the same arithmetic without checks, gaps or names, as one would jot it down."""
    district = np.unique(indicators.areas["district_code"].to_numpy(), return_inverse=True)[1]
    z = {}
    for node in methodology.indicators:
        column = indicators.columns[node.id]
        value = column.value if column.numerator is None or node.shrinkage == "none" else _shrink(column, district)
        value = -value if node.direction == "less" else value
        z[node.id] = ndtri(rankdata(value) / (value.size + 1))
    for parent in (*methodology.sub_dimensions, *methodology.dimensions):
        total = np.sum([z[child.id] for child in methodology.children(parent.id)], axis=0)
        z[parent.id] = -23 * np.log(1 - rankdata(total) / total.size * (1 - np.exp(-100 / 23)))
    composite = np.sum([node.weight * z[node.id] for node in methodology.dimensions], axis=0)
    return rankdata(-composite, method="min")


def _shrink(column: Converted, district: np.ndarray) -> np.ndarray:
    r, n = column.numerator, column.denominator
    m = np.log((r + 0.5) / (n - r + 0.5))
    s2 = (n + 1) * (n + 2) / (n * (r + 1) * (n - r + 1))
    total_r, total_n = np.bincount(district, r), np.bincount(district, n)
    pooled = np.log((total_r + 0.5) / (total_n - total_r + 0.5))[district]
    t2 = (np.bincount(district, (m - pooled) ** 2) / (np.bincount(district) - 1))[district]
    w = t2 / (t2 + s2)
    return 1 / (1 + np.exp(-(w * m + (1 - w) * pooled)))


def _pair(multiple: float) -> Tuple[float, float, bool]:
    methodology = methodologies.load(ROOT / "resources" / "methodologies" / "hyper_local_need_2025.json")
    indicators = make_indicators(methodology, int(AREAS * multiple))
    own = best_of(lambda: steps_3_to_9(methodology, indicators))
    peer = best_of(lambda: plain_numpy(methodology, indicators))
    same = bool(np.array_equal(steps_3_to_9(methodology, indicators), plain_numpy(methodology, indicators)))
    return own, peer, same


@bench
def core() -> Iterator[Figure]:
    """32 indicators x 33,755 areas, and a quarter, half, twice and ten times as many areas."""
    for multiple in MULTIPLES:
        own, peer, same = _pair(multiple)
        line = figure(f"steps 3-9, {multiple:g} x England", own, "s", peer="plain numpy", peer_value=peer)
        yield {**line, "same_ranks": same}
