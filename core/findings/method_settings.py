"""The index by every other way in which it might have been computed: which choices move ranks, and how far."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..pack import Pack
from ..steps.classify import HOT_SPOT_SHARE, hot_spot_limit
from ..steps.shrinkage import Counts, fill_gaps, from_scale, shrink_to_district
from ..steps.standardise import ascending_ranks, exponential_of_share, normal_scores, published_ranks, share_of_ranks
from ..table import Converted
from ..texts import Progress
from . import what_if
from .figures_in_doubt import numbered, shrinkage_districts
from .posterior import corrected_estimates
from .saved import Saved
from .score_tree import ScoreTree, column, weighted_sum

Scores = Mapping[str, Array]
WINSORISED_AT = 3.0
COLUMNS = ["kind", "factor", "choice", "mean_rank_shift", "hotspots_changed"]
_SEXES = re.compile(r"(_male|_female|_men|_women)\Z")
FACTORS: Mapping[str, Tuple[str, Tuple[str, ...]]] = {
    "gaps": ("Areas without a value", ("exclude", "district", "median")),
    "shrinkage": ("Shrinkage", ("as set", "none", "corrected for sampling")),
    "district": ("Shrunk towards", ("district", "region")),
    "scores": ("Indicators become", ("normal scores", "z-scores cut at 3")),
    "constant": ("Scores become", ("exponential", "plain ranks")),
    "sub_dimensions": ("Sub-dimensions", ("as published", "none")),
    "sexes": ("Indicators by sex", ("two", "one")),
}


@dataclass(frozen=True)
class MethodSettings:
    """Ranks as published (1 = highest need) of the areas that every setting ranks, settings x areas; ``rows``: which.

    ``levels``: the choices of each factor that can make a difference, the run's own first; settings are in the
    order of their product.
    """

    levels: Mapping[str, Tuple[str, ...]]
    rows: Array
    ranks: Array

    def effects(self) -> pd.DataFrame:
        """A row a factor and other choice: mean |rank shift| and hot spots changed against the run's own choice.

        Means over all settings of the other factors; hot spots changed = those that the other choice drops.
        """
        shape = [len(choices) for choices in self.levels.values()]
        grid = self.ranks.reshape(*shape, -1)
        limit = hot_spot_limit(HOT_SPOT_SHARE, self.ranks.shape[1])
        rows = []
        for axis, (factor, choices) in enumerate(self.levels.items()):
            own = np.take(grid, 0, axis)
            for place, choice in enumerate(choices[1:], start=1):
                other = np.take(grid, place, axis)
                dropped = ((own <= limit) & (other > limit)).sum(axis=-1)
                words = FACTORS[factor][0], f"{choice} (instead of {choices[0]})"
                rows.append(("choice", *words, float(np.abs(own - other).mean()), float(dropped.mean())))
        return pd.DataFrame(rows, columns=COLUMNS)


def method_settings(
    saved: Saved, tree: ScoreTree, log: Mapping[str, Any], progress: Progress, pack: Optional[Pack] = None
) -> MethodSettings:
    """The full factorial of the factors that apply to the run, each setting with equal mass.

    Ranks are taken among the areas that all settings rank. ``pack``: the run's, where it has shrunk towards other
    districts than it reports by. DataError where areas are too few, or those districts cannot be told. Source: Saisana,
    Saltelli and Tarantola 2005.
    """
    figures = _Figures(saved, tree, shrinkage_districts(saved, log, pack))
    levels = figures.levels(log)
    constant = saved.methodology.options("exponentialtransform")["CONSTANT"]
    divisor = str(log.get("options", {}).get("divisor", "ranked"))
    composites: List[Array] = []
    count = int(np.prod([len(choices) for choices in levels.values()]))
    for setting, scores in _scored(figures, levels):
        progress(len(composites) / count, "Computing the index by every setting")
        composites.append(_composite(tree, scores, setting, constant, divisor))
    rows = np.flatnonzero(tree.ranked & ~np.isnan(composites).any(axis=0))
    if len(rows) < 2:
        raise DataError("No two areas are ranked under every setting of the method, so that they cannot be compared.")
    ranks = np.vstack([published_ranks(values[rows]) for values in composites]).astype(np.float32)
    return MethodSettings(levels, rows, ranks)


def without_each(
    tree: ScoreTree, titles: Mapping[str, str], constant: float, divisor: str, progress: Progress
) -> pd.DataFrame:
    """A row an indicator: mean |rank shift| and hot spots changed by leaving it out, as in ``effects``.

    Ranks are taken among the areas that are ranked with it and without: an area that lacks it alone moves no other.
    """
    rows = []
    for place, name in enumerate(tree.z):
        progress(place / len(tree.z), "Leaving out one indicator after the other")
        without = _without(tree, name)
        if without:
            composite = what_if.weigh(tree, without, constant, divisor=divisor).composite
            both = tree.ranked & ~np.isnan(composite)
            own = replace(tree, composite=np.where(both, tree.composite, np.nan))
            change = what_if.compare(own, np.where(both, composite, np.nan))
            rows.append(("left out", titles.get(name, name), "", change.mean_shift, float(change.goes_out.sum())))
    return pd.DataFrame(rows, columns=COLUMNS)


def _without(tree: ScoreTree, name: str) -> Dict[str, float]:
    """The weights of 0 that leave out an indicator: with it what is summed from it alone; {} if that is all."""
    chain = [name]
    for node in (*tree.nodes, tree.top):
        if chain[-1] in node.parts:
            if np.count_nonzero(node.weights) > 1:
                return {chain[-1]: 0.0}
            chain.append(node.id)
    return {}


class _Figures:
    """The figures of a result, to be shrunk, filled and scored in other ways; ``district``: what it shrinks towards."""

    def __init__(self, saved: Saved, tree: ScoreTree, district: Array) -> None:
        self._saved, self.tree = saved, tree
        self._people = column(saved.need, "population")
        self._groups = {"district": district, "region": numbered(saved.need["region_code"])}
        self._method = {name: str(saved.quality.loc[name].get("shrinkage")) for name in tree.z}
        self._gaps = {name: np.isnan(column(saved.indicators, name)) for name in tree.z}

    def levels(self, log: Mapping[str, Any]) -> Dict[str, Tuple[str, ...]]:
        """The factors that can make a difference to this run, with the run's own choice first."""
        shrunk = any(method != "none" for method in self._method.values())
        several = len(np.unique(self._groups["region"])) > 1
        apply_ = {
            "gaps": any(gaps.any() for gaps in self._gaps.values()),
            "shrinkage": shrunk,
            "district": shrunk and several,
            "sub_dimensions": len(self.tree.nodes) > len(self.tree.dimensions),
            "sexes": bool(self._pairs()),
        }
        found = {}
        for factor, (_, choices) in FACTORS.items():
            if apply_.get(factor, True):
                own = log.get("options", {}).get("missing", "exclude") if factor == "gaps" else choices[0]
                found[factor] = (own, *(choice for choice in choices if choice != own))
        return found

    def _pairs(self) -> Dict[str, Sequence[str]]:
        """Indicators that are one figure given by sex, by what their ids share."""
        by_stem: Dict[str, List[str]] = {}
        for name in self.tree.z:
            if _SEXES.search(name):
                by_stem.setdefault(_SEXES.sub("", name), []).append(name)
        return {stem: names for stem, names in by_stem.items() if len(names) == 2}

    def need(self, shrinkage: str, district: str, filled: bool) -> Dict[str, Array]:
        """Every indicator, high = need; ``filled``: gaps take the figure of their district, region or country."""
        found = {}
        for name in self.tree.z:
            values = self._values(name, shrinkage, district)
            values = self._filled(name, values) if filled else values
            found[name] = self._saved.direction(name) * values
        return found

    def _values(self, name: str, shrinkage: str, district: str) -> Array:
        method, frame = self._method[name], self._saved.indicators
        raw = column(frame, name)
        if method == "none" or shrinkage == "none":
            return raw
        if shrinkage == "as set" and district == "district":
            return np.where(self._gaps[name], np.nan, column(self._saved.shrunk, f"{name}_shrunk"))
        group = self._groups[district]
        errors = column(frame, f"{name}_se") if method == "mean" else None
        top, bottom = (raw, None) if method == "mean" else (column(frame, f"{name}_{one}") for one in ("num", "den"))
        top = np.where(self._gaps[name], np.nan, top)
        if shrinkage == "as set":
            again = shrink_to_district(
                top, bottom, group, method=method, standard_error=errors, population=self._people, over="cap"
            )
            return again.values
        return from_scale(method, corrected_estimates(Counts(method, top, bottom, errors, self._people), group))

    def _filled(self, name: str, values: Array) -> Array:
        """Gaps take the pooled figure of their district, else of their region, else of all areas."""
        logit = self._method[name] == "logit"
        sides = [column(self._saved.indicators, f"{name}_{one}") if logit else None for one in ("num", "den")]
        groups = {**self._groups, "country": np.zeros(len(values), dtype=int)}
        figures = Converted(name, values, values, sides[0], sides[1])
        return fill_gaps(name, values, (figures, self._people, self._method[name], "cap"), groups)[0]

    def joined(self, z: Scores, need: Scores, scored: Callable[[Array], Array]) -> Dict[str, Array]:
        """The scores with two indicators by sex as one: the score of their mean stands for both, at half the weight."""
        found = dict(z)
        for names in self._pairs().values():
            one = scored(np.mean([need[name] for name in names], axis=0)) / len(names)
            found.update(dict.fromkeys(names, one))
        return found


