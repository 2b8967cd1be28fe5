"""Periods as publishers print them, made comparable: years, spans, quarters, months, 'year ending March 2024'."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from .numbers import tidy
from .patterns import patterns

Day = Tuple[int, int, int]
Span = Optional[Tuple[Day, Day]]
# The last day, the first day, and the place of a term or season within.
Key = Tuple[Day, Day, int]

_RE, _FORMS = patterns("periods"), patterns("period_forms").values()
_LAST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SEASONS = {False: ("spring", "summer", "autumn", "winter"), True: ("autumn", "winter", "spring", "summer")}


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 70 else 1900 + int(text)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _NAMES.index(text[:3]) + 1


def _months(first_year: int, first: int, last_year: int, last: int) -> Span:
    return ((first_year, first, 1), (last_year, last, _LAST[last - 1])) if 1 <= last <= 12 else None


def _one_day(year: int, month: int, day: int) -> Span:
    known = 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
    return ((year, month, day), (year, month, day)) if known else None


def _part_of_year(kind: str, number: int, year: int, opening: int) -> Span:
    """A quarter or half of the year that opens with a month: 4 for financial years."""
    length = {"q": 3, "h": 6}[kind[0]]
    first = opening + length * (number - 1)
    last = first + length - 1
    return _months(year + (first > 12), (first - 1) % 12 + 1, year + (last > 12), (last - 1) % 12 + 1)


def _years(start: int, until: str) -> Span:
    """2020/21 ends in March 2021; 2015-19 and 2015 to 2019 are whole years."""
    end = int(until) if len(until) == 4 else 100 * (start // 100) + int(until)
    end += 100 if end < start and len(until) == 2 and start % 100 == 99 else 0
    if end <= start or (len(until) == 2 and end - start > 20):
        return None
    return _months(start, 4, end, 3) if end == start + 1 else _months(start, 1, end, 12)


def _read(found: Mapping[str, str]) -> Span:
    """The span that the named parts of a form tell; None where there is no such month or day."""
    year = _year(found["year"])
    if "week" in found:
        first = date(year, 1, 1) + timedelta(weeks=min(max(int(found["week"]), 1), 53) - 1)
        return _one_day(first.year, first.month, first.day)
    if "part" in found:
        return _part_of_year(found["part"], int(found["number"]), year, 4 if "span" in found else 1)
    if "ending" in found:
        return _months(year - 1, 4, year, 3)
    if "next" in found:
        return _years(year, found["next"]) if int(found["next"]) == year % 100 + 1 else None
    if "until" in found:
        return _years(year, found["until"])
    if "month" not in found:
        return _months(year, 1, year, 12)
    month = _month(found["month"])
    if "day" in found:
        return _one_day(year, *sorted((month, int(found["day"]))) if month > 12 else (month, int(found["day"])))
    if "on" in found:
        return _one_day(year, month, int(found["on"]))
    opening = _month(found.get("first", found["month"]))
    return _months(year - (opening > month), opening, year, month)


def _points(text: str, months: bool) -> Tuple[List[Tuple[Day, Day]], str]:
    """All periods in a text, and the rest of it."""
    found: List[Tuple[Day, Day]] = []
    compact = _RE["compact"].match(text)
    if compact:
        # 2010-11 and 201011 are a span of years, or a month where other cells of the column say so.
        roles = ("month", "until") if months or not _next_year(compact) else ("until",)
        spans = [_read({"year": compact["year"], role: compact["next"]}) for role in roles]
        found = [span for span in spans if span][:1]
        if found:
            return found, ""
    for pattern in _FORMS:
        match = pattern.search(text)
        while match is not None:
            span = _read(match.groupdict())
            if span is None:
                match = pattern.search(text, match.start() + 1)
                continue
            found.append(span)
            text = f"{text[: match.start()]} ; {text[match.end() :]}"
            match = pattern.search(text)
    return found, text


def _plain(text: str) -> str:
    plain = " ".join(re.sub("[\u2010-\u2015]", "-", tidy(text)).lower().replace("_", " ").split())
    return _RE["one_digit"].sub(r"\g<1>0\2", plain)


def _next_year(compact: re.Match[str]) -> bool:
    return int(compact[2]) == (int(compact[1]) + 1) % 100


def _key(plain: str, months: bool, whole: bool) -> Optional[Key]:
    points, rest = _points(plain, months)
    if not points or (whole and _RE["words"].sub("", rest)):
        return None
    first, last = min(point[0] for point in points), max(point[1] for point in points)
    seasons = _SEASONS[first[0] != last[0]]
    return last, first, next((place for place, season in enumerate(seasons, 1) if season in plain), 0)


def latest(text: str) -> Optional[Key]:
    """When the latest period that a text tells ends, for comparison; None where it tells none."""
    return _key(_plain(text), False, False)


def without(text: str) -> str:
    """The text without its periods: what sheets or columns of several years have in common."""
    return " ".join(_RE["words"].sub(" ", _points(_plain(text), False)[1]).split())


def order(cells: Sequence[str], whole: bool = True) -> Optional[Dict[str, Key]]:
    """The different cells of a column with what they are sorted by in time; None if one of them tells no period.

    ``whole``: a cell may hold nothing besides its period. Cells such as 2010-11 are months if any of the column, such
    as 2010-09, can be nothing else; 01/03/2024 is the 3rd of January if any, such as 01/15/2024, must be.
    """
    different = {cell: _plain(cell) for cell in dict.fromkeys(cells) if cell}
    compact = [match for match in map(_RE["compact"].match, different.values()) if match]
    months = all(1 <= int(match[2]) <= 12 for match in compact) and not all(map(_next_year, compact))
    dates = [match for match in map(_RE["slashed"].match, different.values()) if match]
    if any(int(match[2]) > 12 for match in dates) and all(int(match[1]) <= 12 for match in dates):
        different = {cell: _RE["slashed"].sub(r"\2/\1/", text) for cell, text in different.items()}
    keys = {cell: _key(text, months, whole) for cell, text in different.items()}
    return {cell: key for cell, key in keys.items() if key} if all(keys.values()) else None


def from_serials(cells: Sequence[str]) -> List[str]:
    """Dates that a spreadsheet stored as days since the end of 1899, as 2024-03-31; other columns as they are."""
    different = {cell for cell in set(cells) if cell}
    if not different or not all(_RE["serial"].match(cell) for cell in different):
        return list(cells)
    shown = {cell: (date(1899, 12, 30) + timedelta(days=int(float(cell)))).isoformat() for cell in different}
    return [shown.get(cell, cell) for cell in cells]
