"""A result dropped on QGIS's own window is taken up as if it were dropped on the dock."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.gui import QgsCustomDropHandler

from ..core.errors import NeedError
from ..processing_provider import dependencies


class ResultDrops(QgsCustomDropHandler):
    """Takes the GeoPackage of a finished result; every other file is QGIS's own business."""

    def __init__(self, dock: Callable[[], Any]) -> None:
        super().__init__()
        self._dock = dock

    # QGIS's own name
    def handleFileDrop(self, file: str) -> bool:
        if Path(file).suffix.lower() != ".gpkg" or dependencies.missing():
            return False
        from ..core.findings.saved import layer_of_steps
        from ..processing_provider.areas import stored_result

        try:
            if not layer_of_steps(Path(file)):
                stored_result.method_of(Path(file))
        except NeedError:
            return False
        self._dock().session.open_result(file)
        return True
