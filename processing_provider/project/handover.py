"""A result as one file to hand over: the GeoPackage with a project in it that opens without the plugin.

QGIS keeps a layer's file by name, even inside that file, and resolves it against the folder alone: a file that was
renamed opens with its layers missing (github.com/qgis/QGIS/issues/39796). Where the plugin is, ``own_file`` mends it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Optional

from qgis.core import QgsProject, QgsProjectMetadata

from ...core.errors import NeedError
from ...core.findings.saved import Saved
from ...core.result import LAYERS
from ..io import about, destination, formats, frames, replace_files
from ..io.progress import Progress
from ..layouts import sheets
from . import result_layers

NAME = "Hyper-local Need"
# Where the project keeps the names that its file has had.
ENTRY = ("hyperlocal_need", "/files")
RENAMED = (
    "If this file no longer bears the name {name}, QGIS asks for its layers as it opens the project: choose Keep"
    " Unavailable Layers, click the sign beside the layer Neighbourhoods, and choose this file and its table need;"
    " the others follow. Where the plugin Hyper-local Need is installed, this is done by itself."
)


def write(result: Saved, place: Path, feedback, project: Optional[QgsProject] = None) -> None:
    """Copy a result to ``place`` and put a project in it: styles, themes, sheets, notes, how sure ranks are.

    Its paths are relative, so that the file can be moved; ``own_file`` and the notes are there for a new name.
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
    words = (*facts.abstract.splitlines(), *facts.credits(), RENAMED.format(name=path.name))
    for layer in (layers.need, layers.districts):
        result_layers.note(layer, words)
    metadata = QgsProjectMetadata()
    metadata.setTitle(result.title)
    metadata.setAbstract("\n".join(words))
    project.setMetadata(metadata)
    project.setTitle(result.title)
    project.writeEntry(*ENTRY, [path.name])
    written = project.write(f"geopackage:{path}?projectName={NAME}")
    reason = project.error()
    project.clear()
    if not written:
        raise NeedError(f"{path.name}: the project cannot be written into it ({reason}).")


def own_file(source: str) -> str:
    """A layer's source in a handed-over project with the file's name of now: QGIS asks before it resolves a path.

    Only where the source bears a name that the file has had, and, where QGIS tells the table too (3.22 does, 3.40 does
    not), if that lies in it; every other source stays as it is. Nothing is raised: an error would end QGIS here.
    """
    head, layer, table = source.partition("|layername=")
    project = QgsProject.instance()
    storage = project.projectStorage() if head.startswith("./") else None
    names = project.readListEntry(*ENTRY)[0] if storage else []
    if head[2:] not in names:
        return source
    own = Path(os.path.abspath(storage.filePath(project.fileName())))
    if layer and table.partition("|")[0] not in formats.layers_in(own):
        return source
    project.writeEntry(*ENTRY, [*dict.fromkeys([*names, own.name])])
    return f"./{own.name}{layer}{table}"
