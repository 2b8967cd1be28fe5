"""The Processing provider ``hyperlocalneed``: which algorithms and models there are."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingModelAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..core import catalogue
from ..core.errors import NeedError
from . import arguments
from .base import NeedAlgorithm
from .face import ICONS, RESOURCES, face, help_url

MODELS = RESOURCES / "models"
TITLES = {
    "convert": "Convert a data pack to LSOAs (model)",
    "full_index": "The index step by step (model)",
    "sure_clusters": "The index, how sure it is, and its clusters (model)",
}
DIMENSION = "dimension_"


class ShippedModel(QgsProcessingModelAlgorithm):
    """A model under the provider's name; to change one, open a copy of its file in the modeller."""

    @classmethod
    def read(cls, path: Path) -> ShippedModel:
        """The model of a file; NeedError if QGIS cannot read it."""
        model = cls()
        if not model.fromFile(str(path)):
            raise NeedError(f"{path}: cannot be read as a model; install the plugin again.")
        return model

    def createInstance(self) -> ShippedModel:
        model = type(self)()
        model.loadVariant(self.toVariant())
        return model

    def checkParameterValues(self, parameters, context):
        settled = arguments.settle(self, parameters)
        try:
            arguments.refuse_all(self, settled, context)
        except NeedError as error:
            return False, str(error)
        return super().checkParameterValues(settled, context)

    def processAlgorithm(self, parameters, context, feedback):
        """QGIS calls a result that it loads by the key of the output; it is called what the model calls it."""
        results = super().processAlgorithm(parameters, context, feedback)
        for definition in self.destinationParameterDefinitions():
            result = str(results.get(definition.name(), ""))
            if context.willLoadLayerOnCompletion(result):
                context.layerToLoadOnCompletionDetails(result).name = definition.description()
        return results

    def shortDescription(self) -> str:
        return self.helpContent().get("ALG_DESC", "")

    def displayName(self) -> str:
        name = self.name()
        if name.startswith(DIMENSION):
            return f"One dimension: {name[len(DIMENSION) :]} (model)"
        return TITLES.get(name, name)

    def shortHelpString(self) -> str:
        # As for the single algorithms: an end of a line is no break.
        return " ".join(super().shortHelpString().split())

    def helpUrl(self) -> str:
        return help_url("modeller.md#the-models")

    def tags(self) -> list:
        return ["need", "index", "lsoa", "neighbourhood", "model", "steps", *self.name().split("_")]

    def icon(self) -> QIcon:
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        return str(ICONS / "index.svg")


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
        for step in catalogue.STEPS:
            self.addAlgorithm(NeedAlgorithm(step.id))
        # A model finds its steps through the registry, which knows them only once it has this provider.
        if QgsApplication.processingRegistry().providerById(self.id()) is not None:
            for path in sorted(MODELS.glob("*.model3")):
                self.addAlgorithm(ShippedModel.read(path))

    def load(self) -> bool:
        QgsApplication.processingRegistry().providerAdded.connect(self.add_models)
        return super().load()

    def add_models(self, provider_id: str) -> None:
        """Load the models, now that the registry has the provider."""
        if provider_id == self.id():
            QgsApplication.processingRegistry().providerAdded.disconnect(self.add_models)
            self.refreshAlgorithms()
