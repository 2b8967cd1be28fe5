"""Whatever stands in a pack, methodology, recipe, layer, result or published file: an answer, or one line in words.

Inputs are changed at random places by hypothesis. HYPERLOCALNEED_CASES sets how many of each kind are tried.
"""

from __future__ import annotations

import copy
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tiny_pack import TinyPack, methodology, pairs

from hyperlocal_need.core import index
from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.core.errors import NeedError
from hyperlocal_need.core.findings import saved
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.pack_check import check_pack
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.core.published.reading import sniff
from hyperlocal_need.core.published.reading.grid import Grid
from hyperlocal_need.core.sources import recipe
from hyperlocal_need.core.steps import combine, composite, shrinkage, standardise
from hyperlocal_need.core.table import Columns, Scope

CASES = int(os.environ.get("HYPERLOCALNEED_CASES", "12"))
tried = settings(max_examples=CASES, deadline=None, derandomize=True, database=None,
                 suppress_health_check=list(HealthCheck))  # fmt: skip

TEXTS = some.sampled_from(
    ["", " ", "code", "E01000001", "e01000001 ", "LSOA21", "../secret.csv", "/etc/passwd", "=1+1", "<b>x</b>", "NaN",
     "1e400", "-1", "0", "1,5", "\u2212 3", "\x00", "\ud7ff", "x" * 400, "nul", "\u202etxt", "12.5%", "need", "claims"]
)  # fmt: skip
VALUES = some.one_of(
    TEXTS, some.none(), some.booleans(), some.integers(-3, 10**20), some.floats(), some.just([]), some.just({}),
    some.just(["x", 1]), some.dictionaries(TEXTS, TEXTS, max_size=2),
)  # fmt: skip
MISSING = object()


def places(document, path=()):
    """Every place in a JSON document."""
    yield path
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        yield from places(value, (*path, key))


def put(document, path, value):
    """The document with another value at one place, or without that place."""
    document = copy.deepcopy(document)
    if not path:
        return {} if value is MISSING else value
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if value is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return document


@some.composite
def changed(draw, document):
    """A JSON document with one to three of its places changed, taken out or given a key that nobody knows."""
    for _ in range(draw(some.integers(1, 3))):
        every = list(places(document))
        path = draw(some.sampled_from(every))
        value = draw(some.one_of(VALUES, some.just(MISSING)))
        document = put(document, path, value)
        if not isinstance(document, dict):
            break
    return document


@some.composite
def changed_tables(draw):
    """The tables of the tiny pack with some cells, rows and columns changed."""
    tables = TinyPack(Path()).tables
    for _ in range(draw(some.integers(1, 4))):
        rows = tables[draw(some.sampled_from(sorted(tables)))]
        row = draw(some.integers(0, len(rows) - 1)) if rows else None
        action = draw(some.sampled_from(["cell", "row twice", "no row", "no rows", "short row", "long row"]))
        if row is None:
            continue
        if action == "cell" and rows[row]:
            rows[row][draw(some.integers(0, len(rows[row]) - 1))] = draw(
                some.one_of(TEXTS, some.floats(), some.integers(-(10**15), 10**15))
            )
        elif action == "row twice":
            rows.append(list(rows[row]))
        elif action == "no row":
            del rows[row]
        elif action == "no rows":
            del rows[1:]
        elif action == "short row":
            rows[row] = rows[row][:-1]
        elif action == "long row":
            rows[row] = [*rows[row], "1"]
    return tables


def in_words(error):
    """One line that says something."""
    text = str(error)
    assert text.strip() and "\n" not in text.strip() and "Traceback" not in text, repr(text)
    assert "object at 0x" not in text and "<class" not in text, text


def attempt(work):
    """What the work gives, or None where it was refused in words."""
    try:
        return work()
    except NeedError as error:
        in_words(error)
        return None


