"""Clusters of need."""

from __future__ import annotations

from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterVectorLayer,
)

from ...core import catalogue
from .. import parameters as parameters_
from ..base import NeedAlgorithm, help_url


class NeedClusters(NeedAlgorithm):
    """Groups of hot spots that touch, Gi* and local Moran, from a finished result."""

    STEP = "needclusters"
    TAGS = ("cluster", "hot spot", "getis", "moran", "lisa", "spatial autocorrelation", "contiguous")
    HELP = """
<p><i>cluster_id</i> numbers the groups of hot spots that touch, the one with most residents first; the table of groups
gives their names, residents, leading dimension and districts.</p>
<p><i>gi_z</i> is Getis and Ord's Gi*, own area in, of x = &Phi;<sup>&minus;1</sup>(rank/(n + 1)) of the composite;
<i>gi_p</i> its one-sided p. <i>lisa</i> is the quadrant of local Moran where it is significant: HH needy among needy,
LL, HL a needy island, LH an island of low need. Significance is held at the false-discovery rate over all areas
tested.</p>
<p><b>What it does not say.</b> That need is scattered at random is false at once, so significance describes and does
not discover; an area outside is not free of need. Figures of MSOAs and authorities make neighbours alike by
construction. Wales, Scotland and the sea have no neighbours. Areas without rank or neighbours have no figure.</p>
<p>Source: Getis and Ord 1992; Ord and Getis 1995; Anselin 1995; Benjamini and Hochberg 1995.</p>
<p>Example: <code>qgis_process run hyperlocalneed:needclusters -- INPUT='need.gpkg|layername=need'
OUTPUT=clusters.gpkg GROUPS=groups.csv</code></p>"""

    def helpUrl(self) -> str:
        return help_url("certainty.md#clusters")

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        types = QgsProcessing.SourceType
        self.addParameter(QgsProcessingParameterVectorLayer("INPUT", "Need", [types.TypeVectorPolygon]))
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option, advanced=option.name != "RATE"))
        self.addParameter(parameters_.methodology())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Clusters", types.TypeVectorPolygon))
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                "GROUPS", "Groups of hot spots", types.TypeVector, optional=True, createByDefault=False
            )
        )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import neighbourhoods

        need = self.parameterAsVectorLayer(parameters, "INPUT", context)
        options = parameters_.read_options(self, self.STEP, parameters, context)
        methodology = self.parameterAsFile(parameters, "METHODOLOGY", context)
        return neighbourhoods.clusters(self, need, options, methodology, parameters, context, feedback)
