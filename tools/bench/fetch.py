"""England fetched from the stand-in for the publishers' services, beside curl fetching the same bytes from it.

A few indicators of 2021's areas, with the boundaries and lookups that they need: all of them, with postcodes and the
boundaries of 2011, take several minutes. The stand-in answers from the same process, which counts against the run.
Neither side computes the index: of so few indicators there is none, and ``./run bench index`` times it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

from ..qgis_session import qgis_session
from ..register import ROOT
from .measure import figure
from .registry import Figure, bench

ENGLAND = Path(os.environ.get("HYPERLOCALNEED_DATA") or ROOT / "../shared/data").resolve() / "england"

INDICATORS = "bad_health,no_qualifications,fuel_poverty"


@bench
def fetch() -> Iterator[Figure]:
    """A run, and a second one from the cache, where England's data is at hand to be served."""
    if not ENGLAND.is_dir():
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
    with served as standin, tempfile.TemporaryDirectory() as place, qgis_session() as application:
        cache = Path(place) / "cache"
        cache.mkdir()
        values = {"BASE": standin.base, "CACHE": str(cache), "OUTPUT": f"{place}/pack", "INDICATORS": INDICATORS}
        seconds, results = _run(application, values)
        asked = [standin.address(one.address) for one in standin.log if one.method == "GET"]
        curl = _curl(asked, Path(place) / "addresses")
        what = "fetched, proven and made a pack, no index computed"
        title = f"England {what}: {results['FETCHED']} indicators, {len(asked)} requests"
        yield figure(title, seconds, "s", peer="curl fetching the same to nowhere", peer_value=curl)
        yield figure("England again, from the cache", _run(application, values)[0], "s")


def _run(application: Any, values: Dict[str, Any]) -> Tuple[float, Dict[str, Any]]:
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    algorithm = application.processingRegistry().createAlgorithmById("hyperlocalneed:fetchsources")
    started = time.perf_counter()
    results, succeeded = algorithm.run(values, QgsProcessingContext(), QgsProcessingFeedback(False), {}, False)
    if not succeeded:
        raise RuntimeError("fetchsources did not succeed")
    return time.perf_counter() - started, results


def _curl(addresses: list, path: Path) -> float:
    """Seconds that curl takes for all addresses, one after the other, on one connection."""
    path.write_text("".join(f'url = "{one}"\noutput = "/dev/null"\n' for one in addresses), encoding="utf-8")
    started = time.perf_counter()
    subprocess.run(["curl", "--silent", "--compressed", "--config", str(path)], check=True)
    return time.perf_counter() - started