def compute(spec, tables, method, missing):
    """Check the pack and compute the index of it; what comes out is in bounds."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = TinyPack(Path(folder) / "tiny")
        tiny.spec, tiny.tables = spec, tables
        file = Path(folder) / "methodology.json"
        file.write_text(json.dumps(method), encoding="utf-8")
        definition = attempt(lambda: methodologies.load(file))
        pack = attempt(lambda: Pack.open(tiny.write()))
        if definition is None or pack is None:
            return
        check = attempt(lambda: check_pack(pack, definition))
        if check is not None:
            for problem in check.problems:
                in_words(problem.text)
        made = attempt(
            lambda: index.run_pack(
                definition, pack, pairs(), missing=missing, missing_indicators="leave_out", low_coverage="keep"
            )
        )
        if made is not None:
            scores = made[1].need["need_score"].to_numpy(dtype=float)
            known = scores[~np.isnan(scores)]
            assert ((known >= 0) & (known <= 100)).all(), known


POLICIES = some.sampled_from(["exclude", "district", "median"])


@tried
@given(some.data(), POLICIES)
def test_any_pack_json(data, missing):
    tiny = TinyPack(Path())
    compute(data.draw(changed(tiny.spec)), tiny.tables, tiny.methodology, missing)


@tried
@given(changed_tables(), POLICIES)
def test_any_table(tables, missing):
    tiny = TinyPack(Path())
    compute(tiny.spec, tables, tiny.methodology, missing)


@tried
@given(some.data(), POLICIES)
def test_any_methodology(data, missing):
    tiny = TinyPack(Path())
    compute(tiny.spec, tiny.tables, data.draw(changed(methodology())), missing)


@tried
@given(some.text(max_size=200) | some.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_as_methodology(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "methodology.json"
        path.write_text(text, encoding="utf-8", errors="replace")
        attempt(lambda: methodologies.load(path))


class Sheets:
    """One sheet as a reader of files hands it over."""

    def __init__(self, rows):
        self.grids, self.sizes = {"1": Grid("1", rows)}, {"1": len(rows)}
        self.hidden = ()

    def head(self, sheet):
        return Grid(sheet, self.grids[sheet].rows[:600])

    def whole(self, sheet):
        return self.grids[sheet]


CELLS = some.one_of(
    TEXTS,
    some.sampled_from(["LSOA code", "E01000002", "E02000001", "E06000005", "2023", "2022/23", "[c]", "..", "*", "1,234",
                       "Total", "England", "W01000001", "45.6", "\u00a31.2m", "44927", "Rate", "%", "Name"]),
    some.integers(-5, 10**6).map(str),
    some.text(max_size=6),
)  # fmt: skip


@tried
@given(some.lists(some.lists(CELLS, max_size=6), max_size=14))
def test_any_sheet(rows):
    attempt(lambda: import_tables(Sheets(rows), "file.xlsx"))


@some.composite
def published(draw):
    """A good table of forty areas with some cells replaced and rows put between; and the figures of rows left alone."""
    good = [[f"E01{number:06d}", f"Alder {number:03d}A", str(number * 3), "1500"] for number in range(1, 41)]
    rows = [["LSOA code", "Name", "Claimants", "Residents"], *map(list, good)]
    for _ in range(draw(some.integers(1, 8))):
        row = draw(some.integers(0, len(rows) - 1))
        if draw(some.booleans()):
            rows.insert(row, draw(some.lists(CELLS, max_size=6)))
        elif rows[row]:
            rows[row][draw(some.integers(0, len(rows[row]) - 1))] = draw(CELLS)
    return rows, {row[0]: float(row[2]) for row in good if row in rows}


@tried
@given(published())
def test_any_change_of_a_good_sheet(changed_sheet):
    """Whatever is done to some rows, the figures of the others are what they were, or the file is refused."""
    rows, untouched = changed_sheet
    found = attempt(lambda: import_tables(Sheets(rows), "file.xlsx"))
    if found is None or "claimants" not in found.table:
        return
    assert found.table.index.is_unique
    figures = found.table["claimants"]
    for code, figure in untouched.items():
        assert code in figures.index and figures[code] == figure, (code, figures.get(code))


def test_a_figure_that_is_called_code():
    """The clean table's codes are a column "code" of their own; a figure of that name gets another."""
    rows = [["LSOA21", "Code"], *([f"E01{number:06d}", str(number)] for number in range(1, 41))]
    table = import_tables(Sheets(rows), "file.xlsx").table
    assert list(table) == ["code_2"] and table.loc["E01000007", "code_2"] == 7


