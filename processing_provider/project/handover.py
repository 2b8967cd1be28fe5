"""A result as one file to hand over: the GeoPackage with a project in it that opens without the plugin."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Optional

from qgis.core import QgsLayerNotesUtils, QgsProject, QgsProjectMetadata

from ...core.errors import NeedError
from ...core.findings.saved import Saved
from ...core.result import LAYERS
from ..io import about, destination, formats, frames, replace_files
from ..io.progress import Progress
from ..layouts import sheets
from . import result_layers

NAME = "Hyper-local Need"


def write(result: Saved, place: Path, feedback, project: Optional[QgsProject] = None) -> None:
    """Copy a result to ``place`` and put a project in it: styles, themes, sheets, notes, how sure ranks are.

    Its paths are relative, so that the file can be moved; QGIS finds the layers by the file's name, which must stay.
    Raises NeedError where the file or the project cannot be written.
    """
    report = Progress(feedback)
    with destination.writing(project) as writer:
        settled = writer.file(place, replaces=(*formats.layers_in(result.path), *LAYERS, "certainty", "qgis_projects"))
        copy = writer.scratch(place) / place.name
        report(0.1, "copying the result")
        formats.copy_container(result.path, copy)
        report(0.4, "layers, themes and sheets")
        replace_files.on_main_thread(lambda: _write_project(result, copy))
        report(0.7, "writing the file")
        frames.settle(str(copy), str(settled))


def _write_project(result: Saved, path: Path) -> None:
    """Main thread only; every layer is let go before the file is moved."""
    project = QgsProject()
    facts = about.of_result(result)
    layers = result_layers.add_result(
        project, path, result.methodology, title=result.title, country=result.country or "England"
    )
    if not result.certainty.empty:
        result_layers.add_certainty(project, layers)
        result_layers.show_only(project, layers, layers.need)
    sheets.add_sheets(project, replace(result, path=path))
    note = "".join(f"<p>{html.escape(line)}</p>" for line in (*facts.abstract.splitlines(), *facts.credits()))
    for layer in (layers.need, layers.districts):
        QgsLayerNotesUtils.setLayerNotes(layer, note)
    metadata = QgsProjectMetadata()
    metadata.setTitle(result.title)
    metadata.setAbstract("\n".join((facts.abstract, *facts.credits())))
    project.setMetadata(metadata)
    project.setTitle(result.title)
    written = project.write(f"geopackage:{path}?projectName={NAME}")
    reason = project.error()
    project.clear()
    if not written:
        raise NeedError(f"{path.name}: the project cannot be written into it ({reason}).")
