"""Areas given by name alone: matched to codes, with those that several areas share listed and left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from .header import plain_name


@dataclass(frozen=True)
class Matched:
    """The code of each row ('' where none), the geography, and the names that fit none or several areas."""

    codes: Tuple[str, ...]
    geography: Optional[str]
    unknown: Tuple[str, ...]
    ambiguous: Mapping[str, Tuple[str, ...]]


def match(names: Sequence[str], known: Mapping[str, Mapping[str, str]], wanted: Optional[str] = None) -> Matched:
    """Match names to the areas of one geography: the one of ``known`` (geography -> code -> name) that fits most.

    Names are compared without case, accents, punctuation and words such as 'City of'. A name that several
    areas bear is ambiguous: it is listed with the areas, and gets no code.
    """
    tried = {wanted: known.get(wanted, {})} if wanted else known
    plain = {name: plain_name(name) for name in set(names)}
    best: Optional[Tuple[Tuple[int, float], str, Dict[str, List[str]]]] = None
    for geography, areas in tried.items():
        by_name: Dict[str, List[str]] = {}
        for code, name in areas.items():
            by_name.setdefault(plain_name(name), []).append(code)
        fitting = sum(1 for name in plain.values() if name in by_name)
        # Where two fit alike, the file is of the one that lacks fewer of its own areas.
        rank = (fitting, fitting / max(len(by_name), 1))
        if fitting and (best is None or rank > best[0]):
            best = (rank, geography, by_name)
    if best is None:
        return Matched(tuple("" for _ in names), None, tuple(sorted(set(names) - {""})), {})
    _, geography, by_name = best
    bearers = {name: sorted(by_name.get(text, ())) for name, text in plain.items()}
    codes = {name: areas[0] if len(areas) == 1 else "" for name, areas in bearers.items()}
    unknown = tuple(sorted(name for name, areas in bearers.items() if name and not areas))
    several = {name: tuple(bearers[name]) for name in dict.fromkeys(names) if len(bearers[name]) > 1}
    return Matched(tuple(map(codes.__getitem__, names)), geography, unknown, several)
