"""The indicators of a checked pack as a table: state, date, areas covered, geography and source."""

from __future__ import annotations

import html
from typing import Any, List

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt

from ...core.pack_format import STATUSES
from ...processing_provider import compat
from .parts import STATE_WORDS, state_icon

HEADINGS = ("Indicator", "State", "Date", "Areas", "Published for", "Dimension", "Source")
_ORDER = ("own", "absent", *reversed(STATUSES))
AREAS = 3


class PackModel(QAbstractTableModel):
    """One row an indicator that enters the sums."""

    def __init__(self) -> None:
        super().__init__()
        self._states: List[Any] = []
        self._total = 0
        self._icons = {state: state_icon(state) for state in STATE_WORDS}

    def show_check(self, check: Any) -> None:
        """Show a pack's check; None empties the table."""
        self.beginResetModel()
        self._states = [] if check is None else [*check.states, *check.own]
        self._total = 0 if check is None else check.areas
        self.endResetModel()

    def state(self, row: int) -> Any:
        """The state in a row."""
        return self._states[row]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self._states)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        state = self._states[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(state, index.column())
        if role == Qt.ItemDataRole.UserRole:
            values = {1: _ORDER.index(state.status), AREAS: state.covered}
            return values.get(index.column(), self._text(state, index.column()))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._icons[state.status]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{state.node.title}: {STATE_WORDS[state.status].lower()}. {state.note}".strip()
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == AREAS:
            return compat.right_aligned()
        return None

    def _text(self, state: Any, column: int) -> str:
        covered = "all" if state.covered == self._total else f"{state.covered:,}"
        areas = "" if state.status in ("absent", "own") else covered
        return (
            state.node.title,
            STATE_WORDS[state.status],
            state.date,
            areas,
            state.geography,
            state.dimension,
            state.source,
        )[column]


class PackFilter(QSortFilterProxyModel):
    """Keeps the rows that hold every typed word, in any column, and sorts states by how far they are off."""

    def __init__(self, model: PackModel) -> None:
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


def describe(state: Any, total: int) -> str:
    """Everything known of an indicator, as HTML for the details."""
    node = state.node
    facts = [("State", STATE_WORDS[state.status])]
    if state.title and state.title != node.title:
        facts.append(("In the pack", state.title))
    if state.status != "absent":
        share = "all areas" if state.covered == total else f"{state.covered:,} of {total:,} areas"
        facts += [
            ("Source", state.source),
            ("Date", state.date),
            ("Published for", state.geography),
            ("Unit", state.unit),
        ]
        facts += [("Covers", "" if state.status == "own" else share), ("Note", state.note), ("Step 2", state.flags)]
    facts += [
        ("What it measures", node.description),
        ("Why it is in", node.reason),
        ("Caveats", node.caveats),
        ("The method asks for", ", ".join(part for part in (node.source, node.date, node.geography or "") if part)),
    ]
    lines = [f"<p><b>{html.escape(node.title)}</b></p>"]
    lines += [f"<p><b>{title}:</b> {html.escape(text)}</p>" for title, text in facts if text]
    return "".join(lines)
