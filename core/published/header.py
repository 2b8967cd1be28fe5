"""Where the table begins in a sheet: its code or name column, its header of one row or more, its labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from . import codes as codes_
from .grid import column, width
from .numbers import is_mark, number, tidy

HEAD_ROWS = 600
MOST_HEADER_ROWS = 6
LONGEST_NAME = 60
_NOTE = re.compile(r"\s*[\[(]\s*(?:foot)?notes?\b[^\])]*[\])]|\s*\[\d{1,2}(?:\s*,\s*\d{1,2})*\]", re.IGNORECASE)
# Provisional and revised figures keep the name of the column that they will have when they are final.
_STATE = re.compile(r"\s*[\[(](?:p|r|provisional|revised)[\])]\Z", re.IGNORECASE)
_SUPERSCRIPTS = re.compile("[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+\\Z")
# 'households1' is a footnote; 'Level 1', 'PM10' and 'KS2' are names.
_STUCK = re.compile(r"(?<=[a-z]{3})(?:\d{1,2}(?:,\s?\d{1,2})*)\Z|(?<=[)%])(?:\d{1,2})\Z")
_AREA_NAME = re.compile(r"[A-Z][\w .,'’&()/-]* \d{3}(?P<lsoa>[A-Z])?\Z")
_YEAR = re.compile(r"(?:19|20)\d{2}\Z")
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


def code_column(rows: Sequence[Sequence[str]], wanted: Optional[int] = None) -> Optional[Tuple[int, int]]:
    """The column whose cells are codes of the most areas, and the first row that holds one; None if there is none.

    A column qualifies where at least half of what is filled below its first code is a code. Where two have as
    many different codes, the leftmost is taken.
    """
    best: Optional[Tuple[int, int, int]] = None
    for position in range(width(rows)) if wanted is None else (wanted,):
        found = codes_.codes_of(column(rows, position))
        first = next((row for row, code in enumerate(found) if code), None)
        if first is None:
            continue
        filled = sum(1 for cell in column(rows[first:], position) if cell.strip())
        usable = {code for code in found if code and codes_.level_of(code) in codes_.FINENESS}
        different = len(usable) or len({code for code in found if code}) / 1e6
        if 2 * sum(map(bool, found)) >= filled and (best is None or different > best[0]):
            best = (different, position, first)
    return None if best is None else best[1:]


def name_column(rows: Sequence[Sequence[str]], known: Optional[set] = None) -> Optional[Tuple[int, int]]:
    """The column of area names, and its first row: those that ``known`` holds, else names such as 'Durham 002A'."""
    best: Optional[Tuple[int, int, int]] = None
    for position in range(width(rows)):
        cells = [tidy(cell) for cell in column(rows, position)]
        places = [
            row
            for row, cell in enumerate(cells)
            if cell and (_AREA_NAME.match(cell) or (known is not None and plain_name(cell) in known))
        ]
        if len(places) >= 3 and (best is None or len(places) > best[0]):
            best = (len(places), position, places[0])
    return None if best is None else best[1:]


def plain_name(name: str) -> str:
    """An area's name for comparison: no case, accents, punctuation, nor words such as 'City of' and 'UA'."""
    text = unicodedata.normalize("NFKD", tidy(name)).encode("ascii", "ignore").decode("ascii").lower()
    text = re.sub(r"[^a-z0-9]+", " ", text.replace("&", " and ").replace("st.", "st"))
    return " ".join(
        word for word in text.split() if word not in ("of", "city", "county", "ua", "the", "mcd", "borough")
    )


def locate(
    rows: Sequence[Sequence[str]],
    *,
    header: Optional[int] = None,
    code: Optional[int] = None,
    name: Optional[int] = None,
    known_names: Optional[set] = None,
) -> Optional[Layout]:
    """Find the table in the first rows of a sheet; None if no column holds area codes or names.

    ``header``, ``code`` and ``name`` settle a position by hand (from 0). The header is the fullest row above
    the first area; group titles above it and units below it are joined to its labels where they tell columns
    apart.
    """
    head = rows[:HEAD_ROWS]
    found = None if name is not None else code_column(head, code)
    if found is not None:
        code, first = found
        level = codes_.main_level(codes_.codes_of(column(head, code)))
    else:
        named = name_column(head, known_names) if name is None else (name, _first_filled(head, name, header))
        if named is None:
            return None
        code, level = None, None
        name, first = named
    if header is not None:
        first = max(first, header + 1)
    header_rows = _header_rows(head, first, header, (code if code is not None else name) or 0)
    labels = make_labels(_joined(head, header_rows, width(rows)))
    if name is None and code is not None:
        name = _name_beside(head, code, first)
    return Layout(code, name, header_rows, first, labels, level)


