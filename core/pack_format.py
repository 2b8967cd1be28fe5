"""The grammar of ``pack.json``: which keys there are, of what type, and the entries of indicators as objects."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from . import strict_json
from .catalogue import AUTHORITY_GEOGRAPHIES, GEOGRAPHIES
from .errors import PackError
from .methodology import DIRECTIONS

# From what the methodology asks for to what is furthest from it.
STATUSES = tuple(strict_json.GRAMMARS["pack.entry"]["status"])
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:/(\d{2}))?(?!\d)")
PARENT_GEOGRAPHIES = GEOGRAPHIES + ("RGN23", "WD24", "WD25")


@dataclass(frozen=True)
class Counts:
    """A count: columns of a table to sum, at a geography."""

    file: str
    geography: str
    code: str
    columns: Tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What a pack gives for one indicator: counts, a value, or a change between two counts.

    ``scale`` multiplies the value and its standard error, or the numerator: it brings the table's figures to ``unit``.
    ``design_effect`` multiplies the variance of a survey's counts. ``last_possible_date``: the series ends with it.
    """

    id: str
    file: str
    geography: str
    code: str
    numerator: Optional[Counts] = None
    denominator: Optional[Counts] = None
    value: Optional[str] = None
    weight: Optional[str] = None
    standard_error: Optional[str] = None
    change: Optional[Mapping[str, Counts]] = None
    status: str = "as specified"
    high_is: Optional[str] = None
    unbounded: bool = False
    net_of: Optional[str] = None
    note: str = ""
    source: str = ""
    date: str = ""
    title: str = ""
    unit: str = ""
    scale: float = 1.0
    design_effect: float = 1.0
    last_possible_date: str = ""

    @property
    def geographies(self) -> Tuple[str, ...]:
        """The geographies of its tables, its own first."""
        counts = (self.numerator, self.denominator, *(self.change or {}).values())
        return tuple(dict.fromkeys([self.geography, *(one.geography for one in counts if one is not None)]))


def figures_in(entries: Iterable[Entry], file: str, code: str) -> List[str]:
    """The columns of figures that entries name in a table of these codes, each once."""
    found: Dict[str, None] = {}
    for entry in entries:
        for counts in filter(None, (entry.numerator, entry.denominator, *(entry.change or {}).values())):
            if (counts.file, counts.code) == (file, code):
                found.update(dict.fromkeys(counts.columns))
        if (entry.file, entry.code) == (file, code):
            found.update(dict.fromkeys(filter(None, (entry.value, entry.weight, entry.standard_error))))
    return list(found)


_check = partial(strict_json.check, error=PackError)
_APART = {"numerator", "denominator", "change", "high_is", "se"}


def check(spec: Mapping[str, Any]) -> Dict[str, Entry]:
    """Check a parsed pack.json whole and give its indicator entries; PackError names the path of a fault."""
    _check("pack.json", spec, "pack")
    if spec["format"] != 1:
        raise PackError(f"pack.json: format {spec['format']} is not known; this version reads format 1.")
    for geography, place in spec["boundaries"].items():
        _geography(f"boundaries.{geography}", geography, PARENT_GEOGRAPHIES)
        _check(f"boundaries.{geography}", place, "pack.boundaries")
    _check_lookups(spec["lookups"])
    _check_population(spec["population"])
    if "postcodes" in spec:
        _check("postcodes", spec["postcodes"], "pack.postcodes")
    return {name: _entry(name, entry) for name, entry in spec["indicators"].items()}


def _check_lookups(lookups: Mapping[str, Any]) -> None:
    for geography, lookup in lookups.items():
        path = f"lookups.{geography}"
        _geography(path, geography, GEOGRAPHIES)
        _check(path, lookup, "pack.lookup")
        for parent, source in lookup.get("parents", {}).items():
            _geography(f"{path}.parents.{parent}", parent, PARENT_GEOGRAPHIES)
            _check(f"{path}.parents.{parent}", source, "pack.parent")
        if "exact_fit" in lookup:
            _check(f"{path}.exact_fit", lookup["exact_fit"], "pack.exact_fit")
    if "LSOA21" not in lookups:
        raise PackError("lookups.LSOA21: missing; it says which areas there are, and their districts.")
    for parent in ("LTLA23", "RGN23"):
        source = lookups["LSOA21"].get("parents", {}).get(parent)
        if source is None or "name" not in source:
            raise PackError(f"lookups.LSOA21.parents.{parent}: missing, or without a name column.")


def _check_population(population: Mapping[str, Any]) -> None:
    own = {key: value for key, value in population.items() if key not in GEOGRAPHIES}
    _check("population", own, "pack.population")
    for geography in set(population) - set(own):
        _check(f"population.{geography}", population[geography], "pack.population")


