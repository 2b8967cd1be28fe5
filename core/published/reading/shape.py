"""Long tables made wide: one row an area, a column a year or category."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ...arrays import Array
from ...errors import DataError
from ...texts import listed
from . import periods
from .header import plain_id, plain_words, short_names, unique_name
from .numbers import number
from .patterns import patterns

MOST_COLUMNS = 150
MOST_CATEGORIES = 400
_FEW_AREAS = 10
_RE = patterns("shape")
# What rows were narrowed to, and notes on it.
Told = Tuple[Mapping[str, str], Tuple[str, ...]]


@dataclass(frozen=True)
class Wide:
    """Values by area, one row an area; which columns told rows apart, and what was left aside to get there."""

    values: pd.DataFrame
    keys: Tuple[str, ...]
    chosen: Mapping[str, str]
    origin: Mapping[str, Tuple[str, Mapping[str, str]]]
    notes: Tuple[str, ...] = ()


def is_period(name: str, cells: Sequence[str]) -> bool:
    """Whether a column tells the time: years, months or dates that recur, or a name such as 'period' over years."""
    different = {cell for cell in set(cells) if cell}
    if not different or len(different) > MOST_CATEGORIES:
        return False
    named = bool(_RE["period_name"].match(name))
    recurs = 4 * len(different) <= len(cells)
    return (named or recurs) and periods.order(sorted(different), whole=not named) is not None


def dated(name: str, cells: Sequence[str]) -> Sequence[str]:
    """The cells of a column that its name says to be dates, those stored as numbers of days as 2024-03-31."""
    return periods.from_serials(cells) if _RE["period_name"].match(name) else cells


def widen(
    codes: Sequence[str],
    values: Mapping[str, Array],
    texts: Mapping[str, Sequence[str]],
    *,
    where: str,
    add_up: bool = False,
) -> Wide:
    """One row an area. ``texts`` are the columns that may tell an area's rows apart: years, sexes, categories.

    Rows that repeat another whole are dropped. Of the texts, periods are tried first, then those with most
    different values within areas, until no (area, texts) repeats. Where that makes too many columns the latest
    period is kept, and of other texts the total. ``add_up`` sums the rows of an area instead, totals aside: a sum with
    a gap in it is a gap. DataError if rows cannot be told apart, or those to be summed are of several periods.
    """
    frame = pd.DataFrame({"code": list(codes), **values})
    names = list(values)
    if not frame["code"].duplicated().any():
        return Wide(frame.set_index("code"), (), {}, {name: (name, {}) for name in names})
    sides = pd.DataFrame({name: list(cells) for name, cells in texts.items()}, index=frame.index)
    if add_up:
        return _added_up(frame, sides, names, where)
    # Headings: an area alone, above its rows.
    filled = frame[names].notna().any(axis=1) | ~(sides == "").any(axis=1)
    frame, sides = frame[filled], sides[filled]
    values = {name: frame[name].to_numpy() for name in names}
    few = {name: np.unique(column) for name, column in values.items()}
    extra = [name for name in names if 1 < few[name].size <= 120 and bool(np.all(few[name] % 1 == 0))]
    sides = sides.assign(**{name: [f"{value:.0f}" for value in frame[name]] for name in extra if name not in sides})
    rows = len(frame)
    kept = ~pd.concat([frame, sides.add_prefix("\x1f")], axis=1).duplicated()
    frame, sides = frame[kept], sides[kept]
    repeats = [f"Rows that repeat another whole are left out: {rows - len(frame):,}."] if len(frame) < rows else []
    keys = _keys(frame["code"], sides, [name for name in texts if name in sides], extra)
    if keys is None or set(names) <= set(keys):
        code = frame["code"][frame["code"].duplicated()].iloc[0]
        blanks = {name: int((sides[name] == "").sum()) for name in texts if name in sides}
        partly = [f"'{name}' is blank in {count:,} rows" for name, count in blanks.items() if 0 < count < len(sides)]
        why = f" ({listed(partly)}: its cells may have to be filled down)" if partly else ""
        raise DataError(
            f"{where}: {code} stands in more than one row, and no column tells the rows apart{why}; "
            "keep one row an area with FILTER (column=value), or sum them with ADD_UP."
        )
    names = [name for name in names if name not in keys]
    frame, sides, chosen, notes = _narrowed(frame, sides, keys, len(names), where)
    left = [name for name in keys if name not in chosen]
    return _pivot(frame, sides, left, names, keys, (chosen, (*repeats, *notes)))


def _added_up(frame: pd.DataFrame, sides: pd.DataFrame, names: Sequence[str], where: str) -> Wide:
    """The sums of each area's rows, without the rows of totals where their parts are there too.

    DataError where most areas have most of several periods: a stock would be counted twice. Dates of an area's own,
    such as those on which schools opened, and rows that are each one event are no series, and are summed.
    """
    notes: List[str] = []
    events = bool((frame[list(names)].to_numpy() == 1).all())
    for name in sides:
        different = set(sides[name])
        pairs = pd.DataFrame({"code": frame["code"], "side": sides[name]}).drop_duplicates()
        areas = pairs["code"].nunique()
        if len(pairs) > areas and is_period(name, sides[name].tolist()):
            ends = _in_order(name, sides[name])
            told = f"{len(different):,} periods of '{name}', from '{ends[0]}' to '{ends[-1]}'"
            if not events and 4 * len(pairs) >= areas * len(different):
                raise DataError(f"{where}: ADD_UP would add up {told}; FILTER ({name}=...) chooses one.")
            notes.append(f"ADD_UP adds up {told}.")
        whole = sides[name].map({value: is_whole(value) for value in different})
        whole &= frame["code"].isin(frame["code"][~whole & (sides[name] != "")])
        if whole.any():
            shown = listed([f"'{value}'" for value in sorted(set(sides[name][whole]))])
            notes.append(f"ADD_UP leaves out the {int(whole.sum()):,} rows that '{name}' calls {shown}: totals.")
            frame, sides = frame[~whole], sides[~whole]
    sums = frame.groupby("code", sort=False)[list(names)].agg(lambda column: column.sum(skipna=False))
    return Wide(sums, (), {}, {name: (name, {}) for name in names}, tuple(notes))


def _keys(codes: pd.Series, sides: pd.DataFrame, texts: Sequence[str], numbers: Sequence[str]) -> Optional[List[str]]:
    """The fewest columns, found greedily, that make (area, columns) unique; None if even all do not.

    A category recurs from area to area: a text that most areas have to themselves, or a number that half of them do
    not share, is none.
    """
    pairs = {name: len(pd.DataFrame({"code": codes, "side": sides[name]}).drop_duplicates()) for name in sides}
    areas = codes.nunique()
    useful = [name for name in texts if pairs[name] > areas and sides[name].nunique() <= MOST_CATEGORIES]
    useful = [name for name in useful if areas < _FEW_AREAS or pairs[name] >= 2 * sides[name].nunique()]
    # Of a category and its numbers the words tell more.
    useful.sort(key=lambda name: all(number(cell) is not None for cell in set(sides[name])))
    useful.sort(key=lambda name: (not is_period(name, sides[name].tolist()), -pairs[name]))
    useful += sorted(
        (
            name
            for name in numbers
            if pairs[name] > areas and name not in useful and 2 * pairs[name] >= areas * sides[name].nunique()
        ),
        key=lambda name: -pairs[name],
    )
    chosen: List[str] = []

    def unique(names: Sequence[str]) -> bool:
        return not pd.concat([codes, sides[list(names)]], axis=1).duplicated().any()

    for name in useful:
        if unique(chosen):
            break
        chosen.append(name)
    if not unique(chosen):
        return None
    for name in chosen[::-1]:
        rest = [other for other in chosen if other != name]
        if unique(rest):
            chosen = rest
    return chosen


def _narrowed(
    frame: pd.DataFrame, sides: pd.DataFrame, keys: Sequence[str], measures: int, where: str
) -> Tuple[pd.DataFrame, pd.DataFrame, Dict[str, str], Tuple[str, ...]]:
    """The rows of the latest period, and of the totals, as far as is needed to keep the columns few."""
    chosen: Dict[str, str] = {}
    notes: List[str] = []
    periods_first = sorted(keys, key=lambda name: not is_period(name, sides[name].tolist()))
    for name in periods_first:
        left = [key for key in keys if key not in chosen]
        if len(sides[left].drop_duplicates()) * measures <= MOST_COLUMNS:
            break
        different = _in_order(name, sides[name])
        if is_period(name, sides[name].tolist()):
            pick: Optional[str] = different[-1]
        else:
            pick = next((value for value in different if is_whole(value)), None)
        if pick is not None:
            chosen[name] = pick
            notes.append(
                f"Of the {len(different):,} values of '{name}' only '{pick}' is kept, for all would be more than "
                f"{MOST_COLUMNS} columns; FILTER ({name}=...) chooses another."
            )
            rows = sides[name] == pick
            frame, sides = frame[rows], sides[rows]
    left = [key for key in keys if key not in chosen]
    if left and len(sides[left].drop_duplicates()) * measures > MOST_COLUMNS:
        raise DataError(
            f"{where}: {', '.join(left)} have more combinations than a table can hold as columns; "
            "choose some of them with FILTER (column=value)."
        )
    return frame, sides, chosen, tuple(notes)


def is_whole(value: str) -> bool:
    """Whether a category is the total of all others: 'Total', 'All persons', 'total: all ages'."""
    return bool(_RE["whole"].match(plain_id(value)))


def _in_order(name: str, cells: Sequence[str]) -> List[str]:
    """The different values of a category: in time, else by number, else by alphabet."""
    different = sorted(set(cells))
    if is_period(name, list(cells)):
        keys = periods.order(different, whole=False) or {}
        return sorted(different, key=lambda cell: (cell in keys, keys.get(cell), cell))
    figures: Dict[str, Any] = {cell: number(cell) for cell in different}
    by: Callable[[str], Any] = figures.__getitem__ if None not in figures.values() else str
    return sorted(different, key=by)


def _pivot(
    frame: pd.DataFrame, sides: pd.DataFrame, left: Sequence[str], names: Sequence[str], keys: Sequence[str], told: Told
) -> Wide:
    chosen, notes = told
    if not left:
        return Wide(
            frame.set_index("code")[list(names)], tuple(keys), chosen, {name: (name, {}) for name in names}, notes
        )
    ranked = {key: {value: place for place, value in enumerate(_in_order(key, sides[key]))} for key in left}
    short = {key: dict(zip(ranked[key], short_names([plain_words(value) for value in ranked[key]]))) for key in left}
    groups = {
        (group if isinstance(group, tuple) else (group,)): rows
        for group, rows in sides.groupby(list(left) if len(left) > 1 else left[0], sort=False).groups.items()
    }
    repeating = [name for name in names if any(_numbers(frame[name], sides[key]) for key in left)]
    if repeating and len(repeating) < len(names):
        names = [name for name in names if name not in repeating]
        notes = (*notes, f"{', '.join(repeating)} only number the values of {', '.join(left)} and are left out.")
    areas = pd.Index(frame["code"].unique(), name="code")
    columns: Dict[str, Array] = {}
    origin: Dict[str, Tuple[str, Mapping[str, str]]] = {}
    taken: Dict[str, int] = {}
    for group in sorted(groups, key=lambda values: [ranked[key][value] for key, value in zip(left, values)]):
        part = frame.loc[groups[group]].set_index("code").reindex(areas)
        words = [short[key][value] for key, value in zip(left, group)]
        for name in names:
            column = unique_name("_".join(filter(None, [name, *words])), taken)
            columns[column] = part[name].to_numpy(dtype=float)
            origin[column] = (name, dict(zip(left, group)))
    notes = (*notes, *_alike(short, origin))
    return Wide(pd.DataFrame(columns, index=areas), tuple(keys), chosen, origin, notes)


def _alike(short: Mapping[str, Mapping[str, str]], origin: Mapping[str, Tuple[str, Mapping[str, str]]]) -> List[str]:
    """Which column is whose, of categories that are one word: 'in/out' and 'in-out' differ in signs alone."""
    times = {key: Counter(words.values()) for key, words in short.items()}
    same = [
        f"{column} ({', '.join(groups.values())})"
        for column, (_, groups) in origin.items()
        if any(times[key][short[key][value]] > 1 for key, value in groups.items())
    ]
    return [f"Categories that differ in signs alone: {listed(same)}."] if same else []


def _numbers(values: pd.Series, categories: pd.Series) -> bool:
    """Whether a column only repeats a category as a number: the same for all rows of each, and its own."""
    pairs = pd.DataFrame({"category": categories, "number": values}).drop_duplicates()
    recur = bool(categories.value_counts().min() > 1)
    return recur and len(pairs) > 1 and pairs["category"].is_unique and pairs["number"].is_unique
