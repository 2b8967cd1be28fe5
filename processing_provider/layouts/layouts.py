"""Print layouts that open in QGIS's layout designer: one map, a pair of maps, and an atlas over areas."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import List, Mapping, Optional, Sequence, Tuple

from qgis.core import (
    QgsExpressionContextUtils,
    QgsLayoutFrame,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemMap,
    QgsLayoutTable,
    QgsLayoutTableColumn,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsTextFormat,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from ..maps.maps import MapText
from ..style import palettes
from ..style.overlay import AT_HAND
from .items import Sheet

WIDTH = 186.0
# As many LSOAs as a page lists, the neediest first.
NAMED = 30
BAR_WIDTH = 98.0
CELL_MARGIN = 0.75
WORDS = json.loads(Path(__file__).with_name("atlas.json").read_text(encoding="utf-8"))
# Key figures: field, title, and how core.words writes it. The report has them too.
FIGURES: List[List[str]] = WORDS["figures"]
# Field or expression, heading, width in mm (the first has what is left), and whether it is a number.
COLUMNS: List[Tuple[str, str, float, bool]] = WORDS["columns"]
PLACES = ("area", "district", "region", "country")
ATLAS_NAME = "Hyper-local Need: areas"


@dataclass(frozen=True)
class AtlasLayers:
    """What an atlas draws from: areas to turn the pages by, a veil over all but them, their LSOAs, and the need layer.

    ``place`` and ``districts`` are the locator's; ``unsure``: lines over what may or may not be a hot spot, where the
    result knows; ``names``: a layer of the user's that is there for its labels.
    """

    areas: QgsVectorLayer
    mask: QgsVectorLayer
    place: QgsVectorLayer
    lsoas: QgsVectorLayer
    need: QgsVectorLayer
    districts: QgsVectorLayer
    unsure: Optional[QgsVectorLayer] = None
    names: Optional[QgsVectorLayer] = None

    def drawn(self) -> Sequence[QgsMapLayer]:
        """The layers of the map, the first on top."""
        layers = (self.names, self.areas, self.mask, self.unsure, self.need)
        return [layer for layer in layers if layer is not None]


def map_layout(
    project: QgsProject, name: str, text: MapText, layers: Sequence[QgsMapLayer], paper: str = "A4"
) -> QgsPrintLayout:
    """One map on an upright page with title, legend, scale bar, north arrow, sources and warning.

    ``layers``: the first on top; none = the map follows the project. The legend shows the last.
    """
    sheet = Sheet(project, name, paper)
    _heading(sheet, text)
    drawn = sheet.map((12, 35, WIDTH, 228), layers, "Map")
    sheet.legend((15, 39, 50, 60), drawn, layers[-1:], "", "Legend").setBackgroundEnabled(True)
    _furniture(sheet, drawn, 12 + WIDTH, 263)
    sheet.footer(text.warning, text.source, WIDTH)
    return sheet.layout


def pair_layout(
    project: QgsProject,
    name: str,
    text: MapText,
    shown: Sequence[QgsMapLayer] = (),
    titles: Sequence[str] = ("Score", "Hot spots"),
    paper: str = "A4",
) -> QgsPrintLayout:
    """Two maps side by side on a page on its side: the score and the hot spots, ``shown`` or none yet."""
    sheet = Sheet(project, name, paper, landscape=True)
    _heading(sheet, text, 273)
    for number in (0, 1):
        layers, edge = shown[number : number + 1], 12 + number * 139
        sheet.label((edge, 33, 134, 6), titles[number], f"Map title {number + 1}", points=10, bold=True)
        drawn = sheet.map((edge, 40, 134, 136), layers, f"Map {number + 1}")
        legend = sheet.legend((edge + 3, 43, 40, 40), drawn, layers, "", f"Legend {number + 1}")
        legend.setBackgroundEnabled(True)
        _furniture(sheet, drawn, edge + 134, 176, number + 1)
    sheet.footer(text.warning, text.source, 273)
    return sheet.layout


def _heading(sheet: Sheet, text: MapText, width: float = WIDTH) -> None:
    sheet.label((12, 11, width, 11), text.title, "Title", points=18, bold=True)
    sheet.small((12, 23, width, 10), text.subtitle, "Subtitle", 9)


def _furniture(sheet: Sheet, drawn: QgsLayoutItemMap, right: float, bottom: float, number: int = 1) -> None:
    """Scale bar and north arrow in the lower right corner of a map."""
    sheet.scale_bar((right - 48, bottom - 12, 36, 9), drawn, f"Scale bar {number}")
    sheet.north_arrow((right - 9, bottom - 22, 6, 9), drawn, f"North arrow {number}")


def atlas_layout(
    project: QgsProject,
    layers: Optional[AtlasLayers],
    measures: Mapping[str, str],
    text: MapText,
    provenance: str,
    paper: str = "A4",
) -> QgsPrintLayout:
    """Two pages an area: map, key figures and profile; then its LSOAs, what marks it, and where figures are from.

    ``measures``: title by id, the whole first; ``text``: the map's title and subtitle, sources and warning.
    Without layers it is a template: the atlas and its maps are to be set in the designer.
    """
    sheet = Sheet(project, ATLAS_NAME, paper, pages=2)
    _page_head(sheet, text, 1)
    sheet.label((12, 26, WIDTH, 14), '[% "headline" %]', "Headline", points=10)
    drawn = sheet.map((12, 42, 118, 120), layers.drawn() if layers else [], "Map")
    sheet.scale_bar((88, 150, 34, 9), drawn)
    sheet.north_arrow((121, 45, 6, 9), drawn)
    _key_figures(sheet)
    sheet.legend((135, 111, 33, 50), drawn, (layers.need, layers.unsure) if layers else (), text.title, "Legend")
    _locator(sheet, layers)
    _profile(sheet, measures)
    sheet.footer(text.warning, text.source, WIDTH)
    sheet.turn_to(1)
    _page_head(sheet, text, 2)
    _lsoa_table(sheet, layers, drawn)
    _marks(sheet, provenance)
    sheet.footer(text.warning, text.source, WIDTH)
    if layers:
        _turn_pages_by(sheet.layout, layers.areas, drawn)
    return sheet.layout


def _turn_pages_by(layout: QgsPrintLayout, areas: QgsVectorLayer, drawn: QgsLayoutItemMap) -> None:
    atlas = layout.atlas()
    atlas.setCoverageLayer(areas)
    atlas.setEnabled(True)
    atlas.setPageNameExpression('"boundary_name"')
    atlas.setFilenameExpression(
        "lpad(@atlas_featurenumber, 4, '0') || '_' || left(regexp_replace(\"boundary_code\", '\\\\W', '_'), 50)"
    )
    atlas.setSortFeatures(True)
    atlas.setSortExpression('"need_average_score_rank"')
    drawn.setAtlasDriven(True)
    drawn.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    drawn.setAtlasMargin(0.08)


def _locator(sheet: Sheet, layers: Optional[AtlasLayers]) -> None:
    """Where the area lies: in its district or, where it is one or none is known, among all areas."""
    small = sheet.map((167, 120, 31, 42), [layers.place, layers.districts] if layers else [], "Locator")
    if layers:
        # Expressions find layers in the open project alone, so that the layout itself knows where districts lie.
        boxes = {row["district_name"]: row.geometry().boundingBox() for row in layers.districts.getFeatures()}
        boxes = {str(name): box.asWktPolygon() for name, box in {**boxes, "": layers.need.extent()}.items()}
        QgsExpressionContextUtils.setLayoutVariable(sheet.layout, "homes", json.dumps(boxes))
        sheet.frame(small, "geom_from_wkt(map_get(from_json(@homes), coalesce(\"profile_district\", '')))")


def _page_head(sheet: Sheet, text: MapText, page: int) -> None:
    sheet.small((12, 9, WIDTH, 4.5), text.subtitle, f"Kicker {page}", 7.5)
    title = '[% "boundary_name" %]' if page == 1 else '[% "boundary_name" %]: its neighbourhoods'
    sheet.label((12, 14, WIDTH, 10), title, f"Title {page}", points=18, bold=True)


def _key_figures(sheet: Sheet) -> None:
    """The key figures in two columns right of the map, each with its rank among the areas."""
    for place, (name, title, kind) in enumerate(FIGURES):
        left, top, number = 135 + place % 2 * 32, 42 + place // 2 * 16.6, f"Figure {place + 1}"
        value = f"[% coalesce({WORDS['numbers'][kind].format(name)}, '–') %]"
        beneath = f"[% coalesce({WORDS['rank' if place else 'lsoas'].format(name)}, '') %]"
        sheet.small((left, top, 31, 4), title, f"{number} title", 6.8)
        sheet.label((left, top + 3.8, 31, 6.5), value, number, points=13, bold=True)
        sheet.small((left, top + 10, 31, 4), beneath, f"{number} rank", 6.8)


def _profile(sheet: Sheet, measures: Mapping[str, str]) -> None:
    """Bars of the average score on each measure: the area, and its district, region and country around it."""
    sheet.label(
        (12, 167, 150, 6), "Profile: average score, 0 (lowest need) to 100", "Profile title", points=10, bold=True
    )
    names = ('"boundary_name"', '"profile_district"', '"profile_region"', "'All areas'")
    # An area that is its own district or region is shown once, and what follows moves up: n lines, this one the i-th.
    missing = [f"if({name} IS NULL, 1, 0)" for name in names]
    lines = f"({len(names)} - {' - '.join(missing[1:-1])})"
    orders = [" - ".join([str(place), *missing[1:place]]) for place in range(len(names))]
    for place, (name, colour) in enumerate(zip(names, palettes.PLACES)):
        left = f"{{0}} + ({orders[place]}) * 46.5"
        shown = f"if({name} IS NULL, 0, 3)"
        key = sheet.rectangle((12, 175.2, 3, 3), colour, f"Key {place + 1}", width=shown)
        words = f"[% coalesce({name}, '') %]"
        text = sheet.label((16.5, 174.8, 41, 4), words, f"Key {place + 1} text", points=7.2)
        sheet.drive(key, x=left.format(12))
        sheet.drive(text, x=left.format(16.5))
    step = min(13.0, 78.0 / max(len(measures), 1))
    for row, (measure, title) in enumerate(measures.items()):
        top = 181.5 + row * step
        sheet.label(
            (12, top, 72, step - 2), title, f"Profile {measure}", points=8.5, bold=row == 0, align="left middle"
        )
        height = (step - 2.2) / len(PLACES)
        for place, (kind, colour) in enumerate(zip(PLACES, palettes.PLACES)):
            value, line = f'"{measure}_{kind}"', top + place * height
            own = f"{step - 2.2} / {lines}"
            moved = f"{top} + ({orders[place]}) * {own}"
            bar = sheet.rectangle(
                (86, line, 1, height - 0.35),
                colour,
                f"Bar {measure} {kind}",
                width=f"{BAR_WIDTH} * coalesce({value}, 0) / 100",
            )
            sheet.drive(bar, y=moved, height=f"{own} - 0.35")
            words, name = f"[% coalesce(format_number({value}, 1), '') %]", f"Value {measure} {kind}"
            figure = sheet.small((86, line - 0.2, 12, height), words, name, 6.2, "left middle")
            beside = f"87 + {BAR_WIDTH} * coalesce({value}, 0) / 100"
            sheet.drive(figure, x=beside, y=f"{moved} - 0.2", height=own)
    sheet.small((12, 260.2, WIDTH, 6), WORDS["explained"], "Explained", 6.2)


def _lsoa_table(sheet: Sheet, layers: Optional[AtlasLayers], drawn: QgsLayoutItemMap) -> None:
    """The LSOAs of the area at hand, the neediest first."""
    sheet.label((12, 27, WIDTH, 5), WORDS["table"].format(NAMED), "Table title", points=9, bold=True)
    table = QgsLayoutItemAttributeTable.create(sheet.layout)
    sheet.layout.addMultiFrame(table)
    if layers:
        table.setVectorLayer(layers.lsoas)
        table.setColumns([_column(sheet, *column) for column in COLUMNS])
        table.setFilterFeatures(True)
        table.setFeatureFilter(AT_HAND)
    table.setMaximumNumberOfFeatures(NAMED)
    for points, bold, setter in ((7.2, True, table.setHeaderTextFormat), (7.2, False, table.setContentTextFormat)):
        form = QgsTextFormat.fromQFont(sheet.font(points, bold))
        form.setColor(QColor(palettes.INK))
        setter(form)
    table.setCellMargin(CELL_MARGIN * sheet.scale)
    table.setHeaderHAlignment(QgsLayoutTable.HeaderHAlignment.FollowColumn)
    table.setShowGrid(True)
    table.setGridStrokeWidth(0.1)
    table.setGridColor(QColor(palettes.RULE))
    table.setVerticalGrid(False)
    frame = QgsLayoutFrame(sheet.layout, table)
    sheet.place(frame, (12, 33, WIDTH, 132), "LSOAs")
    table.addFrame(frame)


def _column(sheet: Sheet, shown: str, heading: str, width: float, number: bool) -> QgsLayoutTableColumn:
    column = QgsLayoutTableColumn()
    column.setAttribute(shown)
    column.setHeading(heading)
    column.setWidth(sheet.scale * (width or WIDTH - 2 * CELL_MARGIN * len(COLUMNS) - sum(one[2] for one in COLUMNS)))
    column.setHAlignment(Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft)
    return column


def _marks(sheet: Sheet, provenance: str) -> None:
    """What marks the area, how its LSOAs fit, and where the figures come from."""
    for place, (field, title) in enumerate((("weaknesses", "Where need is high"), ("strengths", "Where need is low"))):
        left = 12 + place * 95
        sheet.label((left, 169, 90, 5), title, f"{field.capitalize()} title", points=9.5, bold=True)
        text = f"[% coalesce(nullif(\"{field}\", ''), 'No indicator stands out, or the result holds no stages.') %]"
        sheet.label((left, 175, 90, 40), text, field.capitalize(), points=7.6)
    title = "How well the LSOAs fit, and where the figures come from"
    sheet.label((12, 217, WIDTH, 5), title, "Provenance title", points=9.5, bold=True)
    sheet.label((12, 223, WIDTH, 9), WORDS["fit"], "Fit", points=7.6)
    sheet.small((12, 233, WIDTH, 33), provenance, "Provenance", 6.6)
