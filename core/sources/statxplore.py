"""Stat-Xplore (DWP): a count by area, all areas at once or, where that is refused, by authority."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Sequence

import pandas as pd

from ..published.reading.codes import codes_of
from ..texts import listed
from .answer import Answer, Get, figures, posted
from .asking import NoAnswer, Request, SourceError, read_json
from .recipe import Recipe

ADDRESS = "https://stat-xplore.dwp.gov.uk/webapi/rest/v1/"
KEY = "statxplore"
_TOO_LARGE = (400, 413, 422)
_AREAS_AT_ONCE = 800
# 'Trafford 006B': an area's number behind its authority.
_IN_AUTHORITY = re.compile(r"(.+) \d{3}[A-Z]?\Z")


def read(recipe: Recipe, get: Get) -> Answer:
    """The table of the set of areas that the schema names, whole or in parts that have all they were asked for."""
    asked = recipe.fetch.parameters
    areas = _valueset(recipe, get)
    try:
        cells = _cells(recipe, get, areas, {}, "all areas")
    except NoAnswer as error:
        if error.status not in _TOO_LARGE:
            raise
        cells = _by_parts(recipe, get, areas)
    found: Dict[str, Dict[str, float]] = {}
    for name in figures(recipe):
        wanted = recipe.columns[name].where.get(asked.get("field", ""), "")
        found[name] = {area: value for (area, category), value in cells.items() if category == wanted}
    return Answer(pd.DataFrame(found).rename_axis("code"))


def _valueset(recipe: Recipe, get: Get) -> str:
    """The id of the one set of areas whose label the recipe's pattern fits."""
    sets = [one for one in _children(get, schema_of(recipe)) if one.get("type") == "VALUESET"]
    fitting = [one["id"] for one in sets if re.search(recipe.fetch.parameters["valueset"], str(one.get("label", "")))]
    if len(fitting) != 1:
        held = ", ".join(str(one.get("label", "")) for one in sets)
        raise SourceError(f"{recipe.id}: {len(fitting)} sets of areas fit; Stat-Xplore has: {held or 'none'}.")
    return str(fitting[0])


def schema_of(recipe: Recipe, of: str = "") -> Request:
    """Asks what the field of areas, or one of its sets, is made of."""
    of = of or recipe.fetch.parameters["geography_field"]
    return Request(f"{ADDRESS}schema/{of}", holds="json", key=KEY, words="what there is")


def _children(get: Get, request: Request) -> List[Mapping[str, Any]]:
    return list(read_json(get(request), request).get("children", []))


def _by_parts(recipe: Recipe, get: Get, areas: str) -> Dict[Any, float]:
    """The table by authorities of England, some hundred areas at a time; by each alone where that is refused too."""
    field, cells = recipe.fetch.parameters["geography_field"], {}
    waiting = _authorities(_children(get, schema_of(recipe, areas)))
    while waiting:
        authorities = waiting.pop(0)
        part = [value for values in authorities.values() for value in values]
        try:
            more = _cells(recipe, get, field, {field: part}, f"areas of {listed(authorities, 2)}")
        except NoAnswer as error:
            if error.status not in _TOO_LARGE or len(authorities) == 1:
                raise
            waiting = [{name: values} for name, values in authorities.items()] + waiting
            continue
        lacking = {_code(value) for value in part} - {area for area, _ in more}
        if lacking:
            raise SourceError(f"{recipe.id}: {len(lacking):,} areas that were asked for did not come.", again=True)
        cells.update(more)
    return cells


def _authorities(children: Sequence[Mapping[str, Any]]) -> List[Dict[str, List[str]]]:
    """The values of England's areas by authority, which their labels begin with; authorities of some hundred together.

    Areas whose labels name none, as those of Output Areas, are parted in the order of their codes.
    """
    areas = sorted(((_code(str(one.get("id", ""))), one) for one in children), key=lambda pair: pair[0])
    groups: Dict[str, List[str]] = {}
    for place, (code, one) in enumerate(areas):
        named = _IN_AUTHORITY.match(str(one.get("label", "")))
        if code.startswith("E"):
            name = named[1] if named else f"codes from {areas[place - place % _AREAS_AT_ONCE][0]}"
            groups.setdefault(name, []).append(str(one["id"]))
    parts: List[Dict[str, List[str]]] = [{}]
    for name in sorted(groups):
        if parts[-1] and sum(map(len, parts[-1].values())) + len(groups[name]) > _AREAS_AT_ONCE:
            parts.append({})
        parts[-1][name] = groups[name]
    return [part for part in parts if part]


def _cells(recipe: Recipe, get: Get, areas: str, recodes: Mapping[str, Sequence[str]], words: str) -> Dict[Any, float]:
    """(area, category) -> count; the category is '' where the recipe has none."""
    asked = recipe.fetch.parameters
    dimensions = [areas, asked["date_field"]]
    chosen = {asked["date_field"]: [asked["date"]], **recodes}
    if "field" in asked:
        dimensions.append(asked["field"])
        chosen[asked["field"]] = sorted({recipe.columns[name].where[asked["field"]] for name in figures(recipe)})
    body = {
        "database": asked["database"],
        "measures": [asked["measure"]],
        "dimensions": [[one] for one in dimensions],
        "recodes": {name: {"map": [[one] for one in values], "total": False} for name, values in chosen.items()},
    }
    question = posted(f"{ADDRESS}table", body, words, KEY)
    answer = read_json(get(question), question)
    try:
        items = [[str(item["uris"][0]) for item in field["items"]] for field in answer["fields"]]
        values = answer["cubes"][asked["measure"]]["values"]
        if items[1] != [asked["date"]]:
            raise SourceError(f"{recipe.id}: the table is of {', '.join(items[1])}, not of {asked['date']}.")
        return _flat(items, values)
    except (KeyError, IndexError, TypeError) as error:
        raise SourceError(f"{recipe.id}: Stat-Xplore's answer is no table of areas ({error!r}).") from error


def _flat(items: Sequence[Sequence[str]], values: Any) -> Dict[Any, float]:
    """The nested cube, area by date by category, as (area, category) -> count; totals are left out."""
    cells: Dict[Any, float] = {}
    for place, uri in enumerate(items[0]):
        code = _code(uri)
        for number, category in enumerate(items[2] if len(items) > 2 else [""]):
            value = values[place][0][number] if len(items) > 2 else values[place][0]
            if code:
                cells[code, category] = float("nan") if value is None else float(value)
    return cells


def _code(uri: str) -> str:
    """The area's code at the end of the id of a value; '' where it is none."""
    return codes_of([uri.rpartition(":")[2]])[0]
