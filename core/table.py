"""Tables whose columns are named by the methodology's ids: what every step reads and what it adds.

``<id>_num``, ``_den``, ``<id>``, ``_se``, ``_provenance``, ``_shrunk``, ``_need``, ``_z``, ``<node>_sum`` and ``_exp``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .arrays import Array
from .errors import DataError
from .methodology import Methodology, Node
from .pack_format import Entry
from .rates import bounded_ratio
from .texts import Note, find_name, listed
from .words import counted

AREA_CODE = "area_code"


class Table:
    """The columns of a table, by name; a frame, or in QGIS the features of a layer.

    ``name`` stands in error messages; ``codes`` are the rows' names there.
    """

    name: str
    names: Tuple[str, ...]

    def __len__(self) -> int:
        raise NotImplementedError

    def numbers(self, column: str) -> Array:
        """A column as float64, gaps as NaN; DataError if it is not there or holds anything but finite numbers."""
        raise NotImplementedError

    def texts(self, column: str) -> Array:
        """A column as texts, gaps as None; DataError if it is not there."""
        raise NotImplementedError

    def keys(self, column: str) -> Array:
        """A column of codes as texts; DataError where one is missing, naming the row."""
        place, known = pd.factorize(self.texts(column))
        codes = np.array([*(text.strip() for text in known), ""], dtype=object)[place]
        gaps = np.flatnonzero(codes == "")
        if len(gaps):
            raise DataError(f"{self.name}: '{column}' is empty in {len(gaps):,} rows, the first is row {gaps[0] + 1}.")
        return codes

    def distinct_keys(self, column: str) -> pd.Index:
        """A column of codes in which none stands twice; DataError lists those that do."""
        codes = pd.Index(self.keys(column), dtype=object)
        repeated = codes[codes.duplicated()].unique()
        if len(repeated):
            raise DataError(f"{self.name}: '{column}' holds {listed(repeated)} more than once.")
        self._refuse_alike(column, codes)
        return codes

    def groups(self, column: str) -> Array:
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
        return column if column in self.names else find_name(column, self.names, self.name)

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


class Columns(Table):
    """Columns of a frame, or of anything that gives them by name, as a table; an index takes no part."""

    def __init__(
        self, columns: Mapping[str, Any], name: str = "table", read: Optional[Dict[Tuple[type, str], Array]] = None
    ) -> None:
        self.name = name
        self._columns = {str(key): columns[key] for key in columns}
        self.names = tuple(self._columns)
        # What was read and checked before, as reals or as texts.
        self._read = read or {}

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __add__(self, columns: Mapping[str, Any]) -> Columns:
        """The table with more columns behind, or in place of its own."""
        more = {str(name): columns[name] for name in columns}
        read = {key: values for key, values in self._read.items() if key[1] not in more}
        return Columns({**self._columns, **more}, self.name, read)

    def frame(self, names: Iterable[str], index: pd.Index) -> pd.DataFrame:
        """Those of the named columns that there are, as they are, under a new index."""
        return pd.DataFrame({n: np.asarray(self._columns[n]) for n in names if n in self._columns}, index=index)

    def numbers(self, column: str) -> Array:
        """See ``Table``."""
        name = self.require(column)
        if (float, name) not in self._read:
            values = self._columns[name]
            if getattr(values, "dtype", None) != np.float64:
                try:
                    values = pd.to_numeric(pd.Series(values)).to_numpy(dtype=float, na_value=np.nan)
                except (TypeError, ValueError) as error:
                    raise DataError(f"{self.name}: '{column}' is not numeric ({error}).") from error
            self._read[float, name] = finite(self.name, column, np.asarray(values))
        return self._read[float, name]

    def texts(self, column: str) -> Array:
        """See ``Table``."""
        name = self.require(column)
        if (str, name) not in self._read:
            place, known = pd.factorize(np.asarray(self._columns[name], dtype=object))
            self._read[str, name] = np.array([*map(str, known), None], dtype=object)[place]
        return self._read[str, name]


class Alias(Table):
    """Fields of any table, and no others, under the names that steps ask for: ``names`` gives the field of each."""

    def __init__(self, table: Table, names: Mapping[str, str]) -> None:
        self.name, self.names = table.name, (*names, *filter(table.holds, [AREA_CODE]))
        self._table, self._fields = table, names

    def __len__(self) -> int:
        return len(self._table)

    def numbers(self, column: str) -> Array:
        """See ``Table``."""
        return self._table.numbers(self._fields.get(column, column))

    def texts(self, column: str) -> Array:
        """See ``Table``."""
        return self._table.texts(self._fields.get(column, column))


def of_fields(table: Table, fields: Iterable[str], ending: str) -> Alias:
    """The table with each of the fields as ``<field><ending>``."""
    return Alias(table, {f"{name}{ending}": name for name in fields})


def finite(table: str, column: str, values: Array) -> Array:
    """The values, none of them infinite; DataError naming table and column otherwise."""
    if np.isinf(values).any():
        raise DataError(f"{table}: '{column}' is infinite in row {int(np.argmax(np.isinf(values))) + 1}.")
    return values


@dataclass(frozen=True)
class Converted:
    """One indicator by LSOA: a value, its counts where it has any, provenance, and totals before and after.

    ``over`` says where a numerator exceeds its denominator; the counts stay as they came.
    """

    id: str
    value: Array
    provenance: Array
    numerator: Optional[Array] = None
    denominator: Optional[Array] = None
    standard_error: Optional[Array] = None
    sum_in: float = np.nan
    sum_out: float = np.nan
    notes: Tuple[str, ...] = ()
    over: Tuple[str, ...] = ()

    def at(self, rows: Array) -> Converted:
        """Some of the areas; the totals before and after conversion stay those of all."""
        parts = ("value", "provenance", "numerator", "denominator", "standard_error")
        return replace(self, **{name: getattr(self, name)[rows] for name in parts if getattr(self, name) is not None})

    @property
    def counts(self) -> Tuple[Array, Array]:
        """Numerator and denominator; DataError where it is no count."""
        if self.numerator is None or self.denominator is None:
            raise DataError(f"'{self.id}' has no numerator and denominator.")
        return self.numerator, self.denominator


@dataclass(frozen=True)
class Added:
    """What a step adds to a table: columns in the table's order of rows, and notes for the user.

    ``weights`` that the step used, by id: of parts in their sum, or of each area's own figure where it was shrunk.
    ``filled``: by id, True where an area had no value and was given one. ``methods``: how each was shrunk.
    """

    columns: pd.DataFrame
    notes: Tuple[Note, ...] = ()
    weights: Mapping[str, Any] = field(default_factory=dict)
    filled: Mapping[str, Array] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Which indicators a step is about: a methodology, perhaps one branch of it, and a pack's entries for them.

    ``left_out``: ids of indicators, or of parts of composites, that are not to enter the sums.
    """

    methodology: Methodology
    branch: Optional[str] = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    left_out: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in (*self.left_out, *([] if self.branch is None else [self.branch])):
            self.methodology.node(name)

    def holds(self, node: Node) -> bool:
        """Whether the node is the branch or below it."""
        while self.branch is not None and node.id != self.branch:
            if node.parent is None:
                return False
            node = self.methodology.node(node.parent)
        return True

    def indicators(self) -> List[Node]:
        """The nodes that enter the sums, in the methodology's order."""
        return [one for one in self.methodology.indicators if self.holds(one) and one.id not in self.left_out]

    def bounded(self, node: Node) -> bool:
        """Whether the node is a count of a population, which none exceeds; not where the pack calls it unbounded."""
        return node.kind == "count" and not (node.id in self.entries and self.entries[node.id].unbounded)

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

    def absent(self, names: Iterable[str]) -> List[Note]:
        """A note that lists the indicators in scope that are not among the names; none where all are."""
        known = set(names)
        absent = [node.id for node in self.indicators() if node.id not in known]
        return [Note("absent", "not in the table", listed(absent, 40))] if absent else []

    def read(self, table: Table, nodes: Iterable[Node], *, labelled: bool = True, over: str = "gap") -> Dict[str, Any]:
        """Those of the nodes (indicators, composites, parts) that a table holds, by id, as ``read_indicator`` does."""
        columns = {}
        for node in nodes:
            column = read_indicator(table, node.id, over=over if self.bounded(node) else None, labelled=labelled)
            if column is not None:
                columns[node.id] = column
        return columns


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
    sides: List[Any] = [table.numbers(f"{name}_{side}") if all(counts) else None for side in ("num", "den")]
    top, bottom = sides
    value = table.numbers(name) if table.holds(name) else bounded_ratio(top, bottom, area_codes(table), over)[0]
    error = table.numbers(f"{name}_se") if table.holds(f"{name}_se") else None
    labelled = labelled and table.holds(f"{name}_provenance")
    labels = table.texts(f"{name}_provenance") if labelled else np.where(np.isnan(value), np.array(None), "direct")
    return Converted(name, value, labels, top, bottom, error)


