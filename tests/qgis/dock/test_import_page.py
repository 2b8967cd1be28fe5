"""The dock's page "Import": a file is looked at, overruled, and put into a copy of the pack; a folder is told apart."""

from __future__ import annotations

import json
import re

import pytest
from driving import click, settle, wait_until
from qgis.PyQt.QtCore import QMimeData, QPoint, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtTest import QTest
from running import run as run_algorithm

from hyperlocal_need.core.pack import Pack


@pytest.fixture()
def published(tmp_path):
    """A table as a publisher ships it: a title above, a footnote below, a mark among the figures."""
    codes = [f"E{1000001 + place:08}" for place in range(120)]
    figures = [f"{code},Area {place},{1000 + place},{place % 90}" for place, code in enumerate(codes)]
    figures[3] = f"{codes[3]},Area 3,1003,[c]"
    lines = [
        "Fuel poverty by small area 2022",
        "",
        "LSOA Code,LSOA Name,Households,Fuel poor",
        *figures,
        "",
        "Source: us",
    ]
    path = tmp_path / "downloads" / "fuel_poverty_2022.csv"
    path.parent.mkdir()
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture()
def page(checked):
    checked.open_page("import")
    settle()
    return checked.pages["import"]


def done(page):
    wait_until(lambda: not page.runner.running)
    settle()


@pytest.fixture()
def looked(page, published):
    page.choose(str(published))
    done(page)
    return page


