"""What is given to an algorithm: empty is absent, and what does not fit, or would not be read, is refused in words."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Set, Tuple, Union

from qgis.core import (
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProperty,
    QgsWkbTypes,
)

from ..core.errors import DataError, OptionError
from ..core.texts import find_name
from . import compat
from .io import destination, locks

if TYPE_CHECKING:
    from .base import NeedAlgorithm

TRUTHS = ("true", "false", "1", "0")
# QGIS's own bounds of a number that was given none.
_BOUNDLESS = 1e300
# Which parameters have a part only where others are given, or where they are not: name -> conditions. A condition is
# the name of a parameter, several names of which one will do (A|B), or a parameter with its values (METHOD=a|b).
Checks = Mapping[str, Callable[[Any, Any], None]]
Conditions = Mapping[str, Union[str, Tuple[str, ...]]]


def settle(algorithm: Any, parameters: Mapping[str, Any]) -> Dict[str, Any]:
    """The parameters without those that are empty, wherever the algorithm can do without: empty is absent."""
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    settled = dict(parameters)
    for definition in algorithm.parameterDefinitions():
        value = settled.get(definition.name())
        dispensable = definition.flags() & optional or definition.defaultValue() is not None
        if dispensable and (compat.is_null(value) or (isinstance(value, (str, list)) and not value)):
            settled.pop(definition.name(), None)
    return settled


def refuse(algorithm: Any, parameters: Mapping[str, Any], checks: Optional[Checks] = None) -> None:
    """OptionError, naming the parameter and what it may be, for the first settled value that does not fit.

    Choices, numbers and booleans, unless other ``checks`` are given.
    """
    for definition in algorithm.parameterDefinitions():
        value = parameters.get(definition.name())
        check = (checks or _VALUES).get(definition.type())
        # What a model computes is a value by the time that its step runs.
        if check is not None and value is not None and not isinstance(value, QgsProperty):
            check(definition, value)


def refuse_all(algorithm: Any, parameters: Mapping[str, Any], context: QgsProcessingContext) -> None:
    """NeedError for the first settled value that does not fit, and for what is not there or cannot be read."""
    refuse(algorithm, parameters)
    refuse_sources(algorithm, parameters, context)
    refuse_places(algorithm, parameters, context)
    destination.check_outputs(algorithm, parameters, context)


def refuse_sources(algorithm: Any, parameters: Mapping[str, Any], context: QgsProcessingContext) -> None:
    """DataError, naming the parameter, for a layer or table that cannot be read, or has geometries of another kind."""
    types, kinds = QgsProcessing.SourceType, QgsWkbTypes.GeometryType
    wanted = {
        types.TypeVectorPoint: (kinds.PointGeometry, "points"),
        types.TypeVectorPolygon: (kinds.PolygonGeometry, "polygons"),
    }

    def check(definition: QgsProcessingParameterDefinition, value: Any) -> None:
        source = algorithm.parameterAsSource(parameters, definition.name(), context)
        if source is None:
            raise DataError(unreadable(definition.name(), value))
        kind, words = next((wanted[one] for one in definition.dataTypes() if one in wanted), (None, ""))
        geometry = QgsWkbTypes.geometryType(source.wkbType())
        if kind is not None and geometry not in (kind, kinds.UnknownGeometry):
            held = QgsWkbTypes.geometryDisplayString(geometry).lower()
            raise DataError(f"{definition.name()}: {source.sourceName()} holds {held} geometries; {words} are needed.")

    refuse(algorithm, parameters, {"source": check, "vector": check})


def unreadable(name: str, value: Any) -> str:
    """Why a layer or table that is given cannot be read, in words behind the name of its parameter."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source.staticValue()
    if isinstance(value, QgsMapLayer):
        return f"{name}: the layer '{value.name()}' is broken; mend its source, or choose another."
    fault = locks.source_fault(value)
    there = Path(str(value).partition("|")[0]).is_file()
    way_out = (
        "it may be of another kind, empty or damaged; a CSV needs a header and two columns or more"
        if there
        else "there is no such layer or file; choose one of the project, or check the path"
    )
    return f"{name}: {fault}" if fault else f"{name}: '{value}' cannot be read as a layer or table: {way_out}."


def blamed(algorithm: Any, parameters: Mapping[str, Any], message: str) -> str:
    """The message of an error, behind the name of the parameter whose value it quotes, or whose file it tells of."""
    about = message.partition(": ")[0]
    definitions = algorithm.parameterDefinitions()
    if {one.name() for one in definitions} & set(about.split(", ")):
        return message
    given = [(one.name(), _given_words(parameters.get(one.name()))) for one in definitions]
    for fits in (
        lambda word: f"'{word}'" in message or about.endswith(f".{word}"),
        lambda word: about in (word, os.path.splitext(word)[0]),
        # A word of everyday language stands in messages by itself: 'no pack can be made' quotes no OUTPUT called pack.
        lambda word: not (word.isalpha() and word.islower()) and re.search(rf"\b{re.escape(word)}\b", message),
    ):
        names = [name for name, words in given if any(map(fits, words))]
        if names:
            return f"{', '.join(names)}: {message}"
    return message


def _given_words(value: Any) -> Set[str]:
    """A value, the parts of a list, and a file by its whole path and by its name: how messages may call it."""
    value = value.name() if isinstance(value, QgsMapLayer) else value
    texts = value if isinstance(value, (list, tuple)) else [value]
    parts = {part.strip() for text in texts if isinstance(text, str) for part in (text, *re.split("[,;=|]", text))}
    return {*parts, *map(os.path.basename, parts)} - {""}


