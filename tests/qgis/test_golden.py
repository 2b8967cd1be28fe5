"""Every step as an algorithm, from tables of cases: adding a case is adding data to golden/<algorithm>.json.

A file holds ``tables`` (fields with their types, rows; a geometry as WKT in the last place of a row) and ``cases``.
A case has a name, the table that goes in, parameters (a value that starts with @ is a table), perhaps the selected
rows, and either ``expected`` (columns of the output, in the order of its rows) or ``error`` (words of the message);
``cancel`` stops the run half way.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)

FOLDER = Path(__file__).parent / "golden"
TOLERANCE = 1e-9
ACCEPT = "HYPERLOCALNEED_ACCEPT"
LEAST = {
    "normal",
    "ties",
    "gaps",
    "one area",
    "all equal",
    "selection",
    "cancel half way",
    "wrong field",
    "empty layer",
}
STEPS = [
    "aggregatetolsoa", "apportion", "assignfromlookup", "combinedimensions", "combineindicators", "compositeindicator",
    "exponentialtransform", "hotspots", "indicatorweights", "normalscores", "orient", "postcodeoverlap", "rebaselsoa",
    "shrinkage",
]  # fmt: skip


def read(algorithm):
    return json.loads((FOLDER / f"{algorithm}.json").read_text(encoding="utf-8"))


CASES = [(algorithm, case["name"]) for algorithm in STEPS for case in read(algorithm)["cases"]]


class Feedback(QgsProcessingFeedback):
    """Remembers what is told; cancels once part of the work is done, if asked to."""

    def __init__(self, cancel=False):
        super().__init__(False)
        self.errors, self.told, self._cancel = [], [], cancel
        self.progressChanged.connect(self.stop)

    def stop(self, progress):
        if self._cancel and progress > 0:
            self.cancel()

    def reportError(self, error, fatalError=False):
        self.errors.append(error)

    def pushInfo(self, info):
        self.told.append(info)

    def pushWarning(self, warning):
        self.told.append(warning)


def make_layer(name, table):
    """A table of a golden file as a layer in memory."""
    fields = "&".join(f"field={field}:{kind}" for field, kind in table["fields"].items())
    layer = QgsVectorLayer(f"{table.get('geometry', 'None')}?{fields}&crs={table.get('crs', '')}", name, "memory")
    assert layer.isValid()
    features = []
    for row in table["rows"]:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(row[: len(table["fields"])])
        if "geometry" in table:
            feature.setGeometry(QgsGeometry.fromWkt(row[-1]))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    return layer


def run(algorithm, case, tables, output):
    """(whether it succeeded, the output's rows as columns, what was told, the layers)."""
    project, context, feedback = QgsProject(), QgsProcessingContext(), Feedback(case.get("cancel", False))
    context.setProject(project)
    layers = {name: make_layer(name, table) for name, table in tables.items()}
    for layer in layers.values():
        project.addMapLayer(layer)
    values = {key: _value(value, layers) for key, value in case.get("parameters", {}).items()}
    if "input" in case:
        layer = layers[case["input"]]
        values["INPUT"] = layer.id()
        if "selected" in case:
            layer.selectByIds([sorted(layer.allFeatureIds())[row] for row in case["selected"]])
            values["INPUT"] = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    step = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{algorithm}")
    values["OUTPUT"] = output
    able, message = step.checkParameterValues(values, context)
    if not able:
        feedback.errors.append(message)
        return False, {}, feedback
    try:
        results, done = step.run(values, context, feedback, {}, False)
    except Exception as error:
        feedback.errors.append(str(error))
        results, done = {}, False
    columns = read_columns(QgsProcessingUtils.mapLayerFromString(results["OUTPUT"], context)) if done else {}
    return done, columns, feedback


def _value(value, layers):
    if isinstance(value, list):
        return [_value(part, layers) for part in value]
    return layers[value[1:]].id() if isinstance(value, str) and value.startswith("@") else value


def read_columns(layer):
    rows = [feature.attributes() for feature in layer.getFeatures()]
    names = [field.name() for field in layer.fields()]
    return {name: [plain(row[place]) for row in rows] for place, name in enumerate(names)}


def plain(value):
    """A value as JSON would have it; QGIS's NULL is a QVariant, or None from QGIS 4 on."""
    return None if value is None or (hasattr(value, "isNull") and value.isNull()) else value


def same(found, expected, tolerance):
    if found is None or expected is None or isinstance(expected, str):
        return found == expected
    return abs(found - expected) <= tolerance * max(1.0, abs(expected))


@pytest.mark.parametrize(("algorithm", "name"), CASES, ids=[f"{algorithm}-{name}" for algorithm, name in CASES])
def test_golden(provider, tmp_path, algorithm, name):
    content = read(algorithm)
    case = next(case for case in content["cases"] if case["name"] == name)
    output = str(tmp_path / "out.gpkg") if case.get("cancel") or "error" in case else "TEMPORARY_OUTPUT"
    done, columns, feedback = run(algorithm, case, content["tables"], output)
    if "error" in case:
        assert not done
        assert case["error"] in " ".join(feedback.errors), feedback.errors
        assert list(tmp_path.iterdir()) == [], "nothing half done may be left"
        return
    assert done, feedback.errors
    for words in case.get("told", []):
        assert any(words in line for line in feedback.told), feedback.told
    if os.environ.get(ACCEPT):
        accept(algorithm, content, case, columns)
    wrong = [
        f"{column}: {columns.get(column)} instead of {expected}"
        for column, expected in case["expected"].items()
        if len(columns.get(column, [])) != len(expected)
        or not all(same(*pair, case.get("tolerance", TOLERANCE)) for pair in zip(columns[column], expected))
    ]
    assert not wrong, "\n".join(
        [*wrong, f"If the new result is right: {ACCEPT}=1 ./run test {Path(__file__).name} -k {algorithm}"]
    )
    kept = content["tables"].get(case.get("input"), {"fields": {}})["fields"]
    if case.get("passed_on", True):
        assert list(columns)[: len(kept)] == list(kept), "every field of the input is passed on"


def accept(algorithm, content, case, columns):
    """Write the columns that the case names, as they are now, into its file."""
    case["expected"] = {column: columns[column] for column in case["expected"]}
    (FOLDER / f"{algorithm}.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


@pytest.mark.parametrize("algorithm", STEPS)
def test_every_step_has_the_least_of_cases(algorithm):
    assert not LEAST - {case["name"] for case in read(algorithm)["cases"]}
