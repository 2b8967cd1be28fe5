"""Shared by the tests of fetching: the tiny country's recipes and services, and a run of the algorithm on them."""

from __future__ import annotations

import pytest
import standin_tiny as tiny
from qgis.core import QgsProcessingFeedback
from standin import StandIn

from hyperlocal_need.core.sources import asking
from hyperlocal_need.processing_provider.io import network


class Heard(QgsProcessingFeedback):
    """Keeps what is said."""

    def __init__(self):
        super().__init__()
        self.said = []

    def pushWarning(self, warning):
        self.said.append(warning)


@pytest.fixture(scope="module")
def found(sources_of_a_tiny_country):
    return sources_of_a_tiny_country


@pytest.fixture
def standin(found):
    with StandIn(found, tiny.tables(found), tiny.shapes) as running:
        yield running


@pytest.fixture
def impatient(monkeypatch):
    """Nothing is waited for long, and an answer of over 2 MB is refused."""
    monkeypatch.setattr(asking, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(network, "STALL_SECONDS", 1.0)
    monkeypatch.setitem(network.MOST_BYTES, "csv", 2 * 1024**2)


@pytest.fixture
def fetch(provider, standin, tmp_path):
    """Run the algorithm against the stand-in; what it returns and what was said."""

    def run(indicators="", pack="pack", **more):
        import processing

        (tmp_path / "cache").mkdir(exist_ok=True)
        heard = Heard()
        parameters = {"INDICATORS": indicators, "CACHE": str(tmp_path / "cache"), "OUTPUT": str(tmp_path / pack)}
        parameters = {"BASE": standin.base, **parameters, **more}
        result = processing.run("hyperlocalneed:fetchsources", parameters, feedback=heard)
        return result, heard.said

    return run
