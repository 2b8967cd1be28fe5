"""Step 9 as an algorithm: the dimensions, weighted and summed to the overall measure."""

from __future__ import annotations

from ..sum_base import SumAlgorithm


class CombineDimensions(SumAlgorithm):
    """Weighs the transformed dimensions and sums them."""

    STEP = "combinedimensions"
    TAGS = ("overall", "composite", "weights", "index")
    OUTPUT_TITLE = "Areas with the overall measure"
    BY_BRANCH = False
    PARTS = "dimensions"
    SUM = "composite"
    NOT_WITH = dict.fromkeys(("METHODOLOGY", "DIVISOR"), "FIELDS")
    HELP = """
<p><b>Formula.</b> <code>composite</code> = &Sigma; w X over the dimensions (the paper: 0.225 four times, 0.1 for
clean energy); <code>need_score</code> = X of the composite's ascending rank / (ranked areas + 1), at most all areas,
from 0 to 100: the published score. DIVISOR = all divides by all areas, ranked or not.</p>
<p><b>By the methodology:</b> from <code>&lt;dimension&gt;_exp</code>; WEIGHTS, a table with <code>node</code> and
<code>weight</code> and a row for each dimension, goes before the methodology's weights.<br><b>Any table:</b> the
(weighted) sum of the fields that you give, under the name that you give.</p>
<p><b>Gaps.</b> An area that lacks a dimension has no overall score. A dimension
that the table lacks is an error. <b>Ties</b> share their average rank.</p>
<p>Source: the technical paper, steps 8 and 9, Appendix C.</p>
<p>Example: <code>qgis_process run hyperlocalneed:combinedimensions -- INPUT=dimensions.gpkg WEIGHTS=weights.csv
OUTPUT=need.gpkg</code></p>"""

    def combine(self, table, values, weights):
        from ...core.steps import combine

        return combine.apply_dimensions(table, values.scope(), weights=weights, divisor=values.option("DIVISOR"))
