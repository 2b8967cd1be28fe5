"""Two rankings of the same areas side by side: how far they agree, who moved, and why each rank changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..schema import hotspot_field
from ..steps.classify import HOT_SPOT_SHARE, hot_spot_limit
from ..steps.standardise import published_ranks
from . import what_if
from .score_tree import ScoreTree, Step

# Scores that differ by less do so by the last digits of interpolation.
_ALIKE = 1e-9
BOTH, FIRST_ONLY, SECOND_ONLY, NEITHER = "both", "first only", "second only", "neither"


@dataclass(frozen=True)
class Agreement:
    """How far two rankings agree on the areas that both rank, after ranking each among those alone.

    ``spearman``: of the ranks. ``kappa``: Cohen's, of the hot spots. ``mean_shift``: mean absolute difference of rank.
    ``first_only`` and ``second_only``: areas that one of the two ranks alone.
    """

    areas: int
    first_only: int
    second_only: int
    spearman: float
    kappa: float
    hotspots_both: int
    hotspots_first: int
    hotspots_second: int
    mean_shift: float


def compare_ranks(first: Array, second: Array, *, share: float = HOT_SPOT_SHARE) -> Tuple[pd.DataFrame, Agreement]:
    """Ranks (1 = highest need, NaN where unranked) of the same areas in one order, compared.

    Columns: rank_first, rank_second (among the areas that both rank), rank_change (second - first: negative =
    greater need now), decile_first, decile_second, decile_change, hotspot_class (both, first only, second only,
    neither). Ties share the lowest number. DataError where they have no two areas in common.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    common = ~np.isnan(first) & ~np.isnan(second)
    n = int(common.sum())
    if n < 2:
        raise DataError("The two have fewer than two ranked areas in common; are they of the same areas?")
    ranks = [published_ranks(np.where(common, -values, np.nan)) for values in (first, second)]
    deciles = [np.ceil(10.0 * values / n) for values in ranks]
    with np.errstate(invalid="ignore"):
        hot = [values <= hot_spot_limit(share, n) for values in ranks]
    kinds = np.select([hot[0] & hot[1], hot[0], hot[1]], [BOTH, FIRST_ONLY, SECOND_ONLY], NEITHER).astype(object)
    kinds[~common] = None
    table = pd.DataFrame(
        {
            "rank_first": ranks[0],
            "rank_second": ranks[1],
            "rank_change": ranks[1] - ranks[0],
            "decile_first": deciles[0],
            "decile_second": deciles[1],
            "decile_change": deciles[1] - deciles[0],
            "hotspot_class": kinds,
        }
    )
    a, b = (values[common] for values in ranks)
    agreement = Agreement(
        n,
        int((~np.isnan(first) & np.isnan(second)).sum()),
        int((np.isnan(first) & ~np.isnan(second)).sum()),
        spearman(a, b),
        cohens_kappa(hot[0][common], hot[1][common]),
        int((hot[0] & hot[1]).sum()),
        int(hot[0].sum()),
        int(hot[1].sum()),
        float(np.abs(a - b).mean()),
    )
    return table, agreement


def spearman(first: Array, second: Array) -> float:
    """Spearman's correlation, ties averaged; NaN where one of the two is constant."""
    a, b = (pd.Series(values).rank().to_numpy() for values in (first, second))
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 1 and np.ptp(a) > 0 and np.ptp(b) > 0 else float("nan")


def cohens_kappa(first: Array, second: Array) -> float:
    """Agreement of two yes/no classes beyond chance: (p_o - p_e)/(1 - p_e); NaN where chance explains all of it."""
    observed = float(np.mean(first == second))
    p, q = float(np.mean(first)), float(np.mean(second))
    chance = p * q + (1.0 - p) * (1.0 - q)
    return (observed - chance) / (1.0 - chance) if chance < 1.0 else float("nan")


def split_change(
    first: Array, second: Array, *, method: Optional[Array] = None, interval: Optional[Tuple[Array, Array]] = None
) -> pd.DataFrame:
    """The change of each area's rank between two runs, in parts that add up.

    ``first``, ``second``: composites by area code, higher = more need, NaN where a run does not rank or have the area.
    ``method``: the composite of the second data by the first run's method, where the methods differ. ``interval``: the
    lowest and highest rank of the first run that noise explains.

    Columns: change = own + others + by_method + boundary, of ranks among all that each run ranks. own: the rank that
    the area's second figure would have had among the first figures of the areas of both, less its rank there. others:
    what is left of the change among them once the others have their second figures. by_method: rank by the second
    method less that by the first. boundary: what areas add that only one run ranks, for their codes or boundaries are
    others or their figures have gaps. within_noise: 1 where the second rank lies in the interval, else 0. NaN for
    areas that one of the two does not rank.
    """
    same = second if method is None else method
    common = ~(np.isnan(first) | np.isnan(second) | np.isnan(same))
    rank_first, rank_second, rank_same = (
        published_ranks(np.where(common, values, np.nan)) for values in (first, second, same)
    )
    ordered = np.sort(first[common])
    above = len(ordered) - np.searchsorted(ordered, np.where(common, same, 0.0), side="right")
    alone = np.where(common, above + 1.0 - (np.where(common, first, 0.0) > np.where(common, same, 0.0)), np.nan)
    all_first, all_second = published_ranks(first), published_ranks(second)
    change = np.where(common, all_second - all_first, np.nan)
    columns: Dict[str, Array] = {
        "change": change,
        "own": alone - rank_first,
        "others": rank_same - alone,
        "by_method": rank_second - rank_same,
        "boundary": change - (rank_second - rank_first),
    }
    if interval is not None:
        low, high = interval
        inside = (np.where(common, all_second, 0.0) >= low) & (np.where(common, all_second, 0.0) <= high)
        columns["within_noise"] = np.where(np.isnan(low) | ~common, np.nan, inside * 1.0)
    return pd.DataFrame(columns)


