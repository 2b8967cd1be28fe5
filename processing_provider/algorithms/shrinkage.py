"""Step 4: unreliable rates, of every indicator or of two columns of any table, move towards their district's figure."""

from dataclasses import replace

from ...core.errors import OptionError
from ...core.methodology import Methodology
from ...core.steps import shrinkage
from ...core.table import Alias, Scope


def compute(values):
    table = values.areas()
    fields = {"district": values.text("DISTRICT_FIELD"), "over": values.option("OVER")}
    population, method, missing = values.text("POPULATION_FIELD"), values.option("METHOD"), values.option("MISSING")
    if not values.given("NUMERATOR_FIELD"):
        scope = _shrunk_by(values.told_scope(table), method)
        fields.update(region=values.text("REGION_FIELD"), population=population)
        return values.give(table, shrinkage.apply(table, scope, missing=missing, **fields))
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
    renamed = Alias(table, {**columns, **({people: people} if people else {})})
    added = shrinkage.apply(renamed, scope, population=people, **fields)
    return values.give(table, replace(added, columns=added.columns.assign(**{f"{name}_w": added.weights[name]})))


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
