"""The need of LSOAs summed up for larger areas."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..face import DEFAULT_METHODOLOGY
from ..step_base import Values

# Name, title, parent and default; and whether the dialog folds it away.
FIELDS = (
    ("AREA_FIELD", "Or areas by a field of the need layer (district_code, region_code, ...)", "INPUT", None, False),
    ("CODE_FIELD", "Field with the areas' codes", "AREAS", None, False),
    ("NAME_FIELD", "Field with the areas' names", "AREAS", None, False),
    ("LOOKUP_LSOA", "Field of the lookup with LSOA codes", "LOOKUP", None, False),
    ("LOOKUP_AREA", "Field of the lookup with codes of areas", "LOOKUP", None, False),
    ("LOOKUP_SHARE", "Field of the lookup with the share of the LSOA", "LOOKUP", None, True),
    ("LSOA_FIELD", "Field with LSOA codes", "INPUT", "area_code", True),
    ("SCORE_FIELD", "Field of a score to sum up (instead of the measure's)", "INPUT", None, True),
    ("RANK_FIELD", "Field of its rank, 1 = highest need", "INPUT", None, True),
    ("POPULATION_FIELD", "Field with the population", "INPUT", "population", True),
)


class SummariseByArea(NeedAlgorithm):
    """The need layer against any polygons, a lookup, or a field of its own."""

    STEP = "summarisebyarea"
    PAGE = "boundaries.md#sum-up-hyperlocalneedsummarisebyarea"
    TAGS = ("ward", "parish", "district", "overlay", "boundary", "zonal", "aggregate", "extent", "concentration")
    ONLY_WITH = {
        **dict.fromkeys(("CODE_FIELD", "NAME_FIELD"), "AREAS"),
        **dict.fromkeys(("LOOKUP_LSOA", "LOOKUP_AREA", "LOOKUP_SHARE"), "LOOKUP"),
        "LOOKUP": "METHOD=lookup",
        "TOLERANCE": "METHOD=area_share|postcode_share",
        "MEASURE_FIT": "METHOD=centroid",
        "PACK": "METHOD=centroid|postcode_share",
    }
    NOT_WITH = dict.fromkeys(("METHOD", "TOLERANCE", "MEASURE_FIT", "PACK"), "AREA_FIELD")

    def definitions(self):
        yield from (p.table("INPUT", "Need"), p.polygons("AREAS", "Areas"), p.table("LOOKUP", "Lookup", optional=True))
        for name, title, parent, default, advanced in FIELDS:
            field = p.field(name, title, parent=parent, default=default)
            yield p.fold(field) if advanced else field
        yield from p.options(self.STEP, advanced=True, shown=("METHOD",))
        yield p.pack("Its live postcodes stand for where people live; needed for shares of postcodes.")
        yield from (p.methodology(), p.sink("Areas"), p.sink("LSOAs of each area", name="LSOAS", optional=True))

    def compute(self, parameters, context, feedback):
        from ...core import methodology
        from ..areas import summary as area_summary
        from ..style import result_style

        values = Values(self, parameters, context, feedback)
        settings = area_summary.Settings(
            methodology=methodology.load(values.path("METHODOLOGY") or DEFAULT_METHODOLOGY),
            pack=values.path("PACK"),
            **{name.lower(): value for name, value in values.options().items()},
            **{name.lower(): values.text(name) or "" for name, *_ in FIELDS},
        )
        sources = [self.parameterAsSource(parameters, name, context) for name in ("INPUT", "AREAS", "LOOKUP")]
        summary = area_summary.summarise_areas(*sources, settings, context.transformContext(), values.advance(0.9))
        values.say(summary.messages)
        outputs = {"OUTPUT": summary.with_attributes(), "LSOAS": summary.members}
        polygons = (summary.areas.geometries, summary.areas.crs)
        styler = result_style.area_styler(settings.methodology)
        return values.write_frames(outputs, values.advance(0.1), polygons, styler)
