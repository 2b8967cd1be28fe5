"""Why an area has its score: contributions of indicators that add up, exactly, to its distance from a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ..arrays import Array
from ..errors import DataError
from ..steps.standardise import DIGITS
from .score_tree import ScoreTree, Step

COMPOSITE, NEED_SCORE = "composite", "need_score"
# No normal score of fewer than a thousand million areas lies further out.
_FURTHEST_Z = 6.0
_HALVINGS = 60


@dataclass(frozen=True)
class Contributions:
    """Contributions by area and indicator, in points; NaN where an area has no rank.

    ``points``: areas x indicators; each row sums to the area's composite (or need_score) minus ``baseline``, which is
    one for all or, where each area is compared with its own group, an array.
    ``parents``: for each indicator the sub-dimension (or '') and the dimension above it.
    """

    points: pd.DataFrame
    baseline: Any
    parents: Mapping[str, Tuple[str, str]]

    def of(self, node: str) -> pd.Series:
        """The contribution of an indicator; or of a sub-dimension or dimension, the sum of its indicators'."""
        inside = [name for name in self.points if node == name or node in self.parents[name]]
        return self.points[inside].sum(axis=1, skipna=False)


class Explainer:
    """A finished run taken apart, by its tree; ``need`` holds composite, need_score and need_rank by area_code."""

    def __init__(self, tree: ScoreTree, need: pd.DataFrame) -> None:
        self.tree, self.index = tree, tree.codes
        self.parents, self.weights = tree.parents, tree.weights
        self._composite = tree.composite
        self._score = need["need_score"].to_numpy(dtype=float, na_value=np.nan)
        self._ranked = need["need_rank"].notna().to_numpy()
        self._overall = Step.of(self._composite, self._score)

    def baseline(self, group: Optional[Array] = None) -> Dict[str, float]:
        """A normal score for each indicator: 0, the middle of all areas; or the mean over a group's ranked areas."""
        if group is None:
            return dict.fromkeys(self.parents, 0.0)
        inside = np.asarray(group, dtype=bool) & self._ranked
        if not inside.any():
            raise DataError("No area of the group is ranked, so it cannot be compared with.")
        return {name: float(self.tree.z[name][inside].mean()) for name in self.parents}

    def contributions(
        self,
        baseline: Optional[Mapping[str, float]] = None,
        *,
        unit: str = COMPOSITE,
        rows: Optional[Sequence[int]] = None,
    ) -> Contributions:
        """The contribution of every indicator to every area (or those of ``rows``, by position).

        c_ij = w_d B_dj a_s B_sj a_i (z_ij - zbar_i), B the secant slope of a node's step between the area and the
        baseline; without a_s B_sj where a dimension has no sub-dimensions. sum_i c_ij = C_j - Cbar; in the unit
        need_score each is multiplied by the secant slope of the last step. The sign is that of z - zbar.
        Source: STATISTICS 2 (Aumann and Shapley 1974, level by level).
        """
        base = self.baseline() if baseline is None else baseline
        tree = self.tree
        sums, _, composite = tree.forward(base)
        chosen = np.arange(len(self.index)) if rows is None else np.asarray(rows)
        slopes = {
            node.id: tree.step(node.id).slope(
                tree.sums[node.id][chosen], tree.transformed[node.id][chosen], sums[node.id]
            )
            for node in tree.nodes
        }
        last, level = np.ones(len(chosen)), composite
        if unit == NEED_SCORE:
            last = self._overall.slope(self._composite[chosen], self._score[chosen], composite)
            level = float(self._overall(composite))
        ranked = self._ranked[chosen]
        columns = {}
        for name, (sub_dimension, dimension) in self.parents.items():
            weight = self.weights[dimension] * self.weights[name] * self.weights.get(sub_dimension, 1.0)
            points = last * weight * slopes[dimension] * (self.tree.z[name][chosen] - base[name])
            if sub_dimension:
                points = points * slopes[sub_dimension]
            # What weighs 0 adds 0, a gap too.
            columns[name] = np.where(ranked, points if weight else 0.0, np.nan)
        return Contributions(pd.DataFrame(columns, index=self.index[chosen]), level, self.parents)

    def lifts_out(self, code: str, hotspots: Array) -> Dict[str, float]:
        """For each indicator, the highest normal score with which the area would be no hot spot; NaN where none is.

        Everything else is held, the other areas too. As the area falls those behind it move up, so C(z) is brought by
        bisection below the neediest area outside ``hotspots`` (a mask), by more than makes a tie; hot spots that tie
        for the last place may need less. Empty for an area that is no hot spot, or if all are. Source: STATISTICS 2.
        """
        row, hotspots = self.index.get_loc(code), np.asarray(hotspots, dtype=bool)
        outside = self._ranked & ~hotspots
        if not hotspots[row] or not outside.any():
            return {}
        cut = float(self._composite[outside].max()) * (1.0 - 10.0 ** (1 - DIGITS))
        own = np.array([self.tree.z[name][row] for name in self.parents])
        alone = np.eye(len(own), dtype=bool)

        def composite(changed: Array) -> Array:
            """The composite with each of the indicators changed alone."""
            return self.tree.forward(dict(zip(self.parents, np.where(alone, changed[None, :], own[:, None]))))[2]

        low, high = np.full(own.shape, -_FURTHEST_Z), own.copy()
        possible = composite(low) < cut
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            still_hot = composite(middle) >= cut
            low, high = np.where(still_hot, low, middle), np.where(still_hot, middle, high)
        return dict(zip(self.parents, np.where(possible, low, np.nan).tolist()))


def standing_of(value: float, values: Array) -> float:
    """The normal score of a value among ``values`` (high = need): z of its rank / (n + 1), ties averaged."""
    below, upto = np.count_nonzero(values < value), np.count_nonzero(values <= value)
    return float(ndtri((below + upto + 1.0) / 2.0 / (np.count_nonzero(~np.isnan(values)) + 1.0)))


def value_at(z: float, values: Array) -> float:
    """The value that has a normal score among ``values`` (high = need): the inverse of ``standing_of``."""
    known = np.sort(values[~np.isnan(values)])
    return float(np.interp(ndtr(z) * (len(known) + 1.0), np.arange(1, len(known) + 1), known))
