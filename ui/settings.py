"""What the dock remembers between sessions, in QGIS's own settings."""

from __future__ import annotations

from qgis.core import QgsSettings

_GROUP = "hyperlocal_need"
PACK = "pack"
METHODOLOGY = "methodology"
FOLDER = "folder"
ENGLAND = "england"
TEMPORARY = "temporary"
MISSING = "missing"
LEAVE_OUT_ABSENT = "leave_out_absent"
TURNED_OFF = "turned_off"
EXTRAS = "extras"
PAGE = "page"
MEASURE = "measure"
KIND = "kind"
WIDTH = "width"
SPLIT = "split"


def text(key: str, default: str = "") -> str:
    """A remembered text."""
    value = QgsSettings().value(f"{_GROUP}/{key}", default)
    return value if isinstance(value, str) else default


def flag(key: str, default: bool) -> bool:
    """A remembered yes or no."""
    return text(key, "yes" if default else "no") == "yes"


def remember(key: str, value: object) -> None:
    """Keep a text, or a yes or no."""
    stored = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    QgsSettings().setValue(f"{_GROUP}/{key}", stored)
