"""What QGIS holds of the plugin: it is built when QGIS says so, and taken down in the reverse order."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.gui import QgisInterface

from .processing_provider.provider import HyperlocalNeedProvider


class HyperlocalNeedPlugin:
    """The plugin. Nothing exists before ``initGui`` or ``initProcessing``; nothing is left after ``unload``."""

    def __init__(self, iface: Optional[QgisInterface] = None) -> None:
        self.iface = iface
        self.provider: Optional[HyperlocalNeedProvider] = None

    def initProcessing(self) -> None:
        """Add the provider; the only thing that ``qgis_process`` asks for, where there is no window."""
        if self.provider is not None:
            return
        provider = HyperlocalNeedProvider()
        if QgsApplication.processingRegistry().addProvider(provider):
            self.provider = provider

    def initGui(self) -> None:
        """Build all that the plugin shows."""
        self.initProcessing()

    def unload(self) -> None:
        """Undo ``initGui`` from the last to the first."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
