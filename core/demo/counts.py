"""People, planted need and the figures that it leaves behind in the invented country."""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import rankdata

from ..arrays import Array
from .geography import Hierarchy, Members
from .land import Land, Waves
from .recipes import CODE_COLUMNS, RECIPES, Recipe

THEMES = ("growth", "energy", "streets", "opportunity", "health")
THEME_SHARE = 0.2
SPARSE_SHARE = 0.0004
FEWEST_OAS_BESIDE_SPARSE = 6
PEOPLE_PER_HOUSEHOLD = 2.36
_ON_NO_BENEFIT = "residents_16_64_on_no_benefit"


def draw_need(rng: np.random.Generator, land: Land, hierarchy: Hierarchy) -> Array:
    """The planted need of every LSOA: mean 0, deviation 1, skewed to the right.

    The sum of a smooth field, the middles of towns, the coast, district effects and local noise, bent by
    an exponential so that the neediest stand apart.
    """
    smooth = Waves.draw(rng, 1.2 * land.radius, land.radius / 10.0)(hierarchy.points)
    towns = _standardised(hierarchy.urban) * 0.45
    coast = 0.9 * np.exp(-np.maximum(land.height(hierarchy.points), 0.0) / 0.05)
    district = rng.normal(0.0, 0.7, int(hierarchy.ltla.max()) + 1)[hierarchy.ltla]
    place = rng.normal(0.0, 0.35, int(hierarchy.msoa.max()) + 1)[hierarchy.msoa]
    local = rng.normal(0.0, 0.25, len(smooth))
    return _standardised(np.exp(0.45 * _standardised(0.75 * smooth + towns + coast + district + place + local)))


def draw_themes(rng: np.random.Generator, land: Land, hierarchy: Hierarchy, need: Array) -> Dict[str, Array]:
    """Need by theme: the planted need with a smooth pattern of its own, so that the dimensions' maps differ."""
    return {
        theme: need + THEME_SHARE * Waves.draw(rng, 0.8 * land.radius, land.radius / 6.0)(hierarchy.points)
        for theme in THEMES
    }


def _standardised(values: Array) -> Array:
    return (values - values.mean()) / max(float(values.std()), 1e-12)


def pick_sparse(rng: np.random.Generator, lsoa: Array) -> Array:
    """A few Output Areas where hardly anyone lives, each in an LSOA that has many others."""
    crowded = np.flatnonzero(np.bincount(lsoa) >= FEWEST_OAS_BESIDE_SPARSE)
    chosen = rng.permutation(crowded)[: max(2, int(round(SPARSE_SHARE * len(lsoa))))]
    return np.searchsorted(lsoa, np.sort(chosen))


def draw_people(rng: np.random.Generator, need: Array, urban: Array, sparse: Array) -> pd.DataFrame:
    """Residents of every Output Area by age, and households; whole numbers.

    ``need`` and ``urban`` by Output Area. Columns: residents, pop_0_15, residents_16_64, residents_65plus,
    residents_16plus, residents_0_19, children_0_7, households, connections.
    """
    residents = np.maximum(np.round(rng.lognormal(5.72, 0.2, len(need))), 100).astype(np.int64)
    residents[sparse] = rng.integers(30, 45, len(sparse))
    older = rng.binomial(residents, expit(-1.45 - 0.5 * urban + rng.normal(0.0, 0.25, len(need))))
    younger = rng.binomial(residents - older, expit(-1.3 + 0.12 * need))
    adults = residents - older - younger
    households = np.round(residents / PEOPLE_PER_HOUSEHOLD * rng.normal(1.0, 0.06, len(need)))
    return pd.DataFrame(
        {
            "residents": residents,
            "pop_0_15": younger,
            "residents_16_64": adults,
            "residents_65plus": older,
            "residents_16plus": adults + older,
            "residents_0_19": younger + rng.binomial(adults, 0.07),
            "children_0_7": rng.binomial(younger, 0.48),
            "households": households.astype(np.int64),
            "connections": rng.binomial(households.astype(np.int64), 0.93),
        }
    )


def draw_tables(
    rng: np.random.Generator, members: Mapping[str, Members], people: pd.DataFrame, themes: Mapping[str, Array]
) -> Dict[str, pd.DataFrame]:
    """The indicators' tables by path, drawn from the recipes; ``themes``: need by theme and LSOA."""
    tables: Dict[str, pd.DataFrame] = {}
    residents = people["residents"].to_numpy(dtype=float)
    for geography in dict.fromkeys(recipe.geography for recipe in RECIPES):
        recipes = [recipe for recipe in RECIPES if recipe.geography == geography]
        group = members[geography]
        bases = _bases(rng, geography, people, group)
        need = {
            theme: np.bincount(group.number, weights=values[members["LSOA21"].number] * residents)
            / np.bincount(group.number, weights=residents)
            for theme, values in themes.items()
        }
        for recipe in recipes:
            figures = _figures(rng, recipe, need[recipe.theme], bases)
            code = CODE_COLUMNS[geography]
            table = tables.setdefault(recipe.file, pd.DataFrame({code: group.codes}))
            for name in _denominators(recipe):
                table[name] = bases[name]
            for name, values in figures.items():
                table[name] = values
    return tables


