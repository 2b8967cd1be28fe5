"""Sheets of an .ods spreadsheet as rows of text, read in one stream; repeated rows and cells are bounded."""

from __future__ import annotations

import zipfile
from typing import Callable, Iterator, List, Set, Tuple

from ...core.errors import DataError
from ...core.published.reading.grid import MOST_CELLS, MOST_COLUMNS
from ...core.published.reading.numbers import as_percent
from .xlsx_sheet import MOST_BLANK_ROWS, Formulas
from .xml_reader import END, START, TEXT, XmlStream

_UNSHOWN = ("collapse", "filter")
_VALUES = {
    "float": "office:value",
    "percentage": "office:value",
    "currency": "office:value",
    "date": "office:date-value",
    "boolean": "office:boolean-value",
}


class OdsReader:
    """All sheets of a document, in order: (sheet, row) as they come; formulas are noted by sheet."""

    def __init__(self, archive: zipfile.ZipFile, check: Callable[[], None] = lambda: None) -> None:
        self._archive, self._check = archive, check
        self.formulas: dict = {}
        self.hidden: Set[str] = set()
        self._sheet, self._number, self._given, self._cells = "", 0, 0, 0

    def rows(self) -> Iterator[Tuple[str, List[str]]]:
        """Each row with the name of its sheet. DataError where repetition makes a sheet absurdly large."""
        with self._archive.open("content.xml") as stream:
            document = XmlStream(stream, "content.xml", self._check)
            reader = document.reader
            depth, style, unseen = 0, "", set()
            for token in document:
                if token == START:
                    kind = reader.name()
                    if kind == "style":
                        style = reader.attributes().value("style:name")
                    elif kind == "table-properties" and reader.attributes().value("table:display") == "false":
                        unseen.add(style)
                    elif kind == "table":
                        depth += 1
                        if depth == 1:
                            self._begin(reader.attributes(), unseen)
                    elif kind == "table-column" and depth == 1:
                        self._column(reader.attributes())
                    elif kind == "table-row" and depth == 1:
                        yield from self._repeated_row(document)
                elif token == END and reader.name() == "table":
                    depth -= 1

    def _begin(self, attributes, unseen: Set[str]) -> None:
        self._sheet, self._number, self._given, self._cells = str(attributes.value("table:name")), 0, 0, 0
        self.hidden |= {self._sheet} if attributes.value("table:style-name") in unseen else set()
        self.formulas[self._sheet] = Formulas()
        self._columns = 0

    def _column(self, attributes) -> None:
        first = self._columns
        self._columns += _times(attributes.value("table:number-columns-repeated"))
        if attributes.value("table:visibility") in _UNSHOWN:
            self.formulas[self._sheet].hidden_columns.update(range(first, min(self._columns, MOST_COLUMNS)))

    def _repeated_row(self, document: XmlStream) -> Iterator[Tuple[str, List[str]]]:
        attributes, first = document.reader.attributes(), self._number + 1
        unshown = attributes.value("table:visibility") in _UNSHOWN
        times = _times(attributes.value("table:number-rows-repeated"))
        row = self._row(document)
        given = self._repeats(row, times)
        self._given += given
        if unshown and row:
            self.formulas[self._sheet].hidden_rows.extend(range(first, first + times))
        yield from ((self._sheet, row) for _ in range(given))

    def _repeats(self, row: List[str], times: int) -> int:
        self._number += times
        if not row:
            return min(times, MOST_BLANK_ROWS)
        self._cells += times * len(row)
        if self._cells > MOST_CELLS:
            raise DataError(
                f"{self._sheet}: rows are repeated to more than {MOST_CELLS:,} cells; the sheet is refused."
            )
        return times

    def _row(self, document: XmlStream) -> List[str]:
        reader = document.reader
        row: List[str] = []
        place = 0
        for token in document:
            if token == START:
                if reader.name() in ("table-cell", "covered-table-cell"):
                    attributes = reader.attributes()
                    times = _times(attributes.value("table:number-columns-repeated"))
                    formula = attributes.value("table:formula")
                    value = _value(attributes)
                    text = _paragraphs(document)
                    value = text if value is None else value
                    span = _times(attributes.value("table:number-rows-spanned"))
                    if span > 1:
                        self.formulas[self._sheet].merged.append((self._given, place, self._given + span - 1, place))
                    if formula:
                        self.formulas[self._sheet].add(place, f"{letters_of(place)}{self._number + 1}", formula)
                    if value:
                        if place + times > MOST_COLUMNS:
                            raise DataError(
                                f"{self._sheet}: row {self._number + 1:,} fills over {MOST_COLUMNS:,} columns."
                            )
                        row.extend([""] * (place - len(row)))
                        row.extend([value] * times)
                    place += times
            elif token == END and reader.name() == "table-row":
                break
        return row


def _times(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _value(attributes):
    """The value as stored, where the shown text is rounded, with a per cent as shown (32%); None for texts."""
    kind = attributes.value("office:value-type")
    name = _VALUES.get(str(kind))
    if not name or not attributes.hasAttribute(name):
        return None
    value = str(attributes.value(name))
    return as_percent(value) if kind == "percentage" else value


def _paragraphs(document: XmlStream) -> str:
    """The text of a cell, paragraphs parted by line breaks; comments are left out. Reads to the cell's end."""
    reader = document.reader
    lines: List[str] = []
    depth, note = 1, 0
    for token in document:
        if token == START:
            depth += 1
            kind = reader.name()
            if kind == "annotation":
                note = note or depth
            elif kind == "p" and not note:
                lines.append("")
            elif kind == "s" and lines and not note:
                lines[-1] += " " * min(_times(reader.attributes().value("text:c")), 100)
        elif token == TEXT:
            if lines and not note:
                lines[-1] += reader.text()
        else:
            if note == depth:
                note = 0
            depth -= 1
            if depth == 0:
                break
    return "\n".join(lines)


def letters_of(place: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
