"""Figures as they are printed, read as numbers: separators, units, footnote marks and suppression marks."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Dict, Iterable, Mapping, Optional, Sequence, Set

import numpy as np

from ...arrays import Array
from .patterns import WORDS, patterns

MARKS = frozenset(WORDS["numbers"]["marks"])
_RE = patterns("numbers")
# What programs write where they have no number: the ends of their integers and floats.
_ENDS = (-32768.0, -2147483648.0, -9223372036854775808.0, 2147483647.0)
# 9, 99, 999, ..., and eights and sevens; and how much larger than all others they must be to be doubted.
_REPEATED = frozenset(float(digit * times) for digit in "789" for times in range(1, 16))
_FAR = 5
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2212": "-", "\ufeff": " "})


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers: float64 with NaN for gaps, and how often each mark or unreadable text stood there.

    ``bands`` are those of the marks that tell a range ('1 to 4'); ``percents`` is how many figures other than 0 are
    printed with a per cent sign, ``plain`` how many are printed without.
    """

    values: Array
    blank: int
    marks: Mapping[str, int]
    unreadable: Mapping[str, int]
    flagged: Mapping[str, int]
    percent: bool = False
    currency: bool = False
    bands: Mapping[str, int] = field(default_factory=dict)
    percents: int = 0
    plain: int = 0

    @property
    def count(self) -> int:
        """How many cells hold a number."""
        return int(np.count_nonzero(~np.isnan(self.values)))

    @property
    def others(self) -> Dict[str, int]:
        """The filled cells that are neither a number nor a plain mark, and how often each stands there."""
        return {**self.unreadable, **self.bands}

    @property
    def is_numeric(self) -> bool:
        """Whether this is a column of figures: some number, and few cells that are neither a number nor a mark.

        Few is one in ten; or one in three where they are up to three texts that recur, as marks do. Bands count as
        marks where they are two at most, or no more cells than numbers are: else they are classes, such as ages.
        """
        others, bands = sum(self.unreadable.values()), sum(self.bands.values())
        recur = len(self.unreadable) <= 3 and others >= 2 * len(self.unreadable) and 2 * others <= self.count
        return self.count > 0 and (10 * others <= self.count or recur) and (len(self.bands) <= 2 or bands <= self.count)


def tidy(cell: str) -> str:
    """The cell without blanks around it; odd blanks and minus signs made plain."""
    return cell.translate(_SPACES).strip()


def as_percent(value: str) -> str:
    """A stored fraction as a spreadsheet shows it, with all its digits: '0.345' is '34.5%'; other texts unchanged."""
    fraction = float(value) if _RE["plain"].match(value) else math.nan
    return f"{Decimal(repr(fraction)).scaleb(2):f}%" if math.isfinite(fraction) else value


def is_mark(cell: str) -> bool:
    """Whether a tidied cell is a suppression mark: '..', '[x]', 'c', 'n/a', '<5', ..."""
    text = cell.lower()
    if text[:1] in "([" and text[-1:] in ")]":
        text = text[1:-1].strip()
        return text in MARKS or (text.isalpha() and len(text) <= 3)
    return text in MARKS or bool(_RE["below"].match(text))


def is_band(cell: str) -> bool:
    """Whether a tidied cell tells a range of figures in place of one: '1 to 4', '[1-7]', '<5', '95+'."""
    text = cell[1:-1].strip() if cell[:1] in "([" and cell[-1:] in ")]" else cell
    found = _RE["band"].match(text)
    if found is None or found.group(1) is None:
        return found is not None
    low, high = (float(_RE["percent"].sub("", end).replace(",", "").strip()) for end in found.groups())
    return low < high


def number(cell: str) -> Optional[float]:
    """The number that a tidied cell shows, marks behind it aside; None if it shows none.

    Thousands may be parted by commas, blanks or apostrophes, in whole groups of three alone; a dot in the middle
    of the line is a decimal point. '45 %' is 45, as printed. Infinities and words such as 'nan' are no numbers.
    """
    cell = _RE["middle_dot"].sub(".", cell)
    if _RE["plain"].match(cell):
        value = float(cell)
        return value if math.isfinite(value) else None
    text = _RE["currency"].sub(r"\1", _RE["percent"].sub("", cell.rstrip(",; ")))
    text = _RE["percent"].sub("", _RE["trailing_mark"].sub("", text)).rstrip()
    if _RE["plain"].match(text):
        value = float(text)
        return value if math.isfinite(value) else None
    if _RE["grouped"].match(text):
        return float(re.sub("[, '\u2019]", "", text))
    return None


