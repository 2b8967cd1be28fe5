"""A run of ``explainneed``: tables of all areas, and the page that works one area out in numbers."""

from __future__ import annotations

from typing import Dict, List, Sequence, Union

import pandas as pd

from ...core.findings import need_explained
from ..areas.stored_result import StoredResult
from ..reports import explained_page


def outputs(
    result: StoredResult, asked: Sequence[str], baseline: str, unit: str, area: str
) -> Dict[str, Union[pd.DataFrame, str]]:
    """What was asked for, by the name of the output; NeedError in words for what does not fit."""
    saved = result.saved
    found = need_explained.contributions_from(saved, baseline, unit)
    points = need_explained.points_table(saved, found, unit)
    made: Dict[str, Union[pd.DataFrame, str]] = {"OUTPUT": points}
    later = [name for name in asked if name != "OUTPUT"]
    weights = need_explained.weights_table(saved) if {"WEIGHTS", "REPORT"} & set(later) else None
    combined = need_explained.combined_table(saved) if {"COMBINED", "REPORT"} & set(later) else None
    tables: List = [("WEIGHTS", weights), ("COMBINED", combined)]
    made.update({name: table for name, table in tables if name in later})
    if "REPORT" in later:
        code = need_explained.find_area(saved.need, area) if area.strip() else need_explained.neediest(saved.need)
        made["REPORT"] = explained_page.page_of(result, code, found, baseline, unit, (weights, combined))
    return made
