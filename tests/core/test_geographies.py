"""Authorities that were recoded or merged, brought to the year of a list."""

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import geographies
from hyperlocal_need.core.errors import PackError

SOMERSET = ("E07000187", "E07000188", "E07000189", "E07000190", "E07000191")


def table(**columns):
    return pd.DataFrame({name: pd.Series(values, dtype=float) for name, values in columns.items()})


def test_the_shipped_changes_are_sound():
    changes = geographies.recodes()
    assert {one.kind for one in changes} == {geographies.RECODED, geographies.MERGED}
    assert all(len(one.old) == len(one.new) == 9 and one.old != one.new for one in changes)
    assert all(pd.Timestamp(one.date) >= pd.Timestamp("2012-04-01") for one in changes)
    assert len({(one.old, one.new) for one in changes}) == len(changes)


@pytest.mark.parametrize(
    ("given", "wanted"), [("E08000038", "E08000016"), ("E08000016", "E08000038"), ("E06000048", "E06000057")]
)
def test_a_recoded_authority_is_found_in_either_direction(given, wanted):
    figures, words = geographies.bring(table(rate={given: 0.4, "E09000001": 0.1}), [wanted, "E09000001"], "a.csv")
    assert figures["rate"].to_dict() == {"E09000001": 0.1, wanted: 0.4}
    assert len(words) == 1 and f"{given} as {wanted}" in words[0] and words[0].startswith("a.csv: ")


def test_parts_of_parts_are_summed_forward():
    # Somerset West and Taunton (2019) had merged from two, and went into Somerset with three more in 2023.
    figures, words = geographies.bring(table(people=dict.fromkeys(SOMERSET, 10.0)), ["E06000066"], "a.csv")
    assert figures["people"].to_dict() == {"E06000066": 50.0}
    assert all(code in words[0] for code in SOMERSET)
    later = dict.fromkeys([*SOMERSET[:3], "E07000246"], 10.0)
    assert geographies.bring(table(people=later), ["E06000066"], "a.csv")[0]["people"].to_dict() == {"E06000066": 40.0}


def test_a_blank_or_lacking_part_gives_no_figure_rather_than_a_small_one():
    blank = dict.fromkeys(SOMERSET, 10.0)
    blank[SOMERSET[0]] = np.nan
    assert np.isnan(geographies.bring(table(people=blank), ["E06000066"], "a.csv")[0]["people"]["E06000066"])
    figures, words = geographies.bring(table(people=dict.fromkeys(SOMERSET[1:], 10.0)), ["E06000066"], "a.csv")
    assert figures.empty and "parts of them are lacking" in words[0] and SOMERSET[1] in words[0]


def test_rates_of_merged_authorities_need_a_weight():
    rates = table(rate={"E07000201": 0.2, "E07000204": 0.5}, people={"E07000201": 100, "E07000204": 200})
    with pytest.raises(PackError, match=r"E07000201, E07000204 merged into E07000245 \(West Suffolk\).*'rate'"):
        geographies.bring(rates[["rate"]], ["E07000245"], "a.csv", means=["rate"])
    # (100 x 0.2 + 200 x 0.5) / 300 = 0.4
    figures, _ = geographies.bring(rates, ["E07000245"], "a.csv", means=["rate"], weight="people")
    assert figures.loc["E07000245"].to_dict() == {"rate": pytest.approx(0.4), "people": 300.0}


def test_a_table_of_two_tiers_or_two_years_is_counted_once():
    whole = {"E10000027": 50.0, **dict.fromkeys(SOMERSET, 10.0)}
    figures, words = geographies.bring(table(people=whole), ["E06000066"], "a.csv")
    assert figures["people"].to_dict() == {"E06000066": 50.0} and len(words) == 2
    both = table(people={"E08000016": 1.0, "E08000038": 2.0})
    figures, words = geographies.bring(both, ["E08000016"], "a.csv")
    assert figures["people"].to_dict() == {"E08000016": 1.0} and "E08000038" in words[0]


def test_what_merged_cannot_be_parted_and_strange_codes_stay():
    given = table(people={"E06000066": 50.0, "E06000999": 1.0})
    figures, words = geographies.bring(given, SOMERSET, "a.csv")
    assert figures.equals(given) and words == ()
