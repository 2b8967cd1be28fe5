"""The indicators of a checked pack as a table: state, date, areas covered, geography and source."""

from __future__ import annotations

import html
from typing import Any

from qgis.PyQt.QtCore import QModelIndex, Qt

from ...core.pack_format import STATUSES
from ...processing_provider import compat
from .parts import STATE_WORDS, state_icon
from .tables import RowsModel

HEADINGS = ("Indicator", "State", "Date", "Areas", "Published for", "Dimension", "Source")
_ORDER = ("own", "absent", *reversed(STATUSES))
AREAS = 3


class PackModel(RowsModel):
    """One row an indicator that enters the sums."""

    HEADINGS = HEADINGS

    def __init__(self) -> None:
        super().__init__()
        self._total = 0
        self._icons = {state: state_icon(state) for state in STATE_WORDS}

    def show_check(self, check: Any) -> None:
        """Show a pack's check; None empties the table."""
        self._total = 0 if check is None else check.areas
        self.show_rows([] if check is None else [*check.states, *check.own])

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        state = self.rows[index.row()]
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
