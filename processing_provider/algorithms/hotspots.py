"""Ranks, deciles, hot spots and classes as an algorithm."""

from __future__ import annotations

from .. import parameters
from ..step_base import StepAlgorithm


class HotSpots(StepAlgorithm):
    """Ranks scores and marks the neediest, in the country and within each district."""

    STEP = "hotspots"
    TAGS = ("rank", "decile", "top 20", "mission critical", "priority areas")
    OUTPUT_TITLE = "Areas with hot spots"
    BY_BRANCH = False
    NOT_WITH = {"METHODOLOGY": "FIELDS"}
    HELP = """
<p><b>Formula.</b> rank 1 = highest need; decile = ceil(10 rank / n); hot spot = rank within the top share of n
(0.2: the paper's top 20 %), n = areas with a score. The same within each district. Class of the overall score:
above 80 <i>Mission critical</i>, above 40 <i>Mission priority</i>, else <i>Mission support</i>.</p>
<p><b>By the methodology:</b> from <code>composite</code>, <code>need_score</code> and
<code>&lt;dimension&gt;_exp</code> come the columns of the layer <i>need</i>: <code>&lt;dimension&gt;_score</code>,
<code>_rank</code>, <code>_hotspot</code>, <code>need_rank</code>, <code>need_decile</code>, <code>hotspot</code>,
<code>mission_class</code>, <code>need_rank_district</code>, <code>need_decile_district</code>,
<code>hotspot_district</code>, <code>unranked_reason</code>.<br><b>Any table:</b> <code>&lt;field&gt;_rank</code>,
<code>&lt;field&gt;_decile</code>, <code>&lt;field&gt;_hotspot</code> of the fields that you give (high = need), and
with a district field the same with <code>_district</code> behind.</p>
<p><b>Ties</b> share the lowest rank, on 12 significant digits. <b>Gaps</b> are unranked: NULL.</p>
<p>Source: the technical paper, Analysis and outcomes.</p>
<p>Example: <code>qgis_process run hyperlocalneed:hotspots -- INPUT=scores.gpkg FIELDS=prospects_exp SHARE=0.1
DISTRICT_FIELD=lad23cd OUTPUT=hotspots.gpkg</code></p>"""

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
        return result_style.dress_hot_spots(added.columns, methodology, values.fields(), values.option("SHARE"))
