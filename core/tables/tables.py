"""Tables whose columns are named by the methodology's ids: what a single step reads and what it adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..errors import DataError
from ..indicators import Indicators, Note
from ..methodology import Methodology, Node
from ..pack_format import Entry
from ..steps.convert import Converted, bounded_ratio, listed
from ..texts import find_name

AREA_CODE = "area_code"


class Table:
    """The columns of a table, by name; a frame, or in QGIS the features of a layer.

    ``name`` stands in error messages; ``codes`` are the rows' names there.
    """

    name: str
    names: Tuple[str, ...]

    def __len__(self) -> int:
        raise NotImplementedError

    def numbers(self, column: str) -> np.ndarray:
        """A column as float64, gaps as NaN; DataError if it is not there or holds anything but finite numbers."""
        raise NotImplementedError

    def texts(self, column: str) -> np.ndarray:
        """A column as texts, gaps as None; DataError if it is not there."""
        raise NotImplementedError

    def keys(self, column: str) -> np.ndarray:
        """A column of codes as texts; DataError where one is missing, naming the row."""
        values = self.texts(column)
        gaps = [place for place, value in enumerate(values) if value is None or not value.strip()]
        if gaps:
            raise DataError(f"{self.name}: '{column}' is empty in {len(gaps):,} rows, the first is row {gaps[0] + 1}.")
        return np.array([value.strip() for value in values], dtype=object)

    def distinct_keys(self, column: str) -> pd.Index:
        """A column of codes in which none stands twice; DataError lists those that do."""
        codes = pd.Index(self.keys(column), dtype=object)
        repeated = codes[codes.duplicated()].unique()
        if len(repeated):
            raise DataError(f"{self.name}: '{column}' holds {listed(repeated)} more than once.")
        self._refuse_alike(column, codes)
        return codes

    def groups(self, column: str) -> np.ndarray:
        """A column of codes that several rows share, such as districts; DataError where two differ in case alone."""
        codes = self.keys(column)
        self._refuse_alike(column, pd.unique(codes))
        return codes

    def _refuse_alike(self, column: str, codes: Iterable[str]) -> None:
        written: Dict[str, str] = {}
        for code in codes:
            other = written.setdefault(code.casefold(), code)
            if other != code:
                raise DataError(f"{self.name}: '{column}' holds {other} and {code}, which differ in case alone.")

    def find(self, column: str) -> Optional[str]:
        """The column's name as the table writes it (see ``find_name``); None if there is no such column."""
        return find_name(column, self.names, self.name)

    def holds(self, column: str) -> bool:
        """Whether there is such a column."""
        return self.find(column) is not None

    def require(self, column: str) -> str:
        """The column's name as the table writes it; DataError if there is none, with those that there are."""
        found = self.find(column)
        if found is None:
            raise DataError(f"{self.name}: there is no field '{column}'; it has {listed(self.names, 40)}.")
        return found

    def refuse_repeated_areas(self) -> None:
        """DataError where the table has a column ``area_code`` in which a code stands twice: it would count twice."""
        if self.holds(AREA_CODE):
            self.distinct_keys(AREA_CODE)


class FrameTable(Table):
    """A pandas frame as a table; its index takes no part."""

    def __init__(self, frame: pd.DataFrame, name: str = "table") -> None:
        self.name = name
        self.names = tuple(map(str, frame.columns))
        self._frame = frame

    def __len__(self) -> int:
        return len(self._frame)

    def numbers(self, column: str) -> np.ndarray:
        values = self._frame[self.require(column)]
        try:
            numbers = pd.to_numeric(values)
        except (TypeError, ValueError) as error:
            raise DataError(f"{self.name}: '{column}' is not numeric ({error}).") from error
        return finite(self.name, column, numbers.to_numpy(dtype=float, na_value=np.nan))

    def texts(self, column: str) -> np.ndarray:
        values = self._frame[self.require(column)]
        return np.array([None if gap else str(value) for value, gap in zip(values, values.isna())], dtype=object)


def finite(table: str, column: str, values: np.ndarray) -> np.ndarray:
    """The values, none of them infinite; DataError naming table and column otherwise."""
    if np.isinf(values).any():
        raise DataError(f"{table}: '{column}' is infinite in row {int(np.argmax(np.isinf(values))) + 1}.")
    return values


@dataclass(frozen=True)
class Added:
    """What a step adds to a table: columns in the table's order of rows, and notes for the user."""

    columns: pd.DataFrame
    notes: Tuple[Note, ...] = ()


