"""Whom a budget reaches."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values


class WhoIsReached(NeedAlgorithm):
    """People in need reached and missed by a choice of areas, beside other choices."""

    STEP = "whoisreached"
    PAGE = "boundaries.md#who-is-reached-hyperlocalneedwhoisreached"
    TAGS = ("budget", "target", "coverage", "allocation", "missed", "benefit of the doubt", "indices of deprivation")
    ONLY_WITH = {
        "PER_HEAD": "UNIT=pounds",
        **dict.fromkeys(("CODE_FIELD", "NAME_FIELD"), "AREAS"),
        **dict.fromkeys(("OTHER_CODE", "OTHER_RANK"), "OTHER"),
    }
    NOT_WITH = {"AREA_FIELD": "AREAS"}

    def definitions(self):
        return [
            p.need(),
            *p.options(self.STEP, advanced=True, shown=("BY", "UNIT", "BUDGET", "PER_HEAD")),
            p.text("ONLY", "Only among these (districts, regions or areas by code or name, semicolons between)"),
            p.polygons("AREAS", "Wards or own areas"),
            p.field("CODE_FIELD", "Field with the areas' codes", parent="AREAS"),
            p.field("NAME_FIELD", "Field with the areas' names", parent="AREAS"),
            p.field("AREA_FIELD", "Or areas by a field of the need layer"),
            p.table("OTHER", "Another ranked layer", optional=True),
            p.field("OTHER_CODE", "Code in the other", parent="OTHER", default="area_code"),
            p.field("OTHER_RANK", "Rank in the other", parent="OTHER", default="need_rank"),
            p.fold(p.field("NEED_FIELD", "Who is in need", default="hotspot")),
            p.methodology(),
            p.sink("Reached and missed", of="VectorPolygon"),
            p.sink("Ways of choosing", name="COMPARED", optional=True),
            p.sink("Curve of coverage", name="CURVE", optional=True),
            p.file_out("PICTURE", "Picture of the curve", "PNG files (*.png)", optional=True),
        ]

    def packages(self, parameters):
        return (*REQUIRED, *PICTURES) if parameters.get("PICTURE") else self.PACKAGES

    def compute(self, parameters, context, feedback):
        from ..runs import reach

        values = Values(self, parameters, context, feedback)
        return reach.reach(values, values.options(), context.transformContext())
