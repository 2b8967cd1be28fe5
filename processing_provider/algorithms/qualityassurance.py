"""Step 2 as an algorithm: a table of quality, and a report to look through."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsWkbTypes,
)

from ...core import catalogue
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm


class QualityAssurance(NeedAlgorithm):
    """Describes and flags every indicator of a table, before and after what was done to it."""

    STEP = "qualityassurance"
    TAGS = ("histogram", "distribution", "zeros", "outliers", "correlation", "step 2")
    ONLY_WITH = {"AREAS": "REPORT"}
    NOT_WITH = {"METHODOLOGY": "FIELDS"}
    HELP = """
<p>A row for each indicator: areas with a value, zeros, share at the lowest and highest value, quartiles, mean,
skewness, kurtosis, outliers (beyond 3 interquartile ranges), where figures come from, sum in and sum out, correlation
with its dimension and with the nearest other indicator. What is unusual is said in words; a
flag warns, it drops nothing.</p>
<p><b>By the methodology:</b> the columns named by its ids (the layer <i>indicators</i> of a result, or the output of a
conversion). <b>Any table:</b> the fields that you give.</p>
<p><b>Before and after.</b> PACK adds the figures as published, SHRUNK (the layer <i>shrunk</i>) those after shrinkage.
AREAS, or an INPUT with polygons, puts a small map beside each histogram.</p>
<p><b>Gaps</b> are counted and listed by area. The published measure leaves the Isles of Scilly out, which have no key
stage 2 result and no school inspection.</p>
<p>Source: the technical paper, step 2; the limits are those of the COINr package.</p>
<p>Example: <code>qgis_process run hyperlocalneed:qualityassurance -- INPUT="need.gpkg|layername=indicators"
SHRUNK="need.gpkg|layername=shrunk" OUTPUT=quality.csv REPORT=quality.html</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        self.addParameter(parameters_.table("INPUT", "Indicators", "Any layer or table, a row an area."))
        self.addParameter(
            parameters_.fields("FIELDS", "Fields", "Fields to look at, instead of the methodology's columns.")
        )
        self.addParameter(
            parameters_.field("CODE_FIELD", "Field of area codes", "Empty: area_code or LSOA21CD, where it is there.")
        )
        self.addParameter(
            parameters_.table(
                "SHRUNK",
                "Values after shrinkage",
                "A table with the column id_shrunk of each id, by code.",
                optional=True,
            )
        )
        self.addParameter(parameters_.pack("Adds the figures as published, and sums in and out."))
        self.addParameter(
            parameters_.polygons("AREAS", "Areas for the small maps", "Polygons with the same field of codes.")
        )
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option, advanced=True))
        self.addParameter(parameters_.methodology())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Quality", QgsProcessing.SourceType.TypeVector))
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "REPORT", "Quality report", "HTML files (*.html)", optional=True, createByDefault=False
            )
        )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from contextlib import nullcontext

        import pandas as pd

        from ...core import methodology as methodologies
        from ..io import about, destination
        from ..io.feature_table import FeatureTable
        from ..runs import quality as quality_run
        from ..step_base import Values

        values = Values(self, parameters, context, feedback)
        methodology = methodologies.load(
            self.parameterAsFile(parameters, "METHODOLOGY", context) or DEFAULT_METHODOLOGY
        )
        code = values.text("CODE_FIELD")
        figures = quality_run.read_figures(values.table("INPUT", 0.3), values.fields(), methodology, code)
        shrunk = values.optional_table("SHRUNK")
        with values.pack() if values.given("PACK") else nullcontext() as pack:
            told = quality_run.assess(
                figures,
                methodology=None if values.fields() else methodology,
                pack=pack,
                shrunk=None if shrunk is None else quality_run.read_shrunk(shrunk, figures, code),
                options=parameters_.read_options(self, self.STEP, parameters, context),
            )
        for name, row in told.table.iterrows():
            if row["flags"]:
                feedback.pushWarning(f"{row['title']} ({name}): {row['flags']}.")
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        table, nothing = FeatureTable.of_frame("quality", told.table), pd.DataFrame(index=told.table.index)
        with destination.writing(context.project(), about.finisher(self, parameters, context)) as writer:
            if report:
                self._write_report(writer.file(Path(report)), told, figures, methodology, values, code)
            result = {"OUTPUT": values.write("OUTPUT", table, nothing, writer=writer)}
        return {**result, "REPORT": report} if report else result

    @staticmethod
    def _write_report(path: Path, told, figures, methodology, values, code: Optional[str]) -> None:
        """The report, with a map beside each histogram where there are polygons."""
        from ...core.texts import find_name
        from ..reports.quality_report import write_quality_report
        from ..reports.small_charts import Ground
        from ..runs import quality as quality_run

        source = values.source("AREAS" if values.given("AREAS") else "INPUT")
        ground = None
        if QgsWkbTypes.geometryType(source.wkbType()) not in (
            QgsWkbTypes.GeometryType.NullGeometry,
            QgsWkbTypes.GeometryType.UnknownGeometry,
        ):
            names = filter(None, (code, *quality_run.CODE_FIELDS))
            key = next((name for name in names if find_name(name, source.fields().names(), "AREAS")), None)
            ground = Ground.of_points(*quality_run.points(source, key, list(figures.values.index), values.advance(0.1)))
        write_quality_report(
            told,
            figures.values,
            path,
            title=methodology.title,
            methodology=methodology,
            ground=ground,
            names=figures.names,
        )
