"""Figures as they are printed, read as numbers: separators, units, footnote marks and suppression marks."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Sequence

import numpy as np

# What publishers put where a figure is withheld, not available or does not apply; also inside [ ] or ( ).
MARKS = frozenset(
    ". .. ... … : :: - -- – — * ** *** # ## ~ ! ? x z c u k w s n q m low na n/a n.a. n.a nan null none nd n/d supp "
    "suppressed confidential disclosive unavailable missing ne np nc nk dnsa #n/a #ref! #div/0! #value! #num! #name? "
    "#null! <na> \\n".split()
) | {"not available", "not applicable", "not known", "no data", "data suppressed", "not collected"}

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([, '])\d{3})(?:\1\d{3})*(?:\.\d+)?\Z", re.ASCII)
_BELOW = re.compile(r"(?:[<≤>≥]=?\s*\d+|(?:fewer|less) than \d+|\d+ or (?:fewer|less))\Z", re.IGNORECASE)
_CURRENCY = re.compile(r"^([+-]?)\s*[£$€]\s*")
# Marks behind a figure that leave it a figure: provisional, revised, estimated, low reliability, a footnote.
_TRAILING_MARK = re.compile(
    r"\s*(?:\[[^\[\]]{1,12}\]|\((?:[a-z]{1,2}|note \d+|\d{1,2})\)|[*†‡§^]+|(?<=\d)\s?[pre])\Z", re.IGNORECASE
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2212": "-", "\ufeff": " "})


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers: float64 with NaN for gaps, and how often each mark or unreadable text stood there."""

    values: np.ndarray
    blank: int
    marks: Mapping[str, int]
    unreadable: Mapping[str, int]
    flagged: Mapping[str, int]
    percent: bool = False
    currency: bool = False

    @property
    def count(self) -> int:
        """How many cells hold a number."""
        return int(np.count_nonzero(~np.isnan(self.values)))

    @property
    def is_numeric(self) -> bool:
        """Whether this is a column of figures: some number, and at most one text in ten that is none."""
        return self.count > 0 and 10 * sum(self.unreadable.values()) <= self.count


def tidy(cell: str) -> str:
    """The cell without blanks around it; odd blanks and minus signs made plain."""
    return cell.translate(_SPACES).strip()


def is_mark(cell: str) -> bool:
    """Whether a tidied cell is a suppression mark: '..', '[x]', 'c', 'n/a', '<5', ..."""
    text = cell.lower()
    if text[:1] in "([" and text[-1:] in ")]":
        text = text[1:-1].strip()
        return text in MARKS or (text.isalpha() and len(text) <= 3)
    return text in MARKS or bool(_BELOW.match(text))


def number(cell: str) -> Optional[float]:
    """The number that a tidied cell shows, marks behind it aside; None if it shows none.

    Thousands may be parted by commas, blanks or apostrophes, in whole groups of three alone. '45 %' is 45,
    as printed. Infinities and words such as 'nan' are no numbers.
    """
    if _PLAIN.match(cell):
        value = float(cell)
        return value if math.isfinite(value) else None
    text = _CURRENCY.sub(r"\1", cell.rstrip(",; ").rstrip("%").rstrip())
    text = _TRAILING_MARK.sub("", text).rstrip("%").rstrip()
    if _PLAIN.match(text):
        value = float(text)
        return value if math.isfinite(value) else None
    if _GROUPED.match(text):
        return float(re.sub(r"[, ']", "", text))
    return None


def read(cells: Sequence[str]) -> Numbers:
    """Read a column; each different text is looked at once.

    Blank cells, marks and texts that are no number become NaN and are counted apart.
    """
    known: Dict[str, float] = {}
    times = Counter(cells)
    blank, percent, currency = 0, False, False
    marks: Dict[str, int] = Counter()
    unreadable: Dict[str, int] = Counter()
    flagged: Dict[str, int] = Counter()
    for cell, count in times.items():
        text = tidy(cell)
        value = number(text) if text else None
        known[cell] = math.nan if value is None else value
        if value is not None:
            percent = percent or "%" in text
            currency = currency or bool(_CURRENCY.match(text))
            mark = _TRAILING_MARK.search(text)
            if mark is not None and not _PLAIN.match(text):
                flagged[mark.group().strip()] += count
        elif not text.strip(",; '\""):
            blank += count
        elif is_mark(text.rstrip(",; ") or text):
            marks[text] += count
        else:
            unreadable[text] += count
    values = np.fromiter((known[cell] for cell in cells), dtype=float, count=len(cells))
    return Numbers(values, blank, dict(marks), dict(unreadable), dict(flagged), percent, currency)
