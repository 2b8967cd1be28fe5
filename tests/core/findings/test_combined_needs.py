"""How needs combine, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.findings import combined_needs

FLAGS = pd.DataFrame({"growth": [1.0, 1.0, 0.0, 0.0, np.nan], "health": [1.0, 1.0, 0.0, 0.0, 1.0]})
SCORES = pd.DataFrame({"growth": [9.0, 8.0, 2.0, 1.0, np.nan], "health": [7.0, 9.0, 3.0, 1.0, 5.0]})


def test_in_how_many_dimensions():
    assert list(combined_needs.count_hotspots(FLAGS)[:4]) == [2, 2, 0, 0]
    assert np.isnan(combined_needs.count_hotspots(FLAGS)[4])


def test_pairs_against_chance():
    """Of four areas two are hot spots in each, both times the same: expected 2 x 2 / 4 = 1, found 2."""
    row = combined_needs.meeting(FLAGS, SCORES).iloc[0]
    assert (row["both"], row["expected"], row["ratio"]) == (2, 1, 2)
    # Ranks 4 3 2 1 and 3 4 2 1: Spearman 1 - 6 x 2/(4 x 15) = .8
    assert row["spearman"] == pytest.approx(0.8)


def test_what_the_map_cannot_say():
    contributions = {"ks2": np.array([3.0, -1.0, 0.0]), "crime": np.array([-1.0, 3.0, 0.0])}
    coarse = [name for name, place in {"ks2": "UTLA23", "crime": "LSOA11"}.items() if combined_needs.is_coarse(place)]
    found = combined_needs.coarse_share(contributions, coarse)
    assert list(found[:2]) == [0.75, 0.25] and np.isnan(found[2])
    assert combined_needs.is_coarse("LSOA21; MSOA11") and not combined_needs.is_coarse("OA21")
