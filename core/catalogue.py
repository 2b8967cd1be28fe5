"""Every step of the method, declared once: its options, their bounds and words. Standard library only.

The methodology file is checked against these entries; the Processing parameters, the dock's form and the
help are built from them.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

from .catalogue_data import DATA_STEPS
from .errors import MethodologyError, OptionError
from .options import CONSTANT, DIVISOR, KIND, LIVE, LOW_COVERAGE, MISSING, MISSING_INDICATORS, OVER, Option, Step

GROUPS: Mapping[str, str] = {
    "convert": "1 Convert to LSOA",
    "quality": "2 Quality assurance",
    "composite": "3 Composite indicators",
    "shrinkage": "4 Shrinkage",
    "orient": "5 Direction",
    "standardise": "6 Standardisation",
    "combine": "7-8 Weight, combine and transform",
    "dimensions": "9 Weight the dimensions",
    "index": "The whole index",
    "use": "Use the results",
    "data": "Data",
}

STEPS: Tuple[Step, ...] = (
    Step(
        "aggregatetolsoa",
        "convert",
        "Aggregate to LSOA",
        "Sums counts of small areas (Output Areas) to the LSOAs that hold them.",
        (KIND,),
    ),
    Step(
        "postcodeoverlap",
        "convert",
        "Postcode overlap",
        "Counts the postcodes that old and new areas share, by point in polygon.",
        (LIVE,),
    ),
    Step(
        "apportion",
        "convert",
        "Apportion by postcodes",
        "Carries figures from older or larger areas to LSOAs in proportion to shared postcodes.",
        (
            KIND,
            Option(
                "BLANK_LIMIT",
                "number",
                0.05,
                "Largest share of blank sources",
                "An LSOA with more than this share of its postcodes in blank source areas gets no value.",
                minimum=0.0,
                maximum=1.0,
            ),
        ),
    ),
    Step(
        "rebaselsoa",
        "convert",
        "LSOA 2011 to LSOA 2021",
        "Carries figures from the LSOAs of 2011 to those of 2021 by the exact-fit lookup.",
        (KIND,),
    ),
    Step(
        "assignfromlookup",
        "convert",
        "Assign from lookup",
        "Gives every LSOA the figure of the local authority that it lies in.",
        (KIND,),
    ),
    Step(
        "qualityassurance",
        "quality",
        "Quality assurance",
        "Describes every indicator and flags those whose distribution would distort the measure.",
        (
            Option("MIN_AVAILABLE", "number", 0.65, "Smallest share of areas with a value", minimum=0.0, maximum=1.0),
            Option(
                "MIN_NON_ZERO", "number", 0.5, "Smallest share of values that are not zero", minimum=0.0, maximum=1.0
            ),
            Option("MIN_UNIQUE", "number", 0.5, "Smallest share of different values", minimum=0.0, maximum=1.0),
            Option("MAX_SKEWNESS", "number", 2.0, "Largest skewness", minimum=0.0, maximum=1e6),
            Option(
                "MAX_KURTOSIS", "number", 3.5, "Largest kurtosis, where skewness is large too", minimum=0.0, maximum=1e6
            ),
            Option("MAX_AT_LIMIT", "number", 0.05, "Largest share of values at one limit", minimum=0.0, maximum=1.0),
        ),
    ),
    Step(
        "compositeindicator",
        "composite",
        "Composite indicator",
        "Adds counts that do not overlap into one numerator over one denominator.",
        (OVER,),
    ),
    Step(
        "shrinkage",
        "shrinkage",
        "Shrink towards the district",
        "Moves unreliable small-area rates towards the rate of their district.",
        (
            Option(
                "METHOD",
                "enum",
                "logit",
                "Shrinkage",
                "Used with single fields. logit: counts out of a population. rate: open-ended event rates. mean: means "
                "with a standard error. none: the value is copied.",
                choices=("logit", "rate", "mean", "none"),
                labels=(
                    "Counts out of a population (logit)",
                    "Event rates (log)",
                    "Means with a standard error",
                    "None",
                ),
            ),
            MISSING,
            OVER,
        ),
    ),
    Step(
        "orient",
        "orient",
        "Point in one direction",
        "Turns indicators whose high values mean less need, so that high always means need.",
        (
            Option(
                "DIRECTION",
                "enum",
                None,
                "A high value of the fields means",
                "Needed with FIELDS, and only then. less: less need, so that they are turned round. need: copied as "
                "they are.",
                choices=("less", "need"),
                labels=("Less need", "Need"),
            ),
        ),
    ),
    Step(
        "normalscores",
        "standardise",
        "Normal scores",
        "Ranks each indicator and gives the ranks a standard normal distribution.",
        (MISSING,),
    ),
    Step(
        "indicatorweights",
        "combine",
        "Indicator weights",
        "Equal, given or factor-analysis weights of the indicators in a dimension.",
        (
            Option(
                "METHOD",
                "enum",
                "equal",
                "Weights",
                "equal: all alike. given: as the methodology says for each parent. maximum_likelihood: loadings of a "
                "one-factor analysis.",
                choices=("equal", "given", "maximum_likelihood"),
                labels=("Equal", "As the methodology says", "Maximum likelihood factor analysis"),
            ),
        ),
    ),
    Step(
        "combineindicators",
        "combine",
        "Combine indicators",
        "Sums the normal scores of each sub-dimension or dimension.",
        (
            Option(
                "LEVEL",
                "enum",
                "sub_dimension",
                "Level",
                "sub_dimension: sums of normal scores by sub-dimension. dimension: sums of the transformed "
                "sub-dimensions, or of normal scores where a dimension has none.",
                choices=("sub_dimension", "dimension"),
                labels=("Sub-dimensions", "Dimensions"),
            ),
            MISSING_INDICATORS,
        ),
    ),
    Step(
        "exponentialtransform",
        "combine",
        "Exponential transformation",
        "Ranks scores and gives the ranks an exponential distribution from 0 to 100.",
        (CONSTANT, DIVISOR),
    ),
    Step(
        "combinedimensions",
        "dimensions",
        "Combine dimensions",
        "Weights the exponentially transformed dimensions and sums them to the overall measure.",
        (DIVISOR,),
    ),
    Step(
        "computeindex",
        "index",
        "Compute the index",
        "Computes the whole index from a data pack: every layer, table, map and report.",
        (
            MISSING,
            MISSING_INDICATORS,
            OVER,
            DIVISOR,
            Option(
                "STAGES",
                "boolean",
                True,
                "Write every stage",
                "Layers of indicators, shrunk values, normal scores and sub-dimensions.",
            ),
            LOW_COVERAGE,
        ),
    ),
    Step(
        "hotspots",
        "use",
        "Hot spots",
        "Deciles, hot spots and classes of any score, for England and within each district.",
        (
            Option(
                "SHARE",
                "number",
                0.2,
                "Share of areas that are hot spots",
                "0.2 is the paper's top 20 %.",
                minimum=0.001,
                maximum=1.0,
            ),
        ),
    ),
    Step(
        "summarisebyarea",
        "use",
        "Summarise by area",
        "Sums the need of LSOAs up for wards, parishes, districts or areas drawn by hand.",
        (
            Option(
                "METHOD",
                "enum",
                "centroid",
                "How LSOAs are assigned to areas",
                "centroid: whole LSOAs, by the mean of their live postcodes (with a data pack) or a point inside. "
                "area_share, postcode_share: LSOAs are split by ground or by live postcodes. lookup: by a table.",
                choices=("centroid", "area_share", "postcode_share", "lookup"),
                labels=(
                    "Whole, by their centroid",
                    "Split by share of ground",
                    "Split by share of postcodes",
                    "By a lookup",
                ),
            ),
            Option(
                "TOLERANCE",
                "number",
                0.05,
                "Sliver tolerance (share of an LSOA)",
                "Boundaries drawn at different detail never meet exactly; shares that differ by less are evened out.",
                minimum=0.0,
                maximum=0.49,
            ),
            Option(
                "MEASURE_FIT",
                "boolean",
                True,
                "Measure how well LSOAs fit the areas",
                "By centroid only: the share of each LSOA's ground that lies in the area it is counted in.",
            ),
        ),
    ),
    Step(
        "scorepostcodes",
        "use",
        "Score postcodes",
        "Gives each row of a list with postcodes its LSOA, need, ranks, district and hot spot.",
        (Option("LIVE_POSTCODES_ONLY", "boolean", False, "Leave terminated postcodes unmatched"),),
    ),
    Step(
        "rankcertainty",
        "use",
        "Certainty of ranks",
        "How sure each rank and hot spot is, given what counts, weights and the choice of method leave open.",
        (
            Option(
                "DOUBT",
                "enum",
                "each",
                "What is in doubt",
                "counts: what counts and errors leave open of the figures. weights: the dimensions'. each: both apart, "
                "a column each; rank interval and word go by the counts. all: each, and both together, by which "
                "the rank interval and the word go.",
                choices=("counts", "weights", "each", "all"),
                labels=("Counts", "Weights", "Counts and weights, apart", "Counts and weights, apart and together"),
            ),
            Option("DRAWS", "integer", 1000, "Draws", minimum=20, maximum=20000),
            Option("SEED", "integer", 2025, "Seed", minimum=0, maximum=2**31 - 1),
            Option(
                "SPREAD",
                "number",
                0.25,
                "Doubt of weights (relative standard deviation of the largest)",
                "0.25: the largest weight is mostly within a half and one and a half times of itself.",
                minimum=0.0,
                maximum=0.9,
            ),
            Option(
                "KNOW_NOTHING",
                "boolean",
                False,
                "Every set of weights is as likely",
                "Instead of SPREAD: nothing is known of the weights.",
            ),
            Option(
                "INDICATOR_WEIGHTS",
                "boolean",
                False,
                "Weights of indicators too",
                "Of p_weights: the weights inside sub-dimensions and dimensions are in doubt as well.",
            ),
            Option(
                "METHODS",
                "boolean",
                False,
                "Other choices of method",
                "Adds p_methods: the index by every combination of gaps, shrinkage, districts, scores, transformation, "
                "sub-dimensions and indicators by sex, up to 288 of them. Takes a minute or two for England.",
            ),
        ),
    ),
    Step(
        "explainneed",
        "use",
        "Explain need",
        "What each indicator adds to or takes from the need of every area, in points that add up.",
        (
            Option(
                "BASELINE",
                "enum",
                "middle",
                "Compared with",
                "middle: an area in the middle of all areas on every indicator. district, region: the mean of the "
                "area's own district or region.",
                choices=("middle", "district", "region"),
                labels=("The middle of all areas", "The area's district", "The area's region"),
            ),
            Option(
                "UNIT",
                "enum",
                "composite",
                "Unit",
                "composite: points of the weighted sum of the dimensions, by which areas are ranked. need_score: those "
                "of the final score.",
                choices=("composite", "need_score"),
                labels=("Points of the weighted sum", "Points of the score"),
            ),
        ),
    ),
    Step(
        "areareport",
        "use",
        "Report for areas",
        "Makes an atlas of pages, ready for a committee, and a report for each area.",
        (
            Option(
                "KIND",
                "enum",
                "deciles",
                "What the map shows",
                choices=("deciles", "hotspots"),
                labels=("Tenths of all areas", "Hot spots: the top 20 %"),
            ),
            Option("PAPER", "enum", "A4", "Paper", choices=("A4", "A3"), labels=("A4", "A3")),
        ),
    ),
    Step(
        "demopack",
        "data",
        "Demonstration pack",
        "Makes a data pack of an invented country, from a seed.",
        (
            Option("AREAS", "integer", 33755, "Number of LSOAs", minimum=60, maximum=100000),
            Option("SEED", "integer", 2025, "Seed", minimum=0, maximum=2**31 - 1),
        ),
    ),
    *DATA_STEPS,
)

_BY_ID = {entry.id: entry for entry in STEPS}


def step(step_id: str) -> Step:
    """The step of that id; OptionError if there is none."""
    if step_id not in _BY_ID:
        raise OptionError(f"There is no step '{step_id}'; known are {', '.join(_BY_ID)}.")
    return _BY_ID[step_id]


def check_options(path: str, step_id: str, options: Mapping[str, Any]) -> Dict[str, Any]:
    """Options of a step as a methodology file sets them, checked; MethodologyError names ``path``."""
    try:
        entry = step(step_id)
    except OptionError as error:
        raise MethodologyError(f"{path}: {error}") from error
    decided = {option.name for option in step("computeindex").options}.intersection(options)
    if decided:
        raise MethodologyError(f"{path}.{min(decided)}: is chosen for each run; a methodology cannot set it.")
    try:
        return {name: entry.option(name).check(value) for name, value in options.items()}
    except OptionError as error:
        # The message starts with the option's name, which goes on with the path.
        raise MethodologyError(f"{path}.{error}") from error
