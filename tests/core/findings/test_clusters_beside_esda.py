"""Gi* and local Moran beside esda, the reference in Python, where it is installed (pip install esda)."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.findings import clusters

esda = pytest.importorskip("esda", reason="esda is not installed (pip install esda), or geopandas is kept out")
libpysal = pytest.importorskip("libpysal", reason="libpysal is not installed: pip install libpysal")


@pytest.fixture(scope="module")
def areas():
    """(x, our neighbours, esda's) of 400 areas on a plane, each with those nearby; no area is alone."""
    rng = np.random.default_rng(7)
    places = rng.random((400, 2))
    apart = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    near = (apart < 0.1) | (apart <= apart.min(axis=1)[:, None])
    near |= near.T
    first, second = np.nonzero(np.triu(near))
    graph = clusters.Neighbours.of_pairs(first, second, len(places))
    theirs = libpysal.weights.W(
        {place: np.flatnonzero(row).tolist() for place, row in enumerate(near)}, silence_warnings=True
    )
    return places[:, 0] + rng.standard_normal(len(places)), graph, theirs


def test_gi_star(areas):
    x, graph, theirs = areas
    expected = esda.G_Local(x, theirs, transform="B", star=True, permutations=0)
    found = clusters.getis_ord(x, graph)
    assert found.z == pytest.approx(expected.Zs, abs=1e-9)
    assert np.minimum(found.p, 1 - found.p) == pytest.approx(expected.p_norm, abs=1e-9)


def test_moran(areas):
    x, graph, theirs = areas
    theirs.transform = "r"
    local = esda.Moran_Local(x, theirs, permutations=0)
    found = clusters.local_moran(x, graph)
    # esda divides by the variance of n - 1, Anselin 1995 by that of n.
    assert found.i * (len(x) - 1) / len(x) == pytest.approx(local.Is, abs=1e-9)
    assert list(found.quadrant) == [("HH", "LH", "LL", "HL")[place - 1] for place in local.q]
