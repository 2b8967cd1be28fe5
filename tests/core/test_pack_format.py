"""The grammar of pack.json: what its entries become, and the path named for each fault."""

from __future__ import annotations

import copy

import pytest
import tiny_pack

from hyperlocal_need.core import pack_format
from hyperlocal_need.core.errors import PackError


@pytest.fixture
def spec():
    return tiny_pack.manifest()


class TestEntries:
    def test_counts_take_the_entrys_own_place(self, spec):
        entry = pack_format.check(spec)["claims"]
        assert entry.numerator == pack_format.Counts("claims.csv", "OA21", "code", ("claims",))
        assert entry.denominator.columns == ("people",)
        assert (entry.status, entry.unbounded, entry.high_is, entry.value) == ("as specified", False, None, None)

    def test_counts_may_have_a_place_of_their_own(self, spec):
        entry = pack_format.check(spec)["jobs"]
        assert entry.denominator == pack_format.Counts("population.csv", "LSOA21", "code", ("residents",))
        assert entry.unbounded

    def test_columns_may_be_a_list_to_sum(self, spec):
        spec["indicators"]["claims"]["numerator"] = ["claims", "people"]
        assert pack_format.check(spec)["claims"].numerator.columns == ("claims", "people")

    @pytest.mark.parametrize("words, direction", [("need", "need"), ("less", "less"), ("less need", "less")])
    def test_direction(self, spec, words, direction):
        spec["indicators"]["income"]["high_is"] = words
        assert pack_format.check(spec)["income"].high_is == direction

    def test_change(self, spec):
        entry = spec["indicators"]["income"]
        del entry["value"]
        entry["change"] = {"from": "old", "to": "new"}
        assert pack_format.check(spec)["income"].change["to"].columns == ("new",)

    def test_units_and_doubts_are_carried(self, spec):
        more = {"unit": "pounds", "scale": 1000, "se": "error", "design_effect": 1.5, "last_possible_date": "2024"}
        spec["indicators"]["income"].update(more, title="Income after housing")
        entry = pack_format.check(spec)["income"]
        assert (entry.unit, entry.scale, entry.standard_error, entry.design_effect) == ("pounds", 1000, "error", 1.5)
        assert (entry.title, entry.last_possible_date) == ("Income after housing", "2024")

    @pytest.mark.parametrize(
        ("date", "asked", "told"),
        [
            ("2020", "2022", "older"),
            ("2025", "2022", "newer"),
            ("2022", "2022", ""),
            ("31 August 2023", "2022/23", ""),
            ("2012 to 2020", "2012 to 2022", ""),
            ("to 2019", "January 2023", "older"),
            ("", "2022", ""),
            ("2025", "", ""),
        ],
    )
    def test_the_age_of_figures(self, date, asked, told):
        assert pack_format.vintage(date, asked) == told

    def test_the_argument_stays(self, spec):
        kept = copy.deepcopy(spec)
        pack_format.check(spec)
        assert spec == kept


def put(*path, value):
    """A fault: ``value`` at that path."""

    def change(spec):
        for key in path[:-1]:
            spec = spec[key]
        spec[path[-1]] = value

    return change


def drop(*path):
    def change(spec):
        for key in path[:-1]:
            spec = spec[key]
        del spec[path[-1]]

    return change


def entry(**values):
    return lambda spec: spec["indicators"]["income"].update(values)


