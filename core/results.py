"""The result of a run: frames keyed by area code, one for each layer, with everything needed to explain them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .indicators import Indicators, Note
from .methodology import Methodology, Node
from .pack_format import STATUSES, Entry
from .schema import WHOLE
from .stages import Scores, Shrinkage
from .steps import quality as quality_step
from .steps.classify import HOT_SPOT_SHARE, classify, mission_classes
from .steps.convert import Converted
from .steps.summarise import district_table

_QUALITY_COUNTS = ("areas", "missing", "zeros", "unique", "outliers")
LAYERS = ("need", "districts", "indicators", "shrunk", "normal_scores", "sub_dimensions", "quality")


@dataclass(frozen=True)
class Result:
    """Every layer of a run as a frame, its notes and its log.

    ``need``, ``indicators``, ``shrunk``, ``normal_scores`` and ``sub_dimensions`` are indexed by area_code,
    ``districts`` by district_code, ``quality`` by indicator. ``left_out`` lists the indicators without data.
    """

    methodology: Methodology
    title: str
    attribution: Tuple[str, ...]
    need: pd.DataFrame
    districts: pd.DataFrame
    indicators: pd.DataFrame
    shrunk: pd.DataFrame
    normal_scores: pd.DataFrame
    sub_dimensions: pd.DataFrame
    quality: pd.DataFrame
    notes: Tuple[Note, ...]
    left_out: Tuple[str, ...]
    log: Mapping[str, Any]

    def layers(self) -> Dict[str, pd.DataFrame]:
        """The frames by layer name, in the order in which they are written."""
        return {name: getattr(self, name) for name in LAYERS}


def need_frame(
    methodology: Methodology, areas: pd.DataFrame, scores: Scores, imputed: np.ndarray, z: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """The layer ``need``: names, scores, ranks, hot spots and classes of every area, ranked or not.

    Ranks: 1 = highest need, ties share the lowest number, on 12 significant digits; flags 0/1, NaN where unranked.
    ``z``: the normal scores by indicator, whose gaps are the reasons why an area is not ranked.
    """
    columns: Dict[str, Any] = {
        name: areas[name] for name in ("area_name", "district_code", "district_name", "region_code", "region_name")
    }
    districts = areas["district_code"].to_numpy(dtype=str)
    columns.update(class_columns(methodology, scores, districts))
    columns["population"] = areas["population"]
    columns["imputed_count"] = imputed.astype(float)
    columns["unranked_reason"] = unranked_reasons(methodology, scores, z)
    return whole_numbers(pd.DataFrame(columns, index=areas.index))


def class_columns(
    methodology: Methodology, scores: Scores, districts: Optional[np.ndarray], *, share: float = HOT_SPOT_SHARE
) -> Dict[str, Any]:
    """Scores, ranks, deciles, hot spots and classes by column name; within districts too where codes are given."""
    columns: Dict[str, Any] = {}
    for node in methodology.dimensions:
        classes = classify(scores.transformed[node.id], share=share)
        columns[f"{node.id}_score"] = scores.transformed[node.id]
        columns[f"{node.id}_rank"] = classes.rank
        columns[f"{node.id}_hotspot"] = classes.hotspot
    overall = classify(scores.composite, share=share)
    columns.update(
        composite=scores.composite,
        need_score=scores.score,
        need_rank=overall.rank,
        need_decile=overall.decile,
        hotspot=overall.hotspot,
        mission_class=mission_classes(scores.score),
    )
    if districts is not None:
        local = classify(scores.composite, share=share, within=np.unique(districts, return_inverse=True)[1])
        columns.update(need_rank_district=local.rank, need_decile_district=local.decile, hotspot_district=local.hotspot)
    return columns


def whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its ranks, deciles, flags and counts as whole numbers that can be missing (Int64)."""
    return frame.astype(dict.fromkeys(filter(WHOLE.search, frame), "Int64"))


def unranked_reasons(methodology: Methodology, scores: Scores, z: Mapping[str, np.ndarray]) -> np.ndarray:
    """For areas without an overall score, the titles of the indicators that they lack; None for the others.

    Of a dimension whose indicators are not in ``z``, which is known by its score alone, the title stands instead.
    """
    reasons = np.full(scores.score.shape, None, dtype=object)
    unranked = np.flatnonzero(np.isnan(scores.score))
    lacking: List[Tuple[str, np.ndarray]] = []
    for node in methodology.dimensions:
        inside = [one for one in methodology.indicators if one.id in z and methodology.dimension_of(one.id) is node]
        known = [(one.title, np.isnan(z[one.id][unranked])) for one in inside]
        gaps = np.isnan(scores.transformed[node.id][unranked])
        lacking += [*known, (node.title, gaps & ~np.any([gap for _, gap in known], axis=0) if known else gaps)]
    for place, area in enumerate(unranked):
        reasons[area] = f"no value for: {'; '.join(title for title, gaps in lacking if gaps[place])}"
    return reasons


