"""Whether there is room for what is about to be written: GDAL and SQLite report a full disk late, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterable

import pandas as pd
from qgis.core import QgsGeometry

from ...core.errors import NeedError

# A number in SQLite takes nine bytes; names, indexes and styles come on top.
_BYTES_PER_CELL = 10
_BASE = 4_000_000
_MEGABYTE = 1_000_000


def estimate(frames: Iterable[pd.DataFrame], geometries: Iterable[QgsGeometry]) -> int:
    """About how many bytes a GeoPackage of these frames and geometries takes."""
    cells = sum(frame.size + len(frame) for frame in frames)
    return _BASE + cells * _BYTES_PER_CELL + sum(geometry.constGet().wkbSize() for geometry in geometries)


def demand(folder: Path, needed: int) -> None:
    """NeedError if the disk of ``folder`` has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NeedError(
            f"{folder}: the disk is full: {free / _MEGABYTE:,.0f} MB are free and about "
            f"{needed / _MEGABYTE:,.0f} MB are needed; make room or choose another folder."
        )
