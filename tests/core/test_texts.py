"""Columns of texts, and texts that a spreadsheet must not take for formulas."""

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import texts


@pytest.fixture(params=[object, "string"])
def frame(request):
    """Texts as objects, as pandas keeps them before version 3, and in a type of their own."""
    return pd.DataFrame({"name": pd.Series(["=1+1", None, "ward"], dtype=request.param), "rank": [1, 2, 3]})


def test_columns_of_texts_are_found_whatever_their_type(frame):
    assert texts.text_columns(frame) == ["name"]
    assert texts.text_columns(frame.assign(name=[1.5, np.nan, 2.0])) == []


def test_gaps_among_texts_are_none(frame):
    assert texts.as_objects(frame["name"]).tolist() == ["=1+1", None, "ward"]


def test_formulas_are_made_harmless_and_numbers_stay(frame):
    safe = texts.safe_for_spreadsheets(frame)
    assert safe["name"].tolist()[::2] == ["'=1+1", "ward"]
    assert safe["name"].isna().tolist() == [False, True, False]
    assert safe["rank"].tolist() == [1, 2, 3]
    keyed = texts.safe_for_spreadsheets(frame.set_axis(pd.Index(["=2", "W2", "-W3"], name="code")))
    assert keyed.index.tolist() == ["'=2", "W2", "'-W3"] and keyed.index.name == "code", "codes are texts too"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_known(start):
    assert texts.safe_for_spreadsheets(pd.DataFrame({"a": [f"{start}SUM(A1)"]}))["a"][0] == f"'{start}SUM(A1)"
