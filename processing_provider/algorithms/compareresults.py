"""Two results side by side."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class CompareResults(NeedAlgorithm):
    """A result beside another, or beside any layer with a rank of the same areas."""

    STEP = "compareresults"
    PAGE = "certainty.md#two-results"
    TAGS = ("change", "difference", "agreement", "spearman", "kappa", "indices of deprivation")

    def definitions(self):
        words = "Field of the other."
        return [
            p.need(),
            p.table("OTHER", "The other", "A layer need, or any table with a rank of the same areas."),
            p.field("CODE_FIELD", "Code in the other", words, parent="OTHER", default="area_code"),
            p.field("RANK_FIELD", "Rank in the other", words, parent="OTHER", default="need_rank"),
            *p.options(self.STEP),
            p.sink("Compared", of="VectorPolygon"),
        ]

    def compute(self, parameters, context, feedback):
        from ..runs import findings

        values = Values(self, parameters, context, feedback)
        return findings.compare(values, values.options())
