"""Two results side by side."""

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


class CompareResults(NeedAlgorithm):
    """A result beside another, or beside any layer with a rank of the same areas."""

    STEP = "compareresults"
    TAGS = ("change", "difference", "agreement", "spearman", "kappa", "indices of deprivation")
    HELP = """
<p>Both are ranked among the areas that both rank, 1 = highest need. <i>rank_change</i> and <i>decile_change</i> are the
other's less the first's: negative means more need in the other. <i>hotspot_class</i> says which of the two call an area
a hot spot. The log gives Spearman's correlation, Cohen's kappa of the hot spots and the mean absolute change of rank,
and says first where the two were made by different methods or hold different areas.</p>
<p>Where both hold a <i>composite</i>, the change of each rank is split: <i>own</i> is the rank that the area's other
figure would have among the first's, less its first rank; <i>others</i> is what the rest of the areas make of it. They
add up to the change of rank, each among all areas that its result ranks.</p>
<p>The measure is not to be compared directly with the Indices of Deprivation: they measure other things.</p>
<p>Source: Cohen 1960; Saisana, Saltelli and Tarantola 2005.</p>
<p>Example: <code>qgis_process run hyperlocalneed:compareresults -- INPUT='need.gpkg|layername=need' OTHER=imd.csv
CODE_FIELD=lsoa21cd RANK_FIELD=IMD_rank OUTPUT=compared.gpkg</code></p>"""

    def helpUrl(self) -> str:
        return help_url("certainty.md#two-results")

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        p, types = parameters_, QgsProcessing.SourceType
        self.addParameter(QgsProcessingParameterVectorLayer("INPUT", "Need", [types.TypeVectorPolygon]))
        self.addParameter(p.table("OTHER", "The other", "A layer need, or any table with a rank of the same areas."))
        words = "Field of the other."
        self.addParameter(p.field("CODE_FIELD", "Code in the other", words, parent="OTHER", default="area_code"))
        self.addParameter(p.field("RANK_FIELD", "Rank in the other", words, parent="OTHER", default="need_rank"))
        for option in catalogue.step(self.STEP).options:
            self.addParameter(p.from_option(option))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Compared", types.TypeVectorPolygon))

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import neighbourhoods

        need = self.parameterAsVectorLayer(parameters, "INPUT", context)
        options = parameters_.read_options(self, self.STEP, parameters, context)
        return neighbourhoods.compare(self, need, options, parameters, context, feedback)
