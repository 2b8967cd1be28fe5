"""Frames to features: types, gaps and geometry arrive as they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsVectorLayer

from hyperlocal_need.core.errors import DataError, NeedError
from hyperlocal_need.processing_provider import compat
from hyperlocal_need.processing_provider.io import frames

SQUARE = "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"


def ignore(fraction):
    """A check that never cancels."""


@pytest.fixture
def figures():
    return pd.DataFrame(
        {
            "name": ["first", None, "a 'third'"],
            "score": [0.1 + 0.2, np.nan, -1e-300],
            "rank": pd.array([1, None, 2**40], dtype="Int64"),
            "all_there": np.array([1, 2, 3], dtype=np.int64),
        },
        index=pd.Index(["A", "B", "C"], name="area_code"),
    )


def test_rows_hold_plain_python_values_and_none_for_gaps(qgis_app, figures):
    rows = list(frames.to_rows(figures))
    assert rows == [("A", "first", 0.1 + 0.2, 1, 1), ("B", None, None, None, 2), ("C", "a 'third'", -1e-300, 2**40, 3)]
    assert {type(value) for row in rows for value in row} == {str, float, int, type(None)}


def test_a_written_layer_reads_back_exactly(qgis_app, figures, tmp_path):
    path = str(tmp_path / "out.gpkg")
    writer = frames.GeoPackageWriter(path, ignore)
    writer.write("plain", figures)
    writer.write("shapes", figures, {"A": QgsGeometry.fromWkt(SQUARE)}, QgsCoordinateReferenceSystem("EPSG:27700"))
    layer = QgsVectorLayer(f"{path}|layername=shapes", "shapes", "ogr")
    features = {feature["area_code"]: feature for feature in layer.getFeatures()}
    assert features["A"]["score"] == 0.1 + 0.2
    assert features["C"]["rank"] == 2**40
    assert compat.is_null(features["B"]["score"])
    assert compat.is_null(features["B"]["rank"])
    assert features["A"].geometry().isMultipart()
    assert not features["B"].hasGeometry()
    assert not QgsVectorLayer(f"{path}|layername=plain", "plain", "ogr").isSpatial()


def test_a_written_geopackage_says_of_itself_what_gdal_would_say(qgis_app, figures, tmp_path):
    """Rows are put in by SQLite: types, counts, extent and spatial index must be as if GDAL had."""
    path = str(tmp_path / "out.gpkg")
    writer = frames.GeoPackageWriter(path, ignore)
    writer.write("shapes", figures, {"A": QgsGeometry.fromWkt(SQUARE)}, QgsCoordinateReferenceSystem("EPSG:27700"))
    writer.write("plain", figures)
    with closing(sqlite3.connect(path)) as database:
        counts = dict(database.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents"))
        extent = database.execute("SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'shapes'")
        types = "SELECT typeof(score), typeof(rank), typeof(name) FROM plain WHERE area_code = ?"
        assert database.execute(types, ("A",)).fetchone() == ("real", "integer", "text")
        assert database.execute(types, ("B",)).fetchone() == ("null", "null", "null")
        box = QgsGeometry.fromWkt(SQUARE).boundingBox()
        assert extent.fetchone() == (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        indexed = database.execute("SELECT table_name, extension_name FROM gpkg_extensions").fetchall()
    assert counts == {"shapes": 3, "plain": 3}
    assert ("shapes", "gpkg_rtree_index") in indexed
    layer = QgsVectorLayer(f"{path}|layername=plain", "plain", "ogr")
    assert layer.dataProvider().addFeatures([QgsFeature(layer.fields())])[0]
    assert QgsVectorLayer(f"{path}|layername=plain", "plain", "ogr").featureCount() == 4, "GDAL goes on counting"


def test_a_settled_copy_is_whole_while_the_original_is_open(qgis_app, figures, tmp_path):
    path, copy = str(tmp_path / "out.gpkg"), str(tmp_path / "copy.gpkg")
    frames.GeoPackageWriter(path, ignore).write("plain", figures)
    layer = QgsVectorLayer(f"{path}|layername=plain", "plain", "ogr")
    assert layer.startEditing()
    frames.settle(path, copy)
    assert QgsVectorLayer(f"{copy}|layername=plain", "plain", "ogr").featureCount() == 3
    layer.rollBack()


def test_a_place_that_cannot_be_written_is_an_error(qgis_app, figures, tmp_path):
    with pytest.raises(NeedError, match="The layer 'plain' cannot be written"):
        frames.GeoPackageWriter(str(tmp_path / "nowhere" / "out.gpkg"), ignore).write("plain", figures)


def test_geometries_are_read_by_code_and_a_missing_one_is_named(qgis_app, demo_pack):
    layer = QgsVectorLayer(str(demo_pack / "boundaries/lsoa21.gpkg"), "lsoa21", "ogr")
    codes = [feature["LSOA21CD"] for feature in layer.getFeatures()][:3]
    assert list(frames.read_geometries(layer, "LSOA21CD", codes, ignore)) == codes
    with pytest.raises(DataError, match="lsoa21: no polygon for 1 areas, the first X99"):
        frames.read_geometries(layer, "LSOA21CD", [*codes, "X99"], ignore)
    with pytest.raises(DataError, match="lsoa21: there is no field 'CODE'"):
        frames.read_geometries(layer, "CODE", codes, ignore)
