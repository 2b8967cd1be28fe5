"""Lists of places (schools, surgeries, hospitals): a row a place, with a postcode or coordinates instead of an area."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ...arrays import Array
from . import numbers
from .codes import codes_of
from .figures import BOUNDS
from .grid import Grid, column, width
from .header import HEAD_ROWS, Label, code_column, make_labels
from .patterns import WORDS, patterns

_RE = patterns("places")
_SHORT: Mapping[str, str] = WORDS["places"]["short"]


def postcode_column(grid: Grid) -> Optional[Tuple[int, int]]:
    """The column in which most cells are postcodes, and the first row that has one; None if there is none."""
    head = grid.rows[:HEAD_ROWS]
    for position in range(width(head)):
        cells = [numbers.tidy(cell) for cell in column(head, position)]
        places = [row for row, cell in enumerate(cells) if _RE["postcode"].match(cell)]
        if len(places) >= 3 and 2 * len(places) > sum(map(bool, cells)):
            return position, places[0]
    return None


def is_list(grid: Grid) -> bool:
    """Whether a sheet lists places: postcodes without areas, or with areas that recur or have no figures beside them.

    An area's own row may have a postcode too (of its town hall): then areas and postcodes are as many.
    """
    found = postcode_column(grid)
    if found is None:
        return False
    rows, (position, first) = grid.rows[:HEAD_ROWS], found
    code = code_column(rows)
    if code is None:
        return True
    areas = set(codes_of(column(rows, code))) - {""}
    if len({_spaced(cell) for cell in column(rows, position)} - {""}) > len(areas):
        return True
    labels = _labels(grid.rows, first)
    return not any(
        numbers.read(column(rows[first:], place)).is_numeric and _SHORT.get(label.name, label.name) not in BOUNDS
        for place, label in enumerate(labels)
    )


def read_places(grid: Grid) -> Optional[pd.DataFrame]:
    """A table of places: postcode, coordinates where there are any, all other columns as text; None if it is none.

    Postcodes are written as 'SW1A 1AA'; coordinates outside Great Britain's bounds become NaN.
    """
    found = postcode_column(grid)
    if found is None:
        return None
    position, first = found
    labels = _labels(grid.rows, first)
    filled = [row for row in grid.rows[first:] if any(cell.strip() for cell in row)]
    # Of one cell alone are notes and totals below the list, unless it is a list of nothing but postcodes.
    body = [row for row in filled if sum(map(bool, map(str.strip, row))) > 1 or _spaced(column([row], position)[0])]
    columns: Dict[str, Any] = {"postcode": [_spaced(cell) for cell in column(body, position)]}
    for place in range(width(body)):
        name = labels[place].name if place < len(labels) else f"column_{place + 1}"
        if place == position:
            continue
        kind = _SHORT.get(name, name)
        cells = column(body, place)
        columns[kind if kind in BOUNDS else name] = (
            _within(cells, kind) if kind in BOUNDS else list(map(numbers.tidy, cells))
        )
    table = pd.DataFrame(columns, index=pd.RangeIndex(1, len(body) + 1, name="place"))
    table.attrs["left_out"] = len(filled) - len(body)
    return table


def _labels(rows: Sequence[Sequence[str]], first: int) -> Sequence[Label]:
    above = [column([rows[first - 1]], place)[0] for place in range(width(rows[: first + 1]))] if first else []
    return make_labels([" ".join(cell.split()) for cell in above])


def _spaced(cell: str) -> str:
    text = numbers.tidy(cell).upper().replace(" ", "")
    return f"{text[:-3]} {text[-3:]}" if _RE["postcode"].match(text) else ""


def _within(cells: Sequence[str], kind: str) -> Array:
    values = numbers.read(cells).values
    lowest, highest = BOUNDS[kind]
    return np.where((values >= lowest) & (values <= highest), values, np.nan)
