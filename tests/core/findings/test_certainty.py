"""How sure a rank is: what must be certain is, the closed form is what drawing gives, intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from hyperlocal_need.core.errors import OptionError
from hyperlocal_need.core.findings import certainty
from hyperlocal_need.core.findings.posterior import Posterior, posterior
from hyperlocal_need.core.findings.score_tree import OVERALL
from hyperlocal_need.core.steps.shrinkage import Counts

from .trees import CONSTANT, figures, tree_of


def silent(fraction, text):
    pass


def doubt(tree, need, spread):
    areas = len(need)
    return {
        name: Posterior(need[name].to_numpy(), np.full(areas, spread**2), 1, np.arange(areas)) for name in ("a", "d")
    }


def of_counts(tree, posteriors, draws=200, seed=3):
    run = certainty.Drawn(tree, posteriors, CONSTANT, draws)
    return certainty.of_counts(run, np.random.SeedSequence(seed), silent)[0]


@pytest.mark.parametrize("areas", [300, 2500])
def test_without_doubt_every_chance_is_the_flag(areas):
    need = figures(areas)
    tree = tree_of(need)
    found = of_counts(tree, doubt(tree, need, 1e-9))[OVERALL]
    rank = (-tree.composite).argsort().argsort() + 1
    apart = np.abs(rank - areas // 5) > 2 * (areas > 2000)  # the tables' cells hold the limit to within two ranks
    assert np.array_equal(found.hotspot[apart], (rank <= areas // 5)[apart].astype(float))


@pytest.mark.parametrize("areas", [20, 150, 1500])
@pytest.mark.parametrize("divisor", ["ranked", "all"])
def test_without_doubt_a_few_areas_have_their_own_ranks_by_every_kind(areas, divisor):
    """A quarter lacks D, so that measures are ranked among fewer than all; two tie, and share the lower number."""
    need = figures(areas)
    need.iloc[5] = need.iloc[4]
    need.loc[need.index[::4], "d"] = np.nan
    tree = tree_of(need, divisor=divisor)
    run = certainty.Drawn(tree, doubt(tree, need, 0.0), CONSTANT, 30, divisor=divisor)
    seeds = np.random.SeedSequence(1)
    every, tables = certainty.of_counts(run, seeds, silent)
    found = [every[OVERALL], certainty.of_counts_and_weights(run, tables, seeds, silent)]
    found += [make(run, seeds, silent) for make in (certainty.of_weights, certainty.of_indicator_weights)]
    hot = np.where(tree.ranked, tree.ranks <= 0.2 * tree.ranked.sum(), np.nan)
    for one in found:
        assert all(np.array_equal(rank, tree.ranks, equal_nan=True) for rank in (one.low, one.median, one.high))
        assert np.array_equal(one.hotspot, hot, equal_nan=True)


def test_the_closed_form_is_what_drawing_gives():
    """Against 400 draws each ranked anew: within Monte Carlo error + .003."""
    need = figures(3000)
    tree = tree_of(need)
    posteriors = doubt(tree, need, 0.3)
    closed = of_counts(tree, posteriors)
    drawn = certainty._exact(certainty.Drawn(tree, posteriors, CONSTANT, 400), np.random.SeedSequence(8), silent)
    for measure in (OVERALL, "work", "health"):
        p, q = drawn[measure].hotspot, closed[measure].hotspot
        noise = np.sqrt(np.mean(p * (1 - p)) / 400 + (np.mean(q * (1 - q)) / 200 if measure == OVERALL else 0))
        assert np.sqrt(np.mean((p - q) ** 2)) <= noise + 0.003, measure
    assert np.nansum(closed[OVERALL].hotspot) == pytest.approx(600, rel=0.005)


def test_intervals_hold_the_truth_nine_times_in_ten():
    """Truth drawn from the posterior itself: its rank lies between the 5 and 95 % ranks in 90 % of the areas."""
    need = figures(2500)
    tree = tree_of(need)
    posteriors = doubt(tree, need, 0.4)
    truth = certainty._exact(certainty.Drawn(tree, posteriors, CONSTANT, 1), np.random.SeedSequence(99), silent)[
        OVERALL
    ].median
    found = certainty._exact(certainty.Drawn(tree, posteriors, CONSTANT, 400), np.random.SeedSequence(5), silent)[
        OVERALL
    ]
    assert np.mean((truth >= found.low) & (truth <= found.high)) == pytest.approx(0.9, abs=0.02)


def test_one_seed_gives_one_answer():
    need = figures(300)
    tree = tree_of(need)
    once, again = (of_counts(tree, doubt(tree, need, 0.3))[OVERALL] for _ in range(2))
    assert np.array_equal(once.hotspot, again.hotspot)


class TestPosterior:
    """Of 40 areas in one district: counts r out of n."""

    n = np.array([20.0] + [2000.0] * 39)
    r = np.array([4.0, *np.linspace(200, 600, 39)])
    district = np.zeros(40, dtype=int)

    def found(self, r):
        return posterior(Counts("logit", r, self.n), r / self.n, [self.district], direction=1)

    def test_the_smallest_area_is_the_least_sure(self):
        assert np.argmax(self.found(self.r).variance) == 0

    def test_no_case_at_all_is_no_certainty(self):
        r = self.r.copy()
        r[0] = 0.0
        assert self.found(r).variance[0] > 0.01

    def test_alone_in_its_district_it_has_the_doubt_of_its_own_counts(self):
        """s2 = (n+1)(n+2)/(n(r+1)(n-r+1)) = 21 x 22/(20 x 5 x 17) = .27176 for r = 4, n = 20."""
        alone = posterior(
            Counts("logit", np.array([4.0]), np.array([20.0])), np.array([0.2]), [np.zeros(1, dtype=int)], direction=1
        )
        assert alone.variance[0] == pytest.approx(462 / 1700)

    def test_an_imputed_area_has_the_districts_whole_spread(self):
        r = self.r.copy()
        r[5] = np.nan
        shrunk = np.where(np.isnan(r), 0.2, r / self.n)
        found = posterior(Counts("logit", r, self.n), shrunk, [self.district], direction=1)
        assert found.variance[5] > 5 * found.variance[6]

    def test_in_a_district_without_a_figure_it_has_the_spread_of_what_it_was_filled_from(self):
        """A blank district of two takes its figure from the country: the doubt is the country's, and not 0."""
        r, district = np.append(self.r, [np.nan, np.nan]), np.append(self.district, [1, 1])
        n, country = np.append(self.n, [100.0, 100.0]), np.zeros(42, dtype=int)
        found = posterior(
            Counts("logit", r, n), np.append(self.r / self.n, [0.2, 0.2]), [district, country], direction=1
        )
        blank = self.r.copy()
        blank[5] = np.nan
        shrunk = np.where(np.isnan(blank), 0.2, self.r / self.n)
        alike = posterior(Counts("logit", blank, self.n), shrunk, [self.district], direction=1)
        assert found.variance[40] == found.variance[41] == pytest.approx(alike.variance[5], rel=0.1)

    def test_a_value_that_is_not_shrunk_has_its_own_error_and_one_without_an_error_is_exact(self):
        values = np.array([70.0, 80.0, 75.0, np.nan])
        counts = Counts("mean", values, None, np.array([2.0, np.nan, 1.0, np.nan]), np.full(4, 100.0))
        shrunk = np.array([70.0, 80.0, 75.0, 72.5])
        found = posterior(counts, shrunk, [np.zeros(4, dtype=int)], direction=-1, shrinks=False)
        # The gap was filled: t2 = (2.5^2 + 2.5^2) / 1 about M = 72.5; Var(M) = ((12.5 + 4) + (12.5 + 1)) / 4.
        assert found.variance.tolist() == [4.0, 0.0, 1.0, pytest.approx(12.5 + 30 / 4)]

    def test_an_area_of_which_nothing_is_known_lies_as_the_others_do(self):
        """Of skewed figures, too: its normal score is that of a standard normal draw."""
        values = np.exp(np.random.default_rng(4).standard_normal(999))
        one = Posterior(
            np.append(values, 0.0), np.zeros(1000), 1, np.arange(1000), np.append(np.zeros(999, bool), True)
        )
        drawn = one.draw(np.random.default_rng(5), 2000)[-1]
        z = ndtri(np.searchsorted(np.sort(values), drawn) / 1000)
        assert z.mean() == pytest.approx(0, abs=0.07) and z.std() == pytest.approx(1, abs=0.05)

    def test_areas_of_one_source_share_its_draw_and_its_doubt(self):
        """Four LSOAs that take a quarter each of one MSOA's 400 of 8,000: the doubt is that of 400 of 8,000."""
        source = np.repeat(np.arange(10), 4)
        r, n = np.full(40, 100.0), np.full(40, 2000.0)
        one = posterior(Counts("logit", r, n), r / n, [np.repeat(np.arange(10), 4)], direction=1, source=source)
        rows = one.draw(np.random.default_rng(1), 3)
        assert np.array_equal(rows[0], rows[3]) and not np.array_equal(rows[0], rows[4])
        assert one.variance[0] == pytest.approx(8001 * 8002 / (8000 * 401 * 7601))


