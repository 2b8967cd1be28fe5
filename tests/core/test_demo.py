"""The demonstration country: it nests, it closes, it is the same for a seed, and its need can be found again."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import index, methodology
from hyperlocal_need.core.demo import make_demo, write_tables
from hyperlocal_need.core.demo.cells import Cells, multipolygons, points_inside, trace_rings
from hyperlocal_need.core.demo.recipes import RECIPES
from hyperlocal_need.core.errors import Cancelled, DataError, OptionError
from hyperlocal_need.core.indicators import convert_pack
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.steps.overlap import count_pairs

AREAS, SEED = 600, 2025


@pytest.fixture(scope="module")
def demo():
    return make_demo(AREAS, SEED)


def read_rings(wkb):
    """Parts of a little-endian MultiPolygon: each a list of closed rings (n x 2), the outer one first."""
    order, kind, parts = struct.unpack_from("<BII", wkb, 0)
    assert (order, kind) == (1, 6)
    place, polygons = 9, []
    for _ in range(parts):
        order, kind, rings = struct.unpack_from("<BII", wkb, place)
        assert (order, kind) == (1, 3)
        place += 9
        polygons.append([])
        for _ in range(rings):
            (count,) = struct.unpack_from("<I", wkb, place)
            polygons[-1].append(np.frombuffer(wkb, "<f8", 2 * count, place + 4).reshape(-1, 2))
            place += 4 + 16 * count
    assert place == len(wkb)
    return polygons


def shoelace(ring):
    """Signed surface of a closed ring: positive when it runs counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2.0


def locate(points, polygons):
    """Code of the polygon that holds each point, None outside all: crossings of a ray to the east."""
    order = np.argsort(points[:, 1])
    height = points[order, 1]
    found = np.full(len(points), None, dtype=object)
    for code, wkb in zip(polygons.codes, polygons.wkb):
        rings = [ring for part in read_rings(wkb) for ring in part]
        low, high = min(ring[:, 1].min() for ring in rings), max(ring[:, 1].max() for ring in rings)
        near = order[slice(*np.searchsorted(height, (low, high)))]
        west, east = min(ring[:, 0].min() for ring in rings), max(ring[:, 0].max() for ring in rings)
        near = near[(points[near, 0] > west) & (points[near, 0] < east)]
        odd = np.zeros(len(near), dtype=bool)
        for ring in rings:
            for (x, y), (other_x, other_y) in zip(ring[:-1], ring[1:]):
                crosses = (y > points[near, 1]) != (other_y > points[near, 1])
                odd ^= crosses & (points[near, 0] < x + (points[near, 1] - y) / (other_y - y) * (other_x - x))
        found[near[odd]] = code
    return found


def test_a_group_of_cells_has_the_outline_of_its_cells():
    # Sites on a 5 x 5 grid: each inner cell is a unit square. Group 0 is the ring of 8 around the middle cell,
    # which is group 1; the outermost 16 cells are no area. So group 0 covers 9 - 1 = 8 and has one hole.
    grid = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    steps = np.abs(grid - 2.0).max(axis=1)
    group = np.select([steps == 0, steps == 1], [1, 0], -1)
    cells = Cells.around(grid)
    around, middle = (read_rings(wkb) for wkb in multipolygons(trace_rings(cells, group), 2))
    assert [[shoelace(ring) for ring in part] for part in around] == [[pytest.approx(9.0), pytest.approx(-1.0)]]
    assert [[shoelace(ring) for ring in part] for part in middle] == [[pytest.approx(1.0)]]
    inside = points_inside(cells, group, np.array([50, 20]), np.random.default_rng(1))
    assert (np.abs(inside[:50] - 2.0).max(axis=1) < 1.5).all() and (np.abs(inside[50:] - 2.0) < 0.5).all()


