"""The demonstration: the data pack of an invented country."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingParameterFolderDestination

from ...core import catalogue
from .. import parameters as parameters_
from ..base import NeedAlgorithm


class DemoPack(NeedAlgorithm):
    """Makes a pack to try everything with where no data is at hand."""

    STEP = "demopack"
    TAGS = ("demonstration", "example", "test data")
    HELP = """
<p>Draws an invented country from a seed: LSOAs, Output Areas of two censuses, districts and regions that nest,
postcodes, residents, and all indicators at the geographies in which they are published. Need is planted in the counts
alone, so that the index has to find it. The same seed and size give the same figures.</p>
<p>The full size (33,755 areas, about 1.4 million postcodes) takes about a minute; 600 areas take a few seconds.</p>
<p>The result is a folder with <code>pack.json</code>: give it to <i>Compute the index</i>.</p>
<p>Example: <code>qgis_process run hyperlocalneed:demopack -- AREAS=600 SEED=7 OUTPUT=demo</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option))
        self.addParameter(QgsProcessingParameterFolderDestination("OUTPUT", "Folder of the pack"))

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import demo as demo_pack

        options = parameters_.read_options(self, self.STEP, parameters, context)
        folder = self.parameterAsString(parameters, "OUTPUT", context)
        demo_pack.write(Path(folder), options["AREAS"], options["SEED"], feedback)
        return {"OUTPUT": folder}
