"""The catalogue of sources: which dataset of which publisher holds each indicator, and which columns it takes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..reading import periods
from ..reading.direction import is_rank

CATALOGUE = Path(__file__).resolve().parents[1] / "resources" / "sources.json"


@dataclass(frozen=True)
class Source:
    """One dataset; ``page`` is None where its address is not certain, and ``page_note`` says so.

    ``words`` are patterns that its file name, titles or headers hold; ``indicators`` tell for each indicator the
    patterns of its columns: ``numerator`` and ``denominator``, ``numerator_all`` (one column for each pattern, to
    be summed), ``value``, ``from`` and ``to``; ``sheet`` names the sheet to prefer, ``latest`` = the newest column.
    """

    id: str
    publisher: str
    title: str
    page: Optional[str]
    page_note: str
    licence: str
    file: str
    geography: Tuple[str, ...]
    words: Tuple[str, ...]
    indicators: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Match:
    """An indicator that a table holds: its source, its columns by role, and how many of the source's words were met."""

    indicator: str
    source: Source
    roles: Mapping[str, Any]
    words: int


@lru_cache(maxsize=1)
def sources() -> Tuple[Source, ...]:
    """All sources of the catalogue, in its order."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["sources"]
    return tuple(
        Source(
            **{
                **entry,
                "page_note": entry.get("page_note", ""),
                "geography": tuple(entry["geography"]),
                "words": tuple(entry["words"]),
            }
        )
        for entry in entries
    )


def source_of(indicator: str) -> Optional[Source]:
    """The source of an indicator; None for one that is not in the catalogue."""
    return next((source for source in sources() if indicator in source.indicators), None)


def words_met(source: Source, text: str) -> int:
    """How many of a source's words a text holds."""
    return sum(1 for word in source.words if re.search(word, text))


def matches(text: str, titles: Mapping[str, str], geography: str, wanted: str = "") -> List[Match]:
    """The indicators that a table may hold, the likeliest first.

    ``text``: file name, sheet, titles and headers together; ``titles``: column -> title. A source counts if one
    of its words is met and its columns are found; ``wanted`` asks for one indicator, whatever the words.
    """
    text = re.sub(r"[_\s]+", " ", text.lower())
    found = []
    for source in sources():
        words = words_met(source, text)
        # A source's figures may come for the areas of another year than it once had: LSOA11 is as good as LSOA21.
        of_its_areas = geography[:-2] in {name[:-2] for name in source.geography}
        for indicator, patterns in source.indicators.items():
            if indicator != wanted if wanted else not (words and of_its_areas):
                continue
            roles = find_roles(patterns, titles)
            if roles:
                found.append(Match(indicator, source, roles, words))
    most = max((match.words for match in found), default=0)
    return sorted((match for match in found if match.words == most), key=lambda match: match.indicator)


def find_roles(patterns: Mapping[str, Any], titles: Mapping[str, str]) -> Dict[str, Any]:
    """The column, or columns, of each role; empty if the figure itself is not found."""
    plain = {name: re.sub(r"\s+", " ", title.lower()) for name, title in titles.items()}
    roles: Dict[str, Any] = {}
    latest = bool(patterns.get("latest"))
    for role in ("value", "weight", "denominator", "from", "to"):
        column = _first(patterns.get(role, ()), plain, latest)
        if column is not None:
            roles[role] = column
    rest = {name: title for name, title in plain.items() if name != roles.get("denominator")}
    # A count and its denominator are of one time.
    beside = plain.get(roles.get("denominator", ""), "")
    parts = [_first([pattern], rest, False, beside) for pattern in patterns.get("numerator_all", ())]
    if parts and all(parts) and len(set(parts)) == len(parts):
        roles["numerator"] = parts
    elif "numerator" in patterns:
        column = _first(patterns["numerator"], rest, latest, beside)
        if column is not None:
            roles["numerator"] = column
    if {"value", "numerator"} & set(roles) or {"from", "to"} <= set(roles):
        return roles
    return {}


def _first(patterns: Sequence[str], titles: Mapping[str, str], latest: bool, beside: str = "") -> Optional[str]:
    """The column that the first fitting pattern fits: of several, that of the latest period, or of ``beside``'s.

    Of those of one period the first, or the last by alphabet where the newest is wanted.
    """
    for pattern in patterns:
        ranks = re.search("rank|decile", pattern) is not None
        fitting = [
            name for name, title in titles.items() if re.search(pattern, title) and (ranks or not is_rank(title))
        ]
        counts = [
            name
            for name in fitting
            if not re.search(
                r"%|percent|proportion|rate\b|confidence|annotation|\blower\b|\bupper\b|\bcount\b|\bdenominator\b",
                titles[name],
            )
        ]
        chosen = (fitting if "%" in pattern or not counts else counts) or []
        if chosen:
            chosen = sorted(chosen, key=lambda name: titles[name], reverse=True) if latest else chosen
            keys = {name: periods.latest(titles[name]) or () for name in chosen}
            own = periods.latest(beside)
            return max(chosen, key=lambda name: (own is not None and keys[name] == own, keys[name]))
    return None


def entry_of(match: Match) -> Dict[str, Any]:
    """What a match says of an entry for ``pack.json``: source, columns by role, and whether the ratio is open-ended.

    ``denominator`` is absent where the table has none: the pack has to name one.
    """
    entry: Dict[str, Any] = {"source": f"{match.source.publisher}, {match.source.title}"}
    roles = match.roles
    if "from" in roles and "to" in roles:
        return {**entry, "change": {"from": roles["from"], "to": roles["to"]}}
    for role in ("numerator", "denominator") if "numerator" in roles else ("value", "weight"):
        if role in roles:
            entry[role] = roles[role]
    if match.source.indicators[match.indicator].get("unbounded"):
        entry["unbounded"] = True
    return entry
