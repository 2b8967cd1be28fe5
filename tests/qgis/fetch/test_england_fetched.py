"""England from the stand-in: the pack that was served comes back, table by table, and with it the index.

The services are filled from England's data pack. Where that holds an older vintage or a substitute, the stand-in
serves it under the name of what the recipe asks for: ``standin_england.DRESSED`` says of which. Those tables are
compared with what was served; all others with the pack's own files. Keys are not given: what needs one is missing.
It takes minutes and is run where HYPERLOCALNEED_ENGLAND_FETCHED=1 asks for it; the same way is tested on a dozen areas.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import standin_england as served
from qgis.core import QgsProcessingFeedback
from standin import StandIn

from hyperlocal_need.core import methodology
from hyperlocal_need.core.index import run_pack
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.sources.recipe import recipes

# What the pack has, and neither a recipe without a key nor a stand-in gives.
KEYED = {"children_low_income", "disability_benefits"}


pytestmark = pytest.mark.skipif(
    os.environ.get("HYPERLOCALNEED_ENGLAND_FETCHED") != "1",
    reason="set HYPERLOCALNEED_ENGLAND_FETCHED=1: it takes minutes",
)


@pytest.fixture(scope="module")
def standin(england):
    pytest.importorskip("shapely", reason="the stand-in writes polygons with shapely")
    found = recipes()
    with StandIn(found, served.tables(england, found), served.Shapes(england)) as running:
        for name, file in served.AS_PUBLISHED.items():
            running.as_published[name] = england.parent / "published_formats" / file
        yield running


@pytest.fixture(scope="module")
def fetched(provider, standin, england, tmp_path_factory):
    """The folder of the pack, and what the run returned. Ofsted's figures by authority are put in by hand."""
    import processing

    folder = tmp_path_factory.mktemp("england")
    dropped = folder / "cache" / "dropped"
    dropped.mkdir(parents=True)
    table = gzip.decompress((england / "indicators/ofsted_2023_utla23.csv.gz").read_bytes())
    (dropped / "ofsted overall effectiveness.csv").write_bytes(table)
    parameters = {"BASE": standin.base, "CACHE": str(folder / "cache"), "OUTPUT": str(folder / "pack")}
    result = processing.run("hyperlocalneed:fetchsources", parameters, feedback=QgsProcessingFeedback(False))
    return folder / "pack", result


