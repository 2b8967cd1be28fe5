"""A list with postcodes, and the need of the place that each row is in."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class ScorePostcodes(NeedAlgorithm):
    """Joins the need layer to a list by postcode."""

    STEP = "scorepostcodes"
    PAGE = "boundaries.md#postcodes-hyperlocalneedscorepostcodes"
    TAGS = ("postcode", "client", "customer", "geocode", "match", "list")

    def definitions(self):
        return [
            p.table("INPUT", "List"),
            p.field("POSTCODE_FIELD", "Field with the postcode", optional=False),
            p.polygons("NEED", "Need", optional=False),
            p.pack(optional=False, what="Data pack with postcodes"),
            *p.options(self.STEP),
            p.sink("Scored list"),
            p.sink("Rows without an LSOA", name="UNMATCHED", optional=True),
        ]

    def compute(self, parameters, context, feedback):
        from ..runs import postcodes as postcode_scores

        values = Values(self, parameters, context, feedback)
        scored, unmatched, words = postcode_scores.score_postcodes(
            values.source("INPUT"),
            values.source("NEED"),
            values.text("POSTCODE_FIELD"),
            values.path("PACK"),
            values.advance(0.9),
            live_only=values.option("LIVE_POSTCODES_ONLY"),
        )
        values.say(words)
        return values.write_frames({"OUTPUT": scored, "UNMATCHED": unmatched}, values.advance(0.1))
