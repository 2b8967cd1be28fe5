"""Which columns are figures, which are texts, and which are left out: row numbers, coordinates, what is no number."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from ...arrays import Array
from ...errors import DataError
from . import codes as codes_
from . import numbers, shape
from .direction import is_rank
from .grid import Grid, column
from .header import Label, Layout
from .patterns import WORDS, patterns

ROWS = "rows"
_SHOWN = 3
_SIGNS = str.maketrans("", "", "£€±–—’·")
_RE, _COORDINATES = patterns("figures"), patterns("coordinates")
# Of Great Britain, in degrees and on the National Grid in metres.
BOUNDS: Mapping[str, Tuple[float, float]] = WORDS["bounds"]


@dataclass(frozen=True)
class Figures:
    """The figures (with their facts) and texts of a table by column; what was left out, with the reason; warnings."""

    facts: Mapping[str, numbers.Numbers] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    warnings: Tuple[str, ...] = ()

    def __add__(self, more: Figures) -> Figures:
        return Figures(
            {**self.facts, **more.facts},
            {**self.texts, **more.texts},
            {**self.left_out, **more.left_out},
            self.warnings + more.warnings,
        )

    @property
    def values(self) -> Dict[str, Array]:
        """The figures by column."""
        return {name: read.values for name, read in self.facts.items()}


@dataclass(frozen=True)
class Taken:
    """What decides on a column: the chosen ones, in the order in which they were named, and how formulas count."""

    columns: Tuple[int, ...] = ()
    stored_results: bool = False
    add_up: bool = False


def sort_out(grid: Grid, layout: Layout, codes: Sequence[str], cells: Sequence[Sequence[str]], taken: Taken) -> Figures:
    """The columns of figures, those named by hand first and in their order, and the columns of texts beside them.

    Left out, with the reason, are row numbers, identifiers, coordinates, and columns in which numbers are mixed
    with too many texts. DataError where a column named by hand holds no number, or no column holds figures.
    """
    found = Figures()
    areas = len(set(codes)) if len(set(codes)) < len(codes) else 0
    others = [place for place in range(len(layout.labels)) if place not in taken.columns]
    for place in (*taken.columns, *others):
        found += _of_column(grid, layout, place, column(cells, place), taken, areas)
    found += Figures(warnings=tuple(_warnings_of(found, grid, layout, taken)))
    return found if found.facts else _count_rows(found, grid, codes, taken, bool(areas))


def _of_column(grid: Grid, layout: Layout, place: int, cells: List[str], taken: Taken, areas: int) -> Figures:
    """What a column is: a figure, always where named by hand, a text, or left out; no ``areas`` where none recurs."""
    label, read = layout.labels[place], numbers.read(cells)
    held, title = shape.dated(label.name, cells), label.title or f"column {place + 1}"
    if place in taken.columns:
        if not read.count:
            odd = next(iter(read.unreadable), "")
            raise DataError(f"{grid.name}: column '{label.title}' holds no number ('{odd}').")
        return _kept(grid, place, label, read, taken)
    if place == layout.name:
        # What stands beside the codes may be prices that cannot be read, and no names at all.
        doubt = _mixed(label, held, read)
        return Figures(left_out={label.title: doubt} if doubt else {})
    coded = [bool(codes_.code_of(cell)) for cell in held[:200] if cell.strip()]
    if place == layout.code or not any(map(str.strip, held)) or 2 * sum(coded) > len(coded):
        lost = place in grid.formulas and not any(map(str.strip, held))
        return Figures(warnings=(f"'{title}' is left out: the file holds no results of its formulas.",) if lost else ())
    reason = _no_figure(place, layout, read) or _padded(held, areas)
    # Numbers of categories may tell the rows of an area apart.
    numbered = reason.startswith("identifiers") and areas and len(set(held)) < len(held)
    if reason and not numbered:
        return Figures(left_out={title: reason})
    settled = taken.columns or numbered or (areas and _is_category(held, read, areas))
    if read.is_numeric and not settled and not shape.is_period(label.name, held):
        return _kept(grid, place, label, read, taken)
    doubt = "" if settled else _mixed(label, held, read)
    texts = {label.name: [numbers.tidy(cell) for cell in held]}
    return Figures(texts=texts, left_out={title: doubt} if doubt else {})


def _kept(grid: Grid, place: int, label: Label, read: numbers.Numbers, taken: Taken) -> Figures:
    """A column of figures, marks for no figure taken out; empty where its formulas forbid it."""
    title = label.title or f"column {place + 1}"
    warnings = [_on_formulas(grid, place, label.title, taken.stored_results)] if place in grid.formulas else []
    if warnings and (place in grid.linked or not taken.stored_results):
        return Figures(warnings=tuple(warnings))
    for value, certain in numbers.sentinels(read.values).items():
        count, shown = int(np.count_nonzero(read.values == value)), f"{value:.12g}"
        if certain:
            values = np.where(read.values == value, np.nan, read.values)
            marks = {**read.marks, shown: read.marks.get(shown, 0) + count}
            read = dataclasses.replace(read, values=values, marks=marks)
            warnings.append(f"'{title}': {shown} in {count:,} cells is read as a mark for no figure: left empty.")
        else:
            warnings.append(f"'{title}': {shown} stands in {count:,} cells, far from all others: a mark for no figure?")
    return Figures({label.name: read}, warnings=tuple(warnings))


def is_rate(title: str) -> bool:
    """Whether the words of a header tell a rate, mean, score or rank: what is never summed."""
    return bool(_RE["rate"].search(title.lower()))


def is_count(title: str) -> bool:
    """Whether the words of a header tell a number of people, homes, cases or the like, and no rate of them."""
    return bool(_RE["count"].search(title.lower())) and not is_rate(title)


def _is_category(held: Sequence[str], read: numbers.Numbers, areas: int) -> bool:
    """Whether a column of an area's several rows only tells them apart: every text in it stands in all areas alike.

    Numbers alone are left to the figures, where those that tell rows apart are found out later.
    """
    times = Counter(held)
    if not (read.marks or read.unreadable) or not 1 < len(times) <= shape.MOST_CATEGORIES:
        return False
    return len(set(times.values())) == 1 and times[held[0]] >= areas


def _no_figure(place: int, layout: Layout, read: numbers.Numbers) -> str:
    """Why a column of numbers is none of figures: '' if it may be one."""
    known = read.values[~np.isnan(read.values)]
    if not known.size or read.unreadable:
        return ""
    if _RE["identifiers"].match(layout.labels[place].name):
        return "identifiers"
    label, names = layout.labels[place], {label.name for label in layout.labels}
    for kind, pattern in _COORDINATES.items():
        lowest, highest = BOUNDS.get(kind, (-9.0, 1.3e6))
        alone = label.name in ("x", "y") and not {"x", "y"} <= names
        if pattern.match(label.name) and not alone and np.mean((known >= lowest) & (known <= highest)) > 0.9:
            return "coordinates"
    whole = read.blank == 0 and not read.marks and bool(np.all(known == np.floor(known))) and known[0] >= 0
    if not whole or np.unique(known).size < known.size:
        return ""
    steps = np.diff(known)
    headed = any(one.title for one in layout.labels)
    unnamed = (headed and not re.search(r"\w", label.title)) or bool(re.match(r"\.{3}\d+\Z", label.printed.strip()))
    if label.name.endswith("id") and _RE["counter"].match(label.name):
        return "identifiers"
    if known.size < 3:
        return ""
    before, run = layout.code is None or place < layout.code, bool(np.all(steps == 1))
    counts = bool(_RE["counter"].match(label.name)) and bool(np.all(steps > 0))
    beside = layout.code is not None and before and run and not is_rank(label.title)
    return "row numbers" if beside or (unnamed and (before or run)) or (counts and not unnamed) else ""


def _padded(held: Sequence[str], areas: int) -> str:
    """Why digits with zeros in front (01110) are codes: '' if they are none, or differ too much within areas."""
    different = {cell for cell in set(held) if cell.strip()}
    codes = len({len(cell) for cell in different}) == 1 and all(map(str.isdigit, different))
    recur = not areas or len(different) * areas <= 4 * len(held)
    return "identifiers, with zeros in front" if codes and recur and any(map(_RE["padded"].match, different)) else ""


def _mixed(label: Label, held: Sequence[str], read: numbers.Numbers) -> str:
    """Why a column is none of figures although numbers were meant: '' if it is a plain text."""
    filled = len(held) - read.blank
    others, shown = read.others, _shown(read)
    hashes = len(others) > 20 and sum(map(len, others)) > 16 * len(others)
    if _RE["counter"].match(label.name):
        return ""
    plain = Counter(read.marks) - Counter(read.bands)
    if filled and sum(plain.values()) == filled:
        return f"all of its {filled:,} filled cells are marks for no figure ({_quoted(plain)})"
    if read.count and 4 * read.count >= filled and others and not hashes:
        return f"{sum(others.values()):,} of its {filled:,} filled cells are no numbers ({shown})"
    nearly = sum(
        count
        for text, count in read.unreadable.items()
        if _RE["nearly"].match(text) and not shape.is_period("", [text])
    )
    if 2 * (nearly + read.count) > filled and nearly and len(read.unreadable) > 1:
        asked = "" if shown.translate(_SIGNS).isascii() else "; is ENCODING right?"
        few = f"only {read.count:,} of its {filled:,} filled cells are numbers"
        return f"{few if read.count else f'none of its {filled:,} filled cells is a number'} ({shown}){asked}"
    return ""


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"'{text[:40]}'" for text in list(texts)[:_SHOWN])


def _shown(read: numbers.Numbers) -> str:
    return _quoted(read.others)


def _on_formulas(grid: Grid, place: int, title: str, stored_results: bool) -> str:
    first = grid.formulas[place]
    if place in grid.linked:
        return f"'{title}' is left out: it is computed from another workbook (cell {first})."
    if stored_results:
        return f"'{title}' holds formulas; the results stored in the file are taken."
    return (
        f"'{title}' is left out: it holds formulas (first in cell {first}), and formulas are not computed; "
        "STORED_RESULTS takes the results stored in the file."
    )


def _warnings_of(found: Figures, grid: Grid, layout: Layout, taken: Taken) -> List[str]:
    """What was left out or empty, and where a scale is in doubt, in words."""
    titles = {label.name: label.title or label.name for label in layout.labels}
    words = []
    for title, reason in found.left_out.items():
        hopeless = reason.startswith(("none of", "all of"))
        words.append(f"'{title}' is left out: {reason}{'' if hopeless else ' (VALUE_COLUMNS takes it all the same)'}.")
    marks = sum((Counter(read.marks) - Counter(read.bands) for read in found.facts.values()), Counter())
    if marks:
        shown = ", ".join(f"'{mark[:40]}' {count:,} times" for mark, count in marks.most_common(2 * _SHOWN))
        words.append(f"Cells with a mark in place of a figure are empty: {shown}.")
    for name, read in found.facts.items():
        if read.percents and read.plain:
            words.append(
                f"'{titles[name]}': {read.percents:,} cells are printed with % and {read.plain:,} without; all are "
                "taken as printed. Are they of one scale?"
            )
        if read.percents and "separator" not in grid.facts:
            words.append(f"'{titles[name]}': per cent are taken as shown (32 for 32%), also where the cell holds 0.32.")
        if read.others:
            count = f"{sum(read.others.values()):,} cells are no number"
            words.append(f"'{titles[name]}': {count} ({_shown(read)}) and are left empty.")
        if taken.add_up and is_rate(titles[name]):
            words.append(f"'{titles[name]}' is added up over the rows of an area, but sounds like no count.")
    return words


def _count_rows(found: Figures, grid: Grid, codes: Sequence[str], taken: Taken, repeat: bool) -> Figures:
    """A row a crime, sale or place has no figures: its rows are the count."""
    doubtful = [title for title, reason in found.left_out.items() if "no numbers" in reason or "none of" in reason]
    if not repeat or doubtful or found.facts or grid.formulas:
        reason = "; ".join(found.warnings) or "no column holds figures"
        raise DataError(f"{grid.name}: nothing to import ({reason}).")
    if not taken.add_up:
        raise DataError(
            f"{grid.name}: holds no figures but {len(codes):,} rows, one a crime, place or the like, in "
            f"{len(set(codes)):,} areas: count them first, or let ADD_UP count the rows of each area (FILTER chooses "
            "some)."
        )
    text = f"its {len(codes):,} rows are counted by area. Areas without a row are absent, not 0."
    warnings = (f"The file has no figures: {text}",)
    return found + Figures({ROWS: numbers.read(["1"] * len(codes))}, warnings=warnings)
