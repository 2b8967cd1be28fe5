"""Step 1 as an algorithm, from the LSOAs of 2011 to those of 2021."""

from __future__ import annotations

from ..runs.conversion import ConversionAlgorithm


class RebaseLsoa(ConversionAlgorithm):
    """Carries figures from one year's LSOAs to the other's by the exact-fit lookup."""

    STEP = "rebaselsoa"
    TAGS = ("2011", "2021", "exact fit", "convert", "boundary change")
    GEOGRAPHIES = ("LSOA11",)
    LOOKUP = ("Exact-fit lookup", "A table of pairs: which LSOAs of 2011 became which of 2021.")
    HELP = """
<p><b>Rules.</b> Unchanged: the figure is copied. Split: rates are copied, counts shared out by postcodes. Merged
and irregular: counts are summed, rates averaged by the weight, else by postcodes. Ranks: as rates, then ranked
again.</p>
<p><b>From a pack:</b> every indicator published for LSOAs of 2011, with the overlap that <i>Postcode overlap</i>
makes; <code>&lt;id&gt;_provenance</code> says direct, summed or apportioned.<br><b>Any table:</b> figures, their
code, the fields and the lookup of pairs; with an overlap between the LSOAs of both years counts are shared by
postcodes, without one evenly.</p>
<p><b>Gaps.</b> As in the other conversions: no value where more than 5 % is blank. Unknown codes are listed. Sum in
= sum out is reported.</p>
<p>Source: the technical paper, step 1; the rules are those of the English Indices of Deprivation.</p>
<p>Example: <code>qgis_process run hyperlocalneed:rebaselsoa -- INPUT=crime_2011.csv CODE_FIELD=LSOA11CD
FIELDS=crime_rank KIND=rank LOOKUP=exact_fit.csv SOURCE_FIELD=LSOA11CD TARGET_FIELD=LSOA21CD
OUTPUT=crime_2021.csv</code></p>"""

    def crosswalk(self, values, areas):
        from ...core import figures
        from ...core.texts import Note

        lookup, source, target = self.lookup(values)
        if not values.given("OVERLAP"):
            values.tell([Note("warning", "OVERLAP", "not given, so counts of a split LSOA are shared evenly")])
            return figures.crosswalk_of_lookup("LSOA11", lookup, source, target, provenance=None)
        pairs = figures.read_pairs(values.table("OVERLAP"))
        return figures.links_of("LSOA11", pairs, lookup=figures.read_links(lookup, source, target), provenance=None)
