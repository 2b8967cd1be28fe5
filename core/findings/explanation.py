"""Why an area has its score: contributions of indicators that add up, exactly, to its distance from a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ..errors import DataError
from ..methodology import Methodology

COMPOSITE, NEED_SCORE = "composite", "need_score"
_NEAR = 1e-9
_LOCAL_SHARE = 0.005
# No normal score of fewer than a thousand million areas lies further out.
_FURTHEST_Z = 6.0
_HALVINGS = 60


@dataclass(frozen=True)
class Contributions:
    """Contributions by area and indicator, in points; NaN where an area has no rank.

    ``points``: areas x indicators; each row sums to the area's composite (or need_score) minus ``baseline``.
    ``parents``: for each indicator the sub-dimension (or '') and the dimension above it.
    """

    points: pd.DataFrame
    baseline: float
    parents: Mapping[str, Tuple[str, str]]

    def of(self, node: str) -> pd.Series:
        """The contribution of an indicator; or of a sub-dimension or dimension, the sum of its indicators'."""
        inside = [name for name in self.points if node == name or node in self.parents[name]]
        return self.points[inside].sum(axis=1, skipna=False)


@dataclass(frozen=True)
class _Curve:
    """A step S -> X of a finished run, read as piecewise linear through all areas."""

    sums: np.ndarray
    scores: np.ndarray

    @classmethod
    def through(cls, sums: np.ndarray, scores: np.ndarray) -> _Curve:
        known = ~(np.isnan(sums) | np.isnan(scores))
        places, first = np.unique(sums[known], return_index=True)
        if not len(places):
            raise DataError("No area has a score, so there is nothing to explain.")
        return cls(places, scores[known][first])

    def __call__(self, sums):
        return np.interp(sums, self.sums, self.scores)

    def slope(self, sums: np.ndarray, scores: np.ndarray, base: float) -> np.ndarray:
        """The secant from the baseline to each area; the slope about it where both lie together."""
        step = max(_LOCAL_SHARE * (self.sums[-1] - self.sums[0]), _NEAR)
        local = (self(base + step) - self(base - step)) / (2.0 * step)
        gap = sums - base
        far = np.abs(gap) >= _NEAR
        return np.where(far, (scores - self(base)) / np.where(far, gap, 1.0), local)


