"""Step 7's weights as an algorithm: equal, given, or from factor analysis."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class IndicatorWeights(StepAlgorithm):
    """Makes a table of weights from normal scores."""

    STEP = "indicatorweights"
    TAGS = ("factor analysis", "maximum likelihood", "loadings", "weights")
    INPUT_TITLE = "Areas with normal scores"
    OUTPUT_TITLE = "Weights"
    OUTPUT_WORDS = "A row for each indicator, with its parent and its weight."
    NOT_WITH = dict.fromkeys(("METHODOLOGY", "NODE"), "FIELDS")
    HELP = """
<p>The result has a row for each indicator: <code>node</code>, <code>parent</code>, <code>weighting</code>,
<code>weight</code> (those under one parent sum to 1), and for factor analysis <code>loading</code>,
<code>uniqueness</code> and <code>variance_share</code> (the part of the variance of the parent's indicators that
the factor explains). <i>Combine indicators</i> takes it as WEIGHTS.</p>
<p><b>Equal:</b> 1/k. <b>As the methodology says:</b> its own weighting for each parent. <b>Maximum likelihood:</b>
one factor is fitted to the correlations of the normal scores; weight = loading / sum of loadings.</p>
<p>Factor analysis is refused, with the reason, below three indicators, where an indicator never varies, and where
loadings differ in sign. Areas that lack a value are left out of it. Choose a branch of the methodology to weigh one
sub-dimension alone.</p>
<p>Source: the technical paper, step 7.</p>
<p>Example: <code>qgis_process run hyperlocalneed:indicatorweights -- INPUT=scores.gpkg METHOD=maximum_likelihood
NODE=quality_jobs OUTPUT=weights.csv</code></p>"""

    def own_parameters(self) -> list:
        return [
            parameters.fields("FIELDS", "Fields", "Standard scores to weigh, instead of the methodology's columns.")
        ]

    def compute(self, arguments, context, feedback):
        from ...core.errors import OptionError
        from ...core.steps.weights import indicator_weights
        from ..io.feature_table import FeatureTable
        from ..step_base import Values

        values = Values(self, arguments, context, feedback)
        table, method = values.areas("INPUT"), values.option("METHOD")
        if values.given("FIELDS") and method == "given":
            raise OptionError(
                "METHOD: a methodology gives weights of its own indicators only; choose equal or maximum_likelihood."
            )
        weights = indicator_weights(*values.under(table, "_z"), method=method)
        made = FeatureTable.of_frame("weights", weights.set_index("node"))
        return {"OUTPUT": values.write("OUTPUT", made, weights.iloc[:, :0])}
