"""The index by other choices of method: the first setting is the run, and only what moves is called a move."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hyperlocal_need.core.findings.method_settings import without_each

from .trees import CONSTANT, tree_of


def silent(fraction, text):
    pass


def test_an_area_that_lacks_the_figure_left_out_moves_no_other():
    """Six areas in one order by a, b, c and d, the first without a: five are ranked with a, six without it, and yet
    none of the five has moved among them."""
    need = pd.DataFrame({name: np.arange(6.0, 0.0, -1.0) for name in "abcd"})
    need.loc[0, "a"] = np.nan
    left = without_each(tree_of(need), {}, CONSTANT, "ranked", silent).set_index("factor").loc["a"]
    assert left["mean_rank_shift"] == 0 and left["hotspots_changed"] == 0
