"""The main job on England's real data; skipped, saying so, where the data is absent."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

SUBSTITUTES = 11
OLDER = 6


@pytest.fixture(scope="module")
def result(england_result, charts):
    """The folder of the run over England, with its report and log."""
    return england_result


def table(folder, layer):
    with closing(sqlite3.connect(folder / "need.gpkg")) as database:
        return pd.read_sql_query(f'SELECT * FROM "{layer}"', database)


def test_every_area_is_there_and_ranked(result):
    need = table(result, "need")
    assert len(need) == 33_755
    assert need["area_code"].is_unique
    assert need["need_rank"].notna().all()
    assert need["unranked_reason"].isna().all()


def test_blackpool_leads_and_the_papers_places_are_near_the_top(result):
    """Of the paper's 20 highest areas, most are among ours, though 19 of 32 indicators are not the paper's."""
    need = table(result, "need").sort_values("need_rank")
    assert need["district_name"].iloc[0] == "Blackpool"
    assert (need["district_name"].head(20) == "Blackpool").sum() >= 10
    assert {"Blackpool 013A", "Blackpool 010A", "Tendring 018A", "Blackpool 013D"} <= set(need["area_name"].head(20))
    districts = table(result, "districts")
    assert districts.set_index("need_average_score_rank").loc[1, "district_name"] == "Blackpool"


def test_every_count_conversion_preserves_its_total(result):
    """What was withheld or scaled up for blank sources is under a ten-thousandth; without blanks, nothing is lost."""
    quality = table(result, "quality").set_index("indicator")
    counted = quality.dropna(subset=["sum_in"])
    assert len(counted) >= 10
    assert np.allclose(counted["sum_in"], counted["sum_out"], rtol=1e-4)
    whole = counted.drop("jobs_density")
    assert np.allclose(whole["sum_in"], whole["sum_out"], rtol=1e-12)


def test_every_substitute_and_gap_is_listed(result):
    quality = table(result, "quality").set_index("indicator")
    assert (quality["status"] == "substitute").sum() == SUBSTITUTES
    assert (quality["status"] == "older vintage").sum() == OLDER
    assert set(quality.index[quality["status"] == "absent"]) == {"high_growth_jobs", "childcare_accessibility"}
    notes = json.loads((result / "log.json").read_text(encoding="utf-8"))["notes"]
    gaps = {note["subject"] for note in notes if note["kind"] in ("gap", "imputed")}
    assert {"jobs_density", "life_expectancy_male", "life_expectancy_female", "ks2_attainment"} <= gaps
    assert sum(note["kind"] == "substitute" for note in notes) == SUBSTITUTES + OLDER
    assert "30 of 32 indicators" in (result / "report.html").read_text(encoding="utf-8")


def test_ranks_scores_and_hot_spots_agree(result):
    need = table(result, "need")
    for measure in ("growth", "energy", "streets", "opportunity", "health"):
        assert need[f"{measure}_hotspot"].sum() == 33_755 // 5
        assert (need.sort_values(f"{measure}_score")[f"{measure}_rank"].diff().dropna() <= 0).all()
    assert need.groupby("need_decile")["need_score"].min().is_monotonic_decreasing
    assert need["need_score"].max() == pytest.approx(100)
