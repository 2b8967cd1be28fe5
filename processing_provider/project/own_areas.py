"""Areas of the user's own, made of neighbourhoods, in a layer beside the result."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorLayer, QgsVectorLayerUtils

from ...core.errors import NeedError
from ..io import destination, frames
from .result_layers import source_path

LAYER, NAME = "my_areas", "name"


def add_own_area(project: QgsProject, result: Path, need: QgsVectorLayer, name: str) -> QgsVectorLayer:
    """Join the selected areas of ``need`` to one with a name, in the layer of own areas, made if there is none.

    NeedError where nothing is selected, the name is empty or taken, or the layer cannot be written.
    """
    parts = list(need.selectedFeatures())
    if not parts:
        raise NeedError(
            "No neighbourhood is selected. Select those of the area on the map: click, or draw a box; Shift adds more."
        )
    if not name:
        raise NeedError("Give the area a name first.")
    path = result.with_name(f"{result.stem}_{LAYER}.gpkg")
    shown = (one for one in project.mapLayers().values() if source_path(one) == path)
    if not path.is_file():
        empty = pd.DataFrame({"lsoas": pd.Series([], dtype=object)}, index=pd.Index([], name=NAME, dtype=object))
        with destination.writing(project) as writer:
            settled, unsettled = writer.file(path), writer.scratch(path) / path.name
            frames.GeoPackageWriter(str(unsettled), lambda part: None).write(LAYER, empty, {}, need.crs())
            frames.settle(str(unsettled), str(settled))
    layer = next(shown, None) or project.addMapLayer(frames.open_layer(path, LAYER), False)
    if name.casefold() in {str(one[NAME]).casefold() for one in layer.getFeatures()}:
        raise NeedError(f"There is an area '{name}' already; give this one another name.")
    whole = QgsGeometry.unaryUnion([part.geometry() for part in parts])
    whole.convertToMultiType()
    values = {NAME: name, "lsoas": "; ".join(sorted(str(part["area_code"]) for part in parts))}
    fields = {layer.fields().lookupField(one): value for one, value in values.items()}
    feature: QgsFeature = QgsVectorLayerUtils.createFeature(layer, whole, fields)
    if not layer.dataProvider().addFeatures([feature])[0]:
        raise NeedError(f"{path}: the area cannot be written ({layer.dataProvider().lastError()}).")
    if project.layerTreeRoot().findLayer(layer.id()) is None:
        layer.setName("My own areas")
        project.layerTreeRoot().addLayer(layer)
    layer.updateExtents()
    return layer
