"""Plain sentences about an area, a larger area or a result, by the patterns of ``sentences.json``.

Each kind is a list of places; in each the first pattern whose conditions all hold is said. A condition is a fact, a
comparison and a value, or ``$`` and another fact; nothing compares with a fact that is missing. ``{fact:format}`` is a
figure, ``{fact?one|several}`` the word that agrees with it. ``claims`` say what a pattern takes as certain.
"""

from __future__ import annotations

import json
import operator
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Tuple

import numpy as np
import pandas as pd

from .. import words
from ..methodology import Methodology
from ..steps.classify import HOT_SPOT_SHARE, hot_spot_limit
from .certainty import surely_hot

PATTERNS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
TENTH = 0.1
NAMED = 3
_FIRST = ("area_name", "need_score")
_PLACE = re.compile(r"\{(\w+)(?::(\w+)|\?([^|}]*)\|([^}]*))?\}")
# Signs in a name that would turn the rest of the sentence round (Unicode's directional embeddings and overrides).
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _chance(share: float) -> str:
    """A share in whole per cent that never claims all or none."""
    certain = "over 99" if share >= 0.995 else "under 1" if share < 0.005 else f"{100 * share:.0f}"
    return f"{certain}{words.PERCENT}"


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "whole": words.whole,
    "people": words.people,
    "ordinal": words.ordinal,
    "decimal": words.decimal,
    "decimal2": lambda number: words.decimal(number, 2),
    "percent": words.percent,
    "percent0": lambda share: words.percent(share, 0),
    "chance": _chance,
}


class Figure(NamedTuple):
    """A number of a sentence: the column (or count) that it stands in, its value, and how it is written."""

    column: str
    value: float
    shown: str


class Sentence(NamedTuple):
    """A sentence, its numbers in their order, and what it takes as certain: tenth, hotspot, none (no hot spot)."""

    text: str
    figures: Tuple[Figure, ...]
    claims: Tuple[str, ...] = ()


def say(kind: str, facts: Mapping[str, Any], columns: Mapping[str, str]) -> List[Sentence]:
    """The sentences of a kind for some facts; ``columns`` names the column of a fact that is called otherwise."""
    said = []
    for place in PATTERNS[kind]:
        chosen = next((one for one in place if all(_holds(facts, *part) for part in one.get("when", ()))), None)
        if chosen is not None and chosen["say"]:
            said.append(_filled(chosen, facts, columns))
    return said


def _named(names: str) -> str:
    """The first few of names parted by '; '."""
    parts = names.split("; ")
    return words.listed([*parts[:NAMED], *(["others"] if len(parts) > NAMED else [])])


def in_words(said: Iterable[Sentence]) -> str:
    """The sentences one after the other."""
    return " ".join(one.text for one in said)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value != value or value == ""


def _holds(facts: Mapping[str, Any], name: str, comparison: str, other: Any = None) -> bool:
    value = facts.get(name)
    if comparison in ("missing", "known"):
        return _missing(value) == (comparison == "missing")
    other = facts.get(other[1:]) if isinstance(other, str) and other.startswith("$") else other
    return not (_missing(value) or _missing(other)) and bool(_COMPARISONS[comparison](value, other))


def _filled(pattern: Mapping[str, Any], facts: Mapping[str, Any], columns: Mapping[str, str]) -> Sentence:
    figures: List[Figure] = []

    def fill(match: re.Match[str]) -> str:
        name, form, one, several = match.groups()
        if form is not None:
            figures.append(Figure(columns.get(name, name), float(facts[name]), FORMATS[form](facts[name])))
            return figures[-1].shown
        if one is not None:
            return str(one if facts[name] == 1 else several)
        return _TURNS.sub("", str(facts[name]))

    text = _PLACE.sub(fill, pattern["say"])
    return Sentence(text, tuple(figures), tuple(pattern.get("claims", ())))


def of_areas(result: Any, codes: Sequence[str]) -> Dict[str, List[Sentence]]:
    """What there is to say of each area of a result: by its layer ``need`` and, where there is one, ``certainty``.

    Counts beside the columns: ``ranked``, all areas with a rank.
    """
    need, sure = result.need, _certainty(result)
    rows = need.loc[list(codes)]
    rows = rows.assign(area_name=rows["area_name"].where(rows["area_name"].notna(), rows.index))
    if not sure.empty:
        rows = rows.join(sure[["p_hotspot", "rank_low", "rank_high", "certainty", "tied_with"]])
        rows["tied_named"] = sure["tied_areas"].map(_named, na_action="ignore").reindex(rows.index)
    ranked = int(need["need_rank"].notna().sum())
    limits = {"ranked": ranked, "tenth": hot_spot_limit(TENTH, ranked), "fifth": hot_spot_limit(HOT_SPOT_SHARE, ranked)}
    return {
        str(code): say("area", *_with_highest({**row, **limits}, result.methodology, "_score"))
        for code, row in zip(rows.index, rows.to_dict("records"))
    }


