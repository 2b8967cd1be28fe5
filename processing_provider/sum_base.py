"""What the two algorithms that sum share: the methodology's parts or any fields, with weights of a table or without."""

from __future__ import annotations

from . import parameters
from .step_base import StepAlgorithm


class SumAlgorithm(StepAlgorithm):
    """A weighted or plain sum; a subclass gives its words and ``combine``, the sums of the methodology."""

    PARTS = "columns"
    SUM = "sum"
    ONLY_WITH = {"NAME": "FIELDS"}

    def own_parameters(self) -> list:
        return [
            parameters.fields("FIELDS", "Fields", f"Fields to sum, instead of the methodology's {self.PARTS}."),
            parameters.text("NAME", "Name of the sum", "Used with FIELDS.", default=self.SUM),
            parameters.table("WEIGHTS", "Weights", "A table with the fields node and weight.", optional=True),
        ]

    def combine(self, table, values, weights):
        """The sums that the methodology asks for, done by the core."""
        raise NotImplementedError

    def add(self, table, values):
        from ..core.tables import field_steps, table_weights

        weights = values.optional_table("WEIGHTS")
        if values.given("FIELDS"):
            given = None if weights is None else table_weights.read_weights(weights)
            return field_steps.sum_fields(table, values.fields(), values.text("NAME"), given)
        return self.combine(table, values, weights)
