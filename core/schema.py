"""The fields of all layers and tables of the plugin, declared once: what they are called, and which are whole."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Mapping

from .methodology import Methodology

NEED = "need"
# Fields under a name of their own.
FIELDS: Mapping[str, str] = {
    "area_code": "Area code",
    "area_name": "Area",
    "district_code": "District code",
    "district_name": "District",
    "region_code": "Region code",
    "region_name": "Region",
    "composite": "Weighted sum of the dimensions",
    "need_decile": "Decile (1 = highest need)",
    "hotspot": "Hot spot (1 = in the top fifth)",
    "mission_class": "Class",
    "need_rank_district": "Rank in its district (1 = highest need)",
    "need_decile_district": "Decile in its district (1 = highest need)",
    "hotspot_district": "Hot spot of its district (1 = in the top fifth)",
    "population": "Population",
    "imputed_count": "Indicators filled in",
    "unranked_reason": "Why it is not ranked",
    "p_counts": "Chance of being a hot spot, counts in doubt",
    "p_weights": "Chance of being a hot spot, weights in doubt",
    "p_all": "Chance of being a hot spot, counts and weights in doubt",
    "p_methods": "Share of the settings of the method that make it a hot spot",
    "p_hotspot": "Chance of being a hot spot",
    "p_decile1": "Chance of being in the top tenth",
    "rank_low": "Rank that 5 % of the draws fall short of",
    "rank_median": "Rank in the middle of the draws",
    "rank_high": "Rank that 95 % of the draws stay within",
    "certainty": "Certainty: sure, likely or open",
    "tied_with": "Areas of the district whose order with this one is open",
}
# The same in tables of areas that LSOAs were summed up for; a table of anything else may use these names otherwise.
AREA_KEY = "boundary_code"
AREA_FIELDS: Mapping[str, str] = {
    AREA_KEY: "Code",
    "boundary_name": "Area",
    "boundary_district": "District of most residents",
    "boundary_note": "Remarks",
    "area_name": "Neighbourhood",
    "method": "How LSOAs were assigned",
    "lsoas": "LSOAs",
    "lsoas_split": "LSOAs that lie there only in part",
    "lsoas_shared": "LSOAs that other areas count too",
    "population_split": "Share of the population in split LSOAs",
    "lsoas_mission_critical": "LSOAs: Mission critical",
    "lsoas_mission_priority": "LSOAs: Mission priority",
    "lsoas_mission_support": "LSOAs: Mission support",
    "lsoas_unranked": "LSOAs not ranked",
    "share": "Share of the LSOA",
    "residents": "Residents",
    "headline": "Headline",
    "named": "LSOAs that the page names",
    "strengths": "Where need is low",
    "weaknesses": "Where need is high",
    "imputed": "Values filled in",
    "profile_district": "District of most residents",
    "profile_region": "Region of most residents",
}
# Behind ``need``, or the id of a dimension; a rank of any of them has ``_rank`` behind it.
MEASURE_FIELDS: Mapping[str, str] = {
    "score": "score (0 to 100)",
    "rank": "rank (1 = highest need)",
    "hotspot": "hot spot (1 = in the top fifth)",
    "p_hotspot": "chance of being a hot spot",
    "p_decile1": "chance of being in the top tenth",
    "rank_low": "rank, low end (5 % of the draws)",
    "rank_median": "rank in the middle of the draws",
    "rank_high": "rank, high end (95 % of the draws)",
    "certainty": "certainty: sure, likely or open",
    "points": "points that it adds to need",
    "average_score": "average score",
    "average_rank": "average rank",
    "proportion_10": "share of LSOAs in the top 10 %",
    "proportion_20": "share of LSOAs in the top 20 %",
    "extent": "extent",
    "concentration": "local concentration",
    "hotspot_population": "people in hot spots",
    "hotspot_share": "share of people in hot spots",
    "area": "average score of the area",
    "district": "average score of the district",
    "region": "average score of the region",
    "country": "average score of all areas",
    "neediest_code": "code of the neediest LSOA",
    "neediest_name": "neediest LSOA",
    "neediest_rank": "rank of the neediest LSOA",
}
# Behind the id of any node, as the steps add them; the id alone is its value.
STEP_FIELDS: Mapping[str, str] = {
    "num": "numerator",
    "den": "denominator",
    "se": "standard error",
    "provenance": "how the value came to the area: direct, summed, apportioned, spread or imputed",
    "shrunk": "after shrinkage (a copy where it is not shrunk)",
    "need": "turned so that high means need",
    "z": "normal score, high = need",
    "sum": "sum of the scores below it",
    "exp": "exponential score, 0 to 100",
    "points": "points that it adds to need",
}
# Ranks, deciles and flags are whole. Counts may be parts of ones, spread by postcodes: whole where all values are.
WHOLE = re.compile(
    r"(?<!average)(_rank|_decile)\Z|(_rank_district|_decile_district|(?<!p_)hotspot|hotspot_district|_count)\Z"
)
COUNTS = re.compile(r"(_num|_den|population|residents|postcodes|lsoas|sum_in|sum_out|_count|_split|_shared)\Z")


def measure_titles(methodology: Methodology) -> Dict[str, str]:
    """Title of the overall measure (id ``need``) and of each dimension, in the methodology's order."""
    return {NEED: methodology.index.title, **{node.id: node.title for node in methodology.dimensions}}


def in_words(names: Iterable[str], methodology: Methodology) -> Dict[str, str]:
    """Words for those of a table's fields that are the plugin's; its key tells a table of summed-up areas."""
    names = list(names)
    own = {**FIELDS, **AREA_FIELDS} if AREA_KEY in names else FIELDS
    words = {name: own.get(name) or _of_measure(name, methodology) or _of_step(name, methodology) for name in names}
    return {name: text for name, text in words.items() if text}


def _of_measure(name: str, methodology: Methodology) -> str:
    titles = measure_titles(methodology)
    # The longest id first, for an id may be the start of another.
    for measure in sorted(titles, key=len, reverse=True):
        ending = name[len(measure) + 1 :] if name.startswith(f"{measure}_") else ""
        if ending in MEASURE_FIELDS:
            return f"{titles[measure]}: {MEASURE_FIELDS[ending]}"
        if ending.endswith("_rank") and ending[: -len("_rank")] in MEASURE_FIELDS:
            return f"{titles[measure]}: {MEASURE_FIELDS[ending[: -len('_rank')]]}, {MEASURE_FIELDS['rank']}"
    return ""


def _of_step(name: str, methodology: Methodology) -> str:
    titles = {node.id: node.title for node in methodology.nodes}
    if name in titles:
        return f"{titles[name]}: value"
    node, _, ending = name.rpartition("_")
    return f"{titles[node]}: {STEP_FIELDS[ending]}" if node in titles and ending in STEP_FIELDS else ""
