"""The whole index: one call from converted indicators to the result, with a log that gives it again."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd
import scipy

from . import catalogue, meaning, strict_json
from .arrays import Array
from .errors import DataError, OptionError, PackError
from .evidence import column_digests, frame_digest
from .indicators import REPORT_DISTRICT, Indicators, convert_pack
from .methodology import Methodology, load
from .pack import MANIFEST, Pack
from .pack_format import Entry
from .result import AREA_NAMES, Result, districts_frame, need_frame, quality_frame
from .steps import classify, combine, composite, quality, shrinkage, standardise
from .table import Added, Columns, Scope, indicator_columns
from .texts import Note, Progress, listed, no_progress

# 2: counts above their population, the divisor of ranks and what fills gaps are decided otherwise than in 1.
LOG_FORMAT = 2


@dataclass(frozen=True)
class Choices:
    """What the user decides for a run, as the options of ``computeindex`` do; ``left_out`` lists indicators or parts.

    OptionError for a choice that there is none of.
    """

    missing: str = "exclude"
    missing_indicators: str = "error"
    over: str = "gap"
    divisor: str = "ranked"
    low_coverage: str = "error"
    left_out: Sequence[str] = ()

    def __post_init__(self) -> None:
        step = catalogue.step("computeindex")
        for name in ("missing", "missing_indicators", "over", "divisor", "low_coverage"):
            step.option(name.upper()).check(getattr(self, name))

    def of(self, methodology: Methodology) -> Dict[str, Any]:
        """All choices by name, for the log; OptionError where what is left out is no indicator."""
        for name in self.left_out:
            if methodology.node(name).level not in ("composite", "indicator"):
                raise OptionError(f"left_out: '{name}' is no indicator; list its indicators instead.")
        return {**vars(self), "left_out": list(self.left_out)}


def run(
    methodology: Methodology,
    indicators: Indicators,
    *,
    log: Optional[Mapping[str, Any]] = None,
    progress: Progress = no_progress,
    **choices: Any,
) -> Result:
    """Steps 3 to 9 and the summaries: the index of every area.

    ``choices`` are those of ``Choices``. Raises OptionError for an unknown choice and DataError for what cannot be
    computed, naming the indicators. Never changes its arguments. Source: paper, steps 3-9.
    """
    chosen = Choices(**choices)
    options = chosen.of(methodology)
    absent = [name for name in indicators.absent if name not in chosen.left_out]
    if absent and chosen.missing_indicators == "error":
        titles = "; ".join(f"{name} ({methodology.node(name).title})" for name in absent)
        raise DataError(
            f"{len(absent)} indicators have no data: {titles}. Add them to the pack, or choose to leave them out."
        )
    notes = list(indicators.notes)
    for name in chosen.left_out:
        parent = methodology.node(str(methodology.node(name).parent))
        if parent.level == "composite":
            notes.append(Note("warning", parent.id, f"summed without its part {name}, as asked"))
    scope = Scope(methodology, entries=indicators.entries, left_out=tuple(chosen.left_out))
    road = follow(scope, indicators.table(), chosen, progress)
    frames = _frames(indicators, road)
    if indicators.whole is not None:
        progress(0.8, "Ranks among all areas")
        frames["need"], told = _among_all(frames["need"], indicators.whole, road, chosen)
        notes.append(Note("warning", "areas", told))
    whole_log = {
        "format": LOG_FORMAT,
        "methodology": methodology.dump(),
        "methodology_digest": methodology.digest(),
        "options": options,
        "versions": {
            "python": platform.python_version(),
            **{package.__name__: package.__version__ for package in (np, pd, scipy)},
        },
        **(log or {}),
        "weights": road.weights,
        "results": {name: column_digests(frame) for name, frame in frames.items()},
    }
    return Result(
        methodology,
        indicators.title,
        indicators.attribution,
        **frames,
        # The layers show what is there and what is not; counts that are too high were noted at their conversion.
        notes=tuple(dict.fromkeys(note for note in (*notes, *road.notes) if note.kind not in ("info", "absent"))),
        left_out=tuple(node.id for node in methodology.indicators if node.id not in road.methods),
        log=whole_log,
    )


@dataclass
class Road:
    """A table on its way through the steps, with their notes."""

    scope: Scope
    table: Columns
    notes: List[Note] = field(default_factory=list)
    weights: Dict[str, float] = field(default_factory=dict)
    filled: Dict[str, Array] = field(default_factory=dict)
    methods: Dict[str, str] = field(default_factory=dict)
    over: Dict[str, List[str]] = field(default_factory=dict)
    classes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def take(self, step: Callable[..., Added], **options: Any) -> Added:
        """One step: the columns that it adds go behind the table's."""
        added = step(self.table, self.scope, **options)
        self.table += added.columns
        self.notes += added.notes
        self.filled.update(added.filled)
        self.methods.update(added.methods)
        return added


