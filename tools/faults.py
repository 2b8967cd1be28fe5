"""Runs that are cut short: killed, cancelled, out of disk, without their pack, over a file that is locked or damaged.

Each goes over an earlier result, which must be whole afterwards; the next run must succeed, and nothing may be left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

import numpy as np
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback, QgsProject

from hyperlocal_need.core import evidence
from hyperlocal_need.core.findings import saved
from hyperlocal_need.core.result import LAYERS
from hyperlocal_need.processing_provider.areas import stored_result
from hyperlocal_need.processing_provider.io.destination import PREFIX

TOOLS = Path(__file__).resolve().parent
NAME = "need.gpkg"
KILLED = """
import json, sys
sys.path[:0] = {paths!r}
from register import register
register()
from hyperlocal_need.tools.qgis_session import qgis_session
from hyperlocal_need.tools import faults
with qgis_session():
    faults.run(*map(faults.Path, {places!r}), at={at!r}, act=faults.end_process)
"""


class Outcome(NamedTuple):
    """What became of one: how it ended, in which words, and whether all is as it has to be."""

    kind: str
    at: float
    ended: str
    words: str
    whole: bool
    again: bool
    left: int


class Hearing(QgsProcessingFeedback):
    """Does something once, as soon as the run has come to a mark."""

    def __init__(self, at: float, act: Optional[Callable[[Hearing], Any]]) -> None:
        super().__init__(False)
        self.at, self.act, self.words = at, act, ""
        self.progressChanged.connect(self._hear)

    def _hear(self, progress: float) -> None:
        if self.act is not None and progress >= self.at:
            act, self.act = self.act, None
            act(self)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self.words = error


def end_process(_: Hearing) -> None:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def run(pack: Path, folder: Path, *, at: float = 0.0, act: Optional[Callable[[Hearing], Any]] = None) -> Hearing:
    """Compute the index of a pack into a folder; ``words`` are '' where it succeeded."""
    heard, context, project = Hearing(at, act), QgsProcessingContext(), QgsProject()
    context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:computeindex")
    values = {"PACK": str(pack), "OUTPUT": str(folder / NAME), "FOLDER": "", "STAGES": True}
    able, words = algorithm.checkParameterValues(values, context)
    if not able:
        heard.words = words
        return heard
    try:
        done = algorithm.run(values, context, heard, {}, False)[1]
        heard.words = "" if done else heard.words or "cancelled"
    except QgsProcessingException as error:
        heard.words = str(error)
    return heard


def held(folder: Path) -> Dict[str, bytes]:
    """Every file that a user sees in the folder, with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != "ballast"}


def sound(folder: Path) -> bool:
    """Whether the result there is what its evidence says."""
    log = json.loads(stored_result.evidence_of(folder / NAME).read_text(encoding="utf-8"))
    return not evidence.altered(log, saved.read_layers(folder / NAME, LAYERS, whole=True))


def _killed(pack: Path, folder: Path, at: float) -> str:
    code = KILLED.format(paths=[str(TOOLS)], places=[str(pack), str(folder)], at=at)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return "killed" if ended.returncode == -signal.SIGKILL else ended.stderr


def _cancelled(pack: Path, folder: Path, at: float) -> str:
    return run(pack, folder, at=at, act=lambda heard: heard.cancel()).words


def _disk_full(pack: Path, folder: Path, at: float) -> str:
    def fill(_: Hearing) -> None:
        with (folder / "ballast").open("wb") as ballast:
            ballast.write(b"\0" * max(shutil.disk_usage(folder).free - 8192, 0))

    heard = run(pack, folder, at=at, act=fill)
    (folder / "ballast").unlink(missing_ok=True)
    return heard.words


def _pack_gone(pack: Path, folder: Path, at: float) -> str:
    elsewhere = pack.with_name(f"{pack.name}-elsewhere")
    heard = run(pack, folder, at=at, act=lambda _: pack.rename(elsewhere))
    if elsewhere.exists():
        elsewhere.rename(pack)
    return heard.words


def _locked(pack: Path, folder: Path, at: float) -> str:
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        return run(pack, folder).words


def _truncated(pack: Path, folder: Path, at: float) -> str:
    """Cut before the run, so that nothing whole is there that could be kept."""
    place = folder / NAME
    place.write_bytes(place.read_bytes()[: int(place.stat().st_size * at / 100)])
    return run(pack, folder).words


KINDS: Dict[str, Callable[[Path, Path, float], str]] = {
    "killed": _killed,
    "cancelled": _cancelled,
    "disk full": _disk_full,
    "pack gone": _pack_gone,
    "result locked": _locked,
    "result cut off": _truncated,
}


def attempt(kind: str, at: float, pack: Path, good: Path, folder: Path) -> Outcome:
    """One run that is spoilt at a mark of its progress (0 to 100), over a copy of a good result in ``folder``."""
    shutil.copytree(good, folder, dirs_exist_ok=True)
    before = held(folder)
    words = KINDS[kind](pack, folder, at)
    # It ended with the earlier result to the byte, or with the new one, as a kill at the very end does.
    new = (not words or kind == "killed") and set(held(folder)) == set(before) and sound(folder)
    whole = new or (bool(words) and held(folder) == before)
    if words and kind == "result cut off":
        whole = NAME in words
        (folder / NAME).unlink()
    again = run(pack, folder)
    left = [path for path in folder.iterdir() if path.name.startswith(PREFIX) or path.name not in before]
    return Outcome(kind, at, "failed" if words else "done", words, whole, not again.words and sound(folder), len(left))


@contextmanager
def small_disk(place: Path, megabytes: int = 96) -> Iterator[bool]:
    """A disk of its own in memory; gives whether there is one, for root on Linux alone can make it."""
    place.mkdir(parents=True, exist_ok=True)
    able = bool(shutil.which("mount")) and os.name == "posix" and os.geteuid() == 0
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    made = able and subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", "-l", str(place)], check=True)


def marks(number: int, seed: int = 7) -> List[float]:
    """Random moments of a run, from 1 to 99 hundredths of it: the same for a seed."""
    return [1 + 98 * float(one) for one in np.random.default_rng(seed).random(number)]


def counts(asked: str, otherwise: int) -> Dict[str, int]:
    """How many moments each kind is tried at, from words such as ``5 killed=50 cancelled=100``: a number is for all."""
    numbers = dict.fromkeys(KINDS, otherwise)
    for word in asked.replace(",", " ").split():
        name, _, number = word.rpartition("=")
        kind = name.replace("-", " ")
        if not number.isdigit() or (name and kind not in KINDS):
            raise SystemExit(
                f"{word}: give a number, or KIND=NUMBER; kinds are {', '.join(one.replace(' ', '-') for one in KINDS)}."
            )
        numbers.update({kind: int(number)} if name else dict.fromkeys(KINDS, int(number)))
    return numbers
