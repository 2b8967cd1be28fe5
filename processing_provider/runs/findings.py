"""What is found out from a finished result: how sure its ranks are, why areas have them, clusters, and comparisons."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

import numpy as np
import pandas as pd

from ...core.editing import differences
from ...core.errors import DataError, NeedError
from ...core.findings import clusters as find
from ...core.findings import comparison, need_explained, ranks_in_doubt
from ...core.findings.certainty import surely_hot
from ...core.findings.ranks_in_doubt import ALL, COUNTS, METHODS, WEIGHTS, Doubt
from ...core.findings.saved import Saved
from ...core.findings.score_tree import column
from ...core.findings.selection import OVERALL
from ...core.pack import MANIFEST, Pack
from ...core.texts import listed
from ...core.words import counted
from ..geometry.neighbours import neighbours
from ..io.frames import need_shapes
from ..reports import explained_page, finding_pages
from ..style import certainty as certainty_style
from ..style.neighbourhoods import style_clusters, style_compared
from ..values import Values
from . import over_time

# What DOUBT stands for; the first of each is what the interval and the word go by.
KINDS: Mapping[str, Tuple[str, ...]] = {
    "counts": (COUNTS,),
    "weights": (WEIGHTS,),
    "each": (COUNTS, WEIGHTS),
    "all": (ALL, COUNTS, WEIGHTS),
}
NAMES = ("area_name", "district_code", "district_name")


def certainty(values: Values) -> Dict[str, str]:
    """How sure ranks are: the layer, what moves ranks, and a page; NeedError in words for what does not fit."""
    report, result = values.read_result()
    options = values.options()
    kinds = (*KINDS[options["DOUBT"]], *((METHODS,) if options["METHODS"] else ()))
    spread = np.inf if options["KNOW_NOTHING"] else options["SPREAD"]
    doubt = Doubt(kinds, options["DRAWS"], options["SEED"], spread, options["INDICATOR_WEIGHTS"])
    with values.pack() if values.given("PACK") else nullcontext() as pack:
        warnings = [] if pack is None else _other_pack(pack, result.log)
        found = ranks_in_doubt.ranks_in_doubt(result, result.log, doubt, pack, report.part(0.9))
    titles = {node.id: node.title for node in result.methodology.nodes}
    table = found.table(result.need, result.methodology)
    sentences = found.sentences(result.need, titles)
    values.record(*sentences)
    values.say(sentences, warnings=warnings)
    table = table.rename_axis("area_code")
    outputs: Dict[str, Any] = {"OUTPUT": table, "MOVES": found.moves.set_index("kind")}
    if values.given("REPORT"):
        outputs["REPORT"] = finding_pages.certainty_page(result, table, found.moves, sentences)
    shapes = need_shapes(result.path, table.index)
    return values.write_frames(outputs, report.part(0.1), shapes, certainty_style.styler(result.methodology))


def _other_pack(pack: Pack, log: Mapping[str, Any]) -> List[str]:
    used = log.get("pack", {}).get("files", {}).get(MANIFEST)
    if used is None or used == pack.digest(MANIFEST):
        return []
    return [f"PACK: {pack.name} is not the pack, or no longer the pack, from which the result was computed."]


def explain(values: Values) -> Dict[str, str]:
    """What every area's score is made of, what weighs, how needs combine, and a page; NeedError in words."""
    options = values.options()
    report, result = values.read_result()
    baseline, unit = options["BASELINE"], options["UNIT"]
    found = need_explained.contributions_from(result, baseline, unit)
    made: Dict[str, Union[pd.DataFrame, str]] = {"OUTPUT": need_explained.points_table(result, found, unit)}
    if values.given("WEIGHTS") or values.given("REPORT"):
        made["WEIGHTS"] = need_explained.weights_table(result)
    if values.given("COMBINED") or values.given("REPORT"):
        made["COMBINED"] = need_explained.combined_table(result)
    if values.given("REPORT"):
        area = values.text("AREA")
        code = need_explained.find_area(result.need, area) if area else need_explained.neediest(result.need)
        tables = (made["WEIGHTS"], made["COMBINED"], made["OUTPUT"])
        made["REPORT"] = explained_page.page_of(result, code, found, baseline, unit, tables)
    values.record(f"Contributions in points of {unit}, compared with: {baseline}.")
    return values.write_frames(made, report)


