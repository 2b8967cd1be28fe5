"""Proposed authorities: read from a table or polygons, compared, and drawn."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

import numpy as np
import pandas as pd
from qgis.core import QgsGeometry

from ...core import words
from ...core.errors import DataError, OptionError
from ...core.findings import reorganisation
from ...core.findings.reorganisation import PRESENT, WHOLE
from ...core.findings.saved import Saved
from ...core.schema import measure_titles
from ...core.texts import listed
from ..areas import reading
from ..geometry.polygons_over_polygons import united
from ..io.frames import need_shapes, open_layer
from ..reports import finding_pages
from ..style.result_style import area_styler
from ..values import Values
from .findings import NAMES

PLACES = ("district_code", "district_name", "region_code", "region_name")
MOST_SAID = 12


def compare(values: Values) -> Dict[str, str]:
    """The layer of present and proposed authorities, the LSOAs of each and a page; NeedError in words."""
    shrink = values.option("SHRINK")
    report, result = values.read_result(stages=shrink)
    report(0.4, "reading the proposals")
    proposed = _by_codes(values, result) if values.given("CODE_FIELD") else _by_polygons(values, result)
    name = values.source("PROPOSALS").sourceName() or "PROPOSALS"
    reorganisation.check_whole(proposed, result.need["district_name"], f"PROPOSALS: {name}")
    report(0.6, "summing up")
    needs = {PRESENT: result.need}
    if shrink:
        needs.update({one: reorganisation.shrunk_towards(result, proposed[one]) for one in proposed})
    measures = [one for one in measure_titles(result.methodology) if f"{one}_rank" in result.need]
    table, members = reorganisation.compare(needs, measures, proposed)
    table.insert(0, "boundary_code", table["option"] + ": " + table["boundary_name"].astype(str))
    report(0.8, "joining polygons")
    shapes, crs = _shapes(result, table, members)
    said = _in_words(table, shrink)
    values.say(said)
    values.record(f"Authorities proposed by {name}.", *said)
    ranks = {f"{one}: rank": frame["need_rank"] for one, frame in needs.items() if one != PRESENT}
    councils = proposed.add_suffix(": council")
    lsoas = result.need[[*NAMES, "need_rank", "hotspot", "population"]].join(councils).assign(**ranks)
    outputs: Dict[str, Any] = {
        "OUTPUT": table.set_index("boundary_code"),
        "LSOAS": lsoas[proposed.notna().any(axis=1)].astype(dict.fromkeys(ranks, "Int64")),
    }
    if values.given("REPORT"):
        outputs["REPORT"] = _page(result, table, measures, said)
    return values.write_frames(outputs, report, (shapes, crs), area_styler(result.methodology, [*proposed, PRESENT]))


def _fields(values: Values) -> List[str]:
    fields = values.fields("OPTIONS")
    if not fields:
        raise OptionError("OPTIONS: give the field, or fields, that hold the names of the proposed councils.")
    taken = {PRESENT, WHOLE}.intersection(fields)
    if taken:
        raise OptionError(f"OPTIONS: a proposal cannot be called '{min(taken)}'; rename the field.")
    return fields


def _texts(column) -> List[Optional[str]]:
    return [None if one is None or not str(one).strip() else str(one).strip() for one in column]


def _by_codes(values: Values, result: Saved) -> pd.DataFrame:
    table = values.table("PROPOSALS")
    codes = _texts(table.texts(values.needed("CODE_FIELD", "the field of the codes")))
    lookup = pd.DataFrame(
        {one: _texts(table.texts(one)) for one in _fields(values)}, index=pd.Index(codes, dtype=object)
    )
    places = result.need[list(PLACES)]
    if values.given("PACK"):
        with values.pack() as pack:
            parents = pack.lookup("LSOA21").reindex(places.index)
        places = places.join(parents[[one for one in parents if one not in places and one != "name"]])
    if lookup.index.isna().any():
        raise DataError(f"PROPOSALS: {table.name}: row {int(lookup.index.isna().argmax()) + 1} has no code.")
    return reorganisation.by_codes(lookup, places, f"PROPOSALS: {table.name}")


def _by_polygons(values: Values, result: Saved) -> pd.DataFrame:
    """Each LSOA to the council of the polygon that holds a point inside it; polygons of one name are one council."""
    fields = _fields(values)
    if len(fields) > 1:
        raise OptionError("OPTIONS: polygons are of one proposal; give one field, or CODE_FIELD where it is a lookup.")
    areas = reading.read_local_areas(values.source("PROPOSALS"), "", fields[0])
    shapes, crs = need_shapes(result.path, result.need.index)
    small = reading.SmallAreas("need", result.need[[]].reset_index(), shapes, crs)
    placed = reading.placed(areas, crs, values.context.transformContext())
    pieces = reading.by_centroid(small, placed, None, False).pieces
    names = np.array(areas.names, dtype=object)[pieces.area]
    pairs = pd.DataFrame({"code": result.need.index[pieces.small], fields[0]: names}).drop_duplicates()
    twice = pairs["code"][pairs["code"].duplicated()].unique()
    if len(twice):
        raise DataError(f"PROPOSALS: polygons of {areas.name} overlap; two hold {listed(twice)}. Mend the boundaries.")
    return pairs.set_index("code").reindex(result.need.index)


def _shapes(result: Saved, table: pd.DataFrame, members: Mapping[str, List[Any]]):
    """A polygon an authority, of whole districts where it is made of such, else of its LSOAs; none for the whole."""
    need, found = result.need, []
    layer = open_layer(result.path, "districts")
    districts = {feature["district_code"]: feature.geometry() for feature in layer.getFeatures()}
    own = need["district_code"].value_counts()
    lsoas: Optional[Dict[str, QgsGeometry]] = None
    for option, name in zip(table["option"], table["boundary_name"]):
        inside = need["district_code"][np.array(members[option], dtype=object) == name]
        count = inside.value_counts()
        if name == WHOLE:
            found.append(None)
        elif (count == own[count.index]).all():
            found.append(united([districts[code] for code in count.index]))
        else:
            lsoas = lsoas or dict(zip(need.index, need_shapes(result.path, need.index)[0]))
            found.append(united([lsoas[code] for code in inside.index]))
    return found, layer.crs()


def _in_words(table: pd.DataFrame, shrunk: bool) -> List[str]:
    lines = []
    for option, rows in table[table["option"] != PRESENT].groupby("option", sort=False):
        whole = rows[rows["boundary_name"] == WHOLE].iloc[0]
        lines += [
            f"{option}: {one['boundary_name']} has {one['population']:,.0f} residents in {one['lsoas']:,} LSOAs, "
            f"{one['need_hotspot_population']:,.0f} of them in hot spots; average {one['need_average_score']:.1f}."
            for _, one in rows[rows["boundary_name"] != WHOLE].head(MOST_SAID).iterrows()
        ]
        lines.append(f"{option}: {whole['population']:,.0f} residents in {whole['lsoas']:,} LSOAs in all.")
    return [*lines, *(["Rates are shrunk towards the proposed authorities; ranks are anew."] if shrunk else [])]


def _page(result: Saved, table: pd.DataFrame, measures: List[str], said: List[str]) -> str:
    titles = measure_titles(result.methodology)
    columns = {
        "Authority": lambda one: str(one["boundary_name"]),
        "LSOAs": lambda one: words.whole(one["lsoas"]),
        "Residents": lambda one: words.whole(one["population"]),
        "In hot spots": lambda one: words.whole(one["need_hotspot_population"]),
        "Their share": lambda one: words.percent(one["need_hotspot_share"]),
        "Extent": lambda one: words.percent(one["need_extent"]),
    }
    for one in measures:
        columns[f"{titles[one]}: average score"] = lambda row, name=f"{one}_average_score": words.decimal(row[name])
    sections = [
        finding_pages.table(option, [], columns, rows.to_dict("records"))
        for option, rows in table.groupby("option", sort=False)
    ]
    beside = finding_pages.table(
        "Proposals side by side",
        [],
        {
            "Proposal": lambda one: str(one["option"]),
            "Authorities": lambda one: words.whole(one["authorities"]),
            "Residents of the smallest": lambda one: words.whole(one["smallest"]),
            "Of the largest": lambda one: words.whole(one["largest"]),
            "Lowest average score": lambda one: words.decimal(one["lowest"]),
            "Highest": lambda one: words.decimal(one["highest"]),
            "Highest share in hot spots": lambda one: words.percent(one["hotspot_share"]),
        },
        reorganisation.proposals_compared(table).reset_index().to_dict("records"),
    )
    return finding_pages.page(result, "Proposed authorities beside the present ones", said, [beside, *sections])
