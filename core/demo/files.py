"""A pack's tables and ``pack.json`` as files; equal packs give equal bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, List, Mapping, Union

import pandas as pd


def write_tables(tables: Mapping[str, pd.DataFrame], pack: Mapping[str, Any], folder: Union[str, Path]) -> List[Path]:
    """Write every table (.csv.gz) and ``pack.json`` under ``folder``, and give their paths.

    Floats are written so that they read back exactly; gzip headers carry no time. Boundaries are not written here.
    Raises OSError if the folder cannot be written.
    """
    written = []
    for relative, table in tables.items():
        written.append(Path(folder) / relative)
        written[-1].parent.mkdir(parents=True, exist_ok=True)
        packed = {"method": "gzip", "compresslevel": 5, "mtime": 1}
        table.to_csv(written[-1], index=False, lineterminator="\n", compression=packed)
    written.append(Path(folder) / "pack.json")
    written[-1].write_bytes((json.dumps(pack, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    return written
