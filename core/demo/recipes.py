"""What the invented country publishes: one recipe an indicator, from which figures and pack entries are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Tuple

CODE_COLUMNS: Mapping[str, str] = {
    "OA21": "OA21CD",
    "OA11": "OA11CD",
    "LSOA21": "LSOA21CD",
    "LSOA11": "LSOA11CD",
    "MSOA11": "MSOA11CD",
    "LTLA23": "LAD23CD",
    "UTLA23": "UTLA23CD",
}


@dataclass(frozen=True)
class Recipe:
    """How one indicator is drawn; x is the need of an area in the recipe's theme, plus noise.

    ``form``: ``count`` draws from a binomial out of ``base`` with logit(rate) = logit(typical) + slope x;
    ``ratio`` from a Poisson distribution with mean base * typical e^(slope x); ``log`` and ``linear`` are
    means, typical e^(slope x) (times the base, where there is one) and typical + slope x; ``growth`` gives
    the earlier output that grew by the factor typical e^(slope x) a head; ``rank`` ranks areas by x,
    1 = highest. ``columns`` splits a count into parts by their shares; ``entry`` adds to the pack's entry.
    """

    id: str
    theme: str
    table: str
    geography: str
    form: str
    typical: float
    slope: float
    noise: float = 0.35
    base: str = ""
    columns: Tuple[Tuple[str, float], ...] = ()
    decimals: int = 0
    weight: str = ""
    entry: Tuple[Tuple[str, Any], ...] = ()

    @property
    def parts(self) -> Tuple[Tuple[str, float], ...]:
        """The columns that hold the figure, with their shares of it."""
        return self.columns or ((self.id, 1.0),)

    @property
    def file(self) -> str:
        """The table's path in the pack."""
        return f"indicators/{self.table}.csv.gz"


def _count(name, theme, table, geography, base, typical, slope, **more) -> Recipe:
    return Recipe(name, theme, table, geography, "count", typical, slope, base=base, **more)


def _benefit(name, geography, typical, slope, theme="growth", base="residents_16_64", **more) -> Recipe:
    return _count(name, theme, f"benefits_{geography.lower()}", geography, base, typical, slope, **more)


def _resident_denominator(column: str) -> Tuple[Tuple[str, Any], ...]:
    place = {"file": "population/lsoa21.csv.gz", "geography": "LSOA21", "code": "LSOA21CD", "column": column}
    return (("denominator", place), ("unbounded", True))


GVA_CHANGE = {
    "from": "gva_2012_gbpm",
    "to": "gva_2022_gbpm",
    "from_denominator": "residents_2012",
    "to_denominator": "residents_2022",
}

