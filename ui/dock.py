"""The dock itself: messages on top, the pages as tabs, or what is missing before they can work."""

from __future__ import annotations

from typing import Any, Dict, Optional

from qgis.core import Qgis
from qgis.gui import QgsDockWidget, QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMenu, QSizePolicy, QStackedWidget, QTabWidget, QToolButton, QVBoxLayout, QWidget

from ..processing_provider import dependencies
from . import settings
from .pages import MORE_PAGES, PAGES
from .pages.page import Page
from .session import Session
from .widgets.missing import MissingPackages

_LEVELS = {"info": Qgis.MessageLevel.Info, "success": Qgis.MessageLevel.Success, "warning": Qgis.MessageLevel.Warning}
_SECONDS = 6
LEAST_WIDTH = 320


class NeedDock(QgsDockWidget):
    """The panel "Hyper-local Need"."""

    def __init__(self, iface: Any = None, parent: Optional[QWidget] = None) -> None:
        super().__init__("Hyper-local Need", parent)
        self.setObjectName("HyperlocalNeedDock")
        self.session = Session(iface, self)
        self.pages: Dict[str, Any] = {}
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.messages = QgsMessageBar()
        self.messages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.stack = QStackedWidget()
        layout.addWidget(self.messages)
        layout.addWidget(self.stack, 1)
        self.setWidget(body)
        self.missing = MissingPackages()
        self.stack.addWidget(self.missing)
        self.tabs: Optional[QTabWidget] = None
        self.missing.found.connect(self._build_pages)
        self.session.messaged.connect(self.say)
        self.session.page_asked.connect(self.open_page)
        self.setMinimumWidth(LEAST_WIDTH)
        if not dependencies.missing():
            self._build_pages()
        else:
            self.missing.check()

    def _build_pages(self) -> None:
        if self.tabs is not None:
            return
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(True)
        for page_class in (*PAGES, *MORE_PAGES):
            page = self.pages[page_class.KEY] = page_class(self.session)
            page.setParent(self)
            page.hide()
            if page_class in PAGES:
                self._add_tab(page)
        self.tabs.setCornerWidget(self._more_button())
        self.stack.addWidget(self.tabs)
        self.stack.setCurrentWidget(self.tabs)
        self.open_page(settings.text(settings.PAGE, "data"))
        self.tabs.currentChanged.connect(self._remember_page)
        self.session.recall()

    def _add_tab(self, page: Page) -> None:
        place = self.tabs.addTab(page, page.TITLE)
        self.tabs.setTabToolTip(place, page.TIP)

    def _more_button(self) -> QToolButton:
        """The menu of pages that are not always there, so that the tabs fit a narrow dock."""
        button, menu = QToolButton(), QMenu(self)
        button.setText("More")
        button.setToolTip("More pages: " + ", ".join(page.TITLE for page in MORE_PAGES))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for page in MORE_PAGES:
            action = menu.addAction(page.TITLE)
            action.setToolTip(page.TIP)
            action.triggered.connect(lambda _, key=page.KEY: self.open_page(key))
        button.setMenu(menu)
        return button

    def open_page(self, key: str) -> None:
        """Bring a page to the front; one of the menu takes the place behind the tabs that are always there."""
        if self.tabs is None or key not in self.pages:
            return
        page = self.pages[key]
        if self.tabs.indexOf(page) < 0:
            while self.tabs.count() > len(PAGES):
                self.tabs.removeTab(len(PAGES))
            self._add_tab(page)
        self.tabs.setCurrentWidget(page)

    def _remember_page(self, place: int) -> None:
        settings.remember(settings.PAGE, self.tabs.widget(place).KEY)

    def say(self, text: str, level: str) -> None:
        """Show a message above the pages; a warning stays until it is closed."""
        self.messages.clearWidgets()
        self.messages.pushMessage("", text, _LEVELS[level], 0 if level == "warning" else _SECONDS)

    def close_down(self) -> None:
        """Stop what goes on in the background and give everything back, before the dock is deleted."""
        for page in self.pages.values():
            page.close_down()
        self.session.close()