def test_a_group_in_two_places_has_two_parts_the_larger_first():
    # A row of unit squares 0 0 1 0 between rows that are no area: group 0 has parts of 2 and 1.
    grid = np.array([(x, y) for x in range(6) for y in range(3)], dtype=float)
    group = np.full(len(grid), -1)
    group[(grid[:, 1] == 1) & (grid[:, 0] > 0) & (grid[:, 0] < 5)] = [0, 0, 1, 0]
    parts = read_rings(multipolygons(trace_rings(Cells.around(grid), group), 2)[0])
    assert [shoelace(part[0]) for part in parts] == [pytest.approx(2.0), pytest.approx(1.0)]


def test_equal_seeds_give_equal_countries(demo):
    again = make_demo(AREAS, SEED)
    assert again.pack == demo.pack
    assert list(again.tables) == list(demo.tables)
    for path, table in demo.tables.items():
        pd.testing.assert_frame_equal(again.tables[path], table)
    for geography, polygons in demo.polygons.items():
        assert again.polygons[geography].wkb == polygons.wkb
    pd.testing.assert_frame_equal(again.planted, demo.planted)


def test_another_seed_gives_another_country(demo):
    other = make_demo(AREAS, SEED + 1)
    assert other.polygons["LSOA21"].wkb != demo.polygons["LSOA21"].wkb
    assert not np.array_equal(other.planted["need"], demo.planted["need"])


def test_written_packs_of_equal_seeds_are_equal_byte_by_byte(demo, tmp_path):
    first = write_tables(demo.tables, demo.pack, tmp_path / "first")
    again = make_demo(AREAS, SEED)
    second = write_tables(again.tables, again.pack, tmp_path / "second")
    assert [path.name for path in first] == [path.name for path in second]
    for one, other in zip(first, second):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert not list(tmp_path.rglob("*.part"))
    assert json.loads((tmp_path / "first" / "pack.json").read_text(encoding="utf-8")) == demo.pack


def test_tables_read_back_exactly(demo, tmp_path):
    write_tables(demo.tables, demo.pack, tmp_path)
    with Pack.open(tmp_path) as pack:
        table = pack.table("indicators/economy_lsoa21.csv.gz", "LSOA21CD", numbers=["gva_2012_gbpm", "jobs"])
    expected = demo.tables["indicators/economy_lsoa21.csv.gz"].set_index("LSOA21CD")
    np.testing.assert_array_equal(table["gva_2012_gbpm"], expected["gva_2012_gbpm"])
    np.testing.assert_array_equal(table["jobs"], expected["jobs"])


def test_it_says_that_it_is_invented(demo):
    assert demo.pack["invented"] is True
    assert "invented" in demo.pack["title"].lower()
    assert any("invented" in line.lower() for line in demo.pack["attribution"])


def test_the_pack_names_only_what_is_there(demo):
    def files(value):
        for key, inner in value.items():
            if key == "file":
                yield inner
            elif isinstance(inner, dict):
                yield from files(inner)

    boundaries = {place["file"] for place in demo.pack["boundaries"].values()}
    assert set(files(demo.pack)) == set(demo.tables) | boundaries
    assert set(demo.pack["boundaries"]) == set(demo.polygons)


def test_planted_need_stands_nowhere_in_the_pack(demo):
    need = demo.planted["need"].to_numpy()
    for path, table in demo.tables.items():
        if "LSOA21CD" in table and len(table) == len(need):
            for column, values in table.select_dtypes("number").astype(float).items():
                known = values.notna().to_numpy()
                assert abs(np.corrcoef(values[known], need[known])[0, 1]) < 0.98, f"{path}: {column}"


