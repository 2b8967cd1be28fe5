"""What the shipped models hold, as data: their inputs, their steps from left to right, and the boxes around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

LEAVE_OUT = {
    "kind": "text",
    "name": "LEAVE_OUT",
    "title": "Parts to leave out",
    "help": "Ids of parts of composites to do without.",
}


@dataclass(frozen=True)
class Child:
    """A step of a model: the algorithm's id, what it is called here, and where each parameter comes from."""

    id: str
    algorithm: str
    title: str
    sources: Dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """A model as data: its inputs, its steps from left to right, and the boxes around neighbouring steps."""

    name: str
    summary: str
    inputs: Tuple[Any, ...]
    chain: Tuple[Child, ...]
    boxes: Tuple[Tuple[str, int, int], ...]
    # By step, what its output is called.
    outputs: Dict[str, str]
    second_row: int = 0


@dataclass(frozen=True)
class Input:
    """A parameter source: an input of the model, the output of a step, or a value that is fixed."""

    name: str


@dataclass(frozen=True)
class Output:
    """The output of an earlier step."""

    child: str
    name: str = "OUTPUT"


def convert_plan() -> Plan:
    """Step 1 on a pack: every kind of geography in turn, each adding its columns to the LSOAs."""
    from hyperlocal_need.core import catalogue
    from hyperlocal_need.processing_provider import parameters as p

    steps = (
        (
            "aggregate",
            "aggregatetolsoa",
            "Output Areas and LSOAs of 2021",
            "Sums OA figures; takes LSOA figures as they are.",
        ),
        ("rebase", "rebaselsoa", "LSOAs of 2011", "By the exact-fit lookup; splits by postcodes."),
        ("apportion", "apportion", "MSOAs and Output Areas of 2011", "By the postcodes that both areas share."),
        ("assign", "assignfromlookup", "Local authorities", "Every LSOA takes its authority's figure."),
    )
    common = {"PACK": Input("PACK"), "METHODOLOGY": Input("METHODOLOGY"), "OVERLAP": Output("overlap")}
    chain = [
        Child(
            "overlap",
            "postcodeoverlap",
            "Postcodes in both years' areas",
            {"PACK": Input("PACK"), "LIVE_POSTCODES_ONLY": Input("LIVE_POSTCODES_ONLY")},
            "Point in polygon for every postcode: the longest step.",
        )
    ]
    for place, (name, algorithm, title, note) in enumerate(steps):
        before = {"AREAS": Output(steps[place - 1][0])} if place else {}
        chain.append(Child(name, algorithm, title, {**common, **before}, note))
    composite = {key: common[key] for key in ("PACK", "METHODOLOGY")}
    leave_out = p.make(LEAVE_OUT)
    chain.append(
        Child(
            "indicators",
            "compositeindicator",
            "Composites of their parts",
            {**composite, "INPUT": Output("assign"), "LEAVE_OUT": Input("LEAVE_OUT")},
            "The parts of a composite become one figure.",
        )
    )
    pack = p.make({"like": "pack", "help": "The pack to convert.", "optional": False})
    live = p.make(p.of_option(catalogue.step("postcodeoverlap").option("LIVE_POSTCODES_ONLY")))
    return Plan(
        "convert",
        "Step 1: every indicator of a data pack on the LSOAs of 2021, with counts, value and provenance. The result is "
        "what the model full_index takes.",
        (pack, p.make({"like": "methodology"}), live, leave_out),
        tuple(chain),
        (("1  Overlap", 0, 0), ("1  Conversion, by the geography of publication", 1, 4), ("3  Composites", 5, 5)),
        {"indicators": "Indicators"},
    )


def scoring_inputs() -> Tuple[Any, ...]:
    """The inputs that the index and each dimension share."""
    from hyperlocal_need.core import catalogue
    from hyperlocal_need.processing_provider import parameters as p

    return (
        p.make(
            {
                "like": "areas",
                "title": "Indicators",
                "help": "LSOAs with, for the id of every indicator, the columns id_num and id_den, or id; "
                "district_code, and for filling gaps region_code and population: as the model convert makes them.",
            }
        ),
        p.make(
            {
                "like": "pack",
                "help": "Not needed where the table says what its figures mean (the columns that end in _meaning), "
                "as the model convert writes it; "
                "else the pack that they come from, which may say that a substitute runs the other way or is "
                "open-ended.",
            }
        ),
        p.make({"like": "methodology"}),
        p.make(LEAVE_OUT),
        p.make(p.of_option(catalogue.step("shrinkage").option("MISSING"))),
        p.make(p.of_option(catalogue.step("combineindicators").option("MISSING_INDICATORS"))),
        p.make({"like": "district", "help": "Code of each area's district."}),
    )


