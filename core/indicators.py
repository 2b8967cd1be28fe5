"""All indicators of a pack on the LSOAs of 2021: what a run starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .errors import DataError, PackError
from .methodology import Methodology, Node
from .pack import Pack
from .pack_format import Entry
from .steps import crosswalk
from .steps.composite import sum_parts
from .steps.convert import BLANK_LIMIT, Converted, bounded_ratio, convert_entry, listed
from .steps.shrinkage import bound_counts

Progress = Callable[[float, str], None]
REPORT_DISTRICT = "LTLA23"


@dataclass(frozen=True)
class Note:
    """Something the user must know of a result; kind is warning, gap, substitute or imputed."""

    kind: str
    subject: str
    text: str


@dataclass(frozen=True)
class Indicators:
    """The converted indicators of a pack.

    ``areas`` is indexed by area_code and holds names, district, region, population and
    ``shrinkage_district``; ``columns`` the converted indicators that enter the sums and the parts of
    composites, by id; ``absent`` the ids that enter the sums and have no data.
    """

    title: str
    attribution: Tuple[str, ...]
    areas: pd.DataFrame
    columns: Mapping[str, Converted]
    entries: Mapping[str, Entry]
    absent: Tuple[str, ...]
    notes: Tuple[Note, ...]


def no_progress(fraction: float, text: str) -> None:
    """Progress that goes nowhere."""


def read_areas(pack: Pack, *, report_by: str = REPORT_DISTRICT, shrink_by: str = REPORT_DISTRICT) -> pd.DataFrame:
    """The areas of the universe, sorted by code: names, district, region, population and their parents.

    ``report_by`` and ``shrink_by`` name parents in the pack's LSOA21 lookup. PackError if a parent or an
    area's population is missing.
    """
    lookup = pack.lookup("LSOA21").sort_index()
    for parent in (report_by, shrink_by):
        if parent not in lookup or f"{report_by}_name" not in lookup:
            raise PackError(f"{pack.name}: lookups.LSOA21 has no parent '{parent}' with a name.")
    population = pack.population()
    lacking = lookup.index.difference(population.dropna().index)
    if len(lacking):
        raise PackError(f"{pack.spec['population']['file']}: no population for {listed(lacking)}.")
    negative = population.index[population < 0]
    if len(negative):
        raise PackError(f"{pack.spec['population']['file']}: the population is negative for {listed(negative)}.")
    areas = lookup.rename_axis("area_code")
    named = {
        "area_name": areas["name"] if "name" in areas else areas.index.to_series(),
        "district_code": areas[report_by],
        "district_name": areas[f"{report_by}_name"],
        "region_code": areas["RGN23"],
        "region_name": areas["RGN23_name"],
        "population": population.reindex(areas.index),
        "shrinkage_district": areas[shrink_by],
    }
    parents = {name: areas[name] for name in areas if name != "name" and not name.endswith("_name")}
    return pd.DataFrame({**named, **parents}, index=areas.index)


def convert_pack(
    pack: Pack,
    methodology: Methodology,
    pairs: Optional[pd.DataFrame],
    *,
    report_by: str = REPORT_DISTRICT,
    shrink_by: str = REPORT_DISTRICT,
    over: str = "gap",
    progress: Progress = no_progress,
) -> Indicators:
    """Convert every indicator that the methodology uses (step 1).

    ``pairs`` counts the postcodes in each pair of OA11 and LSOA21; None if nothing needs them. ``over`` (gap or
    cap) decides on numerators above their denominator. Raises PackError for data that cannot be used, naming file,
    column or area.
    """
    areas = read_areas(pack, report_by=report_by, shrink_by=shrink_by)
    wanted = [
        node for node in methodology.nodes if node.level in ("composite", "indicator") and node.id in pack.entries
    ]
    notes = _entries_without_node(pack, methodology)
    limit = methodology.options("apportion")["BLANK_LIMIT"]
    columns, converting = convert_entries(pack, wanted, areas, pairs, blank_limit=limit, over=over, progress=progress)
    notes += converting
    notes += _substitutes(pack, methodology, columns)
    absent = tuple(node.id for node in methodology.indicators if not _has_data(node, methodology, columns))
    return Indicators(pack.title, pack.attribution, areas, columns, pack.entries, absent, tuple(notes))


def convert_entries(
    pack: Pack,
    nodes: Sequence[Node],
    areas: pd.DataFrame,
    pairs: Optional[pd.DataFrame],
    *,
    blank_limit: float = BLANK_LIMIT,
    over: str = "gap",
    progress: Progress = no_progress,
) -> Tuple[Dict[str, Converted], List[Note]]:
    """Step 1 for some nodes of which the pack has entries: columns by id (none for what is empty), and notes."""
    needed = {source.geography for node in nodes for source in _tables(pack.entries[node.id])}
    walks = {name: crosswalk.build(pack, name, areas, pairs) for name in sorted(needed)}
    notes = [Note("warning", name, text) for name, walk in walks.items() for text in by_lookup(walk)]
    columns: Dict[str, Converted] = {}
    for position, node in enumerate(nodes):
        progress(position / len(nodes), f"Converting {node.title}")
        column = convert_entry(pack, pack.entries[node.id], node.kind, walks, blank_limit, over)
        notes += [Note("warning", node.id, text) for text in (*column.notes, *column.over)]
        if np.isnan(column.value).all():
            notes.append(
                Note("warning", node.id, f"{pack.entries[node.id].file} gives no area a value; taken as absent")
            )
        else:
            columns[node.id] = column
    return columns, notes


def by_lookup(walk: crosswalk.Crosswalk) -> List[str]:
    """In words, the areas on either side that hold no postcode and so go by their lookup."""
    lists = {
        "source areas hold no postcode and go by their lookup": walk.by_lookup,
        "areas hold no postcode and take an even part of the source areas that their lookup names": walk.bare,
    }
    return [f"{len(codes):,} {text}: {listed(codes)}" for text, codes in lists.items() if codes]


def _has_data(node: Node, methodology: Methodology, columns: Mapping[str, Converted]) -> bool:
    """Whether an indicator, or a part of a composite, is there."""
    return node.id in columns or any(part.id in columns for part in methodology.children(node.id))


def _tables(entry: Entry) -> List:
    """Every source of the entry that has a geography of its own."""
    counts = [entry.numerator, entry.denominator, *(entry.change or {}).values()]
    return [entry, *(source for source in counts if source is not None)]


def _entries_without_node(pack: Pack, methodology: Methodology) -> List[Note]:
    known = {node.id for node in methodology.nodes if node.level in ("composite", "indicator")}
    return [
        Note("warning", name, f"the pack gives '{name}', which the methodology does not use; it is left out")
        for name in pack.entries
        if name not in known
    ]


def _substitutes(pack: Pack, methodology: Methodology, columns: Mapping[str, Converted]) -> List[Note]:
    notes = []
    for name in columns:
        entry = pack.entries[name]
        if entry.status != "as specified":
            text = f"{entry.status}: {entry.source}, {entry.date}. {entry.note}".strip()
            notes.append(Note("substitute", name, text))
        children = [child.id for child in methodology.children(name)]
        doubled = [child for child in children if child in columns]
        if doubled:
            notes.append(Note("warning", name, f"given whole; its parts in the pack are not used: {listed(doubled)}"))
    pair = ("incapacity_benefit", "severe_disablement_allowance")
    if set(pair) <= set(columns) and pack.entries[pair[0]].net_of != pair[1]:
        text = (
            "the published series includes severe disablement allowance, which the pack gives too: people may be "
            "counted twice. Say net_of in the pack if the figure is net of it."
        )
        notes.append(Note("warning", pair[0], text))
    return notes


def gather_composite(
    node: Node, methodology: Methodology, indicators: Indicators, left_out: Sequence[str], over: str = "gap"
) -> Converted:
    """The composite as given whole, or the sum of its parts.

    A part that is missing and not listed in ``left_out`` is a DataError, for a partial sum reads as low need; so are
    parts that have no area in common. Parts and sum alike go by ``bound_counts`` and ``over``. Provenance is the
    least direct of the parts; totals are added. Source: paper, step 3.
    """
    if node.id in indicators.columns:
        return indicators.columns[node.id]
    parts = [part for part in methodology.children(node.id) if part.id not in left_out]
    if not parts:
        raise DataError(f"'{node.id}': all of its parts are left out; list '{node.id}' itself instead.")
    missing = [part.id for part in parts if part.id not in indicators.columns]
    if missing:
        raise DataError(
            f"'{node.id}' lacks parts without data: {listed(missing)}. Add them to the pack, "
            "or list them by name to leave them out."
        )
    columns = [indicators.columns[part.id] for part in parts]
    valued = [part.id for part, column in zip(parts, columns) if column.numerator is None]
    if valued:
        raise DataError(f"'{node.id}' is a sum of counts, but {listed(valued)} come without numerator and denominator.")
    tops = [_numerator(column, indicators.entries.get(column.id), over) for column in columns]
    numerator, denominator = sum_parts(tops, [column.denominator for column in columns])
    value, told = bounded_ratio(numerator, denominator, indicators.areas.index, over)
    if np.isnan(value).all():
        held = ", ".join(f"{c.id} in {np.count_nonzero(~np.isnan(top)):,}" for c, top in zip(columns, tops))
        raise DataError(
            f"'{node.id}': its parts have figures ({held} areas), but no area has one of each, so it has no value "
            "anywhere. Are they for the same areas? List a part by name to leave it out."
        )
    labels = np.where(np.isnan(value), None, _widest_provenance(columns))
    totals = {"sum_in": sum(c.sum_in for c in columns), "sum_out": sum(c.sum_out for c in columns)}
    return Converted(node.id, value, labels, numerator, denominator, over=told, **totals)


def _numerator(column: Converted, entry: Optional[Entry], over: str) -> np.ndarray:
    """A part's events: none above its own population, unless the pack calls it open-ended."""
    if entry is not None and entry.unbounded:
        return column.numerator
    return bound_counts(column.numerator, column.denominator, over).numerator


def _widest_provenance(columns: Sequence[Converted]) -> np.ndarray:
    """Of the parts' provenances, by area, the one that is furthest from a direct figure."""
    order = {name: place for place, name in enumerate(crosswalk.PROVENANCES)}
    rank = np.max([[order.get(label, -1) for label in column.provenance] for column in columns], axis=0)
    return np.array([crosswalk.PROVENANCES[place] if place >= 0 else None for place in rank], dtype=object)
