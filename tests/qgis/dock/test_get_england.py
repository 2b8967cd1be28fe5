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


def ids(item):
    return item.data(0, Qt.ItemDataRole.UserRole)


def items(form):
    return [form.sources.topLevelItem(place) for place in range(form.sources.topLevelItemCount())]


def test_size_and_licence_are_told_before_anything_is_fetched(form):
    assert form.get.isEnabled()
    assert "MB with boundaries" in form.size.text() and "Open Government Licence" in form.size.text()
    by_id = {ids(item): item for item in items(form)}
    assert by_id["census_ts037"].checkState(0) == Qt.CheckState.Checked
    assert by_id["children_low_income"].text(2) == "needs a key"
    assert by_id["children_low_income"].checkState(0) == Qt.CheckState.Unchecked
    assert by_id["ofsted"].text(2) == "by hand"
    assert "else" in by_id["gp_workforce"].text(2)


def test_nothing_chosen_or_no_folder_is_said(form):
    for item in items(form):
        item.setCheckState(0, Qt.CheckState.Unchecked)
    assert not form.get.isEnabled()
    form.folder.setFilePath("")
    assert not form.get.isEnabled() and not form.look.isEnabled()


def test_the_pack_is_chosen_and_what_is_missing_is_listed(dock, form, sources_of_a_tiny_country, tmp_path):
    for item in items(form):
        wanted = ids(item) in ("census_ts037", "ofsted")
        item.setCheckState(0, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    (tmp_path / "cache").mkdir()
    with StandIn(sources_of_a_tiny_country, tiny.tables(sources_of_a_tiny_country), tiny.shapes) as standin:
        own = {"BASE": standin.base, "CACHE": str(tmp_path / "cache")}
        assert dock.session.fetch_england({**form.parameters(), **own}) == ""
        page = dock.pages["data"]
        assert page.england.isEnabled() and "Cancel" in page.england.text()
        wait_until(lambda: not dock.session.runner.running, 60)
    settle()
    wait_until(lambda: not dock.session.pack.checking, 30)
    assert dock.session.pack.path == str(tmp_path / "pack")
    assert "bad_health" in {state.node.id for state in dock.session.pack.check.states if state.status != "absent"}
    assert "ofsted: has no address" in page.missing.text()
    assert page.missing.text().count(str(tmp_path / "cache" / "dropped")) == 1, "the folder is said once"
    assert str(tmp_path) not in (tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8")
    assert page.england.text() == "Get &England …"


def test_what_is_being_fetched_is_cancelled_by_the_same_button(dock, form, sources_of_a_tiny_country, tmp_path):
    (tmp_path / "cache").mkdir()
    with StandIn(sources_of_a_tiny_country, tiny.tables(sources_of_a_tiny_country), tiny.shapes) as standin:
        standin.fail("hang", seconds=30)
        own = {"BASE": standin.base, "CACHE": str(tmp_path / "cache")}
        assert dock.session.fetch_england({**form.parameters(), **own}) == ""
        dock.pages["data"].england.click()
        wait_until(lambda: not dock.session.runner.running, 20)
    assert dock.session.pack.path == "" and not (tmp_path / "pack").exists()


def test_every_source_is_described_with_its_licence_and_how_well_its_address_is_known(form):
    for item in items(form):
        form.sources.setCurrentItem(item)
        one = recipe.recipes()[ids(item)]
        told = form.details.toPlainText()
        for words in (one.title, one.publisher, one.licence, f"Address: {one.fetch.known}", *one.indicators):
            assert words in told, (one.id, words)


def test_what_was_unticked_stays_so_when_a_key_is_chosen(form, monkeypatch):
    by_id = {ids(item): item for item in items(form)}
    by_id["census_ts037"].setCheckState(0, Qt.CheckState.Unchecked)
    monkeypatch.setattr(form.key, "configId", lambda: "abc1234")
    form.key.selectedConfigIdChanged.emit("abc1234")
    assert by_id["census_ts037"].checkState(0) == Qt.CheckState.Unchecked
    assert by_id["children_low_income"].text(2) == "fetched"
    assert by_id["children_low_income"].checkState(0) == Qt.CheckState.Checked


def test_the_form_is_worked_by_keyboard_in_the_order_it_is_read_and_fits_320_pixels(form):
    form.show()
    form.resize(320, 560)
    settle()
    assert form.width() <= 320
    order, one = [], form.sources
    while one.nextInFocusChain() is not form.sources:
        order.append(one)
        one = one.nextInFocusChain()
    inside = [form.details, form.folder.lineEdit(), form.key.focusProxy(), form.look, form.get]
    places = [order.index(widget) for widget in inside]
    assert places == sorted(places)
    for widget in (form.sources, form.details, form.folder.lineEdit(), form.key.focusProxy()):
        assert widget.accessibleName()
