"""Steps as algorithms on layers of every kind: what goes in comes out, and a run that fails leaves no trace."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from inspect import signature

import pytest
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

SQUARE = "POLYGON((0 0,1 0,1 1,0 1,0 0))"
BOW_TIE = "POLYGON((0 0,1 1,1 0,0 1,0 0))"
TURN = {"FIELDS": ["x"], "DIRECTION": "less"}


class Feedback(QgsProcessingFeedback):
    """Keeps errors; cancels when the progress has reached a mark."""

    def __init__(self, cancel_at=None):
        super().__init__(False)
        self.errors = []
        self.progressChanged.connect(lambda done: cancel_at is not None and done >= cancel_at and self.cancel())

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


def run(name, parameters, feedback=None, project=None):
    """(results, whether it succeeded, errors, context)."""
    context, feedback = QgsProcessingContext(), feedback or Feedback()
    if project is not None:
        context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    results, done = algorithm.run(parameters, context, feedback, {}, True)
    return results, done, feedback.errors, context


def rows(source, layer="out"):
    found = QgsVectorLayer(source, layer, "ogr")
    assert found.isValid()
    return [feature.attributes() for feature in found.getFeatures()]


@pytest.fixture
def areas():
    """Three areas with geometry, one of it invalid and one missing, a gap in x, and fields of other kinds."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:27700&field=x:double&field=name:string&field=when:date", "areas", "memory")
    features = []
    for x, name, shape in ((3.0, "Ash", SQUARE), (None, "Oak", BOW_TIE), (1.0, None, None)):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([x, name, None])
        if shape:
            feature.setGeometry(QgsGeometry.fromWkt(shape))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def save(layer, path, driver="GPKG"):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), QgsProject.instance().transformContext(), options)
    return str(path)


def test_geometry_attributes_and_gaps_are_passed_on(provider, areas, tmp_path):
    _, done, errors, _ = run("orient", {"INPUT": areas, **TURN, "OUTPUT": str(tmp_path / "out.gpkg")})
    assert done, errors
    out = QgsVectorLayer(str(tmp_path / "out.gpkg"), "out", "ogr")
    assert [field.name() for field in out.fields()] == ["fid", "x", "name", "when", "x_need"]
    assert out.crs().authid() == "EPSG:27700"
    shapes = [feature.geometry().asWkt() for feature in out.getFeatures()]
    assert shapes[0].startswith("Polygon")
    assert shapes[1].startswith("Polygon"), "an invalid polygon passes through as it is"
    assert shapes[2] in ("", "Polygon EMPTY")
    with closing(sqlite3.connect(tmp_path / "out.gpkg")) as database:
        assert database.execute("SELECT x_need FROM out").fetchall() == [(-3.0,), (None,), (-1.0,)], "NULL, not NaN"


def test_a_csv_file_without_types(provider, tmp_path):
    (tmp_path / "rates.csv").write_text("code,rate\nE1,1.5\nE2,\nE3,2.5\n", encoding="utf-8")
    parameters = {"INPUT": str(tmp_path / "rates.csv"), "FIELDS": ["rate"], "OUTPUT": str(tmp_path / "out.csv")}
    _, done, errors, _ = run("hotspots", parameters)
    assert done, errors
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "code,rate,rate_rank,rate_decile,rate_hotspot"
    assert [line.split(",")[2].strip('"') for line in lines[1:]] == ["2", "", "1"]


