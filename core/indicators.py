"""All indicators of a pack on the LSOAs of 2021: what a run starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .errors import PackError
from .methodology import Methodology, Node
from .pack import Pack
from .pack_format import Entry
from .steps import crosswalk
from .steps.convert import BLANK_LIMIT, convert_entry
from .table import Columns, Converted, indicator_columns
from .texts import Note, Progress, listed, no_progress

REPORT_DISTRICT = "LTLA23"


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

    def table(self) -> Columns:
        """The indicators by the names of columns that steps read; of the areas their codes, and ``areas.<column>``."""
        areas = {f"areas.{name}": self.areas[name] for name in self.areas}
        return Columns({"area_code": self.areas.index, **areas, **indicator_columns(self.columns)}, self.title)


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
