"""Ranks, deciles, hot spots and classes of a score, for England and within each district.

Source: docs/method.md#classes-and-hot-spots.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..methodology import Methodology
from ..schema import WHOLE
from ..table import Added, Scope, Table
from ..texts import Note, listed
from .shrinkage import DISTRICT
from .standardise import published_ranks

HOT_SPOT_SHARE = 0.2
MISSION_CLASSES = ((80.0, "Mission critical"), (40.0, "Mission priority"))
LOWEST_CLASS = "Mission support"


class Classes(NamedTuple):
    """Rank (1 = highest need), decile (1 = neediest tenth) and hot-spot flag; NaN where unranked."""

    rank: Array
    decile: Array
    hotspot: Array


def classify(scores: Array, *, share: float = HOT_SPOT_SHARE, within: Optional[Array] = None) -> Classes:
    """Rank, decile = ceil(10 rank / n) and hot spot = (rank / n in the top ``share``) of every area.

    n = areas with a score, in all or in the area's own group where ``within`` gives group numbers from 0;
    ties share the lowest rank; NaN stays NaN. A hot spot is ceil(rank / (share n)) = 1. Source: paper,
    "Analysis and outcomes"; docs/method.md#classes-and-hot-spots.
    """
    scores = np.asarray(scores, dtype=float)
    if within is None:
        ranks = published_ranks(scores)
        counts = np.full(scores.shape, float(np.count_nonzero(~np.isnan(scores))))
    else:
        # Ranked once, as the rule on ties has it; their order is that within each group.
        ranked = pd.Series(published_ranks(scores)).groupby(np.asarray(within))
        ranks = ranked.rank(method="min").to_numpy()
        counts = ranked.transform("count").to_numpy(dtype=float)
    decile = np.ceil(10.0 * ranks / np.maximum(counts, 1.0))
    hotspot = np.where(np.isnan(ranks), np.nan, (ranks <= hot_spot_limit(share, counts)).astype(float))
    return Classes(ranks, decile, hotspot)


def hot_spot_limit(share: float, counts: Any) -> Any:
    """The last rank inside the top share; the small addition keeps 0.2 x 5 from falling below 1."""
    return share * counts * (1.0 + 1e-12)


def mission_classes(scores: Array) -> Array:
    """``Mission critical`` above 80, ``Mission priority`` above 40, else ``Mission support``; None where unranked.

    Scores: the overall measure, 0 to 100.
    Source: established against the published classes (docs/method.md#classes-and-hot-spots).
    """
    scores = np.asarray(scores, dtype=float)
    classes = np.full(scores.shape, LOWEST_CLASS, dtype=object)
    for limit, name in reversed(MISSION_CLASSES):
        classes[scores > limit] = name
    classes[np.isnan(scores)] = None
    return classes


def apply(table: Table, scope: Scope, *, share: float = HOT_SPOT_SHARE, district: str = DISTRICT) -> Added:
    """Ranks, deciles, hot spots and classes as in the layer ``need``, from ``composite`` and ``<dimension>_exp``.

    With a district field also within each district. Ranks: 1 = highest need, ties share the lowest number, on 12
    significant digits; flags 0/1, NaN where unranked.
    Source: paper, Analysis and outcomes; docs/method.md#classes-and-hot-spots.
    """
    dimensions = [node.id for node in scope.methodology.dimensions]
    lacking = [one for one in ("composite", "need_score", *(f"{id}_exp" for id in dimensions)) if not table.holds(one)]
    if lacking:
        raise DataError(
            f"{table.name}: there is no field {listed(lacking)}; run the steps before, or give FIELDS to rank."
        )
    found: Dict[str, Any] = {}
    for name in dimensions:
        scores = table.numbers(f"{name}_exp")
        classes = classify(scores, share=share)
        found.update({f"{name}_score": scores, f"{name}_rank": classes.rank, f"{name}_hotspot": classes.hotspot})
    overall = _ranked("need", table.numbers("composite"), share, _districts(table, district))
    for name, column in overall.items():
        found[name.replace("need_hotspot", "hotspot")] = column
        if name == "need_hotspot":
            found["mission_class"] = mission_classes(table.numbers("need_score"))
    found["unranked_reason"] = unranked_reasons(table, scope.methodology)
    no_district = Note("info", district, "no such field, so there are no ranks within districts")
    return Added(whole_numbers(pd.DataFrame(found)), () if table.holds(district) else (no_district,))


def rank_fields(table: Table, fields: Sequence[str], *, share: float, district: str) -> Added:
    """Rank, decile and hot spot of each field, high = need: ``<field>_rank``, ``_decile``, ``_hotspot``.

    Where there is a district field the same within districts, as ``<field>_rank_district`` and so on.
    Source: docs/method.md#classes-and-hot-spots.
    """
    groups = _districts(table, district)
    ranked = [_ranked(name, table.numbers(name), share, groups) for name in fields]
    return Added(whole_numbers(pd.DataFrame({name: column for one in ranked for name, column in one.items()})))


def _districts(table: Table, district: str) -> Optional[Array]:
    return pd.factorize(table.groups(district), sort=True)[0] if table.holds(district) else None


def _ranked(name: str, scores: Array, share: float, groups: Optional[Array]) -> Dict[str, Array]:
    kinds = [("", classify(scores, share=share))]
    if groups is not None:
        kinds.append(("_district", classify(scores, share=share, within=groups)))
    return {f"{name}_{part}{suffix}": getattr(classes, part) for suffix, classes in kinds for part in Classes._fields}


def whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its ranks, deciles, flags and counts as whole numbers that can be missing (Int64)."""
    columns = {name: _whole(frame[name]) if WHOLE.search(name) else frame[name] for name in frame}
    return pd.DataFrame(columns, index=frame.index)


def _whole(column: pd.Series) -> Any:
    """As ``astype`` gives them, which looks at reals one by one."""
    values = column.to_numpy()
    if values.dtype != np.float64:
        return column.astype("Int64")
    missing = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(missing, 1, values).astype(np.int64), missing)


def unranked_reasons(table: Table, methodology: Methodology) -> Array:
    """For areas without an overall score, the titles of the indicators that they lack; None for the others.

    Of a dimension none of whose ``<id>_z`` is in the table, the title stands instead. What weighs 0 is no reason.
    """
    reasons = np.full(len(table), None, dtype=object)
    unranked = np.flatnonzero(np.isnan(table.numbers("need_score")))
    weighing = [one for one in methodology.indicators if methodology.weighs(one.id)]
    z = {one.id: table.numbers(f"{one.id}_z") for one in weighing if table.holds(f"{one.id}_z")}
    lacking: List[Tuple[str, Array]] = []
    for node in (one for one in methodology.dimensions if methodology.weighs(one.id)):
        inside = [one for one in weighing if one.id in z and methodology.dimension_of(one.id) is node]
        known = [(one.title, np.isnan(z[one.id][unranked])) for one in inside]
        gaps = np.isnan(table.numbers(f"{node.id}_exp")[unranked])
        lacking += [*known, (node.title, gaps & ~np.any([gap for _, gap in known], axis=0) if known else gaps)]
    for place, area in enumerate(unranked):
        titles = [title for title, gaps in lacking if gaps[place]] or [methodology.index.title]
        reasons[area] = f"no value for: {'; '.join(titles)}"
    return reasons
