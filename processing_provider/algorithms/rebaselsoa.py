"""Step 1 as an algorithm, from the LSOAs of 2011 to those of 2021."""

from __future__ import annotations

from ..runs.conversion import ConversionAlgorithm


class RebaseLsoa(ConversionAlgorithm):
    """Carries figures from one year's LSOAs to the other's by the exact-fit lookup."""

    STEP = "rebaselsoa"
    TAGS = ("2011", "2021", "exact fit", "convert", "boundary change")
    GEOGRAPHIES = ("LSOA11",)
    LOOKUP = ("Exact-fit lookup", "A table of pairs: which LSOAs of 2011 became which of 2021.")

    def crosswalk(self, values, areas):
        from ...core import figures
        from ...core.texts import Note

        lookup, source, target = self.lookup(values)
        if not values.given("OVERLAP"):
            values.tell([Note("warning", "OVERLAP", "not given, so counts of a split LSOA are shared evenly")])
            return figures.crosswalk_of_lookup("LSOA11", lookup, source, target, provenance=None)
        pairs = figures.read_pairs(values.table("OVERLAP"))
        return figures.links_of("LSOA11", pairs, lookup=figures.read_links(lookup, source, target), provenance=None)
