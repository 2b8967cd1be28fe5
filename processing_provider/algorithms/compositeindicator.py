"""Step 3 as an algorithm: counts that do not overlap, added up."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class CompositeIndicator(StepAlgorithm):
    """Adds up the parts of each composite, or any counts over any population."""

    STEP = "compositeindicator"
    TAGS = ("sum", "benefits", "numerator", "denominator")
    OUTPUT_TITLE = "Areas with composites"
    BY_PACK = True
    ONLY_WITH = {"NAME": "NUMERATOR_FIELDS|DENOMINATOR_FIELDS"}
    NOT_WITH = dict.fromkeys(("LEAVE_OUT", "PACK", "METHODOLOGY", "NODE"), "NUMERATOR_FIELDS|DENOMINATOR_FIELDS")

    def own_parameters(self) -> list:
        return [
            parameters.fields("NUMERATOR_FIELDS", "Numerators", "Counts to add, instead of the methodology's parts."),
            parameters.fields("DENOMINATOR_FIELDS", "Denominators", "Their populations; the largest is taken."),
            parameters.text("NAME", "Name of the sum", "The new columns start with it.", default="composite"),
            parameters.text(
                "LEAVE_OUT", "Parts to leave out", "Ids, parted by commas: parts that the table need not hold."
            ),
        ]

    def add(self, table, values):
        from dataclasses import replace

        from ...core.steps import composite

        over = values.option("OVER")
        if values.given("NUMERATOR_FIELDS") or values.given("DENOMINATOR_FIELDS"):
            numerators, denominators = values.fields("NUMERATOR_FIELDS"), values.fields("DENOMINATOR_FIELDS")
            return composite.add_fields(table, numerators, denominators, values.text("NAME"), over)
        scope = replace(values.told_scope(table), left_out=values.names("LEAVE_OUT"))
        return composite.apply(table, scope, over=over)
