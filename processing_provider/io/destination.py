"""The one writer: all that a run makes goes into hidden folders beside its places, and into place together at the end.

A run that fails, is cancelled or killed, or meets a full disk leaves earlier files as they were and none of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Iterator, List, Mapping, Optional, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QLockFile

from ...core.errors import NeedError, OptionError
from . import formats, replace_files
from .formats import Styler, Target
from .staged_table import StagedTable

PREFIX = ".hyperlocal-need-"
LOCK = ".owner"
# A hidden folder without a mark of its owner was made by an earlier version, or is this moment being made.
_FORSAKEN_SECONDS = 86_400.0
_LEAST_FREE_BYTES = 65_536
# Called with each finished file, still aside, and its place: what it writes beside the file goes along.
Finish = Callable[[Path, Path], None]
Kind = Tuple[QgsFields, Any, QgsCoordinateReferenceSystem]


class Sink:
    """An open sink; ``result`` is what the algorithm returns, ``guarded`` whether a cancel may still be heard.

    A layer in memory, or a file that is written aside, is simply dropped; rows in a database would stay, so
    writing there goes through to the end.
    """

    def __init__(self, sink: QgsFeatureSink, title: str, result: str, guarded: bool) -> None:
        self._sink = sink
        self._title = title
        self.result = result
        self.guarded = guarded
        self.written = 0

    def add(self, features: List[QgsFeature]) -> None:
        """Write some features; NeedError if they cannot be written."""
        if not self._sink.addFeatures(features, QgsFeatureSink.Flag.FastInsert):
            raise NeedError(f"{self._title} cannot be written: {formats.in_words(self._sink.lastError())}.")
        self.written += len(features)

    def close(self) -> None:
        """End the writing. Nobody else holds the sink, so that its file is closed before it is moved or removed."""
        self._sink = None


@dataclass
class _Output:
    """One place, and the folder where all its files are made that go to ``home``."""

    aside: Path
    home: Path
    sink: Optional[Sink] = None
    target: Optional[Target] = None
    styler: Optional[Styler] = None

    def settle(self) -> None:
        """Close it, and check what has been written."""
        if self.sink is not None:
            self.sink.close()
        if self.target is not None:
            formats.settle(self.aside, self.target, self.sink.written, self.styler)


class Destination:
    """Everything that one run writes; made by ``writing``."""

    def __init__(self, project: Optional[QgsProject], finish: Optional[Finish]) -> None:
        self._project = project
        self._finish = finish
        self._hidden: Dict[Path, Tuple[Path, QLockFile]] = {}
        self._made: List[Path] = []
        self._outputs: List[_Output] = []
        self._staged: List[StagedTable] = []

    def file(self, place: Path, replaces: Optional[Collection[str]] = None) -> Path:
        """Where to write the file that belongs at ``place``.

        ``replaces``: the layers that it may hold already; NeedError if a container there holds others, if the
        place cannot be written to, is locked or being edited.
        """
        place = Path(place).absolute()
        check_place(place, self._project, replaces)
        return self._aside(place.parent).aside / place.name

    def folder(self, place: Path) -> Path:
        """Where to write files that belong into the folder ``place``; others that lie there stay."""
        return self._aside(_folder(place)).aside

    def whole_folder(self, place: Path) -> Path:
        """Where to make the folder ``place`` itself, which replaces one that is there."""
        return self._aside(_folder(place).parent).aside / place.name

    def scratch(self, place: Path) -> Path:
        """A folder on the disk of ``place`` for what is needed on the way; nothing in it is kept."""
        return Path(tempfile.mkdtemp(dir=self._hidden_in(Path(place).absolute().parent)))

    def sink(self, run: Any, name: str, kind: Kind, *, renumber: bool = False, styler: Optional[Styler] = None) -> Sink:
        """The sink of an output for features of a ``kind`` (fields, geometry type, CRS), whatever it leads to.

        ``renumber``: the field ``fid`` numbers no rows (a number stands twice), so that a GeoPackage numbers anew.
        ``styler`` draws its layer, wherever it is opened.
        """
        value = run.parameters.get(name)
        target = formats.target_of(name, value, run.context)
        spatial = kind[1] not in (QgsWkbTypes.Type.NoGeometry, QgsWkbTypes.Type.Unknown)
        title = f"The output {name}"
        if target is None:
            return self._unfiled(run, name, value, kind)
        formats.check_fields(name, kind[0], target, spatial)
        check_place(target.path, self._project, target.replaces, name)
        output = self._aside(target.path.parent)
        aside = output.aside / target.path.name
        if target.layer and target.path.exists():
            formats.copy_container(target.path, aside)
        made, result = _open_sink(run, _moved(value, target.at(aside)), name, kind, renumber)
        output.sink = Sink(made, title, target.result, guarded=True)
        output.target, output.styler = target, styler
        _load_on_completion(run, value, name, target.result)
        return output.sink

    def _unfiled(self, run: Any, name: str, value: Any, kind: Kind) -> Sink:
        """The sink of an output that is no file: PostgreSQL's tables are staged, layers in memory go with the run."""
        title, table = f"The output {name}", StagedTable.of(formats.text_of(value, run.context))
        if table is None:
            made, result = _open_sink(run, value, name, kind)
            sink = Sink(made, title, result, guarded=formats.in_memory(value, run.context))
        else:
            self._staged.append(table)
            made, _ = _open_sink(run, _moved(value, table.aside), name, kind)
            _load_on_completion(run, value, name, table.result)
            table.sink = sink = Sink(made, title, table.result, guarded=True)
        self._outputs.append(_Output(Path(), Path(), sink))
        return sink

    def commit(self) -> None:
        """Close, finish and check every output, and move all into place."""
        for output in self._outputs:
            output.settle()
        outputs = [output for output in self._outputs if output.target is not None or output.sink is None]
        moves: Dict[Path, Path] = {}
        for output in outputs:
            for path in _entries(output.aside):
                if self._finish is not None and path.is_file():
                    self._finish(path, output.home / path.name)
            moves.update({path: output.home / path.name for path in _entries(output.aside)})
        twice = [str(place) for place, count in Counter(moves.values()).items() if count > 1]
        if twice:
            raise NeedError(f"{twice[0]}: two outputs would be this file; give each a name of its own.")
        for folder, _ in self._hidden.values():
            if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
                raise NeedError(f"{folder.parent}: the disk is full; make room or choose another folder.")
        for place in moves.values():
            self._make(place.parent)
        for table in self._staged:
            table.settle()
        replace_files.move_into_place(moves, self._project)
        self._made.clear()

    def discard(self) -> None:
        """Close what is open and remove every hidden folder, and folders that were made for nothing."""
        for output in self._outputs:
            if output.sink is not None:
                output.sink.close()
        for table in self._staged:
            table.discard()
        for folder, lock in self._hidden.values():
            # Windows removes no file that is open.
            lock.unlock()
            shutil.rmtree(folder, ignore_errors=True)
        for folder in reversed(self._made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _aside(self, home: Path) -> _Output:
        output = _Output(Path(tempfile.mkdtemp(dir=self._hidden_in(home))), home)
        self._outputs.append(output)
        return output

    def _hidden_in(self, home: Path) -> Path:
        """The hidden folder in a place, made once; NeedError where nothing can be written there."""
        if home not in self._hidden:
            self._make(home)
            sweep(home)
            try:
                folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
            except OSError as error:
                raise _refused(home, error) from error
            lock = QLockFile(str(folder / LOCK))
            lock.setStaleLockTime(0)
            lock.tryLock(0)
            self._hidden[home] = (folder, lock)
        return self._hidden[home][0]

    def _make(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(folder, error) from error
        self._made += [one for one in reversed(missing) if one not in self._made]


@contextmanager
def writing(project: Optional[QgsProject] = None, finish: Optional[Finish] = None) -> Iterator[Destination]:
    """A destination for everything that a run writes: on leaving it is moved into place, on an error removed.

    Layers of ``project`` that show a place are let go for that moment. ``finish(path, place)`` is called with each
    finished file before it is moved: there it gets its metadata.
    """
    destination = Destination(project, finish)
    try:
        yield destination
        destination.commit()
    finally:
        destination.discard()


def check_place(
    place: Path, project: Optional[QgsProject], replaces: Optional[Collection[str]] = None, name: str = ""
) -> None:
    """NeedError if a file must not be written to ``place``: a folder, locked, edited, or layers would be lost."""
    if place.is_dir():
        raise NeedError(f"{place}: is a folder; give the name of a file.")
    replace_files.check_free([place], project)
    formats.check_lost(place, replaces, name)


def check_outputs(algorithm: Any, parameters: Mapping[str, Any], context: QgsProcessingContext) -> None:
    """Refuse, before anything is computed, what could not be written at the end; by every output of an algorithm.

    OptionError for formats that cannot hold a table, for two outputs in one place, and for one in the place of a file
    that is read; NeedError for places as ``check_place``.
    """
    taken = _files_read(algorithm, parameters)
    for definition in algorithm.destinationParameterDefinitions():
        name, value = definition.name(), parameters.get(definition.name())
        target = formats.target_of(name, value, context) if definition.type() == "sink" else None
        text = formats.text_of(value, context)
        if target is not None:
            check_place(target.path, context.project(), target.replaces, name)
        if target is None and (definition.type() == "sink" or text in ("", QgsProcessing.TEMPORARY_OUTPUT)):
            continue
        place = _same(text if target is None else target.path)
        other, is_read = taken.setdefault(place, (name, False))
        # A layer that was chosen joins those of a file, be it read or not.
        if other != name and not (is_read and target is not None and target.layer):
            told = "is read" if is_read else "is written too"
            raise OptionError(f"{name}: {text}: {told}, as {other}; choose another file.")


def _files_read(algorithm: Any, parameters: Mapping[str, Any]) -> Dict[str, Tuple[str, bool]]:
    """The files that inputs name, and which input each is."""
    found = {}
    for definition in algorithm.parameterDefinitions():
        value = None if definition.isDestination() else parameters.get(definition.name())
        value = value.source.staticValue() if isinstance(value, QgsProcessingFeatureSourceDefinition) else value
        for one in value if isinstance(value, (list, tuple)) else (value,):
            # A list of names may be longer than any path.
            if isinstance(one, str) and os.path.isfile(one.partition("|")[0]):
                found[_same(one.partition("|")[0])] = (definition.name(), True)
    return found


def _same(path: Any) -> str:
    """A path as it is compared with others: whatever links, folders and letters lead to it."""
    return os.path.normcase(os.path.realpath(path))


def sweep(home: Path) -> None:
    """Remove the hidden folders that ended processes have left in ``home``; what they had put aside comes back."""
    for folder in home.glob(f"{PREFIX}*"):
        lock = QLockFile(str(folder / LOCK))
        lock.setStaleLockTime(0)
        if not (folder / LOCK).exists():
            try:
                forsaken = time.time() - folder.stat().st_mtime > _FORSAKEN_SECONDS
            except OSError:
                continue
        else:
            # Fails while the process that made the folder lives.
            forsaken = lock.tryLock(0)
        if not forsaken:
            continue
        for kept in folder.rglob(f"{replace_files.KEPT}/*"):
            place = home.joinpath(*kept.parent.parent.relative_to(folder).parts[1:], kept.name)
            if not place.exists() and place.parent.is_dir():
                os.replace(kept, place)
        lock.unlock()
        shutil.rmtree(folder, ignore_errors=True)


def _folder(place: Path) -> Path:
    if place.is_file():
        raise NeedError(f"{place.absolute()}: is a file; give the name of a folder.")
    return place.absolute()


def _entries(folder: Path) -> List[Path]:
    """What is moved: the files of an output, and folders that are outputs themselves."""
    return sorted(path for path in folder.iterdir() if not path.name.endswith(formats.SIDE_FILES))


def _refused(folder: Path, error: OSError) -> NeedError:
    return NeedError(f"{folder}: cannot be written to ({error.strerror}); choose another folder.")


def _open_sink(run: Any, value: Any, name: str, kind: Kind, renumber: bool = False):
    flags = QgsFeatureSink.SinkFlags(QgsFeatureSink.SinkFlag.RegeneratePrimaryKey if renumber else 0)
    try:
        parameters = {**run.parameters, name: value}
        sink, result = run.algorithm.parameterAsSink(parameters, name, run.context, *kind, flags)
    except QgsProcessingException as error:
        raise NeedError(f"{name}: the output cannot be made; {formats.in_words(str(error))}.") from error
    if sink is None:
        raise OptionError(f"{name}: the output '{value}' cannot be made; can the place be written to?")
    return sink, result


def _moved(value: Any, place: str) -> Any:
    """The same output at another place; the project hears of the layer only once it is in its own."""
    if not isinstance(value, QgsProcessingOutputLayerDefinition):
        return place
    moved = QgsProcessingOutputLayerDefinition(place)
    moved.createOptions = value.createOptions
    return moved


def _load_on_completion(run: Any, value: Any, name: str, path: str) -> None:
    if not isinstance(value, QgsProcessingOutputLayerDefinition) or value.destinationProject is None:
        return
    title = value.destinationName or run.algorithm.parameterDefinition(name).description()
    details = QgsProcessingContext.LayerDetails(title, value.destinationProject, name)
    run.context.addLayerToLoadOnCompletion(path, details)
