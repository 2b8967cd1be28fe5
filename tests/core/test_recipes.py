"""Recipes: the shipped ones read, and each kind of fault refused by the path where it stands."""

from __future__ import annotations

import copy
import json

import pytest

from hyperlocal_need.core.errors import DataError, NeedError
from hyperlocal_need.core.sources import recipe

CENSUS = json.loads((recipe.RECIPES / "census_ts037.json").read_text(encoding="utf-8"))


def changed(path, value):
    """The recipe of a census table with one thing other than it was."""
    spec = copy.deepcopy(CENSUS)
    *way, last = path.split("/")
    place = spec
    for key in way:
        place = place[key]
    place[last] = value
    return spec


def test_every_shipped_recipe_is_read():
    found = recipe.recipes()
    assert found["census_ts037"].columns["residents"].where == {"c2021_health_6": "0"}
    assert found["census_ts037"].fetch.england == 178_605
    assert all(one.attribution and one.licence for one in found.values())


@pytest.mark.parametrize(
    "path, value, words",
    [
        ("licenze", "x", "recipe: unknown key 'licenze'"),
        ("columns/residents/units", "x", "columns.residents: unknown key 'units'"),
        ("indicators/bad_health/denominator", "people", "indicators.bad_health.denominator: there is no column"),
        ("indicators/bad_health/value", "residents", "indicators.bad_health: give one of"),
        ("fetch/kind", "ftp", "fetch.kind: 'ftp' is not known"),
        ("fetch/parameters/table", "x", "fetch.parameters: unknown key 'table'"),
        ("fetch/import", {"SHEETS": "1"}, "fetch.import: unknown key 'SHEETS'"),
        ("fetch/import", {"HEADER_ROW": "1"}, "HEADER_ROW"),
        ("fetch/known", "sure", "fetch.known: 'sure' is not known"),
        ("fetch/proof", ["("], r"fetch.proof\[0\]: '\(' is no pattern"),
        ("fetch/rows", -1, "fetch.rows: -1 is negative"),
        ("page", "http://www.ons.gov.uk", "page: .* must start with https"),
        ("words", ["*"], r"words\[0\]"),
        ("geography", ["OA31"], r"geography\[0\]: 'OA31' is not known"),
    ],
)
def test_a_fault_is_named_by_its_path(path, value, words):
    with pytest.raises(NeedError, match=words):
        recipe.check(changed(path, value))


def test_the_id_is_the_name_of_the_file(tmp_path):
    (tmp_path / "other.json").write_text(json.dumps(CENSUS), encoding="utf-8")
    with pytest.raises(DataError, match="other.json: id: 'census_ts037' must be the name of the file"):
        recipe.read(tmp_path / "other.json")
