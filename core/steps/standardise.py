"""Direction, normal scores and the exponential transformation (paper steps 5, 6 and 8; Appendix C)."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..arrays import Array, side_by_side
from ..errors import DataError, OptionError
from ..table import Added, Scope, Table, area_codes, gap_notes, matrix

SCALING_CONSTANT = 23.0
DIGITS = 12
# Beside the largest of a column, what a sum that is 0 on paper leaves in floating point.
_REST = 1e-14


def orient(values: Array, direction: str) -> Array:
    """The values turned so that high always means need: v for ``need``, -v for ``less``.

    Any shape and unit; NaN stays NaN. Source: paper, step 5.
    """
    values = np.asarray(values, dtype=float)
    return -values if direction == "less" else values.copy()


def ascending_ranks(scores: Array) -> Array:
    """Ranks from 1 (lowest need), ties averaged, on 12 significant digits; NaN stays NaN and takes no rank.

    Ranks run along the first axis, so each column of a two-dimensional array is ranked alone.
    Source: paper, steps 6 and 8.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim == 1:
        return _ascending_ranks(scores)
    return np.array(side_by_side(_ascending_ranks, scores.T)).T if scores.shape[1] else scores.copy()


def _ascending_ranks(scores: Array) -> Array:
    order, starts, ends = ties(scores)
    ranks = np.full(scores.size, np.nan)
    alone = starts.size == order.size
    ranks[order] = starts + 1.0 if alone else np.repeat((starts + ends + 1) / 2.0, ends - starts)
    return ranks


def published_ranks(scores: Array) -> Array:
    """Ranks as they are published: 1 = highest need, tied areas share the lowest number.

    Scores: one value an area, high = need, compared on 12 significant digits; NaN stays NaN. Source: the method's
    rule on ties, established against the paper's table of 20.
    """
    scores = np.asarray(scores, dtype=float)
    order, starts, ends = ties(scores)
    ranks = np.full(scores.shape, np.nan)
    ranks[order] = np.repeat(order.size - ends + 1.0, ends - starts)
    return ranks


def ties(scores: Array) -> Tuple[Array, Array, Array]:
    """Positions of the known scores in ascending order, and where in it each run of equal ones starts and ends.

    Equal are scores that agree on 12 significant digits: a sum has another last digit when its parts come in
    another order, and areas that tie on paper must tie here. So do remainders of a sum that is 0 on paper.
    """
    order = np.argsort(scores)
    order = order[: scores.size - int(np.count_nonzero(np.isnan(scores)))]
    ordered = scores[order]
    largest = float(np.abs(ordered[[0, -1]]).max()) if order.size else 0.0
    rest, step = _REST * largest, np.diff(ordered)
    new = step > 0.0
    # Only neighbours so close that they may agree are rounded, for rounding all of them takes longer than ranking.
    near = np.flatnonzero(new & (step <= 10.0 ** (1 - DIGITS) * largest + 2.0 * rest))
    near = near[step[near] <= 10.0 ** (1 - DIGITS) * np.abs(ordered[near + 1]) + 2.0 * rest]
    new[near] = _rounded(ordered[near], rest) != _rounded(ordered[near + 1], rest)
    starts = np.flatnonzero(np.concatenate(([True], new))) if order.size else np.zeros(0, dtype=int)
    return order, starts, np.append(starts[1:], order.size) if order.size else starts


def _rounded(values: Array, rest: float) -> Array:
    """The values on 12 significant digits; 0 where no more than the rest of a sum is left."""
    values = np.where(np.abs(values) <= rest, 0.0, values)
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values.tolist()])


def normal_scores(values: Array) -> Array:
    """Van der Waerden scores z = inverse normal(rank / (n + 1)) of each column.

    rank is ascending with ties averaged, n the number of areas with a value in that column; unit-free,
    NaN stays NaN. Source: paper, step 6.
    """
    ranks = ascending_ranks(values)
    counts = np.count_nonzero(~np.isnan(ranks), axis=0)
    return ndtri(ranks / (counts + 1.0))


def exponential(ranks: Array, *, areas: int, constant: float = SCALING_CONSTANT, divisor: str = "ranked") -> Array:
    """X(R) = -c ln(1 - R (1 - e^(-100/c))) with R = ascending rank / min(n + 1, T): from 0 to 100.

    n counts the areas ranked on this measure, T (``areas``) all of the universe, ranked or not; ``divisor`` = all
    divides by T instead. Ranks may be averaged ties; NaN stays NaN. Source: paper, Appendix C; its published
    scores have n = T or T - 1, where both divisors are T.
    """
    return exponential_of_share(share_of_ranks(ranks, areas, divisor), constant)


