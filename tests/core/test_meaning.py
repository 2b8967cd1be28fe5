"""What a pack says of a figure, as the text of a column, and back."""

from __future__ import annotations

import itertools

import pytest

from hyperlocal_need.core import meaning
from hyperlocal_need.core.catalogue import GEOGRAPHIES
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.methodology import DIRECTIONS
from hyperlocal_need.core.pack_format import STATUSES, Entry


@pytest.mark.parametrize("unit", ["", "km", "£ million", "minutes; by car", "unit"])
def test_all_that_bears_on_a_figure_comes_back(unit):
    for place, high_is, open_ended, status in itertools.product(
        GEOGRAPHIES, (None, *DIRECTIONS), (True, False), STATUSES
    ):
        said = Entry("swans", "", place, "", high_is=high_is, unbounded=open_ended, status=status, unit=unit)
        heard = meaning.understand("swans", meaning.describe(said))
        facts = ("geography", "high_is", "unbounded", "status")
        assert [getattr(heard, one) for one in facts] == [getattr(said, one) for one in facts]
        assert heard.unit == unit.replace(";", ",")


def test_a_word_that_is_not_known():
    with pytest.raises(DataError, match="'swans_meaning' says 'OA01'"):
        meaning.understand("swans", "OA01; unbounded")
