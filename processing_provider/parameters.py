"""Processing parameters made from the options that the catalogue declares."""

from __future__ import annotations

from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..core import catalogue
from ..core.catalogue import Option


def from_option(option: Option, *, advanced: bool = False, deferred: bool = False) -> QgsProcessingParameterDefinition:
    """The Processing parameter of a catalogue option; enums hold static strings, so that scripts read well.

    A ``deferred`` number may be left empty: then what the methodology says holds.
    """
    if option.kind == "enum":
        definition: QgsProcessingParameterDefinition = QgsProcessingParameterEnum(
            option.name,
            option.title,
            options=list(option.choices),
            defaultValue=option.default,
            optional=option.default is None,
            usesStaticStrings=True,
        )
    elif option.kind == "boolean":
        definition = QgsProcessingParameterBoolean(option.name, option.title, defaultValue=option.default)
    elif option.kind == "text":
        definition = QgsProcessingParameterString(option.name, option.title, defaultValue=option.default, optional=True)
    else:
        definition = _number(option, deferred)
    words = _option_words(option)
    if words:
        definition.setHelp(words)
    return fold(definition) if advanced else definition


def _option_words(option: Option) -> str:
    """The help, and for choices whose ids it does not explain what each means: dialogs show the bare ids."""
    if not option.labels or all(f"{one}:" in option.help for one in option.choices):
        return option.help
    meanings = [f"{one}: {label}." for one, label in zip(option.choices, option.labels) if one != label]
    return " ".join([option.help, *meanings]).strip()


def _number(option: Option, deferred: bool) -> QgsProcessingParameterNumber:
    kinds = QgsProcessingParameterNumber.Type
    definition = QgsProcessingParameterNumber(
        option.name,
        option.title,
        type=kinds.Integer if option.kind == "integer" else kinds.Double,
        defaultValue=None if deferred else option.default,
        optional=deferred,
    )
    if option.minimum is not None:
        definition.setMinimum(option.minimum)
    if option.maximum is not None:
        definition.setMaximum(option.maximum)
    return definition


def read_options(
    algorithm: QgsProcessingAlgorithm, step_id: str, parameters: Dict[str, Any], context: QgsProcessingContext
) -> Dict[str, Any]:
    """Every option of the step as given, checked by the catalogue; OptionError names the one that does not fit."""
    values = {}
    for option in catalogue.step(step_id).options:
        if option.kind == "enum":
            value: Any = algorithm.parameterAsEnumString(parameters, option.name, context)
        elif option.kind == "boolean":
            value = algorithm.parameterAsBoolean(parameters, option.name, context)
        elif option.kind == "integer":
            value = algorithm.parameterAsInt(parameters, option.name, context)
        elif option.kind == "number":
            value = algorithm.parameterAsDouble(parameters, option.name, context)
        else:
            value = algorithm.parameterAsString(parameters, option.name, context)
        values[option.name] = option.check(value)
    return values


def table(name: str, title: str, words: str, *, optional: bool = False) -> QgsProcessingParameterFeatureSource:
    """A layer or table of any kind, with or without geometry."""
    kind = [QgsProcessing.SourceType.TypeVector]
    return _explained(QgsProcessingParameterFeatureSource(name, title, kind, optional=optional), words)


def sink(title: str, words: str) -> QgsProcessingParameterFeatureSink:
    """The output of a step."""
    return _explained(QgsProcessingParameterFeatureSink("OUTPUT", title, QgsProcessing.SourceType.TypeVector), words)


def points(name: str, title: str, words: str) -> QgsProcessingParameterFeatureSource:
    """A layer of points that may be left out."""
    kind = [QgsProcessing.SourceType.TypeVectorPoint]
    return _explained(QgsProcessingParameterFeatureSource(name, title, kind, optional=True), words)


def polygons(name: str, title: str, words: str) -> QgsProcessingParameterFeatureSource:
    """A layer of polygons that may be left out."""
    kind = [QgsProcessing.SourceType.TypeVectorPolygon]
    return _explained(QgsProcessingParameterFeatureSource(name, title, kind, optional=True), words)


def fields(
    name: str, title: str, words: str, *, parent: str = "INPUT", numeric: bool = True
) -> QgsProcessingParameterField:
    """Any number of fields of a table, or none."""
    return _field(name, title, words, parent, None, numeric, True)


def field(
    name: str, title: str, words: str, *, parent: str = "INPUT", default: Optional[str] = None, numeric: bool = False
) -> QgsProcessingParameterField:
    """One field of a table, or none."""
    return _field(name, title, words, parent, default, numeric, False)


def _field(name, title, words, parent, default, numeric, multiple) -> QgsProcessingParameterField:
    # CSV files without types hold numbers as texts, so a numeric field is not asked for by its type.
    kind = QgsProcessingParameterField.DataType.Any
    definition = QgsProcessingParameterField(
        name,
        title,
        defaultValue=default,
        parentLayerParameterName=parent,
        type=kind,
        allowMultiple=multiple,
        optional=True,
    )
    return _explained(definition, f"{words} Numbers." if numeric else words)


def text(name: str, title: str, words: str, *, default: Optional[str] = None) -> QgsProcessingParameterString:
    """A text that may be left empty."""
    return _explained(QgsProcessingParameterString(name, title, defaultValue=default, optional=True), words)


def methodology() -> QgsProcessingParameterFile:
    """The methodology file; empty means the one that is shipped."""
    definition = QgsProcessingParameterFile(
        "METHODOLOGY", "Methodology (empty: Hyper-local Need 2025)", extension="json", optional=True
    )
    words = "A JSON file that defines the index; its ids name the columns. Empty: the one that is shipped."
    return fold(_explained(definition, words))


def node() -> QgsProcessingParameterString:
    """A branch of the methodology."""
    words = "Id of a dimension, sub-dimension or indicator: only what is below it is worked on. Empty: everything."
    return fold(text("NODE", "Only this branch of the methodology", words))


def pack(words: str, *, optional: bool = True) -> QgsProcessingParameterFile:
    """A data pack."""
    definition = QgsProcessingParameterFile("PACK", "Data pack (folder, its pack.json, or zip)", optional=optional)
    definition.setFileFilter("Data packs (pack.json *.zip);;All files (*)")
    return _explained(definition, words)


def fold(definition: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, in the part of the dialog that is folded away."""
    definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return definition


def _explained(definition, words: str):
    definition.setHelp(words)
    return definition
