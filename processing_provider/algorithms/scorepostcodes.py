"""A list with postcodes, and the need of the place that each row is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
)

from ...core import catalogue
from .. import parameters as parameters_
from ..base import NeedAlgorithm


class ScorePostcodes(NeedAlgorithm):
    """Joins the need layer to a list by postcode."""

    STEP = "scorepostcodes"
    TAGS = ("postcode", "client", "customer", "geocode", "match", "list")
    HELP = """
<p>Postcodes are read in any case and spacing. Each row gets the LSOA that its postcode lies in, and that LSOA's need:
scores, ranks, decile, hot spots, class, district. <i>postcode_match</i> says what was found: matched, terminated
(matched to where it was), not a postcode, empty, or in no LSOA. Nothing is guessed.</p>
<p>The list stays where it is: rows are written to the outputs that you name and nowhere else, the log holds counts
alone, and no geometry is written.</p>
<p>Example: <code>qgis_process run hyperlocalneed:scorepostcodes -- INPUT=clients.csv POSTCODE_FIELD=postcode
NEED='need.gpkg|layername=need' PACK=england OUTPUT=clients_need.csv UNMATCHED=unmatched.csv</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        types = QgsProcessing.SourceType
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", "List", [types.TypeVector]))
        self.addParameter(QgsProcessingParameterField("POSTCODE_FIELD", "Field with the postcode", None, "INPUT"))
        self.addParameter(QgsProcessingParameterFeatureSource("NEED", "Need", [types.TypeVectorPolygon]))
        pack = QgsProcessingParameterFile("PACK", "Data pack with postcodes (folder, its pack.json, or zip)")
        pack.setFileFilter("Data packs (pack.json *.zip);;All files (*)")
        self.addParameter(pack)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Scored list", types.TypeVector))
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                "UNMATCHED", "Rows without an LSOA", types.TypeVector, optional=True, createByDefault=False
            )
        )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..areas import sinks
        from ..runs import postcodes as postcode_scores

        options = parameters_.read_options(self, self.STEP, parameters, context)
        scored, unmatched, words = postcode_scores.score_postcodes(
            self.parameterAsSource(parameters, "INPUT", context),
            self.parameterAsSource(parameters, "NEED", context),
            self.parameterAsString(parameters, "POSTCODE_FIELD", context),
            Path(self.parameterAsFile(parameters, "PACK", context)),
            sinks.reporter(feedback),
            live_only=options["LIVE_POSTCODES_ONLY"],
        )
        for line in words:
            feedback.pushInfo(line)
        outputs = {"OUTPUT": scored, "UNMATCHED": unmatched}
        return sinks.write_outputs(self, outputs, parameters, context, feedback)
