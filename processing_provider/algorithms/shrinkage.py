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
