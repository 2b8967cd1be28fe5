"""What marks a larger area: its scores and indicators beside those of its district, its region and the country."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

import numpy as np
import pandas as pd

from ..arrays import Array


def home(members: pd.DataFrame, codes: pd.Series) -> pd.Series:
    """The district, or region, in which most of each area's people live; ``codes``: that of each small area.

    ``members`` is indexed by boundary_code and holds area_code and population (of the part that lies there).
    """
    place = codes.reindex(members["area_code"]).to_numpy(dtype=object)
    people = members["population"].to_numpy(dtype=float)
    table = pd.DataFrame({"area": members.index, "place": place, "people": people})
    sums = table.groupby(["area", "place"], sort=True)["people"].sum().reset_index()
    largest = sums.sort_values(["area", "people", "place"], ascending=[True, False, True], kind="stable")
    return largest.drop_duplicates("area").set_index("area")["place"]


def weighted_means(values: pd.DataFrame, weights: Array, groups: Array, count: int) -> Array:
    """Weighted mean of each column in each of ``count`` groups; gaps count nowhere, a group without values is NaN."""
    means = np.full((count, values.shape[1]), np.nan)
    for place, name in enumerate(values):
        column = values[name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(column)
        people = np.bincount(groups[known], weights=weights[known], minlength=count)
        sums = np.bincount(groups[known], weights=(weights * np.nan_to_num(column))[known], minlength=count)
        np.divide(sums, people, out=means[:, place], where=people > 0)
    return means


def compare_scores(members: pd.DataFrame, need: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Population-weighted mean scores of each area, and of its district, its region and the country.

    Columns ``<measure>_area``, ``..._district``, ``..._region``, ``..._country`` and the names
    ``profile_district`` and ``profile_region``; one row an area of ``members``.
    """
    codes = pd.Index(members.index.unique(), name=members.index.name)
    scores = need[[f"{measure}_score" for measure in measures]]
    own = weighted_means(
        scores.reindex(members["area_code"]),
        members["population"].to_numpy(dtype=float),
        codes.get_indexer(members.index),
        len(codes),
    )
    people = need["population"].to_numpy(dtype=float, na_value=0.0)
    columns: Dict[str, Array] = {f"{measure}_area": own[:, place] for place, measure in enumerate(measures)}
    for kind in ("district", "region"):
        at = home(members, need[f"{kind}_code"]).reindex(codes)
        known = need[f"{kind}_code"].notna().to_numpy()
        numbers = pd.Categorical(need[f"{kind}_code"][known])
        # The last row, of no group, is what -1 finds: an area that lies in none.
        means = weighted_means(scores[known], people[known], numbers.codes, len(numbers.categories) + 1)
        place = numbers.categories.get_indexer(at)
        for number, measure in enumerate(measures):
            columns[f"{measure}_{kind}"] = means[place, number]
        names = need.dropna(subset=[f"{kind}_code"]).drop_duplicates(f"{kind}_code").set_index(f"{kind}_code")
        columns[f"profile_{kind}"] = names[f"{kind}_name"].reindex(at).to_numpy(dtype=object)
    whole = weighted_means(scores, people, np.zeros(len(need), dtype=np.int64), 1)[0]
    columns.update({f"{measure}_country": np.full(len(codes), whole[place]) for place, measure in enumerate(measures)})
    return pd.DataFrame(columns, index=codes)


def weights_of(indicators: pd.DataFrame, name: str) -> Optional[Array]:
    """By what an indicator's figures are pooled: its denominator where it has one; None means by population."""
    column = f"{name}_den"
    return indicators[column].to_numpy(dtype=float, na_value=np.nan) if column in indicators else None


def compare_indicators(
    members: pd.DataFrame,
    need: pd.DataFrame,
    normal_scores: pd.DataFrame,
    indicators: pd.DataFrame,
    ids: Sequence[str],
    points: Optional[pd.DataFrame] = None,
) -> pd.DataFrame:
    """Every indicator of every area: mean normal score (high = need), value, and the country's value.

    Values of counts are pooled by their denominators, others weighted by population, as are normal scores; an LSOA
    that lies in part in an area counts with that part of its people. One row an area and indicator, sorted by area and
    by contribution (``points``, a column an indicator, population-weighted; the normal score without them), the
    greatest need first. ``normal_scores`` holds ``<id>_z``, ``indicators`` the values and ``<id>_den``.
    """
    codes = pd.Index(members.index.unique(), name=members.index.name)
    group, people = codes.get_indexer(members.index), members["population"].to_numpy(dtype=float)
    ids = [one for one in ids if f"{one}_z" in normal_scores and one in indicators]
    z = normal_scores[[f"{one}_z" for one in ids]]
    own_z = weighted_means(z.reindex(members["area_code"]), people, group, len(codes))
    pushes = own_z
    if points is not None:
        pushes = weighted_means(points[list(ids)].reindex(members["area_code"]), people, group, len(codes))
    everybody = need["population"].reindex(indicators.index).to_numpy(dtype=float, na_value=0.0)
    inside = indicators.index.get_indexer(members["area_code"])
    part = np.divide(people, everybody[inside], out=np.zeros(len(people)), where=everybody[inside] > 0)
    rows: List[pd.DataFrame] = []
    for place, one in enumerate(ids):
        weights = weights_of(indicators, one)
        weights = np.nan_to_num(everybody if weights is None else weights)
        values = indicators[[one]]
        own = weighted_means(values.iloc[inside], part * weights[inside], group, len(codes))[:, 0]
        whole = weighted_means(values, weights, np.zeros(len(values), dtype=np.int64), 1)[0, 0]
        columns = {"indicator": one, "z": own_z[:, place], "push": pushes[:, place], "value": own, "country": whole}
        rows.append(pd.DataFrame(columns, index=codes))
    if not rows:
        return pd.DataFrame({"indicator": [], "z": [], "push": [], "value": [], "country": []})
    table = pd.concat(rows)
    order = np.lexsort((-table["push"].to_numpy(), codes.get_indexer(table.index)))
    return table.iloc[order]
