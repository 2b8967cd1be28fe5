"""The quality table: how every indicator is distributed, where it comes from, and flags in words (paper step 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from .. import catalogue
from ..arrays import Array
from .crosswalk import PROVENANCES

OUTLIER_RANGES = 3.0
# docs/method.md#gaps: above this share of areas without rank, the district's figures are the better choice.
UNRANKED_LIMIT = 0.005


@dataclass(frozen=True)
class Unranked:
    """What gaps cost under ``exclude``: the areas that would have no rank, of how many, and their people."""

    areas: int
    of_areas: int
    people: float

    @property
    def fill(self) -> bool:
        """Whether filling the gaps from the district is to be recommended: above 0.5 % of the areas."""
        return self.areas > UNRANKED_LIMIT * self.of_areas

    def sentence(self, state: str = "would be") -> str:
        """The cost in words, with the advice where it is due; ``state``: "are" once it is done."""
        advice = " Filling gaps from the district is recommended." if self.fill else ""
        return (
            f"{self.areas:,} of {self.of_areas:,} areas, with {self.people:,.0f} people, lack a value and {state} "
            f"left unranked.{advice}"
        )


def would_be_unranked(lacking: Array, population: Array) -> Unranked:
    """Of the areas, those that lack a value of any indicator (``lacking``: one entry an area), and their people."""
    return Unranked(int(lacking.sum()), lacking.size, float(np.nansum(population[lacking])))


def describe(values: Array) -> Dict[str, float]:
    """Counts, quantiles, moments and outliers of one indicator; NaN where it has no value.

    Skewness g1 and excess kurtosis g2 are of the population form (m3/m2^1.5, m4/m2^2 - 3), 0 for a constant;
    outliers lie more than 3 interquartile ranges outside the quartiles. Shares are of the areas with a value.
    Source: paper, step 2; docs/method.md#2-quality.
    """
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    facts: Dict[str, float] = {"areas": known.size, "missing": values.size - known.size}
    names = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")
    if not known.size:
        empty = dict.fromkeys((*names, "mean", "skewness", "kurtosis", "share_at_minimum", "share_at_maximum"), np.nan)
        return {**facts, **empty, "zeros": 0, "unique": 0, "outliers": 0}
    quantiles = dict(zip(names, np.percentile(known, [0, 25, 50, 75, 100])))
    spread = OUTLIER_RANGES * (quantiles["upper_quartile"] - quantiles["lower_quartile"])
    far = (known < quantiles["lower_quartile"] - spread) | (known > quantiles["upper_quartile"] + spread)
    skewness, kurtosis = _shape(known)
    return {
        **facts,
        **quantiles,
        "mean": float(known.mean()),
        "skewness": skewness,
        "kurtosis": kurtosis,
        "zeros": int(np.count_nonzero(known == 0)),
        "unique": int(np.unique(known).size),
        "share_at_minimum": float(np.mean(known == quantiles["minimum"])),
        "share_at_maximum": float(np.mean(known == quantiles["maximum"])),
        "outliers": int(far.sum()),
    }


def _shape(known: Array) -> Tuple[float, float]:
    centred = known - known.mean()
    variance = float(np.mean(centred**2))
    if variance <= np.finfo(float).eps * max(float(np.max(np.abs(known))), 1e-300) ** 2:
        return 0.0, 0.0
    return float(np.mean(centred**3) / variance**1.5), float(np.mean(centred**4) / variance**2 - 3.0)


def covers(values: Array) -> str:
    """'covers 152 of 33,755 areas': how many areas have a value."""
    values = np.asarray(values, dtype=float)
    return f"covers {np.count_nonzero(~np.isnan(values)):,} of {values.size:,} areas"


def flags(facts: Mapping[str, float], *, spread: bool = False, options: Optional[Mapping[str, Any]] = None) -> str:
    """What is unusual about an indicator, in words, parted by '; '; empty if nothing. A flag only warns.

    ``facts`` as from ``describe``; ``spread`` marks figures of authorities, which repeat by nature;
    ``options`` are those of the catalogue's step ``qualityassurance``. Source: docs/method.md#2-quality.
    """
    limits = options or catalogue.step("qualityassurance").defaults()
    areas = facts["areas"]
    if not areas:
        return "no area has a value"
    found: List[str] = []
    available = areas / (areas + facts["missing"])
    if available < limits["MIN_AVAILABLE"]:
        found.append(f"covers {int(areas):,} of {int(areas + facts['missing']):,} areas ({available:.0%})")
    if 1.0 - facts["zeros"] / areas < limits["MIN_NON_ZERO"]:
        found.append(f"{facts['zeros'] / areas:.0%} of values are zero")
    if facts["unique"] / areas < limits["MIN_UNIQUE"]:
        reason = ", as figures of authorities must be" if spread else ""
        found.append(f"only {int(facts['unique']):,} different values{reason}")
    if abs(facts["skewness"]) > limits["MAX_SKEWNESS"] and facts["kurtosis"] > limits["MAX_KURTOSIS"]:
        found.append(f"skewed (skewness {facts['skewness']:.1f}, kurtosis {facts['kurtosis']:.1f})")
    for limit in ("minimum", "maximum"):
        if facts[f"share_at_{limit}"] > limits["MAX_AT_LIMIT"] and not spread:
            found.append(f"{facts[f'share_at_{limit}']:.0%} of values are at the {limit}")
    return "; ".join(found)


def provenance_shares(labels: Array) -> Dict[str, float]:
    """The share of each provenance among the areas with a value."""
    known = pd.Series(labels).dropna()
    shares = known.value_counts(normalize=True)
    return {name: float(shares.get(name, 0.0)) for name in PROVENANCES}


def correlations(z: pd.DataFrame, dimensions: Mapping[str, str], sums: Mapping[str, Array]) -> pd.DataFrame:
    """Pearson's r of each indicator's normal scores with its dimension's scores and its nearest indicator.

    ``z``: areas x indicators; ``dimensions``: the dimension of each; ``sums``: scores by dimension. Areas that
    lack either value are left out of the pair; what is the same everywhere has no r. Columns
    correlation_dimension, correlation_highest, correlation_with.
    """
    scores = pd.DataFrame(dict(sums), index=z.index)
    # Of a frame: of two series, some versions of pandas warn of a division by zero where one is constant.
    every = pd.concat([z, scores], axis=1).corr().to_numpy()
    count = len(z.columns)
    matrix = pd.DataFrame(every[:count, :count], index=z.columns, columns=z.columns)
    of_sums = pd.DataFrame(every[:count, count:], index=z.columns, columns=scores.columns)
    away = matrix.abs().where(~np.eye(len(matrix), dtype=bool))
    rows = {}
    for name in z:
        others = away[name].dropna()
        nearest = others.idxmax() if len(others) else None
        rows[name] = {
            "correlation_dimension": of_sums.at[name, dimensions[name]],
            "correlation_highest": np.nan if nearest is None else matrix.loc[nearest, name],
            "correlation_with": nearest,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def consistency(z: pd.DataFrame, parents: Mapping[str, Tuple[str, str]], weights: Mapping[str, float]) -> pd.DataFrame:
    """How far each indicator goes with those that it is summed with: item_rest, item_rest_spearman and alpha.

    ``z``: normal scores, areas x indicators; ``parents``: of each what sums it and its dimension; ``weights``: 1 where
    there is none. item_rest: Pearson's r, and Spearman's, with the weighted sum of the dimension's other indicators,
    without itself, which would agree with itself, most in a dimension of few; NaN where it stands alone or either is
    the same everywhere. alpha: ``cronbach_alpha`` of what the same parent sums. Source: docs/certainty.md.
    """
    rows = {}
    for name, (parent, dimension) in parents.items():
        others = [one for one, (_, above) in parents.items() if above == dimension and one != name]
        rest = sum(weights.get(one, 1.0) * z[one] for one in others) if others else np.nan
        pair = pd.DataFrame({"item": z[name], "rest": rest}).dropna()
        known = len(pair) > 2 and bool((np.ptp(pair.to_numpy(), axis=0) > 0).all())
        both = [pair.corr(method=kind).iloc[0, 1] if known else np.nan for kind in ("pearson", "spearman")]
        together = cronbach_alpha(z[[one for one, (above, _) in parents.items() if above == parent]].to_numpy())
        rows[name] = dict(zip(("item_rest", "item_rest_spearman", "alpha"), (*both, together)))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["item_rest", "item_rest_spearman", "alpha"])


def cronbach_alpha(z: Array) -> float:
    """alpha = k/(k-1) (1 - sum Var(z_i) / Var(sum z_i)) of k columns, of areas that have all; NaN below two.

    A description of how far they go together, no aim: needs that differ may belong in one measure.
    """
    count, z = z.shape[1], z[~np.isnan(z).any(axis=1)]
    total = float(z.sum(axis=1).var()) if len(z) else 0.0
    return count / (count - 1) * (1.0 - float(z.var(axis=0).sum()) / total) if total and count > 1 else float("nan")
