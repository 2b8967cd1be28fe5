"""Who is reached, as an algorithm: the ways side by side, whole areas by a layer, and what is refused in words."""

from __future__ import annotations

import pandas as pd
import pytest
from qgis.core import QgsVectorLayer
from running import attempt


def run(name, parameters):
    """(whether it was done, what was said)."""
    results, said = attempt(name, parameters)
    return results is not None, said


@pytest.fixture(scope="module")
def computed(provider, demo_pack, tmp_path_factory):
    path = tmp_path_factory.mktemp("reach") / "need.gpkg"
    done, said = run("computeindex", {"PACK": str(demo_pack), "OUTPUT": str(path), "MISSING": "district"})
    assert done, said
    return path


def table(path):
    return pd.DataFrame(
        [one.attributes() for one in QgsVectorLayer(str(path), "t", "ogr").getFeatures()],
        columns=[one.name() for one in QgsVectorLayer(str(path), "t", "ogr").fields()],
    )


def test_by_rank_it_is_the_neediest_and_by_whole_districts_fewer_in_need(computed, tmp_path):
    need = table(f"{computed}|layername=need").sort_values("need_rank")
    budget = float(need["population"].iloc[:20].sum())
    given = {
        "INPUT": f"{computed}|layername=need",
        "UNIT": "people",
        "BUDGET": budget,
        "AREAS": f"{computed}|layername=districts",
        "CODE_FIELD": "district_code",
        "OTHER": f"{computed}|layername=need",
        "OTHER_RANK": "health_rank",
        "OUTPUT": str(tmp_path / "reached.gpkg"),
        "COMPARED": str(tmp_path / "ways.csv"),
    }
    done, said = run("whoisreached", given)
    assert done, said
    found = table(tmp_path / "reached.gpkg").set_index("area_code")
    assert sorted(found.index[found["chosen"] == 1]) == sorted(need["area_code"].iloc[:20])
    hot = need["hotspot"] == 1
    ways = pd.read_csv(tmp_path / "ways.csv").set_index("way")
    assert list(ways.index) == ["rank", "areas", "other"]
    assert ways.loc["rank", "need_reached"] == need["population"].iloc[:20][hot.iloc[:20]].sum()
    assert (ways["need_reached"] + ways["need_missed"] == need["population"][hot].sum()).all()
    assert ways.loc["areas", "people"] <= budget and ways.loc["areas", "gain"] >= 0
    assert (found["boundary_code"] == found["district_code"]).mean() > 0.95
    assert (found["favourable_hotspot"] >= found["hotspot"]).all() and f"{20:,} areas" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"BY": "certainty"}, "BY: the result has no layer of certainty"),
        ({"BY": "areas"}, "BY: give AREAS or AREA_FIELD"),
        ({"BY": "other"}, "BY: give OTHER"),
        ({"ONLY": "Atlantis"}, "ONLY: 'Atlantis' is no code or name"),
        ({"NEED_FIELD": "population"}, "NEED_FIELD: 'population' is no field of 0 and 1"),
        ({"PER_HEAD": 20.0}, "PER_HEAD: has no part without UNIT = pounds"),
    ],
)
def test_what_is_refused(computed, tmp_path, given, words):
    place = tmp_path / "reached.gpkg"
    done, said = run("whoisreached", {"INPUT": f"{computed}|layername=need", "OUTPUT": str(place), **given})
    assert not done and words in said and not place.exists()
