"""Maps as the paper shows them: each region by LSOA, and districts as a pair, score beside hot spots."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Collection, Dict, Iterable, Optional

from qgis.core import QgsFeedback, QgsRectangle, QgsVectorLayer

from ...core import words
from ...core.errors import NeedError
from ..style import overlay, palettes
from ..style.renderers import NEED, measure_titles
from . import maps
from .maps import Ground, Paper
from .render import outline_layer, part_of, regions_of

REGION = Paper(type_scale=0.72)
# Half a sheet holds a legend in smaller type.
PAIR = Paper((2600, 1838), 297.0, 0.7)
LABEL_POINTS = 7.2
_UNSAFE = re.compile(r"\W+")
# Systems allow 255 bytes; a letter may be four.
LONGEST_STEM, KEPT_LETTERS = 200, 46


def write_maps(
    result,
    need: QgsVectorLayer,
    districts: QgsVectorLayer,
    folder: Path,
    feedback: Optional[QgsFeedback] = None,
    *,
    only: Collection[str] = (),
) -> Dict[str, Path]:
    """Every map of the paper's chapter on outcomes as PNG in ``folder``: a pair a measure, and one a region.

    ``only``: codes of LSOAs; regions without any of them have no map, and the pairs show the other regions alone.
    Returns the files by name. The layers are read, not changed. Raises Cancelled, and NeedError where a
    picture cannot be drawn or written.
    """
    files: Dict[str, Path] = {}

    def save(name: str, picture) -> None:
        files[name] = folder / f"{name}.png"
        maps.save_picture(picture, files[name])

    ground, extent = maps.map_ground(need, districts), None
    chosen = result.need[result.need.index.isin(list(only))] if only else result.need
    here = [region for region in regions_of(need, districts) if region.code in set(chosen["region_code"].dropna())]
    if only and here:
        extent = QgsRectangle(here[0].geometry.boundingBox())
        for region in here[1:]:
            extent.combineExtentWith(region.geometry.boundingBox())
    for measure in measure_titles(result.methodology):
        layers, text = maps.style_pair(result, districts, measure)
        pair = [(layer, maps.legend_of(layer, title)) for layer, title in zip(layers, (maps.FIFTHS, maps.HOT_SPOTS))]
        picture = maps.draw_sheet(text, pair, PAIR, extent=extent, ground=ground, feedback=feedback)
        save(f"districts_{measure}", picture)
    for region in here:
        save(f"region_{file_stem(region.name)}", region_map(result, need, districts, region, feedback))
    return files


def region_map(result, need: QgsVectorLayer, districts: QgsVectorLayer, region, feedback: Optional[QgsFeedback] = None):
    """The overall measure of one region by LSOA, in the tenths of the whole country, as a picture."""
    copy = part_of(need, "region_code", [region.code])
    text = maps.style_measure(result, copy, NEED, "deciles")
    inside = result.need[result.need["region_code"] == region.code]
    counted = f"{int(inside['need_rank'].notna().sum()):,} of {len(inside):,} areas are ranked; dark means high need."
    hot = words.whole((inside["hotspot"] == 1).sum())
    subtitle = f"{result.title}. {counted} Areas of this region among the country's top 20 %: {hot}."
    outlines = district_outlines(districts, {str(code) for code in inside["district_code"]})
    return maps.draw_sheet(
        replace(text, title=f"{region.name}: {text.title}", subtitle=subtitle),
        [(copy, maps.legend_of(copy, "Tenths of all areas of the country"))],
        REGION,
        extent=region.geometry.boundingBox(),
        ground=Ground((outlines,)),
        feedback=feedback,
    )


def district_outlines(districts: QgsVectorLayer, codes: Iterable[str]) -> QgsVectorLayer:
    """Lines and names of some districts, so that a reader finds the places on a map of small areas."""
    layer = outline_layer(part_of(districts, "district_code", codes), palettes.COUNTRY_OUTLINE, 0.16)
    overlay.label_by(layer, "district_name", 0, LABEL_POINTS, bold=True)
    return layer


def file_stem(name: str) -> str:
    """A name as part of a file's name: letters of any script, digits and underscores; a long one ends in its digest.

    NeedError if no letter or digit is left.
    """
    stem = _UNSAFE.sub("_", name).strip("_").lower()
    if not stem:
        raise NeedError(f"'{name}' holds no letter or digit to name a file by.")
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return stem if len(stem.encode()) <= LONGEST_STEM else f"{stem[:KEPT_LETTERS]}_{digest}"