RECIPES: Tuple[Recipe, ...] = (
    _benefit("uc_searching_for_work", "OA21", 0.028, 0.45),
    _benefit("uc_planning_for_work", "OA21", 0.006, 0.40),
    _benefit("uc_preparing_for_work", "OA21", 0.010, 0.42),
    _benefit("uc_no_work_requirements", "OA21", 0.045, 0.50),
    _benefit("incapacity_benefit", "LSOA21", 0.003, 0.35, entry=(("net_of", "severe_disablement_allowance"),)),
    _benefit("severe_disablement_allowance", "LSOA21", 0.001, 0.30),
    _benefit("income_support", "LSOA21", 0.004, 0.45),
    _benefit("carers_allowance", "LSOA21", 0.020, 0.35),
    _benefit("jobseekers_allowance", "LSOA21", 0.003, 0.35),
    Recipe(
        "jobs_density",
        "growth",
        "economy_lsoa21",
        "LSOA21",
        "ratio",
        0.55,
        -0.40,
        0.9,
        "residents_16_64",
        (("jobs", 1.0),),
        entry=_resident_denominator("pop_16_64"),
    ),
    Recipe(
        "gva_per_head",
        "growth",
        "economy_lsoa21",
        "LSOA21",
        "log",
        0.024,
        -0.32,
        0.7,
        "residents_2022",
        (("gva_2022_gbpm", 1.0),),
        3,
        entry=_resident_denominator("usual_residents"),
    ),
    Recipe(
        "gva_per_head_change",
        "growth",
        "economy_lsoa21",
        "LSOA21",
        "growth",
        1.35,
        -0.10,
        0.7,
        "residents_2012",
        (("gva_2012_gbpm", 1.0),),
        3,
        entry=(("change", GVA_CHANGE),),
    ),
    _count("high_growth_jobs", "growth", "economy_lsoa21", "LSOA21", "jobs", 0.22, -0.40),
    Recipe("household_income", "growth", "income_msoa11", "MSOA11", "log", 31500.0, -0.20, 0.25, decimals=-2),
    _count("higher_managerial_occupations", "growth", "census_oa21", "OA21", "residents_16plus", 0.12, -0.42),
    _count("no_qualifications", "growth", "census_oa21", "OA21", "residents_16plus", 0.17, 0.38),
    _count(
        "level_3_qualifications",
        "growth",
        "census_oa21",
        "OA21",
        "residents_16plus",
        0.52,
        -0.40,
        columns=(("level_3", 0.34), ("level_4_plus", 0.66)),
    ),
    Recipe(
        "broadband_speed",
        "growth",
        "broadband_oa21",
        "OA21",
        "log",
        110.0,
        -0.25,
        0.6,
        decimals=1,
        weight="connections",
    ),
    Recipe("digital_propensity", "growth", "access_lsoa21", "LSOA21", "linear", 88.0, -2.4, 0.5, decimals=2),
    Recipe("jobs_access", "growth", "access_lsoa21", "LSOA21", "log", 30.0, -0.30, 0.6, decimals=3),
    Recipe("carbon_footprint", "energy", "energy_lsoa21", "LSOA21", "log", 7600.0, 0.16, 0.5, decimals=1),
    _count("fuel_poverty", "energy", "energy_lsoa21", "LSOA21", "households", 0.13, 0.38),
    _count("low_energy_efficiency", "energy", "energy_lsoa21", "LSOA21", "certificates", 0.07, 0.40, noise=0.5),
    Recipe("crime_rank", "streets", "ranks_lsoa11", "LSOA11", "rank", 0.0, 1.0, 0.3),
    Recipe(
        "childcare_accessibility",
        "opportunity",
        "access_lsoa21",
        "LSOA21",
        "ratio",
        0.32,
        -0.35,
        0.5,
        "children_0_7",
        (("childcare_places", 1.0),),
        entry=(("denominator", "children_0_7"), ("unbounded", True)),
    ),
    _count("children_low_income", "opportunity", "children_oa21", "OA21", "residents_0_19", 0.19, 0.48),
    Recipe("children_young_people_rank", "opportunity", "ranks_lsoa11", "LSOA11", "rank", 0.0, 1.0, 0.4),
    Recipe("ks2_attainment", "opportunity", "attainment_ltla23", "LTLA23", "linear", 60.0, -5.0, 0.15, decimals=1),
    Recipe("ks4_attainment", "opportunity", "attainment_ltla23", "LTLA23", "linear", 46.0, -7.0, 0.15, decimals=1),
    Recipe("progress_8", "opportunity", "attainment_ltla23", "LTLA23", "linear", -0.03, -0.22, 0.15, decimals=2),
    _count(
        "good_schools",
        "opportunity",
        "ofsted_utla23",
        "UTLA23",
        "schools_inspected",
        0.88,
        -0.60,
        noise=0.15,
        columns=(("schools_good", 0.83), ("schools_outstanding", 0.17)),
    ),
    _benefit("disability_living_allowance", "LSOA21", 0.022, 0.35, theme="health", base="residents"),
    _benefit("personal_independence_payment", "OA21", 0.070, 0.42, theme="health"),
    _benefit("attendance_allowance", "LSOA21", 0.120, 0.25, theme="health", base="residents_65plus"),
    _count(
        "limiting_long_term_illness",
        "health",
        "census_oa21",
        "OA21",
        "residents",
        0.17,
        0.32,
        columns=(("limited_a_lot", 0.42), ("limited_a_little", 0.58)),
    ),
    _count(
        "bad_health",
        "health",
        "census_oa21",
        "OA21",
        "residents",
        0.052,
        0.40,
        columns=(("bad_health", 0.77), ("very_bad_health", 0.23)),
    ),
    Recipe("travel_time_hospital", "health", "access_lsoa21", "LSOA21", "log", 34.0, 0.22, 0.6, decimals=3),
    Recipe("travel_time_gp", "health", "access_lsoa21", "LSOA21", "log", 9.0, 0.22, 0.6, decimals=3),
    Recipe("gp_appointments", "health", "access_lsoa21", "LSOA21", "log", 1950.0, 0.15, 0.6, decimals=1),
    Recipe("life_expectancy_male", "health", "mortality_msoa11", "MSOA11", "linear", 79.4, -1.7, 0.25, decimals=1),
    Recipe("life_expectancy_female", "health", "mortality_msoa11", "MSOA11", "linear", 83.1, -1.5, 0.25, decimals=1),
    Recipe("deaths_all_causes", "health", "mortality_msoa11", "MSOA11", "log", 100.0, 0.14, 0.25, decimals=1),
)

