"""Print layouts that open in QGIS's layout designer: one map, a pair of maps, and an atlas over areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence

from qgis.core import (
    QgsLayoutFrame,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemMap,
    QgsLayoutTableColumn,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsTextFormat,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..maps.maps import MapText
from ..style import palettes
from .items import Sheet

WIDTH = 186.0
# As many LSOAs as a page lists, the neediest first.
NAMED = 30
BAR_WIDTH = 98.0
PLACES = ("area", "district", "region", "country")
ATLAS_NAME = "Hyper-local Need: areas"
EXPLAINED = (
    "Extent of need: the share of residents in neighbourhoods of high need; each of the neediest tenth counts fully, "
    "then ever less, from 95 % down to 5 % at the 30th percentile. Local concentration: the average rank, counted from "
    "the lowest need, of the neediest neighbourhoods that hold a tenth of the residents."
)
COLUMNS = (
    ("area_name", "Neighbourhood (LSOA)", 56),
    ("area_code", "Code", 26),
    ("need_rank", "Rank", 18),
    ("certainty", "Hot spot?", 15),
    ("need_decile", "Decile", 15),
    ("need_score", "Score", 15),
    ("mission_class", "Class", 28),
    ("residents", "Residents", 17),
)


@dataclass(frozen=True)
class AtlasLayers:
    """What an atlas draws from: areas to turn the pages by, a mask around them, their LSOAs, and the need layer."""

    areas: QgsVectorLayer
    lsoas: QgsVectorLayer
    need: QgsVectorLayer
    mask: Optional[QgsVectorLayer] = None

    def drawn(self) -> Sequence[QgsMapLayer]:
        """The layers of the map, the first on top."""
        return [layer for layer in (self.areas, self.mask, self.need) if layer is not None]


def map_layout(
    project: QgsProject, name: str, text: MapText, layers: Sequence[QgsMapLayer], paper: str = "A4"
) -> QgsPrintLayout:
    """One map on an upright page with title, legend, scale bar, north arrow, sources and warning.

    ``layers``: the first on top; none = the map follows the project. The legend shows the last.
    """
    sheet = Sheet(project, name, paper)
    _heading(sheet, text)
    drawn = sheet.map((12, 35, WIDTH, 228), layers, "Map")
    sheet.legend((15, 39, 50, 60), drawn, layers[-1] if layers else None, "", "Legend").setBackgroundEnabled(True)
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
        legend = sheet.legend((edge + 3, 43, 40, 40), drawn, *(layers or [None]), "", f"Legend {number + 1}")
        legend.setBackgroundEnabled(True)
        _furniture(sheet, drawn, edge + 134, 176, number + 1)
    sheet.footer(text.warning, text.source, 273)
    return sheet.layout


def _heading(sheet: Sheet, text: MapText, width: float = WIDTH) -> None:
    sheet.label((12, 11, width, 11), text.title, "Title", points=18, bold=True)
    sheet.label((12, 23, width, 10), text.subtitle, "Subtitle", points=9, colour=palettes.MUTED_INK)


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
    sheet.legend((135, 112, 62, 50), drawn, layers.need if layers else None, text.title, "Legend")
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
        "lpad(@atlas_featurenumber, 4, '0') || '_' || regexp_replace(\"boundary_code\", '\\\\W', '_')"
    )
    atlas.setSortFeatures(True)
    atlas.setSortExpression('"need_average_score_rank"')
    drawn.setAtlasDriven(True)
    drawn.setAtlasScalingMode(QgsLayoutItemMap.AtlasScalingMode.Auto)
    drawn.setAtlasMargin(0.08)


def _page_head(sheet: Sheet, text: MapText, page: int) -> None:
    sheet.label((12, 9, WIDTH, 4.5), text.subtitle, f"Kicker {page}", points=7.5, colour=palettes.MUTED_INK)
    title = '[% "boundary_name" %]' if page == 1 else '[% "boundary_name" %]: its neighbourhoods'
    sheet.label((12, 14, WIDTH, 10), title, f"Title {page}", points=18, bold=True)


def _key_figures(sheet: Sheet) -> None:
    """Eight figures in two columns right of the map, each with its rank among the areas."""
    number = "coalesce(format_number({0}, {1}), '–')"
    share = "coalesce(format_number(100 * \"{0}\", 0) || ' %', '–')"
    # Of areas that share the lowest figure, 0, a rank would say nothing.
    rank = "coalesce('rank ' || format_number(\"{0}_rank\", 0) || ' of ' || format_number(\"areas\", 0), '')"
    rank = f"if(\"{{0}}\" = 0, '', {rank})"
    figures = (
        ("Average score (0 to 100)", number.format('"need_average_score"', 1), rank.format("need_average_score")),
        ("Residents", number.format('"population"', 0), "coalesce(to_string(\"lsoas\") || ' LSOAs', '')"),
        (
            "Residents in hot spots",
            number.format('"need_hotspot_population"', 0),
            rank.format("need_hotspot_population"),
        ),
        ("... as a share", share.format("need_hotspot_share"), rank.format("need_hotspot_share")),
        ("LSOAs in the top 10 %", share.format("need_proportion_10"), rank.format("need_proportion_10")),
        ("LSOAs in the top 20 %", share.format("need_proportion_20"), rank.format("need_proportion_20")),
        ("Extent of need", share.format("need_extent"), rank.format("need_extent")),
        ("Local concentration", number.format('"need_concentration"', 0), rank.format("need_concentration")),
    )
    for place, (title, value, beneath) in enumerate(figures):
        left, top = 135 + place % 2 * 32, 42 + place // 2 * 16.6
        sheet.label((left, top, 31, 4), title, f"Figure {place + 1} title", points=6.8, colour=palettes.MUTED_INK)
        sheet.label((left, top + 3.8, 31, 6.5), f"[% {value} %]", f"Figure {place + 1}", points=13, bold=True)
        sheet.label(
            (left, top + 10, 31, 4),
            f"[% {beneath} %]",
            f"Figure {place + 1} rank",
            points=6.8,
            colour=palettes.MUTED_INK,
        )


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
            figure = sheet.label(
                (186, line - 0.2, 12, height),
                f"[% coalesce(format_number({value}, 1), '') %]",
                f"Value {measure} {kind}",
                points=6.2,
                colour=palettes.MUTED_INK,
                align="right middle",
            )
            sheet.drive(figure, y=f"{moved} - 0.2", height=own)
    sheet.label((12, 260.2, WIDTH, 6), EXPLAINED, "Explained", points=6.2, colour=palettes.MUTED_INK)


def _lsoa_table(sheet: Sheet, layers: Optional[AtlasLayers], drawn: QgsLayoutItemMap) -> None:
    """The LSOAs of the area at hand, the neediest first."""
    sheet.label(
        (12, 27, WIDTH, 5),
        f"[% 'The ' || min({NAMED}, coalesce(\"lsoas\", 0)) || ' neediest of ' || coalesce(\"lsoas\", 0) "
        "|| ' LSOAs, named on the map; rank 1 is the highest need in the country' %]",
        "Table title",
        points=9,
        bold=True,
    )
    table = QgsLayoutItemAttributeTable.create(sheet.layout)
    sheet.layout.addMultiFrame(table)
    if layers:
        table.setVectorLayer(layers.lsoas)
        table.setDisplayedFields([name for name, *_ in COLUMNS if layers.lsoas.fields().indexOf(name) >= 0])
        table.setColumns(
            [_column(sheet, *column) for column in COLUMNS if layers.lsoas.fields().indexOf(column[0]) >= 0]
        )
        table.setFilterFeatures(True)
        table.setFeatureFilter("\"boundary_code\" = attribute(@atlas_feature, 'boundary_code')")
    table.setMaximumNumberOfFeatures(NAMED)
    for points, bold, setter in ((7.2, True, table.setHeaderTextFormat), (7.2, False, table.setContentTextFormat)):
        form = QgsTextFormat.fromQFont(sheet.font(points, bold))
        form.setColor(QColor(palettes.INK))
        setter(form)
    table.setCellMargin(0.75 * sheet.scale)
    table.setShowGrid(True)
    table.setGridStrokeWidth(0.1)
    table.setGridColor(QColor(palettes.RULE))
    table.setVerticalGrid(False)
    frame = QgsLayoutFrame(sheet.layout, table)
    sheet.place(frame, (12, 33, WIDTH, 132), "LSOAs")
    table.addFrame(frame)


def _column(sheet: Sheet, name: str, heading: str, width: float) -> QgsLayoutTableColumn:
    column = QgsLayoutTableColumn()
    column.setAttribute(f'format_number("{name}", 1)' if name == "need_score" else name)
    column.setHeading(heading)
    column.setWidth(width * sheet.scale)
    return column


def _marks(sheet: Sheet, provenance: str) -> None:
    """What marks the area, how its LSOAs fit, and where the figures come from."""
    for place, (field, title) in enumerate((("weaknesses", "Where need is high"), ("strengths", "Where need is low"))):
        left = 12 + place * 95
        sheet.label((left, 169, 90, 5), title, f"{field.capitalize()} title", points=9.5, bold=True)
        text = f"[% coalesce(nullif(\"{field}\", ''), 'No indicator stands out, or the result holds no stages.') %]"
        sheet.label((left, 175, 90, 40), text, field.capitalize(), points=7.6)
    sheet.label(
        (12, 217, WIDTH, 5),
        "How well the LSOAs fit, and where the figures come from",
        "Provenance title",
        points=9.5,
        bold=True,
    )
    fit = (
        "[% 'LSOAs were assigned ' || \"method\" || coalesce('; ' || format_number(100 * \"population_split\", 0) || "
        "' % of the residents live in LSOAs that lie in the area only in part', '') || '. ' || \"imputed\" "
        "|| coalesce(' Note: ' || \"boundary_note\" || '.', '') %]"
    )
    sheet.label((12, 223, WIDTH, 9), fit, "Fit", points=7.6)
    sheet.label((12, 233, WIDTH, 33), provenance, "Provenance", points=6.6, colour=palettes.MUTED_INK)