def _bases(rng: np.random.Generator, geography: str, people: pd.DataFrame, group: Members) -> Dict[str, Array]:
    """Every count that figures are drawn out of, by area of the geography."""
    sums = {
        name: np.bincount(group.number, weights=people[name], minlength=len(group.codes)).astype(np.int64)
        for name in people
    }
    if geography == "LSOA21":
        sums["certificates"] = rng.binomial(sums["households"], 0.62)
        sums["residents_2022"] = np.round(sums["residents"] * rng.normal(1.01, 0.01, len(group.codes))).astype(np.int64)
        sums["residents_2012"] = np.round(sums["residents"] * rng.normal(0.95, 0.03, len(group.codes))).astype(np.int64)
    if geography == "UTLA23":
        sums["schools_inspected"] = 25 + rng.poisson(sums["residents"] / 2600.0)
    return sums


def _denominators(recipe: Recipe) -> List[str]:
    """The columns besides the figure itself that a recipe's entry reads from its own table."""
    names = [recipe.base] if recipe.form == "count" or recipe.entry.get("denominator") == recipe.base else []
    change = recipe.entry.get("change", {})
    names += [change[key] for key in ("from_denominator", "to_denominator") if key in change]
    return names + ([recipe.weight] if recipe.weight else [])


def _figures(rng: np.random.Generator, recipe: Recipe, need: Array, bases: Dict[str, Array]) -> Dict[str, Array]:
    """The columns of one recipe; what later recipes need (jobs, output of 2022) is added to ``bases``."""
    x = need + recipe.noise * rng.standard_normal(len(need))
    if recipe.form == "rank":
        return {recipe.id: rankdata(-x, method="ordinal").astype(np.int64)}
    if recipe.form == "count":
        return _split(rng, recipe, _binomial(rng, recipe, x, bases))
    name = recipe.parts[0][0]
    if recipe.form == "ratio":
        bases[name] = rng.poisson(bases[recipe.base] * recipe.typical * np.exp(recipe.slope * x))
        return {name: bases[name]}
    bases[name] = np.round(_means(recipe, x, bases), recipe.decimals)
    return {name: bases[name] if recipe.decimals > 0 else bases[name].astype(np.int64)}


def _means(recipe: Recipe, x: Array, bases: Mapping[str, Array]) -> Array:
    """The unrounded values of a recipe that is no count, times its base where it has one."""
    if recipe.form == "linear":
        return recipe.typical + recipe.slope * x
    factor = recipe.typical * np.exp(recipe.slope * x)
    if recipe.form == "growth":
        return bases["gva_2022_gbpm"] / bases["residents_2022"] / factor * bases[recipe.base]
    return factor * bases[recipe.base] if recipe.base else factor


def _binomial(rng: np.random.Generator, recipe: Recipe, x: Array, bases: Dict[str, Array]) -> Array:
    """A count out of those of the base who do not yet receive another benefit of the same table."""
    exclusive = recipe.table.startswith("benefits") and recipe.theme == "growth"
    eligible = bases.get(_ON_NO_BENEFIT, bases[recipe.base]) if exclusive else bases[recipe.base]
    drawn = rng.binomial(eligible, expit(logit(recipe.typical) + recipe.slope * x))
    if exclusive:
        bases[_ON_NO_BENEFIT] = eligible - drawn
    return drawn


def _split(rng: np.random.Generator, recipe: Recipe, total: Array) -> Dict[str, Array]:
    """A count in its parts: binomial draws one after another, the last part takes the rest."""
    columns, left, share_left = {}, total, 1.0
    for name, share in recipe.parts[:-1]:
        columns[name] = rng.binomial(left, share / share_left)
        left, share_left = left - columns[name], share_left - share
    columns[recipe.parts[-1][0]] = left
    return columns


def draw_postcode_counts(rng: np.random.Generator, count: int, sparse: Array) -> Tuple[Array, Array]:
    """Postcodes of every Output Area (about eight), and for each postcode whether it is live (85 in 100)."""
    postcodes = 3 + rng.poisson(5.0, count)
    postcodes[sparse] = 1
    live = (rng.random(int(postcodes.sum())) < 0.85).astype(np.int64)
    live[np.cumsum(postcodes)[sparse] - 1] = 1
    return postcodes, live
