"""Step 1 on tables: figures of other areas brought to LSOAs, from a pack or from any table with its lookup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from . import indicators as pack_indicators
from . import meaning
from .arrays import Array
from .errors import DataError
from .methodology import Node
from .pack import Pack
from .pack_format import Counts, Entry
from .steps.convert import align, average_means, labels, share_counts
from .steps.crosswalk import Crosswalk, distinct, link_areas, spread_figures
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

    @cached_property
    def index(self) -> pd.Index:
        """The codes, each once."""
        return self.source.distinct_keys(self.code)

    def table(self, file: str, code: str, texts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
        """The numbers of the columns, by code."""
        return pd.DataFrame({name: self.source.numbers(name) for name in dict.fromkeys(numbers)}, index=self.index)


def pack_areas(pack: Pack) -> pd.DataFrame:
    """The areas of a pack as a table to begin with: codes, names, districts, regions, population and parents."""
    return pack_indicators.read_areas(pack).drop(columns="shrinkage_district")


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
    frame = meaning.add_columns(pd.DataFrame(indicator_columns(columns), index=areas.index), texts)
    if columns:
        frame = frame.assign(**meaning.stamp(meaning.origin(pack, scope.methodology), wanted_areas.source))
    notes += [note for name, column in columns.items() for note in _totals(name, column.sum_in, column.sum_out)]
    if not wanted:
        notes.append(Note("info", pack.name, f"no indicator is published for {listed(sorted(geographies))}"))
    return _rows_for(frame, wanted_areas.source.distinct_keys(wanted_areas.code), notes)


def convert_figures(
    figures: Figures, scope: Scope, codes: Optional[Sequence[str]], crosswalk: Crosswalk, *, blank_limit: float
) -> Tuple[Sequence[str], Added]:
    """The indicators that a table holds (``<id>_num`` with ``<id>_den``, or ``<id>``), converted by their kind."""
    columns: Dict[str, Converted] = {}
    crosswalks = {crosswalk.geography: crosswalk}
    notes = [Note("warning", crosswalk.geography, text) for text in pack_indicators.by_lookup(crosswalk)]
    for node in scope.methodology.nodes:
        entry = _entry(node, figures.source, crosswalk.geography) if scope.holds(node) else None
        if entry is None:
            continue
        columns[node.id] = pack_indicators.convert_entry(figures, entry, node.kind, crosswalks, blank_limit)
        notes += [Note("warning", node.id, text) for text in (*columns[node.id].notes, *columns[node.id].over)]
        notes += _totals(node.id, columns[node.id].sum_in, columns[node.id].sum_out)
    if not columns:
        scope.present(figures.source, "")
    frame = pd.DataFrame(indicator_columns(columns), index=crosswalk.targets)
    frame = meaning.add_columns(frame, dict.fromkeys(columns, crosswalk.geography))
    targets = crosswalk.targets if codes is None else codes
    return targets, _rows_for(frame, targets, notes)


def _entry(node: Node, table: Table, geography: str) -> Optional[Entry]:
    if node.level not in ("composite", "indicator"):
        return None
    entry = Entry(node.id, "INPUT", geography, "code")
    if table.holds(f"{node.id}_num") and table.holds(f"{node.id}_den"):
        top, bottom = (Counts("INPUT", geography, "code", (f"{node.id}_{side}",)) for side in ("num", "den"))
        return replace(entry, numerator=top, denominator=bottom)
    if not table.holds(node.id):
        return None
    weight, error = (column if table.holds(column) else None for column in (f"{node.id}_weight", f"{node.id}_se"))
    return replace(entry, value=node.id, weight=weight, standard_error=error)


def convert_fields(
    figures: Figures,
    fields: Sequence[str],
    codes: Optional[Sequence[str]],
    crosswalk: Crosswalk,
    *,
    kind: str,
    weight: Optional[str] = None,
    blank_limit: float,
) -> Tuple[Sequence[str], Added]:
    """The named fields of any table as counts (shared out), means (averaged) or ranks (averaged, ranked again).

    Columns ``<field>``, ``<field>_provenance`` and ``<field>_meaning``; what went in and came out is among the notes.
    """
    wanted = list(dict.fromkeys([*fields, *([weight] if weight else [])]))
    table, texts = align(
        figures.table("", "", numbers=wanted),
        crosswalk,
        figures.name,
        {crosswalk.geography: crosswalk},
        means=() if kind == "count" else [name for name in fields if name != weight],
        weight=weight,
    )
    notes = [Note("warning", figures.name, text) for text in (*texts, *pack_indicators.by_lookup(crosswalk))]
    columns: Dict[str, Array] = {}
    for name in fields:
        values = table[name].to_numpy()
        if kind == "count":
            if (values < 0).any():
                raise DataError(
                    f"{figures.name}: '{name}' is negative for {table.index[np.argmax(values < 0)]}; a count cannot be."
                )
            columns[name] = share_counts(values, crosswalk, blank_limit)
            if not crosswalk.spread:
                notes += _totals(name, float(np.nansum(values)), float(np.nansum(columns[name])))
        else:
            columns[name] = average_means(values, crosswalk, table[weight].to_numpy() if weight else None, blank_limit)
        if kind == "rank":
            columns[name] = ascending_ranks(columns[name])
        columns[f"{name}_provenance"] = labels(columns[name], crosswalk)
    targets = crosswalk.targets if codes is None else codes
    frame = meaning.add_columns(
        pd.DataFrame(columns, index=crosswalk.targets), dict.fromkeys(fields, crosswalk.geography)
    )
    return targets, _rows_for(frame, targets, notes)


def _totals(name: str, total_in: float, total_out: float) -> List[Note]:
    if np.isnan(total_in):
        return []
    withheld = (
        "" if abs(total_in - total_out) <= 1e-9 * max(abs(total_in), 1.0) else ", the rest lies in areas left blank"
    )
    return [Note("info", name, f"sum in {total_in:.12g}, sum out {total_out:.12g}{withheld}")]


def _rows_for(frame: pd.DataFrame, codes: Sequence[str], notes: Sequence[Note]) -> Added:
    """Rows in the order of ``codes``; NaN and a warning for unknown codes."""
    wanted = pd.Index(codes, dtype=object)
    unknown = wanted[~wanted.isin(frame.index)]
    if len(unknown) == len(wanted):
        raise DataError(
            f"AREAS: none of the areas is known, for example {listed(unknown, 1)}; are these LSOA codes of 2021?"
        )
    text = f"{len(unknown):,} have no figures, for the lookup does not know them: {listed(unknown)}"
    strange = [Note("warning", "areas", text)] if len(unknown) else []
    return Added(frame.reindex(wanted).reset_index(drop=True), (*notes, *strange))


def crosswalk_of_lookup(
    geography: str, lookup: Table, source: str, target: str, *, provenance: Optional[str]
) -> Crosswalk:
    """The crosswalk that a table of pairs describes: which source area lies in, or makes up, which LSOA."""
    links = read_links(lookup, source, target).assign(weight=1.0)
    return link_areas(geography, distinct(links["source"]), distinct(links["target"]), links, provenance)


def read_links(lookup: Table, source: str, target: str) -> pd.DataFrame:
    """The pairs (source, target) of a lookup; DataError where one stands in it twice or a code is missing."""
    links = pd.DataFrame({"source": lookup.keys(source), "target": lookup.keys(target)})
    repeated = links.duplicated()
    if repeated.any():
        pair = links[repeated].iloc[0]
        raise DataError(f"{lookup.name}: the pair {pair['source']}, {pair['target']} stands in it more than once.")
    return links


def spread_crosswalk(lookup: Table, source: str, target: str) -> Crosswalk:
    """The crosswalk from authorities to the LSOAs inside them; each LSOA lies in one."""
    return spread_figures("LTLA23", lookup.keys(source), lookup.distinct_keys(target))


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
    return link_areas(geography, distinct(links["source"]), distinct(links["target"]), links, provenance)