def test_drawn_weights_have_their_mean_and_spread():
    weights = np.array([0.225, 0.1, 0.225, 0.225, 0.225])
    drawn = certainty.dirichlet(weights, 0.25, 20_000, np.random.default_rng(1))
    assert np.allclose(drawn.sum(axis=1), 1)
    assert np.allclose(drawn.mean(axis=0), weights, atol=0.003)
    assert drawn[:, 0].std() / 0.225 == pytest.approx(0.25, abs=0.01)
    assert np.array_equal(certainty.dirichlet(weights, 0.0, 2, np.random.default_rng(1))[0], weights)
    with pytest.raises(OptionError, match="spread"):
        certainty.dirichlet(weights, 2.0, 10, np.random.default_rng(1))


def test_the_spread_of_weights_in_a_node_is_that_of_equal_ones():
    """Weights .7, .2 and .1: kappa = 2/.25^2 - 1 = 31, so that sd/w = sqrt((1 - w)/(32 w)) = .116, .354 and .530."""
    weights = np.array([1.4, 0.4, 0.2])
    drawn = certainty.dirichlet(weights, 0.25, 40_000, np.random.default_rng(1), at=1 / 3)
    assert drawn.std(axis=0) / weights == pytest.approx([0.1157, 0.3536, 0.5303], rel=0.03)


