"""Step 9: the transformed dimensions, weighted and summed to the overall measure."""

from ...core.steps import combine
from ...core.table import Added


def compute(values):
    table, weights = values.areas(), values.optional_table("WEIGHTS")
    if values.given("FIELDS"):
        return values.give(table, sum_of_fields(table, values, weights))
    divisor = values.option("DIVISOR")
    return values.give(table, combine.apply_dimensions(table, values.scope(), weights=weights, divisor=divisor))


def sum_of_fields(table, values, weights):
    """Any fields summed to one, instead of the methodology's parts."""
    added = combine.apply_dimensions(*values.under(table, "_exp", level="dimension"), weights=weights)
    return Added(added.columns[["composite"]].set_axis([values.text("NAME")], axis=1), added.notes)
