"""What pages and reports say of an area: its headline, key figures, strengths, weaknesses and where they are from."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np
import pandas as pd

from ...core import words
from ...core.findings import area_profile, sentences
from ...core.findings.explain import PROPORTION
from ...core.methodology import Methodology, Node
from ..io import about
from ..layouts.layouts import NAMED
from ..style.renderers import measure_titles
from .facts import plain_numbers

MOST_MARKS = 5
# A mean normal score this far from 0 is worth a line: about the middle 40 % of areas lie nearer.
NOTABLE = 0.25
BULLET = "•  "


def coverage(result, table: pd.DataFrame, members: pd.DataFrame, ranked: int) -> pd.DataFrame:
    """The table of areas with everything that a page shows of each: sentences, comparisons, marks.

    ``table``: the areas to make pages of; ``ranked``: how many have a rank among all that were summed up.
    """
    inside = members[members.index.isin(table.index)]
    measures = [one for one in measure_titles(result.methodology) if f"{one}_average_score" in table]
    compared = area_profile.compare_scores(inside, result.need, measures).reindex(table.index)
    for kind in ("district", "region"):
        # An area that is its own district or region is shown once.
        same = compared[f"profile_{kind}"].to_numpy() == table["boundary_name"].to_numpy()
        for name in (f"profile_{kind}", *(f"{one}_{kind}" for one in measures)):
            compared[name] = compared[name].mask(same)
    counted = sentences.counted_inside(result, inside["area_code"], inside.index)
    counted = counted.drop(columns=[name for name in counted if name in table])
    said = sentences.of_summaries(
        result.methodology, table.assign(areas=ranked).join(counted.reindex(table.index).fillna(0.0))
    )
    indicators = indicators_of(result, inside)
    marks = dict(list(indicators.groupby(level=0))) if len(indicators) else {}
    words_of = {
        # A rank is one of so many as have one: areas without ranked neighbourhoods have none.
        "areas": ranked,
        "named": [_named(inside, code) for code in table.index],
        # With how sure it is, the last but one; of an area without figures that is said already.
        "headline": [sentences.in_words(dict.fromkeys((*one[:3], *one[-2:-1]))) for one in said.values()],
        "sentences": [sentences.in_words(one) for one in said.values()],
        **{
            name: ["\n".join(marks_of(result, marks.get(code), high=high)) for code in table.index]
            for name, high in (("weaknesses", True), ("strengths", False))
        },
        "imputed": [one[-1].text for one in said.values()],
    }
    return pd.concat([table, compared, pd.DataFrame(words_of, index=table.index)], axis=1)


def _named(members: pd.DataFrame, code: str) -> str:
    """The codes of the neediest LSOAs of an area, those of the page's table, so that its map can name them."""
    return ",".join(str(row["area_code"]) for row in lsoa_rows(members, code)[:NAMED] if "area_code" in row)


def indicators_of(result, members: pd.DataFrame) -> pd.DataFrame:
    """Every indicator of every area beside the country's; empty where the result holds no stages."""
    ids = [node.id for node in result.methodology.indicators]
    inside = members[members.index != ""]
    points = result.explainer.contributions().points if result.has_stages() else None
    return area_profile.compare_indicators(inside, result.need, result.normal_scores, result.indicators, ids, points)


def marks_of(result, rows: Optional[pd.DataFrame], *, high: bool) -> List[str]:
    """The indicators on which an area is furthest from the country, towards need or away from it, in words."""
    if rows is None or rows.empty:
        return []
    known = rows.dropna(subset=["z"])
    chosen = known[known["z"] > NOTABLE] if high else known[known["z"] < -NOTABLE].iloc[::-1]
    return [
        BULLET + mark(result.methodology.node(row.indicator), row.value, row.country, result.quality.loc[row.indicator])
        for row in chosen.head(MOST_MARKS).itertuples()
    ]


def mark(node: Node, value: float, country: float, quality: pd.Series) -> str:
    """``Households in fuel poverty: 21.3 % of households (all areas 12.4 %)``.

    Title and unit are those of the figures in the pack; a substitute that says none is given without.
    """
    unit = quality["unit"] if isinstance(quality.get("unit"), str) else ""
    substitute = quality["status"] == "substitute"
    title = f"{quality['title']} (a substitute)" if substitute else quality["title"]
    if node.kind == "rank" and not substitute:
        return f"{title}: average rank {words.whole(value)} (all areas {words.whole(country)})"
    if unit == PROPORTION:
        of = f" of {node.denominator}" if node.denominator and not substitute else ""
        return f"{title}: {words.percent(value)}{of} (all areas {words.percent(country)})"
    return f"{title}: {words.figure(value)} {unit}".rstrip() + f" (all areas {words.figure(country)})"


def provenance(result) -> List[str]:
    """What every page says of the figures: sources, substitutes, what was left out, and the method."""
    quality = result.quality
    lines = [f"Made from {result.title}."]
    for status, said in (
        ("substitute", "Substitutes stand in for"),
        ("older vintage", "Older figures stand in for"),
        ("newer vintage", "Newer figures stand in for"),
        ("absent", "Left out for want of data:"),
    ):
        titles = [str(one) for one in quality.loc[quality["status"] == status, "title"]]
        if titles:
            lines.append(f"{said} {words.listed(titles)}.")
    lines.append(f"{about.method_in_words(result)} {' '.join(about.of_result(result).credits())}")
    return lines


def lsoa_rows(members: pd.DataFrame, code: str) -> List[Dict[str, Any]]:
    """The LSOAs of one area, the neediest first, as plain values."""
    rows = members.loc[[code]] if code in members.index else members.iloc[:0]
    return plain_numbers(rows).to_dict("records")


def profile_series(row: pd.Series, methodology: Methodology) -> Dict[str, List[float]]:
    """Scores by place for a chart: the area, its district and region where they differ, all areas."""
    measures = [one for one in measure_titles(methodology) if f"{one}_area" in row.index]
    places = {str(row["boundary_name"]): "area"}
    for kind in ("district", "region"):
        name = row[f"profile_{kind}"]
        if isinstance(name, str) and name not in places:
            places[name] = kind
    places["All areas"] = "country"
    series = {name: [float(row[f"{measure}_{kind}"]) for measure in measures] for name, kind in places.items()}
    return {name: values for name, values in series.items() if not np.all(np.isnan(values))}


def leading_district(result) -> Dict[str, List[float]]:
    """Mean scores of the dimensions by place, for a chart: the leading district, its region, all areas."""
    first = result.districts.sort_values(["need_average_score_rank", "district_name"]).iloc[0]
    own = result.need[result.need["district_code"] == first.name].fillna({"population": 0})
    members = own.reset_index(names="area_code").set_index("district_code")
    ids = [node.id for node in result.methodology.dimensions]
    row = area_profile.compare_scores(members, result.need, ids).iloc[0].copy()
    row["boundary_name"] = first["district_name"]
    return profile_series(row, result.methodology)
