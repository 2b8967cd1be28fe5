"""A run for some areas alone: their ranks are among themselves, what was converted stays as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd
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


def test_the_rank_among_all_areas_of_the_pack_stands_beside_its_own(tiny):
    """The same areas by a run of all six, joined by code; hot spots of six areas are the first: 0.2 x 6 = 1.2."""
    everywhere, result = run(tiny, []), run(tiny, [BIRCH])
    assert not {"need_rank_all", "hotspot_all"} & set(everywhere.need)
    pd.testing.assert_series_equal(
        result.need["need_rank_all"], everywhere.need.loc[LSOA21[3:], "need_rank"], check_names=False
    )
    assert list(result.need["hotspot_all"] == 1) == list(result.need["need_rank_all"] == 1)
    assert str(result.need["need_rank_all"].dtype) == str(result.need["hotspot_all"].dtype) == "Int64"
    said = "the rank among all 6 areas of the pack, a part of England's 33,755, is need_rank_all"
    assert any(note.text.startswith(said) for note in result.notes)


def test_what_only_the_universe_has_is_left_out_of_the_rank_among_all(tiny):
    tiny.column("distance.csv", "km", ["", "", "", 2.5, 7, 3])
    result, without = run(tiny, [BIRCH]), run(tiny, [], low_coverage="leave_out")
    assert list(result.need["need_rank_all"]) == list(without.need.loc[LSOA21[3:], "need_rank"])
    assert any(note.text.endswith("; without distance") for note in result.notes)


def test_where_no_area_of_the_pack_has_everything_there_is_no_rank_among_all_and_the_reason(tiny):
    """Distance is for areas 1 to 4, which lack allowance (2, 3) or crime (1, 4); 5 and 6 are ranked without it."""
    tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", ""])
    tiny.column("allowance.csv", "claims", [5, "", "", 14, 17, 20])
    tiny.column("crime.csv", "rank", ["", 1, "", "", 4, 5])
    result = run(tiny, LSOA21[4:], missing_indicators="leave_out")
    assert sorted(result.need["need_rank"]) == [1, 2]
    assert result.need[["need_rank_all", "hotspot_all"]].isna().all(axis=None)
    assert any(note.text.startswith("there is no rank among all 6 areas") for note in result.notes)
