"""The need of LSOAs summed up for any polygons, by a lookup, or by a field of the need layer."""

from ..areas import summary as area_summary
from ..style import result_style

FIELDS = (
    "AREA_FIELD CODE_FIELD NAME_FIELD LOOKUP_LSOA LOOKUP_AREA LOOKUP_SHARE LSOA_FIELD SCORE_FIELD RANK_FIELD "
    "POPULATION_FIELD"
).split()


def compute(values):
    settings = area_summary.Settings(
        methodology=values.methodology(),
        pack=values.path("PACK"),
        **values.settings(),
        **{name.lower(): values.text(name) or "" for name in FIELDS},
    )
    sources = [values.optional_source(name) for name in ("INPUT", "AREAS", "LOOKUP")]
    transforms = values.context.transformContext()
    summary = area_summary.summarise_areas(*sources, settings, transforms, values.advance(0.9))
    values.say(summary.messages)
    outputs = {"OUTPUT": summary.with_attributes(), "LSOAS": summary.members}
    polygons = (summary.areas.geometries, summary.areas.crs)
    return values.write_frames(outputs, values.advance(0.1), polygons, result_style.area_styler(settings.methodology))
