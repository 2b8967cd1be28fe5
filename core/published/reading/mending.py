"""Cells as they were meant: letters that were encoded twice, and decimal commas, before anything is guessed."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Dict, List, Mapping, Set, Tuple

from ...errors import DataError
from .codes import code_of
from .grid import Grid
from .numbers import tidy
from .patterns import patterns

_RE = patterns("mending")
_EXAMPLES = 3


class Mended:
    """The sheets of a file, their sizes and those hidden, with their cells as they were meant."""

    def __init__(self, tables: Any, decimal: str = "auto") -> None:
        self.sizes, self.hidden, self._tables, self._decimal = tables.sizes, tables.hidden, tables, decimal

    def head(self, sheet: str) -> Grid:
        """The first rows of a sheet."""
        return mended(self._tables.head(sheet), self._decimal, whole=False)

    def whole(self, sheet: str) -> Grid:
        """All rows of a sheet."""
        return mended(self._tables.whole(sheet), self._decimal)


def mended(grid: Grid, decimal: str = "auto", whole: bool = True) -> Grid:
    """The grid with its cells as they were meant, and in its facts what was mended: ``repaired``, ``decimal``.

    Letters that were encoded twice ('Â£150') are put right, and a sign that was lost before ('\ufffd150') is left
    away. ``decimal`` is 'point', 'comma', or 'auto': a comma where cells such as '43,9' or '0,125' tell it and none
    tells otherwise. DataError where in a ``whole`` file parted by semicolons '19,745' or '19.745' may be either, or one
    parted by tabs or the like has '43,9' beside '19,745'; where it has '19,745' alone, ``thousands`` tells it.
    """
    cells = {cell for row in grid.rows for cell in row if cell}
    swap = {cell: text for cell in cells if (text := _put_right(cell)) != cell}
    facts: Dict[str, str] = dict(grid.facts)
    if swap:
        facts["repaired"] = ", ".join(f"'{cell[:30]}' to '{text[:30]}'" for cell, text in _first(swap))
    texts = {swap.get(cell, cell) for cell in cells}
    sign, facts["thousands"] = _decimal_sign(texts, grid, whole) if decimal == "auto" else (decimal, "")
    if sign == "comma":
        commas = {cell: _with_point(swap.get(cell, cell)) for cell in cells}
        changed = {cell: text for cell, text in commas.items() if text != swap.get(cell, cell)}
        swap.update(changed)
        examples = ", ".join(f"'{cell[:30]}' is {text[:30]}" for cell, text in _first(changed))
        facts["decimal"] = f"comma: {examples}" if examples else "comma"
    if not swap:
        return dataclasses.replace(grid, facts=facts)
    rows = [[swap.get(cell, cell) for cell in row] for row in grid.rows]
    return dataclasses.replace(grid, rows=rows, facts=facts)


def warnings_of(grid: Grid) -> List[str]:
    """What was mended, in words."""
    found = []
    if grid.facts.get("repaired"):
        found.append(f"Letters were encoded twice or lost and are put right: {grid.facts['repaired']}.")
    if grid.facts.get("decimal"):
        found.append(f"Numbers are read with a decimal {grid.facts['decimal']}. DECIMAL=point reads them otherwise.")
    if grid.facts.get("thousands"):
        example = grid.facts["thousands"]
        either = f"{example.replace(',', '')}; DECIMAL=comma reads {example.replace(',', '.')}"
        found.append(f"No figure tells whether commas part thousands or decimals: '{example}' is read as {either}.")
    if grid.facts.get("hidden"):
        found.append(f"{grid.facts['hidden']} of the sheet are hidden in the file, and are read all the same.")
    return found


def _first(swap: Mapping[str, str]) -> List[Tuple[str, str]]:
    return sorted(swap.items())[:_EXAMPLES]


def _put_right(cell: str) -> str:
    """The cell with letters that were encoded twice, or thrice, put right."""
    if cell.isascii():
        return cell
    for _ in range(3):
        if not _RE["twice"].search(cell):
            break
        again = _RE["twice_run"].sub(_again, cell)
        if again == cell:
            break
        cell = again
    return _RE["lost"].sub("", cell)


def _again(run: re.Match[str]) -> str:
    """A run of odd letters as the bytes that they stand for, read as UTF-8; unchanged where that is none."""
    try:
        # The five unused places of Windows-1252 stand for themselves.
        odd = (bytes([ord(one)]) if "\u0080" <= one <= "\u009f" else one.encode("cp1252") for one in run.group())
        return b"".join(odd).decode("utf-8")
    except UnicodeError:
        return run.group()


def _decimal_sign(cells: Set[str], grid: Grid, whole: bool) -> Tuple[str, str]:
    """'comma' or 'point', as the cells that can be read in one way alone tell, and a cell that may be either."""
    commas = [cell for cell in map(tidy, cells) if "," in cell and len(cell) < 30]
    decimal = [cell for cell in commas if _RE["decimal"].match(cell)]
    either = [cell for cell in commas if _RE["either"].match(cell) and not _RE["decimal"].match(cell)]
    semicolons = grid.facts.get("separator") == ";"
    # Files that are not parted by commas may be of a country where these part decimals.
    parted = grid.facts.get("separator", ",") != ","
    # Where commas part decimals, points may part thousands.
    either += [cell for cell in map(tidy, cells) if semicolons and _RE["pointed"].match(cell)]
    # Elsewhere '3,4' may be two footnotes: it is no reason to read '19,745' as less than twenty.
    fractions = sum(1 for cell in decimal if _RE["fraction"].match(cell))
    enough = bool(decimal) if semicolons else max(fractions, 0 if either else len(decimal)) >= _EXAMPLES
    if not enough and not (parted and either):
        return "point", ""
    contrary = sum(1 for cell in map(tidy, cells) if _RE["point"].match(cell) or _RE["groups"].match(cell))
    if enough and len(decimal) > 10 * contrary:
        return "comma", ""
    if contrary or not parted or not either or not any(map(code_of, cells)):
        return "point", ""
    example = min(either)
    if whole and (semicolons or len(decimal) >= _EXAMPLES):
        raise DataError(
            f"{grid.name}: '{example}' may be {re.sub('[,.]', '', example)} or {example.replace(',', '.')}; DECIMAL "
            "(point or comma) says which."
        )
    return "point", example


def _with_point(cell: str) -> str:
    """'1.234,5' as '1234.5'; texts that are no number with a comma unchanged."""
    found = _RE["comma_number"].match(tidy(cell))
    if found is None or ("," not in cell and "." not in cell):
        return cell
    sign, whole, decimals, unit = found.groups()
    return f"{sign}{re.sub('[. ]', '', whole)}{'.' + decimals if decimals else ''}{unit}"
