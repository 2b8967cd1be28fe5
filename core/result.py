"""The result of a run: frames keyed by area code, one for each layer, with everything needed to explain them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from .indicators import Indicators
from .methodology import Methodology, Node
from .pack_format import STATUSES, Entry
from .steps import quality as quality_step
from .steps.classify import whole_numbers
from .steps.summarise import district_table
from .table import Columns, Scope
from .texts import Note

_MILLIONS = re.compile(r"(?i)(?:gbp|pounds?)_?(?:m|mn|millions?)(?:_|\Z)")
_QUALITY_COUNTS = ("areas", "missing", "zeros", "unique", "outliers")
AREA_NAMES = ["area_name", "district_code", "district_name", "region_code", "region_name"]
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


def need_frame(areas: pd.DataFrame, table: Columns, classes: pd.DataFrame) -> pd.DataFrame:
    """The layer ``need``: names, scores, ranks, hot spots and classes of every area, ranked or not."""
    frame = pd.concat([areas[AREA_NAMES], classes.set_index(areas.index)], axis=1)
    for name in ("composite", "need_score"):
        frame.insert(frame.columns.get_loc("need_rank"), name, table.numbers(name))
    imputed = table.numbers("imputed_count") if table.holds("imputed_count") else np.zeros(len(table))
    reasons = frame.pop("unranked_reason")
    return whole_numbers(frame.assign(population=areas["population"], imputed_count=imputed, unranked_reason=reasons))


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


def quality_frame(
    scope: Scope,
    indicators: Indicators,
    table: Columns,
    over: Mapping[str, Sequence[str]],
    methods: Mapping[str, str],
    weights: Mapping[str, float],
) -> pd.DataFrame:
    """The layer ``quality``: one row an indicator of the methodology that enters the sums, absent ones too."""
    methodology = scope.methodology
    dimensions = {node.id: methodology.dimension_of(node.id).id for node in methodology.indicators}
    z = pd.DataFrame({name: table.numbers(f"{name}_z") for name in methods})
    sums = {node.id: table.numbers(f"{node.id}_sum") for node in methodology.dimensions}
    parents = {name: (str(methodology.node(name).parent), dimensions[name]) for name in methods}
    correlations = quality_step.correlations(z, dimensions, sums).join(quality_step.consistency(z, parents, weights))
    options = methodology.options("qualityassurance")
    rows = {}
    for node in methodology.indicators:
        row = _identity(methodology, indicators, node, dimensions[node.id])
        if node.id in methods:
            facts = quality_step.describe(table.numbers(node.id))
            shares = quality_step.provenance_shares(table.texts(f"{node.id}_provenance"))
            row.update(facts, **shares, **correlations.loc[node.id], **_totals(scope, indicators, node))
            row["shrinkage"] = methods[node.id]
            flags = quality_step.flags(facts, spread=shares["spread"] > 0.5, options=options)
            row["flags"] = "; ".join(filter(None, (flags, *over.get(node.id, ()))))
        rows[node.id] = row
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")
    return frame.astype(dict.fromkeys(_QUALITY_COUNTS, "Int64")).fillna({"flags": ""})


def _totals(scope: Scope, indicators: Indicators, node: Node) -> Dict[str, float]:
    """What went into the conversion and came out, of an indicator or of the parts of a sum."""
    parts = [part.id for part in scope.methodology.children(node.id) if part.id not in scope.left_out]
    columns = [indicators.columns[name] for name in ([node.id] if node.id in indicators.columns else parts)]
    return {name: sum(getattr(column, name) for column in columns) for name in ("sum_in", "sum_out")}


def _identity(methodology: Methodology, indicators: Indicators, node: Node, dimension: str) -> Dict[str, Any]:
    """Title, place in the tree and source of an indicator; a composite of parts carries those of its parts."""
    parts = [indicators.entries[part.id] for part in methodology.children(node.id) if part.id in indicators.columns]
    entry = indicators.entries.get(node.id) if node.id in indicators.columns else None
    entries = [entry] if entry is not None else parts

    own_title = entry.title if entry is not None else ""
    worst = sorted((one.status for one in entries), key=STATUSES.index)
    parent = methodology.node(str(node.parent))
    return {
        "title": own_title or node.title,
        "dimension": dimension,
        "sub_dimension": parent.id if parent.level == "sub_dimension" else None,
        "status": worst[-1] if entries else "absent",
        "unit": indicator_unit(node, entries),
        **sources_in_words(entries),
    }


def sources_in_words(entries: Sequence[Entry]) -> Dict[str, str]:
    """Geography, source, date and note of an indicator; of one made of several figures, theirs, each once."""
    texts = {key: [getattr(one, key) for one in entries] for key in ("geography", "source", "date", "note")}
    return {key: "; ".join(dict.fromkeys(filter(None, found))) for key, found in texts.items()}


def indicator_unit(node: Node, entries: Sequence[Entry]) -> str:
    """The unit of an indicator's values: the pack's, else the methodology's; a substitute has none but its own.

    Bounded counts of a population are a proportion of it, whatever is counted, and so is a per cent that the pack gives
    as numerator and denominator. Pounds without a scale are millions where the name of the numerator's column says so,
    as ``gva_gbpm_2020`` does.
    """
    own = [entry.unit for entry in entries if entry.unit]
    if own:
        return own[0]
    parts = bool(entries) and all(one.numerator and one.scale == 1 and not one.unbounded for one in entries)
    if node.unit.startswith("%") and parts:
        return "proportion"
    counted = node.kind == "count" and all(entry.numerator and not entry.unbounded for entry in entries)
    another = any(entry.status == STATUSES[-1] or (entry.unbounded and node.kind == "count") for entry in entries)
    columns = [name for entry in entries if entry.numerator and entry.scale == 1 for name in entry.numerator.columns]
    millions = node.unit.startswith("pounds") and any(map(_MILLIONS.search, columns))
    return "" if another and not counted else f"{'million ' * millions}{node.unit}"
