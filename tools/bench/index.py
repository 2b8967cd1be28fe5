"""``computeindex`` over England, all layers, no pictures, no report: a first run, and one with the overlap cached.

Beside each stands its floor, measured in the same run: pandas reads the tables that the run reads, ``ogr2ogr`` copies
the GeoPackage that it wrote.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator, List

import pandas as pd

from .measure import best_of, figure
from .overlap import DATA
from .registry import Figure, bench

FLOOR = "reading its tables with pandas and copying its GeoPackage with ogr2ogr"


@bench
def index() -> Iterator[Figure]:
    """Seconds of a first and of a second run, each beside its floor; the peak memory is that of both."""
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
            cached = best_of(lambda: processing.run("hyperlocalneed:computeindex", parameters), repeats=2)
            tables, postcodes = _tables()
            copying = best_of(lambda: _copy(out / "need.gpkg", out / "copy.gpkg"))
            floor = best_of(lambda: _read(tables)) + copying
            above = floor + best_of(lambda: _read([postcodes]), repeats=2)
            yield figure("computeindex on England, first run", first, "s", peer=FLOOR, peer_value=above)
            yield figure("computeindex on England, overlap cached", cached, "s", peer=FLOOR, peer_value=floor)
        finally:
            shutil.rmtree(out, ignore_errors=True)


def _tables() -> List:
    """The tables that a run with the overlap cached reads, and the postcodes, which a first run reads too."""
    from hyperlocal_need.core.pack import TABLE_ENDINGS, Pack

    with Pack.open(DATA) as pack:
        postcodes = pack.spec["postcodes"]["file"]
        named = [file for file in pack.files() if file.endswith(TABLE_ENDINGS)]
        return [[pack.path(file) for file in named if file != postcodes], pack.path(postcodes)]


def _read(files: List[Path]) -> None:
    for file in files:
        pd.read_csv(file, low_memory=False)


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    subprocess.run(["ogr2ogr", "-f", "GPKG", str(target), str(source)], check=True, capture_output=True)
