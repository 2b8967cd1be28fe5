"""Run: where the result goes, what stands in the way, and how far the run has come."""

from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtCore import QSignalBlocker, QTimer

from ...processing_provider import dependencies
from ..background.runner import CANCELLED, DONE, Outcome
from ..session import DEMO, INDEX
from ..widgets.parts import bullets, column, enable, fill, name_of, row, show
from .page import Page

_SECOND = 1000


def in_time(seconds: Optional[float]) -> str:
    """A rough time in words."""
    if seconds is None:
        return ""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} seconds left"
    minutes = round(seconds / 60)
    return "about a minute left" if minutes <= 1 else f"about {minutes} minutes left"


class RunPage(Page):
    """The run's settings and its progress."""

    KEY, TITLE, TIP = "run", "Run", "Compute the index and follow how far it is"

    def build(self) -> None:
        self._where = ""
        absent = dependencies.missing(dependencies.PICTURES)
        self.extras.setEnabled(not absent)
        if absent:
            self.extras.setToolTip(f"Needs {', '.join(absent)}. {dependencies.how_to_install(absent)}")
        fill(column(self.destination), self.temporary, self.keep, self.folder, self.extras)
        self.log_group.setLayout(row(self.log, stretch=0))
        name = name_of(self.universe, "&Only these areas (empty: all)")
        fill(self.column, self.summary, name, self.universe, self.destination, self.before, self.keep_low)
        fill(self.column, self.blockers, row(self.start, self.cancel, stretch=0), self.step, self.bar, self.detail)
        fill(self.column, self.left, self.outcome, self.log_group, 1)
        self.clock = QTimer(self)
        self.clock.setInterval(_SECOND)
        self._connect()

    def _connect(self) -> None:
        session = self.session
        self.blockers.followed.connect(session.page_asked)
        (self.temporary if session.temporary else self.keep).setChecked(True)
        self.folder.setFilePath(session.folder)
        self.extras.setChecked(session.extras)
        for signal in (self.temporary.toggled, self.folder.fileChanged, self.extras.toggled):
            signal.connect(self._destine)
        self.keep_low.toggled.connect(self._keep_low)
        self.universe.textChanged.connect(self._narrow)
        self.start.clicked.connect(self.run)
        self.cancel.clicked.connect(session.runner.cancel)
        self.clock.timeout.connect(self._tick)
        session.pack.changed.connect(self.refresh)
        session.method.changed.connect(self.refresh)
        session.result.changed.connect(self._result_changed)
        session.started.connect(self._started)
        session.ended.connect(self._ended)
        session.runner.progressed.connect(lambda progress: self.bar.setValue(round(progress)))
        session.runner.stepped.connect(self._stepped)
        session.runner.said.connect(self.log.appendPlainText)

    def _destine(self, *_: object) -> None:
        self.session.set_destination(self.temporary.isChecked(), self.folder.filePath(), self.extras.isChecked())
        self.refresh()

    def _narrow(self, text: str) -> None:
        self.session.universe = text.strip()
        self.refresh()

    def _keep_low(self, keep: bool) -> None:
        self.session.keep_low_coverage = keep
        self.refresh()

    def _show_before(self) -> None:
        """What should be known before a run: the price of leaving areas unranked, and what step 2 flags."""
        check, method = self.session.pack.check, self.session.method
        lines: List[str] = []
        if check is not None:
            unranked = check.unranked(method.weightless) if method.missing == "exclude" else ""
            lines = [unranked, check.flagged(method.off)]
        self.before.say(bullets([line for line in lines if line]), "info")
        low = check is not None and any(name not in method.off for name in check.low)
        self.keep_low.setVisible(low)
        with QSignalBlocker(self.keep_low):
            self.keep_low.setChecked(low and self.session.keep_low_coverage)

    def refresh(self) -> None:
        session, running = self.session, self.session.runner.running
        self._show_before()
        kept = not session.temporary
        self.folder.setEnabled(kept and not running)
        self.extras.setEnabled(kept and not running and not dependencies.missing(dependencies.PICTURES))
        enable(not running, self.temporary, self.keep, self.universe)
        blockers = [] if running else session.blockers()
        self.blockers.say(bullets(blockers), "warning")
        self.start.setEnabled(not running and not blockers)
        show(running, self.cancel, self.step, self.bar, self.detail, self.left)
        self.summary.setText(self._summary())

    def _summary(self) -> str:
        check, method = self.session.pack.check, self.session.method
        if check is None:
            return "Computes the index from a data pack and puts it on the map."
        number = len([state for state in check.states if state.status != "absent" and state.node.id not in method.off])
        absent = len([name for name in check.absent if name not in method.off])
        without = f"; {absent} without data, so that sums and ranks are made without them" if absent else ""
        changes = len(method.differences())
        how = "as published" if not changes else f"with {changes} change{'s' if changes > 1 else ''}"
        return f"<b>{check.title}</b>, {number} indicators, method {how}{without}."

    def run(self) -> None:
        """Start, or say why not."""
        self.outcome.say("")
        self.log.clear()
        refusal = self.session.run()
        if refusal:
            self.outcome.say(refusal, "warning")
        self.refresh()

    def _started(self, algorithm: str) -> None:
        self.step.setText("Making the demonstration" if algorithm == DEMO else "Starting")
        self.detail.setText("")
        self.left.setText("")
        self.bar.setValue(0)
        self.clock.start()
        self.refresh()

    def _stepped(self, text: str) -> None:
        head, _, detail = text.partition(" - ")
        self.step.setText(head)
        self.detail.setText(detail)

    def _tick(self) -> None:
        so_far = f"{round(self.session.runner.seconds_so_far())} s so far"
        left = in_time(self.session.runner.seconds_left())
        self.left.setText(f"{so_far}, {left}" if left else so_far)

    def _result_changed(self) -> None:
        """A result that was taken off the map is on it no more."""
        if self._where and self.outcome.text().startswith(self._where) and self.session.result.layers is None:
            self.outcome.say(f"{self._where}.", "success")

    def _ended(self, outcome: Outcome) -> None:
        self.clock.stop()
        self.refresh()
        if self.session.ended_algorithm != INDEX:
            return
        if outcome.state == DONE:
            where = "in a temporary place" if self.session.temporary else f"in {self.session.folder}"
            self._where = f"Done. The result is {where}"
            shown = ", and on the map" if self.session.result.layers is not None else ""
            self.outcome.say(f"{self._where}{shown}.", "success")
        else:
            self.outcome.say(outcome.message, outcome.level)
            self.log_group.setCollapsed(outcome.state == CANCELLED)
