"""The plugin among QGIS's own tools: search bar, expressions, help and the box about it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from driving import settle, wait_until
from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsFeedback,
    QgsLocatorContext,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPalLayerSettings,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtWidgets import QApplication

from hyperlocal_need.core.findings import saved


@pytest.fixture
def functions(project):
    from hyperlocal_need.processing_provider.project.expressions import Functions

    made = Functions()
    made.register()
    yield made
    made.unregister()


@pytest.fixture
def need(computed):
    return saved.read_layers(computed, ["need"])["need"]


def evaluate(text):
    expression = QgsExpression(text)
    assert not expression.hasParserError(), expression.parserErrorString()
    value = expression.evaluate(QgsExpressionContext())
    return value, expression.evalErrorString()


def add(project, path):
    layer = QgsVectorLayer(f"{path}|layername=need", "need", "ogr")
    project.addMapLayer(layer)
    return layer


class TestFunctions:
    def test_each_gives_what_the_layer_says(self, functions, project, computed, need):
        add(project, computed)
        assert len(need) > 100
        for code, row in need.iterrows():
            for text, expected in (
                (f"hln_rank('{code}')", row["need_rank"]),
                (f"hln_rank('{code}', 'health')", row["health_rank"]),
                (f"hln_score('{code}', 'need')", row["need_score"]),
                (f"hln_hotspot('{code}')", row["hotspot"]),
                (f"hln_hotspot('{code}', 'streets')", row["streets_hotspot"]),
            ):
                value, error = evaluate(text)
                assert not error and (value == expected or (value is None and expected != expected)), text

    def test_the_reasons_are_those_of_explain_need(self, functions, project, computed, need):
        from hyperlocal_need.core.findings.need_explained import contributions_from
        from hyperlocal_need.processing_provider.areas import stored_result

        add(project, computed)
        result = stored_result.read(computed)
        points = contributions_from(result).points
        first = need["need_rank"].idxmin()
        words, _ = evaluate(f"hln_why('{first}')")
        best = points.loc[first].idxmax()
        assert words.startswith(f"{result.methodology.node(best).title} {points.loc[first].max():+.2f}, ")
        assert words.count("+") == 3

    @pytest.mark.parametrize("text", ["hln_rank('nowhere')", "hln_why('')", "hln_rank()", "hln_score(NULL)"])
    def test_an_area_that_is_not_there_is_null(self, functions, project, computed, text):
        add(project, computed)
        assert evaluate(text) == (None, "")

    def test_what_there_is_not_is_said(self, functions, project, computed, need):
        add(project, computed)
        assert "there is no 'shoes_rank'" in evaluate(f"hln_rank('{need.index[0]}', 'shoes')")[1]
        assert "there is no 'certainty'" in evaluate(f"hln_certainty('{need.index[0]}')")[1]

    def test_one_of_several_results_by_its_folder_and_none_once_it_has_gone(
        self, functions, project, computed, need, tmp_path
    ):
        code = need["need_rank"].idxmin()
        layer = add(project, computed)
        other = shutil.copytree(Path(computed).parent, tmp_path / "elsewhere") / "need.gpkg"
        second = add(project, other)
        assert len(functions.results.paths) == 2
        assert evaluate(f"hln_rank('{code}', 'need', 'elsewhere')") == (1, "")
        assert evaluate(f"hln_rank('{code}', 'need', 'nowhere')") == (None, "")
        project.removeMapLayers([layer.id(), second.id()])
        assert functions.results.paths == () and evaluate(f"hln_rank('{code}')") == (None, "")

    def test_every_function_has_words_and_an_example_that_can_be_read(self, functions, repository):
        words = json.loads((repository / "resources/help/functions.json").read_text(encoding="utf-8"))
        for name, entry in words.items():
            assert QgsExpression.isFunctionName(name) and QgsExpression.helpText(name)
            (example,) = re.findall(r"Example: <code>(.*?)</code>", entry["help"])
            assert not QgsExpression(example).hasParserError(), example

    def test_nothing_is_left_of_them(self, project):
        from hyperlocal_need.processing_provider.project.expressions import Functions

        before = QgsExpression.functionCount()
        made = Functions()
        made.register()
        assert QgsExpression.functionCount() == before + 5
        made.unregister()
        assert QgsExpression.functionCount() == before
        assert not QgsExpression.isFunctionName("hln_rank")

    def test_a_hundred_times_on_and_off_while_labels_are_drawn(self, project, computed):
        """The maps are not waited for: functions come and go in the middle of them."""
        from hyperlocal_need.processing_provider.project.expressions import Functions

        layer = add(project, computed)
        settings = QgsPalLayerSettings()
        settings.fieldName, settings.isExpression = 'to_string(hln_rank("area_code")) || hln_why("area_code")', True
        layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
        layer.setLabelsEnabled(True)
        ground = QgsMapSettings()
        ground.setLayers([layer])
        ground.setDestinationCrs(layer.crs())
        ground.setExtent(layer.extent())
        ground.setOutputSize(QSize(400, 400))
        jobs, labelled = [], 0
        for number in range(100):
            made = Functions()
            made.register()
            job = QgsMapRendererParallelJob(ground)
            job.start()
            if number % 10 == 0:
                job.waitForFinished()
            made.unregister()
            jobs.append(job)
            if len(jobs) == 10:
                for one in jobs:
                    one.waitForFinished()
                    labelled += len(one.takeLabelingResults().allLabels())
                jobs.clear()
        assert labelled > 0


class Search:
    """What the search bar would show, and what a choice does."""

    def __init__(self, locator):
        self.locator, self.found = locator, []
        locator.resultFetched.connect(self.found.append)

    def __call__(self, text):
        self.found.clear()
        self.locator.prepare(text, QgsLocatorContext())
        self.locator.fetchResults(text, QgsLocatorContext(), QgsFeedback())
        return [(one.displayString, one.description) for one in self.found]

    def choose(self, number=0):
        self.locator.triggerResult(self.found[number])
        settle()


@pytest.fixture
def opened(dock, project, computed, qgis_iface, functions):
    """A dock with a result, and the search over it."""
    from hyperlocal_need.ui.locator import NeedLocator

    dock.session.open_result(str(computed))
    wait_until(lambda: dock.session.result.saved is not None)
    return dock, Search(NeedLocator(functions.results, lambda: dock, qgis_iface.mapCanvas()))


class TestSearch:
    def test_an_area_by_its_name_and_by_its_code(self, opened, need):
        dock, search = opened
        code = need["need_rank"].idxmin()
        name = need.at[code, "area_name"]
        title = f"{name} ({code})"
        assert (title, f"{need.at[code, 'district_name']}, rank 1") in search(name.upper())
        assert search(code)[0][0] == title
        search.choose()
        assert dock.session.result.area == code and dock.page().KEY == "look"

    def test_a_district(self, opened, need):
        dock, search = opened
        name = need["district_name"].iloc[0]
        assert search(name)[0] == (name, "District")
        search.choose()
        assert dock.page().KEY == "map"

    def test_a_postcode_of_the_pack(self, opened, demo_pack):
        from hyperlocal_need.core.pack import Pack
        from hyperlocal_need.ui import settings

        dock, search = opened
        with Pack.open(demo_pack) as pack:
            place = pack.spec["postcodes"]
            code = pack.read_columns(place["file"], [place.get("code", "postcode")]).iloc[5, 0]
        assert search(code) == []
        settings.remember(settings.PACK, str(demo_pack))
        (found,) = search(code.lower())
        assert found[1] == "Postcode" and found[0].replace(" ", "") == code.replace(" ", "")
        search.choose()
        assert dock.session.result.area.startswith("E01") or dock.session.result.area

    def test_a_ward_of_a_layer_in_the_project(self, opened, project, qgis_iface):
        _, search = opened
        layer = QgsVectorLayer("Polygon?field=boundary_code:string&field=boundary_name:string", "Wards", "memory")
        from qgis.core import QgsFeature, QgsGeometry

        feature = QgsFeature(layer.fields())
        feature.setAttributes(["W1", "Mill Hill & <b>Brook</b>"])
        feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 9 0, 9 9, 0 0))"))
        layer.dataProvider().addFeatures([feature])
        project.addMapLayer(layer)
        assert search("mill h") == [("Mill Hill & <b>Brook</b>", "Wards")]
        search.choose()
        project.removeMapLayer(layer.id())
        search.choose()

    @pytest.mark.parametrize("text", ["", "ab", "'); DROP TABLE need; --", "%" * 400, "zz9 9zz"])
    def test_what_finds_nothing(self, opened, text):
        assert opened[1](text) == []

    def test_no_more_than_twenty(self, opened, need):
        assert len(opened[1](need.index[0][:3])) == 20

    def test_a_clone_is_a_search_of_its_own(self, opened, need):
        _, search = opened
        assert Search(search.locator.clone())(need.index[0])


def anchors(text):
    """The anchors that a page has, as GitHub makes them of its headings."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", re.sub(r"```.*?```", "", text, flags=re.S), flags=re.M)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_algorithm_and_every_page_leads_to_a_heading_of_the_guide(provider, dock, repository):
    from hyperlocal_need.processing_provider.face import help_url

    asked = {one.id(): one.helpUrl() for one in provider.algorithms()}
    asked.update({key: help_url(page.help_page()) for key, page in dock.pages.items()})
    lost = []
    for name, address in asked.items():
        page, _, anchor = address.rpartition("/docs/")[2].partition("#")
        file = repository / "docs" / page
        if not file.is_file() or anchor not in anchors(file.read_text(encoding="utf-8")):
            lost.append(f"{name}: {address}")
    assert len(asked) > 40 and not lost, "\n".join(lost)


def test_about_names_every_version_and_copies_them(qgis_iface):
    from hyperlocal_need.ui.about_box import AboutBox, versions

    box = AboutBox()
    for line in versions().splitlines():
        assert line.split(" ")[0] in box.text()
    QApplication.clipboard().clear()
    box.copy.click()
    text = QApplication.clipboard().text()
    assert text == versions() and ("QGIS 3" in text or "QGIS 4" in text)
    assert str(Path.home()) not in text and QgsApplication.userLoginName() + "@" not in text
    box.deleteLater()
