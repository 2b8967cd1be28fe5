"""``computeindex`` over England: the first run, and one with the overlap cached; all layers, no pictures, no report."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Iterator

from .measure import best_of, figure
from .overlap import DATA
from .registry import Figure, bench


@bench
def index() -> Iterator[Figure]:
    """Seconds of a first and of a second run; the peak memory is that of both."""
    if not DATA.exists():
        yield {"figure": "computeindex", "skipped": f"{DATA} is not there"}
        return
    from ..qgis_session import qgis_session

    with qgis_session():
        import processing

        from hyperlocal_need.processing_provider.runs import overlap as overlap_cache

        out = Path(tempfile.mkdtemp())
        parameters = {
            "PACK": str(DATA),
            "MISSING": "district",
            "MISSING_INDICATORS": "leave_out",
            "OUTPUT": str(out / "need.gpkg"),
        }
        # A cache of its own, so that the first run is one and the user's own stays.
        overlap_cache.folder = lambda: out / "cache"
        try:
            first = best_of(lambda: processing.run("hyperlocalneed:computeindex", parameters), repeats=1)
            yield figure("computeindex on England, first run", first, "s")
            cached = best_of(lambda: processing.run("hyperlocalneed:computeindex", parameters), repeats=2)
            yield figure("computeindex on England, overlap cached", cached, "s")
        finally:
            shutil.rmtree(out, ignore_errors=True)
