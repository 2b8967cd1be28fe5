"""Columns of texts: which they are, whatever pandas calls their type, and texts that a spreadsheet must not run."""

from __future__ import annotations

from typing import List

import pandas as pd

# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def text_columns(frame: pd.DataFrame) -> List[str]:
    """The columns of objects or texts: before pandas 3 texts are objects, from 3 on they have a type of their own."""
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
    return frame.assign(**{name: frame[name].map(_harmless) for name in text_columns(frame)})


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