class Explainer:
    """A finished run taken apart: z, sums, scores and the weights with which they were made.

    ``z`` holds ``<id>_z``; ``combined`` ``<node>_sum`` and ``<node>_exp``; ``need`` composite, need_score and
    need_rank; all by area_code. ``weights`` by id are those of the run's log; without them they are solved from the
    sums, of which they are the coefficients.
    """

    def __init__(
        self,
        methodology: Methodology,
        z: pd.DataFrame,
        combined: pd.DataFrame,
        need: pd.DataFrame,
        weights: Optional[Mapping[str, float]] = None,
    ) -> None:
        self.index = need.index
        numbers = {name: z[name].to_numpy(dtype=float, na_value=np.nan) for name in z}
        numbers.update({name: combined[name].to_numpy(dtype=float, na_value=np.nan) for name in combined})
        self._z = {name[:-2]: column for name, column in numbers.items() if name.endswith("_z")}
        self._exp = {name[:-4]: column for name, column in numbers.items() if name.endswith("_exp")}
        self._sum = {name[:-4]: column for name, column in numbers.items() if name.endswith("_sum")}
        self._composite = need["composite"].to_numpy(dtype=float, na_value=np.nan)
        self._score = need["need_score"].to_numpy(dtype=float, na_value=np.nan)
        self._ranked = need["need_rank"].notna().to_numpy()
        self._tree(methodology)
        self.weights = self._weights(weights or {})
        self._curves = {node: _Curve.through(self._sum[node], self._exp[node]) for node in self._parts if node}
        self._overall = _Curve.through(self._composite, self._score)

    def _tree(self, methodology: Methodology) -> None:
        """The parts of every node that has a score, and what stands above each indicator; '' is the index."""
        dimensions = [node.id for node in methodology.dimensions if node.id in self._exp]
        self._parts: Dict[str, List[str]] = {"": dimensions}
        self.parents: Dict[str, Tuple[str, str]] = {}
        for dimension in dimensions:
            children = [child.id for child in methodology.children(dimension)]
            self._parts[dimension] = [one for one in children if one in self._exp or one in self._z]
            for child in self._parts[dimension]:
                if child in self._z:
                    self.parents[child] = ("", dimension)
                    continue
                self._parts[child] = [one.id for one in methodology.children(child) if one.id in self._z]
                self.parents.update(dict.fromkeys(self._parts[child], (child, dimension)))

    def _weights(self, logged: Mapping[str, float]) -> Dict[str, float]:
        found: Dict[str, float] = {}
        for node, parts in self._parts.items():
            if all(part in logged for part in parts):
                found.update({part: float(logged[part]) for part in parts})
                continue
            total = self._sum[node] if node else self._composite
            columns = np.column_stack([self._z.get(part, self._exp.get(part)) for part in parts])
            known = ~np.isnan(columns).any(axis=1) & ~np.isnan(total)
            solved = np.linalg.lstsq(columns[known], total[known], rcond=None)[0]
            found.update({part: float(np.round(weight, 12)) for part, weight in zip(parts, solved)})
        return found

    def baseline(self, group: Optional[np.ndarray] = None) -> Dict[str, float]:
        """A normal score for each indicator: 0, the middle of all areas; or the mean over a group's ranked areas."""
        if group is None:
            return dict.fromkeys(self.parents, 0.0)
        inside = np.asarray(group, dtype=bool) & self._ranked
        if not inside.any():
            raise DataError("No area of the group is ranked, so it cannot be compared with.")
        return {name: float(self._z[name][inside].mean()) for name in self.parents}

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
        sums, scores, composite = self._forward(base)
        chosen = np.arange(len(self.index)) if rows is None else np.asarray(rows)
        slopes = {
            node: curve.slope(self._sum[node][chosen], self._exp[node][chosen], sums[node])
            for node, curve in self._curves.items()
        }
        last, level = np.ones(len(chosen)), composite
        if unit == NEED_SCORE:
            last = self._overall.slope(self._composite[chosen], self._score[chosen], composite)
            level = float(self._overall(composite))
        ranked = self._ranked[chosen]
        columns = {}
        for name, (sub_dimension, dimension) in self.parents.items():
            factor = last * self.weights[dimension] * slopes[dimension] * self.weights[name]
            if sub_dimension:
                factor = factor * self.weights[sub_dimension] * slopes[sub_dimension]
            columns[name] = np.where(ranked, factor * (self._z[name][chosen] - base[name]), np.nan)
        return Contributions(pd.DataFrame(columns, index=self.index[chosen]), level, self.parents)

    def _forward(self, z: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any], Any]:
        """Sums and scores of every node, and the composite, of an area with these normal scores (or of several)."""
        sums: Dict[str, Any] = {}
        scores: Dict[str, Any] = {}
        # Sub-dimensions stand behind their dimension; from the last to the first each finds its parts done.
        for node in reversed([node for node in self._parts if node]):
            sums[node] = sum(self.weights[part] * scores.get(part, z.get(part, 0.0)) for part in self._parts[node])
            scores[node] = self._curves[node](sums[node])
        return sums, scores, sum(self.weights[part] * scores[part] for part in self._parts[""])

    def lifts_out(self, code: str, hotspots: np.ndarray) -> Dict[str, float]:
        """For each indicator, the highest normal score with which the area would be no hot spot; NaN where none is.

        Everything else is held, the other areas too: C(z) is brought below the lowest composite among
        ``hotspots`` (a mask) by bisection. Empty for an area that is no hot spot. Source: STATISTICS 2.
        """
        row, hotspots = self.index.get_loc(code), np.asarray(hotspots, dtype=bool)
        if not hotspots[row]:
            return {}
        cut = float(np.nanmin(self._composite[hotspots]))
        own = np.array([self._z[name][row] for name in self.parents])
        alone = np.eye(len(own), dtype=bool)

        def composite(changed: np.ndarray) -> np.ndarray:
            """The composite with each of the indicators changed alone."""
            return self._forward(dict(zip(self.parents, np.where(alone, changed[None, :], own[:, None]))))[2]

        low, high = np.full(own.shape, -_FURTHEST_Z), own.copy()
        possible = composite(low) < cut
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            still_hot = composite(middle) >= cut
            low, high = np.where(still_hot, low, middle), np.where(still_hot, middle, high)
        return dict(zip(self.parents, np.where(possible, low, np.nan).tolist()))


def standing_of(value: float, values: np.ndarray) -> float:
    """The normal score of a value among ``values`` (high = need): z of its rank / (n + 1), ties averaged."""
    below, upto = np.count_nonzero(values < value), np.count_nonzero(values <= value)
    return float(ndtri((below + upto + 1.0) / 2.0 / (np.count_nonzero(~np.isnan(values)) + 1.0)))


def value_at(z: float, values: np.ndarray) -> float:
    """The value that has a normal score among ``values`` (high = need): the inverse of ``standing_of``."""
    known = np.sort(values[~np.isnan(values)])
    return float(np.interp(ndtr(z) * (len(known) + 1.0), np.arange(1, len(known) + 1), known))
