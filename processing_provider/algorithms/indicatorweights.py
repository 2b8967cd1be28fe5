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
