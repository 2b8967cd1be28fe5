"""Every step, declared once: its options, their bounds and words. Standard library only.

The methodology file is checked against these entries; the Processing parameters, the dock's form and the
help are built from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from .errors import MethodologyError, OptionError

GEOGRAPHIES = ("OA21", "OA11", "LSOA21", "LSOA11", "MSOA21", "MSOA11", "LTLA23", "UTLA23")
AUTHORITY_GEOGRAPHIES = ("LTLA23", "UTLA23")
AUTO = "auto"

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


@dataclass(frozen=True)
class Option:
    """One option of a step; ``kind`` is enum, number, integer, boolean or text; default None: the user has to say."""

    name: str
    kind: str
    default: Any
    title: str
    help: str = ""
    choices: Tuple[str, ...] = ()
    labels: Tuple[str, ...] = ()
    minimum: Optional[float] = None
    maximum: Optional[float] = None

    def check(self, value: Any) -> Any:
        """The value, if it fits; OptionError in words otherwise."""
        if value is None and self.default is None:
            return None
        if self.kind == "enum":
            if value not in self.choices:
                raise OptionError(f"{self.name}: '{value}' is not known; choose from {', '.join(self.choices)}.")
        elif self.kind == "boolean":
            if not isinstance(value, bool):
                raise OptionError(f"{self.name}: must be true or false, not {value!r}.")
        elif self.kind == "text":
            if not isinstance(value, str):
                raise OptionError(f"{self.name}: must be a text, not {value!r}.")
        else:
            return self._check_number(value)
        return value

    def _check_number(self, value: Any) -> float:
        whole = self.kind == "integer"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise OptionError(f"{self.name}: must be a {'whole ' if whole else ''}number, not {value!r}.")
        too_low = self.minimum is not None and value < self.minimum
        too_high = self.maximum is not None and value > self.maximum
        if too_low or too_high or not math.isfinite(value):
            raise OptionError(f"{self.name}: {value} is outside {self.minimum} to {self.maximum}.")
        # 23 and 23.0 are the same setting, and must give a methodology the same digest.
        return value if whole else float(value)


@dataclass(frozen=True)
class Step:
    """One step: the paper's step that it belongs to, its words, its options."""

    id: str
    group: str
    title: str
    summary: str
    options: Tuple[Option, ...] = ()

    def option(self, name: str) -> Option:
        """The option of that name; OptionError if the step has none such."""
        for option in self.options:
            if option.name == name:
                return option
        raise OptionError(f"{name}: '{self.id}' has no such option.")

    def defaults(self) -> Dict[str, Any]:
        """The default of every option, by name."""
        return {option.name: option.default for option in self.options}


def _choice(name: str, default: Optional[str], title: str, words: str, labels: Mapping[str, str]) -> Option:
    return Option(name, "enum", default, title, words, tuple(labels), tuple(labels.values()))


def _number(name: str, default: float, bounds: Tuple[float, float], title: str, words: str = "") -> Option:
    kind = "integer" if isinstance(default, int) else "number"
    return Option(name, kind, default, title, words, minimum=bounds[0], maximum=bounds[1])


def _switch(name: str, default: bool, title: str, words: str = "") -> Option:
    return Option(name, "boolean", default, title, words)


def _text(name: str, title: str, words: str) -> Option:
    return Option(name, "text", "", title, words)


