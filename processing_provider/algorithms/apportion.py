"""Step 1 as an algorithm, for areas that cut across LSOAs."""

from __future__ import annotations

from ...core.errors import OptionError
from ..runs.conversion import ConversionAlgorithm


class Apportion(ConversionAlgorithm):
    """Shares figures of older or larger areas out to LSOAs by postcodes."""

    STEP = "apportion"
    TAGS = ("postcode", "msoa", "convert", "dasymetric", "interpolate")
    GEOGRAPHIES = ("OA11", "MSOA11", "MSOA21")
    LOOKUP = (
        "Lookup to larger areas",
        "Where the overlap is of smaller areas than the figures: which of those lie in which.",
    )
    DEFERRED = ("BLANK_LIMIT",)
    HELP = """
<p><b>Formula.</b> share = postcodes in both areas / postcodes in the source area; count of an LSOA = &Sigma; share
&times; count; mean = mean weighted by the weight that is shared out alike, else by the LSOA's own postcodes.
Ratios: numerator and denominator first, divided after.</p>
<p><b>From a pack:</b> every indicator published for Output Areas or MSOAs of 2011, or MSOAs of 2021, with the
overlap that <i>Postcode overlap</i> makes.<br><b>Any table:</b> figures, their code, the fields and the overlap; if
the figures are for larger areas than the overlap, also a lookup whose source field is the overlap's area and whose
target field is the figures' area.</p>
<p><b>Gaps.</b> An LSOA with more than the largest share of its postcodes in blank source areas has no value; below
that the rest is scaled up. A source area without postcodes goes by its lookup, and is listed. Sum in = sum out is
reported.</p>
<p>Source: the technical paper, step 1.</p>
<p>Example: <code>qgis_process run hyperlocalneed:apportion -- INPUT=jobs_msoa11.csv CODE_FIELD=MSOA11CD FIELDS=jobs
OVERLAP=overlap.csv LOOKUP=oa11.csv SOURCE_FIELD=OA11CD TARGET_FIELD=MSOA11CD OUTPUT=jobs_lsoa.csv</code></p>"""

    def crosswalk(self, values, areas):
        from ...core import figures

        if not values.given("OVERLAP"):
            raise OptionError("OVERLAP: give the table that 'Postcode overlap' makes.")
        pairs = figures.read_pairs(values.table("OVERLAP"))
        if not values.given("LOOKUP"):
            return figures.links_of("OA11", pairs, provenance="apportioned")
        lookup, source, target = self.lookup(values)
        parents = dict(zip(lookup.distinct_keys(source), lookup.keys(target)))
        return figures.links_of("MSOA11", figures.gather_pairs(pairs, parents), provenance="apportioned")
