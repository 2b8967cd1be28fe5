"""The mark of a result in a project, and what it was drawn with; apart, for both are asked for where packages lack."""

from __future__ import annotations

from collections import deque
from typing import Deque

from qgis.core import QgsFeatureRenderer, QgsProject, QgsVectorLayer

ROLE = "hyperlocal_need/role"
_drawn: Deque[QgsFeatureRenderer] = deque(maxlen=12)


def holds_result(project: QgsProject) -> bool:
    """Whether any layer of the project bears the mark of a result."""
    return any(node.customProperty(ROLE) for node in project.layerTreeRoot().findLayers())


def keep_drawn(layer: QgsVectorLayer) -> None:
    """Keep what a layer is drawn with for a while after it has got another style, or has gone.

    A map that is being drawn shares the expressions of its symbols; QGIS, for which the last owner frees them,
    would now and then do so in the middle of the drawing, and crash.
    """
    if layer.renderer() is not None:
        _drawn.append(layer.renderer().clone())


def let_drawn_go() -> None:
    """Free what has been kept, for it must not outlive QGIS."""
    _drawn.clear()