MISSING = _choice(
    "MISSING",
    "exclude",
    "Areas without a value",
    "exclude: no score in that dimension, nor overall (the paper's way). district: what shrinkage draws"
    " the district's areas to, or their mean by residents, stands in, after shrinkage. median: the "
    "middle of the distribution (a normal score of 0) stands in.",
    {
        "exclude": "Leave the area unranked",
        "district": "Use the district's figure",
        "median": "Use the national median (z = 0)",
    },
)
OVER = _choice(
    "OVER",
    "gap",
    "Counts above their population",
    "Up to 5 % more is cut to the population and listed. Above that, gap: the two counts are not of the"
    " same people, so the area has no value, and is listed. cap: cut all the same.",
    {"gap": "No value above 5 % too many", "cap": "Cut to the population"},
)
DIVISOR = _choice(
    "DIVISOR",
    "ranked",
    "Ranks are divided by",
    "ranked: the number of areas with a rank on the measure, plus one, at most all areas: scores reach "
    "from 0 to about 100 however many areas have no value. all: the number of areas, ranked or not.",
    {"ranked": "Areas ranked on the measure", "all": "All areas"},
)
LIVE = _switch(
    "LIVE_POSTCODES_ONLY",
    True,
    "Count live postcodes only",
    "Live postcodes stand for where people live now. A source area without a live postcode uses all of its own.",
)
CONSTANT = _number(
    "CONSTANT",
    23.0,
    (1.0, 1000.0),
    "Scaling constant",
    "The larger, the more low need in one part offsets high need in another. With 23 the neediest tenth"
    " of areas spreads over half of the scores.",
)
MISSING_INDICATORS = _choice(
    "MISSING_INDICATORS",
    "error",
    "Indicators without data",
    "error: stop and list them. leave_out: compute with the rest; every output names what is left out.",
    {"error": "Stop and list them", "leave_out": "Leave them out"},
)
LOW_COVERAGE = _choice(
    "LOW_COVERAGE",
    "error",
    "Indicators that cover few areas",
    "Of an indicator that covers under 65 % of the areas (the methodology's MIN_AVAILABLE). error: stop"
    " and list it. leave_out: compute with the rest; every output names what is left out. keep: compute"
    " with it; by 'exclude' the areas that it does not cover stay unranked.",
    {"error": "Stop and list them", "leave_out": "Leave them out", "keep": "Keep them"},
)
KIND = _choice(
    "KIND",
    "count",
    "What the fields hold",
    "Used with FIELDS. count: numbers of people or things, shared out so that totals stay. mean: means "
    "and rates, averaged. rank: averaged and ranked again.",
    {"count": "Counts", "mean": "Means or rates", "rank": "Ranks"},
)
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
            _number(
                "BLANK_LIMIT",
                0.05,
                (0.0, 1.0),
                "Largest share of blank sources",
                "An LSOA with more than this share of its postcodes in blank source areas gets no value.",
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
            _number("MIN_AVAILABLE", 0.65, (0.0, 1.0), "Smallest share of areas with a value"),
            _number("MIN_NON_ZERO", 0.5, (0.0, 1.0), "Smallest share of values that are not zero"),
            _number("MIN_UNIQUE", 0.5, (0.0, 1.0), "Smallest share of different values"),
            _number("MAX_SKEWNESS", 2.0, (0.0, 1e6), "Largest skewness"),
            _number("MAX_KURTOSIS", 3.5, (0.0, 1e6), "Largest kurtosis, where skewness is large too"),
            _number("MAX_AT_LIMIT", 0.05, (0.0, 1.0), "Largest share of values at one limit"),
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
            _choice(
                "METHOD",
                "logit",
                "Shrinkage",
                "Used with single fields. logit: counts out of a population. rate: open-ended event rates. mean: "
                "means with a standard error. none: the value is copied.",
                {
                    "logit": "Counts out of a population (logit)",
                    "rate": "Event rates (log)",
                    "mean": "Means with a standard error",
                    "none": "None",
                },
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
            _choice(
                "DIRECTION",
                None,
                "A high value of the fields means",
                "Needed with FIELDS, and only then. less: less need, so that they are turned round. need: copied as"
                " they are.",
                {"less": "Less need", "need": "Need"},
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
            _choice(
                "METHOD",
                "equal",
                "Weights",
                "equal: all alike. given: as the methodology says for each parent. maximum_likelihood: loadings of "
                "a one-factor analysis.",
                {
                    "equal": "Equal",
                    "given": "As the methodology says",
                    "maximum_likelihood": "Maximum likelihood factor analysis",
                },
            ),
        ),
    ),
    Step(
        "combineindicators",
        "combine",
        "Combine indicators",
        "Sums the normal scores of each sub-dimension or dimension.",
        (
            _choice(
                "LEVEL",
                "sub_dimension",
                "Level",
                "sub_dimension: sums of normal scores by sub-dimension. dimension: sums of the transformed sub-"
                "dimensions, or of normal scores where a dimension has none.",
                {"sub_dimension": "Sub-dimensions", "dimension": "Dimensions"},
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
            _switch(
                "STAGES",
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
        (_number("SHARE", 0.2, (0.001, 1.0), "Share of areas that are hot spots", "0.2 is the paper's top 20 %."),),
    ),
    Step(
        "summarisebyarea",
        "use",
        "Summarise by area",
        "Sums the need of LSOAs up for wards, parishes, districts or areas drawn by hand.",
        (
            _choice(
                "METHOD",
                "centroid",
                "How LSOAs are assigned to areas",
                "centroid: whole LSOAs, by the mean of their live postcodes (with a data pack) or a point inside. "
                "area_share, postcode_share: LSOAs are split by ground or by live postcodes. lookup: by a table.",
                {
                    "centroid": "Whole, by their centroid",
                    "area_share": "Split by share of ground",
                    "postcode_share": "Split by share of postcodes",
                    "lookup": "By a lookup",
                },
            ),
            _number(
                "TOLERANCE",
                0.05,
                (0.0, 0.49),
                "Sliver tolerance (share of an LSOA)",
                "Boundaries drawn at different detail never meet exactly; shares that differ by less are evened out.",
            ),
            _switch(
                "MEASURE_FIT",
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
        (_switch("LIVE_POSTCODES_ONLY", False, "Leave terminated postcodes unmatched"),),
    ),
    Step(
        "needclusters",
        "use",
        "Clusters of need",
        "Contiguous groups of hot spots, and where neighbours are alike beyond chance: Gi* and local Moran.",
        (
            _number(
                "RATE",
                0.05,
                (0.0001, 0.5),
                "False-discovery rate",
                "Of the areas called significant, the share expected to be so by chance.",
            ),
            _switch(
                "DEPENDENT",
                False,
                "Hold the rate under any dependence",
                "Benjamini and Yekutieli in place of Benjamini and Hochberg: fewer areas are called significant.",
            ),
            _number(
                "DISTANCE",
                25.0,
                (0.0, 5000.0),
                "Largest gap between neighbours",
                "In units of the layer: generalised boundaries do not quite meet.",
            ),
        ),
    ),
    Step(
        "compareresults",
        "use",
        "Compare two results",
        "How far two rankings of the same areas agree, who moved, and why.",
        (_number("SHARE", 0.2, (0.001, 1.0), "Share of areas that are hot spots", "0.2 is the paper's top 20 %."),),
    ),
    Step(
        "rankcertainty",
        "use",
        "Certainty of ranks",
        "How sure each rank and hot spot is, given what counts, weights and the choice of method leave open.",
        (
            _choice(
                "DOUBT",
                "each",
                "What is in doubt",
                "counts: what counts and errors leave open of the figures. weights: the dimensions'. each: both apart, "
                "a column each; rank interval and word go by the counts. all: each, and both together, by which "
                "the rank interval and the word go.",
                {
                    "counts": "Counts",
                    "weights": "Weights",
                    "each": "Counts and weights, apart",
                    "all": "Counts and weights, apart and together",
                },
            ),
            _number("DRAWS", 1000, (20, 20000), "Draws"),
            _number("SEED", 2025, (0, 2**31 - 1), "Seed"),
            _number(
                "SPREAD",
                0.25,
                (0.0, 0.9),
                "Doubt of weights (relative standard deviation of the largest)",
                "0.25: the largest weight is mostly within a half and one and a half times of itself.",
            ),
            _switch(
                "KNOW_NOTHING",
                False,
                "Every set of weights is as likely",
                "Instead of SPREAD: nothing is known of the weights.",
            ),
            _switch(
                "INDICATOR_WEIGHTS",
                False,
                "Weights of indicators too",
                "Of p_weights: the weights inside sub-dimensions and dimensions are in doubt as well.",
            ),
            _switch(
                "METHODS",
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
            _choice(
                "BASELINE",
                "middle",
                "Compared with",
                "middle: an area in the middle of all areas on every indicator. district, region: the mean of the "
                "area's own district or region.",
                {"middle": "The middle of all areas", "district": "The area's district", "region": "The area's region"},
            ),
            _choice(
                "UNIT",
                "composite",
                "Unit",
                "composite: points of the weighted sum of the dimensions, by which areas are ranked. need_score: those "
                "of the final score.",
                {"composite": "Points of the weighted sum", "need_score": "Points of the score"},
            ),
        ),
    ),
    Step(
        "areareport",
        "use",
        "Report for areas",
        "Makes an atlas of pages, ready for a committee, and a report for each area.",
        (
            _choice(
                "KIND",
                "deciles",
                "What the map shows",
                "",
                {"deciles": "Tenths of all areas", "hotspots": "Hot spots: the top 20 %"},
            ),
            _choice("PAPER", "A4", "Paper", "", {"A4": "A4", "A3": "A3"}),
        ),
    ),
    Step(
        "demopack",
        "data",
        "Demonstration pack",
        "Makes a data pack of an invented country, from a seed.",
        (
            _number("AREAS", 33755, (60, 100000), "Number of LSOAs"),
            _number("SEED", 2025, (0, 2**31 - 1), "Seed"),
            _switch("LOW_COVERAGE_INDICATOR", False, "With an indicator that covers one district only"),
        ),
    ),
    Step(
        "importpublished",
        "data",
        "Import a published file",
        "Makes a clean table, and its entry for a data pack, from a file as its publisher ships it.",
        (
            _text(
                "SHEET",
                "Sheet (or file in a zip)",
                "Empty: the finest areas with figures beside them; sheets of the same areas are joined.",
            ),
            _number("HEADER_ROW", 0, (0, 10000), "Row of the header", "0: found by itself."),
            _text(
                "CODE_COLUMN",
                "Column of area codes",
                "Its header, letter or number. Empty: the column whose cells are codes.",
            ),
            _text(
                "NAME_COLUMN",
                "Column of area names",
                "For files without codes: names are matched to the areas of PACK or NAMES. Codes go before names.",
            ),
            _text(
                "VALUE_COLUMNS",
                "Columns of figures, parted by ;",
                "Headers, letters or numbers. Empty: every column of figures.",
            ),
            _choice(
                "GEOGRAPHY",
                "auto",
                "Geography",
                "auto: told from the codes, by the pack where one is given.",
                {AUTO: "From the codes", **dict(zip(GEOGRAPHIES, GEOGRAPHIES))},
            ),
            _text(
                "FILTER",
                "Only rows with column=value, parted by ;",
                "For long tables: period=2024; sex=Total. Empty: each becomes a column.",
            ),
            _text("ENCODING", "Encoding of a text file", "Empty: UTF-8, UTF-16 or Windows-1252, as its bytes tell."),
            _text(
                "SEPARATOR",
                "Separator of a text file",
                "One character, or tab. Empty: the one that shows most codes and figures.",
            ),
            _choice(
                "DECIMAL",
                "auto",
                "Decimal sign",
                "Whether 19,745 is nineteen thousand (point) or under twenty (comma). auto: as other cells tell; "
                "where nothing tells it in a file parted by semicolons, it is asked for.",
                {"auto": "As the cells tell", "point": "Point (19,745.5)", "comma": "Comma (19.745,5)"},
            ),
            _switch(
                "ADD_UP",
                False,
                "Add up the rows of an area",
                "For counts that come in several rows an area, such as patients by practice; not for rates.",
            ),
            _text(
                "WEIGHT",
                "Column of counts to average rates by",
                "For rates of authorities that have merged since; without it those are left empty.",
            ),
            _switch(
                "STORED_RESULTS",
                False,
                "Take the stored results of formulas",
                "Formulas are never computed; without this, columns that hold any are left out.",
            ),
        ),
    ),
    Step(
        "identifysources",
        "data",
        "Which of my files is which",
        "Looks through a folder of published files and tells which indicators each seems to hold.",
    ),
    Step(
        "editpack",
        "data",
        "Edit a data pack",
        "Writes a new data pack from another: with indicators added, replaced or taken out, checked as a whole.",
        (
            _text("PARENT", "Own indicators go under", "Id of a dimension or sub-dimension of the methodology."),
            _text("TITLE", "Title of the own indicator", "Empty: made from its id. Used where one is added."),
            _choice(
                "DIRECTION", "need", "A high value of an own indicator means", "", {"need": "Need", "less": "Less need"}
            ),
            _choice(
                "SHRINKAGE",
                "none",
                "Shrinkage of own indicators",
                "logit: counts out of a population. rate: open-ended event rates. mean: means with a standard error.",
                {
                    "none": "None",
                    "logit": "Counts out of a population",
                    "rate": "Event rates",
                    "mean": "Means with a standard error",
                },
            ),
        ),
    ),
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
