"""Step 4 as an algorithm: unreliable rates move towards their district."""

from __future__ import annotations

from dataclasses import replace

from ...core.errors import OptionError
from .. import parameters
from ..step_base import StepAlgorithm


class Shrinkage(StepAlgorithm):
    """Shrinks every indicator of the methodology, or two columns of any table, towards the district's figure."""

    STEP = "shrinkage"
    TAGS = ("empirical bayes", "small numbers", "smoothing", "district")
    OUTPUT_TITLE = "Areas with shrunk values"
    BY_PACK = True
    ONLY_WITH = {
        "DENOMINATOR_FIELD": ("NUMERATOR_FIELD", "METHOD=logit|rate|none"),
        "STANDARD_ERROR_FIELD": ("NUMERATOR_FIELD", "METHOD=mean"),
    }
    NOT_WITH = dict.fromkeys(("REGION_FIELD", "PACK", "METHODOLOGY", "NODE"), "NUMERATOR_FIELD")
    HELP = """
<p>A rate of few people varies by chance. It is moved towards the rate of its district, the more so the fewer people
it rests on and the more alike the district's areas are.</p>
<p><b>Formula</b> (logit; r events among n people): m = ln((r+&frac12;)/(n&minus;r+&frac12;)); s&sup2; =
(n+1)(n+2)/(n(r+1)(n&minus;r+1)); M = the same of the district's pooled counts; t&sup2; =
&Sigma;(m&minus;M)&sup2;/(k&minus;1) over the district's k areas; w = (1/s&sup2;)/(1/s&sup2;+1/t&sup2;); m* = w m +
(1&minus;w) M; result = e<sup>m*</sup>/(1+e<sup>m*</sup>), a proportion from 0 to 1.</p>
<p><b>By the methodology:</b> <code>&lt;id&gt;_shrunk</code> is added for every indicator; a copy where the
methodology, or the pack, does not have it shrunk (means, scores, ranks, open-ended ratios, figures of
authorities).<br> <b>Any table:</b> give numerator, denominator and district; the result is
<code>&lt;numerator&gt;_shrunk</code>, with the weight that the area's own figure kept in
<code>&lt;numerator&gt;_w</code>.</p>
<p><b>Gaps.</b> Without people at risk there is no value; a district of one area keeps its figure. An r up to
1.05 n is taken as n; above that there is no value (OVER = cap: it is taken as n as well); both are listed. With MISSING
= district, gaps take e<sup>M</sup>/(1+e<sup>M</sup>), or the mean by residents, of the district (else the region,
else all), and <code>imputed_count</code> counts them in each area.</p>
<p>Source: the technical paper, step 4 and Appendix B.</p>
<p>Example: <code>qgis_process run hyperlocalneed:shrinkage -- INPUT=claims.gpkg NUMERATOR_FIELD=claims
DENOMINATOR_FIELD=people DISTRICT_FIELD=lad23cd OUTPUT=shrunk.gpkg</code></p>"""

    def own_parameters(self) -> list:
        return [
            parameters.field(
                "DISTRICT_FIELD", "District", "Code of the district of each area.", default="district_code"
            ),
            parameters.fold(
                parameters.field(
                    "REGION_FIELD", "Region", "Used where a district has no figure.", default="region_code"
                )
            ),
            parameters.field(
                "POPULATION_FIELD", "Residents", "Weights of means over a district.", default="population"
            ),
            parameters.field("NUMERATOR_FIELD", "Numerator (or mean)", "A field to shrink, instead of the indicators."),
            parameters.field("DENOMINATOR_FIELD", "Denominator", "Its population, or exposure."),
            parameters.field("STANDARD_ERROR_FIELD", "Standard error", "Of the mean, for METHOD = mean."),
        ]

    def add(self, table, values):
        from ...core.methodology import Methodology
        from ...core.steps import shrinkage
        from ...core.table import Alias, Scope

        fields = {"district": values.text("DISTRICT_FIELD"), "over": values.option("OVER")}
        population, method, missing = values.text("POPULATION_FIELD"), values.option("METHOD"), values.option("MISSING")
        if not values.given("NUMERATOR_FIELD"):
            scope = _shrunk_by(values.told_scope(table), method)
            fields.update(region=values.text("REGION_FIELD"), population=population)
            return shrinkage.apply(table, scope, missing=missing, **fields)
        if missing != "exclude":
            raise OptionError(
                f"MISSING: {missing} fills the methodology's indicators; leave NUMERATOR_FIELD empty for that."
            )
        name = values.text("NUMERATOR_FIELD")
        columns = {name: name, fields["district"]: fields["district"]}
        if method in ("logit", "rate"):
            columns = {f"{name}_num": name, f"{name}_den": values.needed("DENOMINATOR_FIELD", "the population")}
        elif method == "mean":
            columns[f"{name}_se"] = values.needed("STANDARD_ERROR_FIELD", "the standard error of the mean")
        kind = "count" if method == "logit" else "ratio"
        scope = Scope(Methodology.of_fields([name], kind=kind, shrinkage=method))
        people = population if method == "mean" and table.holds(population) else None
        table = Alias(table, {**columns, **({people: people} if people else {})})
        added = shrinkage.apply(table, scope, population=people, **fields)
        return replace(added, columns=added.columns.assign(**{f"{name}_w": added.weights[name]}))


def _shrunk_by(scope, method: str):
    """The scope as it is for ``logit``; for ``none`` with no indicator shrunk. Other methods are for single fields."""
    if method == "logit":
        return scope
    if method != "none":
        raise OptionError(
            f"METHOD: {method} is for NUMERATOR_FIELD; the methodology says how its indicators are shrunk. "
            "Give logit for that, or none to copy them all."
        )
    nodes = tuple(replace(node, shrinkage="none") for node in scope.methodology.nodes)
    return replace(scope, methodology=replace(scope.methodology, nodes=nodes))
