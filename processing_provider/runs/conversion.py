"""What the four conversions of step 1 share: figures of other areas come in, LSOAs with new columns go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from ...core import catalogue
from ...core.errors import OptionError
from .. import parameters as parameters_
from ..base import NeedAlgorithm
from ..step_base import READING, Values

if TYPE_CHECKING:
    from ...core.steps.crosswalk import Crosswalk
    from ..io.feature_table import FeatureTable

CONVERTING = 0.3
AREA = "area_code"


class ConversionAlgorithm(NeedAlgorithm):
    """A conversion of all that a pack publishes for some geographies, or of any table by its lookup."""

    GEOGRAPHIES: Tuple[str, ...] = ()
    LOOKUP = ("Lookup", "A table that says which source area lies in which LSOA.")
    DEFERRED: Tuple[str, ...] = ()
    ONLY_WITH = {
        "AREA_FIELD": "AREAS",
        **dict.fromkeys(("CODE_FIELD", "FIELDS", "LOOKUP"), "INPUT"),
        **dict.fromkeys(("SOURCE_FIELD", "TARGET_FIELD"), ("INPUT", "LOOKUP")),
        **dict.fromkeys(("KIND", "WEIGHT_FIELD"), "FIELDS"),
    }
    NOT_WITH = {"PACK": "INPUT", "NODE": "FIELDS"}

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        p = parameters_
        for definition in (
            p.table(
                "AREAS",
                "LSOAs",
                "Every field and geometry of it is passed on, the new columns behind. Empty: all "
                "LSOAs of the pack, with their polygons, or of the lookup.",
                optional=True,
            ),
            p.field("AREA_FIELD", "LSOA code", "Field of the LSOAs.", parent="AREAS", default=AREA),
            p.pack("Converts every indicator that the pack publishes for: " + ", ".join(self.GEOGRAPHIES) + "."),
            p.table("INPUT", "Figures, instead of a pack", "A table with a row for each source area.", optional=True),
            p.field("CODE_FIELD", "Code of the source area", "Field of the figures."),
            p.fields("FIELDS", "Fields", "Fields to convert. Empty: the columns that the methodology names."),
            p.field("WEIGHT_FIELD", "Weight", "A count that means are weighted by, in the figures.", numeric=True),
            p.table("LOOKUP", *self.LOOKUP, optional=True),
            p.field("SOURCE_FIELD", "Source area in the lookup", "Field of the lookup.", parent="LOOKUP"),
            p.field("TARGET_FIELD", "LSOA in the lookup", "Field of the lookup.", parent="LOOKUP"),
            p.table("OVERLAP", "Postcode overlap", "The table that the algorithm of that name makes.", optional=True),
        ):
            self.addParameter(definition)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(p.from_option(option, deferred=option.name in self.DEFERRED))
        self.addParameter(p.methodology())
        self.addParameter(p.node())
        self.addParameter(p.sink("LSOAs with figures", "A row for each LSOA: its fields, then the figures."))

    def crosswalk(self, values: Values, areas: Optional[FeatureTable]) -> Crosswalk:
        """Which source area makes up which LSOA, from the tables that the user gives."""
        raise NotImplementedError

    def compute(self, parameters: Dict[str, Any], context, feedback) -> Dict[str, Any]:
        values = Values(self, parameters, context, feedback)
        areas = values.optional_table("AREAS")
        convert = self._from_table if values.given("INPUT") else self._from_pack
        areas, added = convert(values, areas)
        values.tell(added.notes)
        return {"OUTPUT": values.write("OUTPUT", areas, added.columns)}

    def _from_pack(self, values: Values, areas: Optional[FeatureTable]):
        from ...core import figures as core_figures

        with values.pack() as pack:
            scope = values.scope(pack)
            areas = areas if areas is not None else areas_of_pack(pack, values.advance(READING))
            added = core_figures.convert_from_pack(
                pack,
                scope,
                core_figures.Figures(areas.name, areas, values.text("AREA_FIELD")),
                self._pairs(values, pack.entries),
                geographies=self.GEOGRAPHIES,
                blank_limit=self._blank_limit(values, scope.methodology),
                progress=values.advance(CONVERTING),
            )
        return areas, added

    def _pairs(self, values: Values, entries):
        from ...core import figures as core_figures
        from ...core.crosswalks import NEEDS_OVERLAP

        if values.given("OVERLAP"):
            return core_figures.read_pairs(values.table("OVERLAP"))
        wanted = {entry.geography for entry in entries.values()}.intersection(NEEDS_OVERLAP, self.GEOGRAPHIES)
        if wanted:
            raise OptionError(
                f"OVERLAP: figures for {', '.join(sorted(wanted))} need the table that 'Postcode overlap' makes."
            )
        return None

    def _from_table(self, values: Values, areas: Optional[FeatureTable]):
        from ...core import figures as core_figures
        from ..io.feature_table import FeatureTable

        table = values.table("INPUT", share=READING)
        figures = core_figures.Figures(
            table.name, table, values.needed("CODE_FIELD", "the field that holds the source area's code")
        )
        crosswalk = self.crosswalk(values, areas)
        codes = None if areas is None else areas.distinct_keys(values.text("AREA_FIELD"))
        scope = values.scope()
        limit = self._blank_limit(values, scope.methodology)
        if values.given("FIELDS"):
            codes, added = core_figures.convert_fields(
                figures,
                values.fields(),
                codes,
                crosswalk,
                kind=values.option("KIND"),
                weight=values.text("WEIGHT_FIELD"),
                blank_limit=limit,
            )
        else:
            codes, added = core_figures.convert_figures(figures, scope, codes, crosswalk, blank_limit=limit)
        return areas if areas is not None else FeatureTable.of_codes(AREA, codes), added

    def _blank_limit(self, values: Values, methodology) -> float:
        given = values.option("BLANK_LIMIT") if "BLANK_LIMIT" in self.DEFERRED else None
        return methodology.options("apportion")["BLANK_LIMIT"] if given is None else given

    def lookup(self, values: Values):
        """The lookup with the names of its two fields; OptionError if one of the three is not given."""
        if not values.given("LOOKUP"):
            raise OptionError("LOOKUP: give the table that says which source area lies in which LSOA.")
        fields = [values.needed(name, "a field of the lookup") for name in ("SOURCE_FIELD", "TARGET_FIELD")]
        return (values.table("LOOKUP"), *fields)


def areas_of_pack(pack, check) -> FeatureTable:
    """A pack's LSOAs with their names, districts, residents and polygons."""
    from ...core import figures as core_figures
    from ..io import frames
    from ..io.feature_table import FeatureTable
    from . import overlap as overlap_cache

    areas = core_figures.pack_areas(pack)
    layer = overlap_cache.boundary_layer(pack, "LSOA21")
    code = pack.spec["boundaries"]["LSOA21"]["code"]
    geometries = frames.read_geometries(layer, code, areas.index, check)
    return FeatureTable.of_frame(pack.title, areas, geometries, layer.crs())
