"""How sure the ranks of a result are."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values


class RankCertainty(NeedAlgorithm):
    """Chances of being a hot spot, and intervals of ranks, from a finished result."""

    STEP = "rankcertainty"
    PAGE = "certainty.md#certainty-of-ranks"
    TAGS = ("uncertainty", "sensitivity", "confidence", "interval", "robust", "posterior", "monte carlo", "weights")
    NOT_WITH = {"SPREAD": ("KNOW_NOTHING=True|true|1", "DOUBT=counts"), "KNOW_NOTHING": "DOUBT=counts"}
    ONLY_WITH = {"INDICATOR_WEIGHTS": "DOUBT=weights|each|all"}

    def definitions(self):
        return [
            p.need(),
            p.pack("That of the run: says which areas share a figure, and the design effects of surveys."),
            *p.options(self.STEP, advanced=True, shown=("DOUBT", "DRAWS")),
            p.methodology(),
            p.sink("Certainty", of="VectorPolygon"),
            p.sink("What moves ranks", name="MOVES", optional=True),
            p.file_out("REPORT", "Report", "HTML files (*.html)", optional=True),
        ]

    def packages(self, parameters):
        return (*REQUIRED, *PICTURES) if parameters.get("REPORT") else self.PACKAGES

    def compute(self, parameters, context, feedback):
        from ..runs import findings

        values = Values(self, parameters, context, feedback)
        report = values.advance(1.0)
        report(0.0, "reading the result")
        certain = findings.certainty(values.result(), values.options(), values.path("PACK"), report.part(0.9))
        values.record(*certain.sentences)
        values.say(certain.sentences, warnings=certain.warnings)
        return findings.write_certainty(values, certain, report.part(0.1))
