"""A run for some areas alone: their ranks are among themselves, what was converted stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_pack import DISTRICTS, LSOA21

from hyperlocal_need.core.errors import DataError, OptionError
from hyperlocal_need.core.index import replay, run_pack

BIRCH = DISTRICTS[3]


def run(tiny, universe, **choices):
    return run_pack(tiny.definition(), tiny.open(), tiny.pairs, universe=universe, **choices)[1]


@pytest.mark.parametrize("universe", [[BIRCH], ["birch"], LSOA21[3:], [", ".join(LSOA21[3:])], ["E02100002"]])
def test_by_code_or_name_of_a_larger_area_or_by_areas(tiny, universe):
    everywhere, result = run(tiny, []), run(tiny, universe)
    assert list(result.need.index) == LSOA21[3:]
    assert list(result.districts.index) == [BIRCH]
    assert sorted(result.need["need_rank"]) == [1, 2, 3]
    for column in ("claims", "distance"):
        if column in result.indicators:
            np.testing.assert_array_equal(result.indicators[column], everywhere.indicators.loc[LSOA21[3:], column])


def test_tenths_are_of_the_universe(tiny):
    """Of three areas ranks 1, 2 and 3 are in tenths 4, 7 and 10: 10 times the rank over 3, rounded up."""
    result = run(tiny, [BIRCH])
    by_rank = dict(zip(result.need["need_rank"], result.need["need_decile"]))
    assert by_rank == {1: 4, 2: 7, 3: 10}


def test_the_result_says_so(tiny):
    result = run(tiny, ["Birch"])
    assert result.title == "Tiny, Birch alone"
    said = [note.text for note in result.notes if note.subject == "areas"]
    assert said[0].startswith("only the 3 areas of Birch are ranked, among themselves")


def test_a_district_that_is_cut_is_named(tiny):
    result = run(tiny, LSOA21[:4])
    assert any(note.text == f"{BIRCH}: shrunk towards the areas that are inside alone" for note in result.notes)


def test_small_districts_of_shrinkage_are_named(tiny):
    said = [note.text for note in run(tiny, ["Birch"]).notes]
    assert f"shrunk towards districts of fewer than 10 areas, whose spread is hardly known: {BIRCH} (3)" in said
    assert not any("fewer than 10" in note.text for note in run(tiny, []).notes)


def test_a_local_indicator_of_one_area_of_three_is_no_measure_of_them(tiny):
    tiny.column("distance.csv", "km", ["", "", "", 2.5, "", ""])
    with pytest.raises(DataError, match="covers 1 of 3 areas"):
        run(tiny, [BIRCH])


def test_an_indicator_of_the_universe_alone_takes_part(tiny):
    """Over all six areas 'distance' covers a half, which stops a run; over the three that have it, it is whole."""
    tiny.column("distance.csv", "km", ["", "", "", 2.5, 7, 3])
    with pytest.raises(Exception, match="Distance|distance"):
        run(tiny, [])
    assert run(tiny, [BIRCH]).need["need_rank"].notna().all()


def test_an_indicator_without_a_figure_inside_is_absent(tiny):
    tiny.column("distance.csv", "km", [9, 1, 4, "", "", ""])
    with pytest.raises(Exception, match="distance"):
        run(tiny, [BIRCH], low_coverage="keep")
    assert run(tiny, [BIRCH], missing_indicators="leave_out").left_out == ("distance",)


def test_what_is_no_area_is_refused(tiny):
    with pytest.raises(OptionError, match="UNIVERSE: 'Oak' is no code or name of an area"):
        run(tiny, ["Alder", "Oak"])


def test_the_log_gives_it_again(tiny):
    result = run(tiny, ["Birch"])
    again = replay(result.log, tiny.open(), tiny.pairs)
    assert again.log["results"] == result.log["results"]
