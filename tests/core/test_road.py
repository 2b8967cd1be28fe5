"""Steps 3 to 9 between the frames: shrinkage chosen, gaps filled, direction, sums, weights.

Source: docs/method.md#7-to-9-sums-exponential-transformation-weights and docs/method.md#gaps.
"""

from __future__ import annotations

import dataclasses
from math import exp, log

import numpy as np
import pytest
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.index import Choices, follow
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.steps import combine, composite, shrinkage, standardise
from hyperlocal_need.core.table import Columns, Scope

NAMES = ["worklessness", "income", "jobs", "crime", "pupils", "distance"]


def exponential(rank, areas=6):
    return -23 * log(1 - rank / areas * (1 - exp(-100 / 23)))


def shrunk(tiny, missing="exclude", **options):
    """The tiny pack's table after steps 3 and 4, and what step 4 added."""
    indicators = tiny.indicators(**options)
    scope, table = Scope(tiny.definition(), entries=indicators.entries), indicators.table()
    table += composite.apply(table, scope).columns
    fields = {"district": "areas.shrinkage_district", "region": "areas.region_code", "population": "areas.population"}
    added = shrinkage.apply(table, scope, missing=missing, **fields)
    return table + added.columns, added


class TestShrinkageMethod:
    def choose(self, tiny, name, **node):
        definition, indicators = tiny.definition(), tiny.indicators()
        node = dataclasses.replace(definition.node(name), **node)
        return shrinkage.method_of(node, indicators.entries[name], indicators.columns[name])

    def test_counts_are_shrunk(self, tiny):
        assert self.choose(tiny, "claims") == "logit"
        assert self.choose(tiny, "claims", shrinkage="rate") == "rate"

    def test_figures_of_authorities_never(self, tiny):
        tiny.tables["pupils.csv"] = [["code", "share", "se"], ["E07000001", 40, 1], ["E07000002", 60, 1]]
        tiny.spec["indicators"]["pupils"]["standard_error"] = "se"
        assert self.choose(tiny, "pupils", shrinkage="mean") == "none"

    def test_unbounded_ratios_only_on_the_log_scale(self, tiny):
        assert self.choose(tiny, "jobs", shrinkage="logit") == "none"
        assert self.choose(tiny, "jobs", shrinkage="rate") == "rate"

    def test_what_the_method_needs_must_be_there(self, tiny):
        assert self.choose(tiny, "income", shrinkage="logit") == "none"
        assert self.choose(tiny, "income", shrinkage="mean") == "none"
        tiny.spec["indicators"]["income"]["standard_error"] = "income"
        assert self.choose(tiny, "income", shrinkage="mean") == "mean"

    def test_one_that_cannot_be_shrunk_is_noted(self, tiny):
        next(node for node in tiny.methodology["nodes"] if node["id"] == "income")["shrinkage"] = "mean"
        _, added = shrunk(tiny)
        assert added.methods == dict(zip(NAMES, ["logit", "none", "none", "none", "none", "none"]))
        assert [(note.subject, note.text) for note in added.notes] == [
            ("income", "not shrunk: mean needs counts or errors that the pack does not give")
        ]

    def test_a_ratio_without_an_upper_end_is_noted_as_one(self, tiny):
        next(node for node in tiny.methodology["nodes"] if node["id"] == "jobs")["shrinkage"] = "logit"
        texts = {note.subject: note.text for note in shrunk(tiny)[1].notes}
        assert texts["jobs"] == "not shrunk: a ratio without an upper end has no logit"


def test_shrink_uses_the_shrinkage_district(tiny):
    table, added = shrunk(tiny, shrink_by="RGN23")
    counts = table.numbers("worklessness_num"), table.numbers("worklessness_den")
    whole = shrinkage.shrink_to_district(*counts, np.zeros(6, dtype=int))
    assert np.array_equal(added.columns["worklessness_shrunk"], whole.values)
    assert np.array_equal(added.columns["income_shrunk"], table.numbers("income"))


