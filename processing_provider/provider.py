"""The Processing provider ``hyperlocalneed``: which algorithms there are."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms.areareport import AreaReport
from .algorithms.compareresults import CompareResults
from .algorithms.computeindex import ComputeIndex
from .algorithms.demopack import DemoPack
from .algorithms.explainneed import ExplainNeed
from .algorithms.needclusters import NeedClusters
from .algorithms.rankcertainty import RankCertainty
from .algorithms.scorepostcodes import ScorePostcodes
from .algorithms.summarisebyarea import SummariseByArea
from .base import ICONS, face
from .data_algorithms import DATA_ALGORITHMS
from .shipped_models import shipped_models
from .step_algorithms import STEP_ALGORITHMS

ALGORITHMS = (
    *STEP_ALGORITHMS,
    ComputeIndex,
    DemoPack,
    ScorePostcodes,
    SummariseByArea,
    AreaReport,
    RankCertainty,
    ExplainNeed,
    NeedClusters,
    CompareResults,
    *DATA_ALGORITHMS,
)


class HyperlocalNeedProvider(QgsProcessingProvider):
    """Offers every algorithm of the method; each lists itself even where a Python package is missing."""

    def id(self) -> str:
        return "hyperlocalneed"

    def name(self) -> str:
        return "Hyper-local Need"

    def versionInfo(self) -> str:
        return face()["version"]

    def helpId(self) -> str:
        return self.id()

    def icon(self) -> QIcon:
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        return str(ICONS / "hyperlocal_need.svg")

    def loadAlgorithms(self) -> None:
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
        # A model finds its steps through the registry, which knows them only once it has this provider.
        if QgsApplication.processingRegistry().providerById(self.id()) is not None:
            for model in shipped_models():
                self.addAlgorithm(model)

    def load(self) -> bool:
        QgsApplication.processingRegistry().providerAdded.connect(self.add_models)
        return super().load()

    def add_models(self, provider_id: str) -> None:
        """Load the models, now that the registry has the provider."""
        if provider_id == self.id():
            QgsApplication.processingRegistry().providerAdded.disconnect(self.add_models)
            self.refreshAlgorithms()