@tried
@given(
    some.binary(max_size=300), some.sampled_from(["", "code,n\r\nE01000001,1\r\n", "\ufeffcode;n\n", "a\tb\n1\t2\n"])
)
def test_any_bytes_as_text(raw, start):
    def work():
        text, _ = sniff.decode(start.encode("utf-8") + raw, "file.csv")
        return sniff.separator_of(text)

    attempt(work)


def test_the_changes_change_something():
    """What is tried is not the pack as it stands: among 40 changed packs most are refused or come out otherwise."""
    seen = set()

    @settings(max_examples=40, derandomize=True, database=None)
    @given(changed(TinyPack(Path()).spec))
    def gather(spec):
        seen.add(json.dumps(spec, sort_keys=True, default=str))

    gather()
    assert len(seen) > 30 and json.dumps(TinyPack(Path()).spec, sort_keys=True) not in seen


RECIPES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(recipe.RECIPES.glob("*.json"))]


@tried
@given(some.data(), some.sampled_from(RECIPES))
def test_any_recipe(data, shipped):
    """Read, or refused by a path; what is read leads to secured addresses alone."""
    found = attempt(lambda: recipe.check(data.draw(changed(shipped))))
    if found is not None:
        addresses = [found.page, found.fetch.parameters.get("address")]
        assert all(one.startswith("https://") for one in addresses if one)


NUMBERS = some.one_of(some.floats(), some.integers(-3, 10**12).map(float), some.just(float("nan")))


SUMS = partial(combine.apply_sums, level="dimension")
STEPS = (composite.apply, shrinkage.apply, standardise.apply_direction, standardise.apply_scores,
         SUMS, standardise.apply_exponential, combine.apply_dimensions)  # fmt: skip


@some.composite
def layers(draw):
    """Columns called as the steps want them, with any numbers."""
    size = draw(some.integers(0, 7))
    endings = ("", "_num", "_den", "_shrunk", "_need", "_z", "_sum", "_exp")
    names = [f"{node['id']}{ending}" for node in methodology()["nodes"] for ending in endings]
    chosen = draw(some.lists(some.sampled_from(names), unique=True, max_size=30))
    frame = pd.DataFrame(
        {name: draw(some.lists(NUMBERS, min_size=size, max_size=size)) for name in chosen}, dtype=float
    )
    codes = draw(some.lists(TEXTS, min_size=size, max_size=size))
    return frame.assign(district_code=codes, area_code=[f"E0100000{place}" for place in range(size)])


@tried
@given(layers(), some.sampled_from(STEPS))
def test_any_layer(frame, step):
    """Each step gives a value for every row, or refuses the table."""
    definition = methodologies.load(methodology())
    with np.errstate(all="ignore"):
        added = attempt(lambda: step(Columns(frame), Scope(definition)))
    assert added is None or len(added.columns) in (0, len(frame))


@tried
@given(some.integers(0, 10**6), some.binary(min_size=1, max_size=40))
def test_any_damage_to_a_result(place, raw):
    """A GeoPackage with some bytes overwritten: its layers, or a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "need.gpkg"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE gpkg_contents (table_name TEXT)")
            database.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT)")
            database.execute("INSERT INTO gpkg_contents VALUES ('need')")
            pd.DataFrame({"area_code": ["a"] * 300, "need_score": 1.5}).to_sql("need", database, index=False)
        content = bytearray(path.read_bytes())
        start = place % len(content)
        content[start : start + len(raw)] = raw
        path.write_bytes(content)
        found = attempt(lambda: saved.read_layers(path, ["need"]))
        assert found is None or set(found) <= {"need"}
