"""Points in polygons: with shapely and without it the same answer, and every border decided."""

from __future__ import annotations

import numpy as np
import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.processing_provider import compat
from hyperlocal_need.processing_provider.geometry import points_in_polygons as spatial

#  The ground: two squares that share the side x = 1, and a bow-tie to their right.
SQUARES = {
    "B": "MULTIPOLYGON(((1 0, 2 0, 2 1, 1 1, 1 0)))",
    "A": "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 1, 0 0)))",
    "BOW": "MULTIPOLYGON(((3 0, 5 1, 5 0, 3 1, 3 0)))",
}


def layer_of(shapes, crs="EPSG:27700"):
    layer = QgsVectorLayer(f"MultiPolygon?crs={crs}&field=code:string", "areas", "memory")
    for code, wkt in shapes.items():
        feature = QgsFeature(layer.fields())
        feature["code"] = code
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        assert layer.dataProvider().addFeatures([feature])[0]
    return layer


@pytest.fixture(params=["with shapely", "without shapely"])
def way(request, monkeypatch):
    if request.param == "without shapely":
        monkeypatch.setattr(compat, "vectorised_shapely", lambda: None)
    elif compat.vectorised_shapely() is None:
        pytest.skip("shapely 2 is not installed")
    return request.param


def located(points, polygons):
    x, y = np.array(points, dtype=float).T
    return [polygons.codes[place] if place >= 0 else None for place in spatial.locate(x, y, polygons)]


def test_inside_outside_and_on_a_shared_border(qgis_app, way):
    polygons = spatial.read_polygons(layer_of(SQUARES), "code")
    assert list(polygons.codes) == ["A", "B", "BOW"], "sorted by code, whatever the layer's order"
    points = [(0.5, 0.5), (1.5, 0.5), (1.0, 0.5), (2.5, 0.5), (0.0, 0.0)]
    assert located(points, polygons) == ["A", "B", "A", None, "A"], "a point on the shared side goes to the lower code"


def test_a_bow_tie_is_repaired_and_holds_points_in_both_halves(qgis_app, way):
    polygons = spatial.read_polygons(layer_of(SQUARES), "code")
    assert located([(3.2, 0.5), (4.8, 0.5), (4.0, 0.9)], polygons) == ["BOW", "BOW", None]


def test_no_points_is_no_answer(qgis_app, way):
    polygons = spatial.read_polygons(layer_of(SQUARES), "code")
    assert spatial.locate(np.zeros(0), np.zeros(0), polygons).size == 0


def test_both_ways_agree_on_many_points_in_many_tiles(qgis_app, demo_pack, monkeypatch):
    if compat.vectorised_shapely() is None:
        pytest.skip("shapely 2 is not installed")
    polygons = spatial.read_polygons(QgsVectorLayer(str(demo_pack / "boundaries/oa11.gpkg"), "oa11", "ogr"), "OA11CD")
    generator = np.random.default_rng(1)
    x, y = generator.uniform(0, 650_000, (2, 5000))
    monkeypatch.setattr(spatial, "LARGEST_TILE", 300)
    with_shapely = spatial.locate(x, y, polygons)
    monkeypatch.setattr(compat, "vectorised_shapely", lambda: None)
    np.testing.assert_array_equal(with_shapely, spatial.locate(x, y, polygons))
    assert 0 < (with_shapely >= 0).sum() < 5000, "some points are at sea"


def test_a_cancel_is_heard_while_locating(qgis_app, demo_pack, way):
    polygons = spatial.read_polygons(QgsVectorLayer(str(demo_pack / "boundaries/oa11.gpkg"), "oa11", "ogr"), "OA11CD")

    def stop(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spatial.locate(np.array([1.0]), np.array([1.0]), polygons, stop)


def test_coordinates_are_transformed_between_reference_systems(qgis_app):
    british, world = layer_of(SQUARES).crs(), layer_of(SQUARES, "EPSG:4326").crs()
    x, y = spatial.transform_points(np.array([530000.0]), np.array([180000.0]), british, world)
    assert (round(x[0], 2), round(y[0], 2)) == (-0.13, 51.5), "the middle of London"


@pytest.mark.parametrize(
    ("shapes", "crs", "field", "words"),
    [
        (SQUARES, "EPSG:27700", "CODE21", "areas: there is no field 'CODE21'"),
        ({"A": None}, "EPSG:27700", "code", "areas: the layer holds no polygons"),
        (SQUARES, "", "code", "areas: the layer has no coordinate reference system"),
    ],
)
def test_a_layer_that_cannot_serve_is_named(qgis_app, shapes, crs, field, words):
    with pytest.raises(DataError, match=words):
        spatial.read_polygons(layer_of(shapes, crs), field)
