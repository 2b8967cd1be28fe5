"""Every algorithm of the provider, and every output and input of it.

Whatever ends a run, the earlier outputs are as they were; and what goes in and cannot be used is refused by its name.

The algorithms are those that are registered, their outputs those that they declare. One without example parameters
below fails, so that a new algorithm cannot slip by.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from itertools import combinations
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsNetworkAccessManager,
    QgsNetworkRequestParameters,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
)

from hyperlocal_need.core import catalogue
from hyperlocal_need.core.errors import NeedError
from hyperlocal_need.processing_provider.io import destination, replace_files
from hyperlocal_need.processing_provider.provider import MODELS

IDS = sorted([one.id for one in catalogue.STEPS] + [path.stem for path in MODELS.glob("*.model3")])
TWO = ["growth_score", "energy_score"]
# By algorithm: parameters without outputs; {pack}, {result} and {files} stand for what the fixtures make.
NEED = {"INPUT": "{result}/need.gpkg|layername=need"}
INDICATORS = {"INPUT": "{result}/converted.gpkg", "PACK": "{pack}"}
CONVERT = {"PACK": "{pack}", "OVERLAP": "{result}/overlap.gpkg"}
EXAMPLES = {
    "aggregatetolsoa": CONVERT,
    "apportion": CONVERT,
    "areareport": {**NEED, "ONLY": "{district}"},
    "assignfromlookup": CONVERT,
    "checkresult": {**NEED, "PACK": "{pack}"},
    "combinedimensions": {**NEED, "FIELDS": TWO, "NAME": "both"},
    "combineindicators": {**NEED, "FIELDS": TWO, "NAME": "both"},
    "compositeindicator": {
        **NEED,
        "NUMERATOR_FIELDS": ["imputed_count"],
        "DENOMINATOR_FIELDS": ["population"],
        "NAME": "share",
    },
    "computeindex": {"PACK": "{pack}"},
    "convert": {"PACK": "{pack}"},
    "demopack": {"AREAS": 60, "SEED": 3},
    "editpack": {"PACK": "{pack}", "ADD": ["{files}/own.json"], "PARENT": "quality_jobs"},
    "explainneed": NEED,
    "exponentialtransform": {**NEED, "FIELDS": TWO},
    "fetchsources": {"BASE": "{base}", "CACHE": "{cache}", "INDICATORS": "bad_health"},
    "full_index": INDICATORS,
    "handover": NEED,
    "hotspots": {**NEED, "FIELDS": TWO},
    "identifysources": {"FOLDER": "{files}"},
    "importpublished": {"INPUT": "{files}/own.csv"},
    "indicatorweights": {**NEED, "FIELDS": TWO},
    "normalscores": {**NEED, "FIELDS": TWO},
    "orient": {**NEED, "FIELDS": TWO, "DIRECTION": "less"},
    "postcodeoverlap": {"PACK": "{pack}"},
    "qualityassurance": {"INPUT": "{result}/need.gpkg|layername=indicators"},
    "compareresults": {**NEED, "OTHER": NEED["INPUT"], "DATES": "2019, 2025"},
    "needclusters": NEED,
    "needpage": {**NEED, "AREA": "{district}", "PACK": "{pack}"},
    "rankcertainty": {**NEED, "PACK": "{pack}", "DRAWS": 60},
    "rebaselsoa": CONVERT,
    "scorepostcodes": {
        "INPUT": "{files}/list.csv",
        "POSTCODE_FIELD": "postcode",
        "NEED": NEED["INPUT"],
        "PACK": "{pack}",
    },
    "sure_clusters": {"PACK": "{pack}", "DRAWS": 20},
    "shrinkage": {
        **NEED,
        "DISTRICT_FIELD": "district_code",
        "NUMERATOR_FIELD": "imputed_count",
        "DENOMINATOR_FIELD": "population",
    },
    "summarisebyarea": {**NEED, "AREAS": "{result}/need.gpkg|layername=districts", "CODE_FIELD": "district_code"},
    "whoisreached": {**NEED, "BUDGET": 5, "AREA_FIELD": "district_code"},
    "comparereorganisation": {
        **NEED,
        "PROPOSALS": "{result}/need.gpkg|layername=districts",
        "CODE_FIELD": "district_code",
        "OPTIONS": ["district_name"],
    },
    **{f"dimension_{one}": INDICATORS for one in ("growth", "energy", "streets", "opportunity", "health")},
}
# What stands beside the outputs and must never be touched.
FOREIGN = "a council's own.txt"


class Feedback(QgsProcessingFeedback):
    """Remembers errors and how far the run came; cancels as soon as it has come to a mark, or ends the process."""

    def __init__(self, cancel_at=None, kill=False):
        super().__init__(False)
        self.errors, self.marks = [], []
        self._cancel_at, self._kill = cancel_at, kill
        self.progressChanged.connect(self._hear)

    def _hear(self, progress):
        self.marks.append(progress)
        if self._cancel_at is not None and progress >= self._cancel_at:
            if self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
            self.cancel()

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


def run(name, values, feedback=None):
    """(whether the algorithm succeeded, what was heard)."""
    feedback, context, project = feedback or Feedback(), QgsProcessingContext(), QgsProject()
    context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    able, message = algorithm.checkParameterValues(values, context)
    if not able:
        feedback.errors.append(message)
        return False, feedback
    try:
        return algorithm.run(values, context, feedback, {}, False)[1], feedback
    except QgsProcessingException as error:
        feedback.errors.append(str(error))
        return False, feedback


def filled(value, places):
    if isinstance(value, dict):
        return {key: filled(one, places) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, places) for one in value]
    return value.format(**places) if isinstance(value, str) else value


def outputs(name, folder):
    """A place in the folder for every output that the algorithm declares, by its type."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    found = {}
    for number, definition in enumerate(algorithm.destinationParameterDefinitions()):
        kind, stem = definition.type(), f"{number}_{definition.name().lower().replace(':', '_')}"
        if kind == "folderDestination":
            found[definition.name()] = str(folder / stem)
        elif kind == "fileDestination":
            ending = definition.fileFilter().split("*")[1].split(")")[0].split(" ")[0]
            found[definition.name()] = str(folder / f"{stem}{ending}")
        else:
            # One as a database, the others as texts: each kind of format is written by several algorithms.
            database = not number or kind == "vectorDestination"
            found[definition.name()] = str(folder / f"{stem}{'.gpkg' if database else '.csv'}")
    assert found, f"{name} writes nothing?"
    return found


