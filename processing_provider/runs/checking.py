"""A result looked through by its evidence, and computed again from its pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

import pandas as pd

from ...core import evidence, index
from ...core.errors import DataError, NeedError, PackError
from ...core.evidence import Difference
from ...core.findings import saved
from ...core.methodology import load
from ...core.pack import Pack
from ...core.result import LAYERS
from ..areas import stored_result
from . import overlap

EQUAL = "EQUAL"


def check(values) -> Dict[str, Any]:
    """Every difference as a row of the table, and whether there is none; DataError where there is no evidence."""
    report = values.advance(1.0)
    report(0.0, "reading the result")
    path = values.file_behind("INPUT")
    place = values.path("EVIDENCE") or stored_result.log_beside(path)
    if place is None:
        name = stored_result.evidence_of(path).name
        raise DataError(f"EVIDENCE: there is no {name} beside {path.name}; give the result's evidence.")
    log = index.read_log(place)
    try:
        frames = saved.read_layers(path, [one for one in LAYERS if one in log.get("layers", ())])
        found = evidence.altered(log, frames)
        if values.given("PACK"):
            found += _computed_again(log, frames, values.path("PACK"), report)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{place}: is not the evidence of a result; a part of it is missing or another.") from error
    values.say(_in_words(found, log, values.given("PACK")))
    columns = list(Difference._fields)
    table = pd.DataFrame(found, columns=columns, dtype=object).set_index("layer")
    return {**values.write_frames({"OUTPUT": table}, report.part(0.1)), EQUAL: not found}


def _computed_again(log: Mapping[str, Any], frames: Mapping[str, Any], place: Path, report) -> List[Difference]:
    with Pack.open(place) as pack:
        other = _other_files(log, pack)
        if other:
            return [Difference("", "", "", f"{pack.name} ({pack.title}) is another pack: {file}") for file in other]
        live = load(log["methodology"]).options("postcodeoverlap")["LIVE_POSTCODES_ONLY"]
        pairs = overlap.pairs_for(pack, report.part(0.4), live_only=live)
        try:
            again = index.replay(log, pack, pairs, report.part(0.4))
        except NeedError as error:
            return [Difference("", "", "", str(error))]
    return list(evidence.unequal(frames, again.layers()))


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
        return [made, "EQUAL: computed again from the pack, every figure of every layer is the same to nine digits."]
    return [made, "EQUAL to its evidence. Give the pack too, to have every figure computed again."]
