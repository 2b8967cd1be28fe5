"""The cells of an .xlsx sheet: rows of plain values are split by a pattern, all others go through the XML reader."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Callable, Dict, FrozenSet, Iterator, List, Optional, Sequence, Set, Tuple

from ...core.errors import DataError
from ...core.published.reading.archive import BROKEN
from ...core.published.reading.grid import MOST_COLUMNS, place_of
from ...core.published.reading.numbers import as_percent
from .xml_reader import END, START, TEXT, XmlStream

MOST_BLANK_ROWS = 100
LAST_ROW = 1_048_576
_BLOCK = 1 << 18
_LONGEST_ROW = 1 << 24
# What spreadsheet programs write for a number, a shared text or a blank; whatever else a row holds, such as a
# formula, an entity or a comment, leaves a '<' that this does not account for.
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([A-Za-z]+)")?\s?'
    r'(?:/>|><v>([^<&]+)</v></c>|><is><t(?: xml:space="preserve")?>([^<&]+)</t></is></c>)'
)
_ROW = re.compile(r"\s*<row\b([^<>]*?)(/?)>")
_TRUE = ("1", "true")
_HIDDEN = re.compile(r'\bhidden="(?:1|true)"')
_COLUMN = re.compile(r"<col\b[^<>]*>")
_ATTRIBUTE = re.compile(r'\b([a-z]+)="(\w{1,5})"')
_SHOWN = ("hidden", "min", "max")
_NUMBER = re.compile(r'\br="([0-9]+)"')
# What follows the last row with cells: blank rows, and the end of them all.
_LAST = re.compile(r"\s*(?:<row\b[^<>]*/>\s*)*</sheetData")
_START = re.compile(r"<sheetData\s*>")
_MERGED = re.compile(r'<mergeCell\b[^<>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_SPAN = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})\Z")
MOST_MERGED = 500_000
# How many '<' a cell has that holds nothing, a value, or a text of its own.
_BLANK, _VALUE, _TEXT = 1, 4, 6


@dataclass
class Formulas:
    """Where formulas stand: the first cell of each column, and the columns that look into other workbooks.

    ``merged`` are the cells that are one, as (top, left, bottom, right) from 0; rows (as numbered in the sheet) and
    columns (from 0) that a program does not show are ``hidden_rows`` and ``hidden_columns``.
    """

    first: Dict[int, str] = field(default_factory=dict)
    linked: Set[int] = field(default_factory=set)
    merged: List[Tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: List[int] = field(default_factory=list)
    hidden_columns: Set[int] = field(default_factory=set)

    def add(self, column: int, reference: str, text: str) -> None:
        """Note a formula."""
        self.first.setdefault(column, reference)
        if re.search(r"\[\d+\]|\[[^\]]+\.xls|file:|https?:", text, re.IGNORECASE):
            self.linked.add(column)


class Cells:
    """The rows of one sheet as they are put together from cells."""

    def __init__(
        self,
        sheet: str,
        texts: Sequence[str],
        dates: FrozenSet[int],
        percents: FrozenSet[int],
        epoch: datetime,
        formulas: Formulas,
    ) -> None:
        self.sheet, self._texts, self._epoch, self.formulas = sheet, texts, epoch, formulas
        self._dates, self._percents = ({str(style) for style in styles} for styles in (dates, percents))
        self._columns: Dict[str, Optional[int]] = {}
        self._number = 0
        self._dropped: List[Tuple[int, int]] = [(0, 0)]
        self.row: List[str] = []

    def begin(self, given: str) -> int:
        """Start a row; gives how many blank rows stand before it."""
        self.row = []
        before, self._number = self._number, int(given) if given.isdigit() else self._number + 1
        if self._number > LAST_ROW or self._number <= before:
            raise DataError(f"{self.sheet}: row {given} after row {before:,}; the sheet is broken or absurdly long.")
        blank = self._number - before - 1
        if blank > MOST_BLANK_ROWS:
            self._dropped.append((self._number, self._dropped[-1][1] + blank - MOST_BLANK_ROWS))
        return min(blank, MOST_BLANK_ROWS)

    def merge(self, span: str) -> None:
        """Note cells that are one, such as A3:A5, by the places that their rows have without the blank ones dropped."""
        match = _SPAN.match(span)
        if match is None or len(self.formulas.merged) >= MOST_MERGED:
            return
        left, top, right, bottom = match.groups()
        rows = [
            int(row) - 1 - next(dropped for since, dropped in reversed(self._dropped) if since <= int(row))
            for row in (top, bottom)
        ]
        columns = [place_of(letters) or 0 for letters in (left, right)]
        self.formulas.merged.append((rows[0], columns[0], rows[1], columns[1]))

    def end(self, hidden: bool) -> List[str]:
        """The row, noted where it is filled and not shown."""
        if hidden and self.row:
            self.formulas.hidden_rows.append(self._number)
        return self.row

    def note_columns(self, hidden: str, first: str, last: str) -> None:
        """Note columns, counted from 1, where they are not shown."""
        if hidden in _TRUE and first.isdigit() and last.isdigit():
            self.formulas.hidden_columns.update(range(int(first) - 1, min(int(last), MOST_COLUMNS)))

    def add(self, letters: str, style: str, kind: str, value: str) -> None:
        """Put a value in its column: a number as written (as shown where that is per cent: 0.32 is 32%), a shared
        text, a truth value, or a date as 2024-03-31."""
        if kind == "s":
            value = self._shared(value, letters)
        elif kind == "b":
            value = {"1": "TRUE", "0": "FALSE"}.get(value, value)
        elif style in self._dates and kind in ("", "n"):
            value = _as_date(value, self._epoch)
        elif style in self._percents and kind in ("", "n"):
            value = as_percent(value)
        row, column = self.row, self.column(letters)
        if column != len(row):
            if column >= MOST_COLUMNS:
                raise DataError(f"{self.sheet}: column {letters} is filled; at most {MOST_COLUMNS:,} columns are read.")
            row.extend([""] * (column - len(row)))
            del row[column:]
        row.append(value)

    def column(self, letters: str) -> int:
        """The position of a column; the next free one where a cell has no address."""
        if letters not in self._columns:
            self._columns[letters] = place_of(letters)
        position = self._columns[letters]
        return len(self.row) if position is None else position

    def address(self, letters: str) -> str:
        """The cell's address in words."""
        return f"{letters}{self._number}"

    def _shared(self, value: str, letters: str) -> str:
        place = int(value) if value.isdigit() and len(value) < 10 else -1
        if not 0 <= place < len(self._texts):
            raise DataError(
                f"{self.sheet}: cell {self.address(letters)} refers to a text that is not there; the file is broken."
            )
        return self._texts[place]