def by_frozen_cut_offs(
    tree: ScoreTree, values: Mapping[str, Array], again: Mapping[str, Array], *, share: float = HOT_SPOT_SHARE
) -> pd.DataFrame:
    """Where the second figures of areas would have stood in the first run, all of whose ranks are held fixed.

    ``tree``: the first run; ``values`` its indicators, high = need, by area; ``again`` the second's, in the same unit.
    A value takes the normal score that it has, or would have between its neighbours, among the first values; scores are
    summed and transformed by the first run's weights and steps S -> X, straight between its points; beyond its lowest
    and highest they stay there. Columns: rank_frozen = 1 + the number of first composites above; hotspot_frozen: 1
    where that lies in the first run's top ``share``, else 0. NaN where a value is missing. So all areas may get better
    or worse, which no rank among themselves can say. DataError where the two do not hold the same indicators.
    """
    if set(again) != set(tree.z):
        raise DataError("The two do not hold the same indicators, so the first one's cut-offs do not apply.")
    z = {name: Step.of(values[name], tree.z[name])(again[name]) for name in tree.z}
    composite = tree.forward(z)[2]
    ordered = np.sort(tree.composite[tree.ranked])
    above = len(ordered) - np.searchsorted(ordered, np.nan_to_num(composite) + _ALIKE, side="right")
    rank = np.where(np.isnan(composite), np.nan, above + 1.0)
    hot = np.where(np.isnan(rank), np.nan, rank <= hot_spot_limit(share, len(ordered)))
    return pd.DataFrame({"rank_frozen": rank, "hotspot_frozen": hot})


def over_time(needs: Mapping[str, pd.DataFrame], measures: Iterable[str]) -> pd.DataFrame:
    """A row an area, date and measure, indexed by area code, from the layers ``need`` by ISO date.

    Columns: area_name, district_name, date; until, the date of the next that holds for the area no more (none for the
    last); measure, score, rank, decile = ceil(10 rank / ranked areas of the date), hotspot, population. Ranks are each
    date's own: among themselves areas do not all get better.
    """
    dates = [pd.Timestamp(one) for one in sorted(needs)]
    rows = []
    for place, name in enumerate(sorted(needs)):
        need, until = needs[name], [*dates, pd.NaT][place + 1]
        for one in measures:
            rank = need[f"{one}_rank"].astype(float)
            flag = hotspot_field(one)
            said = {"date": dates[place], "until": until, "measure": one, "score": need[f"{one}_score"], "rank": rank}
            said.update(decile=np.ceil(10.0 * rank / rank.count()), hotspot=need[flag], population=need["population"])
            rows.append(need[["area_name", "district_name"]].assign(**said))
    table = pd.concat(rows)
    return table.astype({"until": "datetime64[ns]", **dict.fromkeys(("rank", "decile", "hotspot"), "Int64")})


def hot_spots_moved(first: pd.DataFrame, last: pd.DataFrame, measures: Iterable[str]) -> pd.DataFrame:
    """What became of each area's hot spots between two layers ``need``, a column a measure, in classes of a what-if.

    Areas that one of the two does not rank have the class of the unranked.
    """
    found = {}
    classes = [what_if.UNRANKED, what_if.STAYS, what_if.COMES_IN, what_if.GOES_OUT]
    for one in measures:
        flag = hotspot_field(one)
        was, now = first[flag].astype(float), last[flag].reindex(first.index).astype(float)
        kinds = [was.isna() | now.isna(), (was == 1) & (now == 1), now == 1, was == 1]
        found[one] = np.select(kinds, classes, what_if.NEITHER)
    return pd.DataFrame(found, index=first.index)


def by_method_of(first: ScoreTree, second: ScoreTree, constant: float, divisor: str) -> Optional[Array]:
    """The composite of the second run's figures by the first run's weights; None where they sum other parts.

    On the scale of the first's composite, whatever its dimensions' weights sum to.
    """
    parts = [{node.id: set(node.parts) for node in (*tree.nodes, tree.top)} for tree in (first, second)]
    if parts[0] != parts[1]:
        return None
    weighed = what_if.weigh(second, first.weights, constant, divisor=divisor)
    return weighed.composite * float(first.top.weights.sum())
