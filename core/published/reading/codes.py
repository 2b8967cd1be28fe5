"""Area codes: which column holds them, of which geography they are, and of which year."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Tuple

from .numbers import tidy
from .patterns import patterns

_RE = patterns("codes")
_OF_2011 = Path(__file__).resolve().parents[1] / "resources" / "codes_of_2011_alone.txt"
_TIERS = patterns("tiers")
ENGLISH, OTHER_COUNTRIES = "E", {"W": "Wales", "S": "Scotland", "N": "Northern Ireland"}

# Kinds of areas by the first three signs of their codes, and how many there are of each geography.
_FACTS = json.loads((Path(__file__).resolve().parents[1] / "resources" / "areas.json").read_text(encoding="utf-8"))
LEVELS: Mapping[str, str] = {entity: kind for kind, entities in _FACTS["kinds"].items() for entity in entities.split()}
# From the finest to the coarsest, of those that a pack can carry.
GEOGRAPHIES: Mapping[str, Sequence[str]] = _FACTS["geographies"]
FINENESS = tuple(GEOGRAPHIES)
# The last code of the 2011 series, a higher one was made for the census of 2021; and the last of these.
LAST_OF_2011: Mapping[str, int] = _FACTS["last_of_2011"]
LAST_OF_2021: Mapping[str, int] = _FACTS["last_of_2021"]
COUNTS: Mapping[str, int] = _FACTS["counts"]


def _spelt_out(text: str) -> FrozenSet[str]:
    """The codes that a text lists: an entity, and behind it numbers and spans of them."""
    entity = ""
    codes: Set[str] = set()
    for word in text.split():
        if word.startswith("E"):
            entity = word
        else:
            first, _, last = word.partition("-")
            codes.update(f"{entity}{number:06d}" for number in range(int(first), int(last or first) + 1))
    return frozenset(codes)


LTLA23: FrozenSet[str] = _spelt_out(_FACTS["lower_tier_2023"])
UTLA23: FrozenSet[str] = _spelt_out(_FACTS["counties_2023"]) | {code for code in LTLA23 if not code.startswith("E07")}


def authorities(known: Mapping[str, Set[str]]) -> Dict[str, Set[str]]:
    """The authorities of both tiers: the pack's where it has them, else those of April 2023."""
    return {"LTLA23": set(known.get("LTLA23") or LTLA23), "UTLA23": set(known.get("UTLA23") or UTLA23)}


@dataclass(frozen=True)
class Vintage:
    """Which geography the codes are of, how sure that is, and what else would fit."""

    geography: Optional[str]
    matched: int
    unmatched: Tuple[str, ...]
    reason: str
    others: Tuple[str, ...] = ()
    notes: Tuple[str, ...] = ()


def code_of(cell: str) -> str:
    """The area code in a cell: alone, or the only one in 'E02000001 : City of London 001'; '' if there is none."""
    text = tidy(cell).strip("'\",;").upper()
    if _RE["code"].match(text):
        return text
    if len(text) < 9:
        return ""
    found = set(_RE["within"].findall(text))
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


@lru_cache(maxsize=1)
def of_2011_alone() -> FrozenSet[str]:
    """The codes of LSOAs and MSOAs of 2011 that no area of 2021 bears; of Output Areas none are listed."""
    lines = _OF_2011.read_text(encoding="utf-8").splitlines()
    return _spelt_out(" ".join(line for line in lines if not line.startswith("#")))


def geography_in_header(level: str, headers: Sequence[str], lines: Sequence[str] = ()) -> str:
    """The geography that the header of the codes, or of their names, says: 'LSOA21CD', 'MSOA (2011)', 'Upper tier'.

    Where none does, that which other ``lines`` say of the areas: '2021 super output areas'. '' where one says two.
    """
    for header in headers:
        text = header.lower()
        if level == "authority":
            tiers = [tier for tier, words in _TIERS.items() if words.search(text)]
            found = tiers if len(tiers) == 1 else []
        else:
            years = sorted(set(_RE["said_year"].findall(text)))
            found = [f"{GEOGRAPHIES[level][0][:-2]}{years[0]}"] if len(years) == 1 else []
        if found:
            return found[0]
    said = {one or other for one, other in _RE["said_of_areas"].findall(" ; ".join(lines).lower())}
    return f"{GEOGRAPHIES[level][0][:-2]}{said.pop()}" if len(said) == 1 and level != "authority" else ""