def share_of_ranks(ranks: Array, areas: int, divisor: str = "ranked") -> Array:
    """R of ascending ranks, each column's for itself: over min(n + 1, T), or over T. Source: as ``exponential``."""
    ranks = np.asarray(ranks, dtype=float)
    ranked = np.count_nonzero(~np.isnan(ranks), axis=0)
    return ranks / (areas if divisor == "all" else np.minimum(ranked + 1, areas))


def exponential_of_share(share: Array, constant: float) -> Array:
    """X of R, an area's rank as a share of all. Source: paper, Appendix C."""
    return -constant * np.log1p(share * np.expm1(-100.0 / constant))


def apply_direction(table: Table, scope: Scope) -> Added:
    """Step 5: ``<id>_need`` = plus or minus ``<id>_shrunk``, so that high means need.

    The direction is the methodology's, or the pack's where that says ``high_is``. Source: paper, step 5.
    """
    found = {}
    names = scope.present(table, "_shrunk")
    for name in names:
        given = name in scope.entries and scope.entries[name].high_is
        found[f"{name}_need"] = orient(table.numbers(f"{name}_shrunk"), given or scope.methodology.node(name).direction)
    return Added(pd.DataFrame(found), tuple(scope.absent(names)))


def apply_scores(table: Table, scope: Scope, *, missing: str = "exclude") -> Added:
    """Step 6: ``<id>_z``, the normal scores of ``<id>_need``; with ``missing`` = median a gap becomes 0.

    Then ``imputed_count`` counts what was filled in each area. Source: paper, step 6; docs/method.md#gaps.
    """
    names = scope.present(table, "_need")
    z = normal_scores(matrix(table, names, "_need"))
    gaps = np.isnan(z)
    fill = missing == "median"
    found = pd.DataFrame(np.nan_to_num(z) if fill else z, columns=[f"{name}_z" for name in names])
    if fill:
        found["imputed_count"] = gaps.sum(axis=1)
    where = dict(zip(names, gaps.T))
    notes = gap_notes(where, area_codes(table), "filled" if fill else "left without a score")
    return Added(found, (*scope.absent(names), *notes), filled=where if fill else {})


def apply_exponential(
    table: Table,
    scope: Scope,
    *,
    constant: Optional[float] = None,
    total: Optional[int] = None,
    divisor: str = "ranked",
) -> Added:
    """Step 8: ``<node>_exp`` of every ``<node>_sum`` that has none yet; ``total`` is T, all rows unless given.

    OptionError if T is too small, or plays no part. Source: paper, step 8 and Appendix C.
    """
    if total is not None and divisor != "all":
        raise OptionError("TOTAL: ranks are divided by it with DIVISOR = all alone; choose that, or leave TOTAL empty.")
    if total is not None and total < len(table):
        raise OptionError(
            f"TOTAL: {total:,} areas in all, but the table has {len(table):,} rows; leave it empty or correct it."
        )
    methodology = scope.methodology
    nodes = [node.id for node in (*methodology.sub_dimensions, *methodology.dimensions) if scope.holds(node)]
    names = [name for name in nodes if table.holds(f"{name}_sum") and not table.holds(f"{name}_exp")]
    if not names:
        raise DataError(f"{table.name}: there is no sum to transform (for example '{nodes[0]}_sum').")

    def transformed(name: str) -> Array:
        return transform(table.numbers(f"{name}_sum"), scope, constant=constant, areas=total, divisor=divisor)

    return Added(pd.DataFrame(dict(zip((f"{name}_exp" for name in names), side_by_side(transformed, names)))))


def transform(
    sums: Array, scope: Scope, *, constant: Optional[float] = None, areas: Optional[int] = None, divisor: str = "ranked"
) -> Array:
    """X of the ascending rank of every sum; constant and T are the methodology's and all rows unless given."""
    if constant is None:
        constant = scope.methodology.options("exponentialtransform")["CONSTANT"]
    return exponential(ascending_ranks(sums), areas=areas or max(len(sums), 1), constant=constant, divisor=divisor)
