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
    HELP = """
<p><b>Formula.</b> z = &Phi;<sup>&minus;1</sup>(rank / (n+1)), rank ascending (1 = lowest need), n = areas with a
value; without a unit, the middle of the areas at 0.</p>
<p><b>By the methodology:</b> <code>&lt;id&gt;_z</code> is made from <code>&lt;id&gt;_need</code>.<br> <b>Any
table:</b> the fields that you give, as <code>&lt;field&gt;_z</code>.</p>
<p><b>Ties</b> share their average rank. <b>Gaps</b> stay gaps; with MISSING = median they become 0, and
<code>imputed_count</code> counts them in each area (MISSING = district is done by the step <i>Shrink towards the
district</i>, and nothing is left to do here).</p>
<p>Source: the technical paper, step 6.</p>
<p>Example: <code>qgis_process run hyperlocalneed:normalscores -- INPUT=rates.gpkg FIELDS=claim_rate
OUTPUT=scores.gpkg</code></p>"""

    def own_parameters(self) -> list:
        return [parameters.fields("FIELDS", "Fields", "Fields to score, instead of the methodology's columns.")]

    def add(self, table, values):
        from ...core.steps import standardise

        missing = values.option("MISSING")
        if values.given("FIELDS") and missing == "district":
            raise OptionError("MISSING: district has no part where FIELDS is given; choose exclude or median.")
        table, scope = values.under(table, "_need")
        return standardise.apply_scores(table, scope, missing=missing)
