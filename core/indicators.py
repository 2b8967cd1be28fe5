"""All indicators of a pack on the LSOAs of 2021: what a run starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple

import numpy as np
import pandas as pd

from .arrays import Array
from .crosswalks import Crosswalks
from .errors import PackError
from .methodology import Methodology, Node
from .pack import Pack
from .pack_format import Counts, Entry
from .rates import bounded_ratio, ratio
from .steps.assign import named
from .steps.convert import BLANK_LIMIT, align, average_means, labels, share_counts
from .steps.crosswalk import Crosswalk
from .steps.standardise import ascending_ranks
from .table import Columns, Converted, indicator_columns
from .texts import Note, Progress, listed, no_progress

REPORT_DISTRICT = "LTLA23"
FEW_AREAS = 10


class Tables(Protocol):
    """What gives the columns of a table by its code: a pack, or any one table."""

    def table(self, file: str, code: str, texts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
        """The named columns, indexed by code."""


@dataclass(frozen=True)
class Indicators:
    """The converted indicators of a pack.

    ``areas`` is indexed by area_code and holds names, district, region, population and
    ``shrinkage_district``; ``columns`` the converted indicators that enter the sums and the parts of
    composites, by id; ``absent`` the ids that enter the sums and have no data; ``whole`` what these are a part of.
    """

    title: str
    attribution: Tuple[str, ...]
    areas: pd.DataFrame
    columns: Mapping[str, Converted]
    entries: Mapping[str, Entry]
    absent: Tuple[str, ...]
    notes: Tuple[Note, ...]
    whole: Optional[Indicators] = None

    def table(self) -> Columns:
        """The indicators by the names of columns that steps read; of the areas their codes, and ``areas.<column>``."""
        areas = {f"areas.{name}": self.areas[name] for name in self.areas}
        return Columns({"area_code": self.areas.index, **areas, **indicator_columns(self.columns)}, self.title)

    def within(self, universe: Sequence[str]) -> Indicators:
        """The indicators of some areas alone: of the codes or names of areas, districts, regions or other parents.

        All areas where ``universe`` is empty. The figures stay as they were converted for all; T and n of what is
        ranked after that are the universe's own, and so are the districts that values are shrunk towards.
        OptionError names what is no area of the pack. Source: METHOD, section 5.
        """
        if not universe:
            return self
        inside = named(self.areas, universe, "UNIVERSE", self.title)
        columns = {name: column.at(inside) for name, column in self.columns.items()}
        empty = tuple(name for name, column in columns.items() if np.isnan(column.value).all())
        said = f"only the {np.count_nonzero(inside):,} areas of {listed(universe)} are ranked, among themselves"
        notes = [Note("warning", "areas", f"{said}; shares, ranks and hot spots are of these, not of all areas")]
        districts = self.areas["shrinkage_district"]
        cut = sorted(set(districts[inside]) & set(districts[~inside]))
        if cut:
            notes.append(Note("warning", "areas", f"{listed(cut)}: shrunk towards the areas that are inside alone"))
        sizes = districts[inside].value_counts()
        few = [f"{code} ({size})" for code, size in sizes.items() if size < FEW_AREAS]
        if few:
            said = f"shrunk towards districts of fewer than {FEW_AREAS} areas, whose spread is hardly known"
            notes.append(Note("warning", "areas", f"{said}: {listed(sorted(few))}"))
        return replace(
            self,
            title=f"{self.title}, {listed(universe, 3)} alone",
            areas=self.areas[inside],
            columns={name: column for name, column in columns.items() if name not in empty},
            absent=tuple(dict.fromkeys([*self.absent, *empty])),
            notes=(*self.notes, *notes),
            whole=self,
        )


def read_areas(pack: Pack, *, report_by: str = REPORT_DISTRICT, shrink_by: str = REPORT_DISTRICT) -> pd.DataFrame:
    """The areas of the universe, sorted by code: names, district, region, population and their parents.

    ``report_by`` and ``shrink_by`` name parents in the pack's LSOA21 lookup. PackError if a parent or an
    area's population is missing.
    """
    lookup = pack.lookup("LSOA21").sort_index()
    for parent in (report_by, shrink_by):
        if parent not in lookup or f"{report_by}_name" not in lookup:
            held = listed([str(name) for name in lookup if f"{name}_name" in lookup])
            raise PackError(f"{pack.name}: lookups.LSOA21 has no parent '{parent}' with a name; it has {held}.")
    population: pd.Series = pack.population()
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
    held = {one for node in methodology.nodes if node.id in columns for one in (node.id, node.parent)}
    absent = tuple(node.id for node in methodology.indicators if node.id not in held)
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
    crosswalks = Crosswalks(pack, areas, lambda: pairs)
    needed = sorted({geography for node in nodes for geography in pack.entries[node.id].geographies})
    notes = [Note("warning", name, text) for name in needed for text in by_lookup(crosswalks[name])]
    columns: Dict[str, Converted] = {}
    for position, node in enumerate(nodes):
        progress(position / len(nodes), f"Converting {node.title}")
        column = convert_entry(pack, pack.entries[node.id], node.kind, crosswalks, blank_limit, over)
        notes += [Note("warning", node.id, text) for text in (*column.notes, *column.over)]
        if np.isnan(column.value).all():
            notes.append(
                Note("warning", node.id, f"{pack.entries[node.id].file} gives no area a value; taken as absent")
            )
        else:
            columns[node.id] = column
    return columns, notes


def convert_entry(
    tables: Tables,
    entry: Entry,
    kind: str,
    crosswalks: Mapping[str, Crosswalk],
    blank_limit: float = BLANK_LIMIT,
    over: str = "gap",
) -> Converted:
    """One indicator of a pack, converted by the rule of its form: counts, value or change.

    Counts: numerator and denominator are converted as counts and divided afterwards. Change:
    100 x (to - from) / from of the converted counts, each per head where denominators are given. Values:
    averaged; ranks are averaged and ranked again. ``kind`` is the methodology's, ``unbounded`` overrides it; ``over``
    goes to ``bound_counts`` for counts of a population. Raises PackError naming file, column or area. Source: paper,
    step 1; docs/method.md#1-conversion-to-lsoa.
    """
    read = partial(_read_counts, tables, crosswalks)
    if entry.numerator is not None and entry.denominator is not None:
        bounded = over if kind == "count" and not entry.unbounded else None
        return _convert_ratio(entry, read(entry.numerator), read(entry.denominator), crosswalks, blank_limit, bounded)
    if entry.change is not None:
        return _convert_change(
            entry, {name: read(one, True) for name, one in entry.change.items()}, crosswalks, blank_limit
        )
    crosswalk = crosswalks[entry.geography]
    means = [name for name in (entry.value, entry.standard_error) if name is not None]
    columns = [*means, *([entry.weight] if entry.weight else [])]
    table = tables.table(entry.file, entry.code, numbers=columns)
    table, notes = align(table, crosswalk, entry.file, crosswalks, means=means, weight=entry.weight)
    weight = None if entry.weight is None else table[entry.weight].to_numpy()
    value, *error = (
        average_means(entry.scale * table[name].to_numpy(), crosswalk, weight, blank_limit) for name in means
    )
    if kind == "rank" and entry.geography != "LSOA21":
        value = ascending_ranks(value)
    return Converted(entry.id, value, labels(value, crosswalk), standard_error=error[0] if error else None, notes=notes)


class _Read(NamedTuple):
    """A count by source area as it was read, with its crosswalk and its notes."""

    values: Array
    crosswalk: Crosswalk
    notes: Tuple[str, ...]


def _convert_ratio(
    entry: Entry, top: _Read, bottom: _Read, crosswalks: Mapping[str, Crosswalk], limit: float, over: Optional[str]
) -> Converted:
    """Counts over counts; ``over`` is None for ratios without an upper end."""
    crosswalk = crosswalks[entry.geography]
    events, people = entry.scale * top.values, bottom.values
    if top.crosswalk is bottom.crosswalk:
        # A row that lacks one of the two counts as blank in both, so that the ratio stays one of like with like.
        gap = np.isnan(events) | np.isnan(people)
        events, people = np.where(gap, np.nan, events), np.where(gap, np.nan, people)
    numerator = share_counts(events, top.crosswalk, limit)
    denominator = share_counts(people, bottom.crosswalk, limit)
    value, exceeding = bounded_ratio(numerator, denominator, crosswalk.targets, over)
    notes = tuple(dict.fromkeys([*top.notes, *bottom.notes]))
    found = Converted(entry.id, value, labels(value, crosswalk), notes=notes, over=exceeding)
    if crosswalk.spread:
        return found
    sums = float(np.nansum(events)), float(np.nansum(numerator))
    return replace(found, numerator=numerator, denominator=denominator, sum_in=sums[0], sum_out=sums[1])


def _convert_change(
    entry: Entry, sides: Mapping[str, _Read], crosswalks: Mapping[str, Crosswalk], limit: float
) -> Converted:
    crosswalk = crosswalks[entry.geography]
    shared = {name: share_counts(side.values, side.crosswalk, limit) for name, side in sides.items()}
    before, after = shared["from"], shared["to"]
    if "from_denominator" in shared:
        before, after = ratio(before, shared["from_denominator"]), ratio(after, shared["to_denominator"])
    value = 100.0 * ratio(after - before, before)
    notes = tuple(dict.fromkeys(note for side in sides.values() for note in side.notes))
    found = Converted(entry.id, value, labels(value, crosswalk), notes=notes)
    if crosswalk.spread:
        return found
    return replace(found, sum_in=float(np.nansum(sides["to"].values)), sum_out=float(np.nansum(shared["to"])))


def _read_counts(tables: Tables, crosswalks: Mapping[str, Crosswalk], counts: Counts, signed: bool = False) -> _Read:
    """The sum of the columns by source area, NaN where one is blank; negative counts are an error."""
    crosswalk = crosswalks[counts.geography]
    table = tables.table(counts.file, counts.code, numbers=counts.columns)
    for column in () if signed else counts.columns:
        if (table[column] < 0).any():
            area = table.index[int(np.argmax(table[column] < 0))]
            raise PackError(f"{counts.file}: column '{column}' is negative for {area}; a count cannot be.")
    aligned, notes = align(table, crosswalk, counts.file, crosswalks)
    return _Read(aligned.sum(axis=1, skipna=False).to_numpy(), crosswalk, notes)


def by_lookup(crosswalk: Crosswalk) -> List[str]:
    """In words, the areas on either side that hold no postcode and so go by their lookup."""
    lists = {
        "source areas hold no postcode and go by their lookup": crosswalk.by_lookup,
        "areas hold no postcode and take an even part of the source areas that their lookup names": crosswalk.bare,
    }
    return [f"{len(codes):,} {text}: {listed(codes)}" for text, codes in lists.items() if codes]


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
