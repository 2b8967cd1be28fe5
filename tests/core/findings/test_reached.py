"""Who is reached: five areas by hand, wards, ties and budgets; and the most favourable weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from hyperlocal_need.core.errors import OptionError
from hyperlocal_need.core.findings import reached
from hyperlocal_need.core.steps.standardise import published_ranks

RANK = np.array([3.0, 1.0, 2.0, np.nan, 4.0])
PEOPLE = np.array([100.0, 200.0, 300.0, 50.0, 400.0])
HOT = np.array([0.0, 1.0, 1.0, np.nan, 0.0])
NEEDY = np.where(HOT == 1, PEOPLE, 0.0)
# North: the first and the fourth, which is not ranked; south: the others.
WARD = np.array([0, 1, 1, 0, 1])
SCORE = np.array([30.0, 90.0, 80.0, np.nan, 5.0])


def test_areas_are_taken_by_rank_until_the_first_that_is_not_paid_for():
    """By rank 200, 300, 100 and 400 people: of 599 the first two; the third is not skipped for a smaller one."""
    place = reached.one_by_one(RANK)
    assert place.tolist() == [2, 0, 1, -1, 3]
    for budget, chosen in ((199, []), (200, [1]), (499, [1]), (599, [1, 2]), (600, [0, 1, 2]), (5000, [0, 1, 2, 4])):
        taken = reached.take(place, PEOPLE, budget, PEOPLE, NEEDY)
        assert np.flatnonzero(taken.chosen).tolist() == chosen, budget
    assert taken.curve["need_share"].tolist() == [0.4, 1.0, 1.0, 1.0]
    assert taken.curve["people"].tolist() == [200, 500, 600, 1000]


def test_a_ward_is_taken_whole_with_those_who_need_nothing():
    """South: (200 x 90 + 300 x 80 + 400 x 5)/900 = 48.9; north: 30, its unranked area left out of the mean."""
    place = reached.by_groups(WARD, SCORE, PEOPLE)
    assert place.tolist() == [1, 0, 0, 1, 0]
    assert not reached.take(place, PEOPLE, 899, PEOPLE, NEEDY).chosen.any()
    assert np.flatnonzero(reached.take(place, PEOPLE, 900, PEOPLE, NEEDY).chosen).tolist() == [1, 2, 4]
    assert reached.take(place, PEOPLE, 1050, PEOPLE, NEEDY).chosen.all()
    assert reached.by_groups(np.full(5, -1), SCORE, PEOPLE).tolist() == [-1] * 5


def test_ways_side_by_side():
    """For 500 people: by rank all 500 in need; by another rank (5, 4, 3, 2, 1) nobody beyond the last area's 400."""
    chance = np.array([0.1, 0.9, 0.6, np.nan, 0.0])
    target = reached.Target(PEOPLE, NEEDY, PEOPLE, chance, 500.0)
    ways = {"rank": reached.one_by_one(RANK), "other": reached.one_by_one(np.array([5.0, 4, 3, 2, 1]))}
    taken, table = reached.compare(target, ways)
    assert table.loc["rank"].tolist() == [2, 500, 500, 500, 0, 1, 0, 0.9 * 200 + 0.6 * 300, 0]
    assert table.loc["other", ["areas", "people", "need_reached", "need_missed", "gain"]].tolist() == [
        2,
        450,
        0,
        500,
        500,
    ]
    assert reached.kinds(taken["other"].chosen, HOT).tolist() == [
        reached.OTHERS,
        reached.MISSED,
        reached.MISSED,
        reached.BESIDE,
        reached.BESIDE,
    ]
    assert reached.kinds(taken["rank"].chosen, HOT).tolist()[3] is None


def test_nobody_in_need_is_no_share():
    _, table = reached.compare(
        reached.Target(PEOPLE, np.zeros(5), PEOPLE, np.full(5, np.nan), 10.0), {"rank": reached.one_by_one(RANK)}
    )
    assert np.isnan(table.loc["rank", ["need_share", "expected_reached"]].astype(float)).all()


def test_corners_of_two_and_three_weights():
    assert reached.corners(np.array([0.6, 0.4]), 0.5) == pytest.approx(np.array([[0.4, 0.6], [0.6, 0.4], [0.8, 0.2]]))
    assert reached.corners(np.array([3.0, 2.0]), 0.0) == pytest.approx(np.array([[0.6, 0.4]]))
    three = reached.corners(np.ones(3), 0.3)
    assert len(three) == 7 and np.allclose(three.sum(axis=1), 1.0)
    assert {tuple(one) for one in (3 * three).round(9)} == {
        tuple(one) for one in ([1, 1, 1], *__import__("itertools").permutations((0.7, 1.0, 1.3)))
    }
    with pytest.raises(OptionError, match="BOUND: 11 dimensions"):
        reached.corners(np.ones(11), 0.1)


def test_five_areas_under_their_own_most_favourable_weights():
    """Work 60 %, health 40 %, bound 0.5: corners 40/60 and 80/20. Only the last, low in work and high in health, is
    the first of the five by 40/60: 0.4 x 50 + 0.6 x 100 = 80 against 0.4 x 95 + 0.6 x 60 = 74; by 60/40 it is 70
    against 81."""
    x = {"work": np.array([95.0, 10, 20, np.nan, 50]), "health": np.array([60.0, 20, 10, 5, 100])}
    found = reached.favourable(x, np.array([0.6, 0.4]), 0.5)
    assert found["favourable_rank"].tolist()[:3] == [1, 3, 3]
    assert found["favourable_rank"].tolist()[4] == 1 and found["favourable_weights"][4] == "work 40%, health 60%"
    assert found["favourable_weights"][0] == "work 60%, health 40%"
    assert np.isnan(found["favourable_rank"][3]) and pd.isna(found["favourable_weights"][3])
    strict = reached.favourable(x, np.array([0.6, 0.4]), 0.0)
    assert strict["favourable_rank"].tolist()[4] == 2


def test_the_most_favourable_weights_are_those_of_linear_programming_and_no_draw_beats_the_flag_often():
    rng = np.random.default_rng(7)
    own, bound = np.array([0.3, 0.25, 0.2, 0.15, 0.1]), 0.4
    x = rng.uniform(0, 100, (200, 5))
    tried = reached.corners(own, bound)
    for row in x[:20]:
        best = linprog(
            -row, A_eq=np.ones((1, 5)), b_eq=[1.0], bounds=np.column_stack([(1 - bound) * own, (1 + bound) * own])
        )
        assert (tried @ row).max() == pytest.approx(-best.fun, abs=1e-9)
    found = reached.favourable(dict(zip("abcde", x.T)), own, bound)
    ever = found["favourable_hotspot"].to_numpy() == 1
    assert ever.sum() > (published_ranks(x @ own) <= 40).sum()
    mixed = rng.dirichlet(np.ones(len(tried)), 500) @ tried
    hot = np.any([published_ranks(x @ one) <= 40 for one in mixed], axis=0)
    assert (hot & ~ever).mean() <= 0.01
