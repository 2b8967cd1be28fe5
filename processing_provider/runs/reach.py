"""Who is reached: the ways of choosing that a user's inputs allow, and what each of them reaches."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ...core.errors import DataError, OptionError
from ...core.findings import reached
from ...core.findings.saved import Saved
from ...core.findings.score_tree import column, top_scores
from ...core.steps import assign
from ...core.texts import find_name, listed
from ..areas import reading
from ..io.frames import need_shapes
from ..reports import charts
from ..style.neighbourhoods import style_reached
from ..values import Values
from .findings import NAMES, ranks_beside

PLACES = ("area_name", "district_code", "district_name", "region_code", "region_name")
WAYS = {"rank": "by rank", "certainty": "by the chance of being a hot spot", "areas": "by", "other": "by"}
LACKING = {
    "certainty": "the result has no layer of certainty; write Certainty of ranks into its GeoPackage first",
    "areas": "give AREAS or AREA_FIELD to choose whole areas by",
    "other": "give OTHER, a layer or table with a rank of the same areas",
}


def reach(values: Values) -> Dict[str, str]:
    """The layer of who is reached and missed, the ways side by side, their curves; NeedError in words."""
    options = values.options()
    report, result = values.read_result(stages=False)
    only = values.names("ONLY", ";")
    inside = (
        assign.named(result.need[list(PLACES)], only, "ONLY", "the result") if only else np.ones(len(result.need), bool)
    )
    need = result.need[inside]
    polygons = need_shapes(result.path, need.index)
    report(0.3, "choosing areas")
    target = _target(values, options, result, need)
    groups = _groups(values, need, polygons)
    ways, titles = _ways(values, need, target, groups)
    if options["BY"] not in ways:
        raise OptionError(f"BY: {LACKING[options['BY']]}.")
    ways = {way: ways[way] for way in sorted(ways, key=lambda way: way != options["BY"])}
    taken, compared = reached.compare(target, ways)
    report(0.5, "trying weights")
    top = top_scores(result.methodology, result.weights, result.need)
    doubt = reached.favourable(*top, options["BOUND"]).set_index(result.need.index)[inside]
    report(0.7)
    first = next(iter(ways))
    hot, chosen = _flags(values, need)[1], taken[first].chosen
    table = need[[*NAMES, "need_rank", "hotspot", "population"]].assign(
        **({"boundary_code": groups[1], "boundary_name": groups[2]} if groups else {}),
        place=np.where(ways[first] >= 0, ways[first] + 1.0, np.nan),
        chosen=chosen.astype(int),
        reach=reached.kinds(chosen, hot),
    )
    whole = dict.fromkeys(("place", "favourable_rank", "favourable_hotspot"), "Int64")
    curves = pd.concat({way: one.curve.reset_index() for way, one in taken.items()}, names=["way", None]).droplevel(1)
    said = [_in_words(titles, compared), *_gains(titles, compared), _doubt_in_words(doubt, hot, options["BOUND"])]
    values.say(said)
    values.record(*said)
    outputs: Dict[str, Any] = {
        "OUTPUT": pd.concat([table, doubt], axis=1).astype(whole),
        "COMPARED": compared.assign(title=titles).astype({"areas": "Int64"}),
        "CURVE": curves.astype({"areas": "Int64"}),
    }
    if values.given("PICTURE"):
        lines = {
            titles[way]: (one.curve["people"] / target.population.sum(), one.curve["need_share"])
            for way, one in taken.items()
        }
        outputs["PICTURE"] = charts.coverage_curves(lines, float(compared["people"].iloc[0] / target.population.sum()))
    return values.write_frames(outputs, report, polygons, style_reached)


def _flags(values: Values, need: pd.DataFrame) -> Tuple[str, np.ndarray]:
    """The field of who is in need, and its flags; OptionError where it holds anything but 0 and 1."""
    given = values.text("NEED_FIELD") or "hotspot"
    name = find_name(given, map(str, need), "NEED_FIELD")
    try:
        flags = column(need, name or "")
    except (KeyError, ValueError):
        flags = np.full(len(need), 2.0)
    if not np.isin(flags[~np.isnan(flags)], (0.0, 1.0)).all():
        raise OptionError(f"NEED_FIELD: '{given}' is no field of 0 and 1; take hotspot, or that of a dimension.")
    return str(name), flags


def _target(values: Values, options: Mapping[str, Any], result: Saved, need: pd.DataFrame) -> reached.Target:
    population = np.nan_to_num(column(need, "population"))
    per_area = {"areas": np.ones(len(need)), "people": population, "pounds": options["PER_HEAD"] * population}
    needy = np.where(_flags(values, need)[1] == 1, population, 0.0)
    sure = result.certainty.reindex(need.index)
    chance = column(sure, "p_hotspot") if "p_hotspot" in sure else np.full(len(need), np.nan)
    return reached.Target(population, needy, per_area[options["UNIT"]], chance, options["BUDGET"])


def _groups(values: Values, need, polygons) -> Optional[Tuple[np.ndarray, np.ndarray, np.ndarray, str]]:
    """Number, code and name of the area that each LSOA is in, -1 and None for none, and what they are called."""
    if values.given("AREA_FIELD"):
        field = str(find_name(str(values.text("AREA_FIELD")), map(str, need), "AREA_FIELD"))
        group, codes = pd.factorize(need[field], sort=True)
        names, title = np.append(codes.astype(object), None), field
        return group, names[group], names[group], title
    if not values.given("AREAS"):
        return None
    areas = reading.read_local_areas(
        values.source("AREAS"), values.text("CODE_FIELD") or "", values.text("NAME_FIELD") or ""
    )
    shapes, crs = polygons
    small = reading.SmallAreas("need", need[[]].reset_index(), shapes, crs)
    placed = reading.placed(areas, crs, values.context.transformContext())
    pieces = reading.by_centroid(small, placed, None, False).pieces
    if not pieces.small.size:
        raise DataError(f"AREAS: none of the {len(need):,} LSOAs lies in {areas.name}; do both cover the same place?")
    group = np.full(len(need), -1)
    # An LSOA that areas which overlap both hold goes with the first.
    group[pieces.small[::-1]] = pieces.area[::-1]
    values.say(reading.remarks_on_reading(areas.only(np.unique(pieces.area))))
    codes, names = (np.append(np.array(list(one), dtype=object), None) for one in (areas.codes, areas.names))
    return group, codes[group], names[group], areas.name


def _ways(
    values: Values, need: pd.DataFrame, target: reached.Target, groups
) -> Tuple[Dict[str, np.ndarray], Dict[str, str]]:
    """The places of every area by each way that the inputs allow, and the ways' titles."""
    rank, titles = column(need, "need_rank"), dict(WAYS)
    ways = {"rank": reached.one_by_one(rank)}
    if not np.isnan(target.chance).all():
        ways["certainty"] = reached.one_by_one(-target.chance, rank)
    if groups:
        ways["areas"] = reached.by_groups(groups[0], column(need, "need_score"), target.population)
        titles["areas"] += f" {groups[3]}"
    if values.given("OTHER"):
        other, codes, ranks = ranks_beside(values, need.index, "OTHER_CODE", "OTHER_RANK")
        ways["other"] = reached.one_by_one(pd.Series(ranks, index=codes).reindex(need.index).to_numpy())
        titles["other"] += f" {other.name}"
    return ways, {way: titles[way] for way in ways}


