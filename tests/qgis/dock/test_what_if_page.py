"""What if the weights were others: sliders by hand and by key, the map that follows, scenarios that are real runs."""

from __future__ import annotations

import numpy as np
import pytest
from driving import draw, settle, wait_until
from qgis.core import QgsExpression, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from running import run

from hyperlocal_need.core import methodology as methodologies
from hyperlocal_need.core.findings import saved as saved_results


@pytest.fixture()
def page(looking, tmp_path, monkeypatch):
    looking.open_page("what_if")
    settle()
    one = looking.pages["what_if"]
    monkeypatch.setattr(one.state, "folder", lambda: tmp_path / "scenarios")
    return one


def push(page, key, share):
    """Put a slider somewhere and let the page answer."""
    page.sliders.sliders[key].setValue(round(1000 * share))
    settle()


def rows(page):
    return [page.model.code(place) for place in range(page.model.rowCount())]


def what_if_layer():
    return next(one for one in QgsProject.instance().mapLayers().values() if one.name().startswith("What if: "))


def test_it_begins_with_the_runs_own_weights(page):
    need = page.session.result.saved.need
    assert page.model.rowCount() == 0
    assert sum(entry.count for entry in page.legend._entries) == len(need)
    assert page.state.change.hotspot.sum() == (need["hotspot"] == 1).sum()
    assert page.sliders.sliders["need", "growth"].value() == 225


@pytest.mark.parametrize(("node", "part", "share"), [("need", "health", 0.6), ("quality_jobs", "jobs_density", 0.9)])
def test_a_scenario_equals_a_full_run(page, provider, demo_pack, tmp_path, node, part, share):
    """Dimensions and indicators: the ranks on the page are those of a run with the scenario as its method."""
    push(page, (node, part), share)
    path = page.state.save("Heavier")
    made = methodologies.load(path)
    assert made.node(part).weight == pytest.approx(share)
    out = tmp_path / "again.gpkg"
    run("computeindex", PACK=str(demo_pack), METHODOLOGY=str(path), OUTPUT=str(out))
    again = saved_results.read(out, made).need
    now = again["need_rank"].reindex(page.state.tree.codes).to_numpy(dtype=float, na_value=np.nan)
    assert np.array_equal(page.state.change.rank, now, equal_nan=True)
    came = again.index[(again["hotspot"] == 1) & (page.session.result.saved.need["hotspot"].reindex(again.index) == 0)]
    assert {code for code in rows(page) if again.loc[code, "hotspot"] == 1} == set(came) != set()


def test_a_weight_of_nothing_is_a_dimension_taken_out(page, provider, demo_pack, tmp_path):
    push(page, ("need", "energy"), 0.0)
    path = page.state.save("No energy")
    made = methodologies.load(path)
    assert "energy" not in [node.id for node in made.dimensions]
    out = tmp_path / "again.gpkg"
    run("computeindex", PACK=str(demo_pack), METHODOLOGY=str(path), OUTPUT=str(out))
    now = saved_results.read(out, made).need["need_rank"].reindex(page.state.tree.codes)
    assert np.array_equal(page.state.change.rank, now.to_numpy(dtype=float, na_value=np.nan), equal_nan=True)


def test_the_map_follows_the_hand(page):
    """The colour of an area that comes in is that of the legend, before and after it goes out again."""
    push(page, ("need", "growth"), 0.9)
    layer = what_if_layer()
    need = page.session.result.layers.need
    root = QgsProject.instance().layerTreeRoot()
    assert root.findLayer(layer.id()).isVisible() and not root.findLayer(need.id()).isVisible()
    inside = [code for code in rows(page) if page.state.change.comes_in[page.state.tree.codes.get_loc(code)]]
    where = QgsFeatureRequest(QgsExpression(f"area_code = '{inside[0]}'"))
    point = next(layer.getFeatures(where)).geometry().pointOnSurface().asPoint()
    colours = {entry.label: entry.colour for entry in page.legend._entries}
    assert draw([layer], 2500)[1](point) == colours["Comes in"]
    push(page, ("need", "growth"), 0.225)
    assert draw([layer], 2500)[1](point) == colours["No hot spot either way"]


def test_the_others_keep_their_proportions_while_one_moves(page):
    for share in (1.0, 0.3):
        push(page, ("need", "growth"), share)
    weights = page.state.weights["need"]
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["health"] / weights["energy"] == pytest.approx(2.25)


