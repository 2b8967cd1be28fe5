"""Step 1 for areas that nest in LSOAs: figures of Output Areas are summed up, those of LSOAs taken as they are."""

from ...core import figures
from ..runs import conversion


def compute(values):
    return conversion.convert(values, ("OA21", "LSOA21"), _crosswalk)


def _crosswalk(values, areas):
    lookup, source, target = conversion.lookup(values)
    # A source area that stood in it twice would be counted twice.
    lookup.distinct_keys(source)
    return figures.crosswalk_of_lookup("OA21", lookup, source, target, provenance="summed")
