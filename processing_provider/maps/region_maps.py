"""Maps as the paper shows them: each region by LSOA, and districts as a pair, score beside hot spots."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Optional, Tuple

from qgis.core import (
    QgsExpression,
    QgsFeatureRequest,
    QgsFeedback,
    QgsPalLayerSettings,
    QgsRectangle,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QRect
from qgis.PyQt.QtGui import QColor, QFont, QPainter

from ...core.errors import NeedError
from ..style import palettes, words
from ..style.legend import Legend, legend_entries
from ..style.renderers import NEED, apply_style, district_styles, measure_titles, need_styles, ranked_in, style_of
from . import maps
from .frame import MapFrame
from .maps import BARE_GROUND, Ground, MapText
from .render import outline_layer, regions_of, simplified
from .sheet import Page

REGION_TYPE = 0.72
PAIR_SIZE = (2600, 1838)
PAIR_WIDTH_MM = 297.0
GAP_MM = 8.0
PAIR_TYPE = 0.7
LABEL_POINTS = 7.2
_REGION_LEGENDS = {
    "deciles": "Tenths of all areas of the country",
    "hotspots": "Hot spots: the top 20 % of the country's areas",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


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
    ground = maps.map_ground(need, districts)
    chosen = result.need[result.need.index.isin(list(only))] if only else result.need
    here = [region for region in regions_of(need, districts) if region.code in set(chosen["region_code"].dropna())]
    extent = QgsRectangle(districts.extent())
    if only and here:
        ground, extent = Ground(ground.outlines), QgsRectangle(here[0].geometry.boundingBox())
        for region in here[1:]:
            extent.combineExtentWith(region.geometry.boundingBox())
    for measure in measure_titles(result.methodology):
        files[f"districts_{measure}"] = folder / f"districts_{measure}.png"
        district_pair(
            result, districts, measure, files[f"districts_{measure}"], ground=ground, extent=extent, feedback=feedback
        )
    for region in here:
        name = f"region_{file_stem(region.name)}"
        files[name] = folder / f"{name}.png"
        region_map(result, need, districts, region, files[name], feedback=feedback)
    return files


def region_map(
    result,
    need: QgsVectorLayer,
    districts: QgsVectorLayer,
    region,
    path: Path,
    *,
    kind: str = "deciles",
    feedback: Optional[QgsFeedback] = None,
) -> None:
    """The overall measure of one region by LSOA, in the tenths or hot spots of the whole country, as PNG."""
    ranked = ranked_in(result.need, result.methodology)
    copy = part_of(need, "region_code", [region.code])
    style = style_of(need_styles(result.methodology, ranked), NEED, kind)
    apply_style(copy, style, result.methodology)
    inside = result.need[result.need["region_code"] == region.code]
    counted = f"{int(inside['need_rank'].notna().sum()):,} of {len(inside):,} areas are ranked"
    text = maps.map_text(result, style, counted)
    hot = inside[inside["hotspot"] == 1]
    said = f"Areas of this region among the country's top 20 %: {words.whole(len(hot))}."
    bounds = region.geometry.boundingBox()
    outlines = district_outlines(districts, {str(code) for code in inside["district_code"]})
    maps.render_map(
        copy,
        path,
        f"{region.name}: {text.title}",
        f"{text.subtitle} {said}",
        Legend(_REGION_LEGENDS[kind], legend_entries(copy)),
        text.source,
        text.warning,
        extent=bounds,
        type_scale=REGION_TYPE,
        ground=Ground((outlines,)),
        feedback=feedback,
    )


def district_outlines(districts: QgsVectorLayer, codes) -> QgsVectorLayer:
    """Lines and names of some districts, so that a reader finds the places on a map of small areas."""
    layer = outline_layer(part_of(districts, "district_code", codes), palettes.COUNTRY_OUTLINE, 0.16)
    form = QgsTextFormat()
    form.setSize(LABEL_POINTS)
    form.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    form.setColor(QColor(palettes.INK))
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold)
    form.setFont(font)
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.6)
    halo.setColor(QColor(255, 255, 255, 225))
    form.setBuffer(halo)
    labels = QgsPalLayerSettings()
    labels.fieldName = "district_name"
    labels.placement = QgsPalLayerSettings.Placement.Horizontal
    labels.setFormat(form)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels))
    layer.setLabelsEnabled(True)
    return layer


def part_of(layer: QgsVectorLayer, field: str, values: Iterable[str]) -> QgsVectorLayer:
    """The features whose field has one of the values, in memory; filtering a GeoPackage would open it for writing."""
    quoted = ", ".join(QgsExpression.quotedValue(value) for value in sorted(values))
    return layer.materialize(
        QgsFeatureRequest().setFilterExpression(f"{QgsExpression.quotedColumnRef(field)} IN ({quoted})")
    )


def district_pair(
    result,
    districts: QgsVectorLayer,
    measure: str,
    path: Path,
    *,
    ground: Ground = BARE_GROUND,
    extent: Optional[QgsRectangle] = None,
    feedback: Optional[QgsFeedback] = None,
) -> None:
    """Districts by average score on the left, and the top 20 % of them on the right, on one sheet, as PNG."""
    ranked = ranked_in(result.districts, result.methodology)
    styles = district_styles(result.methodology, ranked)
    title = measure_titles(result.methodology)[measure]
    counted = f"{ranked[measure].areas:,} of {len(result.districts):,} districts are ranked"
    text = maps.map_text(result, style_of(styles, measure, "fifths"), counted)
    copies: List[Tuple[QgsVectorLayer, Legend]] = []
    for kind, heading in (
        ("fifths", "Average score: fifths of the districts"),
        ("hotspots", "Hot spots: the top 20 % of districts"),
    ):
        copy = districts.clone()
        apply_style(copy, style_of(styles, measure, kind), result.methodology)
        copies.append((copy, Legend(heading, legend_entries(copy), "district")))
    part = text.title.partition(" (")[2]
    sheet = MapText(f"{title} by district{f' ({part}' if part else ''}", text.subtitle, text.source, text.warning)
    _draw_pair(sheet, copies, extent or districts.extent(), ground, path, feedback)


def _draw_pair(
    text: MapText,
    maps_: List[Tuple[QgsVectorLayer, Legend]],
    extent: QgsRectangle,
    ground: Ground,
    path: Path,
    feedback,
) -> None:
    """A landscape sheet with two maps side by side."""
    scale = PAIR_SIZE[0] / PAIR_WIDTH_MM
    image = maps.blank_sheet(PAIR_SIZE, PAIR_WIDTH_MM, text)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        page = Page(painter, scale)
        frame = maps.draw_text(page, PAIR_SIZE, text)
        # Half a sheet holds a legend in smaller type.
        small = Page(painter, scale * PAIR_TYPE)
        width = round((frame.width() - page.mm(GAP_MM)) / 2)
        for number, (layer, legend) in enumerate(maps_):
            left = frame.left() + number * (frame.width() - width)
            half = QRect(left, frame.top(), width, frame.height())
            MapFrame(small, half, [*ground.outlines, simplified(layer)], extent, feedback).draw(legend, ground.inset)
    finally:
        painter.end()
    maps.save_picture(image, path)


def file_stem(name: str) -> str:
    """A name as part of a file's name: letters, digits and underscores; NeedError if none is left."""
    stem = _UNSAFE.sub("_", name).strip("_").lower()
    if not stem:
        raise NeedError(f"'{name}' holds no letter or digit to name a file by.")
    return stem
