"""From proven tables to a data pack: its tables, lookups and the entries of ``pack.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ..errors import DataError
from ..pack_format import PARENT_GEOGRAPHIES, STATUSES
from ..texts import listed
from .answer import figures
from .recipe import CHANGE, CODE, NAME, Recipe, recipes

AREA, DISTRICT = "LSOA21", "LTLA23"
# Figures for these are shared out by postcodes that lie in Output Areas of 2011.
_BY_POSTCODES = {"OA11": ("OA11",), "LSOA11": ("OA11", "LSOA11"), "MSOA11": ("OA11", "LSOA11"), "MSOA21": ("OA21",)}
_CODES = {"LTLA23": "LAD23CD"}
GEOPACKAGE = "boundaries.gpkg"
POSTCODES = "postcodes.csv.gz"
# Standard errors between the middle and a 95 % limit of a normal distribution.
_LIMIT = 1.959963984540054


@dataclass(frozen=True)
class Taken:
    """One dataset, proven: England's rows by area code, the files with its polygons, its date, and what was said."""

    recipe: Recipe
    table: pd.DataFrame
    pages: Tuple[Path, ...] = ()
    date: str = ""
    said: Tuple[str, ...] = ()


@dataclass
class Draft:
    """A pack before it is written: its ``pack.json``, its tables by file, and whose polygons go to which layer."""

    pack: Dict[str, Any]
    tables: Dict[str, pd.DataFrame] = field(default_factory=dict)
    layers: Dict[str, Taken] = field(default_factory=dict)


def code_name(geography: str) -> str:
    """The usual name of a geography's column of codes: LSOA21CD, LAD23CD."""
    return _CODES.get(geography, f"{geography}CD")


def stand_ins() -> Set[str]:
    """The recipes that stand in for others."""
    return {recipe.fetch.instead for recipe in recipes().values()}


def needed_geography(used: Iterable[str]) -> List[Recipe]:
    """The recipes of boundaries, lookups, population and postcodes that figures of these geographies need."""
    used = set(used)
    wanted = {AREA, DISTRICT, "UTLA23", *used}
    for geography in used & set(_BY_POSTCODES):
        wanted.update(_BY_POSTCODES[geography])
    postcodes = bool(used & set(_BY_POSTCODES))
    shapes = {AREA, DISTRICT, *(["OA11"] if postcodes else [])}
    found = []
    for recipe in recipes().values():
        of = recipe.fetch.geography
        asked = {
            "boundaries": of in shapes,
            "lookup": of in wanted,
            "population": of in {AREA, *(used & {"OA21"})},
            "postcodes": postcodes,
        }
        if asked.get(recipe.gives) and recipe.id not in stand_ins():
            found.append(recipe)
    # Lookups first, from the smallest areas up: the codes of all that follows are known by them.
    return sorted(found, key=lambda one: (one.gives != "lookup", PARENT_GEOGRAPHIES.index(one.fetch.geography)))


def is_essential(recipe: Recipe) -> bool:
    """Whether no pack can be made without it: the areas' boundaries, their population and their districts."""
    districts = recipe.gives == "lookup" and DISTRICT in [column.geography for column in recipe.columns.values()]
    return recipe.fetch.geography == AREA and (recipe.gives in ("boundaries", "population") or districts)


def draft(taken: Sequence[Taken], title: str) -> Draft:
    """The pack of all that was taken; DataError where it lacks what every pack needs."""
    of = {kind: [one for one in taken if one.recipe.gives == kind] for kind in ("boundaries", "lookup", "population")}
    made = Draft({"format": 1, "title": title, "area": AREA})
    licences = list(dict.fromkeys(one.recipe.licence for one in taken))
    made.pack["licence"] = "; ".join(licences)
    made.pack["attribution"] = list(dict.fromkeys(one.recipe.attribution for one in taken))
    made.pack["boundaries"] = {}
    for one in of["boundaries"]:
        _add_boundaries(made, one)
    made.pack["lookups"] = _lookups(made, of["lookup"])
    made.pack["population"] = _population(made, of["population"])
    for one in taken:
        if one.recipe.gives == "postcodes":
            made.tables[POSTCODES] = one.table
            made.pack["postcodes"] = {"file": POSTCODES, **{name: name for name in one.table}, "crs": "EPSG:27700"}
    made.pack["indicators"] = {}
    tables = {one.recipe.id: one for one in taken}
    for one in taken:
        if one.recipe.gives == "indicators":
            table = one.table.rename_axis(code_name(one.recipe.fetch.geography))
            for name, asked in one.recipe.indicators.items():
                if _has_limits(asked, table):
                    # A standard error is the distance of the 95 % limits over twice 1.96.
                    lower, upper = asked["limits"]
                    table = table.assign(**{f"{asked['value']}_se": (table[upper] - table[lower]) / (2 * _LIMIT)})
                if name not in made.pack["indicators"] or one.recipe.id not in stand_ins():
                    made.pack["indicators"][name] = entry(one, name, tables)
            made.tables[file_of(one.recipe)] = table
    return made


