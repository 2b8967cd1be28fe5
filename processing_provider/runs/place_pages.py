"""The web page of a place: its areas, their shapes, and what its search knows of wards and postcodes."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsExpression, QgsFeatureRequest, QgsGeometry

from ...core.errors import DataError, PackError
from ...core.findings.saved import Saved
from ...core.pack import Pack
from ...core.steps.assign import named
from ..areas.reading import Postcodes, homes
from ..geometry.coverage import page_paths
from ..geometry.polygons_over_polygons import shapes_of
from ..io import frames
from ..reports import place_page
from .postcodes import directory


def page_of(result: Saved, places: Sequence[str], pack: Optional[Path], report: Callable[..., None]) -> str:
    """The page of the areas that ``places`` mean (codes or names; all without any) as one HTML text.

    ``pack``: its wards and live postcodes are searched. OptionError for a place that is not there, DataError where none
    of its areas has a shape, PackError for a pack that does not fit, NeedError where jinja2 is missing.
    """
    need = result.need
    inside = named(need, places, "AREA", result.title) if places else np.ones(len(need), dtype=bool)
    codes = need.index[inside].tolist()
    report(0.1, f"drawing {len(codes):,} areas")
    shapes, crs = _shapes(result.path, codes)
    if all(shape is None for shape in shapes):
        raise DataError(f"{result.path}: none of the areas of {', '.join(places) or 'the result'} has a polygon.")
    found: Tuple[Dict[str, List[str]], Dict[str, str]] = ({}, {})
    if pack is not None:
        report(0.3, "reading wards and postcodes")
        found = _wards(pack, codes), _postcodes(pack, shapes, crs)
    report(0.8, "writing the page")
    return place_page.render(result, codes, page_paths(shapes), _title(need, inside, places), found)


def _title(need: pd.DataFrame, inside: np.ndarray, places: Sequence[str]) -> str:
    """The name of the district or region that has these areas and no other, else the places as they were given."""
    for name in ("district_name", "region_name"):
        first = need[name][inside].iloc[0]
        if isinstance(first, str) and ((need[name] == first).to_numpy() == inside).all():
            return first
    return ", ".join(places) or "All areas"


def _shapes(path: Path, codes: Sequence[str]):
    """The polygons of some areas in their order, None where there is none, and their CRS."""
    layer = frames.open_layer(path, "need")
    listed = ",".join(QgsExpression.quotedString(code) for code in codes)
    request = QgsFeatureRequest().setFilterExpression(f'"area_code" IN ({listed})')
    found = {feature["area_code"]: QgsGeometry(feature.geometry()) for feature in layer.getFeatures(request)}
    found = {code: shape for code, shape in found.items() if not shape.isNull()}
    return [found.get(code) for code in codes], layer.crs()


def _wards(pack: Path, codes: Sequence[str]) -> Dict[str, List[str]]:
    """Names of the larger areas that the pack's lookup puts an area in, but for those of the result: wards, mostly."""
    with Pack.open(pack) as opened:
        geography = opened.spec.get("area", "LSOA21")
        lookup = opened.lookup(geography).reindex(codes)
    if lookup.isna().all(axis=None):
        raise PackError(f"{pack}: its lookup of {geography} holds none of the areas of the page.")
    ours = ("LTLA", "UTLA", "LAD", "RGN", "CTRY")
    names = [name for name in lookup if name.endswith("_name") and not name.startswith(ours)]
    return {code: [one for one in row if isinstance(one, str)] for code, row in zip(codes, lookup[names].to_numpy())}


def _postcodes(pack: Path, shapes: Sequence[Optional[QgsGeometry]], crs) -> Dict[str, str]:
    """Live postcodes by their first part: for each its last three characters and the place of its area, base 36."""
    table, theirs = directory(pack)
    table = table[table["live"] & (table.index.str.len() > 4)]
    known = [place for place, shape in enumerate(shapes) if shape is not None]
    points = Postcodes(table["x"].to_numpy(), table["y"].to_numpy(), theirs)
    home = homes(points, shapes_of([shapes[place] for place in known]), crs)
    inside = home >= 0
    areas = [np.base_repr(known[place], 36).lower().rjust(place_page.DIGITS, "0") for place in home[inside]]
    ends = pd.Series([f"{code[-3:]}{area}" for code, area in zip(table.index[inside], areas)], dtype=object)
    first = table.index[inside].str[:-3].to_numpy()
    return {str(name): "".join(sorted(each)) for name, each in ends.groupby(first)}