def follow(scope: Scope, table: Columns, chosen: Choices, progress: Progress = no_progress) -> Road:
    """Steps 3 to 9 and the classes: the chain of the steps, as the algorithms of single steps take them."""
    road = Road(scope, table)
    progress(0.0, "Composite indicators")
    for note in road.take(composite.apply, over=chosen.over).notes:
        road.over.setdefault(note.subject, []).extend([note.text] if note.kind == "warning" else [])
    _leave_out_low(road, chosen.low_coverage)
    progress(0.1, "Shrinkage")
    fields = {"district": "areas.shrinkage_district", "region": "areas.region_code", "population": "areas.population"}
    road.take(shrinkage.apply, missing=chosen.missing, over=chosen.over, **fields)
    progress(0.3, "Normal scores")
    road.take(standardise.apply_direction)
    if chosen.missing == "exclude":
        road.notes += _unranked(road)
    road.take(standardise.apply_scores, missing=chosen.missing)
    progress(0.5, "Combining and transforming")
    parents = {scope.methodology.node(str(scope.methodology.node(name).parent)).level for name in road.methods}
    for level in sorted({*parents, "dimension"}, reverse=True):
        road.weights.update(road.take(combine.apply_sums, level=level, missing_indicators="leave_out").weights)
        road.take(standardise.apply_exponential, divisor=chosen.divisor)
    road.weights.update(road.take(combine.apply_dimensions, divisor=chosen.divisor).weights)
    progress(0.7, "Ranks and summaries")
    road.classes = road.take(classify.apply, district="areas.district_code").columns
    return road


def _unranked(road: Road) -> List[Note]:
    """How many areas and people the gaps leave without a rank; DataError if that is all of them."""
    weighs = road.scope.methodology.weighs
    gaps = {name: weighs(name) & np.isnan(road.table.numbers(f"{name}_need")) for name in road.methods}
    lost = quality.would_be_unranked(np.any(list(gaps.values()), axis=0), road.table.numbers("areas.population"))
    if lost.areas == lost.of_areas:
        held = sorted((int(np.count_nonzero(~where)), name) for name, where in gaps.items())
        fewest = ", ".join(f"{name} ({areas:,})" for areas, name in held[:3])
        raise DataError(
            f"No area has a value of every indicator, so none can be ranked. Fewest areas have: {fewest}. Leave out "
            "what is for a few areas only, or have gaps filled."
        )
    return [Note("gap", "areas", lost.sentence("are"))] if lost.areas else []


def _leave_out_low(road: Road, low_coverage: str) -> None:
    """Notes the indicators that cover too few areas, and leaves them out if asked; DataError without a choice.

    The limit is the methodology's MIN_AVAILABLE, of the areas of the universe. Source: docs/method.md#gaps.
    """
    methodology = road.scope.methodology
    limit = methodology.options("qualityassurance")["MIN_AVAILABLE"]
    values = {one.id: road.table.numbers(one.id) for one in road.scope.indicators() if road.table.holds(one.id)}
    low = {name: quality.covers(value) for name, value in values.items() if np.mean(~np.isnan(value)) < limit}
    if low and low_coverage == "error":
        titles = "; ".join(f"{name} ({methodology.node(name).title}) {words}" for name, words in low.items())
        raise DataError(
            f"Too few areas for a measure of all of them: {titles}; at least {limit:.0%} are needed. Leave it out "
            "(LEAVE_OUT, or LOW_COVERAGE=leave_out), or choose LOW_COVERAGE=keep to compute with it."
        )
    done = {"leave_out": "left out, as asked", "keep": "kept, as asked"}
    road.notes += [Note("warning", name, f"{words}: {done[low_coverage]}") for name, words in low.items()]
    if low_coverage == "leave_out":
        road.scope = replace(road.scope, left_out=(*road.scope.left_out, *low))
    if not set(values) - set(road.scope.left_out):
        raise DataError("No indicator has data, so there is nothing to compute.")


