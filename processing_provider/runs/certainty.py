"""A run of ``rankcertainty``: from a stored result to the layer, the table of what moves ranks, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsProcessingContext

from ...core.findings import ranks_in_doubt
from ...core.findings.ranks_in_doubt import ALL, COUNTS, METHODS, WEIGHTS, Doubt
from ...core.findings.saved import Saved
from ...core.pack import MANIFEST, Pack
from ..io import destination
from ..io.frames import open_layer
from ..reports import finding_pages
from ..style import certainty as certainty_style
from ..style import result_style

# What DOUBT stands for; the first of each is what the interval and the word go by.
KINDS: Mapping[str, Tuple[str, ...]] = {
    "counts": (COUNTS,),
    "weights": (WEIGHTS,),
    "each": (COUNTS, WEIGHTS),
    "all": (ALL, COUNTS, WEIGHTS),
}


@dataclass(frozen=True)
class Certain:
    """What was computed: the layer's table, what moves ranks, and what is to be said."""

    result: Saved
    table: pd.DataFrame
    moves: pd.DataFrame
    sentences: List[str]
    warnings: List[str]


def compute(result: Saved, options: Mapping[str, Any], pack: Optional[Path], progress) -> Certain:
    """The certainty of a result; NeedError in words for what does not fit."""
    kinds = (*KINDS[options["DOUBT"]], *((METHODS,) if options["METHODS"] else ()))
    spread = np.inf if options["KNOW_NOTHING"] else options["SPREAD"]
    doubt = Doubt(kinds, options["DRAWS"], options["SEED"], spread, options["INDICATOR_WEIGHTS"])
    warnings: List[str] = []
    opened = None if pack is None else Pack.open(pack)
    heard: List[str] = [""]

    def once(part: float, text: str) -> None:
        """Each text once: a log with a line a draw says nothing."""
        progress(part, "" if text == heard[0] else text)
        heard[0] = text

    try:
        if opened is not None:
            warnings = _other_pack(opened, result.log)
        found = ranks_in_doubt.ranks_in_doubt(result, result.log, doubt, opened, once)
    finally:
        if opened is not None:
            opened.close()
    titles = {node.id: node.title for node in result.methodology.nodes}
    table = found.table(result.need, result.methodology)
    return Certain(result, table, found.moves, found.sentences(result.need, titles), warnings)


def _other_pack(pack: Pack, log: Mapping[str, Any]) -> List[str]:
    used = log.get("pack", {}).get("files", {}).get(MANIFEST)
    if used is None or used == pack.digest(MANIFEST):
        return []
    return [f"PACK: {pack.name} is not the pack, or no longer the pack, from which the result was computed."]


def write(
    algorithm, certain: Certain, parameters: Dict[str, Any], context: QgsProcessingContext, report
) -> Dict[str, str]:
    """Write what was asked for, all or nothing."""
    layer = open_layer(certain.result.path, "need")
    shapes = {feature["area_code"]: feature.geometry() for feature in layer.getFeatures()}
    table = certain.table.rename_axis("area_code")
    outputs: Dict[str, Any] = {"OUTPUT": table, "MOVES": certain.moves.set_index("kind")}
    if parameters.get("REPORT"):
        outputs["REPORT"] = finding_pages.certainty_page(certain)
    polygons = ([shapes.get(code) for code in table.index], layer.crs())
    dress = certainty_style.dress(certain.result.methodology)
    written = destination.write_frames(algorithm, outputs, parameters, context, report, polygons, dress)
    result_style.when_loaded(context, written.get("OUTPUT", ""), "Certainty", dress)
    return written
