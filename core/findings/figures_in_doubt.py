"""Of which figures of a finished run the doubt is known, and how large it is; all others are held exact, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import pandas as pd

from ..arrays import Array
from ..errors import DataError
from ..pack import Pack
from ..rates import bound_counts
from ..steps.shrinkage import Counts
from .combined_needs import AUTHORITIES, COARSE
from .posterior import Posterior, posterior
from .saved import Saved
from .score_tree import ScoreTree, column


@dataclass(frozen=True)
class FiguresInDoubt:
    """Posteriors by indicator, in the tree's order of areas; ``held``: why each of the others is held exact."""

    posteriors: Mapping[str, Posterior]
    held: Mapping[str, str]

    def sentence(self, titles: Mapping[str, str]) -> str:
        """'Doubt from 8 of 30 indicators. Held exact: ...', by titles."""
        total = len(self.posteriors) + len(self.held)
        reasons: Dict[str, List[str]] = {}
        for name, reason in self.held.items():
            reasons.setdefault(reason, []).append(titles.get(name, name))
        held = "; ".join(f"{reason}: {', '.join(names)}" for reason, names in reasons.items())
        return f"Doubt from {len(self.posteriors)} of {total} indicators." + (f" Held exact ({held})." if held else "")


def figures_in_doubt(
    saved: Saved, tree: ScoreTree, log: Mapping[str, Any], pack: Optional[Pack] = None
) -> FiguresInDoubt:
    """What is known of each indicator of a result that was shrunk by counts or errors, or comes with errors.

    ``pack``: the data pack of the run; it says which areas share one figure of an MSOA or authority, and which survey's
    variance is multiplied by a design effect. Without it such figures are held exact. DataError where the districts
    towards which the run has shrunk cannot be told.
    """
    wider = (numbered(saved.need["region_code"]), np.zeros(len(tree.codes), dtype=int))
    levels = (shrinkage_districts(saved, log, pack), *wider)
    over = log.get("options", {}).get("over", "gap")
    groups: Dict[str, Array] = {}
    found: Dict[str, Posterior] = {}
    held: Dict[str, str] = {}
    for name in tree.z:
        counts, reason = _counts(saved, name, over, 1.0 if pack is None else _design_effect(saved, pack, name))
        geography = str(saved.quality.loc[name].get("geography"))
        coarse = next((one for one in COARSE if one in geography), None)
        if counts is not None and coarse is not None:
            if pack is None:
                reason = "figures of MSOAs or authorities, of which the pack (PACK) says who shares them"
            elif coarse not in groups:
                groups[coarse] = _source_groups(pack, coarse, tree.codes)
        if reason or counts is None:
            held[name] = reason
            continue
        shrunk = column(saved.shrunk, f"{name}_shrunk")
        sign = saved.direction(name)
        shrinks = str(saved.quality.loc[name].get("shrinkage")) != "none"
        source = groups.get(coarse or "")
        one = posterior(counts, shrunk, levels, direction=sign, source=source, shrinks=shrinks)
        found[name] = _with_middles(one, tree.z[name])
    return FiguresInDoubt(found, held)


def shrinkage_districts(saved: Saved, log: Mapping[str, Any], pack: Optional[Pack]) -> Array:
    """Numbers from 0 of the districts towards which the run has shrunk."""
    districts = log.get("districts", {})
    by = districts.get("shrink_by")
    codes = saved.need["district_code"]
    if by is not None and by != districts.get("report_by"):
        if pack is None:
            raise DataError(f"The result was shrunk towards {by}, which it does not hold; give the data pack (PACK).")
        codes = pack.lookup("LSOA21", [by])[by].reindex(saved.need.index)
    return numbered(codes)


def numbered(codes: pd.Series) -> Array:
    """Numbers from 0 of the codes, in their order."""
    return np.unique(codes.to_numpy(dtype=object).astype(str), return_inverse=True)[1]


def _counts(saved: Saved, name: str, over: str, effect: float) -> Tuple[Optional[Counts], str]:
    """The figures as shrinkage took them, or why there is no doubt to be known."""
    method = str(saved.quality.loc[name].get("shrinkage"))
    frame = saved.indicators
    if method in ("logit", "rate") and f"{name}_den" in frame:
        top, bottom = (column(frame, f"{name}_{side}") for side in ("num", "den"))
        top = bound_counts(top, bottom, over).numerator if method == "logit" else top
        return Counts(method, top, bottom, design_effect=effect), ""
    if f"{name}_se" in frame:
        people = column(saved.need, "population")
        errors = column(frame, f"{name}_se")
        return Counts("mean", column(frame, name), None, errors, people, design_effect=effect), ""
    geography = str(saved.quality.loc[name].get("geography"))
    what = "figures of authorities" if any(one in geography for one in AUTHORITIES) else "no error is published"
    return None, what


def _design_effect(saved: Saved, pack: Pack, name: str) -> float:
    """That of the indicator's entry; of a composite, the largest of its parts'."""
    names = (name, *(node.id for node in saved.methodology.children(name)))
    return max((pack.entries[one].design_effect for one in names if one in pack.entries), default=1.0)


def _with_middles(one: Posterior, z: Array) -> Posterior:
    """An area that the run has put in the middle (median) may lie anywhere: as all areas together do."""
    unknown = np.isnan(one.mean) & ~np.isnan(z)
    if not unknown.any():
        return one
    mean = np.where(unknown, np.nanmean(one.mean), one.mean)
    variance = np.where(unknown, np.nanvar(one.mean), one.variance)
    return Posterior(mean, variance, one.direction, one.source, unknown)


def _source_groups(pack: Pack, geography: str, codes: pd.Index) -> Array:
    """For each area, numbers from 0 of the MSOA or authority from which most of it takes its figures, by lookups."""
    if geography != "MSOA11":
        parent = pack.lookup("LSOA21", [geography])[geography]
    else:
        # Of each LSOA, the MSOA of most of the Output Areas from which it was made.
        areas = pack.lookup("OA11", ["LSOA11", "MSOA11"])[["LSOA11", "MSOA11"]]
        pairs = areas.merge(pack.exact_fit(), left_on="LSOA11", right_on="source")
        sizes = pairs.groupby(["target", "MSOA11"], as_index=False).size()
        sizes = sizes.sort_values(["target", "size", "MSOA11"], ascending=[True, False, True], kind="stable")
        parent = sizes.drop_duplicates("target").set_index("target")["MSOA11"]
    # An area that no lookup names stands alone.
    own = pd.Series(codes, index=codes)
    return np.unique(parent.reindex(codes).fillna(own).to_numpy(dtype=str), return_inverse=True)[1]
