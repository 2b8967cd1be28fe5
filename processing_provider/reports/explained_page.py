"""The page that works one area out in numbers: from its values to its score, and what would lift it out."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import pandas as pd

from ...core.errors import DataError
from ...core.findings.explain import IndicatorLine, Profile, profile
from ...core.findings.explanation import Contributions
from ..style import words
from .finding_pages import Row, page, section, signed

BASELINES = {
    "middle": "an area in the middle of all areas on every indicator",
    "district": "an area with the mean normal scores of its district",
    "region": "an area with the mean normal scores of its region",
}
SHOWN = 5


def page_of(
    result,
    code: Optional[str],
    found: Contributions,
    baseline: str,
    unit: str,
    tables: Tuple[pd.DataFrame, pd.DataFrame],
) -> str:
    """The page of one area; ``tables``: what weighs, and how needs combine. DataError where it is not ranked."""
    if code is None or pd.isna(result.need.loc[code, "need_rank"]):
        reason = "no area is ranked" if code is None else f"{code} is not ranked"
        raise DataError(f"AREA: {reason}, so there is no score to explain.")
    told = profile(result, code)
    points = found.points.loc[code]
    place = result.need.index.get_loc(code)
    start = float(found.baseline if not hasattr(found.baseline, "__len__") else found.baseline[place])
    sections = [
        _dimensions(result, told, code, found),
        _indicators(result, told, code, points),
        _shrinkage(told),
        _lifts(told),
        _weighs(tables[0]),
        _combined(tables[1], result),
    ]
    end = float(result.need.loc[code, unit])
    lead = _lead(result, told, points, (start, end), (baseline, unit))
    return page(result, f"Why {told.name} has its need", lead, sections)


def _lead(result, told: Profile, points: pd.Series, ends: Tuple[float, float], asked: Tuple[str, str]) -> List[str]:
    """Where the area stands, what it is compared with, and what moves it most: the figures of the table."""
    (start, end), (baseline, unit) = ends, asked
    measure = "weighted sum of the dimensions" if unit == "composite" else "score"
    titles = {node.id: node.title for node in result.methodology.nodes}
    ordered = points.sort_values(ascending=False)
    up = [f"{titles[name]} ({signed(value)})" for name, value in ordered.items() if value > 0][:SHOWN]
    down = [f"{titles[name]} ({signed(value)})" for name, value in ordered[::-1].items() if value < 0][:SHOWN]
    said = [
        f"{told.name} ({told.code}, {told.district}) has rank {told.rank:,} of {told.ranked:,}. Its {measure} is "
        f"{end:.2f}; {BASELINES[baseline]} would have {start:.2f}. The difference of {signed(end - start)} is the sum "
        f"of the {len(points)} indicators' points."
    ]
    if up:
        said.append(f"Most is added by {words.listed(up)}.")
    if down:
        said.append(f"Most is taken away by {words.listed(down)}.")
    if told.certainty:
        said.append(f"{told.certainty.in_words()}.")
    if told.imputed:
        said.append(f"{words.counted(told.imputed, 'figure')} of it had no value and were filled in; they are hatched.")
    return said


def _dimensions(result, told: Profile, code: str, found: Contributions) -> Dict[str, Any]:
    """From sums to score: S, X, weight, w X and points of every dimension."""
    tree = result.tree
    place = tree.codes.get_loc(code)
    rows = []
    for line in told.dimensions:
        if line.node.id not in tree.transformed:
            continue
        x, weight = float(tree.transformed[line.node.id][place]), tree.weights[line.node.id]
        rows.append(
            Row(
                (
                    line.node.title,
                    words.decimal(float(tree.sums[line.node.id][place]), 3),
                    words.decimal(x, 2),
                    words.decimal(weight, 3),
                    words.decimal(weight * x, 2),
                    signed(float(found.of(line.node.id).loc[code])),
                )
            )
        )
    total = words.decimal(float(tree.composite[place]), 2)
    rows.append(Row(("Weighted sum", "", "", "", total, signed(float(found.points.loc[code].sum())))))
    said = [
        "Sum: of the normal scores, or of the exponential scores of its sub-dimensions. X: 0 to 100, by the rank of "
        "the sum among all areas. The weighted sum adds weight times X."
    ]
    columns = ["Dimension", "Sum", "X", "Weight", "Weight times X", "Points"]
    return section("From the dimensions to the weighted sum", said, columns, rows, red=True)


def _indicators(result, told: Profile, code: str, points: pd.Series) -> Dict[str, Any]:
    z, rows = result.normal_scores.loc[code], []
    tree = result.tree
    for line in _lines(told):
        name = line.node.id
        rows.append(
            Row(
                (
                    f"{line.title}{f' ({line.unit})' if line.unit and not line.is_share else ''}",
                    _value(line, line.value.area),
                    _value(line, line.shrunk),
                    words.decimal(line.weight, 2),
                    words.whole(line.count),
                    words.decimal(float(z[f"{name}_z"]), 3),
                    words.decimal(tree.weights[name], 3),
                    signed(float(points[name])),
                ),
                "imputed" if line.provenance == "imputed" else "",
            )
        )
    columns = [
        "Indicator",
        "Value",
        "After shrinkage",
        "Own figure weighs",
        "Out of",
        "Normal score",
        "Weight inside",
        "Points",
    ]
    return section("From the values to the points", [], columns, rows, red=True)


def _lines(told: Profile) -> List[IndicatorLine]:
    return [line for dimension in told.dimensions for line in dimension.indicators]


def _value(line: IndicatorLine, value: float) -> str:
    share = line.is_share or line.shrinkage == "logit"
    return words.percent(value, 2) if share else words.decimal(value, 2)


def _shrinkage(told: Profile) -> Dict[str, Any]:
    """What shrinkage and filling did to the area's own figures."""
    rows = [
        Row(
            (
                line.title,
                _value(line, line.value.area),
                _value(line, line.shrunk),
                _value(line, line.value.district),
                signed(line.moved, 3),
            )
        )
        for line in _lines(told)
        if line.moved == line.moved and line.shrinkage != "none"
    ]
    filled = [line.title for line in _lines(told) if line.provenance == "imputed"]
    said = ["Unreliable rates move towards their district's; the last column is by how much the normal score moved."]
    if filled:
        said.append(f"Filled in, for want of a value: {words.listed(filled)}.")
    columns = ["Indicator", "Value", "After shrinkage", "District", "Change of normal score"]
    return section("What shrinkage and filling did", said if rows or filled else ["Nothing."], columns, rows)


