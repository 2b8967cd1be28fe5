"""Step 1 for areas that cut across LSOAs: figures of older or larger areas are shared out by postcodes."""

from ...core import figures
from ...core.errors import OptionError
from ..runs import conversion


def compute(values):
    return conversion.convert(values, ("OA11", "MSOA11", "MSOA21"), _crosswalk)


def _crosswalk(values, areas):
    if not values.given("OVERLAP"):
        raise OptionError("OVERLAP: give the table that 'Postcode overlap' makes.")
    pairs = figures.read_pairs(values.table("OVERLAP"))
    if not values.given("LOOKUP"):
        return figures.links_of("OA11", pairs, provenance="apportioned")
    lookup, source, target = conversion.lookup(values)
    parents = dict(zip(lookup.distinct_keys(source), lookup.keys(target)))
    return figures.links_of("MSOA11", figures.gather_pairs(pairs, parents), provenance="apportioned")
