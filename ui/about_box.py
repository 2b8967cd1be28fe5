"""What the plugin is, which versions it runs on, and those to be copied into a report of a fault."""

from __future__ import annotations

import html
import platform
from importlib import metadata
from typing import Optional

from qgis.core import Qgis
from qgis.PyQt.QtCore import PYQT_VERSION_STR, QT_VERSION_STR
from qgis.PyQt.QtWidgets import QApplication, QMessageBox, QWidget

from ..processing_provider.face import face

_PACKAGES = ("numpy", "pandas", "scipy", "shapely", "matplotlib", "jinja2", "GDAL")


def versions() -> str:
    """Versions of all that takes part, a line each; what is absent is said, and nothing names the user or a place."""

    def of(package: str) -> str:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return "absent"

    own = face()
    lines = [f"{own['name']} {own['version']}", f"QGIS {Qgis.QGIS_VERSION}"]
    lines += [f"Qt {QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}", f"Python {platform.python_version()}"]
    return "\n".join([*lines, *(f"{package} {of(package)}" for package in _PACKAGES), platform.platform(terse=True)])


class AboutBox(QMessageBox):
    """Texts of ``metadata.txt``, the versions, and a button that copies them."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        own = {name: html.escape(text) for name, text in face().items()}
        self.setWindowTitle(f"About {own['name']}")
        links = "".join(
            f'<p><a href="{own[key]}">{own[key]}</a></p>' for key in ("homepage", "tracker") if own.get(key)
        )
        made = html.escape(versions()).replace("\n", "<br>")
        self.setText(
            f"<h3>{own['name']} {own['version']}</h3><p>{own['about']}</p><p>{own['license']}</p>{links}{made}"
        )
        self.setStandardButtons(QMessageBox.StandardButton.Close)
        self.copy = self.addButton("&Copy for a bug report", QMessageBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(versions()))
