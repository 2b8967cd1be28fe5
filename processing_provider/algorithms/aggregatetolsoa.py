"""Step 1 as an algorithm, for areas that nest in LSOAs."""

from __future__ import annotations

from ..runs.conversion import ConversionAlgorithm


class AggregateToLsoa(ConversionAlgorithm):
    """Sums figures of Output Areas to the LSOAs that hold them; takes figures of LSOAs as they are."""

    STEP = "aggregatetolsoa"
    TAGS = ("output area", "sum", "convert", "best fit")
    GEOGRAPHIES = ("OA21", "LSOA21")
    NOT_WITH = {**ConversionAlgorithm.NOT_WITH, "OVERLAP": "INPUT"}

    def crosswalk(self, values, areas):
        from ...core import figures

        lookup, source, target = self.lookup(values)
        figures.one_target_each(lookup, source)
        return figures.crosswalk_of_lookup("OA21", lookup, source, target, provenance="summed")