def refuse_places(algorithm: Any, parameters: Mapping[str, Any], context: QgsProcessingContext) -> None:
    """OptionError, naming the parameter, for a file that is not there, or a field that its table does not have."""

    def check_field(definition: QgsProcessingParameterField, value: Any) -> None:
        name, parent = definition.name(), definition.parentLayerParameterName()
        if parameters.get(parent) is None:
            parent = getattr(algorithm, "other_parents", {}).get(name, parent)
        # A default need not be there: the algorithm knows what then.
        if value == definition.defaultValue() or parameters.get(parent) is None:
            return
        source = algorithm.parameterAsSource(parameters, parent, context)
        if source is not None:
            for field in value if isinstance(value, (list, tuple)) else str(value).split(";"):
                _find_field(name, source, str(field).strip())

    refuse(algorithm, parameters, {"file": _check_file, "field": check_field})


def _find_field(name: str, source: QgsProcessingFeatureSource, field: str) -> None:
    names, place = source.fields().names(), f"{name}: {source.sourceName()}"
    if find_name(field, names, place) is None:
        raise OptionError(f"{place}: there is no field '{field}'; it has {', '.join(names[:40])}.")


def refuse_unread(algorithm: NeedAlgorithm, parameters: Mapping[str, Any]) -> None:
    """OptionError for a value that nothing would read, given what else is given."""
    only, never = (algorithm.only_with, False, "without {}"), (algorithm.not_with, True, "where {} is given")
    for declared, refused, words in (only, never):
        for name, conditions in declared.items():
            if not _set(algorithm, name, parameters):
                continue
            for condition in listed(conditions):
                if _met(algorithm, condition, parameters) is refused:
                    told = words.format(condition.replace("|", " or ").replace("=", " = "))
                    raise OptionError(f"{name}: has no part {told}; {_way_out(algorithm, name)}.")


def listed(conditions: Union[str, Tuple[str, ...]]) -> Tuple[str, ...]:
    """The conditions, be it one or several."""
    return (conditions,) if isinstance(conditions, str) else conditions


def _way_out(algorithm: Any, name: str) -> str:
    default = algorithm.parameterDefinition(name).defaultValue()
    return f"leave {name} {'empty' if default is None else f'at {default}'}"


def _set(algorithm: Any, name: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a parameter is given another value than it has anyway."""
    value, default = parameters.get(name), algorithm.parameterDefinition(name).defaultValue()
    if value is None or isinstance(value, QgsProperty) or value == [default]:
        return False
    if isinstance(default, float):
        return float(value) != default
    return default is None or str(value).lower() != str(default).lower()


def _met(algorithm: Any, condition: str, parameters: Mapping[str, Any]) -> bool:
    name, values = condition.partition("=")[::2]
    if not values:
        return any(parameters.get(one) is not None for one in condition.split("|"))
    return str(parameters.get(name, algorithm.parameterDefinition(name).defaultValue())) in values.split("|")


def _check_enum(definition: QgsProcessingParameterEnum, value: Any) -> None:
    if value not in definition.options():
        raise OptionError(
            f"{definition.name()}: '{value}' is not known; choose from {', '.join(definition.options())}."
        )


def _check_number(definition: QgsProcessingParameterNumber, value: Any) -> None:
    whole = definition.dataType() == QgsProcessingParameterNumber.Type.Integer
    kind = f"a {'whole ' if whole else ''}number{_range(definition)}"
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or (whole and number != int(number)):
        raise OptionError(f"{definition.name()}: '{value}' is not {kind}.")
    if not definition.minimum() <= number <= definition.maximum():
        raise OptionError(f"{definition.name()}: {value} is not {kind}.")


def _range(definition: QgsProcessingParameterNumber) -> str:
    low, high = definition.minimum(), definition.maximum()
    if high >= min(_BOUNDLESS, 2**31 - 1) and low > -_BOUNDLESS:
        return f" of {low:.12g} or more"
    return f" from {low:.12g} to {high:.12g}" if low > -_BOUNDLESS else ""


def _check_boolean(definition: QgsProcessingParameterBoolean, value: Any) -> None:
    if str(value).lower() not in TRUTHS:
        raise OptionError(f"{definition.name()}: '{value}' is not known; choose from true, false.")


def _check_file(definition: QgsProcessingParameterFile, value: Any) -> None:
    if not os.path.exists(str(value)):
        raise OptionError(f"{definition.name()}: '{value}' is not there; check the path.")
    ending = f".{definition.extension()}"
    if definition.extension() and not str(value).lower().endswith(ending):
        raise OptionError(f"{definition.name()}: '{value}' must be a {ending} file.")


def _check_new_file(definition: QgsProcessingParameterFileDestination, value: Any) -> None:
    """By the endings of its filter, unless that takes all files: a page must not take the name of a table."""
    endings = re.findall(r"\*(\.\w+)", definition.fileFilter())
    if value == QgsProcessing.TEMPORARY_OUTPUT or "(*)" in definition.fileFilter():
        return
    if os.path.splitext(str(value))[1].lower() not in endings:
        raise OptionError(f"{definition.name()}: '{value}' must be a {' or '.join(endings)} file.")


_VALUES: Checks = {
    "enum": _check_enum,
    "number": _check_number,
    "boolean": _check_boolean,
    "fileDestination": _check_new_file,
}
