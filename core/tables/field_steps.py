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
from ..steps.convert import listed
from ..steps.shrinkage import ratio, shrink_to_district
from ..steps.standardise import ascending_ranks, exponential, normal_scores, orient
from .tables import Added, Table, matrix


def add_fields(table: Table, numerators: Sequence[str], denominators: Sequence[str], name: str) -> Added:
    """Step 3: the numerators' sum over the widest denominator, as ``<name>_num``, ``<name>_den`` and ``<name>``."""
    for column in (*numerators, *denominators):
        _refuse_negative(table, column)
    if not numerators or not denominators:
        raise OptionError("Give at least one numerator and one denominator.")
    tops = [table.numbers(column) for column in numerators]
    events, people = sum_parts(tops, [table.numbers(column) for column in denominators])
    value = ratio(np.minimum(events, people), people)
    return Added(pd.DataFrame({f"{name}_num": events, f"{name}_den": people, name: value}))


def shrink_fields(
    table: Table,
    numerator: str,
    denominator: Optional[str],
    district: str,
    *,
    method: str = "logit",
    standard_error: Optional[str] = None,
    population: Optional[str] = None,
) -> Added:
    """Step 4 for a pair of fields: ``<numerator>_shrunk``, and in ``<numerator>_w`` the weight of the own figure."""
    codes = table.groups(district)
    terms = shrink_to_district(
        table.numbers(numerator),
        table.numbers(denominator) if denominator else None,
        np.unique(codes.astype(str), return_inverse=True)[1],
        method=method,
        standard_error=table.numbers(standard_error) if standard_error else None,
        population=table.numbers(population) if population else None,
    )
    notes: List[Note] = []
    if terms.capped.any():
        count, first = int(terms.capped.sum()), int(np.argmax(terms.capped)) + 1
        text = f"above '{denominator}' in {count:,} rows and taken as equal, the first is row {first}"
        notes.append(Note("warning", numerator, text))
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


def transform_fields(table: Table, fields: Sequence[str], *, constant: float, areas: Optional[int] = None) -> Added:
    """Step 8: X of the ascending rank of each field, as ``<field>_exp``; ``areas`` is T, else the number of rows."""
    columns: Dict[str, np.ndarray] = {}
    for name in fields:
        ranks = ascending_ranks(table.numbers(name))
        columns[f"{name}_exp"] = exponential(ranks, areas=check_total(areas, len(table)), constant=constant)
    return Added(pd.DataFrame(columns))


def check_total(areas: Optional[int], rows: int) -> int:
    """T: the given number of areas, or all rows; OptionError if there are more rows than areas."""
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
