"""A country of a dozen neighbourhoods for the stand-in: every geography of a pack, and figures for every recipe.

Twelve LSOAs of 2021 in three districts, two upper-tier authorities and two regions; each has two Output Areas. Of the
LSOAs of 2011 one was split (into the first and the second) and two were merged (into the third); the rest are as they
were. Figures follow from the place of an area alone, so that anyone can work them out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from hyperlocal_need.core.sources import recipe as recipes_module
from hyperlocal_need.core.sources.recipe import Recipe

LSOA21 = [f"E01{place:06d}" for place in range(1, 13)]
LSOA11 = ["E01033901", "E01033902", "E01033903", *LSOA21[3:]]
OA21 = [f"E00{place:06d}" for place in range(1, 25)]
OA11 = [f"E00{place:06d}" for place in range(1, 25)]
MSOA11 = [f"E02{place:06d}" for place in range(1, 5)]
MSOA21 = [f"E02{place:06d}" for place in range(1, 5)]
DISTRICTS = {"E07000001": "Alder", "E07000002": "Birch's End", "E06000003": "Cedar"}
UPPER = {"E10000001": "Woodshire", "E06000003": "Cedar"}
REGIONS = {"E12000001": "North", "E12000002": "South"}
# LSOA of 2011 -> LSOA of 2021, and how it changed.
EXACT_FIT = [
    (LSOA11[0], LSOA21[0], "S"),
    (LSOA11[0], LSOA21[1], "S"),
    (LSOA11[1], LSOA21[2], "M"),
    (LSOA11[2], LSOA21[2], "M"),
    *((code, code, "U") for code in LSOA21[3:]),
]


def district(place: int) -> str:
    """The district of the LSOA of a place: four in each."""
    return list(DISTRICTS)[place // 4]


def lookups() -> Dict[str, pd.DataFrame]:
    """The lookups, by recipe."""
    oa11 = [(code, LSOA11[min(place // 2, 11)], MSOA11[place // 6]) for place, code in enumerate(OA11)]
    # The split LSOA of 2011 has the Output Areas of both its parts; the merged ones share those of the third.
    oa11[2:4] = [(code, LSOA11[0], MSOA11[0]) for code in OA11[2:4]]
    oa11[4:6] = [(OA11[4], LSOA11[1], MSOA11[0]), (OA11[5], LSOA11[2], MSOA11[0])]
    names = [f"{DISTRICTS[district(place)]} 00{place % 4 + 1}A" for place in range(12)]
    tables = {
        "lookup_oa21": pd.DataFrame(
            [(code, LSOA21[place // 2], names[place // 2], MSOA21[place // 6]) for place, code in enumerate(OA21)],
            columns=["OA21CD", "LSOA21CD", "LSOA21NM", "MSOA21CD"],
        ),
        "lookup_oa11": pd.DataFrame(oa11, columns=["OA11CD", "LSOA11CD", "MSOA11CD"]),
        "lookup_lsoa11_lsoa21": pd.DataFrame(EXACT_FIT, columns=["LSOA11CD", "LSOA21CD", "CHGIND"]),
        "lookup_lsoa21_ltla23": pd.DataFrame(
            [(code, district(place), DISTRICTS[district(place)]) for place, code in enumerate(LSOA21)],
            columns=["LSOA21CD", "LAD23CD", "LAD23NM"],
        ),
        "lookup_lsoa21_wd24": pd.DataFrame(
            [(code, f"E05{place // 2:06d}", f"Ward {place // 2}") for place, code in enumerate(LSOA21)],
            columns=["LSOA21CD", "WD24CD", "WD24NM"],
        ),
        "lookup_ltla23_utla23": pd.DataFrame(
            [(code, *list(UPPER.items())[place // 2]) for place, code in enumerate(DISTRICTS)],
            columns=["LTLA23CD", "UTLA23CD", "UTLA23NM"],
        ),
        "lookup_ltla23_rgn23": pd.DataFrame(
            [(code, *list(REGIONS.items())[place // 2]) for place, code in enumerate(DISTRICTS)],
            columns=["LAD23CD", "RGN23CD", "RGN23NM"],
        ),
        "boundaries_lsoa21": pd.DataFrame({"LSOA21CD": LSOA21, "LSOA21NM": names}),
        "boundaries_oa11": pd.DataFrame({"OA11CD": OA11}),
        "boundaries_ltla23": pd.DataFrame({"LAD23CD": list(DISTRICTS), "LAD23NM": list(DISTRICTS.values())}),
    }
    return {name: table.set_index(table.columns[0], drop=False).rename_axis("code") for name, table in tables.items()}


AREAS: Mapping[str, Sequence[str]] = {
    "OA21": OA21,
    "OA11": OA11,
    "LSOA21": LSOA21,
    "LSOA11": LSOA11,
    "MSOA21": MSOA21,
    "MSOA11": MSOA11,
    "LTLA23": list(DISTRICTS),
    "UTLA23": list(UPPER),
    "RGN23": list(REGIONS),
}


def figures(name: str, one: Recipe) -> pd.DataFrame:
    """Figures for a recipe: totals of some hundreds, parts of them of some tens, each area another."""
    codes = AREAS[one.fetch.geography]
    place = np.arange(len(codes))
    tops, bottoms = set(), set()
    for roles in one.indicators.values():
        tops.update(np.atleast_1d(roles.get("numerator", [])))
        bottoms.update(np.atleast_1d(roles["denominator"]) if isinstance(roles.get("denominator"), str) else [])
    table = {}
    for number, column in enumerate(one.columns):
        small = 5 + (place * (7 + number) + 3 * number) % 31
        table[column] = small.astype(float) if column in tops - bottoms else 200.0 + small + 10.0 * place
        if one.columns[column].unit == "rank":
            table[column] = place + 1.0
    if "gva_latest" in table:
        # The latest year is a column of its own in a recipe, and the same one in the file.
        table["gva_latest"] = table["gva_2022"]
    return pd.DataFrame(table, index=pd.Index(codes, name="code"))


def square(left: float, bottom: float, width: float, height: float) -> str:
    """A rectangle as GeoJSON, in metres."""
    ring = [[left, bottom], [left, bottom + height], [left + width, bottom + height], [left + width, bottom]]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def shapes(one: Recipe, codes: Sequence[str]) -> List[str]:
    """The rectangles of areas: LSOAs a kilometre wide in a row, Output Areas half of one, districts four in a row."""
    width = {"LSOA21": 1000.0, "OA11": 500.0, "LTLA23": 4000.0}[one.fetch.geography]
    everything = list(AREAS[one.fetch.geography])
    return [square(400_000.0 + width * everything.index(code), 300_000.0, width, 1000.0) for code in codes]


def postcodes() -> pd.DataFrame:
    """Four postcodes in each Output Area of 2011, the last of them terminated."""
    rows: List[Tuple[str, int, int, str, str]] = []
    for place in range(len(OA11)):
        for number in range(4):
            ended = "201503" if number == 3 else ""
            rows.append((f"AB{place} {number}AA", 400_100 + 500 * place + 50 * number, 300_200, ended, "E92000001"))
    return pd.DataFrame(rows, columns=["postcode", "easting", "northing", "terminated", "country"])


def write_recipes(folder: Path) -> Mapping[str, Recipe]:
    """The shipped recipes, with as many areas as there are here; the folder holds them as files."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {name: len(codes) for name, codes in AREAS.items()}
    found = {}
    for path in sorted(recipes_module.RECIPES.glob("*.json")):
        spec = json.loads(path.read_text(encoding="utf-8"))
        fetch = spec["fetch"]
        england = counts[fetch["geography"]]
        # Datasets of England and Wales have two areas of Wales here.
        usual = recipes_module.read(path).fetch
        # Of so few areas none may be absent.
        fetch.update(england=england, gaps=0)
        if usual.rows:
            fetch["rows"] = england + (2 if usual.rows > usual.england else 0)
        if spec["id"] == "postcodes":
            fetch["rows"] = len(postcodes()) + 5
        (folder / path.name).write_text(json.dumps(spec), encoding="utf-8")
        found[spec["id"]] = recipes_module.read(folder / path.name)
    return found


def tables(found: Mapping[str, Recipe]) -> Dict[str, pd.DataFrame]:
    """The tables of every recipe that can be fetched."""
    made = {
        name: figures(name, one)
        for name, one in found.items()
        if one.gives in ("indicators", "population") and one.fetch.kind != "manual"
    }
    return {**made, **lookups(), "postcodes": postcodes()}
