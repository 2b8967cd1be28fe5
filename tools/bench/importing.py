"""Published files read and made clean, beside pandas with openpyxl, which only reads."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Dict, Iterator

from ..register import DATA
from .measure import best_of, figure
from .registry import Figure, bench

AREAS, COLUMNS = 34_000, 20
PUBLISHED = DATA / "published_formats"
LARGE_ODS = "jts0509.ods"


@bench
def importing() -> Iterator[Figure]:
    """A workbook of 34,000 areas by 20 figures; and a spreadsheet of 98 MB of XML, where the data is at hand."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = _make_workbook(Path(folder) / "areas.xlsx")
        peer = best_of(partial(pd.read_excel, path, engine="openpyxl"), 2)
        own = best_of(partial(_import, path), 2)
        title = f"import of an .xlsx of {AREAS:,} x {COLUMNS}"
        yield figure(title, own, "s", peer="pandas.read_excel with openpyxl", peer_value=peer)
    if (PUBLISHED / LARGE_ODS).is_file():
        seconds = best_of(partial(_import, PUBLISHED / LARGE_ODS), 1)
        yield figure(f"import of {LARGE_ODS} (98 MB unfolded)", seconds, "s")


def _make_workbook(path: Path) -> Path:
    import numpy as np
    import pandas as pd

    figures = np.random.default_rng(1).random((AREAS, COLUMNS)).round(4)
    table = pd.DataFrame(figures, columns=[f"Figure {number + 1}" for number in range(COLUMNS)])
    table.insert(0, "LSOA code", [f"E01{number:06d}" for number in range(1, AREAS + 1)])
    table.to_excel(path, index=False, engine="openpyxl")
    return path


def _import(path: Path) -> Dict[str, Any]:
    from hyperlocal_need.core.published.making.importing import import_tables
    from hyperlocal_need.processing_provider.spreadsheets.tables import open_tables

    with open_tables(path) as tables:
        return dict(import_tables(tables, path.name).guesses)
