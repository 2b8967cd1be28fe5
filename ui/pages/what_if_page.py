"""What if: other weights by sliders, and who would come in or go out, on the map while the hand moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QModelIndex, Qt, QTimer
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QInputDialog, QSlider, QToolButton

from ...core.errors import NeedError
from ..states.result_state import OVERALL
from ..states.what_if_state import PRESETS, WhatIfState, dimension_title
from ..widgets.area_table import AreaModel
from ..widgets.parts import bullets, declared, fill, form, offer, row
from ..widgets.tables import sortable_list
from ..widgets.weight_sliders import WeightSliders
from .page import Page

_EMPTY = "<b>There is nothing to weigh yet.</b> Compute the index on the Run page, with every stage, first."
_COLUMNS = declared("texts")["areas"]["changes"]
# In the list of weights: what the sliders say, which is no set of a name.
OWN = ""


class WhatIfPage(Page):
    """Sliders, what they change, and scenarios to keep."""

    KEY, TITLE, TIP = "what_if", "What if", "Move the weights, and see on the map who would come in or go out"

    def build(self) -> None:
        self.state = WhatIfState(self.session.result, self.session.method, self)
        self._shown: Any = None
        self._built_for: Any = None
        box = self.add_body(_EMPTY)
        self.sliders = WeightSliders()
        self.model = AreaModel(_COLUMNS)
        line = self.fontMetrics().height()
        widths = [round(width * line) for width in (3.4, 9.5, 4.0, 4.0, 8.0, 4.6, 7.0)]
        self.table = sortable_list(self.model, "Areas that come in or go out", 7 * line, widths)
        self.table.sortByColumn(list(_COLUMNS).index("rank"), Qt.SortOrder.AscendingOrder)
        fill(box, form(("&Weights", self.start)), self.sliders, self.notice, row(self.save, self.compute))
        fill(box, self.summary, self.legend, self.area, (self.table, 1), self.relative)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._connect()

    def _connect(self) -> None:
        self._asked: Any = None
        self.sliders.moved.connect(self._ask)
        self._later.timeout.connect(self._move)
        self.start.activated.connect(lambda _: self._choose())
        self.save.clicked.connect(lambda: self._save(False))
        self.compute.clicked.connect(lambda: self._save(True))
        self.table.selectionModel().currentRowChanged.connect(self._choose_row)
        self.state.changed.connect(self._tell)
        self.state.intervals_known.connect(self._tell_area)
        result = self.session.result
        result.changed.connect(self.refresh)
        result.filtered.connect(self._tell)
        result.area_chosen.connect(lambda _: self._tell_area())
        self.session.method.changed.connect(self._offer)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Take up the result once the page is looked at; its tree costs nothing before."""
        saved = self.session.result.saved
        there = saved is not None and saved.has_stages()
        self.show_body(there)
        if not there:
            self.state.stop()
            self.state.tree = self._shown = None
        elif self._shown is not saved and self.isVisible():
            self._shown = saved
            try:
                self.state.take_up()
            except NeedError as error:
                self.show_body(False)
                self.empty.setText(str(error))

    def _build_sliders(self) -> None:
        methodology = self.session.result.saved.methodology
        parts = {part for inside in self.state.weights.values() for part in inside} | {OVERALL}
        titles = {part: dimension_title(methodology, part) for part in parts}
        self.sliders.build(self.state.weights, titles, OVERALL)
        # They are younger than what stands below them; the Tab key goes on as the page is read.
        stops = [self.start, *self.sliders.findChildren((QSlider, QToolButton)), self.save]
        for one, following in zip(stops, stops[1:]):
            self.setTabOrder(one, following)
        self._offer()

    def _offer(self, chosen: str = "") -> None:
        """The presets, the scenarios that there are, and what the hand has set."""
        if self.state.tree is not None:
            sets = [*PRESETS.items(), *self.state.scenarios(), (OWN, "Own weights")]
            before = self.start.currentData()
            offer(self.start, sets, chosen or (next(iter(PRESETS)) if before is None else before))

    def _ask(self, *asked: Any) -> None:
        """Of the places that a slider runs through between two looks at the map, the last counts."""
        self._asked = asked
        self._later.start()

    def _move(self) -> None:
        if self._asked and self.state.tree is not None:
            # What the hand has set is none of the sets in the list.
            self.start.setCurrentIndex(self.start.findData(OWN))
            self.state.move(*self._asked)
            self.state.show_on_map()

    def _choose(self) -> None:
        if self.start.currentData() != OWN:
            self.attempt(lambda: (self.state.preset(self.start.currentData()), self.state.show_on_map()))

    def _tell(self) -> None:
        """Sliders, words, legend and table, as the weights in hand make them."""
        state = self.state
        if state.tree is None:
            return
        if self._built_for is not self._shown:
            self._built_for = self._shown
            self._build_sliders()
        self.sliders.show_weights(state.weights)
        titles = {node.id: node.title for node in self._shown.methodology.nodes}
        kept = [f"{titles[one]}: weights kept. {why.partition(': ')[2]}" for one, why in state.kept.items()]
        self.notice.say(bullets(kept))
        entries, change = state.legend(), state.change
        self.legend.show_entries(entries, "area")
        self.summary.setText(
            f"<b>{change.comes_in.sum():,} come in, {change.goes_out.sum():,} go out.</b> Ranks move by "
            f"{change.mean_shift:,.0f} in the mean, 5 % of them by over {change.p95_shift:,.0f}; "
            f"Spearman's correlation with the result {change.rho:.3f}."
        )
        self.model.show_table(state.table())
        header = self.table.header()
        self.model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self._tell_area()

    def _tell_area(self) -> None:
        """The chosen area: its rank before and now, and how far each weight may move while it stays a hot spot."""
        code, state = self.session.result.area, self.state
        if state.tree is None or code not in state.tree.codes:
            self.area.setText("Pick a neighbourhood, here or on the Look page, to see how far its weights may move.")
            return
        place = state.tree.codes.get_loc(code)
        name = self._shown.need["area_name"].iloc[place]
        was, now = state.tree.ranks[place], state.change.rank[place]
        ranks = " to ".join("not ranked" if rank != rank else f"{rank:,.0f}" for rank in (was, now))
        text = f"<b>{name}</b>: rank {ranks}. "
        if not state.change.hotspot[place]:
            text += "It is no hot spot at these weights."
        elif state.intervals:
            held = [
                f"{dimension_title(self._shown.methodology, one)} {100 * low[place]:.0f} to "
                f"{100 * high[place]:.0f}\u00a0%"
                for one, (low, high) in state.intervals.items()
            ]
            text += f"A hot spot as long as the weight of one dimension, the rest in proportion, is: {'; '.join(held)}."
        self.area.setText(text)

    def _choose_row(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.session.result.choose_area(self.model.code(current.row()))

    def _save(self, compute: bool) -> None:
        name, given = QInputDialog.getText(self, "Save the scenario", "Name of the scenario:")
        if given:
            self.save_scenario(name, compute)

    def save_scenario(self, name: str, compute: bool = False) -> None:
        """Keep the weights under a name; with ``compute`` they are the method that the Run page computes next."""
        saved: list[Path] = []
        if not self.attempt(lambda: saved.append(self.state.save(name))):
            return
        if compute and self.attempt(lambda: self.session.method.open(saved[0])):
            if self.session.pack.path:
                self.session.choose_pack(self.session.pack.path)
            self.session.page_asked.emit("run")
            return
        self._offer(str(saved[0]))
        self.session.messaged.emit(f"Saved as {saved[0]}; it can be opened as a method, too.", "success")

    def close_down(self) -> None:
        self.state.stop()
