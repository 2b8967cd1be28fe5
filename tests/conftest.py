"""Shared by all tests: the plugin as a package, and the real data where it is at hand."""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "standin"))
OUTSIDE_CORE = {"qgis", "PyQt5", "PyQt6", "osgeo", "processing", "shapely", "matplotlib", "jinja2", "geopandas"}


class BareFinder(importlib.abc.MetaPathFinder):
    """Makes Python one in which only numpy, pandas and scipy are installed, as the core has to work there."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in OUTSIDE_CORE:
            raise ModuleNotFoundError(f"{fullname}: the tests of the core run without it", name=fullname)


def _register_package():
    spec = importlib.util.spec_from_file_location("hyperlocal_need_register", ROOT / "tools" / "register.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.register()
    return module.DATA


if os.environ.get("HYPERLOCALNEED_BARE"):
    sys.meta_path.insert(0, BareFinder())
DATA = _register_package()


def _data_folder(name):
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; set HYPERLOCALNEED_DATA to the folder that holds {name}/")
    return folder


@pytest.fixture(scope="session")
def repository():
    """The repository's root, which is the plugin's folder."""
    return ROOT


@pytest.fixture(scope="session")
def england():
    """The folder of England's data pack; the test is skipped where it is absent."""
    return _data_folder("england")


@pytest.fixture(scope="session")
def fixtures_folder():
    """The folder of published figures to reproduce; the test is skipped where it is absent."""
    return _data_folder("fixtures")
