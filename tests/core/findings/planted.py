"""Runs of the index with a planted truth: counts drawn from known shares, through the product's own steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from hyperlocal_need.core import index
from hyperlocal_need.core.findings.saved import Saved
from hyperlocal_need.core.indicators import Indicators
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.table import Converted

NODES = [
    {"id": "need", "level": "index", "title": "Need"},
    {"id": "work", "level": "dimension", "title": "Work", "parent": "need", "weight": 0.6},
    {"id": "health", "level": "dimension", "title": "Health", "parent": "need", "weight": 0.4},
    {"id": "skills", "level": "sub_dimension", "title": "Skills", "parent": "work"},
    {"id": "jobs", "level": "sub_dimension", "title": "Jobs", "parent": "work"},
    {"id": "a", "level": "indicator", "title": "A", "parent": "skills", "kind": "count", "shrinkage": "logit"},
    {"id": "b", "level": "indicator", "title": "B", "parent": "jobs", "kind": "count", "shrinkage": "logit"},
    {"id": "c_male", "level": "indicator", "title": "C, men", "parent": "jobs", "direction": "less"},
    {"id": "c_female", "level": "indicator", "title": "C, women", "parent": "jobs", "direction": "less"},
    {"id": "d", "level": "indicator", "title": "D", "parent": "health", "kind": "count", "shrinkage": "logit"},
]
NODES[0]["weighting"] = "given"
METHODOLOGY = load({"format": 1, "id": "m", "title": "M", "nodes": NODES})


def truth(areas, seed=1, districts=None):
    """Logits of the counted indicators and values of the others, and the district of each area."""
    rng = np.random.default_rng(seed)
    districts = districts or max(areas // 60, 2)
    district = np.arange(areas) % districts
    common = rng.standard_normal(areas)
    logits = {name: -2.0 + 0.5 * (common + rng.standard_normal(areas)) for name in ("a", "b", "d")}
    values = {name: common + rng.standard_normal(areas) for name in ("c_male", "c_female")}
    return logits, values, district


def indicators_of(logits, values, district, seed=2, n=(150, 1500), gaps=0):
    """Counts drawn from the truth, one in each of a range of sizes; the first ``gaps`` areas have no figure of A."""
    rng = np.random.default_rng(seed)
    areas = len(district)
    codes = pd.Index([f"E{place:08d}" for place in range(areas)], name="area_code")
    frame = pd.DataFrame(
        {
            "area_name": [f"Area {place}" for place in range(areas)],
            "district_code": [f"D{one:03d}" for one in district],
            "district_name": [f"District {one}" for one in district],
            "region_code": [f"R{one % 2}" for one in district],
            "region_name": [f"Region {one % 2}" for one in district],
            "population": rng.integers(1000, 3000, areas).astype(float),
        },
        index=codes,
    )
    frame["shrinkage_district"] = frame["district_code"]
    labels = np.full(areas, "direct", dtype=object)
    columns = {}
    for name, logit in logits.items():
        size = rng.integers(*n, areas).astype(float)
        events = rng.binomial(size.astype(int), expit(logit)).astype(float)
        if name == "a":
            events[:gaps] = np.nan
        columns[name] = Converted(name, events / size, labels, events, size)
    columns.update({name: Converted(name, value, labels) for name, value in values.items()})
    return Indicators("planted", (), frame, columns, {}, (), ())


def saved_of(result):
    """A result as it is read back from its file."""
    frames = {name: frame for name, frame in result.layers().items() if name != "districts"}
    quality = result.quality.assign(geography="LSOA21")
    weights = result.log["weights"]
    return Saved(
        Path("need.gpkg"),
        result.methodology,
        districts=result.districts,
        weights=weights,
        **{**frames, "quality": quality},
    )


def run(areas=400, seed=1, gaps=0, **choices):
    """(saved result, its log) of so many areas."""
    result = index.run(METHODOLOGY, indicators_of(*truth(areas, seed), gaps=gaps), **choices)
    return saved_of(result), {**result.log, "districts": {"report_by": "LTLA23", "shrink_by": "LTLA23"}}