def snapshot(folder):
    """Every file below a folder, hidden ones too, with its bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", IDS)
def test_no_two_outputs_share_a_place(name, places, tmp_path):
    given = outputs(name, tmp_path)
    if len(given) == 1:
        pytest.skip("has one output")
    for first, second in combinations(given, 2):
        shared = given[first] if Path(given[first]).suffix else given[second]
        ok, heard = run(name, {**filled(EXAMPLES[name], places), **given, first: shared, second: shared})
        assert not ok and (first in heard.errors[0] or second in heard.errors[0]), heard.errors
        assert not snapshot(tmp_path)


@pytest.mark.parametrize("name", IDS)
def test_no_output_takes_the_place_of_an_input(name, places, tmp_path):
    values = filled(EXAMPLES[name], places)
    files = {key: value for key, value in values.items() if isinstance(value, str) and os.path.isfile(bare(value))}
    if not files:
        pytest.skip("reads no single file")
    for read in files:
        copy = shutil.copy(bare(files[read]), tmp_path)
        given = {**values, read: files[read].replace(bare(files[read]), copy)}
        for written in outputs(name, tmp_path):
            before = snapshot(tmp_path)
            ok, heard = run(name, {**given, **outputs(name, tmp_path), written: copy})
            assert not ok and written in heard.errors[0], heard.errors
            assert snapshot(tmp_path) == before


def bare(value):
    """The file of a layer in it."""
    return value.partition("|")[0]


@pytest.mark.parametrize("name", IDS)
def test_other_layers_of_a_container_are_never_lost(name, places, tmp_path):
    values = {**filled(EXAMPLES[name], places), **outputs(name, tmp_path)}
    containers = [place for place in outputs(name, tmp_path).values() if place.endswith(".gpkg")]
    if not containers:
        pytest.skip("writes no file that can hold several layers")
    for place in containers:
        with closing(sqlite3.connect(place)) as database:
            database.execute("CREATE TABLE wards (name TEXT)")
    before = snapshot(tmp_path)
    ok, heard = run(name, values)
    assert not ok and "wards" in heard.errors[0], heard.errors
    assert snapshot(tmp_path) == before


@pytest.fixture(scope="module")
def standin(sources_of_a_tiny_country):
    """The publishers' services of a tiny country."""
    import standin_tiny
    from standin import StandIn

    tables = standin_tiny.tables(sources_of_a_tiny_country)
    with StandIn(sources_of_a_tiny_country, tables, standin_tiny.shapes) as running:
        yield running


