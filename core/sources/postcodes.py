"""The ONS's directory of postcodes, read in blocks from its zip: England's, live and terminated, with coordinates."""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Callable, Dict, Iterator

import pandas as pd

from .. import zip_guard
from .asking import SourceError
from .recipe import Recipe

_ROWS = 200_000
_MOST_BYTES = 8 * 1024**3
ENGLAND = "E92000001"


def read(recipe: Recipe, path: Path, check: Callable[[], None]) -> pd.DataFrame:
    """Easting, northing and whether live (1 or 0) by postcode; postcodes without coordinates are left out.

    SourceError names a column that is not there, or says that fewer rows came than the recipe expects.
    """
    parts, rows = [], 0
    with _opened(recipe, path) as stream:
        try:
            blocks = pd.read_csv(stream, dtype=str, keep_default_na=False, chunksize=_ROWS, encoding="utf-8-sig")
            for block in blocks:
                check()
                names = _columns(recipe, block)
                rows += len(block)
                own = block[block[names["country"]] == ENGLAND]
                parts.append(
                    pd.DataFrame(
                        {
                            "easting": pd.to_numeric(own[names["easting"]], errors="coerce"),
                            "northing": pd.to_numeric(own[names["northing"]], errors="coerce"),
                            "live": (own[names["terminated"]].str.strip() == "").astype("int64"),
                        }
                    ).set_axis(pd.Index(own[names["postcode"]], name="postcode"))
                )
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise SourceError(f"{recipe.id}: the table of postcodes is broken ({error}).", again=True) from error
    if rows < recipe.fetch.rows:
        raise SourceError(
            f"{recipe.id}: {rows:,} postcodes came of {recipe.fetch.rows:,}; they are not taken.", again=True
        )
    return pd.concat(parts).dropna().sort_index()


def _columns(recipe: Recipe, block: pd.DataFrame) -> Dict[str, str]:
    found = {}
    for name, column in recipe.columns.items():
        fitting = [one for one in block for word in column.words if re.search(word, str(one).strip().lower())]
        if not fitting:
            raise SourceError(f"{recipe.id}: no column of postcodes fits '{name}'; there are {', '.join(block)}.")
        found[name] = fitting[0]
    return found


@contextmanager
def _opened(recipe: Recipe, path: Path) -> Iterator[IO[bytes]]:
    """The table itself, out of its zip where it comes in one."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        fault = zip_guard.fault(archive.infolist(), most_bytes=_MOST_BYTES, most_bytes_of_one=_MOST_BYTES)
        if fault:
            raise SourceError(f"{recipe.id}: the zip {fault}")
        pattern = recipe.fetch.parameters.get("member", r"\.csv$")
        members = [name for name in archive.namelist() if re.search(pattern, name, re.IGNORECASE)]
        if not members:
            raise SourceError(f"{recipe.id}: no file of the zip fits '{pattern}'.")
        with archive.open(members[0]) as stream:
            yield stream
