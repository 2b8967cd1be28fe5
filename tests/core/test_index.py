"""The whole index on the tiny pack: figures by hand, policies for gaps, notes, and what is refused."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import DataError, MethodologyError, OptionError
from hyperlocal_need.core.findings.score_tree import read_tree
from hyperlocal_need.core.findings.what_if import weigh
from hyperlocal_need.core.index import Choices, follow, frame_digest, of_table, run
from hyperlocal_need.core.meaning import ENDING, describe
from hyperlocal_need.core.methodology import Node
from hyperlocal_need.core.pack_format import Counts, Entry
from hyperlocal_need.core.result import LAYERS, indicator_unit
from hyperlocal_need.core.steps.classify import whole_numbers
from hyperlocal_need.core.table import Scope


def exponential(rank, areas=6):
    return -23 * log(1 - rank / areas * (1 - exp(-100 / 23)))


def normal(rank, count=6):
    return NormalDist().inv_cdf(rank / (count + 1))


def texts(result, kind):
    return [(note.subject, note.text) for note in result.notes if note.kind == kind]


class TestByHand:
    def test_from_values_to_scores_in_the_dimension_place(self, tiny):
        """crime (low rank = need) 6, 1.5, 1.5, 3, 4, 5; pupils (less) 40 and 60; distance 9, 1, 4, 2.5, 7, 3."""
        result = tiny.run()
        crime = [normal(rank) for rank in (1, 5.5, 5.5, 4, 3, 2)]
        pupils = [normal(rank) for rank in (5, 5, 5, 2, 2, 2)]
        distance = [normal(rank) for rank in (6, 1, 4, 2, 5, 3)]
        z = result.normal_scores
        assert z["crime_z"].tolist() == pytest.approx(crime)
        assert z["pupils_z"].tolist() == pytest.approx(pupils)
        assert z["distance_z"].tolist() == pytest.approx(distance)
        sums = np.sum([crime, pupils, distance], axis=0)
        assert result.sub_dimensions["place_sum"].tolist() == pytest.approx(sums)
        # In order of need: area 3, 1, 2, 5, 4, 6.
        assert result.need["place_rank"].tolist() == [2, 3, 1, 5, 4, 6]
        assert result.need["place_score"].tolist() == pytest.approx(
            [exponential(7 - rank) for rank in (2, 3, 1, 5, 4, 6)]
        )

    def test_the_overall_measure(self, tiny):
        need = tiny.run().need
        composite = 0.6 * need["work_score"] + 0.4 * need["place_score"]
        assert need["composite"].tolist() == pytest.approx(composite.tolist())
        rank = composite.rank(ascending=False, method="min").astype(int)
        assert need["need_rank"].tolist() == rank.tolist()
        scores = [exponential(place) for place in composite.rank()]
        assert need["need_score"].tolist() == pytest.approx(scores)
        assert need["need_decile"].tolist() == [-(-10 * place // 6) for place in rank]
        assert need["hotspot"].tolist() == [int(place <= 6 / 5) for place in rank]
        assert need["mission_class"][need["need_rank"] == 1].tolist() == ["Mission critical"]
        for district in ("E07000001", "E07000002"):
            inside = need["district_code"] == district
            local = composite[inside].rank(ascending=False).astype(int)
            assert need["need_rank_district"][inside].tolist() == local.tolist()

    def test_shrunk_turned_and_converted_columns(self, tiny):
        result = tiny.run()
        assert result.indicators["worklessness_num"].tolist() == [8, 15, 22, 29, 36, 43]
        assert result.indicators["worklessness"].tolist() == pytest.approx([0.08, 0.15, 0.22, 0.29, 0.36, 0.43])
        assert result.indicators["worklessness_provenance"].tolist() == ["summed"] * 6
        assert "income_num" not in result.indicators
        assert result.shrunk["income_need"].tolist() == (-result.shrunk["income_shrunk"]).tolist()
        assert result.shrunk["worklessness_need"].tolist() == result.shrunk["worklessness_shrunk"].tolist()
        assert 0.08 < result.shrunk["worklessness_shrunk"][LSOA21[0]] < 0.15

    def test_standard_errors_stand_beside_their_values(self, tiny):
        tiny.tables["income.csv"] = [["code", "income", "se"], ["E02000001", 20000, 100], ["E02000002", 30000, 200]]
        tiny.spec["indicators"]["income"]["standard_error"] = "se"
        assert tiny.run().indicators["income_se"].tolist() == [100] * 3 + [200] * 3

    def test_districts(self, tiny):
        result = tiny.run()
        need, districts = result.need, result.districts
        first = need[need["district_code"] == "E07000001"]
        people = first["population"]
        assert districts["need_average_score"]["E07000001"] == pytest.approx((first["need_score"] * people).sum() / 600)
        assert districts["population"].tolist() == [600, 1500]
        assert set(districts["place_average_score_rank"]) == {1, 2}
        assert districts.index.name == "district_code" and districts["district_name"].tolist() == ["Alder", "Birch"]


class TestLayers:
    def test_keys_and_types(self, tiny):
        result = tiny.run()
        layers = result.layers()
        assert tuple(layers) == LAYERS
        for name in ("need", "indicators", "shrunk", "normal_scores", "sub_dimensions"):
            assert list(layers[name].index) == LSOA21 and layers[name].index.name == "area_code"
        assert layers["quality"].index.name == "indicator"
        for name in (
            "need_rank",
            "need_decile",
            "hotspot",
            "place_rank",
            "place_hotspot",
            "hotspot_district",
            "imputed_count",
        ):
            assert str(result.need[name].dtype) == "Int64"
        assert result.need["unranked_reason"].isna().all()
        assert result.methodology.id == "tiny" and result.attribution == ("Invented.",)

    def test_average_ranks_are_no_whole_numbers(self):
        frame = pd.DataFrame(
            {"need_average_rank": [1.5], "need_average_rank_rank": [1.0], "hotspot": [np.nan], "extent": [0.5]}
        )
        whole = whole_numbers(frame)
        assert [str(dtype) for dtype in whole.dtypes] == ["float64", "Int64", "Int64", "float64"]

    def test_quality(self, tiny):
        quality = tiny.run().quality
        assert quality.index.tolist() == ["worklessness", "income", "jobs", "crime", "pupils", "distance"]
        assert quality["dimension"].tolist() == ["work"] * 3 + ["place"] * 3
        assert quality["sub_dimension"].fillna("").tolist() == ["benefits", "money", "money", "", "", ""]
        assert quality["status"]["pupils"] == "older vintage" and quality["status"]["income"] == "as specified"
        assert quality["geography"]["worklessness"] == "OA21; LSOA21"
        assert quality["sum_in"]["jobs"] == 1720 and quality["spread"]["pupils"] == 1
        assert quality["shrinkage"].tolist() == ["logit"] + ["none"] * 5
        assert quality["areas"].tolist() == [6] * 6 and str(quality["areas"].dtype) == "Int64"

    def test_a_composite_is_as_good_as_its_least_good_part(self, tiny):
        tiny.spec["indicators"]["claims"].update(status="substitute", source="A", date="2022")
        tiny.spec["indicators"]["allowance"].update(status="older vintage", source="B", date="2022")
        row = tiny.run().quality.loc["worklessness"]
        assert (row["status"], row["source"], row["date"]) == ("substitute", "A; B", "2022")

    def test_arguments_stay(self, tiny):
        indicators = tiny.indicators()
        areas = indicators.areas.copy()
        values = {name: column.value.copy() for name, column in indicators.columns.items()}
        for missing in ("exclude", "district", "median"):
            run(tiny.definition(), indicators, missing=missing)
        pd.testing.assert_frame_equal(indicators.areas, areas)
        for name, column in indicators.columns.items():
            assert np.array_equal(column.value, values[name], equal_nan=True)

    def test_order_of_rows_in_the_tables_is_of_no_account(self, tiny):
        straight = tiny.run()
        for rows in tiny.tables.values():
            rows[1:] = rows[:0:-1]
        tiny.pairs = tiny.pairs.iloc[::-1]
        turned = tiny.run()
        for name, frame in straight.layers().items():
            pd.testing.assert_frame_equal(turned.layers()[name], frame, rtol=1e-12)

    def test_units_are_of_no_account(self, tiny):
        straight = tiny.run().need
        tiny.column("distance.csv", "km", [km * 1000 for km in (9.0, 1.0, 4.0, 2.5, 7.0, 3.0)])
        pd.testing.assert_frame_equal(tiny.run().need, straight)

    @pytest.mark.parametrize(
        ("column", "more", "unit"),
        [
            ("gva_gbpm_2020", {}, "million pounds per resident"),
            ("gva_gbp_million", {}, "million pounds per resident"),
            ("gva_gbpm_2020", {"scale": 1e6}, "pounds per resident"),
            ("gva_gbpm_2020", {"unit": "euros"}, "euros"),
            ("gva", {}, "pounds per resident"),
            ("gbp_market", {}, "pounds per resident"),
        ],
    )
    def test_millions_of_pounds_are_told_by_scale_unit_or_the_columns_name(self, column, more, unit):
        counts = Counts("gva.csv", "LSOA21", "code", (column,))
        entry = Entry("gva", "gva.csv", "LSOA21", "code", numerator=counts, unbounded=True, **more)
        assert (
            indicator_unit(Node("gva", "indicator", "GVA", unit="pounds per resident", kind="ratio"), [entry]) == unit
        )

    @pytest.mark.filterwarnings("error::RuntimeWarning")
    def test_an_indicator_that_is_the_same_everywhere(self, tiny):
        tiny.column("distance.csv", "km", [5] * 6)
        result = tiny.run()
        assert result.normal_scores["distance_z"].tolist() == pytest.approx([0] * 6, abs=1e-15)
        assert not result.need["need_rank"].isna().any()


class TestGaps:
    @pytest.fixture
    def gap(self, tiny):
        tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", 3])
        return tiny

    def test_exclude(self, gap):
        """No score in the dimension nor overall; the other dimension stays. Five ranked: the divisor is min(6, 6)."""
        result = gap.run()
        area = result.need.loc[LSOA21[4]]
        assert pd.isna(area[["place_score", "place_rank", "composite", "need_score", "need_rank", "hotspot"]]).all()
        assert pd.isna(area["mission_class"]) and area["unranked_reason"] == "no value for: Distance"
        assert not pd.isna(area["work_score"])
        assert result.need["need_rank"].max() == 5
        assert result.need["need_score"].max() == pytest.approx(exponential(5, 6))
        assert texts(result, "gap") == [
            (
                "areas",
                "1 of 6 areas, with 500 people, lack a value and are left unranked. "
                "Filling gaps from the district is recommended.",
            ),
            ("distance", f"1 area has no value, left without a score: {LSOA21[4]}"),
        ]
        assert result.districts["population"].tolist() == [600, 1500]

    def test_district(self, gap):
        result = gap.run(missing="district")
        assert result.shrunk["distance_shrunk"][LSOA21[4]] == pytest.approx((400 * 2.5 + 600 * 3) / 1000)
        assert result.need["need_rank"].max() == 6
        assert result.need["imputed_count"].tolist() == [0, 0, 0, 0, 1, 0]
        assert texts(result, "imputed") == [("distance", f"1 area takes the figure of their district: {LSOA21[4]}")]
        assert texts(result, "gap") == [], "what is filled is said once"
        assert (
            result.quality["imputed"]["distance"] == pytest.approx(1 / 6) and result.quality["missing"]["distance"] == 1
        )

        labels = result.indicators["distance_provenance"].tolist()
        assert labels == ["direct"] * 4 + ["imputed", "direct"] and np.isnan(result.indicators["distance"].iloc[4])

    @pytest.mark.parametrize(
        "weights", [{"need": {"work": 1.0, "place": 0.0}}, {"place": {"crime": 0.5, "pupils": 0.5, "distance": 0.0}}]
    )
    def test_what_weighs_nothing_leaves_no_gap(self, gap, weights):
        """Area 5 lacks the distance: with a weight of 0, its own or its dimension's, six are ranked as in a run without
        it, and the what-if of the run's own weights is the run."""
        for parent, given in weights.items():
            for node in gap.methodology["nodes"]:
                node.update({"weighting": "given"} if node["id"] == parent else {})
                node.update({"weight": given[node["id"]]} if node["id"] in given else {})
        result = gap.run()
        assert result.need["need_rank"].notna().all() and result.need["unranked_reason"].isna().all()
        assert "areas" not in dict(texts(result, "gap"))
        gap.column("distance.csv", "km", [9, 1, 4, 2.5, 7, 3])
        pd.testing.assert_series_equal(result.need["composite"], gap.run().need["composite"])
        layers = (result.need, result.normal_scores, result.sub_dimensions)
        tree = read_tree(result.methodology, result.log["weights"], *layers)
        assert weigh(tree, {}, 23.0).composite == pytest.approx(result.need["composite"].to_numpy(), abs=1e-12)
        assert tree.ranked.all()
        if "need" in weights:
            assert pd.isna(result.need.loc[LSOA21[4], ["place_score", "place_rank", "place_hotspot"]]).all()

    def test_district_of_counts_that_are_not_shrunk(self, tiny):
        """0 of 10 and 90 of 100 are 90 of 110: (90 + 1/2)/(110 + 1), and not the mean of 0 % and 90 % by residents."""
        for node in tiny.methodology["nodes"]:
            node.update({"allowance": {"parent": "benefits", "shrinkage": "none"}}.get(node["id"], {}))
        tiny.column("allowance.csv", "claims", [0, 90, ""])
        tiny.column("allowance.csv", "people", [10, 100, ""])
        filled = tiny.run(missing="district").shrunk["allowance_shrunk"].tolist()
        assert filled[:3] == [0, 0.9, pytest.approx(90.5 / 111)]

    def test_a_value_without_an_error_is_no_gap(self, tiny):
        """4 km in area 3 come without an error: they stay 4, ranked and said, whatever is done with gaps."""
        for node in tiny.methodology["nodes"]:
            node.update({"distance": {"shrinkage": "mean"}}.get(node["id"], {}))
        rows = zip(tiny.tables["distance.csv"], ["se", 0.5, 0.5, "", 0.5, 0.5, 0.5])
        tiny.tables["distance.csv"] = [[*row, error] for row, error in rows]
        tiny.spec["indicators"]["distance"]["se"] = "se"
        for missing in ("exclude", "district"):
            result = tiny.run(missing=missing)
            assert result.shrunk["distance_shrunk"].iloc[2] == 4 and not texts(result, "imputed")
            assert result.need["need_rank"].notna().all()
            told = f"not shrunk, without a standard error or residents: {LSOA21[2]}"
            assert ("distance", told) in texts(result, "warning")

    def test_median(self, gap):
        """z = 0 for the gap; the others are scored among five."""
        result = gap.run(missing="median")
        z = result.normal_scores["distance_z"]
        assert z[LSOA21[4]] == 0 and z[LSOA21[0]] == pytest.approx(normal(5, 5))
        assert result.need["imputed_count"].tolist() == [0, 0, 0, 0, 1, 0]
        assert result.log["options"]["missing"] == "median"

    def test_without_gaps_the_policy_is_of_no_account(self, tiny):
        frames = [tiny.run(missing=missing).need for missing in ("exclude", "district", "median")]
        pd.testing.assert_frame_equal(frames[0], frames[1])
        pd.testing.assert_frame_equal(frames[0], frames[2])


