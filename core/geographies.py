"""Authorities that changed: their codes brought to the year of a list, back or forward, with every step listed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import AbstractSet, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np
import pandas as pd

from .arrays import Array
from .errors import PackError

RECODES = Path(__file__).resolve().parents[1] / "resources" / "authority_recodes.csv"
RECODED, MERGED = "recoded", "merged"


@dataclass(frozen=True)
class Recode:
    """An authority's code that gave way to another on a date: ``recoded`` (the same area) or ``merged`` (a part)."""

    old: str
    new: str
    date: str
    kind: str
    name: str


@lru_cache(maxsize=1)
def recodes() -> Tuple[Recode, ...]:
    """Every change of an English authority's code from 2012 to 2025. Source: the Code History Database of the ONS."""
    with RECODES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(Recode(row["old"], row["new"], row["from"], row["kind"], row["name"]) for row in rows)


def _match(
    codes: AbstractSet[str], known: AbstractSet[str]
) -> Tuple[Dict[str, Tuple[str, ...]], Tuple[str, ...], Dict[str, Tuple[str, ...]]]:
    """Authority codes brought to those of ``known``: recoded ones in either direction, merged ones forward.

    (The codes that make up each authority which is there under others: one where it was recoded, its parts where they
    merged; codes to leave out, for their authority is there already; the parts of one that is not there whole.)
    A code of ``known`` goes before a recoded one, and that before parts. Parts make up an authority only where all
    are there: a partial sum would read as a small one. What is merged in ``known`` cannot be parted.
    """
    made_of: Dict[str, Tuple[str, ...]] = {}
    incomplete: Dict[str, Tuple[str, ...]] = {}
    superseded: Set[str] = set()
    strange = codes - known
    for area in sorted(known) if strange else ():
        related = _related(area) & strange
        made = _made_of(area, codes) if related else (area,)
        if made is None:
            incomplete[area] = tuple(sorted(related))
        else:
            superseded |= related - set(made)
            made_of.update({area: made} if made != (area,) else {})
    return made_of, tuple(sorted(superseded)), incomplete


def _pairs(area: str) -> Tuple[List[str], List[str]]:
    """The codes of the same area in other years, and the parts that merged into it."""
    same = [one.new for one in recodes() if one.old == area and one.kind == RECODED]
    same += [one.old for one in recodes() if one.new == area and one.kind == RECODED]
    return same, [one.old for one in recodes() if one.new == area and one.kind == MERGED]


def _made_of(area: str, codes: AbstractSet[str]) -> Optional[Tuple[str, ...]]:
    """The codes that make up an area: its own, another year's, or all of its parts; None where some are lacking."""
    same, parts = _pairs(area)
    whole = next((code for code in (area, *same) if code in codes), None)
    if whole is not None:
        return (whole,)
    made = [_made_of(part, codes) for part in parts]
    return tuple(code for one in made for code in one or ()) if made and None not in made else None


def _related(area: str) -> Set[str]:
    same, parts = _pairs(area)
    return {*same, *parts}.union(*(_related(part) for part in parts))


def bring(
    table: pd.DataFrame, known: Iterable[str], file: str, *, means: Sequence[str] = (), weight: Optional[str] = None
) -> Tuple[pd.DataFrame, Tuple[str, ...]]:
    """A table of numbers by authority code, brought to the codes of ``known``; and what was done, in words.

    Columns are counts and summed where authorities merged, a blank part giving a blank; those named in ``means``
    are averaged by the column ``weight``, and without one a PackError names the authorities. Codes that nothing
    explains stay as they are.
    """
    made_of, superseded, incomplete = _match(frozenset(map(str, table.index)), frozenset(known))
    merged = {area: parts for area, parts in made_of.items() if len(parts) > 1}
    if merged and means and weight is None:
        mergers = [f"{', '.join(parts)} merged into {_named(area)}" for area, parts in merged.items()]
        raise PackError(
            f"{file}: {'; '.join(mergers)}. Column '{means[0]}' cannot "
            "be added up over them: name a column of counts as its weight, or give a figure for the whole."
        )
    used = {*superseded, *(code for one in (made_of, incomplete) for parts in one.values() for code in parts)}
    if not used:
        return table, ()
    rows = [_joined(table.loc[list(parts)], means, weight) for parts in made_of.values()]
    made = pd.DataFrame(rows, columns=table.columns, index=pd.Index(list(made_of), dtype=object))
    kept = pd.concat([table[~table.index.isin(used)], made]).rename_axis(table.index.name)
    return kept, tuple(f"{file}: {text}" for text in _words(made_of, superseded, incomplete))


def _joined(rows: pd.DataFrame, means: Sequence[str], weight: Optional[str]) -> Array:
    if len(rows) == 1:
        return rows.iloc[0].to_numpy(dtype=float)
    joined = rows.sum(axis=0, skipna=False)
    for name in means:
        share = rows[weight] / joined[weight] if joined[weight] > 0 else rows[weight] * np.nan
        joined[name] = (rows[name] * share).sum(skipna=False)
    return joined.to_numpy(dtype=float)


def _named(area: str) -> str:
    names = [one.name for one in recodes() if area in (one.old, one.new) and (one.new == area or one.kind == RECODED)]
    return f"{area} ({names[0]})" if names else area


def _words(
    made_of: Mapping[str, Sequence[str]], superseded: Sequence[str], incomplete: Mapping[str, Sequence[str]]
) -> Tuple[str, ...]:
    recoded = [f"{parts[0]} as {_named(area)}" for area, parts in made_of.items() if len(parts) == 1]
    merged = [f"{_named(area)} from {', '.join(parts)}" for area, parts in made_of.items() if len(parts) > 1]
    lacking = [f"{_named(area)}, of which there is only {', '.join(parts)}" for area, parts in incomplete.items()]
    sentences = (
        ("authority codes of another year taken", recoded),
        ("authorities put together from those that merged into them:", merged),
        ("codes of other years left out, for their authority is there already:", list(superseded)),
        ("authorities without a figure, for parts of them are lacking:", lacking),
    )
    return tuple(f"{text} {'; '.join(items)}" for text, items in sentences if items)
