"""My boundaries: a layer of one's own areas over the result, its figures as a table, and the atlas of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence, Union

from qgis.core import QgsFeatureRequest, QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QFileDialog

from ...core import catalogue
from ...core.errors import NeedError
from ...processing_provider import compat
from ..background.runner import DONE, Outcome
from ..background.tasks import Latest
from ..map.navigate import areas_within
from ..widgets.area_table import AreaModel
from ..widgets.parts import bullets, declared, enable, fill, form, narrow, offer, row, show
from ..widgets.tables import chosen_rows, copying, sortable_list
from .page import Page

SUMMARISE = "hyperlocalneed:summarisebyarea"
# The ways that need neither a data pack nor a table.
METHODS = ("centroid", "area_share")
# What a set was made from and how, kept with its layer.
SOURCE, METHOD = "hyperlocal_need/areas", "hyperlocal_need/areas_method"
COLUMNS: Mapping[str, str] = declared("texts")["areas"]["boundaries"]
_EMPTY = "<b>There is nothing to lay areas over yet.</b> Compute the index on the Run page first."
LONGEST_REMARK = 110
WIDEST_COLUMN = 110


class BoundariesPage(Page):
    """Choose a layer and its name field, sum up, look at overlay and table, open the atlas."""

    SHORT = "Areas"
    KEY, TITLE, TIP = "boundaries", "My boundaries", "Sum the result up for wards, parishes or areas of your own"
    HELP = "boundaries.md#sum-up-hyperlocalneedsummarisebyarea"

    def build(self) -> None:
        self.runner = self.own_runner()
        self.preparing = Latest()
        self.overlay: Optional[QgsVectorLayer] = None
        self.output = ""
        self._figures: Any = None
        self._part: Union[QgsVectorLayer, str, None] = None
        box = self.add_body(_EMPTY, 10)
        self.column.addStretch(1)
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layer.setAllowEmptyLayer(True)
        self.names = QgsFieldComboBox()
        self.names.setAllowEmptyFieldName(True)
        method = catalogue.step("summarisebyarea").option("METHOD")
        offer(self.method, [pair for pair in zip(method.choices, method.labels) if pair[0] in METHODS])
        self.model = AreaModel(COLUMNS)
        self.table = sortable_list(self.model, "My areas and their need", 8 * self.fontMetrics().height(), ())
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        chosen = form(("A&reas", narrow(self.layer)), ("&Name", narrow(self.names)), ("&Method", self.method))
        tools, further = row(self.start, self.cancel, self.atlas), row(stretch=0)
        fill(further, (self.reached, 1), (self.reorganise, 1))
        fill(box, chosen, self.extent, tools, self.own_name, self.own, self.bar, self.notice)
        fill(box, row(self.sets, self.copy, self.save, stretch=0), (self.table, 10), further, 1)
        self._connect()

    def _connect(self) -> None:
        self.layer.layerChanged.connect(self._layer_chosen)
        self._watched: Optional[QgsVectorLayer] = None
        self.start.clicked.connect(self.run)
        self.cancel.clicked.connect(self._stop)
        self.atlas.clicked.connect(self.open_atlas)
        self.own.clicked.connect(self.make_own)
        self.sets.activated.connect(lambda _: self._take(QgsProject.instance().mapLayer(self.sets.currentData())))
        copying(self.table, self.copy, self.session.messaged.emit)
        self.save.clicked.connect(self._save)
        self.reached.clicked.connect(lambda: self._ask("whoisreached"))
        self.reorganise.clicked.connect(lambda: self._ask("comparereorganisation"))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._zoom())
        self.session.result.changed.connect(self._result_changed)
        self.session.result.filtered.connect(self.refresh)
        QgsProject.instance().layersRemoved.connect(self._forget_removed)
        self._layer_chosen(self.layer.currentLayer())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def close_down(self) -> None:
        self._watch(None)
        QgsProject.instance().layersRemoved.disconnect(self._forget_removed)
        self.preparing.cancel()
        super().close_down()

    def refresh(self, *_: object) -> None:
        there, busy = self.session.result.layers is not None, self.runner.running or self.preparing.running
        self.show_body(there)
        enable(there and not busy, self.layer, self.names, self.method, self.own)
        layer, shown = self.layer.currentLayer(), self.overlay is not None
        self.start.setEnabled(there and not busy and layer is not None and layer.featureCount() != 0)
        enable(there and not busy and shown, self.atlas, self.save)
        show(busy, self.cancel, self.bar)
        show(shown, self.table, self.sets, self.copy, self.save)
        self.extent.setText(self._which())

    def _which(self) -> str:
        """Which areas will be summed up: those selected, those in the filter of the page Look, or all."""
        layer, result = self.layer.currentLayer(), self.session.result
        if layer is None:
            return ""
        chosen = layer.selectedFeatureCount()
        if layer.featureCount() == 0:
            return "No area is drawn in this layer yet."
        if chosen:
            return f"The {chosen:,} selected areas."
        place = result.place()
        if place:
            return f"The areas in {place} (the filter of the page Look)."
        return f"All {layer.featureCount():,} areas. To take fewer, select some on the map, or filter on the page Look."

    def _areas(self, layer: QgsVectorLayer) -> Union[QgsVectorLayer, str, None]:
        """The areas to sum up, as a parameter: the layer, or a part of it in memory."""
        result = self.session.result
        if layer.selectedFeatureCount():
            return layer.materialize(QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds()))
        codes = result.filtered_districts()
        if not codes:
            # What is being drawn is in no file yet.
            return layer.materialize(QgsFeatureRequest()) if layer.isEditable() else layer.id()
        ids = areas_within(layer, result.layers.districts, codes)
        return layer.materialize(QgsFeatureRequest().setFilterFids(ids)) if ids else None

    def _watch(self, layer: Optional[QgsVectorLayer]) -> None:
        if self._watched is not None and not sip.isdeleted(self._watched):
            self._watched.selectionChanged.disconnect(self.refresh)
            self._watched.layerModified.disconnect(self.refresh)
        self._watched = layer
        if layer is not None:
            layer.selectionChanged.connect(self.refresh)
            layer.layerModified.connect(self.refresh)

    def _layer_chosen(self, layer: Optional[QgsVectorLayer]) -> None:
        self._watch(layer)
        self.names.setLayer(layer)
        if layer is not None:
            likely = [field.name() for field in layer.fields() if field.name().lower().endswith(("name", "nm"))]
            named = likely or [name for name in (field.name() for field in layer.fields()) if "nm" in name.lower()]
            self.names.setField(named[0] if named else "")
        self.refresh()

    def run(self) -> None:
        """Sum up in the background, or say why not."""
        layer, layers = self.layer.currentLayer(), self.session.result.layers
        if layer is None or layers is None:
            return
        self.notice.say("")
        self._part = self._areas(layer)
        if self._part is None:
            self.notice.say(f"No area of {layer.name()} lies in {self.session.result.place()}.", "warning")
            return
        self.output = str(self._place(layer))
        parameters = {
            "INPUT": f"{layers.path}|layername=need",
            "AREAS": self._part,
            "NAME_FIELD": self.names.currentField(),
            "METHOD": self.method.currentData(),
            "OUTPUT": self.output,
        }
        self.begin(SUMMARISE, lambda: parameters)
        self.refresh()

    def _place(self, layer: QgsVectorLayer) -> Path:
        """Beside the result, where a project that is saved finds them again; another layer's set stays."""
        path, stem = self.session.result.layers.path, re.sub(r"\W+", "_", layer.name()).strip("_").lower() or "areas"
        taken = {_file(one) for one in self._sets() if one.customProperty(SOURCE) != layer.source()}
        numbers = ("", *map(str, range(2, len(taken) + 2)))
        places = (path.with_name(f"{path.stem}_of_{stem}{number}.gpkg") for number in numbers)
        return next(place for place in places if place not in taken)

    def _sets(self) -> List[QgsVectorLayer]:
        """The layers of the project that hold areas summed up from this result, by name."""
        layers = self.session.result.layers
        start = layers and str(layers.path.with_name(f"{layers.path.stem}_of_"))
        marked = [one for one in QgsProject.instance().mapLayers().values() if one.customProperty(SOURCE)]
        ours = [one for one in marked if start and one.isValid() and str(_file(one)).startswith(start)]
        return sorted(ours, key=QgsVectorLayer.name)

    def _result_changed(self) -> None:
        """Show what has been laid over this result, if anything has."""
        if self.overlay not in self._sets():
            self._take(next(iter(self._sets()), None))
        self.refresh()

    def make_own(self) -> None:
        """Join the neighbourhoods that are selected on the map to an area, and sum up; without any, turn to the map."""
        from ...processing_provider.project.own_areas import NAME, add_own_area

        layers, iface, name = self.session.result.layers, self.session.iface, self.own_name.text().strip()
        number = layers.need.selectedFeatureCount()
        try:
            layer = add_own_area(QgsProject.instance(), layers.path, layers.need, name)
        except NeedError as error:
            self.notice.say(str(error), "warning")
            if iface is not None and not number:
                iface.setActiveLayer(layers.need)
                iface.actionSelect().trigger()
            return
        layers.need.removeSelection()
        self.own_name.clear()
        self.layer.setLayer(layer)
        self.names.setField(NAME)
        self.run()
        if number == 1:
            self.session.messaged.emit(f"{name} is one neighbourhood alone: its figures are the area's.", "info")

    def _ask(self, algorithm: str) -> None:
        """Open an algorithm's dialog on the result, and on the areas that are chosen here."""
        from processing import createAlgorithmDialog

        layer = self.layer.currentLayer()
        values = {"INPUT": self.session.result.layers.need.id()}
        if layer is not None and algorithm == "whoisreached":
            values.update(AREAS=layer.id(), NAME_FIELD=self.names.currentField())
        self.dialog = createAlgorithmDialog(f"hyperlocalneed:{algorithm}", values)
        self.dialog.show()

    def _save(self) -> None:
        kinds = "CSV (*.csv);;Excel (*.xlsx)"
        path, kind = QFileDialog.getSaveFileName(self, "Save the areas", Path(self.output).stem, kinds)
        if path:
            ending = ".xlsx" if "xlsx" in kind else ".csv"
            self.save_rows(Path(path if path.lower().endswith((".csv", ".xlsx")) else f"{path}{ending}"))

    def save_rows(self, place: Path) -> None:
        """Write the chosen rows with every field, and beside them what they are, in the background."""
        from ...processing_provider.runs import area_pages

        saved, ids = self.session.result.saved, [self.model.code(one) for one in chosen_rows(self.table)]
        table = self._figures.loc[ids].set_index("boundary_code")
        self.preparing.start(
            "Saving the areas",
            lambda report: area_pages.save_table(saved, table, place),
            lambda _: self._tell(f"{len(table):,} areas written to {place}.", "success"),
            self._tell,
        )
        self.refresh()

    def _tell(self, text: str, level: str = "warning") -> None:
        self.notice.say(text, level)
        self.refresh()

    def _stop(self) -> None:
        self.runner.cancel()
        self.preparing.cancel()
        self.refresh()

    def _ended(self, outcome: Outcome) -> None:
        if outcome.state == DONE:
            self._show(outcome)
        else:
            self._tell(outcome.message, outcome.level)

    def _show(self, outcome: Outcome) -> None:
        """The areas over the map, styled, and their figures in the table, beside the sets that are there."""
        from ...processing_provider.style import overlay as overlay_style
        from ...processing_provider.style.renderers import name_fields

        source = self.layer.currentLayer()
        layer = compat.file_layer(str(outcome.results["OUTPUT"]), f"{source.name()}: need")
        if not layer.isValid():
            self.notice.say("The areas were summed up, but their layer cannot be opened; run it again.", "warning")
            return
        name_fields(layer, self.session.result.layers.methodology)
        overlay_style.style_overlay(layer)
        layer.setCustomProperty(SOURCE, source.source())
        layer.setCustomProperty(METHOD, self.method.currentData())
        project = QgsProject.instance()
        project.removeMapLayers([one.id() for one in self._sets() if _file(one) == _file(layer)])
        project.addMapLayer(layer, False)
        project.layerTreeRoot().insertLayer(0, layer)
        self._take(layer)
        # Its fill would hide the map that the new outlines lie over.
        node = project.layerTreeRoot().findLayer(source.id())
        if node is not None:
            node.setItemVisibilityChecked(False)
        self.notice.say(bullets(map(_short, outcome.lines())), "success")
        self.notice.setToolTip("\n".join(outcome.lines()))

    def _take(self, layer: Optional[QgsVectorLayer]) -> None:
        """Show a set of areas on the map and in the table, in place of the others; None empties the table."""
        self.overlay, root, sets = layer, QgsProject.instance().layerTreeRoot(), self._sets()
        for one in sets:
            node = root.findLayer(one.id())
            if node is not None and layer is not None:
                node.setItemVisibilityChecked(one is layer)
        offer(self.sets, [(one.id(), one.name()) for one in sets], "" if layer is None else layer.id())
        self._figures = None if layer is None else _frame(layer)
        self.model.show_table(self._figures)
        if layer is not None:
            self.output = str(_file(layer))
            self.method.setCurrentIndex(max(self.method.findData(layer.customProperty(METHOD)), 0))
        self.table.header().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        for number, name in enumerate(COLUMNS):
            self.table.resizeColumnToContents(number)
            if name.startswith("boundary"):
                self.table.setColumnWidth(number, min(self.table.columnWidth(number), WIDEST_COLUMN))
        self.refresh()

    def _zoom(self) -> None:
        """Bring the chosen areas into the map's view."""
        canvas = self.session.canvas
        chosen = [self.model.code(one.row()) for one in self.table.selectionModel().selectedRows()]
        if canvas is not None and self.overlay is not None and chosen:
            canvas.zoomToFeatureIds(self.overlay, chosen)

    def open_atlas(self) -> None:
        """Prepare the atlas in the background, then open it in the layout designer."""
        from ...processing_provider.runs import area_pages

        layers = self.session.result.layers
        data = Path(self.output).with_name(f"atlas_{Path(self.output).name}")
        settings = area_pages.Settings(method=self.method.currentData())
        project, output = QgsProject.instance(), Path(self.output)
        transforms = project.transformContext()
        self.bar.setValue(0)
        self.preparing.start(
            "Preparing the atlas",
            lambda report: area_pages.prepare_atlas(layers.path, output, data, settings, transforms, report, project),
            lambda result: self._open(result, data),
            self._tell,
            lambda fraction, text: self.bar.setValue(round(100 * fraction)),
        )
        self.refresh()

    def _open(self, result: Any, data: Path) -> None:
        from ...processing_provider.runs import atlas as area_atlas

        try:
            layout = area_atlas.add_atlas(QgsProject.instance(), data, result)
        except NeedError as error:
            self._tell(str(error))
            return
        self.refresh()
        if self.session.iface is not None:
            self.session.iface.openLayoutDesigner(layout).setAtlasPreviewEnabled(True)

    def _forget_removed(self, layer_ids: Sequence[str]) -> None:
        if self.sets.currentData() in set(layer_ids):
            self.overlay = None
        if any(self.sets.findData(one) >= 0 for one in layer_ids):
            self._take(self.overlay or next(iter(self._sets()), None))


def _short(line: str) -> str:
    """A remark without the areas that it lists; the tool tip has them."""
    head, colon, _ = line.partition(": ")
    return f"{head}." if colon and len(line) > LONGEST_REMARK and not head.startswith("Fit") else line


def _file(layer: QgsVectorLayer) -> Path:
    return Path(layer.source().partition("|")[0])


def _frame(layer: QgsVectorLayer) -> Any:
    """Every field of the areas by the number of the feature, the neediest first."""
    import pandas as pd

    features = list(layer.getFeatures())
    rows = [[None if compat.is_null(value) else value for value in one.attributes()] for one in features]
    frame = pd.DataFrame(rows, [one.id() for one in features], layer.fields().names()).drop(columns="fid")
    return frame.sort_values(["need_average_score_rank", "boundary_name"], kind="stable")
