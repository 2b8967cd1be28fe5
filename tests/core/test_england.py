"""England's data pack: totals kept, codes matched, ranks ranked again. Skipped where the pack is absent.

Points in polygons belong to QGIS's side; here each OA11 counts one postcode in every LSOA of 2021 that its LSOA
of 2011 became. That is not where postcodes lie, but totals, codes and order must hold for any overlap.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.indicators import convert_pack
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.pack import Pack

ABSENT = ("high_growth_jobs", "childcare_accessibility")


@pytest.fixture(scope="module")
def pack(england):
    with Pack.open(england) as opened:
        yield opened


@pytest.fixture(scope="module")
def indicators(pack, repository):
    output_areas = pack.lookup("OA11")["LSOA11"].rename_axis("OA11").reset_index()
    pairs = output_areas.merge(pack.exact_fit(), left_on="LSOA11", right_on="source")
    pairs = pd.DataFrame({"source": pairs["OA11"], "target": pairs["target"], "postcodes": 1})
    definition = load(repository / "resources" / "methodologies" / "hyper_local_need_2025.json")
    return convert_pack(pack, definition, pairs)


def test_areas(indicators):
    areas = indicators.areas
    assert len(areas) == 33_755 and areas.index.is_unique and areas.index.is_monotonic_increasing
    assert areas["district_code"].nunique() == 296 and areas["region_code"].nunique() == 9
    assert areas["population"].sum() == pytest.approx(56_490_048, rel=0.001)


def test_thirty_of_thirty_two_indicators(indicators):
    assert indicators.absent == ABSENT and len(indicators.columns) == 30


def test_totals_of_counts_are_kept(indicators):
    """What came in goes out, but for areas withheld because too much of them is blank, and the scaling of others."""
    checked = 0
    for name, column in indicators.columns.items():
        if not np.isnan(column.sum_in):
            complete = not np.isnan(column.numerator if column.numerator is not None else column.value).any()
            assert column.sum_out == pytest.approx(column.sum_in, rel=1e-9 if complete else 0.05), name
            checked += 1
    assert checked >= 12


def test_every_value_has_its_provenance(indicators):
    for column in indicators.columns.values():
        missing = np.isnan(column.value)
        assert np.array_equal(pd.isna(column.provenance), missing)
        assert not np.isinf(column.value[~missing]).any()


def test_rates_of_a_population_stay_within_it(indicators):
    for name in ("worklessness_benefits", "fuel_poverty", "no_qualifications", "bad_health", "children_low_income"):
        value = indicators.columns[name].value
        assert np.nanmin(value) >= 0 and np.nanmax(value) <= 1, name


@pytest.fixture(scope="module")
def unchanged(pack, indicators):
    """The published rank and the new one, of areas that are one and the same in both years."""
    pairs = pack.exact_fit()
    alone = ~pairs["source"].duplicated(keep=False) & ~pairs["target"].duplicated(keep=False)
    published = pack.table("indicators/iod2019_ranks_lsoa11.csv.gz", "LSOA11CD", numbers=["crime_rank"])["crime_rank"]
    new = pd.Series(indicators.columns["crime_rank"].value, index=indicators.areas.index)
    return published.reindex(pairs["source"][alone]).to_numpy(), new.reindex(pairs["target"][alone]).to_numpy()


class TestCrimeRank:
    """Ranks of the LSOAs of 2011, averaged over those of 2021 and ranked again."""

    def test_unchanged_areas_keep_their_order(self, unchanged):
        """Ties stay ties (the published ranks hold four pairs), and what was apart stays apart."""
        old, new = unchanged
        order = np.argsort(old)
        assert len(old) > 31_000
        assert np.array_equal(np.diff(new[order]) > 0, np.diff(old[order]) > 0)
        assert np.diff(new[order]).min() == 0

    def test_ranks_run_over_all_areas_of_2021(self, indicators, unchanged):
        rank = indicators.columns["crime_rank"].value
        assert np.sort(rank)[0] == 1 and rank.sum() == 33_755 * 33_756 / 2
        # 33,755 areas in the place of 32,844: ranks move apart by the ratio of the two.
        old, new = unchanged
        assert np.abs(new - old * 33_755 / 32_844).max() < 150

    def test_a_split_area_hands_its_rank_to_its_parts(self, indicators, pack):
        pairs = pack.exact_fit()
        split = pairs[pairs["source"].duplicated(keep=False) & ~pairs["target"].duplicated(keep=False)]
        rank = pd.Series(indicators.columns["crime_rank"].value, index=indicators.areas.index)
        parts = rank.reindex(split["target"]).groupby(split["source"].to_numpy())
        assert len(parts) > 800 and (parts.max() - parts.min()).max() == 0


def test_authorities_figures_are_the_same_in_all_of_their_areas(indicators):
    by_authority = pd.Series(indicators.columns["ks4_attainment"].value).groupby(indicators.areas["UTLA23"].to_numpy())
    assert (by_authority.nunique() <= 1).all()


def test_notes_name_what_the_pack_says_of_itself(indicators):
    substitutes = {note.subject for note in indicators.notes if note.kind == "substitute"}
    assert "worklessness_benefits" in substitutes and "crime_rank" not in substitutes
