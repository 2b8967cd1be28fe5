"""What a figure means travels beside it: ``<id>_meaning`` says what its pack says of it, for the steps that follow.

A column is the one carrier that outlives layers in memory, GeoPackages, CSV files, joins and filters alike. Its text,
the same in every row, is made of parts with ``; `` between: the geography of publication, then ``high is need`` or
``high is less`` and ``unbounded`` where the pack says so, the status of a figure that is not as specified, and ``unit``
with the pack's unit. The column ``figures_from`` names pack and methodology with the first eight digits of their
digests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .catalogue import AUTHORITY_GEOGRAPHIES, GEOGRAPHIES
from .errors import DataError
from .methodology import DIRECTIONS, Methodology, Node
from .pack import MANIFEST, Pack
from .pack_format import STATUSES, Entry
from .table import Scope, Table
from .texts import listed

ENDING, ORIGIN = "_meaning", "figures_from"
SUM_OF_PARTS = "sum of its parts"
_DIGITS = 8


def describe(entry: Entry) -> str:
    """What a pack says of a figure, as the text of its column."""
    parts = [entry.geography]
    if entry.high_is is not None:
        parts.append(f"high is {entry.high_is}")
    if entry.unbounded:
        parts.append("unbounded")
    if entry.status != STATUSES[0]:
        parts.append(entry.status)
    if entry.unit:
        parts.append(f"unit {entry.unit.replace(';', ',')}")
    return "; ".join(parts)


def understand(node_id: str, text: str) -> Optional[Entry]:
    """What the text of a column says, as a pack's entry without its file; None for a sum of parts.

    DataError names a part that is not known.
    """
    if text == SUM_OF_PARTS:
        return None
    entry = Entry(node_id, "", "", "")
    for part in text.split("; "):
        if part in GEOGRAPHIES:
            entry = replace(entry, geography=part)
        elif part.startswith("high is ") and part[8:] in DIRECTIONS:
            entry = replace(entry, high_is=part[8:])
        elif part == "unbounded":
            entry = replace(entry, unbounded=True)
        elif part in STATUSES:
            entry = replace(entry, status=part)
        elif part.startswith("unit "):
            entry = replace(entry, unit=part[5:])
        else:
            raise DataError(f"'{node_id}{ENDING}' says '{part}', which is not known; convert the figures again.")
    return entry


def add_columns(frame: pd.DataFrame, texts: Mapping[str, str]) -> pd.DataFrame:
    """The frame with ``<id>_meaning`` behind each ``<id>_provenance`` that there is a text for."""
    columns: Dict[str, object] = {}
    for name in frame:
        columns[name] = frame[name]
        node_id = name[: -len("_provenance")] if name.endswith("_provenance") else ""
        if node_id in texts:
            columns[f"{node_id}{ENDING}"] = np.full(len(frame), texts[node_id], dtype=object)
    return pd.DataFrame(columns, index=frame.index)


def origin(pack: Pack, methodology: Methodology) -> str:
    """Pack and methodology by name and digest."""
    digests = pack.digest(MANIFEST)[:_DIGITS], methodology.digest()[:_DIGITS]
    return f"{pack.title} (pack {digests[0]}, methodology {digests[1]})"


def stamp(text: str, table: Table) -> Dict[str, str]:
    """The column that names the origin, under a name that is free; none where the table says the same already."""
    name, number = ORIGIN, 1
    while table.holds(name):
        if set(table.texts(name)) == {text}:
            return {}
        number += 1
        name = f"{ORIGIN}_{number}"
    return {name: text}


def add_to_scope(scope: Scope, table: Table) -> Scope:
    """The scope with what the table says of its figures, beside what a pack says.

    DataError where a column ``<id>_provenance`` shows that figures come from a pack, but neither a pack nor
    ``<id>_meaning`` says what they mean; where rows say different things; and where pack and table do.
    """
    entries = dict(scope.entries)
    nodes = [node for node in scope.methodology.nodes if node.level in ("composite", "indicator") and scope.holds(node)]
    unsaid = []
    for node in nodes:
        if table.holds(f"{node.id}{ENDING}"):
            entry = _read(table, node)
            known = scope.entries.get(node.id)
            if entry is not None and known is not None and _bearing(entry) != _bearing(known):
                raise DataError(
                    f"PACK: says of '{node.id}' '{describe(known)}', but {table.name} says '{describe(entry)}' in "
                    f"'{node.id}{ENDING}'; give the pack that the figures are from, or none."
                )
            if entry is not None:
                entries[node.id] = entry
        elif not scope.entries and table.holds(f"{node.id}_provenance"):
            unsaid.append(node.id)
    if unsaid:
        raise DataError(
            f"{table.name}: comes from a data pack, but does not say what its figures mean (direction, open-ended "
            f"ratio, geography): there is no field {listed([f'{name}{ENDING}' for name in unsaid], 3)}. Give PACK, or "
            "take the table as the conversion wrote it."
        )
    return replace(scope, entries=entries)


def _read(table: Table, node: Node) -> Optional[Entry]:
    column = f"{node.id}{ENDING}"
    texts: Sequence[str] = sorted({text for text in table.texts(column) if text})
    if len(texts) != 1:
        fault = f"says {' in some rows and '.join(map(repr, texts))} in others" if texts else "is empty"
        raise DataError(f"{table.name}: '{column}' {fault}; give PACK, or convert the figures again.")
    return understand(node.id, texts[0])


def _bearing(entry: Entry) -> Tuple[Optional[str], bool, bool]:
    """What of an entry bears on the steps."""
    return entry.high_is, entry.unbounded, entry.geography in AUTHORITY_GEOGRAPHIES
