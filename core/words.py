"""Numbers in words, alike in legends, map tips and reports."""

from __future__ import annotations

from typing import Optional, Sequence

MISSING = "–"
# Number and sign stay on one line.
PERCENT = "\u00a0%"


def is_missing(number: Optional[float]) -> bool:
    """True for None and NaN."""
    return number is None or number != number


def whole(number: Optional[float]) -> str:
    """A count or rank with thousands separators; a dash where there is none."""
    return MISSING if number is None or is_missing(number) else f"{round(number):,}"


def decimal(number: Optional[float], places: int = 1) -> str:
    """A score with a fixed number of decimals; a dash where there is none."""
    return MISSING if number is None or is_missing(number) else f"{number:,.{places}f}"


def percent(share: Optional[float], places: int = 1) -> str:
    """A share from 0 to 1 as a percentage; a dash where there is none. A little is never shown as nothing."""
    if share is None or is_missing(share):
        return MISSING
    least = 10.0**-places
    if 0.0 < 100 * share < least / 2:
        return f"under {least:g}{PERCENT}"
    return f"{100 * share:,.{places}f}{PERCENT}"


def counted(number: float, singular: str, plural: str = "") -> str:
    """A count and its noun: ``1 area``, ``3,376 areas``."""
    return f"{whole(number)} {singular if round(number) == 1 else plural or singular + 's'}"


def people(number: Optional[float]) -> str:
    """People to three figures: ``5.61 million``, ``831,000``; the exact number below 10,000."""
    if number is None or is_missing(number):
        return MISSING
    if number >= 999_500:
        millions = number / 1e6
        return f"{millions:.2f} million" if millions < 10 else f"{millions:.1f} million"
    if number >= 10_000:
        return f"{round(number / 1000) * 1000:,}"
    return whole(number)


def listed(items: Sequence[str]) -> str:
    """A list as a sentence has it: ``a, b and c``."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def ordinal(number: float) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``, ``11th``."""
    place = round(number)
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"


def figure(value: Optional[float], share: bool = False) -> str:
    """A value with the three or so digits that count, a share as per cent; a dash where there is none."""
    if share or value is None or is_missing(value):
        return percent(value)
    return decimal(value, 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2)