class TestImpossibleCounts:
    """Area 1 has 3 of 100 and 80 of 80 in its parts; 103 of 100 in all, or 108 with more claims."""

    def beyond(self, tiny, claims, **choices):
        tiny.column("claims.csv", "claims", claims)
        tiny.column("allowance.csv", "claims", [80])
        return tiny.run(**choices)

    def test_parts_that_sum_above_the_denominator_are_named_everywhere(self, tiny):
        result = self.beyond(tiny, [12, 12])
        told = f"numerator above its denominator, taken as equal, in {LSOA21[0]}"
        assert ("worklessness", told) in texts(result, "warning") and told in result.quality["flags"]["worklessness"]
        assert result.indicators["worklessness"].iloc[0] == 1 and result.indicators["worklessness_num"].iloc[0] == 104

    def test_far_above_they_are_a_gap_that_the_policy_decides(self, tiny):
        result = self.beyond(tiny, [20, 20])
        assert result.need["unranked_reason"].iloc[0] == "no value for: Worklessness"
        assert LSOA21[0] in result.quality["flags"]["worklessness"]
        filled = self.beyond(tiny, [20, 20], missing="district")
        assert filled.need["imputed_count"].tolist() == [1, 0, 0, 0, 0, 0]
        assert filled.indicators["worklessness_provenance"].iloc[0] == "imputed"
        assert filled.need["need_rank"].notna().all()

    def test_or_are_cut_all_the_same(self, tiny):
        result = self.beyond(tiny, [20, 20], over="cap")
        assert result.indicators["worklessness"].iloc[0] == 1 and result.need["need_rank"].notna().all()
        assert result.log["options"]["over"] == "cap"

    def test_shrunk_as_an_event_rate_it_is_cut_or_a_gap_all_the_same(self, tiny):
        """200 of 80 in area 3 has no value, so that 5 and 8 of 80 alone make the district: M = ln(13.5/160); t2 is the
        sum of the two (m - M)2 over k - 1 = 1, w = t2/(t2 + 1/(r + 1/2)). 84 of 80 counts as 80 of 80."""
        for node in tiny.methodology["nodes"]:
            node.update({"allowance": {"parent": "benefits", "shrinkage": "rate"}}.get(node["id"], {}))
        tiny.column("allowance.csv", "claims", [5, 8, 200, 14, 17, 20])
        gap = tiny.run()
        m, pooled = np.log(np.array([5.5, 8.5]) / 80), np.log(13.5 / 160)
        t = ((m - pooled) ** 2).sum()
        w = t / (t + 1 / np.array([5.5, 8.5]))
        assert gap.shrunk["allowance_shrunk"].tolist()[:2] == pytest.approx(np.exp(w * m + (1 - w) * pooled))
        assert np.isnan(gap.shrunk["allowance_shrunk"].iloc[2])
        assert gap.need["unranked_reason"].iloc[2] == "no value for: Allowance"
        tiny.column("allowance.csv", "claims", [5, 8, 84])
        cut = tiny.run().shrunk["allowance_shrunk"]
        tiny.column("allowance.csv", "claims", [5, 8, 80])
        assert cut.equals(tiny.run().shrunk["allowance_shrunk"])

    def test_no_part_lies_above_its_own_denominator(self, tiny):
        """100 of 80 in one part are no count of these people, though all parts together stay below 130 of 200."""
        tiny.column("claims.csv", "people", [100, 100])
        result = self.beyond(tiny, [5, 5])
        assert not np.isnan(result.indicators["worklessness"].iloc[0])
        tiny.column("allowance.csv", "claims", [100])
        assert np.isnan(tiny.run().indicators["worklessness"].iloc[0])


