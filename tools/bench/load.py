"""Many runs in one QGIS: whether memory, open files and threads grow with them."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any, Iterator, List

from .measure import figure
from .registry import Figure, bench

# The first runs load libraries and fill caches that stay.
WARM, RUNS = 20, 200
# Runs of which two go at once: half of the pairs to two files, half to the same.
PAIRS = 20
AREAS = 60
KINDS = (("memory", "B"), ("open files", "files"), ("threads", "threads"))


@bench
def load() -> Iterator[Figure]:
    """``computeindex`` over and over, to one place; the last run beside the one that ends the warming up."""
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

    from .. import faults
    from ..qgis_session import qgis_session

    with qgis_session(), tempfile.TemporaryDirectory() as scratch:

        def run(name: str, **parameters) -> None:
            algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
            feedback = QgsProcessingFeedback(False)
            if not algorithm.run(parameters, QgsProcessingContext(), feedback, {}, False)[1]:
                raise RuntimeError(feedback.textLog())

        run("demopack", AREAS=AREAS, OUTPUT=f"{scratch}/pack")
        before = ()
        for number in range(1, RUNS + 1):
            run("computeindex", PACK=f"{scratch}/pack", OUTPUT=f"{scratch}/need.gpkg", LOW_COVERAGE="leave_out")
            if number == WARM:
                before = _held()
        for (name, unit), was, now in zip(KINDS, before, _held()):
            yield figure(f"{name} after {RUNS} runs", now, unit, peer=f"after {WARM}", peer_value=was)
        # The result has its evidence beside it.
        left = [path for path in Path(scratch).iterdir() if not path.name.startswith(("pack", "need"))]
        yield figure("files left behind", float(len(left)), "files")
        whole = 0
        for number in range(PAIRS):
            folders = [
                Path(scratch, f"pair{number}", name) for name in (("one", "two") if number % 2 else ("same",) * 2)
            ]
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            done = _at_once(Path(scratch, "pack"), folders, faults.NAME)
            whole += all(done) and all(faults.sound(folder) and len(list(folder.iterdir())) == 2 for folder in folders)
        yield figure(f"of {PAIRS} times two runs at once, both whole", float(whole), "times")


def _at_once(pack: Path, folders: List[Path], name: str) -> List[bool]:
    """Start a run into each folder as a task of QGIS's, and wait for all: whether each succeeded."""
    from qgis.core import (
        QgsApplication,
        QgsProcessingAlgRunnerTask,
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProject,
    )
    from qgis.PyQt.QtCore import QEventLoop

    loop, ended, held = QEventLoop(), [], []

    def end(done: bool, _: Any) -> None:
        ended.append(done)
        if len(ended) == len(folders):
            loop.quit()

    for folder in folders:
        context, feedback, project = QgsProcessingContext(), QgsProcessingFeedback(False), QgsProject()
        context.setProject(project)
        algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:computeindex")
        values = {"PACK": str(pack), "OUTPUT": str(folder / name), "LOW_COVERAGE": "leave_out"}
        task = QgsProcessingAlgRunnerTask(algorithm, values, context, feedback)
        task.executed.connect(end)
        held.append((algorithm, context, feedback, project, task))
    for one in held:
        QgsApplication.taskManager().addTask(one[-1])
    loop.exec()
    return ended


def _held():
    """Resident memory in bytes, open files and threads of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd")), threading.active_count()
