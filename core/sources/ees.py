"""Explore education statistics (DfE): ids differ between data sets, so that labels are looked up in ``meta`` first."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping

import pandas as pd

from .answer import Answer, Get, figures, posted, to_numbers
from .asking import Request, SourceError, read_json
from .recipe import Recipe

ADDRESS = "https://api.education.gov.uk/statistics/v1/data-sets/"
_PAGE = 1_000


def read(recipe: Recipe, get: Get) -> Answer:
    """The figures of one level and period, page by page; a column's ``where`` names its indicator by label."""
    asked = recipe.fetch.parameters
    address = ADDRESS + asked["dataset"]
    request = meta_of(recipe)
    meta = read_json(get(request), request)
    labels = {name: recipe.columns[name].where.get("indicator", name) for name in figures(recipe)}
    wanted = {name: _id(recipe, meta.get("indicators", []), label, "indicator") for name, label in labels.items()}
    codes = _codes(recipe, meta)
    criteria: List[Mapping[str, Any]] = [
        {"geographicLevels": {"in": [asked["level"]]}},
        {"timePeriods": {"eq": {"period": asked["period"], "code": asked["period_code"]}}},
    ]
    criteria += [{"filters": {"eq": option}} for option in _options(recipe, meta)]
    rows: List[Dict[str, Any]] = []
    page, pages = 1, 1
    while page <= pages:
        body = {"criteria": {"and": criteria}, "indicators": sorted(set(wanted.values()))}
        question = posted(f"{address}/query", {**body, "page": page, "pageSize": _PAGE}, f"page {page} of {pages}")
        answer = read_json(get(question), question)
        pages = int(answer.get("paging", {}).get("totalPages", 1))
        rows += answer.get("results", [])
        page += 1
    areas = [codes.get(row.get("locations", {}).get(asked["level"], ""), "") for row in rows]
    if len(set(areas)) < len(areas):
        repeated = next(area for area in areas if areas.count(area) > 1)
        raise SourceError(
            f"{recipe.id}: an area ({repeated or 'without a code'}) comes twice: the filters leave several rows, or a "
            "page came again.",
            again=True,
        )
    values = [row.get("values", {}) for row in rows]
    columns = {
        name: to_numbers(recipe, name, pd.Series([str(row.get(indicator, "")) for row in values], dtype=object))
        for name, indicator in wanted.items()
    }
    return Answer(pd.DataFrame(columns, index=pd.Index(areas, dtype=object, name="code")), date=asked["period"])


def meta_of(recipe: Recipe) -> Request:
    """Asks what the data set has: filters, indicators, places and periods."""
    return Request(f"{ADDRESS}{recipe.fetch.parameters['dataset']}/meta", holds="json", words="what there is")


def _options(recipe: Recipe, meta: Mapping[str, Any]) -> List[str]:
    """The option of each filter: the one that the recipe names, else its total; none where it has no total."""
    filters = meta.get("filters", [])
    named = {
        _id(recipe, filters, label, "filter"): option
        for label, option in recipe.fetch.parameters.get("filters", {}).items()
    }
    chosen = []
    for one in filters:
        options = one.get("options", [])
        if one["id"] in named:
            chosen.append(_id(recipe, options, named[one["id"]], f"option of '{one.get('label', '')}'"))
            continue
        totals = [option for option in options if option.get("isAggregate")] or [
            option for option in options if re.match(r"(?:total|all)\b", str(option.get("label", "")).lower())
        ]
        chosen += [str(totals[0]["id"])] if totals else []
    return chosen


def _id(recipe: Recipe, entries: List[Mapping[str, Any]], label: str, what: str) -> str:
    """The id of the one entry that bears a label, or is the column of that name."""
    wanted = label.strip().lower()
    fitting = [
        one for one in entries if wanted in (str(one.get(key, "")).strip().lower() for key in ("label", "column"))
    ]
    if len(fitting) != 1:
        held = ", ".join(str(one.get("label", "")) for one in entries[:20])
        raise SourceError(f"{recipe.id}: '{label}' is the label of {len(fitting)} entries ({what}); there are: {held}.")
    return str(fitting[0]["id"])


def _codes(recipe: Recipe, meta: Mapping[str, Any]) -> Dict[str, str]:
    """The area's code of each place of the recipe's level."""
    level = recipe.fetch.parameters["level"]
    for one in meta.get("locations", []):
        if level in (one.get("level"), *(one["level"].values() if isinstance(one.get("level"), dict) else ())):
            return {str(place["id"]): str(place.get("code") or "") for place in one.get("options", [])}
    raise SourceError(f"{recipe.id}: the data set has no places of the level {level}.")
