"""The whole index: one call from converted indicators to the result, with a log that gives it again."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
import pandas as pd
import scipy

from . import catalogue, stages
from .errors import DataError, OptionError, PackError
from .indicators import REPORT_DISTRICT, Indicators, Note, Progress, convert_pack, no_progress
from .methodology import Methodology, load
from .pack import MANIFEST, Pack
from .results import Result, districts_frame, indicators_frame, need_frame, quality_frame
from .steps import quality
from .steps.convert import Converted, listed
from .steps.standardise import normal_scores

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
    _check_absent(methodology, indicators, chosen.missing_indicators, chosen.left_out)
    notes: List[Note] = [*indicators.notes, *_parts_left_out(methodology, chosen.left_out)]
    low = _check_coverage(methodology, indicators, chosen.left_out, chosen.low_coverage, notes)
    chosen = replace(chosen, left_out=[*chosen.left_out, *low])
    done = _compute(methodology, indicators, chosen, notes, progress)
    progress(0.7, "Ranks and summaries")
    notes += _gaps(done, indicators)
    frames = _frames(methodology, indicators, done)
    absent = tuple(node.id for node in methodology.indicators if node.id not in done.gathered)
    whole_log = {**_log(methodology, options), **(log or {}), "weights": dict(done.scores.weights)}
    whole_log["results"] = {name: frame_digest(frame) for name, frame in frames.items()}
    return Result(
        methodology,
        indicators.title,
        indicators.attribution,
        **frames,
        notes=tuple(notes),
        left_out=absent,
        log=whole_log,
    )


@dataclass(frozen=True)
class _Stages:
    """Every stage of steps 3 to 9; arrays are areas x indicators in the order of ``gathered``."""

    gathered: Mapping[str, Converted]
    shrinkage: stages.Shrinkage
    values: Mapping[str, np.ndarray]
    filled: Mapping[str, np.ndarray]
    need: np.ndarray
    z: np.ndarray
    scores: stages.Scores


def _compute(
    methodology: Methodology, indicators: Indicators, chosen: Choices, notes: List[Note], progress: Progress
) -> _Stages:
    """Steps 3 to 9; gaps are filled after shrinkage (district) or among the normal scores (median), or not at all."""
    progress(0.0, "Composite indicators")
    gathered = stages.gather(methodology, indicators, chosen.left_out, chosen.over)
    # What is said of an indicator's own counts was said when they were converted.
    made = [name for name in gathered if name not in indicators.columns]
    notes += [Note("warning", name, text) for name in made for text in gathered[name].over]
    progress(0.1, "Shrinkage")
    shrinkage = stages.shrink(methodology, indicators, gathered, notes, chosen.over)
    values = {name: terms.values for name, terms in shrinkage.terms.items()}
    gaps = np.column_stack([np.isnan(column) for column in values.values()])
    filled: Dict[str, np.ndarray] = {}
    if chosen.missing == "district":
        values, filled = stages.impute_from_district(indicators, gathered, shrinkage, notes)
    progress(0.3, "Normal scores")
    need = stages.oriented(methodology, indicators.entries, values)
    z = normal_scores(need)
    if chosen.missing == "median":
        filled = dict(zip(gathered, gaps.T))
        z = np.nan_to_num(z)
    if chosen.missing == "exclude":
        notes += _unranked(gathered, gaps, indicators)
    for name, where in filled.items():
        labels = np.where(where, "imputed", gathered[name].provenance)
        gathered[name] = replace(gathered[name], provenance=labels)
    progress(0.5, "Combining and transforming")
    scores = stages.score(methodology, list(gathered), z, chosen.divisor)
    return _Stages(gathered, shrinkage, values, filled, need, z, scores)


def _unranked(gathered: Mapping[str, Converted], gaps: np.ndarray, indicators: Indicators) -> List[Note]:
    """How many areas and people the gaps leave without a rank; DataError if that is all of them."""
    lost = quality.would_be_unranked(gaps.any(axis=1), indicators.areas["population"].to_numpy(dtype=float))
    if lost.areas == lost.of_areas:
        held = (~gaps).sum(axis=0)
        fewest = ", ".join(f"{name} ({areas:,})" for areas, name in sorted(zip(held.tolist(), gathered))[:3])
        raise DataError(
            f"No area has a value of every indicator, so none can be ranked. Fewest areas have: {fewest}. Leave out "
            "what is for a few areas only, or have gaps filled."
        )
    return [Note("gap", "areas", lost.sentence())] if lost.areas else []


def _check_absent(
    methodology: Methodology, indicators: Indicators, missing_indicators: str, left_out: Sequence[str]
) -> None:
    absent = [name for name in indicators.absent if name not in left_out]
    if absent and missing_indicators == "error":
        titles = "; ".join(f"{name} ({methodology.node(name).title})" for name in absent)
        raise DataError(
            f"{len(absent)} indicators have no data: {titles}. Add them to the pack, or choose to leave them out."
        )


def _check_coverage(
    methodology: Methodology, indicators: Indicators, left_out: Sequence[str], low_coverage: str, notes: List[Note]
) -> Tuple[str, ...]:
    """The indicators to leave out for covering too few areas; DataError where the user has not said what to do.

    The limit is the methodology's MIN_AVAILABLE, of the areas of the universe. Source: docs/method.md#gaps.
    """
    limit = methodology.options("qualityassurance")["MIN_AVAILABLE"]
    low = {
        name: quality.covers(column.value)
        for name, column in stages.gather(methodology, indicators, left_out).items()
        if np.mean(~np.isnan(column.value)) < limit
    }
    if low and low_coverage == "error":
        titles = "; ".join(f"{name} ({methodology.node(name).title}) {words}" for name, words in low.items())
        raise DataError(
            f"Too few areas for a measure of all of them: {titles}; at least {limit:.0%} are needed. Leave it out "
            "(LEAVE_OUT, or LOW_COVERAGE=leave_out), or choose LOW_COVERAGE=keep to compute with it."
        )
    fate = {"leave_out": "left out, as asked", "keep": "kept, as asked"}
    notes += [Note("warning", name, f"{words}: {fate[low_coverage]}") for name, words in low.items()]
    return tuple(low) if low_coverage == "leave_out" else ()


def _parts_left_out(methodology: Methodology, left_out: Sequence[str]) -> List[Note]:
    """One note for each part that a composite is summed without."""
    notes = []
    for name in left_out:
        parent = methodology.node(str(methodology.node(name).parent))
        if parent.level == "composite":
            notes.append(Note("warning", parent.id, f"summed without its part {name}, as asked"))
    return notes


def _gaps(done: _Stages, indicators: Indicators) -> List[Note]:
    """One note an indicator with areas without a value, saying how many and what was done."""
    notes = []
    for place, name in enumerate(done.gathered):
        gaps = done.filled.get(name, np.isnan(done.need[:, place]))
        if gaps.any():
            fate = "filled" if name in done.filled else "left without a score"
            text = f"{int(gaps.sum()):,} areas have no value and are {fate}: {listed(indicators.areas.index[gaps])}"
            notes.append(Note("gap", name, text))
    return notes


def _frames(methodology: Methodology, indicators: Indicators, done: _Stages) -> Dict[str, pd.DataFrame]:
    """The layers of the result, by name."""
    areas, names = indicators.areas, list(done.gathered)
    z = pd.DataFrame(done.z, index=areas.index, columns=names)
    imputed = np.sum(list(done.filled.values()), axis=0) if done.filled else np.zeros(len(areas))
    need = need_frame(methodology, areas, done.scores, np.asarray(imputed), dict(zip(names, done.z.T)))
    shrunk = {f"{name}_shrunk": done.values[name] for name in names}
    shrunk.update({f"{name}_need": done.need[:, place] for place, name in enumerate(names)})
    combined = {f"{name}_sum": sums for name, sums in done.scores.sums.items()}
    combined.update({f"{name}_exp": column for name, column in done.scores.transformed.items()})
    return {
        "need": need,
        "districts": districts_frame(methodology, areas, need),
        "indicators": indicators_frame(areas, done.gathered),
        "shrunk": pd.DataFrame(shrunk, index=areas.index),
        "normal_scores": z.rename(columns="{}_z".format),
        "sub_dimensions": pd.DataFrame(combined, index=areas.index),
        "quality": quality_frame(methodology, indicators, done.gathered, z, done.scores, done.shrinkage),
    }


def _log(methodology: Methodology, options: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        "format": LOG_FORMAT,
        "methodology": methodology.dump(),
        "methodology_digest": methodology.digest(),
        "options": dict(options),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "scipy": scipy.__version__,
        },
    }


def frame_digest(frame: pd.DataFrame) -> str:
    """SHA-256 over index, column names and values of a frame; equal frames have equal digests."""
    total = hashlib.sha256(repr((list(frame.columns), frame.index.name)).encode("utf-8"))
    for column in [frame.index.to_series(), *(frame[name] for name in frame)]:
        if not pd.api.types.is_numeric_dtype(column.dtype):
            total.update("\x1f".join(map(str, column.where(column.notna(), "").tolist())).encode("utf-8"))
        else:
            # Adding zero makes one zero of the two that floating point has.
            total.update((column.to_numpy(dtype=float, na_value=np.nan) + 0.0).tobytes())
    return total.hexdigest()


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
    progress: Progress = no_progress,
    **choices: Any,
) -> Tuple[Indicators, Result]:
    """Convert a pack and compute its index by ``Choices``; the log holds what ``replay`` needs to do so again."""
    indicators = convert_pack(
        pack,
        methodology,
        pairs,
        report_by=report_by,
        shrink_by=shrink_by,
        over=Choices(**choices).over,
        progress=lambda fraction, text: progress(0.7 * fraction, text),
    )
    log = {
        "pack": {
            "title": pack.title,
            "licence": pack.spec.get("licence", ""),
            "attribution": list(pack.attribution),
            "files": {file: pack.digest(file) for file in _files_used(pack)},
        },
        "overlap": pairs_digest(pairs),
        "districts": {"report_by": report_by, "shrink_by": shrink_by},
    }
    result = run(
        methodology,
        indicators,
        log=log,
        progress=lambda fraction, text: progress(0.7 + 0.3 * fraction, text),
        **choices,
    )
    return indicators, result


def _files_used(pack: Pack) -> Tuple[str, ...]:
    """The files whose content decides the figures, given the overlap: all but boundaries and postcodes."""
    apart = {place["file"] for place in pack.spec["boundaries"].values()}
    apart.add(pack.spec.get("postcodes", {}).get("file"))
    return (MANIFEST, *(file for file in pack.files() if file not in apart))


def _read_log(log: Union[Mapping[str, Any], str, Path]) -> Mapping[str, Any]:
    """The log itself, or read from its file."""
    name = "The log"
    if not isinstance(log, Mapping):
        name, place = str(log), Path(log)
        try:
            log = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{name}: cannot be read as a log ({error}).") from error
    if not isinstance(log, Mapping) or log.get("format") != LOG_FORMAT or "pack" not in log:
        raise DataError(f"{name}: not the log of a run from a data pack that this version can compute again.")
    return log


def replay(log: Union[Mapping[str, Any], str, Path], pack: Pack, pairs: Optional[pd.DataFrame] = None) -> Result:
    """Compute a logged run again, from its log, the pack and the overlap table, to equal frames.

    Raises DataError for what is no log of a run from a pack, and PackError if a file of the pack, or the
    overlap, is not the one that was used.
    """
    log = _read_log(log)
    for file, digest in log["pack"]["files"].items():
        if pack.digest(file) != digest:
            raise PackError(f"{file}: changed since the run that the log describes; the result would not be the same.")
    if pairs_digest(pairs) != log["overlap"]:
        raise PackError("The overlap table is not the one that the log describes; the result would not be the same.")
    return run_pack(load(log["methodology"]), pack, pairs, **log["options"], **log["districts"])[1]
