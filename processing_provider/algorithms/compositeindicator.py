"""Step 3: the parts of each composite, or any counts that do not overlap, added up over one population."""

from dataclasses import replace

from ...core.steps import composite


def compute(values):
    table, over = values.areas(), values.option("OVER")
    if values.given("NUMERATOR_FIELDS") or values.given("DENOMINATOR_FIELDS"):
        fields = values.fields("NUMERATOR_FIELDS"), values.fields("DENOMINATOR_FIELDS")
        return values.give(table, composite.add_fields(table, *fields, values.text("NAME"), over))
    scope = replace(values.told_scope(table), left_out=values.names("LEAVE_OUT"))
    return values.give(table, composite.apply(table, scope, over=over))
