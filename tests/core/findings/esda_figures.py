"""Makes tests/data/esda.json: figures of esda, the reference in Python, for 400 areas on a plane.

Run it where esda is installed (pip install esda): python tests/core/findings/esda_figures.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FIGURES = Path(__file__).parents[2] / "data" / "esda.json"


def areas():
    """(x, pairs of neighbours) of 400 areas, each with those nearby; no area is alone."""
    rng = np.random.default_rng(7)
    places = rng.random((400, 2))
    apart = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    near = (apart < 0.1) | (apart <= apart.min(axis=1)[:, None])
    near |= near.T
    return places[:, 0] + rng.standard_normal(len(places)), np.argwhere(np.triu(near))


def figures(x, pairs) -> dict:
    """What esda finds: z and p of Gi* with binary weights, I and quadrant of local Moran with those of a row."""
    import esda
    import libpysal

    near = {place: [] for place in range(len(x))}
    for first, second in pairs.tolist():
        near[first].append(second)
        near[second].append(first)
    weights = libpysal.weights.W(near, silence_warnings=True)
    star = esda.G_Local(x, weights, transform="B", star=True, permutations=0)
    weights.transform = "r"
    moran = esda.Moran_Local(x, weights, permutations=0)
    return {
        "esda": esda.__version__,
        "z": star.Zs.tolist(),
        "p": star.p_norm.tolist(),
        "i": moran.Is.tolist(),
        "quadrant": moran.q.tolist(),
    }


if __name__ == "__main__":
    x, pairs = areas()
    made = {"x": x.tolist(), "pairs": pairs.tolist(), **figures(x, pairs)}
    FIGURES.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
