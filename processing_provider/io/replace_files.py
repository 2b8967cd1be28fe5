"""Replace output files as a set; project layers that hold them open are detached first and attached again after.

Windows cannot replace a file that is open.
"""

from __future__ import annotations

import os
import shutil
import threading
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Callable, Iterable, List, Mapping, Optional, Tuple

from qgis.core import QgsMapLayer, QgsProject, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, Qt, QThread, pyqtSignal

from ...core.errors import NeedError
from . import locks

KEPT = ".before"
SIDE_FILES = ("-wal", "-shm", "-journal")
# Parts of a shapefile, its indexes and what other programs keep of it: of an earlier one they say what is no longer so.
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qix", ".sbn", ".sbx", ".idm", ".ind", ".shp.xml")
_OF_FORMAT = {".shp": _SHAPEFILE, ".dbf": _SHAPEFILE, ".csv": (".csvt",)}
_BREATH_MS = 10
_FILE_PROVIDERS = ("ogr", "delimitedtext", "spatialite")


def check_free(places: Iterable[Path], project: Optional[QgsProject]) -> None:
    """NeedError if a file that is to be replaced is being edited in ``project``, or held by another program."""
    there = [place for place in places if place.is_file()]
    shown = on_main_thread(lambda: _shown(project, there)) if project is not None and there else []
    for place in there:
        # The log of a database may be this program's own, where a layer of the project shows it.
        reason = "" if place.resolve() in shown else locks.unwritable(place)
        if reason:
            raise NeedError(reason)


def _shown(project: QgsProject, places: Iterable[Path]) -> List[Path]:
    """The places that layers of the project show, resolved; NeedError if one of these layers is being edited."""
    return [path for _, path in _layers_of(project, places)]


def _layers_of(project: QgsProject, places: Iterable[Path]) -> List[Tuple[QgsVectorLayer, Path]]:
    resolved = {place.resolve() for place in places}
    found = []
    for layer in project.mapLayers().values():
        if layer.type() != QgsMapLayer.LayerType.VectorLayer or layer.providerType() not in _FILE_PROVIDERS:
            continue
        parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
        path = parts.get("path", "")
        if path and Path(path).resolve() in resolved:
            if layer.isEditable():
                raise NeedError(f"{path}: the layer '{layer.name()}' is being edited; save or drop the edits first.")
            found.append((layer, Path(path).resolve()))
    return found


def move_into_place(moves: Mapping[Path, Path], project: Optional[QgsProject]) -> None:
    """Move each file or folder to its place; layers of ``project`` that show a place are let go and loaded again.

    What stands there is first put aside and comes back if any move fails, so that a set of results is never half
    old and half new. NeedError names a file that another program holds. Each must be on the disk of its place.
    A window lives on between two layers, and while files are moved.
    """
    held = on_main_thread(lambda: _held(project, moves.values())) if project is not None and moves else ()
    try:
        for layer_id, _, provider in held:
            on_main_thread(partial(_show, project, layer_id, "", provider))
        _move(moves)
    finally:
        for layer_id, source, provider in held:
            on_main_thread(partial(_show, project, layer_id, source, provider))


def _held(project: QgsProject, places: Iterable[Path]) -> List[Tuple[str, str, str]]:
    """Id, source and provider of the layers that show the places: no layer itself leaves the main thread."""
    return [(one.id(), one.source(), one.providerType()) for one, _ in _layers_of(project, places)]


def _show(project: QgsProject, layer_id: str, source: str, provider: str) -> None:
    """Give a layer, unless the user has removed it meanwhile, another source; '' lets go of its file."""
    layer = project.mapLayer(layer_id)
    if layer is not None:
        layer.setDataSource(source, layer.name(), provider)
        layer.triggerRepaint()


def _move(moves: Mapping[Path, Path]) -> None:
    kept: List[Tuple[Path, Path]] = []
    done: List[Path] = []
    try:
        for place in moves.values():
            reason = locks.unwritable(place) if place.is_file() else ""
            if reason:
                raise NeedError(reason)
        for aside, place in moves.items():
            if place.exists():
                kept.append((_keep(place, aside), place))
            os.replace(aside, place)
            done.append(place)
    except OSError as error:
        _undo(done, kept)
        raise NeedError(
            f"{error.filename}: cannot be replaced ({error.strerror}); "
            "close the program that has it open and run again."
        ) from error
    for place in moves.values():
        # What SQLite left beside the earlier file belongs to that file alone.
        for ending in SIDE_FILES:
            Path(f"{place}{ending}").unlink(missing_ok=True)
        for ending in _OF_FORMAT.get(place.suffix.lower(), ()):
            beside = place.with_suffix(ending)
            if beside not in done:
                beside.unlink(missing_ok=True)


def _keep(place: Path, aside: Path) -> Path:
    """The earlier file or folder under a second name, in the hidden folder where the new one was written.

    A second name, where the disk knows such links, leaves the place itself filled at every moment.
    """
    folder = aside.parent / KEPT
    folder.mkdir(exist_ok=True)
    backup = folder / place.name
    try:
        os.link(place, backup)
    except OSError:
        os.replace(place, backup)
    return backup


def _undo(done: Iterable[Path], kept: Iterable[Tuple[Path, Path]]) -> None:
    for place in done:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink()
    for backup, place in kept:
        os.replace(backup, place)


class _Caller(QObject):
    """Runs a function in the thread of the application."""

    asked = pyqtSignal()

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work = work
        self.result: Any = None
        self.error: Optional[NeedError] = None
        self.moveToThread(_main())
        self.asked.connect(self.carry_out, Qt.ConnectionType.BlockingQueuedConnection)

    def carry_out(self) -> None:
        try:
            self.result = self._work()
        except NeedError as error:
            self.error = error


@lru_cache(maxsize=1)
def _main() -> QThread:
    """The application's thread, kept: see :func:`on_main_thread`."""
    return QCoreApplication.instance().thread()


def on_main_thread(work: Callable[[], Any]) -> Any:
    """Layers are touched in the main thread only; the worker waits for it.

    Neither thread is asked for as an object of Qt's: PyQt keeps a list of such objects, without a lock, which it
    would change in the worker while the main thread does.
    """
    if QCoreApplication.instance() is None or threading.current_thread() is threading.main_thread():
        return work()
    caller = _Caller(work)
    # Else the next piece of work would be taken up before the window has had its turn.
    QThread.msleep(_BREATH_MS)
    caller.asked.emit()
    if caller.error is not None:
        raise caller.error
    return caller.result