def _lifts(told: Profile) -> Dict[str, Any]:
    """The smallest change of one indicator with which the area were no hot spot."""
    if not told.hotspot:
        return section("What would lift it out", ["It is no hot spot."])
    lines = [line for line in _lines(told) if line.lift == line.lift]
    rows = [Row((line.title, _value(line, line.value.area), _value(line, line.lift))) for line in lines]
    said = [
        "One indicator changed alone, all else and all other areas as they are. Ranks are relative: what improves "
        "elsewhere is not in it."
    ]
    if not rows:
        said = ["No indicator alone would: the area is far above the limit of the hot spots."]
    return section("What would lift it out", said, ["Indicator", "Value", "Would have to be"], rows)


def _weighs(table: pd.DataFrame) -> Dict[str, Any]:
    """Nominal and effective weights, those below 0 in red."""
    rows = [
        Row(
            (
                one["title"],
                *(signed(100 * one[name], 1).lstrip("+") for name in ("nominal", "spread")),
                signed(100 * one["correlation_ratio"], 1).lstrip("+"),
                signed(100 * one["in_hotspots"], 1).lstrip("+"),
            )
        )
        for one in table[table["level"] == "indicator"].sort_values("spread", ascending=False).to_dict("records")
    ]
    against = table[(table["level"] == "indicator") & (table["spread"] < 0)]["title"]
    said = [
        "Per cent. Share of the spread adds up to 100; one below 0 pulls against the measure. The correlation ratio is "
        "the part of the spread of need that the indicator alone accounts for; it does not add up."
    ]
    if len(against):
        said.append(f"Against the measure: {words.listed(list(against))}.")
    columns = ["Indicator", "Nominal weight", "Share of the spread", "Correlation ratio", "Share in the hot spots"]
    return section("What weighs, in all areas", said, columns, rows, red=True)


def _combined(table: pd.DataFrame, result) -> Dict[str, Any]:
    titles = {node.id: node.title for node in result.methodology.nodes}
    rows = [
        Row(
            (
                f"{titles[first]} and {titles[one['second']]}",
                words.whole(one["both"]),
                words.whole(one["expected"]),
                words.decimal(one["ratio"], 2),
                words.decimal(one["spearman"], 2),
            )
        )
        for first, one in table.iterrows()
    ]
    columns = ["Dimensions", "Hot spots of both", "Expected by chance", "Ratio", "Rank correlation"]
    return section("How needs combine, in all areas", [], columns, rows)
