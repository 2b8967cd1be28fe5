"""Which file of a folder of downloads holds what."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterFile

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class IdentifySources(NeedAlgorithm):
    """Matches each file of a folder against the catalogue of sources."""

    STEP = "identifysources"
    PAGE = "import.md#which-of-my-files-is-which-hyperlocalneedidentifysources"
    TAGS = ("download", "folder", "catalogue", "import")

    def definitions(self):
        folder = QgsProcessingParameterFile.Behavior.Folder
        return [
            QgsProcessingParameterFile("FOLDER", "Folder of published files", behavior=folder),
            p.pack("Its names of areas help with files that have no codes."),
            p.sink("Files"),
        ]

    def compute(self, parameters, context, feedback):
        from ..io.feature_table import FeatureTable
        from ..runs import importing as import_run

        values = Values(self, parameters, context, feedback)
        files = import_run.identify_folder(values.path("FOLDER"), values.path("PACK"), values.advance(0.9))
        return {"OUTPUT": values.write("OUTPUT", FeatureTable.of_frame("files", files), files.iloc[:, :0])}
