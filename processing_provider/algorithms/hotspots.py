"""Ranks, deciles, hot spots and classes: the neediest are marked, in the country and within each district."""

from ...core.steps import classify
from ..style import result_style


def compute(values):
    table, fields = values.areas(), values.fields()
    options = {"share": values.option("SHARE"), "district": values.text("DISTRICT_FIELD")}
    if values.given("FIELDS"):
        added = classify.rank_fields(table, fields, **options)
    else:
        added = classify.apply(table, values.scope(), **options)
    styler = result_style.hot_spot_styler(added.columns, values.methodology(), fields, options["share"])
    return values.give(table, added, styler)
