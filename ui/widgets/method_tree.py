"""The tree of a methodology with weights and switches, and the form of the node that is selected."""

from __future__ import annotations

from typing import Dict, Optional

from qgis.PyQt.QtCore import QAbstractItemModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ...core.methodology import Node
from ...processing_provider import compat
from ..states.method_state import MethodState
from .declared import make
from .parts import column, declared, fill, offer, row, show

ID = Qt.ItemDataRole.UserRole
NAME, WEIGHT = 0, 1
_WORDS = declared("texts")["method"]


def weight_box(parent: Optional[QWidget] = None) -> QDoubleSpinBox:
    """A spin box of per cent, which tells a value only when it has been typed to its end."""
    box = QDoubleSpinBox(parent)
    box.setRange(0.0, 100.0)
    box.setDecimals(2)
    box.setSingleStep(0.5)
    box.setSuffix(" %")
    box.setKeyboardTracking(False)
    return box


class _WeightDelegate(QStyledItemDelegate):
    """Edits the weight column in place, with a spin box."""

    def __init__(self, method: MethodState, parent: QWidget) -> None:
        super().__init__(parent)
        self._method = method

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex) -> Optional[QWidget]:
        return weight_box(parent) if index.column() == WEIGHT and index.data() else None

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:
        node = self._method.edited.node(index.siblingAtColumn(NAME).data(ID))
        editor.setValue(100.0 * self._method.weights(str(node.parent))[node.id])

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex) -> None:
        node = self._method.edited.node(index.siblingAtColumn(NAME).data(ID))
        editor.interpretText()
        if abs(editor.value() / 100.0 - self._method.weights(str(node.parent))[node.id]) > 5e-5:
            self._method.set_weight(node, editor.value() / 100.0)


