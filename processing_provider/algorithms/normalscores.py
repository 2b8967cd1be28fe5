"""Step 6: each column is ranked, and the ranks spread over the standard normal distribution."""

from ...core.errors import OptionError
from ...core.steps import standardise


def compute(values):
    table, missing = values.areas(), values.option("MISSING")
    if values.given("FIELDS") and missing == "district":
        raise OptionError("MISSING: district has no part where FIELDS is given; choose exclude or median.")
    return values.give(table, standardise.apply_scores(*values.under(table, "_need"), missing=missing))
