"""Who is reached: for a budget, the people in need that a choice of areas reaches and misses, beside other choices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Dict, Mapping, NamedTuple, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import OptionError
from ..rates import ratio
from ..steps.classify import classify

MOST_DIMENSIONS = 10
REACHED, MISSED, BESIDE, OTHERS = "in need, reached", "in need, missed", "not in need, chosen", "not in need"


def one_by_one(*keys: Array) -> Array:
    """The place of each area in an order, 0 first: by the first key from low to high, ties by the next.

    Areas equal in all keys go as they stand; -1 where the first key is NaN: what has no place is never chosen.
    """
    known = np.flatnonzero(~np.isnan(keys[0]))
    place = np.full(len(keys[0]), -1)
    place[known[np.lexsort([key[known] for key in reversed(keys)])]] = np.arange(len(known))
    return place


def by_groups(group: Array, score: Array, population: Array) -> Array:
    """The place of each area's group (ward, parish), by the groups' mean score, highest first; -1 where it has none.

    Mean = sum P s / sum P over the ranked areas of the group, P = population; of equal means the first group leads.
    ``group`` numbers them from 0, -1 = in none. Unranked areas go with their group, whose people they are.
    """
    count = int(group.max(initial=-1)) + 1
    known = (group >= 0) & ~np.isnan(score)

    def sums(weights: Array) -> Array:
        return np.bincount(group[known], weights=weights[known], minlength=count)

    places = one_by_one(-ratio(sums(score * population), sums(population)))
    return np.where(group >= 0, places[group], -1) if count else group


class Taken(NamedTuple):
    """What a budget takes of an order: chosen areas, and by place the sums of cost, people and people in need."""

    chosen: Array
    curve: pd.DataFrame


def take(place: Array, cost: Array, budget: float, population: Array, needy: Array) -> Taken:
    """The areas in their order for as long as a budget lasts; a group is taken as a whole or not at all.

    The first that the budget does not pay for ends it: none further down is taken in its stead, for that would be a
    choice by size. ``needy``: residents in need of each area.
    """
    inside = place >= 0
    count = int(place.max(initial=-1)) + 1

    def so_far(values: Array) -> Array:
        return np.cumsum(np.bincount(place[inside], weights=values[inside], minlength=count))

    spent = so_far(cost)
    lasts = int(np.searchsorted(spent, budget * (1.0 + 1e-12), side="right"))
    curve = pd.DataFrame({"areas": so_far(np.ones(len(place))), "people": so_far(population), "cost": spent})
    curve["need_reached"] = so_far(needy)
    curve["need_share"] = ratio(curve["need_reached"].to_numpy(), np.full(count, needy.sum()))
    return Taken(inside & (place < lasts), curve.set_axis(pd.RangeIndex(1, count + 1, name="place")))


@dataclass(frozen=True)
class Target:
    """Whom to reach: by area population, residents in need (those of hot spots; 0 elsewhere), and what an area costs.

    ``chance`` that an area is a hot spot, NaN where it is not known.
    """

    population: Array
    needy: Array
    cost: Array
    chance: Array
    budget: float


def compare(target: Target, ways: Mapping[str, Array]) -> Tuple[Dict[str, Taken], pd.DataFrame]:
    """What every way (places by title; the first is the one chosen by) takes, and a table of them, a row a way.

    Columns: areas; people and cost of them; need_reached, need_missed: residents in need inside and outside, and
    need_share, the first of both; others_reached: residents of the areas chosen that are not in need; expected_reached:
    sum of population x chance over the areas chosen, NaN where no chance is known; gain: need_reached of the first way
    less that of this.
    """
    whom = (target.cost, target.budget, target.population, target.needy)
    taken = {way: take(place, *whom) for way, place in ways.items()}
    rows, total = {}, target.needy.sum()
    for way, (chosen, _) in taken.items():
        people, needy = target.population[chosen].sum(), target.needy[chosen].sum()
        known = chosen & ~np.isnan(target.chance)
        expected = (target.population * target.chance)[known].sum() if known.any() else np.nan
        rows[way] = {
            "areas": float(chosen.sum()),
            "people": people,
            "cost": target.cost[chosen].sum(),
            "need_reached": needy,
            "need_missed": total - needy,
            "need_share": needy / total if total else np.nan,
            "others_reached": people - needy,
            "expected_reached": expected,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("way")
    return taken, table.assign(gain=table["need_reached"].iloc[0] - table["need_reached"])


def kinds(chosen: Array, hotspot: Array) -> Array:
    """For the map: in need and reached or missed, not in need and chosen or not; None for what is not ranked."""
    found = np.select([(hotspot == 1) & chosen, hotspot == 1, chosen], [REACHED, MISSED, BESIDE], OTHERS).astype(object)
    found[np.isnan(hotspot) & ~chosen] = None
    return found


def corners(weights: Array, bound: float) -> Array:
    """The corners of {w : sum w = 1, (1 - bound) w0 <= w <= (1 + bound) w0}, a row each; w0 = ``weights`` / sum.

    In a corner all weights but one stand at a bound, and the one makes up the sum. OptionError for too many dimensions.
    """
    own = np.asarray(weights, dtype=float) / np.sum(weights)
    if len(own) > MOST_DIMENSIONS and bound:
        raise OptionError(f"BOUND: {len(own)} dimensions have too many sets of weights; give 0, or a shorter method.")
    found = {tuple(own.round(12))}
    for free in range(len(own)) if bound else ():
        for signs in product((-1.0, 1.0), repeat=len(own) - 1):
            corner = own * (1.0 + bound * np.insert(signs, free, 0.0))
            corner[free] = 1.0 - np.delete(corner, free).sum()
            if abs(corner[free] - own[free]) <= bound * own[free] + 1e-12:
                found.add(tuple(corner.round(12)))
    return np.array(sorted(found))


def favourable(transformed: Mapping[str, Array], weights: Array, bound: float) -> pd.DataFrame:
    """Each area under its own most favourable weights of the dimensions (benefit of the doubt).

    C_j(w) = sum_d w_d X_jd, and w may lie in {sum w = 1, (1 - bound) w0_d <= w_d <= (1 + bound) w0_d}, w0 the run's own
    weights. C_j is linear in w, so that the weights which make it largest lie in a corner of that set, whichever the
    area: all corners are tried, and all areas ranked by each. ``favourable_rank``: the best rank (1 = highest need)
    over the corners and w0; ``favourable_hotspot``: 1 where one of them makes the area a hot spot, else 0;
    ``favourable_weights``: the first that gives the best rank, in per cent. 1 is certain; 0 says that no corner does,
    and weights between corners do so seldom. Ties share the lowest rank; NaN where an area is not ranked.
    Source: Melyn and Moesen 1991; Cherchye, Moesen, Rogge and Van Puyenbroeck 2007, with bounds on weights.
    """
    matrix = np.column_stack(list(transformed.values()))
    own = np.asarray(weights, dtype=float) / np.sum(weights)
    best, hot = classify(matrix @ own)[::2]
    which = np.zeros(len(best), dtype=int)
    tried = [own, *corners(weights, bound)]
    for number, corner in enumerate(tried[1:], start=1):
        found = classify(matrix @ corner)
        better = found.rank < best
        which[better] = number
        best, hot = np.fmin(best, found.rank), np.fmax(hot, found.hotspot)
    words = [", ".join(f"{name} {w:.0%}" for name, w in zip(transformed, one)) for one in tried]
    named = np.array(words, dtype=object)[which]
    named[np.isnan(best)] = None
    return pd.DataFrame({"favourable_rank": best, "favourable_hotspot": hot, "favourable_weights": named})