def districts_frame(methodology: Methodology, areas: pd.DataFrame, need: pd.DataFrame) -> pd.DataFrame:
    """The layer ``districts``: the summaries of the overall measure and of each dimension.

    Source: docs/method.md#summaries-for-larger-areas.
    """
    districts = areas.groupby("district_code")[["district_name"]].first()
    measures = {
        measure: pd.DataFrame({"score": need[f"{measure}_score"], "rank": need[f"{measure}_rank"]})
        for measure in ("need", *(node.id for node in methodology.dimensions))
    }
    position = districts.index.get_indexer(areas["district_code"])
    return whole_numbers(district_table(measures, districts, position, areas["population"].to_numpy(dtype=float)))


def indicators_frame(areas: pd.DataFrame, gathered: Mapping[str, Converted]) -> pd.DataFrame:
    """The layer ``indicators``: counts where there are any, value and provenance of every indicator."""
    columns: Dict[str, np.ndarray] = {}
    for name, column in gathered.items():
        if column.numerator is not None:
            columns[f"{name}_num"], columns[f"{name}_den"] = column.numerator, column.denominator
        columns[name] = column.value
        if column.standard_error is not None:
            columns[f"{name}_se"] = column.standard_error
        columns[f"{name}_provenance"] = column.provenance
    return pd.DataFrame(columns, index=areas.index)


def quality_frame(
    methodology: Methodology,
    indicators: Indicators,
    gathered: Mapping[str, Converted],
    z: pd.DataFrame,
    scores: Scores,
    shrinkage: Shrinkage,
) -> pd.DataFrame:
    """The layer ``quality``: one row an indicator of the methodology that enters the sums, absent ones too."""
    dimensions = {node.id: methodology.dimension_of(node.id).id for node in methodology.indicators}
    correlations = quality_step.correlations(z, dimensions, scores.sums)
    options = methodology.options("qualityassurance")
    rows = {}
    for node in methodology.indicators:
        row = _identity(methodology, indicators, node, dimensions[node.id])
        if node.id in gathered:
            column = gathered[node.id]
            facts = quality_step.describe(column.value)
            shares = quality_step.provenance_shares(column.provenance)
            row.update(facts, **shares, **correlations.loc[node.id], sum_in=column.sum_in, sum_out=column.sum_out)
            row["shrinkage"] = shrinkage.method[node.id]
            flags = quality_step.flags(facts, spread=shares["spread"] > 0.5, options=options)
            row["flags"] = "; ".join(filter(None, (flags, *column.over)))
        rows[node.id] = row
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")
    return table.astype(dict.fromkeys(_QUALITY_COUNTS, "Int64")).fillna({"flags": ""})


def _identity(methodology: Methodology, indicators: Indicators, node, dimension: str) -> Dict[str, Any]:
    """Title, place in the tree and source of an indicator; a composite of parts carries those of its parts."""
    parts = [indicators.entries[part.id] for part in methodology.children(node.id) if part.id in indicators.columns]
    entry = indicators.entries.get(node.id) if node.id in indicators.columns else None
    entries = [entry] if entry is not None else parts

    def joined(key: str) -> str:
        return "; ".join(dict.fromkeys(getattr(one, key) for one in entries if getattr(one, key)))

    own_title = entry.title if entry is not None else ""
    worst = sorted((one.status for one in entries), key=STATUSES.index)
    parent = methodology.node(str(node.parent))
    return {
        "title": own_title or node.title,
        "dimension": dimension,
        "sub_dimension": parent.id if parent.level == "sub_dimension" else None,
        "status": worst[-1] if entries else "absent",
        "unit": indicator_unit(node, entries),
        "geography": joined("geography"),
        "source": joined("source"),
        "date": joined("date"),
        "note": joined("note"),
    }


def indicator_unit(node: Node, entries: Sequence[Entry]) -> str:
    """The unit of an indicator's values: the pack's, else the methodology's; a substitute has none but its own."""
    own = [entry.unit for entry in entries if entry.unit]
    if own:
        return own[0]
    another = any(entry.status == STATUSES[-1] or (entry.unbounded and node.kind == "count") for entry in entries)
    return "" if another else node.unit
