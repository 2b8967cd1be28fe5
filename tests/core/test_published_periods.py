"""Periods in the forms in which publishers print them, put in order of time."""

from __future__ import annotations

import pytest

from hyperlocal_need.core.published.reading import periods

# Each line from the earliest to the latest; by alphabet none would be in order.
IN_ORDER = (
    ("September 2023", "April 2024", "December 2024"),
    ("Sep-23", "Apr-24", "Dec-24"),
    ("Q4 2022", "Q1 2023", "Q2 2024"),
    ("Quarter 3 2022", "Quarter 2 2023", "Quarter 1 2024"),
    ("Oct-Dec 2022", "Jan-Mar 2023", "April to June 2023"),
    ("31/12/2022", "01/06/2023", "05/02/2024"),
    ("12/31/2022", "02/15/2023", "01/20/2024"),
    ("year ending September 2022", "year ending March 2023", "year ending December 2023"),
    ("Year to 31 March 2022", "Year to 1 April 2023"),
    ("YE Sep 22", "YE Mar 23"),
    ("Autumn term 2022/23", "Spring term 2022/23", "Autumn term 2023/24"),
    ("Winter 2021", "Spring 2022", "Autumn 2022"),
    ("Q4 2022/23", "Q1 2023/24"),
    ("1999-00", "2000-01", "2009-10"),
    ("FYE 2019", "2019/20", "2021", "2021/22 (p)", "2022p"),
    ("2010-09", "2010-11", "2011-01"),
    ("201009", "201011", "201101"),
    ("Week ending 29 December 2023", "Week ending 5 January 2024"),
    ("April 2022 to March 2023", "January 2023 to December 2023"),
    ("May 2023 [provisional]", "1st January 2024", "2024-01-31T00:00:00"),
    ("Mid-2019", "mid 2020", "Census 2021"),
    ("2019 H2", "2020 H1"),
    ("9/2023", "10/2023", "1/2024"),
    ("2023/9", "2023/10", "2024/1"),
    ("2023M9", "2023M10", "2024M1"),
    ("19/20", "20/21", "23/24"),
    ("FY19", "FYE 21", "FY23"),
    ("2015/16 to 2017/18", "2016/17 to 2018/19"),
    ("20231231", "20240229", "20240331"),
)


@pytest.mark.parametrize("cells", IN_ORDER, ids=lambda cells: cells[0])
def test_in_order_of_time(cells):
    keys = periods.order(list(reversed(cells)))
    assert sorted(cells, key=keys.__getitem__) == list(cells)


@pytest.mark.parametrize(
    ("text", "last", "first"),
    [
        ("2021", (2021, 12, 31), (2021, 1, 1)),
        ("2020/21", (2021, 3, 31), (2020, 4, 1)),
        ("202021", (2021, 3, 31), (2020, 4, 1)),
        ("2015-19", (2019, 12, 31), (2015, 1, 1)),
        ("2024-03", (2024, 3, 31), (2024, 3, 1)),
        ("Q4 2023/24", (2024, 3, 31), (2024, 1, 1)),
        ("Jan 2024", (2024, 1, 31), (2024, 1, 1)),
        ("2021-03-21", (2021, 3, 21), (2021, 3, 21)),
    ],
)
def test_first_and_last_day(text, last, first):
    assert periods.order([text])[text] == (last, first, 0)


@pytest.mark.parametrize(
    "cell", ["Female", "16-64", "May", "Total", "E01000001", "3.2021", "aged 16 to 64 2021", "99/99", "16-17", "16/18"]
)
def test_no_period(cell):
    assert periods.order(["2021", cell]) is None


def test_the_latest_of_a_text():
    assert periods.latest("Claimants, March 2023 and April 2024 (aged 16-64)")[0] == (2024, 4, 30)
    assert periods.latest("Claimants aged 16-64") is None
    assert periods.latest("n 2023/9; of 2023/9, a file")[0] == (2023, 9, 30)


def test_what_sheets_of_several_years_share():
    assert {periods.without(name) for name in ("Table 2019-20", "Table 2021", "Table, March 2022")} == {"table"}
    assert periods.without("Table 1-2021") != periods.without("Table 2-2021"), "a number of the table is no month"


def test_dates_of_a_spreadsheet():
    assert periods.from_serials(["45352", "45383", ""]) == ["2024-03-01", "2024-04-01", ""]
    assert periods.from_serials(["45352", "12"]) == ["45352", "12"]


@pytest.mark.parametrize("cell", ["20230229", "20231301", "20240431", "19891231", "20500101", "202403310"])
def test_digits_that_are_no_date(cell):
    assert periods.order([cell]) is None
