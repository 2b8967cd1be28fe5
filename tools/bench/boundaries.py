"""Local boundaries: every LSOA of England against every ward, and an atlas of thirty areas."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator

from .. import register
from .measure import best_of, figure
from .registry import Figure, bench

DATA = register.DATA / "england"
WARDS = DATA / "boundaries" / "wards2025.gpkg"
PAGES = 30
# Two proposals for Surrey's districts: its unitary councils of 2027, and one council.
WEST = ("Guildford", "Waverley", "Woking", "Runnymede", "Surrey Heath", "Spelthorne")
EAST = ("Elmbridge", "Epsom and Ewell", "Mole Valley", "Reigate and Banstead", "Tandridge")


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@bench
def boundaries() -> Iterator[Figure]:
    """33,755 LSOAs x 6,826 wards by each method, with and without shapely; thirty areas as an atlas."""
    if not WARDS.exists():
        yield {"figure": "boundaries", "skipped": f"{WARDS} is not there"}
        return
    from ..qgis_session import qgis_session

    with qgis_session(), tempfile.TemporaryDirectory() as folder:
        yield from _figures(Path(folder))


def _figures(folder: Path) -> Iterator[Figure]:
    import processing

    from ...processing_provider import compat

    need = folder / "need.gpkg"
    settings = {"PACK": str(DATA), "MISSING": "district", "MISSING_INDICATORS": "leave_out", "STAGES": True}
    processing.run("hyperlocalneed:computeindex", {**settings, "OUTPUT": str(need)})
    wards = {"INPUT": f"{need}|layername=need", "AREAS": str(WARDS), "CODE_FIELD": "WD25CD", "NAME_FIELD": "WD25NM"}

    def summarise(**options: Any) -> float:
        output = str(folder / "wards.gpkg")
        return seconds(lambda: processing.run("hyperlocalneed:summarisebyarea", {**wards, "OUTPUT": output, **options}))

    with_shapely = compat.vectorised_shapely
    for way in ("with shapely", "without shapely"):
        if way == "without shapely":
            compat.vectorised_shapely = lambda: None
        elif with_shapely() is None:
            continue
        yield figure(f"LSOAs in wards by centroid, {way}", summarise(MEASURE_FIT=False), "s")
        yield figure(f"LSOAs in wards by centroid, fit measured, {way}", summarise(), "s")
        yield figure(f"LSOAs in wards by share of area, {way}", summarise(METHOD="area_share"), "s")
    compat.vectorised_shapely = with_shapely
    yield figure("LSOAs in wards by share of postcodes", summarise(METHOD="postcode_share", PACK=str(DATA)), "s")
    yield from _reorganisation(processing, need, folder)
    yield figure(f"atlas of {PAGES} districts, two pages each", _atlas(processing, wards["INPUT"], folder), "s")


def _reorganisation(processing: Any, need: Path, folder: Path) -> Iterator[Figure]:
    """What comparing proposals takes once the result is read, which is measured alone and taken off."""
    from ...processing_provider.areas import stored_result

    rows = [f"{one},{two},Surrey" for two, names in (("West", WEST), ("East", EAST)) for one in names]
    (folder / "plan.csv").write_text("\n".join(["district,two,one", *rows]), encoding="utf-8")
    plan = {"PROPOSALS": str(folder / "plan.csv"), "CODE_FIELD": "district", "OPTIONS": ["two", "one"]}
    for shrink in (False, True):
        outputs = {"OUTPUT": str(folder / "councils.gpkg"), "LSOAS": str(folder / "lsoas.csv")}
        values = {"INPUT": f"{need}|layername=need", **plan, **outputs, "SHRINK": shrink}
        reading = best_of(lambda stages=shrink: stored_result.read(need, stages=stages))
        whole = best_of(lambda given=values: processing.run("hyperlocalneed:comparereorganisation", given))
        words = ", shrunk towards the proposed" if shrink else ""
        yield figure(f"two proposals for Surrey, after reading{words}", whole - reading, "s")


def _atlas(processing: Any, need: str, folder: Path) -> float:
    from qgis.core import QgsVectorLayer

    names = sorted({feature["district_code"] for feature in QgsVectorLayer(need, "need", "ogr").getFeatures()})
    only = ",".join(names[:: len(names) // PAGES][:PAGES])
    parameters = {"INPUT": need, "ONLY": only, "OUTPUT": str(folder / "atlas.pdf")}
    return seconds(lambda: processing.run("hyperlocalneed:areareport", parameters))
