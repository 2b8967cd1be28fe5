"""``needclusters`` and ``compareresults`` on a small result: what they write is what the core computes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from qgis.core import (
    QgsApplication,
    QgsDateTimeRange,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QDateTime, Qt
from qgis.PyQt.QtGui import QImage
from running import change

from hyperlocal_need.core.findings import clusters
from hyperlocal_need.processing_provider.style.neighbourhoods import WHAT_IF


def run(name, **parameters):
    """(whether it succeeded, what its log or its error says)."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    feedback = QgsProcessingFeedback(False)
    try:
        done = algorithm.run(parameters, QgsProcessingContext(), feedback, {}, False)[1]
    except QgsProcessingException as error:
        return False, str(error)
    return done, feedback.textLog()


def table(path, name):
    with closing(sqlite3.connect(path)) as database:
        return pd.read_sql_query(f'SELECT * FROM "{name}"', database).set_index("area_code")


@pytest.fixture(scope="module")
def need(demo_pack, tmp_path_factory):
    path = tmp_path_factory.mktemp("result") / "need.gpkg"
    assert run("computeindex", PACK=str(demo_pack), MISSING="district", OUTPUT=str(path))[0]
    return path


def test_clusters_are_those_of_the_core(need, tmp_path):
    from hyperlocal_need.processing_provider.geometry.neighbours import neighbours

    done, log = run(
        "needclusters",
        INPUT=f"{need}|layername=need",
        OUTPUT=str(tmp_path / "clusters.gpkg"),
        GROUPS=str(tmp_path / "groups.csv"),
    )
    assert done, log
    found, areas = table(tmp_path / "clusters.gpkg", "clusters"), table(need, "need")
    features = QgsVectorLayer(f"{need}|layername=need", "need", "ogr").getFeatures()
    shapes = {feature["area_code"]: feature.geometry() for feature in features}
    pairs = neighbours([shapes[code] for code in areas.index], lambda share: None)
    graph = clusters.Neighbours.of_pairs(*pairs, len(areas))
    numbers = [areas[name].to_numpy(dtype=float) for name in ("composite", "hotspot", "population")]
    expected = clusters.find_clusters(*numbers, graph).set_index(areas.index)
    assert found["gi_z"].to_numpy() == pytest.approx(expected["gi_z"].to_numpy(), nan_ok=True)
    assert found["cluster_id"].equals(expected["cluster_id"].astype(found["cluster_id"].dtype))
    assert found["gi_z_fine"].notna().all() and not np.allclose(found["gi_z_fine"], found["gi_z"])
    assert "MSOAs" not in log
    groups = pd.read_csv(tmp_path / "groups.csv")
    assert groups["lsoas"].sum() == areas["hotspot"].sum() and groups["residents"].is_monotonic_decreasing


def test_the_same_on_msoas_is_said(need, tmp_path):
    """Twenty-four MSOAs are too few; with MSOAs of one LSOA each, all that is significant lies in significant ones."""
    copy = shutil.copy(need, tmp_path / "copy.gpkg")
    change(copy, "UPDATE need SET area_name = printf('Velmora %03dA', need_rank), composite = ln(121 - need_rank)")
    done, log = run("needclusters", INPUT=f"{copy}|layername=need", RATE=0.4, OUTPUT=str(tmp_path / "clusters.gpkg"))
    assert done, log
    found = int(table(tmp_path / "clusters.gpkg", "clusters")["gi_sig"].sum())
    assert found and f"Gi* on MSOAs: {found} of 120; 100% of the significant areas lie in these." in log


