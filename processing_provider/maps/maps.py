"""The maps that go with every result: one sheet each, drawn without a project, a layout or a window."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence, Tuple

from qgis.core import QgsFeedback, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QRect, QRectF
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter

from ...core.errors import NeedError
from ..io import about
from ..style import palettes
from ..style.legend import Legend, legend_entries
from ..style.renderers import Style, apply_style, district_styles, is_area_layer, need_styles, ranked_counts, style_of
from .frame import MapFrame
from .render import Region, outline_layer, polygon_layer, regions_of, simplified
from .sheet import PAGE_WIDTH_MM, Page

MARGIN_MM = 13.0
SIZE = (2000, 2400)
SMALL = (1000, 1200)
TITLE_SIZES_MM = (7.2, 6.6, 6.0, 5.4)
DISTRICT_LINE_MM = 0.09
REGION_LINE_MM = 0.13
INSET_DENSITY = 3.0

_LEGEND_TITLES = {
    "deciles": "Tenths of the ranked areas",
    "hotspots": "Hot spots: the top 20 % of {noun}",
    "mission": "Class of the overall score",
    "local_deciles": "Tenths of each district's areas",
    "local_hotspots": "The top fifth of each district",
    "fifths": "Fifths of the districts",
}


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
    path: Path,
    *,
    ground: Ground = BARE_GROUND,
    size: Tuple[int, int] = SIZE,
    feedback: Optional[QgsFeedback] = None,
) -> None:
    """Any measure of the layer ``need`` or ``districts`` in any of its styles, as PNG at ``path``.

    The layer keeps its own style. Raises NeedError for a measure and kind that it has no style for.
    """
    copy = layer.clone()
    areas = is_area_layer(copy)
    ranked = ranked_counts(copy, result.methodology)
    style = style_of((need_styles if areas else district_styles)(result.methodology, ranked), measure, kind)
    apply_style(copy, style, result.methodology)
    noun = "area" if areas else "district"
    legend = Legend(_LEGEND_TITLES[kind].format(noun=f"{noun}s"), legend_entries(copy), noun)
    counted = f"{ranked[measure].areas:,} of {len(result.need if areas else result.districts):,} {noun}s are ranked"
    text = map_text(result, style, counted)
    words_ = (text.title, text.subtitle, legend, text.source, text.warning)
    render_map(copy, path, *words_, ground=ground, size=size, feedback=feedback)


def map_text(result, style: Style, counted: str) -> MapText:
    """Title, subtitle, sources and warning of a map of a result; what was left out stands in the title."""
    total = len(result.methodology.indicators)
    part = f" ({total - len(result.left_out)} of {total} indicators)" if result.left_out else ""
    subtitle = f"{result.title}. {counted}; dark means high need."
    digest = result.log.get("methodology_digest") or result.methodology.digest()
    source = " ".join(about.of_result(result).credits())
    method = f"Method: {result.methodology.title}, digest {digest[:12]}."
    return MapText(f"{style.title}{part}", subtitle, f"{source} {method}".strip(), result.methodology.warning)


def render_map(
    layer: QgsVectorLayer,
    path: Path,
    title: str,
    subtitle: str,
    legend: Legend,
    source: str,
    warning: str,
    *,
    extent: Optional[QgsRectangle] = None,
    ground: Ground = BARE_GROUND,
    size: Tuple[int, int] = SIZE,
    type_scale: float = 1.0,
    feedback: Optional[QgsFeedback] = None,
) -> None:
    """Draw a styled layer on a sheet with title, legend, scale bar, sources and warning, and save it as PNG.

    ``size`` is in pixels; type and lines keep their size on a sheet 210 mm wide, and ``type_scale`` makes those on
    the map smaller, where the map leaves little room. ``extent``, in the layer's CRS, defaults to the whole
    layer. The file is written aside and moved into place. Raises Cancelled, and NeedError where the layer
    cannot be drawn or the file not be written.
    """
    text = MapText(title, subtitle, source, warning)
    image = blank_sheet(size, PAGE_WIDTH_MM, text)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        page = Page(painter, size[0] / PAGE_WIDTH_MM)
        frame = draw_text(page, size, text)
        layers = [*ground.outlines, simplified(layer)]
        inset = ground.inset if extent is None else None
        on_map = Page(painter, page.scale * type_scale)
        MapFrame(on_map, frame, layers, extent or layer.extent(), feedback).draw(legend, inset)
    finally:
        painter.end()
    save_picture(image, Path(path))


def blank_sheet(size: Tuple[int, int], width_mm: float, text: MapText) -> QImage:
    """White paper of so many pixels and millimetres across; title, warning and sources go into the file's own texts."""
    image = QImage(size[0], size[1], QImage.Format.Format_RGB32)
    image.fill(QColor(palettes.PAPER))
    image.setDotsPerMeterX(round(size[0] / width_mm * 1000))
    image.setDotsPerMeterY(round(size[0] / width_mm * 1000))
    for key, value in (("Title", text.title), ("Description", text.warning), ("Source", text.source)):
        image.setText(key, value)
    return image


def save_picture(image: QImage, path: Path) -> None:
    """Write a picture as PNG, aside first; NeedError where it cannot be written."""
    aside = path.with_name(f"{path.name}.part")
    if not image.save(str(aside), "PNG"):
        raise NeedError(f"{path}: the map cannot be written; is the folder there, and is there room on the disk?")
    os.replace(aside, path)


def draw_text(page: Page, size: Tuple[int, int], text: MapText) -> QRect:
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
