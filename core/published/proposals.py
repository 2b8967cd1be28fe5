"""The entries for ``pack.json`` that a clean table seems to give: its indicators, their columns, date and status."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..methodology import Methodology
from . import periods, sources
from .header import plain_id, short_names
from .shape import is_whole

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\s?[/-]\s?((?:19|20)?\d{2})(?![\d-]))?")
_ACADEMIC = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(?!\d)")
_ENDING = re.compile(r"\.[a-z.]+\Z")


def propose(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    guesses: Mapping[str, Any],
    *,
    indicator: str = "",
    chosen_by_hand: bool = False,
    methodology: Optional[Methodology] = None,
) -> Dict[str, Dict[str, Any]]:
    """Entries by indicator, as the catalogue of sources knows them; one of the first column for an unknown file.

    ``indicator`` asks for one; columns ``chosen_by_hand`` are taken as they are: two as numerator and
    denominator where the method has a count, else the first as the value.
    """
    told = [guesses["file"], guesses["sheet"], *guesses["joined_sheets"], *guesses["text_above"], *titles.values()]
    geography, code = guesses["geography"], str(table.index.name)
    found = [] if chosen_by_hand else sources.matches(" ".join(told), titles, geography, indicator)
    entries: Dict[str, Dict[str, Any]] = {}
    for match in found:
        date = _date([titles[name] for name in _used(match.roles)], guesses)
        status = _status(methodology, match.indicator, geography, date)
        shared = {"file": f"indicators/{match.indicator}.csv", "geography": geography, "code": code, "status": status}
        entries[match.indicator] = {**shared, "date": date, **sources.entry_of(match)}
    if not entries:
        name = indicator or short_names([plain_id(_ENDING.sub("", guesses["file"].lower()))])[0] or "own_indicator"
        columns = _by_position(table, titles, guesses, methodology, name, chosen_by_hand)
        date = _date([titles[column] for column in columns.values()], guesses)
        status = _status(methodology, name, geography, date)
        shared = {"file": f"indicators/{name}.csv", "geography": geography, "code": code, "status": status}
        entries[name] = {**shared, "date": date, **columns}
    return entries


def doubts(entries: Mapping[str, Mapping[str, Any]], table: pd.DataFrame, chosen_by_hand: bool) -> List[str]:
    """What a user has to look at before the entries are used, in words."""
    found = []
    for name, entry in entries.items():
        if "numerator" in entry and "denominator" not in entry:
            found.append(f"{name}: the file has no denominator; name one in the entry, such as a population table.")
        if "source" not in entry and not chosen_by_hand and len(table.columns) > 1:
            found.append(
                f"Which column is meant is not known; the entry takes '{entry['value']}' of {len(table.columns)}."
            )
    return found


def _by_position(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    guesses: Mapping[str, Any],
    methodology: Optional[Methodology],
    name: str,
    by_hand: bool,
) -> Dict[str, Any]:
    known = {node.id: node for node in methodology.nodes} if methodology else {}
    if by_hand and len(table.columns) == 2 and name in known and known[name].kind in ("count", "ratio"):
        return {"numerator": table.columns[0], "denominator": table.columns[1]}
    if by_hand:
        return {"value": table.columns[0]}
    return {"value": max(table.columns, key=lambda column: _rank(titles[column], guesses["columns"][column]))}


def _rank(title: str, described: Mapping[str, Any]) -> Tuple:
    """Of the columns of an unknown file the latest is meant, and of its categories the total; else the first."""
    groups = described["rows"].values()
    told = f"{title}; {'; '.join(groups)}; {described.get('sheet', '')}"
    return periods.latest(told) or (), sum(map(is_whole, groups))


def _used(roles: Mapping[str, Any]) -> List[str]:
    """The columns that an entry names."""
    return [name for role in roles.values() for name in ([role] if isinstance(role, str) else role)]


def _date(titles: Sequence[str], guesses: Mapping[str, Any]) -> str:
    """The latest year or span of years that the file tells; '' if none.

    Looked for in what rows were narrowed to, the headers of the entry's columns, the sheet's name, the file's name,
    and the text above the table, in this order.
    """
    kept = " ".join(str(value) for value in guesses["kept_only"].values())
    # Official education figures write 2022/23 as 202223.
    kept = _ACADEMIC.sub(r"\1/\2", kept)
    for text in (
        kept,
        _ACADEMIC.sub(r"\1/\2", " ".join(titles)),
        guesses["sheet"],
        guesses["file"],
        " ".join(guesses["text_above"]),
    ):
        spans = [_span(*match) for match in _YEAR.findall(text.replace("_", "-"))]
        if spans:
            return max(spans)
    return ""


def _span(first: str, last: str) -> str:
    """'2021/22' for a year and the next, '2015 to 2019' for more; the year alone where a month follows."""
    ending = int(last) if len(last) == 4 else 100 * (int(first) // 100) + int(last or 0)
    if ending <= int(first) or (len(last) == 2 and ending - int(first) > 20):
        return first
    return f"{first}/{ending % 100:02d}" if ending == int(first) + 1 else f"{first} to {ending}"


def _status(methodology: Optional[Methodology], indicator: str, geography: str, date: str) -> str:
    """As the method asks, older, or a substitute; what cannot be told counts as a substitute."""
    if methodology is None or indicator not in {node.id for node in methodology.nodes} or not date:
        return "substitute"
    asked = methodology.node(indicator)
    years = [int(year) for year in re.findall(r"(?:19|20)\d{2}", asked.date)]
    own = max(int(year) for year in re.findall(r"(?:19|20)\d{2}", date))
    if years and own < min(years):
        return "older vintage"
    return "as specified" if geography == asked.geography or asked.geography is None else "older vintage"