def test_bridges_make_neighbours_of_areas_that_do_not_touch(need, tmp_path):
    """The two hottest areas of two groups become one group; an end that is no area is named with its row."""
    areas, bridges, given = table(need, "need"), tmp_path / "bridges.csv", {"INPUT": f"{need}|layername=need"}
    done, log = run("needclusters", **given, OUTPUT=str(tmp_path / "before.gpkg"))
    assert done, log
    before = table(tmp_path / "before.gpkg", "before")
    hot = before[areas["hotspot"] == 1]["cluster_id"].drop_duplicates()
    first, second = hot.index[:2]
    bridges.write_text(f"from_code,to_code\n{first},{second}\n", encoding="utf-8")
    done, log = run("needclusters", **given, BRIDGES=str(bridges), OUTPUT=str(tmp_path / "after.gpkg"))
    assert done and "1 bridge" in log, log
    after = table(tmp_path / "after.gpkg", "after")
    assert after.loc[first, "cluster_id"] == after.loc[second, "cluster_id"]
    assert after["cluster_id"].nunique() == before["cluster_id"].nunique() - 1
    assert (after["neighbours"] - before["neighbours"]).sum() == 2
    bridges.write_text(f"from_code,to_code\n{first},{second}\n{first},E01999999\n", encoding="utf-8")
    done, log = run("needclusters", **given, BRIDGES=str(bridges), OUTPUT=str(tmp_path / "none.gpkg"))
    assert not done and "names E01999999 in row 2" in log


def test_a_result_agrees_with_itself(need, tmp_path):
    same = f"{need}|layername=need"
    done, log = run("compareresults", INPUT=same, OTHER=same, OUTPUT=str(tmp_path / "compared.gpkg"))
    assert done and "Cohen's kappa 1.000" in log
    found = table(tmp_path / "compared.gpkg", "compared")
    assert (found[["rank_change", "own", "others"]] == 0).all().all()
    assert set(found["hotspot_class"]) == {"both", "neither"}


