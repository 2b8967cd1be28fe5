"""What every output says of itself: warning, licence, attribution, lineage; every algorithm, by iterating over them."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing

import pytest
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingUtils, QgsVectorLayer

from .test_golden import STEPS, make_layer, read

WARNING = "not to be compared directly with the Indices of Deprivation"


def run(name, parameters, context=None):
    context, feedback = context or QgsProcessingContext(), QgsProcessingFeedback(False)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    results, done = algorithm.run(parameters, context, feedback)
    assert done, feedback.textLog()
    return results


def recipe(name, computed, demo_pack, postcodes):
    """(parameters, layers to keep): a small run of an algorithm without its outputs."""
    if name in STEPS:
        content = read(name)
        case = next(one for one in content["cases"] if "expected" in one and "selected" not in one)
        layers = {key: make_layer(key, table) for key, table in content["tables"].items()}

        def plain(value):
            if isinstance(value, list):
                return [plain(part) for part in value]
            return layers[value[1:]] if isinstance(value, str) and value.startswith("@") else value

        parameters = {key: plain(value) for key, value in case.get("parameters", {}).items()}
        if "input" in case:
            parameters["INPUT"] = layers[case["input"]]
        return parameters, layers
    need = f"{computed}|layername=need"
    others = {
        "qualityassurance": {"INPUT": f"{computed}|layername=indicators"},
        "rankcertainty": {"INPUT": need, "DRAWS": 60},
        "needclusters": {"INPUT": need},
        "checkresult": {"INPUT": need},
        "compareresults": {"INPUT": need, "OTHER": need},
        "explainneed": {"INPUT": need},
        "whoisreached": {"INPUT": need},
        "comparereorganisation": {
            "INPUT": need,
            "PROPOSALS": need,
            "CODE_FIELD": "area_code",
            "OPTIONS": "region_name",
        },
        "summarisebyarea": {"INPUT": need, "AREA_FIELD": "district_code"},
        "scorepostcodes": {"INPUT": str(postcodes), "POSTCODE_FIELD": "postcode", "NEED": need, "PACK": str(demo_pack)},
    }
    return others[name], None


def sinks():
    """(algorithm, output) of every algorithm that writes a table, but for those that only bring data in."""
    registry = QgsApplication.processingRegistry()
    for algorithm in registry.providerById("hyperlocalneed").algorithms():
        if algorithm.groupId() == "data" or not hasattr(algorithm, "step"):
            continue
        for output in algorithm.destinationParameterDefinitions():
            if output.type() == "sink":
                yield algorithm.name(), output.name()


@pytest.fixture(scope="module")
def postcodes(demo_pack, tmp_path_factory):
    import pandas as pd

    spec = json.loads((demo_pack / "pack.json").read_text(encoding="utf-8"))["postcodes"]
    known = pd.read_csv(demo_pack / spec["file"])
    column = spec.get("code", "postcode")
    path = tmp_path_factory.mktemp("list") / "list.csv"
    rows = [f"{one},x" for one in (*known[column].head(5), "ZZ99 9ZZ")]
    path.write_text("\n".join(["postcode,note", *rows, ""]), encoding="utf-8")
    return path


def test_every_table_of_every_algorithm_says_what_it_is(computed, demo_pack, postcodes, tmp_path):
    outputs = list(sinks())
    assert len(outputs) >= len(STEPS) + 4, "no algorithm is left out"
    for name, output in outputs:
        parameters, layers = recipe(name, computed, demo_pack, postcodes)
        path = tmp_path / f"{name}_{output}.gpkg"
        run(name, {**parameters, output: str(path), **others_of(name, output)})
        metadata = QgsVectorLayer(str(path), "reopened", "ogr").metadata()
        assert WARNING in metadata.abstract(), (name, output)
        assert any("digest" in line and name in line for line in metadata.history()), (name, output)
        with closing(sqlite3.connect(str(path))) as database:
            (words,) = database.execute("SELECT description FROM gpkg_contents LIMIT 1").fetchone()
        assert WARNING in words, (name, output)
        table = tmp_path / f"{name}_{output}.csv"
        run(name, {**parameters, output: str(table), **others_of(name, output)})
        facts = json.loads((tmp_path / f"{table.name}-metadata.json").read_text(encoding="utf-8"))
        assert WARNING in facts["dc:description"] and facts["url"] == table.name, (name, output)
        with table.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert [one["titles"] for one in facts["tableSchema"]["columns"]] == header, (name, output)
        context = QgsProcessingContext()
        results = run(name, {**parameters, output: "TEMPORARY_OUTPUT", **others_of(name, output)}, context)
        layer = QgsProcessingUtils.mapLayerFromString(results[output], context)
        assert WARNING in layer.metadata().abstract(), (name, output)
        del layers


def others_of(name, output):
    """The other outputs that an algorithm cannot do without, and what is read for this output alone."""
    algorithm = QgsApplication.processingRegistry().algorithmById(f"hyperlocalneed:{name}")
    own = {"DATES": "2019, 2025"} if output == "OVER_TIME" else {}
    return own | {
        one.name(): "TEMPORARY_OUTPUT"
        for one in algorithm.destinationParameterDefinitions()
        if one.type() == "sink" and one.name() != output and not one.flags() & one.Flag.FlagOptional
    }


def test_every_layer_of_a_result_carries_licence_and_sources_of_its_pack(computed, demo_pack):
    spec = json.loads((demo_pack / "pack.json").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(str(computed))) as database:
        names = [row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")]
        described = database.execute("SELECT count(*) FROM gpkg_data_columns WHERE table_name = 'need'").fetchone()[0]
    assert described > 30, "the fields are in words"
    for name in set(names) - {"layer_styles"}:
        metadata = QgsVectorLayer(f"{computed}|layername={name}", name, "ogr").metadata()
        assert WARNING in metadata.abstract() and "Made on " in metadata.abstract(), name
        assert metadata.licenses() == [spec["licence"]], name
        assert metadata.rights() == [line.replace("(c)", "©") for line in spec["attribution"]], name
        said = " ".join(metadata.history())
        assert "Methodology: Hyper-local Need 2025, digest " in said and "Data pack: " in said, name


def test_what_a_step_makes_of_a_result_keeps_its_sources(computed, tmp_path):
    path = tmp_path / "wards.gpkg"
    run("summarisebyarea", {"INPUT": f"{computed}|layername=need", "AREA_FIELD": "district_code", "OUTPUT": str(path)})
    before = QgsVectorLayer(f"{computed}|layername=need", "need", "ogr").metadata()
    after = QgsVectorLayer(str(path), "wards", "ogr").metadata()
    assert after.rights() == before.rights() and after.licenses() == before.licenses()
    assert after.history()[:-1] == before.history() and "summarisebyarea" in after.history()[-1]


def test_other_layers_of_a_geopackage_are_not_spoken_for(computed, tmp_path):
    path = tmp_path / "mine.gpkg"
    run("orient", {**recipe("orient", None, None, None)[0], "OUTPUT": str(path)})
    with closing(sqlite3.connect(str(path))) as database, database:
        database.execute("UPDATE gpkg_contents SET description = 'mine'")
    target = f"ogr:dbname='{path}' table=\"turned\" (geom)"
    run("orient", {**recipe("orient", None, None, None)[0], "OUTPUT": target})
    with closing(sqlite3.connect(str(path))) as database:
        words = dict(database.execute("SELECT table_name, description FROM gpkg_contents"))
    assert words["mine"] == "mine" and WARNING in words["turned"]


@pytest.mark.parametrize("companion", ["", "{", "[]", '{"dc:rights": 5}', "null", "[" * 90_000])
def test_a_companion_of_another_program_stops_nothing(provider, tmp_path, companion):
    """What stands beside a CSV file and is not ours, or damaged, says nothing; the table is read all the same."""
    (tmp_path / "a.csv").write_text("area_code,x\nE1,1\nE2,2\n", encoding="utf-8")
    (tmp_path / "a.csv-metadata.json").write_text(companion, encoding="utf-8")
    given = {"INPUT": str(tmp_path / "a.csv"), "FIELDS": ["x"], "OUTPUT": str(tmp_path / "b.csv")}
    run("normalscores", given)
    facts = json.loads((tmp_path / "b.csv-metadata.json").read_text(encoding="utf-8"))
    assert len(facts["dc:provenance"]) == 1


def test_a_history_goes_on_from_table_to_table(provider, tmp_path):
    (tmp_path / "a.csv").write_text("area_code,x\nE1,1\nE2,2\n", encoding="utf-8")
    run("normalscores", {"INPUT": str(tmp_path / "a.csv"), "FIELDS": ["x"], "OUTPUT": str(tmp_path / "b.csv")})
    run("hotspots", {"INPUT": str(tmp_path / "b.csv"), "FIELDS": ["x_z"], "OUTPUT": str(tmp_path / "c.csv")})
    facts = json.loads((tmp_path / "c.csv-metadata.json").read_text(encoding="utf-8"))
    assert ["normalscores" in facts["dc:provenance"][0], "hotspots" in facts["dc:provenance"][1]] == [True, True]
