"""The shipped models: built as the tool builds them, valid, equal to ``computeindex``, and usable as Python."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from contextlib import closing
from functools import cache

import numpy as np
import pandas as pd
import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
)

TOLERANCE = 1e-9
DIMENSIONS = ("growth", "energy", "streets", "opportunity", "health")
MODELS = ["convert", "full_index", "sure_clusters", *(f"dimension_{name}" for name in DIMENSIONS)]
INDICATORS, NEED = "indicators:OUTPUT", "need:OUTPUT"


class Feedback(QgsProcessingFeedback):
    """Keeps the errors."""

    def __init__(self):
        super().__init__(False)
        self.errors = []

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


def attempt(name, **parameters):
    """What went wrong; empty if nothing did."""
    feedback = Feedback()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    values = {key: str(value) for key, value in parameters.items()}
    able, message = algorithm.checkParameterValues(values, QgsProcessingContext())
    if not able:
        return message
    done = algorithm.run(values, QgsProcessingContext(), feedback, {}, True)[1]
    return "" if done else " ".join(feedback.errors)


def run(name, **parameters):
    assert attempt(name, **parameters) == ""


def layer(path, name=None):
    """A layer of a GeoPackage as a frame by area code, without geometry."""
    with closing(sqlite3.connect(path)) as database:
        name = name or database.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
        frame = pd.read_sql_query(f'SELECT * FROM "{name}"', database)
    return frame.set_index("area_code").sort_index().drop(columns=["fid", "geom"], errors="ignore")


def differences(found, expected, columns):
    """The columns that are not the same: gaps in other places, other texts, numbers off by more than 1e-9."""
    wrong = []
    for name in columns:
        one, other = found[name], expected[name]
        if not (one.isna() == other.isna()).all():
            wrong.append(f"{name}: gaps differ")
        elif not pd.api.types.is_numeric_dtype(other):
            if (one.dropna() != other.dropna()).any():
                wrong.append(name)
        elif not np.allclose(
            one.to_numpy(float), other.to_numpy(float), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
        ):
            wrong.append(f"{name}: off by {np.nanmax(np.abs(one - other))}")
    return wrong


@pytest.fixture(scope="module")
def pack(provider, tmp_path_factory):
    """A demonstration pack of 600 areas, composites given by their parts."""
    folder = tmp_path_factory.mktemp("pack600") / "pack"
    run("demopack", AREAS=600, SEED=11, OUTPUT=folder)
    return folder


@pytest.fixture(scope="module")
def indicators(pack, tmp_path_factory):
    """What the model ``convert`` makes of the pack."""
    path = tmp_path_factory.mktemp("converted") / "indicators.gpkg"
    run("convert", PACK=pack, **{INDICATORS: path})
    return path


@pytest.fixture(scope="module")
def index(pack, tmp_path_factory):
    """The index of the pack as the one algorithm makes it, once a policy."""

    @cache
    def computed(missing="exclude"):
        path = tmp_path_factory.mktemp("index") / "index.gpkg"
        run("computeindex", PACK=pack, OUTPUT=path, MISSING=missing)
        return path

    return computed


def whole(pack, indicators, folder, **parameters):
    run("full_index", INPUT=indicators, PACK=pack, **{NEED: folder / "full.gpkg"}, **parameters)
    return layer(folder / "full.gpkg")


def assert_same_index(found, computed):
    """Every column of the layer need, and of every stage, is there and the same."""
    for name in ("need", "shrunk", "normal_scores", "sub_dimensions"):
        expected = layer(computed, name)
        columns = [column for column in expected if column != "imputed_count" or column in found]
        assert not set(columns) - set(found)
        assert differences(found, expected, columns) == []


def test_converting_gives_the_layer_of_indicators(index, indicators):
    expected = layer(index(), "indicators")
    found = layer(indicators)
    assert differences(found, expected, expected.columns) == []
    assert {"growth", "energy"}.isdisjoint(found.columns)
    geographies = {label for name in expected if name.endswith("_provenance") for label in expected[name]}
    assert {"direct", "summed", "apportioned", "spread"} <= geographies


@pytest.mark.parametrize("missing", ["exclude", "district", "median"])
def test_the_whole_model_gives_the_index(pack, index, indicators, tmp_path, missing):
    found = whole(pack, indicators, tmp_path, MISSING=missing)
    assert_same_index(found, index(missing))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_dimensions_model_gives_its_scores(pack, index, indicators, tmp_path, dimension):
    run(f"dimension_{dimension}", INPUT=indicators, PACK=pack, **{NEED: tmp_path / "one.gpkg"})
    found, computed = layer(tmp_path / "one.gpkg"), index()
    expected = layer(computed, "sub_dimensions")
    mine = [name for name in expected if name in found]
    assert f"{dimension}_exp" in mine
    assert differences(found, expected, mine) == []
    assert not [name for name in DIMENSIONS if name != dimension and f"{name}_exp" in found]
    need = layer(computed, "need")
    assert (
        differences(found.rename(columns={f"{dimension}_exp_rank": f"{dimension}_rank"}), need, [f"{dimension}_rank"])
        == []
    )


def test_england_is_the_same_to_the_last_digit(england, england_result, tmp_path):
    import processing

    choices = {"MISSING": "district", "MISSING_INDICATORS": "leave_out"}
    computed, converted = england_result / "need.gpkg", tmp_path / "indicators.gpkg"
    run("convert", PACK=england, **{INDICATORS: converted})
    expected = layer(computed, "indicators")
    # What a run fills in is said in its layer, and is not yet filled when figures are converted.
    expected = expected.assign(
        **{name: expected[name].where(expected[name] != "imputed") for name in expected if name.endswith("_provenance")}
    )
    assert differences(layer(converted), expected, expected.columns) == []
    # No step reads a polygon, and each would write all of them.
    bare = str(tmp_path / "bare.gpkg")
    processing.run("native:dropgeometries", {"INPUT": str(converted), "OUTPUT": bare})
    assert_same_index(whole(england, bare, tmp_path, **choices), computed)


def test_indicators_without_data_are_an_error_unless_left_out(pack, indicators, tmp_path):
    import processing

    fewer = tmp_path / "fewer.gpkg"
    dropped = [f"crime_rank{ending}" for ending in ("", "_provenance")]
    processing.run("native:deletecolumn", {"INPUT": str(indicators), "COLUMN": dropped, "OUTPUT": str(fewer)})
    errors = attempt(
        "full_index", INPUT=fewer, PACK=pack, MISSING_INDICATORS="leave_out", **{NEED: tmp_path / "a.gpkg"}
    )
    assert "No indicator of streets has data" in errors
    errors = attempt("full_index", INPUT=fewer, PACK=pack, **{NEED: tmp_path / "b.gpkg"})
    assert "crime_rank_z" in errors


def test_certainty_and_clusters_of_the_model_are_those_of_the_algorithms(pack, index, tmp_path):
    """Where the index itself is not kept, too: the next steps read it from a temporary GeoPackage."""
    names = ("need", "certainty", "clusters")
    (tmp_path / "model").mkdir()
    outputs = {f"{name}:OUTPUT": tmp_path / "model" / f"{name}.gpkg" for name in names}
    run("sure_clusters", PACK=pack, DRAWS=60, DOUBT="each", **outputs)
    need = f"{index()}|layername=need"
    run("rankcertainty", INPUT=need, PACK=pack, DRAWS=60, DOUBT="each", OUTPUT=tmp_path / "certainty.gpkg")
    run("needclusters", INPUT=need, OUTPUT=tmp_path / "clusters.gpkg")
    for name in names[1:]:
        found, alone = (layer(folder / f"{name}.gpkg", name) for folder in (tmp_path / "model", tmp_path))
        assert list(found) == list(alone) and differences(found, alone, alone.columns) == []
    outputs["need:OUTPUT"] = QgsProcessing.TEMPORARY_OUTPUT
    run("sure_clusters", PACK=pack, DRAWS=60, DOUBT="each", **outputs)
    found = layer(tmp_path / "model" / "clusters.gpkg", "clusters")
    assert differences(found, layer(tmp_path / "clusters.gpkg", "clusters"), ["gi_z"]) == []


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_valid_and_laid_out(provider, repository, name):
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(str(repository / f"resources/models/{name}.model3"))
    valid, faults = model.validate()
    assert valid, faults
    places = [(step.position().x(), step.position().y()) for step in model.childAlgorithms().values()]
    assert len(set(places)) == len(places), "no step stands on another"
    assert len(model.groupBoxes()) >= 3
    for x, y in places:
        boxes = [abs(x - box.position().x()) < box.size().width() / 2 and abs(y - box.position().y()) < 110
                 for box in model.groupBoxes()]  # fmt: skip
        assert sum(boxes) == 1, "each step stands in one box"
    steps = {step.algorithmId().partition(":")[2] for step in model.childAlgorithms().values()}
    assert ("computeindex" in steps) == (name == "sure_clusters"), "a model of steps holds no finished index"
    called = [output.description() for output in model.outputDefinitions()]
    assert called and len(set(called)) == len(called) and not any("OUTPUT" in text for text in called)


@pytest.mark.skipif(Qgis.QGIS_VERSION_INT >= 32300, reason="the models are written by the oldest QGIS")
def test_the_models_are_what_the_tool_builds(provider, repository, tmp_path):
    specification = importlib.util.spec_from_file_location("build_models", repository / "tools/build_models.py")
    tool = importlib.util.module_from_spec(specification)
    sys.modules["build_models"] = tool
    specification.loader.exec_module(tool)
    assert sorted(plan.name for plan in tool.plans()) == sorted(MODELS)
    for plan in tool.plans():
        shipped = QgsProcessingModelAlgorithm()
        assert shipped.fromFile(str(repository / f"resources/models/{plan.name}.model3"))
        tool.write(tool.build(plan), tmp_path / f"{plan.name}.model3")
        built = QgsProcessingModelAlgorithm()
        assert built.fromFile(str(tmp_path / f"{plan.name}.model3"))
        variants = [model.toVariant() for model in (built, shipped)]
        for variant in variants:
            variant["groupBoxes"] = sorted(variant["groupBoxes"], key=lambda box: box["uuid"])
        assert variants[0] == variants[1], f"{plan.name}: run tools/build_models.py"


def test_a_model_as_python_runs(pack, index, indicators, tmp_path):
    """The modeller's export to Python, run as a script algorithm."""
    model = QgsApplication.processingRegistry().algorithmById("hyperlocalneed:dimension_energy")
    kinds = QgsProcessing.PythonOutputType
    lines = model.asPythonCode(kinds.PythonQgsProcessingAlgorithmSubclass, 4)
    space = {}
    exec("\n".join(lines), space)
    kind = next(one for one in space.values() if isinstance(one, type) and issubclass(one, QgsProcessingAlgorithm)
                and one is not QgsProcessingAlgorithm and one.__module__ != "qgis._core")  # fmt: skip
    algorithm = kind().create()
    output = next(one.name() for one in algorithm.destinationParameterDefinitions())
    values = {
        "INPUT": str(indicators),
        "PACK": str(pack),
        output: str(tmp_path / "energy.gpkg"),
        "MISSING": "exclude",
        "MISSING_INDICATORS": "error",
        "DISTRICT_FIELD": "district_code",
        "METHODOLOGY": "",
    }
    feedback = Feedback()
    assert algorithm.run(values, QgsProcessingContext(), feedback, {}, False)[1], feedback.errors
    found, expected = layer(tmp_path / "energy.gpkg"), layer(index(), "sub_dimensions")
    assert differences(found, expected, ["energy_exp"]) == []