def test_a_table_of_other_areas_is_refused(need, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("area_code,need_rank\nX1,1\nX2,2\n", encoding="utf-8")
    done, log = run(
        "compareresults", INPUT=f"{need}|layername=need", OTHER=str(other), OUTPUT=str(tmp_path / "compared.gpkg")
    )
    assert not done and "holds none of the result's areas" in log and not (tmp_path / "compared.gpkg").exists()


@pytest.fixture(scope="module")
def heavier(need, demo_pack, tmp_path_factory):
    """The same figures by other weights."""
    from hyperlocal_need.core import editing
    from hyperlocal_need.core.methodology import load
    from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY

    folder = tmp_path_factory.mktemp("heavier")
    weights = {"growth": 0.6, "energy": 0.1, "streets": 0.1, "opportunity": 0.1, "health": 0.1}
    published = load(DEFAULT_METHODOLOGY)
    made = editing.save(editing.with_weights(published, published.index.id, weights), folder / "method.json")
    # As a run with a folder writes it, with maps and tables that are not needed here.
    (folder / "log.json").write_text(json.dumps({"methodology": made.dump()}), encoding="utf-8")
    done, log = run(
        "computeindex",
        PACK=str(demo_pack),
        MISSING="district",
        METHODOLOGY=str(folder / "method.json"),
        OUTPUT=str(folder / "need.gpkg"),
    )
    assert done, log
    return folder / "need.gpkg"


def test_another_method_is_said_first_and_every_change_has_its_parts(need, heavier, tmp_path):
    """The logs stand beside; with equal figures all of a change is the method's."""
    done, log = run(
        "compareresults",
        INPUT=f"{need}|layername=need",
        OTHER=f"{heavier}|layername=need",
        OUTPUT=str(tmp_path / "compared.gpkg"),
    )
    assert done, log
    lines = log.splitlines()
    first = next(place for place, line in enumerate(lines) if "methods differ" in line or "no result" in line)
    assert "weight 60 %, published 22.5 %" in lines[first]
    assert first < next(place for place, line in enumerate(lines) if "Spearman" in line)
    found = table(tmp_path / "compared.gpkg", "compared")
    parts = found[["own", "others", "by_method", "boundary"]]
    assert (parts.sum(axis=1) == found["change"]).all() and (found["by_method"] == found["change"]).all()
    assert (found["change"] != 0).any()
    layer = QgsVectorLayer(f"{tmp_path / 'compared.gpkg'}|layername=compared", "c", "ogr")
    labels = [category.label() for category in layer.renderer().categories()]
    assert len(labels) == 10 and labels[0] == "top fifth in the first, top fifth in the other"
    classes = found["decile_first"].le(2) & found["decile_second"].le(2)
    from hyperlocal_need.processing_provider.style.legend import legend_entries

    assert legend_entries(layer)[0].count == classes.sum()


@pytest.fixture(scope="module")
def series(need, heavier, tmp_path_factory):
    """Three results as of three dates: the first, one by other weights, and the first again."""
    folder = tmp_path_factory.mktemp("series")
    parameters = {
        "INPUT": f"{need}|layername=need",
        "OTHER": f"{heavier}|layername=need",
        "SERIES": [str(need)],
        "DATES": "2019, 2022-06-01, 2025",
        "OUTPUT": str(folder / "compared.gpkg"),
        "OVER_TIME": str(folder / "time.gpkg"),
        "PICTURE": str(folder / "change.png"),
    }
    done, log = run("compareresults", **parameters)
    assert done, log
    return parameters


def test_a_row_an_area_date_and_measure_with_that_results_own_figures(series, need, heavier):
    found = table(series["OVER_TIME"], "time")
    assert set(found["measure"]) == {"need", "growth", "energy", "streets", "opportunity", "health"}
    for date, path in (("2019-01-01", need), ("2022-06-01", heavier), ("2025-01-01", need)):
        theirs = table(path, "need")
        for measure, flag in (("need", "hotspot"), ("health", "health_hotspot")):
            rows = found[(found["date"] == date) & (found["measure"] == measure)].reindex(theirs.index)
            assert (rows["rank"].fillna(0) == theirs[f"{measure}_rank"].fillna(0)).all()
            assert (rows["score"].fillna(0) == theirs[f"{measure}_score"].fillna(0)).all()
            assert (rows["hotspot"].fillna(9) == theirs[flag].fillna(9)).all()
    until = found.groupby("date")["until"].agg(lambda column: set(column.fillna("")))
    assert until.to_dict() == {"2019-01-01": {"2022-06-01"}, "2022-06-01": {"2025-01-01"}, "2025-01-01": {""}}


def test_the_temporal_controller_shows_the_rows_of_its_day_alone(series, need):
    """As the controller asks the layer: the styles and the times came with the file."""
    layer = QgsVectorLayer(series["OVER_TIME"], "time", "ogr")
    # QGIS sets the times of a layer that it opens anew after it has read the style.
    assert layer.loadDefaultStyle()[1]
    times = layer.temporalProperties()
    assert times.isActive() and (times.startField(), times.endField()) == ("date", "until")
    names = layer.listStylesInDatabase()[2]
    assert len(names) == 6 and layer.renderer().classAttribute().startswith("if(\"measure\" = 'need'")
    held = len(table(need, "need")) * 6
    for day, date in (("2020-05-05", "2019-01-01"), ("2023-01-01", "2022-06-01"), ("2030-01-01", "2025-01-01")):
        moment = QDateTime.fromString(f"{day}T00:00:00", Qt.DateFormat.ISODate)
        context = QgsVectorLayerTemporalContext()
        context.setLayer(layer)
        seen = times.createFilterString(context, QgsDateTimeRange(moment, moment))
        dates = [one["date"].toString(Qt.DateFormat.ISODate) for one in layer.getFeatures(seen)]
        assert dates == [date] * held


def test_the_picture_has_a_map_a_measure_with_what_comes_in(series):
    picture = QImage(series["PICTURE"])
    assert (picture.width(), picture.height()) == (2600, 2400) and "2019 to 2025" in picture.text()
    seen = {picture.pixelColor(x, y).name() for x in range(0, 2600, 3) for y in range(300, 2100, 3)}
    # The first result is the last again: all hot spots stay, none comes in or goes out.
    assert WHAT_IF[0].colour in seen
    at_both = [one for one in WHAT_IF[1:3] if sum(one.colour == name for name in seen)]
    assert len(at_both) == 2, "in the legends alone"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DATES": ""}, "DATES: two results have the same date"),
        ({"DATES": "2019, 2020"}, "DATES: there are 3 results and 2 dates"),
        ({"DATES": "2019, soon, 2025"}, "DATES: 'soon' is no date"),
        ({"SERIES": ["/nowhere/need.gpkg"]}, "must be the layer 'need'"),
    ],
)
def test_faults_of_a_series(series, changed, words, tmp_path):
    outputs = {name: str(tmp_path / f"{name}.gpkg") for name in ("OUTPUT", "OVER_TIME")}
    done, log = run("compareresults", **{**series, "PICTURE": None, **outputs, **changed})
    assert not done and words in log and not list(tmp_path.iterdir()), log
