"""Sheets laid out for the eye: cells merged over rows are read down, tables under each other are kept apart."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Dict, List, Sequence, Set, Tuple

from ...errors import DataError
from . import codes as codes_
from .grid import MOST_ROWS, Grid, Rows, column
from .header import Label, Layout, plain_id, sampled, unique_name
from .numbers import is_mark, number, tidy
from .patterns import patterns

_RE = patterns("blocks")


def rows_to_areas(grid: Grid, layout: Layout, only_first: bool) -> Tuple[Grid, Layout, List[str]]:
    """The sheet with an area in every row that belongs to one, and what distinguishes stacked tables as columns.

    ``only_first``: the header was set by hand, so what follows under another header is left out. Notes say what was
    read down, left out, or added. DataError where tables of different columns stand under each other.
    """
    rows, notes = _read_down(grid, layout)
    rows, labels, more = _unstacked(rows, grid.name, layout, only_first)
    return dataclasses.replace(grid, rows=rows), dataclasses.replace(layout, labels=labels), notes + more


def one_of_several(grid: Grid, layout: Layout) -> Tuple[Grid, List[str]]:
    """The sheet without the tables beside the one of the codes: parted by a blank column, with areas of their own."""
    if layout.code is None:
        return grid, []
    body = sampled(grid.rows[layout.start :])
    cells = [[cell.strip() for cell in column(body, place)] for place in range(len(layout.labels))]
    blank = [place for place, held in enumerate(cells) if not any(held) and not layout.labels[place].printed.strip()]
    first = max((place + 1 for place in blank if place < layout.code), default=0)
    last = min((place for place in blank if place > layout.code), default=len(cells))
    own, others = codes_.codes_of(cells[layout.code]), []
    for place in (*range(first), *range(last, len(cells))):
        codes = codes_.codes_of(cells[place])
        different = set(codes) - {""}
        if len(different) > 1 and sum(map(bool, cells[place])) == len(different) and codes != own:
            others.append(f"'{layout.labels[place].title or place + 1}'")
    if not others:
        return grid, []
    rows = [[cell if first <= place < last else "" for place, cell in enumerate(row)] for row in grid.rows]
    note = f"Another table stands beside, with areas in column {', '.join(others)}: not read; CODE_COLUMN chooses it."
    return dataclasses.replace(grid, rows=rows), [note]


def _key(layout: Layout) -> int:
    return layout.code if layout.code is not None else layout.name or 0


def _read_down(grid: Grid, layout: Layout) -> Tuple[Rows, List[str]]:
    """Texts of merged cells in all rows that they span; codes also where blanks under each tell as much."""
    changed, notes = _from_merged(grid, layout)
    rows = [changed.get(place, row) for place, row in enumerate(grid.rows)] if changed else grid.rows
    followers = _followers(rows, layout, grid.name)
    if followers:
        places = [place for place in (layout.code, layout.name) if place is not None]
        rows = list(rows)
        for row, above in followers.items():
            filled = list(rows[row])
            for place in places:
                _put(filled, place, column([rows[above]], place)[0])
            rows[row] = filled
    if changed or followers:
        notes.append(
            f"{len(set(changed) | set(followers)):,} rows take their area or category from a merged cell, or the last "
            f"filled one, above (first in row {min([*changed, *followers]) + 1})."
        )
    return rows, notes


def _from_merged(grid: Grid, layout: Layout) -> Tuple[Dict[int, List[str]], List[str]]:
    """The rows below the first ones of merged texts, with these filled in."""
    changed: Dict[int, List[str]] = {}
    figures = 0
    if sum(min(bottom, len(grid.rows)) - top for top, _, bottom, _ in grid.merged) > MOST_ROWS:
        raise DataError(f"{grid.name}: merged cells overlap or span over {MOST_ROWS:,} rows in all; unmerge them.")
    for top, left, bottom, _ in grid.merged:
        text = column(grid.rows[top : top + 1], left)
        if top < layout.start or bottom <= top or not any(text):
            continue
        if number(tidy(text[0])) is not None and not _RE["year"].match(text[0]) and left != _key(layout):
            figures += 1
            continue
        for row in range(top + 1, min(bottom + 1, len(grid.rows))):
            _put(changed.setdefault(row, list(grid.rows[row])), left, text[0])
    note = f"{figures:,} figures stand in cells merged over rows; only the first row of each has them."
    return changed, [note] if figures else []


def _put(row: List[str], place: int, text: str) -> None:
    row.extend([""] * (place + 1 - len(row)))
    row[place] = row[place] or text


def _followers(rows: Rows, layout: Layout, where: str) -> Dict[int, int]:
    """Rows of figures whose area is blank, with the row of the area above; none unless most areas have such rows.

    DataError where areas stand in the last or a middle one of their rows: rows above the first are those that the last
    one lacks.
    """
    found: Dict[int, int] = {}
    places = [place for place in (layout.code, layout.name) if place is not None]
    last, heads, with_some, orphans = None, [], set(), 0
    for place in range(layout.start, len(rows)):
        row = rows[place]
        if any(cell.strip() for cell in (row[at] for at in places if at < len(row))):
            is_area = layout.code is None or bool(codes_.code_of(column([row], layout.code)[0]))
            last = place if is_area else None
            heads += [place] * is_area
        elif last is not None and _has_figures(row):
            found[place] = last
            with_some.add(last)
        elif any(cell.strip() for cell in row):
            orphans += not heads and _has_figures(row)
            last = None
    followed = Counter(found.values())
    sizes = Counter(followed[head] for head in heads[:-1] if orphans)
    if sizes and orphans + followed[heads[-1]] == sizes.most_common(1)[0][0]:
        which = "the middle" if heads[-1] in with_some else "the last"
        raise DataError(
            f"{where}: areas stand in {which} of their rows (first in row {heads[0] + 1}); write each in the first of "
            "them, or in all."
        )
    return found if len(heads) > 1 and 2 * len(with_some) > len(heads) else {}


def _has_figures(row: Sequence[str]) -> bool:
    return any(cell and (number(tidy(cell)) is not None or is_mark(tidy(cell))) for cell in row)


def _unstacked(rows: Rows, where: str, layout: Layout, only_first: bool) -> Tuple[Rows, Tuple[Label, ...], List[str]]:
    """The rows with a column for each thing that the lines above stacked tables tell differently."""
    begins = _headers_again(rows, layout)
    if not begins:
        return rows, layout.labels, []
    named = f"rows {layout.header[-1] + 1} and {', '.join(str(row + 1) for row in begins[:5])}"
    if only_first:
        return rows[: begins[0]], layout.labels, [f"Another table begins in row {begins[0] + 1}; it is not read."]
    for row in begins:
        one, other = ([word.lower() for word in _words(rows[place])] for place in (layout.header[-1], row))
        if one != other:
            raise DataError(
                f"{where}: tables of different columns stand under each other (headers in {named}); HEADER_ROW chooses "
                "one of them."
            )
    above = _lines_above(rows, [layout.header[-1], *begins], layout)
    # The keys that every table has and that differ; the text nearest to the header only where no key does.
    held = {key: {lines.get(key, "") for lines in above} for key in above[0]}
    differ = [key for key, texts in held.items() if key != "table" and "" not in texts and len(texts) > 1]
    if not differ and "" not in held.get("table", {""}) and len(held["table"]) == len(above):
        differ = ["table"]
    ends = [*begins, len(rows)]
    blocks = [range(start, end) for start, end in zip([layout.start, *begins], ends)]
    _refuse_repeats(rows, blocks, layout, where, bool(differ), named)
    size = len(layout.labels)
    parted = list(rows)
    for block, lines in zip(blocks, above):
        for row in block:
            cells = [*rows[row][:size], *[""] * (size - len(rows[row]))]
            if row in begins or (len(_words(cells)) == 2 and not _area(cells, layout)):
                # A header, or a line above it: both are read by now.
                parted[row] = []
            elif _area(cells, layout):
                parted[row] = [*cells, *(lines.get(key, "") for key in differ)]
    taken = {label.name: 1 for label in layout.labels}
    added = tuple(Label(key, key, unique_name(plain_id(key) or "table", taken)) for key in differ)
    apart = f"; the lines above them tell them apart: {', '.join(differ)}" if differ else ""
    note = f"{len(blocks):,} tables stand under each other (headers in {named}){apart}."
    return parted, (*layout.labels, *added), [note]


def _words(row: Sequence[str]) -> List[str]:
    return [tidy(cell) for cell in row if tidy(cell)]


def _area(row: Sequence[str], layout: Layout) -> str:
    """The area of a row: its code, or its name where areas have names alone."""
    cell = column([row], _key(layout))[0]
    return cell if layout.code is None else codes_.code_of(cell)


def _headers_again(rows: Rows, layout: Layout) -> List[int]:
    """The rows below the header in which it, or the header of the areas, stands once more."""
    if not layout.header:
        return []
    key = _key(layout)
    header = [tidy(cell).lower() for cell in rows[layout.header[-1]]]
    own = header[key] if key < len(header) else ""
    if not own:
        return []
    return [
        row
        for row in range(layout.start, len(rows))
        if key < len(rows[row]) and tidy(rows[row][key]).lower() == own and sum(map(bool, rows[row])) > 1
    ]


def _lines_above(rows: Rows, headers: Sequence[int], layout: Layout) -> List[Dict[str, str]]:
    """What the lines above each header say, by key ('Date : April 2023'); the nearest other text as 'table'."""
    above: List[Dict[str, str]] = []
    for header in headers:
        lines: Dict[str, str] = dict(above[-1]) if above else {}
        lines["table"] = ""
        first = header
        while first > 0 and (not above or not _area(rows[first - 1], layout)):
            first -= 1
        for row in rows[first:header]:
            cells = _words(row)
            match = _RE["key_and_value"].match(" : ".join(cells) if len(cells) == 2 else cells[0]) if cells else None
            if match:
                lines[match[1].rstrip(" :")] = match[2].lstrip(" :")
            elif len(cells) == 1 and not _RE["remark"].match(cells[0]):
                lines["table"] = cells[0]
        above.append(lines)
    return above


def _refuse_repeats(
    rows: Rows, blocks: Sequence[range], layout: Layout, where: str, distinct: bool, named: str
) -> None:
    """DataError where the same area stands in several tables and nothing tells these apart."""
    seen: Set[str] = set()
    for block in blocks:
        areas = set(filter(None, (_area(rows[row], layout) for row in block)))
        if not distinct and seen & areas:
            raise DataError(
                f"{where}: tables of the same areas stand under each other (headers in {named}), and no line above "
                "them tells them apart; HEADER_ROW chooses one of them."
            )
        seen |= areas