def test_meaning_travels_with_the_table(pack, index, indicators, tmp_path):
    """Without a pack the table's own words hold: in GeoPackages and in a CSV file, which has no types, alike."""
    computed = index()
    run("full_index", INPUT=indicators, **{NEED: tmp_path / "alone.gpkg"})
    assert_same_index(layer(tmp_path / "alone.gpkg"), computed)
    run("convert", PACK=pack, **{INDICATORS: tmp_path / "indicators.csv"})
    run("full_index", INPUT=tmp_path / "indicators.csv", **{NEED: tmp_path / "text.gpkg"})
    assert_same_index(layer(tmp_path / "text.gpkg"), computed)


def test_a_table_that_does_not_say_what_its_figures_mean_is_refused(pack, indicators, tmp_path):
    import processing

    silent = tmp_path / "silent.gpkg"
    dropped = [name for name in layer(indicators) if name.endswith("_meaning")]
    processing.run("native:deletecolumn", {"INPUT": str(indicators), "COLUMN": dropped, "OUTPUT": str(silent)})
    errors = attempt("full_index", INPUT=silent, **{NEED: tmp_path / "a.gpkg"})
    assert "does not say what its figures mean" in errors and "Give PACK" in errors
    run("full_index", INPUT=silent, PACK=pack, **{NEED: tmp_path / "b.gpkg"})


