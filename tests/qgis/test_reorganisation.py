"""Proposed authorities as an algorithm: by codes, by wards of a pack, by polygons, and what is refused in words."""

from __future__ import annotations

import pandas as pd
import pytest
from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtXml import QDomDocument

from .test_reach import run, table


@pytest.fixture(scope="module")
def computed(provider, demo_pack, tmp_path_factory):
    path = tmp_path_factory.mktemp("reorganisation") / "need.gpkg"
    values = {"PACK": str(demo_pack), "OUTPUT": str(path), "STAGES": True, "MISSING": "district"}
    done, said = run("computeindex", values)
    assert done, said
    return path


@pytest.fixture(scope="module")
def districts(computed):
    need = table(f"{computed}|layername=need")
    return need.drop_duplicates("district_code")[["district_code", "district_name"]].reset_index(drop=True)


@pytest.fixture
def given(computed, districts, tmp_path):
    """Both districts of the country become councils of another name, or one together."""
    plan = districts.assign(two=["West", "East"], one="All")
    plan.to_csv(tmp_path / "plan.csv", index=False)
    return {
        "INPUT": f"{computed}|layername=need",
        "PROPOSALS": str(tmp_path / "plan.csv"),
        "CODE_FIELD": "district_code",
        "OPTIONS": ["two", "one"],
        "OUTPUT": str(tmp_path / "councils.gpkg"),
    }


def test_present_and_proposed_hold_the_same_people_and_ground(given, districts, computed):
    done, said = run("comparereorganisation", given)
    assert done, said
    found = table(given["OUTPUT"])
    need = table(f"{computed}|layername=need")
    inside = need[need["district_code"].isin(districts["district_code"])]
    parts = found[found["boundary_name"] != "whole"].groupby("option")[["population", "lsoas"]].sum()
    assert (parts["population"] == inside["population"].sum()).all() and (parts["lsoas"] == len(inside)).all()
    layer = QgsVectorLayer(given["OUTPUT"], "c", "ogr")
    ground = {one["boundary_code"]: one.geometry().area() for one in layer.getFeatures()}
    present = sum(size for code, size in ground.items() if code.startswith("present: ") and code != "present: whole")
    assert ground["one: All"] == pytest.approx(present) == pytest.approx(ground["two: East"] + ground["two: West"])


def test_shrunk_towards_its_own_districts_nothing_moves_and_towards_a_council_it_does(given, tmp_path):
    moved = {}
    for option in ("district_name", "one"):
        values = {**given, "OPTIONS": [option], "SHRINK": True, "LSOAS": str(tmp_path / f"{option}.csv")}
        done, said = run("comparereorganisation", values)
        assert done and "shrunk towards the proposed" in said, said
        lsoas = pd.read_csv(values["LSOAS"])
        moved[option] = (lsoas["need_rank"] - lsoas[f"{option}: rank"]).abs().sum()
    assert moved["district_name"] == 0 and moved["one"] > 0


def test_polygons_of_councils_give_what_their_codes_give(given, computed, tmp_path):
    done, said = run("comparereorganisation", {**given, "OPTIONS": ["district_name"]})
    assert done, said
    shapes = {
        **{name: given[name] for name in ("INPUT",)},
        "PROPOSALS": f"{computed}|layername=districts",
        "OPTIONS": ["district_name"],
        "OUTPUT": str(tmp_path / "by_shape.gpkg"),
    }
    done, said = run("comparereorganisation", shapes)
    assert done, said
    by_code, by_shape = (
        table(one).set_index("boundary_code")["population"] for one in (given["OUTPUT"], shapes["OUTPUT"])
    )
    names = [name for name in by_code.index if name.startswith("district_name: ") and not name.endswith("whole")]
    assert len(names) == 2 and (by_shape[names] == by_code[names]).all()


def test_polygons_that_overlap_are_refused(given, computed, tmp_path):
    """The first district twice, as two councils."""
    districts = QgsVectorLayer(f"{computed}|layername=districts", "d", "ogr")
    layer = QgsVectorLayer(f"MultiPolygon?crs={districts.crs().authid()}&field=council:string", "drawn", "memory")
    first = next(districts.getFeatures())
    for name in ("North", "South"):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(first.geometry())
        feature["council"] = name
        layer.dataProvider().addFeature(feature)
    values = {"INPUT": given["INPUT"], "PROPOSALS": layer, "OPTIONS": ["council"], "OUTPUT": given["OUTPUT"]}
    done, said = run("comparereorganisation", values)
    assert not done and said.startswith("PROPOSALS: polygons of drawn overlap; two hold "), said


@pytest.mark.parametrize(
    ("rows", "changed", "words"),
    [
        ("district_code,two\nD999,West\n", {}, "1 of 1 codes are no"),
        ("district_code,two\n{0},West\n{0},East\n", {}, "stand more than once"),
        ("district_code,two\n{0},\n", {}, "proposes nothing"),
        ("district_code,two\n{0},West\n", {"OPTIONS": []}, "OPTIONS: give the field"),
        ("district_code,present\n{0},West\n", {"OPTIONS": ["present"]}, "cannot be called 'present'"),
        ("district_code,two\n,West\n{0},West\n", {}, "row 1 has no code"),
    ],
)
def test_faults_of_a_lookup(given, districts, tmp_path, rows, changed, words):
    (tmp_path / "plan.csv").write_text(rows.format(districts["district_code"][0]), encoding="utf-8")
    done, said = run("comparereorganisation", {**given, "OPTIONS": ["two"], **changed})
    assert not done and words in said and said.split(":")[0].isupper(), said


def test_each_proposal_has_a_style_of_its_own_that_draws_it_alone(given, charts, tmp_path):
    """The file holds them too; the first proposal is shown."""
    done, said = run("comparereorganisation", {**given, "REPORT": str(tmp_path / "page.html")})
    assert done, said
    layer = QgsVectorLayer(given["OUTPUT"], "councils", "ogr")
    count, ids, names = layer.listStylesInDatabase()[:3]
    assert sorted(names[:count]) == ["one", "present", "two"]
    assert layer.renderer().rootRule().children()[0].filterExpression() == "\"option\" = 'two'"
    for place, name in zip(ids[:count], names[:count]):
        document = QDomDocument()
        document.setContent(layer.getStyleFromDatabase(place)[0])
        assert layer.importNamedStyle(document)[0], name
        (rule,) = layer.renderer().rootRule().children()
        drawn = {one["option"] for one in layer.getFeatures(rule.filterExpression())}
        assert drawn == {name}
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Proposals side by side" in page
