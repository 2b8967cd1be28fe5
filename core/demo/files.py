"""The demonstration's tables and ``pack.json`` as files; equal demonstrations give equal bytes."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import List, Union

import pandas as pd

from .country import Demo

_ROWS_AT_ONCE = 200_000


def write_tables(demo: Demo, folder: Union[str, Path]) -> List[Path]:
    """Write every table (.csv.gz) and ``pack.json`` under ``folder``, and give their paths.

    Each file is written aside and moved into place, ``pack.json`` last. Floats are written so that they
    read back exactly; the gzip header carries neither name nor time. Boundaries are not written here.
    Raises OSError if the folder cannot be written.
    """
    folder = Path(folder)
    written = []
    for relative, table in demo.tables.items():
        place = folder / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(place.name + ".part")
        with aside.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0) as packed:
            _write_rows(table, packed)
        os.replace(aside, place)
        written.append(place)
    place = folder / "pack.json"
    aside = place.with_name("pack.json.part")
    aside.write_bytes((json.dumps(demo.pack, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    os.replace(aside, place)
    return written + [place]


def _write_rows(table: pd.DataFrame, stream: gzip.GzipFile) -> None:
    for start in range(0, len(table), _ROWS_AT_ONCE):
        rows = table.iloc[start : start + _ROWS_AT_ONCE]
        stream.write(rows.to_csv(index=False, header=start == 0, lineterminator="\n").encode("utf-8"))
