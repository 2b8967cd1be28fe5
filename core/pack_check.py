"""A pack looked through before a run: what it holds for each indicator, its gaps, and its problems in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from .arrays import Array
from .crosswalks import NEEDS_OVERLAP, Crosswalks
from .errors import NeedError, PackError
from .indicators import convert_entry, read_areas
from .methodology import Methodology, Node
from .pack import Pack
from .pack_format import STATUSES, Entry, vintage
from .result import indicator_unit, sources_in_words
from .steps import quality
from .steps.composite import sum_composite
from .table import Converted, Scope
from .texts import Progress, no_progress

ABSENT = "absent"
OWN = "own"
# So many flagged indicators are named in one line; the table has them all.
_NAMED = 4
# What England's figures show, by indicator: between which values the middle one lies, be it of one council's areas
# (of a substitute, where that is another figure), and with which other it rises (1) or falls (-1) from area to area.
_USUAL = json.loads(Path(__file__).with_name("usual.json").read_text(encoding="utf-8"))
_AGAINST = 0.2


@dataclass(frozen=True)
class IndicatorState:
    """What a pack holds for one indicator; ``covered`` counts LSOAs with a value, ``flags`` says what to look at."""

    node: Node
    dimension: str
    status: str
    source: str = ""
    date: str = ""
    geography: str = ""
    note: str = ""
    covered: int = 0
    flags: str = ""
    unit: str = ""
    title: str = ""


@dataclass(frozen=True)
class Problem:
    """What stops a run (``stops``) or should be known before it; ``subject`` is an indicator, or '' for the pack.

    ``low``: the indicator covers too few areas, and may be kept on purpose.
    """

    subject: str
    text: str
    stops: bool = True
    low: bool = False


@dataclass(frozen=True)
class PackCheck:
    """A pack's content against a methodology.

    ``gaps``: areas x indicators, True where an area has no value, a column an indicator with data; ``people``: the
    areas' residents. ``low``: indicators that cover too few areas, which stop a run unless they are left out or kept;
    ``own``: what the pack holds beside the methodology's indicators.
    ``estimated``: whether coverage of figures for areas of 2011 was estimated from lookups, without postcodes.
    """

    title: str
    country: str
    areas: int
    districts: int
    states: Tuple[IndicatorState, ...]
    problems: Tuple[Problem, ...]
    gaps: pd.DataFrame
    estimated: bool
    people: pd.Series
    low: Tuple[str, ...] = ()
    own: Tuple[IndicatorState, ...] = ()

    @property
    def absent(self) -> Tuple[str, ...]:
        """The indicators without data, by id."""
        return tuple(state.node.id for state in self.states if state.status == ABSENT)

    def areas_with_gaps(self, off: Iterable[str] = ()) -> int:
        """How many areas lack at least one indicator of those that are not turned off."""
        return int(self._lacking(off).sum())

    def flagged(self, off: Iterable[str] = ()) -> str:
        """Which indicators step 2 flags, in words; '' if none."""
        titles = [one.node.title for one in self.states if one.flags and one.node.id not in set(off)]
        if not titles:
            return ""
        number = "One indicator has" if len(titles) == 1 else f"{len(titles)} indicators have"
        more = f" and {len(titles) - _NAMED:,} more" if len(titles) > _NAMED else ""
        return f"{number} unusual figures; select one on the Data page to read why: {'; '.join(titles[:_NAMED])}{more}."

    def unranked(self, off: Iterable[str] = ()) -> str:
        """What leaving areas with gaps unranked would cost, in words; '' where it costs nothing."""
        lost = quality.would_be_unranked(self._lacking(off), self.people.to_numpy())
        return f"{'About ' if self.estimated else ''}{lost.sentence()}" if lost.areas else ""

    def _lacking(self, off: Iterable[str]) -> Array:
        kept = [name for name in self.gaps if name not in set(off)]
        return self.gaps[kept].to_numpy(dtype=bool).any(axis=1)


def check_pack(pack: Pack, methodology: Methodology, *, progress: Progress = no_progress) -> PackCheck:
    """Look through an open pack: every table that the methodology uses is read and converted.

    Figures for areas of 2011 are carried over by lookups, one part a pair, instead of by postcodes: good enough
    to count gaps. Raises PackError only where the areas themselves cannot be read; any other fault is listed.
    """
    progress(0.0, "Reading the areas")
    areas = read_areas(pack)
    columns, faults = _convert(pack, methodology, areas, progress)
    problems = [*_missing_files(pack), *faults]
    states, gaps, values = [], {}, {}
    scope = Scope(methodology, entries=pack.entries)
    for node in methodology.indicators:
        column, faults = _gather(node, scope, columns, areas.index)
        states.append(_state(node, methodology, pack.entries, column))
        problems += [*faults, *_vintages(states[-1])]
        if column is not None:
            gaps[node.id], values[node.id] = np.isnan(column.value), column.value
    substitutes = {one.node.id for one in states if one.status == STATUSES[-1]}
    problems += [] if pack.spec.get("invented") else _unusual(values, substitutes)
    least = methodology.options("qualityassurance")["MIN_AVAILABLE"] * len(areas)
    low = {one.node.id: one.covered for one in states if one.status != ABSENT and one.covered < least}
    few = (
        "It covers {:,} of {:,} areas, too few for a measure of all of them. Leave it out on the Method page, or keep "
        "it on purpose on the Run page."
    )
    problems += [Problem(name, few.format(covered, len(areas)), low=True) for name, covered in low.items()]
    # They stop a run unless they are left out; a problem may say so already.
    lacking = {one.node.id for one in states if one.status == ABSENT} - {problem.subject for problem in problems}
    words = "No data in the pack. Add it, or leave it out on the Method page."
    problems += [Problem(one.node.id, words, False) for one in states if one.node.id in lacking]
    known = {node.id for node in methodology.nodes}
    own = tuple(_own(entry) for name, entry in pack.entries.items() if name not in known)
    located = any(entry.geography in NEEDS_OVERLAP for entry in pack.entries.values())
    country = "All areas" if pack.spec.get("invented") else "England"
    return PackCheck(
        pack.title,
        country,
        len(areas),
        int(areas["district_code"].nunique()),
        tuple(states),
        tuple(problems),
        pd.DataFrame(gaps, index=areas.index),
        located,
        areas["population"],
        tuple(low),
        own,
    )


def _missing_files(pack: Pack) -> List[Problem]:
    problems = []
    for file in pack.files():
        try:
            pack.path(file)
        except PackError as error:
            problems.append(Problem("", f"{error} Put it back, or take what names it out of pack.json."))
    located = sorted(name for name, entry in pack.entries.items() if entry.geography in NEEDS_OVERLAP)
    if located and "postcodes" not in pack.spec:
        problems.append(
            Problem(located[0], "Figures for areas of 2011 need postcodes, and the pack names none in pack.json.")
        )
    for geography in ("LSOA21", *(("OA11",) if located else ())):
        if geography not in pack.spec["boundaries"]:
            problems.append(
                Problem("", f"boundaries.{geography} is missing from pack.json; the run needs its polygons.")
            )
    return problems


def _convert(
    pack: Pack, methodology: Methodology, areas: pd.DataFrame, progress: Progress
) -> Tuple[Dict[str, Converted], List[Problem]]:
    """Every indicator of the pack that the methodology uses; what cannot be converted is a problem."""
    wanted = [
        node for node in methodology.nodes if node.level in ("composite", "indicator") and node.id in pack.entries
    ]
    crosswalks = Crosswalks(pack, areas, lambda: _pairs_by_lookup(pack))
    columns: Dict[str, Converted] = {}
    problems = []
    for place, node in enumerate(wanted):
        progress(0.1 + 0.9 * place / len(wanted), node.title)
        try:
            columns[node.id] = convert_entry(pack, pack.entries[node.id], node.kind, crosswalks)
        except NeedError as error:
            problems.append(Problem(node.id, str(error)))
    return columns, problems


def _pairs_by_lookup(pack: Pack) -> pd.DataFrame:
    """Pairs of OA11 and LSOA21 as the lookups have them, each counted once: a stand-in for postcodes."""
    parents = pack.lookup("OA11")["LSOA11"].rename("LSOA11").rename_axis("OA11").reset_index()
    pairs = parents.merge(pack.exact_fit(), left_on="LSOA11", right_on="source")
    return pd.DataFrame({"source": pairs["OA11"], "target": pairs["target"], "postcodes": 1.0})


def _gather(
    node: Node, scope: Scope, columns: Mapping[str, Converted], codes: pd.Index
) -> Tuple[Optional[Converted], List[Problem]]:
    if node.id in columns or not any(part.id in columns for part in scope.methodology.children(node.id)):
        return columns.get(node.id), []
    try:
        return sum_composite(node, scope, columns, codes), []
    except NeedError as error:
        return None, [Problem(node.id, str(error))]


def _state(
    node: Node, methodology: Methodology, entries: Mapping[str, Entry], column: Optional[Converted]
) -> IndicatorState:
    """The state of an indicator: its own entry's, or the worst of its parts'."""
    dimension = methodology.dimension_of(node.id).title
    parts = [part.id for part in methodology.children(node.id)]
    given = [entries[name] for name in ((node.id,) if node.id in entries else parts) if name in entries]
    if column is None or not given:
        return IndicatorState(node, dimension, ABSENT)
    return IndicatorState(
        node,
        dimension,
        status=max((entry.status for entry in given), key=STATUSES.index),
        **sources_in_words(given),
        covered=int(np.count_nonzero(~np.isnan(column.value))),
        flags=_flags(column, methodology),
        unit=indicator_unit(node, given),
        title=given[0].title if len(given) == 1 else "",
    )


def _flags(column: Converted, methodology: Methodology) -> str:
    """Step 2's flags but that of coverage, a problem of its own; by lookups, so counts of 2011 are estimates."""
    facts = quality.describe(column.value)
    spread = quality.provenance_shares(column.provenance)["spread"] > 0.5
    options = {**methodology.options("qualityassurance"), "MIN_AVAILABLE": 0.0}
    return quality.flags(facts, spread=spread, options=options) if facts["areas"] else ""


