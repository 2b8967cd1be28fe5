"""The Data and Method pages: what a pack holds, and changes to the method that cannot be overlooked."""

from __future__ import annotations

import json
import shutil

import pytest
from driving import click, settle, wait_until
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDoubleSpinBox


@pytest.fixture()
def page(checked):
    checked.open_page("method")
    settle()
    return checked.pages["method"]


def weight_texts(page):
    return [page.tree.topLevelItem(place).text(1) for place in range(5)]


class TestData:
    def test_every_indicator_has_its_state_date_coverage_and_source(self, checked):
        page = checked.pages["data"]
        assert page.model.rowCount() == 32
        texts = [page.model.index(0, place).data() for place in range(page.model.columnCount())]
        assert texts[1] in ("As specified", "Older figures", "Substitute") and all(texts)
        assert "120 neighbourhoods" in page.status.text() and "32 of 32 indicators" in page.status.text()

    def test_the_filter_keeps_rows_with_all_words(self, checked):
        page = checked.pages["data"]
        page.filter.setText("life expectancy")
        assert page.rows.rowCount() == 2
        page.filter.setText("life nothing")
        assert page.rows.rowCount() == 0

    def test_a_selected_indicator_tells_what_it_is_why_it_is_in_and_its_caveats(self, checked):
        page = checked.pages["data"]
        page.table.setCurrentIndex(page.rows.index(0, 0))
        text = page.details.toPlainText()
        assert "What it measures:" in text and "Why it is in:" in text and "Covers:" in text

    def test_a_fault_is_shown_before_the_run_with_the_way_out(self, checked, demo_pack, tmp_path):
        broken = tmp_path / "pack"
        shutil.copytree(demo_pack, broken)
        spec = json.loads((broken / "pack.json").read_text(encoding="utf-8"))
        table = broken / spec["indicators"]["bad_health"]["file"]
        gone = broken / spec["indicators"]["fuel_poverty"]["file"]
        table.write_bytes(b"OA21CD,x\n")
        gone.unlink(missing_ok=True)
        absent = [name for name in ("jobs_density", "broadband_speed") if spec["indicators"].pop(name)]
        (broken / "pack.json").write_text(json.dumps(spec), encoding="utf-8")
        checked.pages["data"].file.setFilePath(str(broken / "pack.json"))
        wait_until(lambda: checked.session.pack.check is not None)
        text = checked.pages["data"].problem_text.text()
        assert table.name in text and gone.name in text and "Put it back" in text
        titles = [checked.session.method.edited.node(name).title for name in absent]
        assert f"{'; '.join(titles)}: No data in the pack." in text and text.count("No data in the pack") == 1
        checked.open_page("run")
        assert not checked.pages["run"].start.isEnabled()
        assert gone.name in checked.pages["run"].blockers.text()

    @pytest.mark.parametrize("content", [b"{", b'{"format": 1}'])
    def test_what_is_no_pack_is_refused_in_words(self, dock, tmp_path, content):
        (tmp_path / "pack.json").write_bytes(content)
        dock.pages["data"].file.setFilePath(str(tmp_path / "pack.json"))
        wait_until(lambda: not dock.session.pack.checking)
        assert "pack.json" in dock.pages["data"].error.text()
        assert not dock.pages["data"].table.isVisible()

    def test_choosing_another_pack_drops_the_check_that_goes_on(self, dock, demo_pack, tmp_path):
        dock.session.choose_pack(str(tmp_path / "none"))
        dock.session.choose_pack(str(demo_pack))
        wait_until(lambda: dock.session.pack.check is not None)
        assert dock.session.pack.error == ""


class TestAbsent:
    @pytest.fixture()
    def poorer(self, dock, demo_pack, tmp_path):
        """The demonstration without one of its indicators."""
        folder = tmp_path / "pack"
        shutil.copytree(demo_pack, folder)
        spec = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
        del spec["indicators"]["broadband_speed"]
        (folder / "pack.json").write_text(json.dumps(spec), encoding="utf-8")
        dock.pages["data"].file.setFilePath(str(folder))
        wait_until(lambda: dock.session.pack.check is not None)
        return dock

    def test_the_run_waits_for_the_user_s_word_and_leaves_out_what_is_absent(self, poorer, project):
        run, method = poorer.pages["run"], poorer.pages["method"]
        poorer.open_page("run")
        assert "One indicator has no data" in run.blockers.text() and not run.start.isEnabled()
        assert 'href="method#gaps"' in run.blockers.text()
        run.blockers.followed.emit("method#gaps")
        assert poorer.page() is method and method.agree.isVisible()
        assert "Broadband" in method.absent_text.text()
        method.agree.setChecked(True)
        poorer.open_page("run")
        assert run.start.isEnabled()
        click(run.start)
        wait_until(lambda: not poorer.session.runner.running)
        wait_until(lambda: poorer.session.result.saved is not None)
        assert "broadband_speed_z" not in poorer.session.result.saved.normal_scores
        measures = poorer.pages["map"].measure
        assert measures.findData("broadband_speed") < 0


