"""Web pages: one for each council of England, without and with postcodes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Iterator

from ..register import ROOT
from .measure import figure
from .registry import Figure, bench

RESULT = Path(os.environ.get("HYPERLOCALNEED_RESULT") or ROOT / "out" / "england" / "need.gpkg")


@bench
def pages() -> Iterator[Figure]:
    """The page of every district of a result: the slowest and the largest (bars: 2 s and 5 MB each)."""
    if not RESULT.exists():
        yield {"figure": "pages", "skipped": f"{RESULT} is not there (./run england, or HYPERLOCALNEED_RESULT)"}
        return
    from ..qgis_session import qgis_session

    with qgis_session():
        from ...processing_provider.areas import stored_result
        from ...processing_provider.runs import place_pages

        began = time.perf_counter()
        result = stored_result.read(RESULT, stages=False)
        yield figure("reading the result once", time.perf_counter() - began, "s")
        found = []
        for code in result.districts.index:
            began = time.perf_counter()
            page = place_pages.page_of(result, (code,), None, lambda *_: None)
            found.append((time.perf_counter() - began, len(page.encode()) / 1e6, code))
        seconds, sizes = sorted(found), sorted(one[1] for one in found)
        yield figure(f"pages of {len(found)} districts, in all", sum(one[0] for one in found), "s")
        yield figure("one page, median", seconds[len(found) // 2][0], "s")
        yield figure(f"one page, slowest ({seconds[-1][2]})", seconds[-1][0], "s")
        yield figure("one page, median size", sizes[len(found) // 2], "MB")
        yield figure("one page, largest", sizes[-1], "MB")
