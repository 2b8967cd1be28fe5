"""The quality of every indicator as a table: a light by shape and word, what is unusual, and the main figures."""

from __future__ import annotations

import html
from typing import Any, Dict, List, Mapping, Tuple

from qgis.PyQt.QtCore import QModelIndex, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QIcon, QPainter, QPolygonF

from ...processing_provider import compat
from ...processing_provider.style import palettes
from .parts import STATE_WORDS, declared, mark_icon
from .tables import ABSENT, RowsModel, WordFilter

# The words of the output ``check`` of quality assurance, the gravest first.
NO_DATA, LOOK, FINE = "no data", "look", "fine"
CHECKS = (NO_DATA, LOOK, FINE)
WORDS = {NO_DATA: "No data", LOOK: "Look", FINE: "Fine"}
_COLOURS = {NO_DATA: palettes.UNSURE_HATCH, LOOK: palettes.ACCENT_WARM, FINE: palettes.DECILE_BLUES[4]}
_SIZE = 12

# Name, heading, kind of figure.
COLUMNS: List[Tuple[str, str, str]] = declared("texts")["quality"]["columns"]
_FACTS: List[Tuple[str, str, str]] = declared("texts")["quality"]["facts"]


def check_of(row: Mapping[str, Any]) -> str:
    """'no data', 'look' where there is a flag, else 'fine': as the algorithm of quality assurance tells it."""
    if not row["areas"] or row["areas"] != row["areas"]:
        return NO_DATA
    return LOOK if words_of(row["flags"], "text") else FINE


def words_of(value: Any, kind: str) -> str:
    """A figure as it is read: counts whole, shares in per cent, gaps as nothing."""
    if value is None or value != value or value == "":
        return ""
    if kind in ("text", "check"):
        return str(value)
    if kind == "count":
        return f"{round(value):,}"
    if kind == "share":
        return f"{100.0 * value:.1f} %"
    return f"{value:.2f}" if kind == "correlation" else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def check_icon(check: str) -> QIcon:
    """The light of a check, distinct by its shape: a disc, a triangle, an empty ring."""
    colour = QColor(_COLOURS[check])

    def draw(painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush if check == NO_DATA else QBrush(colour))
        if check == LOOK:
            painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
        else:
            painter.drawEllipse(box)

    return mark_icon(_SIZE, colour, draw)


class QualityModel(RowsModel):
    """One row an indicator of a result's layer ``quality``."""

    HEADINGS = tuple(heading for _, heading, _ in COLUMNS)

    def __init__(self) -> None:
        super().__init__()
        self._icons = {check: check_icon(check) for check in CHECKS}

    def show_result(self, saved: Any) -> None:
        """Show the quality of a result (``core.findings.saved.Saved``); None empties the table."""
        self.show_rows([] if saved is None else _rows(saved))

    def counts(self) -> Dict[str, int]:
        """How many indicators have each check."""
        return {check: sum(row["check"] == check for row in self.rows) for check in CHECKS}

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        name, _, kind = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return WORDS[row["check"]] if kind == "check" else words_of(row[name], kind) or ABSENT
        if role == Qt.ItemDataRole.UserRole:
            return _sorted_by(row[name], kind)
        if role == Qt.ItemDataRole.DecorationRole and kind == "check":
            return self._icons[row["check"]]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row['title']}: {WORDS[row['check']].lower()}. {words_of(row['flags'], 'text')}".strip()
        if role == Qt.ItemDataRole.TextAlignmentRole and kind not in ("text", "check"):
            return compat.right_aligned()
        return None


def _rows(saved: Any) -> List[Dict[str, Any]]:
    titles = {node.id: node.title for node in saved.methodology.nodes}
    rows = []
    for name, row in saved.quality.to_dict("index").items():
        full = {column: row.get(column) for column, _, _ in (*COLUMNS, *_FACTS)}
        full.update(indicator=name, check=check_of(row), dimension=titles.get(row["dimension"], row["dimension"]))
        full["status"] = STATE_WORDS.get(full["status"], full["status"])
        full["correlation_with"] = titles.get(row.get("correlation_with"), row.get("correlation_with"))
        rows.append(full)
    return rows


def _sorted_by(value: Any, kind: str) -> Any:
    """What a column is sorted by: checks by gravity, figures as figures with gaps below all."""
    if kind == "check":
        return CHECKS.index(value)
    if kind == "text":
        return words_of(value, kind).lower()
    return float("-inf") if value is None or value != value else float(value)


class QualityFilter(WordFilter):
    """Keeps the rows of one check, or of all, that hold every typed word in any column."""

    _check = ""

    def keep(self, check: str) -> None:
        """Keep rows of this check; '' for all."""
        self._check = check
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        wanted = not self._check or self.sourceModel().row(row)["check"] == self._check
        return wanted and super().filterAcceptsRow(row, parent)


def describe(row: Mapping[str, Any]) -> str:
    """Everything known of an indicator's quality, as HTML for the details."""
    lines = [f"<p><b>{html.escape(words_of(row['title'], 'text'))}</b>: {WORDS[row['check']].lower()}</p>"]
    flags = words_of(row["flags"], "text")
    if flags:
        lines.append(f"<p>{html.escape(flags)}</p>")
    facts = ((title, words_of(row[name], kind)) for name, title, kind in _FACTS)
    cells = (f"<tr><td>{title}&nbsp;&nbsp;</td><td>{html.escape(words)}</td></tr>" for title, words in facts if words)
    return "".join([*lines, "<table>", *cells, "</table>"])
