"""Pictures as a grey copier and the colour-blind have them, and whether their classes can still be told apart.

Protanopia and deuteranopia: the matrices of Machado, Oliveira and Fernandes, A physiologically-based model for
simulation of color vision deficiency, IEEE Transactions on Visualization and Computer Graphics 15 (2009), severity 1,
on linear RGB. Grey: relative luminance (Rec. 709). Differences are CIE 1976 (L*, a*, b*) under D65; one of 2.3 is just
noticeable (Mahy, Van Eycken and Oosterlinck, Color Research and Application 19, 1994).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from qgis.PyQt.QtGui import QColor, QImage

# Three times what is just noticeable.
APART = 7.0
EYES = {
    "all colours": np.eye(3),
    "grey": np.array([[0.2126, 0.7152, 0.0722]] * 3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def pixels(picture: QImage) -> np.ndarray:
    """Height x width x red, green, blue, each 0 to 255."""
    plain = picture.convertToFormat(QImage.Format.Format_RGBX8888)
    bits = plain.constBits()
    bits.setsize(plain.sizeInBytes())
    return np.frombuffer(bits, dtype=np.uint8).reshape(plain.height(), plain.width(), 4)[:, :, :3].copy()


def seen_by(rgb: np.ndarray, eye: str) -> np.ndarray:
    """Colours as that eye has them, again 0 to 255."""
    part = rgb / 255.0
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ EYES[eye].T
    linear = np.clip(linear, 0.0, 1.0)
    return np.rint(255.0 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def lab(rgb: np.ndarray) -> np.ndarray:
    """L*, a*, b* of one colour of sRGB."""
    part = np.asarray(rgb) / 255.0
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    ratio = (_XYZ @ linear) / _XYZ.sum(axis=1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def too_alike(picture: QImage, colours, least_pixels: int = 40):
    """Pairs of ``colours`` that an eye can hardly tell apart, as the picture has them: (eye, one, other, difference).

    AssertionError names a colour that the picture does not hold.
    """
    found = pixels(picture)
    where = {}
    for colour in colours:
        wanted = QColor(colour)
        mask = (found == [wanted.red(), wanted.green(), wanted.blue()]).all(axis=2)
        assert mask.sum() >= least_pixels, f"{colour} is not in the picture"
        where[colour] = mask
    faults = []
    for eye in EYES:
        middles = {colour: lab(seen_by(found[mask][:1], eye)[0]) for colour, mask in where.items()}
        for one, other in combinations(colours, 2):
            difference = float(np.linalg.norm(middles[one] - middles[other]))
            if difference < APART:
                faults.append((eye, one, other, round(difference, 1)))
    return faults


def hatching(picture: QImage, ground: str, line: str) -> float:
    """How far lines of one colour lie from the ground they are drawn on, to the eye that sees the least of it.

    A slanted line is never of its own colour alone: pixels count that lie at least half way from ground to line.
    0.0 where there are fewer than forty.
    """
    found = pixels(picture).astype(float)
    start, end = (np.array(QColor(one).getRgb()[:3], dtype=float) for one in (ground, line))
    along = end - start
    part = (found - start) @ along / (along @ along)
    lines = (part >= 0.5) & (np.abs(found - start - part[:, :, None] * along).max(axis=2) < 4)
    if lines.sum() < 40:
        return 0.0
    drawn = found[lines][np.argsort(part[lines])[lines.sum() // 2]]
    return min(float(np.linalg.norm(lab(seen_by(drawn, eye)) - lab(seen_by(start, eye)))) for eye in EYES)
