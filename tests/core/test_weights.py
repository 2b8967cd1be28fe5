"""Factor-analysis weights (paper step 7): loadings that are known beforehand, and when to refuse."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.steps.weights import factor_weights

LOADINGS = np.array([0.9, 0.8, 0.6, 0.5])


def exact_scores(loadings, areas=400):
    """Scores whose correlations are exactly those of a one-factor model: r_ij = l_i l_j."""
    count = len(loadings)
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    noise = np.random.default_rng(9).normal(size=(areas, count))
    # Whitened noise has the identity for its correlations; the root of the matrix wanted then gives it.
    white = np.linalg.qr(noise - noise.mean(axis=0))[0]
    return white @ np.linalg.cholesky(correlation).T


class TestFactor:
    def test_gives_back_the_loadings_it_was_made_from(self):
        factor = factor_weights(exact_scores(LOADINGS))
        assert factor.loadings == pytest.approx(LOADINGS, abs=1e-5)
        assert factor.uniquenesses == pytest.approx(1 - LOADINGS**2, abs=1e-5)
        # 0.9, 0.8, 0.6 and 0.5 sum to 2.8.
        assert factor.weights == pytest.approx([0.9 / 2.8, 0.8 / 2.8, 0.6 / 2.8, 0.5 / 2.8], abs=1e-5)
        assert factor.variance_share == pytest.approx((0.81 + 0.64 + 0.36 + 0.25) / 4, abs=1e-5)

    def test_three_indicators_solved_by_hand(self):
        """With three, l1^2 = r12 r13 / r23: the model fits any correlations."""
        loadings = np.array([0.7, 0.6, 0.4])
        assert factor_weights(exact_scores(loadings)).loadings == pytest.approx(loadings, abs=1e-4)

    def test_equal_loadings_give_equal_weights(self):
        assert factor_weights(exact_scores([0.6, 0.6, 0.6, 0.6])).weights == pytest.approx([0.25] * 4, abs=1e-6)

    def test_scale_order_and_gaps(self):
        """Correlations know no unit and no order; an area that lacks a value is left out."""
        scores = exact_scores(LOADINGS)
        plain = factor_weights(scores).weights
        assert factor_weights(scores * [1, 50, 0.2, 7] + 3).weights == pytest.approx(plain, abs=1e-6)
        assert factor_weights(scores[:, ::-1]).weights == pytest.approx(plain[::-1], abs=1e-6)
        gaps = np.vstack([scores, [np.nan, 100, 100, -100]])
        assert factor_weights(gaps).weights == pytest.approx(plain, abs=1e-12)

    def test_turned_to_point_at_need(self):
        """All indicators turned together leave their correlations, and so the weights, as they are."""
        scores = exact_scores(LOADINGS)
        assert factor_weights(-scores).weights == pytest.approx(factor_weights(scores).weights, abs=1e-9)

    def test_input_stays(self):
        scores = exact_scores(LOADINGS)
        kept = scores.copy()
        factor_weights(scores)
        assert np.array_equal(scores, kept)


class TestRefusals:
    def test_two_indicators(self):
        with pytest.raises(DataError, match="at least 3 indicators and got 2.*equal weights"):
            factor_weights(exact_scores(LOADINGS)[:, :2])

    def test_fewer_areas_than_indicators(self):
        with pytest.raises(DataError, match="more areas .* got 4"):
            factor_weights(np.eye(4))

    def test_a_constant(self):
        scores = exact_scores(LOADINGS)
        scores[:, 2] = 1.0
        with pytest.raises(DataError, match="same value everywhere"):
            factor_weights(scores)

    def test_indicators_that_pull_apart(self):
        scores = exact_scores(LOADINGS)
        scores[:, 3] *= -1
        with pytest.raises(DataError, match="both signs"):
            factor_weights(scores)

    @pytest.mark.parametrize("factor", [1.0, -2.0])
    def test_a_copy_of_another(self, factor):
        scores = exact_scores(LOADINGS)
        scores[:, 3] = factor * scores[:, 0]
        with pytest.raises(DataError, match="follows from the others"):
            factor_weights(scores)
