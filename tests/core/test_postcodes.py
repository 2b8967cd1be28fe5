"""Postcodes as people write them."""

from __future__ import annotations

import pandas as pd
import pytest

from hyperlocal_need.core.steps import postcodes


class TestWrittenPostcodes:
    """Postcodes as people write them, against a directory of two, the second terminated."""

    directory = pd.Index(["AB12CD", "AB12CE"])

    @pytest.mark.parametrize("written", ["AB1 2CD", "ab12cd", " a b1  2c d ", "AB1-2CD", "ab1\u00a02cd", "AB1.2CD"])
    def test_spacing_and_case_do_not_matter(self, written):
        found = postcodes.match([written], self.directory, [True, False])
        assert (found.position[0], found.found[0]) == (0, postcodes.MATCHED)

    def test_what_is_not_found_is_told_apart(self):
        found = postcodes.match(["AB1 2CE", "AB1 2CF", "hello", "", None, float("nan")], self.directory, [True, False])
        assert found.position.tolist() == [1, -1, -1, -1, -1, -1]
        assert found.found.tolist() == [
            postcodes.TERMINATED,
            postcodes.UNKNOWN,
            postcodes.MALFORMED,
            *[postcodes.EMPTY] * 3,
        ]

    def test_terminated_ones_can_be_left_unmatched(self):
        found = postcodes.match(["AB1 2CE"], self.directory, [True, False], live_only=True)
        assert (found.position[0], found.found[0]) == (-1, postcodes.TERMINATED)
