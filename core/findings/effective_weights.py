"""What weighs, in truth: each indicator's share of the spread of need beside the weight that it was given."""

from __future__ import annotations

from typing import Dict, Mapping

import numpy as np
import pandas as pd

from ..arrays import Array
from ..steps.standardise import ascending_ranks
from .score_tree import ScoreTree

BINS = 50


def nominal_weights(tree: ScoreTree) -> Dict[str, float]:
    """The product of the normalised weights down the tree, by indicator; they sum to 1."""
    share: Dict[str, float] = dict(zip(tree.top.parts, tree.top.weights / tree.top.weights.sum()))
    for node in reversed(tree.nodes):
        for part, weight in zip(node.parts, node.weights / node.weights.sum()):
            share[part] = share[node.id] * float(weight)
    return {name: share[name] for name in tree.z if name in share}


def correlation_ratio(z: Array, composite: Array, bins: int = BINS) -> float:
    """S = Var(E[C|z]) / Var(C), over equal bins of z by rank, less (bins - 1)/n, what chance alone gives.

    Areas with equal z share a bin, that of their mean rank; bins that are then empty don't count. Not additive, for
    indicators are correlated. Source: Paruolo, Saisana and Saltelli 2013.
    """
    known = ~np.isnan(z) & ~np.isnan(composite)
    c, n = composite[known], int(known.sum())
    if n <= bins or np.ptp(c) == 0:
        return float("nan")
    place = ((ascending_ranks(z[known]) - 1.0) * bins // n).astype(int)
    sizes = np.bincount(place)
    means = np.bincount(place, weights=c) / np.maximum(sizes, 1)
    ratio = float((sizes * (means - c.mean()) ** 2).sum() / ((c - c.mean()) ** 2).sum())
    return ratio - (np.count_nonzero(sizes) - 1) / n


def effective_weights(tree: ScoreTree, contributions: Mapping[str, Array], hotspot: Array) -> pd.DataFrame:
    """A row an indicator: nominal, spread, correlation_ratio, in_hotspots.

    ``contributions``: points of the composite by indicator, from the middle of the country (they add to C less the
    baseline). spread = Cov(c, C)/Var(C), which sums to 1 and may be negative: such an indicator pulls against the
    measure. in_hotspots = mean contribution over the hot spots, over the mean of C less the baseline; sums to 1.
    """
    ranked, names = tree.ranked, list(contributions)
    c = tree.composite[ranked]
    centred = c - c.mean()
    parts = np.column_stack([contributions[name][ranked] for name in names])
    hot = np.asarray(hotspot, dtype=float)[ranked] == 1.0
    means = parts[hot].mean(axis=0) if hot.any() else np.full(len(names), np.nan)
    return pd.DataFrame(
        {
            "nominal": [nominal_weights(tree)[name] for name in names],
            "spread": centred @ parts / (centred @ centred),
            "correlation_ratio": [correlation_ratio(tree.z[name], tree.composite) for name in names],
            "in_hotspots": means / means.sum(),
        },
        index=pd.Index(names, name="indicator"),
    )


def dimension_weights(tree: ScoreTree) -> pd.DataFrame:
    """A row a dimension: nominal, which sums to 1, and spread = Cov(w X, C)/Var(C) by the weights that made C."""
    c = tree.composite[tree.ranked]
    centred = c - c.mean()
    weights = tree.top.weights
    spread = [
        float(centred @ (weight * tree.transformed[name][tree.ranked]) / (centred @ centred))
        for name, weight in zip(tree.top.parts, weights)
    ]
    shares = {"nominal": weights / weights.sum(), "spread": spread}
    return pd.DataFrame(shares, index=pd.Index(tree.top.parts, name="dimension"))