class TestGather:
    """Which indicators enter the sums."""

    def names(self, tiny, *left_out):
        indicators = tiny.indicators()
        scope = Scope(tiny.definition(), entries=indicators.entries, left_out=left_out)
        return list(follow(scope, indicators.table(), Choices()).methods)

    def test_in_the_methodologys_order(self, tiny):
        assert self.names(tiny) == NAMES
        assert self.names(tiny, "jobs", "crime") == ["worklessness", "income", "pupils", "distance"]

    def test_nothing_at_all(self, tiny):
        with pytest.raises(DataError, match="No indicator has data"):
            self.names(tiny, *NAMES)


class TestImputation:
    def impute(self, tiny):
        _, added = shrunk(tiny, "district")
        values = {name: added.columns[f"{name}_shrunk"].to_numpy() for name in NAMES}
        return values, added.filled, [note.text for note in added.notes if note.kind == "imputed"]

    def test_counts_take_what_shrinkage_draws_to(self, tiny):
        """Without area 1, (7 + 8 + 11 + 11) of 200 in the district: M = ln(37.5 / 163.5), and so 37.5 / 201."""
        tiny.column("allowance.csv", "claims", [""])
        values, filled, notes = self.impute(tiny)
        assert values["worklessness"][0] == pytest.approx(37.5 / 201)
        assert filled["worklessness"].tolist() == [True] + [False] * 5
        assert notes == [f"1 area takes the figure of their district: {LSOA21[0]}"]

    def test_impossible_counts_pool_as_they_are_cut(self, tiny):
        """Area 2 has 104 of 100 in all (cut to 100), area 1 is blank: (100 + 22 + 1/2) of (200 + 1)."""
        tiny.column("allowance.csv", "claims", ["", 80])
        tiny.column("claims.csv", "claims", [1, 2, 12, 12])
        values, filled, _ = self.impute(tiny)
        assert values["worklessness"][0] == pytest.approx((100 + 22 + 0.5) / 201)
        assert filled["worklessness"].tolist() == [True] + [False] * 5

    def test_what_is_beyond_is_filled_and_pools_nowhere(self, tiny):
        """Area 2 has 130 of 100: no value. Area 3 alone, 22 of 100, stands in: 22.5 / 101."""
        tiny.column("claims.csv", "claims", [1, 2, 45, 45])
        tiny.column("allowance.csv", "claims", ["", 40])
        values, filled, _ = self.impute(tiny)
        assert values["worklessness"][:2] == pytest.approx([22.5 / 101] * 2)
        assert filled["worklessness"].tolist() == [True, True] + [False] * 4

    def test_others_take_the_mean_by_population(self, tiny):
        """Areas 4 (400 people, 2.5 km) and 6 (600 people, 3 km)."""
        tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", 3])
        values, _, _ = self.impute(tiny)
        assert values["distance"][4] == pytest.approx((400 * 2.5 + 600 * 3) / 1000)

    def test_a_district_without_any_takes_the_regions(self, tiny):
        tiny.column("distance.csv", "km", ["", "", "", 2.5, 7, 3])
        values, _, notes = self.impute(tiny)
        assert values["distance"][:3] == pytest.approx([(400 * 2.5 + 500 * 7 + 600 * 3) / 1500] * 3)
        assert notes == [f"3 areas take the figure of their region: {', '.join(LSOA21[:3])}"]

    def test_a_region_without_any_takes_the_countrys(self, tiny):
        tiny.column("lsoa21.csv", "region", ["E12000001"] * 3 + ["E12000002"] * 3)
        tiny.column("distance.csv", "km", [9, 1, 4, "", "", ""])
        values, _, notes = self.impute(tiny)
        assert values["distance"][3:] == pytest.approx([(100 * 9 + 200 * 1 + 300 * 4) / 600] * 3)
        assert "of their country" in notes[0]

    def test_where_nobody_lives_there_is_no_mean(self, tiny):
        """distance is known in area 1 alone, which has no residents to weigh it by."""
        tiny.column("distance.csv", "km", [9, "", "", "", "", ""])
        tiny.column("population.csv", "residents", [0])
        with pytest.raises(DataError, match="'distance' has no value anywhere"):
            self.impute(tiny)

    def test_what_is_known_stays_to_the_last_digit(self, tiny):
        tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", 3])
        values, filled, _ = self.impute(tiny)
        before, _ = shrunk(tiny)
        for name, column in values.items():
            assert np.array_equal(column[~filled[name]], before.numbers(f"{name}_shrunk")[~filled[name]])
        assert np.isnan(before.numbers("distance_shrunk")[4])


