"""An atlas over areas: the layers that it draws from, the layout in a project, and its pages as PDF and PNG."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator, Optional

import pandas as pd
from osgeo import gdal
from qgis.core import QgsFeedback, QgsLayoutExporter, QgsPrintLayout, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ...core.errors import Cancelled, NeedError
from ...core.findings.saved import Saved
from ..areas.summary import Summary
from ..io import about, frames
from ..layouts import layouts, sheets
from ..layouts.layouts import AtlasLayers
from ..maps.maps import style_measure
from ..reports import area_facts
from ..style import overlay as overlay_style
from ..style.renderers import NEED, measure_titles, name_fields

LAYERS = ("areas", "lsoas")
DOTS_PER_INCH = 200
Report = Callable[..., None]


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
    project: QgsProject, path: Path, result: Saved, *, kind: str = "deciles", paper: str = "A4"
) -> QgsPrintLayout:
    """The layers of ``path`` and the atlas that draws from them, in a project; main thread only."""
    need, text = _need_layer(result, kind)
    areas, lsoas, mask = (frames.open_layer(path, name) for name in (*LAYERS, "areas"))
    overlay_style.style_overlay(areas, atlas=True)
    overlay_style.style_mask(mask)
    overlay_style.name_lsoas(need, overlay_style.NAMED)
    for layer, name in (
        (need, "Need of the atlas"),
        (mask, "Veil of the atlas"),
        (areas, "Areas of the atlas"),
        (lsoas, "LSOAs of the areas"),
    ):
        layer.setName(name)
        project.addMapLayer(layer, False)
    project.setCrs(need.crs())
    measures = {
        one: title
        for one, title in measure_titles(result.methodology).items()
        if f"{one}_average_score" in _names(areas)
    }
    provenance = "\n".join(area_facts.provenance(result))
    layout = layouts.atlas_layout(project, AtlasLayers(areas, lsoas, need, mask), measures, text, provenance, paper)
    sheets.replace_layout(project, layout)
    # Whoever opens it sees the first area, not the expressions.
    layout.atlas().beginRender()
    layout.atlas().first()
    return layout


def _names(layer: QgsVectorLayer) -> set:
    return {field.name() for field in layer.fields()}


def _need_layer(result: Saved, kind: str):
    """The need layer in its style, and the words of the sheet."""
    need = frames.open_layer(result.path, "need")
    text = style_measure(result, need, NEED, kind)
    legend = "Tenths of all LSOAs, by rank" if kind == "deciles" else "Hot spots: the top 20 % of LSOAs"
    subtitle = f"{result.methodology.index.title}{about.part_of(result)}. {result.title}."
    return need, replace(text, title=legend, subtitle=subtitle)


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


def export_pdf(layout: QgsPrintLayout, path: Path, feedback: Optional[QgsFeedback] = None) -> None:
    """All pages of the atlas in one PDF."""
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = DOTS_PER_INCH
    settings.forceVectorOutput = False
    settings.rasterizeWholeImage = False
    settings.simplifyGeometries = True
    result, error = QgsLayoutExporter.exportToPdf(layout.atlas(), str(path), settings, feedback)
    _refuse(result, error, path, feedback)


def name_pdf(path: Path, facts: about.About) -> None:
    """Give a PDF the title and subject that readers show; QGIS names those of single sheets alone.

    Where GDAL cannot read PDF, nothing is changed.
    """
    try:
        file = gdal.OpenEx(str(path), gdal.OF_RASTER | gdal.OF_UPDATE, allowed_drivers=["PDF"])
    except RuntimeError:
        # Another plugin may have asked GDAL for exceptions.
        return
    if file is not None:
        file.SetMetadata({"TITLE": facts.title, "SUBJECT": " ".join((facts.warning, *facts.credits()))})


def export_images(layout: QgsPrintLayout, folder: Path, feedback: Optional[QgsFeedback] = None) -> None:
    """Every page as a PNG in ``folder``, named by the area."""
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = DOTS_PER_INCH
    # GDAL cannot write a place into a PNG that is there already.
    settings.exportMetadata = False
    result, error = QgsLayoutExporter.exportToImage(layout.atlas(), str(folder / "page.png"), "png", settings, feedback)
    _refuse(result, error, folder, feedback)


def _refuse(result, error: str, path: Path, feedback: Optional[QgsFeedback]) -> None:
    if feedback is not None and feedback.isCanceled():
        raise Cancelled("Cancelled; the pages were not finished.")
    if result != QgsLayoutExporter.ExportResult.Success:
        raise NeedError(f"{path}: the pages cannot be written ({error or 'is there room, and is the file closed?'}).")