@pytest.fixture(scope="module")
def places(provider, charts, demo_pack, tmp_path_factory, standin):
    """What the examples need: a pack, a computed result, a list of postcodes, a published table with its entry."""
    import pandas as pd

    from hyperlocal_need.core.pack import Pack

    result, files = tmp_path_factory.mktemp("result"), tmp_path_factory.mktemp("files")
    assert run("computeindex", {"PACK": str(demo_pack), "OUTPUT": str(result / "need.gpkg"), "STAGES": True})[0]
    ask_for_pictures(result / "need.gpkg")
    assert run("postcodeoverlap", {"PACK": str(demo_pack), "OUTPUT": str(result / "overlap.gpkg")})[0]
    converted = {"PACK": str(demo_pack), "indicators:OUTPUT": str(result / "converted.gpkg")}
    assert run("convert", converted)[0]
    with Pack.open(demo_pack) as pack:
        place = pack.spec["postcodes"]
        raw = pack.read_columns(place["file"], [place.get("code", "postcode")]).iloc[:40, 0]
        district = pack.lookup("LSOA21")["LTLA23"].iloc[0]
    pd.DataFrame({"postcode": raw, "who": "x"}).to_csv(files / "list.csv", index=False)
    codes = [f"E010000{number:02}" for number in range(1, 41)]
    pd.DataFrame({"LSOA code": codes, "Number of swans": range(40)}).to_csv(files / "own.csv", index=False)
    ok, heard = run(
        "importpublished",
        {
            "INPUT": str(files / "own.csv"),
            "INDICATOR": "swans",
            "OUTPUT": str(files / "swans.csv"),
            "ENTRY": str(files / "own.json"),
        },
    )
    assert ok, heard.errors
    made = {"pack": str(demo_pack), "result": str(result), "files": str(files), "district": district}
    return {**made, "base": standin.base, "cache": str(tmp_path_factory.mktemp("cache"))}


# A style that draws a picture from the internet at the middle of each area.
PICTURES = """<qgis version="3.22" styleCategories="AllStyleCategories"><renderer-v2 type="singleSymbol"><symbols>
<symbol type="fill" name="0"><layer class="CentroidFill"><symbol type="marker" name="@0@0"><layer class="SvgMarker">
<prop k="name" v="https://pictures.invalid/mark.svg"/><prop k="size" v="4"/>
<Option type="Map"><Option name="name" type="QString" value="https://pictures.invalid/mark.svg"/></Option>
</layer></symbol></layer></symbol></symbols></renderer-v2></qgis>"""


def ask_for_pictures(result):
    """Make all styles stored with a result draw a picture from the internet."""
    with closing(sqlite3.connect(result)) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            if "layer_styles" in trigger:
                database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE layer_styles SET styleQML = ?", (PICTURES,))


@pytest.fixture(scope="module")
def asked():
    """By algorithm: the addresses that its good run has asked for, through QGIS or past it."""
    return {}


@pytest.fixture(scope="module")
def earlier(places, tmp_path_factory, asked):
    """By algorithm, made once: its parameters but for outputs, the folder of its good outputs, and its progress."""
    made = {}

    def make(name):
        if name not in EXAMPLES:
            pytest.fail(f"{name} is a new algorithm: give it example parameters in EXAMPLES of this file.")
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            values = filled(EXAMPLES[name], places)
            asked[name] = []
            with listening(asked[name]):
                ok, heard = run(name, {**values, **outputs(name, folder)})
            assert ok, heard.errors
            assert all(Path(place).exists() for place in outputs(name, folder).values())
            (folder / FOREIGN).write_text("mine", encoding="utf-8")
            made[name] = values, folder, heard.marks
        return made[name]

    return make


@contextmanager
def listening(heard):
    """Notes every request of QGIS and every connection of Python's own that is made meanwhile."""

    def note(request):
        heard.append(request.request().url().toString())

    def audit(event, arguments):
        if event == "socket.connect" and on:
            heard.append(str(arguments[1]))

    on = True
    manager = QgsNetworkAccessManager.instance()
    sys.addaudithook(audit)
    manager.requestAboutToBeCreated[QgsNetworkRequestParameters].connect(note)
    yield
    on = False
    manager.requestAboutToBeCreated[QgsNetworkRequestParameters].disconnect(note)


