"""What marks a larger area: its scores and indicators beside those of its district, its region and the country."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import pandas as pd


class Neighbours(NamedTuple):
    """For each area, the district and the region in which most of its people live; None where nobody does."""

    district_code: pd.Series
    region_code: pd.Series


def neighbours(members: pd.DataFrame, need: pd.DataFrame) -> Neighbours:
    """The district and region of each area, by population.

    ``members`` is indexed by boundary_code and holds area_code and population (of the part that lies there);
    ``need`` is the layer of that name, by area_code.
    """
    found = {}
    for field in ("district_code", "region_code"):
        place = need[field].reindex(members["area_code"]).to_numpy(dtype=object)
        people = members["population"].to_numpy(dtype=float)
        table = pd.DataFrame({"area": members.index, "place": place, "people": people})
        sums = table.groupby(["area", "place"], sort=True)["people"].sum().reset_index()
        largest = sums.sort_values(["area", "people", "place"], ascending=[True, False, True], kind="stable")
        found[field] = largest.drop_duplicates("area").set_index("area")["place"]
    return Neighbours(**found)


def weighted_means(values: pd.DataFrame, weights: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Weighted mean of each column in each of ``count`` groups; gaps count nowhere, a group without values is NaN."""
    means = np.full((count, values.shape[1]), np.nan)
    for place, name in enumerate(values):
        column = values[name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(column)
        people = np.bincount(groups[known], weights=weights[known], minlength=count)
        sums = np.bincount(groups[known], weights=(weights * np.nan_to_num(column))[known], minlength=count)
        np.divide(sums, people, out=means[:, place], where=people > 0)
    return means


def beside(members: pd.DataFrame, need: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
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
    around = neighbours(members, need)
    people = need["population"].to_numpy(dtype=float, na_value=0.0)
    columns: Dict[str, np.ndarray] = {f"{measure}_area": own[:, place] for place, measure in enumerate(measures)}
    for kind, code_of in (("district", around.district_code), ("region", around.region_code)):
        known, numbers = _numbered(need[f"{kind}_code"])
        means = weighted_means(scores[known], people[known], numbers.codes, len(numbers.categories))
        place = numbers.categories.get_indexer(code_of.reindex(codes))
        for number, measure in enumerate(measures):
            columns[f"{measure}_{kind}"] = np.where(place >= 0, means[place, number], np.nan)
        names = need.dropna(subset=[f"{kind}_code"]).drop_duplicates(f"{kind}_code").set_index(f"{kind}_code")
        columns[f"profile_{kind}"] = names[f"{kind}_name"].reindex(code_of.reindex(codes)).to_numpy(dtype=object)
    whole = weighted_means(scores, people, np.zeros(len(need), dtype=np.int64), 1)[0]
    columns.update({f"{measure}_country": np.full(len(codes), whole[place]) for place, measure in enumerate(measures)})
    return pd.DataFrame(columns, index=codes)


def _numbered(codes: pd.Series) -> Tuple[np.ndarray, pd.Categorical]:
    """Where there is a code, and those codes numbered."""
    known = codes.notna().to_numpy()
    return known, pd.Categorical(codes[known])


def indicators_beside(
    members: pd.DataFrame, need: pd.DataFrame, normal_scores: pd.DataFrame, shrunk: pd.DataFrame, ids: Sequence[str]
) -> pd.DataFrame:
    """Every indicator of every area: mean normal score (high = need), mean value, and the country's mean value.

    Population-weighted means over the area's LSOAs; one row an area and indicator, sorted by area and by normal
    score, the greatest need first. ``normal_scores`` holds ``<id>_z``, ``shrunk`` holds ``<id>_shrunk``.
    """
    codes = pd.Index(members.index.unique(), name=members.index.name)
    group, people = codes.get_indexer(members.index), members["population"].to_numpy(dtype=float)
    ids = [one for one in ids if f"{one}_z" in normal_scores and f"{one}_shrunk" in shrunk]
    z, values = normal_scores[[f"{one}_z" for one in ids]], shrunk[[f"{one}_shrunk" for one in ids]]
    own_z = weighted_means(z.reindex(members["area_code"]), people, group, len(codes))
    own = weighted_means(values.reindex(members["area_code"]), people, group, len(codes))
    everybody = need["population"].reindex(values.index).to_numpy(dtype=float, na_value=0.0)
    whole = weighted_means(values, everybody, np.zeros(len(values), dtype=np.int64), 1)[0]
    rows: List[pd.DataFrame] = []
    for place, one in enumerate(ids):
        rows.append(
            pd.DataFrame(
                {"indicator": one, "z": own_z[:, place], "value": own[:, place], "country": whole[place]}, index=codes
            )
        )
    if not rows:
        return pd.DataFrame({"indicator": [], "z": [], "value": [], "country": []})
    table = pd.concat(rows)
    order = np.lexsort((-table["z"].to_numpy(), codes.get_indexer(table.index)))
    return table.iloc[order]