@dataclass(frozen=True)
class Scope:
    """Which indicators a step is about: a methodology, perhaps one branch of it, and a pack's entries for them."""

    methodology: Methodology
    branch: Optional[str] = None
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.branch is not None:
            self.methodology.node(self.branch)

    def holds(self, node: Node) -> bool:
        """Whether the node is the branch or below it."""
        while self.branch is not None and node.id != self.branch:
            if node.parent is None:
                return False
            node = self.methodology.node(node.parent)
        return True

    def indicators(self) -> List[Node]:
        """The nodes that enter the sums, in the methodology's order."""
        return [node for node in self.methodology.indicators if self.holds(node)]

    def present(self, table: Table, suffix: str) -> List[str]:
        """Ids of the indicators whose column with that suffix is in the table; DataError where none is."""
        names = [node.id for node in self.indicators() if table.holds(f"{node.id}{suffix}")]
        if not names:
            example = f"{self.indicators()[0].id}{suffix}" if self.indicators() else f"<id>{suffix}"
            raise DataError(
                f"{table.name}: no column of '{self.methodology.title}' is there (for example '{example}'); "
                "name the columns as the methodology does, or give FIELDS."
            )
        return names

    def absent(self, names: Iterable[str]) -> List[str]:
        """Ids of the indicators in scope that are not among the names."""
        known = set(names)
        return [node.id for node in self.indicators() if node.id not in known]


def read_indicator(
    table: Table, name: str, *, over: Optional[str] = "gap", labelled: bool = True
) -> Optional[Converted]:
    """The columns ``<id>_num``, ``<id>_den``, ``<id>``, ``<id>_se`` and ``<id>_provenance`` of an indicator, or None.

    Without ``<id>`` it is numerator / denominator by the rule ``over`` (None: a ratio without an upper end). What comes
    without provenance, or is not to be ``labelled``, counts as direct.
    """
    counts = [table.holds(f"{name}_num"), table.holds(f"{name}_den")]
    if any(counts) and not all(counts):
        lacking = f"{name}_den" if counts[0] else f"{name}_num"
        raise DataError(f"{table.name}: there is no field '{lacking}' beside its pair.")
    if not counts[0] and not table.holds(name):
        return None
    numerator = denominator = error = None
    if all(counts):
        numerator, denominator = table.numbers(f"{name}_num"), table.numbers(f"{name}_den")
    if table.holds(name):
        value = table.numbers(name)
    else:
        value = bounded_ratio(numerator, denominator, area_codes(table), over)[0]
    if table.holds(f"{name}_se"):
        error = table.numbers(f"{name}_se")
    labelled = labelled and table.holds(f"{name}_provenance")
    labels = table.texts(f"{name}_provenance") if labelled else np.where(np.isnan(value), None, "direct")
    return Converted(name, value, labels, numerator, denominator, error)


def read_areas(table: Table, *, district: str, region: str = "", population: str = "") -> pd.DataFrame:
    """The frame of areas that shrinkage asks for: ``shrinkage_district``, ``region_code``, ``population``.

    A missing district is a DataError; a region or population that the table lacks is NaN or None throughout.
    """
    columns: Dict[str, np.ndarray] = {"shrinkage_district": table.groups(district)}
    if table.holds(region):
        columns["region_code"] = table.groups(region)
    if table.holds(population):
        columns["population"] = table.numbers(population)
    return pd.DataFrame(columns, index=area_codes(table))


def area_codes(table: Table) -> pd.Index:
    """What areas are called in notes: their codes, or the numbers of their rows."""
    codes = table.texts(AREA_CODE) if table.holds(AREA_CODE) else np.arange(1, len(table) + 1).astype(str)
    return pd.Index(codes, name=AREA_CODE)


def as_indicators(
    table: Table, scope: Scope, areas: pd.DataFrame, nodes: Sequence[Node], *, labelled: bool = True, over: str = "gap"
) -> Indicators:
    """Those of the nodes (indicators, composites, parts) that a table holds, as the engine takes them."""
    columns = {}
    for node in nodes:
        entry = scope.entries.get(node.id)
        bounded = node.kind == "count" and not (entry is not None and entry.unbounded)
        column = read_indicator(table, node.id, over=over if bounded else None, labelled=labelled)
        if column is not None:
            columns[node.id] = column
    present = set(columns)
    for node in scope.indicators():
        if any(part.id in columns for part in scope.methodology.children(node.id)):
            present.add(node.id)
    absent = tuple(node.id for node in scope.methodology.indicators if node.id not in present)
    return Indicators(table.name, (), areas, columns, scope.entries, absent, ())


def matrix(table: Table, names: Sequence[str], suffix: str = "") -> np.ndarray:
    """The columns of the names with that suffix, side by side: rows x names."""
    return np.column_stack([table.numbers(f"{name}{suffix}") for name in names])
