"""Step 7 as an algorithm: indicators are summed to sub-dimensions and dimensions."""

from __future__ import annotations

from ..sum_base import SumAlgorithm


class CombineIndicators(SumAlgorithm):
    """Sums the parts of each sub-dimension or dimension, or any fields."""

    STEP = "combineindicators"
    TAGS = ("sum", "weights", "aggregate", "dimension", "domain")
    OUTPUT_TITLE = "Areas with sums"
    NOT_WITH = dict.fromkeys(("LEVEL", "MISSING_INDICATORS", "METHODOLOGY", "NODE"), "FIELDS")
    HELP = """
<p><b>Formula.</b> sum of z where weights are equal; &Sigma; w z where they are given or fitted, w summing to 1.</p>
<p><b>By the methodology:</b> LEVEL sub_dimension adds <code>&lt;sub-dimension&gt;_sum</code> from
<code>&lt;id&gt;_z</code>; LEVEL dimension adds <code>&lt;dimension&gt;_sum</code> from
<code>&lt;sub-dimension&gt;_exp</code>, or from <code>&lt;id&gt;_z</code> where a dimension has no sub-dimensions.
WEIGHTS, a table with <code>node</code> and <code>weight</code> such as <i>Indicator weights</i> makes, goes before
the methodology's: change <code>weight</code>, and nothing else, to weigh otherwise. Under each parent weights sum to 1;
where all are alike the sum is plain. A part without a row, an id that is not known and an empty or negative weight
are errors.<br> <b>Any
table:</b> the sum of the fields that you give, under the name that you give; WEIGHTS names the fields.</p>
<p><b>Gaps.</b> An area that lacks a part has no sum. A part that the table lacks altogether is an error, unless you
choose to leave such parts out; they are then listed.</p>
<p>Source: the technical paper, step 7.</p>
<p>Example: <code>qgis_process run hyperlocalneed:combineindicators -- INPUT=scores.gpkg FIELDS=income_z
FIELDS=skills_z NAME=prospects OUTPUT=sums.gpkg</code></p>"""

    def combine(self, table, values, weights):
        from ...core.steps import combine

        choices = {"level": values.option("LEVEL"), "missing_indicators": values.option("MISSING_INDICATORS")}
        return combine.apply_sums(table, values.scope(), weights=weights, **choices)
