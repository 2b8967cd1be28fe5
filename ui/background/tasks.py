"""Work in a background task: a function with progress and cancel, whose outcome arrives on the main thread."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Callable, Iterator, List, Optional, Set

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QTimer, pyqtSignal

from ...core.errors import Cancelled, NeedError

Report = Callable[..., None]
_ALIVE: List[Work] = []
GOING: Set[Iterator[Any]] = set()
# A drawn window that stands still for a fifth of a second is felt; one step more may follow a moment.
_MOMENT = 0.04


def in_steps(steps: Iterator[Any]) -> None:
    """Go on with a generator to its end, for a moment whenever the window has had its turn."""
    GOING.discard(steps)
    end = time.monotonic() + _MOMENT
    while time.monotonic() < end:
        if next(steps, in_steps) is in_steps:
            return
    GOING.add(steps)
    QTimer.singleShot(0, lambda: in_steps(steps))


class Change:
    """Tells its listeners, one after another, and lets the window live between them; a newer change goes first."""

    def __init__(self) -> None:
        self.listeners: List[Callable[[], Any]] = []
        self._number = 0
        self.connect = self.listeners.append

    def emit(self) -> None:
        """Tell all of them."""
        self._number += 1
        in_steps(self._tell(self._number))

    def _tell(self, number: int) -> Iterator[None]:
        for listener in self.listeners:
            if number == self._number:
                listener()
            yield


class Work(QgsTask):
    """Calls ``function(report)`` in a worker thread; ``succeeded`` or ``failed`` follows on the main thread.

    ``report(fraction, text)`` raises Cancelled once the task has been cancelled; then neither signal comes.
    """

    told = pyqtSignal(float, str)
    succeeded = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, description: str, function: Callable[[Report], Any]) -> None:
        super().__init__(description, QgsTask.Flag.CanCancel)
        self._function: Optional[Callable[[Report], Any]] = function
        self._value: Any = None
        self._error = ""

    def start(self) -> Work:
        """Hand the task to QGIS's task manager; Python holds it until it has finished."""
        _ALIVE.append(self)
        QgsApplication.taskManager().addTask(self)
        return self

    def run(self) -> bool:
        try:
            if self._function is not None:
                self._value = self._function(self._report)
        except Cancelled:
            return False
        except (NeedError, MemoryError) as error:
            self._error = str(error) or "There is not enough memory for this; close other programs and try again."
            return False
        except OSError as error:
            self._error = f"{error.filename or self.description()}: {error.strerror or error}."
            return False
        return not self.isCanceled()

    def _report(self, fraction: float, text: str = "") -> None:
        if self.isCanceled():
            raise Cancelled("Cancelled.")
        self.setProgress(100.0 * min(max(fraction, 0.0), 1.0))
        self.told.emit(fraction, text)

    def finished(self, result: bool) -> None:
        try:
            if result and not self.isCanceled():
                self.succeeded.emit(self._value)
            elif not self.isCanceled():
                self.failed.emit(self._error or "It stopped without saying why; see QGIS's log messages.")
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Undo what holds the task and its listeners in a circle.

        Python's collector, which runs in whichever thread asks for memory, would else take a listener apart in a
        worker thread while the main thread calls it, and QGIS would crash.
        """
        if self in _ALIVE:
            _ALIVE.remove(self)
        for signal in (self.told, self.succeeded, self.failed):
            # Qt refuses to disconnect what nothing listens to.
            with suppress(TypeError):
                signal.disconnect()
        self._function = None


class Latest:
    """At most one piece of work of a kind: starting another cancels the one before, whose outcome is dropped."""

    def __init__(self) -> None:
        self._work: Optional[Work] = None

    @property
    def running(self) -> bool:
        """Whether the latest work has yet to finish."""
        return self._work is not None

    def start(
        self,
        description: str,
        function: Callable[[Report], Any],
        succeeded: Callable[[Any], None],
        failed: Callable[[str], None],
        told: Optional[Report] = None,
    ) -> None:
        """Start new work in place of the latest."""
        self.cancel()
        work = Work(description, function)
        self._work = work
        work.succeeded.connect(lambda value: self._end(work, succeeded, value))
        work.failed.connect(lambda text: self._end(work, failed, text))
        if told is not None:
            work.told.connect(lambda fraction, text: told(fraction, text) if self._work is work else None)
        work.start()

    def _end(self, work: Work, handle: Callable[[Any], None], value: Any) -> None:
        if self._work is work:
            self._work = None
            handle(value)

    def cancel(self) -> None:
        """Forget the latest work and ask it to stop."""
        if self._work is not None:
            work, self._work = self._work, None
            work.cancel()
