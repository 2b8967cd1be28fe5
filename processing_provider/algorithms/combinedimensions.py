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

    def combine(self, table, values, weights):
        from ...core.steps import combine

        return combine.apply_dimensions(table, values.scope(), weights=weights, divisor=values.option("DIVISOR"))