class TestNobodyRanked:
    def test_parts_that_never_meet(self, tiny):
        tiny.column("claims.csv", "claims", [""] * 6)
        tiny.column("allowance.csv", "claims", [5, 8, 11, "", "", ""])
        words = (
            r"'worklessness': its parts have figures \(claims in 3, allowance in 3 areas\), but no area has one of each"
        )
        with pytest.raises(DataError, match=words):
            tiny.run()

    def test_indicators_that_never_meet(self, tiny):
        tiny.column("distance.csv", "km", [9, 1, 4, "", "", ""])
        tiny.column("pupils.csv", "share", ["", 60])
        with pytest.raises(DataError, match=r"none can be ranked. Fewest areas have: distance \(3\), pupils \(3\)"):
            tiny.run(low_coverage="keep")
        assert tiny.run(missing="district", low_coverage="keep").need["need_rank"].notna().all()


class TestAbsent:
    def test_missing_indicators_are_listed(self, tiny):
        del tiny.spec["indicators"]["jobs"], tiny.spec["indicators"]["crime"]
        with pytest.raises(DataError, match=r"^2 indicators have no data: jobs \(Jobs\); crime \(Crime\)\. Add them"):
            tiny.run()

    def test_or_left_out_and_named(self, tiny):
        del tiny.spec["indicators"]["jobs"]
        result = tiny.run(missing_indicators="leave_out")
        assert result.left_out == ("jobs",) and "jobs_z" not in result.normal_scores
        assert result.quality["status"]["jobs"] == "absent" and result.quality["flags"]["jobs"] == ""
        assert tiny.run(left_out=["jobs"]).left_out == ("jobs",)

    def test_one_that_has_data_can_be_left_out_too(self, tiny):
        result = tiny.run(left_out=["jobs"])
        assert result.left_out == ("jobs",) and "jobs_z" not in result.normal_scores

    def test_an_empty_dimension(self, tiny):
        for name in ("crime", "pupils", "distance"):
            del tiny.spec["indicators"][name]
        with pytest.raises(DataError, match="No indicator of place has data"):
            tiny.run(missing_indicators="leave_out")

    def test_no_indicator_at_all(self, tiny):
        tiny.spec["indicators"] = {}
        with pytest.raises(DataError, match="No indicator has data"):
            tiny.run(missing_indicators="leave_out")

    def test_a_part_of_a_composite_is_never_left_out_in_silence(self, tiny):
        del tiny.spec["indicators"]["claims"]
        with pytest.raises(DataError, match="'worklessness' lacks parts without data: claims"):
            tiny.run(missing_indicators="leave_out")
        result = tiny.run(left_out=["claims"])
        assert result.left_out == ()
        assert ("worklessness", "summed without its part claims, as asked") in texts(result, "warning")


