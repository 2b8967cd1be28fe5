"""Tables named by the methodology's ids: the steps on four areas, worked by hand, and equal to a run of the index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import figures, index
from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.core.errors import DataError, MethodologyError
from hyperlocal_need.core.indicators import Indicators
from hyperlocal_need.core.pack_format import Entry
from hyperlocal_need.core.steps import classify, combine, composite, shrinkage, standardise, weights
from hyperlocal_need.core.table import Alias, Columns, Converted, Scope, of_fields, read_indicator

METHODOLOGY = {
    "format": 1,
    "id": "small",
    "title": "Small",
    "nodes": [
        {"id": "need", "level": "index", "title": "Need", "weighting": "given"},
        {"id": "work", "level": "dimension", "title": "Work", "parent": "need", "weight": 0.75},
        {"id": "health", "level": "dimension", "title": "Health", "parent": "need", "weight": 0.25},
        {"id": "jobs", "level": "sub_dimension", "title": "Jobs", "parent": "work"},
        {"id": "skills", "level": "sub_dimension", "title": "Skills", "parent": "work"},
        {
            "id": "claims",
            "level": "composite",
            "title": "Claims",
            "parent": "jobs",
            "kind": "count",
            "shrinkage": "logit",
        },
        {"id": "credit", "level": "indicator", "title": "Credit", "parent": "claims", "kind": "count"},
        {"id": "carers", "level": "indicator", "title": "Carers", "parent": "claims", "kind": "count"},
        {"id": "income", "level": "indicator", "title": "Income", "parent": "skills", "direction": "less"},
        {
            "id": "illness",
            "level": "indicator",
            "title": "Illness",
            "parent": "health",
            "kind": "count",
            "shrinkage": "logit",
        },
    ],
}
AREAS = {
    "area_code": ["E1", "E2", "E3", "E4"],
    "district_code": ["X", "X", "Y", "Y"],
    "region_code": ["R"] * 4,
    "population": [100.0, 200.0, 300.0, 400.0],
    "credit_num": [1.0, 8.0, 2.0, 6.0],
    "credit_den": [50.0, 40.0, 30.0, 20.0],
    "carers_num": [2.0, 2.0, 1.0, 1.0],
    "carers_den": [60.0, 50.0, 20.0, 20.0],
    "income": [300.0, 200.0, 250.0, np.nan],
    "illness_num": [5.0, 20.0, 10.0, 30.0],
    "illness_den": [100.0, 100.0, 100.0, 100.0],
}


@pytest.fixture
def scope():
    return Scope(methodologies.load(METHODOLOGY))


@pytest.fixture
def flat():
    """One dimension of two indicators."""
    nodes = [
        {"id": "need", "level": "index", "title": "Need"},
        {"id": "work", "level": "dimension", "title": "Work", "parent": "need"},
        *({"id": name, "level": "indicator", "title": name, "parent": "work"} for name in "ab"),
    ]
    return Scope(methodologies.load({"format": 1, "id": "flat", "title": "Flat", "nodes": nodes}))


@pytest.fixture
def areas():
    return pd.DataFrame(AREAS)


def chain(frame, scope, missing="exclude"):
    """Steps 3 to 9 and the hot spots, one table after the other."""
    steps = (
        lambda table: composite.apply(table, scope),
        lambda table: shrinkage.apply(table, scope, missing=missing),
        lambda table: standardise.apply_direction(table, scope),
        lambda table: standardise.apply_scores(table, scope, missing=missing),
        lambda table: combine.apply_sums(table, scope, level="sub_dimension"),
        lambda table: standardise.apply_exponential(table, scope),
        lambda table: combine.apply_sums(table, scope, level="dimension"),
        lambda table: standardise.apply_exponential(table, scope),
        lambda table: combine.apply_dimensions(table, scope),
        lambda table: classify.apply(table, scope, share=0.2),
    )
    for step in steps:
        frame = pd.concat([frame, step(Columns(frame)).columns], axis=1)
    return frame


def computed(frame, scope, missing):
    """The same by the engine, from the parts as a pack would have given them."""
    areas = frame.set_index("area_code")[["district_code", "region_code", "population"]]
    areas = areas.assign(shrinkage_district=areas["district_code"], area_name="", district_name="", region_name="")
    labels = np.full(4, "direct", dtype=object)
    columns = {}
    for name in ("credit", "carers", "income", "illness"):
        counts = [frame[f"{name}_{side}"].to_numpy() if f"{name}_{side}" in frame else None for side in ("num", "den")]
        value = frame[name].to_numpy() if name in frame else counts[0] / counts[1]
        columns[name] = Converted(name, value, labels, *counts)
    entries = {name: Entry(name, "table.csv", "LSOA21", "area_code") for name in columns}
    return index.run(scope.methodology, Indicators("t", (), areas, columns, entries, (), ()), missing=missing)


@pytest.mark.parametrize("missing", ["exclude", "district", "median"])
def test_the_chain_of_steps_is_the_index(areas, scope, missing):
    found, result = chain(areas, scope, missing), computed(areas, scope, missing)
    for expected in (result.shrunk, result.normal_scores, result.sub_dimensions, result.need):
        shared = [name for name in expected if name in found and name not in AREAS]
        assert shared
        for name in shared:
            one, other = found[name], expected[name].reset_index(drop=True)
            assert one.isna().tolist() == other.isna().tolist(), name
            assert one.dropna().tolist() == other.dropna().tolist(), name


def test_composites_add_up_and_keep_what_is_there(areas, scope):
    """Credit and carers in E1: 1 + 2 of the larger population, that of carers: 60 + 50 + 20 + 20 against 140."""
    added = composite.apply(Columns(areas), scope).columns
    assert added["claims_num"].tolist() == [3.0, 10.0, 3.0, 7.0]
    assert added["claims_den"].tolist() == [60.0, 50.0, 20.0, 20.0]
    assert added["claims"].tolist() == [0.05, 0.2, 0.15, 0.35]
    again = composite.apply(Columns(pd.concat([areas, added], axis=1)), scope)
    assert again.columns.empty
    assert "no composite is to be made" in again.notes[0].text


def test_a_branch_holds_what_is_below_it(scope):
    within = Scope(scope.methodology, "work")
    assert [node.id for node in within.indicators()] == ["claims", "income"]
    assert within.holds(scope.methodology.node("carers"))
    assert not within.holds(scope.methodology.node("health"))
    with pytest.raises(MethodologyError, match="no node 'wealth'"):
        Scope(scope.methodology, "wealth")


def test_a_ratio_beyond_one_is_no_value_where_it_is_bounded(areas):
    """21 of 20 lie within 5 % and are cut to 20; 3 of 2 are no value, unless all are to be cut."""
    table = Columns(pd.DataFrame({"x_num": [21.0, 3.0], "x_den": [20.0, 2.0]}))
    assert read_indicator(table, "x").value[0] == 1 and np.isnan(read_indicator(table, "x").value[1])
    assert read_indicator(table, "x", over="cap").value.tolist() == [1.0, 1.0]
    assert read_indicator(table, "x", over=None).value.tolist() == [1.05, 1.5]
    assert read_indicator(table, "y") is None
    with pytest.raises(DataError, match="no field 'x_den' beside its pair"):
        read_indicator(Columns(pd.DataFrame({"x_num": [3.0]})), "x")


def test_filling_gaps_asks_for_the_fields_that_it_needs(areas, scope):
    for column in ("population", "region_code"):
        with pytest.raises(DataError, match=f"there is no field '{column}'"):
            shrinkage.apply(Columns(areas.drop(columns=column)), scope, missing="district")


def test_a_table_says_what_is_wrong_with_a_column():
    table = Columns(pd.DataFrame({"code": ["a", None, "a"], "x": [1.0, np.inf, 2.0]}), "rates")
    with pytest.raises(DataError, match="rates: 'x' is infinite in row 2"):
        table.numbers("x")
    with pytest.raises(DataError, match="rates: 'code' is not numeric"):
        table.numbers("code")
    with pytest.raises(DataError, match="rates: 'code' is empty in 1 rows, the first is row 2"):
        table.keys("code")
    with pytest.raises(DataError, match="there is no field 'y'; it has code, x"):
        table.texts("y")
    with pytest.raises(DataError, match="holds a more than once"):
        Columns(pd.DataFrame({"code": ["a", "a"]})).distinct_keys("code")


class TestWeights:
    """Weights go from the step that makes them to the step that uses them."""

    SCORES = {"claims_z": [0.5, -0.5], "income_z": [1.0, 0.0], "illness_z": [0.0, 1.0]}

    def test_equal_weights_come_back_as_a_plain_sum(self, scope):
        made = weights.indicator_weights(Columns(pd.DataFrame(self.SCORES)), scope, method="given")
        assert made["node"].tolist() == ["claims", "income", "illness"]
        assert made["weight"].tolist() == [1.0, 1.0, 1.0]
        again = weights.weighted(scope.methodology, Columns(made), ["claims", "income", "illness"])
        assert again == scope.methodology

    def test_given_weights_replace_the_methodologys(self, scope):
        table = Columns(pd.DataFrame({"node": ["work", "health"], "weight": [0.4, 0.6]}))
        changed = weights.weighted(scope.methodology, table, ["work", "health"])
        assert [node.weight for node in changed.dimensions] == [0.4, 0.6]

    def test_the_weight_alone_decides_whatever_the_weighting_says(self, flat):
        """z of a = 1, 2, b = 0, 4: 0.9 a + 0.1 b = 0.9, 2.2; alike, they are added: 1, 6."""
        scores = Columns(pd.DataFrame({"a_z": [1.0, 2.0], "b_z": [0.0, 4.0]}))
        made = weights.indicator_weights(scores, flat, method="equal")
        assert made["weighting"].tolist() == ["equal", "equal"]

        def summed(*given):
            table = Columns(made.assign(weight=given))
            return combine.apply_sums(scores, flat, level="dimension", weights=table).columns["work_sum"]

        assert summed(0.9, 0.1).tolist() == pytest.approx([0.9, 2.2])
        assert summed(0.5, 0.5).tolist() == [1.0, 6.0]

    @pytest.mark.parametrize(
        ("nodes", "given", "words"),
        [
            (["work", "oil"], [0.5, 0.5], "row 2 is of 'oil', which 'small' does not have"),
            (["need"], [1.0], "row 1 is of 'need', which takes no weight"),
            (["credit", "carers"], [0.5, 0.5], "row 1 is of 'credit', which takes no weight"),
            (["work", "work"], [0.5, 0.5], "holds work more than once"),
            (["work", "health"], [0.5, 0.6], r"under 'need' sum to 1.1, not 1 \(work 0.5, health 0.6\)"),
            (["work", "health"], [1.5, -0.5], r"'weight' is -0.5, which is below 0, in row 2 \(health\)"),
            (["work", "health"], [1.0, np.nan], r"'weight' is empty in row 2 \(health\)"),
            (["work"], [1.0], "no row for health, which has data under 'need'"),
        ],
    )
    def test_weights_that_do_not_fit_are_refused(self, scope, nodes, given, words):
        table = Columns(pd.DataFrame({"node": nodes, "weight": given}))
        with pytest.raises(DataError, match=words):
            weights.weighted(scope.methodology, table, ["work", "health"])

    def test_weights_of_indicators_are_refused_where_dimensions_are_weighed(self, scope):
        table = Columns(pd.DataFrame({"node": ["income"], "weight": [1.0]}), "mine")
        scores = Columns(pd.DataFrame({"work_exp": [1.0], "health_exp": [2.0]}))
        with pytest.raises(DataError, match=r"mine: no row is of a dimension \(work, health\)"):
            combine.apply_dimensions(scores, scope, weights=table)


class TestNames:
    """One rule for names of columns and for codes: exact, else in any case if one alone fits, else an error."""

    def test_columns(self):
        table = Columns(pd.DataFrame({"Rate": [1.0], "x": [2.0], "X": [3.0]}), "rates")
        assert table.numbers("rate").tolist() == [1.0] and table.holds("RATE") and not table.holds("rat")
        assert table.numbers("X").tolist() == [3.0]
        two = Columns(pd.DataFrame({"Rate": [1.0], "RATE": [2.0]}), "rates")
        with pytest.raises(DataError, match="rates: 'rate' may be Rate or RATE, which differ in case alone"):
            two.numbers("rate")

    def test_codes_of_districts_and_areas(self, areas, scope):
        with pytest.raises(DataError, match="'district_code' holds X and x, which differ in case alone"):
            shrinkage.apply(Columns(areas.assign(district_code=["X", "x", "Y", "Y"])), scope)
        with pytest.raises(DataError, match="'area_code' holds E1 more than once"):
            Columns(areas.assign(area_code=["E1", "E1", "E3", "E4"])).refuse_repeated_areas()
        with pytest.raises(DataError, match="'area_code' holds E1 and e1"):
            Columns(areas.assign(area_code=["E1", "e1", "E3", "E4"])).refuse_repeated_areas()


class TestFields:
    """The steps on fields that a user names: each field is an id, under the ending that the step asks for."""

    def test_a_field_is_weighed_only_with_all_the_others(self):
        table = of_fields(Columns({"a": [1.0], "b": [3.0]}), ["a", "b"], "_exp")
        scope = Scope(methodologies.Methodology.of_fields(["a", "b"], level="dimension"))

        def summed(*nodes):
            given = Columns({"node": nodes, "weight": [0.25, 0.75]})
            return combine.apply_dimensions(table, scope, weights=given).columns["composite"].tolist()

        assert summed("a", "b") == [2.5]
        with pytest.raises(DataError, match="row 2 is of 'c', which 'FIELDS' does not have"):
            summed("a", "c")

    def test_shrinking_means_asks_for_no_residents(self):
        """Both areas have se = 0, so each keeps its mean, with all of the weight."""
        table = Columns({"m": [1.0, 3.0], "se": [0.0, 0.0], "d": ["X", "X"]})
        scope = Scope(methodologies.Methodology.of_fields(["m"], shrinkage="mean"))
        added = shrinkage.apply(Alias(table, {"m": "m", "m_se": "se", "d": "d"}), scope, district="d", population=None)
        assert added.columns["m_shrunk"].tolist() == [1.0, 3.0] and added.weights["m"].tolist() == [1.0, 1.0]

    def test_a_field_that_is_not_there_is_named_as_the_user_did(self):
        scope = Scope(methodologies.Methodology.of_fields(["x"], direction="less"))
        assert standardise.apply_direction(of_fields(Columns({"x": [2.0]}), ["x"], "_shrunk"), scope).columns[
            "x_need"
        ].tolist() == [-2.0]
        with pytest.raises(DataError, match="there is no field 'x'; it has y"):
            standardise.apply_direction(of_fields(Columns({"y": [2.0]}), ["x"], "_shrunk"), scope)


class TestConversion:
    """A table of figures stands in for a pack."""

    def test_pairs_are_gathered_to_the_areas_that_hold_them(self):
        pairs = pd.DataFrame({"source": ["a", "b", "c"], "target": ["T", "T", "U"], "postcodes": [1, 2, 4]})
        gathered = figures.gather_pairs(pairs, {"a": "M", "b": "M"})
        assert gathered.to_numpy().tolist() == [["M", "T", 3]]

    def test_an_overlap_with_a_gap_is_refused(self):
        frame = pd.DataFrame({"source": ["a"], "target": ["T"], "postcodes": [np.nan]})
        with pytest.raises(DataError, match="'postcodes' is missing or negative"):
            figures.read_pairs(Columns(frame))
