"""The demonstration pack on disk: core makes tables and polygons, QGIS writes the boundaries."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from qgis.core import QgsProcessingFeedback

from ...core.demo import Polygons, make_demo, write_tables
from ...core.errors import NeedError
from .. import compat
from ..geometry.points_in_polygons import of_wkb
from ..io import destination, frames
from ..io.progress import Progress

CRS = "EPSG:27700"
LENGTHS = {"Inventing a country": 20.0, "Writing tables": 6.0, "Writing boundaries": 6.0}
MARK = "pack.json"


def write(folder: Path, areas: int, seed: int, feedback: QgsProcessingFeedback, partial: bool = False) -> None:
    """Write the pack of an invented country into ``folder``, all or nothing; ``partial`` as in ``make_demo``.

    An earlier demonstration there is replaced; NeedError if the folder holds anything else.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_invented(folder):
        raise NeedError(f"{folder}: holds other files; choose an empty folder, or one with an earlier demonstration.")
    stage = Progress(feedback).stages(LENGTHS)
    with destination.writing() as writer:
        aside = writer.whole_folder(folder)
        demo = make_demo(areas, seed, stage("Inventing a country"), partial)
        stage("Writing tables")
        write_tables(demo.tables, demo.pack, aside)
        report = stage("Writing boundaries")
        for place, (geography, polygons) in enumerate(demo.polygons.items()):
            boundary = demo.pack["boundaries"][geography]
            target = aside / boundary["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_polygons(
                target, boundary, polygons, lambda part, place=place: report((place + part) / len(demo.polygons), "")
            )
        report(1.0)


def _is_invented(folder: Path) -> bool:
    mark = folder / MARK
    return mark.is_file() and '"invented": true' in mark.read_text(encoding="utf-8", errors="replace")


def _write_polygons(target: Path, boundary, polygons: Polygons, check: frames.Check) -> None:
    columns = {boundary["name"]: polygons.names} if "name" in boundary else {}
    frame = pd.DataFrame(columns, index=pd.Index(polygons.codes, name=boundary["code"]))
    geometries = {str(code): of_wkb(wkb) for code, wkb in zip(polygons.codes, polygons.wkb)}
    writer = frames.GeoPackageWriter(str(target), check)
    writer.write(target.stem, frame, geometries, compat.named_crs(CRS))
