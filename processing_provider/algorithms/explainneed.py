"""Why every area of a result has its score."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterVectorLayer,
)

from ...core import catalogue
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm, help_url
from ..dependencies import PICTURES, REQUIRED

TABLES = (("WEIGHTS", "What weighs"), ("COMBINED", "How needs combine"))


class ExplainNeed(NeedAlgorithm):
    """Contributions that add up, effective weights, and needs that meet."""

    STEP = "explainneed"
    TAGS = ("contribution", "decomposition", "attribution", "effective weights", "importance", "why")
    ONLY_WITH = {"AREA": "REPORT"}
    HELP = """
<p>The table has a row an area and a column <i>id_points</i> an indicator, sub-dimension and dimension: what it adds to
need, or takes from it, against an area that has the baseline's normal score everywhere. Those of the indicators add up
to the area's figure less <i>baseline</i>, exactly. <i>coarse_share</i> is the share of the points that comes from
figures of MSOAs and authorities, which say nothing of differences inside those.</p>
<p>c = w<sub>d</sub> B<sub>d</sub> w<sub>s</sub> B<sub>s</sub> a (z &minus; z&#772;), with w and a the weights of
dimension, sub-dimension and indicator, B the slope of the step from sums to scores between baseline and area.</p>
<p><b>What weighs</b>: beside each nominal weight the share of the spread of need (negative: the indicator pulls against
the measure), the correlation ratio, and the share of what lifts hot spots above the middle. <b>How needs combine</b>:
pairs of dimensions, hot spots of both, and how many chance would give.</p>
<p>The report works one area out in numbers, from value to score; without <i>Area</i>, the neediest.</p>
<p>Source: Aumann and Shapley 1974; Paruolo, Saisana and Saltelli 2013.</p>
<p>Example: <code>qgis_process run hyperlocalneed:explainneed -- INPUT='need.gpkg|layername=need' AREA=E01033768
REPORT=why.html OUTPUT=points.csv</code></p>"""

    def helpUrl(self) -> str:
        return help_url("certainty.md#explain-need")

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        types = QgsProcessing.SourceType
        self.addParameter(QgsProcessingParameterVectorLayer("INPUT", "Need", [types.TypeVectorPolygon]))
        words = "Its code or its whole name. Empty: the neediest area."
        self.addParameter(parameters_.text("AREA", "Area of the report", words))
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option))
        self.addParameter(parameters_.methodology())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Points of every area", types.TypeVector))
        for name, title in TABLES:
            table = QgsProcessingParameterFeatureSink(
                name, title, types.TypeVector, optional=True, createByDefault=False
            )
            self.addParameter(table)
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "REPORT", "Report of one area", "HTML files (*.html)", optional=True, createByDefault=False
            )
        )

    def packages(self, parameters: Dict[str, Any]):
        return (*REQUIRED, *PICTURES) if parameters.get("REPORT") else self.PACKAGES

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..areas import sinks, stored_result
        from ..runs import explaining

        need = self.parameterAsVectorLayer(parameters, "INPUT", context)
        methodology = self.parameterAsFile(parameters, "METHODOLOGY", context)
        options = parameters_.read_options(self, self.STEP, parameters, context)
        area = self.parameterAsString(parameters, "AREA", context)
        sinks.reporter(feedback)(0.0, "reading the result")
        result = stored_result.read(
            stored_result.source_file(need.source()),
            DEFAULT_METHODOLOGY,
            methodology=Path(methodology) if methodology else None,
        )
        asked = [name for name in ("OUTPUT", "WEIGHTS", "COMBINED", "REPORT") if parameters.get(name)]
        outputs = explaining.outputs(result, asked, options["BASELINE"], options["UNIT"], area)
        self.said = (f"Contributions in points of {options['UNIT']}, compared with: {options['BASELINE']}.",)
        return sinks.write_outputs(self, outputs, parameters, context, feedback)
