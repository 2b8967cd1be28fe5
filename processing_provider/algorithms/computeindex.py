"""The whole index as one algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ...core import catalogue
from ...core.errors import OptionError
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED


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

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        pack = QgsProcessingParameterFile("PACK", "Data pack (folder, its pack.json, or zip)")
        pack.setFileFilter("Data packs (pack.json *.zip);;All files (*)")
        self.addParameter(pack)
        self.addParameter(parameters_.methodology())
        step = catalogue.step(self.STEP)
        for option in step.options:
            definition = parameters_.from_option(option)
            if option.name == "LOW_COVERAGE":
                # Models saved before it was there leave it out.
                definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagOptional)
            self.addParameter(definition)
        for name, title, default in (
            ("LEAVE_OUT", "Indicators to leave out (ids, separated by commas)", None),
            ("REPORT_BY", "Report by (a parent in the pack's LSOA lookup)", "LTLA23"),
            ("SHRINK_BY", "Shrink towards (a parent in the pack's LSOA lookup)", "LTLA23"),
        ):
            text = QgsProcessingParameterString(name, title, defaultValue=default, optional=True)
            text.setFlags(text.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
            self.addParameter(text)
        self.addParameter(
            QgsProcessingParameterVectorDestination(
                "OUTPUT", "Need (GeoPackage of all layers)", QgsProcessing.SourceType.TypeVectorPolygon
            )
        )
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "REPORT", "Report", "HTML files (*.html)", optional=True, createByDefault=False
            )
        )
        self.addParameter(
            QgsProcessingParameterFolderDestination(
                "FOLDER", "Folder for tables, maps, report and log", optional=True, createByDefault=False
            )
        )

    def packages(self, parameters: Dict[str, Any]) -> Tuple[str, ...]:
        with_report = parameters.get("REPORT") or parameters.get("FOLDER")
        return (*REQUIRED, *PICTURES) if with_report else REQUIRED

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import index as index_run

        options = parameters_.read_options(self, self.STEP, parameters, context)
        output = Path(self.parameterAsOutputLayer(parameters, "OUTPUT", context))
        if output.suffix.lower() != ".gpkg":
            raise OptionError(f"OUTPUT: '{output.name}' must be a GeoPackage (.gpkg).")
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        folder = self.parameterAsString(parameters, "FOLDER", context)
        settings = index_run.Settings(
            pack=Path(self.parameterAsFile(parameters, "PACK", context)),
            output=output,
            methodology=Path(self.parameterAsFile(parameters, "METHODOLOGY", context) or DEFAULT_METHODOLOGY),
            missing=options["MISSING"],
            missing_indicators=options["MISSING_INDICATORS"],
            low_coverage=options["LOW_COVERAGE"],
            over=options["OVER"],
            divisor=options["DIVISOR"],
            left_out=_names(self.parameterAsString(parameters, "LEAVE_OUT", context)),
            report_by=self.parameterAsString(parameters, "REPORT_BY", context) or "LTLA23",
            shrink_by=self.parameterAsString(parameters, "SHRINK_BY", context) or "LTLA23",
            stages=options["STAGES"],
            report=Path(report) if report else None,
            folder=Path(folder) if folder else None,
        )
        index_run.compute(settings, feedback, context.project())
        given = {"OUTPUT": str(output), "REPORT": report, "FOLDER": folder}
        return {name: value for name, value in given.items() if value}


def _names(text: str) -> tuple:
    return tuple(name.strip() for name in text.split(",") if name.strip())
