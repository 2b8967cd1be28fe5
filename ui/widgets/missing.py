"""What the dock shows where Python packages are missing: which, how to get them, and a button to look again."""

from __future__ import annotations

import importlib

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton, QWidget

from ...processing_provider import dependencies
from .parts import Notice, column, row, text_label


class MissingPackages(QWidget):
    """Shown in place of the pages; ``found`` is emitted once nothing is missing."""

    found = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        layout = column(self, 12)
        layout.addWidget(text_label("Something has to be installed first", bold=True))
        self.notice = Notice()
        layout.addWidget(self.notice)
        self.how = text_label()
        self.how.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        layout.addWidget(self.how)
        layout.addWidget(
            text_label(
                "The plugin installs nothing by itself. If you may not install packages, show this to your IT desk."
            )
        )
        self.again = QPushButton("Chec&k again")
        self.again.setToolTip("Looks for the packages once more, without a restart of QGIS")
        self.again.clicked.connect(self.check)
        layout.addLayout(row(self.again))
        layout.addStretch(1)

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
