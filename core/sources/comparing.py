"""A pack beside the one before it: what came and went, which values changed, and jumps that want a look."""

from __future__ import annotations

from typing import List

import numpy as np
import pandas as pd

from ..errors import PackError
from ..pack import Pack
from ..pack_format import Entry
from ..texts import listed

# From one release to the next a figure may double; one that is over this many times another is mostly a fault.
JUMP = 5.0


def compare(before: Pack, after: Pack) -> List[str]:
    """Sentences on every indicator whose entry or figures are not what they were; none where all is as before.

    Figures are compared by area code: numerators, values or the later year of a change. A jump is one of over five
    times, up or down, of a figure other than 0.
    """
    said = []
    for name in sorted({*before.entries, *after.entries}):
        if name not in before.entries or name not in after.entries:
            said.append(f"{name}: {'is new' if name in after.entries else 'was there before and is missing now'}.")
            continue
        old, new = before.entries[name], after.entries[name]
        if old.geography != new.geography:
            said.append(f"{name}: was for {old.geography} and is for {new.geography} now.")
            continue
        changed = _changes(_figures(before, old), _figures(after, new))
        if changed:
            dates = f" ({old.date} to {new.date})" if old.date != new.date else " (of the same date: revised)"
            said.append(f"{name}{dates}: {changed}")
    return said


def _figures(pack: Pack, entry: Entry) -> pd.Series:
    counts = entry.numerator or (entry.change or {}).get("to")
    columns = [entry.value] if entry.value else list(counts.columns) if counts else []
    if not columns:
        raise PackError(f"indicators.{entry.id}: names no column.")
    file, code = (entry.file, entry.code) if entry.value or counts is None else (counts.file, counts.code)
    return pack.table(file, code, numbers=columns)[columns].sum(axis=1, skipna=False)


def _changes(old: pd.Series, new: pd.Series) -> str:
    """How many figures changed, came or went, and the greatest jumps by area; '' where none did."""
    both = pd.DataFrame({"old": old, "new": new})
    known = both.notna().all(axis=1)
    moved = both[known & (both["old"] != both["new"])]
    others = int((both["old"].notna() != both["new"].notna()).sum())
    if moved.empty and not others:
        return ""
    words = f"{len(moved):,} of {int(known.sum()):,} figures changed"
    words += f", {others:,} came or went." if others else "."
    alike = moved[(moved["old"] * moved["new"]) > 0]
    alike = alike.assign(times=np.abs(np.log(alike["new"] / alike["old"])))
    jumps = alike[alike["times"] > np.log(JUMP)].sort_values("times", ascending=False, kind="stable")
    if len(jumps):
        shown = (f"{area} {row.old:g} to {row.new:g}" for area, row in jumps.iterrows())
        words += f" {len(jumps):,} of them over {JUMP:g}-fold: {listed(shown, 5)}; are they real?"
    return words
