"""Step 1 from the LSOAs of 2011 to those of 2021, by the exact-fit lookup."""

from ...core import figures
from ...core.texts import Note
from ..runs import conversion


def compute(values):
    return conversion.convert(values, ("LSOA11",), _crosswalk)


def _crosswalk(values, areas):
    lookup, source, target = conversion.lookup(values)
    if not values.given("OVERLAP"):
        values.tell([Note("warning", "OVERLAP", "not given, so counts of a split LSOA are shared evenly")])
        return figures.crosswalk_of_lookup("LSOA11", lookup, source, target, provenance=None)
    pairs = figures.read_pairs(values.table("OVERLAP"))
    return figures.links_of("LSOA11", pairs, lookup=figures.read_links(lookup, source, target), provenance=None)
