"""Data: choose a pack, see what it holds and what is wrong with it."""

from __future__ import annotations

import json
from typing import Dict, List

from qgis.PyQt.QtCore import QSignalBlocker, Qt
from qgis.PyQt.QtWidgets import QHeaderView

from ..background.runner import DONE, Outcome
from ..session import DEMO, FETCH
from ..widgets.pack_model import PackModel, describe
from ..widgets.parts import COUNTED, STATE_WORDS, bullets, fill, name_of, row, show, split
from ..widgets.tables import WordFilter, sortable_list, telling
from .page import Page

_MAKING = {DEMO: "Making the demonstration …", FETCH: "Fetching England …"}
_FETCHES = "Fetches the official figures of England from their publishers and makes a data pack"
_STOPS = "Stops fetching; what has come is kept for the next time, and an earlier pack stays as it is"


class DataPage(Page):
    """Choosing a pack and reading its check."""

    KEY, TITLE, TIP = "data", "Data", "Choose the data pack and see what it holds"

    def build(self) -> None:
        tools = row(self.demonstrate), row(self.england)
        fill(self.column, name_of(self.file.lineEdit(), "Data pac&k"), self.file, self.first, *tools)
        self.problems.setLayout(row(self.problem_text, stretch=0))
        fill(self.column, self.bar, self.status, self.error, self.missing, self.problems)
        self._build_table()
        self._connect()
        self.file.fileChanged.connect(self.session.choose_pack)
        self.session.pack.changed.connect(self.refresh)
        self.session.pack.told.connect(self._tell)
        self.session.started.connect(lambda _: self.refresh())
        self.session.ended.connect(self._ended)
        self.session.runner.progressed.connect(self._move)

    def _connect(self) -> None:
        self.demonstrate.clicked.connect(self._demonstrate)
        self.england.clicked.connect(self._get_england)
        self.session.runner.stepped.connect(self._step)

    def _build_table(self) -> None:
        self.model = PackModel()
        self.rows = WordFilter(self.model)
        widths = (176, 94, 70, 60, 90, 150, 260)
        self.table = sortable_list(self.rows, "Indicators in the pack", 120, widths)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.splitter = split(self.table, self.details, (260, 160))
        fill(self.column, self.filter, (self.splitter, 1), row(self.kept), 0)
        self.kept.clicked.connect(self._clear_kept)
        self.filter.textChanged.connect(self.rows.filter_by)
        telling(self.table, self.rows, self.details, lambda state: describe(state, self.session.pack.check.areas))

    def refresh(self) -> None:
        pack, session = self.session.pack, self.session
        if self.file.filePath() != pack.path:
            with QSignalBlocker(self.file):
                self.file.setFilePath(pack.path)
        making = session.runner.running and session.running in _MAKING
        self.first.setVisible(not pack.path and not making)
        fetching = session.runner.running and session.running == FETCH
        self.demonstrate.setVisible(not fetching and (not pack.path or making))
        self.demonstrate.setEnabled(not session.runner.running)
        self.england.setEnabled(fetching or not session.runner.running)
        self.england.setText("Cancel f&etching" if fetching else "Get &England …")
        self.england.setToolTip(_STOPS if fetching else _FETCHES)
        self.bar.setVisible(pack.checking or making)
        self.error.say(pack.error, "warning")
        check = pack.check
        show(check is not None, self.filter, self.splitter)
        self.model.show_check(check)
        if check is None:
            self.problems.setVisible(False)
            self.status.setText("Checking the pack …" if pack.checking else "")
            self.status.setVisible(pack.checking or making)
            return
        self._show_check(check)

    def _show_check(self, check) -> None:
        counts = {state: sum(one.status == state for one in check.states) for state in STATE_WORDS}
        held = len(check.states) - counts["absent"]
        parts = [f"{number} {COUNTED[state]}" for state, number in counts.items() if number]
        self.status.setVisible(True)
        self.status.setText(
            f"<b>{check.title}</b>: {check.areas:,} neighbourhoods in {check.districts:,} districts. "
            f"{held} of {len(check.states)} indicators: {', '.join(parts)}."
            + (f" {len(check.own)} more that the method does not use." if check.own else "")
        )
        titles = {state.node.id: state.node.title for state in check.states}
        said: Dict[str, List[str]] = {}
        for one in check.problems:
            said.setdefault(one.text, []).extend([titles.get(one.subject, one.subject)] * bool(one.subject))
        lines = [f"{'; '.join(names)}: {text}" if names else text for text, names in said.items()]
        method = self.session.method
        lines += filter(None, (check.unranked(method.weightless), check.flagged(method.off)))
        self.problems.setVisible(bool(lines))
        self.problems.setTitle(f"Before you run ({len(lines)})")
        stops = any(problem.stops for problem in check.problems)
        self.problem_text.say(bullets(lines), "warning" if stops else "info")

        # Asked for here: it needs numpy, as a check does.
        from ...processing_provider.runs import overlap

        kept = overlap.size()
        self.kept.setVisible(kept > 0)
        self.kept.setText(f"C&lear {kept / 1e6:,.1f} MB of kept postcode overlaps")

    def _clear_kept(self) -> None:
        from ...processing_provider.runs import overlap

        overlap.clear()
        self.refresh()

    def _demonstrate(self) -> None:
        refusal = self.session.make_demonstration()
        if refusal:
            self.session.messaged.emit(refusal, "warning")
        self.refresh()

    def _tell(self, fraction: float, text: str) -> None:
        self.bar.setRange(0, 100)
        self.bar.setValue(round(100 * fraction))
        self.status.setText(f"Checking the pack: {text}")

    def _move(self, progress: float) -> None:
        if self.session.running in _MAKING:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(progress))
            if self.session.running == DEMO:
                self.status.setText(_MAKING[DEMO])

    def _ended(self, outcome: Outcome) -> None:
        self.refresh()
        if self.session.ended_algorithm == FETCH:
            self.missing.say(_told(outcome), "warning" if outcome.results.get("MISSING") else "info")
        if outcome.state != DONE and self.session.ended_algorithm in _MAKING:
            self.session.messaged.emit(outcome.message, "warning")

    def _step(self, text: str) -> None:
        if self.session.running == FETCH:
            left = self.session.runner.seconds_left()
            self.status.setText(text + (f"; about {left / 60:,.0f} minutes left" if left and left > 90 else ""))

    def _get_england(self) -> None:
        """Ask what to fetch, and begin; stop what is being fetched."""
        if self.session.runner.running:
            self.session.runner.cancel()
            return
        # Asked for here: recipes need pandas, which may be missing.
        from ...core.sources.recipe import recipes
        from ..widgets.england_form import EnglandForm

        form = EnglandForm(self, recipes(), self.session.england_folder)
        if form.exec():
            self.missing.say("")
            refusal = self.session.fetch_england(form.parameters())
            if refusal:
                self.session.messaged.emit(refusal, "warning")
            self.refresh()


def _told(outcome: Outcome) -> str:
    """What is missing in a fetched pack, or what the sources say of themselves."""
    if "SOURCES" in outcome.results:
        looks = json.loads(outcome.results["SOURCES"])
        newer = [f"{one['recipe']}: {one['newer']}" for one in looks if one["newer"]]
        silent = [f"{one['recipe']}: {one['answer']}" for one in looks if one["host"] and one["answer"] != "answers"]
        return bullets([*(newer or ["No source says that it has newer figures."]), *silent])
    missing = outcome.results.get("MISSING", "").splitlines()
    if not missing:
        return ""
    return f"Missing. Put files from these pages into {outcome.results['DROPPED']}:\n{bullets(missing)}"
