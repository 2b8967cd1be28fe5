"""Which small areas lie in which larger area, and to what share; and how well the two fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError, OptionError
from ..texts import listed

# Boundaries drawn at different detail never meet exactly: a smaller difference comes of the drawing alone.
TOLERANCE = 0.05
SHARE_DECIMALS = 6
_NAMES = ("region_name", "district_name", "area_name")


@dataclass(frozen=True)
class Pieces:
    """One row a pair of small and larger area: positions of both, and the share of the small area that lies there.

    ``share`` is above 0 and at most 1. A small area may have several rows (it is split, or the larger areas
    overlap) or none (it lies outside all of them).
    """

    small: Array
    area: Array
    share: Array

    def totals(self, count: int) -> Array:
        """Sum of the shares of each of ``count`` small areas: 1 = counted once, more = counted more than once."""
        return np.bincount(self.small, weights=self.share, minlength=count)


def named(areas: pd.DataFrame, names: Sequence[str], parameter: str, title: str) -> Array:
    """Which areas (indexed by code) the codes or names mean; OptionError, behind ``parameter``, for one unknown.

    A code goes before a name, and the name of a larger area before a smaller. Names hold commas (Bristol, City of):
    at those a text is parted only where it is no name as a whole.
    """

    def members(one: str) -> Array:
        codes = [areas[name] for name in areas if name not in (*_NAMES, "population")]
        for known in (areas.index, *codes, *(areas[name].str.casefold() for name in _NAMES)):
            if (found := np.asarray(known == (one.casefold() if known.name in _NAMES else one))).any():
                return found
        if "," in one:
            return named(areas, [part.strip() for part in one.split(",")], parameter, title)
        raise OptionError(
            f"{parameter}: '{one}' is no code or name of an area, a district or a region of {title}; give codes or "
            "whole names, separated by semicolons."
        )

    return np.asarray(np.logical_or.reduce([members(one) for one in names]))


def whole(small: Array, area: Array) -> Pieces:
    """Small areas that go to larger ones as they are, with a share of 1 (by centroid, or by a field)."""
    small, area = np.asarray(small, dtype=np.int64), np.asarray(area, dtype=np.int64)
    return Pieces(small, area, np.ones(small.shape))


def by_codes(codes: Sequence[object], count_of: pd.Index) -> Pieces:
    """Each small area to the larger area whose key it carries; a missing or unknown key leaves it outside.

    ``codes`` holds one key a small area; ``count_of`` the keys of the larger areas in their order.
    """
    position = count_of.get_indexer(pd.Index(codes, dtype=object))
    inside = np.flatnonzero(position >= 0)
    return whole(inside, position[inside])


def by_lookup(lookup: pd.DataFrame, codes: pd.Index, keys: pd.Index) -> Pieces:
    """Pairs of a lookup with columns ``small`` and ``area``, and ``share`` where it has one.

    Without shares a small area that is listed for two larger areas is an error, for it would count twice;
    rows of codes that are not in ``codes`` or ``keys`` are left out (the caller lists them). With shares,
    they must be above 0 and sum to 1 at most for each small area. Raises DataError naming the codes.
    """
    rows = lookup.drop_duplicates()
    small, area = codes.get_indexer(rows["small"]), keys.get_indexer(rows["area"])
    known = (small >= 0) & (area >= 0)
    share = rows["share"].to_numpy(dtype=float)[known] if "share" in rows else np.ones(int(known.sum()))
    pieces = Pieces(small[known].astype(np.int64), area[known].astype(np.int64), share)
    unfit = ~((share > 0) & (share <= 1))
    if unfit.any():
        raise DataError(f"The lookup's share is not above 0 and at most 1 for {listed(codes[pieces.small[unfit]])}.")
    over = np.flatnonzero(pieces.totals(len(codes)) > 1.0 + 1e-6)
    if over.size:
        what = "shares sum to more than 1" if "share" in rows else "more than one area is given"
        raise DataError(f"In the lookup {what} for {listed(codes[over])}; each may count once only.")
    return pieces


def by_amount(
    small: Array,
    area: Array,
    amount: Array,
    total: Array,
    *,
    extent: Optional[Array] = None,
    tolerance: float = TOLERANCE,
) -> Pieces:
    """Shares of ground or of postcodes: share = amount in both / total of the small area.

    ``amount`` goes with each pair, ``total`` with each small area. With ``extent``, the size of each larger
    area, slivers are dropped: pairs that are less than ``tolerance`` of the small and of the larger area.
    Shares that sum to within ``tolerance`` of 1 are scaled to 1, so that drawing loses and doubles no
    resident. Beyond it nothing is scaled: the rest lies outside, or the larger areas overlap. A small area
    without any amount has no pieces.
    """
    amount, total = np.asarray(amount, dtype=float), np.asarray(total, dtype=float)
    share = np.zeros(amount.shape)
    np.divide(amount, total[small], out=share, where=total[small] > 0)
    kept = share > 0
    if extent is not None:
        kept &= (share >= tolerance) | (amount >= tolerance * np.asarray(extent, dtype=float)[area])
    small, area, share = np.asarray(small)[kept], np.asarray(area)[kept], share[kept]
    sums = np.bincount(small, weights=share, minlength=total.size)
    scaled = (np.abs(sums - 1.0) <= tolerance)[small]
    share[scaled] /= sums[small][scaled]
    # What geometry libraries differ by in the last digits must not break ties between areas.
    return Pieces(small, area, np.minimum(np.round(share, SHARE_DECIMALS), 1.0))


def fit(
    pieces: Pieces, population: Array, count: int, *, inside: Optional[Array] = None, tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """How well small areas make up each of ``count`` larger ones.

    Columns: ``lsoas`` (small areas with any share), ``lsoas_split`` (of these, the ones that lie there only in
    part), ``population`` (sum of share x residents), ``population_split`` (part of that population, 0 to 1,
    in split small areas) and ``lsoas_shared`` (those that other larger areas count as well, so that residents
    are counted more than once). ``inside`` gives, for each piece, the true share where whole small areas were
    assigned; NaN = not measured, which makes the two columns on splitting NaN.
    """
    population = np.nan_to_num(np.asarray(population, dtype=float))
    true_share = pieces.share if inside is None else np.asarray(inside, dtype=float)
    people = population[pieces.small] * pieces.share

    def sums(weights: Array) -> Array:
        return np.bincount(pieces.area, weights=weights, minlength=count)

    split = (true_share < 1.0 - tolerance).astype(float)
    shared = pieces.totals(population.size)[pieces.small] > 1.0 + tolerance
    residents, members = sums(people), np.bincount(pieces.area, minlength=count)
    measured = sums(np.isnan(true_share)) == 0
    divided = np.full(count, np.nan)
    np.divide(sums(people * split), residents, out=divided, where=measured & (residents > 0))
    return pd.DataFrame(
        {
            "lsoas": members,
            "lsoas_split": np.where(measured, sums(split), np.nan),
            "lsoas_shared": sums(shared),
            "population": residents,
            "population_split": divided,
        }
    )
