"""``computeindex``: what it writes, that it is all or nothing, and what a user's mistakes look like."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

LAYERS = ["need", "districts", "indicators", "shrunk", "normal_scores", "sub_dimensions", "quality"]
DIMENSIONS = ["growth", "energy", "streets", "opportunity", "health"]
NEED_FIELDS = [
    "area_code", "area_name", "district_code", "district_name", "region_code", "region_name",
    *(f"{dimension}_{what}" for dimension in DIMENSIONS for what in ("score", "rank", "hotspot")),
    "composite", "need_score", "need_rank", "need_decile", "hotspot", "mission_class", "need_rank_district",
    "need_decile_district", "hotspot_district", "population", "imputed_count", "unranked_reason",
]  # fmt: skip


class Feedback(QgsProcessingFeedback):
    """Remembers every text; cancels at the first stage whose text holds a word."""

    def __init__(self, cancel_at=None):
        super().__init__(False)
        self.cancel_at, self.stages, self.errors = cancel_at, [], []

    def setProgressText(self, text):
        self.stages.append(text)
        if self.cancel_at and self.cancel_at in text:
            self.cancel()

    def reportError(self, error, fatalError=False):
        self.errors.append(error)


def compute(pack, folder, feedback=None, project=None, **parameters):
    """Run the algorithm; (whether it succeeded, what it told)."""
    feedback = feedback or Feedback()
    context = QgsProcessingContext()
    if project is not None:
        context.setProject(project)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("hyperlocalneed:computeindex")
    values = {"PACK": str(pack), "OUTPUT": str(folder / "need.gpkg"), **parameters}
    able, message = algorithm.checkParameterValues(values, context)
    if not able:
        feedback.errors.append(message)
        return False, feedback
    try:
        return algorithm.run(values, context, feedback, {}, False)[1], feedback
    except QgsProcessingException as error:
        feedback.errors.append(str(error))
        return False, feedback


def table(folder, layer):
    with closing(sqlite3.connect(folder / "need.gpkg")) as database:
        return pd.read_sql_query(f'SELECT * FROM "{layer}"', database)


@pytest.fixture(scope="module")
def computed(demo_pack, charts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("computed")
    succeeded, feedback = compute(demo_pack, folder, FOLDER=str(folder))
    assert succeeded, feedback.errors
    return folder


def test_every_layer_is_there_and_need_comes_first(computed):
    layer = QgsVectorLayer(str(computed / "need.gpkg"), "whole", "ogr")
    names = [part.split("!!::!!")[1] for part in layer.dataProvider().subLayers()]
    assert [name for name in names if name != "layer_styles"] == LAYERS
    assert layer.featureCount() == 120


def test_need_has_the_fields_of_the_contract_in_their_order(computed):
    fields = [field.name() for field in QgsVectorLayer(f"{computed / 'need.gpkg'}|layername=need", "", "ogr").fields()]
    assert fields == ["fid", *NEED_FIELDS]


def test_districts_carry_every_summary_with_its_rank(computed):
    districts = table(computed, "districts")
    for measure in ["need", *DIMENSIONS]:
        for summary in ("average_score", "average_rank", "proportion_10", "proportion_20", "extent", "concentration"):
            assert districts[f"{measure}_{summary}"].notna().all()
            assert districts[f"{measure}_{summary}_rank"].min() == 1
        assert set(districts[f"{measure}_hotspot"]) <= {0, 1}


def test_only_need_and_districts_have_geometry(computed):
    for name in LAYERS:
        layer = QgsVectorLayer(f"{computed / 'need.gpkg'}|layername={name}", name, "ogr")
        assert layer.isSpatial() == (name in ("need", "districts")), name


def test_a_district_is_ranked_among_its_own_areas(demo_pack, computed, tmp_path):
    district = table(computed, "need")["district_name"].value_counts().index[0]
    succeeded, feedback = compute(demo_pack, tmp_path, UNIVERSE=district)
    assert succeeded, feedback.errors
    need, everywhere = table(tmp_path, "need"), table(computed, "need")
    assert set(need["area_code"]) == set(everywhere.loc[everywhere["district_name"] == district, "area_code"])
    assert need["need_rank"].max() <= len(need) and need["need_rank"].min() == 1
    assert table(tmp_path, "districts")["district_name"].tolist() == [district]
    succeeded, feedback = compute(demo_pack, tmp_path, UNIVERSE="Nowhere")
    assert not succeeded and "UNIVERSE: 'Nowhere' is no code or name" in feedback.errors[-1]


def test_without_stages_the_stages_are_not_written(demo_pack, tmp_path):
    assert compute(demo_pack, tmp_path, STAGES=False)[0]
    with closing(sqlite3.connect(tmp_path / "need.gpkg")) as database:
        names = [row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")]
    assert set(names) - {"layer_styles"} == {"need", "districts", "quality"}


def test_the_csv_says_what_the_layer_says(computed):
    written = pd.read_csv(computed / "need.csv")
    layer = table(computed, "need")
    assert written["area_code"].tolist() == layer["area_code"].tolist()
    assert (written["need_score"] - layer["need_score"]).abs().max() < 1e-9


def test_the_log_replays_to_the_same_frames(computed, demo_pack):
    from hyperlocal_need.core.index import replay
    from hyperlocal_need.core.pack import Pack
    from hyperlocal_need.processing_provider.runs import overlap as overlap_cache

    with Pack.open(demo_pack) as pack:
        pairs = overlap_cache.pairs_for(pack, lambda *told: None)
        again = replay(computed / "log.json", pack, pairs)
    held = json.loads((computed / "log.json").read_text(encoding="utf-8"))["results"]
    # The polygons are the pack's, and no part of a replay.
    assert len(held["need"].pop("geom")) == len(held["districts"].pop("geom")) == 64
    assert again.log["results"] == held


def test_stages_are_numbered_and_progress_only_grows(demo_pack, tmp_path):
    feedback = Feedback()
    marks = []
    feedback.progressChanged.connect(marks.append)
    assert compute(demo_pack, tmp_path, feedback)[0]
    assert feedback.stages[0].startswith("Step 1 of 6: ")
    assert marks == sorted(marks)
    assert marks[-1] == 100


STAGES = (
    "Reading the pack",
    "Locating",
    "Converting",
    "Shrinkage",
    "Reading boundaries",
    "Writing layers - indicators",
    "Writing tables",
    "Drawing maps",
    "Writing the report",
    "Moving",
)


@pytest.mark.parametrize("stage", STAGES)
def test_a_cancel_at_any_stage_leaves_the_earlier_result_as_it_was(demo_pack, computed, tmp_path, stage):
    folder = tmp_path / "out"
    shutil.copytree(computed, folder)
    before = {place.name: place.read_bytes() for place in folder.iterdir()}
    succeeded, feedback = compute(demo_pack, folder, Feedback(cancel_at=stage), FOLDER=str(folder))
    assert not succeeded
    assert any(stage in text for text in feedback.stages), "the stage was reached"
    after = {place.name: place.read_bytes() for place in folder.iterdir()}
    assert after == before


def test_a_full_disk_leaves_the_earlier_result_as_it_was(demo_pack, computed, tmp_path, monkeypatch):
    from hyperlocal_need.processing_provider.runs import index as index_run

    folder = tmp_path / "out"
    shutil.copytree(computed, folder)
    before = {place.name: place.read_bytes() for place in folder.iterdir()}

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "need.csv"))

    monkeypatch.setattr(index_run, "_write_tables", full)
    succeeded, feedback = compute(demo_pack, folder, FOLDER=str(folder))
    assert not succeeded
    assert "need.csv: No space left on device" in " ".join(feedback.errors)
    assert {place.name: place.read_bytes() for place in folder.iterdir()} == before


def test_a_move_that_fails_half_way_puts_the_earlier_files_back(tmp_path, monkeypatch):
    from hyperlocal_need.core.errors import NeedError
    from hyperlocal_need.processing_provider.io import replace_files

    aside = tmp_path / "aside"
    aside.mkdir()
    moves = {}
    for name in ("first", "second"):
        (tmp_path / name).write_text("old", encoding="utf-8")
        (aside / name).write_text("new", encoding="utf-8")
        moves[aside / name] = tmp_path / name
    replace = os.replace

    def held(source, target):
        if Path(target).name == "second" and Path(source).parent == aside:
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(NeedError, match="second: cannot be replaced .*close the program"):
        replace_files.move_into_place(moves, None)
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in ("first", "second")] == ["old", "old"]


def test_a_layer_of_the_project_that_shows_the_output_is_let_go_and_comes_back(demo_pack, computed, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(computed, folder)
    project = QgsProject()
    layer = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername=need", "shown", "ogr")
    project.addMapLayer(layer)
    succeeded, feedback = compute(demo_pack, folder, project=project, STAGES=False)
    assert succeeded, feedback.errors
    assert layer.isValid()
    assert layer.featureCount() == 120
    assert layer.name() == "shown"
    assert not list(folder.glob("need.gpkg-*")), "no side file of the earlier database is left"


def test_a_layer_that_is_being_edited_stops_the_move(demo_pack, computed, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(computed, folder)
    project = QgsProject()
    layer = QgsVectorLayer(f"{folder / 'need.gpkg'}|layername=need", "shown", "ogr")
    project.addMapLayer(layer)
    assert layer.startEditing()
    succeeded, feedback = compute(demo_pack, folder, project=project)
    assert not succeeded
    assert "'shown' is being edited" in " ".join(feedback.errors)
    layer.rollBack()
    # The error's traceback may hold the project until QGIS has gone, and with it the layer.
    project.clear()


def damaged(demo_pack, folder, change):
    """A copy of the pack with one fault."""
    copy = folder / "pack"
    shutil.copytree(demo_pack, copy)
    change(copy)
    return copy


def set_manifest(**keys):
    def change(folder):
        spec = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
        spec.update(keys)
        (folder / "pack.json").write_text(json.dumps(spec), encoding="utf-8")

    return change


def leads_elsewhere(folder):
    """The boundaries are good, and read from outside the pack: GDAL's virtual format may name a server as well."""
    place, elsewhere = folder / "boundaries/oa11.gpkg", folder.parent / "elsewhere.gpkg"
    place.rename(elsewhere)
    layer = f'<OGRVRTLayer name="oa11"><SrcDataSource>{elsewhere}</SrcDataSource></OGRVRTLayer>'
    place.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>", encoding="utf-8")


