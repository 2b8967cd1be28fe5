"""The neediest areas of the filter as a table that sorts itself in one step, however long it is."""

from __future__ import annotations

from typing import Any, List, Mapping

from qgis.PyQt.QtCore import QModelIndex, Qt

from ...processing_provider import compat
from .parts import declared
from .tables import ABSENT, RowsModel

COLUMNS: Mapping[str, str] = declared("texts")["areas"]["columns"]
_GAPS = ("rank_all", "certainty", "tied_with")


class AreaModel(RowsModel):
    """Rows of ``selection.neediest``, or of other columns; sorting is done on the frame, not cell by cell."""

    def __init__(self, columns: Mapping[str, str] = COLUMNS) -> None:
        super().__init__()
        self.HEADINGS = tuple(columns.values())
        self._names = list(columns)
        self._table: Any = None
        self._cells: List[Any] = []

    def show_table(self, table: Any) -> None:
        """Show a frame indexed by area_code; None empties the table."""
        self._take(table)
        self.show_rows(() if table is None else table.index)

    def _take(self, table: Any) -> None:
        self._table = table
        self._cells = [] if table is None else [self._cells_of(table, name) for name in self._names]

    @staticmethod
    def _cells_of(table: Any, name: str) -> List[Any]:
        """A column's cells; of what not every result has, or of how sure ranks are until it is worked out, nothing."""
        if name in _GAPS and name not in table:
            return [float("nan")] * len(table)
        return (table.index if name == "area_code" else table[name]).tolist()

    def code(self, row: int) -> str:
        """The code of the area in a row."""
        return self._table.index[row]

    def row_of(self, code: str) -> int:
        """The row of an area, -1 where the filter leaves it out."""
        return -1 if self._table is None else int(self._table.index.get_indexer([code])[0])

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        name = self._names[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and name == "tied_with" and "tied_areas" in self._table:
            return self._table["tied_areas"].iloc[index.row()] or None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and isinstance(
            self._cells[index.column()][index.row()], (int, float)
        ):
            return compat.right_aligned()
        return None

    def text(self, row: int, column: int) -> str:
        """A cell as it is shown."""
        name, value = self._names[column], self._cells[column][row]
        if value is None or value != value:
            return ABSENT
        if isinstance(value, str):
            return value
        return f"{value:,.1f}" if name.endswith("score") else f"{round(value):,}"

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if self._table is None or column < 0 or self._names[column] not in (*self._table, "area_code"):
            return
        from ...core.findings.selection import sort_table

        self.layoutAboutToBeChanged.emit()
        self._take(sort_table(self._table, self._names[column], order == Qt.SortOrder.DescendingOrder))
        self.layoutChanged.emit()
