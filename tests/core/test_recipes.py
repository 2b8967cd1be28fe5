"""Recipes: the shipped ones read, and each kind of fault refused by the path where it stands."""

from __future__ import annotations

import copy
import json
import os

import pytest

from hyperlocal_need.core import methodology
from hyperlocal_need.core.errors import DataError, NeedError
from hyperlocal_need.core.published.making import sources
from hyperlocal_need.core.sources import recipe

ALL = recipe.recipes()
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


def shipped_indicators():
    """Indicators of the shipped measure."""
    path = recipe.RECIPES.parents[2] / "resources" / "methodologies" / "hyper_local_need_2025.json"
    return [node.id for node in methodology.load(path).nodes if node.level == "indicator"]


@pytest.mark.parametrize("indicator", shipped_indicators())
def test_every_indicator_of_the_measure_has_a_recipe_of_its_own(indicator):
    own = sources.source_of(indicator)
    assert own is not None and own.id not in {one.fetch.instead for one in ALL.values()}


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_says_where_from_how_many_and_what_if_not(name):
    one = ALL[name]
    assert one.page or one.page_note
    assert one.fetch.until or one.fetch.last, "until when it can be continued"
    assert one.fetch.england == recipe.COUNTS[one.fetch.geography]
    assert one.fetch.rows == 0 or one.fetch.rows >= one.fetch.england, "no fewer areas than England has"
    assert one.fetch.gaps < 0.05 * one.fetch.england
    if one.fetch.kind == "manual":
        assert one.page_note, "why no program fetches it"
    else:
        assert one.fetch.date and one.fetch.megabytes
        told = [column.words or column.where for column in one.columns.values()]
        assert all(told), "each column is told by its header, or by the rows that it is"
    for column in one.columns.values():
        for dimension, value in column.where.items():
            asked = one.fetch.parameters.get("dimensions", {}).get(dimension)
            assert asked is None or value in asked.split(","), "what a column is made of is asked for"


def walk(spec, path=()):
    """Every object of a parsed recipe, with the keys that lead to it."""
    yield path, spec
    for key, value in spec.items():
        if isinstance(value, dict):
            yield from walk(value, (*path, key))


@pytest.mark.parametrize("name", ALL)
def test_a_key_that_is_not_known_is_refused_wherever_it_stands(name):
    spec = json.loads((recipe.RECIPES / f"{name}.json").read_text(encoding="utf-8"))
    free = ("columns", "indicators", "where", "dimensions", "filters")
    for path, _ in walk(spec):
        if path and path[-1] in free:
            continue
        changed = copy.deepcopy(spec)
        place = changed
        for key in path:
            place = place[key]
        place["surprise"] = 1
        with pytest.raises(NeedError, match="unknown key 'surprise'"):
            recipe.check(changed)


def test_a_stand_in_stands_in_for_figures_that_it_has():
    composite = {"iod2025_employment": "worklessness_benefits"}
    for one in ALL.values():
        if one.fetch.instead:
            other = ALL[one.fetch.instead]
            assert composite.get(other.id, "") in other.indicators or set(one.indicators) & set(other.indicators)
            assert other.fetch.kind != "manual", f"{one.id}: what stands in has to be fetched"


def test_each_geography_of_a_pack_can_be_fetched():
    given = {}
    for one in ALL.values():
        for column in one.columns.values():
            if column.geography:
                given.setdefault((one.gives, one.fetch.geography), set()).add(column.geography)
    assert {where for gives, where in given if gives == "boundaries"} == {"LSOA21", "OA11", "LTLA23"}
    areas = {"LSOA21"}
    for _ in given:
        areas |= {
            parent
            for (gives, area), parents in given.items()
            if gives == "lookup" and area in areas
            for parent in parents
        }
    assert areas >= {"LTLA23", "UTLA23", "RGN23", "WD24"}
    assert given["lookup", "OA11"] >= {"LSOA11", "MSOA11"} and given["lookup", "OA21"] >= {"LSOA21", "MSOA21"}


