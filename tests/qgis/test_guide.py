"""Every command and snippet of the guide is run, on the demonstration, as it stands there."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from qgis.core import QgsVectorLayer
from running import attempt

from hyperlocal_need.core.findings import saved
from hyperlocal_need.processing_provider.io.frames import GeoPackageWriter

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
# What cannot be run here, and why.
NOT_RUN = {
    "fetchsources": "asks the publishers' servers; tests/qgis/fetch asks stand-ins for them",
    "importpublished": "reads a publisher's file, which is not in the repository; test_import_published.py reads it",
    "editpack": "adds what importpublished made; test_import_tables.py adds such entries",
}
# A place of England's, and one of the demonstration's.
ELSEWHERE = {"AREA=Blackpool": "AREA={district}"}


def blocks():
    """(page, language, text) of every fenced block."""
    for page in PAGES:
        for found in re.finditer(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            yield page.relative_to(ROOT).as_posix(), found[1], found[2]


def commands(start):
    """(page, words) of every command that begins so, continued lines joined."""
    for page, _, text in blocks():
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            if line.startswith(start):
                yield page, shlex.split(line, comments=True)


CALLS = list(commands("qgis_process run "))


@pytest.fixture(scope="module")
def place(provider, demo_pack, tmp_path_factory):
    """A folder with everything that the guide names: a pack, its result, and somebody's own tables."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(demo_pack, folder / "england")
    made, said = attempt("computeindex", {"PACK": str(demo_pack), "OUTPUT": str(folder / "need.gpkg"), "STAGES": True})
    assert made, said
    rows = pd.DataFrame({"lad23cd": ["A", "A", "B", "B", "B", "B"], "people": [40, 300, 300, 10, 80, 90]})
    rows.index = pd.Index(list("PQRSTU"), name="area_code")
    claims = rows.assign(claims=[4, 30, 45, 2, 8, 33], claim_rate=[0.1, 0.1, 0.15, 0.2, 0.1, 0.37])
    GeoPackageWriter(str(folder / "claims.gpkg"), lambda share: None).write("claims", claims)
    rows.assign(score=[0.5, 1.0, -2.0, 0.1, 0.2, 3.0]).to_csv(folder / "scores.csv")
    return folder


def test_every_command_names_an_algorithm_and_parameters_that_there_are(provider):
    from qgis.core import QgsApplication

    assert len(CALLS) > 10
    for page, (_, _, name, dashes, *values) in CALLS:
        algorithm = QgsApplication.processingRegistry().algorithmById(name)
        assert algorithm is not None, f"{page}: there is no {name}"
        known = {one.name() for one in algorithm.parameterDefinitions()}
        assert dashes == "--" and {one.partition("=")[0] for one in values} <= known, f"{page}: {name} {values}"
    assert set(NOT_RUN) <= {words[2].partition(":")[2] for _, words in CALLS}, "a reason for what is not there"


def test_every_command_runs(place, monkeypatch):
    """In the order of the pages, as their reader would, in one folder."""
    monkeypatch.chdir(place)
    district = saved.read_layers(place / "need.gpkg", ["districts"])["districts"]["district_name"].iloc[0]
    for page, (_, _, name, _, *values) in CALLS:
        name = name.partition(":")[2]
        if name in NOT_RUN:
            continue
        parameters = dict(ELSEWHERE.get(one, one).format(district=district).split("=", 1) for one in values)
        made, said = attempt(name, parameters)
        assert made, f"{page}: {name}: {said}"
        for key, value in parameters.items():
            assert not key.endswith("OUTPUT") or Path(value).exists(), f"{page}: {name}: {value}"
    spots = QgsVectorLayer("spots.gpkg", "spots", "ogr")
    assert "claims_shrunk_z_hotspot" in spots.fields().names() and spots.featureCount() == 6


def test_every_snippet_runs(place, monkeypatch, qgis_processing):
    snippets = [(page, text) for page, language, text in blocks() if language == "python"]
    assert snippets
    monkeypatch.chdir(place)
    for page, text in snippets:
        layer = QgsVectorLayer("claims.gpkg", "claims", "ogr")
        assert layer.isValid()
        exec(compile(ast.parse(text), page, "exec"), {"layer": layer})


def test_every_chore_is_one_of_the_script():
    usage = subprocess.run([str(ROOT / "run"), "help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^  ([a-z]+)", usage, re.M))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:^|`)\./run ([a-z]+)", text, re.M))
    assert len(named) > 8 and named <= known | {"help"}
