"""A result as one file to hand over."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingParameterVectorDestination

from ...core.errors import OptionError
from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class HandOver(NeedAlgorithm):
    """The GeoPackage with a project in it: styles, themes, print layouts and notes, for QGIS without the plugin."""

    STEP = "handover"
    TAGS = ("project", "share", "send", "geopackage", "portable", "theme", "layout", "server", "qfield")

    def definitions(self):
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        return [
            p.need(),
            p.methodology(),
            QgsProcessingParameterVectorDestination("OUTPUT", "File to hand over (GeoPackage)", polygons),
        ]

    def compute(self, parameters, context, feedback):
        from ..areas import stored_result
        from ..project import handover

        values = Values(self, parameters, context, feedback)
        output = Path(self.parameterAsOutputLayer(parameters, "OUTPUT", context))
        if output.suffix.lower() != ".gpkg":
            raise OptionError(f"OUTPUT: '{output.name}' must be a GeoPackage (.gpkg).")
        source = stored_result.source_file(self.parameterAsVectorLayer(parameters, "INPUT", context).source())
        result = stored_result.read(source, methodology=values.path("METHODOLOGY"))
        handover.write(result, output, feedback, context.project())
        return {"OUTPUT": str(output)}
