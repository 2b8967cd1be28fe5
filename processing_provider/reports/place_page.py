"""One web page of a place: what its script reads, in a file that loads nothing and runs nothing but its own."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import pandas as pd

from ...core.findings import sentences
from ...core.schema import hotspot_field, measure_titles
from ..io import about
from ..style import palettes
from . import area_facts, facts, report

# Digits of base 36 that number an area in the table of postcodes.
DIGITS = 3
TEMPLATE, STYLE, SCRIPT = "place_page.html.j2", "place_page.css", "place_page.js"


def render(
    result,
    codes: Sequence[str],
    drawn: Tuple[Sequence[str], Tuple[int, int]],
    title: str,
    found: Tuple[Dict[str, List[str]], Dict[str, str]],
) -> str:
    """The page of some areas.

    ``drawn``: paths and size as ``coverage.page_paths`` gives them; ``found``: names to search each area by, and
    postcodes as ``place_pages`` packs them. Names from the data are written by the script as texts; its JSON has no
    '<', so that nothing in it ends the script.
    """
    paths, size = drawn
    data = {
        "measures": [{"id": one, "title": title_} for one, title_ in measure_titles(result.methodology).items()],
        "areas": _areas(result, codes, paths, found[0]),
        "size": size,
        "postcodes": found[1],
        "digits": DIGITS,
        "sure": not result.certainty.empty,
        "place": title,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    style, script = report.render(STYLE, {"colours": palettes}), (report.TEMPLATES / SCRIPT).read_text("utf-8")
    facts_ = about.of_result(result)
    content = {
        "title": title,
        "index_title": f"{result.methodology.index.title}{about.part_of(result)}",
        "summary": [one.text for one in _summary(result, codes, title)],
        "glance": facts.at_a_glance(result),
        "warning": result.methodology.warning,
        "provenance": area_facts.provenance(result)[:-1],
        "credits": facts_.credits(),
        "lineage": facts_.lineage,
        "deciles": palettes.DECILES,
        "sure": data["sure"],
        "postcodes": bool(found[1]),
        "style": style,
        "script": script,
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        "data": text.replace("<", "\\u003c"),
    }
    return report.render(TEMPLATE, content)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _summary(result, codes: Sequence[str], title: str) -> List[sentences.Sentence]:
    """The sentences of the district, or of all the areas together where they are not one district."""
    need = result.need.loc[list(codes)]
    districts = need["district_code"].dropna().unique()
    whole = len(districts) == 1 and (result.need["district_code"] == districts[0]).sum() == len(codes)
    if whole and districts[0] in result.districts.index:
        rows = sentences.district_rows(result)
        return sentences.of_summaries(result.methodology, rows)[districts[0]]
    counted = sentences.counted_inside(result, need.index, [title] * len(need))
    people = need["population"].astype(float)
    ranked = need["need_rank"].notna()
    tenth = (need["need_decile"] == 1).sum() / ranked.sum() if ranked.any() else np.nan
    average = np.average(need["need_score"][ranked].astype(float), weights=people[ranked]) if ranked.any() else np.nan
    own = {"boundary_name": title, "population": people.sum(), "need_average_score": average}
    return sentences.of_summaries(result.methodology, counted.assign(**own, need_proportion_10=tenth))[title]


def _areas(result, codes: Sequence[str], paths: Sequence[str], names: Dict[str, List[str]]) -> List[Dict[str, Any]]:
    """For each area its code, name, path, people, measures (rank, tenth, score, hot spot) and sentences."""
    need = facts.plain_numbers(result.need)
    measures = {one: _measure(need, one).loc[list(codes)].to_numpy() for one in measure_titles(result.methodology)}
    said = sentences.of_areas(result, codes)
    sure = result.certainty["certainty"].reindex(codes).tolist() if not result.certainty.empty else [None] * len(codes)
    return [
        {
            "c": code,
            "n": need.at[code, "area_name"] if isinstance(need.at[code, "area_name"], str) else code,
            "g": names.get(code, []),
            "p": _plain(need.at[code, "population"]),
            "d": path,
            "u": sure[place] if isinstance(sure[place], str) else "",
            "m": [[_plain(value) for value in rows[place]] for rows in measures.values()],
            # A number that stands in a column of the result names it.
            "s": [[one.text, [[figure.column, figure.shown] for figure in one.figures]] for one in said[code]],
        }
        for place, (code, path) in enumerate(zip(codes, paths))
    ]


def _measure(need: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Rank, tenth = ceil(10 rank / n) of all ranked areas, score to two decimals, and hot spot."""
    rank = need[f"{measure}_rank"]
    hot = need[hotspot_field(measure)]
    tenth = np.ceil(10.0 * rank / max(int(rank.notna().sum()), 1))
    return pd.DataFrame({"rank": rank, "tenth": tenth, "score": need[f"{measure}_score"].round(2), "hot": hot})


def _plain(value: float) -> Any:
    return None if value != value else int(value) if float(value).is_integer() else float(value)
