"""Small runs to ask questions of: two dimensions, one with two sub-dimensions; any number of areas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hyperlocal_need.core.findings.score_tree import OVERALL, ScoreTree, Sum
from hyperlocal_need.core.steps.standardise import ascending_ranks, exponential, normal_scores

CONSTANT = 23.0


def x_of(sums, divisor="ranked"):
    return exponential(ascending_ranks(sums), areas=len(sums), constant=CONSTANT, divisor=divisor)


def tree_of(need, weights=(0.6, 0.4), divisor="ranked"):
    """The run of four indicators (columns a, b, c, d; high = need): work = skills(a) + jobs(b, c); health = d."""
    z = {name: normal_scores(need[name].to_numpy(dtype=float)) for name in "abcd"}
    sums = {"skills": z["a"], "jobs": z["b"] + z["c"]}
    transformed = {name: x_of(column, divisor) for name, column in sums.items()}
    sums.update(work=transformed["skills"] + transformed["jobs"], health=z["d"])
    transformed.update({name: x_of(sums[name], divisor) for name in ("work", "health")})
    nodes = (
        Sum("skills", ("a",), np.ones(1)),
        Sum("jobs", ("b", "c"), np.ones(2)),
        Sum("work", ("skills", "jobs"), np.ones(2)),
        Sum("health", ("d",), np.ones(1)),
    )
    top = Sum(OVERALL, ("work", "health"), np.array(weights))
    composite = weights[0] * transformed["work"] + weights[1] * transformed["health"]
    return ScoreTree(need.index, z, sums, transformed, nodes, top, composite)


def figures(areas, seed=1):
    """Indicators that share a common cause, as in life."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(areas)
    columns = {name: common + rng.standard_normal(areas) for name in "abcd"}
    return pd.DataFrame(columns, index=pd.Index([f"A{place:05d}" for place in range(areas)], name="area_code"))