def held(codes: Sequence[str]) -> str:
    """The kind of area that most codes are of, of all kinds; '' where there is no code."""
    kinds = Counter(level_of(code) for code in set(codes) if code)
    return kinds.most_common(1)[0][0] if kinds else ""


def refusal(where: str, kind: str, detail: str = "") -> str:
    """Why areas of a kind are of no use, and what is."""
    if kind in OTHER_COUNTRIES.values():
        return f"{where}: holds areas of {kind} alone; a pack carries those of England."
    return (
        f"{where}: the figures are by {kind}{detail}, which a pack cannot carry; take them by Output Area, LSOA, MSOA "
        "or local authority."
    )


def tell_vintage(
    level: str, codes: Set[str], known: Mapping[str, Set[str]], wanted: Optional[str] = None, header: str = ""
) -> Vintage:
    """The geography of a set of codes of one level.

    ``known`` are the codes of the pack's lookups by geography; where it has none for the level, the ranges in
    which codes were given out decide. ``wanted`` settles it by hand. Where two fit equally, what the ``header`` says
    is taken; else the newer (for authorities the lower tier; without lookups the older), and the other is named.
    ``notes`` say where a header and its codes, or the codes among themselves, disagree.
    """
    candidates = GEOGRAPHIES[level]
    fits, listed = _fitting(level, codes, known)
    shares = {name: len(fits[name]) for name in candidates}
    best = max(candidates, key=lambda name: (shares[name], name == header, listed, -candidates.index(name)))
    if not listed and not header and len(set(shares.values())) == 1:
        best = candidates[1]
    best = wanted or best
    other = next(name for name in candidates if name != best)
    tied = shares[best] == shares[other] and not wanted and best != header
    whole = not listed and len(codes) > 0.97 * COUNTS[best]
    reason = f"{len(fits[best]):,} of {len(codes):,} codes fit {best}, {len(fits[other]):,} fit {other}"
    if fits[best] - fits[other]:
        reason += f"; {min(fits[best] - fits[other])} is of {best} alone"
    elif header == best:
        reason += f"; the header says {header}"
    # Of two tiers an authority is of one; a small area of the other year stands in the notes.
    met = fits[best] if level == "authority" else fits[best] | fits[other]
    return Vintage(
        best,
        shares[best],
        tuple(sorted(codes - met)),
        "set by hand" if wanted else reason,
        (other,) if tied and not whole else (),
        _disagreements(level, best, fits, header),
    )


def _fitting(level: str, codes: Set[str], known: Mapping[str, Set[str]]) -> Tuple[Dict[str, Set[str]], bool]:
    """The codes that are of each geography of a level, and whether lists of all areas decided."""
    candidates = GEOGRAPHIES[level]
    given = authorities(known) if level == "authority" else known
    lists = {name: given[name] for name in candidates if given.get(name)}
    if len(lists) == len(candidates):
        return {name: codes & lists[name] for name in candidates}, True
    newer, older = candidates
    later = {code for code in codes if int(code[3:]) > LAST_OF_2011[code[:3]]}
    none = {code for code in later if int(code[3:]) > LAST_OF_2021[code[:3]]}
    return {newer: codes - of_2011_alone() - none, older: codes - later}, False


def _disagreements(level: str, best: str, fits: Mapping[str, Set[str]], header: str) -> Tuple[str, ...]:
    notes = []
    other = next(name for name in fits if name != best)
    own, stray = fits[best] - fits[other], fits[other] - fits[best]
    if header and header != best:
        proof = f"; {len(own):,} codes, such as {min(own)}, are of {best} alone" if own else ""
        notes.append(f"The file says {header} of its codes, but they are taken for {best}{proof}.")
    if level != "authority" and stray:
        of_best = (
            f" and {len(own):,}, such as {min(own)}, of {best} alone: the file mixes areas of two years" if own else ""
        )
        notes.append(f"{len(stray):,} codes, such as {min(stray)}, are of {other} alone{of_best}.")
    return tuple(notes)
