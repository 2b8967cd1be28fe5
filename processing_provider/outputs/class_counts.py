"""What a legend counts, from a result's frames: the class of every area, without asking the layer again."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np
import pandas as pd

from ...core.steps.classify import HOT_SPOT_SHARE
from . import palettes
from .legend import LegendEntry
from .styling import NEED, Style

UNRANKED = -1


def ranked_in(frame: pd.DataFrame, measures: Tuple[str, ...]) -> Mapping[str, int]:
    """Number of ranked rows by measure, for ``need`` and ``districts`` alike; measures without a rank are left out."""
    counts = {}
    for measure in measures:
        for name in (f"{measure}_rank", f"{measure}_average_score_rank"):
            if name in frame:
                counts[measure] = int(frame[name].notna().sum())
    return counts


def class_positions(style: Style, frame: pd.DataFrame) -> np.ndarray:
    """Position in ``style.classes`` of every row, -1 where it has no class: what the style's expression gives.

    The same divisions in the same order as the expression, so that the legend counts what the map shows.
    """
    values = _values(style, frame)
    if style.kind == "mission":
        known = {entry.value: place for place, entry in enumerate(style.classes)}
        return np.array([known.get(value, UNRANKED) for value in values])
    order = [entry.value for entry in style.classes]
    positions = np.full(len(frame), UNRANKED)
    for place, value in enumerate(order):
        positions[values == value] = place
    return positions


def _values(style: Style, frame: pd.DataFrame) -> np.ndarray:
    areas = "need_rank" in frame
    if style.kind == "mission":
        return frame["mission_class"].to_numpy(dtype=object)
    local = {"local_deciles": "need_decile_district", "local_hotspots": "hotspot_district"}
    if style.kind in local:
        return frame[local[style.kind]].to_numpy(dtype=float)
    rank = frame[f"{style.measure}_rank" if areas else f"{style.measure}_average_score_rank"].to_numpy(dtype=float)
    ranked = max(np.count_nonzero(~np.isnan(rank)), 1)
    if style.kind == "hotspots":
        bands = len(palettes.HOT_SPOT_BANDS)
        return np.minimum(np.ceil(bands / HOT_SPOT_SHARE * rank / ranked), bands + 1)
    if style.kind == "deciles" and style.measure == NEED:
        return frame["need_decile"].to_numpy(dtype=float)
    return np.ceil((5 if style.kind == "fifths" else 10) * rank / ranked)


def count_classes(
    style: Style, positions: np.ndarray, population: np.ndarray, mask: np.ndarray
) -> Tuple[LegendEntry, ...]:
    """The legend's lines for the rows that ``mask`` lets pass; the unranked class only where there are any."""
    people = np.nan_to_num(np.asarray(population, dtype=float))
    entries = []
    for place, entry in enumerate(style.classes):
        inside = mask & (positions == place)
        entries.append(LegendEntry(entry.label, entry.colour, int(inside.sum()), int(round(people[inside].sum()))))
    outside = mask & (positions == UNRANKED)
    if outside.any():
        total = int(round(people[outside].sum()))
        entries.append(
            LegendEntry(palettes.UNRANKED_LABEL, palettes.UNRANKED_FILL, int(outside.sum()), total, hatched=True)
        )
    return tuple(entries)
