"""The table of larger areas: every summary for every measure, people in hot spots, and classes.

Source: docs/method.md#summaries-for-larger-areas.
"""

from __future__ import annotations

from typing import Dict, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from .assign import Pieces
from .classify import HOT_SPOT_SHARE, classify, hot_spot_limit, mission_classes
from .standardise import published_ranks
from .summarise import summarise

MISSION_COLUMNS = {
    "Mission critical": "lsoas_mission_critical",
    "Mission priority": "lsoas_mission_priority",
    "Mission support": "lsoas_mission_support",
}


def area_table(
    measures: Mapping[str, pd.DataFrame],
    names: pd.DataFrame,
    pieces: Pieces,
    population: Array,
    count: int,
    *,
    ranked: Optional[Mapping[str, int]] = None,
) -> pd.DataFrame:
    """All summaries of each of ``count`` larger areas, one row an area in their order.

    ``measures`` holds for each measure a frame with ``score`` and ``rank`` (1 = highest need) of the small
    areas; ``names`` their ``code`` and ``name``; ``ranked`` the number of small areas ranked in the whole
    country where not all of them are handed in. Columns for each measure m: ``m_average_score``,
    ``m_average_rank``, ``m_proportion_10``, ``m_proportion_20``, ``m_extent``, ``m_concentration``,
    ``m_hotspot_population`` (residents of small areas in the top 20 %) and ``m_hotspot_share`` (of the ranked
    population), each with ``..._rank`` (1 = highest need, ties share the lowest); ``m_hotspot`` (1 = in the
    top 20 % of the larger areas by average score); ``m_neediest_code``, ``m_neediest_name`` and
    ``m_neediest_rank``. Areas without a ranked small area have NaN. Source: docs/method.md#summaries-for-larger-areas.
    """
    columns: Dict[str, Array] = {}
    for measure, values in measures.items():
        scores, ranks = values["score"].to_numpy(dtype=float), values["rank"].to_numpy(dtype=float)
        total = (ranked or {}).get(measure) or int(np.count_nonzero(~np.isnan(ranks)))
        chosen = (ranks[pieces.small], population[pieces.small], pieces.area)
        figures = summarise(scores[pieces.small], *chosen, count=count, share=pieces.share, ranked=total)
        people = people_in_hot_spots(*chosen, pieces.share, count, total)
        figures["hotspot_population"], figures["hotspot_share"] = people
        for name, column in figures.items():
            columns[f"{measure}_{name}"] = column
            columns[f"{measure}_{name}_rank"] = published_ranks(column)
        by = figures["average_score"] if not np.isnan(scores).all() else figures["average_rank"]
        columns[f"{measure}_hotspot"] = classify(by, share=HOT_SPOT_SHARE).hotspot
        first = neediest(ranks, pieces, count)
        columns[f"{measure}_neediest_code"] = _at(names["code"], first)
        columns[f"{measure}_neediest_name"] = _at(names["name"], first)
        columns[f"{measure}_neediest_rank"] = np.where(first >= 0, ranks[first], np.nan)
    return pd.DataFrame(columns, index=pd.RangeIndex(count))


def people_in_hot_spots(
    ranks: Array, population: Array, area: Array, share: Array, count: int, total: int
) -> Tuple[Array, Array]:
    """Residents in hot spots, the top 20 % of small areas by rank, and their share of the ranked population.

    One row a piece; NaN where an area has no ranked residents.
    """
    people = np.where(np.isnan(ranks), 0.0, np.nan_to_num(population) * share)
    hot = ranks <= hot_spot_limit(HOT_SPOT_SHARE, np.asarray(total))
    everybody = np.bincount(area, weights=people, minlength=count)
    inside = np.bincount(area, weights=people * hot, minlength=count)
    known = everybody > 0
    return np.where(known, inside, np.nan), np.where(known, inside / np.where(known, everybody, 1.0), np.nan)


def neediest(ranks: Array, pieces: Pieces, count: int) -> Array:
    """Position of the small area with the highest need in each larger one; -1 where none is ranked.

    Of equal ranks the one that lies there to the larger share is taken, then the first.
    """
    place = np.flatnonzero(~np.isnan(ranks[pieces.small]))
    order = place[np.lexsort((-pieces.share[place], ranks[pieces.small[place]], pieces.area[place]))]
    found = np.full(count, -1, dtype=np.int64)
    areas, first = np.unique(pieces.area[order], return_index=True)
    found[areas] = pieces.small[order[first]]
    return found


def class_counts(scores: Array, pieces: Pieces, count: int) -> pd.DataFrame:
    """Small areas in each class of the overall score and those not ranked, by larger area; pieces count by share."""
    classes = mission_classes(np.asarray(scores, dtype=float))[pieces.small]
    counts = {
        column: np.bincount(pieces.area, weights=pieces.share * (classes == name), minlength=count)
        for name, column in MISSION_COLUMNS.items()
    }
    unranked = np.array([name is None for name in classes], dtype=float)
    counts["lsoas_unranked"] = np.bincount(pieces.area, weights=pieces.share * unranked, minlength=count)
    return pd.DataFrame(counts)


def _at(texts: pd.Series, positions: Array) -> Array:
    """The text at each position, None at -1."""
    return np.array([*texts, None], dtype=object)[np.where(positions >= 0, positions, len(texts))]
