"""A pack of six areas, small enough to be worked out by hand, and an index on it.

Six LSOAs of 2021 in two districts (1 to 3 and 4 to 6). The LSOAs of 2011 that they were made from:
11 is 1, unchanged; 12 was split into 2 and 3; 14 and 15 were merged to 4; 16 and 17 became 5 and 6, irregularly.

    OA11   LSOA11  MSOA11   postcodes in LSOA21
    OA11   11      A        1: 4
    OA12a  12      A        2: 3
    OA12b  12      A        2: 1, 3: 4
    OA14   14      B        4: 2
    OA15   15      B        4: 6
    OA16   16      B        5: 3, 6: 1
    OA17   17      B        6: 4

So MSOA A has 4 of its 12 postcodes in each of 1, 2 and 3; B has 8, 3 and 5 of 16 in 4, 5 and 6.
"""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path

import pandas as pd

LSOA21 = [f"E0100000{number}" for number in range(1, 7)]
LSOA11 = {number: f"E010000{number}" for number in (11, 12, 14, 15, 16, 17)}
OA11 = {name: f"E00{name:0>6}" for name in ("11", "120", "121", "14", "15", "16", "17")}
OA21 = [f"E001000{number}{part}" for number in range(1, 7) for part in (1, 2)]
MSOA_A, MSOA_B = "E02000001", "E02000002"
DISTRICTS = ["E07000001"] * 3 + ["E07000002"] * 3
RESIDENTS = [100, 200, 300, 400, 500, 600]