class TestRefusals:
    @pytest.mark.parametrize(
        "options, error, message",
        [
            ({"missing": "guess"}, OptionError, "MISSING: 'guess' is not known; choose from exclude, district, median"),
            ({"missing_indicators": "zero"}, OptionError, "MISSING_INDICATORS: 'zero' is not known"),
            ({"over": "ignore"}, OptionError, "OVER: 'ignore' is not known; choose from gap, cap"),
            ({"divisor": "half"}, OptionError, "DIVISOR: 'half' is not known; choose from ranked, all"),
            ({"left_out": ["rain"]}, MethodologyError, "has no node 'rain'"),
            ({"left_out": ["money"]}, OptionError, "left_out: 'money' is no indicator"),
        ],
    )
    def test_options(self, tiny, options, error, message):
        with pytest.raises(error, match=message):
            tiny.run(**options)

    def test_weights_that_do_not_sum_to_one(self, tiny):
        tiny.methodology["nodes"][1]["weight"] = 0.5
        with pytest.raises(
            MethodologyError, match=r"nodes\[1\].weight, nodes\[9\].weight: the weights under 'need' sum to 0.9"
        ):
            tiny.run()


class TestCoverage:
    """Under 65 % of the areas is too few: 3 of 6 are, 4 of 6 are not."""

    @pytest.fixture
    def council(self, tiny):
        tiny.column("distance.csv", "km", [9.0, "", "", 2.5, "", 3.0])
        return tiny

    def test_an_indicator_that_covers_too_few_areas_stops_the_run(self, council):
        with pytest.raises(
            DataError, match=r"distance \(Distance\) covers 3 of 6 areas; at least 65% are needed.*LEAVE"
        ):
            council.run()
        council.column("distance.csv", "km", [9.0, 1.0, "", 2.5, "", 3.0])
        assert council.run().need["need_rank"].notna().sum() == 4

    def test_it_is_left_out_or_kept_as_the_user_says(self, council):
        out, kept = council.run(low_coverage="leave_out"), council.run(low_coverage="keep")
        assert out.left_out == ("distance",) and out.need["need_rank"].notna().all()
        assert kept.left_out == () and kept.need["need_rank"].notna().sum() == 3
        assert ("distance", "covers 3 of 6 areas: left out, as asked") in texts(out, "warning")
        assert ("distance", "covers 3 of 6 areas: kept, as asked") in texts(kept, "warning")
        assert council.run(left_out=["distance"]).left_out == ("distance",)

    def test_the_limit_is_the_methodologys(self, council):
        council.methodology["steps"] = {"qualityassurance": {"MIN_AVAILABLE": 0.5}}
        assert council.run().left_out == ()


