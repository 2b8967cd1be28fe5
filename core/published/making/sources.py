"""The catalogue of sources: which dataset of which publisher holds each indicator, and which columns it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ...errors import DataError
from ...sources.recipe import ROLES, Recipe, recipes
from ...texts import listed
from ..reading import periods
from ..reading.direction import is_rank
from ..reading.patterns import patterns

_RE = patterns("sources")
# Whether a header begins or ends as that of a percentage or rate, which is neither part of a ratio.
is_share = _RE["share"].search


@dataclass(frozen=True)
class Match:
    """An indicator that a table holds: its source, its columns by role, and how many of the source's words were met."""

    indicator: str
    source: Recipe
    roles: Mapping[str, Any]
    words: int


def sources() -> Tuple[Recipe, ...]:
    """Every dataset that can be recognised by its words."""
    return tuple(recipe for recipe in recipes().values() if recipe.words)


def source_of(indicator: str) -> Optional[Recipe]:
    """The source of an indicator, and not what stands in for it; None for one that is not in the catalogue."""
    stand_ins = {recipe.fetch.instead for recipe in recipes().values()}
    found = [recipe for recipe in sources() if indicator in recipe.indicators]
    return min(found, key=lambda recipe: recipe.id in stand_ins, default=None)


def matches(text: str, titles: Mapping[str, str], geography: str, wanted: str = "") -> List[Match]:
    """The indicators that a table may hold, the likeliest first.

    ``text``: file name, sheet, titles and headers together; ``titles``: column -> title. A source counts if one
    of its words is met and its columns are found; ``wanted`` asks for one indicator, whatever the words.
    """
    text = re.sub(r"[_\s]+", " ", text.lower())
    found = []
    for source in sources():
        words = sum(1 for word in source.words if re.search(word, text))
        # A source's figures may come for the areas of another year than it once had: LSOA11 is as good as LSOA21.
        of_its_areas = geography[:-2] in {name[:-2] for name in source.geography}
        for indicator in source.indicators:
            if indicator != wanted if wanted else not (words and of_its_areas):
                continue
            roles = find_roles(source, indicator, titles)
            if roles:
                found.append(Match(indicator, source, roles, words))
    most = max((match.words for match in found), default=0)
    return sorted((match for match in found if match.words == most), key=lambda match: match.indicator)


def find_roles(source: Recipe, indicator: str, titles: Mapping[str, str]) -> Dict[str, Any]:
    """The column, or columns, of each role of an indicator; empty if the figure itself is not found."""
    asked = source.indicators[indicator]
    patterns = {role: source.columns[name].words for role, name in asked.items() if role in ROLES and _own(name)}
    plain = {name: re.sub(r"\s+", " ", title.lower()) for name, title in titles.items()}
    roles: Dict[str, Any] = {}
    latest = bool(asked.get("latest"))
    for role in ("value", "weight", "denominator", "from", "to"):
        column = _first(patterns.get(role, ()), plain, latest)
        if column is not None:
            roles[role] = column
    rest = {name: title for name, title in plain.items() if name != roles.get("denominator") and not is_share(title)}
    # A count and its denominator are of one time.
    beside = plain.get(roles.get("denominator", ""), "")
    summed = asked.get("numerator", [])
    parts = [] if _own(summed) else [_first(source.columns[name].words, rest, False, beside) for name in summed]
    if parts and all(parts) and len(set(parts)) == len(parts):
        roles["numerator"] = parts
    else:
        whole = patterns.get("numerator", patterns.get("numerator_alone", ()))
        column = _first(whole, rest, latest, beside)
        if column is not None:
            roles["numerator"] = column
    if {"value", "numerator"} & set(roles) or {"from", "to"} <= set(roles):
        return roles
    return {}


def _own(named: Any) -> bool:
    """Whether a role names one column of the recipe: no list to sum, no column of another recipe."""
    return isinstance(named, str)


def _first(patterns: Sequence[str], titles: Mapping[str, str], latest: bool, beside: str = "") -> Optional[str]:
    """The column that the first fitting pattern fits: of several, that of the latest period, or of ``beside``'s.

    Of those of one period the first, or the last by alphabet where the newest is wanted.
    """
    for pattern in patterns:
        ranks = re.search("rank|decile", pattern) is not None
        fitting = [
            name for name, title in titles.items() if re.search(pattern, title) and (ranks or not is_rank(title))
        ]
        counts = [name for name in fitting if not _RE["no_count"].search(titles[name])]
        chosen = fitting if "%" in pattern or not counts else counts
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


def columns_of(source: Recipe, titles: Mapping[str, str]) -> Dict[str, str]:
    """The column of a table (name -> title) that is each of the recipe's columns; DataError names one not found.

    Confidence limits, and columns that only save a sum, may be absent.
    """
    plain = {name: re.sub(r"\s+", " ", title.lower()) for name, title in titles.items()}
    newest: Set[str] = set()
    optional: Set[str] = set()
    for asked in source.indicators.values():
        optional.update(asked.get("limits", []))
        optional.update({asked.get("numerator_alone", "")} - set(asked.get("numerator", [])))
        if asked.get("latest"):
            newest.update(name for role, name in asked.items() if role in ROLES and _own(name))
    found = {name: _first(column.words, plain, name in newest) for name, column in source.columns.items()}
    for name, column in source.columns.items():
        if found[name] is None and name not in optional:
            held = listed(titles.values(), 20)
            raise DataError(f"{source.id}: no column fits '{name}' ({', '.join(column.words)}); there are: {held}.")
    return {name: title for name, title in found.items() if title is not None}