def _frames(indicators: Indicators, road: Road) -> Dict[str, pd.DataFrame]:
    """The layers of the result, by name: the columns of the road's table."""
    areas, methodology = indicators.areas, road.scope.methodology
    labels = {name: f"{name}_provenance" for name in road.filled}
    table = road.table + {
        labels[name]: np.where(where, "imputed", road.table.texts(labels[name])) for name, where in road.filled.items()
    }
    sums = [node.id for node in (*methodology.sub_dimensions, *methodology.dimensions)]

    need = need_frame(areas, table, road.classes)

    def layer(names: Iterable[str], *endings: str) -> pd.DataFrame:
        return table.frame([f"{name}{ending}" for name, ending in product(names, endings)], areas.index)

    return {
        "need": need,
        "districts": districts_frame(methodology, areas, need),
        "indicators": layer(road.methods, "_num", "_den", "", "_se", "_provenance"),
        "shrunk": layer(road.methods, "_shrunk").join(layer(road.methods, "_need")),
        "normal_scores": layer(road.methods, "_z"),
        "sub_dimensions": layer(sums, "_sum").join(layer(sums, "_exp")),
        "quality": quality_frame(
            road.scope,
            indicators,
            table,
            {**{name: column.over for name, column in indicators.columns.items()}, **road.over},
            road.methods,
            road.weights,
        ),
    }


def _among_all(need: pd.DataFrame, whole: Indicators, road: Road, chosen: Choices) -> Tuple[pd.DataFrame, str]:
    """The layer with rank and hot spot in an index of all areas, ``need_rank_all`` and ``hotspot_all``; words on it.

    The same method and choices; but what covers too few of all areas is left out, as is named. Where none of them can
    be ranked, both are NaN and the reason is said.
    """
    scope = replace(road.scope, left_out=chosen.left_out)
    country = catalogue.ENGLAND_LSOAS if whole.areas.index.str.startswith("E01").all() else len(whole.areas)
    part = f", a part of England's {country:,}" if len(whole.areas) < country else ""
    told = (
        f"the rank among all {len(whole.areas):,} areas of the pack{part}, is need_rank_all, their hot spot hotspot_all"
    )
    ranks = pd.DataFrame(np.nan, index=need.index, columns=["need_rank", "hotspot"])
    try:
        everywhere = follow(scope, whole.table(), replace(chosen, low_coverage="leave_out"))
        ranks = everywhere.classes.set_index(whole.areas.index).reindex(need.index)
        for words, names in (
            ("without", road.methods.keys() - everywhere.methods.keys()),
            ("with", everywhere.methods.keys() - road.methods.keys()),
        ):
            told += f"; {words} {listed(sorted(names))}" if names else ""
    except DataError as error:
        told = f"there is no rank among all {len(whole.areas):,} areas of the pack{part}: {error}"
    for name in ("need_rank", "hotspot"):
        need.insert(need.columns.get_loc("population"), f"{name}_all", ranks[name])
    return classify.whole_numbers(need), told


def of_table(methodology: Methodology, frame: pd.DataFrame, weights: Mapping[str, float], title: str) -> Result:
    """The result in a table to which all steps have added their columns, as the model of all steps writes it.

    ``frame`` is indexed by area_code; ``weights`` are those that its sums were made with. Classes are worked out again
    from the scores. What no column says stays NaN or empty: totals before conversion, sources, dates, notes. DataError
    names a column that is not there.
    """
    frame = frame.sort_index()
    table = Columns(frame.reset_index(), title)
    told = meaning.add_to_scope(Scope(methodology), table)
    nodes = [node for node in methodology.nodes if node.level in ("composite", "indicator")]
    read = told.read(table, nodes)
    table += indicator_columns(read)
    parts = {name: [child.id for child in methodology.children(name) if child.id in read] for name in read}
    own = {name: column for name, column in read.items() if name in told.entries or not parts[name]}
    entries = {**{name: Entry(name, "", "", "") for name in own}, **told.entries}
    scope = replace(told, entries=entries, left_out=[one.id for one in nodes if one.id not in read])
    used = [node for node in scope.indicators() if table.holds(f"{node.id}_z")]
    methods = {node.id: shrinkage.method_of(node, entries.get(node.id), read[node.id]) for node in used}
    gaps = {name: np.isnan(read[name].value) & ~np.isnan(table.numbers(f"{name}_z")) for name in methods}
    classes = classify.apply(table, scope).columns
    road = Road(scope, table, weights=dict(weights), filled=gaps, methods=methods, classes=classes)
    areas = pd.DataFrame({name: table.texts(name) for name in AREA_NAMES}, index=frame.index)
    areas["population"] = table.numbers("population")
    absent = tuple(node.id for node in methodology.indicators if node.id not in methods)
    frames = _frames(Indicators(title, (), areas, own, entries, absent, ()), road)
    unsaid = [name for name in methods if not {name, *parts[name]} & set(told.entries)]
    frames["quality"].loc[unsaid, "status"] = ""
    log = {"methodology": methodology.dump(), "methodology_digest": methodology.digest(), "weights": road.weights}
    return Result(methodology, title, (), **frames, notes=(), left_out=absent, log=log)


