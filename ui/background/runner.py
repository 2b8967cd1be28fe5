"""Runs one of the provider's algorithms as a background task, with its steps, time left, cancel and safe end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, pyqtSignal

DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
RUNNING = "A run is going on already; wait for it, or cancel it."
SECONDS_TO_STOP = 60.0
_LEAST_PROGRESS = 4.0
_LEAST_SECONDS = 2.0
# Tasks that did not stop in time: Python must hold what their threads still use.
_ABANDONED: List[AlgorithmRunner] = []


@dataclass(frozen=True)
class Outcome:
    """How a run ended: done, failed or cancelled; a message for the user, the outputs, and every line that was said."""

    state: str
    message: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""

    @property
    def level(self) -> str:
        """How a notice tells it."""
        return {DONE: "success", CANCELLED: "info"}.get(self.state, "warning")

    def lines(self) -> List[str]:
        """What the run has said, without QGIS's own list of results."""
        return [line for line in self.log.splitlines() if line and not line.startswith("Results")]


class RunFeedback(QgsProcessingFeedback):
    """A feedback whose words come as signals; the worker thread calls it, the main thread hears it."""

    stepped = pyqtSignal(str)
    said = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: List[str] = []
        self.lines: List[str] = []

    def setProgressText(self, text: str) -> None:
        self.stepped.emit(text)

    def pushInfo(self, info: str) -> None:
        self._say(info)

    def pushWarning(self, warning: str) -> None:
        self._say(f"Warning: {warning}")

    def pushDebugInfo(self, info: str) -> None:
        self._say(info)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self.errors.append(error)
        self._say(error)

    def _say(self, text: str) -> None:
        self.lines.append(text)
        self.said.emit(text)


class AlgorithmRunner(QObject):
    """One run at a time of an algorithm of the registry; a second start is refused while one goes on."""

    progressed = pyqtSignal(float)
    stepped = pyqtSignal(str)
    said = pyqtSignal(str)
    ended = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._task: Optional[QgsProcessingAlgRunnerTask] = None
        self._feedback: Optional[RunFeedback] = None
        self._context: Optional[QgsProcessingContext] = None
        self._algorithm: Optional[QgsProcessingAlgorithm] = None
        self._started = 0.0
        self._progress = 0.0

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._task is not None

    def start(self, algorithm_id: str, parameters: Dict[str, Any]) -> str:
        """Start in the background; gives '' or, where it cannot start, the reason in words."""
        if self.running:
            return RUNNING
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(algorithm_id)
        if algorithm is None:
            return f"The algorithm {algorithm_id} is not there; switch the plugin off and on in the plugin manager."
        context, feedback = QgsProcessingContext(), RunFeedback()
        context.setProject(QgsProject.instance())
        context.setFeedback(feedback)
        usable, message = algorithm.checkParameterValues(parameters, context)
        if not usable:
            return message or "QGIS refuses these settings."
        self._algorithm, self._context, self._feedback = algorithm, context, feedback
        feedback.stepped.connect(self.stepped)
        feedback.said.connect(self.said)
        feedback.progressChanged.connect(self._move)
        self._started, self._progress = time.monotonic(), 0.0
        self._task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
        self._task.executed.connect(self._finish)
        QgsApplication.taskManager().addTask(self._task)
        return ""

    def cancel(self) -> None:
        """Ask the run to stop; it ends with the outcome ``cancelled`` as soon as it hears of it."""
        if self._task is not None:
            self._task.cancel()

    def seconds_left(self) -> Optional[float]:
        """How long the rest will take at the pace so far; None until there is a pace to go by."""
        elapsed = time.monotonic() - self._started
        if not self.running or self._progress < _LEAST_PROGRESS or elapsed < _LEAST_SECONDS:
            return None
        return elapsed * (100.0 - self._progress) / self._progress

    def seconds_so_far(self) -> float:
        """How long the run has been going on."""
        return time.monotonic() - self._started if self.running else 0.0

    def stop_and_wait(self) -> None:
        """Cancel and wait until the worker has ended, as long as it may take to hear; for unloading and closing.

        The worker may be waiting for the main thread, to let go of layers, so events are served meanwhile.
        """
        self.cancel()
        deadline = time.monotonic() + SECONDS_TO_STOP
        while self.running and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 50)
        if self.running:
            _ABANDONED.append(self)

    def _move(self, progress: float) -> None:
        self._progress = progress
        self.progressed.emit(progress)

    def _finish(self, successful: bool, results: Dict[str, Any]) -> None:
        task, feedback = self._task, self._feedback
        self._task = None
        if task is None or feedback is None:
            return
        log = "\n".join(feedback.lines)
        if task.isCanceled():
            outcome = Outcome(CANCELLED, "Cancelled. Nothing was written; earlier results are as they were.", log=log)
        elif successful:
            outcome = Outcome(DONE, "", dict(results), log)
        else:
            outcome = Outcome(FAILED, _in_words(feedback.errors), log=log)
        self.ended.emit(outcome)


def _in_words(errors: List[str]) -> str:
    """The last error's own line; a traceback is reported as a fault of the plugin and kept in the log."""
    if not errors:
        return "The run stopped without saying why; see the log below."
    text = errors[-1].strip()
    if "Traceback (most recent call last)" in text:
        return f"A fault in the plugin stopped the run: {text.splitlines()[-1]} Please report it with the log below."
    return text
