"""How sure the ranks of a result are."""

from __future__ import annotations

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSink, QgsProcessingParameterVectorLayer

from ...core import catalogue
from .. import parameters as p
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm, help_url
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values

FOLDED = ("SPREAD", "KNOW_NOTHING", "INDICATOR_WEIGHTS", "METHODS", "SEED")


class RankCertainty(NeedAlgorithm):
    """Chances of being a hot spot, and intervals of ranks, from a finished result."""

    STEP = "rankcertainty"
    TAGS = ("uncertainty", "sensitivity", "confidence", "interval", "robust", "posterior", "monte carlo", "weights")
    NOT_WITH = {"SPREAD": ("KNOW_NOTHING=True|true|1", "DOUBT=counts"), "KNOW_NOTHING": "DOUBT=counts"}
    ONLY_WITH = {"INDICATOR_WEIGHTS": "DOUBT=weights|each|all"}
    HELP = """
<p>Draws what the data leave open, scores and ranks every draw, and counts: <i>p_hotspot</i> is the share of draws in
which an area is in the neediest fifth, <i>rank_low</i> to <i>rank_high</i> hold its rank in nine draws of ten.
<i>certainty</i> says <i>sure</i> where the chance is at least 95 % or at most 5 %, <i>likely</i> at 80 % or 20 %, else
<i>open</i>. <i>tied_with</i> counts the areas of its district whose order with it is open.</p>
<p><b>Counts.</b> &theta; ~ N(m*, V), V = 1/(1/s&sup2; + 1/t&sup2;) + (1 &minus; w)&sup2; Var(M), on the scale of
shrinkage. Figures without counts or errors are held exact, and listed in the log. Areas that share the figure of an
MSOA share its draw; which do is read from the data pack.</p>
<p><b>Weights.</b> w ~ Dirichlet(&kappa;w), &kappa; = (1 &minus; w)/(w c&sup2;) &minus; 1 at the largest weight.</p>
<p><b>What it does not say.</b> Intervals are for one area at a time, and cover the doubts named, no errors of
definition, date or coverage. Two areas whose intervals overlap may still differ. A share p of K draws is uncertain by
&radic;(p(1 &minus; p)/K).</p>
<p>Written as a layer <i>certainty</i> into the GeoPackage of the result, it is shown in the dock beside it.</p>
<p>Source: Clayton and Kaldor 1987; Goldstein and Spiegelhalter 1996; Saisana, Saltelli and Tarantola 2005.</p>
<p>Example: <code>qgis_process run hyperlocalneed:rankcertainty -- INPUT='need.gpkg|layername=need' PACK=england
DOUBT=all OUTPUT=certainty.gpkg</code></p>"""

    def helpUrl(self) -> str:
        return help_url("certainty.md#certainty-of-ranks")

    def definitions(self):
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        return [
            QgsProcessingParameterVectorLayer("INPUT", "Need", [polygons]),
            p.pack("That of the run: says which areas share a figure, and the design effects of surveys."),
            *(p.from_option(one, advanced=one.name in FOLDED) for one in catalogue.step(self.STEP).options),
            p.methodology(),
            QgsProcessingParameterFeatureSink("OUTPUT", "Certainty", polygons),
            p.sink("What moves ranks", name="MOVES", optional=True),
            p.file_out("REPORT", "Report", "HTML files (*.html)", optional=True),
        ]

    def packages(self, parameters):
        return (*REQUIRED, *PICTURES) if parameters.get("REPORT") else self.PACKAGES

    def compute(self, parameters, context, feedback):
        from ..areas import stored_result
        from ..runs import certainty

        values = Values(self, parameters, context, feedback)
        pack, report = values.path("PACK"), values.advance(1.0)
        report(0.0, "reading the result")
        path = stored_result.source_file(self.parameterAsVectorLayer(parameters, "INPUT", context).source())
        result = stored_result.read(path, DEFAULT_METHODOLOGY, pack=pack, methodology=values.path("METHODOLOGY"))
        certain = certainty.compute(result, values.options(), pack, lambda part, text: report(0.1 + 0.8 * part, text))
        self.said = tuple(certain.sentences)
        for line in certain.sentences:
            feedback.pushInfo(line)
        for line in certain.warnings:
            feedback.pushWarning(line)
        return certainty.write(self, certain, parameters, context, lambda part: report(0.9 + 0.1 * part))