class TestLook:
    def test_it_says_what_it_found_and_shows_the_first_rows(self, looked, published):
        text = looked.facts.text().replace("\u200b", "")
        assert published.name in text and "header in row 3" in text and "LSOA21" in text
        assert "withheld: &#x27;[c]&#x27; 1 times" in text
        assert re.search(r"Covers.*\d+ of [\d,]+ areas; a run stops at under 65\u00a0?%", text), text
        assert looked.preview.rowCount() == 8
        assert [looked.preview.horizontalHeaderItem(place).text() for place in range(3)] == [
            "Code",
            "Households",
            "Fuel poor",
        ]
        assert looked.preview.item(3, 2).text() == "\u2013", "a suppressed cell is a gap, not a zero"
        assert looked.preview.item(0, 1).text() == "1,000"
        assert not looked.first.isVisibleTo(looked)

    def test_the_boxes_show_the_guesses_and_hold_none(self, looked):
        form = looked.form
        assert form.sheet.itemText(0).startswith("Found: ") and form.sheet.currentData() == ""
        assert form.header.text() == "Found: 3"
        assert form.texts["CODE_COLUMN"].placeholderText() == "Found: LSOA Code"
        assert [form.figures.itemText(place) for place in range(form.figures.count())] == ["Households", "Fuel poor"]

    def test_each_change_looks_again(self, looked):
        form = looked.form
        form.figures.setItemCheckState(1, Qt.CheckState.Checked)
        done(looked)
        assert list(looked.guesses["columns"]) == ["fuel_poor"]
        assert form.figures.count() == 2, "the other column can still be chosen"
        form.header.setValue(3)
        assert looked.runner.running
        done(looked)
        click(form.back)
        done(looked)
        assert list(looked.guesses["columns"]) == ["households", "fuel_poor"]
        assert form.header.value() == 0

    def test_a_change_while_it_looks_is_not_lost(self, looked):
        looked.form.figures.setItemCheckState(0, Qt.CheckState.Checked)
        looked.form.figures.setItemCheckState(1, Qt.CheckState.Checked)
        done(looked)
        wait_until(lambda: not looked.runner.running)
        assert list(looked.guesses["columns"]) == ["households", "fuel_poor"]

    def test_a_guess_that_cannot_be_is_refused_in_words_and_can_be_taken_back(self, looked):
        box = looked.form.texts["CODE_COLUMN"]
        looked.overrule.setCollapsed(False)
        box.setFocus()
        QTest.keyClicks(box, "Postcode")
        QTest.keyClick(box, Qt.Key.Key_Return)
        done(looked)
        assert "no column 'Postcode'" in looked.notice.text()
        assert not looked.add.isEnabled() and looked.form.isVisible()
        click(looked.form.back)
        done(looked)
        assert looked.notice.text() == "" and looked.add.isEnabled()

    def test_it_can_be_dropped_on_the_page(self, page, published):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(published))])
        event = QDropEvent(
            QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        page.dropEvent(event)
        assert page.file.filePath() == str(published)
        done(page)
        assert page.guesses["file"] == published.name


class TestIndicator:
    def test_the_one_that_the_file_tells_can_be_replaced_by_any(self, looked):
        assert looked.indicator.wanted() == ""
        looked.indicator.setEditText("Damp homes")
        QTest.keyClick(looked.indicator.lineEdit(), Qt.Key.Key_Return)
        done(looked)
        assert list(looked.guesses["entries"]) == ["damp_homes"]
        assert "damp_homes" in looked.own.text() and "Say what it goes under" in looked.own.text()

    def test_one_of_the_method(self, looked):
        place = looked.indicator.findData("fuel_poverty")
        looked.indicator.setCurrentIndex(place)
        looked.indicator.activated.emit(place)
        done(looked)
        assert list(looked.guesses["entries"]) == ["fuel_poverty"]
        assert looked.own.text() == ""


class TestAdd:
    def prepare(self, page):
        place = page.indicator.findData("fuel_poverty")
        page.indicator.setCurrentIndex(place)
        page.indicator.activated.emit(place)
        done(page)
        page.form.figures.setItemCheckState(1, Qt.CheckState.Checked)
        done(page)

    def test_the_copy_holds_it_and_is_chosen(self, looked, checked, demo_pack, tmp_path):
        self.prepare(looked)
        before = {path: path.stat().st_mtime_ns for path in demo_pack.rglob("*")}
        looked.add_to(str(tmp_path / "mine.zip"))
        done(looked)
        assert "mine.zip is chosen" in looked.notice.text()
        assert checked.session.pack.path == str(tmp_path / "mine.zip")
        wait_until(lambda: checked.session.pack.check is not None)
        with Pack.open(tmp_path / "mine.zip") as pack:
            assert pack.entries["fuel_poverty"].value == "fuel_poor"
        assert {path: path.stat().st_mtime_ns for path in demo_pack.rglob("*")} == before

    def test_a_mended_entry_goes_into_the_pack(self, looked, tmp_path):
        self.prepare(looked)
        entries = json.loads(looked.entry.text.toPlainText())
        entries["fuel_poverty"]["date"] = "2021"
        looked.entry.text.setPlainText(json.dumps(entries))
        looked.add_to(str(tmp_path / "mine.zip"))
        done(looked)
        with Pack.open(tmp_path / "mine.zip") as pack:
            assert pack.entries["fuel_poverty"].date == "2021"

    def test_no_other_file_is_taken_up_while_the_pack_is_written(self, looked, published, tmp_path):
        self.prepare(looked)
        looked.add_to(str(tmp_path / "mine.zip"))
        looked.choose(str(published.parent))
        assert "still being written" in looked.notice.text()
        done(looked)
        assert looked.path == str(published) and (tmp_path / "mine.zip").is_file()

    def test_an_entry_that_is_no_json_is_refused(self, looked, tmp_path):
        looked.entry.text.setPlainText("{")
        looked.add_to(str(tmp_path / "mine.zip"))
        assert "no JSON that can be used" in looked.notice.text()
        assert not looked.runner.running and not (tmp_path / "mine.zip").exists()

    def test_without_a_pack_it_says_what_to_do(self, dock, published):
        page = dock.pages["import"]
        page.choose(str(published))
        done(page)
        assert not page.add.isEnabled() and "Choose a data pack" in page.own.text()


def call_it(page, name):
    """Look at the figures of the second column as an indicator that the method does not know."""
    page.form.figures.setItemCheckState(1, Qt.CheckState.Checked)
    done(page)
    page.indicator.setEditText(name)
    QTest.keyClick(page.indicator.lineEdit(), Qt.Key.Key_Return)
    wait_until(lambda: page.own_box.isVisibleTo(page))


def put(page, under, direction):
    for box, value in ((page.under, under), (page.direction, direction)):
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())


