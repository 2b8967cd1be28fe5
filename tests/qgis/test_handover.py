"""A result as one file: moved or renamed, its project opens whole, with styles, themes, layouts and notes."""

from __future__ import annotations

import shutil

import pytest
from qgis.core import QgsLayerNotesUtils, QgsPathResolver, QgsProject
from running import attempt

from hyperlocal_need import plugin
from hyperlocal_need.processing_provider.project import handover


@pytest.fixture(scope="module")
def handed_over(provider, demo_pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("handover")
    need = folder / "need.gpkg"
    for name, parameters in (
        ("computeindex", {"PACK": str(demo_pack), "OUTPUT": str(need)}),
        ("handover", {"INPUT": f"{need}|layername=need", "OUTPUT": str(folder / "sent.gpkg")}),
    ):
        results, said = attempt(name, parameters)
        assert results, said
    return folder / "sent.gpkg"


def test_the_project_opens_where_the_file_was_moved_to(handed_over, tmp_path):
    moved = shutil.copy(handed_over, tmp_path / handed_over.name)
    project = QgsProject()
    assert project.read(f"geopackage:{moved}?projectName={handover.NAME}")
    layers = project.mapLayers().values()
    assert layers and all(layer.isValid() for layer in layers)
    assert {layer.source().partition("|")[0] for layer in layers} == {str(moved)}, "all are in the file itself"
    need = project.mapLayersByName("Neighbourhoods")[0]
    assert "Need: hot spots" in need.styleManager().styles()
    assert "Neighbourhoods - Need: hot spots" in project.mapThemeCollection().mapThemes()
    assert len(project.layoutManager().layouts()) == 2
    assert "Invented" in QgsLayerNotesUtils.layerNotes(need), "who opens it reads that the figures are invented"
    assert "Made on" in project.metadata().abstract()
    assert "no longer bears the name sent.gpkg" in project.metadata().abstract(), "what to click is said"
    project.clear()


@pytest.fixture()
def plugin_there():
    """What the plugin does as it begins and ends; the open project is QGIS's own, for it is asked for its name."""
    asked = QgsPathResolver.setPathPreprocessor(plugin._own_file)
    yield QgsProject.instance()
    QgsProject.instance().clear()
    QgsPathResolver.removePathPreprocessor(asked)


def _files(project, path):
    """The files that its layers lie in, once it is opened from there."""
    assert project.read(f"geopackage:{path}?projectName={handover.NAME}")
    return {layer.source().partition("|")[0] for layer in project.mapLayers().values() if layer.isValid()}


def test_a_renamed_file_finds_its_layers_where_the_plugin_is(handed_over, plugin_there, tmp_path):
    renamed = shutil.copy(handed_over, tmp_path / "For the board, 2 May.gpkg")
    assert _files(plugin_there, renamed) == {str(renamed)}
    assert all(layer.isValid() for layer in plugin_there.mapLayers().values())
    beside = shutil.copy(handed_over, tmp_path / handed_over.name)
    assert _files(plugin_there, renamed) == {str(renamed)}, "the file that it was copied from is not shown in its place"
    assert plugin_there.write(), "and the new name is one of those that it has had"
    third = shutil.copy(renamed, tmp_path / "third.gpkg")
    assert _files(plugin_there, third) == {str(third)}
    assert _files(plugin_there, beside) == {str(beside)}


def test_without_the_plugin_a_renamed_file_is_what_qgis_makes_of_it(handed_over, tmp_path):
    """If this fails, QGIS has learnt it, and ``own_file`` can go."""
    assert _files(QgsProject.instance(), shutil.copy(handed_over, tmp_path / "renamed.gpkg")) == set()
    QgsProject.instance().clear()


def test_only_what_lies_in_the_file_is_pointed_to_it(handed_over, plugin_there, tmp_path):
    renamed = shutil.copy(handed_over, tmp_path / "renamed.gpkg")
    other = shutil.copy(handed_over, tmp_path / "last year.gpkg")
    assert _files(plugin_there, renamed) == {str(renamed)}
    kept = ["./last year.gpkg|layername=need", "./sent.gpkg|layername=wards", "./logo.svg", "sent.gpkg|layername=need"]
    assert [handover.own_file(source) for source in kept] == kept, other
    odd = [f"./{name}|layername=wards" for name in ("x" * 5000, "\0", "", "..", "\udcff")]
    assert [handover.own_file(source) for source in odd] == odd, "nothing is raised: QGIS would end"
    assert handover.own_file("./sent.gpkg") == "./renamed.gpkg", "as QGIS 3.40 asks"
    assert handover.own_file("./sent.gpkg|layername=need|subset=x = 1") == "./renamed.gpkg|layername=need|subset=x = 1"
    assert plugin_there.write(str(tmp_path / "own.qgz"))
    assert handover.own_file("./sent.gpkg|layername=need") == "./sent.gpkg|layername=need", "of a project beside it"
    plugin_there.clear()
    assert handover.own_file("./sent.gpkg|layername=need") == "./sent.gpkg|layername=need", "of no project at all"
