"""Figures as printed, read back as numbers; what is no figure is counted, never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from hyperlocal_need.core.published.reading import numbers


@pytest.mark.parametrize(
    "printed, value",
    [
        ("26525", 26525.0), (" 1,173 ", 1173.0), ("1 234 567", 1234567.0), ("12'000", 12000.0), ("-3.5", -3.5),
        ("\u22122", -2.0), ("45%", 45.0), ("8.3098591549295779", 8.309859154929578), ("\u00a341,400", 41400.0),
        ("\u00a3 12.50", 12.5), ("-\u00a33", -3.0), ("12.3 [r]", 12.3), ("45p", 45.0), ("7*", 7.0), ("9 (p)", 9.0),
        ("67.1,,,,", 67.1), (".5", 0.5), ("1.5E-3", 0.0015), ("\u00a07\u00a0", 7.0), ("3 [note 2]", 3.0),
        ("12\u00b73", 12.3), ("12\u00b73%", 12.3), ("1\u2019234", 1234.0), ("1\u2019234\u2019567.5", 1234567.5),
    ],
)  # fmt: skip
def test_figures(printed, value):
    assert numbers.number(numbers.tidy(printed)) == value


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "1,17",
        "1,23,456",
        "12 34",
        "nan",
        "inf",
        "1e400",
        "1_000",
        "1\u2019234,567",
        "\u00b75",
        "\u0663",
        "0x1F",
        "[x]",
        "abc",
        "2021/22",
        "(5)",
    ],
)
def test_what_is_no_figure(printed):
    assert numbers.number(numbers.tidy(printed)) is None


@pytest.mark.parametrize(
    "mark", ["..", "-", "z", "[x]", "c", "N/A", "[low]", ":", "<5", "fewer than 10", "(c)", "#N/A", "\u2013"]
)
def test_marks(mark):
    assert numbers.is_mark(mark)


def test_a_column_counts_what_it_could_not_read():
    """Seven cells: two figures, one of them revised; one blank; two marks; two texts."""
    read = numbers.read(["5", "6 [r]", "", "[x]", "[x]", "see note", "E01000001"])
    assert read.values[:2].tolist() == [5.0, 6.0] and np.isnan(read.values[2:]).all()
    assert (read.blank, read.marks, read.flagged) == (1, {"[x]": 2}, {"[r]": 1})
    assert read.unreadable == {"see note": 1, "E01000001": 1} and not read.is_numeric
    assert read.count == 2


def test_one_text_in_ten_leaves_a_column_of_figures():
    assert numbers.read(["1"] * 10 + ["text"]).is_numeric
    assert not numbers.read(["1"] * 9 + ["text"]).is_numeric
    assert not numbers.read(["..", "", "c"]).is_numeric


def test_units_are_told():
    assert numbers.read(["5%", "6 %"]).percent and not numbers.read(["5"]).percent
    assert numbers.read(["\u00a35"]).currency
