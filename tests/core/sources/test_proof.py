"""What is never taken: a short table, codes of another year, figures of another date."""

from __future__ import annotations

import pandas as pd
import pytest

from hyperlocal_need.core.sources import proof
from hyperlocal_need.core.sources.asking import SourceError

from .fakes import made


def table(*codes, value=1.0):
    return pd.DataFrame({"residents": value}, index=pd.Index(codes, name="code"))


def recipe(**fetch):
    return made({"kind": "manual", "rows": 3, "england": 2, **fetch})


WHOLE = table("E00000002", "W00000001", "E00000001")


def test_the_rows_of_england_in_order():
    own, said = proof.prove(recipe(), WHOLE, {"E00000001", "E00000002"})
    assert list(own.index) == ["E00000001", "E00000002"] and said == []


@pytest.mark.parametrize(
    "given, known, words",
    [
        (table("E00000001", "E00000002"), None, "2 areas came of the 3 that there are"),
        (table("E00000001", "W00000001", "W00000002"), None, "1 areas of England came of 2"),
        (table("E00000001", "E00000001", "W00000001"), None, "1 areas come twice, such as E00000001"),
        (WHOLE, {"E00000001"}, "1 codes are none of OA21, such as E00000002"),
        (table("E00000001", "E00000002", "W00000001", value=float("nan")), None, "'residents' has no figure at all"),
    ],
)
def test_what_is_not_taken(given, known, words):
    with pytest.raises(SourceError, match=words):
        proof.prove(recipe(), given, known)


def test_gaps_that_are_known_of_are_said():
    own, said = proof.prove(recipe(gaps=1), table("E00000001", "W00000001"), None)
    assert len(own) == 1 and said == ["census_ts037: 1 areas of England have no row."]


def test_authorities_may_have_codes_of_another_year():
    """Barnsley was E08000016 until 2025 and is E08000038 since."""
    lower = recipe(geography="LTLA23", rows=1, england=1)
    assert len(proof.prove(lower, table("E08000038"), {"E08000016"})[0]) == 1


def test_another_vintage():
    with pytest.raises(SourceError, match="of 2011, older than the 2021"):
        proof.check_date(recipe(date="2021"), "2011")
    with pytest.raises(SourceError, match="nothing in the file says '2022'"):
        proof.check_words(recipe(proof=["2022"]), "Fuel poverty, 2023 figures")
