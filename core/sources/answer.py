"""What a kind of service gives: a table by area code, or a file as published; and how long tables become wide."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..published.reading import numbers
from ..texts import listed
from .asking import Request, SourceError
from .recipe import CHANGE, CODE, NAME, Recipe

Get = Callable[[Request], Path]
# No answer of figures by area, in one piece, is larger: what is larger is a bomb or another file.
MOST_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class Answer:
    """``table`` (index: area code) with the recipe's columns, or the ``file`` as published, under ``name``.

    ``pages`` are the files with polygons, in the order in which they were asked for; ``date`` what the answer itself
    says of its date; ``said`` what is worth telling.
    """

    table: Optional[pd.DataFrame] = None
    file: Optional[Path] = None
    name: str = ""
    pages: Tuple[Path, ...] = ()
    date: str = ""
    said: Tuple[str, ...] = ()


def figures(recipe: Recipe) -> List[str]:
    """The columns of the recipe that hold figures."""
    return [name for name, column in recipe.columns.items() if column.unit not in (CODE, NAME, CHANGE)]


def read_csv(path: Path, request: Request, needed: Sequence[str]) -> pd.DataFrame:
    """A CSV answer as texts, its headers in lower case; SourceError where columns are missing or lines are broken."""
    if path.stat().st_size > MOST_BYTES:
        raise SourceError(f"{request.host}: the answer has more than {MOST_BYTES // 1024**2} MB; it is refused.")
    try:
        table = pd.read_csv(io.BytesIO(path.read_bytes()), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as error:
        start = path.read_bytes()[:80].decode("utf-8", "replace").strip()
        raise SourceError(f"{request.host}: the answer is no table ({error}); it starts '{start}'.") from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    absent = [name for name in needed if name.lower() not in table.columns]
    if absent:
        held = listed(table.columns)
        raise SourceError(f"{request.host}: the answer has no column '{absent[0]}'; it has {held}: {request.address}.")
    return table


def widen(recipe: Recipe, pages: Sequence[pd.DataFrame], code: str, figure: str) -> pd.DataFrame:
    """The recipe's columns by area code, from pages of a long table: each column the rows that its ``where`` names.

    SourceError where an area comes twice in a column, as it does when a page is repeated, or where a figure is none.
    """
    found: Dict[str, pd.Series] = {}
    for name in figures(recipe):
        column = recipe.columns[name]
        parts = []
        for page in pages:
            kept = pd.Series(True, index=page.index)
            for dimension, value in column.where.items():
                if dimension.lower() not in page:
                    raise SourceError(f"{recipe.id}: the answer has no column '{dimension}'; it has {listed(page)}.")
                kept &= page[dimension.lower()].str.strip().str.lower() == value.lower()
            parts.append(page.loc[kept].set_index(code)[(column.figure or figure).lower()])
        whole = pd.concat(parts)
        repeated = whole.index[whole.index.duplicated()]
        if len(repeated):
            raise SourceError(
                f"{recipe.id}: {name} has {len(repeated):,} areas twice, such as {repeated[0]}; was a page repeated?",
                again=True,
            )
        found[name] = pd.Series(to_numbers(recipe, name, whole), index=whole.index)
    return pd.DataFrame(found).rename_axis("code")


def to_numbers(recipe: Recipe, name: str, cells: pd.Series) -> Any:
    """Texts as float64, blanks and suppression marks as gaps; SourceError names the first that is neither."""
    plain = pd.to_numeric(cells, errors="coerce")
    if not (plain.isna() & (cells != "")).any():
        return plain.to_numpy(dtype=float)
    read = numbers.read(cells.astype(str).tolist())
    if read.unreadable:
        raise SourceError(f"{recipe.id}: {name} holds '{next(iter(read.unreadable))}', which is no number.")
    return read.values


def posted(address: str, body: Mapping[str, Any], words: str, key: str = "") -> Request:
    """A question that is a JSON text."""
    return Request(address, json.dumps(body, sort_keys=True), "json", key, words)
