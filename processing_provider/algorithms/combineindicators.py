"""Step 7 as an algorithm: indicators are summed to sub-dimensions and dimensions."""

from __future__ import annotations

from .. import parameters
from ..steps.steps_base import StepAlgorithm


class CombineIndicators(StepAlgorithm):
    """Sums the parts of each sub-dimension or dimension, or any fields."""

    STEP = "combineindicators"
    TAGS = ("sum", "weights", "aggregate", "dimension", "domain")
    OUTPUT_TITLE = "Areas with sums"
    HELP = """
<p><b>Formula.</b> sum of z where weights are equal; &Sigma; w z where they are given or fitted, w summing to 1.</p>
<p><b>By the methodology:</b> LEVEL sub_dimension adds <code>&lt;sub-dimension&gt;_sum</code> from
<code>&lt;id&gt;_z</code>; LEVEL dimension adds <code>&lt;dimension&gt;_sum</code> from
<code>&lt;sub-dimension&gt;_exp</code>, or from <code>&lt;id&gt;_z</code> where a dimension has no sub-dimensions.
WEIGHTS, a table with <code>node</code> and <code>weight</code>, goes before the methodology's weights.<br> <b>Any
table:</b> the sum of the fields that you give, under the name that you give; WEIGHTS names the fields.</p>
<p><b>Gaps.</b> An area that lacks a part has no sum. A part that the table lacks altogether is an error, unless you
choose to leave such parts out; they are then listed.</p>
<p>Source: the technical paper, step 7.</p>
<p>Example: <code>qgis_process run hyperlocalneed:combineindicators -- INPUT=scores.gpkg FIELDS=income_z
FIELDS=skills_z NAME=prospects OUTPUT=sums.gpkg</code></p>"""

    def own_parameters(self) -> list:
        return [
            parameters.fields("FIELDS", "Fields", "Fields to sum, instead of the methodology's columns."),
            parameters.text("NAME", "Name of the sum", "Used with FIELDS.", default="sum"),
            parameters.table("WEIGHTS", "Weights", "A table with the fields node and weight.", optional=True),
        ]

    def add(self, table, values):
        from dataclasses import replace

        from ...core.tables import field_steps, table_steps, table_weights

        weights = values.optional_table("WEIGHTS")
        if values.given("FIELDS"):
            given = None if weights is None else table_weights.read_weights(weights)
            return field_steps.sum_fields(table, values.fields(), values.text("NAME"), given)
        scope = values.scope()
        if weights is not None:
            scope = replace(scope, methodology=table_weights.weighted(scope.methodology, weights))
        return table_steps.combine_indicators(
            table, scope, level=values.option("LEVEL"), missing_indicators=values.option("MISSING_INDICATORS")
        )