class TestOriented:
    def test_methodology_and_pack(self, tiny):
        """income is turned; distance is not, until the pack says that far is good."""
        definition = tiny.definition()
        table = Columns({"income_shrunk": [1.0, 2.0], "distance_shrunk": [3.0, 4.0]})

        def turned():
            added = standardise.apply_direction(table, Scope(definition, entries=tiny.indicators().entries))
            return added.columns.to_numpy().tolist()

        assert turned() == [[-1, 3], [-2, 4]]
        tiny.spec["indicators"]["distance"]["high_is"] = "less need"
        assert turned() == [[-1, -3], [-2, -4]]


class Scores:
    """Steps 7 to 9 from normal scores: what the steps put into the table, by node."""

    def __init__(self, definition, names, z, divisor="ranked"):
        scope, table = Scope(definition), Columns({f"{name}_z": column for name, column in zip(names, np.array(z).T)})
        self.weights = {}
        for level in ("sub_dimension", "dimension"):
            added = combine.apply_sums(table, scope, level=level, missing_indicators="leave_out")
            table += added.columns
            self.weights.update(added.weights)
            table += standardise.apply_exponential(table, scope, divisor=divisor).columns
        added = combine.apply_dimensions(table, scope, divisor=divisor)
        self.weights.update(added.weights)
        self.composite, self.score = (added.columns[name].to_numpy() for name in ("composite", "need_score"))
        self.sums = {name[:-4]: table.numbers(name) for name in table.names if name.endswith("_sum")}
        self.transformed = {name[:-4]: table.numbers(name) for name in table.names if name.endswith("_exp")}


