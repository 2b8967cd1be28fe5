"""The page that works one area out in numbers: from its values to its score, and what would lift it out."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ...core import words
from ...core.errors import DataError
from ...core.findings import sentences
from ...core.findings.explain import IndicatorLine, Profile, profile
from ...core.findings.explanation import Contributions
from ..io.frames import need_shapes
from . import small_charts
from .finding_pages import Row, page, section, signed, table

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
    tables: Tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> str:
    """The page of one area; ``tables``: what weighs, how needs combine, points. DataError where it is not ranked."""
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
        _combined(tables[1], tables[2]["hotspot_dimensions"], result),
    ]
    end = float(result.need.loc[code, unit])
    lead = _lead(result, told, points, (start, end), (baseline, unit))
    lead += _unsaid(tables[2].loc[code], len(told.dimensions))
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
        sentences.in_words(told.sentences),
        f"Its {measure} is {end:.2f}; {BASELINES[baseline]} would have {start:.2f}. The difference of "
        f"{signed(end - start)} is the sum of the {len(points)} indicators' points.",
    ]
    if up:
        said.append(f"Most is added by {words.listed(up)}.")
    if down:
        said.append(f"Most is taken away by {words.listed(down)}.")
    return said


def _unsaid(row: pd.Series, dimensions: int) -> List[str]:
    """In how many dimensions the area is a hot spot, and how much of its points a map of small areas cannot say."""
    said = []
    if not pd.isna(row["hotspot_dimensions"]):
        said.append(f"It is a hot spot in {row['hotspot_dimensions']} of {words.counted(dimensions, 'dimension')}.")
    if not pd.isna(row["coarse_share"]):
        said.append(
            f"What the map cannot say: {words.percent(row['coarse_share'])} of its points, up or down, come from "
            "figures of MSOAs and authorities, which are alike for all areas inside."
        )
    return said


def _dimensions(result, told: Profile, code: str, found: Contributions) -> Dict[str, Any]:
    """From sums to score: S, X, weight, w X and points of every dimension."""
    tree = result.tree
    place = tree.codes.get_loc(code)
    said = [
        "Sum: of the normal scores, or of the exponential scores of its sub-dimensions. X: 0 to 100, by the rank of "
        "the sum among all areas. The weighted sum adds weight times X."
    ]

    def x(node) -> float:
        return float(tree.transformed[node.id][place])

    columns = {
        "Dimension": lambda node: node.title,
        "Sum": lambda node: words.decimal(float(tree.sums[node.id][place]), 3),
        "X": lambda node: words.decimal(x(node), 2),
        "Weight": lambda node: words.decimal(tree.weights[node.id], 3),
        "Weight times X": lambda node: words.decimal(tree.weights[node.id] * x(node), 2),
        "Points": lambda node: signed(float(found.of(node.id).loc[code])),
    }
    nodes = [line.node for line in told.dimensions if line.node.id in tree.transformed]
    made = table("From the dimensions to the weighted sum", said, columns, nodes, red=True)
    total = words.decimal(float(tree.composite[place]), 2)
    made["rows"].append(Row(("Weighted sum", "", "", "", total, signed(float(found.points.loc[code].sum())))))
    return made


def _indicators(result, told: Profile, code: str, points: pd.Series) -> Dict[str, Any]:
    z, tree = result.normal_scores.loc[code], result.tree
    columns = {
        "Indicator": lambda one: f"{one.title}{f' ({one.unit})' if one.unit and not one.is_share else ''}",
        "Value": lambda one: _value(one, one.value.area),
        "After shrinkage": lambda one: _value(one, one.shrunk),
        "Own figure weighs": lambda one: words.decimal(one.weight, 2),
        "Out of": lambda one: words.whole(one.count),
        "Normal score": lambda one: words.decimal(float(z[f"{one.node.id}_z"]), 3),
        "Weight inside": lambda one: words.decimal(tree.weights[one.node.id], 3),
        "Points": lambda one: signed(float(points[one.node.id])),
    }
    return table(
        "From the values to the points",
        [],
        columns,
        _lines(told),
        mark=lambda one: "imputed" if one.provenance == "imputed" else "",
        red=True,
    )


def _lines(told: Profile) -> List[IndicatorLine]:
    return [line for dimension in told.dimensions for line in dimension.indicators]


def _value(line: IndicatorLine, value: float) -> str:
    share = line.is_share or line.shrinkage == "logit"
    return words.percent(value, 2) if share else words.decimal(value, 2)


def _shrinkage(told: Profile) -> Dict[str, Any]:
    """What shrinkage and filling did to the area's own figures."""
    moved = [line for line in _lines(told) if line.moved == line.moved and line.shrinkage != "none"]
    filled = [line.title for line in _lines(told) if line.provenance == "imputed"]
    said = ["Unreliable rates move towards their district's; the last column is by how much the normal score moved."]
    if filled:
        said.append(f"Filled in, for want of a value: {words.listed(filled)}.")
    columns = {
        "Indicator": lambda one: one.title,
        "Value": lambda one: _value(one, one.value.area),
        "After shrinkage": lambda one: _value(one, one.shrunk),
        "District": lambda one: _value(one, one.value.district),
        "Change of normal score": lambda one: signed(one.moved, 3),
    }
    return table("What shrinkage and filling did", said if moved or filled else ["Nothing."], columns, moved)


