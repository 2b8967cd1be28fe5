"""The report for one area: one HTML file with its maps, profile, neighbourhoods and where every figure is from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Optional

import pandas as pd
from qgis.core import QgsFeedback, QgsGeometry, QgsNullSymbolRenderer, QgsRectangle, QgsVectorLayer

from ...core import words
from ..io import about
from ..io.frames import open_layer
from ..layouts.layouts import FIGURES
from ..maps import maps
from ..maps.maps import Ground, Paper
from ..maps.render import outline_layer, part_of, polygon_layer
from ..style import certainty as certainty_style
from ..style import overlay as overlay_style
from ..style import palettes
from ..style.renderers import NEED, measure_titles
from . import area_facts, charts, report

MAP_PAPER = Paper((1500, 1500))
CHARTED = 3
TEMPLATE = "area_report.html.j2"


def content_of(
    result,
    row: pd.Series,
    members: pd.DataFrame,
    shape: Optional[QgsGeometry],
    *,
    need: Optional[QgsVectorLayer] = None,
    feedback: Optional[QgsFeedback] = None,
) -> Dict[str, Any]:
    """What the report of one area says and shows, for a page (``TEMPLATE``) or a document.

    ``row``: the area's row of ``area_facts.coverage``; ``members``: its LSOAs; ``shape``: its polygon in the
    reference system of ``need``, the layer of that name; without both there are no maps. Raises NeedError where
    matplotlib is missing.
    """
    lsoas = area_facts.lsoa_rows(members, str(row.name))
    pictures = [] if shape is None or need is None or not lsoas else _maps(result, row, lsoas, shape, need, feedback)
    methodology = result.methodology
    series = area_facts.profile_series(row, methodology)
    titles = [title for one, title in measure_titles(methodology).items() if f"{one}_area" in row.index]
    profile = [
        {"title": title, "values_": [words.decimal(values[place]) for values in series.values()]}
        for place, title in enumerate(titles)
    ]
    lesser = result.quality[result.quality["status"] != "as specified"].fillna("")
    return {
        "colours": palettes,
        "name": row["boundary_name"],
        "index_title": f"{methodology.index.title}{about.part_of(result)}",
        "headline": row["sentences"],
        "warning": methodology.warning,
        "figures": _figures(row),
        "maps": pictures,
        "charts": _charts(row, titles, series) if lsoas else [],
        "places": list(series),
        "profile": profile,
        **{name: row[name].replace(area_facts.BULLET, "").splitlines() for name in ("weaknesses", "strengths")},
        "lsoas": [_lsoa(one) for one in lsoas],
        "sure": any(_sure(one) for one in lsoas),
        "fit": _fit(row),
        "provenance": area_facts.provenance(result),
        "substitutes": lesser[["title", "status", "source", "date", "note"]].to_dict("records"),
    }


def _maps(result, row, lsoas, shape: QgsGeometry, need: QgsVectorLayer, feedback) -> List[Dict[str, str]]:
    """Deciles and hot spots of the area's LSOAs, with its own outline, as ``data:`` addresses."""
    codes = [str(one["area_code"]) for one in lsoas]
    part = part_of(need, "area_code", codes)
    outline = outline_layer(polygon_layer([shape], need), palettes.INK, 0.6)
    names = part.clone()
    names.setRenderer(QgsNullSymbolRenderer())
    overlay_style.name_lsoas(names)
    chance = pd.Series(dtype=float) if result.certainty.empty else result.certainty["p_hotspot"].reindex(codes)
    open_ones = chance.between(certainty_style.HARDLY_TO, certainty_style.SURE_FROM, inclusive="neither").any()
    unsure = [part_of(open_layer(result.path, "certainty"), "area_code", codes)] if open_ones else []
    for layer in unsure:
        certainty_style.hatch_unsure(layer)
    lined = " Hatched: may or may not be a hot spot." if unsure else ""
    extent, pictures = QgsRectangle(part.extent()), []
    extent.combineExtentWith(shape.boundingBox())
    for kind, heading, said in (
        ("deciles", "Tenths of all areas", "by tenth of all areas of the country"),
        ("hotspots", "Hot spots: the top 20 % of all areas", "that are hot spots"),
    ):
        text = maps.style_measure(result, part, NEED, kind)
        subtitle = f"{result.title}. {words.counted(len(lsoas), 'LSOA')}; dark means high need."
        picture = maps.draw_sheet(
            replace(text, title=f"{row['boundary_name']}: {text.title}", subtitle=subtitle),
            [(part, maps.legend_of(part, heading))],
            MAP_PAPER,
            extent=extent,
            ground=Ground((names, outline, *unsure)),
            feedback=feedback,
        )
        words_ = f"{row['boundary_name']}: its LSOAs {said}, outlined where the area ends.{lined}"
        pictures.append({"address": report.address_of(picture), "words": words_})
    return pictures


def _charts(row: pd.Series, titles: List[str], series: Dict[str, List[float]]) -> List[Dict[str, str]]:
    said = (
        f"Average scores of {row['boundary_name']} beside its district, region and all areas; the table holds them too."
    )
    # The area, what lies nearest around it, and all areas: a chart with more marks is hard to read.
    marks = {name: series[name] for name in (*list(series)[: CHARTED - 1], list(series)[-1])}
    return [{"address": charts.profile_chart(titles, marks, axis_title="Average score"), "words": said}]


def _figures(row: pd.Series) -> List[Dict[str, str]]:
    """Title, value and rank of the key figures."""

    def rank(name: str) -> str:
        place = row.get(f"{name}_rank")
        none = pd.isna(place) or row[name] == 0
        return "" if none else f"rank {words.whole(float(place))} of {words.whole(float(row['areas']))}"

    rows = []
    for name, title, kind in FIGURES:
        value = None if pd.isna(row[name]) else float(row[name])
        beneath = words.counted(float(row["lsoas"]), "LSOA") if name == "population" else rank(name)
        rows.append({"title": title, "value": getattr(words, kind)(value), "beneath": beneath})
    return rows


def _lsoa(row: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "name": row["area_name"],
        "code": row["area_code"],
        "rank": words.whole(row.get("need_rank")),
        "decile": words.whole(row.get("need_decile")),
        "score": words.decimal(row.get("need_score")),
        "class_": row.get("mission_class") or "",
        "people": words.whole(row["population"]),
        "share": words.percent(row["share"], 0),
        "hot": {1: "yes", 0: "no"}.get(row.get("hotspot"), words.MISSING),
        "sure": _sure(row),
    }


def _sure(row: Dict[str, Any]) -> str:
    """``812 to 1,034, sure``; empty where the result has no layer of certainty."""
    if words.is_missing(row.get("rank_low")):
        return ""
    return f"{words.whole(row['rank_low'])} to {words.whole(row['rank_high'])}, {row['certainty']}"


def _fit(row: pd.Series) -> str:
    """How LSOAs were assigned, how well they fit, and what was filled in."""
    said = f"LSOAs were assigned {row['method']}."
    if pd.notna(row["population_split"]) and row["population_split"] > 0:
        split = words.percent(float(row["population_split"]), 0)
        said += f" {split} of the residents live in LSOAs that lie in the area only in part."
    if row["boundary_note"]:
        said += f" Note: {row['boundary_note']}."
    return f"{said} {row['imputed']}"
