"""Step 1 for figures of whole authorities: every LSOA takes that of the authority it lies in."""

from ...core import figures
from ...core.catalogue import AUTHORITY_GEOGRAPHIES
from ...core.errors import OptionError
from ..runs import conversion


def compute(values):
    return conversion.convert(values, AUTHORITY_GEOGRAPHIES, _crosswalk)


def _crosswalk(values, areas):
    if values.given("LOOKUP"):
        lookup, source, target = conversion.lookup(values)
    elif areas is None:
        raise OptionError("LOOKUP: give a lookup, or LSOAs with a field that holds their authority's code.")
    else:
        lookup, target = areas, values.text("AREA_FIELD")
        source = values.needed("SOURCE_FIELD", "the field of the LSOAs that holds their authority's code")
    return figures.spread_crosswalk(lookup, source, target)
