"""A folder of downloads, told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile,
)

from .. import parameters as parameters_
from ..base import NeedAlgorithm


class IdentifySources(NeedAlgorithm):
    """Matches each file of a folder against the catalogue of sources."""

    STEP = "identifysources"
    TAGS = ("download", "folder", "catalogue", "import")
    HELP = """
<p>Looks at the first rows of every file in a folder, and tells its level of areas, which indicators it seems to hold,
and the publisher's title and page. Files that cannot be used are listed with the reason. Only names, headers and notes
are compared: look at the guesses before you rely on them.</p>
<p>Example: <code>qgis_process run hyperlocalneed:identifysources -- FOLDER=downloads OUTPUT=files.csv</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        folder = QgsProcessingParameterFile.Behavior.Folder
        self.addParameter(QgsProcessingParameterFile("FOLDER", "Folder of published files", behavior=folder))
        self.addParameter(parameters_.pack("Its names of areas help with files that have no codes."))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Files", QgsProcessing.SourceType.TypeVector))

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..io.feature_table import FeatureTable
        from ..runs import importing as import_run
        from ..step_base import Values

        values = Values(self, parameters, context, feedback)
        pack = self.parameterAsFile(parameters, "PACK", context)
        folder = Path(self.parameterAsFile(parameters, "FOLDER", context))
        files = import_run.identify_folder(folder, Path(pack) if pack else None, values.advance(0.9))
        import pandas as pd

        return {
            "OUTPUT": values.write("OUTPUT", FeatureTable.of_frame("files", files), pd.DataFrame(index=files.index))
        }
