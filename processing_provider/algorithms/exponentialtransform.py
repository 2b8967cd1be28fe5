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
