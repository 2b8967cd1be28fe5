"""What the dock shows where Python packages are missing: which, how to get them, and a button to look again."""

from __future__ import annotations

import importlib

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ...processing_provider import dependencies
from .declared import make
from .parts import column, fill, row


class MissingPackages(QWidget):
    """Shown in place of the pages; ``found`` is emitted once nothing is missing."""

    found = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        make(self, "missing")
        reach = Qt.TextInteractionFlag
        self.how.setTextInteractionFlags(reach.TextSelectableByMouse | reach.TextSelectableByKeyboard)
        self.again.clicked.connect(self.check)
        fill(column(self, 12), self.first, self.notice, self.how, self.desk, row(self.again), 1)

    def check(self) -> bool:
        """Look for the packages; gives whether all are there."""
        importlib.invalidate_caches()
        absent = dependencies.missing()
        if not absent:
            self.found.emit()
            return True
        some = "A Python package is missing" if len(absent) == 1 else "Python packages are missing"
        self.notice.say(f"{some}: {', '.join(absent)}.", "warning")
        self.how.setText(dependencies.how_to_install(absent))
        return False
