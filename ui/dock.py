"""The dock itself: messages, what is on the map, the pages as tabs or a list; or what is missing for them to work."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional

from qgis.core import Qgis
from qgis.gui import QgisInterface, QgsDockWidget, QgsMessageBar
from qgis.PyQt.QtCore import QMimeData, Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent
from qgis.PyQt.QtWidgets import QComboBox, QMenu, QSizePolicy, QStackedWidget, QTabWidget, QWidget

from ..processing_provider import dependencies
from ..processing_provider.face import help_url
from . import settings
from .pages import MORE_PAGES, PAGES
from .pages.page import Page
from .session import Session
from .widgets import parts
from .widgets.missing import MissingPackages

_LEVELS = {"info": Qgis.MessageLevel.Info, "success": Qgis.MessageLevel.Success, "warning": Qgis.MessageLevel.Warning}
_SECONDS = 6
LEAST_WIDTH = 320
_ARROW = " \u25be"
_DROPPED = (".gpkg", ".json", ".zip")


class NeedDock(QgsDockWidget):
    """The panel "Hyper-local Need"."""

    def __init__(self, iface: Optional[QgisInterface] = None, parent: Optional[QWidget] = None) -> None:
        super().__init__("Hyper-local Need", parent)
        self.setObjectName("HyperlocalNeedDock")
        self.session = Session(iface, self)
        self.pages: Dict[str, Page] = {}
        body = QWidget()
        layout = parts.column(body, 0)
        layout.setSpacing(0)
        self.messages = QgsMessageBar()
        self.messages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.stack = QStackedWidget()
        parts.fill(layout, self.messages, (self.stack, 1))
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
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setUsesScrollButtons(False)
        # Styles leave so much room round a tab's name that six would not fit the narrowest dock.
        self.tabs.tabBar().setStyleSheet("QTabBar::tab { padding: 4px 6px; }")
        self.more = QStackedWidget()
        for page_class in (*PAGES, *MORE_PAGES):
            page = self.pages[page_class.KEY] = page_class(self.session)
            if page_class in PAGES:
                self._add_tab(page, page.TITLE, page.TIP)
            else:
                self.more.addWidget(page)
        self._add_tab(self.more, f"More{_ARROW}", "More pages: " + ", ".join(page.TITLE for page in MORE_PAGES))
        self.menu = self._more_menu()
        # Where the tabs have no room for their names, this list of all pages takes their place.
        self.list = parts.narrow(QComboBox())
        self.list.setAccessibleName("Page")
        for page in self.pages.values():
            self.list.addItem(page.TITLE, page.KEY)
            self.list.setItemData(self.list.count() - 1, page.TIP, Qt.ItemDataRole.ToolTipRole)
        self.list.activated.connect(lambda _: self.open_page(self.list.currentData()))
        self.on_map = parts.text_label()
        self.on_map.setContentsMargins(parts.GAP, 2, parts.GAP, 2)
        filled = QWidget()
        parts.fill(parts.column(filled, 0), self.on_map, self.list, (self.tabs, 1))
        filled.layout().setSpacing(0)
        for signal in (self.session.result.changed, self.session.result.shown, self.session.result.filtered):
            signal.connect(self._name_shown)
        self._name_shown()
        self.stack.addWidget(filled)
        self.stack.setCurrentWidget(filled)
        self.open_page(settings.text(settings.PAGE, "data"))
        self.tabs.currentChanged.connect(self._changed)
        self.tabs.tabBarClicked.connect(self._open_menu)
        self.setAcceptDrops(True)
        self.session.recall()

    def _add_tab(self, page: QWidget, title: str, tip: str) -> None:
        place = self.tabs.addTab(page, title)
        self.tabs.setTabToolTip(place, tip)

    def _more_menu(self) -> QMenu:
        """The pages of the last tab, which bears the name of the one that is open: so the tabs fit a narrow dock."""
        menu = QMenu(self)
        for page in MORE_PAGES:
            action = menu.addAction(page.TITLE)
            action.setToolTip(page.TIP)
            action.triggered.connect(lambda _, key=page.KEY: self.open_page(key))
        menu.addSeparator()
        shown = menu.addAction("Help on this page")
        shown.setShortcut(QKeySequence.StandardKey.HelpContents)
        shown.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shown.triggered.connect(lambda: QDesktopServices.openUrl(QUrl(help_url(self.page().help_page()))))
        self.addAction(shown)
        return menu

    def _open_menu(self, place: int) -> None:
        if place == len(PAGES):
            bar = self.tabs.tabBar()
            self.menu.popup(bar.mapToGlobal(bar.tabRect(place).bottomLeft()))

    def open_page(self, key: str) -> None:
        """Bring a page to the front, scrolled to a part of it for ``page#part``."""
        key, _, part = key.partition("#")
        if self.tabs is None or key not in self.pages:
            return
        page = self.pages[key]
        if self.more.indexOf(page) >= 0:
            self.more.setCurrentWidget(page)
        self.tabs.setCurrentWidget(self.more if self.more.indexOf(page) >= 0 else page)
        self._changed()
        if part:
            page.show_part(part)

    def page(self) -> Page:
        """The page in front."""
        widget = self.tabs.currentWidget()
        return self.more.currentWidget() if widget is self.more else widget

    def _changed(self, *_: object) -> None:
        """Name the last tab after its page while that is open, and remember the page."""
        opened = self.tabs.currentWidget() is self.more
        self.tabs.setTabText(len(PAGES), f"{self.page().SHORT or self.page().TITLE if opened else 'More'}{_ARROW}")
        self.list.setCurrentIndex(self.list.findData(self.page().KEY))
        self._fit()
        settings.remember(settings.PAGE, self.page().KEY)

    def _name_shown(self) -> None:
        """What is on the map, above every page."""
        text = self.session.result.in_words()
        self.on_map.setText(f"On the map: {text}" if text else "")
        self.on_map.setVisible(bool(text))

    def _fit(self) -> None:
        """Tabs where all their names are seen, else the list."""
        bar = self.tabs.tabBar()
        fits = bar.sizeHint().width() <= self.width()
        bar.setVisible(fits)
        # A hidden bar would be given the focus of the tabs all the same, and the Tab key would come no further.
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus if fits else Qt.FocusPolicy.NoFocus)
        self.list.setVisible(not fits)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.tabs is not None:
            self._fit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A result goes on the map, a pack to the Data page, a methodology to the Method page."""
        path = self._dropped(event.mimeData())
        event.acceptProposedAction()
        if path.suffix.lower() == ".gpkg":
            self.session.open_result(str(path))
        elif path.suffix.lower() == ".json" and path.name != "pack.json":
            self.pages["method"].open_file(path)
            self.open_page("method")
        else:
            self.session.choose_pack(str(path))
            self.open_page("data")

    def _dropped(self, data: QMimeData) -> Optional[Path]:
        """The one file of a kind that the dock takes, or a pack's folder; None for anything else."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if self.tabs is None or len(paths) != 1:
            return None
        path = paths[0]
        return path if path.suffix.lower() in _DROPPED or (path / "pack.json").is_file() else None

    def say(self, text: str, level: str) -> None:
        """Show a message above the pages; a warning stays until it is closed."""
        self.messages.clearWidgets()
        self.messages.pushMessage("", text, _LEVELS[level], 0 if level == "warning" else _SECONDS)

    def close_down(self) -> None:
        """Stop what goes on in the background and give everything back, before the dock is deleted."""
        settings.remember(settings.WIDTH, self.width())
        for page in self.pages.values():
            page.keep_splits()
            page.close_down()
        self.session.close()
