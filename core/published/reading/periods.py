"""Periods as publishers print them, made comparable: years, spans, quarters, months, 'year ending March 2024'."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from .numbers import tidy

Day = Tuple[int, int, int]
Span = Optional[Tuple[Day, Day]]
# The last day, the first day, and the place of a term or season within.
Key = Tuple[Day, Day, int]

_LAST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_YEAR, _SHORT = r"((?:19|20)\d{2})", r"((?:19|20)?\d{2})(?!\d)"
_TIME = r"(?:[t ]+\d{1,2}:\d{2}\S*)?(?:/p\d+[a-z])?"
_PART = r"[\s,.'’/-]*"
_WORDS = re.compile(
    r"\b(?:\d+ ?months?|years?|yrs?|ending|ended|end|to|the|fye?|ye|financial|fiscal|academic|calendar|"
    r"tax|school|months?|quarters?|weeks?|terms?|spring|summer|autumn|winter|rolling|averages?|as|at|on|in|of|from|and|"
    r"mid|early|late|provisional|revised|final|census|p|r)\b|[\s,.;:()\[\]'’/*-]+"
)
_SEASONS = {False: ("spring", "summer", "autumn", "winter"), True: ("autumn", "winter", "spring", "summer")}
# Days since the end of 1899, as spreadsheets store dates, from 1982 to 2064.
_SERIAL = re.compile(r"(?:3\d{4}|4\d{4}|5\d{4})(?:\.0+)?\Z")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/")
_COMPACT = re.compile(r"((?:19|20)\d{2})[-/.]?(\d{2})\Z")


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 70 else 1900 + int(text)


def _month(text: str) -> int:
    return _NAMES.index(text[:3]) + 1


def _months(first_year: int, first: int, last_year: int, last: int) -> Tuple[Day, Day]:
    return (first_year, first, 1), (last_year, last, _LAST[last - 1])


def _one_day(year: int, month: int, day: int) -> Span:
    if not (1 <= month <= 12 and 1 <= day <= _LAST[month - 1]):
        return None
    return (year, month, day), (year, month, day)


def _day_first(first: str, second: str, year: str) -> Span:
    """31/03/2024; 03/31/2024 only where it cannot be anything else."""
    day, month = int(first), int(second)
    return _one_day(_year(year), *((day, month) if month > 12 else (month, day)))


def _month_to_month(first: str, last: str, year: str) -> Span:
    ending = _year(year)
    return _months(ending - (_month(first) > _month(last)), _month(first), ending, _month(last))


def _part_of_year(kind: str, number: str, year: int, opening: int = 1) -> Tuple[Day, Day]:
    """A quarter or half of the year that opens with a month: 4 for financial years."""
    length = {"q": 3, "h": 6}[kind[0]]
    first = opening + length * (int(number) - 1)
    last = first + length - 1
    return _months(year + (first > 12), (first - 1) % 12 + 1, year + (last > 12), (last - 1) % 12 + 1)


def _financial(first: str, last: str) -> Span:
    """2020/21 ends in March 2021; 2015-19 and 2015 to 2019 are whole years."""
    start = int(first)
    end = int(last) if len(last) == 4 else 100 * (start // 100) + int(last)
    end += 100 if end < start and len(last) == 2 and start % 100 == 99 else 0
    if end <= start or (len(last) == 2 and end - start > 20):
        return None
    return _months(start, 4, end, 3) if end == start + 1 else _months(start, 1, end, 12)


def _week(year: str, number: str) -> Span:
    first = date(int(year), 1, 1) + timedelta(weeks=min(max(int(number), 1), 53) - 1)
    return _one_day(first.year, first.month, first.day)


def _year_and_month(year: str, month: str) -> Span:
    return _months(int(year), int(month), int(year), int(month)) if 1 <= int(month) <= 12 else None


_FORMS: Tuple[Tuple[str, Callable[..., Span]], ...] = (
    (rf"{_YEAR}[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?!\d){_TIME}", lambda y, m, d: _one_day(int(y), int(m), int(d))),
    (rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.]{_SHORT}{_TIME}", _day_first),
    (
        rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{_MONTH}{_PART}{_SHORT}",
        lambda d, m, y: _one_day(_year(y), _month(m), int(d)),
    ),
    (rf"{_MONTH}\s(\d{{1,2}})(?:st|nd|rd|th)?,?\s{_YEAR}(?!\d)", lambda m, d, y: _one_day(_year(y), _month(m), int(d))),
    (rf"{_MONTH}\s*(?:-|to|/|and)\s*{_MONTH}{_PART}{_SHORT}", _month_to_month),
    (rf"{_MONTH}{_PART}{_SHORT}", lambda m, y: _months(_year(y), _month(m), _year(y), _month(m))),
    (rf"{_YEAR}{_PART}{_MONTH}", lambda y, m: _months(int(y), _month(m), int(y), _month(m))),
    (
        rf"{_YEAR}\s?[-/]\s?(?:\d{{4}}|\d{{2}}){_PART}(q|quarter|h|half)\s?([1-4])(?!\d)",
        lambda y, k, n: _part_of_year(k, n, int(y), 4),
    ),
    (
        rf"(q|quarter|h|half)\s?([1-4]){_PART}{_YEAR}\s?[-/]\s?(?:\d{{4}}|\d{{2}})(?!\d)",
        lambda k, n, y: _part_of_year(k, n, int(y), 4),
    ),
    (rf"{_YEAR}{_PART}(q|quarter|h|half)\s?([1-4])(?!\d)", lambda y, k, n: _part_of_year(k, n, int(y))),
    (rf"(q|quarter|h|half)\s?([1-4]){_PART}{_SHORT}", lambda k, n, y: _part_of_year(k, n, _year(y))),
    (rf"{_YEAR}{_PART}(?:week|wk|w)\s?(\d{{1,2}})(?!\d)", _week),
    (rf"(?:week|wk|w)\s?(\d{{1,2}}){_PART}{_YEAR}(?!\d)", lambda n, y: _week(y, n)),
    (rf"{_YEAR}\s?(?:-|/|to)\s?{_SHORT}", _financial),
    (rf"{_YEAR}[-/.]?m?(\d{{2}})(?!\d)", _year_and_month),
    (rf"{_YEAR}(\d{{2}})(?!\d)", _financial),
    (rf"{_YEAR}(?!\d)", lambda y: _months(int(y), 1, int(y), 12)),
)
_PATTERNS = [(re.compile(rf"(?<![\d.]){form}"), read) for form, read in _FORMS]


def _points(text: str, months: bool) -> Tuple[List[Tuple[Day, Day]], str]:
    """All periods in a text, and the rest of it."""
    found: List[Tuple[Day, Day]] = []
    compact = _COMPACT.match(text)
    if compact:
        # 2010-11 and 201011 are a span of years, or a month where other cells of the column say so.
        readings = (_year_and_month, _financial) if months or not _next_year(compact) else (_financial,)
        found = [span for span in (read(*compact.groups()) for read in readings) if span]
        if found:
            return found[:1], ""
    for pattern, read in _PATTERNS:
        match = pattern.search(text)
        while match is not None:
            span = read(*match.groups())
            if span is None:
                match = pattern.search(text, match.start() + 1)
                continue
            found.append(span)
            text = f"{text[: match.start()]} ; {text[match.end() :]}"
            match = pattern.search(text)
    return found, text


def _plain(text: str) -> str:
    return " ".join(re.sub("[\u2010-\u2015]", "-", tidy(text)).lower().replace("_", " ").split())


def _next_year(compact: re.Match[str]) -> bool:
    return int(compact[2]) == (int(compact[1]) + 1) % 100


def _key(plain: str, months: bool, whole: bool) -> Optional[Key]:
    points, rest = _points(plain, months)
    if not points or (whole and _WORDS.sub("", rest)):
        return None
    first, last = min(point[0] for point in points), max(point[1] for point in points)
    seasons = _SEASONS[first[0] != last[0]]
    return last, first, next((place for place, season in enumerate(seasons, 1) if season in plain), 0)


def latest(text: str) -> Optional[Key]:
    """When the latest period that a text tells ends, for comparison; None where it tells none."""
    return _key(_plain(text), False, False)


def without(text: str) -> str:
    """The text without its periods: what sheets or columns of several years have in common."""
    return " ".join(_WORDS.sub(" ", _points(_plain(text), False)[1]).split())


def order(cells: Sequence[str], whole: bool = True) -> Optional[Dict[str, Key]]:
    """The different cells of a column with what they are sorted by in time; None if one of them tells no period.

    ``whole``: a cell may hold nothing besides its period. Cells such as 2010-11 are months if any of the column, such
    as 2010-09, can be nothing else; 01/03/2024 is the 3rd of January if any, such as 01/15/2024, must be.
    """
    different = {cell: _plain(cell) for cell in dict.fromkeys(cells) if cell}
    compact = [match for match in map(_COMPACT.match, different.values()) if match]
    months = all(1 <= int(match[2]) <= 12 for match in compact) and not all(map(_next_year, compact))
    dates = [match for match in map(_SLASHED.match, different.values()) if match]
    if any(int(match[2]) > 12 for match in dates) and all(int(match[1]) <= 12 for match in dates):
        different = {cell: _SLASHED.sub(r"\2/\1/", text) for cell, text in different.items()}
    keys = {cell: _key(text, months, whole) for cell, text in different.items()}
    return {cell: key for cell, key in keys.items() if key} if all(keys.values()) else None


def from_serials(cells: Sequence[str]) -> List[str]:
    """Dates that a spreadsheet stored as days since the end of 1899, as 2024-03-31; other columns as they are."""
    different = {cell for cell in set(cells) if cell}
    if not different or not all(_SERIAL.match(cell) for cell in different):
        return list(cells)
    shown = {cell: (date(1899, 12, 30) + timedelta(days=int(float(cell)))).isoformat() for cell in different}
    return [shown.get(cell, cell) for cell in cells]