def test_every_area_lies_in_one_larger_area(demo):
    lsoas, oas = demo.tables["lookups/lsoa21.csv.gz"], demo.tables["lookups/oa21.csv.gz"]
    assert len(lsoas) == AREAS
    assert lsoas["LSOA21CD"].is_unique and lsoas["LSOA21NM"].is_unique and oas["OA21CD"].is_unique
    assert set(oas["LSOA21CD"]) == set(lsoas["LSOA21CD"])
    for small, large in (("MSOA21CD", "LAD23CD"), ("LAD23CD", "UTLA23CD"), ("UTLA23CD", "RGN23CD")):
        assert lsoas.groupby(small)[large].nunique().eq(1).all(), f"{small} in {large}"
    own = oas.merge(lsoas, on="LSOA21CD", suffixes=("", "_of_lsoa"))
    assert (own["MSOA21CD"] == own["MSOA21CD_of_lsoa"]).all() and (own["LAD23CD"] == own["LAD23CD_of_lsoa"]).all()
    assert lsoas["RGN23CD"].nunique() >= 2
    for code, name in (("LAD23CD", "LAD23NM"), ("UTLA23CD", "UTLA23NM"), ("RGN23CD", "RGN23NM")):
        assert lsoas.groupby(code)[name].nunique().eq(1).all() and lsoas.groupby(name)[code].nunique().eq(1).all()
    districts = lsoas["LSOA21NM"].str.extract(r"(.+) \d{3}[A-Z]+")[0]
    assert (districts == lsoas["LAD23NM"]).all()
    codes = pd.concat([lsoas.filter(regex="CD$").stack(), oas.filter(regex="CD$").stack()])
    assert codes.str.fullmatch(r"X\d{8}").all()


def test_lookups_from_2011_are_complete(demo):
    fit, oa11 = demo.tables["lookups/lsoa11_lsoa21.csv.gz"], demo.tables["lookups/oa11.csv.gz"]
    lsoas = demo.tables["lookups/lsoa21.csv.gz"]
    assert set(fit["LSOA21CD"]) == set(lsoas["LSOA21CD"])
    assert set(fit["LSOA11CD"]) == set(oa11["LSOA11CD"])
    assert oa11["OA11CD"].is_unique and set(oa11["OA11CD"]) == set(demo.polygons["OA11"].codes)
    assert set(fit["CHGIND"]) == {"U", "S", "M", "X"}
    unchanged = fit["CHGIND"] == "U"
    assert (fit["LSOA11CD"] == fit["LSOA21CD"])[unchanged].all()
    assert not set(fit["LSOA21CD"][~unchanged]) & set(fit["LSOA11CD"])
    assert 0.90 < unchanged.mean() < 0.97


def test_polygons_fill_the_country_at_every_level(demo):
    totals = {}
    for geography, polygons in demo.polygons.items():
        assert len(polygons.codes) == len(set(polygons.codes)) == len(polygons.wkb)
        surfaces = []
        for wkb in polygons.wkb:
            parts = read_rings(wkb)
            assert all((ring[0] == ring[-1]).all() for part in parts for ring in part)
            assert all(shoelace(part[0]) > 0 and all(shoelace(hole) < 0 for hole in part[1:]) for part in parts)
            surfaces.append(sum(shoelace(ring) for part in parts for ring in part))
            corners = np.concatenate([ring for part in parts for ring in part])
            assert corners.min() > 0 and corners.max() < 650_000
        assert min(surfaces) > 0
        totals[geography] = sum(surfaces)
    assert totals["OA11"] == pytest.approx(totals["LSOA21"], rel=1e-12) == pytest.approx(totals["LTLA23"], rel=1e-12)
    assert 1.5e6 * AREAS < totals["LSOA21"] < 8e6 * AREAS


def test_corners_are_shared_between_levels(demo):
    corners = {
        geography: {tuple(point) for wkb in polygons.wkb for part in read_rings(wkb) for ring in part for point in ring}
        for geography, polygons in demo.polygons.items()
    }
    assert corners["LTLA23"] <= corners["LSOA21"]