def tables():
    """Every table of the pack: file -> list of rows, the header first."""
    names = ["Alder", "Birch"]
    lsoa21 = [
        [
            code,
            f"Area {number + 1}",
            ["E02100001", "E02100002"][number // 3],
            district,
            names[number // 3],
            "E12000001",
            "North",
        ]
        for number, (code, district) in enumerate(zip(LSOA21, DISTRICTS))
    ]
    parents = {"11": (11, MSOA_A), "120": (12, MSOA_A), "121": (12, MSOA_A), "14": (14, MSOA_B)}
    parents.update({"15": (15, MSOA_B), "16": (16, MSOA_B), "17": (17, MSOA_B)})
    exact_fit = [(11, 0), (12, 1), (12, 2), (14, 3), (15, 3), (16, 4), (16, 5), (17, 5)]
    return {
        "lsoa21.csv": [["code", "name", "msoa21", "district", "district_name", "region", "region_name"], *lsoa21],
        "oa21.csv": [["code", "lsoa21"], *([code, LSOA21[place // 2]] for place, code in enumerate(OA21))],
        "oa11.csv": [
            ["code", "lsoa11", "msoa11"],
            *([OA11[name], LSOA11[old], msoa] for name, (old, msoa) in parents.items()),
        ],
        "exact_fit.csv": [["old", "new"], *([LSOA11[old], LSOA21[new]] for old, new in exact_fit)],
        "population.csv": [["code", "residents"], *map(list, zip(LSOA21, RESIDENTS))],
        # In each LSOA a quarter lives in the first Output Area.
        "population_oa21.csv": [
            ["code", "residents"],
            *([code, RESIDENTS[place // 2] * (0.25, 0.75)[place % 2]] for place, code in enumerate(OA21)),
        ],
        "claims.csv": [["code", "claims", "people"], *([code, 1 + place, 50] for place, code in enumerate(OA21))],
        "allowance.csv": [["code", "claims", "people"], *([code, 5 + 3 * n, 80] for n, code in enumerate(LSOA21))],
        "income.csv": [["code", "income"], [MSOA_A, 20000], [MSOA_B, 30000]],
        "jobs.csv": [["code", "jobs"], [MSOA_A, 120], [MSOA_B, 1600]],
        "crime.csv": [["code", "rank"], *([code, rank] for code, rank in zip(LSOA11.values(), (6, 1, 2, 3, 4, 5)))],
        "pupils.csv": [["code", "share"], ["E07000001", 40], ["E07000002", 60]],
        "distance.csv": [["code", "km"], *([code, km] for code, km in zip(LSOA21, (9.0, 1.0, 4.0, 2.5, 7.0, 3.0)))],
    }


def manifest():
    """The pack.json."""

    def at(file, geography, **form):
        return {"file": file, "geography": geography, "code": "code", **form}

    def parents(**columns):
        return {name: dict(zip(("code", "name"), column)) for name, column in columns.items()}

    above = parents(
        MSOA21=("msoa21",),
        LTLA23=("district", "district_name"),
        UTLA23=("district", "district_name"),
        RGN23=("region", "region_name"),
    )
    residents = {"file": "population.csv", "geography": "LSOA21", "code": "code", "column": "residents"}
    return {
        "format": 1,
        "title": "Tiny",
        "attribution": ["Invented."],
        "boundaries": {
            "LSOA21": {"file": "lsoa21.gpkg", "code": "code"},
            "OA11": {"file": "oa11.gpkg", "code": "code"},
        },
        "lookups": {
            "LSOA21": {"file": "lsoa21.csv", "code": "code", "name": "name", "parents": above},
            "OA21": {"file": "oa21.csv", "code": "code", "parents": parents(LSOA21=("lsoa21",))},
            "OA11": {"file": "oa11.csv", "code": "code", "parents": parents(LSOA11=("lsoa11",), MSOA11=("msoa11",))},
            "LSOA11": {"file": "exact_fit.csv", "code": "old", "exact_fit": {"LSOA21": "new"}},
        },
        "population": {
            "file": "population.csv",
            "code": "code",
            "column": "residents",
            "OA21": {"file": "population_oa21.csv", "code": "code", "column": "residents"},
        },
        "postcodes": {"file": "postcodes.csv", "easting": "x", "northing": "y"},
        "indicators": {
            "claims": at("claims.csv", "OA21", numerator="claims", denominator="people"),
            "allowance": at("allowance.csv", "LSOA21", numerator="claims", denominator="people"),
            "income": at("income.csv", "MSOA11", value="income"),
            "jobs": at("jobs.csv", "MSOA11", numerator="jobs", denominator=residents, unbounded=True),
            "crime": at("crime.csv", "LSOA11", value="rank"),
            "pupils": at("pupils.csv", "LTLA23", value="share", status="older vintage", source="Schools", date="2020"),
            "distance": at("distance.csv", "LSOA21", value="km"),
        },
    }


def methodology():
    """Two dimensions: ``work`` of the sub-dimensions ``benefits`` and ``money``, and ``place``, which has none."""

    def node(name, parent, level="indicator", **more):
        return {"id": name, "parent": parent, "level": level, "title": name.capitalize(), **more}

    count = {"kind": "count", "shrinkage": "logit"}
    return {
        "format": 1,
        "id": "tiny",
        "title": "Tiny",
        "nodes": [
            {"id": "need", "level": "index", "title": "Need", "weighting": "given"},
            node("work", "need", "dimension", weight=0.6),
            node("benefits", "work", "sub_dimension"),
            node("worklessness", "benefits", "composite", **count),
            node("claims", "worklessness", geography="OA21", **count),
            node("allowance", "worklessness", geography="LSOA21", **count),
            node("money", "work", "sub_dimension"),
            node("income", "money", direction="less", geography="MSOA11"),
            node("jobs", "money", direction="less", kind="ratio", geography="LSOA21"),
            node("place", "need", "dimension", weight=0.4),
            node("crime", "place", direction="less", kind="rank", geography="LSOA11"),
            node("pupils", "place", direction="less", geography="LTLA23"),
            node("distance", "place", geography="LSOA21"),
        ],
    }


def pairs():
    """The postcodes in each pair of OA11 and LSOA21, as in the table above."""
    rows = [
        ("11", 1, 4),
        ("120", 2, 3),
        ("121", 2, 1),
        ("121", 3, 4),
        ("14", 4, 2),
        ("15", 4, 6),
        ("16", 5, 3),
        ("16", 6, 1),
        ("17", 6, 4),
    ]
    return pd.DataFrame(
        [(OA11[source], LSOA21[target - 1], postcodes) for source, target, postcodes in rows],
        columns=["source", "target", "postcodes"],
    )


class TinyPack:
    """The tiny pack before it is written: change ``tables``, ``spec`` and ``methodology``, then ``write``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.tables = tables()
        self.spec = manifest()
        self.methodology = methodology()
        self.pairs = pairs()

    def column(self, file, name, values):
        """Put values into a column of a table, in the order of its rows."""
        rows = self.tables[file]
        place = rows[0].index(name)
        for row, value in zip(rows[1:], values):
            row[place] = value

    def write(self) -> Path:
        """Write pack.json and the tables; the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pack.json").write_text(json.dumps(self.spec), encoding="utf-8")
        for file, rows in self.tables.items():
            with (self.folder / file).open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows(rows)
        return self.folder

    def open(self):
        """Write the pack and open it."""
        from hyperlocal_need.core.pack import Pack

        return Pack.open(self.write())

    def definition(self):
        """The methodology, loaded."""
        from hyperlocal_need.core.methodology import load

        return load(copy.deepcopy(self.methodology))

    def indicators(self, **options):
        """The pack's indicators, converted."""
        from hyperlocal_need.core.indicators import convert_pack

        return convert_pack(self.open(), self.definition(), self.pairs, **options)

    def crosswalks(self):
        """The crosswalk of every geography."""
        from hyperlocal_need.core import crosswalks
        from hyperlocal_need.core.catalogue import GEOGRAPHIES
        from hyperlocal_need.core.indicators import read_areas

        pack = self.open()
        areas = read_areas(pack)
        made = crosswalks.Crosswalks(pack, areas, lambda: self.pairs)
        return {geography: made[geography] for geography in GEOGRAPHIES}

    def convert(self, name, kind="mean", blank_limit=0.05):
        """One indicator, converted."""
        from hyperlocal_need.core.indicators import convert_entry

        pack = self.open()
        return convert_entry(pack, pack.entries[name], kind, self.crosswalks(), blank_limit)

    def run(self, **options):
        """The result of the whole index."""
        from hyperlocal_need.core.index import run_pack

        return run_pack(self.definition(), self.open(), self.pairs, **options)[1]
