"""Step 2 as a whole: every indicator described, flagged in words, compared before and after, and with the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from .arrays import Array
from .methodology import Methodology
from .pack import Pack
from .pack_format import Counts, Entry
from .rates import ratio
from .steps import quality
from .steps.standardise import normal_scores, orient

FINE, LOOK, NO_DATA = "fine", "look", "no data"
PUBLISHED, CONVERTED, SHRUNK = "as published", "by area", "shrunk"
_STAGE_FACTS = ("areas", "missing", "zeros", "minimum", "median", "mean", "maximum", "skewness")
_COUNTS = ("areas", "missing", "zeros", "unique", "outliers")


@dataclass(frozen=True)
class Published:
    """Figures of one indicator as the pack has them, and the total of its count where it is one."""

    values: Array
    geography: str
    total: float = np.nan


@dataclass(frozen=True)
class Figures:
    """Indicators by area: ``values`` has a column an indicator, its index the areas' codes, NaN for gaps.

    ``provenance``: how each value came to its area; ``totals``: sums of counts; ``shrunk``: the values after shrinkage.
    """

    values: pd.DataFrame
    provenance: Mapping[str, Array] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    shrunk: Optional[pd.DataFrame] = None


@dataclass(frozen=True)
class Assessment:
    """What step 2 tells.

    ``table``: a row an indicator; ``stages``: indexed by (indicator, stage), how each was distributed before and
    after conversion and shrinkage; ``matrix``: correlations of normal scores, high = need; ``gaps``: areas that
    lack a value, with the indicators they lack.
    """

    table: pd.DataFrame
    stages: pd.DataFrame
    matrix: pd.DataFrame
    gaps: pd.Series


def assess(
    figures: Figures,
    *,
    methodology: Optional[Methodology] = None,
    published: Optional[Mapping[str, Published]] = None,
    directions: Optional[Mapping[str, str]] = None,
    options: Optional[Mapping[str, Any]] = None,
) -> Assessment:
    """Assess indicators by area.

    ``methodology`` gives titles, dimensions and directions (``directions`` go before), ``published`` the figures
    before conversion. A flag warns, it never drops an indicator. Source: paper, step 2.
    """
    values = figures.values
    known = {node.id: node for node in methodology.nodes} if methodology else {}
    dimensions = {name: methodology.dimension_of(name).id if methodology and name in known else "" for name in values}
    turned = {name: known[name].direction for name in values if name in known}
    turned = {**dict.fromkeys(values, "need"), **turned, **(directions or {})}
    need = np.column_stack([orient(values[name].to_numpy(dtype=float), turned[name]) for name in values])
    z = pd.DataFrame(normal_scores(need), index=values.index, columns=values.columns)
    parents = {name: (str(known[name].parent), dimensions[name]) for name in values if name in known}
    # The plain sum of the normal scores of each dimension; NaN where an area lacks one.
    parts = {name: z[[one for one in z if dimensions[one] == name]] for name in set(dimensions.values())}
    sums = {name: part.sum(axis=1, skipna=False).to_numpy() for name, part in parts.items()}
    correlations = quality.correlations(z, dimensions, sums).join(quality.consistency(z, parents, {}))
    published, rows = published or {}, {}
    for name in values:
        labels, source = figures.provenance.get(name), published.get(name)
        shares = quality.provenance_shares(np.array([], dtype=object) if labels is None else labels)
        facts = quality.describe(values[name].to_numpy(dtype=float))
        flags = quality.flags(facts, spread=shares["spread"] > 0.5, options=options)
        rows[name] = {
            "title": known[name].title if name in known else name,
            "dimension": dimensions[name],
            "check": NO_DATA if not facts["areas"] else LOOK if flags else FINE,
            "flags": flags,
            **facts,
            **(shares if labels is not None else dict.fromkeys(shares, np.nan)),
            "published_at": "" if source is None else source.geography,
            "sum_in": np.nan if source is None else source.total,
            "sum_out": figures.totals.get(name, np.nan),
            **correlations.loc[name],
        }
    table = pd.DataFrame.from_dict(rows, orient="index").astype(dict.fromkeys(_COUNTS, "Int64"))
    table.index.name = "indicator"
    missing = values.isna()[values.isna().any(axis=1)]
    lacking = {code: ", ".join(values.columns[row.to_numpy()]) for code, row in missing.iterrows()}
    gaps = pd.Series(lacking, dtype=object)
    return Assessment(table, _stages(values, published, figures.shrunk), z.corr(), gaps)


def _stages(values: pd.DataFrame, published: Mapping[str, Published], shrunk: Optional[pd.DataFrame]) -> pd.DataFrame:
    rows: Dict[Tuple[str, str], Dict[str, float]] = {}
    for name in values:
        stages = {PUBLISHED: published[name].values} if name in published else {}
        stages[CONVERTED] = values[name].to_numpy(dtype=float)
        if shrunk is not None and name in shrunk:
            stages[SHRUNK] = shrunk[name].to_numpy(dtype=float)
        for stage, figures in stages.items():
            facts = quality.describe(figures)
            rows[name, stage] = {fact: facts[fact] for fact in _STAGE_FACTS}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["indicator", "stage"])


def published_figures(pack: Pack, names: Sequence[str]) -> Dict[str, Published]:
    """The figures of a pack's entries before any conversion: values, or ratios of counts of one table.

    Entries whose numerator and denominator are of different areas, and changes, have no figure of their own yet;
    they are left out. PackError where a table cannot be read.
    """
    figures = {name: _figures(pack, pack.entries[name]) for name in names if name in pack.entries}
    return {name: one for name, one in figures.items() if one is not None}


def _figures(pack: Pack, entry: Entry) -> Optional[Published]:
    if entry.value is not None:
        values = pack.table(entry.file, entry.code, numbers=[entry.value])[entry.value]
        return Published(values.to_numpy(dtype=float), entry.geography)
    if entry.numerator is None or entry.denominator is None:
        return None
    numerator = _sum(pack, entry.numerator)
    total = float(numerator.sum())
    if (entry.numerator.file, entry.numerator.code) != (entry.denominator.file, entry.denominator.code):
        return Published(np.array([], dtype=float), entry.geography, total)
    denominator = _sum(pack, entry.denominator)
    return Published(ratio(numerator.to_numpy(dtype=float), denominator.to_numpy(dtype=float)), entry.geography, total)


def _sum(pack: Pack, counts: Counts) -> pd.Series:
    return pack.table(counts.file, counts.code, numbers=counts.columns).sum(axis=1, skipna=False)
