"""Step 3 as an algorithm: counts that do not overlap, added up."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class CompositeIndicator(StepAlgorithm):
    """Adds up the parts of each composite, or any counts over any population."""

    STEP = "compositeindicator"
    TAGS = ("sum", "benefits", "numerator", "denominator")
    OUTPUT_TITLE = "Areas with composites"
    BY_PACK = True
    ONLY_WITH = {"NAME": "NUMERATOR_FIELDS|DENOMINATOR_FIELDS"}
    NOT_WITH = dict.fromkeys(("LEAVE_OUT", "PACK", "METHODOLOGY", "NODE"), "NUMERATOR_FIELDS|DENOMINATOR_FIELDS")
    HELP = """
<p><b>Formula.</b> numerator = sum of the parts' numerators; denominator = the largest of the parts' populations;
value = numerator / denominator, a proportion from 0 to 1.</p>
<p><b>By the methodology:</b> for every composite of which the table holds parts (<code>&lt;part&gt;_num</code>,
<code>&lt;part&gt;_den</code>), the columns <code>&lt;id&gt;_num</code>, <code>&lt;id&gt;_den</code>,
<code>&lt;id&gt;</code> and <code>&lt;id&gt;_provenance</code> are added. A composite that is there already stays as
it is.<br> <b>Any table:</b> give numerators, denominators and a name.</p>
<p><b>Gaps.</b> An area that lacks one part has no value: part of a sum would read as low need. A part that the
table lacks altogether is an error, unless you list it to do without it; so are parts that no area has all of.</p>
<p><b>Impossible counts.</b> A numerator up to 5 % above its denominator is taken as equal; above that there is no
value (OVER = cap: it is taken as equal as well). Both are listed, for the parts and for the sum.</p>
<p>Source: the technical paper, step 3.</p>
<p>Example: <code>qgis_process run hyperlocalneed:compositeindicator -- INPUT=benefits.csv
NUMERATOR_FIELDS=claimants NUMERATOR_FIELDS=carers DENOMINATOR_FIELDS=residents NAME=out_of_work
OUTPUT=sum.csv</code></p>"""

    def own_parameters(self) -> list:
        return [
            parameters.fields("NUMERATOR_FIELDS", "Numerators", "Counts to add, instead of the methodology's parts."),
            parameters.fields("DENOMINATOR_FIELDS", "Denominators", "Their populations; the largest is taken."),
            parameters.text("NAME", "Name of the sum", "The new columns start with it.", default="composite"),
            parameters.text(
                "LEAVE_OUT", "Parts to leave out", "Ids, parted by commas: parts that the table need not hold."
            ),
        ]

    def add(self, table, values):
        from dataclasses import replace

        from ...core.steps import composite

        over = values.option("OVER")
        if values.given("NUMERATOR_FIELDS") or values.given("DENOMINATOR_FIELDS"):
            numerators, denominators = values.fields("NUMERATOR_FIELDS"), values.fields("DENOMINATOR_FIELDS")
            return composite.add_fields(table, numerators, denominators, values.text("NAME"), over)
        scope = replace(values.told_scope(table), left_out=values.names("LEAVE_OUT"))
        return composite.apply(table, scope, over=over)
