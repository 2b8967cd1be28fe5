"""Why every area of a result has its score."""

from __future__ import annotations

from qgis.core import QgsProcessing, QgsProcessingParameterVectorLayer

from .. import parameters as p
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm, help_url
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values

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

    def definitions(self):
        return [
            QgsProcessingParameterVectorLayer("INPUT", "Need", [QgsProcessing.SourceType.TypeVectorPolygon]),
            p.text("AREA", "Area of the report", "Its code or its whole name. Empty: the neediest area."),
            *p.options(self.STEP),
            p.methodology(),
            p.sink("Points of every area"),
            *(p.sink(title, name=name, optional=True) for name, title in TABLES),
            p.file_out("REPORT", "Report of one area", "HTML files (*.html)", optional=True),
        ]

    def packages(self, parameters):
        return (*REQUIRED, *PICTURES) if parameters.get("REPORT") else self.PACKAGES

    def compute(self, parameters, context, feedback):
        from ..areas import stored_result
        from ..io import destination
        from ..runs import explaining

        values = Values(self, parameters, context, feedback)
        options, report = values.options(), values.advance(1.0)
        report(0.0, "reading the result")
        path = stored_result.source_file(self.parameterAsVectorLayer(parameters, "INPUT", context).source())
        result = stored_result.read(path, DEFAULT_METHODOLOGY, methodology=values.path("METHODOLOGY"))
        asked = [name for name in ("OUTPUT", "WEIGHTS", "COMBINED", "REPORT") if parameters.get(name)]
        outputs = explaining.outputs(result, asked, options["BASELINE"], options["UNIT"], values.text("AREA") or "")
        self.said = (f"Contributions in points of {options['UNIT']}, compared with: {options['BASELINE']}.",)
        return destination.write_frames(self, outputs, parameters, context, report)
