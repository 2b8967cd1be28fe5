"""A result as one file: moved to another folder, its project opens whole, with styles, themes, layouts and notes."""

from __future__ import annotations

import shutil

import pytest
from qgis.core import QgsLayerNotesUtils, QgsProject
from running import attempt

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
    moved = shutil.move(handed_over, tmp_path / handed_over.name)
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
    project.clear()