class TestMethod:
    def test_the_tree_holds_dimensions_with_their_weights(self, page):
        assert page.tree.topLevelItemCount() == 5
        assert weight_texts(page) == ["22.50 %", "10 %", "22.50 %", "22.50 %", "22.50 %"]
        assert page.differences.title() == "As published"

    def test_a_new_weight_rebalances_the_others_and_shows_as_a_difference(self, page):
        page.tree.choose("energy")
        page.form.weight.setValue(20.0)
        assert weight_texts(page) == ["20 %"] * 5
        assert page.differences.title() == "5 changes from published"
        assert "weight 20 %, published 10 %" in page.difference_text.text()

    def test_the_weight_is_edited_in_the_tree_by_keyboard(self, page):
        page.tree.choose("growth")
        page.tree.setCurrentItem(page.tree.item("growth"), 1)
        page.tree.editItem(page.tree.item("growth"), 1)
        editor = page.tree.findChild(QDoubleSpinBox)
        editor.setValue(30.0)
        page.tree.commitData(editor)
        page.tree.closeEditor(editor, page.tree.itemDelegate().EndEditHint.NoHint)
        assert weight_texts(page)[0] == "30 %"

    def test_without_rebalancing_it_says_what_is_left_and_the_run_waits(self, page, checked):
        page.balance.setChecked(False)
        page.tree.choose("energy")
        page.form.weight.setValue(5.0)
        assert "5 % is left to give out" in page.problem.text()
        checked.open_page("run")
        assert not checked.pages["run"].start.isEnabled()
        page.form.weight.setValue(15.0)
        assert "5 % too much" in page.problem.text()

    def test_a_dimension_of_weight_0_leaves_no_area_unranked(self, page):
        assert page.session.method.weightless == frozenset()
        page.tree.choose("energy")
        page.form.weight.setValue(0.0)
        assert page.session.method.weightless == {"carbon_footprint", "fuel_poverty", "low_energy_efficiency"}

    def test_an_indicator_is_turned_off_by_its_tick(self, page, tmp_path):
        item = page.tree.item("broadband_speed")
        item.setCheckState(0, Qt.CheckState.Unchecked)
        assert page.session.method.off == {"broadband_speed"}
        assert "turned off" in page.difference_text.text()
        assert item.text(1) == ""
        assert page.session._parameters(tmp_path, tmp_path)["LEAVE_OUT"] == "broadband_speed"
        item.setCheckState(0, Qt.CheckState.Checked)
        assert page.session.method.off == frozenset()

    def test_a_dimension_must_keep_an_indicator(self, page):
        page.tree.item("crime_rank").setCheckState(0, Qt.CheckState.Unchecked)
        assert "leave one on" in page.problem.text()

    def test_direction_and_shrinkage_belong_to_indicators(self, page):
        page.tree.choose("health")
        assert not page.form.direction.isVisibleTo(page.form)
        page.tree.choose("broadband_speed")
        assert page.form.direction.isVisibleTo(page.form)
        page.form.direction.setCurrentIndex(page.form.direction.findData("need"))
        page.form.direction.activated.emit(page.form.direction.currentIndex())
        page.form.shrinkage.setCurrentIndex(page.form.shrinkage.findData("mean"))
        page.form.shrinkage.activated.emit(page.form.shrinkage.currentIndex())
        node = page.session.method.edited.node("broadband_speed")
        assert (node.direction, node.shrinkage) == ("need", "mean")
        assert "high means need, published high means less need" in page.difference_text.text()

    def test_equal_weights_and_reset(self, page):
        page.tree.choose("energy")
        click(page.form.equal)
        assert weight_texts(page) == ["20 %"] * 5
        click(page.reset)
        assert weight_texts(page)[1] == "10 %" and page.differences.title() == "As published"

    def test_each_choice_for_gaps_says_its_consequence_in_numbers(self, page):
        number = page.session.pack.check.areas_with_gaps()
        for choice, label in page.consequences.items():
            assert f"{number:,} neighbourhoods" in label.text(), choice
        click(page.choices["district"])
        page.choices["district"].setChecked(True)
        assert page.session.method.missing == "district"

    def test_a_method_is_saved_opened_and_refused_where_it_is_faulty(self, page, checked, tmp_path):
        page.tree.choose("energy")
        page.form.weight.setValue(20.0)
        page.tree.item("broadband_speed").setCheckState(0, Qt.CheckState.Unchecked)
        page.save_file(tmp_path / "mine.json")
        saved = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
        assert saved["id"].endswith("_changed") and saved["title"].endswith("(our method)")
        assert saved["nodes"][0]["title"] == "Hyper-local Need (our method)", "which every map's title says"
        assert "broadband_speed" not in [node["id"] for node in saved["nodes"]]
        assert saved["considered"][-1]["reason"].startswith("Turned off")
        click(page.reset)
        page.open_file(tmp_path / "mine.json")
        assert weight_texts(page) == ["20 %"] * 5
        assert "taken out" in page.difference_text.text()
        (tmp_path / "bad.json").write_text('{"format": 1}', encoding="utf-8")
        page.open_file(tmp_path / "bad.json")
        assert "missing" in checked.messages.currentItem().text()
        page.save_file(tmp_path / "none" / "mine.json")
        assert "cannot be written" in checked.messages.currentItem().text()

    def test_a_changed_method_is_what_is_computed(self, page, checked, project):
        page.tree.choose("energy")
        page.form.weight.setValue(60.0)
        page.tree.item("broadband_speed").setCheckState(0, Qt.CheckState.Unchecked)
        checked.open_page("run")
        click(checked.pages["run"].start)
        wait_until(lambda: not checked.session.runner.running)
        wait_until(lambda: checked.session.result.saved is not None)
        result = checked.session.result
        assert result.layers.methodology.node("energy").weight == pytest.approx(0.6)
        need = result.saved.need
        scores = [need[f"{node.id}_score"] * node.weight for node in result.layers.methodology.dimensions]
        assert sum(scores).dropna().to_numpy() == pytest.approx(need["composite"].dropna().to_numpy())
        assert "broadband_speed_z" not in result.saved.normal_scores
