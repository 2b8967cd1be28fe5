"""Which data pack is chosen and what a check in the background has found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...core.methodology import Methodology
from .. import settings
from ..background.tasks import Latest


class PackState(QObject):
    """The chosen pack: not chosen, being checked, checked, or refused with a reason."""

    changed = pyqtSignal()
    told = pyqtSignal(float, str)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.path = ""
        self.check: Any = None
        self.error = ""
        self._latest = Latest()

    @property
    def checking(self) -> bool:
        """Whether the check is still going on."""
        return self._latest.running

    def choose(self, path: str, methodology: Methodology) -> None:
        """Choose a pack (folder, pack.json or zip; '' for none) and check it against a methodology."""
        self.path, self.check, self.error = path.strip(), None, ""
        settings.remember(settings.PACK, self.path)
        if not self.path:
            self._latest.cancel()
            self.changed.emit()
            return
        chosen = Path(self.path)
        self._latest.start(
            f"Checking the data pack {chosen.name}",
            lambda report: _check(chosen, methodology, report),
            self._checked,
            self._refused,
            self.told.emit,
        )
        self.changed.emit()

    def stop(self) -> None:
        """Forget a check that is going on."""
        self._latest.cancel()

    def _checked(self, check: Any) -> None:
        self.check = check
        self.changed.emit()

    def _refused(self, text: str) -> None:
        self.error = text
        self.changed.emit()


def _check(path: Path, methodology: Methodology, report) -> Any:
    from ...core.pack import Pack
    from ...core.pack_check import check_pack

    report(0.0, "Opening the pack")
    with Pack.open(path) as pack:
        return check_pack(pack, methodology, progress=report)
