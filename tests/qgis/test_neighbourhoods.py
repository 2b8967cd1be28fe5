"""``needclusters`` and ``compareresults`` on a small result: what they write is what the core computes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

from hyperlocal_need.core.findings import clusters


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
    groups = pd.read_csv(tmp_path / "groups.csv")
    assert groups["lsoas"].sum() == areas["hotspot"].sum() and groups["residents"].is_monotonic_decreasing


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
