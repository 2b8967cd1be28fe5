"""Step 6 as an algorithm: ranks with a standard normal distribution."""

from __future__ import annotations

from ...core.errors import OptionError
from .. import parameters
from ..step_base import StepAlgorithm


class NormalScores(StepAlgorithm):
    """Ranks each column and spreads the ranks over the normal distribution."""

    STEP = "normalscores"
    TAGS = ("standardise", "z score", "rank", "van der waerden")
    OUTPUT_TITLE = "Areas with normal scores"
    NOT_WITH = dict.fromkeys(("METHODOLOGY", "NODE"), "FIELDS")

    def own_parameters(self) -> list:
        return [parameters.fields("FIELDS", "Fields", "Fields to score, instead of the methodology's columns.")]

    def add(self, table, values):
        from ...core.steps import standardise

        missing = values.option("MISSING")
        if values.given("FIELDS") and missing == "district":
            raise OptionError("MISSING: district has no part where FIELDS is given; choose exclude or median.")
        table, scope = values.under(table, "_need")
        return standardise.apply_scores(table, scope, missing=missing)
