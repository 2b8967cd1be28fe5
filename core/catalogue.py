"""Every step, declared once in catalogue.json: its options, their bounds and words. Standard library only.

The methodology file is checked against these entries; the Processing parameters, the dock's form and the
help are built from them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

from .errors import MethodologyError, OptionError

GEOGRAPHIES = ("OA21", "OA11", "LSOA21", "LSOA11", "MSOA21", "MSOA11", "LTLA23", "UTLA23")
AUTHORITY_GEOGRAPHIES = ("LTLA23", "UTLA23")
# LSOAs of 2021.
ENGLAND_LSOAS = 33_755


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


def _read() -> Tuple[Mapping[str, str], Tuple[Step, ...]]:
    """Groups and steps of catalogue.json; an option that several steps have stands there once, and goes by its name."""
    parsed = json.loads(Path(__file__).with_name("catalogue.json").read_text(encoding="utf-8"))

    def option(entry: Any) -> Option:
        own = {"name": entry, **parsed["shared"][entry]} if isinstance(entry, str) else dict(entry)
        choices = own.pop("choices", {})
        return Option(**own, choices=tuple(choices), labels=tuple(choices.values()))

    steps = (Step(**{**entry, "options": tuple(map(option, entry["options"]))}) for entry in parsed["steps"])
    return parsed["groups"], tuple(steps)


GROUPS, STEPS = _read()
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