def read_sheet(open_stream: Callable[[], IO[bytes]], cells: Cells, check: Callable[[], None]) -> Iterator[List[str]]:
    """The rows of a sheet, '' for empty cells; at most 100 blank rows are kept in a run.

    A sheet that does not begin as all programs write it (a prefix before its names, a DTD, another encoding) is
    read through the XML reader from its start.
    """
    with open_stream() as stream:
        buffer = _text(stream, cells, check)
        begin = _START.search(buffer)
        usual = begin is not None and "<!" not in buffer[: begin.start()]
        if begin is not None and usual:
            for column in _COLUMN.findall(buffer[: begin.start()]):
                cells.note_columns(*map(dict(_ATTRIBUTE.findall(column)).get, _SHOWN, ("", "", "")))
            yield from _usual_rows(buffer[begin.end() :], stream, cells, check)
    if not usual:
        with open_stream() as stream:
            yield from _any_rows(XmlStream(stream, cells.sheet, check), cells)


def _text(stream: IO[bytes], cells: Cells, check: Callable[[], None]) -> str:
    """The next block as text, cut where a character ends; odd bytes become what no pattern fits."""
    check()
    try:
        block = stream.read(_BLOCK)
        while block and block[-1] >= 0x80:
            more = stream.read(1)
            if not more:
                break
            block += more
    except BROKEN as error:
        raise DataError(f"{cells.sheet}: cannot be unfolded ({error}).") from error
    return block.decode("utf-8", errors="replace")


