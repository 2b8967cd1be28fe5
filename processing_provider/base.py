"""What all algorithms share: identity from the catalogue, help, dependencies, and errors in words."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtGui import QIcon

from ..core import catalogue
from ..core.errors import DataError, NeedError
from . import arguments, dependencies
from .face import HELP, ICONS, help_url
from .io import destination

# Page and heading of the guide, by group; algorithms of other groups say their own.
HEADINGS: Mapping[str, str] = {
    "convert": "method.md#1-conversion-to-lsoa",
    "quality": "method.md#2-quality",
    "composite": "method.md#3-composite-indicators",
    "shrinkage": "method.md#4-shrinkage",
    "orient": "method.md#5-and-6-direction-and-normal-scores",
    "standardise": "method.md#5-and-6-direction-and-normal-scores",
    "combine": "method.md#7-to-9-sums-exponential-transformation-weights",
    "dimensions": "method.md#7-to-9-sums-exponential-transformation-weights",
    "index": "method.md#for-statisticians",
}


@lru_cache(maxsize=1)
def _parameter_words() -> Mapping[str, str]:
    """Help of the parameters that say nothing where they are made, by name; ``step.NAME`` goes first."""
    return json.loads((HELP / "parameters.json").read_text(encoding="utf-8"))


class NeedAlgorithm(QgsProcessingAlgorithm):
    """One algorithm of the provider; a subclass gives the step's id, its words and ``compute``."""

    STEP = ""
    TAGS: Tuple[str, ...] = ()
    # Page and heading of the guide, where they are not those of the group.
    PAGE = ""
    PACKAGES: Tuple[str, ...] = dependencies.REQUIRED
    # Parameters that have a part only with others, or only without them: what would not be read is refused.
    ONLY_WITH: arguments.Conditions = {}
    NOT_WITH: arguments.Conditions = {}
    # What a run has to say of its own making, for the metadata of what it writes.
    said: Tuple[str, ...] = ()
    # Where a field may be one of another table than the parameter's own, if that is not given.
    OTHER_PARENTS: Dict[str, str] = {}

    def createInstance(self) -> NeedAlgorithm:
        return type(self)()

    def name(self) -> str:
        return self.STEP

    def displayName(self) -> str:
        return catalogue.step(self.STEP).title

    def group(self) -> str:
        return catalogue.GROUPS[self.groupId()]

    def groupId(self) -> str:
        return catalogue.step(self.STEP).group

    def icon(self) -> QIcon:
        return QIcon(str(ICONS / f"{self.groupId()}.svg"))

    def svgIconPath(self) -> str:
        return str(ICONS / f"{self.groupId()}.svg")

    def tags(self) -> list:
        return ["need", "index", "lsoa", "neighbourhood", *self.TAGS]

    def shortDescription(self) -> str:
        return catalogue.step(self.STEP).summary

    def shortHelpString(self) -> str:
        body = (HELP / f"{self.STEP}.html").read_text(encoding="utf-8")
        # QGIS turns every end of a line into a break, in the middle of sentences too.
        return " ".join(f"<p>{catalogue.step(self.STEP).summary}</p> {body}".split())

    def helpUrl(self) -> str:
        return help_url(self.PAGE or HEADINGS.get(self.groupId(), ""))

    def definitions(self) -> Iterable[QgsProcessingParameterDefinition]:
        """The parameters, in the order of the dialog."""
        return ()

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        for definition in self.definitions():
            self.addParameter(definition)

    def addParameter(self, definition: QgsProcessingParameterDefinition, createOutput: bool = True) -> bool:
        if not definition.help():
            words, name = _parameter_words(), definition.name()
            definition.setHelp(words.get(f"{self.STEP}.{name}", words.get(name, "")))
        return super().addParameter(definition, createOutput)

    def canExecute(self) -> Tuple[bool, str]:
        return dependencies.check(self.PACKAGES)

    def packages(self, parameters: Dict[str, Any]) -> Tuple[str, ...]:
        """The packages that a run with these parameters needs: asked for before it, not at its end."""
        return self.PACKAGES

    def checkParameterValues(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[bool, str]:
        # processing.run never asks canExecute.
        able, reason = dependencies.check(self.packages(parameters))
        if not able:
            return False, reason
        settled = arguments.settle(self, parameters)
        try:
            arguments.refuse_all(self, settled, context)
        except NeedError as error:
            return False, str(error)
        return super().checkParameterValues(settled, context)

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        # Nobody has checked what a model hands to its steps.
        settled = arguments.settle(self, parameters)
        try:
            arguments.refuse_unread(self, settled)
            arguments.refuse_all(self, settled, context)
            destination.check_outputs(self, settled, context)
            results = self.compute(settled, context, feedback)
            if self.groupId() != "data":
                from .io import about

                about.mark_layers(self, settled, context, results)
            return results
        except NeedError as error:
            message = str(error)
        except OSError as error:
            message = f"{error.filename or self.displayName()}: {error.strerror or error}."
        message = arguments.blamed(self, settled, message)
        # Raised out here, so that it carries no traceback: QGIS never lets go of an exception, and with it would
        # stay every table, layer and file of the run, until after QGIS itself has gone.
        raise QgsProcessingException(message)

    def parameterAsSource(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext):
        """DataError where a layer that is given cannot be read; QGIS calls a locked one not found."""
        source = super().parameterAsSource(parameters, name, context)
        if source is None and parameters.get(name) not in (None, ""):
            raise DataError(arguments.unreadable(name, parameters[name]))
        return source

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Do the work and give the outputs; NeedError and OSError become messages for the user."""
        raise NotImplementedError
