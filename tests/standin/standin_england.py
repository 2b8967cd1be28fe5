"""England's data pack as the publishers' services would give it: tables by recipe, and what stands in for what.

The pack holds older vintages and substitutes; the stand-in serves them under the names of what the recipes ask for.
``DRESSED`` says of which, and ``dressed_entries`` gives the entry that a pack made of them has: the rest of the pack
has to come back as it is.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np
import pandas as pd

from hyperlocal_need.core.sources.recipe import Recipe

# Recipe -> what is served under its name.
DRESSED: Mapping[str, str] = {
    "census_ts007a": "residents of the census, a twentieth in each age band",
    "small_area_gva": "gross value added of 2020 as that of 2022",
    "fuel_poverty": "figures of 2022 in the tables of 2024",
    "iod2025_ranks": "ranks in the order of the codes; the denominators are those published",
    "iod2025_living": "100 less the mean energy score of the LSOAs of 2011 in each LSOA of 2021",
    "transport_connectivity": "residents within 45 km as the score of employment",
    "place_based_carbon": "kilowatt hours of a neighbourhood as kg of CO2e per person",
    "journey_times_gp": "kilometres by road as minutes",
    "journey_times_hospital": "minutes by car to a stroke unit as minutes by public transport",
    "local_health": "figures of 2015 to 2019 of MSOAs that are the same in 2011 and 2021 as those of 2019 to 2023",
    "local_health_deaths": "the same for the standardised mortality ratio",
}
# What is served as a file that is at hand as published.
AS_PUBLISHED = {"saiefy1920finalqaddownload280923.xlsx": "income2020.xlsx"}


def read(england: Path, name: str) -> pd.DataFrame:
    """A table of the pack, by its first column."""
    table = pd.read_csv(england / f"{name}.csv.gz", dtype={0: str}, index_col=0)
    return table.rename_axis("code")


def tables(england: Path, recipes: Mapping[str, Recipe]) -> Dict[str, pd.DataFrame]:
    """The tables of all recipes that the pack has figures for; those it has none for are asked for in vain."""
    indicators = {path.name.split(".")[0]: path for path in (england / "indicators").glob("*.csv.gz")}

    def own(name: str) -> pd.DataFrame:
        return read(england, f"indicators/{name}") if name in indicators else pd.DataFrame()

    gva, km = own("gva_2012_2020_lsoa11"), own("iod2019_gp_distance_lsoa11")
    employment = own("iod2025_employment_lsoa21")
    stroke = own("drive_minutes_stroke_hospital_lsoa11").reindex(km.index)
    residents = read(england, "population/oa21")["usual_residents"]
    bands = {f"residents_{band}": residents // 20 for band in ("0_4", "5_9", "10_14", "15_19")}
    ranks = np.arange(1, len(employment) + 1, dtype=float)
    living = energy_score(england)
    made = {
        "census_ts037": own("census2021_ts037_health_oa21"),
        "census_ts038": own("census2021_ts038_disability_oa21"),
        "census_ts062": own("census2021_ts062_nssec_oa21"),
        "census_ts067": own("census2021_ts067_qualifications_oa21"),
        "census_ts007a": pd.DataFrame(bands),
        "bres": own("bres_employees_2023_msoa11").set_axis(["employees"], axis=1),
        "population_lsoa21": read(england, "population/lsoa21"),
        "small_area_gva": pd.DataFrame(
            {"gva_2012": gva["gva_gbpm_2012"], "gva_2022": gva["gva_gbpm_2020"], "gva_latest": gva["gva_gbpm_2020"]}
        ),
        "small_area_income_2020": own("household_income_fye2020_msoa11"),
        "digital_propensity": own("digital_propensity_2021_lsoa11"),
        "fuel_poverty": own("fuel_poverty_2022_lsoa21"),
        "iod2019": own("iod2019_ranks_lsoa11"),
        "iod2025_ranks": employment[["residents_18_66"]].assign(crime_rank=ranks, children_young_people_rank=ranks),
        "iod2025_employment": employment[["employment_deprived"]],
        "iod2025_barriers": own("iod2025_broadband_lsoa21").join(own("iod2025_patients_per_gp_lsoa21")),
        "iod2025_living": living,
        "transport_connectivity": own("residents_within_45km_lsoa21").set_axis(["employment_overall"], axis=1),
        "place_based_carbon": own("domestic_energy_2019_lsoa11").set_axis(["kgco2e_per_person"], axis=1),
        "journey_times_gp": km.set_axis(["travel_time_gp"], axis=1),
        "journey_times_hospital": stroke[["drive_minutes_stroke_unit"]].set_axis(["travel_time_hospital"], axis=1),
        "key_stage_2": own("attainment_2023_utla23"),
        "key_stage_4": own("attainment_2023_utla23"),
        **health(england),
        **lookups(england),
    }
    made = {name: table for name, table in made.items() if name in recipes}
    figures = {
        name: table[[column for column in recipes[name].columns if column in table]].astype(float)
        for name, table in made.items()
        if recipes[name].gives in ("indicators", "population")
    }
    return {**made, **figures, "postcodes": postcodes(england)}


def energy_score(england: Path) -> pd.DataFrame:
    """By LSOA of 2021: 100 less the mean energy score of the LSOAs of 2011 that went into it."""
    fit = pd.read_csv(england / "lookups/lsoa11_lsoa21.csv.gz", dtype=str)
    score = read(england, "indicators/epc_mean_score_lsoa11")["mean_energy_score"]
    mean = 100.0 - score.reindex(fit["LSOA11CD"]).groupby(fit["LSOA21CD"].to_numpy()).mean()
    return mean.round(3).rename("energy_performance_score").rename_axis("code").to_frame()


def health(england: Path) -> Dict[str, pd.DataFrame]:
    """Life expectancy and mortality by MSOA of 2021: of the MSOAs that are the same as in 2011, a gap for others."""
    of_2011 = read(england, "indicators/mortality_2015_19_msoa11")
    codes = pd.read_csv(england / "lookups/lsoa21.csv.gz", dtype=str)["MSOA21CD"].unique()
    table = of_2011.reindex(pd.Index(sorted(codes), name="code"))
    for sex in ("male", "female"):
        table[f"life_expectancy_{sex}_lower"] = table[f"life_expectancy_{sex}"] - 1.96
        table[f"life_expectancy_{sex}_upper"] = table[f"life_expectancy_{sex}"] + 1.96
    return {"local_health": table, "local_health_deaths": table}


def lookups(england: Path) -> Dict[str, pd.DataFrame]:
    """The lookups and the codes of the boundaries, by recipe."""

    def of(file: str) -> pd.DataFrame:
        return pd.read_csv(england / f"lookups/{file}.csv.gz", dtype=str)

    areas, oa21 = of("lsoa21"), of("oa21")
    districts = areas.drop_duplicates("LAD23CD").sort_values("LAD23CD")
    made = {
        "lookup_oa21": oa21.merge(areas[["LSOA21CD", "LSOA21NM"]], on="LSOA21CD"),
        "lookup_oa11": of("oa11"),
        "lookup_lsoa11_lsoa21": of("lsoa11_lsoa21"),
        "lookup_lsoa21_ltla23": areas[["LSOA21CD", "LAD23CD", "LAD23NM"]],
        "lookup_lsoa21_wd24": areas[["LSOA21CD", "WD24CD", "WD24NM"]],
        "lookup_ltla23_utla23": districts.rename(columns={"LAD23CD": "LTLA23CD"})[["LTLA23CD", "UTLA23CD", "UTLA23NM"]],
        "lookup_ltla23_rgn23": districts[["LAD23CD", "RGN23CD", "RGN23NM"]],
        "boundaries_lsoa21": areas[["LSOA21CD", "LSOA21NM"]],
        "boundaries_oa11": of("oa11")[["OA11CD"]],
        "boundaries_ltla23": districts[["LAD23CD", "LAD23NM"]],
    }
    return {name: table.set_index(table.columns[0], drop=False).rename_axis("code") for name, table in made.items()}


def postcodes(england: Path) -> pd.DataFrame:
    """The pack's postcodes as the directory has them."""
    table = pd.read_csv(england / "postcodes.csv.gz", dtype={"postcode": str})
    table["terminated"] = np.where(table["live"] == 1, "", "201503")
    return table.assign(country="E92000001").drop(columns="live")


