"""Look: filter by region and district, the neediest areas as a table, and the profile of one area."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.PyQt.QtCore import QModelIndex, QSignalBlocker, Qt
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QCompleter, QFileDialog, QSplitter, QWidget

from ...core import editing
from ...processing_provider.io.formats import Target
from ..background.runner import DONE, Outcome
from ..map.navigate import zoom_to_area, zoom_to_districts
from ..map.pick import AreaPicker
from ..session import work_folder
from ..states.result_state import OVERALL
from ..widgets.area_table import COLUMNS, AreaModel
from ..widgets.parts import column, fill, form, offer, row, split
from ..widgets.profile import MarksKey, ProfileTree, describe_line, headline
from ..widgets.tables import chosen_rows, copying, sortable_list
from .page import Page

_EMPTY = "<b>There is nothing to look at yet.</b> Compute the index on the Run page; its areas then stand here."
# They stand beside the name, once there is something in them.
_SURE = ("certainty", "tied_with")
_NO_AREA = "Pick a neighbourhood in the table or on the map to see why it stands where it does."


class LookPage(Page):
    """Filter, table and profile."""

    KEY, TITLE, TIP = "look", "Look", "Filter, list the neediest areas, and see why an area is where it is"

    def build(self) -> None:
        self._filling = False
        self.picker = AreaPicker(self.session)
        box = self.add_body(_EMPTY)
        self.column.addStretch(0)
        self.district.setEditable(True)
        self.district.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.district.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.district.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.headline.setText(_NO_AREA)
        self.runner = self.own_runner()
        tools, doubt = row(self.pick, self.zoom, self.sure), row(self.copy, self.export, self.doubt, stretch=2)
        chosen = form(("Re&gion", self.region), ("Dis&trict", self.district))
        fill(box, chosen, self.count, tools, doubt, self.bar, self.notice, (self._build_split(), 1))
        self._connect()

    def _build_split(self) -> QSplitter:
        self.model = AreaModel()
        # In letters, not pixels: at large type the page scrolls, and the table still shows some rows.
        line = self.fontMetrics().height()
        widths = [round(width * line) for width in (4.2, 10.5, 4.0, 9.0, 4.6, 10.0, 7.0, 3.6, 4.8, 4.6)]
        self.table = sortable_list(self.model, "Neediest neighbourhoods", 8 * line, widths)
        for place, name in ((2, _SURE[0]), (3, _SURE[1]), (5, "rank_all")):
            self.table.header().moveSection(self.table.header().visualIndex(list(COLUMNS).index(name)), place)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.key = MarksKey()
        self.profile = ProfileTree()
        self.profile.setMinimumHeight(8 * line)
        self.details.setMinimumHeight(5 * line)
        lower = QWidget()
        fill(column(lower, 0), self.headline, self.key, (self.profile, 5), (self.details, 3))
        return split(self.table, lower, (170, 300))

    def _connect(self) -> None:
        result = self.session.result
        self.region.currentIndexChanged.connect(lambda _: self._choose_region())
        self.district.currentIndexChanged.connect(lambda _: self._filter())
        self.zoom.clicked.connect(self._zoom)
        copying(self.table, self.copy, self.session.messaged.emit)
        self.export.clicked.connect(self._export)
        self.notice.followed.connect(self.session.page_asked)
        self.sure.clicked.connect(self.find_certainty)
        self.pick.toggled.connect(self.picker.switch)
        self.picker.left.connect(lambda: self.pick.setChecked(False))
        self.table.selectionModel().currentRowChanged.connect(self._choose_row)
        self.table.doubleClicked.connect(lambda _: self._zoom())
        self.profile.currentItemChanged.connect(lambda *_: self._describe())
        result.changed.connect(self.refresh)
        result.shown.connect(self._fill_table)
        result.area_chosen.connect(self._show_area)

    def refresh(self) -> None:
        result = self.session.result
        there = result.saved is not None
        self.empty.setText("Reading the figures …" if result.layers is not None and not there else _EMPTY)
        self.show_body(there)
        if not there:
            self.pick.setChecked(False)
            self.model.show_table(None)
            self.profile.show_profile(None)
            return
        from ...core.findings.selection import places

        self.places = places(result.saved.need)
        self._filling = True
        all_of = f"All of {result.saved.country}" if result.saved.country != "All areas" else "All regions"
        offer(self.region, [("", all_of), *((place.code, place.name) for place in self.places.regions)])
        self._fill_districts("")
        self._filling = False
        self.headline.setText(_NO_AREA)
        self._tell_certainty()
        self._fill_table()

    def _tell_certainty(self) -> None:
        """From how many indicators doubt is known; columns of what has not been worked out are not shown."""
        result = self.session.result
        known, busy = not result.saved.certainty.empty, self.runner.running
        for name in _SURE:
            self.table.setColumnHidden(list(COLUMNS).index(name), not known)
        whole = result.doubt() if known else ""
        # Which figures are held exact is a long list.
        self.doubt.setText(whole.partition(". ")[0])
        self.doubt.setToolTip(whole)
        self.bar.setVisible(busy)
        self.sure.setEnabled(result.saved.has_stages() and not busy)

    def find_certainty(self) -> None:
        """Run *Certainty of ranks* in the background, with the pack in hand, into the result's own file."""
        self.begin("hyperlocalneed:rankcertainty", self._certainty_parameters)
        self._tell_certainty()

    def _certainty_parameters(self) -> Dict[str, Any]:
        layers, pack = self.session.result.layers, self.session.pack
        own = work_folder("certainty_") / "method.json"
        editing.save(layers.methodology, own)
        parameters = {
            "INPUT": f"{layers.path}|layername=need",
            "DOUBT": "all",
            "METHODOLOGY": str(own),
            "OUTPUT": Target(layers.path, "certainty", "geom").at(layers.path),
        }
        if pack.check is not None:
            parameters["PACK"] = pack.path
        return parameters

    def _ended(self, outcome: Outcome) -> None:
        said = [line for line in outcome.log.splitlines() if " hot spots " in line and " are sure" in line]
        done = outcome.state == DONE
        self.notice.say(
            f"{said[-1]} [On the map](map) choose As: How sure hot spots are." if done and said else outcome.message,
            outcome.level,
        )
        if done:
            self.session.result.read_again()
        self._tell_certainty()

    def _fill_districts(self, region: str) -> None:
        inside = self.places.districts_of(region)
        offer(self.district, [("", "All districts"), *((place.code, place.name) for place in inside)])

    def _choose_region(self) -> None:
        if self._filling:
            return
        self._filling = True
        self._fill_districts(self.region.currentData())
        self._filling = False
        self._filter()

    def _filter(self) -> None:
        if self._filling or self.session.result.saved is None:
            return
        region, district = self.region.currentData() or "", self.district.currentData() or ""
        self.session.result.set_filter(region, district)
        self._fill_table()
        codes = [district] if district else [place.code for place in self.places.districts_of(region)]
        zoom_to_districts(self.session, codes)

    def _measure(self) -> str:
        """The shown measure, if it has ranks; else the overall one."""
        result = self.session.result
        ranked = (OVERALL, *(node.id for node in result.layers.methodology.dimensions))
        return result.measure if result.measure in ranked else OVERALL

    def _fill_table(self) -> None:
        result = self.session.result
        if result.saved is None:
            return
        from ...core.findings.selection import neediest
        from ...core.words import people

        measure = self._measure()
        certainty = result.saved.certainty if measure == OVERALL else None
        table = neediest(result.saved.need, measure, result.filter, certainty)
        self.model.show_table(table)
        self.table.setColumnHidden(list(COLUMNS).index("rank_all"), "rank_all" not in table)
        self.table.header().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        node = result.layers.methodology.node(measure) if measure != OVERALL else result.layers.methodology.index
        self.count.setText(
            f"<b>{node.title}</b>: {len(table):,} neighbourhoods, {people(table['population'].sum())} people"
        )

    def _choose_row(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.session.result.choose_area(self.model.code(current.row()))

    def _show_area(self, code: str) -> None:
        from ...core.findings.explain import profile

        self._profile = profile(self.session.result.saved, code)
        self.headline.setText(headline(self._profile))
        self.profile.show_profile(self._profile)
        self.profile.setCurrentItem(self.profile.topLevelItem(0))
        place = self.model.row_of(code)
        if place >= 0 and self.table.currentIndex().row() != place:
            with QSignalBlocker(self.table.selectionModel()):
                self.table.setCurrentIndex(self.model.index(place, 0))
            self.table.viewport().update()
            self.table.scrollTo(self.model.index(place, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self.picker.mark(code)

    def _describe(self) -> None:
        line = self.profile.line()
        self.details.setHtml("" if line is None else describe_line(line, self._profile))

    def _zoom(self) -> None:
        if self.session.result.area:
            zoom_to_area(self.session, self.session.result.area)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export the neighbourhoods", "neighbourhoods.csv", "CSV (*.csv)")
        if path:
            self.export_rows(Path(path if path.lower().endswith(".csv") else f"{path}.csv"))

    def export_rows(self, path: Path) -> None:
        """Write the rows with every field of the layer need as CSV; indicators are in layers of their own."""
        from ...processing_provider.runs import area_pages

        codes = [self.model.code(one) for one in chosen_rows(self.table)]
        saved = self.session.result.saved
        sure = saved.certainty.drop(columns="need_rank", errors="ignore")
        rows = (saved.need if sure.empty else saved.need.join(sure)).loc[codes]
        if self.attempt(lambda: area_pages.save_table(saved, rows, path)):
            self.session.messaged.emit(f"{len(codes):,} rows written to {path}.", "success")

    def close_down(self) -> None:
        self.picker.switch(False)
        self.picker.unmark()
        super().close_down()
