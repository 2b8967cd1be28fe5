"""Where a step's output goes: a file is written aside and moved into place, so that half a layer is never a result."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
)

from ...core.errors import NeedError
from .. import open_layers

# memory:, ogr:, postgres: and the like; one letter and a colon are a drive.
PROVIDER = re.compile(r"[A-Za-z]{2,}:")
# Formats that are one file each: they can be moved as a whole.
SINGLE_FILES = (".gpkg", ".csv", ".geojson", ".json", ".fgb", ".xlsx", ".ods", ".parquet")


class Destination:
    """An open sink; ``result`` is what the algorithm returns, ``guarded`` whether a cancel may still be heard.

    A layer in memory, or a file that is written aside, is simply dropped; rows in a database would stay, so
    writing there goes through to the end.
    """

    def __init__(self, sink: QgsFeatureSink, result: str, guarded: bool) -> None:
        self._sink = sink
        self.result = result
        self.guarded = guarded

    def add(self, features: List[QgsFeature]) -> None:
        """Write some features; NeedError if they cannot be written."""
        if not self._sink.addFeatures(features, QgsFeatureSink.Flag.FastInsert):
            raise NeedError(f"The output cannot be written: {self._sink.lastError() or 'is the disk full?'}")

    def close(self) -> None:
        """End the writing. Nobody else holds the sink, so that its file is closed before it is moved or removed."""
        self._sink = None


@contextmanager
def open_destination(
    algorithm: QgsProcessingAlgorithm,
    parameters: Dict[str, Any],
    name: str,
    context: QgsProcessingContext,
    kind: Tuple[QgsFields, Any, QgsCoordinateReferenceSystem],
) -> Iterator[Destination]:
    """The sink of an output for features of a ``kind`` (fields, geometry type, CRS).

    On leaving, a file is moved into place; if an error or a cancel ends the writing, nothing of it stays.
    """
    target = _single_file(parameters.get(name), context)
    if target is None:
        sink, result = algorithm.parameterAsSink(parameters, name, context, *kind)
        if sink is None:
            raise QgsProcessingException(algorithm.invalidSinkError(parameters, name))
        destination = Destination(sink, result, guarded=str(result) in context.temporaryLayerStore().mapLayers())
        del sink
        try:
            yield destination
        finally:
            destination.close()
        return
    with open_layers.folder_beside(target) as folder:
        aside = folder / target.name
        sink, _ = algorithm.parameterAsSink({**parameters, name: _moved(parameters[name], aside)}, name, context, *kind)
        if sink is None:
            raise QgsProcessingException(algorithm.invalidSinkError(parameters, name))
        destination = Destination(sink, str(target), guarded=True)
        del sink
        try:
            yield destination
        finally:
            destination.close()
        open_layers.move_into_place({aside: target}, context.project())
        _load_on_completion(algorithm, parameters[name], name, str(target), context)


def _single_file(value: Any, context: QgsProcessingContext):
    """The path of the output where it is one plain file, else None."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        if value.useRemapping():
            return None
        value = value.sink.valueAsString(context.expressionContext(), "")[0]
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        return None
    path = Path(value)
    if path.suffix.lower() not in SINGLE_FILES or PROVIDER.match(str(value)):
        return None
    return path.absolute()


def _moved(value: Any, path: Path) -> Any:
    """The same output at another path; the project hears of the layer only once it is in its place."""
    if not isinstance(value, QgsProcessingOutputLayerDefinition):
        return str(path)
    moved = QgsProcessingOutputLayerDefinition(str(path))
    moved.createOptions = value.createOptions
    return moved


def _load_on_completion(algorithm, value: Any, name: str, path: str, context: QgsProcessingContext) -> None:
    if not isinstance(value, QgsProcessingOutputLayerDefinition) or value.destinationProject is None:
        return
    title = value.destinationName or algorithm.parameterDefinition(name).description()
    details = QgsProcessingContext.LayerDetails(title, value.destinationProject, name)
    context.addLayerToLoadOnCompletion(path, details)