HEAD = """# Official sources

Where *Get England's figures* (`hyperlocalneed:fetchsources`) gets each figure from; [the guide](fetching.md) leads
through it. This page is made of the recipes in `core/sources/recipes/`, one file a dataset.

**How well an address is known:** `seen in use` = public code has used it; `documented` = its publisher describes it;
`unsure` = neither. None of them could be called where this plugin was written: what was seen to work is the same code
against a server that answers as they do. An answer is taken only if it has as many areas as the dataset has, known
codes and the right year.

**Kinds:** `nomis`, `arcgis` (Open Geography Portal), `ees` (Explore education statistics), `fingertips`, `statxplore`:
asked page by page; `govuk`, `ons`: the page says which file is current; `file`: one address; `manual`: no program can
fetch it, so that the file, or a table made of it, is put in by hand. `statxplore` needs a free key of your own.
"""


def _row(*cells):
    return f"| {' | '.join(str(cell).replace('|', ' or ') for cell in cells)} |"


def _link(one):
    return f"[{one.title}]({one.page})" if one.page else one.title


def _instead(one):
    return f"[{one.fetch.instead}](#stand-ins)" if one.fetch.instead else "none"


def sources_page():
    """docs/sources.md."""
    stand_ins = {one.fetch.instead for one in ALL.values()} - {""}
    own = [(name, sources.source_of(name)) for name in shipped_indicators()]
    kinds = [one.fetch.kind for _, one in own]
    by_hand, keyed = kinds.count("manual"), kinds.count("statxplore")
    lines = [
        HEAD,
        f"Of the {len(own)} indicators {len(own) - by_hand - keyed} are fetched without a key, {keyed} with one, and "
        f"{by_hand} are put in by hand, or something stands in for them.\n",
        "## Indicators\n",
        _row("indicator", "publisher", "dataset", "kind", "areas", "date", "as the method asks?", "known",
             "stands in", "until", "licence"),
        "|---" * 11 + "|",
    ]  # fmt: skip
    for name, one in own:
        fetch, status = one.fetch, one.indicators[name].get("status", "as specified")
        until = fetch.until or f"the last is of {fetch.last}"
        lines.append(_row(f"`{name}`", one.publisher, _link(one), fetch.kind, fetch.geography, fetch.date or "", status,
                          fetch.known, _instead(one), until, one.licence))  # fmt: skip
    lines += ["\n## Stand-ins\n", _row("recipe", "dataset", "gives", "kind", "areas", "date", "known", "licence"),
              "|---" * 8 + "|"]  # fmt: skip
    for name in sorted(stand_ins):
        one = ALL[name]
        gives = ", ".join(f"`{indicator}`" for indicator in one.indicators)
        lines.append(_row(f"`{name}`", _link(one), gives, one.fetch.kind, one.fetch.geography, one.fetch.date,
                          one.fetch.known, one.licence))  # fmt: skip
    lines += ["\n## Areas, postcodes, residents\n",
              _row("recipe", "dataset", "gives", "kind", "areas", "date", "known"),
              "|---" * 7 + "|"]  # fmt: skip
    for name, one in ALL.items():
        if not one.indicators and name not in stand_ins:
            gives = one.gives if one.gives != "indicators" else "denominators"
            lines.append(_row(f"`{name}`", _link(one), gives, one.fetch.kind, one.fetch.geography, one.fetch.date,
                              one.fetch.known))  # fmt: skip
    return "\n".join(lines) + "\n"


def test_the_page_of_sources_says_what_the_recipes_say(repository):
    path = repository / "docs/sources.md"
    if os.environ.get("HYPERLOCALNEED_ACCEPT"):
        path.write_text(sources_page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == sources_page()


def test_the_id_is_the_name_of_the_file(tmp_path):
    (tmp_path / "other.json").write_text(json.dumps(CENSUS), encoding="utf-8")
    with pytest.raises(DataError, match="other.json: id: 'census_ts037' must be the name of the file"):
        recipe.read(tmp_path / "other.json")