ELSEWHERE = {"file": "population.csv", "geography": "LSOA21", "code": "code", "column": "residents"}
REFUSALS = {
    "unknown key": (put("titel", value=""), "pack.json: unknown key 'titel'; known are format, title"),
    "missing key": (drop("lookups"), "pack.json: the key 'lookups' is missing"),
    "wrong type": (put("title", value=3), "pack.json.title: must be a text"),
    "truth is no number": (put("format", value=True), "pack.json.format: must be a whole number"),
    "another format": (put("format", value=2), "pack.json: format 2 is not known; this version reads format 1"),
    "attribution": (put("attribution", value=["a", 1]), "pack.json.attribution[1]: must be a text"),
    "boundaries of nowhere": (
        put("boundaries", "OA31", value={}),
        "boundaries.OA31: the geography 'OA31' is not known",
    ),
    "boundaries without code": (drop("boundaries", "OA11", "code"), "boundaries.OA11: the key 'code' is missing"),
    "lookup of nowhere": (put("lookups", "LSOA01", value={}), "lookups.LSOA01: the geography 'LSOA01' is not known"),
    "lookup without file": (drop("lookups", "OA21", "file"), "lookups.OA21: the key 'file' is missing"),
    "parent of nowhere": (
        put("lookups", "OA21", "parents", "PARISH", value={"code": "x"}),
        "lookups.OA21.parents.PARISH: the geography 'PARISH'",
    ),
    "parent without code": (
        put("lookups", "OA21", "parents", "MSOA21", value={}),
        "lookups.OA21.parents.MSOA21: the key 'code'",
    ),
    "exact fit": (
        put("lookups", "LSOA11", "exact_fit", value={"LSOA22": "x"}),
        "lookups.LSOA11.exact_fit: unknown key 'LSOA22'",
    ),
    "no areas": (drop("lookups", "LSOA21"), "lookups.LSOA21: missing; it says which areas there are"),
    "no districts": (drop("lookups", "LSOA21", "parents", "LTLA23"), "lookups.LSOA21.parents.LTLA23: missing"),
    "nameless regions": (
        drop("lookups", "LSOA21", "parents", "RGN23", "name"),
        "lookups.LSOA21.parents.RGN23: missing, or without a name",
    ),
    "population": (drop("population", "column"), "population: the key 'column' is missing"),
    "population of a geography": (drop("population", "OA21", "code"), "population.OA21: the key 'code' is missing"),
    "postcodes": (drop("postcodes", "northing"), "postcodes: the key 'northing' is missing"),
    "entry is no object": (put("indicators", "income", value="income.csv"), "indicators.income: must be an object"),
    "entry without geography": (
        drop("indicators", "income", "geography"),
        "indicators.income: the key 'geography' is missing",
    ),
    "entry of nowhere": (entry(geography="MSOA01"), "indicators.income.geography: the geography 'MSOA01' is not known"),
    "no form": (
        drop("indicators", "income", "value"),
        "indicators.income: give one of numerator with denominator, value, or change",
    ),
    "two forms": (entry(numerator="a", denominator="b"), "indicators.income: give one of"),
    "numerator alone": (drop("indicators", "claims", "denominator"), "indicators.claims: give one of"),
    "denominator beside a value": (entry(denominator="b"), "indicators.income: give one of"),
    "status": (entry(status="new"), "indicators.income.status: 'new' is not known; choose from as specified"),
    "direction": (entry(high_is="bad"), "indicators.income.high_is: 'bad' is not known; choose from need"),
    "no column": (put("indicators", "claims", "numerator", value=[]), "indicators.claims.numerator: names no column"),
    "column is a number": (
        put("indicators", "claims", "numerator", value=["a", 3]),
        "indicators.claims.numerator: must be a text",
    ),
    "place without column": (
        put("indicators", "jobs", "denominator", value={"file": "x", "code": "y", "geography": "LSOA21"}),
        "indicators.jobs.denominator: the key 'column' is missing",
    ),
    "place of nowhere": (
        put("indicators", "jobs", "denominator", "geography", value="X"),
        "indicators.jobs.denominator.geography: the geography 'X'",
    ),
    "weight of counts": (
        put("indicators", "claims", "weight", value="people"),
        "indicators.claims.weight: belongs to a value",
    ),
    "scale": (entry(scale=0), "indicators.income.scale: 0 is no factor"),
    "scale is a text": (entry(scale="million"), "indicators.income.scale: must be a number"),
    "infinite scale": (entry(scale=float("inf")), "indicators.income.scale: inf is no factor"),
    "design effect": (entry(design_effect=-1), "indicators.income.design_effect: -1 is no factor"),
    "two errors": (entry(se="a", standard_error="b"), "indicators.income.se: the same as standard_error"),
    "error of counts": (put("indicators", "claims", "se", value="e"), "indicators.claims.se: belongs to a value"),
    "authority over areas": (
        put(
            "indicators",
            "pupils",
            value={"file": "a.csv", "geography": "LTLA23", "code": "c", "numerator": "n", "denominator": ELSEWHERE},
        ),
        "indicators.pupils: mixes LSOA21, LTLA23",
    ),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_the_message_starts_with_the_path(spec, fault):
    change, words = REFUSALS[fault]
    change(spec)
    with pytest.raises(PackError) as caught:
        pack_format.check(spec)
    assert str(caught.value).startswith(words), caught.value


@pytest.mark.parametrize(
    "change, words",
    [
        ({"from": "a"}, "indicators.income.change: the key 'to' is missing"),
        ({"from": "a", "to": "b", "from_denominator": "c"}, "indicators.income.change: give both"),
        ({"from": "a", "to": "b", "per": "c"}, "indicators.income.change: unknown key 'per'"),
    ],
)
def test_a_change_that_is_not_whole(spec, change, words):
    del spec["indicators"]["income"]["value"]
    spec["indicators"]["income"]["change"] = change
    with pytest.raises(PackError) as caught:
        pack_format.check(spec)
    assert str(caught.value).startswith(words)


def test_every_file_is_named(spec):
    named = list(pack_format.files(spec))
    assert {"lsoa21.gpkg", "exact_fit.csv", "population_oa21.csv", "postcodes.csv", "claims.csv"} <= set(named)
    assert named.count("population.csv") == 2