def _has_limits(asked: Mapping[str, Any], table: pd.DataFrame) -> bool:
    return "limits" in asked and set(asked["limits"]) <= set(table.columns)


def whole_or_parts(pack: Dict[str, Any], parts: Mapping[str, Sequence[str]]) -> List[str]:
    """Leave each composite in a pack either whole or by all its parts; what was left out, in words."""
    entries, said = pack["indicators"], []
    for composite, of in parts.items():
        here = [name for name in of if name in entries]
        if composite not in entries or not here:
            continue
        gone = [composite] if len(here) == len(of) else here
        for name in gone:
            del entries[name]
        said.append(f"{composite}: {listed(gone)} left out, so that nobody is counted twice.")
    return said


def file_of(recipe: Recipe) -> str:
    """Where the table of a recipe stands in a pack."""
    folder = "population" if recipe.gives == "population" else "indicators"
    return f"{folder}/{recipe.id}.csv.gz"


def entry(one: Taken, indicator: str, tables: Mapping[str, Taken]) -> Dict[str, Any]:
    """What ``pack.json`` says of an indicator; DataError where its denominator was not fetched."""
    recipe, asked = one.recipe, one.recipe.indicators[indicator]
    place = {"file": file_of(recipe), "geography": recipe.fetch.geography, "code": code_name(recipe.fetch.geography)}
    status = asked.get("status", STATUSES[-1] if recipe.id in stand_ins() else STATUSES[0])
    made: Dict[str, Any] = {**place, "status": status, "source": f"{recipe.publisher}, {recipe.title}"}
    made["date"] = one.date
    if "from" in asked:
        made["change"] = {"from": asked["from"], "to": asked["to"]}
    for key in ("numerator", "denominator", "value", "weight", "standard_error"):
        if key in asked:
            made[key] = asked[key]
    if isinstance(asked.get("denominator"), dict):
        other = tables.get(asked["denominator"]["recipe"])
        if other is None:
            raise DataError(f"{indicator}: its denominator ({asked['denominator']['recipe']}) was not fetched.")
        geography = other.recipe.fetch.geography
        place = {"file": file_of(other.recipe), "geography": geography, "code": code_name(geography)}
        made["denominator"] = {**place, "column": asked["denominator"]["column"]}
    if _has_limits(asked, one.table):
        made["standard_error"] = f"{asked['value']}_se"
    for key in ("unbounded", "high_is", "note", "scale", "unit", "design_effect"):
        if key in asked:
            made[key] = asked[key]
    if recipe.fetch.last:
        made["last_possible_date"] = recipe.fetch.last
    return made


def _add_boundaries(made: Draft, one: Taken) -> None:
    geography = one.recipe.fetch.geography
    place = {"file": GEOPACKAGE, "layer": geography}
    for unit, key in ((CODE, "code"), (NAME, "name")):
        column = column_of(one.recipe, geography, unit)
        if column:
            place[key] = column
    made.pack["boundaries"][geography] = place
    made.layers[geography] = one


def _population(made: Draft, pieces: Sequence[Taken]) -> Dict[str, Any]:
    spec: Dict[str, Any] = {}
    for one in pieces:
        geography, file = one.recipe.fetch.geography, file_of(one.recipe)
        made.tables[file] = one.table.rename_axis(code_name(geography))
        place: Dict[str, Any] = {"file": file, "code": code_name(geography), "column": figures(one.recipe)[0]}
        spec.update(place if geography == AREA else {geography: place})
    if "file" not in spec:
        raise DataError(f"population: there is no table of the residents of {AREA}; a pack needs one.")
    return spec


