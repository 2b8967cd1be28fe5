"""Make the repository importable as the package ``hyperlocal_need``, whatever its folder is called."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

PACKAGE = "hyperlocal_need"
ROOT = Path(__file__).resolve().parents[1]
# Real figures: england/ (a data pack), fixtures/ and published_formats/. None of them is part of the repository.
DATA = Path(os.environ.get("HYPERLOCALNEED_DATA") or ROOT / "data").resolve()


def register() -> ModuleType:
    """The plugin's package, imported from this repository and known to Python under its own name.

    QGIS demands the folder's name to be the package's; a checkout may be called anything. Calling this
    twice gives the same module.
    """
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{ROOT / '__init__.py'} cannot be imported; is the checkout complete?")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package
