"""Where the table begins in a sheet: its code or name column, its header of one row or more, its labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from . import codes as codes_
from .direction import is_rank
from .grid import Grid, Rows, column, width
from .numbers import is_mark, number, read, tidy
from .patterns import patterns

HEAD_ROWS = 600
MOST_HEADER_ROWS = 6
LONGEST_NAME = 60
_BODY_ROWS = 150
_RE = patterns("header")
_COMPARED = (("(?:<=|\u2264)", "at most"), ("(?:>=|\u2265)", "at least"), ("<", "under"), (">", "over"))
UNITS = (("%", "%"), ("per cent", "%"), ("percentage", "%"), ("£", "£"))


@dataclass(frozen=True)
class Label:
    """The header of a column: as printed, cleaned, and as the plain name that the clean table uses."""

    printed: str
    title: str
    name: str
    unit: str = ""


@dataclass(frozen=True)
class Layout:
    """Where things stand in a sheet, as positions from 0; ``code`` is None where areas have names alone."""

    code: Optional[int]
    name: Optional[int]
    header: Tuple[int, ...]
    first: int
    labels: Tuple[Label, ...]
    level: Optional[str]

    @property
    def headers_of_areas(self) -> List[str]:
        """The headers of the codes and of the names, as printed."""
        return [self.labels[place].printed for place in (self.code, self.name) if place is not None]

    def said(self, grid: Grid) -> str:
        """The geography that the header says, the sheet's name, the lines above, or the first row of areas; else ''."""
        rows = [[grid.name], *grid.rows[: self.start], *grid.rows[self.first : self.first + 1]]
        lines = [cell for row in rows for cell in row]
        return codes_.geography_in_header(self.level, self.headers_of_areas, lines) if self.level else ""

    @property
    def start(self) -> int:
        """The first row below the header."""
        return self.header[-1] + 1 if self.header else self.first


