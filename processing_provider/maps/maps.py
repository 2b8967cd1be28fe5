"""The maps that go with every result: one sheet each, drawn without a project, a layout or a window."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from qgis.core import QgsFeedback, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QRect, QRectF
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter

from ...core.errors import NeedError
from ..compat import copy_of
from ..io import about
from ..style import palettes
from ..style.legend import Legend, legend_entries
from ..style.renderers import (
    apply_style,
    district_styles,
    is_area_layer,
    measure_titles,
    need_styles,
    ranked_in,
    style_of,
)
from .frame import MapFrame
from .render import Region, outline_layer, polygon_layer, regions_of, simplified
from .sheet import PAGE_WIDTH_MM, LegendBox, Page

MARGIN_MM = 13.0
GAP_MM = 8.0
MOST_IN_A_ROW = 3
TITLE_SIZES_MM = (7.2, 6.6, 6.0, 5.4)
DISTRICT_LINE_MM = 0.09
REGION_LINE_MM = 0.13
INSET_DENSITY = 3.0
FIFTHS, HOT_SPOTS = "Average score: fifths of the districts", "Hot spots: the top 20 % of districts"

_LEGEND_TITLES = {
    "deciles": "Tenths of the ranked areas",
    "hotspots": "Hot spots: the top 20 % of {noun}",
    "mission": "Class of the overall score",
    "local_deciles": "Tenths of each district's areas",
    "local_hotspots": "The top fifth of each district",
    "fifths": "Fifths of the districts",
}


@dataclass(frozen=True)
class Paper:
    """A sheet's pixels, its width in millimetres, and how much smaller type is where a map leaves little room."""

    size: Tuple[int, int] = (2000, 2400)
    width_mm: float = PAGE_WIDTH_MM
    type_scale: float = 1.0


UPRIGHT = Paper()
SMALL = Paper((1000, 1200))


@dataclass(frozen=True)
class Ground:
    """What lies over the areas on every map of one result, made once: outlines, top first, and the inset's region."""

    outlines: Tuple[QgsVectorLayer, ...] = ()
    inset: Optional[Region] = None


BARE_GROUND = Ground()


@dataclass(frozen=True)
class MapText:
    """The words of a map sheet."""

    title: str
    subtitle: str
    source: str
    warning: str


def map_ground(need: QgsVectorLayer, districts: QgsVectorLayer, feedback: Optional[QgsFeedback] = None) -> Ground:
    """District lines, region lines, and the region that needs an inset.

    A region has an inset if people live there at least three times as densely as in the whole, and if it is
    small enough to be enlarged. Both layers are read, neither is changed.
    """
    thin = outline_layer(districts, palettes.OUTLINE, DISTRICT_LINE_MM)
    regions = regions_of(need, districts, feedback)
    if not regions:
        return Ground((thin,))
    shapes = polygon_layer([region.geometry for region in regions], districts)
    strong = outline_layer(shapes, palettes.COUNTRY_OUTLINE, REGION_LINE_MM)
    return Ground((strong, thin), _inset_region(regions))


def _inset_region(regions: Sequence[Region]) -> Optional[Region]:
    area = sum(region.geometry.area() for region in regions)
    people = sum(region.population for region in regions)
    densest = max(regions, key=lambda region: region.density)
    return densest if len(regions) > 1 and densest.density * area >= INSET_DENSITY * people > 0 else None


def measure_map(
    result,
    layer: QgsVectorLayer,
    measure: str,
    kind: str,
    *,
    ground: Ground = BARE_GROUND,
    paper: Paper = UPRIGHT,
    feedback: Optional[QgsFeedback] = None,
) -> QImage:
    """Any measure of the layer ``need`` or ``districts`` in any of its styles, as a picture.

    The layer keeps its own style. Raises NeedError for a measure and kind that it has no style for.
    """
    copy = copy_of(layer)
    text, noun = style_measure(result, copy, measure, kind), noun_of(copy)
    legend = legend_of(copy, _LEGEND_TITLES[kind].format(noun=f"{noun}s"))
    return draw_sheet(text, [(copy, legend)], paper, ground=ground, feedback=feedback)


def style_measure(result, layer: QgsVectorLayer, measure: str, kind: str) -> MapText:
    """Give a layer ``need`` or ``districts`` of a result a style; the words of a sheet that shows it."""
    areas = is_area_layer(layer)
    frame = result.need if areas else result.districts
    ranked = ranked_in(frame, result.methodology)
    style = style_of((need_styles if areas else district_styles)(result.methodology, ranked), measure, kind)
    apply_style(layer, style, result.methodology)
    title = f"{style.title}{about.part_of(result, measure)}"
    return map_text(result, title, f"{ranked[measure].areas:,} of {len(frame):,} {noun_of(layer)}s are ranked")


def style_pair(result, districts: QgsVectorLayer, measure: str) -> Tuple[List[QgsVectorLayer], MapText]:
    """Copies of the districts by fifths of their average score and by hot spots, and the words of a sheet of both."""
    layers = [copy_of(districts), copy_of(districts)]
    text = style_measure(result, layers[0], measure, "fifths")
    style_measure(result, layers[1], measure, "hotspots")
    title = f"{measure_titles(result.methodology)[measure]} by district{about.part_of(result, measure)}"
    return layers, replace(text, title=title)


