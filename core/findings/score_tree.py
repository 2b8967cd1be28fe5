"""A finished run as a tree of sums: which parts each node adds up, with which weights, and its step S -> X."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, Iterable, List, Mapping, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..methodology import Methodology
from ..steps.standardise import published_ranks

OVERALL = "need"
_NEAR = 1e-9
_LOCAL_SHARE = 0.005


@dataclass(frozen=True)
class Step:
    """A non-decreasing function as points: ``at`` (sorted, distinct) and ``value`` there, straight between them."""

    at: Array
    value: Array

    @classmethod
    def of(cls, sums: Array, transformed: Array) -> Step:
        """Through the (S, X) of all areas that have both; DataError where none has."""
        known = ~(np.isnan(sums) | np.isnan(transformed))
        if not known.any():
            raise DataError("No area has a score, so there is nothing to read a step from.")
        at, first = np.unique(sums[known], return_index=True)
        return cls(at, transformed[known][first])

    def __call__(self, sums: Any) -> Any:
        """X at these sums; beyond the lowest and highest point it stays there. NaN stays NaN."""
        return np.interp(sums, self.at, self.value)

    def slope(self, sums: Array, transformed: Array, base: float) -> Array:
        """The secant from ``base`` to each area's (S, X); the slope about it where both lie together."""
        step = max(_LOCAL_SHARE * (self.at[-1] - self.at[0]), _NEAR)
        local = (self(base + step) - self(base - step)) / (2.0 * step)
        gap = sums - base
        far = np.abs(gap) >= _NEAR
        return np.where(far, (transformed - self(base)) / np.where(far, gap, 1.0), local)


@dataclass(frozen=True)
class Sum:
    """One node: the parts it sums (indicators or nodes below it) and their weights, in one order."""

    id: str
    parts: Tuple[str, ...]
    weights: Array


@dataclass(frozen=True)
class ScoreTree:
    """A run's sums from the bottom up, with the normal scores that went in and the sums that came out.

    ``codes``: area codes; every array is in their order. ``z``: normal scores by indicator. ``sums`` and
    ``transformed``: S and X by node (sub-dimensions, then dimensions). ``nodes``: the same nodes as sums.
    ``top``: the dimensions and their weights. ``composite``: the weighted sum of the dimensions' X.
    """

    codes: pd.Index
    z: Mapping[str, Array]
    sums: Mapping[str, Array]
    transformed: Mapping[str, Array]
    nodes: Tuple[Sum, ...]
    top: Sum
    composite: Array

    @property
    def ranked(self) -> Array:
        """True where an area has an overall score."""
        return ~np.isnan(self.composite)

    @cached_property
    def ranks(self) -> Array:
        """The run's published ranks, 1 = highest need."""
        return published_ranks(self.composite)

    @property
    def dimensions(self) -> Tuple[str, ...]:
        """Ids of the dimensions."""
        return self.top.parts

    def node(self, name: str) -> Sum:
        """The sum of that id."""
        return next(node for node in self.nodes if node.id == name)

    def step(self, name: str) -> Step:
        """S -> X of a node, as the finished run has it."""
        return self._steps[name]

    @cached_property
    def _steps(self) -> Dict[str, Step]:
        return {node.id: Step.of(self.sums[node.id], self.transformed[node.id]) for node in self.nodes}

    @property
    def parents(self) -> Dict[str, Tuple[str, str]]:
        """For each indicator the sub-dimension (or '') and the dimension above it, in the order of the tree."""
        above = {part: node.id for node in self.nodes for part in node.parts}
        inside: Dict[str, Tuple[str, str]] = {}
        for dimension in self.dimensions:
            for part in self.node(dimension).parts:
                below = self.node(part).parts if part not in self.z else (part,)
                inside.update({name: (part if above[name] == part else "", dimension) for name in below})
        return inside

    @property
    def weights(self) -> Dict[str, float]:
        """The weight of every indicator and node inside what it is summed up to."""
        return {part: float(w) for node in (*self.nodes, self.top) for part, w in zip(node.parts, node.weights)}

    def forward(self, z: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any], Any]:
        """Sums and X of every node, and the composite, of an area with these normal scores (or of several)."""
        sums: Dict[str, Any] = {}
        transformed: Dict[str, Any] = {}
        for node in self.nodes:
            parts = [transformed[part] if part in transformed else z.get(part, 0.0) for part in node.parts]
            sums[node.id] = weighted_sum(zip(node.weights.tolist(), parts))
            transformed[node.id] = self.step(node.id)(sums[node.id])
        top = zip(self.top.weights.tolist(), map(transformed.get, self.top.parts))
        return sums, transformed, weighted_sum(top)

    def score(self, name: str) -> Array:
        """What a part enters its sum by: an indicator's normal score, a node's X."""
        return self.z[name] if name in self.z else self.transformed[name]

    def measure(self, name: str) -> Array:
        """What a measure is ranked by: the composite for the overall one, else the dimension's sum."""
        return self.composite if name == OVERALL else self.sums[name]


