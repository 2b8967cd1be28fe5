"""Which indicator a file is for: found in the file, one of the method, or an id of one's own."""

from __future__ import annotations

import re
from typing import Iterable

from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox

from ...core.methodology import Methodology
from .parts import narrow

_TOLD = "Told by the file"


class IndicatorChoice(QComboBox):
    """The indicators of a method, with room to type another; ``changed`` once something else is chosen."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setToolTip("Which indicator the file is for: one of the method, or an id of your own")
        narrow(self)
        self._settled = ""
        self.activated.connect(lambda _: self._tell())
        self.lineEdit().editingFinished.connect(self._tell)

    def offer(self, methodology: Methodology) -> None:
        """Offer the indicators of a method; what was chosen stays chosen."""
        chosen = self.wanted()
        with QSignalBlocker(self):
            self.clear()
            self.addItem(_TOLD, "")
            for node in methodology.indicators:
                self.addItem(node.title, node.id)
            place = self.findData(chosen)
            self.setCurrentIndex(max(place, 0))
            if place < 0:
                self.setEditText(chosen)

    def forget(self) -> None:
        """Leave it to the next file to tell."""
        self.setCurrentIndex(0)
        self.name_told(())
        self._settled = ""

    def name_told(self, titles: Iterable[str]) -> None:
        """Say in the first entry which indicators the file itself tells."""
        told = ", ".join(titles)
        if not self.wanted():
            self.setItemText(0, f"{_TOLD}: {told}" if told else _TOLD)
            self.lineEdit().setCursorPosition(0)

    def wanted(self) -> str:
        """The id that was chosen or typed; '' where the file shall tell it."""
        text = self.currentText().strip()
        place = self.findText(text)
        if not text or place == 0 or text.startswith(_TOLD):
            return ""
        return self.itemData(place) if place > 0 else re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")

    def _tell(self) -> None:
        """An editor that is left as it was is no change."""
        if self.wanted() != self._settled:
            self._settled = self.wanted()
            self.changed.emit()
