"""England fetched from the stand-in for the publishers' services, and its index, beside curl and the same index.

Everything that needs no key: boundaries, lookups, populations, postcodes and indicators. It takes several minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

from ..register import DATA, ROOT
from .measure import figure, run_in_child
from .registry import Figure, bench

ENGLAND = DATA / "england"
# In a process of its own, so that its memory is its own; one line of JSON for each algorithm.
CHILD = """
import json, sys, time
sys.path.insert(0, {tools!r})
from register import register
register()
from hyperlocal_need.tools.qgis_session import qgis_session
from qgis.core import QgsProcessingContext, QgsProcessingFeedback
with qgis_session() as application:
    for name, values in {runs!r}:
        algorithm = application.processingRegistry().createAlgorithmById("hyperlocalneed:" + name)
        started = time.perf_counter()
        results, done = algorithm.run(values, QgsProcessingContext(), QgsProcessingFeedback(False), {{}}, False)
        if not done:
            sys.exit(name + " did not succeed")
        print(json.dumps([time.perf_counter() - started, results.get("FETCHED")]), flush=True)
"""


@bench
def fetch() -> Iterator[Figure]:
    """A run, a second one from the cache, and the index, where England's data is at hand to be served."""
    if not ENGLAND.is_dir():
        yield {"figure": "fetch", "skipped": f"{ENGLAND} is not there"}
        return
    sys.path.insert(0, str(ROOT / "tests" / "standin"))
    from standin import StandIn
    from standin_england import AS_PUBLISHED, Shapes, tables

    from hyperlocal_need.core.sources.recipe import recipes

    found = dict(recipes())
    served = StandIn(found, tables(ENGLAND, found), Shapes(ENGLAND))
    served.as_published.update(
        {name: ENGLAND.parent / "published_formats" / file for name, file in AS_PUBLISHED.items()}
    )
    with served as standin, tempfile.TemporaryDirectory() as place:
        cache = Path(place) / "cache"
        cache.mkdir()
        fetching: Dict[str, Any] = {"BASE": standin.base, "CACHE": str(cache), "OUTPUT": f"{place}/pack"}
        computing = {"PACK": f"{place}/pack", "OUTPUT": f"{place}/need.gpkg", "MISSING_INDICATORS": "leave_out"}
        runs = [("fetchsources", fetching), ("fetchsources", fetching), ("computeindex", computing)]
        lines: List[str] = []
        code = CHILD.format(tools=str(ROOT / "tools"), runs=runs)
        child = run_in_child([sys.executable, "-c", code], lines.append)
        if child.status:
            raise RuntimeError("England was not fetched")
        (seconds, number), (again, _), (index, _) = (json.loads(line) for line in lines if line.startswith("["))
        asked = list(dict.fromkeys(standin.address(one.address) for one in standin.log if one.method == "GET"))
        title = f"England: {number} indicators by {len(standin.log)} requests, proven, made a pack, and its index"
        floor = _curl(asked, Path(place) / "addresses") + index
        yield figure(title, seconds + index, "s", peer="curl of the same, and the same index", peer_value=floor)
        yield figure("England again, from the cache", again, "s")
        yield figure("peak memory of fetching and index", child.peak_memory, "B")


def _curl(addresses: List[str], path: Path) -> float:
    """Seconds that curl takes for all addresses, one after the other, on one connection."""
    path.write_text("".join(f'url = "{one}"\noutput = "/dev/null"\n' for one in addresses), encoding="utf-8")
    started = time.perf_counter()
    subprocess.run(["curl", "--silent", "--compressed", "--config", str(path)], check=True)
    return time.perf_counter() - started