def _scored(figures: _Figures, levels: Mapping[str, Tuple[str, ...]]) -> Iterator[Tuple[Dict[str, str], Scores]]:
    """Every setting in the order of the product, with its scores by indicator; each table of scores is made once."""
    kept: Dict[Tuple[object, ...], Dict[str, Array]] = {}
    for choices in product(*levels.values()):
        setting = dict(zip(levels, choices))
        shrinkage = setting.get("shrinkage", "as set")
        # Without shrinkage there is nothing to shrink towards.
        district = "district" if shrinkage == "none" else setting.get("district", "district")
        filled = setting.get("gaps") == "district"
        kind, sexes = setting["scores"], setting.get("sexes", "two")
        key = (shrinkage, district, filled, kind, sexes)
        if key not in kept:
            scored = normal_scores if kind == "normal scores" else _cut_scores
            need = figures.need(shrinkage, district, filled)
            z = {name: scored(values).astype(np.float32) for name, values in need.items()}
            kept[key] = figures.joined(z, need, scored) if sexes == "one" else z
        z = kept[key]
        if setting.get("gaps") == "median":
            z = {name: np.nan_to_num(values) for name, values in z.items()}
        yield setting, z


def _cut_scores(values: Array) -> Array:
    spread = np.nanstd(values)
    return np.clip((values - np.nanmean(values)) / (spread or 1.0), -WINSORISED_AT, WINSORISED_AT)


def _composite(
    tree: ScoreTree, z: Mapping[str, Array], setting: Mapping[str, str], constant: float, divisor: str
) -> Array:
    """The weighted sum of the dimensions by one setting; ``divisor`` of ranks as in the run."""
    flat, plain = setting.get("sub_dimensions") == "none", setting["constant"] == "plain ranks"
    transformed: Dict[str, Array] = {}
    weights = tree.weights
    for node in tree.nodes:
        parts: Sequence[str] = node.parts
        if flat and node.id not in tree.dimensions:
            continue
        if flat:
            parts = [name for name, (_, dimension) in tree.parents.items() if dimension == node.id]
        total = weighted_sum((weights[part], z[part] if part in z else transformed[part]) for part in parts)
        share = share_of_ranks(ascending_ranks(total), len(total), divisor)
        transformed[node.id] = 100.0 * share if plain else exponential_of_share(share, constant)
    return weighted_sum((weights[name], transformed[name]) for name in tree.dimensions)
