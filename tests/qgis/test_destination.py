"""Where an output may go, and what it may hold: containers, formats, locks and names of fields, by one small step."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from osgeo import ogr
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsVectorLayer

ROWS = [(1, "a"), (2, "b"), (3, "c")]


@pytest.fixture
def run(provider, qgis_processing):
    import processing

    def call(source, output):
        parameters = {"INPUT": source, "FIELDS": ["x"], "OUTPUT": str(output)}
        return processing.run("hyperlocalneed:exponentialtransform", parameters, feedback=QgsProcessingFeedback())

    return call


def table(*fields, rows=ROWS, kind="None"):
    layer = QgsVectorLayer(f"{kind}?{'&'.join(f'field={one}' for one in fields)}", "table", "memory")
    from qgis.core import QgsFeature

    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(row))
        layer.dataProvider().addFeature(feature)
    return layer


@pytest.fixture
def source(provider):
    return table("x:double", "t:string")


@pytest.fixture
def container(tmp_path):
    """A GeoPackage of two tables of the user's own."""
    made = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "mine.gpkg"))
    for name in ("wards", "parishes"):
        layer = made.CreateLayer(name, None, ogr.wkbNone)
        layer.CreateField(ogr.FieldDefn("n", ogr.OFTInteger))
        for number in range(3):
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetField(0, number)
            layer.CreateFeature(feature)
    del layer, made
    return tmp_path / "mine.gpkg"


def rows(path, name):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f'SELECT * FROM "{name}"').fetchall()


def test_other_layers_are_never_lost(run, source, container):
    before = container.read_bytes()
    with pytest.raises(QgsProcessingException, match="holds other layers that would be lost: wards, parishes"):
        run(source, container)
    assert container.read_bytes() == before


def test_a_chosen_layer_alone_is_replaced(run, source, container):
    others, result = rows(container, "wards"), None
    for _ in range(2):
        result = run(source, f"ogr:dbname='{container}' table=\"parishes\"")["OUTPUT"]
    assert result == f"{container}|layername=parishes"
    assert QgsVectorLayer(result, "r", "ogr").featureCount() == 3
    assert "x_exp" in [field.name() for field in QgsVectorLayer(result, "r", "ogr").fields()]
    assert rows(container, "wards") == others
    assert [path.name for path in container.parent.iterdir()] == [container.name]


@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_sheets_are_never_lost(run, source, tmp_path, ending):
    path = tmp_path / f"mine{ending}"
    made = ogr.GetDriverByName(ending[1:].upper()).CreateDataSource(str(path))
    for name in ("first", "second"):
        sheet = made.CreateLayer(name)
        sheet.CreateField(ogr.FieldDefn("n"))
        feature = ogr.Feature(sheet.GetLayerDefn())
        feature.SetField(0, "a")
        sheet.CreateFeature(feature)
    del feature, sheet, made
    with pytest.raises(QgsProcessingException, match="lost: first, second"):
        run(source, path)


@pytest.mark.parametrize("ending", [".json", ".geojson", ".csv", ".xlsx", ".ods", ".shp", ".gpkg"])
def test_the_result_is_where_it_was_asked_for(run, source, tmp_path, ending):
    for _ in range(2):
        result = run(source, tmp_path / f"a{ending}")["OUTPUT"]
    if ending == ".shp":
        result = result.replace(".shp", ".dbf")
    else:
        assert result == str(tmp_path / f"a{ending}")
    assert QgsVectorLayer(result, "r", "ogr").featureCount() == 3


def test_a_file_named_like_a_layer_in_memory_is_a_file(run, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(source, "TEMPORARY_OUTPUT.gpkg")["OUTPUT"] == str(tmp_path / "TEMPORARY_OUTPUT.gpkg")


def test_nothing_of_an_earlier_shapefile_stays(run, source, tmp_path):
    """An index or a code page of other rows misleads whoever reads it; a style of the user's own is not ours."""
    stale = [tmp_path / f"a{one}" for one in (".qix", ".sbn", ".idm", ".shp.xml", ".shx", ".qpj")]
    own = [tmp_path / one for one in ("a.qml", "a.txt", "b.qix", "aa.cpg")]
    for path in (*stale, *own):
        path.write_bytes(b"of other rows")
    (tmp_path / "a.dbf").write_bytes(b"")
    run(source, tmp_path / "a.shp")
    assert not any(path.exists() and path.read_bytes() == b"of other rows" for path in stale)
    assert all(path.read_bytes() == b"of other rows" for path in own)
    assert QgsVectorLayer(str(tmp_path / "a.dbf"), "r", "ogr").featureCount() == 3


def test_formats_that_hold_no_table_are_refused(run, source, tmp_path):
    for ending in (".dxf", ".xyz"):
        with pytest.raises(QgsProcessingException, match=r"choose .gpkg, .csv|not supported"):
            run(source, tmp_path / f"a{ending}")
    for ending in (".fgb", ".sqlite"):
        with pytest.raises(QgsProcessingException, match="rows with geometry alone"):
            run(source, tmp_path / f"a{ending}")
    assert not list(tmp_path.iterdir())


def test_a_lock_is_called_one(run, source, container, tmp_path):
    with closing(sqlite3.connect(container, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(QgsProcessingException, match="locked by another program; close it"):
            run(source, f"ogr:dbname='{container}' table=\"new\"")
    (tmp_path / "a.csv").write_text("n\n1\n")
    (tmp_path / ".~lock.a.csv#").write_text("")
    with pytest.raises(QgsProcessingException, match="open in another program"):
        run(source, tmp_path / "a.csv")


@pytest.mark.parametrize(
    "fields, kind, words",
    [
        (("x:double", "fid:string"), "None", "numbers its rows by that name"),
        (("x:double", "geom:string"), "Point", "gives its geometry"),
        (("x:double", "D:string", "d:string"), "None", "differ in case only"),
        (("x:double", *(f"f{number}:integer" for number in range(2001))), "None", "fields are more than the 1,998"),
    ],
)
def test_names_of_fields_are_refused_in_words(run, tmp_path, fields, kind, words):
    with pytest.raises(QgsProcessingException, match=words):
        run(table(*fields, rows=[(1.0,), (2.0,)], kind=kind), tmp_path / "a.gpkg")
    assert not list(tmp_path.iterdir())


def test_a_fid_held_twice_is_numbered_anew(run, tmp_path):
    merged = table("x:double", "fid:integer", rows=[(1.0, 7), (2.0, 7), (3.0, 8)])
    result = QgsVectorLayer(run(merged, tmp_path / "a.gpkg")["OUTPUT"], "r", "ogr")
    assert sorted(one["x"] for one in result.getFeatures()) == [1.0, 2.0, 3.0]
