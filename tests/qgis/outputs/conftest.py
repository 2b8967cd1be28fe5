"""A country of six squares, for tests of maps and reports that can be checked by eye.

north   A1  A2  A3      rank 1, 2, 3
south   B1  B2  B3      rank 4, 5 and unranked
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsRectangle, QgsVectorLayer

from hyperlocal_need.core import methodology as methodologies

SIDE = 1000.0
RANKS = {"A1": 1, "A2": 2, "A3": 3, "B1": 4, "B2": 5, "B3": None}
SQUARES = {"A1": (0, 1), "A2": (1, 1), "A3": (2, 1), "B1": (0, 0), "B2": (1, 0), "B3": (2, 0)}


def small_methodology():
    """Two dimensions of one indicator each, weighted 0.6 and 0.4."""
    dimensions = [("growth", "Economic growth", 0.6), ("health", "Health", 0.4)]
    nodes = [{"id": "need", "level": "index", "title": "Hyper-local Need", "weighting": "given"}]
    for name, title, weight in dimensions:
        nodes.append({"id": name, "level": "dimension", "title": title, "parent": "need", "weight": weight})
        nodes.append({"id": f"{name}_rate", "level": "indicator", "title": f"{title} rate", "parent": name})
    return methodologies.load(
        {"format": 1, "id": "small", "title": "Small", "nodes": nodes, "warning": "A proof of concept."}
    )


def small_need():
    """The layer ``need`` as a frame: score 100, 80, 60, 40, 20; 1,000 people an area."""
    rank = pd.Series(RANKS, dtype="Int64")
    need = pd.DataFrame(index=pd.Index(RANKS, name="area_code"))
    need["area_name"] = [f"Area {code}" for code in RANKS]
    need["district_code"] = [f"D{code[0]}" for code in RANKS]
    need["district_name"] = ["Northtown" if code[0] == "A" else "Southtown" for code in RANKS]
    need["region_code"], need["region_name"] = need["district_code"], need["district_name"]
    for name in ("growth", "health"):
        need[f"{name}_score"] = 120.0 - 20.0 * rank.astype(float)
        need[f"{name}_rank"] = rank
        need[f"{name}_hotspot"] = (rank == 1).astype("Int64")
    need["composite"] = need["need_score"] = 120.0 - 20.0 * rank.astype(float)
    need["need_rank"] = rank
    need["need_decile"] = rank * 2
    need["hotspot"] = (rank == 1).astype("Int64")
    need["mission_class"] = ["Mission critical", "Mission priority", "Mission priority", *["Mission support"] * 2, None]
    need["need_decile_district"] = rank * 2
    need["hotspot_district"] = pd.Series([1, 0, 0, 1, 0, None], index=need.index, dtype="Int64")
    need["population"], need["imputed_count"] = 1000, 0
    need["unranked_reason"] = [*[None] * 5, "no value in: Health"]
    return need


def small_districts(need):
    grouped = need.groupby("district_code")
    districts = grouped.agg(district_name=("district_name", "first"), population=("population", "sum"))
    for measure in ("need", "growth", "health"):
        districts[f"{measure}_average_score"] = grouped[f"{measure}_score"].mean()
        for name in ("average_rank", "proportion_10", "proportion_20", "extent", "concentration"):
            districts[f"{measure}_{name}"] = [0.5, 0.0]
        for name in ("average_score", "average_rank", "proportion_10", "proportion_20", "extent", "concentration"):
            districts[f"{measure}_{name}_rank"] = pd.array([1, 2], dtype="Int64")
        districts[f"{measure}_hotspot"] = pd.array([1, 0], dtype="Int64")
    return districts


def small_result(**changes):
    need = small_need()
    quality = pd.DataFrame(
        {
            "title": ["Economic growth rate", "Health rate"],
            "dimension": ["growth", "health"],
            "status": ["as specified", "substitute"],
            "source": ["Census", "Survey"],
            "date": ["2021", "2019"],
            "geography": ["OA21", "MSOA11"],
            "note": ["", "A survey stands in."],
            "areas": [6, 5],
            "missing": [0, 1],
            "direct": [1.0, 0.0],
            "apportioned": [0.0, 1.0],
            "correlation_dimension": [1.0, np.nan],
            "flags": ["", "skewed"],
        },
        index=pd.Index(["growth_rate", "health_rate"], name="indicator"),
    )
    parts = {
        "methodology": small_methodology(),
        "title": "Six squares",
        "attribution": ("Invented figures.",),
        "need": need,
        "districts": small_districts(need),
        "quality": quality,
        "left_out": (),
        "notes": (SimpleNamespace(kind="gap", subject="health_rate", text="1 area has no value."),),
        "log": {"options": {"missing": "exclude"}, "versions": {"numpy": np.__version__}},
    }
    return SimpleNamespace(**{**parts, **changes})


def square(x, y):
    return QgsGeometry.fromRect(QgsRectangle(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE))


def layer_of(frame, squares, name):
    """A memory layer with the frame's columns; ``squares`` gives each row's rectangles."""
    kinds = ["double" if pd.api.types.is_numeric_dtype(frame[column]) else "string" for column in frame]
    spec = "&".join(f"field={column}:{kind}" for column, kind in zip(frame, kinds))
    layer = QgsVectorLayer(f"MultiPolygon?crs=EPSG:27700&field={frame.index.name}:string&{spec}", name, "memory")
    features = []
    for code, row in frame.iterrows():
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.unaryUnion([square(x, y) for x, y in squares[code]]))
        for column, value in row.items():
            if not pd.isna(value):
                feature[column] = value if isinstance(value, str) else float(value)
        feature[frame.index.name] = code
        features.append(feature)
    stored, _ = layer.dataProvider().addFeatures(features)
    assert stored
    layer.updateExtents()
    return layer


@pytest.fixture
def country(qgis_app):
    """The six squares: methodology, frames, result, and layers made of them."""
    return SimpleNamespace(
        methodology=small_methodology,
        need=small_need,
        districts=small_districts,
        result=small_result,
        layer_of=layer_of,
        ranks=RANKS,
        squares=SQUARES,
        side=SIDE,
    )


@pytest.fixture
def need(qgis_app):
    """The layer ``need``, unstyled."""
    return layer_of(small_need(), {code: [place] for code, place in SQUARES.items()}, "need")


@pytest.fixture
def districts(qgis_app):
    """The layer ``districts``, unstyled."""
    shapes = {f"D{letter}": [SQUARES[code] for code in SQUARES if code[0] == letter] for letter in "AB"}
    return layer_of(small_districts(small_need()), shapes, "districts")
