"""Step 7: indicators are summed to sub-dimensions and dimensions, or any fields to one sum."""

from ...core.steps import combine
from .combinedimensions import sum_of_fields


def compute(values):
    table, weights = values.areas(), values.optional_table("WEIGHTS")
    if values.given("FIELDS"):
        return values.give(table, sum_of_fields(table, values, weights))
    return values.give(table, combine.apply_sums(table, values.scope(), weights=weights, **values.settings()))