def test_counts_fit_in_their_populations_but_for_one(demo):
    impossible = []
    for recipe in RECIPES:
        entry = demo.pack["indicators"][recipe.id]
        if "numerator" not in entry or entry.get("unbounded"):
            continue
        table = demo.tables[entry["file"]]
        columns = [entry["numerator"]] if isinstance(entry["numerator"], str) else entry["numerator"]
        known = table[columns].notna().all(axis=1)
        total = table.loc[known, columns].sum(axis=1)
        assert (total >= 0).all(), recipe.id
        share = total / table.loc[known, entry["denominator"]]
        impossible += [(recipe.id, one) for one in share[share > 1]]
    assert impossible == [("fuel_poverty", pytest.approx(2.114, abs=0.01))]
    people = demo.tables["population/lsoa21.csv.gz"]
    assert (people[["pop_0_15", "pop_16_64", "pop_65plus"]].sum(axis=1) == people["usual_residents"]).all()
    oas = demo.tables["population/oa21.csv.gz"].merge(demo.tables["lookups/oa21.csv.gz"], on="OA21CD")
    summed = oas.groupby("LSOA21CD")["usual_residents"].sum()
    assert (people.set_index("LSOA21CD")["usual_residents"] == summed.reindex(people["LSOA21CD"])).all()
    assert 1_400 < people["usual_residents"].mean() < 1_900


@pytest.mark.parametrize("name", ["fuel_poverty", "carers_allowance", "disability_living_allowance"])
def test_raw_rates_follow_planted_need(demo, name):
    entry = demo.pack["indicators"][name]
    table = demo.tables[entry["file"]].set_index("LSOA21CD")
    rates = table[entry["numerator"]] / table[entry["denominator"]]
    assert rates.corr(demo.planted["need"].reindex(rates.index), method="spearman") > 0.6


def test_postcodes_are_unique_and_one_in_seven_is_terminated(demo):
    postcodes = demo.tables["postcodes.csv.gz"]
    assert postcodes["postcode"].is_unique
    assert 0.13 < 1.0 - postcodes["live"].mean() < 0.17


def read_methodology(repository):
    return methodology.load(repository / "resources" / "methodologies" / "hyper_local_need_2025.json")


@pytest.fixture(scope="module")
def converted(demo, tmp_path_factory, repository):
    """The pack's figures by LSOA of 2021."""
    folder = tmp_path_factory.mktemp("pack")
    write_tables(demo.tables, demo.pack, folder)
    postcodes = demo.tables["postcodes.csv.gz"]
    points = postcodes[["easting", "northing"]].to_numpy(dtype=float) + 1e-3
    old, new = locate(points, demo.polygons["OA11"]), locate(points, demo.polygons["LSOA21"])
    at_sea = pd.isna(new)
    assert 0 < at_sea.sum() < 0.001 * len(postcodes) and (pd.isna(old) == at_sea).all()
    pairs = count_pairs(old, new, postcodes["live"].to_numpy())
    assert pairs["source"].duplicated().any(), "no OA11 straddles a border"
    with Pack.open(folder) as pack:
        return convert_pack(pack, read_methodology(repository), pairs)


@pytest.mark.parametrize(("missing", "ranked"), [("exclude", 0.9), ("district", 1.0), ("median", 1.0)])
def test_the_method_finds_the_planted_need_again(demo, converted, repository, missing, ranked):
    """Of the neediest fifth, nine in ten are hot spots: of those ranked, however gaps are treated."""
    result = index.run(read_methodology(repository), converted, missing=missing)
    assert result.left_out == ()
    has_rank = result.need["need_score"].notna()
    assert ranked <= has_rank.mean() <= max(ranked, 0.97)
    planted = demo.planted["need"].reindex(result.need.index)[has_rank]
    neediest = planted.index[planted.rank(ascending=False) <= 0.2 * len(planted)]
    recall = float(result.need.loc[neediest, "hotspot"].mean())
    assert recall >= 0.9, f"only {recall:.0%} of the planted hot spots were found"