def noun_of(layer: QgsVectorLayer) -> str:
    """What a layer's features are called."""
    return "area" if is_area_layer(layer) else "district"


def legend_of(layer: QgsVectorLayer, title: str) -> Legend:
    """The legend of a styled layer."""
    return Legend(title, legend_entries(layer), noun_of(layer))


def map_text(result, title: str, counted: str) -> MapText:
    """Title, subtitle, sources and warning of a map of a result."""
    subtitle = f"{result.title}. {counted}; dark means high need."
    source = " ".join((*about.of_result(result).credits(), about.method_in_words(result)))
    return MapText(title, subtitle, source, result.methodology.warning)


def draw_sheet(
    text: MapText,
    maps: Sequence[Tuple[QgsVectorLayer, Legend]],
    paper: Paper = UPRIGHT,
    *,
    extent: Optional[QgsRectangle] = None,
    ground: Ground = BARE_GROUND,
    feedback: Optional[QgsFeedback] = None,
) -> QImage:
    """Draw styled layers, up to three in a row, on a sheet with title, legends, scale bars, sources and warning.

    ``extent``, in the layers' CRS, defaults to the whole layer; only then there is an inset. Title, warning and
    sources go into the picture's own texts. Raises Cancelled, and NeedError where a layer cannot be drawn.
    """
    image = _blank(paper, text)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        page = Page(painter, paper.size[0] / paper.width_mm)
        frame = _draw_text(page, paper.size, text)
        on_map = Page(painter, page.scale * paper.type_scale)
        across, gap = min(len(maps), MOST_IN_A_ROW), page.mm(GAP_MM)
        down = math.ceil(len(maps) / across)
        width, height = ((side + gap) / number for side, number in ((frame.width(), across), (frame.height(), down)))
        for number, (layer, legend) in enumerate(maps):
            corner = frame.left() + round(number % across * width), frame.top() + round(number // across * height)
            part = QRect(*corner, round(width - gap), round(height - gap))
            layers = [*ground.outlines, simplified(layer)]
            inset = ground.inset if extent is None else None
            beside: Optional[Legend] = legend
            if down > 1:
                # Small maps stand under their legends, so that all are of one scale.
                above, beside = LegendBox(on_map, legend), None
                above.draw(*corner)
                part.setTop(part.top() + round(above.height + page.mm(1)))
            MapFrame(on_map, part, layers, extent or layer.extent(), feedback).draw(beside, inset)
    finally:
        painter.end()
    return image


def _blank(paper: Paper, text: MapText) -> QImage:
    image = QImage(*paper.size, QImage.Format.Format_RGB32)
    image.fill(QColor(palettes.PAPER))
    image.setDotsPerMeterX(round(paper.size[0] / paper.width_mm * 1000))
    image.setDotsPerMeterY(round(paper.size[0] / paper.width_mm * 1000))
    for key, value in (("Title", text.title), ("Description", text.warning), ("Source", text.source)):
        image.setText(key, value)
    return image


def save_picture(image: QImage, path: Path) -> None:
    """Write a picture as PNG, aside first; NeedError where it cannot be written."""
    aside = path.with_name(f"{path.name}.part")
    if not image.save(str(aside), "PNG"):
        raise NeedError(f"{path}: the map cannot be written; is the folder there, and is there room on the disk?")
    os.replace(aside, path)


def _draw_text(page: Page, size: Tuple[int, int], text: MapText) -> QRect:
    """Heading above, warning and sources below; returns the frame that is left for the map."""
    margin, width = page.mm(MARGIN_MM), size[0] - 2 * page.mm(MARGIN_MM)
    title_font, subtitle_font = _title_font(page, text.title, width), page.font(3.4)
    top = page.paragraph(margin, page.mm(11), page.wrap(text.title, title_font, width), title_font, palettes.INK)
    lines = page.wrap(text.subtitle, subtitle_font, width)
    top = page.paragraph(margin, top + page.mm(0.6), lines, subtitle_font, palettes.MUTED_INK)
    bottom = _draw_footer(page, margin, width, size[1] - page.mm(10), text)
    return QRect(round(margin), round(top + page.mm(4)), round(width), round(bottom - top - page.mm(8)))


def _title_font(page: Page, title: str, width: float) -> QFont:
    """The largest size that keeps the title on one line; the smallest, on two, for a long title."""
    fonts = [page.font(size, bold=True) for size in TITLE_SIZES_MM]
    return next((font for font in fonts if page.width_of(title, font) <= width), fonts[-1])


def _draw_footer(page: Page, margin: float, width: float, bottom: float, text: MapText) -> float:
    """The warning on a tinted band over the sources; returns the band's top."""
    small, middle = page.font(2.2), page.font(2.9)
    source = page.wrap(text.source, small, width)
    warning = page.wrap(text.warning, middle, width - page.mm(8))
    top = bottom - page.height_of(source, small)
    page.paragraph(margin, top, source, small, palettes.MUTED_INK)
    if not warning:
        return top
    height = page.height_of(warning, middle) + page.mm(4)
    top -= height + page.mm(2.6)
    page.painter.fillRect(QRectF(margin, top, width, height), QColor(palettes.WARNING_FILL))
    page.painter.fillRect(QRectF(margin, top, page.mm(1), height), QColor(palettes.WARNING_INK))
    page.paragraph(margin + page.mm(4.5), top + page.mm(2), warning, middle, palettes.WARNING_INK)
    return top