def indicator_columns(columns: Mapping[str, Converted]) -> Dict[str, Array]:
    """The columns of indicators, by the names that ``read_indicator`` finds them under."""
    found: Dict[str, Array] = {}
    for name, column in columns.items():
        if column.numerator is not None:
            found[f"{name}_num"], found[f"{name}_den"] = column.counts
        found[name] = column.value
        if column.standard_error is not None:
            found[f"{name}_se"] = column.standard_error
        found[f"{name}_provenance"] = column.provenance
    return found


def gap_notes(gaps: Mapping[str, Array], codes: pd.Index, done: str) -> List[Note]:
    """For each indicator with gaps, how many areas have no value and what was done, with their codes."""
    sized = [(name, int(where.sum()), where) for name, where in gaps.items() if where.any()]
    return [
        Note("gap", name, f"{counted(count, 'area has', 'areas have')} no value, {done}: {listed(codes[where])}")
        for name, count, where in sized
    ]


def area_codes(table: Table) -> pd.Index:
    """What areas are called in notes: their codes, or the numbers of their rows."""
    if table.holds(AREA_CODE):
        return pd.Index(table.texts(AREA_CODE), name=AREA_CODE)
    return pd.Index([f"row {number}" for number in range(1, len(table) + 1)], name=AREA_CODE)


def matrix(table: Table, names: Sequence[str], suffix: str = "") -> Array:
    """The columns of the names with that suffix, side by side: rows x names."""
    # Column after column in memory, for they are read one by one.
    return np.array([table.numbers(f"{name}{suffix}") for name in names]).T