def test_gaps_are_those_of_published_figures(demo, converted):
    """Withheld cells, absent MSOAs and an impossible count: 3 % of two indicators, and one area of a third."""
    gaps = {name: int(np.isnan(column.value).sum()) for name, column in converted.columns.items()}
    assert {name for name, count in gaps.items() if count} == {
        "household_income",
        "low_energy_efficiency",
        "fuel_poverty",
    }
    assert gaps["fuel_poverty"] == 1
    assert gaps["low_energy_efficiency"] == 18
    assert 0.02 * AREAS < gaps["household_income"] < 0.05 * AREAS
    energy = demo.tables["indicators/energy_lsoa21.csv.gz"]
    withheld = energy["low_energy_efficiency"].isna()
    assert energy["certificates"][withheld].max() <= energy["certificates"][~withheld].min()


@pytest.mark.parametrize("areas", [60, 600])
def test_one_indicator_may_cover_the_smallest_district_alone(areas):
    demo, partial = make_demo(areas, SEED), make_demo(areas, SEED, partial=True)
    changed = [
        (path, column)
        for path, table in demo.tables.items()
        for column in table
        if not table[column].equals(partial.tables[path][column])
    ]
    assert changed == [("indicators/access_lsoa21.csv.gz", "gp_appointments")]
    has_value = partial.tables["indicators/access_lsoa21.csv.gz"]["gp_appointments"].notna()
    districts = partial.tables["lookups/lsoa21.csv.gz"]["LAD23CD"]
    assert districts[has_value].nunique() == 1 and has_value.sum() == districts.value_counts().min()


def test_an_indicator_of_one_district_is_refused_until_it_is_left_out_or_kept(converted, repository):
    column = converted.columns["gp_appointments"]
    value = np.where(np.arange(AREAS) < 100, column.value, np.nan)
    few = replace(converted, columns={**converted.columns, "gp_appointments": replace(column, value=value)})
    with pytest.raises(DataError, match="gp_appointments .* at least 65% are needed"):
        index.run(read_methodology(repository), few)
    left_out = index.run(read_methodology(repository), few, low_coverage="leave_out")
    assert left_out.left_out == ("gp_appointments",)


def test_some_names_are_as_long_and_as_awkward_as_england_s(demo):
    lsoas = demo.tables["lookups/lsoa21.csv.gz"]
    for column in ("LSOA21NM", "LAD23NM", "RGN23NM"):
        longest = max(lsoas[column], key=len)
        assert len(longest) >= 60 and all(sign in longest for sign in "',-ô"), longest
    assert lsoas["LAD23NM"].str.fullmatch(r"\w+").any(), "most are short"


def test_blank_cells_stay_within_the_tolerance(demo):
    table = demo.tables["indicators/children_oa21.csv.gz"].set_index("OA21CD")
    blank = table.index[table["children_low_income"].isna()]
    people = demo.tables["population/oa21.csv.gz"].set_index("OA21CD")["usual_residents"]
    lsoa = demo.tables["lookups/oa21.csv.gz"].set_index("OA21CD")["LSOA21CD"]
    total = people.groupby(lsoa).sum()
    assert len(blank) and (people[blank].to_numpy() < 0.05 * total[lsoa[blank]].to_numpy()).all()


@pytest.mark.parametrize("areas", [60, 61, 100, 1000])
def test_every_size_works(areas):
    demo = make_demo(areas, 7)
    assert len(demo.planted) == len(demo.polygons["LSOA21"].wkb) == areas


def test_progress_rises_and_may_cancel():
    seen = []
    make_demo(60, 1, lambda fraction, text: seen.append(fraction))
    assert seen == sorted(seen) and seen[0] == 0.0 and seen[-1] == 1.0

    def stop(fraction, text):
        if fraction > 0.3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        make_demo(60, 1, stop)


@pytest.mark.parametrize(("areas", "seed"), [(59, 1), (60, -1)])
def test_too_small_a_country_is_refused(areas, seed):
    with pytest.raises(OptionError, match="60 areas"):
        make_demo(areas, seed)
