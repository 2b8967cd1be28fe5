"""What an option of a step is, and how a value is checked against it. Standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .errors import OptionError


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


OVER_CHOICES = ("gap", "cap")
DIVISOR_CHOICES = ("ranked", "all")
MISSING_CHOICES = ("exclude", "district", "median")
MISSING_INDICATORS_CHOICES = ("error", "leave_out")

MISSING = Option(
    "MISSING",
    "enum",
    "exclude",
    "Areas without a value",
    "exclude: no score in that dimension, nor overall (the paper's way). district: what shrinkage draws the district's "
    "areas to, or their mean by residents, stands in, after shrinkage. median: the middle of the distribution (a "
    "normal score of 0) stands in.",
    choices=MISSING_CHOICES,
    labels=("Leave the area unranked", "Use the district's figure", "Use the national median (z = 0)"),
)

OVER = Option(
    "OVER",
    "enum",
    "gap",
    "Counts above their population",
    "Up to 5 % more is cut to the population and listed. Above that, gap: the two counts are not of the same people, "
    "so the area has no value, and is listed. cap: cut all the same.",
    choices=OVER_CHOICES,
    labels=("No value above 5 % too many", "Cut to the population"),
)

DIVISOR = Option(
    "DIVISOR",
    "enum",
    "ranked",
    "Ranks are divided by",
    "ranked: the number of areas with a rank on the measure, plus one, at most all areas: scores reach from 0 to about "
    "100 however many areas have no value. all: the number of areas, ranked or not.",
    choices=DIVISOR_CHOICES,
    labels=("Areas ranked on the measure", "All areas"),
)

LIVE = Option(
    "LIVE_POSTCODES_ONLY",
    "boolean",
    True,
    "Count live postcodes only",
    "Live postcodes stand for where people live now. A source area without a live postcode uses all of its own.",
)

CONSTANT = Option(
    "CONSTANT",
    "number",
    23.0,
    "Scaling constant",
    "The larger, the more low need in one part offsets high need in another. With 23 the neediest tenth of areas "
    "spreads over half of the scores.",
    minimum=1.0,
    maximum=1000.0,
)

MISSING_INDICATORS = Option(
    "MISSING_INDICATORS",
    "enum",
    "error",
    "Indicators without data",
    "error: stop and list them. leave_out: compute with the rest; every output names what is left out.",
    choices=MISSING_INDICATORS_CHOICES,
    labels=("Stop and list them", "Leave them out"),
)

LOW_COVERAGE = Option(
    "LOW_COVERAGE",
    "enum",
    "error",
    "Indicators that cover few areas",
    "Of an indicator that covers under 65 % of the areas (the methodology's MIN_AVAILABLE). error: stop and list it. "
    "leave_out: compute with the rest; every output names what is left out. keep: compute with it; by 'exclude' the "
    "areas that it does not cover stay unranked.",
    choices=("error", "leave_out", "keep"),
    labels=("Stop and list them", "Leave them out", "Keep them"),
)

KIND = Option(
    "KIND",
    "enum",
    "count",
    "What the fields hold",
    "Used with FIELDS. count: numbers of people or things, shared out so that totals stay. mean: means and rates, "
    "averaged. rank: averaged and ranked again.",
    choices=("count", "mean", "rank"),
    labels=("Counts", "Means or rates", "Ranks"),
)
