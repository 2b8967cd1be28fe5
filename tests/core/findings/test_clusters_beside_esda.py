"""Gi* and local Moran beside esda, the reference in Python: figures that esda_figures.py stored."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hyperlocal_need.core.findings import clusters

from .esda_figures import FIGURES


@pytest.fixture(scope="module")
def areas():
    """(x, our neighbours, esda's figures) of 400 areas on a plane."""
    theirs = json.loads(FIGURES.read_text(encoding="utf-8"))
    x, pairs = np.array(theirs["x"]), np.array(theirs["pairs"])
    return x, clusters.Neighbours.of_pairs(*pairs.T, len(x)), theirs


def test_gi_star(areas):
    x, graph, theirs = areas
    found = clusters.getis_ord(x, graph)
    assert found.z == pytest.approx(np.array(theirs["z"]), abs=1e-9)
    assert np.minimum(found.p, 1 - found.p) == pytest.approx(np.array(theirs["p"]), abs=1e-9)


def test_moran(areas):
    x, graph, theirs = areas
    found = clusters.local_moran(x, graph)
    # esda divides by the variance of n - 1, Anselin 1995 by that of n.
    assert found.i * (len(x) - 1) / len(x) == pytest.approx(np.array(theirs["i"]), abs=1e-9)
    assert list(found.quadrant) == [("HH", "LH", "LL", "HL")[place - 1] for place in theirs["quadrant"]]
