"""Changes to a methodology: weights that keep their sum, what differs, and files that open again."""

from __future__ import annotations

import pytest

from hyperlocal_need.core import editing
from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.core.errors import MethodologyError


@pytest.fixture(scope="module")
def published(repository):
    return methodologies.load(repository / "resources" / "methodologies" / "hyper_local_need_2025.json")


class TestRebalance:
    def test_the_others_keep_their_proportions(self):
        """.5 : .3 of what 0.2 leaves, which is .8 -> the rest .6 is shared 5 : 3."""
        weights = editing.rebalance({"a": 0.5, "b": 0.3, "c": 0.2}, "c", 0.4)
        assert weights == pytest.approx({"a": 0.375, "b": 0.225, "c": 0.4})

    def test_the_sum_is_one_to_the_last_digit(self):
        weights = dict.fromkeys("abcdefg", 1 / 7)
        for value in (0.1, 1 / 3, 0.123456789, 0.0, 1.0):
            assert abs(sum(editing.rebalance(weights, "c", value).values()) - 1.0) < 1e-15

    def test_what_is_off_stays_at_nought_and_zeros_share_evenly(self):
        assert editing.rebalance({"a": 0.5, "b": 0.0, "c": 0.5}, "a", 0.8, off=["b"]) == pytest.approx(
            {"a": 0.8, "b": 0.0, "c": 0.2}
        )
        assert editing.rebalance({"a": 1.0, "b": 0.0, "c": 0.0}, "a", 0.5) == pytest.approx(
            {"a": 0.5, "b": 0.25, "c": 0.25}
        )

    def test_an_only_child_keeps_everything_and_values_stay_between_0_and_1(self):
        assert editing.rebalance({"a": 1.0}, "a", 0.3) == {"a": 1.0}
        assert editing.rebalance({"a": 0.5, "b": 0.5}, "a", 7.0)["a"] == 1.0


class TestCopies:
    def test_the_published_method_is_never_touched(self, published):
        digest = published.digest()
        changed = editing.with_node(published, "crime_rank", direction="need")
        changed = editing.with_weights(changed, "need", {"energy": 0.3, "growth": 0.7})
        assert published.digest() == digest != changed.digest()

    def test_equal_shares_are_shown_where_none_are_given(self, published):
        shares = editing.effective_weights(published, "growth", off=["employment"])
        assert shares == {"employment": 0.0, "quality_jobs": 0.5, "infrastructure": 0.5}
        assert editing.effective_weights(published, "need")["energy"] == 0.1

    def test_given_and_equal_again(self, published):
        given = editing.with_weights(
            published, "growth", {"employment": 0.5, "quality_jobs": 0.3, "infrastructure": 0.2}
        )
        methodologies.load(given.dump())
        assert editing.with_equal_weights(given, "growth") == published

    def test_what_is_left_is_told_by_parent(self, published):
        short = editing.with_weights(published, "need", {"energy": 0.05})
        assert editing.left_to_one(short) == {"need": pytest.approx(0.05)}
        assert editing.left_to_one(published) == {}

    def test_an_unknown_node_is_refused(self, published):
        with pytest.raises(MethodologyError, match="no node 'nothing'"):
            editing.with_node(published, "nothing", direction="need")


class TestWithout:
    def test_an_indicator_goes_and_is_listed_as_considered(self, published):
        less = editing.without(published, ["broadband_speed"])
        assert "broadband_speed" not in {node.id for node in less.nodes}
        assert less.considered[-1].reason == editing.TURNED_OFF and less.considered[-1].dimension == "growth"
        methodologies.load(less.dump())

    def test_branches_that_are_left_empty_go_too(self, published):
        less = editing.without(published, ["worklessness_benefits"])
        assert {"employment", "worklessness_benefits", "incapacity_benefit"}.isdisjoint(node.id for node in less.nodes)


class TestDifferences:
    def test_none_from_itself(self, published):
        assert editing.differences(published, published) == ()

    def test_each_change_in_words(self, published):
        changed = editing.with_node(published, "crime_rank", direction="need", shrinkage="mean")
        changed = editing.with_weights(changed, "need", {"energy": 0.2})
        changed = editing.without(changed, ["broadband_speed"])
        texts = [one.text for one in editing.differences(published, changed, off=["fuel_poverty"])]
        assert "Make Britain a clean energy superpower: weight 20 %, published 10 %" in texts
        assert any(text.endswith(": high means need, published high means less need") for text in texts)
        assert any(text.endswith(": shrunk (means), published not shrunk") for text in texts)
        assert any(text.endswith(": turned off") for text in texts) and any(
            text.endswith(": taken out") for text in texts
        )

    def test_new_nodes_and_step_options(self, published):
        less = editing.without(published, ["broadband_speed"])
        assert any("not in the published method" in one.text for one in editing.differences(less, published))
        stepped = methodologies.load({**published.dump(), "steps": {"exponentialtransform": {"CONSTANT": 30.0}}})
        assert "CONSTANT is 30.0, published 23.0" in [one.text for one in editing.differences(published, stepped)]


class TestSave:
    def test_what_is_saved_opens_again(self, published, tmp_path):
        changed = editing.with_weights(
            published, "need", editing.rebalance(editing.effective_weights(published, "need"), "energy", 0.3)
        )
        editing.save(changed, tmp_path / "mine.json")
        assert methodologies.load(tmp_path / "mine.json") == changed
        assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]

    def test_what_would_be_refused_is_not_written(self, published, tmp_path):
        with pytest.raises(MethodologyError, match="sum to 0.95"):
            editing.save(editing.with_weights(published, "need", {"energy": 0.05}), tmp_path / "mine.json")
        assert not list(tmp_path.iterdir())

    def test_a_place_that_cannot_be_written_is_named(self, published, tmp_path):
        with pytest.raises(MethodologyError, match="cannot be written"):
            editing.save(published, tmp_path / "none" / "mine.json")
