"""Postcodes in polygons: the plugin's two ways, geopandas and QGIS's own join, in one run on one set of data."""

from __future__ import annotations

from typing import Iterator, Tuple

import numpy as np
import pandas as pd

from .. import register
from .measure import best_of, figure
from .registry import Figure, bench

DATA = register.DATA / "england"
POLYGONS = DATA / "boundaries" / "oa11.gpkg"
MULTIPLES = (0.25, 0.5, 1, 2)


def read_points() -> Tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(DATA / "postcodes.csv.gz", usecols=["easting", "northing"])
    return table["easting"].to_numpy(dtype=float), table["northing"].to_numpy(dtype=float)


def repeated(x: np.ndarray, y: np.ndarray, multiple: float) -> Tuple[np.ndarray, np.ndarray]:
    """A share of the points, or all of them and as many again a metre beside."""
    if multiple <= 1:
        chosen = np.random.default_rng(1).permutation(x.size)[: int(x.size * multiple)]
        return x[chosen], y[chosen]
    return np.concatenate([x, x + 1.0]), np.concatenate([y, y + 1.0])


def with_geopandas(x: np.ndarray, y: np.ndarray) -> float:
    import geopandas

    polygons = geopandas.read_file(POLYGONS)[["OA11CD", "geometry"]]
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y), crs=polygons.crs)
    return best_of(lambda: geopandas.sjoin(points, polygons, predicate="intersects"), repeats=2)


def with_native_join(x: np.ndarray, y: np.ndarray) -> float:
    """QGIS's join by location of indexed layers; making and indexing them is not counted."""
    import processing
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer

    points = QgsVectorLayer("Point?crs=EPSG:27700&field=place:integer&index=yes", "points", "memory")
    batch = []
    for place, (east, north) in enumerate(zip(x.tolist(), y.tolist())):
        feature = QgsFeature(points.fields())
        feature.setAttributes([place])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(east, north)))
        batch.append(feature)
    points.dataProvider().addFeatures(batch)
    parameters = {
        "INPUT": points,
        "JOIN": f"{POLYGONS}|layername=oa11",
        "PREDICATE": [0],
        "JOIN_FIELDS": ["OA11CD"],
        "METHOD": 0,
        "DISCARD_NONMATCHING": True,
        "OUTPUT": "TEMPORARY_OUTPUT",
    }
    return best_of(lambda: processing.run("native:joinattributesbylocation", parameters), repeats=1)


@bench
def overlap() -> Iterator[Figure]:
    """2.26 million postcodes in 171,372 Output Areas; then the growth with the number of postcodes."""
    if not POLYGONS.exists():
        yield {"figure": "overlap", "skipped": f"{POLYGONS} is not there"}
        return
    from ..qgis_session import qgis_session

    with qgis_session():
        yield from _figures()


def _figures() -> Iterator[Figure]:
    from qgis.core import QgsVectorLayer

    from ...processing_provider import compat
    from ...processing_provider.geometry import points_in_polygons as spatial

    x, y = read_points()
    polygons = spatial.read_polygons(QgsVectorLayer(str(POLYGONS), "oa11", "ogr"), "OA11CD")
    fast = compat.vectorised_shapely() is not None
    own = best_of(lambda: spatial.locate(x, y, polygons), repeats=3)
    without = best_of(lambda: spatial._locate_with_qgis(x, y, polygons, spatial.no_check), repeats=1)
    native = with_native_join(x, y)
    name = "postcodes in OA11"
    if fast:
        peer = with_geopandas(x, y)
        yield figure(f"{name}, with shapely", own, "s", peer="geopandas.sjoin", peer_value=peer)
        yield figure(f"{name}, with shapely", own, "s", peer="native:joinattributesbylocation", peer_value=native)
        same = np.array_equal(
            spatial.locate(x, y, polygons), spatial._locate_with_qgis(x, y, polygons, spatial.no_check)
        )
        yield {"figure": f"{name}, both ways give the same pairs", "value": bool(same), "unit": "yes or no"}
    yield figure(f"{name}, without shapely", without, "s", peer="native:joinattributesbylocation", peer_value=native)
    for multiple in MULTIPLES:
        part = repeated(x, y, multiple)
        seconds = best_of(lambda part=part: spatial.locate(*part, polygons), repeats=1)
        yield figure(f"{name}, {multiple:g} x the postcodes", seconds, "s")
