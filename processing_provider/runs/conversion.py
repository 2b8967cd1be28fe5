"""What the four conversions of step 1 share: figures of other areas come in, LSOAs with new columns go out."""

from __future__ import annotations

from typing import Callable, Dict, Optional, Sequence

from ...core import figures as core_figures
from ...core.crosswalks import NEEDS_OVERLAP
from ...core.errors import OptionError
from ...core.steps.crosswalk import Crosswalk
from ..io import frames
from ..io.feature_table import FeatureTable
from ..values import READING, Values
from . import overlap as overlap_cache

CONVERTING = 0.3
AREA = "area_code"
# Which source area makes up which LSOA, from the tables that the user gives.
Crosswalking = Callable[[Values, Optional[FeatureTable]], Crosswalk]


def convert(values: Values, geographies: Sequence[str], crosswalk: Crosswalking) -> Dict[str, str]:
    """Convert all that a pack publishes for some geographies, or any table by its lookup."""
    areas = values.optional_table("AREAS")
    if values.given("INPUT"):
        return values.give(*_from_table(values, areas, crosswalk))
    return values.give(*_from_pack(values, areas, geographies))


def _from_pack(values: Values, areas: Optional[FeatureTable], geographies: Sequence[str]):
    with values.pack() as pack:
        scope = values.scope(pack)
        areas = areas if areas is not None else areas_of_pack(pack, values.advance(READING))
        added = core_figures.convert_from_pack(
            pack,
            scope,
            core_figures.Figures(areas.name, areas, values.text("AREA_FIELD")),
            _pairs(values, pack.entries, geographies),
            geographies=geographies,
            blank_limit=_blank_limit(values, scope.methodology),
            progress=values.advance(CONVERTING),
        )
    return areas, added


def _pairs(values: Values, entries, geographies: Sequence[str]):
    if values.given("OVERLAP"):
        return core_figures.read_pairs(values.table("OVERLAP"))
    wanted = {entry.geography for entry in entries.values()}.intersection(NEEDS_OVERLAP, geographies)
    if wanted:
        raise OptionError(
            f"OVERLAP: figures for {', '.join(sorted(wanted))} need the table that 'Postcode overlap' makes."
        )
    return None


def _from_table(values: Values, areas: Optional[FeatureTable], crosswalk: Crosswalking):
    table = values.table("INPUT", share=READING)
    code = values.needed("CODE_FIELD", "the field that holds the source area's code")
    figures, links = core_figures.Figures(table.name, table, code), crosswalk(values, areas)
    codes = None if areas is None else areas.distinct_keys(values.text("AREA_FIELD"))
    scope = values.scope()
    limit = _blank_limit(values, scope.methodology)
    if values.given("FIELDS"):
        options = {"kind": values.option("KIND"), "weight": values.text("WEIGHT_FIELD"), "blank_limit": limit}
        codes, added = core_figures.convert_fields(figures, values.fields(), codes, links, **options)
    else:
        codes, added = core_figures.convert_figures(figures, scope, codes, links, blank_limit=limit)
    return areas if areas is not None else FeatureTable.of_codes(AREA, codes), added


def _blank_limit(values: Values, methodology) -> float:
    given = values.option("BLANK_LIMIT") if values.has("BLANK_LIMIT") else None
    return methodology.options("apportion")["BLANK_LIMIT"] if given is None else given


def lookup(values: Values):
    """The lookup with the names of its two fields; OptionError if one of the three is not given."""
    if not values.given("LOOKUP"):
        raise OptionError("LOOKUP: give the table that says which source area lies in which LSOA.")
    fields = [values.needed(name, "a field of the lookup") for name in ("SOURCE_FIELD", "TARGET_FIELD")]
    return (values.table("LOOKUP"), *fields)


def areas_of_pack(pack, check) -> FeatureTable:
    """A pack's LSOAs with their names, districts, residents and polygons."""
    areas = core_figures.pack_areas(pack)
    layer = overlap_cache.boundary_layer(pack, "LSOA21")
    code = pack.spec["boundaries"]["LSOA21"]["code"]
    geometries = frames.read_geometries(layer, code, areas.index, check)
    return FeatureTable.of_frame(pack.title, areas, geometries, layer.crs())
