"""Map: which measure is shown, in which way, and a legend in words."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Tuple

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QFileDialog, QFormLayout

from ..background.tasks import Latest
from ..map.navigate import zoom_to_result
from ..session import work_folder
from ..states.result_state import AREAS, DISTRICTS, OVERALL
from ..widgets.parts import column, declared, fill, form, name_of, offer, row, show
from .page import Page

_LEVELS = {AREAS: "Neighbourhoods", DISTRICTS: "Districts"}
_NOUNS = {AREAS: "area", DISTRICTS: "district"}
_WORDS = declared("texts")["map"]


class MapPage(Page):
    """Chooses what the map shows."""

    KEY, TITLE, TIP = "map", "Map", "Choose the measure on the map, and read its legend"

    def build(self) -> None:
        self._filling, self.opening = False, Latest()
        self.go.clicked.connect(lambda: self.session.page_asked.emit("run"))
        box = self.add_body(_WORDS["empty"], 0)
        column(self.go_row, 0).addLayout(row(self.go, self.open))
        self.column.insertWidget(1, self.go_row)
        self.result_label = name_of(self.result, "Resul&t")
        shown = (("Sho&w", self.level), ("Measu&re", self.measure), ("&As", self.kind))
        choices = form((self.result_label, self.result), *shown)
        choices.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        fill(box, choices, self.heading, self.where, self.legend, self.wait)
        # Themes with wide buttons do not have room for three in a row.
        fill(box, row(self.zoom, self.styles), row(self.sheet, self.other), self.themes)
        self.column.addStretch(1)
        self._connect()

    def _connect(self) -> None:
        offer(self.level, _LEVELS.items())
        self.result.currentIndexChanged.connect(lambda _: self._choose_result())
        self.level.currentIndexChanged.connect(lambda _: self._refill(self._fill_measures, self._fill_kinds))
        self.measure.currentIndexChanged.connect(lambda _: self._refill(self._fill_kinds))
        self.kind.currentIndexChanged.connect(lambda _: self._show())
        # What is chosen once more is shown once more: the layer may have got another style meanwhile.
        for combo in (self.measure, self.kind):
            combo.activated.connect(lambda _: self._show())
        for button in (self.open, self.other):
            button.clicked.connect(self._open)
        self.zoom.clicked.connect(self.zoom_to_all)
        self.styles.clicked.connect(self._save_styles)
        self.sheet.clicked.connect(self.open_sheet)
        self.session.steps_found.connect(self.lay_out)
        result = self.session.result
        result.changed.connect(self.refresh)
        result.shown.connect(self.refresh)
        result.filtered.connect(self.write_legend)

    def refresh(self) -> None:
        result = self.session.result
        there = result.layers is not None
        self.show_body(there)
        self.go_row.setVisible(not there)
        if not there:
            return
        self._filling = True
        self._fill_results()
        self.level.setCurrentIndex(self.level.findData(result.level))
        self._fill_measures()
        self._fill_kinds()
        self._filling = False
        self.write_legend()

    def _fill_results(self) -> None:
        """The results to choose from, where there are several."""
        choices = self.session.result.choices()
        offer(self.result, choices, self.session.result.layers.need.id())
        for place, (_, name) in enumerate(choices):
            self.result.setItemData(place, name, Qt.ItemDataRole.ToolTipRole)
        show(len(choices) > 1, self.result, self.result_label)

    def _choose_result(self) -> None:
        if not self._filling and self.result.currentData():
            self.session.result.choose(self.result.currentData())

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a result", self.session.folder, "Results (*.gpkg)")
        if path:
            self.session.open_result(path)

    def lay_out(self, path: str) -> None:
        """Lay the layer of all steps out as a result, in the background and a temporary place; then open that."""
        from ...processing_provider.runs import laid_out

        work = work_folder()
        known, say = (self.session.method.for_run(),), self.session.messaged.emit
        say(f"{Path(path).name} is being laid out as a result; its map opens in a moment.", "info")
        self.opening.start(
            "Laying out the result",
            lambda report: str(laid_out.lay_out(Path(path), work, known, report)),
            self.session.open_result,
            lambda text: say(text, "warning"),
        )

    def close_down(self) -> None:
        self.opening.cancel()

    def _measures(self) -> List[Tuple[str, str]]:
        """Id and title of what can be shown; an empty id is a heading."""
        result = self.session.result
        methodology = result.layers.methodology
        entries = [(OVERALL, methodology.index.title)]
        entries += [(node.id, node.title) for node in methodology.dimensions]
        if result.saved is None or self.level.currentData() == DISTRICTS:
            return entries
        present = result.saved.sub_dimensions.columns
        nodes = [node for node in methodology.sub_dimensions if f"{node.id}_exp" in present]
        if nodes:
            entries += [("", "Sub-dimensions"), *((node.id, node.title) for node in nodes)]
        nodes = [node for node in methodology.indicators if f"{node.id}_z" in result.saved.normal_scores.columns]
        if nodes:
            entries += [("", "Indicators"), *((node.id, node.title) for node in nodes)]
        return entries

    def _fill_measures(self) -> None:
        measures = self._measures()
        shown = [(measure, title if measure else f"{title}:") for measure, title in measures]
        offer(self.measure, shown, self.session.result.measure)
        for place, (measure, title) in enumerate(measures):
            self.measure.setItemData(place, title, Qt.ItemDataRole.ToolTipRole)
            if not measure:
                self.measure.model().item(place).setEnabled(False)

    def _fill_kinds(self) -> None:
        result = self.session.result
        kinds = result.kinds(self.level.currentData(), self.measure.currentData()) or ("tenths",)
        offer(self.kind, [(kind, _WORDS["kinds"][kind]) for kind in kinds], result.kind)
        self.kind.setEnabled(len(kinds) > 1)

    def _refill(self, *fills: Callable[[], None]) -> None:
        """Fill the boxes that hang on the one that was changed, then show what they say."""
        if self._filling:
            return
        self._filling = True
        for refill in fills:
            refill()
        self._filling = False
        self._show()

    def _show(self) -> None:
        if not self._filling and self.session.result.layers is not None and self.measure.currentData():
            self.session.result.show(self.level.currentData(), self.measure.currentData(), self.kind.currentData())

    def write_legend(self) -> None:
        """Count the legend anew, within the filter."""
        result = self.session.result
        if result.layers is None:
            return
        self.heading.setText(result.title())
        self.wait.say("Reading the figures …" if result.saved is None else "", "info")
        entries = result.legend()
        self.legend.show_entries(entries, _NOUNS[result.level])
        self.sheet.setEnabled(result.saved is not None and result.detail() is None)
        self.where.setText(self._where())
        self.where.setVisible(bool(entries))

    def _where(self) -> str:
        result = self.session.result
        if result.saved is None:
            return ""
        if result.place():
            return f"In {result.place()} only:"
        return f"In {result.saved.country}:" if result.saved.country != "All areas" else "In all areas:"

    def zoom_to_all(self) -> None:
        """Show the whole result."""
        zoom_to_result(self.session)

    def open_sheet(self) -> None:
        """Lay the measure out as a map and as a pair of maps by district, and open the first in QGIS's designer."""
        from ...processing_provider.layouts import sheets

        result = self.session.result
        made = sheets.add_sheets(QgsProject.instance(), result.saved, result.measure)
        if self.session.iface is not None:
            self.session.iface.openLayoutDesigner(made["map"])

    def _save_styles(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Choose a folder for the styles")
        if folder:
            self.save_styles(folder)

    def save_styles(self, folder: str) -> None:
        """Write every style of both layers as .qml."""
        from ...processing_provider.project.result_layers import write_style_files

        written: List[Path] = []
        if self.attempt(lambda: written.extend(write_style_files(self.session.result.layers, Path(folder)))):
            self.session.messaged.emit(f"{len(written)} styles were written to {folder}.", "success")
