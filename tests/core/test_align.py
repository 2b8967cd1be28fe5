"""Joining a table to a geography by code: strange codes are dropped, noted or refused.

Source: paper step 1, docs/method.md#1-conversion-to-lsoa.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import PackError
from hyperlocal_need.core.steps.convert import align
from hyperlocal_need.core.texts import listed


class TestCodes:
    def test_other_countries_are_dropped_and_counted(self, tiny):
        tiny.tables["income.csv"] += [["W02000001", 9e9], ["S02000001", 9e9]]
        income = tiny.convert("income")
        assert income.value.tolist() == [20000] * 3 + [30000] * 3
        assert income.notes == ("income.csv: 2 areas outside England dropped",)

    def test_a_few_unknown_codes_are_noted(self, tiny):
        """One of 201: under 1 %."""
        tiny.tables["claims.csv"] += [[f"W00{number:06}", 1, 2] for number in range(9)]
        rows = [[f"E0010{number:04}", 0, 1] for number in range(2000, 2194)]
        tiny.tables["oa21.csv"] += [[code, LSOA21[0]] for code, _, _ in rows]
        tiny.tables["claims.csv"] += [*rows, ["E00999999", 7, 7]]
        claims = tiny.convert("claims", "count")
        assert claims.notes == (
            "claims.csv: 1 unknown codes left out: E00999999",
            "claims.csv: 9 areas outside England dropped",
        )

    def test_another_vintage_is_refused_and_named(self, tiny):
        tiny.spec["indicators"]["crime"]["geography"] = "MSOA11"
        message = (
            r"crime.csv: 6 of 6 codes are not MSOA11 codes \(for example E01000011\); 100% of these are LSOA11 codes"
        )
        with pytest.raises(PackError, match=message):
            tiny.convert("crime")

    def test_one_in_a_hundred_is_allowed_and_no_more(self, tiny):
        codes = [f"E0010{number:04}" for number in range(2000, 2086)]
        tiny.tables["oa21.csv"] += [[code, LSOA21[0]] for code in codes]
        tiny.tables["claims.csv"] += [[code, 0, 1] for code in codes]
        tiny.tables["claims.csv"].append(["E00999999", 7, 7])
        assert len(tiny.tables["claims.csv"]) == 1 + 99
        with pytest.raises(PackError, match="claims.csv: 1 of 99 codes are not OA21 codes"):
            tiny.convert("claims", "count")
        tiny.tables["oa21.csv"].append(["E00103000", LSOA21[0]])
        tiny.tables["claims.csv"].append(["E00103000", 0, 1])
        assert tiny.convert("claims", "count").notes[0].startswith("claims.csv: 1 unknown codes left out")

    def test_codes_of_nothing_known(self, tiny):
        tiny.column("income.csv", "code", ["E99", "E98"])
        with pytest.raises(PackError, match=r"2 of 2 codes are not MSOA11 codes \(for example E99\)\.$"):
            tiny.convert("income")
        tiny.column("income.csv", "code", ["W02000001", "W02000002"])
        with pytest.raises(PackError, match="0 of 0 codes"):
            tiny.convert("income")

    def test_negative_counts_name_file_column_and_area(self, tiny):
        tiny.column("allowance.csv", "claims", [1, -2])
        with pytest.raises(PackError, match=f"allowance.csv: column 'claims' is negative for {LSOA21[1]}"):
            tiny.convert("allowance", "count")

    def test_areas_that_the_table_lacks_have_no_value(self, tiny):
        """A missing row is a gap, and never a zero."""
        tiny.tables["allowance.csv"].pop()
        assert np.isnan(tiny.convert("allowance", "count").value).tolist() == [False] * 5 + [True]


def test_a_table_without_rows(tiny):
    crosswalks = tiny.crosswalks()
    nothing = pd.DataFrame({"km": []}, index=pd.Index([], dtype=object))
    with pytest.raises(PackError, match="distance.csv: 0 of 0 codes are not LSOA21 codes"):
        align(nothing, crosswalks["LSOA21"], "distance.csv", crosswalks)


def test_codes_in_words():
    assert listed(["E1", "E2"]) == "E1, E2"
    assert listed([f"E{n}" for n in range(1005)], most=2) == "E0, E1 and 1,003 more"


@pytest.mark.parametrize(("listed", "given"), [("E08000016", "E08000038"), ("E08000038", "E08000016")])
def test_an_authority_recoded_since_or_before_keeps_its_figures(tiny, listed, given):
    for row in tiny.tables["lsoa21.csv"][1:]:
        row[3] = {"E07000001": listed}.get(row[3], row[3])
    tiny.column("pupils.csv", "code", [given, "E07000002"])
    pupils = tiny.convert("pupils")
    assert pupils.value.tolist() == [40.0] * 3 + [60.0] * 3
    assert [f"{given} as {listed} (Barnsley)" in text for text in pupils.notes] == [True]
