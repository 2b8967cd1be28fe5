"""Get England, on the page Data: what is shown before anything is fetched, and what the page says after it."""

from __future__ import annotations

import pytest
import standin_tiny as tiny
from driving import settle, wait_until
from qgis.PyQt.QtCore import Qt
from standin import StandIn

from hyperlocal_need.core.sources import recipe
from hyperlocal_need.ui.widgets.england_form import EnglandForm


@pytest.fixture
def form(dock, sources_of_a_tiny_country, tmp_path):
    made = EnglandForm(dock, recipe.recipes(), str(tmp_path / "pack"))
    yield made
    made.deleteLater()


def items(form):
    return [form.sources.topLevelItem(place) for place in range(form.sources.topLevelItemCount())]


def test_size_and_licence_are_told_before_anything_is_fetched(form):
    assert form.get.isEnabled()
    assert "MB with boundaries" in form.size.text() and "Open Government Licence" in form.size.text()
    by_id = {item.data(0, Qt.ItemDataRole.UserRole): item for item in items(form)}
    assert by_id["census_ts037"].checkState(0) == Qt.CheckState.Checked
    assert by_id["children_low_income"].text(5) == "needs a key"
    assert by_id["children_low_income"].checkState(0) == Qt.CheckState.Unchecked
    assert by_id["ofsted"].text(5) == "to be dropped by hand"
    assert "else" in by_id["gp_workforce"].text(5)


def test_nothing_chosen_or_no_folder_is_said(form):
    for item in items(form):
        item.setCheckState(0, Qt.CheckState.Unchecked)
    assert not form.get.isEnabled()
    form.folder.setFilePath("")
    assert not form.get.isEnabled() and not form.look.isEnabled()


def test_the_pack_is_chosen_and_what_is_missing_is_listed(dock, form, sources_of_a_tiny_country, tmp_path):
    for item in items(form):
        wanted = item.data(0, Qt.ItemDataRole.UserRole) in ("census_ts037", "ofsted")
        item.setCheckState(0, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    (tmp_path / "cache").mkdir()
    with StandIn(sources_of_a_tiny_country, tiny.tables(sources_of_a_tiny_country), tiny.shapes) as standin:
        own = {"BASE": standin.base, "CACHE": str(tmp_path / "cache")}
        assert dock.session.fetch_england({**form.parameters(), **own}) == ""
        page = dock.pages["data"]
        assert not page.england.isEnabled()
        wait_until(lambda: not dock.session.runner.running, 60)
    settle()
    wait_until(lambda: not dock.session.pack.checking, 30)
    assert dock.session.pack.path == str(tmp_path / "pack")
    assert "bad_health" in {state.node.id for state in dock.session.pack.check.states if state.status != "absent"}
    assert "ofsted: has no address" in page.missing.text()
