"""Steps 3 to 9 one at a time, on tables: each reads the columns that it needs and adds its own.

Every function does with a table what ``index.run`` does with a pack, by the same functions of ``stages`` and
``steps``. Columns are found by the methodology's ids: ``<id>_num``, ``<id>_den``, ``<id>``, ``<id>_shrunk``,
``<id>_need``, ``<id>_z``, ``<node>_sum``, ``<node>_exp``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional, Sequence

import numpy as np
import pandas as pd

from .. import stages
from ..errors import DataError, OptionError
from ..indicators import Note, gather_composite
from ..methodology import Node
from ..results import class_columns, indicators_frame, unranked_reasons, whole_numbers
from ..stages import Scores
from ..steps.convert import listed, over_texts
from ..steps.standardise import normal_scores
from . import meaning
from .table_weights import weighted
from .tables import Added, Scope, Table, area_codes, as_indicators, matrix, read_areas

DISTRICT, REGION, POPULATION = "district_code", "region_code", "population"


def add_composites(table: Table, scope: Scope, *, left_out: Sequence[str] = (), over: str = "gap") -> Added:
    """Step 3: the columns of each composite with parts in the table: ``<id>_num``, ``<id>_den``, ``<id>`` and so on.

    A composite that stands in the table already is left as it is. DataError for a part that is missing and not
    in ``left_out``, or that comes without counts. Source: paper, step 3.
    """
    scope = meaning.told(scope, table)
    for name in left_out:
        scope.methodology.node(name)
    areas = pd.DataFrame(index=area_codes(table))
    wanted = [node for node in scope.indicators() if node.level == "composite" and not _holds(table, node)]
    parts = [part for node in wanted for part in scope.methodology.children(node.id)]
    indicators = as_indicators(table, scope, areas, parts)
    gathered, notes = {}, []
    for node in wanted:
        if node.id in indicators.absent:
            continue
        gathered[node.id] = gather_composite(node, scope.methodology, indicators, left_out, over)
        parts = [part.id for part in scope.methodology.children(node.id) if part.id not in left_out]
        notes.append(Note("info", node.id, f"the sum of {listed(parts)}"))
        notes += [Note("warning", node.id, text) for text in gathered[node.id].over]
    if not gathered:
        notes.append(Note("info", table.name, "no composite is to be made: none has its parts here, or all are there"))
    texts = dict.fromkeys(gathered, meaning.SUM_OF_PARTS)
    return Added(meaning.beside(indicators_frame(areas, gathered), texts).reset_index(drop=True), tuple(notes))


def _holds(table: Table, node: Node) -> bool:
    return any(table.holds(f"{node.id}{ending}") for ending in ("", "_num", "_den"))


def shrunk_by(scope: Scope, method: str) -> Scope:
    """The scope as it is for ``logit``; for ``none`` with no indicator shrunk. Other methods are for single fields."""
    if method == "logit":
        return scope
    if method != "none":
        raise OptionError(
            f"METHOD: {method} is for NUMERATOR_FIELD; the methodology says how its indicators are shrunk. "
            "Give logit for that, or none to copy them all."
        )
    nodes = tuple(replace(node, shrinkage="none") for node in scope.methodology.nodes)
    return replace(scope, methodology=replace(scope.methodology, nodes=nodes))


def shrink_indicators(
    table: Table,
    scope: Scope,
    *,
    missing: str = "exclude",
    over: str = "gap",
    district: str = DISTRICT,
    region: str = REGION,
    population: str = POPULATION,
) -> Added:
    """Step 4: ``<id>_shrunk`` of every indicator, a copy where it is not shrunk.

    With ``missing`` = district, gaps are filled from district, region or all areas afterwards, and
    ``imputed_count`` counts what was filled in each area.
    Source: paper, step 4 and Appendix B; docs/method.md#4-shrinkage and docs/method.md#gaps.
    """
    scope = meaning.told(scope, table)
    areas = read_areas(table, district=district, region=region, population=population)
    indicators = as_indicators(table, scope, areas, scope.indicators(), labelled=False, over=over)
    gathered = {node.id: indicators.columns[node.id] for node in scope.indicators() if node.id in indicators.columns}
    if not gathered:
        scope.present(table, "")
    needs_people = missing == "district" or any(column.standard_error is not None for column in gathered.values())
    if "population" not in areas:
        if needs_people:
            raise DataError(f"{table.name}: there is no field '{population}'; averages over a district need residents.")
        areas["population"] = np.nan
    notes: List[Note] = []
    shrinkage = stages.shrink(scope.methodology, indicators, gathered, notes, over)
    values = {name: terms.values for name, terms in shrinkage.terms.items()}
    for name, terms in shrinkage.terms.items():
        notes += [Note("warning", name, text) for text in over_texts(terms, areas.index)]
    columns = {}
    if missing == "district":
        if "region_code" not in areas:
            raise DataError(f"{table.name}: there is no field '{region}'; gaps go by district, then by region.")
        values, filled = stages.impute_from_district(indicators, gathered, shrinkage, notes)
        columns["imputed_count"] = np.sum([filled[name] for name in filled], axis=0)
    shrunk = {f"{name}_shrunk": column for name, column in values.items()}
    return Added(pd.DataFrame({**shrunk, **columns}), (*notes, *_absent(scope, gathered)))


def orient_indicators(table: Table, scope: Scope) -> Added:
    """Step 5: ``<id>_need`` = plus or minus ``<id>_shrunk``, so that high means need.

    The direction is the methodology's, or the pack's where that says ``high_is``.
    Source: paper, step 5.
    """
    scope = meaning.told(scope, table)
    names = scope.present(table, "_shrunk")
    values = {name: table.numbers(f"{name}_shrunk") for name in names}
    need = stages.oriented(scope.methodology, scope.entries, values)
    return Added(pd.DataFrame(need, columns=[f"{name}_need" for name in names]), tuple(_absent(scope, names)))


def score_indicators(table: Table, scope: Scope, *, missing: str = "exclude") -> Added:
    """Step 6: ``<id>_z``, the normal scores of ``<id>_need``; with ``missing`` = median a gap becomes 0.

    Then ``imputed_count`` counts what was filled in each area. Source: paper, step 6; docs/method.md#gaps.
    """
    names = scope.present(table, "_need")
    z = normal_scores(matrix(table, names, "_need"))
    gaps = np.isnan(z)
    columns = {}
    notes = _absent(scope, names)
    if missing == "median":
        columns["imputed_count"] = gaps.sum(axis=1)
        z = np.nan_to_num(z)
    done = "filled with 0" if missing == "median" else "left without a score"
    for name, lacking in zip(names, gaps.sum(axis=0)):
        if lacking:
            notes.append(Note("gap", name, f"{int(lacking):,} areas have no value and are {done}"))
    scores = {f"{name}_z": column for name, column in zip(names, z.T)}
    return Added(pd.DataFrame({**scores, **columns}), tuple(notes))


def combine_indicators(
    table: Table, scope: Scope, *, level: str, missing_indicators: str = "error", weights: Optional[Table] = None
) -> Added:
    """Step 7: ``<node>_sum`` of every sub-dimension, or of every dimension, from what is below it.

    ``level`` is sub_dimension or dimension. A dimension sums ``<sub-dimension>_exp``, or the normal scores
    where it has no sub-dimensions. DataError lists parts that are not in the table, unless
    ``missing_indicators`` is leave_out. A table of ``weights`` goes before the methodology's (see ``weighted``).
    Source: paper, step 7.
    """
    methodology = scope.methodology
    nodes = methodology.sub_dimensions if level == "sub_dimension" else methodology.dimensions
    parents = [node for node in nodes if scope.holds(node)]
    columns: Dict[str, np.ndarray] = {}
    absent: List[str] = []
    for child in (child for parent in parents for child in methodology.children(parent.id)):
        column = f"{child.id}_exp" if child.level == "sub_dimension" else f"{child.id}_z"
        if table.holds(column):
            columns[child.id] = table.numbers(column)
        else:
            absent.append(column)
    if not columns:
        raise DataError(f"{table.name}: there is nothing to sum: none of {listed(absent, 4)} is there.")
    if absent and missing_indicators == "error":
        lacking = f"{len(absent)} parts are not there: {listed(absent, 40)}"
        raise DataError(f"{table.name}: {lacking}. Add them, or choose to leave them out.")
    notes = [Note("warning", name, "not in the table and left out") for name in absent]
    if weights is not None:
        methodology = weighted(methodology, weights, columns)
        if not set(weights.texts("node")) & set(columns):
            notes.append(Note("info", weights.name, "no row is of a part summed here; the methodology's weights hold"))
    sums: Dict[str, np.ndarray] = {}
    used: Dict[str, float] = {}
    for parent in parents:
        total = stages.sum_node(methodology, methodology.node(parent.id), columns, columns, used)
        if total is not None:
            sums[f"{parent.id}_sum"] = total
    return Added(pd.DataFrame(sums), tuple(notes))


def transform_scores(
    table: Table,
    scope: Scope,
    *,
    constant: Optional[float] = None,
    areas: Optional[int] = None,
    divisor: str = "ranked",
) -> Added:
    """Step 8: ``<node>_exp`` of every ``<node>_sum`` that has none yet. Source: paper, step 8 and Appendix C."""
    methodology = scope.methodology
    nodes = [node.id for node in (*methodology.sub_dimensions, *methodology.dimensions) if scope.holds(node)]
    names = [name for name in nodes if table.holds(f"{name}_sum") and not table.holds(f"{name}_exp")]
    if not names:
        raise DataError(f"{table.name}: there is no sum to transform (for example '{nodes[0]}_sum').")
    columns = {
        f"{name}_exp": stages.transform(methodology, table.numbers(f"{name}_sum"), constant, areas, divisor)
        for name in names
    }
    return Added(pd.DataFrame(columns))


def combine_dimensions(
    table: Table, scope: Scope, *, weights: Optional[Table] = None, divisor: str = "ranked"
) -> Added:
    """Step 9: ``composite``, the weighted sum of the dimensions, and X of its rank as ``need_score``.

    A table of ``weights`` goes before the methodology's (see ``weighted``).
    Source: paper, steps 8 and 9; docs/method.md#7-to-9-sums-exponential-transformation-weights.
    """
    methodology = scope.methodology
    transformed = {
        node.id: table.numbers(f"{node.id}_exp") for node in methodology.dimensions if table.holds(f"{node.id}_exp")
    }
    if weights is not None:
        methodology = weighted(methodology, weights, transformed)
        if not set(weights.texts("node")) & set(transformed):
            raise DataError(f"{weights.name}: no row is of a dimension ({listed(transformed)}).")
    composite = stages.combine_dimensions(methodology, transformed, {})
    score = stages.transform(methodology, composite, divisor=divisor)
    return Added(pd.DataFrame({"composite": composite, "need_score": score}))


def find_hot_spots(table: Table, scope: Scope, *, share: float, district: str = DISTRICT) -> Added:
    """Ranks, deciles, hot spots and classes as in the layer ``need``, from ``composite`` and ``<dimension>_exp``.

    With a district field also within each district.
    Source: paper, Analysis and outcomes; docs/method.md#classes-and-hot-spots.
    """
    methodology = scope.methodology
    wanted = ["composite", "need_score", *(f"{node.id}_exp" for node in methodology.dimensions)]
    lacking = [name for name in wanted if not table.holds(name)]
    if lacking:
        raise DataError(
            f"{table.name}: there is no field {listed(lacking)}; run the steps before, or give FIELDS to rank."
        )
    transformed = {node.id: table.numbers(f"{node.id}_exp") for node in methodology.dimensions}
    scores = Scores({}, transformed, {}, table.numbers("composite"), table.numbers("need_score"))
    districts = table.groups(district) if table.holds(district) else None
    columns = class_columns(methodology, scores, districts, share=share)
    named = [node.id for node in methodology.indicators if table.holds(f"{node.id}_z")]
    z = {name: table.numbers(f"{name}_z") for name in named}
    columns["unranked_reason"] = unranked_reasons(methodology, scores, z)
    kept = {name: column for name, column in columns.items() if name not in ("composite", "need_score")}
    notes = (
        ()
        if districts is not None
        else (Note("info", district, "no such field, so there are no ranks within districts"),)
    )
    return Added(whole_numbers(pd.DataFrame(kept)), notes)


def _absent(scope: Scope, names: Sequence[str]) -> List[Note]:
    absent = scope.absent(names)
    return [Note("info", "not in the table", listed(absent, 40))] if absent else []
