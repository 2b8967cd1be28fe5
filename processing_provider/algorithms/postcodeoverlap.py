"""Step 1's overlap table as an algorithm: postcodes in both of two areas."""

from __future__ import annotations

from ...core import catalogue
from .. import parameters
from ..base import NeedAlgorithm


class PostcodeOverlap(NeedAlgorithm):
    """Locates postcodes in the polygons of two sets of areas and counts each pair."""

    STEP = "postcodeoverlap"
    TAGS = ("point in polygon", "postcode", "crosswalk", "lookup", "convert")
    ONLY_WITH = dict.fromkeys(("LIVE_FIELD", "SOURCE", "SOURCE_FIELD", "TARGET", "TARGET_FIELD"), "INPUT")
    NOT_WITH = {"PACK": "INPUT"}
    HELP = """
<p><b>Result.</b> A table without geometry, a row for each pair of areas that share postcodes: <code>source</code>,
<code>target</code>, <code>postcodes</code>, sorted by code.</p>
<p><b>From a pack:</b> its postcodes in its Output Areas of 2011 (source) and LSOAs of 2021 (target).<br> <b>Any
layers:</b> points, and two layers of polygons with their codes. Reference systems may differ; points are
reprojected. Invalid polygons are repaired. A point on a border goes to the lowest code of the areas that it
touches.</p>
<p>Live postcodes count; a source area without a live one uses all of its own. Points in no polygon are counted in
the log and left out; a layer without a reference system is an error.</p>
<p>Source: the technical paper, step 1.</p>
<p>Example: <code>qgis_process run hyperlocalneed:postcodeoverlap -- PACK=england OUTPUT=overlap.csv</code></p>"""

    def initAlgorithm(self, configuration=None) -> None:
        p = parameters
        for definition in (
            p.pack("Takes postcodes and polygons from a pack."),
            p.points("INPUT", "Postcodes, instead of a pack", "Points."),
            p.field("LIVE_FIELD", "Live", "1 where a postcode is live; empty: all are.", numeric=True),
            p.polygons("SOURCE", "Source areas", "Polygons of the areas that the figures are published for."),
            p.field("SOURCE_FIELD", "Code of the source areas", "Field of the source areas.", parent="SOURCE"),
            p.polygons("TARGET", "Target areas", "Polygons of the LSOAs."),
            p.field("TARGET_FIELD", "Code of the target areas", "Field of the target areas.", parent="TARGET"),
        ):
            self.addParameter(definition)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(p.from_option(option))
        self.addParameter(p.sink("Overlap", "A table: source, target and the postcodes in both."))

    def compute(self, arguments, context, feedback):
        from ..geometry import point_overlap
        from ..io.feature_table import FeatureTable
        from ..runs import overlap as overlap_cache
        from ..step_base import READING, Values

        values = Values(self, arguments, context, feedback)
        live_only = values.option("LIVE_POSTCODES_ONLY")
        if values.given("INPUT"):
            pairs, notes = point_overlap.count(values, live_only=live_only)
            values.tell(notes)
        else:
            with values.pack() as pack:
                pairs = overlap_cache.make(pack, values.advance(READING), live_only=live_only)
        made = FeatureTable.of_frame("overlap", pairs.set_index("source"))
        return {"OUTPUT": values.write("OUTPUT", made, pairs.iloc[:, :0])}