def indicator_steps(branch: Optional[str], composites: bool) -> List[Child]:
    """Steps 3 to 6: composites, shrinkage, direction, normal scores."""
    method = {"METHODOLOGY": Input("METHODOLOGY"), **({"NODE": branch} if branch else {})}
    pack = {"PACK": Input("PACK")}
    chain = []
    if composites:
        chain.append(
            Child(
                "composite",
                "compositeindicator",
                "Composites",
                {"INPUT": Input("INPUT"), "LEAVE_OUT": Input("LEAVE_OUT"), **pack, **method},
                "Parts become one figure; a composite that is there stays.",
            )
        )
    before = Output("composite") if composites else Input("INPUT")
    chain.append(
        Child(
            "shrink",
            "shrinkage",
            "Shrink to the district",
            {"INPUT": before, "MISSING": Input("MISSING"), "DISTRICT_FIELD": Input("DISTRICT_FIELD"), **pack, **method},
            "Counts only. MISSING = district fills gaps here.",
        )
    )
    chain.append(Child("orient", "orient", "High means need", {"INPUT": Output("shrink"), **pack, **method}))
    chain.append(
        Child(
            "normal",
            "normalscores",
            "Normal scores",
            {"INPUT": Output("orient"), "MISSING": Input("MISSING"), **method},
            "MISSING = median fills gaps here.",
        )
    )
    return chain


def sum_steps(branch: Optional[str], levels: Sequence[str]) -> List[Child]:
    """Steps 7 and 8: weights, then for each level the sums and their transformation."""
    method = {"METHODOLOGY": Input("METHODOLOGY"), **({"NODE": branch} if branch else {})}
    chain = [
        Child(
            "weights",
            "indicatorweights",
            "Weights",
            {"INPUT": Output("normal"), "METHOD": "given", **method},
            "As the methodology says; replace it to weigh otherwise.",
        )
    ]
    before = "normal"
    words = {"sub_dimension": "sub-dimensions", "dimension": "dimensions"}
    for level in levels:
        chain.append(
            Child(
                f"sum_{level}",
                "combineindicators",
                f"Sum to {words[level]}",
                {
                    "INPUT": Output(before),
                    "WEIGHTS": Output("weights"),
                    "LEVEL": level,
                    "MISSING_INDICATORS": Input("MISSING_INDICATORS"),
                    **method,
                },
            )
        )
        chain.append(
            Child(
                f"transform_{level}",
                "exponentialtransform",
                f"Transform {words[level]}",
                {"INPUT": Output(f"sum_{level}"), **method},
            )
        )
        before = f"transform_{level}"
    return chain


def index_plan() -> Plan:
    """Steps 3 to 9 and the hot spots."""
    chain = [*indicator_steps(None, True), *sum_steps(None, ("sub_dimension", "dimension"))]
    method = {"METHODOLOGY": Input("METHODOLOGY")}
    chain.append(
        Child(
            "overall", "combinedimensions", "Weigh the dimensions", {"INPUT": Output("transform_dimension"), **method}
        )
    )
    chain.append(
        Child(
            "need",
            "hotspots",
            "Ranks and hot spots",
            {"INPUT": Output("overall"), "DISTRICT_FIELD": Input("DISTRICT_FIELD"), **method},
        )
    )
    return Plan(
        "full_index",
        "Steps 3 to 9: from converted indicators to scores, ranks, deciles, hot spots and classes. Every step can be "
        "replaced. The figures are those of Compute the index.",
        scoring_inputs(),
        tuple(chain),
        (
            ("3-4  Composites and shrinkage", 0, 1),
            ("5-6  Direction and standardisation", 2, 3),
            ("7-8  Weights, sub-dimensions", 4, 6),
            ("7-8  Dimensions", 7, 8),
            ("9  The measure and its hot spots", 9, 10),
        ),
        {"need": "Need"},
        second_row=4,
    )