def has_no_end(folder):
    """A view of a GeoPackage has as many rows as it likes."""
    with closing(sqlite3.connect(folder / "boundaries/oa11.gpkg")) as database:
        database.executescript(
            "CREATE VIEW v AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r)"
            " SELECT i AS fid, NULL AS geom, i AS OA11CD FROM r;"
            "UPDATE gpkg_geometry_columns SET table_name = 'v'; UPDATE gpkg_contents SET table_name = 'v';"
        )


def filters(folder):
    """A query of the pack's own behind the name of a layer, which QGIS would hand to the database."""
    place = {"file": "boundaries/oa11.gpkg", "code": "OA11CD", "layer": 'oa11|subset=SELECT * FROM "oa11"'}
    spec = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    set_manifest(boundaries={**spec["boundaries"], "OA11": place})(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "pack.json").write_text("{", encoding="utf-8"), "pack.json is not JSON"),
        (lambda folder: (folder / "pack.json").unlink(), "there is no pack.json in it"),
        (set_manifest(colour="blue"), "unknown key 'colour'"),
        (lambda folder: (folder / "postcodes.csv.gz").unlink(), "'postcodes.csv.gz' is missing"),
        (
            lambda folder: (folder / "boundaries/oa11.gpkg").write_text("no", encoding="utf-8"),
            "oa11.gpkg: cannot be opened",
        ),
        (set_manifest(postcodes={"file": "postcodes.csv.gz", "easting": "x", "northing": "northing"}), "no column 'x'"),
        (leads_elsewhere, "oa11.gpkg: cannot be opened"),
        (has_no_end, "oa11.gpkg: cannot be opened"),
        (filters, "oa11.gpkg: cannot be opened"),
    ],
)
def test_a_fault_in_the_pack_is_one_line_and_nothing_is_written(demo_pack, tmp_path, change, words):
    pack = damaged(demo_pack, tmp_path, change)
    out = tmp_path / "out"
    succeeded, feedback = compute(pack, out)
    assert not succeeded
    assert words in " ".join(feedback.errors)
    assert not out.exists() or not list(out.iterdir())


