"""The whole index as one algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

from qgis.core import QgsProcessing, QgsProcessingParameterDefinition, QgsProcessingParameterVectorDestination

from ...core.errors import OptionError
from .. import parameters as p
from ..base import NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..face import DEFAULT_METHODOLOGY
from ..step_base import Values


class ComputeIndex(NeedAlgorithm):
    """Steps 1 to 9 in memory, from a data pack to styled layers, tables, maps and a report."""

    STEP = "computeindex"
    TAGS = ("deprivation", "composite", "rank", "hot spot", "score")

    def definitions(self):
        yield from (p.pack(optional=False), p.methodology())
        for definition in p.options(self.STEP):
            if definition.name() == "LOW_COVERAGE":
                # Models saved before it was there leave it out.
                definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagOptional)
            yield definition
        yield p.fold(p.text("LEAVE_OUT", "Indicators to leave out (ids, separated by commas)"))
        yield p.fold(
            p.text("UNIVERSE", "Only these areas (districts, regions or areas by code or name, semicolons between)")
        )
        yield p.fold(p.text("REPORT_BY", "Report by (a parent in the pack's LSOA lookup)", default="LTLA23"))
        yield p.fold(p.text("SHRINK_BY", "Shrink towards (a parent in the pack's LSOA lookup)", default="LTLA23"))
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        yield QgsProcessingParameterVectorDestination("OUTPUT", "Need (GeoPackage of all layers)", polygons)
        yield p.file_out("REPORT", "Report", "HTML files (*.html)", optional=True)
        yield p.folder_out("FOLDER", "Folder for tables, maps, report and log", optional=True)

    def packages(self, parameters: Dict[str, Any]) -> Tuple[str, ...]:
        with_report = parameters.get("REPORT") or parameters.get("FOLDER")
        return (*REQUIRED, *PICTURES) if with_report else REQUIRED

    def compute(self, parameters, context, feedback):
        from ..runs import index as index_run

        values = Values(self, parameters, context, feedback)
        output = Path(self.parameterAsOutputLayer(parameters, "OUTPUT", context))
        if output.suffix.lower() != ".gpkg":
            raise OptionError(f"OUTPUT: '{output.name}' must be a GeoPackage (.gpkg).")
        settings = index_run.Settings(
            pack=values.path("PACK"),
            output=output,
            methodology=values.path("METHODOLOGY") or DEFAULT_METHODOLOGY,
            left_out=values.names("LEAVE_OUT"),
            universe=values.names("UNIVERSE", ";"),
            report_by=values.text("REPORT_BY") or "LTLA23",
            shrink_by=values.text("SHRINK_BY") or "LTLA23",
            report=values.path("REPORT"),
            folder=values.path("FOLDER"),
            **{name.lower(): value for name, value in values.options().items()},
        )
        index_run.compute(settings, feedback, context.project())
        given = {"OUTPUT": output, "REPORT": settings.report, "FOLDER": settings.folder}
        return {name: str(path) for name, path in given.items() if path}
