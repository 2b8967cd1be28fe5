"""What an import has found, in words and as a table of its first rows."""

from __future__ import annotations

import html
from typing import Any, Dict, List, Mapping, Tuple

from qgis.PyQt.QtWidgets import QTableWidget, QTableWidgetItem

from ...core import catalogue
from ...processing_provider import compat
from .tables import ABSENT

WIDEST = 150
_NAMED = 3
# Names of files and columns have no blanks: here a line may break in them.
_BREAK = "\u200b"


def facts_of(guesses: Mapping[str, Any], titles: Mapping[str, str]) -> List[Tuple[str, str]]:
    """What was found, as (what, words); ``titles`` are those of the method's indicators by id."""
    if guesses["kind"] != "areas":
        return [("Places", f"{guesses['places']:,}, {guesses['with_postcode']:,} of them with a postcode")]
    rows = ", ".join(map(str, guesses["header_rows"])) or "none"
    codes = f"column '{guesses['code_column']}'" if guesses["code_column"] else "none; told by name"
    columns = guesses["columns"]
    empty, marks = suppressed(guesses)
    none = "" if empty else "no cell"
    return [
        ("Areas", f"{guesses['areas']:,} of {guesses['geography']}: {guesses['vintage']['reason']}"),
        ("Covers", covers(guesses)),
        ("Sheet", f"{', '.join(guesses['joined_sheets'])}; header in row {rows}"),
        ("Codes", codes),
        ("Figures", _listed([facts["title"] for facts in columns.values()])),
        ("Kept", "; ".join(f"{name} = {value}" for name, value in guesses["kept_only"].items())),
        ("Empty", none or f"cells: {empty:,}{marks}"),
        ("Left&nbsp;out", _left_out(guesses)),
        ("Holds", "; ".join(_entry(name, entry, titles) for name, entry in guesses["entries"].items())),
    ]


def covers(guesses: Mapping[str, Any]) -> str:
    """How many areas of the geography have a figure, and what a run will make of it where they are few."""
    most = guesses["areas_there_are"]
    found = max((facts["with_a_value"] for facts in guesses["columns"].values()), default=0)
    found = min(found, guesses["vintage"]["matched"])
    least = catalogue.step("qualityassurance").option("MIN_AVAILABLE").default
    few = f"; a run stops at under {least:.0%} of them, unless you say so" if found < least * most else ""
    return f"{found:,} of {most:,} areas{few}"


def suppressed(guesses: Mapping[str, Any]) -> Tuple[int, str]:
    """How many cells hold no figure, and which marks stand in them, in words."""
    marks: Dict[str, int] = {}
    for facts in guesses["columns"].values():
        for mark, count in facts["marks"].items():
            marks[mark] = marks.get(mark, 0) + count
    told = ", ".join(f"'{mark}' {count:,} times" for mark, count in sorted(marks.items(), key=lambda one: -one[1])[:6])
    return sum(facts["empty"] for facts in guesses["columns"].values()), f"; withheld: {told}" if told else ""


def _left_out(guesses: Mapping[str, Any]) -> str:
    parts = [f"{count:,} of {name}" for name, count in (guesses["rows_of_other_areas"] or {}).items()]
    if guesses["rows_without_area"]:
        parts.insert(0, f"{guesses['rows_without_area']:,} without an area")
    columns = [f"'{title}' ({reason})" for title, reason in guesses["columns_left_out"].items()]
    rows = f"rows: {', '.join(parts)}" if parts else "no row"
    return f"{rows}; columns: {_listed(columns)}" if columns else rows


def _entry(name: str, entry: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    told = ", ".join(part for part in (entry["status"], entry["date"]) if part)
    return f"{titles.get(name, name)} ({told})"


def _listed(names: List[str]) -> str:
    rest = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f"; and {rest:,} more" if rest > 0 else "")


def as_table(facts: List[Tuple[str, str]]) -> str:
    """The facts as a small table in HTML; those without words are left out."""
    rows = "".join(
        f"<tr><td><b>{what}</b>&nbsp;&nbsp;</td><td>{breakable(words)}</td></tr>" for what, words in facts if words
    )
    return f"<table cellspacing='0' cellpadding='1'>{rows}</table>"


def breakable(text: str) -> str:
    """A text as HTML whose long names may go on in the next line."""
    return "".join(f"{part}{_BREAK}" if part in "_-." else html.escape(part) for part in text)


def fill_preview(table: QTableWidget, guesses: Mapping[str, Any]) -> None:
    """The first rows of the clean table; gaps are shown as a dash."""
    columns = guesses["columns"]
    headings = [facts.get("title", name) for name, facts in columns.items()]
    rows = guesses["preview"]
    if rows and len(rows[0]) == len(headings) + 1:
        headings.insert(0, "Code" if guesses["kind"] == "areas" else "Place")
    fill(table, headings, [[cell_words(cell) for cell in row] for row in rows])
    for place, row in enumerate(rows):
        for number, cell in enumerate(row):
            if isinstance(cell, (int, float)):
                table.item(place, number).setTextAlignment(compat.right_aligned())


def fill(table: QTableWidget, headings: List[str], rows: List[List[str]]) -> None:
    """Put texts into a table, each also as its tooltip, with columns that are never wider than the dock."""
    table.setSortingEnabled(False)
    table.clear()
    table.setColumnCount(len(headings))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels(headings)
    for number, heading in enumerate(headings):
        table.horizontalHeaderItem(number).setToolTip(heading)
    for place, row in enumerate(rows):
        for number, text in enumerate(row):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(place, number, item)
    table.resizeColumnsToContents()
    for number in range(len(headings)):
        table.setColumnWidth(number, min(table.columnWidth(number), WIDEST))


def cell_words(cell: Any) -> str:
    """A cell of the preview; whole numbers without a point, all others with every digit that the file has."""
    if cell is None or cell != cell:
        return ABSENT
    if isinstance(cell, float) and cell == int(cell) and abs(cell) < 2**53:
        return f"{int(cell):,}"
    return str(cell)
