"""Help of the parameters that say nothing where they are made: shown under each in the dialog, by name or by step."""

from __future__ import annotations

from typing import Mapping

# One text a name where several algorithms share it; ``step.NAME`` goes first.
WORDS: Mapping[str, str] = {
    "areareport.INPUT": "The layer need of a GeoPackage that Compute the index has written.",
    "AREAS": "Polygons of the areas, such as wards, parishes or patches drawn by hand.",
    "CODE_FIELD": "A field with a code of its own for each area. Empty: areas are numbered in the order of the layer.",
    "NAME_FIELD": "A field with the areas' names, as pages and tables show them.",
    "AREA_FIELD": "Instead of AREAS: a field of the need layer that says which area each LSOA is in, e.g. "
    "district_code.",
    "areareport.KIND": "deciles: tenths of all areas. hotspots: the top 20 % in four shades, all others grey.",
    "PAPER": "Size of the atlas's pages, upright.",
    "ONLY": "Codes or names of areas, separated by commas, to make pages for. Empty: all.",
    "ADD_TO_PROJECT": "Also keeps the atlas in the project as a layout, to edit and print again.",
    "areareport.OUTPUT": "The atlas as one PDF, two pages an area.",
    "REPORTS": "Folder for one HTML page an area, with its maps and figures inside it.",
    "IMAGES": "Folder for the atlas's pages as PNG pictures.",
    "EXPORT": "Folder for the areas' figures as CSV, XLSX, GeoPackage and GeoJSON.",
    "MAPS": "Folder for a map of each region, and a pair of district maps a measure, as PNG.",
    "computeindex.PACK": "Folder, its pack.json, or a zip of it: boundaries, lookups, postcodes and the indicators' "
    "tables.",
    "LEAVE_OUT": "Ids of indicators to do without, although there are figures. Every output says what was left out.",
    "REPORT_BY": "Geography of the districts that are summed up and ranked: a parent of the areas in the pack's "
    "lookup.",
    "SHRINK_BY": "Geography towards whose figures unreliable rates are moved: a parent of the areas in the pack's "
    "lookup.",
    "computeindex.OUTPUT": "A GeoPackage: the layers need and districts in their styles, and, if asked for, every "
    "stage.",
    "computeindex.REPORT": "One HTML file with maps, tables, the quality of the data and the method. Needs jinja2 and "
    "matplotlib.",
    "computeindex.FOLDER": "Takes need.csv, districts.csv, quality.csv, map.png, hotspots.png, report.html and "
    "log.json.",
    "rankcertainty.INPUT": "The layer need of a GeoPackage that Compute the index has written with every stage.",
    "rankcertainty.DRAWS": "More draws, finer chances: one of p is uncertain by the root of p(1 - p)/draws.",
    "rankcertainty.SEED": "The same seed gives the same figures, to the last digit.",
    "rankcertainty.OUTPUT": "The areas with chance, rank interval and word. As layer certainty of the result's own "
    "GeoPackage, the dock shows it.",
    "rankcertainty.MOVES": "A table: how far ranks move, and hot spots change, with each other choice of method and "
    "without each indicator.",
    "rankcertainty.REPORT": "An HTML page with counts, districts and what moves ranks.",
    "needclusters.INPUT": "The layer need of a GeoPackage that Compute the index has written.",
    "needclusters.OUTPUT": "The areas with Gi*, local Moran and the number of their group of hot spots.",
    "GROUPS": "A row a group of hot spots that touch: name, LSOAs, residents, leading dimension, districts.",
    "compareresults.INPUT": "The layer need of a GeoPackage that Compute the index has written.",
    "compareresults.OUTPUT": "The areas with both ranks, their change, and which of the two call them hot spots.",
    "explainneed.INPUT": "The layer need of a GeoPackage that Compute the index has written with every stage.",
    "explainneed.OUTPUT": "A row an area, a column of points an indicator, sub-dimension and dimension.",
    "WEIGHTS": "A row an indicator and dimension: nominal and effective weights.",
    "COMBINED": "A row a pair of dimensions: hot spots of both, and how many chance would give.",
    "explainneed.REPORT": "An HTML page that works one area out in numbers, from value to score.",
    "demopack.AREAS": "How many LSOAs the invented country has; England has 33,755.",
    "SEED": "The same seed gives the same country, to the last digit.",
    "LOW_COVERAGE_INDICATOR": "Patients per GP is then there for the smallest district alone, and Compute the index "
    "refuses it until LOW_COVERAGE is leave_out or keep, or it is named in LEAVE_OUT.",
    "demopack.OUTPUT": "A folder for the pack; it may be new or empty.",
    "editpack.PACK": "The pack to change; it stays as it is, and the changed copy goes to OUTPUT.",
    "editpack.OUTPUT": "Folder for the changed pack.",
    "editpack.DIRECTION": "need: a high value means high need. less: it means less need.",
    "METHODOLOGY_OUT": "The methodology with the new indicators in it, as a JSON file. Empty: none is written.",
    "identifysources.FOLDER": "Files as their publishers ship them: CSV, XLSX, ODS and zips of them.",
    "identifysources.OUTPUT": "A table with one row a file: what it looks like, and for which indicator it would do.",
    "importpublished.INPUT": "The file as its publisher ships it: CSV, XLSX, ODS, or a zip of them.",
    "importpublished.OUTPUT": "The clean table: one row an area, a code first, one column a figure.",
    "ENTRY": "A JSON file with the table's entry for a data pack, to be checked and added by Edit a data pack.",
    "MIN_AVAILABLE": "An indicator with values for a smaller share of the areas is flagged.",
    "MIN_NON_ZERO": "An indicator with a smaller share of values other than 0 is flagged.",
    "MIN_UNIQUE": "An indicator with a smaller share of different values is flagged; figures of authorities always "
    "are.",
    "MAX_SKEWNESS": "A larger skewness, of either sign, is flagged where the kurtosis is large too.",
    "MAX_KURTOSIS": "A larger kurtosis is flagged where the skewness is large too.",
    "MAX_AT_LIMIT": "A larger share of areas at the lowest or the highest value is flagged.",
    "qualityassurance.OUTPUT": "The quality table: one row an indicator, with its figures and flags.",
    "qualityassurance.REPORT": "An HTML page with a histogram and a small map of each indicator.",
    "scorepostcodes.INPUT": "Any table with a column of postcodes, such as a list of customers; every field is passed "
    "on.",
    "POSTCODE_FIELD": "The field with the postcodes; spaces and case do not matter.",
    "scorepostcodes.NEED": "The layer need of a GeoPackage that Compute the index has written.",
    "scorepostcodes.PACK": "The data pack with the postcodes: the one that the index was computed from.",
    "scorepostcodes.LIVE_POSTCODES_ONLY": "Off: a postcode that is no longer in use still finds the LSOA that it lay "
    "in.",
    "scorepostcodes.OUTPUT": "The table with LSOA, score, ranks, district and hot spot behind each row.",
    "UNMATCHED": "The rows whose postcode is not known, and why.",
    "summarisebyarea.INPUT": "LSOAs with a score: the layer need, or any table with SCORE_FIELD and POPULATION_FIELD.",
    "LOOKUP": "A table that says which area each LSOA is in, for METHOD = lookup.",
    "summarisebyarea.AREA_FIELD": "Instead of AREAS: a field of the input that says which area each LSOA is in.",
    "LOOKUP_LSOA": "The lookup's field of LSOA codes.",
    "LOOKUP_AREA": "The lookup's field of area codes.",
    "LOOKUP_SHARE": "The share of the LSOA, from 0 to 1, that belongs to the area. Empty: all of it.",
    "LSOA_FIELD": "The input's field of LSOA codes.",
    "SCORE_FIELD": "A score to sum up, high = need. Empty: the overall measure and every dimension of the layer need.",
    "RANK_FIELD": "Its rank, 1 = highest need. Empty: ranked here, tied areas at the lowest rank.",
    "POPULATION_FIELD": "Residents of each LSOA: the weights of all means.",
    "summarisebyarea.OUTPUT": "One row an area: average score and rank, shares, extent, concentration, people in hot "
    "spots.",
    "summarisebyarea.LSOAS": "One row an LSOA and area, with the share that belongs to it: which LSOAs make up which "
    "area.",
}


def help_of(step: str, name: str) -> str:
    """The words for a parameter of a step; empty where there are none."""
    return WORDS.get(f"{step}.{name}", WORDS.get(name, ""))
