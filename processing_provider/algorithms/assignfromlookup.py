"""Step 1 as an algorithm, for figures of whole authorities."""

from __future__ import annotations

from ...core.errors import OptionError
from ..runs.conversion import ConversionAlgorithm


class AssignFromLookup(ConversionAlgorithm):
    """Gives every LSOA the figure of the authority that it lies in."""

    STEP = "assignfromlookup"
    TAGS = ("local authority", "district", "county", "convert", "join")
    GEOGRAPHIES = ("LTLA23", "UTLA23")
    LOOKUP = (
        "Lookup",
        "A table that says which authority (source) each LSOA (target) lies in. Empty: a field of the LSOAs says so.",
    )
    ONLY_WITH = {**ConversionAlgorithm.ONLY_WITH, "SOURCE_FIELD": "INPUT"}
    NOT_WITH = {**ConversionAlgorithm.NOT_WITH, "OVERLAP": "INPUT"}
    OTHER_PARENTS = {"SOURCE_FIELD": "AREAS"}
    HELP = """
<p><b>Rule.</b> Every LSOA takes its authority's figure whole; such figures are never shrunk later. Ratios are
divided first.</p>
<p><b>From a pack:</b> every indicator published for local authorities, with <code>&lt;id&gt;_provenance</code> =
spread.<br><b>Any table:</b> figures, their code and fields, and either a lookup, or LSOAs that carry their
authority's code in the field given as the source area.</p>
<p><b>Gaps.</b> An LSOA whose authority has no figure has none. An LSOA that stands in the lookup twice is an error;
so are more than 1 % of unknown codes, fewer are listed.</p>
<p>Source: the technical paper, step 1.</p>
<p>Example: <code>qgis_process run hyperlocalneed:assignfromlookup -- INPUT=schools.csv CODE_FIELD=UTLA23CD
FIELDS=ks2_expected_pct KIND=mean LOOKUP=lsoa21.csv SOURCE_FIELD=UTLA23CD TARGET_FIELD=LSOA21CD
OUTPUT=ks2.csv</code></p>"""

    def crosswalk(self, values, areas):
        from ...core import figures

        if values.given("LOOKUP"):
            lookup, source, target = self.lookup(values)
        elif areas is None:
            raise OptionError("LOOKUP: give a lookup, or LSOAs with a field that holds their authority's code.")
        else:
            lookup, target = areas, values.text("AREA_FIELD")
            source = values.needed("SOURCE_FIELD", "the field of the LSOAs that holds their authority's code")
        return figures.spread_crosswalk(lookup, source, target)