def read_tree(
    methodology: Methodology,
    weights: Mapping[str, float],
    need: pd.DataFrame,
    normal_scores: pd.DataFrame,
    sub_dimensions: pd.DataFrame,
) -> ScoreTree:
    """The tree of a run, from its layers and the weights that its log records.

    Weights that the log lacks are 1 where the sums are plain, else solved from them, of which they are the
    coefficients. DataError where the result was written without its stages, or its layers are not of one run.
    """
    if normal_scores.empty or sub_dimensions.empty:
        raise DataError("The result was written without its stages; compute it again with 'Write every stage'.")
    codes = need.index
    if not (normal_scores.index.equals(codes) and sub_dimensions.index.equals(codes)):
        raise DataError("The layers of the result do not hold the same areas; compute it again.")
    z = {
        node.id: column(normal_scores, f"{node.id}_z")
        for node in methodology.indicators
        if f"{node.id}_z" in normal_scores
    }
    sums: Dict[str, Array] = {}
    transformed: Dict[str, Array] = {}
    nodes: List[Sum] = []
    for parent in (*methodology.sub_dimensions, *methodology.dimensions):
        if f"{parent.id}_sum" not in sub_dimensions:
            continue
        available = {**z, **transformed}
        parts = tuple(child.id for child in methodology.children(parent.id) if child.id in available)
        sums[parent.id] = column(sub_dimensions, f"{parent.id}_sum")
        transformed[parent.id] = column(sub_dimensions, f"{parent.id}_exp")
        nodes.append(Sum(parent.id, parts, _weights(weights, parts, available, sums[parent.id])))
    top = tuple(node.id for node in methodology.dimensions if node.id in transformed)
    composite = column(need, "composite")
    over_all = Sum(OVERALL, top, _weights(weights, top, transformed, composite))
    return ScoreTree(codes, z, sums, transformed, tuple(nodes), over_all, composite)


def top_scores(
    methodology: Methodology, weights: Mapping[str, float], need: pd.DataFrame
) -> Tuple[Dict[str, Array], Array]:
    """X of every dimension, as the layer need has it, and their weights; DataError where it has none of them."""
    ids = [node.id for node in methodology.dimensions if f"{node.id}_score" in need]
    if not ids:
        raise DataError(f"The result holds no score of a dimension of '{methodology.title}'; give METHODOLOGY its own.")
    scores = {name: column(need, f"{name}_score") for name in ids}
    return scores, _weights(weights, tuple(ids), scores, column(need, "composite"))


def weighted_sum(pairs: Iterable[Tuple[Any, Any]]) -> Any:
    """The sum of weight x part; a part of weight 0 is no part, so that its gaps leave none."""
    return sum(weight * part for weight, part in pairs if np.any(weight))


def column(frame: pd.DataFrame, name: str) -> Array:
    """A column as float64, gaps as NaN."""
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def _weights(
    logged: Mapping[str, float], parts: Tuple[str, ...], available: Mapping[str, Array], total: Array
) -> Array:
    if all(part in logged for part in parts):
        return np.array([logged[part] for part in parts], dtype=float)
    columns = np.column_stack([available[part] for part in parts])
    known = ~np.isnan(columns).any(axis=1) & ~np.isnan(total)
    if np.allclose(columns[known].sum(axis=1), total[known], rtol=0, atol=1e-9):
        # Figures of authorities may follow from each other, and then many weights would do.
        return np.ones(len(parts))
    solved: Array = np.linalg.lstsq(columns[known], total[known], rcond=None)[0]
    return solved.round(12)
