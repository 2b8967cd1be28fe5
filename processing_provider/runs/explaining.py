"""A run of ``explainneed``: tables of all areas, and the page that works one area out in numbers."""

from __future__ import annotations

from typing import Dict, List, Sequence, Union

import pandas as pd

from ...core.findings import need_explained
from ...core.findings.saved import Saved
from ..reports import explained_page


def outputs(
    result: Saved, asked: Sequence[str], baseline: str, unit: str, area: str
) -> Dict[str, Union[pd.DataFrame, str]]:
    """What was asked for, by the name of the output; NeedError in words for what does not fit."""
    found = need_explained.contributions_from(result, baseline, unit)
    points = need_explained.points_table(result, found, unit)
    made: Dict[str, Union[pd.DataFrame, str]] = {"OUTPUT": points}
    later = [name for name in asked if name != "OUTPUT"]
    weights = need_explained.weights_table(result) if {"WEIGHTS", "REPORT"} & set(later) else None
    combined = need_explained.combined_table(result) if {"COMBINED", "REPORT"} & set(later) else None
    tables: List = [("WEIGHTS", weights), ("COMBINED", combined)]
    made.update({name: table for name, table in tables if name in later})
    if "REPORT" in later:
        code = need_explained.find_area(result.need, area) if area.strip() else need_explained.neediest(result.need)
        made["REPORT"] = explained_page.page_of(result, code, found, baseline, unit, (weights, combined))
    return made