def test_a_filtered_layer_and_a_virtual_one(provider, areas, tmp_path):
    saved = QgsVectorLayer(save(areas, tmp_path / "areas.gpkg"), "areas", "ogr")
    assert saved.setSubsetString("x > 2")
    _, done, errors, _ = run("orient", {"INPUT": saved, **TURN, "OUTPUT": str(tmp_path / "a.gpkg")})
    assert done, errors
    assert [row[-1] for row in rows(str(tmp_path / "a.gpkg"))] == [-3.0]
    project = QgsProject.instance()
    project.addMapLayer(areas, False)
    virtual = QgsVectorLayer("?query=SELECT x * 10 AS y FROM areas WHERE x IS NOT NULL", "virtual", "virtual")
    assert virtual.isValid()
    _, done, errors, _ = run(
        "orient", {"INPUT": virtual, "FIELDS": ["y"], "DIRECTION": "less", "OUTPUT": str(tmp_path / "b.gpkg")}
    )
    project.removeMapLayer(areas.id())
    assert done, errors
    assert sorted(row[-1] for row in rows(str(tmp_path / "b.gpkg"))) == [-30.0, -10.0]


@pytest.mark.parametrize("mark", [30, 80])
def test_a_cancel_leaves_the_earlier_result_as_it_was(provider, areas, tmp_path, mark):
    path = tmp_path / "out.gpkg"
    before = {"INPUT": areas, "FIELDS": ["x"], "OUTPUT": str(path)}
    assert run("orient", {**before, "DIRECTION": "less"})[1]
    content = path.read_bytes()
    _, done, errors, _ = run("normalscores", before, Feedback(cancel_at=mark))
    assert not done
    assert "Cancelled" in " ".join(errors)
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["out.gpkg"]


def test_the_output_may_be_a_layer_of_the_project(provider, areas, tmp_path):
    """The project's layer shows the new columns afterwards, and the input may be the file that is written."""
    path = save(areas, tmp_path / "areas.gpkg")
    project = QgsProject()
    shown = QgsVectorLayer(path, "areas", "ogr")
    project.addMapLayer(shown)
    _, done, errors, _ = run("orient", {"INPUT": shown.id(), **TURN, "OUTPUT": path}, project=project)
    assert done, errors
    assert "x_need" in [field.name() for field in shown.fields()]


def test_the_result_is_loaded_into_the_project_once_it_is_in_place(provider, areas, tmp_path):
    project = QgsProject()
    output = QgsProcessingOutputLayerDefinition(str(tmp_path / "out.gpkg"), project)
    output.destinationName = "Turned"
    _, done, errors, context = run("orient", {"INPUT": areas, **TURN, "OUTPUT": output}, project=project)
    assert done, errors
    loads = context.layersToLoadOnCompletion()
    assert list(loads) == [str(tmp_path / "out.gpkg")]
    assert loads[str(tmp_path / "out.gpkg")].name == "Turned"


