"""Step 1 as an algorithm, for areas that nest in LSOAs."""

from __future__ import annotations

from ..runs.conversion import ConversionAlgorithm


class AggregateToLsoa(ConversionAlgorithm):
    """Sums figures of Output Areas to the LSOAs that hold them; takes figures of LSOAs as they are."""

    STEP = "aggregatetolsoa"
    TAGS = ("output area", "sum", "convert", "best fit")
    GEOGRAPHIES = ("OA21", "LSOA21")
    NOT_WITH = {**ConversionAlgorithm.NOT_WITH, "OVERLAP": "INPUT"}
    HELP = """
<p><b>Formula.</b> count of an LSOA = sum of the counts of its Output Areas; mean = their mean weighted by the
weight, else by residents. Ratios: numerator and denominator are summed first and divided after.</p>
<p><b>From a pack:</b> every indicator published for Output Areas or LSOAs of 2021 is added as
<code>&lt;id&gt;_num</code>, <code>&lt;id&gt;_den</code>, <code>&lt;id&gt;</code> and
<code>&lt;id&gt;_provenance</code> (direct or summed).<br> <b>Any table:</b> figures, their code, a lookup from
source area to LSOA, and the fields; each Output Area stands in the lookup once.</p>
<p><b>Gaps.</b> Where more than 5 % of an LSOA lies in blank source areas it has no value; below that the rest is
scaled up. Unknown codes are listed; more than 1 % of them is an error. Sum in = sum out is reported for every
count.</p>
<p>Source: the technical paper, step 1.</p>
<p>Example: <code>qgis_process run hyperlocalneed:aggregatetolsoa -- INPUT=claims_oa.csv CODE_FIELD=OA21CD
FIELDS=claims LOOKUP=oa21.csv SOURCE_FIELD=OA21CD TARGET_FIELD=LSOA21CD OUTPUT=claims_lsoa.csv</code></p>"""

    def crosswalk(self, values, areas):
        from ...core import figures

        lookup, source, target = self.lookup(values)
        figures.one_target_each(lookup, source)
        return figures.crosswalk_of_lookup("OA21", lookup, source, target, provenance="summed")
