"""What QGIS holds of the plugin: it is built when QGIS says so, and taken down in the reverse order."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from qgis.core import QgsApplication, QgsPathResolver
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QLocale, Qt, QTranslator, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction

from .processing_provider import compat, dependencies
from .processing_provider.face import ICONS, RESOURCES, help_url
from .processing_provider.project.expressions import Functions
from .processing_provider.provider import HyperlocalNeedProvider
from .ui import settings
from .ui.about_box import AboutBox
from .ui.drops import ResultDrops
from .ui.locator import NeedLocator

MENU = "Hyper-local Need"


def _own_file(source: str) -> str:
    """``handover.own_file``, taken up when a path asks for it: it needs packages that take time, or may be missing."""
    if not source.startswith("./") or ".gpkg" not in source or dependencies.missing():
        return source
    from .processing_provider.project import handover

    return handover.own_file(source)


class HyperlocalNeedPlugin:
    """The plugin. Nothing exists before ``initGui`` or ``initProcessing``; nothing is left after ``unload``."""

    def __init__(self, iface: Optional[QgisInterface] = None) -> None:
        self.iface = iface
        self.provider: Optional[HyperlocalNeedProvider] = None
        self.action: Optional[QAction] = None
        self.others: List[QAction] = []
        self.dock: Any = None
        self.functions: Optional[Functions] = None
        self.locator: Any = None
        self.drops: Any = None
        self.language = QTranslator()
        self.paths = ""

    def initProcessing(self) -> None:
        """Add the provider; the only thing that ``qgis_process`` asks for, where there is no window."""
        if self.provider is not None:
            return
        provider = HyperlocalNeedProvider()
        if QgsApplication.processingRegistry().addProvider(provider):
            self.provider = provider
        self.functions = Functions()
        self.functions.register()

    def initGui(self) -> None:
        """Build all that the plugin shows; the dock itself is made when it is first asked for."""
        self.initProcessing()
        if self.iface is None or self.action is not None:
            return
        if self.language.load(QLocale(QgsApplication.locale()), "hyperlocal_need", "_", str(RESOURCES / "i18n")):
            QgsApplication.installTranslator(self.language)
        self.action = QAction(QIcon(str(ICONS / "hyperlocal_need.svg")), MENU, self.iface.mainWindow())
        self.action.setObjectName("HyperlocalNeedAction")
        self.action.setCheckable(True)
        self.action.setToolTip("Hyper-local Need: compute, map and explain an index of neighbourhood need")
        self.action.toggled.connect(self.show_dock)
        self.iface.addToolBarIcon(self.action)
        self.others = [self._made("Help", self.show_help), self._made("About", self.show_about)]
        for action in (self.action, *self.others):
            self.iface.addPluginToMenu(MENU, action)
        compat.add_layout_templates(str(RESOURCES / "layouts"))
        self.paths = QgsPathResolver.setPathPreprocessor(_own_file)
        self.locator = NeedLocator(self.functions.results, self._opened_dock, self.iface.mapCanvas())
        self.iface.registerLocatorFilter(self.locator)
        self.drops = ResultDrops(self._opened_dock)
        self.iface.registerCustomDropHandler(self.drops)

    def _made(self, title: str, slot: Callable[[], None]) -> QAction:
        action = QAction(title, self.iface.mainWindow())
        action.triggered.connect(slot)
        return action

    def show_help(self) -> None:
        """The guide, in the browser."""
        QDesktopServices.openUrl(QUrl(help_url("dock.md")))

    def show_about(self) -> None:
        """Name, versions, what it is and where to write to."""
        AboutBox(self.iface.mainWindow()).exec()

    def _opened_dock(self) -> Any:
        self.show_dock(True)
        return self.dock

    def show_dock(self, shown: bool) -> None:
        """Show the dock, made now if this is the first time, or hide it; a run in it goes on."""
        if self.dock is None:
            if not shown:
                return
            from .ui.dock import NeedDock

            self.dock = NeedDock(self.iface, self.iface.mainWindow())
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
            width = settings.text(settings.WIDTH)
            if width.isdigit():
                self.iface.mainWindow().resizeDocks([self.dock], [int(width)], Qt.Orientation.Horizontal)
            self.dock.visibilityChanged.connect(self._follow_dock)
        self.dock.setUserVisible(shown)

    def _follow_dock(self, _: bool) -> None:
        """Keep the button in step with the dock, which has a close button of its own."""
        self.action.blockSignals(True)
        self.action.setChecked(not self.dock.isHidden())
        self.action.blockSignals(False)

    def unload(self) -> None:
        """Undo ``initGui`` from the last to the first; a run that goes on is stopped and waited for."""
        if self.dock is not None:
            self.dock.visibilityChanged.disconnect(self._follow_dock)
            self.dock.close_down()
            self.iface.removeDockWidget(self.dock)
            self.dock.deleteLater()
            self.dock = None
        if self.locator is not None:
            self.iface.deregisterLocatorFilter(self.locator)
            self.iface.unregisterCustomDropHandler(self.drops)
            self.locator = self.drops = None
        if self.action is not None:
            compat.remove_layout_templates(str(RESOURCES / "layouts"))
            QgsPathResolver.removePathPreprocessor(self.paths)
            self.iface.removeToolBarIcon(self.action)
            for action in (*reversed(self.others), self.action):
                self.iface.removePluginMenu(MENU, action)
                action.deleteLater()
            self.action, self.others = None, []
            QgsApplication.removeTranslator(self.language)
        if self.functions is not None:
            for canvas in self.iface.mapCanvases() if self.iface is not None else ():
                canvas.waitWhileRendering()
            self.functions.unregister()
            self.functions = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
