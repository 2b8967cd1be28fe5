"""Rows of text as they stand in a sheet or file, before anything is guessed about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ...errors import DataError

Rows = Sequence[Sequence[str]]
MOST_CELLS = 40_000_000
MOST_COLUMNS = 4_000
MOST_ROWS = 5_000_000


@dataclass(frozen=True)
class Grid:
    """One sheet or file: rows of text, '' where a cell is empty; rows may differ in length.

    ``formulas`` tells the first formula cell of each column that holds any (position -> address such as C5),
    ``linked`` which of those columns look into another workbook. ``facts`` are what the reader found out
    (encoding, separator); ``merged`` are cells that are one, as (top, left, bottom, right) from 0.
    """

    name: str
    rows: Sequence[Sequence[str]]
    formulas: Mapping[int, str] = field(default_factory=dict)
    linked: Tuple[int, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    merged: Sequence[Tuple[int, int, int, int]] = ()


def collect(name: str, rows: Iterable[Sequence[str]], most_cells: int = MOST_CELLS) -> List[Sequence[str]]:
    """The rows as a list in which equal texts are one object; DataError if there are more than can be held.

    Files repeat names and small numbers many times over, so this is what keeps a large file small.
    """
    held: List[Sequence[str]] = []
    once: Dict[str, str] = {}
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > most_cells or len(row) > MOST_COLUMNS or len(held) >= MOST_ROWS:
            raise DataError(
                f"{name}: larger than a table of areas can be (limits: {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns, "
                f"{most_cells:,} cells); keep only the sheet and columns that are needed."
            )
        held.append([once.setdefault(cell, cell) for cell in row])
    return held


def place_of(letters: str) -> Optional[int]:
    """A -> 0, Z -> 25, AA -> 26; None for what is no column."""
    if not 0 < len(letters) <= 3 or not (letters.isascii() and letters.isalpha() and letters.isupper()):
        return None
    return reduce(lambda place, letter: 26 * place + ord(letter) - 64, letters, 0) - 1


def column(rows: Iterable[Sequence[str]], position: int) -> List[str]:
    """The cells of one column; '' where a row is too short."""
    return [row[position] if position < len(row) else "" for row in rows]


def width(rows: Iterable[Sequence[str]]) -> int:
    """The number of columns of the longest row."""
    return max((len(row) for row in rows), default=0)
