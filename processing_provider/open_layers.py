"""Files are written aside and moved into place; layers of the project that show them are let go for that moment."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from qgis.core import QgsMapLayer, QgsProject, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, Qt, QThread, pyqtSignal

from ..core.errors import NeedError

_SIDE_FILES = ("-wal", "-shm", "-journal")


def make_folders(folders: Iterable[Path]) -> None:
    """Make folders that are to be written to at the end of a run; NeedError, before it begins, where one cannot be."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NeedError(f"{folder}: cannot be written to ({error.strerror}); choose another folder.") from error
        if not os.access(folder, os.W_OK):
            raise NeedError(f"{folder}: there is no permission to write here; choose another folder.")


@contextmanager
def folder_beside(place: Path) -> Iterator[Path]:
    """A hidden folder on the disk of ``place``, to write aside in; it is removed at the end.

    NeedError where nothing can be written there.
    """
    if place.is_dir():
        raise NeedError(f"{place}: is a folder; give the name of a file.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=".hyperlocal-need-", dir=place.parent)
    except OSError as error:
        raise NeedError(f"{place.parent}: cannot be written to ({error.strerror}); choose another folder.") from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(moves: Mapping[Path, Path], project: Optional[QgsProject]) -> None:
    """Move each file to its place; layers of ``project`` that show a place are let go and loaded again.

    Files that stand there are first put aside and come back if any move fails, so that a set of results is
    never half old and half new. NeedError names a file that another program holds.
    """
    if project is None:
        _move(moves)
    else:
        _on_main_thread(lambda: _move_between(moves, project))


def _move_between(moves: Mapping[Path, Path], project: QgsProject) -> None:
    held = _let_go(project, set(moves.values()))
    try:
        _move(moves)
    finally:
        for layer, source, provider in held:
            layer.setDataSource(source, layer.name(), provider)
            layer.triggerRepaint()


def _let_go(project: QgsProject, places: set) -> List[Tuple[QgsVectorLayer, str, str]]:
    resolved = {place.resolve() for place in places}
    held = []
    for layer in project.mapLayers().values():
        if layer.type() != QgsMapLayer.LayerType.VectorLayer or layer.providerType() != "ogr":
            continue
        path = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("path", "")
        if path and Path(path).resolve() in resolved:
            if layer.isEditable():
                raise NeedError(f"{path}: the layer '{layer.name()}' is being edited; save or drop the edits first.")
            held.append((layer, layer.source(), layer.providerType()))
    for layer, _, provider in held:
        layer.setDataSource("", layer.name(), provider)
    return held


def _move(moves: Mapping[Path, Path]) -> None:
    brought: Dict[Path, Path] = {}
    kept: List[Tuple[Path, Path]] = []
    done: List[Path] = []
    try:
        for aside, place in moves.items():
            brought[place] = _bring_beside(aside, place)
        for place, new in brought.items():
            if place.exists():
                backup = place.with_name(f".{place.name}.before")
                os.replace(place, backup)
                kept.append((backup, place))
            os.replace(new, place)
            done.append(place)
    except OSError as error:
        for place in done:
            place.unlink()
        for backup, place in kept:
            os.replace(backup, place)
        for new in brought.values():
            new.unlink(missing_ok=True)
        raise NeedError(
            f"{error.filename}: cannot be replaced ({error.strerror}); "
            "close the program that has it open and run again."
        ) from error
    for backup, _ in kept:
        backup.unlink(missing_ok=True)
    for place in moves.values():
        # What SQLite left beside the earlier file belongs to that file alone.
        for ending in _SIDE_FILES:
            Path(f"{place}{ending}").unlink(missing_ok=True)


def _bring_beside(aside: Path, place: Path) -> Path:
    """The file under a hidden name in its own folder, which may be on another disk."""
    new = place.with_name(f".{place.name}.part")
    shutil.move(aside, new)
    return new


class _Caller(QObject):
    """Runs a function in the thread of the application."""

    asked = pyqtSignal()

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work
        self.error: Optional[NeedError] = None
        self.moveToThread(QCoreApplication.instance().thread())
        self.asked.connect(self.carry_out, Qt.ConnectionType.BlockingQueuedConnection)

    def carry_out(self) -> None:
        try:
            self._work()
        except NeedError as error:
            self.error = error


def _on_main_thread(work: Callable[[], None]) -> None:
    """Layers are touched in the main thread only; the worker waits for it."""
    application = QCoreApplication.instance()
    if application is None or QThread.currentThread() == application.thread():
        work()
        return
    caller = _Caller(work)
    caller.asked.emit()
    if caller.error is not None:
        raise caller.error
