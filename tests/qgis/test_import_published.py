"""Every file as its publisher shipped it, with no option set; figures equal to clean copies where there are any."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import methodology
from hyperlocal_need.core.errors import DataError
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.published.making.importing import import_tables
from hyperlocal_need.core.published.reading.areas import known_areas
from hyperlocal_need.processing_provider.runs import importing as import_run
from hyperlocal_need.processing_provider.spreadsheets.tables import open_tables

# file: geography, areas, columns, indicators told
FILES = {
    "File_1_IoD2025_Index_of_Multiple_Deprivation.xlsx": ("LSOA21", 33755, 2, set()),
    "File_2_-_IoD2019_Domains_of_Deprivation.xlsx": ("LSOA11", 32844, 16, {"crime_rank"}),
    "File_6_IoD2025_Population_Denominators.xlsx": ("LSOA21", 33755, 5, set()),
    "census2021-ts062.zip": ("OA21", 178605, 10, {"higher_managerial_occupations"}),
    "desnz_lsoa_fuel_poverty_2019.csv": ("LSOA11", 32844, 3, {"fuel_poverty"}),
    "desnz_sub_regional_fuel_poverty_2022.xlsx": ("LSOA21", 33755, 3, {"fuel_poverty"}),
    "dfe_school_places_scorecard_data_2025_2023.csv": ("UTLA23", 153, 234, set()),
    "income2020.xlsx": ("MSOA11", 6791, 16, {"household_income"}),
    "jts0509.ods": ("LSOA11", 32844, 19, set()),
    "ohid_localhealth_msoa_raw_2015_19.csv": (
        "MSOA11", 6791, 24, {"life_expectancy_male", "life_expectancy_female", "deaths_all_causes"},
    ),
    "ons_els_pupils-at-expected-standards-ks2.csv": ("LTLA23", 296, 5, {"ks2_attainment"}),
}  # fmt: skip
LOW_INCOME = "dwp_statxplore_children_relative_low_income_msoa_14-22.csv"
# file, column, clean copy, its code, its column
CLEAN_COPIES = (
    ("desnz_sub_regional_fuel_poverty_2022.xlsx", "number_of_households", "fuel_poverty_2022_lsoa21",
     "LSOA21CD", "households"),
    ("desnz_sub_regional_fuel_poverty_2022.xlsx", "number_of_households_in_fuel_poverty", "fuel_poverty_2022_lsoa21",
     "LSOA21CD", "households_fuel_poor"),
    ("File_2_-_IoD2019_Domains_of_Deprivation.xlsx", "crime_rank_where_1_is_most_deprived", "iod2019_ranks_lsoa11",
     "LSOA11CD", "crime_rank"),
    ("File_6_IoD2025_Population_Denominators.xlsx", "working_age_population_18_66_for_use_with_employment",
     "iod2025_employment_lsoa21", "LSOA21CD", "residents_18_66"),
    ("census2021-ts062.zip", "total_all_usual_residents_aged_16_years_and_over", "census2021_ts062_nssec_oa21",
     "OA21CD", "residents_16plus"),
    ("census2021-ts062.zip", "l1_l2_and_l3_higher_managerial_administrative_and", "census2021_ts062_nssec_oa21",
     "OA21CD", "nssec_1_higher_managerial"),
    ("income2020.xlsx", "net_annual_income_after_housing_costs", "household_income_fye2020_msoa11",
     "MSOA11CD", "net_income_after_housing_costs"),
    ("ohid_localhealth_msoa_raw_2015_19.csv", "life_expectancy_at_birth_for_males", "mortality_2015_19_msoa11",
     "MSOA11CD", "life_expectancy_male"),
    ("ohid_localhealth_msoa_raw_2015_19.csv", "life_expectancy_at_birth_for_females", "mortality_2015_19_msoa11",
     "MSOA11CD", "life_expectancy_female"),
    ("ohid_localhealth_msoa_raw_2015_19.csv", "deaths_from_all_causes_all_ages", "mortality_2015_19_msoa11",
     "MSOA11CD", "smr_all_causes"),
)  # fmt: skip


@pytest.fixture(scope="module")
def method(repository):
    return methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")


@pytest.fixture(scope="module")
def imported(england, method):
    """Imports a file once, with no option set."""
    folder = england.parent / "published_formats"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")

    @cache
    def of(name):
        with open_tables(folder / name) as tables:
            return import_tables(tables, name, methodology=method)

    return of


@pytest.mark.parametrize("name", FILES)
def test_a_file_needs_no_option(imported, name):
    found = imported(name)
    geography, areas, columns, indicators = FILES[name]
    assert (found.guesses["geography"], *found.table.shape) == (geography, areas, columns)
    entries = {indicator for indicator, entry in found.entries.items() if "source" in entry}
    assert entries == indicators


@pytest.mark.parametrize("name, column, copy, code, of_copy", CLEAN_COPIES, ids=[line[4] for line in CLEAN_COPIES])
def test_figures_are_those_of_the_clean_copy(imported, england, name, column, copy, code, of_copy):
    """Every area, every digit, every gap."""
    clean = pd.read_csv(england / "indicators" / f"{copy}.csv.gz", float_precision="round_trip").set_index(code)[
        of_copy
    ]
    table = imported(name).table[column]
    assert sorted(table.index) == sorted(clean.index)
    assert np.array_equal(table.reindex(clean.index).to_numpy(), clean.to_numpy(dtype=float), equal_nan=True)


def test_names_alone_need_a_table_of_names(imported, england):
    """Stat-Xplore gives no codes, and 448 areas bear a name of 2011 that no lookup of 2021 has: NAMES settles it."""
    with pytest.raises(DataError, match="give PACK, or NAMES"):
        imported(LOW_INCOME)
    folder = england.parent / "published_formats"
    with Pack.open(england) as pack:
        known = known_areas(pack)
    codes, names = import_run._codes_and_names(folder / "ohid_localhealth_msoa_raw_2015_19.csv", lambda *told: None)
    clean = pd.read_csv(england / "indicators/children_low_income_2022_msoa11.csv.gz").set_index("MSOA11CD")[
        "children_low_income"
    ]
    for areas, found in ((known, 6343), (known.with_names(codes, names), 6791)):
        with open_tables(folder / LOW_INCOME) as tables:
            table = import_tables(tables, LOW_INCOME, known=areas).table["value_2021_22"]
        assert table.index.name == "MSOA11CD" and len(table) == found
        assert (table == clean.reindex(table.index)).all()


def test_population_of_the_indices(imported, england):
    """Against the published figures that the fixtures hold."""
    fixture = england.parent / "fixtures" / "iod2025_lsoa.csv.gz"
    if not fixture.is_file():
        pytest.skip(f"{fixture} is not there")
    areas = pd.read_csv(fixture)
    code = next(name for name in areas if areas[name].astype(str).str.match(r"E01\d{6}\Z").all())
    total = imported("File_6_IoD2025_Population_Denominators.xlsx").table["total_population_mid_2022"]
    same = [name for name in areas if name != code and np.array_equal(areas[name], total.reindex(areas[code]))]
    assert same, list(areas)


def test_a_list_of_hospitals_is_told_to_be_one(imported):
    found = imported("nhs_choices_Hospital.csv")
    assert found.guesses["kind"] == "places" and len(found.table) == 1217 and not found.entries
    assert found.guesses["with_postcode"] > 1200 and found.table["latitude"].notna().sum() > 1200