class TestLog:
    def test_what_it_holds(self, tiny):
        log = tiny.run(missing="district").log
        assert log["methodology_digest"] == tiny.definition().digest()
        chosen = {"missing": "district", "missing_indicators": "error", "over": "gap", "divisor": "ranked"}
        assert log["options"] == {**chosen, "low_coverage": "error", "left_out": []}
        assert {"python", "numpy", "pandas", "scipy"} <= set(log["versions"])
        assert log["weights"]["work"] == 0.6 and set(log["results"]) == set(LAYERS)
        assert "income.csv" in log["pack"]["files"] and "lsoa21.gpkg" not in log["pack"]["files"]

    def test_progress_rises_to_the_end(self, tiny):
        told = []
        tiny.run(progress=lambda fraction, text: told.append(fraction))
        assert told == sorted(told) and told[0] == 0 and 0.7 < told[-1] <= 1

    def test_digests_tell_frames_apart(self):
        frame = pd.DataFrame({"a": [1.0, np.nan, 0.0], "b": ["x", None, "y"]}, index=pd.Index([1, 2, 3], name="code"))
        same = frame.copy()
        same["a"] = [1.0, np.nan, -0.0]
        assert frame_digest(frame) == frame_digest(same)
        others = [
            frame.rename(columns={"a": "c"}),
            frame.iloc[::-1],
            frame.assign(a=[1.0, 2, 0]),
            frame.assign(b=["x", "z", "y"]),
        ]
        assert len({frame_digest(other) for other in [frame, *others]}) == 5


