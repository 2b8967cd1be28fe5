"""The quality report: one HTML file with a card an indicator, before and after, and the correlation matrix."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np
import pandas as pd

from ...core import words
from ...core.assessment import FINE, LOOK, NO_DATA, Assessment
from ...core.methodology import Methodology
from ..style import palettes
from . import small_charts as quality_charts
from .report import render

# Told by sign and word; the colour only repeats it.
SIGNS = {FINE: "\u2713", LOOK: "\u25b2", NO_DATA: "\u2715"}
CLASSES = {FINE: "as-specified", LOOK: "substitute", NO_DATA: "absent"}
MOST_GAPS = 60
_WHOLE = {"areas": "Areas with a value", "missing": "Without", "zeros": "Zeros", "unique": "Different values"}
_REAL = {
    "minimum": "Minimum",
    "lower_quartile": "Lower quartile",
    "median": "Median",
    "mean": "Mean",
    "upper_quartile": "Upper quartile",
    "maximum": "Maximum",
    "skewness": "Skewness",
    "kurtosis": "Kurtosis",
}
_TOGETHER = {"item_rest": "With the dimension's other indicators", "alpha": "Cronbach's alpha of what its group sums"}
_FACTS = (
    *((label, fact, 0) for fact, label in _WHOLE.items()),
    *((label, fact, 3) for fact, label in _REAL.items()),
    ("Outliers", "outliers", 0),
)


def quality_page(
    assessment: Assessment,
    values: pd.DataFrame,
    *,
    methodology: Methodology,
    ground: Optional[quality_charts.Ground],
    names: Mapping[str, str],
    credits_: Sequence[str],
) -> str:
    """The report as one page.

    ``values``: the figures by area, in the order of ``ground``; ``names``: of areas by code; ``credits_``: sources,
    attribution, licence and dates, a line each. Every text is escaped. NeedError where jinja2 is missing.
    """
    cards = [_card(name, assessment, values[name].to_numpy(dtype=float), ground) for name in values]
    content = {
        "title": methodology.title,
        "warning": methodology.warning,
        "groups": _groups(cards, methodology),
        "matrix": _matrix(assessment),
        "gaps": _gaps(assessment, names),
        "gap_count": len(assessment.gaps),
        "counts": {state: sum(1 for card in cards if card["check"] == state) for state in SIGNS},
        "signs": SIGNS,
        "credits": credits_,
        "frame": {"width": quality_charts.WIDTH, "height": quality_charts.HEIGHT, "box": quality_charts.BOX},
        "colours": palettes,
    }
    return render("quality_report.html.j2", content)


def _card(name: str, assessment: Assessment, values: np.ndarray, ground) -> Dict[str, Any]:
    row = assessment.table.loc[name]
    return {
        "id": name,
        "title": row["title"],
        "dimension": row["dimension"],
        "check": row["check"],
        "sign": SIGNS[row["check"]],
        "class": CLASSES[row["check"]],
        "flags": row["flags"],
        "facts": [(label, _figure(row[fact], places)) for label, fact, places in _FACTS],
        "provenance": _provenance(row),
        "sums": None if words.is_missing(row["sum_in"]) else (words.whole(row["sum_in"]), _figure(row["sum_out"], 0)),
        "correlation": words.decimal(row["correlation_dimension"], 2) if row["dimension"] else "",
        "together": "; ".join(
            f"{label} {words.decimal(row[fact], 2)}"
            for fact, label in _TOGETHER.items()
            if not words.is_missing(row[fact])
        ),
        "nearest": f"{words.decimal(row['correlation_highest'], 2)} with {row['correlation_with']}"
        if row["correlation_with"]
        else "",
        "chart": quality_charts.histogram(values),
        "map": quality_charts.thumbnail(values, ground) if ground is not None else "",
        "stages": _stages(assessment.stages.loc[name]),
    }


def _figure(value: Any, places: int) -> str:
    if words.is_missing(value):
        return words.MISSING
    return words.whole(value) if places == 0 or abs(value) >= 1e5 else words.decimal(float(value), places)


def _provenance(row: pd.Series) -> str:
    kinds = ("direct", "summed", "apportioned", "spread", "imputed")
    return ", ".join(
        f"{kind} {words.percent(row[kind], 0)}" for kind in kinds if not words.is_missing(row[kind]) and row[kind] > 0
    )


def _stages(stages: pd.DataFrame) -> List[Dict[str, str]]:
    return [
        {
            "stage": stage,
            **{fact: _figure(row[fact], 0 if fact in ("areas", "missing", "zeros") else 3) for fact in row.index},
        }
        for stage, row in stages.iterrows()
        if row["areas"]
    ]


def _groups(cards: List[Dict[str, Any]], methodology: Methodology) -> List[Dict[str, Any]]:
    """Cards by dimension, in the methodology's order."""
    titles = {node.id: node.title for node in methodology.dimensions}
    order = [*titles, *dict.fromkeys(card["dimension"] for card in cards if card["dimension"] not in titles)]
    groups = [
        {"title": titles.get(name, "Fields"), "cards": [card for card in cards if card["dimension"] == name]}
        for name in order
    ]
    return [group for group in groups if group["cards"]]


def _matrix(assessment: Assessment) -> Dict[str, Any]:
    matrix = assessment.matrix
    rows = [
        (name, [(words.decimal(value, 2), quality_charts.shade(float(value))) for value in matrix.loc[name]])
        for name in matrix
    ]
    return {"names": list(matrix), "rows": rows}


def _gaps(assessment: Assessment, names: Mapping[str, str]) -> List[Dict[str, str]]:
    """Areas that lack most first."""
    ordered = sorted(assessment.gaps.items(), key=lambda item: (-item[1].count(","), item[0]))
    return [{"code": code, "name": names.get(code, ""), "lacks": lacks} for code, lacks in ordered[:MOST_GAPS]]