def _lifts(told: Profile) -> Dict[str, Any]:
    """The smallest change of one indicator with which the area were no hot spot."""
    if not told.hotspot:
        return section("What would lift it out", ["It is no hot spot."])
    lines = [line for line in _lines(told) if line.lift == line.lift]
    said = "No indicator alone would: the area is far above the limit of the hot spots."
    if lines:
        said = (
            "One indicator changed alone, all else and all other areas as they are. Ranks are relative: what improves "
            "elsewhere is not in it."
        )
    columns = {
        "Indicator": lambda one: one.title,
        "Value": lambda one: _value(one, one.value.area),
        "Would have to be": lambda one: _value(one, one.lift),
    }
    return table("What would lift it out", [said], columns, lines)


def _weighs(weights: pd.DataFrame) -> Dict[str, Any]:
    """Nominal and effective weights, those below 0 in red."""
    rows = weights[weights["level"] == "indicator"].sort_values("spread", ascending=False)
    against = weights[(weights["level"] == "indicator") & (weights["spread"] < 0)]["title"]
    said = [
        "Per cent. Share of the spread adds up to 100; one below 0 pulls against the measure. The correlation ratio is "
        "the part of the spread of need that the indicator alone accounts for; it does not add up."
    ]
    if len(against):
        said.append(f"Against the measure: {words.listed(list(against))}.")

    def per_cent(name: str):
        return lambda one: signed(100 * one[name], 1).lstrip("+")

    columns = {
        "Indicator": lambda one: one["title"],
        "Nominal weight": per_cent("nominal"),
        "Share of the spread": per_cent("spread"),
        "Correlation ratio": per_cent("correlation_ratio"),
        "Share in the hot spots": per_cent("in_hotspots"),
        "Published for": lambda one: one["geography"] or words.MISSING,
    }
    coarse = rows[rows["coarse"] == 1]
    weight, spread = (words.percent(coarse[name].sum()) for name in ("nominal", "spread"))
    said.append(
        f"What the map cannot say: {words.counted(len(coarse), 'indicator')} published for MSOAs and authorities, with "
        f"{weight} of the weight and {spread} of the spread."
    )
    return table("What weighs, in all areas", said, columns, rows.to_dict("records"), red=True)


def _combined(pairs: pd.DataFrame, counts: pd.Series, result) -> Dict[str, Any]:
    """Areas by the number of dimensions in which they are hot spots, and pairs, those that meet most first."""
    titles = {node.id: node.title for node in result.methodology.nodes}
    columns = {
        "Dimensions": lambda one: f"{titles[one[0]]} and {titles[one[1]['second']]}",
        "Hot spots of both": lambda one: words.whole(one[1]["both"]),
        "Expected by chance": lambda one: words.whole(one[1]["expected"]),
        "Ratio": lambda one: words.decimal(one[1]["ratio"], 2),
        "Rank correlation": lambda one: words.decimal(one[1]["spearman"], 2),
    }
    found = counts.dropna().value_counts().sort_index(ascending=False)
    said = "; ".join(f"in {number}: {words.whole(areas)}" for number, areas in found.items())
    ordered = list(pairs.sort_values("ratio", ascending=False).iterrows())
    lines = [f"Areas by the number of dimensions in which they are hot spots: {said}.", "A ratio of 1 is chance alone."]
    made = table("How needs combine, in all areas", lines, columns, ordered)
    return {**made, "pictures": _small_maps(ordered, titles, result)}


def _small_maps(pairs: Sequence[Tuple[str, pd.Series]], titles: Mapping[str, str], result) -> List[Tuple[str, str]]:
    """A small map and its words for each pair of dimensions: the areas that are hot spots of both are dark."""
    shapes, _ = need_shapes(result.path, result.need.index)
    middles = [None if shape is None or shape.isNull() else shape.boundingBox().center() for shape in shapes]
    x, y = np.array([(np.nan, np.nan) if one is None else (one.x(), one.y()) for one in middles]).T
    ground = small_charts.Ground.of_points(x, y)
    flags = result.need[[f"{node.id}_hotspot" for node in result.methodology.dimensions]].astype(float)
    both = {(one, two["second"]): flags[f"{one}_hotspot"] * flags[f"{two['second']}_hotspot"] for one, two in pairs}
    return [
        (small_charts.thumbnail(values.to_numpy(), ground), f"{titles[one]} and {titles[two]}: {values.sum():,.0f}")
        for (one, two), values in both.items()
        if ground is not None
    ]
