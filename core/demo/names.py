"""Codes and names of the invented country; none of them is English."""

from __future__ import annotations

from typing import List, Set

import numpy as np

from ..arrays import Array

PREFIXES = {"OA": "X00", "LSOA": "X01", "MSOA": "X02", "LTLA": "X07", "UTLA": "X10", "RGN": "X12"}
_ONSETS = "b br c d dr f fl g gr h k l m n p pr qu r s sk sv t tr v vl z".split()
_MIDDLES = "b d dr g l ld lm m n nd nt r rk rn s st t v z".split()
_VOWELS = "a e i o u a e o ae ei ou".split()
_ENDS = "dar den dis gan gor las len lin mar mir nath nor ra rel ris ros san tal tis tor vel ven vis".split()


def codes(level: str, numbers: Array) -> Array:
    """Codes such as X01000001 for numbers from 0."""
    prefix = PREFIXES[level]
    return np.array([f"{prefix}{number + 1:06d}" for number in np.asarray(numbers).tolist()], dtype=object)


def invent_names(rng: np.random.Generator, count: int, taken: Set[str]) -> List[str]:
    """``count`` pronounceable names that are not in ``taken``, which grows by them."""
    names: List[str] = []
    while len(names) < count:
        pick = [rng.integers(len(pieces)) for pieces in (_ONSETS, _VOWELS, _MIDDLES, _VOWELS, _ENDS)]
        onset, vowel, middle, second, end = (
            pieces[place] for pieces, place in zip((_ONSETS, _VOWELS, _MIDDLES, _VOWELS, _ENDS), pick)
        )
        name = (onset + vowel + end if rng.random() < 0.35 else onset + vowel + middle + second + end).capitalize()
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


def lengthened(rng: np.random.Generator, names: List[str], taken: Set[str]) -> Array:
    """The names, one in twenty (the second is the first of them) of 60 characters or more, one in five middling.

    They have what names have: apostrophes, commas, hyphens, accents. The parts are drawn beside ``rng``, which stays
    where it was.
    """
    beside = np.random.Generator(rng.bit_generator.jumped())  # type: ignore[attr-defined]
    long = list(names)
    for place, name in enumerate(names):
        if place % 20 == 1:
            parts = invent_names(beside, 3, taken)
            long[place] = f"King's {name}-upon-{parts[0]}, Côte-d'{parts[1]} and the Peninsula of {parts[2]}"
        elif place % 5 == 3:
            long[place] = f"Saint {name}'s and {invent_names(beside, 1, taken)[0]}-le-Pré"
    return np.array(long, dtype=object)


def lsoa_names(district_names: Array, district: Array, msoa: Array) -> Array:
    """Names such as "Velmora 013A": the district's, the MSOA's number in it, the LSOA's letter in that.

    ``district`` and ``msoa`` number every LSOA's areas from 0, in ascending order.
    """
    first_of_msoa = np.searchsorted(msoa, msoa)
    first_msoa = msoa[np.searchsorted(district, district)]
    letters = [_letters(place) for place in (np.arange(len(msoa)) - first_of_msoa).tolist()]
    numbers = (msoa - first_msoa + 1).tolist()
    names = [f"{district_names[d]} {n:03d}{text}" for d, n, text in zip(district.tolist(), numbers, letters)]
    return np.array(names, dtype=object)


def _letters(place: int) -> str:
    """A to Z, then AA, AB and on."""
    text = chr(ord("A") + place % 26)
    return text if place < 26 else _letters(place // 26 - 1) + text


def postcodes(districts: Array, rng: np.random.Generator) -> Array:
    """Unique codes such as "XB7 4QD", in the order of ``districts``, the (ascending) district of each.

    Every district has its own first part, or several; the second parts run in a shuffled order.
    """
    start = np.searchsorted(districts, districts)
    within = np.arange(len(districts)) - start
    sizes = np.bincount(districts)
    outward_needed = -(-sizes // 6760)
    outward = (np.cumsum(outward_needed) - outward_needed)[districts] + within // 6760
    inward = rng.permutation(6760)[within % 6760]
    text = np.empty((len(districts), 8), dtype=np.uint8)
    text[:, 0] = ord("X")
    text[:, 1] = ord("A") + outward % 26
    text[:, 2:4] = ord("0") + np.column_stack([outward // 260 % 10, outward // 26 % 10])
    text[:, 4] = ord(" ")
    text[:, 5] = ord("0") + inward // 676
    text[:, 6:8] = ord("A") + np.column_stack([inward // 26 % 26, inward % 26])
    return text.view("S8").ravel().astype("U8").astype(object)
