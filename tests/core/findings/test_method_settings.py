"""The index by other choices of method: the first setting is the run, and only what moves is called a move."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import index
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings.method_settings import method_settings, without_each
from hyperlocal_need.core.steps.standardise import published_ranks

from .planted import METHODOLOGY, indicators_of, run, saved_of, truth
from .trees import CONSTANT, tree_of


def silent(fraction, text):
    pass


@pytest.mark.parametrize("missing", ["exclude", "district"])
def test_ranks_are_divided_as_the_run_divides_them(missing):
    """A quarter of the areas lacks a, so that all of them and the ranked ones are far apart."""
    saved, log = run(120, gaps=30, missing=missing, divisor="all")
    found = method_settings(saved, saved.tree, log, silent)
    assert np.array_equal(found.ranks[0], published_ranks(saved.tree.composite[found.rows]))


def test_gaps_are_filled_from_the_districts_that_the_run_has_shrunk_towards():
    """Reported by two districts, shrunk towards six others, which the pack knows."""
    figures = indicators_of(*truth(120), gaps=30)
    towards = pd.Series([f"S{place % 6}" for place in range(120)], index=figures.areas.index)
    figures.areas["shrinkage_district"] = towards
    saved = saved_of(index.run(METHODOLOGY, figures, missing="district"))
    log = {"options": {"missing": "district"}, "districts": {"report_by": "LTLA23", "shrink_by": "CTY"}}
    pack = SimpleNamespace(lookup=lambda geography, parents: pd.DataFrame({"CTY": towards[::-1]}))
    found = method_settings(saved, saved.tree, log, silent, pack)
    assert np.array_equal(found.ranks[0], published_ranks(saved.tree.composite[found.rows]))
    with pytest.raises(DataError, match="shrunk towards CTY"):
        method_settings(saved, saved.tree, log, silent)


def test_areas_that_are_alike_share_their_rank_in_every_setting():
    """The last area has the figures of the fifth, of the same district: whichever comes first by code."""
    figures = indicators_of(*truth(60, districts=5))
    for one in figures.columns.values():
        for values in (one.value, one.numerator, one.denominator):
            if values is not None:
                values[59] = values[4]
    saved = saved_of(index.run(METHODOLOGY, figures))
    ranks = method_settings(saved, saved.tree, {}, silent).ranks
    assert np.array_equal(ranks[:, 59], ranks[:, 4]) and np.array_equal(ranks[0], saved.tree.ranks)


def test_an_area_that_lacks_the_figure_left_out_moves_no_other():
    """Six areas in one order by a, b, c and d, the first without a: five are ranked with a, six without it, and yet
    none of the five has moved among them."""
    need = pd.DataFrame({name: np.arange(6.0, 0.0, -1.0) for name in "abcd"})
    need.loc[0, "a"] = np.nan
    left = without_each(tree_of(need), {}, CONSTANT, "ranked", silent).set_index("factor").loc["a"]
    assert left["mean_rank_shift"] == 0 and left["hotspots_changed"] == 0
