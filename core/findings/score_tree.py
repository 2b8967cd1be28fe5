"""A finished run as a tree of sums: which parts each node adds up, with which weights, and its step S -> X."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

import numpy as np
import pandas as pd

from ..errors import DataError
from ..methodology import Methodology

OVERALL = "need"


@dataclass(frozen=True)
class Step:
    """A non-decreasing function as points: ``at`` (sorted, distinct) and ``value`` there, straight between them."""

    at: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, sums: np.ndarray, transformed: np.ndarray) -> Step:
        """Through the (S, X) of all areas that have both; DataError where none has."""
        known = ~(np.isnan(sums) | np.isnan(transformed))
        if not known.any():
            raise DataError("No area has a score, so there is nothing to read a step from.")
        at, first = np.unique(sums[known], return_index=True)
        return cls(at, transformed[known][first])

    def __call__(self, sums: np.ndarray) -> np.ndarray:
        """X at these sums; beyond the lowest and highest point it stays there. NaN stays NaN."""
        return np.interp(sums, self.at, self.value)


@dataclass(frozen=True)
class Sum:
    """One node: the parts it sums (indicators or nodes below it) and their weights, in one order."""

    id: str
    parts: Tuple[str, ...]
    weights: np.ndarray


@dataclass(frozen=True)
class ScoreTree:
    """A run's sums from the bottom up, with the normal scores that went in and the sums that came out.

    ``codes``: area codes; every array is in their order. ``z``: normal scores by indicator. ``sums`` and
    ``transformed``: S and X by node (sub-dimensions, then dimensions). ``nodes``: the same nodes as sums.
    ``top``: the dimensions and their weights. ``composite``: the weighted sum of the dimensions' X.
    """

    codes: pd.Index
    z: Mapping[str, np.ndarray]
    sums: Mapping[str, np.ndarray]
    transformed: Mapping[str, np.ndarray]
    nodes: Tuple[Sum, ...]
    top: Sum
    composite: np.ndarray

    @property
    def ranked(self) -> np.ndarray:
        """True where an area has an overall score."""
        return ~np.isnan(self.composite)

    @property
    def dimensions(self) -> Tuple[str, ...]:
        """Ids of the dimensions."""
        return self.top.parts

    def node(self, name: str) -> Sum:
        """The sum of that id."""
        return next(node for node in self.nodes if node.id == name)

    def step(self, name: str) -> Step:
        """S -> X of a node, as the finished run has it."""
        return Step.of(self.sums[name], self.transformed[name])

    def measure(self, name: str) -> np.ndarray:
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

    DataError where the result was written without its stages, or its layers are not of one run.
    """
    if normal_scores.empty or sub_dimensions.empty:
        raise DataError("The result was written without its stages; compute it again with 'Write every stage'.")
    codes = need.index
    if not (normal_scores.index.equals(codes) and sub_dimensions.index.equals(codes)):
        raise DataError("The layers of the result do not hold the same areas; compute it again.")
    z = {
        node.id: normal_scores[f"{node.id}_z"].to_numpy(dtype=float)
        for node in methodology.indicators
        if f"{node.id}_z" in normal_scores
    }
    sums: Dict[str, np.ndarray] = {}
    transformed: Dict[str, np.ndarray] = {}
    nodes: List[Sum] = []
    for parent in (*methodology.sub_dimensions, *methodology.dimensions):
        if f"{parent.id}_sum" not in sub_dimensions:
            continue
        parts = tuple(child.id for child in methodology.children(parent.id) if child.id in transformed or child.id in z)
        sums[parent.id] = sub_dimensions[f"{parent.id}_sum"].to_numpy(dtype=float)
        transformed[parent.id] = sub_dimensions[f"{parent.id}_exp"].to_numpy(dtype=float)
        nodes.append(Sum(parent.id, parts, _weights(weights, parts)))
    top = tuple(node.id for node in methodology.dimensions if node.id in transformed)
    composite = need["composite"].to_numpy(dtype=float)
    return ScoreTree(codes, z, sums, transformed, tuple(nodes), Sum(OVERALL, top, _weights(weights, top)), composite)


def _weights(weights: Mapping[str, float], parts: Tuple[str, ...]) -> np.ndarray:
    lacking = [part for part in parts if part not in weights]
    if lacking:
        raise DataError(f"The run's log records no weight for '{lacking[0]}'; compute the index again.")
    return np.array([weights[part] for part in parts], dtype=float)
