"""Step 2 on four areas: flags in words, before and after, correlations, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import assessment, methodology
from hyperlocal_need.core.assessment import FINE, LOOK, NO_DATA, Figures, Published, assess
from hyperlocal_need.core.catalogue import step
from hyperlocal_need.core.pack import Pack

# Of four values each is a quarter: no limit on how many may be at the minimum.
LIMITS = {**step("qualityassurance").defaults(), "MAX_AT_LIMIT": 1.0}
CODES = ["E01000001", "E01000002", "E01000003", "E01000004"]


@pytest.fixture(scope="module")
def method(repository):
    return methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")


def frame(**columns):
    return pd.DataFrame(columns, index=pd.Index(CODES, name="area_code"), dtype=float)


def test_flags_are_words_and_lights_have_words():
    """a: four values apart. b: three zeros of four, so few different values too. c: nothing."""
    told = assess(Figures(frame(a=[1, 2, 3, 4.5], b=[0, 0, 0, 9], c=[np.nan] * 4)), options=LIMITS)
    assert told.table["check"].tolist() == [FINE, LOOK, NO_DATA]
    assert "75% of values are zero" in told.table.loc["b", "flags"]
    assert told.table.loc["c", "flags"] == "no area has a value"


def test_limits_are_options():
    options = {"MIN_AVAILABLE": 0.9, "MIN_NON_ZERO": 0.0, "MIN_UNIQUE": 0.0, "MAX_SKEWNESS": 9.0, "MAX_KURTOSIS": 9.0}
    told = assess(Figures(frame(a=[1, 2, 3, np.nan])), options={**options, "MAX_AT_LIMIT": 1.0})
    assert told.table.loc["a", "flags"] == "covers 3 of 4 areas (75%)"


def test_before_and_after():
    """Two areas as published, four after conversion, four after shrinkage, whose spread is half."""
    shrunk = frame(a=[2, 2.5, 2.5, 3])
    published = {"a": Published(np.array([1.0, 4.0]), "MSOA11", 10.0)}
    told = assess(Figures(frame(a=[1, 2, 3, 4]), totals={"a": 10.0}, shrunk=shrunk), published=published)
    assert told.stages["areas"].tolist() == [2, 4, 4] and told.stages["maximum"].tolist() == [4.0, 4.0, 3.0]
    assert [stage for _, stage in told.stages.index] == ["as published", "by area", "shrunk"]
    assert told.table.loc["a", ["published_at", "sum_in", "sum_out"]].tolist() == ["MSOA11", 10.0, 10.0]


def test_correlations_are_of_need(method):
    """Jobs density is turned (high = less need): as it falls while no qualifications rises, need rises in both."""
    told = assess(Figures(frame(no_qualifications=[1, 2, 3, 4], jobs_density=[4, 3, 2, 1])), methodology=method)
    assert told.matrix.loc["no_qualifications", "jobs_density"] == pytest.approx(1.0)
    assert told.table.loc["jobs_density", "correlation_with"] == "no_qualifications"
    assert told.table["dimension"].tolist() == ["growth", "growth"]
    turned = assess(
        Figures(frame(no_qualifications=[1, 2, 3, 4], jobs_density=[4, 3, 2, 1])),
        methodology=method,
        directions={"jobs_density": "need"},
    )
    assert turned.matrix.loc["no_qualifications", "jobs_density"] == pytest.approx(-1.0)


def test_gaps_are_listed_by_area():
    told = assess(Figures(frame(a=[1, np.nan, 3, 4], b=[1, np.nan, np.nan, 4])))
    assert told.gaps.to_dict() == {CODES[1]: "a, b", CODES[2]: "b"}


def test_figures_of_authorities_are_not_blamed_for_repeating():
    labels = np.array(["spread"] * 4, dtype=object)
    told = assess(Figures(frame(a=[5, 5, 5, 5]), {"a": labels}))
    assert told.table.loc["a", "flags"] == "only 1 different values, as figures of authorities must be"


def test_what_a_pack_has_published(tiny):
    with Pack.open(tiny.write()) as pack:
        found = assessment.published_figures(pack, [*pack.entries, "absent"])
        for name, figures in found.items():
            assert figures.geography == pack.entries[name].geography
    assert found


def test_arguments_stay_as_they_are():
    values = frame(a=[1, 2, 3, 4])
    before = values.copy()
    assess(Figures(values))
    pd.testing.assert_frame_equal(values, before)
