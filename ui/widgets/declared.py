"""The widgets of a page, as declared.json has them: each one's attribute, its kind, and Qt's own properties."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from qgis.core import QgsApplication
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget, QgsFilterLineEdit
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QTableWidget,
    QTextBrowser,
    QWidget,
)

from . import parts
from .legend import LegendWidget
from .tables import looked_at

KINDS: Mapping[str, Callable[[], QWidget]] = {
    "button": QPushButton,
    "check": QCheckBox,
    "radio": QRadioButton,
    "combo": lambda: parts.narrow(QComboBox()),
    "line": QLineEdit,
    "label": parts.text_label,
    "bold": lambda: parts.text_label(bold=True),
    "name": QLabel,
    "notice": parts.Notice,
    "bar": QProgressBar,
    "thin_bar": QProgressBar,
    "search": QgsFilterLineEdit,
    "details": QTextBrowser,
    "group": QgsCollapsibleGroupBox,
    "texts": QPlainTextEdit,
    "table": lambda: looked_at(QTableWidget()),
    "tool": parts.tool_button,
    "file": QgsFileWidget,
    "legend": LegendWidget,
    "part": QWidget,
}
# What Qt's own widgets of a kind are given, unless the page says otherwise.
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "thin_bar": {"textVisible": False, "maximumHeight": 8},
    "search": {"showSearchIcon": True},
    "details": {"openExternalLinks": True, "minimumHeight": 90},
}


def make(owner: QWidget, key: str) -> None:
    """Give ``owner`` its widgets, each as the attribute of its name."""
    for name, declared in parts.declared("widgets").get(key, {}).items():
        setattr(owner, name, _made({**GIVEN.get(declared["kind"], {}), **declared}))


def _made(properties: Dict[str, Any]) -> QWidget:
    widget, icon = KINDS[properties.pop("kind")](), properties.pop("icon", "")
    gives_way = properties.pop("yielding", False)
    line = widget.lineEdit() if isinstance(widget, QgsFileWidget) else widget
    if isinstance(widget, QgsFileWidget):
        widget.setFocusProxy(line)
        if properties.pop("folder", False):
            widget.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
    if icon:
        widget.setIcon(QgsApplication.getThemeIcon(icon))
    for name, value in properties.items():
        words = QgsApplication.translate("declared", value) if isinstance(value, str) and value else value
        (line if name in ("placeholderText", "accessibleName") else widget).setProperty(name, words)
    return parts.yielding(widget) if gives_way else widget