def _vintages(state: IndicatorState) -> List[Problem]:
    """What a pack says of its figures' age, where the dates say otherwise."""
    age = vintage(state.date, state.node.date)
    if not age or state.status not in ("older vintage", "newer vintage", "as specified") or age in state.status:
        return []
    claimed = (
        "as the method asks"
        if state.status == "as specified"
        else f"a figure of {state.status.replace(' vintage', '')} date"
    )
    text = f"The pack calls it {claimed}, but {state.date} is {age} than the method's {state.node.date}."
    return [Problem(state.node.id, text, False)]


def _unusual(values: Mapping[str, Array], substitutes: Collection[str] = ()) -> List[Problem]:
    """Figures that are unlike England's: another unit, another column, or turned round; none of that stops a run."""
    problems = []
    for name in [one for one in _USUAL if one in values and not np.isnan(values[one]).all()]:
        middle, known = float(np.nanmedian(values[name])), _USUAL[name]
        ranges = known.get("substitute", known["middle"]) if name in substitutes else known["middle"]
        if not any(low <= middle <= high for low, high in ranges):
            usual = " or ".join(f"{low:,g} to {high:,g}" for low, high in ranges)
            text = f"Its middle value, {middle:,.4g}, is unlike England's ({usual}). Another unit, or another column?"
            problems.append(Problem(name, text, False))
        for other, sign in known.get("beside", {}).items():
            both = pd.DataFrame({"own": values[name], "other": values.get(other, np.nan)}).dropna().rank()
            if len(both) > 2 and sign * both["own"].corr(both["other"]) < -_AGAINST:
                way, usual = ("falls", "rises") if sign > 0 else ("rises", "falls")
                text = f"It {way} where '{other}' rises, while in England it {usual}. Another column, or turned round?"
                problems.append(Problem(name, text, False))
    return problems


def _own(entry: Entry) -> IndicatorState:
    node = Node(entry.id, "indicator", entry.title or entry.id.replace("_", " ").capitalize(), unit=entry.unit)
    return IndicatorState(node, "", OWN, entry.source, entry.date, entry.geography, entry.note, unit=entry.unit)