def test_keys_move_a_slider_and_everything_has_a_name(page):
    for name in ("health", "mortality"):
        page.sliders.folds[name].click()
    settle()
    for slider in page.sliders.sliders.values():
        assert slider.accessibleName().startswith("Weight of ")
    slider = page.sliders.sliders["need", "growth"]
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    settle()
    assert page.state.weights["need"]["growth"] == pytest.approx(0.235)
    assert page.sliders.sliders["need", "health"].focusPolicy() & Qt.FocusPolicy.TabFocus
    order, one = [], page.start
    while one.nextInFocusChain() is not page.start:
        one = one.nextInFocusChain()
        order.append(one)
    read = [page.sliders.sliders["need", "growth"], page.sliders.sliders["need", "health"], page.save, page.table]
    assert sorted(read, key=order.index) == read, "the Tab key goes on as the page is read"
    assert page.sliders.sliders["mortality", "deaths_all_causes"].isVisible()


@pytest.mark.parametrize("preset", ["computed", "published", "equal", "indicators", "fitted"])
def test_presets(page, preset):
    push(page, ("need", "growth"), 0.9)
    page.start.setCurrentIndex(page.start.findData(preset))
    page.start.activated.emit(page.start.currentIndex())
    settle()
    weights = page.state.weights
    assert all(sum(inside.values()) == pytest.approx(1.0) for inside in weights.values())
    expected = {"computed": 0.225, "published": 0.225, "equal": 0.2, "fitted": 0.225}
    assert weights["need"]["growth"] == pytest.approx(expected.get(preset, 12 / 32))
    assert bool(page.notice.text()) == (preset == "fitted")
    assert (page.state.change.mean_shift == 0) == (preset in ("computed", "published"))


def test_a_saved_scenario_is_taken_up_again_and_to_the_run_page(page):
    push(page, ("need", "growth"), 0.5)
    page.save_scenario("Growth first")
    place = page.start.findText("Growth first")
    assert place >= 0 and page.start.currentIndex() == place
    push(page, ("need", "growth"), 0.1)
    assert page.start.currentText() == "Own weights"
    page.start.setCurrentIndex(place)
    page.start.activated.emit(place)
    settle()
    assert page.state.weights["need"]["growth"] == pytest.approx(0.5)
    page.save_scenario("Growth first", compute=True)
    method = page.session.method
    assert method.path.stem == "Growth first" and method.edited.index.title.endswith("(Growth first)")
    assert not method.problems()


def test_a_name_without_letters_is_refused_in_words(page):
    told = []
    page.session.messaged.connect(lambda text, level: told.append((text, level)))
    page.save_scenario("../..")
    assert told == [("Give the scenario a name with a letter or a figure in it.", "warning")]
    assert not page.state.folder().exists()


def test_how_far_a_weight_may_move_for_the_chosen_area(page):
    need = page.session.result.saved.need
    code = need.index[(need["need_rank"] == 1).to_numpy()][0]
    page.session.result.choose_area(code)
    wait_until(lambda: page.state.intervals)
    settle()
    assert "A hot spot as long as the weight" in page.area.text()
    low, high = (side[page.state.tree.codes.get_loc(code)] for side in page.state.intervals["health"])
    assert 0 <= low <= 0.225 <= high <= 1
    last = need.index[(need["need_rank"] == need["need_rank"].max()).to_numpy()][0]
    page.session.result.choose_area(last)
    assert "no hot spot" in page.area.text()


def test_it_fits_a_narrow_dock(page, looking):
    looking.resize(320, 700)
    page.sliders.folds["growth"].click()
    settle()
    assert page.widget().minimumSizeHint().width() <= 320
    assert page.horizontalScrollBar().maximum() == 0


def test_without_stages_the_page_says_so(dock, provider, demo_pack, tmp_path):
    path = tmp_path / "bare" / "need.gpkg"
    path.parent.mkdir()
    run("computeindex", PACK=str(demo_pack), OUTPUT=str(path), STAGES=False)
    dock.session.result.add(path, dock.session.method.published, "Result", "All areas")
    wait_until(lambda: dock.session.result.saved is not None)
    dock.open_page("what_if")
    settle()
    assert dock.pages["what_if"].empty.isVisible() and "every stage" in dock.pages["what_if"].empty.text()
