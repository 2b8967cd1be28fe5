"""The entry that an import proposes for ``pack.json``, as JSON that may be mended by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtWidgets import QPlainTextEdit

from ...core import strict_json
from .parts import row

_HEIGHT = 180


class EntryBox(QgsCollapsibleGroupBox):
    """The proposed entries by indicator; closed until somebody wants to look."""

    def __init__(self) -> None:
        super().__init__("Entry in the pack")
        self._proposed = ""
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("The entry for pack.json")
        self.text.setToolTip("What pack.json will hold. Mend it here: another date, a denominator, a note.")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(_HEIGHT)
        self.setLayout(row(self.text, stretch=0))
        self.setCollapsed(True)

    def propose(self, entries: Mapping[str, Any]) -> None:
        """Show what the import proposes."""
        self._proposed = json.dumps(entries, indent=2, ensure_ascii=False)
        self.text.setPlainText(self._proposed)

    def file(self, written: Path) -> Path:
        """The file that importing wrote, or one beside it that holds the entries as mended; ValueError in words."""
        if self.text.toPlainText() == self._proposed:
            return written
        entries = strict_json.parsed(self.text.toPlainText())
        if not isinstance(entries, dict) or not all(isinstance(one, dict) for one in entries.values()):
            raise ValueError("an entry for each indicator's id is needed")
        told = strict_json.parsed(written.read_text(encoding="utf-8"))
        mended = written.with_name("mended_entry.json")
        mended.write_text(json.dumps({**told, "entries": entries}, ensure_ascii=False), encoding="utf-8")
        return mended