def sampled(rows: Rows, most: int = HEAD_ROWS) -> Rows:
    """The first rows, and as many of all others, evenly spread."""
    rest = len(rows) - most
    return rows if rest <= 0 else [*rows[:most], *rows[most :: max(1, rest // most)]]


def code_column(rows: Rows, wanted: Optional[int] = None) -> Optional[int]:
    """The column whose cells are codes of the most areas; None if there is none.

    A column qualifies where at least half of what is filled below its first code is a code. Where two have as
    many different codes, one whose header says their year or tier is taken, else the leftmost.
    """
    best: Optional[Tuple[Tuple[float, bool], int]] = None
    for position in range(width(rows)) if wanted is None else (wanted,):
        found = codes_.codes_of(column(rows, position))
        first = next((row for row, code in enumerate(found) if code), None)
        if first is None:
            continue
        filled = sum(1 for cell in column(rows[first:], position) if cell.strip())
        usable = {code for code in found if code and codes_.level_of(code) in codes_.FINENESS}
        different = len(usable) or len({code for code in found if code}) / 1e6
        level = codes_.main_level(found)
        said = bool(level and codes_.geography_in_header(level, column(rows[:first], position)))
        if 2 * sum(map(bool, found)) >= filled and (best is None or (different, said) > best[0]):
            best = ((different, said), position)
    return None if best is None else best[1]


def name_column(rows: Rows, known: Optional[Set[str]] = None) -> Optional[int]:
    """The column of most area names: those that ``known`` holds, else names such as 'Durham 002A'."""
    best: Optional[Tuple[int, int]] = None
    for position in range(width(rows)):
        names = sum(map(bool, _names(rows, position, known)))
        if names >= 3 and (best is None or names > best[0]):
            best = (names, position)
    return None if best is None else best[1]


def _names(rows: Rows, position: int, known: Optional[Set[str]]) -> List[str]:
    """The cells of a column that are names of areas, '' for all others."""
    cells = [tidy(cell) for cell in column(rows, position)]
    fits = {
        cell: cell
        for cell in set(cells)
        if cell and (_RE["area_name"].match(cell) or (known is not None and plain_name(cell) in known))
    }
    return [fits.get(cell, "") for cell in cells]


def plain_name(name: str) -> str:
    """An area's name for comparison: no case, accents, punctuation, nor words such as 'City of' and 'UA'."""
    text = unicodedata.normalize("NFKD", tidy(name)).encode("ascii", "ignore").decode("ascii").lower()
    text = re.sub(r"[^a-z0-9]+", " ", text.replace("&", " and ").replace("st.", "st"))
    return " ".join(
        word for word in text.split() if word not in ("of", "city", "county", "ua", "the", "mcd", "borough")
    )


def locate(
    rows: Rows,
    *,
    header: Optional[int] = None,
    code: Optional[int] = None,
    name: Optional[int] = None,
    known_names: Optional[Set[str]] = None,
) -> Optional[Layout]:
    """Find the table in a sheet; None if no column holds area codes or names.

    ``header``, ``code`` and ``name`` settle a position by hand (from 0). The header is the row above the first area
    with most labels over the columns of figures; group titles above it and units below it are joined to its labels
    where they tell columns apart. Rows of figures that are of no area, as of regions without a code, are no header.
    """
    seen = sampled(rows)
    settled, code = code is not None, code_column(seen, code)
    if code is not None and name is not None and not settled:
        # Names by hand beside codes are the names of these, unless they tell more areas.
        named = set(filter(None, _names(seen, name, known_names)))
        code = None if len(named) > len(set(codes_.codes_of(column(seen, code)))) else code
    level = None
    if code is not None:
        keys: Sequence[str] = codes_.codes_of(column(rows, code))
        level = codes_.main_level(codes_.codes_of(column(seen, code)))
    else:
        by_hand, name = name, name_column(seen, known_names) if name is None else name
        if name is None:
            return None
        start = 0 if header is None else header + 1
        keys = (
            _names(rows, name, known_names)
            if by_hand is None
            else [*[""] * start, *(cell.strip() for cell in column(rows[start:], name))]
        )
    first = next((row for row, key in enumerate(keys) if key), 0 if header is None else header + 1)
    if header is not None:
        first = max(first, header + 1)
    areas = sampled([row for row, key in zip(rows[first:], keys[first:]) if key], _BODY_ROWS)
    figures = _figures(areas)
    header_rows = (header,) if header is not None else _header_rows(rows[:first], areas, figures, (code, name))
    labels = make_labels(_joined(rows, header_rows, width(seen)), figures)
    if name is None and code is not None:
        name = _name_beside(areas, code)
    return Layout(code, name, header_rows, first, labels, level)


def _figures(areas: Rows) -> Tuple[int, ...]:
    """The columns in which rows of areas hold more numbers than texts, marks aside; times are none."""
    found = []
    for position in range(width(areas)):
        cells = read(column(areas, position))
        years = cells.count and bool(np.all((cells.values >= 1900) & (cells.values < 2100) | np.isnan(cells.values)))
        if cells.count > sum(cells.unreadable.values()) and not years:
            found.append(position)
    return tuple(found)


def _name_beside(areas: Rows, code: int) -> Optional[int]:
    """The column of names next to the codes, if there is one: a text of its own for each code."""
    codes = codes_.codes_of(column(areas, code))
    for position in (code + 1, code - 1):
        if position < 0:
            continue
        names = [tidy(cell) for cell in column(areas, position)]
        pairs = {(area, cell) for area, cell in zip(codes, names) if cell}
        texts = {cell for _, cell in pairs if number(cell) is None and not codes_.code_of(cell) and not is_mark(cell)}
        one_each = 10 * len({area for area, _ in pairs}) >= 9 * len(pairs)
        if one_each and 2 * len(texts) > len(pairs) and 2 * len(pairs) > len(set(codes)):
            return position
    return None


def _header_rows(above: Rows, areas: Rows, figures: Sequence[int], keys: Sequence[Optional[int]]) -> Tuple[int, ...]:
    """The rows of the header, in order: the one with most labels over the figures, its groups and its units."""
    places = range(width([*above, *areas]))
    held = [set(map(tidy, column(areas, place))) for place in places]
    key = next(place for place in keys if place is not None)
    says = [row for row, cells in enumerate(above) if _RE["of_areas"].match(tidy(column([cells], key)[0]))]
    labelled = {
        # Beside a word for the codes all numbers are labels (ages 0, 16, 65).
        row: {place for place, cell in enumerate(cells) if tidy(cell)} if row in says else _labels(cells, held, figures)
        for row, cells in enumerate(above)
        if not any(len(cell) > 8 and codes_.code_of(cell) for cell in cells)
    }
    filled = {row: [place for place, cell in enumerate(above[row]) if tidy(cell).strip(",;")] for row in labelled}
    candidates = [
        row
        for row, found in labelled.items()
        if found and (len(filled[row]) > 1 or len(places) <= 2) and len(filled[row]) <= 2 * len(found)
    ]
    if not candidates:
        return ()
    last = max((row for row in says if row in candidates), default=0)
    main = max(
        (row for row in candidates if row >= last),
        key=lambda row: (
            len(labelled[row].intersection(figures)),
            len(labelled[row]),
            sum(1 for place in filled[row] if number(tidy(above[row][place])) is None),
            row,
        ),
    )
    start = main
    while start - 1 in candidates and main - start < MOST_HEADER_ROWS - 1 and _tells_apart(above, main, start - 1):
        start -= 1
    end = main
    while (
        end + 1 in candidates
        and max(filled[end + 1]) > key
        and all(map(_is_label, map(above[end + 1].__getitem__, filled[end + 1])))
    ):
        end += 1
    return tuple(range(start, end + 1))


def _is_label(cell: str) -> bool:
    """Whether a cell is a text or a year, not a figure or a mark."""
    text = tidy(cell)
    return bool(_RE["year"].match(text)) or (number(text) is None and not is_mark(text))


def _labels(cells: Sequence[str], held: Sequence[Set[str]], figures: Sequence[int]) -> Set[int]:
    """The places of a row with texts that the areas below do not hold, years, or numbers that run on (ages 0, 1, 2)."""
    filled = {place: tidy(cell) for place, cell in enumerate(cells) if tidy(cell)}
    texts = {place: text for place, text in filled.items() if text not in held[place]}
    numbers = {place: number(text) for place, text in filled.items()}
    run = {place: value for place, value in numbers.items() if value is not None and place in figures}
    values = list(run.values())
    steps = {after - before for before, after in zip(values, values[1:])}
    runs_on = len(steps) == 1 and min(steps) != 0 and (len(run) > 2 or values in ([0, 1], [1, 2]))
    # Letters such as n and c are marks, unless a row of texts has each of them once.
    letters = not any(value is not None for value in numbers.values()) and len(set(texts.values())) == len(texts)
    return (set(run) if runs_on else set()) | {
        place for place, text in texts.items() if _is_label(text) or (letters and text.isalpha())
    }


def _tells_apart(rows: Rows, main: int, above: int) -> bool:
    """Whether a row above the main one groups its columns: the main labels repeat, or are blank under it."""
    labels = [tidy(cell) for cell in rows[main]]
    repeated = [label for label, times in Counter(filter(None, labels)).items() if times > 1]
    blanks = [
        place for place, cell in enumerate(rows[above]) if tidy(cell) and not (labels[place : place + 1] or [""])[0]
    ]
    return bool(repeated) or bool(blanks)


def _joined(rows: Rows, header_rows: Tuple[int, ...], columns: int) -> List[str]:
    """One text a column: the labels of all header rows, group titles carried on to the columns that they span."""
    lines: List[List[str]] = []
    for order, row in enumerate(header_rows):
        cells = [tidy(cell) for cell in [*rows[row], *[""] * columns][:columns]]
        last_row = order == len(header_rows) - 1
        lines.append(cells if last_row else _carried(cells, rows[header_rows[-1]]))
    return (
        [" ".join(dict.fromkeys(part for part in parts if part)) for parts in zip(*lines)] if lines else [""] * columns
    )


def _carried(cells: List[str], below: Sequence[str]) -> List[str]:
    """Group titles repeated over the blank cells to their right, as far as labels stand below."""
    carried, current = [], ""
    for place, cell in enumerate(cells):
        under = place < len(below) and tidy(below[place])
        current = cell if cell or not under else current
        carried.append(cell or (current if under else ""))
    return carried


def make_labels(printed: Sequence[str], figures: Optional[Sequence[int]] = None) -> Tuple[Label, ...]:
    """Clean labels: footnote marks and line breaks gone, names plain, short and different from each other.

    The words before ': ' with which all columns of ``figures`` (all columns where None) begin are left out of their
    names.
    """
    cleaned = [" ".join(text.split()).rstrip(",; ") for text in printed]
    for kind in ("note", "state", "superscripts"):
        cleaned = [_RE[kind].sub("", text) for text in cleaned]
    stems = [_RE["stuck"].sub("", text.strip()) for text in cleaned]
    times = Counter(stems)
    titles = [stem if times[stem] == 1 else text.strip() for stem, text in zip(stems, cleaned)]
    shared = _shared_start(titles if figures is None else [titles[place] for place in figures])
    own = [title[len(shared) :] if shared and title.startswith(shared) else title for title in titles]
    names = short_names([plain_id(text) or f"column_{place}" for place, text in enumerate(own, 1)])
    # The clean table's own column of codes is "code".
    taken: Dict[str, int] = {"code": 1}
    return tuple(
        Label(raw, title, unique_name(name, taken), _unit(title)) for raw, title, name in zip(printed, titles, names)
    )


def _shared_start(titles: Sequence[str]) -> str:
    """The words before ': ' with which all of at least three titles begin, as in census tables; '' if they do not."""
    starts = {title.partition(": ")[0] if ": " in title else "" for title in titles}
    start = starts.pop() if len(starts) == 1 and len(titles) >= 3 else ""
    return f"{start}: " if len(start) > 8 else ""


def of_other_areas(title: str) -> str:
    """Which areas that a pack cannot carry a header names: 'ward' for 'Ward name'; '' for any other."""
    found = _RE["other_areas"].search(plain_words(title))
    return found[1] if found else ""


def plain_words(text: str) -> str:
    """Lower-case letters, digits and underscores: '% of A & B' -> 'percent_of_a_and_b', '<16' -> 'under_16'."""
    for sign, words in _COMPARED:
        text = re.sub(rf"{sign}\s*(?=\d)", f" {words} ", text)
    text = text.replace("%", " percent ").replace("&", " and ").replace("£", " ").replace("+", " plus ")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "_", text.replace("'", "")).strip("_")


def plain_id(text: str) -> str:
    """The plain words of a text as a name, which starts with a letter: '16-64' -> 'value_16_64'."""
    words = plain_words(text)
    return f"value_{words}" if words[:1].isdigit() else words


def short_names(names: Sequence[str]) -> List[str]:
    """Plain names cut to 60 characters at a word, but left whole where two different ones would become the same."""
    short = {
        name: name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rpartition("_")[0] or name[:LONGEST_NAME]
        for name in names
    }
    times = Counter(short.values())
    return [short[name] if times[short[name]] == 1 else name for name in names]


def unique_name(name: str, taken: Dict[str, int]) -> str:
    """The name, with _2, _3, ... behind it where it is taken already."""
    taken[name] = taken.get(name, 0) + 1
    if taken[name] == 1:
        return name
    return unique_name(f"{name}_{taken[name]}", taken)


def _unit(title: str) -> str:
    """The unit that a header names; ranks and deciles have none, whatever 'most deprived 10%' says of them."""
    return "" if is_rank(title) else next((unit for sign, unit in UNITS if sign in title.lower()), "")
