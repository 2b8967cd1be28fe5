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
