"""Steps 3 to 9 on fields that the user names, in tables of any kind: no methodology has a part in it."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

import numpy as np
import pandas as pd

from ..errors import DataError, OptionError
from ..indicators import Note
from ..results import whole_numbers
from ..steps.classify import classify
from ..steps.combine import sum_weighted
from ..steps.composite import sum_parts
from ..steps.convert import bounded_ratio, listed, over_texts
from ..steps.shrinkage import shrink_to_district
from ..steps.standardise import ascending_ranks, exponential, normal_scores, orient
from .tables import Added, Table, matrix


def add_fields(
    table: Table, numerators: Sequence[str], denominators: Sequence[str], name: str, over: str = "gap"
) -> Added:
    """Step 3: the numerators' sum over the widest denominator, as ``<name>_num``, ``<name>_den`` and ``<name>``.

    ``over`` (gap or cap) decides on sums above it; the rows are noted.
    """
    for column in (*numerators, *denominators):
        _refuse_negative(table, column)
    if not numerators or not denominators:
        raise OptionError("Give at least one numerator and one denominator.")
    tops = [table.numbers(column) for column in numerators]
    events, people = sum_parts(tops, [table.numbers(column) for column in denominators])
    value, told = bounded_ratio(events, people, _rows(table), over)
    notes = tuple(Note("warning", name, text) for text in told)
    return Added(pd.DataFrame({f"{name}_num": events, f"{name}_den": people, name: value}), notes)


def _rows(table: Table) -> List[str]:
    return [f"row {number}" for number in range(1, len(table) + 1)]


def shrink_fields(
    table: Table,
    numerator: str,
    denominator: Optional[str],
    district: str,
    *,
    method: str = "logit",
    over: str = "gap",
    **means: Optional[str],
) -> Added:
    """Step 4 for a pair of fields: ``<numerator>_shrunk``, and in ``<numerator>_w`` the weight of the own figure.

    ``means``: for means, the fields ``standard_error`` and ``population`` of ``shrink_to_district``.
    """
    codes = table.groups(district)
    terms = shrink_to_district(
        table.numbers(numerator),
        table.numbers(denominator) if denominator else None,
        np.unique(codes.astype(str), return_inverse=True)[1],
        method=method,
        over=over,
        **{name: table.numbers(field) for name, field in means.items() if field},
    )
    notes = [Note("warning", numerator, text) for text in over_texts(terms, _rows(table))]
    alone = int(np.count_nonzero(np.unique(codes, return_counts=True)[1] == 1))
    if alone and method != "none":
        notes.append(Note("info", district, f"{alone:,} districts hold one area, which keeps its own figure"))
    return Added(pd.DataFrame({f"{numerator}_shrunk": terms.values, f"{numerator}_w": terms.weights}), tuple(notes))


def orient_fields(table: Table, fields: Sequence[str], direction: str) -> Added:
    """Step 5: the fields turned so that high means need, as ``<field>_need``."""
    return Added(pd.DataFrame({f"{name}_need": orient(table.numbers(name), direction) for name in fields}))


def score_fields(table: Table, fields: Sequence[str], *, missing: str = "exclude") -> Added:
    """Step 6: normal scores of the fields, as ``<field>_z``; with ``missing`` = median a gap becomes 0."""
    z = normal_scores(matrix(table, fields))
    z = np.nan_to_num(z) if missing == "median" else z
    return Added(pd.DataFrame({f"{name}_z": column for name, column in zip(fields, z.T)}))


def sum_fields(table: Table, fields: Sequence[str], name: str, weights: Optional[Mapping[str, float]] = None) -> Added:
    """Steps 7 and 9: the sum of the fields as ``name``; weighted, where ``weights`` gives one for each of them."""
    given = None
    if weights is not None:
        lacking = [field for field in fields if field not in weights]
        unknown = [field for field in weights if field not in fields]
        if lacking or unknown:
            raise DataError(
                f"WEIGHTS: no weight for {listed(lacking) or 'none'}; no field for {listed(unknown) or 'none'}."
            )
        given = [weights[field] for field in fields]
    return Added(pd.DataFrame({name: sum_weighted(matrix(table, fields), given)}))


def transform_fields(
    table: Table, fields: Sequence[str], *, constant: float, areas: int, divisor: str = "ranked"
) -> Added:
    """Step 8: X of the ascending rank of each field, as ``<field>_exp``; ``areas`` is T."""
    columns: Dict[str, np.ndarray] = {}
    for name in fields:
        ranks = ascending_ranks(table.numbers(name))
        columns[f"{name}_exp"] = exponential(ranks, areas=areas, constant=constant, divisor=divisor)
    return Added(pd.DataFrame(columns))


def check_total(areas: Optional[int], rows: int, divisor: str) -> int:
    """T: the given number of areas, or all rows; OptionError if it is too small, or plays no part."""
    if areas is not None and divisor != "all":
        raise OptionError("TOTAL: ranks are divided by it with DIVISOR = all alone; choose that, or leave TOTAL empty.")
    if areas is not None and areas < rows:
        raise OptionError(
            f"TOTAL: {areas:,} areas in all, but the table has {rows:,} rows; leave it empty or correct it."
        )
    return areas or max(rows, 1)


def classify_fields(table: Table, fields: Sequence[str], *, share: float, district: Optional[str] = None) -> Added:
    """Rank, decile and hot spot of each field, high = need: ``<field>_rank``, ``_decile``, ``_hotspot``.

    With a district field the same within districts, as ``<field>_rank_district`` and so on.
    Source: docs/method.md#classes-and-hot-spots.
    """
    groups = np.unique(table.groups(district).astype(str), return_inverse=True)[1] if district else None
    columns: Dict[str, np.ndarray] = {}
    for name in fields:
        scores = table.numbers(name)
        kinds = [("", classify(scores, share=share))]
        if groups is not None:
            kinds.append(("_district", classify(scores, share=share, within=groups)))
        for suffix, classes in kinds:
            columns[f"{name}_rank{suffix}"] = classes.rank
            columns[f"{name}_decile{suffix}"] = classes.decile
            columns[f"{name}_hotspot{suffix}"] = classes.hotspot
    return Added(whole_numbers(pd.DataFrame(columns)))


def _refuse_negative(table: Table, column: str) -> None:
    values = table.numbers(column)
    if (values < 0).any():
        raise DataError(
            f"{table.name}: '{column}' is negative in row {int(np.argmax(values < 0)) + 1}; a count cannot be."
        )
