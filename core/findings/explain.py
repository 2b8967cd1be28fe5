"""Why an area stands where it does: its dimensions and indicators beside its district, its region and the country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ..errors import DataError
from ..methodology import Methodology, Node
from .saved import Saved


@dataclass(frozen=True)
class Beside:
    """One figure of an area, and the same for its district, its region and the country; NaN where there is none."""

    area: float
    district: float
    region: float
    country: float


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator of an area.

    ``value``: in the source's unit, before shrinkage (a proportion 0 to 1 for counts). ``standing``: 0 to 100,
    the share of areas with less need; 50 is the middle. ``contribution``: weight x normal score, signed, the
    part of its parent's sum; above 0 pushes towards need. ``shrunk``: the value after shrinkage.
    """

    node: Node
    value: Beside
    standing: Beside
    contribution: float
    shrunk: float
    shrinkage: str
    provenance: str
    status: str
    source: str
    date: str
    note: str

    @property
    def is_share(self) -> bool:
        """Whether the value is a proportion 0 to 1 of a population."""
        return self.node.kind == "count" and 0.0 <= np.nan_to_num(self.value.country) <= 1.0


@dataclass(frozen=True)
class DimensionLine:
    """One dimension of an area.

    ``score``: X, 0 to 100. ``contribution``: weight x (score - the country's mean score), signed, in points of
    the weighted sum; those of all dimensions add up to how far the area lies from the mean.
    """

    node: Node
    weight: float
    score: Beside
    rank: Optional[int]
    hotspot: bool
    contribution: float
    indicators: Tuple[IndicatorLine, ...]


@dataclass(frozen=True)
class Profile:
    """Everything there is to say of one area; ``ranked`` counts the areas ranked on the overall measure."""

    code: str
    name: str
    district: str
    region: str
    country: str
    population: float
    score: Beside
    rank: Optional[int]
    ranked: int
    district_rank: Optional[int]
    decile: Optional[int]
    mission_class: str
    hotspot: bool
    unranked_reason: str
    imputed: int
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

    def mean(self, values: np.ndarray, weight: Optional[np.ndarray] = None) -> Beside:
        """The area's own value and the weighted mean of each group's areas that have one."""
        weight = self._population if weight is None else weight
        means = []
        for mask in self._masks:
            known = mask & ~np.isnan(values) & (np.nan_to_num(weight) > 0)
            total = weight[known].sum()
            means.append(float(values[known] @ weight[known] / total) if total > 0 else float("nan"))
        return Beside(float(values[self.row]), *means)


def profile(saved: Saved, code: str) -> Profile:
    """The profile of one area from a result's frames.

    Group figures are means weighted by population; for proportions, weighted by the denominator, which is the
    pooled rate. Contributions are signed, against the country's mean. A result without its stages gives
    dimensions without indicators. DataError if there is no such area. Source: paper, steps 4 to 9.
    """
    groups = _Groups(saved.need, code)
    row = saved.need.iloc[groups.row]
    methodology = saved.methodology
    return Profile(
        code=code,
        name=str(row["area_name"]),
        district=str(row["district_name"]),
        region=str(row["region_name"]),
        country=saved.country,
        population=float(row["population"]),
        score=groups.mean(_column(saved.need, "need_score")),
        rank=_whole(row["need_rank"]),
        ranked=int(saved.need["need_rank"].notna().sum()),
        district_rank=_whole(row["need_rank_district"]),
        decile=_whole(row["need_decile"]),
        mission_class=_text(row["mission_class"]),
        hotspot=_whole(row["hotspot"]) == 1,
        unranked_reason=_text(row["unranked_reason"]),
        imputed=_whole(row["imputed_count"]) or 0,
        dimensions=tuple(_dimension(saved, methodology, node, groups, row) for node in methodology.dimensions),
    )


def _dimension(saved: Saved, methodology: Methodology, node: Node, groups: _Groups, row: pd.Series) -> DimensionLine:
    scores = _column(saved.need, f"{node.id}_score")
    beside = groups.mean(scores)
    weight = 1.0 if node.weight is None else node.weight
    present = set(saved.normal_scores.columns)
    inside = [
        child
        for child in methodology.indicators
        if methodology.dimension_of(child.id).id == node.id and f"{child.id}_z" in present
    ]
    return DimensionLine(
        node=node,
        weight=weight,
        score=beside,
        rank=_whole(row[f"{node.id}_rank"]),
        hotspot=_whole(row[f"{node.id}_hotspot"]) == 1,
        contribution=float(weight * (beside.area - np.nanmean(scores))),
        indicators=tuple(_indicator(saved, child, groups) for child in inside),
    )


def _indicator(saved: Saved, node: Node, groups: _Groups) -> IndicatorLine:
    values = _column(saved.indicators, node.id)
    weight = _column(saved.indicators, f"{node.id}_den") if f"{node.id}_den" in saved.indicators else None
    z = _column(saved.normal_scores, f"{node.id}_z")
    quality = saved.quality.loc[node.id]
    return IndicatorLine(
        node=node,
        value=groups.mean(values, weight),
        standing=groups.mean(100.0 * ndtr(z)),
        contribution=float((1.0 if node.weight is None else node.weight) * z[groups.row]),
        shrunk=float(_column(saved.shrunk, f"{node.id}_shrunk")[groups.row]),
        shrinkage=_text(quality.get("shrinkage")) or "none",
        provenance=_text(saved.indicators[f"{node.id}_provenance"].iloc[groups.row]),
        status=_text(quality["status"]),
        source=_text(quality["source"]),
        date=_text(quality["date"]),
        note=_text(quality["note"]),
    )


def _column(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=float)


def _whole(value: object) -> Optional[int]:
    return None if pd.isna(value) else int(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