def clusters(values: Values) -> Dict[str, str]:
    """Gi*, local Moran and groups of hot spots of a result's areas; unranked areas have no figure."""
    options = values.options()
    report, result = values.read_result()
    need = result.need
    shapes, crs = need_shapes(result.path, need.index)
    report(0.2, "finding neighbours")
    first, second = neighbours(shapes, lambda share: report(0.2 + 0.5 * share), options["DISTANCE"])
    report(0.7, "testing clusters")
    composite, hotspot, people = (column(need, name) for name in ("composite", "hotspot", "population"))
    near = find.Neighbours.of_pairs(*np.hstack([[first, second], _bridges(values, need.index)]), len(need))
    control = {"rate": options["RATE"], "dependent": options["DEPENDENT"]}
    found = find.find_clusters(composite, hotspot, people, near, fine=_fine(values, result), **control)
    larger = find.share_in_larger(composite, people, near, find.larger_areas(need["area_name"]), found, **control)
    found.index = need.index
    whole = dict.fromkeys(("gi_sig", "gi_decile", "cluster_id", "neighbours"), "Int64")
    sure = None if result.certainty.empty else surely_hot(result.certainty)
    groups = find.describe_groups(found, need, [node.id for node in result.methodology.dimensions], sure)
    outputs = {
        "OUTPUT": pd.concat([need[[*NAMES, "need_rank", "hotspot"]], found.astype(whole)], axis=1),
        "GROUPS": groups.reset_index().set_index("name"),
    }
    values.say(_clusters_in_words(found, groups, options["RATE"]))
    if larger is not None:
        tested, hot, share = larger
        inside = "" if np.isnan(share) else f"; {share:.0%} of the significant areas lie in these"
        values.say([f"Gi* on MSOAs: {hot:,} of {tested:,}{inside}."])
    values.record(f"Contiguous groups of hot spots: {len(groups):,}. Significant at {options['RATE']:g}.")
    return values.write_frames(outputs, report, (shapes, crs), style_clusters)


def _fine(values: Values, result: Saved) -> Optional[np.ndarray]:
    """The composite of fine figures alone; where it cannot be told the log says why, and the clusters stand without."""
    try:
        return need_explained.fine_composite(result)
    except NeedError as error:
        values.say([f"gi_z_fine is empty: {error}"])
        return None


def _bridges(values: Values, areas: pd.Index) -> np.ndarray:
    """The positions of the areas that BRIDGES makes neighbours, two rows; DataError where one is no area."""
    table = values.optional_table("BRIDGES")
    if table is None:
        return np.empty((2, 0), dtype=np.int64)
    codes = np.array([table.keys(name) for name in ("from_code", "to_code")])
    places = np.array([areas.get_indexer(side) for side in codes])
    if (places < 0).any():
        side, row = np.argwhere(places < 0)[0]
        raise DataError(
            f"BRIDGES: {table.name} names {codes[side, row]} in row {row + 1}, which the result does not hold."
        )
    made = counted(len(codes[0]), "bridge or ferry makes", "bridges and ferries make")
    values.say([f"{made} neighbours of areas that do not touch."])
    return places


def _clusters_in_words(found: pd.DataFrame, groups: pd.DataFrame, rate: float) -> List[str]:
    alone = int((groups["lsoas"] == 1).sum())
    lines = [f"{len(groups):,} groups of hot spots that touch, {alone:,} of them of one area."]
    lines += [
        f"{number}: {row['name']} and {row['lsoas'] - 1:,} more, {row['residents']:,.0f} residents ({row['districts']})"
        for number, row in groups.head(10).iterrows()
    ]
    tested, lisa = int(found["gi_p"].notna().sum()), found["lisa"].value_counts()
    islands = list(found.index[found["neighbours"] == 0])
    if islands:
        lines.append(f"Without a neighbour, so not tested: {len(islands):,} ({listed(islands, 5)}).")
    quadrants = ", ".join(f"{lisa.get(kind, 0):,} {kind}" for kind in ("HH", "LL", "HL", "LH"))
    lines.append(f"Gi*: {int(found['gi_sig'].sum()):,} of {tested:,} areas tested, false-discovery rate {rate:g}.")
    return [*lines, f"Local Moran: {quadrants}."]


def ranks_beside(values: Values, areas: pd.Index, code: str = "CODE_FIELD", rank: str = "RANK_FIELD"):
    """The table OTHER, its codes and its ranks, by its fields' parameters; DataError if it has none of the areas."""
    other = values.table("OTHER")
    codes = other.distinct_keys(values.needed(code, "the field that holds the area's code"))
    if not codes.isin(areas).any():
        raise DataError(f"{other.name}: holds none of the result's areas, for example {codes[0]}; is {code} right?")
    return other, codes, other.numbers(values.needed(rank, "the field that holds the rank"))