def test_an_indicator_of_one_s_own_gets_its_place_direction_and_weight(looked, checked, tmp_path):
    call_it(looked, "Council tax arrears")
    assert not looked.weight.isEnabled() and "Say what it goes under" in looked.own.text()
    put(looked, "quality_jobs", "need")
    looked.weight.setValue(40.0)
    assert "methodology of your own" in looked.own.text()
    looked.add_to(str(tmp_path / "mine.zip"))
    done(looked)
    method = checked.session.method
    node = method.edited.node("council_tax_arrears")
    assert (node.parent, node.title, node.direction) == ("quality_jobs", "Council tax arrears", "need")
    assert method.weights("quality_jobs")[node.id] == pytest.approx(0.4)
    assert method.path == tmp_path / "mine_methodology.json" and not looked.own_box.isVisibleTo(looked)
    looked.notice.followed.emit("method")
    assert checked.page() is checked.pages["method"]


def test_what_was_turned_off_stays_off_beside_it(looked, checked, tmp_path):
    method = checked.session.method
    method.switch(method.edited.node("fuel_poverty"), False)
    call_it(looked, "Complaints")
    put(looked, "mortality", "less")
    assert looked.under.findData("health") < 0, "it sums sub-dimensions"
    looked.add_to(str(tmp_path / "mine.zip"))
    done(looked)
    assert method.edited.node("complaints").direction == "less" and method.off == {"fuel_poverty"}


def test_figures_of_one_district_join_its_run_though_the_country_lacks_them(checked, provider, tmp_path):
    """What Import writes for a council's own file: the pack with its figures, and the methodology that knows them."""
    with Pack.open(checked.session.pack.path) as pack:
        districts = pack.lookup("LSOA21")["LTLA23"]
    codes = districts.index[districts == districts.iloc[0]]
    rows = [f"{code},{3 + (7 * place) % 40}.5" for place, code in enumerate(codes)]
    (tmp_path / "arrears.csv").write_text("\n".join(["LSOA21CD,arrears", *rows]), encoding="utf-8")
    figures = {"file": "arrears.csv", "geography": "LSOA21", "code": "LSOA21CD", "value": "arrears"}
    entry = {"entries": {"arrears": {**figures, "status": "as specified"}}, "table": str(tmp_path / "arrears.csv")}
    (tmp_path / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
    made = {
        "ADD": [str(tmp_path / "entry.json")],
        "PARENT": "quality_jobs",
        "METHODOLOGY_OUT": str(tmp_path / "m.json"),
    }
    run_algorithm("editpack", PACK=checked.session.pack.path, OUTPUT=str(tmp_path / "mine.zip"), **made)
    checked.session.method.take_in(tmp_path / "m.json", ["arrears"], 0.4)
    checked.session.choose_pack(str(tmp_path / "mine.zip"))
    wait_until(lambda: checked.session.pack.check is not None)
    page = checked.pages["run"]
    checked.open_page("run")
    assert not page.start.isEnabled() and "Arrears" in page.blockers.text(), "it covers too little of the country"
    page.universe.setText(districts.iloc[0])
    assert page.start.isEnabled(), page.blockers.text()
    click(page.start)
    wait_until(lambda: not checked.session.runner.running)
    assert checked.session.result.layers is not None, page.outcome.text()
    wait_until(lambda: checked.session.result.saved is not None)
    saved = checked.session.result.saved
    assert set(saved.need.index) == set(codes) and saved.shrunk["arrears_need"].notna().all()
    assert saved.weights["arrears"] == pytest.approx(0.4)


def test_a_folder_is_told_apart_and_a_file_of_it_opened(page, published):
    (published.parent / "letter.txt").write_text("Dear sir", encoding="utf-8")
    page.choose(str(published.parent))
    done(page)
    names = [page.files.item(place, 0).text() for place in range(page.files.rowCount())]
    assert names == ["fuel_poverty_2022.csv", "letter.txt"]
    assert page.files.item(1, 4).text(), "why it cannot be used"
    page.files.setCurrentCell(0, 0)
    click(page.open_file)
    done(page)
    assert page.guesses["file"] == published.name
    assert page.files.isVisibleTo(page), "the folder stays in view"


def test_a_file_that_is_no_table_is_refused(page, tmp_path):
    path = tmp_path / "note.csv"
    path.write_text("nothing\n", encoding="utf-8")
    page.choose(str(path))
    done(page)
    assert page.notice.text() and not page.add.isEnabled() and not page.facts.isVisibleTo(page)
