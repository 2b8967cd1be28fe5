"""The whole index as one algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

from qgis.core import QgsProcessing, QgsProcessingParameterDefinition, QgsProcessingParameterVectorDestination

from ...core.errors import OptionError
from .. import parameters as p
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values


class ComputeIndex(NeedAlgorithm):
    """Steps 1 to 9 in memory, from a data pack to styled layers, tables, maps and a report."""

    STEP = "computeindex"
    TAGS = ("deprivation", "composite", "rank", "hot spot", "score")
    HELP = """
<p>Carries out the whole method: conversion to LSOA, quality table, composites, shrinkage, direction, normal scores,
sums, exponential transformation, weights, ranks, deciles, hot spots, classes, and summaries for districts.</p>
<p>The output GeoPackage holds the layers <i>need</i> and <i>districts</i>, styled, and, if asked for, every stage in
between. Scores run from 0 to 100 (highest need); rank 1 is the highest need; tied areas share the lowest rank.</p>
<p><b>Impossible counts.</b> A count up to 5 % above its population is cut to it; one further above is no value, unless
you choose to cut it too. Both are listed.</p>
<p><b>Gaps.</b> An area that lacks a value is left unranked unless you choose that its district's figure, or the middle
of the distribution, stands in. Whatever stands in is counted for each area and listed in the log and report.</p>
<p><b>Coverage.</b> An indicator that covers under 65 % of the areas stops the run until it is left out, or kept on
purpose.</p>
<p>X(R) = &minus;23 ln(1 &minus; R (1 &minus; e<sup>&minus;100/23</sup>)), R = ascending rank / (ranked areas + 1), at
most all areas; with DIVISOR = all, / all areas.</p>
<p>Source: the technical paper, steps 1 to 9 and appendices B and C.</p>
<p>Example: <code>qgis_process run hyperlocalneed:computeindex -- PACK=england/pack.json MISSING=district
MISSING_INDICATORS=leave_out OUTPUT=need.gpkg</code></p>"""

    def definitions(self):
        yield from (p.pack(optional=False), p.methodology())
        for definition in p.options(self.STEP):
            if definition.name() == "LOW_COVERAGE":
                # Models saved before it was there leave it out.
                definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagOptional)
            yield definition
        yield p.fold(p.text("LEAVE_OUT", "Indicators to leave out (ids, separated by commas)"))
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
            report_by=values.text("REPORT_BY") or "LTLA23",
            shrink_by=values.text("SHRINK_BY") or "LTLA23",
            report=values.path("REPORT"),
            folder=values.path("FOLDER"),
            **{name.lower(): value for name, value in values.options().items()},
        )
        index_run.compute(settings, feedback, context.project())
        given = {"OUTPUT": output, "REPORT": settings.report, "FOLDER": settings.folder}
        return {name: str(path) for name, path in given.items() if path}
