"""Single sheets of a result in a project: the need of every LSOA, and districts as a pair, score beside hot spots."""

from __future__ import annotations

from typing import Any, Dict, Iterable

from qgis.core import QgsPrintLayout, QgsProject, QgsVectorLayer

from ..io.frames import open_layer
from ..maps import maps
from ..maps.render import outline_layer
from ..style import palettes
from ..style.renderers import NEED, measure_titles
from . import layouts

# The layout that a hidden layer was made for.
LAYOUT = "hyperlocal_need/layout"


def add_sheets(project: QgsProject, result: Any, measure: str = NEED, paper: str = "A4") -> Dict[str, QgsPrintLayout]:
    """Add both sheets of a measure, with layers of their own, to a project; main thread only.

    ``result``: a stored result. Earlier layouts of the same name go. Returns the layouts by kind, map and pair.
    """
    title = measure_titles(result.methodology)[measure]
    need, districts = (open_layer(result.path, name) for name in ("need", "districts"))
    text = maps.style_measure(result, need, measure, "deciles")
    outlines = outline_layer(districts, palettes.COUNTRY_OUTLINE, maps.DISTRICT_LINE_MM)
    pair, heading = maps.style_pair(result, districts, measure)
    for layer, name in zip((need, outlines, *pair), ("areas", "district lines", "districts", "hot spots")):
        layer.setName(f"{title}: {name} of the sheet")
        project.addMapLayer(layer, False)
    if not project.crs().isValid():
        project.setCrs(need.crs())
    titles = (maps.FIFTHS, maps.HOT_SPOTS)
    made = {
        "map": layouts.map_layout(project, f"Hyper-local Need: map of {title}", text, [outlines, need], paper),
        "pair": layouts.pair_layout(project, f"Hyper-local Need: pair of {title}", heading, pair, titles, paper),
    }
    for layout, layers in zip(made.values(), ([outlines, need], pair)):
        replace_layout(project, layout, layers)
    return made


def replace_layout(project: QgsProject, layout: QgsPrintLayout, layers: Iterable[QgsVectorLayer]) -> None:
    """Add a layout with its own hidden layers to a project, in place of one of the same name and of that one's."""
    manager, name = project.layoutManager(), layout.name()
    for earlier in manager.layouts():
        if earlier.name() == name:
            manager.removeLayout(earlier)
    project.removeMapLayers([one.id() for one in project.mapLayers().values() if one.customProperty(LAYOUT) == name])
    for layer in layers:
        layer.setCustomProperty(LAYOUT, name)
    manager.addLayout(layout)
