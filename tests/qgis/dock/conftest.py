"""The dock in tests: a small demonstration pack, a result of it, and a dock whose settings are its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsSettings

sys.path.insert(0, str(Path(__file__).parent))

from driving import close, close_project, settle, wait_until  # noqa: E402


@pytest.fixture()
def result_file(computed, tmp_path):
    """A copy of the result that a test may change."""
    return shutil.copy(computed, tmp_path / "need.gpkg")


@pytest.fixture()
def project(qgis_iface):
    """The application's project, empty before and after."""
    QgsProject.instance().clear()
    yield QgsProject.instance()
    close_project(QgsProject.instance(), qgis_iface.mapCanvas())


@pytest.fixture()
def make_dock(provider, project, qgis_iface, monkeypatch):
    """Makes docks on settings that no other test and no user has; all are closed at the end."""
    from hyperlocal_need.ui import dock, settings
    from hyperlocal_need.ui.states import method_state

    monkeypatch.setattr(settings, "_GROUP", "hyperlocal_need_test")
    monkeypatch.setattr(method_state, "_draft", lambda: method_state.Path(QgsSettings().fileName() + ".draft.json"))
    QgsSettings().remove("hyperlocal_need_test")
    method_state._draft().unlink(missing_ok=True)
    made = []

    def make():
        one = dock.NeedDock(qgis_iface)
        one.resize(360, 700)
        one.show()
        made.append(one)
        settle()
        return one

    yield make
    for one in made:
        close(one)
    QgsSettings().remove("hyperlocal_need_test")
    method_state._draft().unlink(missing_ok=True)


@pytest.fixture()
def dock(make_dock):
    """An open dock that knows nothing yet."""
    return make_dock()


@pytest.fixture()
def checked(dock, demo_pack):
    """A dock with the demonstration pack, checked."""
    dock.pages["data"].file.setFilePath(str(demo_pack))
    wait_until(lambda: dock.session.pack.check is not None)
    return dock


@pytest.fixture()
def looking(dock, result_file):
    """A dock with a result on the map, its figures read."""
    dock.session.result.add(Path(result_file), dock.session.method.published, "Result", "All areas")
    wait_until(lambda: dock.session.result.saved is not None)
    settle()
    return dock
