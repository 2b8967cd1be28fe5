"""Step 5: indicators whose high values mean less need are turned round, so that high means need everywhere."""

from ...core.steps import standardise


def compute(values):
    table = values.areas()
    if values.given("FIELDS"):
        values.needed("DIRECTION", "what a high value of the fields means, need or less")
        chosen = values.under(table, "_shrunk", direction=values.option("DIRECTION"))
    else:
        chosen = table, values.told_scope(table)
    return values.give(table, standardise.apply_direction(*chosen))
