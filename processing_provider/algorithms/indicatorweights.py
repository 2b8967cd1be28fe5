"""Step 7's weights as a table: equal, given, or from factor analysis of normal scores."""

from ...core.errors import OptionError
from ...core.steps.weights import indicator_weights
from ..values import WRITING


def compute(values):
    table, method = values.areas(), values.option("METHOD")
    if values.given("FIELDS") and method == "given":
        raise OptionError(
            "METHOD: a methodology gives weights of its own indicators only; choose equal or maximum_likelihood."
        )
    weights = indicator_weights(*values.under(table, "_z"), method=method)
    return values.write_frames({"OUTPUT": weights.set_index("node")}, values.advance(WRITING))
