"""Conversion of every indicator to the LSOAs of 2021, with provenance and checked totals.

Source: paper step 1, docs/method.md#1-conversion-to-lsoa.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .. import geographies
from ..catalogue import AUTHORITY_GEOGRAPHIES
from ..errors import DataError, PackError
from ..pack import Pack
from ..pack_format import Counts, Entry
from ..table import Converted
from ..texts import listed
from .crosswalk import OTHER_COUNTRIES, Crosswalk
from .rates import bounded_ratio, ratio
from .standardise import ascending_ranks

BLANK_LIMIT = 0.05
UNMATCHED_LIMIT = 0.01
TOTAL_TOLERANCE = 1e-9


def share_counts(counts: np.ndarray, walk: Crosswalk, blank_limit: float = BLANK_LIMIT) -> np.ndarray:
    """Counts of source areas shared out to the targets: sum of count x share.

    NaN sources are blank: a target with more than ``blank_limit`` of itself in blank sources, or without any
    other, gets NaN; one with less is scaled up by its covered part, and one with none is left alone, so that whole
    counts stay whole. What is shared out equals what came in (before blanks are withheld); otherwise DataError.
    Source: paper, step 1.
    """
    counts = np.asarray(counts, dtype=float)
    part = np.nan_to_num(counts)[walk.source] * walk.share
    out = np.bincount(walk.target, weights=part, minlength=len(walk.targets))
    linked = np.bincount(walk.source, minlength=len(walk.sources)) > 0
    total = float(np.nansum(counts[linked]))
    if not walk.spread and abs(out.sum() - total) > TOTAL_TOLERANCE * max(abs(np.nan_to_num(counts)).sum(), 1.0):
        raise DataError(f"Converting from {walk.geography}: {total:.6g} went in and {out.sum():.6g} came out.")
    blank = blank_share(counts, walk)
    withheld = _too_blank(blank, blank_limit)
    return np.where(withheld, np.nan, out / np.where(withheld, 1.0, 1.0 - blank))


def average_means(
    means: np.ndarray, walk: Crosswalk, weight: Optional[np.ndarray] = None, blank_limit: float = BLANK_LIMIT
) -> np.ndarray:
    """Means or rates of source areas averaged over each target.

    Weighted by ``weight`` (a count by source area, shared out), else by the target's coverage (postcodes;
    residents for Output Areas). Blank sources as in ``share_counts``.
    Source: paper, step 1; docs/method.md#1-conversion-to-lsoa.
    """
    means = np.asarray(means, dtype=float)
    if weight is None:
        pair_weight = walk.coverage
    else:
        # Without a weight a mean says nothing; a weight of 0 is one, and lets the other sources speak.
        means = np.where(np.isnan(weight), np.nan, means)
        pair_weight = np.nan_to_num(np.asarray(weight, dtype=float))[walk.source] * walk.share
    known = ~np.isnan(means)[walk.source]
    pair_weight = np.where(known, pair_weight, 0.0)
    total = np.bincount(walk.target, weights=pair_weight, minlength=len(walk.targets))
    part = np.bincount(
        walk.target, weights=pair_weight * np.nan_to_num(means)[walk.source], minlength=len(walk.targets)
    )
    averaged = ratio(part, total)
    alone = np.bincount(walk.target, weights=known, minlength=len(walk.targets)) == 1
    copied = np.bincount(
        walk.target, weights=np.where(known, np.nan_to_num(means)[walk.source], 0.0), minlength=len(walk.targets)
    )
    # One source is copied, not multiplied and divided, so that no last digit changes and ties stay ties.
    averaged = np.where(alone, copied, averaged)
    return np.where(_too_blank(blank_share(means, walk), blank_limit), np.nan, averaged)


def _too_blank(blank: np.ndarray, limit: float) -> np.ndarray:
    """Above the limit, or blank altogether; the small addition keeps 1 postcode of 20 at 5 %."""
    return (blank > limit * (1.0 + 1e-12)) | (blank == 1.0)


def blank_share(values: np.ndarray, walk: Crosswalk) -> np.ndarray:
    """The part of each target that lies in sources without a value, exactly 0 without such, and 1 with no others."""
    gaps = np.isnan(values)[walk.source]
    blank = np.bincount(walk.target, weights=np.where(gaps, walk.coverage, 0.0), minlength=len(walk.targets))
    spoken = np.bincount(walk.target, weights=~gaps, minlength=len(walk.targets)) > 0
    return np.where(spoken, np.clip(blank, 0.0, 1.0), 1.0)


def convert_entry(
    pack: Pack,
    entry: Entry,
    kind: str,
    walks: Mapping[str, Crosswalk],
    blank_limit: float = BLANK_LIMIT,
    over: str = "gap",
) -> Converted:
    """One indicator of a pack, converted by the rule of its form: counts, value or change.

    Counts: numerator and denominator are converted as counts and divided afterwards. Change:
    100 x (to - from) / from of the converted counts, each per head where denominators are given. Values:
    averaged; ranks are averaged and ranked again. ``kind`` is the methodology's, ``unbounded`` overrides it; ``over``
    goes to ``bound_counts`` for counts of a population. Raises PackError naming file, column or area. Source: paper,
    step 1; docs/method.md#1-conversion-to-lsoa.
    """
    walk = walks[entry.geography]
    notes: List[str] = []
    if entry.numerator is not None:
        bounded = over if kind == "count" and not entry.unbounded else None
        return _convert_ratio(pack, entry, walks, blank_limit, notes, bounded)
    if entry.change is not None:
        value, totals = _convert_change(pack, entry, walks, blank_limit, notes)
        return Converted(entry.id, value, _labels(value, walk), notes=tuple(notes), **totals)
    columns = [name for name in (entry.value, entry.weight, entry.standard_error) if name is not None]
    means = [name for name in (entry.value, entry.standard_error) if name is not None]
    table = pack.table(entry.file, entry.code, numbers=columns)
    table = align(table, walk, entry.file, notes, walks, means=means, weight=entry.weight)
    weight = None if entry.weight is None else table[entry.weight].to_numpy()
    value = average_means(entry.scale * table[entry.value].to_numpy(), walk, weight, blank_limit)
    if kind == "rank" and entry.geography != "LSOA21":
        value = ascending_ranks(value)
    error = None
    if entry.standard_error is not None:
        error = average_means(entry.scale * table[entry.standard_error].to_numpy(), walk, weight, blank_limit)
    return Converted(entry.id, value, _labels(value, walk), standard_error=error, notes=tuple(notes))


def _convert_ratio(pack, entry, walks, blank_limit, notes, over: Optional[str]) -> Converted:
    """Counts over counts; ``over`` is None for ratios without an upper end."""
    walk = walks[entry.geography]
    top, bottom = _read_counts(pack, entry.numerator, walks, notes), _read_counts(pack, entry.denominator, walks, notes)
    top = entry.scale * top
    if entry.numerator.geography == entry.denominator.geography:
        # A row that lacks one of the two counts as blank in both, so that the ratio stays one of like with like.
        gap = np.isnan(top) | np.isnan(bottom)
        top, bottom = np.where(gap, np.nan, top), np.where(gap, np.nan, bottom)
    numerator = share_counts(top, walks[entry.numerator.geography], blank_limit)
    denominator = share_counts(bottom, walks[entry.denominator.geography], blank_limit)
    value, told = bounded_ratio(numerator, denominator, walk.targets, over)
    labels, said = _labels(value, walk), {"notes": tuple(notes), "over": told}
    if walk.spread:
        return Converted(entry.id, value, labels, **said)
    totals = {"sum_in": float(np.nansum(top)), "sum_out": float(np.nansum(numerator))}
    return Converted(entry.id, value, labels, numerator, denominator, **totals, **said)


def _convert_change(pack, entry, walks, blank_limit, notes) -> Tuple[np.ndarray, Dict[str, float]]:
    sides, totals = {}, {}
    for name, counts in entry.change.items():
        read = _read_counts(pack, counts, walks, notes, signed=True)
        sides[name] = share_counts(read, walks[counts.geography], blank_limit)
        totals[name] = (float(np.nansum(read)), float(np.nansum(sides[name])))
    before, after = sides["from"], sides["to"]
    if "from_denominator" in sides:
        before, after = ratio(before, sides["from_denominator"]), ratio(after, sides["to_denominator"])
    spread = walks[entry.geography].spread
    return 100.0 * ratio(after - before, before), {} if spread else dict(zip(("sum_in", "sum_out"), totals["to"]))


def _read_counts(pack: Pack, counts: Counts, walks, notes: List[str], signed: bool = False) -> np.ndarray:
    """The sum of the columns by source area, NaN where one is blank; negative counts are an error."""
    walk = walks[counts.geography]
    table = pack.table(counts.file, counts.code, numbers=counts.columns)
    for column in () if signed else counts.columns:
        if (table[column] < 0).any():
            area = table.index[int(np.argmax(table[column] < 0))]
            raise PackError(f"{counts.file}: column '{column}' is negative for {area}; a count cannot be.")
    return align(table, walk, counts.file, notes, walks).sum(axis=1, skipna=False).to_numpy()


def align(
    table: pd.DataFrame,
    walk: Crosswalk,
    file: str,
    notes: List[str],
    walks: Mapping[str, Crosswalk],
    *,
    means: Sequence[str] = (),
    weight: Optional[str] = None,
) -> pd.DataFrame:
    """The table by the crosswalk's source areas, joined by code; areas it lacks are NaN.

    Authority codes of other years are brought to the crosswalk's, columns in ``means`` by ``weight``, and noted.
    Codes of Wales, Scotland and Northern Ireland are dropped and counted. More than 1 % of the other codes
    unknown is a PackError that names the likely vintage; fewer are noted.
    """
    if walk.geography in AUTHORITY_GEOGRAPHIES:
        table, words = geographies.bring(table, walk.sources, file, means=means, weight=weight)
        notes += [text for text in words if text not in notes]
    position = walk.sources.get_indexer(table.index)
    unmatched = table.index[position < 0].astype(str)
    abroad = unmatched.str.startswith(OTHER_COUNTRIES)
    unknown = unmatched[~abroad]
    own = len(table) - int(abroad.sum())
    if own == 0 or len(unknown) > UNMATCHED_LIMIT * own:
        raise PackError(
            f"{file}: {len(unknown):,} of {own:,} codes are not {walk.geography} codes "
            f"(for example {listed(unmatched[:1])}){_likely_vintage(unmatched, walks)}."
        )
    for message in (
        f"{file}: {len(unknown)} unknown codes left out: {listed(unknown)}" if len(unknown) else "",
        f"{file}: {int(abroad.sum()):,} areas outside England dropped" if abroad.any() else "",
    ):
        if message and message not in notes:
            notes.append(message)
    aligned = np.full((len(walk.sources), table.shape[1]), np.nan)
    aligned[position[position >= 0]] = table.to_numpy(dtype=float)[position >= 0]
    return pd.DataFrame(aligned, index=walk.sources, columns=table.columns)


def _likely_vintage(codes: pd.Index, walks: Mapping[str, Crosswalk]) -> str:
    if len(codes) == 0:
        return ""
    matched = {name: float(codes.isin(walk.sources).mean()) for name, walk in walks.items()}
    best = max(matched, key=lambda name: matched[name])
    return f"; {matched[best]:.0%} of these are {best} codes: set the entry's geography" if matched[best] > 0.5 else ""


def _labels(values: np.ndarray, walk: Crosswalk) -> np.ndarray:
    return np.where(np.isnan(values), None, walk.provenance)
