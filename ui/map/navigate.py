"""Moves the map to districts and neighbourhoods of the result."""

from __future__ import annotations

from typing import Any, Sequence

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsExpression,
    QgsFeatureIterator,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas

_MARGIN = 1.15
_WHOLE_MARGIN = 1.05
_AREA_MARGIN = 4.0


def zoom_to_result(session: Any, only_if_elsewhere: bool = False) -> None:
    """Show the whole result; with ``only_if_elsewhere`` not where the map shows a part of it already."""
    canvas, layers = session.canvas, session.result.layers
    if canvas is None or layers is None:
        return
    target = canvas.mapSettings().destinationCrs()
    transform = QgsCoordinateTransform(layers.need.crs(), target, QgsProject.instance())
    extent = transform.transformBoundingBox(layers.need.extent())
    if only_if_elsewhere and canvas.extent().intersects(extent):
        return
    extent.scale(_WHOLE_MARGIN)
    canvas.setExtent(extent)
    canvas.refresh()


def zoom_to_districts(session: Any, codes: Sequence[str]) -> None:
    """Show these districts."""
    layers = session.result.layers
    if layers is not None and codes:
        _zoom(session, layers.districts, "district_code", codes, _MARGIN)


def zoom_to_area(session: Any, code: str) -> None:
    """Show a neighbourhood with what lies around it, and flash it."""
    layers = session.result.layers
    if layers is None:
        return
    ids = _zoom(session, layers.need, "area_code", [code], _AREA_MARGIN)
    if session.canvas is not None:
        session.canvas.flashFeatureIds(layers.need, ids)


def features(layer: QgsVectorLayer, field: str, codes: Sequence[str]) -> QgsFeatureIterator:
    """The features with these codes, geometry and no attributes."""
    listed = ", ".join(QgsExpression.quotedString(code) for code in codes)
    request = QgsFeatureRequest(QgsExpression(f"{QgsExpression.quotedColumnRef(field)} IN ({listed})"))
    return layer.getFeatures(request.setSubsetOfAttributes([]))


def area_at(layer: QgsVectorLayer, canvas: QgsMapCanvas, point: QgsPointXY) -> str:
    """The code of the neighbourhood that holds a point of the map; '' where there is none."""
    transform = QgsCoordinateTransform(canvas.mapSettings().destinationCrs(), layer.crs(), QgsProject.instance())
    try:
        place = transform.transform(point)
    except QgsCsException:
        return ""
    spot = QgsGeometry.fromPointXY(place)
    request = QgsFeatureRequest(QgsRectangle(place, place)).setSubsetOfAttributes(["area_code"], layer.fields())
    for feature in layer.getFeatures(request):
        if feature.geometry().intersects(spot):
            return str(feature["area_code"])
    return ""


def areas_within(layer: QgsVectorLayer, districts: QgsVectorLayer, codes: Sequence[str]) -> list:
    """The ids of a layer's polygons that have a point inside these districts."""
    transform = QgsCoordinateTransform(districts.crs(), layer.crs(), QgsProject.instance())
    shapes = [feature.geometry() for feature in features(districts, "district_code", codes)]
    ground = QgsGeometry.unaryUnion(shapes)
    ground.transform(transform)
    engine = QgsGeometry.createGeometryEngine(ground.constGet())
    engine.prepareGeometry()
    request = QgsFeatureRequest(ground.boundingBox()).setSubsetOfAttributes([])
    # The points are held: an engine reads what a geometry that is gone has left behind.
    points = [(feature.id(), feature.geometry().pointOnSurface()) for feature in layer.getFeatures(request)]
    return [number for number, point in points if engine.intersects(point.constGet())]


def _zoom(session: Any, layer: QgsVectorLayer, field: str, codes: Sequence[str], margin: float) -> list:
    extent, ids = QgsRectangle(), []
    extent.setMinimal()
    for feature in features(layer, field, codes):
        extent.combineExtentWith(feature.geometry().boundingBox())
        ids.append(feature.id())
    canvas = session.canvas
    if canvas is None or not ids:
        return ids
    transform = QgsCoordinateTransform(layer.crs(), canvas.mapSettings().destinationCrs(), QgsProject.instance())
    extent = transform.transformBoundingBox(extent)
    extent.scale(margin)
    canvas.setExtent(extent)
    canvas.refresh()
    return ids
