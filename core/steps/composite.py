"""Composite indicators: counts that do not overlap are added over one denominator (paper step 3)."""

from __future__ import annotations

from typing import List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from .. import meaning
from ..arrays import Array
from ..errors import DataError, OptionError
from ..methodology import Node
from ..rates import bound_counts, bounded_ratio
from ..table import Added, Converted, Scope, Table, area_codes, indicator_columns
from ..texts import Note, listed
from .crosswalk import PROVENANCES


def sum_parts(numerators: Sequence[Array], denominators: Sequence[Array]) -> Tuple[Array, Array]:
    """Numerator = sum of the parts' numerators; denominator = that of the widest population among the parts.

    Parts count people of one place, each out of its own population (attendance allowance out of those
    of 65 and over, say); the sum is out of the largest population, so that no part exceeds it. One entry
    an area; an area that lacks any part has no value (NaN), for a partial sum would read as low need.
    Raises DataError when there is no part. Source: paper, step 3.
    """
    if not len(numerators):
        raise DataError("A composite indicator needs at least one part.")
    events = np.sum([np.asarray(part, dtype=float) for part in numerators], axis=0)
    populations = np.array([np.asarray(part, dtype=float) for part in denominators])
    widest = populations[np.argmax(np.nansum(populations, axis=1))]
    return events, np.where(np.isnan(events), np.nan, widest)


def sum_composite(
    node: Node, scope: Scope, columns: Mapping[str, Converted], codes: pd.Index, over: str = "gap"
) -> Converted:
    """The composite as the sum of those of its parts that are not left out.

    A part that is missing and not listed in ``left_out`` is a DataError, for a partial sum reads as low need; so are
    parts that have no area in common. Parts and sum alike go by ``bound_counts`` and ``over``. Provenance is the
    least direct of the parts; totals are added. Source: paper, step 3.
    """
    names = [part.id for part in scope.methodology.children(node.id) if part.id not in scope.left_out]
    if not names:
        raise DataError(f"'{node.id}': all of its parts are left out; list '{node.id}' itself instead.")
    missing = [name for name in names if name not in columns]
    if missing:
        raise DataError(
            f"'{node.id}' lacks parts without data: {listed(missing)}. Add them to the pack, "
            "or list them by name to leave them out."
        )
    parts = [columns[name] for name in names]
    valued = [part.id for part in parts if part.numerator is None]
    if valued:
        raise DataError(f"'{node.id}' is a sum of counts, but {listed(valued)} come without numerator and denominator.")
    # No part exceeds its own population, unless the pack calls it open-ended.
    entries = [scope.entries.get(part.id) for part in parts]
    tops = [
        part.counts[0] if entry is not None and entry.unbounded else bound_counts(*part.counts, over).numerator
        for part, entry in zip(parts, entries)
    ]
    numerator, denominator = sum_parts(tops, [part.counts[1] for part in parts])
    value, words = bounded_ratio(numerator, denominator, codes, over)
    if np.isnan(value).all():
        held = ", ".join(f"{part.id} in {np.count_nonzero(~np.isnan(top)):,}" for part, top in zip(parts, tops))
        raise DataError(
            f"'{node.id}': its parts have figures ({held} areas), but no area has one of each, so it has no value "
            "anywhere. Are they for the same areas? List a part by name to leave it out."
        )
    labels = np.where(np.isnan(value), np.array(None), _widest_provenance(parts))
    return Converted(node.id, value, labels, numerator, denominator, over=words)


def _widest_provenance(columns: Sequence[Converted]) -> Array:
    """Of the parts' provenances, by area, the one that is furthest from a direct figure."""
    order = {name: place for place, name in enumerate(PROVENANCES)}
    rank = np.max([[order.get(label, -1) for label in column.provenance] for column in columns], axis=0)
    return np.array([*PROVENANCES, None], dtype=object)[rank]


def apply(table: Table, scope: Scope, *, over: str = "gap") -> Added:
    """Step 3: the columns of each composite with parts in the table: ``<id>_num``, ``<id>_den``, ``<id>`` and so on.

    A composite that stands in the table already is left as it is. Source: paper, step 3.
    """
    codes = area_codes(table)
    wanted = [node for node in scope.indicators() if node.level == "composite" and not _holds(table, node)]
    gathered, notes = {}, []
    for node in wanted:
        parts = scope.methodology.children(node.id)
        columns = scope.read(table, parts, over=over)
        if not columns:
            continue
        gathered[node.id] = sum_composite(node, scope, columns, codes, over)
        names = [part.id for part in parts if part.id not in scope.left_out]
        notes.append(Note("info", node.id, f"the sum of {listed(names)}"))
        notes += [Note("warning", node.id, text) for text in gathered[node.id].over]
    if not gathered:
        notes.append(Note("info", table.name, "no composite is to be made: none has its parts here, or all are there"))
    frame = pd.DataFrame(indicator_columns(gathered), index=range(len(table)))
    return Added(meaning.add_columns(frame, dict.fromkeys(gathered, meaning.SUM_OF_PARTS)), tuple(notes))


def _holds(table: Table, node: Node) -> bool:
    return any(table.holds(f"{node.id}{ending}") for ending in ("", "_num", "_den"))


def add_fields(
    table: Table, numerators: Sequence[str], denominators: Sequence[str], name: str, over: str = "gap"
) -> Added:
    """Step 3 for any fields: the numerators' sum over the widest denominator, as ``<name>_num``, ``_den``, ``<name>``.

    ``over`` (gap or cap) decides on sums above it; the rows are noted.
    """
    if not numerators or not denominators:
        raise OptionError("Give at least one numerator and one denominator.")
    tops, bottoms = (_counts(table, fields) for fields in (numerators, denominators))
    events, people = sum_parts(tops, bottoms)
    value, words = bounded_ratio(events, people, area_codes(table), over)
    notes = tuple(Note("warning", name, text) for text in words)
    return Added(pd.DataFrame({f"{name}_num": events, f"{name}_den": people, name: value}), notes)


def _counts(table: Table, fields: Sequence[str]) -> List[Array]:
    counts = [table.numbers(name) for name in fields]
    for name, values in zip(fields, counts):
        if (values < 0).any():
            row = int(np.argmax(values < 0)) + 1
            raise DataError(f"{table.name}: '{name}' is negative in row {row}; a count cannot be.")
    return counts
