"""Step 8: the ranks of scores get an exponential distribution from 0 to 100."""

from ...core.steps import standardise


def compute(values):
    table = values.areas()
    options = {"constant": values.option("CONSTANT"), "divisor": values.option("DIVISOR")}
    chosen = values.under(table, "_sum", level="dimension")
    return values.give(table, standardise.apply_exponential(*chosen, total=values.integer("TOTAL"), **options))