def test_a_missing_pack_and_a_wrong_output_are_named(demo_pack, tmp_path):
    assert "is not there; check the path" in " ".join(compute(tmp_path / "nowhere", tmp_path)[1].errors)
    succeeded, feedback = compute(demo_pack, tmp_path, OUTPUT=str(tmp_path / "need.shp"))
    assert not succeeded
    assert "must be a GeoPackage" in " ".join(feedback.errors)


def test_a_damaged_or_stale_overlap_is_made_again(demo_pack, tmp_path, monkeypatch):
    """The user's one cache: none lies beside a result, and those that earlier versions hid there are removed."""
    from hyperlocal_need.core.pack import Pack
    from hyperlocal_need.processing_provider.runs import overlap as overlap_cache

    monkeypatch.setattr(overlap_cache, "folder", lambda: tmp_path / "cache")
    hidden = tmp_path / ".overlap-0123456789abcdef.npz"
    hidden.write_bytes(b"old")
    assert compute(demo_pack, tmp_path, STAGES=False)[0]
    assert not hidden.exists()
    (cached,) = (tmp_path / "cache").iterdir()
    good = cached.read_bytes()
    assert overlap_cache.size() == len(good)

    def steps():
        said = []
        with Pack.open(demo_pack) as pack:
            overlap_cache.pairs_for(pack, lambda share, text="": said.append(text))
        return said

    for content in (b"", b"not a zip", good[: len(good) // 2], good[:-200] + bytes(200)):
        cached.write_bytes(content)
        assert "reading postcodes" in steps(), "the postcodes were located again"
    assert not steps(), "the good cache was used"
    assert overlap_cache.clear() == len(good) and overlap_cache.size() == 0


def test_planted_need_is_found(tmp_path, provider):
    """Of the fifth of areas with the highest planted need, at least nine tenths are hot spots."""
    from hyperlocal_need.core.demo import make_demo
    from hyperlocal_need.processing_provider.runs import demo as writer

    writer.write(tmp_path / "pack", 600, 2025, QgsProcessingFeedback())
    assert compute(tmp_path / "pack", tmp_path, STAGES=False)[0]
    planted = make_demo(600, 2025).planted["need"].sort_values(ascending=False).index[:120]
    need = table(tmp_path, "need").set_index("area_code")
    assert need.loc[planted, "hotspot"].mean() >= 0.9


def test_a_disk_without_room_is_told_before_anything_is_written(demo_pack, tmp_path, monkeypatch):
    from hyperlocal_need.processing_provider.io import disk_space

    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda folder: SimpleNamespace(free=5_000_000))
    succeeded, feedback = compute(demo_pack, tmp_path)
    assert not succeeded
    assert "the disk is full: 5 MB are free and about" in " ".join(feedback.errors)
    assert not (tmp_path / "need.gpkg").exists()