def _in_words(titles: Mapping[str, str], compared: pd.DataFrame) -> str:
    one = compared.iloc[0]
    share = "" if np.isnan(one["need_share"]) else f" ({one['need_share']:.1%} of all in need)"
    if not one["need_reached"] + one["need_missed"]:
        return (
            "None of these areas counts as in need, so nobody is reached or missed; NEED_FIELD=hotspot_district takes "
            f"the top fifth of each district. Chosen: {one['areas']:,.0f} areas with {one['people']:,.0f} people."
        )
    return (
        f"Chosen {titles[compared.index[0]]}: {one['areas']:,.0f} areas with {one['people']:,.0f} people, "
        f"{one['need_reached']:,.0f} of them in need{share}; {one['need_missed']:,.0f} people in need live outside."
    )


def _gains(titles: Mapping[str, str], compared: pd.DataFrame) -> List[str]:
    return [
        f"{titles[way][0].upper()}{titles[way][1:]} the same budget would reach {one['need_reached']:,.0f} in need, "
        f"{abs(one['gain']):,.0f} {'more' if one['gain'] < 0 else 'fewer'}, with {one['people']:,.0f} people chosen."
        for way, one in compared.iloc[1:].iterrows()
        if one["need_reached"] + one["need_missed"]
    ]


def _doubt_in_words(doubt: pd.DataFrame, hot: np.ndarray, bound: float) -> str:
    more = doubt.index[(doubt["favourable_hotspot"] == 1).to_numpy() & (hot == 0)]
    some = f": {listed(more, 5)}" if len(more) else ""
    return (
        f"{len(more):,} other areas are hot spots by weights of their own, each within {bound:.0%} of the run's{some}."
    )
