"""A result looked through by its evidence, and computed again from its pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

import pandas as pd
from qgis.core import QgsGeometry

from ...core import evidence, index
from ...core.errors import DataError, NeedError, PackError
from ...core.evidence import Difference
from ...core.findings import saved
from ...core.findings.saved import CERTAINTY
from ...core.methodology import load
from ...core.pack import Pack
from ...core.result import LAYERS
from ..areas import stored_result
from ..io import frames
from . import overlap
from .index import Shapes

EQUAL = "EQUAL"
# As near as evidence tells corners apart: a thousandth of their unit.
_NEAR = 0.001
WITHOUT = (
    "give the result's evidence. 'Compute the index' writes it; single steps and models write none, for each knows its "
    "own table alone. What they did stands in the layer's history; 'Compare two results' holds it against a result."
)


def check(values) -> Dict[str, Any]:
    """Every difference as a row of the table, and whether there is none; DataError where there is no evidence."""
    report = values.advance(1.0)
    report(0.0, "reading the result")
    path = values.file_behind("INPUT")
    place = values.path("EVIDENCE") or stored_result.log_beside(path)
    if place is None:
        name = stored_result.evidence_of(path).name
        raise DataError(f"EVIDENCE: there is no {name} beside {path.name}; {WITHOUT}")
    log = index.read_log(place)
    try:
        watched = [one for one in (*LAYERS, CERTAINTY) if one in log.get("layers", ())]
        kept = saved.read_layers(path, watched, whole=True)
        found = evidence.altered(log, kept)
        if values.given("PACK"):
            found += _computed_again(log, kept, path, values.path("PACK"), report)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{place}: is not the evidence of a result; a part of it is missing or another.") from error
    values.say(_in_words(found, log, values.given("PACK")))
    columns = list(Difference._fields)
    table = pd.DataFrame(found, columns=columns, dtype=object).set_index("layer")
    return {**values.write_frames({"OUTPUT": table}, report.part(0.1)), EQUAL: not found}


def _computed_again(
    log: Mapping[str, Any], kept: Mapping[str, pd.DataFrame], path: Path, place: Path, report
) -> List[Difference]:
    with Pack.open(place) as pack:
        other = _other_files(log, pack)
        if other:
            return [Difference("", "", "", f"{pack.name} ({pack.title}) is another pack: {file}") for file in other]
        live = load(log["methodology"]).options("postcodeoverlap")["LIVE_POSTCODES_ONLY"]
        pairs = overlap.pairs_for(pack, report.part(0.4), live_only=live)
        try:
            again = index.replay(log, pack, pairs, report.part(0.3))
            drawn = Shapes.read(pack, again, log["districts"]["report_by"], report.part(0.1))
        except NeedError as error:
            return [Difference("", "", "", str(error))]
    shapes = drawn.of_layers(again)
    joined = _other_joins(shapes["districts"][evidence.SHAPE], kept["districts"], drawn.districts, path)
    shapes["districts"] = joined.to_frame(evidence.SHAPE)
    made = {name: frame.join(shapes[name]) if name in shapes else frame for name, frame in again.layers().items()}
    return list(evidence.unequal({name: frame for name, frame in kept.items() if name != CERTAINTY}, made))


def _other_joins(texts: pd.Series, kept: pd.DataFrame, joined: Mapping[str, QgsGeometry], path: Path) -> pd.Series:
    """The texts, with the result's own for each district whose outline runs, corner for corner, on the one joined here.

    Another version of GEOS may join areas by other corners on the same lines. The measure is the Hausdorff distance.
    """
    held = kept[evidence.SHAPE].reindex(texts.index)
    other = held.index[held.notna() & (held != texts)]
    near = []
    if len(other):
        shown = frames.read_geometries(frames.open_layer(path, "districts"), kept.index.name, other, lambda _: None)
        near = [code for code in other if shown[code].hausdorffDistance(joined[code]) <= _NEAR]
    return texts.where(~texts.index.isin(near), held)


def _other_files(log: Mapping[str, Any], pack: Pack) -> List[str]:
    def digest(file: str) -> Optional[str]:
        try:
            return pack.digest(file)
        except PackError:
            return None

    return [f"{file} differs" for file, held in log["pack"]["files"].items() if digest(file) != held]


def _in_words(found: List[Difference], log: Mapping[str, Any], with_pack: bool) -> List[str]:
    made = f"Computed on {log.get('made', 'a day unknown')} with {log.get('software', 'software unknown')}."
    if found:
        first = [" ".join(filter(None, one[:4])) for one in found[:10]]
        return [made, f"NOT EQUAL: {len(found):,} differences.", *first]
    if with_pack:
        kept = " The layer of certainty is as it was written; it was not drawn again." * (CERTAINTY in log["layers"])
        again = "EQUAL: computed again from the pack, every figure of every layer is the same to nine digits, and every"
        return [made, f"{again} polygon to a thousandth of its unit.{kept}"]
    return [made, "EQUAL to its evidence. Give the pack too, to have every figure computed again."]
