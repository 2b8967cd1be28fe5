"""Clusters of need."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class NeedClusters(NeedAlgorithm):
    """Groups of hot spots that touch, Gi* and local Moran, from a finished result."""

    STEP = "needclusters"
    PAGE = "certainty.md#clusters"
    TAGS = ("cluster", "hot spot", "getis", "moran", "lisa", "spatial autocorrelation", "contiguous")

    def definitions(self):
        return [
            p.need(),
            *p.options(self.STEP, advanced=True, shown=("RATE",)),
            p.methodology(),
            p.sink("Clusters", of="VectorPolygon"),
            p.sink("Groups of hot spots", name="GROUPS", optional=True),
        ]

    def compute(self, parameters, context, feedback):
        from ..runs import findings

        values = Values(self, parameters, context, feedback)
        return findings.clusters(values, values.options())