class Shapes:
    """Polygons of the pack's GeoPackages as GeoJSON, by code, read page by page."""

    LAYERS = {"boundaries_lsoa21": "lsoa21", "boundaries_oa11": "oa11", "boundaries_ltla23": "lad23"}

    def __init__(self, england: Path):
        self._england = england

    def __call__(self, recipe: Recipe, codes: Sequence[str]) -> List[str]:
        """The polygons of some areas, in their order."""
        import shapely

        layer = self.LAYERS[recipe.id]
        code = next(iter(recipe.columns))
        with sqlite3.connect(f"file:{self._england}/boundaries/{layer}.gpkg?mode=ro&immutable=1", uri=True) as file:
            found: Dict[str, bytes] = {}
            for start in range(0, len(codes), 500):
                some = codes[start : start + 500]
                marks = ",".join("?" * len(some))
                found.update(file.execute(f"SELECT {code}, geom FROM {layer} WHERE {code} IN ({marks})", some))
        # A GeoPackage puts a header before the well-known binary: 8 bytes and an envelope.
        envelopes = (0, 32, 48, 48, 64)
        plain = [found[one][8 + envelopes[found[one][3] >> 1 & 7] :] for one in codes]
        return list(shapely.to_geojson(shapely.from_wkb(plain)))


def dressed_entries() -> Dict[str, Tuple[str, Dict[str, Any]]]:
    """Indicator -> the recipe that is dressed, and the entry that the pack has of it, but for file and geography."""
    return {
        "jobs_access": ("transport_connectivity", {"value": "employment_overall"}),
        "carbon_footprint": ("place_based_carbon", {"value": "kgco2e_per_person"}),
        "low_energy_efficiency": ("iod2025_living", {"value": "energy_performance_score", "high_is": "need"}),
        "travel_time_gp": ("journey_times_gp", {"value": "travel_time_gp"}),
        "travel_time_hospital": ("journey_times_hospital", {"value": "travel_time_hospital"}),
        "life_expectancy_male": ("local_health", {"value": "life_expectancy_male"}),
        "life_expectancy_female": ("local_health", {"value": "life_expectancy_female"}),
        "deaths_all_causes": ("local_health_deaths", {"value": "smr_all_causes"}),
    }
