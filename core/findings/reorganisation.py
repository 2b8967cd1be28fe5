"""Proposed authorities: which areas each would hold, what its need would be, and shrinkage towards it."""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..steps import assign
from ..steps.area_table import area_table, class_counts
from ..steps.classify import whole_numbers
from ..steps.shrinkage import shrink_to_district
from ..steps.standardise import normal_scores, published_ranks
from ..texts import listed
from . import what_if
from .saved import Saved
from .score_tree import OVERALL, column

PRESENT, WHOLE = "present", "whole"


def by_codes(lookup: pd.DataFrame, places: pd.DataFrame, name: str) -> pd.DataFrame:
    """The proposal of every area by option, None outside, from rows keyed by code of area, ward or district.

    ``lookup``: a column an option, indexed by codes or names, which are those of the column of ``places`` (all areas,
    indexed by code) that knows most of them. DataError lists codes that it does not know, and codes that stand twice
    with different proposals.
    """
    keys = [places.index.to_series(), *(places[one] for one in places)]
    known = max(keys, key=lambda one: lookup.index.isin(one).sum())
    unknown = lookup.index[~lookup.index.isin(known)].unique()
    if len(unknown):
        what = "area of the result" if known.name in (None, places.index.name) else f"{known.name} of the result"
        raise DataError(
            f"{name}: {len(unknown):,} of {lookup.index.nunique():,} codes are no {what}: {listed(unknown)}; mend or "
            "drop them (codes of wards are known by PACK)."
        )
    rows = lookup[~lookup.reset_index().duplicated().to_numpy()]
    twice = rows.index[rows.index.duplicated()].unique()
    if len(twice):
        raise DataError(f"{name}: {listed(twice)} stand more than once, with different proposals; keep one row each.")
    return rows.reindex(known.to_numpy()).set_axis(places.index)


def check_whole(proposed: pd.DataFrame, districts: pd.Series, name: str) -> None:
    """DataError where a district that a proposal touches is not wholly proposed for: its parts would not add up."""
    for option in proposed:
        inside = proposed[option].notna()
        touched = districts.isin(districts[inside])
        if not touched.any():
            raise DataError(f"{name}: '{option}' proposes nothing for the result's areas.")
        gaps = districts[touched & ~inside]
        if len(gaps):
            raise DataError(
                f"{name}: '{option}' leaves out {len(gaps):,} areas of {listed(gaps.unique(), 4)}, of which it takes "
                f"others: {listed(gaps.index, 6)}; give each a proposal."
            )


def described(need: pd.DataFrame, measures: Sequence[str], group: pd.Series) -> pd.DataFrame:
    """A row an authority (sorted by name): areas, residents, classes, and all summaries of every measure.

    ``group`` names each area's authority, None outside. N of the summaries, and hot spots, are those of all ranked
    areas in ``need``; ranks are among the authorities. Source: docs/method.md#summaries-for-larger-areas.
    """
    ranked = {one: int(need[f"{one}_rank"].count()) for one in measures}
    need, group = need[group.notna()], group.dropna()
    keys = pd.Index(sorted(group.unique()), dtype=object, name="boundary_name")
    pieces = assign.by_codes(group, keys)
    people = np.nan_to_num(column(need, "population"))
    frames = {
        one: pd.DataFrame({"score": column(need, f"{one}_score"), "rank": column(need, f"{one}_rank")})
        for one in measures
    }
    names = pd.DataFrame({"code": need.index, "name": need["area_name"].to_numpy()})
    sizes = {
        "lsoas": np.bincount(pieces.area, minlength=len(keys)),
        "population": np.bincount(pieces.area, weights=people[pieces.small], minlength=len(keys)),
    }
    table = pd.concat(
        [
            pd.DataFrame(sizes),
            class_counts(column(need, "need_score"), pieces, len(keys)),
            area_table(frames, names, pieces, people, len(keys), ranked=ranked),
        ],
        axis=1,
    )
    return whole_numbers(table.set_axis(keys)).assign(lsoas=table["lsoas"].astype("Int64").array)


