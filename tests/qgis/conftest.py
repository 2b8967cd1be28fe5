"""Shared by the tests that run inside QGIS."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import QT_VERSION_STR, QThreadPool

# What tests share: running.py, spreadsheets.py.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_report_header():
    return f"QGIS {Qgis.QGIS_VERSION}, Qt {QT_VERSION_STR}"


@pytest.fixture(scope="session", autouse=True)
def nothing_outlives_qgis(qgis_app):
    """A layer or a thread that is still there when QGIS has gone ends Python: both are cleared while it is there.

    Python clears cycles in whichever thread has just allocated: a widget that ends in a task's thread ends Python too.
    So none is cleared but between two tests, in the main thread.
    """
    gc.disable()
    yield
    QgsApplication.taskManager().cancelAll()
    QThreadPool.globalInstance().waitForDone(60_000)
    gc.unfreeze()
    gc.collect()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def nothing_outlives_its_module(qgis_app):
    """Layers held in cycles keep their files open, and a process may not have many. What is left, stays."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_outlives_its_test(qgis_app):
    """Widgets held in cycles end here and not in the next test's tasks."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def provider(qgis_app, qgis_processing):
    """The plugin's provider, registered once: two copies of it in one process end Python."""
    from hyperlocal_need.processing_provider.provider import HyperlocalNeedProvider

    registry = QgsApplication.processingRegistry()
    registered = registry.providerById("hyperlocalneed")
    if registered is not None:
        yield registered
        return
    provider = HyperlocalNeedProvider()
    registry.addProvider(provider)
    yield provider
    registry.removeProvider(provider)


@pytest.fixture(scope="session")
def charts():
    """For a test that needs a report: skipped where its charts cannot be drawn."""
    pytest.importorskip("matplotlib", reason="a report needs matplotlib for its charts")


@pytest.fixture(scope="session")
def demo_pack(tmp_path_factory, provider):
    """The folder of a demonstration pack of 120 areas; tests read it and never change it."""
    pytest.importorskip("pandas", reason="a pack cannot be made without pandas")
    from qgis.core import QgsProcessingFeedback

    from hyperlocal_need.processing_provider.runs import demo as writer

    folder = tmp_path_factory.mktemp("packs") / "demo"
    writer.write(folder, 120, 5, QgsProcessingFeedback())
    return folder


@pytest.fixture(scope="session")
def computed(demo_pack, tmp_path_factory):
    """The need.gpkg of the demonstration pack, with all its layers; tests read it, and change copies of it."""
    from running import run

    path = tmp_path_factory.mktemp("computed") / "need.gpkg"
    run("computeindex", PACK=str(demo_pack), OUTPUT=str(path), STAGES=True)
    return path


@pytest.fixture(scope="session")
def england_result(england, provider, tmp_path_factory):
    """A folder with need.gpkg and all other outputs of a run over England; tests read it and never change it.

    Gaps are filled by their district's figures, and indicators without data left out.
    """
    from importlib.util import find_spec

    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    folder = tmp_path_factory.mktemp("england")
    parameters = {
        "PACK": str(england),
        "MISSING": "district",
        "MISSING_INDICATORS": "leave_out",
        "OUTPUT": str(folder / "need.gpkg"),
    }
    if find_spec("matplotlib") and find_spec("jinja2"):
        parameters["FOLDER"] = str(folder)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:computeindex")
    assert algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(False), {}, False)[1]
    return folder


@pytest.fixture(scope="module")
def sources_of_a_tiny_country(tmp_path_factory):
    """The shipped recipes with as many areas as the tiny country has, in place of the shipped ones."""
    pytest.importorskip("pandas", reason="sources cannot be read without pandas")
    import standin_tiny

    from hyperlocal_need.core.sources import recipe

    folder = tmp_path_factory.mktemp("recipes")
    made = standin_tiny.write_recipes(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "RECIPES", folder)
        recipe.recipes.cache_clear()
        yield made
    recipe.recipes.cache_clear()
