"""Processing parameters made from the options that the catalogue declares."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Optional

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
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
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


def options(
    step_id: str, *, advanced: bool = False, shown: Collection[str] = ()
) -> List[QgsProcessingParameterDefinition]:
    """The parameters of a step's options; where they are ``advanced``, all but those ``shown`` are folded away."""
    return [
        from_option(option, advanced=advanced and option.name not in shown)
        for option in catalogue.step(step_id).options
    ]


def read_options(
    algorithm: QgsProcessingAlgorithm, step_id: str, parameters: Dict[str, Any], context: QgsProcessingContext
) -> Dict[str, Any]:
    """Every option of the step as given, checked by the catalogue; OptionError names the one that does not fit."""
    readers = {
        "enum": algorithm.parameterAsEnumString,
        "boolean": algorithm.parameterAsBoolean,
        "integer": algorithm.parameterAsInt,
        "number": algorithm.parameterAsDouble,
        "text": algorithm.parameterAsString,
    }
    return {
        option.name: option.check(readers[option.kind](parameters, option.name, context))
        for option in catalogue.step(step_id).options
    }


def source(
    name: str, title: str, words: str = "", *, of: str = "Vector", optional: bool = False
) -> QgsProcessingParameterFeatureSource:
    """A layer or table; ``of``: Vector (any, with or without geometry), VectorPoint or VectorPolygon."""
    kind = [getattr(QgsProcessing.SourceType, f"Type{of}")]
    return _explained(QgsProcessingParameterFeatureSource(name, title, kind, optional=optional), words)


def table(name: str, title: str, words: str = "", *, optional: bool = False) -> QgsProcessingParameterFeatureSource:
    """A layer or table of any kind, with or without geometry."""
    return source(name, title, words, optional=optional)


def points(name: str, title: str, words: str) -> QgsProcessingParameterFeatureSource:
    """A layer of points that may be left out."""
    return source(name, title, words, of="VectorPoint", optional=True)


def polygons(name: str, title: str, words: str = "", *, optional: bool = True) -> QgsProcessingParameterFeatureSource:
    """A layer of polygons that may be left out, if nothing else is said."""
    return source(name, title, words, of="VectorPolygon", optional=optional)


def need() -> QgsProcessingParameterVectorLayer:
    """The layer ``need`` of a finished result, of which the file has to be known."""
    return QgsProcessingParameterVectorLayer("INPUT", "Need", [QgsProcessing.SourceType.TypeVectorPolygon])


def sink(
    title: str, words: str = "", *, name: str = "OUTPUT", optional: bool = False, of: str = "Vector"
) -> QgsProcessingParameterFeatureSink:
    """A table or layer that is written; one that may be left out is not written unless it is asked for."""
    kind = getattr(QgsProcessing.SourceType, f"Type{of}")
    return _explained(QgsProcessingParameterFeatureSink(name, title, kind, None, optional, not optional), words)


def file_out(name: str, title: str, kinds: str, *, optional: bool = False) -> QgsProcessingParameterFileDestination:
    """A file that is written, of the ``kinds`` of a file filter; as for ``sink`` where it may be left out."""
    return QgsProcessingParameterFileDestination(name, title, kinds, None, optional, not optional)


def folder_out(name: str, title: str, *, optional: bool = False) -> QgsProcessingParameterFolderDestination:
    """A folder that is written to; as for ``sink`` where it may be left out."""
    return QgsProcessingParameterFolderDestination(name, title, None, optional, not optional)


def fields(name: str, title: str, words: str, *, numeric: bool = True) -> QgsProcessingParameterField:
    """Any number of the input's fields, or none."""
    definition = field(name, title, words, numeric=numeric)
    definition.setAllowMultiple(True)
    return definition


def field(
    name: str,
    title: str,
    words: str = "",
    *,
    parent: str = "INPUT",
    default: Optional[str] = None,
    numeric: bool = False,
    optional: bool = True,
) -> QgsProcessingParameterField:
    """One field of a table, or none."""
    # CSV files without types hold numbers as texts, so a numeric field is not asked for by its type.
    kind = QgsProcessingParameterField.DataType.Any
    definition = QgsProcessingParameterField(name, title, default, parent, kind, False, optional)
    return _explained(definition, f"{words} Numbers." if numeric else words)


def text(name: str, title: str, words: str = "", *, default: Optional[str] = None) -> QgsProcessingParameterString:
    """A text that may be left empty."""
    return _explained(QgsProcessingParameterString(name, title, defaultValue=default, optional=True), words)


def methodology() -> QgsProcessingParameterFile:
    """The methodology file; empty means the one that is shipped."""
    title = "Methodology (empty: Hyper-local Need 2025)"
    words = "A JSON file that defines the index; its ids name the columns. Empty: the one that is shipped."
    return fold(_explained(QgsProcessingParameterFile("METHODOLOGY", title, extension="json", optional=True), words))


def node() -> QgsProcessingParameterString:
    """A branch of the methodology."""
    words = "Id of a dimension, sub-dimension or indicator: only what is below it is worked on. Empty: everything."
    return fold(text("NODE", "Only this branch of the methodology", words))


def pack(words: str = "", *, optional: bool = True, what: str = "Data pack") -> QgsProcessingParameterFile:
    """A data pack."""
    title = f"{what} (folder, its pack.json, or zip)"
    return file_in("PACK", title, "Data packs (pack.json *.zip);;All files (*)", words, optional=optional)


def file_in(
    name: str, title: str, kinds: str = "All files (*)", words: str = "", *, optional: bool = False
) -> QgsProcessingParameterFile:
    """A file that is read, of the ``kinds`` of a file filter."""
    definition = QgsProcessingParameterFile(name, title, optional=optional)
    definition.setFileFilter(kinds)
    return _explained(definition, words)


def fold(definition: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, in the part of the dialog that is folded away."""
    definition.setFlags(definition.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return definition


def _explained(definition, words: str):
    definition.setHelp(words)
    return definition