def compare(
    needs: Mapping[str, pd.DataFrame], measures: Sequence[str], proposed: pd.DataFrame
) -> Tuple[pd.DataFrame, Dict[str, List[str]]]:
    """The authorities of every option beside the present districts and the whole of each; and the options' members.

    ``needs``: the layer need by option (the run's own under ``present``), for each may have scores of its own. Columns
    ``option`` and ``parts``, the present districts that an authority takes areas from. The rows of an option hold the
    same areas as its row ``whole``: numbers of areas and people add up to it, and averages by residents.
    """
    own, rows = needs[PRESENT], []
    anywhere = proposed.notna().any(axis=1)
    groups = {PRESENT: own["district_name"].where(anywhere, None), **{one: proposed[one] for one in proposed}}
    for option, group in groups.items():
        districts = own["district_name"].groupby(group.to_numpy()).unique()
        whole = group.mask(group.notna(), WHOLE)
        for one in (group, whole):
            found = described(needs.get(option, own), measures, one).reset_index()
            parts = [listed(sorted(districts.get(name, ())), 30) for name in found["boundary_name"]]
            rows.append(found.assign(option=option, parts=parts))
    return pd.concat(rows, ignore_index=True), {one: list(group) for one, group in groups.items()}


def proposals_compared(table: pd.DataFrame) -> pd.DataFrame:
    """A row an option of what ``compare`` found: how many authorities, their residents, and how far apart they are.

    Columns: authorities; smallest and largest by residents; lowest and highest by average score; hotspot_share, the
    highest share of residents in hot spots. An option is even where its lowest and highest are close.
    """
    score, people = "need_average_score", "population"
    return (
        table[table["boundary_name"] != WHOLE]
        .groupby("option", sort=False)
        .agg(
            authorities=(people, "size"),
            smallest=(people, "min"),
            largest=(people, "max"),
            lowest=(score, "min"),
            highest=(score, "max"),
            hotspot_share=("need_hotspot_share", "max"),
        )
    )


def shrunk_towards(saved: Saved, group: pd.Series) -> pd.DataFrame:
    """The layer need as it would be with figures shrunk towards other authorities than the run's districts.

    ``group`` names the authority of areas, None where the run's shrunk figures stay. Indicators that the run shrank are
    shrunk anew from its counts or values, scored, and summed up the tree by the run's weights; gaps stay as the run
    left or filled them, and its normal scores of all others. Scores and ranks of all areas follow; flags do not.
    DataError where the result has no stages. Source: paper, Appendix B.
    """
    tree, constant = saved.tree, saved.methodology.options("exponentialtransform")["CONSTANT"]
    divisor = what_if.divisor_of(tree, constant)
    towards = pd.factorize(group)[0] + 1  # 0: none
    people, moved = column(saved.need, "population"), {}
    for name, z in tree.z.items():
        method = str(saved.quality.loc[name].get("shrinkage"))
        if method != "none":
            moved[name] = _scored_anew(saved, name, method, towards, people, z)
    for node in tree.nodes:
        if any(part in moved for part in node.parts):
            moved[node.id] = what_if.exponential_of(
                what_if.sum_of(tree, node.parts, node.weights, moved), constant, len(tree.codes), divisor
            )
    composite = what_if.sum_of(tree, tree.top.parts, tree.top.weights, moved)
    scores = {name: moved.get(name, tree.transformed[name]) for name in tree.dimensions}
    scores[OVERALL] = what_if.exponential_of(composite, constant, len(tree.codes), divisor)
    found = {f"{name}_score": values for name, values in scores.items()}
    found.update({f"{name}_rank": published_ranks(values) for name, values in scores.items()})
    return saved.need.assign(composite=composite, **{**found, f"{OVERALL}_rank": published_ranks(composite)})


def _scored_anew(saved: Saved, name: str, method: str, towards: Array, people: Array, z: Array) -> Array:
    frame = saved.indicators
    raw = column(frame, name)
    gaps = np.isnan(raw)
    top, bottom = (raw, None) if method == "mean" else (column(frame, f"{name}_{part}") for part in ("num", "den"))
    errors = column(frame, f"{name}_se") if method == "mean" else None
    again = shrink_to_district(
        np.where(gaps, np.nan, top),
        bottom,
        towards,
        method=method,
        standard_error=errors,
        population=people,
        over="cap",
    ).values
    shrunk = np.where(gaps | (towards == 0), column(saved.shrunk, f"{name}_shrunk"), again)
    scores = normal_scores(saved.direction(name) * shrunk)
    return np.where(np.isnan(scores), z, scores)