def _entry(name: str, entry: Any) -> Entry:
    path = f"indicators.{name}"
    _check(path, entry, "pack.entry")
    _geography(f"{path}.geography", entry["geography"], GEOGRAPHIES)
    forms = [key for key in ("numerator", "value", "change") if key in entry]
    if len(forms) != 1 or ("denominator" in entry) != ("numerator" in entry):
        raise PackError(f"{path}: give one of numerator with denominator, value, or change.")
    if "se" in entry and "standard_error" in entry:
        raise PackError(f"{path}.se: the same as standard_error; give one of them.")
    for key in ("weight", "standard_error", "se"):
        if key in entry and "value" not in entry:
            raise PackError(f"{path}.{key}: belongs to a value; counts carry their own weight.")
    _check_figures(path, entry)
    plain = {key: value for key, value in entry.items() if key not in _APART}
    if "se" in entry:
        plain["standard_error"] = entry["se"]
    high_is = DIRECTIONS[0 if entry["high_is"] == "need" else 1] if "high_is" in entry else None
    change = _change(path, entry)
    counts: Dict[str, Any] = {
        key: _counts(f"{path}.{key}", entry, entry[key]) for key in ("numerator", "denominator") if key in entry
    }
    _check_authorities(path, entry["geography"], [*counts.values(), *(change or {}).values()])
    return Entry(id=name, high_is=high_is, change=change, **counts, **plain)


def _check_figures(path: str, entry: Mapping[str, Any]) -> None:
    """Units and doubts: a scale is positive, and has something to multiply; a design effect is 0 or more."""
    scale, effect = entry.get("scale", 1.0), entry.get("design_effect", 1.0)
    if not (math.isfinite(scale) and scale > 0):
        raise PackError(f"{path}.scale: {scale} is no factor; a number above 0 is needed, such as 1000000.")
    if "scale" in entry and "change" in entry:
        raise PackError(f"{path}.scale: a change is a percentage whatever the unit of its two figures; leave it out.")
    if not (math.isfinite(effect) and effect >= 0):
        raise PackError(f"{path}.design_effect: {effect} is no factor of a variance; a number from 0 is needed.")


def vintage(date: str, asked: str) -> str:
    """``older`` where every year in a date is before all that are asked for, ``newer`` where one is after; else ''."""
    own, wanted = (_years(date), _years(asked))
    if not own or not wanted:
        return ""
    return "older" if max(own) < min(wanted) else "newer" if max(own) > max(wanted) else ""


def _years(text: str) -> List[int]:
    """The years in a date; 2022/23 is both."""
    return [year for first, last in _YEAR.findall(text) for year in (int(first), int(first[:2] + (last or first[2:])))]


def _check_authorities(path: str, geography: str, counts: Sequence[Counts]) -> None:
    """Counts of authorities are spread, not shared out: a ratio with counts of smaller areas would mean nothing."""
    geographies = {geography, *(one.geography for one in counts)}
    if len(geographies) > 1 and geographies & set(AUTHORITY_GEOGRAPHIES):
        raise PackError(
            f"{path}: mixes {', '.join(sorted(geographies))}; counts for authorities must be over counts for the same."
        )


def _change(path: str, entry: Mapping[str, Any]) -> Optional[Dict[str, Counts]]:
    if "change" not in entry:
        return None
    change = entry["change"]
    _check(f"{path}.change", change, "pack.change")
    if ("from_denominator" in change) != ("to_denominator" in change):
        raise PackError(f"{path}.change: give both from_denominator and to_denominator, or neither.")
    return {key: _counts(f"{path}.change.{key}", entry, value) for key, value in change.items()}


def _counts(path: str, entry: Mapping[str, Any], value: Any) -> Counts:
    place, columns = entry, value
    if isinstance(value, dict):
        _check(path, value, "pack.counts")
        _geography(f"{path}.geography", value["geography"], GEOGRAPHIES)
        place, columns = value, value["column"]
    columns = (columns,) if isinstance(columns, str) else tuple(columns)
    if not columns:
        raise PackError(f"{path}: names no column.")
    for column in columns:
        strict_json.check_kind(path, column, "text", PackError)
    return Counts(place["file"], place["geography"], place["code"], columns)


def files(spec: Mapping[str, Any]) -> Iterator[str]:
    """Every file name in a checked pack.json, as often as it is mentioned."""
    for key, value in spec.items():
        if key == "file":
            yield value
        elif isinstance(value, dict):
            yield from files(value)


def _geography(path: str, geography: str, known: Tuple[str, ...]) -> None:
    if geography not in known:
        raise PackError(f"{path}: the geography '{geography}' is not known; known are {', '.join(known)}.")
