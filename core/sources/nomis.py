"""Nomis: a dataset as CSV, page by page (https://www.nomisweb.co.uk/api/v01/help)."""

from __future__ import annotations

from math import prod
from typing import List
from urllib.parse import urlencode

import pandas as pd

from .answer import Answer, Get, read_csv, widen
from .asking import Request
from .recipe import Recipe

ADDRESS = "https://www.nomisweb.co.uk/api/v01/dataset/"
# Nomis stops here without a word.
MOST_ROWS = 25_000


def read(recipe: Recipe, get: Get) -> Answer:
    """Every page of a dataset: until one is not full, or all rows that the recipe expects are there."""
    asked = recipe.fetch.parameters
    dimensions = {name: codes.replace(" ", "") for name, codes in asked["dimensions"].items()}
    expected = recipe.fetch.rows * prod(codes.count(",") + 1 for codes in dimensions.values())
    needed = ["date_name", "geography_code", *dimensions, "obs_value"]
    query = {"geography": asked["geography"], "date": asked["date"], **dimensions}
    query.update(measures=asked.get("measures", "20100"), select=",".join(needed), RecordLimit=MOST_ROWS)
    pages: List[pd.DataFrame] = []
    rows = 0
    while not pages or (len(pages[-1]) == MOST_ROWS and rows != expected):
        text = urlencode({**query, "RecordOffset": rows}, safe=",")
        words = f"rows from {rows:,}" + (f" of {expected:,}" if expected else "")
        request = Request(f"{ADDRESS}{asked['dataset']}.data.csv?{text}", words=words)
        pages.append(read_csv(get(request), request, needed))
        rows += len(pages[-1])
    dates = pd.concat([page["date_name"] for page in pages]).unique()
    return Answer(widen(recipe, pages, "geography_code", "obs_value"), date="; ".join(sorted(dates)))


def newest(recipe: Recipe) -> Request:
    """Asks for the newest date alone: one row."""
    asked = recipe.fetch.parameters
    first = {name: codes.partition(",")[0] for name, codes in asked["dimensions"].items()}
    query = {"geography": asked["geography"], "date": "latest", **first, "select": "date_name", "RecordLimit": 1}
    query["measures"] = asked.get("measures", "20100")
    return Request(f"{ADDRESS}{asked['dataset']}.data.csv?{urlencode(query, safe=',')}", words="the newest date")