def test_own_weights_decide(pack, indicators, tmp_path):
    """In a copy of full_index 0.9 on no_qualifications: the sum is 0.9 z of it and 0.1 / k z of the k others."""
    run("full_index", INPUT=indicators, **{NEED: tmp_path / "before.gpkg"})
    before = layer(tmp_path / "before.gpkg")
    run("indicatorweights", INPUT=tmp_path / "before.gpkg", METHOD="equal", OUTPUT=tmp_path / "weights.csv")
    weights = pd.read_csv(tmp_path / "weights.csv")
    mine = weights["parent"] == "quality_jobs"
    others = 0.1 / (mine.sum() - 1)
    weights.loc[mine, "weight"] = np.where(weights.loc[mine, "node"] == "no_qualifications", 0.9, others)
    assert (weights["weighting"] == "equal").all()
    weights.to_csv(tmp_path / "own.csv", index=False)

    model = QgsProcessingModelAlgorithm()
    model.loadVariant(QgsApplication.processingRegistry().algorithmById("hyperlocalneed:full_index").toVariant())
    for name in ("sum_sub_dimension", "sum_dimension"):
        step = model.childAlgorithm(name)
        step.addParameterSources(
            "WEIGHTS", [QgsProcessingModelChildParameterSource.fromStaticValue(str(tmp_path / "own.csv"))]
        )
        model.setChildAlgorithm(step)
    values = {"INPUT": str(indicators), NEED: str(tmp_path / "after.gpkg"), "MISSING": "exclude"}
    values.update(MISSING_INDICATORS="error", DISTRICT_FIELD="district_code")
    feedback = Feedback()
    assert model.run(values, QgsProcessingContext(), feedback, {}, False)[1], feedback.errors
    after = layer(tmp_path / "after.gpkg")

    parts = {row.node: row.weight for row in weights[mine].itertuples()}
    expected = sum(weight * before[f"{name}_z"] for name, weight in parts.items())
    assert np.allclose(after["quality_jobs_sum"], expected, rtol=TOLERANCE, equal_nan=True)
    ranks = expected.rank(method="average", ascending=False)
    assert (after["quality_jobs_exp"].rank(method="average", ascending=False).dropna() == ranks.dropna()).all()
    assert np.allclose(after["mortality_sum"], before["mortality_sum"], rtol=TOLERANCE, equal_nan=True)
    assert (after["need_rank"] != before["need_rank"]).sum() > 300