@pytest.mark.parametrize("missing", ["exclude", "district", "median"])
def test_a_table_of_all_steps_is_the_result_that_a_run_gives(tiny, missing):
    """But for what only the pack knows: totals before conversion, sources, dates and titles of its own."""
    tiny.column("distance.csv", "km", [9, 1, 4, "", 7, 3])
    indicators, result = tiny.indicators(), tiny.run(missing=missing)
    road = follow(Scope(tiny.definition(), entries=indicators.entries), indicators.table(), Choices(missing=missing))
    frame = road.table.frame(road.table.names, indicators.areas.index)
    frame = frame.rename(columns=lambda name: name.replace("areas.", "")).drop(columns="area_code")
    told = {f"{name}{ENDING}": describe(indicators.entries[name]) for name in indicators.columns}
    frame = frame.assign(**told)[::-1]
    weights = read_tree(tiny.definition(), {}, frame, frame, frame).weights
    laid_out = of_table(tiny.definition(), frame, weights, "A table")
    unknown = {"quality": ["title", "source", "date", "note", "sum_in", "sum_out", "unit"]}
    for name, expected in result.layers().items():
        found = laid_out.layers()[name]
        beside = {"columns": unknown.get(name, [])}
        assert_frame_equal(found.drop(**beside), expected.drop(**beside), check_dtype=False, check_freq=False)
    assert laid_out.quality["sum_in"].isna().all() and not any(laid_out.quality["source"].fillna(""))
    assert laid_out.log["weights"] == pytest.approx(result.log["weights"])
    with pytest.raises(DataError, match="A table: there is no field 'region_name'"):
        of_table(tiny.definition(), frame.drop(columns="region_name"), weights, "A table")
    words = [name for name in frame if name.endswith(("_provenance", ENDING))]
    silent = of_table(tiny.definition(), frame.drop(columns=words), weights, "A table")
    assert set(silent.quality["status"]) == {""}, "nobody has said what these figures are"