@pytest.mark.parametrize("name", IDS)
def test_no_request_unless_it_is_asked_for(name, earlier, asked, places):
    """Only what fetches asks anybody, and that only whom it is told to ask."""
    earlier(name)
    if name == "fetchsources":
        assert asked[name] and all(one.startswith(places["base"]) for one in asked[name])
    else:
        assert asked[name] == []


@pytest.fixture
def again(earlier, request, tmp_path):
    """A copy of the good outputs, the parameters that write over them, and what the folder held."""
    name = request.getfixturevalue("name")
    values, good, marks = earlier(name)
    folder = tmp_path / "out"
    shutil.copytree(good, folder)
    if name == "editpack":
        # A folder that holds anything is refused at once; a zip is replaced.
        assert Path(outputs(name, folder)["OUTPUT"]).suffix == ".zip"
    return {**values, **outputs(name, folder)}, folder, marks


def test_the_list_is_what_the_provider_offers(provider):
    assert sorted(one.name() for one in provider.algorithms()) == IDS


@pytest.mark.parametrize("name", IDS)
def test_a_cancel(name, again):
    """At the last moment that the algorithm lets it be heard before its end."""
    values, folder, marks = again
    before = snapshot(folder)
    last = max(mark for mark in marks if mark < 100)
    ok, _ = run(name, values, Feedback(cancel_at=last))
    assert not ok
    after = snapshot(folder)
    assert set(after) == set(before)
    # Each step of a model is a run of its own: whole layers of the steps before the one that was cancelled stay.
    earlier_steps = {path for path in after if name == "sure_clusters" and "clusters" not in path.name}
    assert {path for path in after if after[path] != before[path]} <= earlier_steps


@pytest.mark.parametrize("name", IDS)
def test_an_error_while_writing(name, again, monkeypatch):
    """The first rows are written, then no more; and where there are no rows, nothing can be finished."""
    values, folder, _ = again
    before = snapshot(folder)
    add = destination.Sink.add

    def failing(self, features):
        add(self, features[:1])
        if str(folder) in self.result:
            raise NeedError("The rest cannot be written.")

    def unfinished(self):
        raise NeedError("The rest cannot be written.")

    monkeypatch.setattr(destination.Sink, "add", failing)
    monkeypatch.setattr(destination.Destination, "commit", unfinished)
    ok, heard = run(name, values)
    assert not ok and "The rest cannot be written." in " ".join(heard.errors)
    assert snapshot(folder) == before