class TestScore:
    """Four areas, the sums by hand."""

    Z = np.array(
        [
            [1.0, 0.5, 0.1, 2.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            [-1.0, 0.2, 0.3, 1.0, 1.0, 1.0],
            [0.5, -1.0, 0.0, -3.0, 0.0, 0.0],
        ]
    )

    def test_flow(self, tiny):
        scores = Scores(tiny.definition(), NAMES, self.Z)
        assert scores.sums["benefits"].tolist() == [1, 0, -1, 0.5]
        assert scores.sums["money"] == pytest.approx([0.6, 0, 0.5, -1])
        assert scores.sums["place"].tolist() == [2, 1, 3, -3]
        benefits = [exponential(rank, 4) for rank in (4, 2, 1, 3)]
        money = [exponential(rank, 4) for rank in (4, 2, 3, 1)]
        assert scores.transformed["benefits"] == pytest.approx(benefits)
        assert scores.sums["work"] == pytest.approx(np.add(benefits, money))
        # Areas 3 and 4 have the first and third rank, the other way round: a tie, for ranks 2.5 and 2.5.
        assert scores.transformed["work"] == pytest.approx(
            [100, exponential(1, 4), exponential(2.5, 4), exponential(2.5, 4)]
        )
        place = np.array([exponential(rank, 4) for rank in (3, 2, 4, 1)])
        assert scores.composite == pytest.approx(0.6 * scores.transformed["work"] + 0.4 * place)
        assert scores.weights["work"] == 0.6 and scores.weights["income"] == 1

    def test_the_overall_score_is_of_the_rank(self, tiny):
        scores = Scores(tiny.definition(), NAMES, self.Z)
        ranks = np.argsort(np.argsort(scores.composite)) + 1
        assert scores.score == pytest.approx([exponential(rank, 4) for rank in ranks])

    def test_an_area_that_lacks_an_indicator(self, tiny):
        """No score in its dimension nor overall; the other dimension stays. Three ranked: the divisor is min(4, 4)."""
        z = self.Z.copy()
        z[1, 1] = np.nan
        scores = Scores(tiny.definition(), NAMES, z)
        assert np.isnan([scores.transformed["work"][1], scores.composite[1], scores.score[1]]).all()
        assert scores.transformed["place"][1] == pytest.approx(exponential(2, 4))
        assert np.nanmax(scores.score) == pytest.approx(exponential(3, 4))

    @pytest.mark.parametrize("divisor, total", [("ranked", 3), ("all", 4)])
    def test_the_divisor_is_of_those_ranked_on_the_measure(self, tiny, divisor, total):
        """Two of four lack an indicator of work: two are ranked there, and overall; place divides by 4 all the same."""
        z = self.Z.copy()
        z[:2, 1] = np.nan
        scores = Scores(tiny.definition(), NAMES, z, divisor)
        assert np.nanmax(scores.transformed["work"]) == pytest.approx(exponential(2, total))
        assert np.nanmax(scores.score) == pytest.approx(exponential(2, total))
        assert np.nanmax(scores.transformed["place"]) == pytest.approx(100)

    def test_an_empty_sub_dimension_is_dropped(self, tiny):
        scores = Scores(tiny.definition(), NAMES[:1] + NAMES[3:], self.Z[:, [0, 3, 4, 5]])
        assert "money" not in scores.sums
        assert scores.sums["work"] == pytest.approx(scores.transformed["benefits"])

    def test_an_empty_dimension_is_an_error(self, tiny):
        with pytest.raises(DataError, match="No indicator of place has data"):
            Scores(tiny.definition(), NAMES[:3], self.Z[:, :3])

    def test_the_constant_is_the_methodologys(self, tiny):
        tiny.methodology["steps"] = {"exponentialtransform": {"CONSTANT": 1000}}
        assert Scores(tiny.definition(), NAMES, self.Z).transformed["place"][1] == pytest.approx(48.75, abs=0.1)

    def test_order_of_areas_is_of_no_account(self, tiny):
        straight = Scores(tiny.definition(), NAMES, self.Z)
        turned = Scores(tiny.definition(), NAMES, self.Z[[3, 1, 0, 2]])
        assert np.array_equal(turned.score, straight.score[[3, 1, 0, 2]])


class TestWeighting:
    def weighted(self, tiny, weighting, weights=(None, None, None)):
        place = next(node for node in tiny.methodology["nodes"] if node["id"] == "place")
        place["weighting"] = weighting
        for node, weight in zip(tiny.methodology["nodes"][-3:], weights):
            if weight is not None:
                node["weight"] = weight
        return load(tiny.methodology)

    def test_given(self, tiny):
        scores = Scores(self.weighted(tiny, "given", (0.5, 0.3, 0.2)), NAMES, TestScore.Z)
        assert scores.sums["place"] == pytest.approx([1.0, 0.2, 1.0, -1.5])
        assert scores.weights["pupils"] == 0.3

    def test_given_weights_are_not_spread_over_the_rest(self, tiny):
        definition = self.weighted(tiny, "given", (0.5, 0.3, 0.2))
        with pytest.raises(DataError, match="'place' has given weights but no data for pupils; change its weights"):
            Scores(definition, [name for name in NAMES if name != "pupils"], np.delete(TestScore.Z, 4, axis=1))

    def test_an_indicator_of_no_weight_may_be_missing(self, tiny):
        definition = self.weighted(tiny, "given", (0.5, 0.0, 0.5))
        names = [name for name in NAMES if name != "pupils"]
        scores = Scores(definition, names, np.delete(TestScore.Z, 4, axis=1))
        assert scores.sums["place"] == pytest.approx([1.0, 0.5, 1.0, -1.5])

    def test_maximum_likelihood(self, tiny):
        rng = np.random.default_rng(17)
        common = rng.normal(size=(300, 1))
        z = rng.normal(size=(300, 6)) + 1.5 * common
        scores = Scores(self.weighted(tiny, "maximum_likelihood"), NAMES, z)
        weights = [scores.weights[name] for name in ("crime", "pupils", "distance")]
        assert sum(weights) == pytest.approx(1) and min(weights) > 0.2
        assert scores.sums["place"] == pytest.approx(z[:, 3:] @ weights)

    def test_maximum_likelihood_of_two_names_the_dimension(self, tiny):
        definition = self.weighted(tiny, "maximum_likelihood")
        with pytest.raises(DataError, match="'place': Factor analysis needs at least 3 indicators and got 2"):
            Scores(definition, NAMES[:5], TestScore.Z[:, :5])
