"""Area codes: which column holds them, of which geography they are, and of which year."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Tuple

from .numbers import tidy

CODE = re.compile(r"[EWSNKLMJ]\d{8}\Z", re.ASCII)
_WITHIN = re.compile(r"(?<![A-Za-z0-9])([EWSNKLMJ]\d{8})(?![A-Za-z0-9])", re.ASCII)
ENGLISH, OTHER_COUNTRIES = "E", {"W": "Wales", "S": "Scotland", "N": "Northern Ireland"}

LEVELS: Mapping[str, str] = {
    "E00": "output area",
    "E01": "LSOA",
    "E02": "MSOA",
    "E05": "ward",
    "E06": "authority",
    "E07": "authority",
    "E08": "authority",
    "E09": "authority",
    "E10": "authority",
    "E12": "region",
    "E13": "part of London",
    "E14": "constituency",
    "E26": "national park",
    "E37": "local enterprise partnership",
    "E47": "combined authority",
    "E54": "integrated care board",
    "E92": "country",
    "K02": "United Kingdom",
    "K03": "Great Britain",
    "K04": "country",
    "E38": "sub-ICB location",
    "E11": "metropolitan county",
    "E15": "European region",
    "E61": "combined authority",
}
# From the finest to the coarsest, of those that a pack can carry.
FINENESS = ("output area", "LSOA", "MSOA", "authority")
GEOGRAPHIES: Mapping[str, Tuple[str, ...]] = {
    "output area": ("OA21", "OA11"),
    "LSOA": ("LSOA21", "LSOA11"),
    "MSOA": ("MSOA21", "MSOA11"),
    "authority": ("LTLA23", "UTLA23"),
}
# The last code of the 2011 series: a higher one was made for the census of 2021.
LAST_OF_2011 = {"E00": 176774, "E01": 33768, "E02": 6934}
COUNTS = {
    "OA21": 178605,
    "OA11": 171372,
    "LSOA21": 33755,
    "LSOA11": 32844,
    "MSOA21": 6856,
    "MSOA11": 6791,
    "LTLA23": 296,
    "UTLA23": 153,
}
_LOWER_2023 = (
    ("E06", ((1, 27), (30, 47), (49, 66))),
    ("E08", ((1, 19), (21, 37))),
    ("E09", ((1, 33),)),
    (
        "E07",
        (
            (8, 12),
            (32, 47),
            (61, 96),
            (98, 99),
            (102, 103),
            (105, 149),
            (170, 181),
            (192, 200),
            (202, 203),
            (207, 229),
            (234, 245),
        ),
    ),
)
_COUNTIES_2023 = (("E10", ((3, 3), (7, 8), (11, 20), (24, 25), (28, 32), (34, 34))),)


def _spelt_out(ranges) -> FrozenSet[str]:
    return frozenset(
        f"{entity}{number:06d}"
        for entity, spans in ranges
        for first, last in spans
        for number in range(first, last + 1)
    )


LTLA23: FrozenSet[str] = _spelt_out(_LOWER_2023)
UTLA23: FrozenSet[str] = _spelt_out(_COUNTIES_2023) | {code for code in LTLA23 if not code.startswith("E07")}


@dataclass(frozen=True)
class Vintage:
    """Which geography the codes are of, how sure that is, and what else would fit."""

    geography: Optional[str]
    matched: int
    unmatched: Tuple[str, ...]
    reason: str
    others: Tuple[str, ...] = ()


def code_of(cell: str) -> str:
    """The area code in a cell: alone, or the only one in 'E02000001 : City of London 001'; '' if there is none."""
    text = tidy(cell).strip("'\",;").upper()
    if CODE.match(text):
        return text
    if len(text) < 9:
        return ""
    found = set(_WITHIN.findall(text))
    return found.pop() if len(found) == 1 and len(text) < 120 else ""


def codes_of(cells: Sequence[str]) -> List[str]:
    """The area code of each cell, '' where there is none; each different cell is looked at once."""
    known = {cell: code_of(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def level_of(code: str) -> str:
    """The kind of area in words ('LSOA', 'region', 'Wales'), 'other area' where unknown."""
    if code[:1] in OTHER_COUNTRIES:
        return OTHER_COUNTRIES[code[:1]]
    return LEVELS.get(code[:3], "other area")


def main_level(codes: Sequence[str]) -> Optional[str]:
    """The level with the most different codes among those a pack can carry; the finer one where equal."""
    different: Dict[str, Set[str]] = {}
    for code in set(codes):
        if code:
            different.setdefault(level_of(code), set()).add(code)
    usable = [level for level in FINENESS if level in different]
    return max(usable, key=lambda level: (len(different[level]), -FINENESS.index(level))) if usable else None


def tell_vintage(level: str, codes: Set[str], known: Mapping[str, Set[str]], wanted: Optional[str] = None) -> Vintage:
    """The geography of a set of codes of one level.

    ``known`` are the codes of the pack's lookups by geography; where it has none for the level, the ranges in
    which codes were given out decide. ``wanted`` settles it by hand. Where two fit equally, the newer is taken
    (for authorities the lower tier) and the other is named.
    """
    candidates = GEOGRAPHIES[level]
    lists = {name: known[name] for name in candidates if known.get(name)}
    if level == "authority":
        lists = {"LTLA23": set(known.get("LTLA23") or LTLA23), "UTLA23": set(known.get("UTLA23") or UTLA23)}
    if wanted is not None:
        missing = tuple(sorted(codes - lists[wanted])) if wanted in lists else ()
        return Vintage(wanted, len(codes) - len(missing), missing, "set by hand")
    if len(lists) < len(candidates):
        return _by_range(codes, candidates)
    shares = {name: len(codes & lists[name]) for name in candidates}
    best = max(candidates, key=lambda name: (shares[name], -candidates.index(name)))
    others = tuple(name for name in candidates if name != best and shares[name] == shares[best])
    missing = tuple(sorted(codes - lists[best]))
    reason = f"{shares[best]:,} of {len(codes):,} codes are known as {best}" + "".join(
        f", {shares[name]:,} as {name}" for name in candidates if name != best
    )
    return Vintage(best, shares[best], missing, reason, others)


def _by_range(codes: Set[str], candidates: Sequence[str]) -> Vintage:
    """2021 if any code was made for it; else 2011, with 2021 as the other choice where few areas are given."""
    newer, older = candidates
    entity = min(codes)[:3]
    later = [code for code in codes if int(code[1:]) > LAST_OF_2011[entity] + int(entity[1:]) * 1_000_000]
    if later:
        return Vintage(newer, len(codes), (), f"{len(later):,} codes, such as {min(later)}, were made for 2021")
    whole = len(codes) > 0.97 * COUNTS[older]
    others = () if whole else (newer,)
    reason = f"none of the {len(codes):,} codes was made for 2021"
    return Vintage(
        older, len(codes), (), reason if whole else f"{reason}, but the areas are only some of England's", others
    )


def in_words(counts: Mapping[str, int]) -> Dict[str, int]:
    """Counts by level, largest first, as plain numbers."""
    return dict(Counter(counts).most_common())