def dimension_plan(methodology, dimension) -> Plan:
    """Steps 3 to 8 for one dimension, and its hot spots."""
    children = methodology.children(dimension.id)
    nested = children[0].level == "sub_dimension"
    below = [leaf for child in children for leaf in methodology.children(child.id)] if nested else children
    composites = any(node.level == "composite" for node in below)
    levels = ("sub_dimension", "dimension") if nested else ("dimension",)
    chain = [*indicator_steps(dimension.id, composites), *sum_steps(dimension.id, levels)]
    chain.append(
        Child(
            "need",
            "hotspots",
            "Ranks and hot spots",
            {
                "INPUT": Output("transform_dimension"),
                "FIELDS": f"{dimension.id}_exp",
                "DISTRICT_FIELD": Input("DISTRICT_FIELD"),
            },
        )
    )
    inputs = tuple(entry for entry in scoring_inputs() if composites or entry.name() != "LEAVE_OUT")
    first = 2 if composites else 1
    boxes = [
        ("3-4  Composites and shrinkage" if composites else "4  Shrinkage", 0, first - 1),
        ("5-6  Direction and standardisation", first, first + 1),
        ("7-8  Weights, sums, transformation", first + 2, len(chain) - 2),
        ("Hot spots", len(chain) - 1, len(chain) - 1),
    ]
    return Plan(
        f"dimension_{dimension.id}",
        f"Steps 3 to 8 for one dimension, {dimension.title}: from its indicators to {dimension.id}_exp and hot spots.",
        inputs,
        tuple(chain),
        tuple(boxes),
        {"need": dimension.title},
        second_row=first + 2,
    )


def certainty_plan() -> Plan:
    """The index as one step, then how sure its ranks are, and where its hot spots touch."""
    from qgis.core import QgsApplication

    from hyperlocal_need.processing_provider import parameters as p

    options = {
        "computeindex": ("MISSING", "MISSING_INDICATORS"),
        "rankcertainty": ("DOUBT", "DRAWS", "SEED"),
        "needclusters": ("RATE",),
    }
    given = {step: {name: Input(name) for name in names} for step, names in options.items()}
    registry = QgsApplication.processingRegistry()
    # With the help that the algorithms themselves give.
    inputs = [
        registry.algorithmById(f"hyperlocalneed:{step}").parameterDefinition(name).clone()
        for step, names in options.items()
        for name in names
    ]
    method, pack = {"METHODOLOGY": Input("METHODOLOGY")}, {"PACK": Input("PACK")}
    computed = p.make({"like": "pack", "help": "The pack to compute the index of.", "optional": False})
    finished = {"INPUT": Output("need"), **method}
    chain = (
        Child(
            "need",
            "computeindex",
            "Compute the index",
            {**pack, **method, **given["computeindex"], "STAGES": True},
            "With every stage: the next steps read them.",
        ),
        Child(
            "certainty",
            "rankcertainty",
            "How sure the ranks are",
            {**finished, **pack, **given["rankcertainty"]},
            "The pack says which areas share a figure.",
        ),
        Child(
            "clusters",
            "needclusters",
            "Hot spots that touch",
            {**finished, **given["needclusters"]},
            "Beside the certainty: look at both.",
        ),
    )
    return Plan(
        "sure_clusters",
        "From a data pack to need, to how sure each rank is, and to the groups of hot spots that touch. Each is what "
        "the algorithm alone gives.",
        (computed, p.make({"like": "methodology"}), *inputs),
        chain,
        (("1-9  The index", 0, 0), ("How sure", 1, 1), ("Clusters", 2, 2)),
        {"need": "Need", "certainty": "Certainty", "clusters": "Clusters"},
    )


def plans() -> List[Plan]:
    """Every shipped model: conversion, the index, its dimensions by the default methodology, certainty and clusters."""
    from hyperlocal_need.core import methodology as methodologies
    from hyperlocal_need.processing_provider.face import DEFAULT_METHODOLOGY

    methodology = methodologies.load(DEFAULT_METHODOLOGY)
    dimensions = [dimension_plan(methodology, node) for node in methodology.dimensions]
    return [convert_plan(), index_plan(), *dimensions, certainty_plan()]
