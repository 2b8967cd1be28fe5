"""A recipe: where one dataset of a publisher lies, how its file is recognised, and what of it goes into a data pack.

One JSON file a dataset in ``recipes/``, named by its id; the catalogue that ``identifysources`` compares files with is
the same list. An indicator's roles name columns of the recipe; a column says by ``words`` which header it has in a
file, and by ``where`` which rows it is in an answer that has a row for each area and category.

``gives``: figures of indicators; ``population`` (the first column is that of the residents); ``boundaries`` and
``lookup``: columns of unit ``code`` and ``name``, each with its geography, of which that of the fetch is the key
(unit ``change`` is CHGIND of an exact fit); ``postcodes``: columns easting, northing, live (empty = still in use).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .. import strict_json
from ..catalogue import step
from ..errors import DataError, NeedError
from ..methodology import ID_PATTERN
from ..pack_format import PARENT_GEOGRAPHIES, STATUSES
from ..published.reading.codes import COUNTS
from ..strict_json import NUMBER

RECIPES = Path(__file__).resolve().parent / "recipes"
FORMAT = 1
KNOWN = ("seen in use", "documented", "unsure")
GIVES = ("indicators", "boundaries", "lookup", "population", "postcodes")
# What a column of a geography's table is; a column of figures has the unit of its figures instead.
CODE, NAME, CHANGE = "code", "name", "change"
# Each kind of service: the keys of its parameters, and those that it cannot be asked without.
#   nomis       dataset NM_…, geography TYPE…, date, dimensions {dimension: codes with commas}, measures (20100)
#   arcgis      service (blanks for its _), layer (0), where (1=1), fields [...], geometry (or none), page (2000 rows)
#   govuk       page: path behind gov.uk/api/content/; pattern of the attachment's title or file name
#   ons         page: path of the dataset; pattern of the file's address on that page
#   ees         dataset, level (LA, …), period, period_code, filters {label of filter: label of its option}
#   fingertips  indicators (ids with commas), child, parent (area types), period
#   statxplore  database, measure, geography_field, valueset (pattern of its label), date_field, date, field (for where)
#   file        address; manual: none, the file has to be dropped
# ``address`` beside a page is the last one known; ``member`` a pattern of the file inside a zip.
KINDS: Mapping[str, Tuple[Mapping[str, Any], Sequence[str]]] = {
    "nomis": (
        {**dict.fromkeys(("dataset", "geography", "date", "measures"), str), "dimensions": dict},
        ("dataset", "geography", "date", "dimensions"),
    ),
    "arcgis": (
        {"service": str, "layer": int, "where": str, "fields": list, "geometry": bool, "page": int},
        ("service", "fields"),
    ),
    "govuk": (dict.fromkeys(("page", "pattern", "address", "member"), str), ("page", "pattern")),
    "ons": (dict.fromkeys(("page", "pattern", "address", "member"), str), ("page", "pattern")),
    "ees": (
        {**dict.fromkeys(("dataset", "level", "period", "period_code"), str), "filters": dict},
        ("dataset", "level", "period", "period_code"),
    ),
    "fingertips": (
        {"indicators": str, "child": int, "parent": int, "period": str},
        ("indicators", "child", "parent", "period"),
    ),
    "statxplore": (
        dict.fromkeys(("database", "measure", "geography_field", "valueset", "date_field", "date", "field"), str),
        ("database", "measure", "geography_field", "valueset", "date_field", "date"),
    ),
    "file": (dict.fromkeys(("address", "member"), str), ("address",)),
    "manual": ({}, ()),
}
_TEXTS = ("id", "publisher", "title", "licence", "attribution", "page", "page_note", "file", "gives")
_TOP: Mapping[str, Any] = {
    "format": int,
    **dict.fromkeys(_TEXTS, str),
    "geography": list,
    "words": list,
    "columns": dict,
    "indicators": dict,
    "fetch": dict,
}
_NEEDED = ("format", "id", "publisher", "title", "licence", "attribution", "file", "geography", "columns", "fetch")
_COLUMN = {"unit": str, "words": list, "where": dict, "figure": str, "geography": str}
ROLES = ("numerator", "numerator_alone", "denominator", "value", "weight", "standard_error", "from", "to")
_ENTRY_TEXTS = ("status", "high_is", "note", "sheet", "unit")
_INDICATOR = {
    **dict.fromkeys(ROLES, str),
    "numerator": (str, list),
    "denominator": (str, dict),
    **dict.fromkeys(_ENTRY_TEXTS, str),
    "limits": list,
    **dict.fromkeys(("latest", "unbounded"), bool),
    **dict.fromkeys(("scale", "design_effect"), NUMBER),
}
_FETCH = {
    "kind": str,
    "parameters": dict,
    "geography": str,
    "date": str,
    "rows": int,
    "england": int,
    "gaps": int,
    "megabytes": NUMBER,
    "import": dict,
    "proof": list,
    **dict.fromkeys(("known", "instead", "until", "last"), str),
}
_FETCH_NEEDED = ("kind", "geography", "known")


@dataclass(frozen=True)
class Column:
    """A column of the table: its ``unit``, the patterns of its header, and the rows (``where``) that it is.

    ``figure`` is the column of the answer with the figures, where it has several (Value, Lower CI 95.0 limit).
    ``geography``: whose codes or names (unit ``code`` or ``name``) a column of a lookup or of boundaries holds.
    """

    unit: str
    words: Tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    figure: str = ""
    geography: str = ""


@dataclass(frozen=True)
class Fetch:
    """How a dataset is fetched and proven.

    ``rows``: areas in the answer (England and Wales, where it gives both), 0 where not known; ``england``: those of
    England, of which up to ``gaps`` may be absent; ``proof``: patterns that the words above the table, its headers or
    its file name must hold, so that another vintage is not taken for this one; ``known``: how well the address is
    known; ``instead``: the recipe that stands in; ``until`` when it can be continued; ``last`` possible date.
    ``choices`` are those of the importer (SHEET, HEADER_ROW, ...).
    """

    kind: str
    geography: str
    known: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    date: str = ""
    rows: int = 0
    england: int = 0
    gaps: int = 0
    megabytes: float = 0.0
    choices: Mapping[str, Any] = field(default_factory=dict)
    proof: Tuple[str, ...] = ()
    instead: str = ""
    until: str = ""
    last: str = ""


@dataclass(frozen=True)
class Recipe:
    """One dataset; ``page`` is None where its address is not certain, and ``page_note`` says so.

    ``words`` are patterns that its file name, titles or headers hold; ``geography`` those in which it has been
    published; ``indicators`` say for each indicator the columns of its roles: ``numerator`` (a list is summed;
    ``numerator_alone`` is the column that has the sum itself) and ``denominator``, ``value`` with ``weight``, ``from``
    and ``to``; ``limits`` are the columns of its 95 % confidence limits; ``sheet`` names the sheet to prefer,
    ``latest`` = the newest column, and the rest goes into the pack's entry. A denominator of another dataset is
    ``{"recipe": id, "column": name}``, where several names are summed.
    """

    id: str
    publisher: str
    title: str
    licence: str
    attribution: str
    file: str
    geography: Tuple[str, ...]
    columns: Mapping[str, Column]
    fetch: Fetch
    page: Optional[str] = None
    page_note: str = ""
    gives: str = "indicators"
    words: Tuple[str, ...] = ()
    indicators: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def recipes() -> Mapping[str, Recipe]:
    """All recipes by id, in the order of their ids; NeedError names the file and the path of a fault."""
    found = {path.stem: read(path) for path in sorted(RECIPES.glob("*.json"))}
    for recipe in found.values():
        others: List[Tuple[str, Sequence[str]]] = [(recipe.fetch.instead, ())] if recipe.fetch.instead else []
        elsewhere = [one["denominator"] for one in recipe.indicators.values() if _elsewhere(one)]
        others += [(one["recipe"], columns_of(one["column"])) for one in elsewhere]
        for other, columns in others:
            if other not in found:
                raise DataError(f"{recipe.id}.json: there is no recipe '{other}'; known are {', '.join(found)}.")
            for column in columns:
                if column not in found[other].columns:
                    raise DataError(f"{recipe.id}.json: there is no column '{column}' in {other}.json.")
    return found


def columns_of(named: Any) -> Tuple[str, ...]:
    """The columns that a role names: one, or several that are summed."""
    return (named,) if isinstance(named, str) else tuple(named)


def read(path: Path) -> Recipe:
    """The recipe of a file, checked whole; DataError names the file and the path of a fault."""
    parsed = strict_json.read_object(path, path.name, DataError)
    try:
        recipe = check(parsed)
    except NeedError as error:
        raise DataError(f"{path.name}: {error}") from error
    if recipe.id != path.stem:
        raise DataError(f"{path.name}: id: '{recipe.id}' must be the name of the file.")
    return recipe


def check(spec: Mapping[str, Any]) -> Recipe:
    """A parsed recipe as an object; DataError names the path of an unknown key, a wrong type or name."""
    strict_json.check_keys("recipe", spec, _TOP, _NEEDED, DataError)
    if spec["format"] != FORMAT:
        raise DataError(f"format: {spec['format']} is not known; this version reads format {FORMAT}.")
    _one_of("gives", spec.get("gives", GIVES[0]), GIVES)
    if not ID_PATTERN.match(spec["id"]):
        raise DataError(f"id: '{spec['id']}' has to be lower-case letters, digits and _, and start with a letter.")
    if not (spec.get("page") or spec.get("page_note")):
        raise DataError("page: give the landing page, or page_note: why there is none.")
    if not spec.get("page", "https://").startswith("https://"):
        raise DataError(f"page: '{spec['page']}' must start with https://.")
    for place, geography in enumerate(_texts("geography", spec["geography"])):
        _one_of(f"geography[{place}]", geography, PARENT_GEOGRAPHIES)
    columns = {name: _column(f"columns.{name}", column) for name, column in spec["columns"].items()}
    for name, indicator in spec.get("indicators", {}).items():
        _check_indicator(f"indicators.{name}", indicator, columns)
    plain = {key: value for key, value in spec.items() if key in _TEXTS}
    return Recipe(
        **plain,
        geography=tuple(spec["geography"]),
        words=_patterns("words", spec.get("words", [])),
        columns=columns,
        indicators=spec.get("indicators", {}),
        fetch=_fetch(spec["fetch"]),
    )


def _column(path: str, spec: Any) -> Column:
    strict_json.check_keys(path, spec, _COLUMN, ("unit",), DataError)
    if "geography" in spec:
        _one_of(f"{path}.geography", spec["geography"], PARENT_GEOGRAPHIES)
    for key, value in spec.get("where", {}).items():
        strict_json.check_type(f"{path}.where.{key}", value, str, DataError)
    return Column(**{**spec, "words": _patterns(f"{path}.words", spec.get("words", []))})


def _check_indicator(path: str, spec: Any, columns: Mapping[str, Column]) -> None:
    strict_json.check_keys(path, spec, _INDICATOR, (), DataError)
    forms = [key for key in ("numerator", "value", "from") if key in spec]
    if len(forms) != 1 or ("from" in spec) != ("to" in spec):
        raise DataError(f"{path}: give one of numerator, value, or from and to.")
    for role in (*ROLES, "limits"):
        named = spec.get(role, [])
        named = [named] if isinstance(named, str) else [] if isinstance(named, dict) else named
        for name in _texts(f"{path}.{role}", named):
            if name not in columns:
                raise DataError(f"{path}.{role}: there is no column '{name}'; columns are {', '.join(columns)}.")
    if _elsewhere(spec):
        known = {"recipe": str, "column": (str, list)}
        strict_json.check_keys(f"{path}.denominator", spec["denominator"], known, tuple(known), DataError)
    _one_of(f"{path}.status", spec.get("status", STATUSES[0]), STATUSES)
    _one_of(f"{path}.high_is", spec.get("high_is", "need"), ("need", "less need"))


def _elsewhere(spec: Mapping[str, Any]) -> bool:
    """Whether the denominator is a column of another recipe."""
    return isinstance(spec.get("denominator"), dict)


def _fetch(spec: Mapping[str, Any]) -> Fetch:
    strict_json.check_keys("fetch", spec, _FETCH, _FETCH_NEEDED, DataError)
    _one_of("fetch.kind", spec["kind"], tuple(KINDS))
    _one_of("fetch.known", spec["known"], KNOWN)
    _one_of("fetch.geography", spec["geography"], PARENT_GEOGRAPHIES)
    parameters = spec.get("parameters", {})
    strict_json.check_keys("fetch.parameters", parameters, *KINDS[spec["kind"]], DataError)
    for key in ("pattern", "member", "valueset"):
        _patterns(f"fetch.parameters.{key}", [parameters.get(key, "")])
    for key in ("rows", "england", "gaps", "megabytes"):
        if spec.get(key, 0) < 0:
            raise DataError(f"fetch.{key}: {spec[key]} is negative.")
    address = parameters.get("address", "https://")
    if not address.startswith("https://"):
        raise DataError(f"fetch.parameters.address: '{address}' must start with https://.")
    options = {option.name: option for option in step("importpublished").options}
    for name, value in spec.get("import", {}).items():
        if name not in options:
            raise DataError(f"fetch.import: unknown key '{name}'; known are {', '.join(options)}.")
        options[name].check(value)
    rest = {key: value for key, value in spec.items() if key not in ("import", "proof")}
    rest["england"] = spec.get("england", COUNTS.get(spec["geography"], 0))
    proof = _patterns("fetch.proof", spec.get("proof", []))
    return Fetch(**rest, choices=spec.get("import", {}), proof=proof)


def _one_of(path: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise DataError(f"{path}: '{value}' is not known; known are {', '.join(known)}.")


def _texts(path: str, values: Any) -> List[str]:
    strict_json.check_type(path, values, list, DataError)
    for place, value in enumerate(values):
        strict_json.check_type(f"{path}[{place}]", value, str, DataError)
    return list(values)


def _patterns(path: str, values: Any) -> Tuple[str, ...]:
    """Patterns, each of which can be searched for."""
    for place, value in enumerate(_texts(path, values)):
        try:
            re.compile(value)
        except re.error as error:
            raise DataError(f"{path}[{place}]: '{value}' is no pattern ({error}).") from error
    return tuple(values)