def compare(values: Values) -> Dict[str, str]:
    """Two rankings of the same areas: what differs between them, agreement, changes, and the parts of each change."""
    report, result = values.read_result()
    need, share = result.need, values.option("SHARE")
    other, codes, ranks = ranks_beside(values, need.index)
    columns = {"rank": ranks}
    if other.holds("composite"):
        columns["composite"] = other.numbers("composite")
    # Areas of either: one that has gone, or has come, moves those below it.
    every = need.index.union(codes, sort=False).rename(need.index.name)
    first, placed = need.reindex(every), pd.DataFrame(columns, index=codes).reindex(every)
    ranks = column(first, f"{OVERALL}_rank"), column(placed, "rank")
    table, agreement = comparison.compare_ranks(*ranks, share=share)
    again = values.result_behind("OTHER")
    lines = _what_differs(result, again)
    lines += _agreement_in_words(agreement, len(codes.difference(need.index)), "composite" in placed)
    if "composite" in placed:
        split, said = _split(result, again, first, placed)
        frozen, more = _frozen(result, again, every, share)
        table, lines = pd.concat([table, split, frozen], axis=1), [*lines, *said, *more]
    table.index = every
    whole = dict.fromkeys((name for name in table if name != "hotspot_class"), "Int64")
    frame = pd.concat([need[list(NAMES)], table.loc[need.index].astype(whole)], axis=1)
    values.say(lines)
    values.record(f"Compared with {other.name}, ranked by {values.text('RANK_FIELD')}.", *lines)
    outputs = {"OUTPUT": frame, **over_time.outputs(values, result, again)}
    return values.write_frames(outputs, report, need_shapes(result.path, need.index), style_compared)


def _frozen(result: Saved, again: Optional[Saved], every: pd.Index, share: float) -> Tuple[pd.DataFrame, List[str]]:
    """The other's areas by the first run's ranks as fixed cut-offs, and what it comes to; nothing without stages."""
    if again is None or not (result.has_stages() and again.has_stages()):
        return pd.DataFrame(), []
    if set(again.tree.z) != set(result.tree.z):
        return pd.DataFrame(), ["The first's cut-offs are not held fixed: the two do not hold the same indicators."]
    first, second = ({name: column(one.shrunk, f"{name}_need") for name in result.tree.z} for one in (result, again))
    found = comparison.by_frozen_cut_offs(result.tree, first, second, share=share).set_axis(again.need.index)
    was, now = (result.need["hotspot"] == 1).sum(), (found["hotspot_frozen"] == 1).sum()
    line = f"By the first's cut-offs, held fixed, {now:,} areas of the other are hot spots; of the first {was:,} were."
    return found.reindex(every).reset_index(drop=True), [line]


def _what_differs(result: Saved, again: Optional[Saved]) -> List[str]:
    """What has to be known first: that the two were not made in the same way."""
    if again is None:
        return ["The other is no result of this plugin: it may measure something else, by another method."]
    lines = []
    if again.methodology.digest() != result.methodology.digest():
        found = "; ".join(one.text for one in differences(result.methodology, again.methodology))
        lines.append(f"The methods differ: {found or 'their names or sources alone'}.")
    before, after = (one.log.get("options", {}) for one in (result, again))
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return [*lines, *(f"The runs differ in {name}: {before.get(name)}, then {after.get(name)}." for name in changed)]


def _split(result: Saved, again: Optional[Saved], first: pd.DataFrame, placed: pd.DataFrame):
    """The parts of each change, and what they come to; the method's is told where both results hold their stages."""
    lines: List[str] = []
    same = None
    if again is not None and again.methodology.digest() != result.methodology.digest():
        if result.has_stages() and again.has_stages():
            constant = result.methodology.options("exponentialtransform")["CONSTANT"]
            divisor = str(result.log.get("options", {}).get("divisor", "ranked"))
            same = comparison.by_method_of(result.tree, again.tree, constant, divisor)
        if same is None:
            lines.append("What the method changes cannot be told apart: the two do not sum the same indicators.")
        else:
            same = column(pd.DataFrame({"same": same}, index=again.need.index).reindex(first.index), "same")
    sure = result.certainty.reindex(first.index)
    interval = None if result.certainty.empty else (column(sure, "rank_low"), column(sure, "rank_high"))
    composites = column(first, "composite"), column(placed, "composite")
    parts = comparison.split_change(*composites, method=same, interval=interval)
    sizes = ", ".join(f"{name} {parts[name].abs().mean():,.0f}" for name in ("own", "others", "by_method", "boundary"))
    lines.append(f"Mean size of each part of the change of rank: {sizes}.")
    if interval is not None:
        lines.append(f"{parts['within_noise'].mean():.0%} of the areas stay within what noise explains of their rank.")
    return parts, lines


def _agreement_in_words(found: comparison.Agreement, unknown: int, split: bool) -> List[str]:
    lines = []
    if found.first_only or found.second_only or unknown:
        lines.append(
            f"The two differ in their areas: {found.first_only:,} are ranked by the first alone, {found.second_only:,} "
            f"by the other alone, {unknown:,} of the other are not in the result. {found.areas:,} are compared."
        )
    if not split:
        lines.append("The other has no composite, so changes of rank are not split.")
    return [
        *lines,
        f"Spearman's correlation of the ranks {found.spearman:.3f}; mean change of rank {found.mean_shift:,.0f}.",
        f"Hot spots of both {found.hotspots_both:,}, of {found.hotspots_first:,} and {found.hotspots_second:,}; "
        f"Cohen's kappa {found.kappa:.3f}.",
    ]