def test_a_file_named_without_its_folder_is_written_aside_too(provider, areas, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results, done, errors, _ = run("orient", {"INPUT": areas, **TURN, "OUTPUT": "out.gpkg"})
    assert done, errors
    assert results["OUTPUT"] == str(tmp_path / "out.gpkg")
    assert not run("orient", {"INPUT": areas, **TURN, "OUTPUT": "half.gpkg"}, Feedback(cancel_at=30))[1]
    assert [path.name for path in tmp_path.iterdir()] == ["out.gpkg"]


def test_a_folder_that_cannot_be_written_to(provider, areas, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    _, done, errors, _ = run("orient", {"INPUT": areas, **TURN, "OUTPUT": str(tmp_path / "file" / "out.gpkg")})
    assert not done
    assert "cannot be written to" in " ".join(errors)


@pytest.mark.parametrize("file", ["out.shp", "out.gml"])
def test_formats_of_several_files_are_written_in_place(provider, areas, tmp_path, file):
    _, done, errors, _ = run("orient", {"INPUT": areas, **TURN, "OUTPUT": str(tmp_path / file)})
    assert done, errors
    assert len(rows(str(tmp_path / file))) == 3


def test_weights_of_a_table_that_the_weights_step_made(provider, tmp_path):
    """Factor weights go from one step to the next: 0.42, 0.34 and 0.24, as in the golden case."""
    layer = QgsVectorLayer("None?field=a:double&field=b:double&field=c:double", "scores", "memory")
    features = []
    for values in zip((1, 2, 3, 4, 5), (1, 2, 4, 5, 3), (1, 3, 5, 2, 4)):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([float(value) for value in values])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    weights = {
        "INPUT": layer,
        "FIELDS": ["a", "b", "c"],
        "METHOD": "maximum_likelihood",
        "OUTPUT": str(tmp_path / "w.csv"),
    }
    assert run("indicatorweights", weights)[1]
    sums = {
        "INPUT": layer,
        "FIELDS": ["a", "b", "c"],
        "WEIGHTS": str(tmp_path / "w.csv"),
        "OUTPUT": str(tmp_path / "s.gpkg"),
    }
    _, done, errors, _ = run("combineindicators", sums)
    assert done, errors
    loadings = [0.875**0.5, 0.56**0.5, (2 / 7) ** 0.5]
    expected = [sum(w * v for w, v in zip(loadings, (2, 2, 3))) / sum(loadings)]
    assert rows(str(tmp_path / "s.gpkg"))[1][-1] == pytest.approx(expected[0], abs=1e-4)


def test_the_example_of_a_batch_runs_in_the_batch_panel(provider, repository, tmp_path, monkeypatch, qgis_iface):
    """QGIS's own panel, with the file of the guide that its version reads, here with whole paths; run row by row."""
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
    from processing.gui.BatchPanel import BatchPanel
    from qgis.PyQt.QtWidgets import QFileDialog

    names = ("normal_scores.batch", "rows") if hasattr(BatchPanel, "FORMAT") else ("normal_scores_batch.json", None)
    text = (repository / "docs/examples" / names[0]).read_text(encoding="utf-8")
    example = tmp_path / names[0]
    example.write_text(re.sub(r"(council|scores)_", rf"{tmp_path.as_posix()}/\1_", text), encoding="utf-8")
    for year, rates in ((2023, (0.1, 0.2, 0.4)), (2024, (0.4, 0.2, 0.1))):
        lines = ["area_code,claim_rate", *(f"E{place},{rate}" for place, rate in enumerate(rates))]
        (tmp_path / f"council_{year}.csv").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: (str(example), ""))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:normalscores")
    dialog = BatchAlgorithmDialog(algorithm)
    panel = dialog.mainWidget()
    panel.load()
    content = json.loads(example.read_text(encoding="utf-8"))
    assert panel.batchRowCount() == len(content[names[1]] if names[1] else content) == 2
    fields = panel.wrappers[1][panel.parameter_to_column["FIELDS"]]
    assert "claim_rate" in str(fields.parameterValue())
    # From QGIS 3.24 on the panel asks for a context.
    needed = {"context": QgsProcessingContext()} if "context" in signature(panel.parametersForRow).parameters else {}
    for place in range(2):
        parameters, able = panel.parametersForRow(row=place, warnOnInvalid=False, **needed)
        _, done, errors, _ = run("normalscores", parameters)
        assert able and done, errors
    # ranks 1, 2, 3 of 3: the inverse normal of 1/4, 2/4, 3/4
    expected = pytest.approx([-0.6744897501960817, 0.0, 0.6744897501960817], abs=1e-12)
    assert [row[-1] for row in rows(str(tmp_path / "scores_2023.gpkg"))] == expected
    assert [row[-1] for row in rows(str(tmp_path / "scores_2024.gpkg"))][::-1] == expected
    dialog.deleteLater()


def test_every_step_may_be_run_in_batches(provider):
    none = QgsProcessingAlgorithm.Flag.FlagSupportsBatch
    assert [one.name() for one in provider.algorithms() if not one.flags() & none and one.groupId() != "use"] == []


def test_no_field_is_turned_round_unless_the_user_says_so(provider, areas, tmp_path):
    path = tmp_path / "out.gpkg"
    _, done, errors, _ = run("orient", {"INPUT": areas, "FIELDS": ["x"], "OUTPUT": str(path)})
    assert not done and "DIRECTION: give what a high value of the fields means, need or less." in errors[-1]
    assert not path.exists()
