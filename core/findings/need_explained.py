"""The need of all areas explained, as tables: points that add up, what weighs, and how needs combine."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import OptionError
from ..steps.quality import consistency
from .combined_needs import coarse_share, count_hotspots, is_coarse, meeting
from .effective_weights import dimension_weights, effective_weights
from .explanation import COMPOSITE, Contributions
from .saved import Saved
from .what_if import divisor_of, weigh

MIDDLE = "middle"


def contributions_from(saved: Saved, baseline: str = MIDDLE, unit: str = COMPOSITE) -> Contributions:
    """Contributions of every indicator to every area, from the middle of all areas, or from the area's own group.

    ``baseline``: middle, district or region (their ranked areas' mean normal scores); ``unit``: composite or
    need_score. DataError where the result has no stages.
    """
    explainer = saved.explainer
    if baseline == MIDDLE:
        return explainer.contributions(unit=unit)
    codes = saved.need[f"{baseline}_code"].to_numpy(dtype=object).astype(str)
    ranked = explainer.tree.ranked
    parts, levels = [], np.full(len(codes), np.nan)
    for _, rows in pd.Series(np.arange(len(codes))[ranked]).groupby(codes[ranked]):
        inside = np.zeros(len(codes), dtype=bool)
        inside[rows] = True
        found = explainer.contributions(explainer.baseline(inside), unit=unit, rows=rows.to_numpy())
        levels[rows] = found.baseline
        parts.append(found.points)
    return Contributions(pd.concat(parts).reindex(saved.need.index), levels, explainer.parents)


def fine_composite(saved: Saved) -> Optional[Array]:
    """The composite without the figures of MSOAs and authorities, which make neighbours alike by construction.

    None where the result has no stages, or nothing else.
    """
    if saved.normal_scores.empty or saved.sub_dimensions.empty:
        return None
    tree = saved.tree
    coarse = [name for name in tree.z if is_coarse(saved.quality.loc[name].get("geography"))]
    if len(coarse) == len(tree.z):
        return None
    left = dict.fromkeys(coarse, 0.0)
    for node in tree.nodes:
        if all(left.get(part) == 0.0 for part in node.parts):
            left[node.id] = 0.0
    constant = saved.methodology.options("exponentialtransform")["CONSTANT"]
    return weigh(tree, left, constant, divisor=divisor_of(tree, constant)).composite


def points_table(saved: Saved, found: Contributions, unit: str) -> pd.DataFrame:
    """A row an area: where it starts, what each indicator, sub-dimension and dimension adds, and where it ends.

    ``<id>_points`` of the indicators add up to ``<unit>`` less ``baseline``. ``hotspot_dimensions``: in how many
    dimensions it is a hot spot. ``coarse_share``: of the points either way, the share that figures of MSOAs and
    authorities give, which say nothing of differences inside those. NaN where an area is not ranked.
    """
    need, methodology = saved.need, saved.methodology
    columns: Dict[str, Any] = {name: need[name] for name in ("area_name", "district_code", "district_name")}
    columns.update(need_rank=need["need_rank"], hotspot=need["hotspot"])
    columns[unit] = need[unit].where(need["need_rank"].notna())
    columns["baseline"] = np.where(need["need_rank"].notna(), found.baseline, np.nan)
    columns["hotspot_dimensions"] = count_hotspots(_flags(saved))
    coarse = [name for name in found.points if is_coarse(saved.quality.loc[name].get("geography"))]
    columns["coarse_share"] = coarse_share({name: found.points[name].to_numpy() for name in found.points}, coarse)
    columns["imputed_count"] = need["imputed_count"]
    nodes = (*methodology.dimensions, *methodology.sub_dimensions)
    above = {name for parents in found.parents.values() for name in parents}
    columns.update({f"{node.id}_points": found.of(node.id) for node in nodes if node.id in above})
    columns.update({f"{name}_points": found.points[name] for name in found.points})
    return pd.DataFrame(columns, index=need.index).astype({"hotspot_dimensions": "Int64"})


def _flags(saved: Saved) -> pd.DataFrame:
    return pd.DataFrame({node.id: saved.need[f"{node.id}_hotspot"] for node in saved.methodology.dimensions})


def weights_table(saved: Saved) -> pd.DataFrame:
    """A row an indicator, then a row a dimension: what was given, and what weighs.

    nominal, spread, correlation_ratio and in_hotspots of ``effective_weights``, from the middle of all areas;
    item_rest and item_rest_spearman; alpha of the dimension's own indicators. ``coarse``: 1 where the figure is one of
    MSOAs or authorities.
    """
    tree, methodology = saved.tree, saved.methodology
    points = saved.explainer.contributions().points
    hot = saved.need["hotspot"].to_numpy(dtype=float, na_value=np.nan)
    weights = effective_weights(tree, {name: points[name].to_numpy() for name in points}, hot)
    parents = {name: (below or above, above) for name, (below, above) in tree.parents.items()}
    together = consistency(pd.DataFrame(dict(tree.z)), parents, tree.weights)
    alpha = together["alpha"].groupby({name: parent for name, (parent, _) in parents.items()}).first()
    indicators = weights.assign(
        level="indicator",
        dimension=[tree.parents[name][1] for name in weights.index],
        geography=[saved.quality.loc[name].get("geography") for name in weights.index],
        coarse=[int(is_coarse(saved.quality.loc[name].get("geography"))) for name in weights.index],
    ).join(together[["item_rest", "item_rest_spearman"]])
    dimensions = dimension_weights(tree).assign(level="dimension", dimension=list(tree.dimensions))
    nodes = pd.DataFrame(
        {
            "level": [methodology.node(node.id).level for node in tree.nodes],
            "dimension": [methodology.dimension_of(node.id).id for node in tree.nodes],
            "alpha": [alpha.get(node.id, np.nan) for node in tree.nodes],
        },
        index=[node.id for node in tree.nodes],
    )
    below = nodes[nodes["level"] != "dimension"]
    dimensions = dimensions.assign(alpha=nodes["alpha"].reindex(dimensions.index))
    table = pd.concat([indicators, dimensions, below]).rename_axis("id")
    table.insert(0, "title", [methodology.node(name).title for name in table.index])
    first = ["title", "level", "dimension", "nominal", "spread", "correlation_ratio", "in_hotspots"]
    return table[[*first, "item_rest", "item_rest_spearman", "alpha", "geography", "coarse"]].astype(
        {"coarse": "Int64"}
    )


def combined_table(saved: Saved) -> pd.DataFrame:
    """A row a pair of dimensions: hot spots of both, expected by chance, their ratio, and the scores' correlation."""
    dimensions = [node.id for node in saved.methodology.dimensions]
    scores = pd.DataFrame({name: saved.need[f"{name}_score"] for name in dimensions})
    return meeting(_flags(saved), scores).astype({"both": "Int64"}).set_index("first")


def find_area(need: pd.DataFrame, named: str) -> str:
    """The code of the area with that code or name; OptionError where there is none, or several of the name."""
    wanted = named.strip()
    if wanted in need.index:
        return wanted
    names = need["area_name"].astype(str).str.casefold()
    codes: List[str] = list(need.index[(names == wanted.casefold()).to_numpy()])
    if len(codes) == 1:
        return codes[0]
    if not codes:
        raise OptionError(f"AREA: there is no area '{wanted}' in the result; give its code or its whole name.")
    raise OptionError(f"AREA: {len(codes)} areas are called '{wanted}'; give a code: {', '.join(codes[:5])}.")


def neediest(need: pd.DataFrame) -> Optional[str]:
    """The code of the area of rank 1; None where none is ranked."""
    return None if need["need_rank"].isna().all() else str(need["need_rank"].astype(float).idxmin())
