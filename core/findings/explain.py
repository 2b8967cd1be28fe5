"""Why an area stands where it does: its dimensions and indicators beside its district, its region and the country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ..arrays import Array
from ..errors import DataError
from ..methodology import Node
from ..steps.shrinkage import shrink_to_district
from .area_profile import weights_of
from .explanation import Contributions, standing_of, value_at
from .saved import Saved
from .score_tree import column
from .sentences import Sentence, of_areas

PROPORTION = "proportion"
# Of one area: what each indicator adds, and the values that would lift it out of the hot spots.
_Explained = Tuple[Contributions, Mapping[str, float]]


@dataclass(frozen=True)
class Compared:
    """One figure of an area, and the same for its district, its region and the country; NaN where there is none."""

    area: float
    district: float
    region: float
    country: float


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator of an area.

    ``value``: in the source's unit, before shrinkage (a proportion 0 to 1 for counts). ``standing``: 0 to 100,
    the share of areas with less need; 50 is the middle. ``contribution``: signed, in points of the weighted sum of
    dimensions, against an area in the middle on every indicator. ``shrunk``: the value after shrinkage, which
    ``moved`` its normal score; its own figure weighs ``weight`` of it, out of ``count`` (NaN where not shrunk).
    ``lift``: the value at which the area would be no hot spot, all else held; NaN where none is.
    """

    node: Node
    value: Compared
    standing: Compared
    contribution: float
    shrunk: float
    moved: float
    weight: float
    count: float
    lift: float
    shrinkage: str
    title: str
    unit: str
    provenance: str
    status: str
    source: str
    date: str
    note: str

    @property
    def is_share(self) -> bool:
        """Whether the value is a proportion 0 to 1 of a population."""
        return self.unit == PROPORTION


@dataclass(frozen=True)
class DimensionLine:
    """One dimension of an area.

    ``score``: X, 0 to 100. ``contribution``: the sum of its indicators', signed, in points of the weighted sum; those
    of all dimensions add up to how far the area lies from ``Profile.baseline``.
    """

    node: Node
    weight: float
    score: Compared
    rank: Optional[int]
    hotspot: bool
    contribution: float
    indicators: Tuple[IndicatorLine, ...]


@dataclass(frozen=True)
class Profile:
    """Everything there is to say of one area."""

    code: str
    name: str
    district: str
    region: str
    country: str
    population: float
    score: Compared
    rank: Optional[int]
    hotspot: bool
    composite: float
    baseline: float
    sentences: Tuple[Sentence, ...]
    dimensions: Tuple[DimensionLine, ...]


class _Groups:
    """The rows of an area's district and region, and population-weighted means over them."""

    def __init__(self, need: pd.DataFrame, code: str) -> None:
        self.row = int(need.index.get_indexer([code])[0])
        if self.row < 0:
            raise DataError(f"{code}: the result holds no such area.")
        self._population = need["population"].to_numpy(dtype=float)
        everyone = np.ones(len(need), dtype=bool)
        columns = [need[name].to_numpy(dtype=object) for name in ("district_code", "region_code")]
        self._masks = [column == column[self.row] for column in columns] + [everyone]

    def mean(self, values: Array, weight: Optional[Array] = None) -> Compared:
        """The area's own value and the weighted mean of each group's areas that have one."""
        weight = self._population if weight is None else weight
        means = []
        for mask in self._masks:
            known = mask & ~np.isnan(values) & (np.nan_to_num(weight) > 0)
            total = weight[known].sum()
            means.append(float(values[known] @ weight[known] / total) if total > 0 else float("nan"))
        return Compared(float(values[self.row]), *means)


def profile(saved: Saved, code: str) -> Profile:
    """The profile of one area from a result's frames.

    Group figures are means weighted by population; for counts, weighted by the denominator, which is the pooled rate.
    Contributions are those of ``explanation`` against normal scores of 0. A result without its stages gives
    dimensions without indicators or contributions. DataError if there is no such area. Source: STATISTICS 2.
    """
    groups = _Groups(saved.need, code)
    row = saved.need.iloc[groups.row]
    explained = None
    if saved.has_stages():
        lifts = saved.explainer.lifts_out(saved.need.index[groups.row], column(saved.need, "hotspot") == 1)
        explained = saved.explainer.contributions(rows=[groups.row]), lifts
    return Profile(
        code=code,
        name=str(row["area_name"]),
        district=str(row["district_name"]),
        region=str(row["region_name"]),
        country=saved.country,
        population=float(row["population"]),
        score=groups.mean(column(saved.need, "need_score")),
        rank=_whole(row["need_rank"]),
        hotspot=_whole(row["hotspot"]) == 1,
        composite=float(row["composite"]),
        baseline=explained[0].baseline if explained else float("nan"),
        sentences=tuple(of_areas(saved, [code])[code]),
        dimensions=tuple(_dimension(saved, node, groups, explained) for node in saved.methodology.dimensions),
    )


