"""Texts for the user (notes, lists, progress), names of columns, and columns of texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterable, List, Optional

from .errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Note:
    """Something the user must know: kind is warning, gap, substitute or imputed; or of a single step absent or info."""

    kind: str
    subject: str
    text: str


def no_progress(fraction: float, text: str) -> None:
    """Progress that goes nowhere."""


def listed(codes: Iterable[object], most: int = 12) -> str:
    """Codes in words, the first few by name: 'E1, E2 and 3 more'."""
    names = list(map(str, codes))
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def find_name(name: str, names: Iterable[str], place: str) -> Optional[str]:
    """The name as it is written among ``names``: exactly, else in any case if one alone fits; None if none does.

    DataError, naming ``place``, where several differ in case alone. This is the rule for columns of tables, packs and
    layers alike.
    """
    names = list(names)
    if name in names:
        return name
    alike = [one for one in names if one.casefold() == name.casefold()]
    if len(alike) > 1:
        raise DataError(f"{place}: '{name}' may be {' or '.join(alike)}, which differ in case alone; rename one.")
    return alike[0] if alike else None


def text_columns(frame: pd.DataFrame) -> List[str]:
    """The columns of objects or texts: before pandas 3 texts are objects, from 3 on they have a type of their own."""
    # Asked for here: names are matched where pandas is missing too.
    import pandas as pd

    return [
        name
        for name, kind in frame.dtypes.items()
        if pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.StringDtype)
    ]


def as_objects(column: pd.Series) -> pd.Series:
    """The texts as Python's own, with None for gaps; objects stay as they are."""
    return column if column.dtype == object else column.astype(object).where(column.notna(), None)


def safe_for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that a spreadsheet would take for a formula (= + - @ first) behind an apostrophe."""
    safe = frame.assign(**{name: frame[name].map(harmless) for name in text_columns(frame)})
    return safe.set_axis(frame.index.map(harmless), axis=0)


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
