"""QGIS without a window and without anybody's profile, with this plugin's provider, for tools and benches."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from .register import register


@contextmanager
def qgis_session() -> Iterator[Any]:
    """The application; Processing and the provider ``hyperlocalneed`` are ready inside the block."""
    with tempfile.TemporaryDirectory(prefix="hyperlocal_need_") as scratch:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ["QGIS_CUSTOM_CONFIG_PATH"] = scratch
        os.environ["QT_LOGGING_RULES"] = "*=false"
        os.environ.setdefault("XDG_RUNTIME_DIR", scratch)
        # GDAL's remarks go to nobody: what a user must know of them, the algorithms say.
        os.environ.setdefault("CPL_LOG", os.devnull)
        from qgis.core import QgsApplication
        from qgis.PyQt.QtCore import qInstallMessageHandler

        # Qt's and PROJ's remarks on the surroundings would bury the one line that is for the user.
        qInstallMessageHandler(lambda *message: None)
        application = QgsApplication([], True)
        application.initQgis()
        try:
            # Python must hold the provider for as long as QGIS does, or its methods are gone.
            provider = _make_provider(application)
            application.processingRegistry().addProvider(provider)
            yield application
        finally:
            # A layer in a cycle would outlive QGIS, and end Python.
            gc.collect()
            application.exitQgis()


def _make_provider(application: Any) -> Any:
    """The plugin's provider, after Processing and its own providers have been started."""
    plugins = str(Path(application.pkgDataPath()) / "python" / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    # Loading qgis.utils turns all warnings on, and those that Processing itself gives are of no use to a user.
    importlib.import_module("qgis.utils")
    warnings.simplefilter("ignore", DeprecationWarning)
    from processing.core.Processing import Processing

    Processing.initialize()
    register()
    from hyperlocal_need.processing_provider.provider import HyperlocalNeedProvider

    return HyperlocalNeedProvider()