class MethodTree(QTreeWidget):
    """Dimensions, sub-dimensions and indicators; a tick turns an indicator on or off, F2 edits its weight."""

    chosen = pyqtSignal(str)

    def __init__(self, method: MethodState) -> None:
        super().__init__()
        self._method = method
        self._items: Dict[str, QTreeWidgetItem] = {}
        self._filling = False
        self.setHeaderLabels(["What is measured", "Weight"])
        self.setItemDelegateForColumn(WEIGHT, _WeightDelegate(method, self))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.SelectedClicked)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(WEIGHT, QHeaderView.ResizeMode.ResizeToContents)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setAccessibleName("The method's tree")
        self.setToolTip("Untick an indicator to leave it out; double-click a weight, or press F2, to change it")
        self.itemChanged.connect(self._switch)
        self.currentItemChanged.connect(lambda item, _: self.chosen.emit(item.data(NAME, ID) if item else ""))
        method.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the method as it now is; the tree is only built anew where its nodes have changed."""
        nodes = [node for node in self._method.edited.nodes if node.level != "index"]
        self._filling = True
        if list(self._items) != [node.id for node in nodes]:
            self._build()
        weights: Dict[str, float] = {}
        for parent in self._method.edited.nodes:
            if parent.level not in ("composite", "indicator"):
                weights.update(self._method.weights(parent.id))
        for node in nodes:
            self._write(node, weights.get(node.id))
        self._filling = False

    def _build(self) -> None:
        self.clear()
        self._items = {}
        waiting = [self._method.edited.index.id]
        while waiting:
            parent = waiting.pop(0)
            for node in self._method.edited.children(parent):
                item = QTreeWidgetItem(self._items.get(parent, self.invisibleRootItem()), [node.title, ""])
                item.setData(NAME, ID, node.id)
                item.setToolTip(NAME, f"{_WORDS['levels'][node.level]}: {node.title}")
                item.setTextAlignment(WEIGHT, compat.right_aligned())
                self._items[node.id] = item
                waiting.append(node.id)
        self._items = {node.id: self._items[node.id] for node in self._method.edited.nodes if node.id in self._items}
        self.collapseAll()

    def _write(self, node: Node, weight: Optional[float]) -> None:
        item = self._items[node.id]
        flags = item.flags() | Qt.ItemFlag.ItemIsEditable
        on = node.id not in self._method.off
        if node.level in ("indicator", "composite"):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            item.setCheckState(NAME, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        item.setFlags(flags)
        given = node.parent is not None and self._method.edited.node(node.parent).weighting == "given"
        item.setText(WEIGHT, "" if weight is None or not on else f"{100.0 * weight:.2f} %".replace(".00", ""))
        font = item.font(WEIGHT)
        font.setItalic(not given)
        item.setFont(WEIGHT, font)
        item.setToolTip(WEIGHT, "Given weight" if given else "All on this level weigh the same")

    def _switch(self, item: QTreeWidgetItem, column: int) -> None:
        if self._filling or column != NAME:
            return
        node = self._method.edited.node(item.data(NAME, ID))
        on = item.checkState(NAME) == Qt.CheckState.Checked
        if on == (node.id in self._method.off):
            self._method.switch(node, on)

    def choose(self, node_id: str) -> None:
        """Select a node and bring it into view."""
        if node_id in self._items:
            self.setCurrentItem(self._items[node_id])
            self.scrollToItem(self._items[node_id])

    def item(self, node_id: str) -> QTreeWidgetItem:
        """The item of a node."""
        return self._items[node_id]


class NodeForm(QWidget):
    """Weight, direction and shrinkage of one node, and what it is."""

    def __init__(self, method: MethodState) -> None:
        super().__init__()
        self._method = method
        self._node: Optional[Node] = None
        self._filling = False
        make(self, "node_form")
        form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        fill(column(self, 0), self.title, self.fields, 1)
        self._add_weight(form)
        self._add_choices(form)
        form.addRow(self.text)
        self._listen()
        self.show_node("")

    def _add_weight(self, form: QFormLayout) -> None:
        self.weight = weight_box()
        self.weight.setToolTip("Its share among those under the same heading")
        self.weight.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        weighing = QWidget()
        weighing.setLayout(row(self.weight, self.equal, stretch=0))
        form.addRow("Wei&ght", weighing)
        form.labelForField(weighing).setBuddy(self.weight)

    def _add_choices(self, form: QFormLayout) -> None:
        offer(self.direction, _WORDS["directions"].items())
        offer(self.shrinkage, _WORDS["shrinkages"].items())
        form.addRow("Directio&n", self.direction)
        form.addRow("Shrin&k", self.shrinkage)
        self._own = [self.direction, self.shrinkage]
        self._own += [form.labelForField(box) for box in (self.direction, self.shrinkage)]

    def _listen(self) -> None:
        self.weight.valueChanged.connect(self._set_weight)
        self.equal.clicked.connect(lambda: self._node and self._method.set_equal(str(self._node.parent)))
        self.direction.activated.connect(lambda _: self._set_node("direction", self.direction))
        self.shrinkage.activated.connect(lambda _: self._set_node("shrinkage", self.shrinkage))
        self._method.changed.connect(lambda: self.show_node(self._node.id if self._node else ""))

    def show_node(self, node_id: str) -> None:
        """Show a node's settings; '' or a node that is gone disables the form."""
        known = {node.id: node for node in self._method.edited.nodes}
        node = self._node = known.get(node_id)
        self._filling = True
        self.fields.setVisible(node is not None)
        self.title.setText("Select a line above to change it" if node is None else node.title)
        parent = None if node is None or node.parent is None else known[node.parent]
        weighed = (
            node is not None and parent is not None and parent.level != "composite" and node.id not in self._method.off
        )
        self.weight.setEnabled(weighed)
        self.equal.setEnabled(weighed and parent.weighting != "equal")
        self.weight.setValue(100.0 * self._method.weights(parent.id)[node.id] if weighed else 0.0)
        enters = node is not None and node.level in ("indicator", "composite") and parent.level != "composite"
        show(enters, *self._own)
        for box, key in ((self.direction, "direction"), (self.shrinkage, "shrinkage")):
            box.setCurrentIndex(box.findData(getattr(node, key)) if enters else -1)
        self.text.setText("" if node is None else node.description or node.reason)
        self._filling = False

    def _set_weight(self, value: float) -> None:
        if not self._filling and self._node is not None:
            self._method.set_weight(self._node, value / 100.0)

    def _set_node(self, key: str, box: QComboBox) -> None:
        if self._node is not None and box.currentData() != getattr(self._node, key):
            self._method.set_node(self._node.id, **{key: box.currentData()})