def of_summaries(methodology: Methodology, table: pd.DataFrame) -> Dict[str, List[Sentence]]:
    """What there is to say of larger areas, by rows of ``summarisebyarea`` or ``district_rows``.

    Counts beside the columns: ``areas``, how many have a rank; ``unranked``, ``hot``, ``hot_sure`` and ``imputed`` as
    in ``counted_inside``, where they are there.
    """
    areas = int(table["need_average_score"].notna().sum())
    return {
        str(code): say("summary", *_with_highest({"areas": areas, **row}, methodology, "_average_score"))
        for code, row in zip(table.index, table.to_dict("records"))
    }


def _certainty(result: Any) -> pd.DataFrame:
    """The layer of certainty without rows or columns where there is none: a run of this moment has none yet."""
    found: pd.DataFrame = getattr(result, "certainty", pd.DataFrame())
    return pd.DataFrame() if found.empty else found


def _with_highest(
    row: Dict[str, Any], methodology: Methodology, ending: str
) -> Tuple[Dict[str, Any], Mapping[str, str]]:
    """The facts with the dimension of the highest score, the first of equal ones; and the column it stands in."""
    scores: Dict[str, Any] = {node.id: row.get(f"{node.id}{ending}") for node in methodology.dimensions}
    known = {name: value for name, value in scores.items() if not _missing(value)}
    if len(known) < 2:
        return row, {}
    first = max(known, key=lambda name: float(known[name]))
    facts = {**row, "highest_title": methodology.node(first).title, "highest_score": known[first]}
    return facts, {"highest_score": f"{first}{ending}"}


def counted_inside(result: Any, codes: Any, group: Any) -> pd.DataFrame:
    """Of the areas in each ``group`` (a label to each of ``codes``): how many, and what is filled in, hot and sure.

    Columns ``lsoas``, ``unranked``, ``imputed`` (areas with a figure filled in), ``hot``, ``hot_sure`` (those of which
    that is sure; missing without certainty), ``need_hotspot_population`` and ``need_hotspot_share`` (of the ranked
    people).
    """
    need, certainty = result.need.reindex(codes).reset_index(drop=True), _certainty(result).reindex(codes)
    hot, ranked = (need["hotspot"] == 1).fillna(False).astype(bool), need["need_rank"].notna()
    people = need["population"].astype(float).fillna(0.0)
    inside = pd.DataFrame(
        {
            "lsoas": 1,
            "unranked": (~ranked).astype(int),
            "imputed": (need["imputed_count"].astype(float) > 0).astype(int),
            "hot": hot.astype(int),
            "need_hotspot_population": people.where(hot, 0.0),
            "people": people.where(ranked, 0.0),
        }
    )
    if "certainty" in certainty:
        sure = surely_hot(certainty)
        inside["hot_sure"] = (hot & sure.to_numpy()).astype(int)
    found = inside.groupby(np.asarray(group, dtype=object)).sum()
    found["need_hotspot_share"] = found["need_hotspot_population"] / found["people"].replace(0.0, np.nan)
    return found.drop(columns="people")


def district_rows(result: Any) -> pd.DataFrame:
    """The layer ``districts`` with what is counted inside each, as ``of_summaries`` takes it."""
    counted = counted_inside(result, result.need.index, result.need["district_code"])
    return result.districts.join(counted).assign(boundary_name=result.districts["district_name"])


def of_result(result: Any) -> List[Sentence]:
    """The result in a few sentences, none where no area is ranked.

    Counts beside the columns: ``ranked`` and ``areas``, all with and without rank; ``compared``, districts with a rank;
    ``hot``, ``hot_people`` and ``hot_share`` (of everybody); ``indicators`` used of ``all_indicators``.
    """
    need, districts = result.need, result.districts
    ranked = need[need["need_rank"].notna()]
    if ranked.empty:
        return []
    hot = ranked[ranked["hotspot"] == 1]
    everybody, hot_people = float(need["population"].sum()), float(hot["population"].sum())
    leading = districts.sort_values(["need_average_score_rank", "district_name"]).iloc[:1]
    total = len(result.methodology.indicators)
    facts = {
        **{str(name): value for row in leading.to_dict("records") for name, value in row.items()},
        **{str(name): value for name, value in ranked.sort_values("need_rank").iloc[0].items() if name in _FIRST},
        "compared": int(districts["need_average_score_rank"].notna().sum()) if len(districts) else 0,
        "hot": len(hot),
        "hot_people": hot_people,
        "hot_share": hot_people / everybody if everybody > 0 else float("nan"),
        "ranked": len(ranked),
        "areas": len(need),
        "indicators": total - len(result.left_out),
        "all_indicators": total,
    }
    return say("result", facts, {})
