"""A list with postcodes gets the need of the LSOA that each row lies in; nothing of the list is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsCoordinateReferenceSystem

from ...core.errors import PackError
from ...core.pack import Pack
from ...core.steps import postcodes
from ...core.steps.classify import whole_numbers
from .. import compat
from ..areas import reading as boundaries
from ..geometry.polygons_over_polygons import shapes_of
from ..io.frames import plain_columns
from ..values import Values

OUTSIDE = "in no LSOA of the need layer"
_LEFT_OUT = ("composite", "imputed_count", "unranked_reason", "population")


def score_postcodes(values: Values) -> Tuple[pd.DataFrame, pd.DataFrame, List[str]]:
    """The list with its LSOA's fields behind its own, the rows that have none, and counts in words.

    The list's own fields come first, unchanged; ``postcode_match`` says what was found. Raises NeedError where
    a layer or the pack does not fit. The words never repeat a row of the list.
    """
    rows, need, postcode_field = values.source("INPUT"), values.source("NEED"), values.text("POSTCODE_FIELD")
    report = values.advance(0.9)
    report(0.0, "reading the list")
    names = [field.name() for field in rows.fields()]
    table, _ = boundaries.read_table(rows, list(dict.fromkeys([postcode_field, *names])), False)
    report(0.1, "reading postcodes")
    places, crs = directory(values.path("PACK"))
    live, live_only = places["live"].to_numpy(), values.option("LIVE_POSTCODES_ONLY")
    found = postcodes.match(table[postcode_field], places.index, live, live_only=live_only)
    report(0.5, "placing postcodes in LSOAs")
    fields = [field.name() for field in need.fields() if field.name() not in (*_LEFT_OUT, "fid")]
    fields.sort(key=lambda name: name != "area_code")
    small = boundaries.read_small_areas(need, fields, True, lambda part: report(0.5 + 0.3 * part))
    used, where = np.unique(found.position[found.position >= 0], return_inverse=True)
    points = places.iloc[used]
    placed = boundaries.Postcodes(points["x"].to_numpy(), points["y"].to_numpy(), crs)
    home = boundaries.homes(placed, shapes_of(small.geometries or []), small.crs, lambda part: report(0.8 + 0.1 * part))
    area = np.full(len(table), -1, dtype=np.int64)
    area[found.position >= 0] = home[where]
    status = np.where((found.position >= 0) & (area < 0), OUTSIDE, found.found)
    scored = _joined(table[names], small.table, area, status)
    return scored, scored[area < 0], _in_words(status)


def directory(path: Path) -> Tuple[pd.DataFrame, QgsCoordinateReferenceSystem]:
    """Coordinates and liveness by tidied postcode; of one that is listed twice the live entry counts."""
    with Pack.open(path) as pack:
        place = pack.spec.get("postcodes")
        if place is None:
            raise PackError(f"{pack.name}: the pack has no postcodes.")
        code, live = place.get("code", "postcode"), place.get("live")
        columns = {"x": place["easting"], "y": place["northing"], **({"live": live} if live else {})}
        raw = pack.read_columns(place["file"], [code, *columns.values()], texts=[code])
        crs = compat.named_crs(place.get("crs", "EPSG:27700"))
    table = pd.DataFrame({name: pd.to_numeric(raw[column], errors="coerce") for name, column in columns.items()})
    table["live"] = table["live"] == 1 if live else True
    table.index = pd.Index(raw[code].fillna("").str.replace(" ", "", regex=False).str.upper(), name="postcode")
    table = table[table["x"].notna() & table["y"].notna() & (table.index != "")]
    if not table.index.is_unique:
        table = table.sort_values("live", ascending=False, kind="stable")
        table = table[~table.index.duplicated()]
    return table, crs


def _joined(own: pd.DataFrame, need: pd.DataFrame, area: np.ndarray, status: np.ndarray) -> pd.DataFrame:
    """The list, then what was found and the need layer's fields; names already in use get ``_need``."""
    own = plain_columns(own.drop(columns="fid", errors="ignore"))
    # Gaps have made floats of ranks, deciles and flags.
    behind = whole_numbers(plain_columns(need.reindex(area).set_axis(own.index)))
    behind.insert(0, "postcode_match", status)
    taken = {name: f"{name}_need" for name in behind if name in own}
    scored = pd.concat([own, behind.rename(columns=taken)], axis=1)
    return scored.set_axis(pd.RangeIndex(1, len(scored) + 1, name="row"))


def _in_words(status: np.ndarray) -> List[str]:
    """Counts by what was found, most first."""
    counts: Dict[str, int] = Counter(status.tolist())
    said = [f"{count:,} rows: {what}." for what, count in sorted(counts.items(), key=lambda item: -item[1])]
    return [f"{len(status):,} rows in the list.", *said]
