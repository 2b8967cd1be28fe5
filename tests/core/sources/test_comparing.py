"""What a new pack has changed, said by indicator."""

from __future__ import annotations

import pandas as pd

from hyperlocal_need.core.sources import comparing

OLD = pd.Series({"A": 10.0, "B": 20.0, "C": 0.0, "D": float("nan")})


def test_nothing_changed():
    assert comparing._changes(OLD, OLD.copy()) == ""


def test_counts_of_changes_and_of_gaps_that_closed():
    new = pd.Series({"A": 11.0, "B": 20.0, "C": 0.0, "D": 5.0})
    assert comparing._changes(OLD, new) == "1 of 3 figures changed, 1 came or went."


def test_a_thirteen_fold_jump_is_named_and_a_rise_from_nothing_is_not():
    new = pd.Series({"A": 130.0, "B": 22.0, "C": 7.0, "D": float("nan")})
    words = "3 of 3 figures changed. 1 of them over 5-fold: A 10 to 130; are they real?"
    assert comparing._changes(OLD, new) == words


def test_a_fall_is_a_jump_too():
    assert "A 10 to 1" in comparing._changes(OLD, OLD.replace(10.0, 1.0))
