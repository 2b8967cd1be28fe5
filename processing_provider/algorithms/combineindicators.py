"""Step 7 as an algorithm: indicators are summed to sub-dimensions and dimensions."""

from __future__ import annotations

from ..sum_base import SumAlgorithm


class CombineIndicators(SumAlgorithm):
    """Sums the parts of each sub-dimension or dimension, or any fields."""

    STEP = "combineindicators"
    TAGS = ("sum", "weights", "aggregate", "dimension", "domain")
    OUTPUT_TITLE = "Areas with sums"
    NOT_WITH = dict.fromkeys(("LEVEL", "MISSING_INDICATORS", "METHODOLOGY", "NODE"), "FIELDS")

    def combine(self, table, values, weights):
        from ...core.steps import combine

        choices = {"level": values.option("LEVEL"), "missing_indicators": values.option("MISSING_INDICATORS")}
        return combine.apply_sums(table, values.scope(), weights=weights, **choices)
