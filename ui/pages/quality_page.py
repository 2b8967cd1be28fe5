"""Quality: every indicator of the result with a light, what is unusual about it, and the full report."""

from __future__ import annotations

from typing import Any, Dict

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QTableView

from ...core import editing
from ..background.runner import DONE, Outcome
from ..session import work_folder
from ..widgets.parts import fill, row, show, split
from ..widgets.quality_model import CHECKS, COLUMNS, WORDS, QualityFilter, QualityModel, check_icon, describe
from ..widgets.tables import looked_at, telling
from .page import Page

QUALITY = "hyperlocalneed:qualityassurance"
_WIDTHS = {"title": 130, "check": 92, "flags": 220, "dimension": 120, "status": 90}
_WIDTH = 74
_EMPTY = "<b>There is nothing to check yet.</b> Compute the index on the Run page first."
_READING = "The figures of the result are being read; its indicators stand here in a moment."


class QualityPage(Page):
    """Lights, filter and details of the result in hand; the full report by ``qualityassurance``."""

    KEY, TITLE, TIP = "quality", "Quality", "Look at every indicator: gaps, zeros, outliers, where figures come from"
    HELP = "import.md#in-the-dock-more-quality"

    def build(self) -> None:
        self.runner = self.own_runner()
        self.report = ""
        self._shown: Any = None
        box = self.add_body(_EMPTY)
        self.column.addStretch(0)
        self.check.addItem("All", "")
        for check in CHECKS:
            self.check.addItem(check_icon(check), WORDS[check], check)
        self.model = QualityModel()
        self.rows = QualityFilter(self.model)
        self._set_up_table()
        self.splitter = split(self.table, self.details, (300, 180))
        fill(box, self.intro, row(self.filter, self.check, stretch=0), (self.splitter, 1), self.published)
        fill(box, row(self.full, self.cancel), self.bar, self.notice)
        self._connect()

    def _set_up_table(self) -> None:
        self.table = looked_at(QTableView())
        self.table.setAccessibleName("Quality of the indicators")
        self.table.setModel(self.rows)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        for place, (name, _, _) in enumerate(COLUMNS):
            self.table.setColumnWidth(place, _WIDTHS.get(name, _WIDTH))
        self.table.setMinimumHeight(140)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self.rows.filter_by)
        self.check.currentIndexChanged.connect(lambda _: self.rows.keep(self.check.currentData()))
        telling(self.table, self.rows, self.details, describe)
        self.full.clicked.connect(self.make_report)
        self.cancel.clicked.connect(self.runner.cancel)
        self.session.result.changed.connect(self.refresh)
        self.session.result.failed.connect(lambda _: self.refresh())
        self.session.pack.changed.connect(self.refresh)

    def refresh(self) -> None:
        saved, busy = self.session.result.saved, self.runner.running
        self.empty.setText(_READING if self.session.result.reading else _EMPTY)
        self.show_body(saved is not None)
        if saved is not self._shown:
            self._shown = saved
            self.model.show_result(saved)
            self.table.resizeColumnToContents(1)
            self.details.clear()
            self.notice.say("" if saved is None else saved.log.get("lacks", ""), "info")
            self._count()
        there = saved is not None and saved.has_stages()
        pack = bool(self.session.pack.path) and not self.session.pack.error
        self.full.setEnabled(there and not busy)
        self.published.setVisible(pack)
        self.published.setEnabled(not busy)
        show(busy, self.cancel, self.bar)
        if saved is not None and not there:
            self.notice.say("The result was written without its stages, which the full report needs; run it again.")

    def _count(self) -> None:
        counts = self.model.counts()
        self.check.setItemText(0, f"All {sum(counts.values())}")
        for place, check in enumerate(CHECKS, start=1):
            self.check.setItemText(place, f"{WORDS[check]} ({counts[check]})")

    def make_report(self) -> None:
        """Make the full report in the background; it is opened once it is there."""
        self.begin(QUALITY, self._parameters)
        self.refresh()

    def _parameters(self) -> Dict[str, Any]:
        layers, work = self.session.result.layers, work_folder("quality_")
        editing.save(layers.methodology, work / "methodology.json")
        parameters = {
            "INPUT": f"{layers.path}|layername=indicators",
            "SHRUNK": f"{layers.path}|layername=shrunk",
            "AREAS": f"{layers.path}|layername=need",
            "METHODOLOGY": str(work / "methodology.json"),
            "OUTPUT": str(work / "quality.gpkg"),
            "REPORT": str(work / "quality.html"),
        }
        if self.published.isVisibleTo(self) and self.published.isChecked():
            parameters["PACK"] = self.session.pack.path
        return parameters

    def _ended(self, outcome: Outcome) -> None:
        if outcome.state == DONE:
            self.report = str(outcome.results["REPORT"])
            opened = QDesktopServices.openUrl(QUrl.fromLocalFile(self.report))
            said = "The report is open in your browser." if opened else "No program opens HTML here. The report is at"
            self.notice.say(f"{said} {'' if opened else self.report}".strip(), "success" if opened else "warning")
        else:
            self.notice.say(outcome.message, outcome.level)
        self.refresh()
