"""Why every area of a result has its score."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values

TABLES = (("WEIGHTS", "What weighs"), ("COMBINED", "How needs combine"))


class ExplainNeed(NeedAlgorithm):
    """Contributions that add up, effective weights, and needs that meet."""

    STEP = "explainneed"
    PAGE = "certainty.md#explain-need"
    TAGS = ("contribution", "decomposition", "attribution", "effective weights", "importance", "why")
    ONLY_WITH = {"AREA": "REPORT"}

    def definitions(self):
        return [
            p.need(),
            p.text("AREA", "Area of the report", "Its code or its whole name. Empty: the neediest area."),
            *p.options(self.STEP),
            p.methodology(),
            p.sink("Points of every area"),
            *(p.sink(title, name=name, optional=True) for name, title in TABLES),
            p.file_out("REPORT", "Report of one area", "HTML files (*.html)", optional=True),
        ]

    def packages(self, parameters):
        return (*REQUIRED, *PICTURES) if parameters.get("REPORT") else self.PACKAGES

    def compute(self, parameters, context, feedback):
        from ..runs import findings

        values = Values(self, parameters, context, feedback)
        options, report = values.options(), values.advance(1.0)
        report(0.0, "reading the result")
        asked = [name for name in ("OUTPUT", "WEIGHTS", "COMBINED", "REPORT") if values.given(name)]
        area = values.text("AREA") or ""
        outputs = findings.explanation(values.result(), asked, options["BASELINE"], options["UNIT"], area)
        values.record(f"Contributions in points of {options['UNIT']}, compared with: {options['BASELINE']}.")
        return values.write_frames(outputs, report)
