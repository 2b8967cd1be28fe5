"""Where a package is not installed the plugin still loads and lists its algorithms, and says what to install.

In a Python of its own each time, in which the package cannot be imported.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

PROGRAM = """
import json, os, sys
package, pack, out, tools = sys.argv[1:]
sys.modules[package] = None
sys.path.insert(0, tools)
from register import register
register()
from hyperlocal_need.tools.qgis_session import qgis_session

with qgis_session() as application:
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback
    registry = application.processingRegistry()
    listed = sorted(algorithm.name() for algorithm in registry.providerById("hyperlocalneed").algorithms())
    answers = {}
    for name, parameters in (
        ("convert", {"PACK": pack, "indicators:OUTPUT": os.path.join(out, "indicators.gpkg")}),
        (
            "orient",
            {
                "INPUT": os.path.join(out, "indicators.gpkg"),
                "FIELDS": "population",
                "DIRECTION": "need",
                "OUTPUT": os.path.join(out, "o.gpkg"),
            },
        ),
        ("computeindex", {"PACK": pack, "OUTPUT": os.path.join(out, "need.gpkg")}),
        (
            "computeindex with a report",
            {
                "PACK": pack,
                "OUTPUT": os.path.join(out, "second.gpkg"),
                "REPORT": os.path.join(out, "report.html"),
            },
        ),
    ):
        algorithm = registry.createAlgorithmById("hyperlocalneed:" + name.split()[0])
        able, message = algorithm.checkParameterValues(parameters, QgsProcessingContext())
        done = able and algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback(False), {}, True)[1]
        answers[name] = [bool(done), message]
print(json.dumps([listed, answers]))
"""


def run_without(package, repository, pack, folder):
    """(names of the algorithms, answer of each that was tried), where a package is missing."""
    arguments = [package, str(pack), str(folder), str(repository / "tools")]
    finished = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.parametrize("package", ["shapely", "matplotlib", "jinja2"])
def test_the_index_is_computed_all_the_same(repository, provider, demo_pack, tmp_path, package):
    listed, answers = run_without(package, repository, demo_pack, tmp_path)
    assert {algorithm.name() for algorithm in provider.algorithms()} == set(listed)
    report, message = answers.pop("computeindex with a report")
    assert all(done for done, _ in answers.values()), answers
    assert report == (package == "shapely" and find_spec("matplotlib") is not None)
    assert report or re.search(r"Python packages are missing: [^.]*\b(matplotlib|jinja2)\b", message)
    assert report == (tmp_path / "second.gpkg").exists()


@pytest.mark.parametrize("package", ["pandas", "scipy"])
def test_what_cannot_be_done_says_what_to_install(repository, provider, tmp_path, package):
    listed, answers = run_without(package, repository, "any pack", tmp_path)
    assert {algorithm.name() for algorithm in provider.algorithms()} == set(listed)
    for name in ("orient", "computeindex"):
        done, message = answers[name]
        assert not done
        assert re.search(rf"Python packages are missing: [^.]*\b{package}\b", message)
    assert not answers["convert"][0]
    assert list(tmp_path.iterdir()) == []
