"""How the dock feels on England: how soon it is there, how soon the map changes, how long the window stands still."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator, List

from .measure import figure
from .overlap import DATA
from .registry import Figure, bench

_TICK_MS = 5
_LONGEST = 300.0


class Pulse:
    """A timer that notes the longest time between two of its ticks: for so long the event loop stood still."""

    def __init__(self) -> None:
        from qgis.PyQt.QtCore import QTimer

        self._last = time.perf_counter()
        self._pauses: List[float] = []
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._pauses.append(now - self._last)
        self._last = now

    def longest(self) -> float:
        """The longest pause since the last question."""
        self._tick()
        longest, self._pauses = max(self._pauses), []
        return longest


def _serve(done: Callable[[], bool]) -> None:
    from qgis.PyQt.QtCore import QCoreApplication, QEventLoop

    end = time.perf_counter() + _LONGEST
    while not done():
        if time.perf_counter() > end:
            raise TimeoutError("what was waited for has not come")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


@bench
def dock() -> Iterator[Figure]:
    """Opening, checking a pack, a run, switching every measure, filtering and explaining an area."""
    if not DATA.exists():
        yield {"figure": "dock", "skipped": f"{DATA} is not there"}
        return
    from ..qgis_session import qgis_session

    with qgis_session(), tempfile.TemporaryDirectory() as scratch:
        from qgis.core import QgsProject
        from qgis.PyQt.QtCore import QCoreApplication, QEvent

        started = time.perf_counter()
        from hyperlocal_need.ui.dock import NeedDock

        panel = NeedDock()
        panel.show()
        yield figure("dock open, modules imported", time.perf_counter() - started, "s")
        try:
            yield from _run(panel, Path(scratch))
            yield from _switch(panel)
            yield from _look(panel)
        finally:
            panel.close_down()
            panel.deleteLater()
            QgsProject.instance().clear()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _run(panel: Any, folder: Path) -> Iterator[Figure]:
    session, pulse = panel.session, Pulse()
    session.method.set_leave_out_absent(True)
    session.set_destination(False, str(folder), False)
    started = time.perf_counter()
    session.choose_pack(str(DATA))
    _serve(lambda: session.pack.check is not None)
    yield figure("checking the pack", time.perf_counter() - started, "s")
    yield figure("longest pause while it is checked", pulse.longest(), "s")
    # The second takes the place of the first, whose layers are on the map meanwhile.
    for which in ("a run", "a second run into its place"):
        ending: List[float] = []
        session.runner.stepped.connect(partial(_mark, pulse, ending))
        started = time.perf_counter()
        refusal = session.run()
        if refusal:
            raise RuntimeError(refusal)
        _serve(lambda: not session.runner.running)
        yield figure(f"{which} from the dock", time.perf_counter() - started, "s")
        yield figure(f"longest pause during {which}", ending[0], "s")
        yield figure(f"longest pause while {which} moves into place", pulse.longest(), "s")
        _serve(lambda: not session.result.reading and session.result.saved is not None)
        yield figure(f"longest pause while the result of {which} is opened and read", pulse.longest(), "s")


def _mark(pulse: Pulse, ending: List[float], step: str) -> None:
    """Take the pauses so far apart from those of the end of a run."""
    if step.endswith("Moving into place") and not ending:
        ending.append(pulse.longest())


def _switch(panel: Any) -> Iterator[Figure]:
    """From the choice in the selector until the layer has asked for its repaint, which is the last thing done."""
    page, times = panel.pages["map"], []
    for level in ("areas", "districts"):
        page.level.setCurrentIndex(page.level.findData(level))
        for place in range(page.measure.count()):
            if not page.measure.itemData(place):
                continue
            started = time.perf_counter()
            page.measure.setCurrentIndex(place)
            times.append(time.perf_counter() - started)
            for kind in range(page.kind.count()):
                started = time.perf_counter()
                page.kind.setCurrentIndex(kind)
                times.append(time.perf_counter() - started)
    yield figure("switching the measure, slowest", max(times), "s")
    yield figure("switching the measure, middle", sorted(times)[len(times) // 2], "s")


def _look(panel: Any) -> Iterator[Figure]:
    page = panel.pages["look"]
    panel.pages["map"].level.setCurrentIndex(0)
    started = time.perf_counter()
    page.district.setCurrentIndex(1)
    yield figure("filtering to a district", time.perf_counter() - started, "s")
    started = time.perf_counter()
    page.session.result.choose_area(page.model.code(0))
    yield figure("the profile of an area", time.perf_counter() - started, "s")
    page.district.setCurrentIndex(0)
    started = time.perf_counter()
    page.model.sort(1)
    yield figure("sorting all areas by name", time.perf_counter() - started, "s")
