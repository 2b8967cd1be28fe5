"""Single sheets of a result in a project: the need of every LSOA, and districts as a pair, score beside hot spots."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from qgis.core import QgsPrintLayout, QgsProject, QgsVectorLayer

from ..maps.maps import DISTRICT_LINE_MM, MapText, map_text
from ..maps.render import outline_layer
from ..style import palettes
from ..style.renderers import NEED, apply_style, district_styles, measure_titles, need_styles, ranked_in, style_of
from . import layouts


def add_sheets(project: QgsProject, result: Any, measure: str = NEED, paper: str = "A4") -> Dict[str, QgsPrintLayout]:
    """Add both sheets of a measure, with layers of their own, to a project; main thread only.

    ``result``: a stored result. Earlier layouts of the same name go. Returns the layouts by kind, map and pair.
    """
    title = measure_titles(result.methodology)[measure]
    need, text = _styled(result, "need", measure, "deciles")
    outlines = outline_layer(result.layer("districts"), palettes.COUNTRY_OUTLINE, DISTRICT_LINE_MM)
    pair = [_styled(result, "districts", measure, kind) for kind in ("fifths", "hotspots")]
    for layer, name in (
        (need, "areas"),
        (outlines, "district lines"),
        (pair[0][0], "districts"),
        (pair[1][0], "hot spots"),
    ):
        layer.setName(f"{title}: {name} of the sheet")
        project.addMapLayer(layer, False)
    if not project.crs().isValid():
        project.setCrs(need.crs())
    titles = ("Average score: fifths of the districts", "Hot spots: the top 20 % of districts")
    part = text.title.partition(" (")[2]
    heading = MapText(
        f"{title} by district{f' ({part}' if part else ''}", pair[0][1].subtitle, text.source, text.warning
    )
    made = {
        "map": layouts.map_layout(project, f"Hyper-local Need: map of {title}", text, [outlines, need], paper),
        "pair": layouts.pair_layout(
            project, f"Hyper-local Need: pair of {title}", heading, [pair[0][0]], [pair[1][0]], titles, paper
        ),
    }
    for layout in made.values():
        replace_layout(project, layout)
    return made


def replace_layout(project: QgsProject, layout: QgsPrintLayout) -> None:
    """Add a layout to a project in place of one of the same name."""
    manager = project.layoutManager()
    for earlier in manager.layouts():
        if earlier.name() == layout.name():
            manager.removeLayout(earlier)
    manager.addLayout(layout)


def _styled(result: Any, name: str, measure: str, kind: str) -> Tuple[QgsVectorLayer, MapText]:
    layer = result.layer(name)
    ranked = ranked_in(result.need if name == "need" else result.districts, result.methodology)
    styles = (need_styles if name == "need" else district_styles)(result.methodology, ranked)
    style = style_of(styles, measure, kind)
    apply_style(layer, style, result.methodology)
    total = len(result.need if name == "need" else result.districts)
    noun = "areas" if name == "need" else "districts"
    return layer, map_text(result, style, f"{ranked[measure].areas:,} of {total:,} {noun} are ranked")
