"""A recipe: where one dataset of a publisher lies, how its file is recognised, and what of it goes into a data pack.

One JSON file a dataset in ``recipes/``, named by its id; the catalogue that ``identifysources`` compares files with is
the same list. An indicator's roles name columns of the recipe; a column says by ``words`` which header it has in a
file, and by ``where`` which rows it is in an answer that has a row for each area and category.

``gives``: figures of indicators; ``population`` (the first column is that of the residents); ``boundaries`` and
``lookup``: columns of unit ``code`` and ``name``, each with its geography, of which that of the fetch is the key
(unit ``change`` is CHGIND of an exact fit); ``postcodes``: columns easting, northing, live (empty = still in use).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .. import strict_json
from ..catalogue import step
from ..errors import DataError, NeedError
from ..methodology import ID_PATTERN
from ..pack_format import PARENT_GEOGRAPHIES
from ..published.reading.codes import COUNTS

RECIPES = Path(__file__).resolve().parent / "recipes"
FORMAT = 1
# What a column of a geography's table is; a column of figures has the unit of its figures instead.
CODE, NAME, CHANGE = "code", "name", "change"
ROLES = ("numerator", "numerator_alone", "denominator", "value", "weight", "standard_error", "from", "to")


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
    strict_json.check("recipe", spec, "recipe", DataError)
    if spec["format"] != FORMAT:
        raise DataError(f"format: {spec['format']} is not known; this version reads format {FORMAT}.")
    if not ID_PATTERN.match(spec["id"]):
        raise DataError(f"id: '{spec['id']}' has to be lower-case letters, digits and _, and start with a letter.")
    if not (spec.get("page") or spec.get("page_note")):
        raise DataError("page: give the landing page, or page_note: why there is none.")
    if not spec.get("page", "https://").startswith("https://"):
        raise DataError(f"page: '{spec['page']}' must start with https://.")
    for place, geography in enumerate(spec["geography"]):
        _check_geography(f"geography[{place}]", geography)
    columns = {name: _column(f"columns.{name}", column) for name, column in spec["columns"].items()}
    for name, indicator in spec.get("indicators", {}).items():
        _check_indicator(f"indicators.{name}", indicator, columns)
    plain = {key: value for key, value in spec.items() if isinstance(value, str)}
    return Recipe(
        **plain,
        geography=tuple(spec["geography"]),
        words=tuple(spec.get("words", [])),
        columns=columns,
        indicators=spec.get("indicators", {}),
        fetch=_fetch(spec["fetch"]),
    )


def _column(path: str, spec: Any) -> Column:
    strict_json.check(path, spec, "recipe.column", DataError)
    if "geography" in spec:
        _check_geography(f"{path}.geography", spec["geography"])
    for key, value in spec.get("where", {}).items():
        strict_json.check_kind(f"{path}.where.{key}", value, "text", DataError)
    return Column(**{**spec, "words": tuple(spec.get("words", []))})


def _check_indicator(path: str, spec: Any, columns: Mapping[str, Column]) -> None:
    strict_json.check(path, spec, "recipe.indicator", DataError)
    forms = [key for key in ("numerator", "value", "from") if key in spec]
    if len(forms) != 1 or ("from" in spec) != ("to" in spec):
        raise DataError(f"{path}: give one of numerator, value, or from and to.")
    for role in (*ROLES, "limits"):
        named = spec.get(role, [])
        for name in [] if isinstance(named, dict) else columns_of(named):
            if name not in columns:
                raise DataError(f"{path}.{role}: there is no column '{name}'; columns are {', '.join(columns)}.")
    if _elsewhere(spec):
        strict_json.check(f"{path}.denominator", spec["denominator"], "recipe.elsewhere", DataError)


def _elsewhere(spec: Mapping[str, Any]) -> bool:
    """Whether the denominator is a column of another recipe."""
    return isinstance(spec.get("denominator"), dict)


def _fetch(spec: Mapping[str, Any]) -> Fetch:
    strict_json.check("fetch", spec, "recipe.fetch", DataError)
    _check_geography("fetch.geography", spec["geography"])
    parameters = spec.get("parameters", {})
    strict_json.check("fetch.parameters", parameters, f"recipe.{spec['kind']}", DataError)
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
    return Fetch(**rest, choices=spec.get("import", {}), proof=tuple(spec.get("proof", [])))


def _check_geography(path: str, geography: str) -> None:
    strict_json.check_kind(path, geography, list(PARENT_GEOGRAPHIES), DataError)
