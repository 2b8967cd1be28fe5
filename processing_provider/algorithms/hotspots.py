"""Ranks, deciles, hot spots and classes as an algorithm."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class HotSpots(StepAlgorithm):
    """Ranks scores and marks the neediest, in the country and within each district."""

    STEP = "hotspots"
    PAGE = "method.md#classes-and-hot-spots"
    TAGS = ("rank", "decile", "top 20", "mission critical", "priority areas")
    OUTPUT_TITLE = "Areas with hot spots"
    BY_BRANCH = False
    NOT_WITH = {"METHODOLOGY": "FIELDS"}

    def own_parameters(self) -> list:
        return [
            parameters.fields("FIELDS", "Fields", "Scores to rank, instead of the methodology's."),
            parameters.field(
                "DISTRICT_FIELD", "District", "Code of the district of each area.", default="district_code"
            ),
        ]

    def add(self, table, values):
        from ...core.steps import classify

        share, district = values.option("SHARE"), values.text("DISTRICT_FIELD")
        if values.given("FIELDS"):
            return classify.rank_fields(table, values.fields(), share=share, district=district)
        return classify.apply(table, values.scope(), share=share, district=district)

    def layer_styler(self, values, added):
        from ..style import result_style

        methodology = values.scope().methodology
        return result_style.hot_spot_styler(added.columns, methodology, values.fields(), values.option("SHARE"))
