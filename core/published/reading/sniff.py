"""Text files as rows: their encoding and separator are found out from the bytes themselves."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from itertools import chain, islice
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from ...errors import DataError
from .codes import code_of
from .grid import Grid, collect
from .numbers import number, tidy

SEPARATORS = (",", ";", "\t", "|", "\u00ac", "^", "~", "\x1f")
MOST_BYTES = 2 * 1024**3
LONGEST_FIELD = 1 << 20
_SAMPLE = 1 << 17
_SAMPLE_ROWS = 300
# A line of its own behind the text: it stands inside a field only if a quotation mark was never closed.
_END = "\x1e"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(data: bytes) -> str:
    """utf-8 (with or without its mark), utf-16 or utf-32 by their marks or zero bytes, else Windows-1252 or Latin-1."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    start = data[:2000]
    if len(start) >= 4 and start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def decode(data: bytes, name: str, encoding: Optional[str] = None) -> Tuple[str, str]:
    """The text of a file and its encoding; DataError where bytes are no text (zero bytes), or the encoding is wrong."""
    encoding = encoding or encoding_of(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise DataError(f"{name}: cannot be read as {encoding} ({error}).") from error
    if "\x00" in text[:_SAMPLE]:
        raise DataError(f"{name}: is no text file; give a CSV, TSV, XLSX, ODS, or a zip of CSV files.")
    if text[:200].lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype html", "<html", "<table", "<head")):
        raise DataError(
            f"{name}: is a web page (HTML), not a table; download the table itself, or open the page in a spreadsheet "
            "program and save it as CSV or XLSX."
        )
    return text, encoding


def separator_of(sample: str) -> Tuple[str, bool]:
    """The separator, and whether double quotes enclose fields: the choice that shows the most codes and numbers.

    A line that names its separator ('sep=;') is believed. Rows of equal length count as well, so that a comma
    inside names does not win over the semicolon that parts the columns.
    """
    first = sample[:10].partition("\n")[0].strip().strip('"')
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], True
    ranked: List[Tuple[float, int, str, bool]] = []
    for order, separator in enumerate(SEPARATORS):
        if separator in sample:
            enclosed, plain = (_score(_sample_rows(sample, separator, quoted)) for quoted in (True, False))
            # Quotation marks mean enclosed fields, unless reading them so makes much less of the file.
            quoted = enclosed >= 0.5 * plain
            ranked.append((enclosed if quoted else plain, -order, separator, quoted))
    if not ranked:
        return ",", True
    _, _, separator, quoted = max(ranked)
    return separator, quoted


def _sample_rows(sample: str, separator: str, quoted: bool) -> List[List[str]]:
    try:
        return list(islice(_reader(io.StringIO(sample, newline=""), separator, quoted), _SAMPLE_ROWS))
    except csv.Error:
        return []


def _score(rows: Sequence[Sequence[str]]) -> float:
    """Codes and numbers a row, and how alike the rows are in length; 0 for one column."""
    rows = [row for row in rows if any(row)]
    widths = [len(row) for row in rows]
    if not rows or max(widths) < 2:
        return 0.0
    usual = max(set(widths), key=lambda size: (widths.count(size), size))
    recognised = sum(1 for row in rows for cell in row if cell and _is_recognised(cell))
    filled = sum(1 for row in rows for cell in row if 0 < len(cell) < 200)
    alike = widths.count(usual) / len(widths)
    return (
        (recognised / len(rows) + 0.2 * filled / len(rows)) * (0.3 + 0.7 * alike)
        if usual > 1
        else 0.1 * recognised / len(rows)
    )


def _is_recognised(cell: str) -> bool:
    """Whether a cell is a number, also one with a decimal comma, or a code, with no other separator left in it."""
    text = tidy(cell)
    if any(separator in text for separator in SEPARATORS[1:4]):
        return False
    return number(text) is not None or number(text.replace(",", ".")) is not None or bool(code_of(cell))


def _reader(lines: Iterable[str], separator: str, quoted: bool) -> Any:
    return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)


def read_text(
    data: bytes,
    name: str,
    *,
    encoding: Optional[str] = None,
    separator: Optional[str] = None,
    most_rows: Optional[int] = None,
) -> Grid:
    """A text file as a grid; DataError if it is no text, too large, or holds a field without an end.

    ``encoding`` and ``separator`` settle by hand what is guessed otherwise; ``most_rows`` reads only the first.
    """
    if len(data) > MOST_BYTES:
        raise DataError(f"{name}: {len(data) / 1e9:.1f} GB is more than can be read; keep the columns that are needed.")
    text, encoding = decode(data, name, encoding)
    found, quoted = separator_of(text[:_SAMPLE])
    separator = found if separator is None else "\t" if separator in ("\\t", "tab") else separator
    if len(separator) != 1:
        raise DataError(f"SEPARATOR: '{separator}' must be one character, or 'tab'.")
    previous = csv.field_size_limit(LONGEST_FIELD)
    try:
        rows = _rows(text, separator, quoted, name, most_rows)
    finally:
        csv.field_size_limit(previous)
    words = {"\t": "tab", "\x1f": "unit separator"}
    return Grid(name, rows, facts={"encoding": encoding, "separator": words.get(separator, separator)})


def _rows(text: str, separator: str, quoted: bool, name: str, most_rows: Optional[int]) -> List[Sequence[str]]:
    """The rows; where a quotation mark is never closed, it is a plain character if more rows come out whole so."""
    rows, closed = _collected(text, separator, quoted, name, most_rows)
    if closed:
        return rows
    plain, _ = _collected(text, separator, False, name, most_rows)
    # Whole are rows of as many cells as most have; rows of one cell do not count.
    whole = [Counter(len(row) for row in part if len(row) > 1).most_common(1) for part in (plain, rows)]
    return plain if whole[0] and (not whole[1] or whole[0][0][1] > whole[1][0][1]) else rows


def _collected(
    text: str, separator: str, quoted: bool, name: str, most_rows: Optional[int]
) -> Tuple[List[Sequence[str]], bool]:
    """The rows, and whether the end of the text was met outside of quotation marks."""
    lines = chain(io.StringIO(text, newline=""), [_END])
    reader = _reader(lines, separator, quoted)
    try:
        rows = collect(name, reader if most_rows is None else islice(reader, most_rows))
    except csv.Error as error:
        if quoted:
            return [], False
        raise DataError(f"{name}: line {reader.line_num}: {error}.") from error
    if rows and list(rows[-1]) == [_END]:
        return rows[:-1], True
    return rows, most_rows is not None and len(rows) == most_rows