@pytest.mark.parametrize("name", IDS)
def test_an_error_while_moving(name, again, monkeypatch):
    """The last file cannot be brought in: those that were come out again."""
    values, folder, _ = again
    before = snapshot(folder)
    move, replace = replace_files._move, os.replace

    def moving(moves):
        last = list(moves.values())[-1:]

        def held(source, target):
            if Path(target) in last and replace_files.KEPT not in Path(source).parts:
                raise PermissionError(13, "Permission denied", os.fspath(target))
            replace(source, target)

        with monkeypatch.context() as patch:
            if any(folder in place.parents for place in moves.values()):
                patch.setattr(os, "replace", held)
            move(moves)

    monkeypatch.setattr(replace_files, "_move", moving)
    ok, heard = run(name, values)
    assert not ok and "close the program that has it open" in " ".join(heard.errors)
    assert snapshot(folder) == before


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A disk of its own, in memory, of 24 MB."""
    place = tmp_path_factory.mktemp("disk")
    mounted = shutil.which("mount") and os.name == "posix" and os.geteuid() == 0
    if not mounted or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]).returncode:
        pytest.skip("a disk of its own can be made by root on Linux alone")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("name", IDS)
def test_a_full_disk(name, earlier, small_disk):
    values, good, _ = earlier(name)
    folder = small_disk / name
    shutil.copytree(good, folder)
    before = snapshot(folder)
    with (small_disk / "ballast").open("wb") as ballast:
        ballast.write(b"\0" * (shutil.disk_usage(small_disk).free - 40_960))
    try:
        ok, heard = run(name, {**values, **outputs(name, folder)})
        assert not ok and heard.errors
        assert "Traceback" not in " ".join(heard.errors)
        assert snapshot(folder) == before
    finally:
        (small_disk / "ballast").unlink()
        shutil.rmtree(folder)


KILLED = """
import json, sys
sys.path[:0] = {path!r}
import conftest, pytest
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
from processing.core.Processing import Processing
Processing.initialize()
import test_every_output as every
from hyperlocal_need.processing_provider.provider import HyperlocalNeedProvider
provider = HyperlocalNeedProvider()
assert QgsApplication.processingRegistry().addProvider(provider)
every.run({name!r}, json.loads({values!r}), every.Feedback({mark!r}, kill=True))
"""


@pytest.mark.parametrize("name", ["summarisebyarea", "computeindex", "scorepostcodes"])
def test_a_kill(name, again):
    """What the dead process had written aside goes with the next run to that place; not one of a living process."""
    import json

    values, folder, marks = again
    before = snapshot(folder)
    here = Path(__file__).resolve()
    code = KILLED.format(
        path=[str(here.parents[1]), str(here.parent), *(one for one in sys.path if one.endswith("plugins"))],
        name=name,
        values=json.dumps(values),
        mark=max(mark for mark in marks if mark < 100),
    )
    ended = subprocess.run([sys.executable, "-c", code], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    assert ended.returncode == -signal.SIGKILL
    hidden = destination.PREFIX
    left = list(folder.rglob(f"{hidden}*"))
    assert left, "it was killed while it wrote"
    now = {path: data for path, data in snapshot(folder).items() if hidden not in str(path)}
    assert now == before
    with destination.writing() as living:
        aside = living.scratch(folder / "other")
        ok, heard = run(name, values)
        assert ok, heard.errors
        assert aside.is_dir(), "a living process keeps its folder"
    assert not list(folder.rglob(f"{hidden}*"))


# Neither of these is a table of areas; each is told from the others by what reads it.
UNUSABLE = {
    "one_column.csv": b"place\nsomewhere\n",
    "words.txt": b"just words\n",
    "broken.gpkg": b"SQLite format 3\x00 not really",
    "nothing.csv": b"",
    "strange.csv": b"a,b\n1,x\n",
    "points.geojson": b"""{"type": "FeatureCollection", "features": [{"type": "Feature",
    "properties": {"area_code": "E1"},
    "geometry": {"type": "Point", "coordinates": [0, 51]}}]}""",
    "cut.json": b'{"a": [1',
    "broken.zip": b"PK\x03\x04",
}
# Any text will do: a title, a name of one's own, an indicator that no method knows.
FREE = ("NAME", "TITLE", "INDICATOR")
ANY_SHAPE = QgsProcessing.SourceType.TypeVectorAnyGeometry


def without_checks(name, values):
    """As a model runs its steps, whose parameters nobody has looked at."""
    feedback, context, project = Feedback(), QgsProcessingContext(), QgsProject()
    context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    return algorithm.run(values, context, feedback, {}, True)[1], feedback


def unusable(definition, folder):
    """What the parameter cannot take, by its type."""
    if definition.type() in ("source", "vector"):
        # What asks for shapes of any kind takes points.
        taken = (".json", ".geojson") if ANY_SHAPE in definition.dataTypes() else ".json"
        return [str(folder / one) for one in UNUSABLE if not one.endswith(taken)] + ["nowhere"]
    if definition.type() == "file" and definition.behavior() != definition.Behavior.Folder:
        return [str(folder / one) for one in ("cut.json", "broken.zip", "words.txt")] + [str(folder / "nowhere.json")]
    if definition.type() == "multilayer":
        return [[str(folder / "cut.json")], ["nowhere"]]
    return ["bogus"] if definition.type() == "string" and definition.name() not in FREE else []


@pytest.mark.parametrize("name", IDS)
def test_an_input_that_cannot_be_used(name, places, tmp_path):
    """Sources of another kind, damaged files and unknown words: a line that starts with a parameter's name."""
    for file, content in UNUSABLE.items():
        (tmp_path / file).write_bytes(content)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    names = {one.name() for one in algorithm.parameterDefinitions()}
    values = {**filled(EXAMPLES[name], places), **outputs(name, tmp_path)}
    model = (MODELS / f"{name}.model3").is_file()
    for definition in algorithm.parameterDefinitions():
        for place, value in enumerate(unusable(definition, tmp_path)):
            # A model's steps are checked where they run; QGIS itself checks the model.
            attempt = run if model or place % 2 else without_checks
            ok, heard = attempt(name, {**values, definition.name(): value})
            words = heard.errors[0] if heard.errors else ""
            told = f"{definition.name()} = {value}: {words}"
            assert not ok, told
            assert words and "\n" not in words.strip() and "Traceback" not in words and "Errno" not in words, told
            assert model or set(words.partition(": ")[0].split(", ")) & names, told