def column_of(recipe: Recipe, geography: str, unit: str) -> str:
    """The column that holds the codes, or names, of a geography; '' where there is none."""
    columns = recipe.columns.items()
    return next((name for name, column in columns if (column.geography, column.unit) == (geography, unit)), "")


def _lookups(made: Draft, pieces: Sequence[Taken]) -> Dict[str, Any]:
    """A lookup for every geography that one is keyed by, with all parents that its areas lie in, each in one."""
    spec: Dict[str, Any] = {}
    for geography in (AREA, "OA21", "OA11"):
        own = [one for one in pieces if one.recipe.fetch.geography == geography]
        if own:
            spec[geography] = _lookup(made, geography, own, pieces)
    if AREA not in spec:
        raise DataError(f"lookups: there is none of {AREA}; a pack needs one.")
    for one in pieces:
        changes = [name for name, column in one.recipe.columns.items() if column.unit == CHANGE]
        if changes:
            geography = one.recipe.fetch.geography
            codes = [column_of(one.recipe, geography, CODE), column_of(one.recipe, AREA, CODE)]
            file = f"lookups/{geography.lower()}.csv.gz"
            made.tables[file] = one.table[[*codes, *changes]].sort_values(codes).set_index(codes[0])
            fit = {AREA: codes[1], "change": changes[0]}
            spec[geography] = {"file": file, "code": codes[0], "exact_fit": fit}
    return spec


def _lookup(made: Draft, geography: str, own: Sequence[Taken], pieces: Sequence[Taken]) -> Dict[str, Any]:
    code = column_of(own[0].recipe, geography, CODE)
    file = f"lookups/{geography.lower()}.csv.gz"
    spec: Dict[str, Any] = {"file": file, "code": code, "parents": {}}
    table = pd.DataFrame(index=pd.Index(sorted(own[0].table[code].unique()), name=code))
    for one in pieces:
        name, link = column_of(one.recipe, geography, NAME), column_of(one.recipe, geography, CODE)
        if name and link and "name" not in spec:
            spec["name"] = name
            table[name] = _link(one, link, name)
    for parent in PARENT_GEOGRAPHIES:
        if parent == geography:
            continue
        found = parents(geography, parent, pieces)
        if found is None or not table.index.isin(found.index).all():
            continue
        source: Dict[str, str] = {}
        for key, column in zip(("code", "name"), found):
            source[key] = column
            table[column] = found[column].reindex(table.index)
        spec["parents"][parent] = source
    made.tables[file] = table
    return spec


def parents(geography: str, parent: str, pieces: Sequence[Taken]) -> Optional[pd.DataFrame]:
    """Code and name of the parent of each area: from a table that has both, else by way of the area's district."""
    for one in pieces:
        code, above = column_of(one.recipe, geography, CODE), column_of(one.recipe, parent, CODE)
        if code and above and not any(column.unit == CHANGE for column in one.recipe.columns.values()):
            link = _link(one, code, above)
            if link is None:
                continue
            columns = {above: link}
            name = column_of(one.recipe, parent, NAME)
            if name:
                names = one.table.drop_duplicates(above).set_index(above)[name]
                columns[name] = link.map(names)
            return pd.DataFrame(columns)
    if DISTRICT in (geography, parent):
        return None
    district, above_it = parents(geography, DISTRICT, pieces), parents(DISTRICT, parent, pieces)
    if district is None or above_it is None:
        return None
    own = district.iloc[:, 0]
    missing = set(own) - set(above_it.index)
    if missing:
        raise DataError(
            f"lookups: {listed(sorted(missing), 3)} of {DISTRICT} are in no {parent}; is it of another year?"
        )
    return above_it.reindex(own).set_axis(own.index)


def _link(one: Taken, code: str, column: str) -> Optional[pd.Series]:
    """The one value of ``column`` for each area; None where an area has several: it is no parent then."""
    pairs = one.table[[code, column]].drop_duplicates()
    return None if pairs[code].duplicated().any() else pairs.set_index(code)[column]
