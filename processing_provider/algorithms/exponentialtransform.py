"""Step 8 as an algorithm: ranks with an exponential distribution."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterNumber

from .. import parameters
from ..step_base import StepAlgorithm


class ExponentialTransform(StepAlgorithm):
    """Gives the ranks of scores an exponential distribution from 0 to 100."""

    STEP = "exponentialtransform"
    TAGS = ("rank", "transform", "score", "cancellation")
    OUTPUT_TITLE = "Areas with transformed scores"
    DEFERRED = ("CONSTANT",)
    NOT_WITH = dict.fromkeys(("METHODOLOGY", "NODE"), "FIELDS")
    HELP = """
<p><b>Formula.</b> X(R) = &minus;c ln(1 &minus; R (1 &minus; e<sup>&minus;100/c</sup>)), R = ascending rank /
min(n + 1, T), n areas being ranked, T in all; c = 23. X runs from 0 (lowest need) to 100, and half of it lies in the
neediest tenth, so that high need in one dimension is not cancelled by low need in another.</p>
<p><b>By the methodology:</b> <code>&lt;node&gt;_exp</code> is made from every <code>&lt;node&gt;_sum</code> that
has none yet.<br><b>Any table:</b> the fields that you give (high = need), as <code>&lt;field&gt;_exp</code>.</p>
<p><b>Ties</b> share their average rank. <b>Gaps</b> stay gaps. DIVISOR = all divides by T, ranked or not. If the
table is a part of the country, ranks, n and T are those of the part; give TOTAL, with DIVISOR = all, only where ranks
outside it are known to be lower.</p>
<p>Source: the technical paper, step 8 and Appendix C.</p>
<p>Example: <code>qgis_process run hyperlocalneed:exponentialtransform -- INPUT=sums.gpkg FIELDS=prospects
OUTPUT=transformed.gpkg</code></p>"""

    def own_parameters(self) -> list:
        total = QgsProcessingParameterNumber(
            "TOTAL", "Number of areas in all (empty: the rows of the table)", optional=True
        )
        total.setMinimum(1)
        total.setHelp(
            "With DIVISOR = all: T, by which ranks are divided, such as the areas of the whole country where the table "
            "holds a part."
        )
        return [parameters.fields("FIELDS", "Fields", "Fields to transform, instead of the methodology's sums."), total]

    def add(self, table, values):
        from ...core.steps import standardise

        constant, total, divisor = values.option("CONSTANT"), values.integer("TOTAL"), values.option("DIVISOR")
        table, scope = values.under(table, "_sum", level="dimension")
        return standardise.apply_exponential(table, scope, constant=constant, total=total, divisor=divisor)
