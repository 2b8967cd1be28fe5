"""What the dock's tables share: their models, the filter of typed words, how they look."""

from __future__ import annotations

from typing import Any, List, Sequence

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from qgis.PyQt.QtWidgets import QAbstractItemView, QTreeView

ABSENT = "\u2013"


class RowsModel(QAbstractTableModel):
    """Rows under headings; a subclass gives ``HEADINGS`` and ``data``."""

    HEADINGS: Sequence[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Any] = ()

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows in place of these."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row(self, place: int) -> Any:
        """What a row is about."""
        return self.rows[place]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADINGS[section]
        return None


class WordFilter(QSortFilterProxyModel):
    """Keeps the rows that hold every typed word, in any column; sorts by the values behind the words."""

    def __init__(self, model: RowsModel) -> None:
        super().__init__()
        self.setSourceModel(model)
        self.setSortRole(Qt.ItemDataRole.UserRole)
        self._words: List[str] = []

    def filter_by(self, text: str) -> None:
        """Keep rows with these words."""
        self._words = text.lower().split()
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        model = self.sourceModel()
        texts = [str(model.index(row, column, parent).data() or "") for column in range(model.columnCount())]
        line = " ".join(texts).lower()
        return all(word in line for word in self._words)


def sortable_list(model: Any, name: str, height: int, widths: Sequence[int]) -> QTreeView:
    """A model as plain rows that sort by a click on a heading."""
    view = QTreeView()
    view.setModel(model)
    view.setRootIsDecorated(False)
    view.setUniformRowHeights(True)
    view.setAlternatingRowColors(True)
    view.setSortingEnabled(True)
    view.setAccessibleName(name)
    view.setMinimumHeight(height)
    for section, width in enumerate(widths):
        view.setColumnWidth(section, width)
    return view


def looked_at(table: Any) -> Any:
    """A table made read-only, whose rows are chosen as wholes and whose headings stand on the left."""
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setAlternatingRowColors(True)
    table.verticalHeader().setVisible(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    return table
