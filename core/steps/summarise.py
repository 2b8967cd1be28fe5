"""Summaries of a ranked measure for larger areas, as the Indices of Deprivation publish them.

Source: docs/method.md#summaries-for-larger-areas.
"""

from __future__ import annotations

from typing import Dict, Optional

import numpy as np
import pandas as pd

from ..arrays import Array
from ..rates import ratio
from .classify import HOT_SPOT_SHARE, classify
from .standardise import published_ranks

SUMMARIES = ("average_score", "average_rank", "proportion_10", "proportion_20", "extent", "concentration")
CONCENTRATION_SHARE = 0.1


def summarise(
    scores: Array,
    ranks: Array,
    population: Array,
    area: Array,
    *,
    count: int,
    share: Optional[Array] = None,
    ranked: Optional[int] = None,
) -> Dict[str, Array]:
    """The six summaries of every larger area, from the scores and ranks of its small areas.

    With P = population, s = score, r = rank (1 = highest need) and N = number of ranked small areas:
    average_score = sum P s / sum P; average_rank = sum P (N+1-r) / sum P; proportion_10 and _20 = share of
    small areas with ceil(10 r/N) = 1, ceil(5 r/N) = 1; extent = population-weighted mean of 1 for the
    neediest tenth, falling from 0.95 to 0.05 over percentiles 11 to 30, 0 beyond; concentration =
    population-weighted mean of N+1-r over the neediest areas that hold exactly 10 % of the population,
    the last one in part. ``area`` numbers the larger area from 0 to ``count`` - 1 (negative: in none);
    ``share`` is the part of the small area that lies in it (1 if absent); ``ranked`` gives N where only
    part of the ranked areas is handed in. Unranked areas count nowhere; an area without a ranked one, or
    without residents, gets NaN.
    Source: docs/method.md#summaries-for-larger-areas, established against the Indices of Deprivation 2025.
    """
    ranks = np.asarray(ranks, dtype=float)
    area = np.asarray(area)
    total = int(np.count_nonzero(~np.isnan(ranks))) if ranked is None else ranked
    inside = ~np.isnan(ranks) & (area >= 0)
    part = np.ones(ranks.shape) if share is None else np.asarray(share, dtype=float)
    people = np.asarray(population, dtype=float)[inside] * part[inside]
    scores = np.asarray(scores, dtype=float)[inside]
    return _summaries(scores, ranks[inside], people, part[inside], area[inside], count, total)


def _summaries(
    scores: Array, r: Array, people: Array, part: Array, group: Array, count: int, total: int
) -> Dict[str, Array]:
    """The six summaries from ranked areas alone; ``part`` weighs an area, ``people`` its residents."""
    highest = total + 1.0 - r
    areas = _sums(part, group, count)

    def per_person(values: Array) -> Array:
        return ratio(_sums(values * people, group, count), _sums(people, group, count))

    return {
        "average_score": per_person(scores),
        "average_rank": per_person(highest),
        "proportion_10": ratio(_sums(part * (np.ceil(10.0 * r / total) == 1), group, count), areas),
        "proportion_20": ratio(_sums(part * (np.ceil(5.0 * r / total) == 1), group, count), areas),
        "extent": per_person(extent_weights(r, total)),
        "concentration": _concentration(r, highest, people, group, count),
    }


def extent_weights(ranks: Array, total: int) -> Array:
    """1 for percentile p = ceil(100 r/N) up to 10, 0.95 - (p-11)(0.9/19) for 11 to 30, 0 beyond."""
    percentile = np.ceil(100.0 * ranks / total)
    sliding = 0.95 - (percentile - 11.0) * (0.9 / 19.0)
    return np.where(percentile <= 10, 1.0, np.where(percentile <= 30, sliding, 0.0))


def _concentration(ranks: Array, highest: Array, people: Array, group: Array, count: int) -> Array:
    """Mean of ``highest`` over the people in the neediest tenth of each group's population."""
    order = np.lexsort((ranks, group))
    sorted_group, sorted_people = group[order], people[order]
    before = np.cumsum(sorted_people) - sorted_people
    first = np.concatenate(([True], sorted_group[1:] != sorted_group[:-1])) if order.size else np.zeros(0, dtype=bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(order.size), 0))
    limit = CONCENTRATION_SHARE * _sums(people, group, count)
    left = limit[sorted_group] - (before - before[starts])
    counted = np.clip(left, 0.0, sorted_people)
    return ratio(_sums(counted * highest[order], sorted_group, count), _sums(counted, sorted_group, count))


def _sums(values: Array, group: Array, count: int) -> Array:
    return np.bincount(group, weights=values, minlength=count)


def district_table(
    measures: Dict[str, pd.DataFrame], districts: pd.DataFrame, area: Array, population: Array
) -> pd.DataFrame:
    """The layer ``districts``: every summary of every measure with its rank, and the hot spots among districts.

    ``measures`` holds for each measure a frame with ``score`` and ``rank`` of the small areas;
    ``districts`` is indexed by district_code and holds ``district_name``; ``area`` numbers each small area's
    row in it. ``population`` counts residents of the small areas, ranked or not. Ranks: 1 = highest need,
    ties share the lowest number. A hot spot is in the top 20 % of districts by average score.
    """
    columns: Dict[str, Array] = {
        "district_name": districts["district_name"].to_numpy(),
        "population": _sums(np.nan_to_num(population), area, len(districts)),
    }
    hotspots = {}
    for measure, values in measures.items():
        score, rank = (values[name].to_numpy(dtype=float, na_value=np.nan) for name in ("score", "rank"))
        summaries = summarise(score, rank, population, area, count=len(districts))
        for name in SUMMARIES:
            columns[f"{measure}_{name}"] = summaries[name]
            columns[f"{measure}_{name}_rank"] = published_ranks(summaries[name])
        hotspots[f"{measure}_hotspot"] = classify(summaries["average_score"], share=HOT_SPOT_SHARE).hotspot
    return pd.DataFrame({**columns, **hotspots}, index=districts.index)
