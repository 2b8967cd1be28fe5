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
        from ..io.feature_table import FeatureTable
        from ..runs import overlap as overlap_cache
        from ..runs import point_overlap
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
