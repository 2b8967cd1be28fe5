"""Step 1 on tables: figures of other areas brought to LSOAs, from a pack or from any table with its lookup."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from . import indicators as pack_indicators
from . import meaning
from .errors import DataError
from .methodology import Node
from .pack import Pack
from .pack_format import Counts, Entry
from .steps.convert import align, average_means, convert_entry, share_counts
from .steps.crosswalk import Crosswalk, link_areas
from .steps.standardise import ascending_ranks
from .table import Added, Converted, Scope, Table, indicator_columns
from .texts import Note, Progress, listed, no_progress

AREA = "area_code"
KINDS = ("count", "mean", "rank")


@dataclass(frozen=True)
class Figures:
    """A table of figures by code, which answers as a pack does when it is asked for its columns."""

    name: str
    source: Table
    code: str
    _index: List[pd.Index] = field(default_factory=list)

    def table(self, file: str, code: str, texts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
        """The numbers of the columns, by code."""
        if not self._index:
            self._index.append(self.source.distinct_keys(self.code))
        return pd.DataFrame({name: self.source.numbers(name) for name in dict.fromkeys(numbers)}, index=self._index[0])


def pack_areas(pack: Pack) -> pd.DataFrame:
    """The areas of a pack as a table to begin with: codes, names, districts, regions, population and parents."""
    areas = pack_indicators.read_areas(pack)
    return areas.drop(columns="shrinkage_district")


def convert_from_pack(
    pack: Pack,
    scope: Scope,
    wanted_areas: Figures,
    pairs: Optional[pd.DataFrame],
    *,
    geographies: Iterable[str],
    blank_limit: float,
    progress: Progress = no_progress,
) -> Added:
    """Every indicator that the pack publishes for one of the geographies, on the areas of a table by their code.

    It is converted for all of the pack's LSOAs and then handed to the codes, so that a part of the country gets
    the same figures as the whole. Codes that the pack does not know are listed and have no value.
    """
    areas = pack_indicators.read_areas(pack)
    wanted = [
        node
        for node in scope.methodology.nodes
        if node.id in pack.entries and scope.holds(node) and pack.entries[node.id].geography in geographies
    ]
    columns, notes = pack_indicators.convert_entries(
        pack, wanted, areas, pairs, blank_limit=blank_limit, progress=progress
    )
    texts = {name: meaning.describe(pack.entries[name]) for name in columns}
    frame = meaning.beside(pd.DataFrame(indicator_columns(columns), index=areas.index), texts)
    if columns:
        frame = frame.assign(**meaning.stamp(meaning.origin(pack, scope.methodology), wanted_areas.source))
    notes += [note for name, column in columns.items() for note in _totals(name, column.sum_in, column.sum_out)]
    if not wanted:
        notes.append(Note("info", pack.name, f"no indicator is published for {listed(sorted(geographies))}"))
    return _rows_for(frame, wanted_areas.source.distinct_keys(wanted_areas.code), notes)


def convert_figures(
    figures: Figures, scope: Scope, codes: Optional[Sequence[str]], walk: Crosswalk, *, blank_limit: float
) -> Tuple[Sequence[str], Added]:
    """The indicators that a table holds (``<id>_num`` with ``<id>_den``, or ``<id>``), converted by their kind."""
    columns: Dict[str, Converted] = {}
    notes = [Note("warning", walk.geography, text) for text in pack_indicators.by_lookup(walk)]
    for node in scope.methodology.nodes:
        entry = _entry(node, figures.source, walk.geography) if scope.holds(node) else None
        if entry is None:
            continue
        columns[node.id] = convert_entry(figures, entry, node.kind, {walk.geography: walk}, blank_limit)
        notes += [Note("warning", node.id, text) for text in (*columns[node.id].notes, *columns[node.id].over)]
        notes += _totals(node.id, columns[node.id].sum_in, columns[node.id].sum_out)
    if not columns:
        scope.present(figures.source, "")
    frame = pd.DataFrame(indicator_columns(columns), index=walk.targets)
    frame = meaning.beside(frame, dict.fromkeys(columns, walk.geography))
    targets = walk.targets if codes is None else codes
    return targets, _rows_for(frame, targets, notes)


def _entry(node: Node, table: Table, geography: str) -> Optional[Entry]:
    if node.level not in ("composite", "indicator"):
        return None
    base = {"id": node.id, "file": "INPUT", "geography": geography, "code": "code"}
    if table.holds(f"{node.id}_num") and table.holds(f"{node.id}_den"):
        counts = (Counts("INPUT", geography, "code", (f"{node.id}_{side}",)) for side in ("num", "den"))
        return Entry(numerator=next(counts), denominator=next(counts), **base)
    if not table.holds(node.id):
        return None
    columns = {"weight": f"{node.id}_weight", "standard_error": f"{node.id}_se"}
    extra = {key: column for key, column in columns.items() if table.holds(column)}
    return Entry(value=node.id, **base, **extra)


def convert_fields(
    figures: Figures,
    fields: Sequence[str],
    codes: Optional[Sequence[str]],
    walk: Crosswalk,
    *,
    kind: str,
    weight: Optional[str] = None,
    blank_limit: float,
) -> Tuple[Sequence[str], Added]:
    """The named fields of any table as counts (shared out), means (averaged) or ranks (averaged, ranked again).

    Columns ``<field>``, ``<field>_provenance`` and ``<field>_meaning``; what went in and came out is among the notes.
    """
    wanted = list(dict.fromkeys([*fields, *([weight] if weight else [])]))
    texts: List[str] = []
    table = align(
        figures.table("", "", numbers=wanted),
        walk,
        figures.name,
        texts,
        {walk.geography: walk},
        means=() if kind == "count" else [name for name in fields if name != weight],
        weight=weight,
    )
    notes = [Note("warning", figures.name, text) for text in (*texts, *pack_indicators.by_lookup(walk))]
    columns: Dict[str, np.ndarray] = {}
    for name in fields:
        values = table[name].to_numpy()
        if kind == "count":
            if (values < 0).any():
                raise DataError(
                    f"{figures.name}: '{name}' is negative for {table.index[np.argmax(values < 0)]}; a count cannot be."
                )
            columns[name] = share_counts(values, walk, blank_limit)
            if not walk.spread:
                notes += _totals(name, float(np.nansum(values)), float(np.nansum(columns[name])))
        else:
            columns[name] = average_means(values, walk, table[weight].to_numpy() if weight else None, blank_limit)
        if kind == "rank":
            columns[name] = ascending_ranks(columns[name])
        columns[f"{name}_provenance"] = np.where(np.isnan(columns[name]), None, walk.provenance)
    targets = walk.targets if codes is None else codes
    frame = meaning.beside(pd.DataFrame(columns, index=walk.targets), dict.fromkeys(fields, walk.geography))
    return targets, _rows_for(frame, targets, notes)


def _totals(name: str, total_in: float, total_out: float) -> List[Note]:
    if np.isnan(total_in):
        return []
    withheld = (
        "" if abs(total_in - total_out) <= 1e-9 * max(abs(total_in), 1.0) else ", the rest lies in areas left blank"
    )
    return [Note("info", name, f"sum in {total_in:.12g}, sum out {total_out:.12g}{withheld}")]


def _rows_for(frame: pd.DataFrame, codes: Sequence[str], notes: List[Note]) -> Added:
    """Rows in the order of ``codes``; NaN and a warning for unknown codes."""
    wanted = pd.Index(codes, dtype=object)
    unknown = wanted[~wanted.isin(frame.index)]
    if len(unknown) == len(wanted):
        raise DataError(f"None of the areas is known, for example {listed(unknown, 1)}; are these LSOA codes of 2021?")
    if len(unknown):
        notes.append(
            Note(
                "warning",
                "areas",
                f"{len(unknown):,} have no figures, for the lookup does not know them: {listed(unknown)}",
            )
        )
    return Added(frame.reindex(wanted).reset_index(drop=True), tuple(notes))


def walk_of_lookup(geography: str, lookup: Table, source: str, target: str, *, provenance: Optional[str]) -> Crosswalk:
    """The crosswalk that a table of pairs describes: which source area lies in, or makes up, which LSOA."""
    links = read_links(lookup, source, target).assign(weight=1.0)
    return link_areas(geography, _distinct(links["source"]), _distinct(links["target"]), links, provenance)


def read_links(lookup: Table, source: str, target: str) -> pd.DataFrame:
    """The pairs (source, target) of a lookup; DataError where one stands in it twice or a code is missing."""
    links = pd.DataFrame({"source": lookup.keys(source), "target": lookup.keys(target)})
    repeated = links.duplicated()
    if repeated.any():
        pair = links[repeated].iloc[0]
        raise DataError(f"{lookup.name}: the pair {pair['source']}, {pair['target']} stands in it more than once.")
    return links


def one_target_each(lookup: Table, source: str) -> None:
    """DataError if a source area stands in the lookup twice: it would be counted twice."""
    lookup.distinct_keys(source)


def spread_walk(lookup: Table, source: str, target: str) -> Crosswalk:
    """The crosswalk from authorities to the LSOAs inside them; each LSOA lies in one."""
    targets = lookup.distinct_keys(target)
    authorities = lookup.keys(source)
    sources = _distinct(authorities)
    ones = np.ones(len(targets))
    return Crosswalk(
        "LTLA23",
        sources,
        targets,
        sources.get_indexer(authorities),
        np.arange(len(targets)),
        ones,
        ones,
        np.full(len(targets), "spread"),
    )


def gather_pairs(pairs: pd.DataFrame, parents: Mapping[str, str]) -> pd.DataFrame:
    """Pairs of small areas added up to the larger areas that hold them; pairs without a parent are dropped."""
    gathered = pairs.assign(source=pairs["source"].map(parents)).dropna(subset=["source"])
    return gathered.groupby(["source", "target"], as_index=False)["postcodes"].sum()


def read_pairs(table: Table) -> pd.DataFrame:
    """An overlap table (fields source, target, postcodes), as ``postcodeoverlap`` makes it."""
    postcodes = table.numbers("postcodes")
    if np.isnan(postcodes).any() or (postcodes < 0).any():
        raise DataError(f"{table.name}: 'postcodes' is missing or negative somewhere.")
    pairs = pd.DataFrame({"source": table.keys("source"), "target": table.keys("target"), "postcodes": postcodes})
    if pairs.duplicated(["source", "target"]).any():
        raise DataError(f"{table.name}: a pair of source and target stands in it more than once.")
    return pairs.sort_values(["source", "target"], ignore_index=True)


def links_of(
    geography: str, pairs: pd.DataFrame, *, lookup: Optional[pd.DataFrame] = None, provenance: Optional[str]
) -> Crosswalk:
    """The crosswalk that an overlap table gives; with ``lookup`` (exact-fit pairs source, target) it keeps to those."""
    links = pairs.rename(columns={"postcodes": "weight"})
    if lookup is not None:
        links = lookup.merge(links, how="left", on=["source", "target"]).fillna({"weight": 0.0})
    return link_areas(geography, _distinct(links["source"]), _distinct(links["target"]), links, provenance)


def _distinct(codes) -> pd.Index:
    return pd.Index(np.unique(np.asarray(codes, dtype=object).astype(str)).astype(object))
