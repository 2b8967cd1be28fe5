"""The parameters of every algorithm, made from what algorithms.json and the catalogue of options declare."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping

from qgis import core as qgis
from qgis.core import QgsProcessingParameterDefinition

from ..core import catalogue
from ..core.catalogue import Option
from .face import HELP

_TYPES = qgis.QgsProcessing.SourceType
_NUMBERS = qgis.QgsProcessingParameterNumber.Type
# What an entry's kind stands for. All else that it says is passed on under the names that QGIS has for it.
KINDS = {
    "table": partial(qgis.QgsProcessingParameterFeatureSource, types=[_TYPES.TypeVector]),
    "points": partial(qgis.QgsProcessingParameterFeatureSource, types=[_TYPES.TypeVectorPoint]),
    "polygons": partial(qgis.QgsProcessingParameterFeatureSource, types=[_TYPES.TypeVectorPolygon]),
    "layer": partial(qgis.QgsProcessingParameterVectorLayer, types=[_TYPES.TypeVectorPolygon]),
    "any_layer": partial(qgis.QgsProcessingParameterVectorLayer, types=[_TYPES.TypeVectorAnyGeometry]),
    # CSV files without types hold numbers as texts, so a numeric field is not asked for by its type.
    "field": partial(qgis.QgsProcessingParameterField, parentLayerParameterName="INPUT", optional=True),
    "fields": partial(
        qgis.QgsProcessingParameterField, parentLayerParameterName="INPUT", optional=True, allowMultiple=True
    ),
    "text": partial(qgis.QgsProcessingParameterString, optional=True),
    "enum": partial(qgis.QgsProcessingParameterEnum, usesStaticStrings=True),
    "boolean": qgis.QgsProcessingParameterBoolean,
    "integer": partial(qgis.QgsProcessingParameterNumber, type=_NUMBERS.Integer),
    "number": partial(qgis.QgsProcessingParameterNumber, type=_NUMBERS.Double),
    "file": qgis.QgsProcessingParameterFile,
    "folder": partial(qgis.QgsProcessingParameterFile, behavior=qgis.QgsProcessingParameterFile.Behavior.Folder),
    "files": partial(qgis.QgsProcessingParameterMultipleLayers, layerType=_TYPES.TypeFile),
    "key": qgis.QgsProcessingParameterAuthConfig,
    "sink": partial(qgis.QgsProcessingParameterFeatureSink, type=_TYPES.TypeVector),
    "polygon_sink": partial(qgis.QgsProcessingParameterFeatureSink, type=_TYPES.TypeVectorPolygon),
    "geopackage": partial(qgis.QgsProcessingParameterVectorDestination, type=_TYPES.TypeVectorPolygon),
    "new_file": qgis.QgsProcessingParameterFileDestination,
    "new_folder": qgis.QgsProcessingParameterFolderDestination,
}


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, Any]:
    return json.loads(Path(__file__).with_name("algorithms.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _words() -> Mapping[str, str]:
    """Help of the parameters that say nothing where they are declared, by name; ``step.NAME`` goes first."""
    return json.loads((HELP / "parameters.json").read_text(encoding="utf-8"))


def declared(step_id: str) -> Mapping[str, Any]:
    """What algorithms.json says of an algorithm: tags, conditions, parameters and further outputs."""
    return _declared()["algorithms"][step_id]


def definitions(step_id: str) -> Iterator[QgsProcessingParameterDefinition]:
    """The parameters of an algorithm, in the order of its dialog."""
    for entry in _entries(step_id, declared(step_id)["parameters"]):
        definition = make(entry)
        if not definition.help():
            name = definition.name()
            definition.setHelp(_words().get(f"{step_id}.{name}", _words().get(name, "")))
        yield definition


def _entries(step_id: str, listed: List[Any]) -> Iterator[Dict[str, Any]]:
    """Entries alone: what stands under ``shared``, ``options`` and ``step.OPTION`` in place of their names."""
    for one in listed:
        if isinstance(one, dict):
            yield one
        elif one == "options":
            yield from _options(step_id)
        elif "." in one:
            step, _, name = one.partition(".")
            yield of_option(catalogue.step(step).option(name))
        else:
            shared = _declared()["shared"][one]
            yield from _entries(step_id, shared if isinstance(shared, list) else [shared])


def _options(step_id: str) -> Iterator[Dict[str, Any]]:
    """Where some are ``shown``, the others are folded away; ``deferred``: left empty, the methodology's word holds."""
    own = declared(step_id)
    for option in catalogue.step(step_id).options:
        entry, name = of_option(option), option.name
        if name in own.get("deferred", ()):
            entry.update(defaultValue=None, optional=True)
        # Models saved before it was there leave it out.
        if name in own.get("optional", ()):
            entry["optional"] = True
        yield {**entry, "advanced": "shown" in own and name not in own["shown"]}


def of_option(option: Option) -> Dict[str, Any]:
    """The entry of a catalogue option; choices are static strings, so that scripts read well."""
    entry = {"kind": option.kind, "name": option.name, "title": option.title, "help": _option_words(option)}
    entry.update(defaultValue=option.default, optional=option.kind == "text" or option.default is None)
    if option.kind == "enum":
        entry["options"] = list(option.choices)
    bounds = {"minValue": option.minimum, "maxValue": option.maximum}
    return {**entry, **{name: bound for name, bound in bounds.items() if bound is not None}}


def _option_words(option: Option) -> str:
    """The help, and for choices whose ids it does not explain what each means: dialogs show the bare ids."""
    if not option.labels or all(f"{one}:" in option.help for one in option.choices):
        return option.help
    meanings = [f"{one}: {label}." for one, label in zip(option.choices, option.labels) if one != label]
    return " ".join([option.help, *meanings]).strip()


def make(entry: Mapping[str, Any]) -> QgsProcessingParameterDefinition:
    """The parameter of an entry: its kind, name, title and help, and what QGIS's class of that kind takes.

    ``like`` names a shared entry that it goes by in all else. An output that may be left out is not written unless it
    is asked for. An ``advanced`` one is folded away; a ``hidden`` one no dialog shows.
    """
    given = dict(entry)
    while "like" in given:
        given = {**_declared()["shared"][given.pop("like")], **given}
    kind, words = given.pop("kind"), given.pop("help", "")
    flags = [
        getattr(QgsProcessingParameterDefinition.Flag, f"Flag{one.capitalize()}")
        for one in ("advanced", "hidden")
        if given.pop(one, 0)
    ]
    definition = KINDS[kind](given.pop("name"), given.pop("title"), **given)
    definition.setHelp(words)
    if definition.isDestination():
        definition.setCreateByDefault(not given.get("optional", False))
    for flag in flags:
        definition.setFlags(definition.flags() | flag)
    return definition
