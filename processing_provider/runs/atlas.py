"""An atlas over areas: the layers that it draws from, the layout in a project, and its pages as PDF and PNG."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional, Tuple

import pandas as pd
from qgis.core import QgsFeedback, QgsLayoutExporter, QgsPrintLayout, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ...core.errors import Cancelled, NeedError
from ...core.findings.saved import Saved
from ..areas.summary import Summary
from ..io import about, frames, pdf
from ..layouts import layouts, sheets
from ..layouts.layouts import AtlasLayers
from ..maps.maps import style_measure
from ..reports import area_facts
from ..style import certainty as certainty_style
from ..style import overlay as overlay_style
from ..style.renderers import NEED, measure_titles, name_fields

LAYERS = ("areas", "lsoas")
DOTS_PER_INCH = 200
Labels = Tuple[Optional[QgsVectorLayer], str]
NO_LABELS: Labels = (None, "")


def write_data(path: Path, summary: Summary, pages: pd.DataFrame, result: Saved, check) -> None:
    """The areas with their figures, and their LSOAs, as a GeoPackage with styles and field names in words."""
    shapes = summary.areas.geometries
    if shapes is None:
        raise NeedError("An atlas needs the areas' polygons; choose a layer of areas, or a need layer with polygons.")
    writer = frames.GeoPackageWriter(str(path), check)
    by_code = dict(zip(summary.areas.codes, shapes))
    here = {code: by_code[code] for code in pages.index if by_code[code] is not None}
    writer.write("areas", pages, here, summary.areas.crs)
    inside = summary.members[summary.members.index.isin(pages.index)]
    lsoas = inside.assign(residents=inside["population"].round().astype("Int64")).drop(columns="population")
    writer.write("lsoas", lsoas)
    for name in LAYERS:
        layer = frames.open_layer(path, name)
        name_fields(layer, result.methodology)
        if name == "areas":
            overlay_style.style_overlay(layer)
        error = layer.saveStyleToDatabase(name.capitalize(), "Hyper-local Need", True, "")
        if error:
            raise NeedError(f"{path}: the style of '{name}' cannot be stored: {error}")


def add_atlas(
    project: QgsProject, path: Path, result: Saved, kind: str = "deciles", paper: str = "A4", labels: Labels = NO_LABELS
) -> QgsPrintLayout:
    """The layers of ``path`` and the atlas that draws from them, in a project; main thread only.

    ``labels``: a layer of the user's and the field of its names, for the map; the layer itself stays as it is.
    """
    need = frames.open_layer(result.path, "need")
    legend = "Tenths of all LSOAs, by rank" if kind == "deciles" else "Hot spots: the top 20 % of LSOAs"
    subtitle = f"{result.methodology.index.title}{about.part_of(result)}. {result.title}."
    text = dataclasses.replace(style_measure(result, need, NEED, kind), title=legend, subtitle=subtitle)
    areas, mask, place, lsoas = (frames.open_layer(path, name) for name in ("areas", "areas", "areas", "lsoas"))
    districts = frames.open_layer(result.path, "districts")
    unsure = None if result.certainty.empty else frames.open_layer(result.path, "certainty")
    names = labels[0] and labels[0].clone()
    overlay_style.style_overlay(areas, atlas=True)
    overlay_style.style_mask(mask)
    overlay_style.style_locator(place, districts)
    overlay_style.name_lsoas(need, overlay_style.NAMED)
    if unsure is not None:
        certainty_style.hatch_unsure(unsure)
    if names is not None:
        overlay_style.style_names(names, labels[1], areas)
    layers = AtlasLayers(areas, mask, place, lsoas, need, districts, unsure, names)
    own = {name: layer for name, layer in vars(layers).items() if layer is not None}
    for name, layer in own.items():
        layer.setName(f"Atlas: {name}")
        project.addMapLayer(layer, False)
    project.setCrs(need.crs())
    known, titles = areas.fields().names(), measure_titles(result.methodology).items()
    measures = {one: title for one, title in titles if f"{one}_average_score" in known}
    provenance = "\n".join(area_facts.provenance(result)[:-1])
    layout = layouts.atlas_layout(project, layers, measures, text, provenance, paper)
    sheets.replace_layout(project, layout, own.values())
    # Whoever opens it sees the first area, not the expressions.
    layout.atlas().beginRender()
    layout.atlas().first()
    return layout


@contextmanager
def living(feedback: QgsFeedback, start: float, end: float) -> Iterator[QgsFeedback]:
    """A feedback that moves another one from ``start`` to ``end``, and lets the window live after every page."""
    alive = QgsFeedback()

    def serve(progress: float) -> None:
        feedback.setProgress(100.0 * start + (end - start) * progress)
        QCoreApplication.processEvents()
        if feedback.isCanceled():
            alive.cancel()

    alive.progressChanged.connect(serve)
    try:
        yield alive
    finally:
        alive.progressChanged.disconnect(serve)


def export_pdf(layout: QgsPrintLayout, path: Path, facts: about.About, feedback: QgsFeedback) -> bool:
    """All pages of the atlas in one PDF; whether title, language and a bookmark an area could be added."""
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = DOTS_PER_INCH
    settings.forceVectorOutput = False
    settings.rasterizeWholeImage = False
    settings.simplifyGeometries = True
    result, error = QgsLayoutExporter.exportToPdf(layout.atlas(), str(path), settings, feedback)
    _refuse(result, error, path, feedback)
    atlas, pages = layout.atlas(), layout.pageCollection().pageCount()
    bookmarks = [(atlas.nameForPage(number), number * pages) for number in range(atlas.count())]
    return pdf.describe(path, facts.title, " ".join((facts.warning, *facts.credits())), bookmarks)


def export_images(layout: QgsPrintLayout, folder: Path, feedback: QgsFeedback) -> None:
    """Every page as a PNG in ``folder``, named by the area."""
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = DOTS_PER_INCH
    # GDAL cannot write a place into a PNG that is there already.
    settings.exportMetadata = False
    result, error = QgsLayoutExporter.exportToImage(layout.atlas(), str(folder / "page.png"), "png", settings, feedback)
    _refuse(result, error, folder, feedback)


def _refuse(result, error: str, path: Path, feedback: QgsFeedback) -> None:
    if feedback.isCanceled():
        raise Cancelled("Cancelled; the pages were not finished.")
    if result != QgsLayoutExporter.ExportResult.Success:
        raise NeedError(f"{path}: the pages cannot be written ({error or 'is there room, and is the file closed?'}).")