def test_ranks_of_a_few_values_and_of_values_alone_in_their_cells():
    scores = np.array([[10, 8.3, 6.1, 4.7, 3.3, 2.9, 2.2, 1.1, 0.6, 0]])
    assert certainty.binned_ranks(scores).tolist() == [list(range(1, 11))]
    assert certainty.ranks_of_rows(np.array([[1.0, 3.0, 3.0, 2.0]])).tolist() == [[4, 1, 1, 3]]


def test_binned_ranks_are_ranks():
    scores = np.random.default_rng(2).normal(size=(3, 5000))
    exact = (-scores).argsort(axis=1).argsort(axis=1) + 1
    found = certainty.binned_ranks(scores).astype(int)
    assert np.abs(found - exact).max() <= 7 and found.min() == 1 and found.max() <= 5000


def test_weights_in_doubt_leave_the_neediest_everywhere_sure():
    need = figures(400)
    tree = tree_of(need)
    found = certainty.of_weights(certainty.Drawn(tree, {}, CONSTANT, 100, 0.25), np.random.SeedSequence(1), silent)
    both = (tree.transformed["work"] > 60) & (tree.transformed["health"] > 60)
    assert both.any() and (found.hotspot[both] == 1).all()
    assert np.nansum(found.hotspot) == pytest.approx(80, rel=0.02)


def test_words_by_rule():
    chance = np.array([0.96, 0.95, 0.85, 0.5, 0.2, 0.04, np.nan])
    nothing = np.zeros(7)
    words = certainty.Certainty(chance, *[nothing] * 4).words()
    assert list(words) == ["sure", "sure", "likely", "open", "likely", "sure", None]


def test_of_moments_is_the_normal_chance():
    cdf = certainty.pooled_cdf(np.random.default_rng(3).normal(size=200_000))
    found = certainty.of_moments(np.array([1.0, np.nan]), np.array([0.25, np.nan]), cdf, 100)
    assert found.hotspot[0] == pytest.approx(ndtr((1.0 - 0.8416) / 0.5), abs=0.01) and np.isnan(found.hotspot[1])
