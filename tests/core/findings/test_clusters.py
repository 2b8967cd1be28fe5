"""Clusters: by hand on a line of areas, against permutations, and the control of false discoveries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.errors import DataError, OptionError
from hyperlocal_need.core.findings import clusters
from hyperlocal_need.core.findings.certainty import surely_hot
from hyperlocal_need.core.steps.standardise import normal_scores


def line(areas):
    """Neighbours in a row: 0-1-2-..."""
    return clusters.Neighbours.of_pairs(np.arange(areas - 1), np.arange(1, areas), areas)


def grid(side):
    place = np.arange(side * side).reshape(side, side)
    first = np.concatenate((place[:, :-1].ravel(), place[:-1].ravel()))
    second = np.concatenate((place[:, 1:].ravel(), place[1:].ravel()))
    return clusters.Neighbours.of_pairs(first, second, side * side)


def test_gi_star_by_hand():
    """x = 0, 0, 0, 4 in a row: mean 1, S2 = 4 - 1 = 3. Area 3: sum 4, k = 2:
    (4 - 2)/(sqrt 3 sqrt((4 x 2 - 4)/3)) = 2/2 = 1. Area 0: (0 - 2)/2 = -1."""
    found = clusters.getis_ord(np.array([0.0, 0.0, 0.0, 4.0]), line(4))
    assert found.z[[3, 0]] == pytest.approx([1.0, -1.0])
    assert found.p[3] == pytest.approx(0.158655, abs=1e-6)


def test_local_moran_by_hand():
    """The same: deviations -1, -1, -1, 3, m2 = 3. Area 3: 3/3 x (-1) = -1; area 2: -1/3 x (-1 + 3)/2 = -1/3."""
    found = clusters.local_moran(np.array([0.0, 0.0, 0.0, 4.0]), line(4))
    assert found.i == pytest.approx([1 / 3, 1 / 3, -1 / 3, -1.0])
    assert list(found.quadrant) == ["LL", "LL", "LH", "HL"]


def test_the_conditional_p_is_that_of_permutations():
    """The neighbours of one area drawn anew 20,000 times from all the others."""
    rng = np.random.default_rng(4)
    x = normal_scores(rng.normal(size=400))
    neighbours = grid(20)
    p, area = clusters.local_moran(x, neighbours).p, 190
    others = np.delete(x, area)
    sums = np.array([rng.choice(others, 4, replace=False).sum() for _ in range(20_000)])
    observed = (neighbours.matrix @ x)[area]
    expected = np.mean(np.abs(sums - 4 * others.mean()) >= abs(observed - 4 * others.mean()))
    assert p[area] == pytest.approx(expected, abs=0.012)


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(5)
    scores = rng.normal(size=900)
    found = clusters.find_clusters(scores, scores > 0.8, np.ones(900), grid(30))
    assert found["gi_sig"].sum() <= 1 and (found["lisa"] == clusters.NOT_SIGNIFICANT).mean() > 0.99


def test_a_planted_cluster_and_an_island_are_found():
    rng = np.random.default_rng(6)
    scores = rng.normal(size=(30, 30))
    scores[5:10, 5:10] += 4.0
    scores[20:25, 20:25] -= 4.0
    scores[22, 22] = 9.0
    found = clusters.find_clusters(scores.ravel(), scores.ravel() > 2.5, np.ones(900), grid(30))
    assert found.loc[7 * 30 + 7, "gi_sig"] == 1 and found.loc[7 * 30 + 7, "lisa"] == "HH"
    assert found.loc[22 * 30 + 22, "lisa"] == "HL"
    assert found.loc[7 * 30 + 7, "cluster_id"] == 1


def test_tenths_of_gi_and_gi_of_fine_figures_alone():
    """The highest tenth is 1; figures that are alike over whole blocks make clusters that are not in the fine ones."""
    rng = np.random.default_rng(8)
    fine, blocks = rng.normal(size=(30, 30)), np.kron(rng.normal(size=(6, 6)), np.ones((5, 5)))
    whole, own = (fine + 2 * blocks).ravel(), fine.ravel()
    found = clusters.find_clusters(whole, whole > 3, np.ones(900), grid(30), fine=own)
    highest = found["gi_z"].nlargest(90).index
    assert (found.loc[highest, "gi_decile"] == 1).all() and found["gi_decile"].max() == 10
    alone = clusters.find_clusters(own, own > 1, np.ones(900), grid(30))
    assert found["gi_z_fine"].to_numpy() == pytest.approx(alone["gi_z"].to_numpy())
    assert (found["gi_z"].abs() > 2).sum() > 3 * (alone["gi_z"].abs() > 2).sum() and alone["gi_z_fine"].isna().all()


def test_a_name_of_an_lsoa_gives_its_msoa():
    names = pd.Series(["Leeds 001A", "Leeds 001B", "Bristol 012C", "Nowhere"])
    assert list(clusters.larger_areas(names)) == [0, 0, 1, -1]


def test_the_same_test_on_larger_areas():
    """A grid of 12 x 12 in blocks of 2 x 2: a needy corner of 6 x 6 is 9 blocks, of which Gi* finds the innermost."""
    side = 12
    row, column = np.divmod(np.arange(side * side), side)
    composite = np.random.default_rng(1).normal(size=side * side) + 9.0 * ((row < 6) & (column < 6))
    people, near = np.full(side * side, 1500.0), grid(side)
    blocks = row // 2 * 6 + column // 2
    found = clusters.find_clusters(composite, np.zeros(side * side), people, near)
    tested, hot, share = clusters.share_in_larger(composite, people, near, blocks, found)
    means = pd.Series(composite).groupby(blocks).mean().to_numpy()
    again = clusters.find_clusters(means, np.zeros(36), np.full(36, 6000.0), grid(6))["gi_sig"].to_numpy() == 1
    assert (tested, hot) == (36, again.sum()) and 0 < hot < 9 and 0 < share < 1
    assert share == again[blocks[found["gi_sig"] == 1]].mean()


def test_too_few_larger_areas_or_none_are_not_tested():
    people, near, composite = np.full(144, 1500.0), grid(12), np.random.default_rng(1).normal(size=144)
    found = clusters.find_clusters(composite, np.zeros(144), people, near)
    for larger in (np.arange(144) // 5, np.append(np.arange(143), -1)):
        assert clusters.share_in_larger(composite, people, near, larger, found) is None


def test_how_many_of_a_group_are_sure():
    need = pd.DataFrame(
        {"area_name": list("abcd"), "district_name": "x", "population": 10.0, "need_score": [4.0, 3, 2, 1],
         "need_rank": [1, 2, 3, 4], "work_score": 1.0}, index=list("ABCD"),
    )  # fmt: skip
    found = pd.DataFrame({"cluster_id": [1.0, 1, 1, np.nan]}, index=need.index)
    sure = surely_hot(
        pd.DataFrame(
            {"p_hotspot": [0.95, 1.0, 0.94, 0.01], "certainty": ["sure", "sure", "likely", "sure"]}, list("BACD")
        )
    )
    assert clusters.describe_groups(found, need, ["work"], sure)["sure_share"].tolist() == [pytest.approx(2 / 3)]
    assert clusters.describe_groups(found, need, ["work"])["sure_share"].isna().all()


def test_benjamini_and_hochberg_by_hand():
    """Five p, 5 %: limits .01 .02 .03 .04 .05; .039 <= .04 is the last below its limit, so the first four count."""
    p = np.array([0.039, 0.001, np.nan, 0.025, 0.2, 0.021])
    assert list(clusters.discoveries(p)) == [True, True, False, True, False, True]
    assert list(clusters.discoveries(p, dependent=True)) == [False, True, False, False, False, False]
    with pytest.raises(OptionError):
        clusters.discoveries(p, 1.5)


def test_groups_are_numbered_by_their_people():
    flags = np.array([True, True, False, True, False, True, True])
    people = np.array([10.0, 10.0, 99.0, 50.0, 0.0, 5.0, 5.0])
    assert list(clusters.groups(flags, line(7), people)) == [2, 2, 0, 1, 0, 3, 3]


def test_unranked_areas_and_islands_have_no_figure():
    scores = np.random.default_rng(7).normal(size=40)
    scores[3] = np.nan
    pairs = np.arange(38)
    neighbours = clusters.Neighbours.of_pairs(pairs, pairs + 1, 40)  # the last has none
    found = clusters.find_clusters(scores, scores > 1, np.ones(40), neighbours)
    assert np.isnan(found.loc[3, "gi_z"]) and np.isnan(found.loc[39, "gi_z"])
    assert found.loc[39, "neighbours"] == 0


@pytest.mark.parametrize(("scores", "words"), [(np.arange(10.0), "at least 30"), (np.ones(40), "same need")])
def test_what_cannot_be_asked(scores, words):
    with pytest.raises(DataError, match=words):
        clusters.find_clusters(scores, scores > 8, np.ones(len(scores)), line(len(scores)))
