"""The postcodes that old and new areas share: made from a pack's postcodes and boundaries, and cached."""

from __future__ import annotations

import hashlib
import os
import zipfile
from functools import partial
from pathlib import Path
from typing import Callable, List, Optional

import numpy as np
import pandas as pd
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsVectorLayer

from ...core.crosswalks import NEEDS_OVERLAP
from ...core.errors import PackError
from ...core.index import pairs_digest
from ...core.pack import Pack
from ...core.steps.overlap import count_pairs
from .. import compat
from ..geometry import points_in_polygons as spatial
from ..io import formats

Report = Callable[..., None]
_FORMAT = "1"
_ENDING = ".npz"
# England takes 1.4 MB.
MOST_BYTES = 100_000_000
_GEOGRAPHIES = ("OA11", "LSOA21")


def pairs_for(pack: Pack, report: Report, *, live_only: bool = True) -> Optional[pd.DataFrame]:
    """The overlap table of a pack (columns source, target, postcodes), or None where no indicator needs it.

    It is kept in the user's cache under a digest of everything it is made from; a file that is damaged, or not
    what its own digest says, is made again. PackError names what the pack lacks.
    """
    geographies = {entry.geography for entry in pack.entries.values()}
    if not geographies.intersection(NEEDS_OVERLAP):
        return None
    place = folder() / f"overlap-{_inputs_digest(pack, live_only)[:16]}{_ENDING}"
    pairs = load(place)
    if pairs is None:
        pairs = make(pack, report, live_only=live_only)
        _keep(pairs, place)
    return pairs


def folder() -> Path:
    """The user's one cache, below QGIS's own."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "cache" / "hyperlocal_need"


def size() -> int:
    """Bytes that the cache takes."""
    return sum(path.stat().st_size for path in _kept())


def clear() -> int:
    """Empty the cache, which only makes the next run of each pack slower; the bytes that were freed."""
    freed = size()
    for path in _kept():
        path.unlink(missing_ok=True)
    return freed


def sweep(output_folder: Path) -> None:
    """Remove the tables that earlier versions hid beside their results."""
    for path in output_folder.glob(f".overlap-{'[0-9a-f]' * 16}{_ENDING}"):
        path.unlink(missing_ok=True)


def _kept() -> List[Path]:
    """The cached tables, the one used last at the end."""
    return sorted(folder().glob(f"overlap-*{_ENDING}"), key=lambda path: path.stat().st_mtime)


def _keep(pairs: pd.DataFrame, place: Path) -> None:
    """Into the cache, from which the tables go that were not used for longest; a run does not fail for its cache."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        save(pairs, place)
        kept = _kept()
        while len(kept) > 1 and sum(path.stat().st_size for path in kept) > MOST_BYTES:
            kept.pop(0).unlink(missing_ok=True)
    except OSError:
        place.unlink(missing_ok=True)


def _inputs_digest(pack: Pack, live_only: bool) -> str:
    total = hashlib.sha256(f"{_FORMAT} {live_only}".encode("ascii"))
    for place in (_postcodes(pack), *(_boundary(pack, geography) for geography in _GEOGRAPHIES)):
        total.update(repr(sorted(place.items())).encode("utf-8"))
        total.update(pack.digest(place["file"]).encode("ascii"))
    return total.hexdigest()


def _postcodes(pack: Pack):
    if "postcodes" not in pack.spec:
        raise PackError(f"{pack.name}: 'postcodes' is missing; figures for areas of 2011 are converted by them.")
    return pack.spec["postcodes"]


def _boundary(pack: Pack, geography: str):
    place = pack.spec["boundaries"].get(geography)
    if place is None:
        raise PackError(f"{pack.name}: boundaries.{geography} is missing; postcodes are located in it.")
    return place


def boundary_layer(pack: Pack, geography: str) -> QgsVectorLayer:
    """The polygons of a geography as a layer; PackError if they cannot be opened."""
    place = _boundary(pack, geography)
    file = pack.path(place["file"])
    source = f"{file}|layername={place['layer']}" if "layer" in place else str(file)
    # A file of another kind, whatever its name, may say where else to read, and what follows | is for QGIS.
    plain = "|" not in place["file"] + place.get("layer", "") and formats.holds_tables(file)
    layer = compat.file_layer(source, place["file"]) if plain else None
    if layer is None or not layer.isValid():
        raise PackError(
            f"{place['file']}: cannot be opened as a layer of polygons; a file of another kind, or with views, is none."
        )
    return layer


def make(pack: Pack, report: Report, *, live_only: bool = True) -> pd.DataFrame:
    """Locate every postcode in the polygons of both years and count the pairs."""
    place = _postcodes(pack)
    report(0.0, "reading postcodes")
    names = [place["easting"], place["northing"]]
    table = pack.table_of_points(place["file"], names, place.get("live"))
    crs = compat.named_crs(place.get("crs", "EPSG:27700"))
    if not crs.isValid():
        raise PackError(f"postcodes.crs: '{place.get('crs')}' is no coordinate reference system.")
    x, y = table[names[0]].to_numpy(dtype=float), table[names[1]].to_numpy(dtype=float)
    codes = []
    for number, geography in enumerate(_GEOGRAPHIES):
        told = partial(_tell, report, number / len(_GEOGRAPHIES), f"{len(x):,} postcodes in {geography}")
        codes.append(_codes_at(pack, geography, x, y, crs, told))
    live = table[place["live"]].to_numpy(dtype=float) == 1 if "live" in place else np.ones(len(table), dtype=bool)
    report(0.99, "counting pairs")
    return count_pairs(codes[0], codes[1], live, live_only=live_only)


def _tell(report: Report, start: float, text: str, fraction: float) -> None:
    report(start + fraction / len(_GEOGRAPHIES), text)


def _codes_at(
    pack: Pack, geography: str, x, y, crs: QgsCoordinateReferenceSystem, check: spatial.Check
) -> pd.Categorical:
    """The code of the polygon that holds each point, missing where none does.

    As categories, for two million texts would be counted in one call, during which the window stands still.
    """
    polygons = spatial.read_polygons(
        boundary_layer(pack, geography), _boundary(pack, geography)["code"], lambda _: check(0.0)
    )
    position = spatial.locate(*spatial.transform_points(x, y, crs, polygons.crs), polygons, check)
    # Polygons come sorted by code, so each new one begins where the code changes.
    fresh = np.concatenate(([True], polygons.codes[1:] != polygons.codes[:-1]))
    number = np.cumsum(fresh) - 1
    return pd.Categorical.from_codes(np.where(position >= 0, number[position], -1), polygons.codes[fresh])


def load(place: Path) -> Optional[pd.DataFrame]:
    """A cached table, if it is there, whole, and what its digest says; else None."""
    try:
        os.utime(place)
        with place.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            pairs = pd.DataFrame(
                {
                    "source": stored["source"].astype(object),
                    "target": stored["target"].astype(object),
                    "postcodes": stored["postcodes"],
                }
            )
            return pairs if str(stored["digest"]) == pairs_digest(pairs) else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save(pairs: pd.DataFrame, place: Path) -> None:
    """Write the table aside and move it into place."""
    aside = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as stream:
            np.savez_compressed(
                stream,
                source=pairs["source"].to_numpy(dtype=str),
                target=pairs["target"].to_numpy(dtype=str),
                postcodes=pairs["postcodes"].to_numpy(),
                digest=np.array(pairs_digest(pairs)),
            )
        os.replace(aside, place)
    finally:
        aside.unlink(missing_ok=True)
