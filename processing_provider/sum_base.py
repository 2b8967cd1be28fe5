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
        weights = values.optional_table("WEIGHTS")
        if not values.given("FIELDS"):
            return self.combine(table, values, weights)
        from ..core.steps import combine
        from ..core.table import Added

        added = combine.apply_dimensions(*values.under(table, "_exp", level="dimension"), weights=weights)
        return Added(added.columns[["composite"]].set_axis([values.text("NAME")], axis=1), added.notes)