def _first_filled(rows, position: int, header: Optional[int]) -> int:
    start = 0 if header is None else header + 1
    return next(
        (row for row in range(start, len(rows)) if len(rows[row]) > position and rows[row][position].strip()), start
    )


def _name_beside(rows, code: int, first: int) -> Optional[int]:
    """The column of names next to the codes, if there is one: texts, as many as codes."""
    for position in (code + 1, code - 1):
        if position < 0:
            continue
        cells = [tidy(cell) for cell in column(rows[first:], position)]
        texts = [
            cell for cell in cells if cell and number(cell) is None and not codes_.code_of(cell) and not is_mark(cell)
        ]
        if len(texts) > 0.9 * len([cell for cell in cells if cell]) and len(texts) > 0.5 * len(cells):
            return position
    return None


def _header_rows(rows, first: int, wanted: Optional[int], key: int) -> Tuple[int, ...]:
    """The rows of the header, in order: the one with most texts of the last few above the data, its groups and units.

    A total above the first area is no header: it has a code somewhere, or fewer texts.
    """
    if wanted is not None:
        return (wanted,)
    filled = {
        row: [place for place, cell in enumerate(rows[row]) if tidy(cell).strip(",;")]
        for row in range(max(0, first - 12), first)
        if not any(codes_.code_of(cell) for cell in rows[row])
    }
    texts = {row: sum(1 for place in places if _is_label(rows[row][place])) for row, places in filled.items()}
    candidates = [row for row, places in filled.items() if len(places) > 1 and texts[row]]
    if not candidates:
        single = [row for row, places in filled.items() if places]
        return (single[-1],) if single and len(rows[single[-1]]) <= 2 else ()
    main = max(candidates, key=lambda row: (texts[row], len(filled[row]), row))
    start = main
    while start - 1 in candidates and main - start < MOST_HEADER_ROWS - 1 and _tells_apart(rows, main, start - 1):
        start -= 1
    end = main
    while end + 1 in candidates and texts[end + 1] == len(filled[end + 1]) and max(filled[end + 1]) > key:
        end += 1
    return tuple(range(start, end + 1))


def _is_label(cell: str) -> bool:
    """Whether a cell is a text or a year, not a figure or a mark."""
    text = tidy(cell)
    return bool(_YEAR.match(text)) or (number(text) is None and not is_mark(text))


def _tells_apart(rows, main: int, above: int) -> bool:
    """Whether a row above the main one groups its columns: the main labels repeat, or are blank under it."""
    labels = [tidy(cell) for cell in rows[main]]
    repeated = [label for label, times in Counter(filter(None, labels)).items() if times > 1]
    blanks = [
        place for place, cell in enumerate(rows[above]) if tidy(cell) and not (labels[place : place + 1] or [""])[0]
    ]
    return bool(repeated) or bool(blanks)


def _joined(rows, header_rows: Tuple[int, ...], columns: int) -> List[str]:
    """One text a column: the labels of all header rows, group titles carried on to the columns that they span."""
    lines: List[List[str]] = []
    for order, row in enumerate(header_rows):
        cells = (
            [tidy(cell) for cell in column([rows[row]], 0)]
            if columns == 1
            else [tidy(rows[row][place]) if place < len(rows[row]) else "" for place in range(columns)]
        )
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


def make_labels(printed: Sequence[str]) -> Tuple[Label, ...]:
    """Clean labels: footnote marks and line breaks gone, names plain, short and different from each other."""
    cleaned = [_without_notes(" ".join(text.split()).rstrip(",; ")) for text in printed]
    stems = Counter(_STUCK.sub("", text) for text in cleaned)
    titles = [_STUCK.sub("", text) if stems[_STUCK.sub("", text)] == 1 else text for text in cleaned]
    shared = _shared_start(titles)
    own = [title[len(shared) :] if shared and title.startswith(shared) else title for title in titles]
    names = short_names([plain_id(text) or f"column_{place}" for place, text in enumerate(own, 1)])
    taken: Dict[str, int] = {}
    return tuple(
        Label(raw, title, unique_name(name, taken), _unit(title)) for raw, title, name in zip(printed, titles, names)
    )


def _without_notes(text: str) -> str:
    return _SUPERSCRIPTS.sub("", _STATE.sub("", _NOTE.sub("", text))).strip()


def _shared_start(titles: Sequence[str]) -> str:
    """The words before ': ' with which at least three titles begin, as census tables do; '' if none."""
    starts = Counter(title.partition(": ")[0] for title in titles if ": " in title)
    start, times = starts.most_common(1)[0] if starts else ("", 0)
    return f"{start}: " if times >= 3 and len(start) > 8 else ""


def plain_words(text: str) -> str:
    """Lower-case letters, digits and underscores: '% of A & B' -> 'percent_of_a_and_b'."""
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
    return next((unit for sign, unit in UNITS if sign in title.lower()), "")
