"""Step 5 as an algorithm: high comes to mean need everywhere."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class Orient(StepAlgorithm):
    """Turns round the indicators whose high values mean less need."""

    STEP = "orient"
    TAGS = ("direction", "polarity", "reverse", "invert")
    OUTPUT_TITLE = "Areas with turned values"
    BY_PACK = True
    ONLY_WITH = {"DIRECTION": "FIELDS"}
    NOT_WITH = dict.fromkeys(("PACK", "METHODOLOGY", "NODE"), "FIELDS")
    HELP = """
<p><b>Formula.</b> need = v where a high value means need, &minus;v where it means less; the unit stays.</p>
<p><b>By the methodology:</b> <code>&lt;id&gt;_need</code> is made from <code>&lt;id&gt;_shrunk</code> in the
direction that the methodology gives, or the pack where it says <code>high_is</code>: a pack may hold a substitute
that runs the other way.<br><b>Any table:</b> give fields and what a high value means; the results are
<code>&lt;field&gt;_need</code>.</p>
<p><b>Gaps</b> stay gaps; ties stay ties.</p>
<p>Source: the technical paper, step 5.</p>
<p>Example: <code>qgis_process run hyperlocalneed:orient -- INPUT=incomes.csv FIELDS=median_income DIRECTION=less
OUTPUT=turned.csv</code></p>"""

    def own_parameters(self) -> list:
        return [parameters.fields("FIELDS", "Fields", "Fields to turn, instead of the methodology's columns.")]

    def add(self, table, values):
        from ...core.steps import standardise

        if not values.given("FIELDS"):
            return standardise.apply_direction(table, values.told_scope(table))
        values.needed("DIRECTION", "what a high value of the fields means, need or less")
        return standardise.apply_direction(*values.under(table, "_shrunk", direction=values.option("DIRECTION")))
