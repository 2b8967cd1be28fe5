"""Runs of ``needclusters`` and ``compareresults``: a finished result's areas beside their neighbours, or another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping

import numpy as np
import pandas as pd
from qgis.core import QgsVectorLayer

from ...core.errors import DataError
from ...core.findings import clusters as find
from ...core.findings import comparison
from ...core.findings.selection import OVERALL
from ..areas import stored_result
from ..base import DEFAULT_METHODOLOGY
from ..geometry.neighbours import neighbours
from ..io import destination
from ..io.frames import open_layer
from ..io.progress import reporter
from ..step_base import Values
from ..style import result_style
from ..style.neighbourhoods import style_classes, style_clusters

NAMES = ("area_name", "district_code", "district_name", "need_rank", "hotspot")


def _shapes(layer: QgsVectorLayer, codes: pd.Index) -> list:
    shapes = {feature["area_code"]: feature.geometry() for feature in layer.getFeatures()}
    return [shapes.get(code) for code in codes]


def _column(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def clusters(algorithm, layer, options: Mapping[str, Any], methodology: str, parameters, context, feedback):
    """Gi*, local Moran and groups of hot spots of a result's areas; unranked areas have no figure."""
    report = reporter(feedback)
    report(0.0, "reading the result")
    path = stored_result.source_file(layer.source())
    result = stored_result.read(path, DEFAULT_METHODOLOGY, methodology=Path(methodology) if methodology else None)
    need = result.need
    shapes = _shapes(open_layer(result.path, "need"), need.index)
    report(0.2, "finding neighbours")
    first, second = neighbours(shapes, lambda share: report(0.2 + 0.5 * share), options["DISTANCE"])
    graph = find.Neighbours.of_pairs(first, second, len(need))
    report(0.7, "testing clusters")
    found = find.find_clusters(
        _column(need, "composite"),
        _column(need, "hotspot"),
        _column(need, "population"),
        graph,
        rate=options["RATE"],
        dependent=options["DEPENDENT"],
    )
    found.index = need.index
    whole = dict.fromkeys(("gi_sig", "cluster_id", "neighbours"), "Int64")
    groups = find.describe_groups(found, need, [node.id for node in result.methodology.dimensions])
    for line in _said(found, groups, options["RATE"]):
        feedback.pushInfo(line)
    algorithm.said = (f"Contiguous groups of hot spots: {len(groups):,}. Significant at {options['RATE']:g}.",)
    outputs: Dict[str, Any] = {"OUTPUT": pd.concat([need[list(NAMES)], found.astype(whole)], axis=1)}
    outputs["GROUPS"] = groups.reset_index().set_index("name")
    written = destination.write_frames(
        algorithm, outputs, parameters, context, report, (shapes, layer.crs()), style_clusters
    )
    result_style.when_loaded(context, written.get("OUTPUT", ""), "Clusters", style_clusters)
    return written


def _said(found: pd.DataFrame, groups: pd.DataFrame, rate: float) -> list:
    alone = int((groups["lsoas"] == 1).sum())
    lines = [f"{len(groups):,} groups of hot spots that touch, {alone:,} of them of one area."]
    lines += [
        f"{number}: {row['name']} and {row['lsoas'] - 1:,} more, {row['residents']:,.0f} residents ({row['districts']})"
        for number, row in groups.head(10).iterrows()
    ]
    tested, lisa = int(found["gi_p"].notna().sum()), found["lisa"].value_counts()
    lines.append(f"Gi*: {int(found['gi_sig'].sum()):,} of {tested:,} areas tested, false-discovery rate {rate:g}.")
    lines.append(
        "Local Moran: " + ", ".join(f"{lisa.get(kind, 0):,} {kind}" for kind in ("HH", "LL", "HL", "LH")) + "."
    )
    return lines


def compare(algorithm, layer, options: Mapping[str, Any], parameters, context, feedback):
    """Two rankings of the same areas: agreement, changes, and the split where both hold a composite."""
    report = reporter(feedback)
    values = Values(algorithm, parameters, context, feedback)
    report(0.0, "reading the result")
    path = stored_result.source_file(layer.source())
    result = stored_result.read(path, DEFAULT_METHODOLOGY)
    need = result.need
    other = values.table("OTHER")
    codes = other.distinct_keys(values.needed("CODE_FIELD", "the field that holds the area's code"))
    columns = {"rank": other.numbers(values.needed("RANK_FIELD", "the field that holds the rank"))}
    if other.holds("composite"):
        columns["composite"] = other.numbers("composite")
    placed = pd.DataFrame(columns, index=codes).reindex(need.index)
    if not codes.isin(need.index).any():
        raise DataError(f"{other.name}: holds none of the result's areas, for example {codes[0]}; is CODE_FIELD right?")
    table, agreement = comparison.compare_ranks(
        _column(need, f"{OVERALL}_rank"), placed["rank"].to_numpy(dtype=float), share=options["SHARE"]
    )
    if "composite" in placed:
        split = comparison.split_change(
            _column(need, "composite"), placed["composite"].to_numpy(dtype=float), other_areas=~need.index.isin(codes)
        )
        table = pd.concat([table, split[["own", "others"]]], axis=1)
    table.index = need.index
    whole = [name for name in table if name != "hotspot_class"]
    for line in _agreement(agreement, len(codes.difference(need.index)), "composite" in placed):
        feedback.pushInfo(line)
    algorithm.said = (f"Compared with {other.name}, ranked by {values.text('RANK_FIELD')}.",)
    shapes = _shapes(open_layer(result.path, "need"), need.index)
    frame = pd.concat(
        [need[["area_name", "district_code", "district_name"]], table.astype(dict.fromkeys(whole, "Int64"))], axis=1
    )
    polygons = (shapes, layer.crs())
    written = destination.write_frames(
        algorithm, {"OUTPUT": frame}, parameters, context, report, polygons, style_classes
    )
    result_style.when_loaded(context, written.get("OUTPUT", ""), "Compared", style_classes)
    return written


def _agreement(found: comparison.Agreement, unknown: int, split: bool) -> list:
    lines = []
    if found.first_only or found.second_only or unknown:
        lines.append(
            f"The two differ in their areas: {found.first_only:,} are ranked by the first alone, {found.second_only:,} "
            f"by the other alone, {unknown:,} of the other are not in the result. {found.areas:,} are compared."
        )
    if not split:
        lines.append("The other has no composite, so changes of rank are not split.")
    lines.append(
        f"Spearman's correlation of the ranks {found.spearman:.3f}; mean change of rank {found.mean_shift:,.0f}."
    )
    lines.append(
        f"Hot spots of both {found.hotspots_both:,}, of {found.hotspots_first:,} and {found.hotspots_second:,}; "
        f"Cohen's kappa {found.kappa:.3f}."
    )
    return lines
