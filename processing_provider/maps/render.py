"""Layers to pictures without a project or a window: safe in a worker thread, and it can be cancelled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeedback,
    QgsGeometry,
    QgsLabelingEngineSettings,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRectangle,
    QgsSimpleFillSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorSimplifyMethod,
)
from qgis.PyQt.QtCore import QEventLoop, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QImage

from ...core.errors import Cancelled, NeedError
from ..compat import copy_of
from ..geometry.polygons_over_polygons import united
from ..style.renderers import fill_symbol

POLL_MILLISECONDS = 50


@dataclass(frozen=True)
class Region:
    """A region put together from its districts."""

    code: str
    name: str
    geometry: QgsGeometry
    population: float

    @property
    def density(self) -> float:
        """People per unit of map area."""
        area = self.geometry.area()
        return self.population / area if area > 0 else 0.0


def check_cancelled(feedback: Optional[QgsFeedback]) -> None:
    """Raise Cancelled if the user has asked to stop."""
    if feedback is not None and feedback.isCanceled():
        raise Cancelled("The map was cancelled.")


def map_settings(
    layers: Sequence[QgsMapLayer], extent: QgsRectangle, size: Tuple[int, int], dpi: float
) -> QgsMapSettings:
    """Settings for a transparent picture of ``size`` pixels; the first layer is on top, and the extent grows to fit."""
    settings = QgsMapSettings()
    settings.setLayers(list(layers))
    settings.setDestinationCrs(layers[0].crs())
    settings.setOutputSize(QSize(*size))
    settings.setOutputDpi(dpi)
    settings.setExtent(extent)
    settings.setBackgroundColor(QColor(Qt.GlobalColor.transparent))
    settings.setFlag(QgsMapSettings.Flag.Antialiasing, True)
    settings.setFlag(QgsMapSettings.Flag.UseRenderingOptimization, True)
    # A selection is the user's business in the window; on the map it would pass for a class.
    settings.setFlag(QgsMapSettings.Flag.DrawSelection, False)
    # Half a name at the edge tells nobody where it is.
    labels = settings.labelingEngineSettings()
    labels.setFlag(QgsLabelingEngineSettings.Flag.UsePartialCandidates, False)
    settings.setLabelingEngineSettings(labels)
    # Styles ask for @map_scale, which only the map's own scope knows.
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    return settings


def render(settings: QgsMapSettings, feedback: Optional[QgsFeedback] = None) -> QImage:
    """Draw the map of these settings.

    The event loop lets the job's own threads work and looks every 50 ms whether the user has cancelled.
    Raises Cancelled, or NeedError with QGIS's own words where a layer cannot be drawn.
    """
    check_cancelled(feedback)
    job = QgsMapRendererParallelJob(settings)
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    timer = QTimer()
    timer.timeout.connect(lambda: job.cancelWithoutBlocking() if feedback and feedback.isCanceled() else None)
    timer.start(POLL_MILLISECONDS)
    job.start()
    if job.isActive():
        loop.exec()
    timer.stop()
    check_cancelled(feedback)
    errors = job.errors()
    if errors:
        raise NeedError(f"The map cannot be drawn: {errors[0].message}")
    return job.renderedImage()


def simplified(layer: QgsVectorLayer) -> QgsVectorLayer:
    """A copy of the layer that draws no detail finer than half a pixel; the caller's layer stays as it is."""
    copy = copy_of(layer)
    method = QgsVectorSimplifyMethod()
    method.setSimplifyHints(QgsVectorSimplifyMethod.SimplifyHint.FullSimplification)
    method.setThreshold(0.5)
    method.setForceLocalOptimization(True)
    copy.setSimplifyMethod(method)
    copy.setLabelsEnabled(False)
    return copy


def part_of(layer: QgsVectorLayer, field: str, values: Iterable[str]) -> QgsVectorLayer:
    """The features whose field has one of the values, in memory; filtering a GeoPackage would open it for writing."""
    quoted = ", ".join(QgsExpression.quotedValue(value) for value in sorted(values))
    return layer.materialize(
        QgsFeatureRequest().setFilterExpression(f"{QgsExpression.quotedColumnRef(field)} IN ({quoted})")
    )


def outline_layer(layer: QgsVectorLayer, colour: str, width_mm: float) -> QgsVectorLayer:
    """A copy of a polygon layer drawn as lines alone."""
    copy = simplified(layer)
    line = QgsSimpleFillSymbolLayer(QColor(), Qt.BrushStyle.NoBrush, QColor(colour))
    line.setStrokeWidth(width_mm)
    line.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    copy.setRenderer(QgsSingleSymbolRenderer(fill_symbol(line)))
    return copy


def polygon_layer(geometries: Sequence[QgsGeometry], like: QgsVectorLayer) -> QgsVectorLayer:
    """A memory layer of polygons in the CRS of another layer."""
    layer = QgsVectorLayer("MultiPolygon", "outlines", "memory")
    layer.setCrs(like.crs())
    features = []
    for geometry in geometries:
        feature = QgsFeature()
        feature.setGeometry(geometry)
        features.append(feature)
    stored, _ = layer.dataProvider().addFeatures(features)
    if not stored:
        raise NeedError("The outlines for the map cannot be stored; the boundaries may be damaged.")
    layer.updateExtents()
    return layer


def regions_of(need: QgsVectorLayer, districts: QgsVectorLayer, feedback: Optional[QgsFeedback] = None) -> List[Region]:
    """Regions, joined from districts: ``need`` says which region a district is in, ``districts`` has the shapes.

    A district without geometry adds its people and no area. Empty where ``need`` has no regions.
    """
    region_of, names = _districts_regions(need)
    shapes, people = defaultdict(list), defaultdict(float)
    population = districts.fields().indexOf("population")
    for feature in districts.getFeatures():
        code = region_of.get(feature["district_code"])
        if code is None:
            continue
        if feature.hasGeometry():
            shapes[code].append(feature.geometry())
        residents = feature[population] if population >= 0 else None
        people[code] += residents if isinstance(residents, (int, float)) else 0.0
    regions = []
    for code in sorted(shapes):
        check_cancelled(feedback)
        regions.append(Region(code, names[code], united(shapes[code]), people[code]))
    return regions


def _districts_regions(need: QgsVectorLayer) -> Tuple[Dict[str, str], Dict[str, str]]:
    """Region code by district code, and region name by region code."""
    fields = ("district_code", "region_code", "region_name")
    if any(need.fields().indexOf(name) < 0 for name in fields):
        return {}, {}
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(list(fields), need.fields())
    region_of, names = {}, {}
    for feature in need.getFeatures(request):
        district, code, name = (feature[field] for field in fields)
        if isinstance(district, str) and isinstance(code, str):
            region_of[district] = code
            names[code] = name if isinstance(name, str) else code
    return region_of, names
