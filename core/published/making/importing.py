"""One published file to a clean table: the sheet is chosen, sheets of the same areas joined, entries proposed."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ...errors import DataError
from ...methodology import Methodology
from ...texts import Progress, listed, no_progress
from ..reading import mending, places
from ..reading.areas import Known
from ..reading.grid import Grid
from ..reading.header import plain_words, unique_name
from . import proposals
from .clean import Cleaned, Overrides, clean, preview
from .survey import MOST_JOINED, Survey, Tables, alike, choose, survey_of

MOST_COLUMNS = 400
FORMAT = 1


@dataclass(frozen=True)
class Imported:
    """A clean table, the entries proposed for ``pack.json`` by indicator, and all that was guessed, as plain data."""

    table: pd.DataFrame
    entries: Mapping[str, Mapping[str, Any]]
    guesses: Mapping[str, Any]


def import_tables(
    tables: Tables,
    file: str,
    *,
    known: Optional[Known] = None,
    overrides: Optional[Overrides] = None,
    indicator: str = "",
    methodology: Optional[Methodology] = None,
    progress: Progress = no_progress,
) -> Imported:
    """Import one file: guess, clean, join and propose; DataError says what is unclear, and what settles it.

    ``known`` are the areas of a pack; ``overrides`` settle guesses; ``indicator`` says what the file
    is for; ``methodology`` tells which date and geography the method asks of it. A list of places (postcodes, no
    areas) gives a table of points and no entry. Nothing is changed in place.
    """
    known, overrides = known or Known(), overrides or Overrides()
    sheet = overrides.sheet
    tables = mending.Mended(tables, overrides.decimal)
    progress(0.0, "Looking at the sheets")
    heads = [tables.head(name) for name in tables.sizes]
    of_places = _places(tables, heads, overrides, known)
    if of_places is not None:
        return of_places
    surveys = [survey_of(tables, name, known) for name in tables.sizes]
    chosen = choose(surveys, sheet or None, indicator, overrides.geography)
    others = [] if sheet or overrides.value_columns else alike(surveys, chosen)
    parts, aside = _cleaned(tables, chosen, others, known, overrides, progress)
    if not sheet:
        aside += _not_read(surveys, chosen, [*parts, *(one.sheet for one in others)])
    progress(0.8, "Proposing entries")
    table, titles, guesses = _joined(parts, list(tables.sizes))
    guesses = {"format": FORMAT, "file": file, "kind": "areas", **parts[chosen.sheet].guesses, **guesses}
    looked_at = [{**dataclasses.asdict(one), "levels": list(one.levels)} for one in surveys]
    guesses.update(sheets=looked_at, joined_sheets=list(parts))
    by_hand = bool(overrides.value_columns)
    entries = proposals.propose(
        table, titles, guesses, indicator=indicator, chosen_by_hand=by_hand, methodology=methodology
    )
    told = [(name, warning) for name, part in parts.items() for warning in part.warnings]
    times = Counter(warning for _, warning in told)
    # Of several sheets it is said which one is meant, where not all are.
    warnings = [*dict.fromkeys(text if times[text] == len(parts) else f"{name}: {text}" for name, text in told), *aside]
    if guesses["areas"] < guesses["areas_there_are"] and "names" not in guesses:
        covered = f"{guesses['areas']:,} of the {guesses['areas_there_are']:,} areas of {guesses['geography']}"
        warnings.append(f"The file has {covered}; the others get no value.")
    for name, entry in entries.items():
        warnings += proposals.doubts(name, entry, table, guesses["columns"], guesses["text_above"])
    guesses.update(warnings=warnings, entries=entries)
    return Imported(table, entries, guesses)


def _cleaned(
    tables: Tables, chosen: Survey, others: Sequence[Survey], known: Known, overrides: Overrides, progress: Progress
) -> Tuple[Dict[str, Cleaned], List[str]]:
    """The chosen sheet, and those of the others that have the same areas; and why some were left aside."""
    progress(0.2, chosen.sheet)
    first = clean(tables.whole(chosen.sheet), known, overrides)
    parts, joined, columns = {chosen.sheet: first}, MOST_JOINED - 1, len(first.table.columns)
    overrides = dataclasses.replace(overrides, geography=first.geography)
    why = [(other, f"more than {MOST_JOINED} sheets are not joined; SHEET chooses it.") for other in others[joined:]]
    for other in others[:joined]:
        progress(0.2 + 0.6 * len(parts) / MOST_JOINED, other.sheet)
        try:
            part = clean(tables.whole(other.sheet), known, overrides)
        except DataError as error:
            why.append((other, str(error)))
            continue
        shared = len(first.table.index.intersection(part.table.index))
        if part.geography != first.geography or shared < 0.99 * max(len(first.table), len(part.table)):
            fewer = part.geography == first.geography and shared == len(part.table)
            held = f"it has {shared:,} of the {len(first.table):,} areas; SHEET chooses it."
            why.append((other, held if fewer else "its areas are others."))
        elif columns + len(part.table.columns) > MOST_COLUMNS:
            why.append((other, f"more than {MOST_COLUMNS} columns; SHEET chooses it."))
        else:
            parts[other.sheet] = part
            columns += len(part.table.columns)
    return parts, [f"Sheet '{other.sheet}' is left aside: {reason}" for other, reason in why]


def _not_read(surveys: Sequence[Survey], chosen: Survey, read: Sequence[str]) -> List[str]:
    """That other sheets have areas with figures as well, where any have."""
    left = [one for one in surveys if one.usable and one.sheet not in read]
    said = [f"The sheet '{one.sheet}' is hidden in its file." for one in surveys if one.hidden and one.sheet in read]
    if not left:
        return said
    named = listed((f"'{one.sheet}' ({'hidden, ' * one.hidden}{one.geography or one.level})" for one in left), 6)
    return [*said, f"'{chosen.sheet}' is read; {named} have areas and figures as well, and SHEET chooses them."]


def _places(tables: Tables, heads: Sequence[Grid], overrides: Overrides, known: Known) -> Optional[Imported]:
    """A sheet that lists places, unless the user has named columns or asked for areas, or another has their figures."""
    asked = (overrides.code_column, overrides.name_column, overrides.value_columns, overrides.geography)
    if any(asked) or overrides.add_up:
        return None
    sheet = overrides.sheet.lower()
    heads = [head for head in heads if sheet in ("", head.name.lower(), head.name.lower().rpartition("/")[2])]
    lists = [head.name for head in heads if places.is_list(head)]
    others = [head.name for head in heads if head.name not in lists]
    if not lists or any(survey_of(tables, name, known).usable for name in others):
        return None
    if len(lists) > 1:
        raise DataError(f"Several sheets list places: {', '.join(lists)}; SHEET chooses one.")
    grid = tables.whole(lists[0])
    table = places.read_places(grid)
    if table is None:
        return None
    with_postcode = int((table["postcode"] != "").sum())
    guesses = {
        "format": FORMAT,
        "file": grid.name,
        "kind": "places",
        **grid.facts,
        "places": len(table),
        "with_postcode": with_postcode,
        "columns": {name: {} for name in table},
        "entries": {},
        "warnings": [
            "A list of places, not figures by area: the table can be mapped by its coordinates or postcodes; figures "
            "by area (counts, distances) have to be made from it before it enters a pack. Where it has area codes, "
            "ADD_UP adds up its figures, or counts its rows, by area.",
            *[f"{table.attrs['left_out']} rows of one cell, such as notes, are left out."]
            * bool(table.attrs["left_out"]),
            *[f"'{grid.name}' is read; {listed(others, 6)} has no figures by area."] * bool(others),
            *mending.warnings_of(grid),
        ],
        "preview": preview(table),
    }
    return Imported(table, {}, guesses)


def _joined(parts: Mapping[str, Cleaned], order: Sequence[str]) -> Tuple[pd.DataFrame, Dict[str, str], Dict[str, Any]]:
    """The columns of all sheets by area; names that recur get the sheet's name behind them."""
    parts = {name: parts[name] for name in sorted(parts, key=order.index)}
    times = Counter(name for part in parts.values() for name in part.table)
    columns, titles, origin = {}, {}, {}
    taken: Dict[str, int] = {}
    for sheet, part in parts.items():
        for name in part.table:
            repeated = times[name] > 1
            label = unique_name(f"{name}_{plain_words(sheet)}" if repeated else name, taken)
            columns[label] = part.table[name]
            titles[label] = f"{part.titles[name]} ({sheet})" if repeated else part.titles[name]
            origin[label] = (sheet, name)
    first = next(iter(parts.values())).table
    table = pd.DataFrame(columns).sort_index().rename_axis(first.index.name)
    described = {
        name: {**parts[place].guesses["columns"][inner], "title": titles[name], "sheet": place}
        for name, (place, inner) in origin.items()
    }
    return table, titles, {"columns": described, "preview": preview(table)}