@pytest.fixture(scope="module")
def expected(england, standin, fetched, tmp_path_factory):
    """England's pack, with the entries that are dressed in place of its own, and without what was not fetched."""
    folder = tmp_path_factory.mktemp("expected")
    spec = json.loads((england / "pack.json").read_text(encoding="utf-8"))
    with Pack.open(fetched[0]) as pack:
        spec["indicators"] = {name: entry for name, entry in spec["indicators"].items() if name in pack.entries}
    for path in england.rglob("*"):
        if path.suffix in (".gz", ".gpkg") and "wards" not in path.name:
            place = folder / path.relative_to(england)
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, place)
    for name, (recipe, form) in served.dressed_entries().items():
        file = f"indicators/dressed_{recipe}.csv.gz"
        standin.tables[recipe].rename_axis("code").to_csv(folder / file)
        entry = {"file": file, "geography": recipes()[recipe].fetch.geography, "code": "code", **form}
        spec["indicators"][name] = entry
    (folder / "pack.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def counts(pack, entry):
    """Every column of figures that an entry takes, by role and place, with its areas in order."""
    roles = {"numerator": entry.numerator, "denominator": entry.denominator, **(entry.change or {})}
    for role, one in roles.items():
        if one is not None:
            table = pack.table(one.file, one.code, numbers=list(one.columns))
            yield from ((f"{role} {place}", table[column]) for place, column in enumerate(one.columns))
    if entry.value:
        yield "value", pack.table(entry.file, entry.code, numbers=[entry.value])[entry.value]


def test_all_came_that_needs_no_key(fetched, england):
    with Pack.open(fetched[0]) as pack, Pack.open(england) as source:
        assert set(source.entries) - set(pack.entries) == KEYED
        assert set(pack.entries) <= set(source.entries), "nothing is there that was not served"
        assert fetched[1]["FETCHED"] == len(source.entries) - len(KEYED)


def test_every_table_is_the_one_that_was_served(fetched, expected):
    with Pack.open(fetched[0]) as pack, Pack.open(expected) as source:
        for name, entry in pack.entries.items():
            came, was = dict(counts(pack, entry)), dict(counts(source, source.entries[name]))
            assert set(came) == set(was), name
            assert entry.geography == source.entries[name].geography, name
            for role, column in was.items():
                # Areas without a row and areas with an empty cell say the same.
                one, other = came[role].dropna().sort_index(), column.dropna().sort_index()
                pd.testing.assert_series_equal(
                    one, other, check_names=False, check_index_type=False, obj=f"{name} {role}"
                )


def test_lookups_residents_and_postcodes_are_those(fetched, england):
    with Pack.open(fetched[0]) as pack, Pack.open(england) as source:
        for geography in ("LSOA21", "OA21", "OA11"):
            came, was = pack.lookup(geography), source.lookup(geography)
            # Output Areas lead to their district by way of the LSOA.
            for column in [column for column in was if geography == "LSOA21" or column != "LTLA23"]:
                assert (came[column].reindex(was.index) == was[column]).all(), (geography, column)
        points = [one.read_columns(one.spec["postcodes"]["file"], ["postcode"]) for one in (pack, source)]
        assert set(points[0]["postcode"]) == set(points[1]["postcode"])


def test_the_index_is_the_same_to_the_twelfth_digit(fetched, expected, repository):
    from hyperlocal_need.processing_provider.runs import overlap

    definition = methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")
    results = []
    for folder in (fetched[0], expected):
        with Pack.open(folder) as pack:
            pairs = overlap.make(pack, lambda *_: None)
            results.append((pairs, run_pack(definition, pack, pairs, missing_indicators="leave_out")[1]))
    (came, one), (was, other) = results
    order = ["source", "target"]
    pd.testing.assert_frame_equal(
        came.sort_values(order).reset_index(drop=True), was.sort_values(order).reset_index(drop=True)
    )
    wanted = other.need
    need = one.need.reindex(wanted.index)
    scores = [name for name in wanted if name.endswith("_score") or name == "composite"]
    assert len(scores) == 7
    for name in scores:
        np.testing.assert_allclose(need[name], wanted[name], rtol=0, atol=1e-12, err_msg=name)
    assert (need["need_rank"].fillna(0) == wanted["need_rank"].fillna(0)).all()


def test_25_000_of_188_880_rows_are_never_taken(standin, fetched, england, tmp_path):
    import processing

    cache = tmp_path / "cache"
    shutil.copytree(fetched[0].parent / "cache", cache)
    for name in ("census_ts062", "census_ts037"):
        shutil.rmtree(cache / name)
    fault = standin.fail("short", "ts062|NM_2055_1")
    names = "higher_managerial_occupations,bad_health,no_qualifications"
    parameters = {"BASE": standin.base, "CACHE": str(cache), "OUTPUT": str(tmp_path / "pack"), "INDICATORS": names}
    result = processing.run("hyperlocalneed:fetchsources", parameters, feedback=QgsProcessingFeedback(False))
    standin.heal()
    assert fault.met >= 2
    with Pack.open(tmp_path / "pack") as pack:
        assert set(pack.entries) == {"no_qualifications", "level_3_qualifications"}, "one dataset gives both"
    named = [line.partition(":")[0] for line in result["MISSING"].splitlines()]
    assert sorted(named) == ["census_ts037", "census_ts062"]


def test_the_manifest_says_where_everything_is_from(fetched):
    manifest = json.loads((Path(fetched[0]) / "manifest.json").read_text(encoding="utf-8"))
    by_recipe = {one["recipe"]: one for one in manifest["sources"]}
    assert by_recipe["census_ts062"]["rows"] == 178_605
    for one in manifest["sources"]:
        assert one["licence"] and one["publisher"] and one["date"]
        for asked in one["asked"]:
            assert asked["address"].startswith("https://") and len(asked["sha256"]) == 64 and asked["bytes"]
    assert copy.deepcopy(by_recipe)["ofsted"]["asked"] == [], "a file that was dropped was asked of nobody"
