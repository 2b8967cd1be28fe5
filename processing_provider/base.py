"""What every algorithm is: identity from the catalogue, declared parameters, dependencies, and errors in words."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Dict, Mapping, Optional, Tuple

from qgis import core as qgis
from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback
from qgis.PyQt.QtGui import QIcon

from ..core import catalogue
from ..core.errors import DataError, NeedError
from . import arguments, dependencies, parameters
from .face import HELP, ICONS, help_url
from .values import Values

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


class NeedAlgorithm(QgsProcessingAlgorithm):
    """One algorithm of the provider: what is declared of a step, and ``compute`` of the module of its id."""

    def __init__(self, step_id: str) -> None:
        super().__init__()
        self.step = catalogue.step(step_id)
        self._declared = parameters.declared(step_id)
        # Parameters that have a part only with others, or only without them: what would not be read is refused.
        self.only_with, self.not_with = (self._conditions(name) for name in ("only_with", "not_with"))
        # Where a field may be one of another table than the parameter's own, if that is not given.
        self.other_parents: Mapping[str, str] = self._declared.get("other_parents", {})
        # What a run has to say of its own making, for the metadata of what it writes.
        self.said: Tuple[str, ...] = ()

    def _conditions(self, name: str) -> arguments.Conditions:
        return {one: told for names, told in self._declared.get(name, {}).items() for one in names.split()}

    def createInstance(self) -> NeedAlgorithm:
        return type(self)(self.step.id)

    def name(self) -> str:
        return self.step.id

    def displayName(self) -> str:
        return self.step.title

    def group(self) -> str:
        return catalogue.GROUPS[self.step.group]

    def groupId(self) -> str:
        return self.step.group

    def icon(self) -> QIcon:
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        return str(ICONS / f"{self.step.group}.svg")

    def tags(self) -> list:
        return ["need", "index", "lsoa", "neighbourhood", *self._declared["tags"]]

    def shortDescription(self) -> str:
        return self.step.summary

    def shortHelpString(self) -> str:
        body = (HELP / f"{self.step.id}.html").read_text(encoding="utf-8")
        # QGIS turns every end of a line into a break, in the middle of sentences too.
        return " ".join(f"<p>{self.step.summary}</p> {body}".split())

    def helpUrl(self) -> str:
        return help_url(self._declared.get("page") or HEADINGS.get(self.step.group, ""))

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        for definition in parameters.definitions(self.step.id):
            self.addParameter(definition)
        for name, (kind, title) in self._declared.get("outputs", {}).items():
            self.addOutput(getattr(qgis, f"QgsProcessingOutput{kind.capitalize()}")(name, title))

    def canExecute(self) -> Tuple[bool, str]:
        return dependencies.check(self.packages({}))

    def packages(self, given: Mapping[str, Any]) -> Tuple[str, ...]:
        """The packages that a run with these parameters needs: asked for before it, not at its end."""
        pictures = self._declared.get("pictures", ())
        drawn = pictures is True or (pictures and any(given.get(name) for name in pictures))
        return (*dependencies.REQUIRED, *(dependencies.PICTURES if drawn else ()), *self._declared.get("packages", ()))

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
            values = Values(self, settled, context, feedback)
            module = import_module(f".algorithms.{self.step.id}", __package__)
            results = module.compute(values)
            if self.groupId() != "data":
                from .io import about

                about.mark_layers(values, results)
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
