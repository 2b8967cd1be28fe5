"""A list with postcodes, and the need of the place that each row is in."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class ScorePostcodes(NeedAlgorithm):
    """Joins the need layer to a list by postcode."""

    STEP = "scorepostcodes"
    TAGS = ("postcode", "client", "customer", "geocode", "match", "list")
    HELP = """
<p>Postcodes are read in any case and spacing. Each row gets the LSOA that its postcode lies in, and that LSOA's need:
scores, ranks, decile, hot spots, class, district. <i>postcode_match</i> says what was found: matched, terminated
(matched to where it was), not a postcode, empty, or in no LSOA. Nothing is guessed.</p>
<p>The list stays where it is: rows are written to the outputs that you name and nowhere else, the log holds counts
alone, and no geometry is written.</p>
<p>Example: <code>qgis_process run hyperlocalneed:scorepostcodes -- INPUT=clients.csv POSTCODE_FIELD=postcode
NEED='need.gpkg|layername=need' PACK=england OUTPUT=clients_need.csv UNMATCHED=unmatched.csv</code></p>"""

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
        from ..io import destination
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
        for line in words:
            feedback.pushInfo(line)
        outputs = {"OUTPUT": scored, "UNMATCHED": unmatched}
        return destination.write_frames(self, outputs, parameters, context, values.advance(0.1))