def pairs_digest(pairs: Optional[pd.DataFrame]) -> Optional[str]:
    """The digest of an overlap table; None where there is none."""
    return None if pairs is None else frame_digest(pairs)


def run_pack(
    methodology: Methodology,
    pack: Pack,
    pairs: Optional[pd.DataFrame],
    *,
    report_by: str = REPORT_DISTRICT,
    shrink_by: str = REPORT_DISTRICT,
    universe: Sequence[str] = (),
    progress: Progress = no_progress,
    **choices: Any,
) -> Tuple[Indicators, Result]:
    """Convert a pack and compute its index by ``Choices``; the log holds what ``replay`` needs to do so again.

    ``universe``: codes or names of the areas, districts or regions that are ranked, among themselves; empty for all.
    """
    indicators = convert_pack(
        pack,
        methodology,
        pairs,
        report_by=report_by,
        shrink_by=shrink_by,
        over=Choices(**choices).over,
        progress=lambda fraction, text: progress(0.7 * fraction, text),
    ).within(universe)
    # All files decide the figures, given the overlap, but boundaries and postcodes.
    apart = {place.get("file") for place in (*pack.spec["boundaries"].values(), pack.spec.get("postcodes", {}))}
    log = {
        "pack": {
            "title": pack.title,
            "licence": pack.spec.get("licence", ""),
            "attribution": list(pack.attribution),
            "files": {file: pack.digest(file) for file in (MANIFEST, *pack.files()) if file not in apart},
        },
        "overlap": pairs_digest(pairs),
        "districts": {"report_by": report_by, "shrink_by": shrink_by},
        **({"universe": list(universe)} if universe else {}),
    }
    result = run(
        methodology,
        indicators,
        log=log,
        progress=lambda fraction, text: progress(0.7 + 0.3 * fraction, text),
        **choices,
    )
    return indicators, result


def read_log(log: Union[Mapping[str, Any], str, Path]) -> Mapping[str, Any]:
    """The log itself, or read from its file."""
    name = "The log"
    if not isinstance(log, Mapping):
        name, place = str(log), Path(log)
        try:
            log = strict_json.parsed(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{name}: cannot be read as a log ({error}).") from error
    if not isinstance(log, Mapping) or log.get("format") != LOG_FORMAT or "pack" not in log:
        raise DataError(f"{name}: not the log of a run from a data pack that this version can compute again.")
    return log


def replay(
    log: Union[Mapping[str, Any], str, Path],
    pack: Pack,
    pairs: Optional[pd.DataFrame] = None,
    progress: Progress = no_progress,
) -> Result:
    """Compute a logged run again, from its log, the pack and the overlap table, to equal frames.

    Raises DataError for what is no log of a run from a pack, and PackError if a file of the pack, or the
    overlap, is not the one that was used.
    """
    log = read_log(log)
    for file, digest in log["pack"]["files"].items():
        if pack.digest(file) != digest:
            raise PackError(f"{file}: changed since the run that the log describes; the result would not be the same.")
    if pairs_digest(pairs) != log["overlap"]:
        raise PackError("The overlap table is not the one that the log describes; the result would not be the same.")
    choices = {"universe": log.get("universe", ()), **log["options"], **log["districts"]}
    return run_pack(load(log["methodology"]), pack, pairs, progress=progress, **choices)[1]