def _dimension(saved: Saved, node: Node, groups: _Groups, explained: Optional[_Explained]) -> DimensionLine:
    methodology, row = saved.methodology, saved.need.iloc[groups.row]
    weights = saved.explainer.weights if explained else {}
    known = explained if node.id in weights else None
    weight = weights.get(node.id, 1.0 if node.weight is None else node.weight)
    present = set(saved.normal_scores.columns)
    inside = [
        child
        for child in methodology.indicators
        if methodology.dimension_of(child.id).id == node.id and f"{child.id}_z" in present
    ]
    return DimensionLine(
        node=node,
        weight=weight,
        score=groups.mean(column(saved.need, f"{node.id}_score")),
        rank=_whole(row[f"{node.id}_rank"]),
        hotspot=_whole(row[f"{node.id}_hotspot"]) == 1,
        contribution=float(known[0].of(node.id).iloc[0]) if known else float("nan"),
        indicators=tuple(_indicator(saved, child, groups, known) for child in inside) if known else (),
    )


def _indicator(saved: Saved, node: Node, groups: _Groups, explained: _Explained) -> IndicatorLine:
    values = column(saved.indicators, node.id)
    z = column(saved.normal_scores, f"{node.id}_z")
    shrunk, need = (column(saved.shrunk, f"{node.id}_{part}") for part in ("shrunk", "need"))
    quality = saved.quality.loc[node.id]
    shrinkage = _text(quality.get("shrinkage")) or "none"
    sign = float(saved.direction(node.id))
    weight, moved = np.nan, np.nan
    if shrinkage != "none" and not np.isnan(values[groups.row]):
        weight = own_weight(saved, node.id, shrinkage, groups.row)
        moved = z[groups.row] - standing_of(sign * values[groups.row], need)
    contributions, lifts = explained
    lift = lifts.get(node.id, np.nan)
    return IndicatorLine(
        node=node,
        value=groups.mean(values, weights_of(saved.indicators, node.id)),
        standing=groups.mean(100.0 * ndtr(z)),
        contribution=float(contributions.points[node.id].iloc[0]),
        shrunk=float(shrunk[groups.row]),
        moved=float(moved),
        weight=weight,
        count=float(column(saved.indicators, f"{node.id}_den")[groups.row]) if weight == weight else np.nan,
        lift=np.nan if np.isnan(lift) else sign * value_at(lift, need),
        shrinkage=shrinkage,
        title=_text(quality["title"]) or node.title,
        unit=_text(quality["unit"]) if "unit" in quality else node.unit,
        provenance=_text(saved.indicators[f"{node.id}_provenance"].iloc[groups.row]),
        status=_text(quality["status"]),
        source=_text(quality["source"]),
        date=_text(quality["date"]),
        note=_text(quality["note"]),
    )


def own_weight(saved: Saved, name: str, method: str, row: int) -> float:
    """The weight w of an area's own figure in its shrunk one; NaN where it cannot be explained from the result."""
    if f"{name}_den" not in saved.indicators or method not in ("logit", "rate"):
        return float("nan")
    code = saved.need["district_code"].to_numpy(dtype=object)
    inside = np.flatnonzero(code == code[row])
    counts = (column(saved.indicators, f"{name}_{side}")[inside] for side in ("num", "den"))
    again = shrink_to_district(next(counts), next(counts), np.zeros(len(inside), dtype=int), method=method)
    place = int(np.searchsorted(inside, row))
    # Shrunk towards districts other than those reported by, the weight is another one.
    same = abs(again.values[place] - column(saved.shrunk, f"{name}_shrunk")[row]) < 1e-9
    return float(again.weights[place]) if same else float("nan")


def _whole(value: Any) -> Optional[int]:
    return None if pd.isna(value) else int(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
