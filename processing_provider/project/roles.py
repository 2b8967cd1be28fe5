"""The mark of a result in a project's layer tree; apart, for it is asked for before anything heavy is loaded."""

from __future__ import annotations

from qgis.core import QgsProject

ROLE = "hyperlocal_need/role"


def holds_result(project: QgsProject) -> bool:
    """Whether any layer of the project bears the mark of a result."""
    return any(node.customProperty(ROLE) for node in project.layerTreeRoot().findLayers())
