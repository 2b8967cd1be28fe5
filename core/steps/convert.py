"""Figures of other areas carried to the LSOAs of 2021: counts shared out, means averaged, totals checked.

Source: paper step 1, docs/method.md#1-conversion-to-lsoa.
"""

from __future__ import annotations

from typing import Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .. import geographies
from ..arrays import Array
from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..errors import DataError, PackError
from ..rates import ratio
from ..texts import listed
from .crosswalk import OTHER_COUNTRIES, Crosswalk

BLANK_LIMIT = 0.05
UNMATCHED_LIMIT = 0.01
TOTAL_TOLERANCE = 1e-9


def share_counts(counts: Array, crosswalk: Crosswalk, blank_limit: float = BLANK_LIMIT) -> Array:
    """Counts of source areas shared out to the targets: sum of count x share.

    NaN sources are blank: a target with more than ``blank_limit`` of itself in blank sources, or without any
    other, gets NaN; one with less is scaled up by its covered part, and one with none is left alone, so that whole
    counts stay whole. What is shared out equals what came in (before blanks are withheld); otherwise DataError.
    Source: paper, step 1.
    """
    counts = np.asarray(counts, dtype=float)
    part = np.nan_to_num(counts)[crosswalk.source] * crosswalk.share
    out = crosswalk.sums(part)
    linked = np.bincount(crosswalk.source, minlength=len(crosswalk.sources)) > 0
    total = float(np.nansum(counts[linked]))
    if not crosswalk.spread and abs(out.sum() - total) > TOTAL_TOLERANCE * max(abs(np.nan_to_num(counts)).sum(), 1.0):
        raise DataError(f"Converting from {crosswalk.geography}: {total:.6g} went in and {out.sum():.6g} came out.")
    blank = blank_share(counts, crosswalk)
    withheld = _too_blank(blank, blank_limit)
    return np.where(withheld, np.nan, out / np.where(withheld, 1.0, 1.0 - blank))


def average_means(
    means: Array, crosswalk: Crosswalk, weight: Optional[Array] = None, blank_limit: float = BLANK_LIMIT
) -> Array:
    """Means or rates of source areas averaged over each target.

    Weighted by ``weight`` (a count by source area, shared out), else by the target's coverage (postcodes;
    residents for Output Areas). Blank sources as in ``share_counts``.
    Source: paper, step 1; docs/method.md#1-conversion-to-lsoa.
    """
    means = np.asarray(means, dtype=float)
    if weight is None:
        pair_weight = crosswalk.coverage
    else:
        # Without a weight a mean says nothing; a weight of 0 is one, and lets the other sources speak.
        means = np.where(np.isnan(weight), np.nan, means)
        pair_weight = np.nan_to_num(np.asarray(weight, dtype=float))[crosswalk.source] * crosswalk.share
    known = ~np.isnan(means)[crosswalk.source]
    pair_weight = np.where(known, pair_weight, 0.0)
    total = crosswalk.sums(pair_weight)
    part = crosswalk.sums(pair_weight * np.nan_to_num(means)[crosswalk.source])
    averaged = ratio(part, total)
    alone = crosswalk.sums(known) == 1
    copied = crosswalk.sums(np.where(known, np.nan_to_num(means)[crosswalk.source], 0.0))
    # One source is copied, not multiplied and divided, so that no last digit changes and ties stay ties.
    averaged = np.where(alone, copied, averaged)
    return np.where(_too_blank(blank_share(means, crosswalk), blank_limit), np.nan, averaged)


def _too_blank(blank: Array, limit: float) -> Array:
    """Above the limit, or blank altogether; the small addition keeps 1 postcode of 20 at 5 %."""
    return (blank > limit * (1.0 + 1e-12)) | (blank == 1.0)


def blank_share(values: Array, crosswalk: Crosswalk) -> Array:
    """The part of each target that lies in sources without a value, exactly 0 without such, and 1 with no others."""
    gaps = np.isnan(values)[crosswalk.source]
    blank = crosswalk.sums(np.where(gaps, crosswalk.coverage, 0.0))
    spoken = crosswalk.sums(~gaps) > 0
    return np.where(spoken, np.clip(blank, 0.0, 1.0), 1.0)


def align(
    table: pd.DataFrame,
    crosswalk: Crosswalk,
    file: str,
    crosswalks: Mapping[str, Crosswalk],
    *,
    means: Sequence[str] = (),
    weight: Optional[str] = None,
) -> Tuple[pd.DataFrame, Tuple[str, ...]]:
    """The table by the crosswalk's source areas, joined by code, and what was done; areas that it lacks are NaN.

    Authority codes of other years are brought to the crosswalk's, columns in ``means`` by ``weight``.
    Codes of Wales, Scotland and Northern Ireland are dropped and counted. More than 1 % of the other codes
    unknown is a PackError that names the likely vintage among ``crosswalks``; fewer are left out.
    """
    notes: Tuple[str, ...] = ()
    if crosswalk.geography in AUTHORITY_GEOGRAPHIES:
        table, notes = geographies.bring(table, crosswalk.sources, file, means=means, weight=weight)
    position = crosswalk.sources.get_indexer(table.index)
    unmatched = table.index[position < 0].astype(str)
    abroad = unmatched.str.startswith(OTHER_COUNTRIES)
    unknown = unmatched[~abroad]
    own = len(table) - int(abroad.sum())
    if own == 0 or len(unknown) > UNMATCHED_LIMIT * own:
        raise PackError(
            f"{file}: {len(unknown):,} of {own:,} codes are not {crosswalk.geography} codes "
            f"(for example {listed(unmatched[:1])}){_likely_vintage(unmatched, crosswalks)}."
        )
    if len(unknown):
        notes += (f"{file}: {len(unknown)} unknown codes left out: {listed(unknown)}",)
    if abroad.any():
        notes += (f"{file}: {int(abroad.sum()):,} areas outside England dropped",)
    aligned = np.full((len(crosswalk.sources), table.shape[1]), np.nan)
    aligned[position[position >= 0]] = table.to_numpy(dtype=float)[position >= 0]
    return pd.DataFrame(aligned, index=crosswalk.sources, columns=table.columns), notes


def _likely_vintage(codes: pd.Index, crosswalks: Mapping[str, Crosswalk]) -> str:
    if len(codes) == 0:
        return ""
    matched = {name: float(codes.isin(crosswalk.sources).mean()) for name, crosswalk in crosswalks.items()}
    best = max(matched, key=lambda name: matched[name])
    return f"; {matched[best]:.0%} of these are {best} codes: set the entry's geography" if matched[best] > 0.5 else ""


def labels(values: Array, crosswalk: Crosswalk) -> Array:
    """How each value came to its area; None where there is none."""
    return np.where(np.isnan(values), np.array(None), crosswalk.provenance)
