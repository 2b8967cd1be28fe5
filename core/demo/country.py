"""The demonstration country put together: areas, polygons, postcodes, people, figures and the pack's manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import OptionError
from ..texts import Progress, no_progress
from . import counts, names, recipes
from .awkward import make_awkward
from .cells import Cells, multipolygons, points_inside, trace_rings
from .changes import Changes, draw_changes
from .geography import Hierarchy, Members, OutputAreas, draw_hierarchy, draw_output_areas
from .land import FULL_SIZE, Land, draw_centres

LEAST_AREAS = 60
POSTCODES_AT_SEA = 0.001


@dataclass(frozen=True)
class Polygons:
    """Areas of one geography: codes, names (None where they have none), WKB MultiPolygons in EPSG:27700."""

    codes: Array
    names: Optional[Array]
    wkb: List[bytes]


@dataclass(frozen=True)
class Demo:
    """A demonstration pack in memory.

    ``pack``: the content of pack.json; ``tables``: frames by path; ``polygons``: by geography, for the files
    that ``pack["boundaries"]`` names; ``planted``: the column ``need`` by LSOA code, which stands nowhere in
    the pack.
    """

    pack: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    polygons: Mapping[str, Polygons]
    planted: pd.DataFrame


@dataclass(frozen=True)
class _Country:
    """Areas, cells and codes of the country before anyone lives there."""

    land: Land
    hierarchy: Hierarchy
    output_areas: OutputAreas
    changes: Changes
    cells: Cells
    codes: Mapping[str, Array]
    names: Mapping[str, Array]
    at_sea: Array


def make_demo(areas: int = FULL_SIZE, seed: int = 2025, report: Progress = no_progress, partial: bool = False) -> Demo:
    """An invented country of ``areas`` LSOAs with postcodes, polygons and all indicators, from a seed.

    Need is planted in the raw counts, means and ranks alone; the method should find it again. Equal
    arguments give equal demonstrations. The figures have the gaps and the mistake that ``make_awkward`` names;
    ``partial`` adds an indicator for one district alone. ``report(fraction, text)`` may raise to cancel.
    Raises OptionError for fewer than 60 areas or a negative seed.
    """
    if areas < LEAST_AREAS or seed < 0:
        least = f"{LEAST_AREAS} areas or more and a seed from 0"
        raise OptionError(f"The demonstration needs {least}; got {areas} and {seed}.")
    rng = np.random.default_rng(seed)
    report(0.0, "Drawing the coast, towns and areas")
    country = _draw_country(rng, areas)
    report(0.2, "Drawing polygons")
    polygons = _draw_polygons(country, report)
    report(0.45, "Scattering postcodes")
    lsoa = country.output_areas.lsoa
    sparse = counts.pick_sparse(rng, lsoa)
    tables = {**_lookups(country), "postcodes.csv.gz": _postcodes(rng, country, sparse)}
    report(0.7, "Planting need")
    need = counts.draw_need(rng, country.land, country.hierarchy)
    themes = counts.draw_themes(rng, country.land, country.hierarchy, need)
    people = counts.draw_people(rng, need[lsoa], country.hierarchy.urban[lsoa], sparse)
    members = _members(country)
    tables.update(_population(people, members))
    report(0.8, "Drawing the figures")
    tables.update(counts.draw_tables(rng, members, people, themes))
    make_awkward(tables, members, sparse, partial)
    planted = pd.DataFrame({"need": need}, index=pd.Index(country.codes["LSOA21"], name="LSOA21CD"))
    report(1.0, "The demonstration country is ready")
    return Demo(recipes.manifest(), tables, polygons, planted)


def _draw_country(rng: np.random.Generator, areas: int) -> _Country:
    land = Land.draw(rng, areas)
    shore, beside = land.coast(rng)
    hierarchy = draw_hierarchy(rng, draw_centres(rng, land, areas, shore))
    at_sea = np.concatenate([beside, land.sea(rng)])
    output_areas = draw_output_areas(rng, land, hierarchy.points, at_sea)
    changes = draw_changes(rng, hierarchy, output_areas, shore, at_sea)
    codes, area_names = _label(rng, hierarchy, changes)
    cells = Cells.around(changes.atoms)
    return _Country(land, hierarchy, output_areas, changes, cells, codes, area_names, beside[: len(shore)])


def _label(
    rng: np.random.Generator, hierarchy: Hierarchy, changes: Changes
) -> Tuple[Dict[str, Array], Dict[str, Array]]:
    """Codes and names of every geography, by number; a district that is its own upper tier lends it both."""
    districts, regions = int(hierarchy.ltla.max()) + 1, int(hierarchy.region.max()) + 1
    codes = {
        "OA21": names.codes("OA", changes.oa21_number),
        "OA11": names.codes("OA", np.arange(len(changes.lsoa11))),
        "LSOA21": names.codes("LSOA", changes.lsoa21_number),
        "LSOA11": names.codes("LSOA", np.arange(changes.lsoa11.max() + 1)),
        "MSOA21": names.codes("MSOA", changes.msoa21_number),
        "MSOA11": names.codes("MSOA", np.arange(changes.msoa11.max() + 1)),
        "LTLA23": names.codes("LTLA", np.arange(districts)),
        "RGN23": names.codes("RGN", np.arange(regions)),
    }
    taken: Set[str] = set()
    area_names = {}
    for level, number in (("RGN23", regions), ("LTLA23", districts)):
        area_names[level] = names.lengthened(rng, names.invent_names(rng, number, taken), taken)
    tiers = int(hierarchy.utla.max()) + 1
    first = np.searchsorted(hierarchy.utla, np.arange(tiers))
    district = hierarchy.ltla[first]
    own = hierarchy.own_utla[district]
    counties = names.lengthened(rng, names.invent_names(rng, tiers, taken), taken)
    codes["UTLA23"] = np.where(own, codes["LTLA23"][district], names.codes("UTLA", np.arange(tiers)))
    area_names["UTLA23"] = np.where(own, area_names["LTLA23"][district], counties)
    area_names["LSOA21"] = names.lsoa_names(area_names["LTLA23"], hierarchy.ltla, hierarchy.msoa)
    return codes, area_names


def _draw_polygons(country: _Country, report: Progress) -> Dict[str, Polygons]:
    changes, lsoa = country.changes, country.output_areas.lsoa
    land = changes.oa21 >= 0
    of_atom = np.where(land, lsoa[changes.oa21], -1)
    groups = {"LSOA21": of_atom, "OA11": changes.oa11, "LTLA23": np.where(land, country.hierarchy.ltla[of_atom], -1)}
    polygons = {}
    for place, (geography, group) in enumerate(groups.items()):
        report(0.2 + 0.08 * place, f"Drawing polygons: {geography}")
        shapes = multipolygons(trace_rings(country.cells, group), len(country.codes[geography]))
        polygons[geography] = Polygons(country.codes[geography], country.names.get(geography), shapes)
    return polygons


def _members(country: _Country) -> Dict[str, Members]:
    """The area of every geography that each Output Area of 2021 lies in (of 2011: with its own site)."""
    lsoa, changes, hierarchy = country.output_areas.lsoa, country.changes, country.hierarchy
    oa11 = changes.oa11[: len(lsoa)]
    numbers = {
        "OA21": np.arange(len(lsoa)),
        "LSOA21": lsoa,
        "LSOA11": changes.lsoa11[oa11],
        "MSOA11": changes.msoa11[oa11],
        "LTLA23": hierarchy.ltla[lsoa],
        "UTLA23": hierarchy.utla[lsoa],
    }
    return {geography: Members(number, country.codes[geography]) for geography, number in numbers.items()}


def _lookups(country: _Country) -> Dict[str, pd.DataFrame]:
    """The lookup tables, by path, in the columns that the manifest names."""
    codes, area_names = country.codes, country.names
    hierarchy, changes, lsoa = country.hierarchy, country.changes, country.output_areas.lsoa
    levels = (
        ("LTLA23", "LAD23", hierarchy.ltla),
        ("UTLA23", "UTLA23", hierarchy.utla),
        ("RGN23", "RGN23", hierarchy.region),
    )
    lsoas = pd.DataFrame(
        {
            "LSOA21CD": codes["LSOA21"],
            "LSOA21NM": area_names["LSOA21"],
            "MSOA21CD": codes["MSOA21"][hierarchy.msoa],
            **{f"{column}CD": codes[geography][number] for geography, column, number in levels},
            **{f"{column}NM": area_names[geography][number] for geography, column, number in levels},
        }
    )
    parents = lsoas[["LSOA21CD", "MSOA21CD", "LAD23CD"]].iloc[lsoa].reset_index(drop=True)
    oa11 = {
        "OA11CD": codes["OA11"],
        "LSOA11CD": codes["LSOA11"][changes.lsoa11],
        "MSOA11CD": codes["MSOA11"][changes.msoa11],
    }
    pairs = changes.pairs
    fit = {
        "LSOA11CD": codes["LSOA11"][pairs["old"]],
        "LSOA21CD": codes["LSOA21"][pairs["new"]],
        "CHGIND": pairs["change"],
    }
    return {
        "lookups/lsoa21.csv.gz": lsoas,
        "lookups/oa21.csv.gz": pd.concat([pd.DataFrame({"OA21CD": codes["OA21"]}), parents], axis=1),
        "lookups/oa11.csv.gz": pd.DataFrame(oa11),
        "lookups/lsoa11_lsoa21.csv.gz": pd.DataFrame(fit),
    }


def _population(people: pd.DataFrame, members: Mapping[str, Members]) -> Dict[str, pd.DataFrame]:
    """Residents by age and households, by Output Area and LSOA."""
    columns = {
        "usual_residents": "residents",
        "households": "households",
        "pop_0_15": "pop_0_15",
        "pop_16_64": "residents_16_64",
        "pop_65plus": "residents_65plus",
    }
    own = people[list(columns.values())].set_axis(list(columns), axis=1)
    lsoas = own.groupby(members["LSOA21"].number).sum().reset_index(drop=True)
    tables = {}
    for geography, table in (("LSOA21", lsoas), ("OA21", own)):
        table.insert(0, f"{geography}CD", members[geography].codes)
        tables[f"population/{geography.lower()}.csv.gz"] = table
    return tables


def _postcodes(rng: np.random.Generator, country: _Country, sparse: Array) -> pd.DataFrame:
    """Postcodes inside their Output Areas, and a few that lie in the sea, as in published directories."""
    lsoa = country.output_areas.lsoa
    number, live = counts.draw_postcode_counts(rng, len(lsoa), sparse)
    inside = points_inside(country.cells, country.changes.oa21, number, rng)
    strays = max(3, int(round(POSTCODES_AT_SEA * len(country.hierarchy.points))))
    stray = country.at_sea[rng.choice(len(country.at_sea), min(strays, len(country.at_sea)), replace=False)]
    points = np.round(np.concatenate([inside, stray])).astype(np.int64)
    district = np.repeat(country.hierarchy.ltla[lsoa], number)
    district = np.concatenate([district, np.full(len(stray), district[-1])])
    return pd.DataFrame(
        {
            "postcode": names.postcodes(district, rng),
            "easting": points[:, 0],
            "northing": points[:, 1],
            "live": np.concatenate([live, np.ones(len(stray), dtype=np.int64)]),
        }
    )