TITLE = "An invented country (demonstration)"
INVENTED = "Invented country: no place, person or figure in it is real."


def manifest() -> Dict[str, Any]:
    """The content of ``pack.json``; it says in title, attribution and sources that the country is invented."""
    return {
        "format": 1,
        "title": TITLE,
        "invented": True,
        "area": "LSOA21",
        "licence": "Invented figures, free to use",
        "attribution": [INVENTED],
        "boundaries": {
            "LSOA21": {"file": "boundaries/lsoa21.gpkg", "code": "LSOA21CD", "name": "LSOA21NM"},
            "OA11": {"file": "boundaries/oa11.gpkg", "code": "OA11CD"},
            "LTLA23": {"file": "boundaries/ltla23.gpkg", "code": "LAD23CD", "name": "LAD23NM"},
        },
        "lookups": _lookups(),
        "population": {**_population("lsoa21", "LSOA21CD"), "OA21": _population("oa21", "OA21CD")},
        "postcodes": {
            "file": "postcodes.csv.gz",
            "easting": "easting",
            "northing": "northing",
            "live": "live",
            "crs": "EPSG:27700",
        },
        "indicators": {recipe.id: _entry(recipe) for recipe in RECIPES},
    }


def _lookups() -> Dict[str, Any]:
    named = {"LTLA23": "LAD23", "UTLA23": "UTLA23", "RGN23": "RGN23"}
    parents = {
        "LSOA21": {
            "MSOA21": {"code": "MSOA21CD"},
            **{geography: {"code": f"{column}CD", "name": f"{column}NM"} for geography, column in named.items()},
        },
        "OA21": {"LSOA21": {"code": "LSOA21CD"}, "MSOA21": {"code": "MSOA21CD"}, "LTLA23": {"code": "LAD23CD"}},
        "OA11": {"LSOA11": {"code": "LSOA11CD"}, "MSOA11": {"code": "MSOA11CD"}},
    }
    lookups: Dict[str, Any] = {
        geography: {"file": f"lookups/{geography.lower()}.csv.gz", "code": f"{geography}CD", "parents": above}
        for geography, above in parents.items()
    }
    lookups["LSOA21"]["name"] = "LSOA21NM"
    lookups["LSOA11"] = {
        "file": "lookups/lsoa11_lsoa21.csv.gz",
        "code": "LSOA11CD",
        "exact_fit": {"LSOA21": "LSOA21CD", "change": "CHGIND"},
    }
    return lookups


def _population(file: str, code: str) -> Dict[str, str]:
    return {"file": f"population/{file}.csv.gz", "code": code, "column": "usual_residents"}


def _entry(recipe: Recipe) -> Dict[str, Any]:
    """The pack's entry of an indicator, in the grammar of ``pack.json``."""
    entry: Dict[str, Any] = {
        "file": recipe.file,
        "geography": recipe.geography,
        "code": CODE_COLUMNS[recipe.geography],
        "status": "as specified",
        "source": INVENTED,
        "date": "invented",
    }
    own = dict(recipe.entry)
    columns = [name for name, _ in recipe.parts]
    if recipe.form == "count" or "denominator" in own:
        entry["numerator"] = columns[0] if len(columns) == 1 else columns
        entry["denominator"] = own.pop("denominator", recipe.base)
    elif "change" not in own:
        entry["value"] = columns[0]
        if recipe.weight:
            entry["weight"] = recipe.weight
    return {**entry, **own}
