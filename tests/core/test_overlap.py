"""Counting the postcodes that old and new areas share (paper step 1)."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.steps.overlap import count_pairs

SOURCE = np.array(["A", "A", "A", "B", "B", "C", None, "A"], dtype=object)
TARGET = np.array(["x", "x", "y", "y", "y", "z", "x", None], dtype=object)
LIVE = np.array([True, False, True, True, True, False, True, True])


def rows(pairs):
    return list(pairs.itertuples(index=False, name=None))


def test_live_postcodes_count_and_all_where_none_is_live():
    """One of A's postcodes in x is terminated; C has none that is live, so that its own one counts."""
    assert rows(count_pairs(SOURCE, TARGET, LIVE)) == [("A", "x", 1), ("A", "y", 1), ("B", "y", 2), ("C", "z", 1)]


def test_all_postcodes_on_request():
    assert rows(count_pairs(SOURCE, TARGET, LIVE, live_only=False)) == [
        ("A", "x", 2),
        ("A", "y", 1),
        ("B", "y", 2),
        ("C", "z", 1),
    ]


def test_a_postcode_in_no_polygon_is_dropped():
    missing = np.array(["A", np.nan, "A"], dtype=object), np.array([np.nan, "x", "x"], dtype=object)
    assert rows(count_pairs(*missing, np.ones(3, dtype=bool))) == [("A", "x", 1)]
    blank = np.array(["A", "", "A"], dtype=object), np.array(["x", "x", ""], dtype=object)
    assert rows(count_pairs(*blank, np.ones(3, dtype=bool))) == [("A", "x", 1)]


def test_a_source_whose_live_postcodes_lie_outside_uses_the_others():
    """A's only live postcode lies in no target: what is inside decides."""
    source, target = np.array(["A", "A"], dtype=object), np.array([None, "x"], dtype=object)
    assert rows(count_pairs(source, target, np.array([True, False]))) == [("A", "x", 1)]


def test_order_is_of_no_account_and_inputs_stay():
    turn = np.random.default_rng(10).permutation(len(SOURCE))
    kept = SOURCE.copy(), TARGET.copy(), LIVE.copy()
    assert count_pairs(SOURCE[turn], TARGET[turn], LIVE[turn]).equals(count_pairs(SOURCE, TARGET, LIVE))
    assert all(list(now) == list(before) for now, before in zip((SOURCE, TARGET, LIVE), kept))


@pytest.mark.parametrize("count", [0, 3])
def test_no_pair_at_all(count):
    nowhere = np.full(count, None, dtype=object)
    pairs = count_pairs(nowhere, nowhere, np.ones(count, dtype=bool))
    assert list(pairs) == ["source", "target", "postcodes"] and pairs.empty


def test_total_is_the_number_of_postcodes_inside_both():
    rng = np.random.default_rng(11)
    source = rng.choice(["A", "B", "C", None], 500)
    target = rng.choice(["x", "y", None], 500)
    inside = sum(a is not None and b is not None for a, b in zip(source, target))
    assert count_pairs(source, target, np.ones(500, dtype=bool))["postcodes"].sum() == inside
