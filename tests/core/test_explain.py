"""The profile of an area, on the tiny pack: figures beside district, region and country, and signed contributions."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.findings.explain import profile
from hyperlocal_need.core.findings.saved import Saved

FRAMES = ("need", "districts", "quality", "indicators", "shrunk", "normal_scores", "sub_dimensions")


@pytest.fixture
def saved(tiny):
    result = tiny.run()
    frames = {name: getattr(result, name) for name in FRAMES}
    return Saved(Path("need.gpkg"), result.methodology, **frames, country="All")


def with_frames(saved, **frames):
    return Saved(saved.path, saved.methodology, **{name: frames.get(name, getattr(saved, name)) for name in FRAMES})


def line(told, node):
    return next(one for dimension in told.dimensions for one in dimension.indicators if one.node.id == node)


class TestBeside:
    def test_means_are_weighted_by_population(self, saved):
        """Crime 6, 1.5, 1.5 among 100, 200 and 300 people of Alder: (600 + 300 + 450) / 600 = 2.25."""
        crime = line(profile(saved, LSOA21[0]), "crime").value
        assert crime.area == 6
        assert crime.district == pytest.approx(2.25)
        everyone = (2.25 * 600 + 3 * 400 + 4 * 500 + 5 * 600) / 2100
        assert crime.region == crime.country == pytest.approx(everyone)

    def test_shares_are_weighted_by_their_denominators_which_gives_the_pooled_rate(self, saved):
        counts = [name[:-4] for name in saved.indicators if name.endswith("_den")]
        told = profile(saved, LSOA21[1])
        for name in counts:
            top, bottom = (saved.indicators[f"{name}_{part}"].to_numpy()[:3] for part in ("num", "den"))
            known = ~np.isnan(top) & (bottom > 0)
            assert line(told, name).value.district == pytest.approx(top[known].sum() / bottom[known].sum())

    def test_standing_is_the_share_of_areas_with_less_need(self, saved):
        """The highest of six has rank 6: z = inverse normal(6 / 7), so 6 of 7 parts lie below it."""
        told = profile(saved, LSOA21[0])
        z = saved.normal_scores.loc[LSOA21[0], "distance_z"]
        assert (
            line(told, "distance").standing.area == pytest.approx(100 * NormalDist().cdf(z)) == pytest.approx(600 / 7)
        )


class TestContributions:
    def test_those_of_indicators_and_of_dimensions_add_up_to_the_distance_from_the_baseline(self, saved):
        for code in LSOA21:
            told = profile(saved, code)
            gap = saved.need.loc[code, "composite"] - told.baseline
            assert told.composite == saved.need.loc[code, "composite"]
            assert sum(one.contribution for one in told.dimensions) == pytest.approx(gap)
            for dimension in told.dimensions:
                assert sum(one.contribution for one in dimension.indicators) == pytest.approx(dimension.contribution)

    def test_those_of_indicators_are_signed_like_their_normal_scores(self, saved):
        told = profile(saved, LSOA21[0])
        assert line(told, "distance").contribution > 0 > line(told, "crime").contribution

    def test_shrinkage_is_told_with_its_weight_and_count(self, saved):
        told = line(profile(saved, LSOA21[1]), "worklessness")
        assert 0 < told.weight < 1 and told.count == saved.indicators.loc[LSOA21[1], "worklessness_den"]
        assert np.isnan(line(profile(saved, LSOA21[1]), "crime").weight)


class TestUnits:
    def test_a_substitute_has_its_own_title_and_unit_or_none(self, tiny):
        next(node for node in tiny.methodology["nodes"] if node["id"] == "distance")["unit"] = "minutes"
        assert tiny.run().quality.loc["distance", ["title", "unit"]].tolist() == ["Distance", "minutes"]
        entry = tiny.spec["indicators"]["distance"]
        entry["status"] = "substitute"
        assert tiny.run().quality.loc["distance", ["title", "unit"]].tolist() == ["Distance", ""]
        entry.update(title="Road distance", unit="km")
        assert tiny.run().quality.loc["distance", ["title", "unit"]].tolist() == ["Road distance", "km"]


def test_it_says_name_rank_class_and_where_figures_come_from(saved):
    best = saved.need["need_rank"].astype(float).idxmin()
    told = profile(saved, best)
    assert (told.rank, told.hotspot, told.country) == (1, True, "All")
    assert "1st of 6 areas" in told.sentences[1].text
    assert told.name == saved.need.loc[best, "area_name"] and told.district in ("Alder", "Birch")
    for dimension in told.dimensions:
        for one in dimension.indicators:
            assert one.source == saved.quality.loc[one.node.id, "source"]
            assert one.provenance in ("direct", "summed", "apportioned", "spread")


def test_an_unranked_area_has_the_dimensions_that_it_has(saved):
    need = saved.need.copy()
    need.loc[LSOA21[2], ["need_score", "need_rank", "need_decile", "need_rank_district", "hotspot"]] = pd.NA
    need.loc[LSOA21[2], "unranked_reason"] = "no value in: Place"
    told = profile(with_frames(saved, need=need), LSOA21[2])
    assert (told.rank, told.hotspot) == (None, False)
    assert told.sentences[1].text == "It has no rank: no value in: Place."
    assert np.isnan(told.score.area) and not np.isnan(told.score.country)


def test_without_stages_the_dimensions_stand_alone(saved):
    empty = pd.DataFrame(index=saved.need.index[:0])
    bare = with_frames(saved, indicators=empty, normal_scores=empty, shrunk=empty, sub_dimensions=empty)
    assert not bare.has_stages() and saved.has_stages()
    assert all(not one.indicators for one in profile(bare, LSOA21[0]).dimensions)


def test_an_unknown_area_is_named(saved):
    with pytest.raises(DataError, match="E09: the result holds no such area"):
        profile(saved, "E09")
