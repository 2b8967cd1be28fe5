"""My boundaries: a layer of one's own areas over the result, its figures as a table, and the atlas of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, List, Optional, Tuple

from qgis.core import QgsFeatureRequest, QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAbstractItemView, QTableWidgetItem

from ...core import catalogue
from ...processing_provider import compat
from ..background.runner import DONE, Outcome
from ..background.tasks import Latest
from ..map.navigate import areas_within
from ..widgets.parts import bullets, declared, fill, form, narrow, offer, row
from ..widgets.tables import ABSENT
from .page import Page

SUMMARISE = "hyperlocalneed:summarisebyarea"
# The ways that need neither a data pack nor a table.
METHODS = ("centroid", "area_share")
COLUMNS: List[Tuple[str, str, int]] = declared("texts")["areas"]["boundaries"]
_EMPTY = "<b>There is nothing to lay areas over yet.</b> Compute the index on the Run page first."
LONGEST_REMARK = 110
WIDEST_COLUMN = 150


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
        self._part: Any = None
        box = self.add_body(_EMPTY, 10)
        self.column.addStretch(1)
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layer.setAllowEmptyLayer(True)
        self.names = QgsFieldComboBox()
        self.names.setAllowEmptyFieldName(True)
        method = catalogue.step("summarisebyarea").option("METHOD")
        offer(self.method, [pair for pair in zip(method.choices, method.labels) if pair[0] in METHODS])
        self.table.setColumnCount(len(COLUMNS))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setHorizontalHeaderLabels([title for _, title, _ in COLUMNS])
        chosen = form(("A&reas", narrow(self.layer)), ("&Name", narrow(self.names)), ("&Method", self.method))
        tools = row(self.start, self.cancel, self.atlas)
        fill(box, chosen, self.extent, tools, self.bar, self.notice, (self.table, 10), 1)
        self._connect()

    def _connect(self) -> None:
        self.layer.layerChanged.connect(self._layer_chosen)
        self._watched: Optional[QgsVectorLayer] = None
        self.start.clicked.connect(self.run)
        self.cancel.clicked.connect(self._stop)
        self.atlas.clicked.connect(self.open_atlas)
        self.table.itemSelectionChanged.connect(self._zoom)
        self.session.result.changed.connect(self.refresh)
        self.session.result.filtered.connect(self.refresh)
        QgsProject.instance().layersWillBeRemoved.connect(self._forget_removed)
        self._layer_chosen(self.layer.currentLayer())

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh()

    def close_down(self) -> None:
        """Stop what goes on in the background; for unloading."""
        if self._watched is not None and not sip.isdeleted(self._watched):
            self._watched.selectionChanged.disconnect(self.refresh)
        self._watched = None
        QgsProject.instance().layersWillBeRemoved.disconnect(self._forget_removed)
        self.preparing.cancel()
        self.runner.stop_and_wait()

    def refresh(self, *_: object) -> None:
        there, busy = self.session.result.layers is not None, self.runner.running or self.preparing.running
        self.show_body(there)
        for widget in (self.layer, self.names, self.method):
            widget.setEnabled(there and not busy)
        self.start.setEnabled(there and not busy and self.layer.currentLayer() is not None)
        self.atlas.setEnabled(there and not busy and self.overlay is not None)
        self.cancel.setVisible(busy)
        self.bar.setVisible(busy)
        self.table.setVisible(self.table.rowCount() > 0)
        self.extent.setText(self._which())

    def _which(self) -> str:
        """Which areas will be summed up: those selected, those in the filter of the page Look, or all."""
        layer, result = self.layer.currentLayer(), self.session.result
        if layer is None:
            return ""
        chosen = layer.selectedFeatureCount()
        if chosen:
            return f"The {chosen:,} selected areas."
        place = result.place()
        if place:
            return f"The areas in {place} (the filter of the page Look)."
        return f"All {layer.featureCount():,} areas. To take fewer, select some on the map, or filter on the page Look."

    def _areas(self, layer: QgsVectorLayer) -> Any:
        """The areas to sum up, as a parameter: the layer, or a part of it in memory."""
        result = self.session.result
        if layer.selectedFeatureCount():
            return layer.materialize(QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds()))
        codes = result.filtered_districts()
        if not codes:
            return layer.id()
        ids = areas_within(layer, result.layers.districts, codes)
        return layer.materialize(QgsFeatureRequest().setFilterFids(ids)) if ids else None

    def _layer_chosen(self, layer: Any) -> None:
        if self._watched is not None and not sip.isdeleted(self._watched):
            self._watched.selectionChanged.disconnect(self.refresh)
        self._watched = layer
        if layer is not None:
            layer.selectionChanged.connect(self.refresh)
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
        stem = re.sub(r"\W+", "_", layer.name()).strip("_").lower() or "areas"
        # Beside the result, so that a project that is saved with these layers finds them again.
        self.output = str(Path(layers.path).with_name(f"need_of_{stem}.gpkg"))
        refusal = self.runner.start(
            SUMMARISE,
            {
                "INPUT": f"{layers.path}|layername=need",
                "AREAS": self._part,
                "NAME_FIELD": self.names.currentField(),
                "METHOD": self.method.currentData(),
                "OUTPUT": self.output,
            },
        )
        if refusal:
            self.notice.say(refusal, "warning")
        self.bar.setValue(0)
        self.refresh()

    def _stop(self) -> None:
        self.runner.cancel()
        self.preparing.cancel()
        self.refresh()

    def _ended(self, outcome: Outcome) -> None:
        if outcome.state == DONE:
            self._show(outcome)
        else:
            self.notice.say(outcome.message, outcome.level)
        self.refresh()

    def _show(self, outcome: Outcome) -> None:
        """The areas over the map, styled, and their figures in the table."""
        from ...processing_provider.style import overlay as overlay_style
        from ...processing_provider.style.renderers import name_fields

        layer = QgsVectorLayer(str(outcome.results["OUTPUT"]), f"{self.layer.currentLayer().name()}: need", "ogr")
        if not layer.isValid():
            self.notice.say("The areas were summed up, but their layer cannot be opened; run it again.", "warning")
            return
        name_fields(layer, self.session.result.layers.methodology)
        overlay_style.style_overlay(layer)
        project = QgsProject.instance()
        if self.overlay is not None:
            project.removeMapLayer(self.overlay.id())
        project.addMapLayer(layer, False)
        project.layerTreeRoot().insertLayer(0, layer)
        self.overlay = layer
        # Its fill would hide the map that the new outlines lie over.
        source = project.layerTreeRoot().findLayer(self.layer.currentLayer().id())
        if source is not None:
            source.setItemVisibilityChecked(False)
        self._fill(layer)
        self.notice.say(bullets(map(_short, outcome.lines())), "success")
        self.notice.setToolTip("\n".join(outcome.lines()))

    def _fill(self, layer: QgsVectorLayer) -> None:
        rows = list(layer.getFeatures())
        rows.sort(key=lambda one: (_number(one["need_average_score_rank"]) or float("inf"), str(one["boundary_name"])))
        self.table.setRowCount(len(rows))
        for place, feature in enumerate(rows):
            for number, (field, _, decimals) in enumerate(COLUMNS):
                self.table.setItem(place, number, _item(feature[field], decimals))
            self.table.item(place, 0).setData(Qt.ItemDataRole.UserRole, feature.id())
        self.table.resizeColumnsToContents()
        for number in range(len(COLUMNS)):
            self.table.setColumnWidth(number, min(self.table.columnWidth(number), WIDEST_COLUMN))

    def _zoom(self) -> None:
        """Bring the chosen areas into the map's view."""
        canvas, chosen = self.session.canvas, self._chosen()
        if canvas is not None and self.overlay is not None and chosen:
            canvas.zoomToFeatureIds(self.overlay, chosen)

    def _chosen(self) -> List[int]:
        rows = sorted({item.row() for item in self.table.selectedItems()})
        return [self.table.item(place, 0).data(Qt.ItemDataRole.UserRole) for place in rows]

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
            self._atlas_failed,
            lambda fraction, text: self.bar.setValue(round(100 * fraction)),
        )
        self.refresh()

    def _open(self, result: Any, data: Path) -> None:
        from ...core.errors import NeedError
        from ...processing_provider.runs import atlas as area_atlas

        try:
            layout = area_atlas.add_atlas(QgsProject.instance(), data, result)
        except NeedError as error:
            self._atlas_failed(str(error))
            return
        self.refresh()
        if self.session.iface is not None:
            self.session.iface.openLayoutDesigner(layout).setAtlasPreviewEnabled(True)

    def _atlas_failed(self, text: str) -> None:
        self.notice.say(text, "warning")
        self.refresh()

    def _forget_removed(self, layer_ids: Any) -> None:
        if self.overlay is not None and self.overlay.id() in set(layer_ids):
            self.overlay = None
            self.table.setRowCount(0)
            self.refresh()


def _short(line: str) -> str:
    """A remark without the areas that it lists; the tool tip has them."""
    head, colon, _ = line.partition(": ")
    return f"{head}." if colon and len(line) > LONGEST_REMARK and not head.startswith("Fit") else line


def _number(value: Any) -> Optional[float]:
    return float(value) if isinstance(value, (int, float)) else None


def _item(value: Any, decimals: int) -> QTableWidgetItem:
    """A cell: numbers right-aligned with thousands separators, a dash for what is missing."""
    if decimals < 0:
        return QTableWidgetItem(value if isinstance(value, str) else "")
    number = _number(value)
    item = QTableWidgetItem(ABSENT if number is None else f"{number:,.{decimals}f}")
    item.setTextAlignment(compat.right_aligned())
    return item