def read(cells: Sequence[str]) -> Numbers:
    """Read a column; each different text is looked at once.

    Blank cells, marks and texts that are no number become NaN and are counted apart.
    """
    known: Dict[str, float] = {}
    times = Counter(cells)
    blank, currency, percents, plain = 0, False, 0, 0
    marks: Dict[str, int] = Counter()
    bands: Dict[str, int] = Counter()
    unreadable: Dict[str, int] = Counter()
    flagged: Dict[str, int] = Counter()
    for cell, count in times.items():
        text = tidy(cell)
        value = number(text) if text else None
        known[cell] = math.nan if value is None else value
        if value is not None:
            signed = "%" in text or bool(_RE["percent"].search(text))
            percents += count * (signed and value != 0)
            plain += count * (not signed and value != 0)
            currency = currency or bool(_RE["currency"].match(text))
            mark = _RE["trailing_mark"].search(text)
            if mark is not None and not _RE["plain"].match(text):
                flagged[mark.group().strip()] += count
        elif not text.strip(",; '\""):
            blank += count
        elif is_mark(text.rstrip(",; ") or text):
            marks[text] += count
        elif is_band(text):
            marks[text] += count
            bands[text] += count
        else:
            unreadable[text] += count
    values = np.fromiter((known[cell] for cell in cells), dtype=float, count=len(cells))
    counts = (dict(marks), dict(unreadable), dict(flagged), percents > 0, currency, dict(bands), percents, plain)
    return Numbers(values, blank, *counts)


def sentinels(values: Array) -> Dict[float, bool]:
    """Numbers that stand for no figure, such as -9999: value -> whether that is certain enough to leave it empty.

    Certain: what programs write for nothing (the ends of their ranges); nines, eights or sevens below zero (-9, -99,
    -999, ...) that recur, or have three digits or more, where no other figure is below zero or none is a tenth as
    far; and what stands one or two above such a mark (-98, -97). To be looked at: any other one whole number below
    zero, or one below -9, that recurs where all others are 0 or more; two or three whole ones that do; and nines, or
    nines and the like beside each other, far above all others that recur.
    """
    known = values[~np.isnan(values)]
    ends = {float(value): True for value in np.unique(known[np.isin(known, _ENDS) | (np.abs(known) >= 1e20)])}
    found = dict(ends)
    rest = known[~np.isin(known, list(ends))]
    below = Counter(rest[rest < 0].tolist())
    repeated = _marks([-value for value in below])
    own = [-value for value in below if -value not in repeated]
    beyond = [-value for value in sorted(repeated, reverse=True) if value > 10 * max(own, default=0.0)]
    if any(below[value] > 1 or -value > 100 for value in beyond):
        found.update(dict.fromkeys(beyond, True))
    whole = all(value.is_integer() for value in below)
    few = len(below) <= 3 and not set(below) & set(found) and (whole or (len(below) == 1 and min(below) < -9))
    if few and min(below.values(), default=0) > 1 and bool(np.any(rest >= 0)):
        found.update(dict.fromkeys(sorted(below), False))
    above = Counter(rest[rest > 0].tolist())
    top = {value for value in _marks(above) if value >= 775 and above[value] > 1}
    if top and min(top) > _FAR * max(set(above) - top, default=math.inf):
        found.update(dict.fromkeys(sorted(top), False))
    return found


def _marks(values: Iterable[float]) -> Set[float]:
    """9, 88, 777, ...: what surveys write for 'missing', 'refused' and the like; of 99 also 98 and 97 beside it."""
    marks = set(values) & _REPEATED
    return marks | {mark - step for mark in marks if mark >= 77 for step in (1, 2)} & set(values)