def _usual_rows(buffer: str, stream: IO[bytes], cells: Cells, check: Callable[[], None]) -> Iterator[List[str]]:
    while True:
        *rows, buffer = buffer.split("</row>")
        for row in rows:
            yield from _row(row, cells)
        if _LAST.match(buffer):
            _read_merged(buffer, stream, cells, check)
            return
        following = _text(stream, cells, check)
        if not following:
            raise DataError(f"{cells.sheet}: ends in the middle; the file is cut off.")
        if len(buffer) > _LONGEST_ROW:
            raise DataError(f"{cells.sheet}: a row is longer than {_LONGEST_ROW:,} characters; the sheet is refused.")
        buffer += following


def _read_merged(buffer: str, stream: IO[bytes], cells: Cells, check: Callable[[], None]) -> None:
    """Which cells are merged, of what follows the rows."""
    while buffer:
        end = 0
        for found in _MERGED.finditer(buffer):
            cells.merge(found.group(1))
            end = found.end()
        if "</mergeCells" in buffer:
            return
        following = _text(stream, cells, check)
        buffer = buffer[max(end, len(buffer) - 200) :] + following if following else ""


def _row(text: str, cells: Cells) -> Iterator[List[str]]:
    """A row without its end tag, with the blank rows before it."""
    found = _ROW.match(text)
    while found is not None and found.group(2):
        yield from ([] for _ in range(cells.begin(_number(found)) + 1))
        text = text[found.end() :]
        found = _ROW.match(text)
    if found is None:
        if text.strip():
            raise DataError(f"{cells.sheet}: '{text.strip()[:40]}' stands where a row should; the sheet is broken.")
        return
    values = _CELL.findall(text, found.end())
    tags = sum(_VALUE if value[3] else _TEXT if value[4] else _BLANK for value in values)
    if tags != text.count("<", found.end()):
        fragment = io.BytesIO(f"<sheetData>{text}</row></sheetData>".encode())
        yield from _any_rows(XmlStream(fragment, cells.sheet, namespaces=False), cells)
        return
    yield from ([] for _ in range(cells.begin(_number(found))))
    for letters, style, kind, value, text_of_its_own in values:
        if value or text_of_its_own:
            cells.add(letters, style, kind, value or text_of_its_own)
    yield cells.end(bool(_HIDDEN.search(found.group(1))))


def _number(row: re.Match) -> str:
    number = _NUMBER.search(row.group(1))
    return number.group(1) if number else ""


def _any_rows(document: XmlStream, cells: Cells) -> Iterator[List[str]]:
    """Rows through the XML reader."""
    reader, hidden = document.reader, False
    for token in document:
        kind = "" if token == TEXT else reader.name()
        if token == END and kind == "row":
            yield cells.end(hidden)
        elif token == START and kind == "col":
            cells.note_columns(*map(reader.attributes().value, _SHOWN))
        elif token == START and kind == "row":
            hidden = reader.attributes().value("hidden") in _TRUE
            yield from ([] for _ in range(cells.begin(reader.attributes().value("r"))))
        elif token == START and kind == "c":
            _read_cell(document, cells)
        elif token == START and kind == "mergeCell":
            cells.merge(reader.attributes().value("ref"))


def _read_cell(document: XmlStream, cells: Cells) -> None:
    """A cell up to its end: its value or text is put in its column, its formula noted, a phonetic guide passed over."""
    attributes = document.reader.attributes()
    letters, depth, text = attributes.value("r").rstrip("0123456789"), 1, ""
    while depth:
        token = document.next()
        depth += {START: 1, END: -1, TEXT: 0}[token]
        kind = document.reader.name() if token == START else ""
        if kind in ("v", "t", "f", "rPh"):
            told, depth = document.text(), depth - 1
            if kind == "f":
                cells.formulas.add(cells.column(letters), cells.address(letters), told)
            elif kind != "rPh":
                text += told
    if text:
        cells.add(letters, attributes.value("s"), attributes.value("t"), text)


def _as_date(value: str, epoch: datetime) -> str:
    try:
        moment = epoch + timedelta(days=float(value))
    except (ValueError, OverflowError):
        return value
    return (
        moment.strftime("%Y-%m-%d")
        if moment.hour == moment.minute == moment.second == 0
        else moment.strftime("%Y-%m-%d %H:%M")
    )
