"""Areas given by name alone: matched to codes, with those that several areas share listed and left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from .codes import GEOGRAPHIES
from .header import plain_name

_ORDER = [geography for years in GEOGRAPHIES.values() for geography in years]
_WHOLE = 0.9


@dataclass(frozen=True)
class Matched:
    """The code of each row ('' where none), the geography, and the names that fit none or several areas.

    ``whole``: nearly all areas whose names are known of that geography are met, and fewer of any other.
    """

    codes: Tuple[str, ...]
    geography: Optional[str]
    unknown: Tuple[str, ...]
    ambiguous: Mapping[str, Tuple[str, ...]]
    whole: bool = False


def match(
    names: Sequence[str], known: Mapping[str, Mapping[str, str]], wanted: Optional[str] = None, said: Sequence[str] = ()
) -> Matched:
    """Match names to the areas of one geography: the one of ``known`` (geography -> code -> name) that fits most.

    Small areas are of the geography that the header has ``said``, whatever fits. Of those that fit alike one that is
    there as a whole is taken (of two the one that lacks less), else the newest (of authorities the lower tier): a pack
    may lack names of an older.

    Names are compared without case, accents, punctuation and words such as 'City of'. A name that several
    areas bear is ambiguous: it is listed with the areas, and gets no code.
    """
    tried = {wanted: known.get(wanted, {})} if wanted else known
    plain = {name: plain_name(name) for name in set(names)}
    alike: List[Tuple[int, float]] = []
    best: Optional[Tuple[Tuple[bool, int, bool, float, int], str, Dict[str, List[str]]]] = None
    for geography, areas in tried.items():
        by_name: Dict[str, List[str]] = {}
        for code, name in areas.items():
            by_name.setdefault(plain_name(name), []).append(code)
        fitting = sum(1 for name in plain.values() if name in by_name)
        is_said, share = geography in said, fitting / max(len(by_name), 1)
        whole = share if share > _WHOLE else 0.0
        small = geography not in GEOGRAPHIES["authority"]
        rank = (is_said and small, fitting, is_said, whole, -_ORDER.index(geography))
        alike.append((fitting, whole))
        if fitting and (best is None or rank > best[0]):
            best = (rank, geography, by_name)
    if best is None:
        return Matched(tuple("" for _ in names), None, tuple(sorted(set(names) - {""})), {})
    (_, fitting, _, whole, _), geography, by_name = best
    bearers = {name: sorted(by_name.get(text, ())) for name, text in plain.items()}
    codes = {name: areas[0] if len(areas) == 1 else "" for name, areas in bearers.items()}
    unknown = tuple(sorted(name for name, areas in bearers.items() if name and not areas))
    several = {name: tuple(bearers[name]) for name in dict.fromkeys(names) if len(bearers[name]) > 1}
    alone = whole > 0 and alike.count((fitting, whole)) == 1
    return Matched(tuple(map(codes.__getitem__, names)), geography, unknown, several, alone)
