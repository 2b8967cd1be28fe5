"""The colours and classes of maps, charts, reports and the dock. No QGIS here, and nothing that may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

# Blues of evenly spaced CIELAB lightness, darkest first: the order survives every colour blindness and a grey copier.
DECILE_BLUES = tuple("#06214f #08356f #084a91 #1c62a8 #2e7cb9 #4d95c8 #6baed6 #9bc4df #c4dbea #eaf3fb".split())
# Greens for ranks inside a district, so that nobody takes a local map for a national one.
LOCAL_GREENS = tuple("#00352f #004a40 #006152 #0c7865 #209079 #40a78d #66bda1 #8ed3b8 #bee6d4 #eef8f2".split())
HOT_SPOT_BANDS = ("#67120a", "#b32f0e", "#e56f28", "#f9b872")
MISSION_PURPLES = ("#3f0f6b", "#9575c3", "#ece8f4")

# The other of two, and what lies low among high: distinct from the bands of hot spots for the colour-blind too.
COMPARED = ("#2166ac", "#92c5de")
RANKED_ELSEWHERE = "#e6e8eb"
UNRANKED_FILL = "#f4f4f2"
UNRANKED_HATCH = "#a9a9a4"
UNRANKED_LABEL = "Not ranked"

OUTLINE = "#ffffff"
COUNTRY_OUTLINE = "#6b7680"
PAPER = "#ffffff"
INK = "#1b2733"
MUTED_INK = "#56626e"
RULE = "#cfd5da"
WARNING_INK = "#8a2c0d"
WARNING_FILL = "#fdf3ec"
# The area, its district, its region, all areas: four tones that differ on a grey copier too.
PLACES = (DECILE_BLUES[1], DECILE_BLUES[5], DECILE_BLUES[7], "#9aa3ab")
ACCENT = DECILE_BLUES[2]
ACCENT_WARM = HOT_SPOT_BANDS[2]

# The dock's own, beside those of the maps: what is not there, what the method does not use, lines over what is unsure.
ABSENT, BEYOND, UNSURE_HATCH = "#c8442a", "#7f7f7f", "#8d8d88"
# Bars of less need and of more, and a mark's ink and rim, on the theme's light ground (False) and on its dark one.
BARS = {False: (DECILE_BLUES[4], HOT_SPOT_BANDS[1]), True: (DECILE_BLUES[6], "#f08a4b")}
MARKS = {False: ("#1b1b1b", PAPER), True: ("#e0e0e0", "#2b2b2b")}
# Round the area that is picked: seen on every colour of the map.
PICKED, PICKED_HALO = "#111111", "#ffd84d"


@dataclass(frozen=True)
class ClassStyle:
    """One class of a map: the value that the renderer's expression gives, its label, its colour, and lines over it.

    ``hatch``: the distance of the lines in mm, 0 for none.
    """

    value: object
    label: str
    colour: str
    hatch: float = 0.0


def _numbered(colours: Tuple[str, ...]) -> Tuple[ClassStyle, ...]:
    """Classes 1 to n, 1 = highest need; the first and the last are said in words."""
    words = {1: "1  highest need", len(colours): f"{len(colours)}  lowest need"}
    return tuple(
        ClassStyle(number, words.get(number, str(number)), colour) for number, colour in enumerate(colours, start=1)
    )


# Of all areas, of the areas of a district, and of the districts by average score.
DECILES, LOCAL_DECILES, FIFTHS = _numbered(DECILE_BLUES), _numbered(LOCAL_GREENS), _numbered(DECILE_BLUES[1::2])
LOCAL_HOT_SPOTS = (
    ClassStyle(1, "Top fifth of its district", LOCAL_GREENS[2]),
    ClassStyle(0, "Other areas", RANKED_ELSEWHERE),
)


def hot_spot_classes(share: float = 0.2, noun: str = "areas") -> Tuple[ClassStyle, ...]:
    """Four equal bands of the top ``share`` by rank (classes 1 to 4), and all other ranked areas (5)."""
    edges = [f"{100 * share * band / len(HOT_SPOT_BANDS):.3g}" for band in range(len(HOT_SPOT_BANDS) + 1)]
    bands = [f"Top {edges[1]} %"] + [f"Top {low} to {high} %" for low, high in zip(edges[1:], edges[2:])]
    classes = [ClassStyle(number, bands[number - 1], colour) for number, colour in enumerate(HOT_SPOT_BANDS, start=1)]
    return (*classes, ClassStyle(len(HOT_SPOT_BANDS) + 1, f"Other {noun}", RANKED_ELSEWHERE))


def mission_classes() -> Tuple[ClassStyle, ...]:
    """The three classes of the overall score, from the highest need to the lowest."""
    # Asked for here: the dock takes its colours from this file where numpy is missing.
    from ...core.steps.classify import LOWEST_CLASS, MISSION_CLASSES

    lowest_limit = MISSION_CLASSES[-1][0]
    words = [(name, f"{name} (over {limit:g})") for limit, name in MISSION_CLASSES]
    words.append((LOWEST_CLASS, f"{LOWEST_CLASS} (up to {lowest_limit:g})"))
    return tuple(ClassStyle(name, label, colour) for (name, label), colour in zip(words, MISSION_PURPLES))
