"""Frames to the sinks of an algorithm, with progress that hears a cancel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Union

import pandas as pd
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsWkbTypes,
)

from ...core.errors import Cancelled
from ...core.texts import text_columns
from .. import compat
from ..io import about, destination, frames


def reporter(feedback: QgsProcessingFeedback) -> Callable[..., None]:
    """Progress from 0 to 1, with words where a new part begins; raises Cancelled."""

    def report(fraction: float, text: str = "") -> None:
        if feedback.isCanceled():
            raise Cancelled("Cancelled; nothing was written.")
        feedback.setProgress(100.0 * fraction)
        if text:
            feedback.setProgressText(f"{text[0].upper()}{text[1:]}")

    return report


def write_outputs(
    algorithm: QgsProcessingAlgorithm,
    outputs: Mapping[str, Union[pd.DataFrame, str]],
    parameters: Dict[str, Any],
    context: QgsProcessingContext,
    feedback: QgsProcessingFeedback,
    *,
    geometries: Optional[Sequence[Optional[QgsGeometry]]] = None,
    crs: Optional[QgsCoordinateReferenceSystem] = None,
) -> Dict[str, str]:
    """Each frame to the sink of its name, each text to its file, where asked for; geometries go with the first."""
    report, places = reporter(feedback), {}
    with destination.writing(context.project(), about.finisher(algorithm, parameters, context)) as writer:
        for number, (name, frame) in enumerate(outputs.items()):
            if not parameters.get(name):
                continue
            if isinstance(frame, str):
                places[name] = algorithm.parameterAsFileOutput(parameters, name, context)
                writer.file(Path(places[name])).write_text(frame, encoding="utf-8", newline="\n")
                continue
            shapes = geometries if number == 0 else None
            kind = QgsWkbTypes.Type.NoGeometry if shapes is None else QgsWkbTypes.Type.MultiPolygon
            system = compat.whole_crs(crs) if crs is not None and shapes is not None else QgsCoordinateReferenceSystem()
            sink = writer.sink(algorithm, parameters, name, context, (frames.to_fields(frame), kind, system))
            frames.add_rows(sink.add, frame, shapes, lambda fraction: report(0.9 + 0.1 * fraction))
            places[name] = sink.result
        report(1.0)
    return places


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns read from features as numbers where they are numbers, else as texts (dates and lists too)."""
    frame = frame.infer_objects()
    texts = {
        name: frame[name].map(lambda value: None if value is None or value != value else str(value))
        for name in text_columns(frame)
    }
    return frame.assign(**texts)
