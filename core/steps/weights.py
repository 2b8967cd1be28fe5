"""Weights of the indicators in a dimension, among them one-factor maximum likelihood (paper step 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ..errors import DataError

LEAST_INDICATORS = 3
_SMALLEST_UNIQUENESS = 0.005


@dataclass(frozen=True)
class Factor:
    """A one-factor model: loading, uniqueness and weight of every indicator, and the share of variance explained."""

    loadings: np.ndarray
    uniquenesses: np.ndarray
    weights: np.ndarray
    variance_share: float


def factor_weights(scores: np.ndarray) -> Factor:
    """Weights from a one-factor maximum-likelihood analysis: loading / sum of loadings.

    ``scores``: areas x indicators of normal scores; areas that lack a value are left out. The factor is
    turned so that its loadings sum to a positive number. Raises DataError, saying why, below three
    indicators (the model is not identified), where an indicator never varies or follows from the others,
    or where loadings have mixed signs (a negative weight is no weight). Source: paper, step 7, option 3.
    """
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores).any(axis=1)]
    count = scores.shape[1]
    if count < LEAST_INDICATORS:
        raise DataError(
            f"Factor analysis needs at least {LEAST_INDICATORS} indicators and got {count}: "
            "with fewer, loadings cannot be told from noise. Use equal weights."
        )
    if scores.shape[0] <= count:
        raise DataError(f"Factor analysis needs more areas with all values than indicators; got {scores.shape[0]}.")
    if np.any(scores.std(axis=0) == 0):
        raise DataError("Factor analysis: an indicator has the same value everywhere. Leave it out.")
    correlation = np.corrcoef(scores, rowvar=False)
    if np.linalg.matrix_rank(correlation) < count:
        raise DataError("Factor analysis: an indicator is a copy or a sum: it follows from the others. Leave it out.")
    uniquenesses = _fit(correlation)
    loadings = _loadings(correlation, uniquenesses)
    if np.any(loadings <= 0):
        raise DataError(
            "Factor analysis: the indicators do not point at one common factor (loadings of both signs), "
            "so their loadings are no weights. Use equal weights."
        )
    return Factor(loadings, uniquenesses, loadings / loadings.sum(), float((loadings**2).sum() / count))


def _fit(correlation: np.ndarray) -> np.ndarray:
    """Uniquenesses that maximise the likelihood (Joreskog's concentrated form, one factor)."""
    start = 1.0 / np.diag(np.linalg.inv(correlation)) * 0.5

    def objective(uniquenesses: np.ndarray) -> float:
        scale = 1.0 / np.sqrt(uniquenesses)
        values = np.linalg.eigvalsh(correlation * np.outer(scale, scale))[:-1]
        return float(np.sum(values - np.log(values)) - values.size)

    bounds = [(_SMALLEST_UNIQUENESS, 1.0)] * len(start)
    fit = minimize(
        objective,
        np.clip(start, _SMALLEST_UNIQUENESS, 1.0),
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000},
    )
    if not np.all(np.isfinite(fit.x)):
        raise DataError("Factor analysis does not converge on these indicators. Use equal weights.")
    return fit.x


def _loadings(correlation: np.ndarray, uniquenesses: np.ndarray) -> np.ndarray:
    scale = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(correlation / np.outer(scale, scale))
    loadings = scale * vectors[:, -1] * np.sqrt(max(values[-1] - 1.0, 0.0))
    return loadings if loadings.sum() >= 0 else -loadings
