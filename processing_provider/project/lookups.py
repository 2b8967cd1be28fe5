"""Figures of results by area code: read once, by whichever thread asks first, and never changed after that."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Mapping

import numpy as np

from ...core.errors import DataError
from ...core.findings import saved
from ...core.findings.need_explained import contributions_from
from ...core.schema import WHOLE
from ..areas import stored_result

WHY = "why"
_REASONS = 3


def column(path: Path, name: str) -> Mapping[str, Any]:
    """A column of a result by area code: of the areas, ``certainty``, or ``why``; DataError if there is none."""
    return _column(path, _stamp(path, int(time.monotonic())), name)


@lru_cache(maxsize=32)
def _stamp(path: Path, second: int) -> float:
    """When a file was written; looked up once in a second, for thousands of labels ask."""
    return path.stat().st_mtime if path.is_file() else 0.0


@lru_cache(maxsize=4)
def _frames(path: Path, stamp: float) -> Mapping[str, Any]:
    return saved.read_layers(path, ("need", "certainty"))


@lru_cache(maxsize=64)
def _column(path: Path, stamp: float, name: str) -> Mapping[str, Any]:
    if name == WHY:
        return _reasons(path, stamp)
    frames = _frames(path, stamp)
    frame = frames.get(name if name == "certainty" else "need")
    if frame is None or name not in frame:
        raise DataError(f"{path.name}: there is no '{name}' in this result.")
    values = frame[name].astype(object).where(frame[name].notna(), None).tolist()
    if WHOLE.search(name):
        values = [None if one is None else int(one) for one in values]
    return dict(zip(frame.index, values))


@lru_cache(maxsize=2)
def _reasons(path: Path, stamp: float) -> Mapping[str, Any]:
    """What adds most to the need of each area, beside an area in the middle of all: ``Crime +0.41, ...``."""
    methodology, _, country = stored_result.method_of(path)
    points = contributions_from(stored_result.read_shown(path, methodology, country)).points
    titles = [methodology.node(name).title for name in points]
    values = points.to_numpy(dtype=float)
    first = np.argsort(-values, axis=1)[:, :_REASONS]
    words: Dict[str, Any] = {}
    for code, row, order in zip(points.index, values, first):
        words[code] = ", ".join(f"{titles[one]} {row[one]:+.2f}" for one in order if row[one] > 0) or None
    return words


def forget() -> None:
    """Keep no figure any longer."""
    for kept in (_frames, _column, _reasons):
        kept.cache_clear()
