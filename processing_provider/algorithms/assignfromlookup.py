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
