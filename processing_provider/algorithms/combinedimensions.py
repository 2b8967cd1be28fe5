"""Step 9 as an algorithm: the dimensions, weighted and summed to the overall measure."""

from __future__ import annotations

from .. import parameters
from ..steps.steps_base import StepAlgorithm


class CombineDimensions(StepAlgorithm):
    """Weighs the transformed dimensions and sums them."""

    STEP = "combinedimensions"
    TAGS = ("overall", "composite", "weights", "index")
    OUTPUT_TITLE = "Areas with the overall measure"
    BY_BRANCH = False
    HELP = """
<p><b>Formula.</b> <code>composite</code> = &Sigma; w X over the dimensions (the paper: 0.225 four times, 0.1 for
clean energy); <code>need_score</code> = X of the composite's ascending rank / number of areas, from 0 to 100: the
published score.</p>
<p><b>By the methodology:</b> from <code>&lt;dimension&gt;_exp</code>; WEIGHTS, a table with <code>node</code> and
<code>weight</code>, goes before the methodology's weights.<br><b>Any table:</b> the (weighted) sum of the fields
that you give, under the name that you give.</p>
<p><b>Gaps.</b> An area that lacks a dimension has no overall score, and still counts among the areas. A dimension
that the table lacks is an error. <b>Ties</b> share their average rank.</p>
<p>Source: the technical paper, steps 8 and 9, Appendix C.</p>
<p>Example: <code>qgis_process run hyperlocalneed:combinedimensions -- INPUT=dimensions.gpkg WEIGHTS=weights.csv
OUTPUT=need.gpkg</code></p>"""

    def own_parameters(self) -> list:
        return [
            parameters.fields("FIELDS", "Fields", "Fields to sum, instead of the methodology's dimensions."),
            parameters.text("NAME", "Name of the sum", "Used with FIELDS.", default="composite"),
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
        return table_steps.combine_dimensions(table, scope)
