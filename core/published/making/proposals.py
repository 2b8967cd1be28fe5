"""The entries for ``pack.json`` that a clean table seems to give: its indicators, their columns, date and status."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ...errors import DataError
from ...methodology import Methodology
from ...pack_format import vintage
from ..reading import direction, periods
from ..reading.dating import date_of
from ..reading.figures import is_rate
from ..reading.header import plain_id, short_names
from ..reading.shape import is_whole
from . import sources

_ROLES = ("numerator", "denominator", "value", "weight", "change")
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
    texts = [guesses["file"], guesses["sheet"], *guesses["joined_sheets"], *guesses["text_above"], *titles.values()]
    geography, code = guesses["geography"], str(table.index.name)
    found = [] if chosen_by_hand else sources.matches(" ".join(texts), titles, geography, indicator)
    parts = {match.indicator: (_used(match.roles), sources.entry_of(match)) for match in found}
    if not parts:
        name = indicator or short_names([plain_id(_ENDING.sub("", guesses["file"].lower()))])[0] or "own_indicator"
        columns = _by_position(table, titles, guesses, methodology, name, chosen_by_hand, bool(indicator))
        parts = {name: (list(columns.values()), columns)}
    entries: Dict[str, Dict[str, Any]] = {}
    for name, (used, columns) in parts.items():
        date = date_of([titles[column] for column in used], guesses)
        status = _status(methodology, name, geography, date)
        shared = {"file": f"indicators/{name}.csv", "geography": geography, "code": code, "status": status}
        entries[name] = {**shared, "date": date, **columns}
        end = _high_is(titles.get(entries[name].get("value", ""), ""), name, guesses["text_above"], methodology)
        entries[name].update({"high_is": end} if end else {})
    return entries


def _high_is(title: str, name: str, above: Sequence[str], methodology: Optional[Methodology]) -> str:
    """The end of need where the words of its header, or above the table, say other than the method; else ''."""
    end = direction.high_is([title, *(above if direction.is_rank(title) else [])])
    known = {node.id: node.direction for node in methodology.nodes} if methodology else {}
    return "" if name in known and (known[name] == "need") == (end == "need") else end


def doubts(
    name: str,
    entry: Mapping[str, Any],
    table: pd.DataFrame,
    columns: Mapping[str, Mapping[str, Any]],
    above: Sequence[str] = (),
) -> Iterator[str]:
    """What a user has to look at before an entry is used, in words; ``above`` are the lines above the table."""
    used = _used({role: entry[role] for role in _ROLES if role in entry})
    shares = [columns[column]["title"] for column in used if sources.is_share(columns[column]["title"])]
    if "numerator" in entry and shares:
        yield f"{name}: '{shares[0]}' sounds like a share or rate; a numerator and a denominator are counts."
    if "numerator" in entry and "denominator" not in entry:
        yield f"{name}: the file has no denominator; name one in the entry, such as a population table."
    if "source" not in entry and len(table.columns) > len(used):
        meant = "; ".join(f"'{column}'" for column in used)
        yield f"Which column is meant is not known; the entry takes {meant} of {len(table.columns)}."
    if not entry["date"]:
        yield f"{name}: the file does not tell the date of its figures; write it in the entry."
    rank = next((title for title in (columns[column]["title"] for column in used) if direction.is_rank(title)), None)
    if rank is not None and "high_is" in entry:
        yield f"{name}: '{rank}' is a rank or class; by its words high is {entry['high_is']} (high_is)."
    elif rank is not None and "source" not in entry and not direction.high_is([rank, *above]):
        yield f"{name}: '{rank}' is a rank or class; which end is in need is not said: set high_is in the entry."
    if entry.get("denominator") in table and not entry.get("unbounded"):
        counts = table[_used({"numerator": entry["numerator"]})].sum(axis=1, skipna=False)
        over = int((counts > table[entry["denominator"]]).sum())
        swapped = " Are the two swapped?" if 2 * over > len(table) else ""
        if over:
            yield f"{name}: the numerator is over the denominator in {over:,} of {len(table):,} areas.{swapped}"


def _by_position(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    guesses: Mapping[str, Any],
    methodology: Optional[Methodology],
    name: str,
    by_hand: bool,
    asked: bool,
) -> Dict[str, Any]:
    """The columns of an unknown file, or those named by hand: the first is the numerator, the second what it is of."""
    described = guesses["columns"]

    def rank(column: str) -> Tuple[Any, ...]:
        # The latest is meant, of categories the total, and counts before rates; ranks stand behind figures, deciles
        # behind ranks, and what is the same everywhere behind all.
        title, groups = titles[column], [*described[column]["rows"].values(), described[column].get("sheet", "")]
        kind = 0 if direction.is_class(title) else 1 if direction.is_rank(title) else 2
        latest = periods.latest("; ".join([title, *groups])) or ()
        return table[column].nunique() > 1, kind, latest, sum(map(is_whole, groups)), not any(map(is_rate, groups))

    if not by_hand:
        return {"value": max(table.columns, key=rank)}
    columns: Dict[str, List[str]] = {}
    for column in table:
        columns.setdefault(described[column]["header"], []).append(column)
    first, *others = columns.values()
    figure = max(first, key=rank)
    known = {node.id: node for node in methodology.nodes} if methodology else {}
    most = 2 if name in known and known[name].kind in ("count", "ratio") else 1
    if asked and known and 1 + len(others) > most:
        named = " and ".join(f"'{described[parts[0]]['title']}'" for parts in columns.values())
        takes = "a numerator and a denominator" if most == 2 else "one column"
        raise DataError(
            f"VALUE_COLUMNS: names {named}, but {name} takes {takes}; name no more, or leave INDICATOR empty."
        )
    if not others or most == 1:
        return {"value": figure}
    same = [column for column in others[0] if described[column]["rows"] == described[figure]["rows"]]
    of = max(same or others[0], key=rank)
    for column in (figure, of):
        if direction.is_rank(titles[column]):
            raise DataError(
                f"VALUE_COLUMNS: '{titles[column]}' is a rank or class, which is neither a numerator nor a "
                "denominator; name it alone, or name counts."
            )
    return {"numerator": figure, "denominator": of}


def _used(roles: Mapping[str, Any]) -> List[str]:
    """The columns that an entry names."""
    found: List[str] = []
    for role in roles.values():
        found += [role] if isinstance(role, str) else role.values() if isinstance(role, dict) else role
    return found


def _status(methodology: Optional[Methodology], indicator: str, geography: str, date: str) -> str:
    """As the method asks, older, newer, or a substitute; other areas and what is not known count as a substitute."""
    if methodology is None or indicator not in {node.id for node in methodology.nodes} or not date:
        return "substitute"
    asked = methodology.node(indicator)
    if geography != asked.geography and asked.geography is not None:
        return "substitute"
    age = vintage(date, asked.date)
    return f"{age} vintage" if age else "as specified"
