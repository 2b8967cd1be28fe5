"""Step 5 as an algorithm: high comes to mean need everywhere."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class Orient(StepAlgorithm):
    """Turns round the indicators whose high values mean less need."""

    STEP = "orient"
    TAGS = ("direction", "polarity", "reverse", "invert")
    OUTPUT_TITLE = "Areas with turned values"
    BY_PACK = True
    ONLY_WITH = {"DIRECTION": "FIELDS"}
    NOT_WITH = dict.fromkeys(("PACK", "METHODOLOGY", "NODE"), "FIELDS")

    def own_parameters(self) -> list:
        return [parameters.fields("FIELDS", "Fields", "Fields to turn, instead of the methodology's columns.")]

    def add(self, table, values):
        from ...core.steps import standardise

        if not values.given("FIELDS"):
            return standardise.apply_direction(table, values.told_scope(table))
        values.needed("DIRECTION", "what a high value of the fields means, need or less")
        return standardise.apply_direction(*values.under(table, "_shrunk", direction=values.option("DIRECTION")))
