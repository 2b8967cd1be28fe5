"""What the dock's tables share: their models, the filter of typed words, how they look."""

from __future__ import annotations

from typing import Any, Callable, List, Sequence

from qgis.PyQt.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from qgis.PyQt.QtGui import QGuiApplication, QKeySequence
from qgis.PyQt.QtWidgets import QAbstractButton, QAbstractItemView, QAction, QTableView, QTextEdit, QTreeView

from ...core.texts import harmless

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


def sortable_list(model: QAbstractItemModel, name: str, height: int, widths: Sequence[int]) -> QTreeView:
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


def chosen_rows(view: QTreeView) -> List[int]:
    """The selected rows if there are several, else all of them."""
    chosen = sorted({index.row() for index in view.selectionModel().selectedRows()})
    return chosen if len(chosen) > 1 else list(range(view.model().rowCount()))


def copying(view: QTreeView, button: QAbstractButton, say: Callable[[str, str], None]) -> None:
    """Ctrl+C and a button put the chosen rows on the clipboard, tab-separated, with headings; ``say`` tells it."""

    def copy() -> None:
        model, shown = view.model(), [one for one in range(view.model().columnCount()) if not view.isColumnHidden(one)]
        rows = [[model.headerData(one, Qt.Orientation.Horizontal) for one in shown]]
        rows += [[model.index(row, one).data() for one in shown] for row in chosen_rows(view)]
        lines = ["\t".join(str(harmless(" ".join(str(cell).split()))) for cell in row) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        say(f"{len(lines) - 1:,} rows copied.", "success")

    action = QAction(view)
    action.setShortcut(QKeySequence.StandardKey.Copy)
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(copy)
    view.addAction(action)
    button.clicked.connect(copy)


def telling(view: QAbstractItemView, rows: WordFilter, details: QTextEdit, describe: Callable[[Any], str]) -> None:
    """Show in ``details`` what there is to say of the row at hand."""

    def tell(current: QModelIndex) -> None:
        details.setHtml(describe(rows.sourceModel().row(rows.mapToSource(current).row())) if current.isValid() else "")

    view.selectionModel().currentChanged.connect(tell)


def looked_at(table: QTableView) -> QTableView:
    """A table made read-only, whose rows are chosen as wholes and whose headings stand on the left."""
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setAlternatingRowColors(True)
    table.verticalHeader().setVisible(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    return table
