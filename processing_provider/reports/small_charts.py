"""Small pictures for the quality report: histogram with box as SVG, a map of points as PNG, cells of a matrix."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Dict, Optional

import numpy as np
from qgis.PyQt.QtCore import QBuffer, QIODevice
from qgis.PyQt.QtGui import QColor, QImage

from ...core import words
from ..style import palettes

BINS = 40
WIDTH, HEIGHT, BOX = 240.0, 58.0, 14.0
MAP_WIDTH = 120
# Half a percent at either end may lie so far out that nothing else could be seen.
_SHOWN = (0.5, 99.5)
_REACH = 3.0


def histogram(values: np.ndarray) -> Optional[Dict[str, object]]:
    """Bars and box in a frame of WIDTH x (HEIGHT + BOX); None without values.

    Keys: ``bars`` (x, y, width, height), ``box`` (positions of quartiles, median and whiskers, None for a constant),
    ``low``, ``high`` (the ends of the axis in words), ``beyond`` (values outside of it, counted into the end bars).
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    low, high = np.percentile(known, _SHOWN)
    if known.min() >= low - (high - low) / 4 and known.max() <= high + (high - low) / 4:
        low, high = float(known.min()), float(known.max())
    if high <= low:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(np.clip(known, low, high), bins=BINS, range=(low, high))
    step = WIDTH / BINS
    bars = [
        (place * step, HEIGHT * (1 - count / counts.max()), step * 0.92, HEIGHT * count / counts.max())
        for place, count in enumerate(counts)
        if count
    ]
    return {
        "bars": [tuple(round(float(part), 2) for part in bar) for bar in bars],
        "box": _box(known, low, high),
        "low": words.decimal(low, _places(low, high)),
        "high": words.decimal(high, _places(low, high)),
        "beyond": int(np.count_nonzero((known < low) | (known > high))),
    }


def _places(low: float, high: float) -> int:
    return int(np.clip(2 - np.floor(np.log10(max(high - low, 1e-9))), 0, 4))


def _box(known: np.ndarray, low: float, high: float) -> Dict[str, float]:
    quarter, middle, three = np.percentile(known, [25, 50, 75])
    whiskers = known[(known >= quarter - 1.5 * (three - quarter)) & (known <= three + 1.5 * (three - quarter))]
    ends = {"from": whiskers.min(), "lower": quarter, "median": middle, "upper": three, "to": whiskers.max()}
    return {name: round(float(WIDTH * np.clip((value - low) / (high - low), 0, 1)), 2) for name, value in ends.items()}


@dataclass(frozen=True)
class Ground:
    """Where each area's point falls on a small map, and which pixel takes the colour of which area's."""

    pixel: np.ndarray
    nearest: np.ndarray
    shape: tuple

    @classmethod
    def of_points(cls, x: np.ndarray, y: np.ndarray) -> Optional[Ground]:
        """A ground for points in map units; None if they have no extent. NaN = no point."""
        from scipy.ndimage import distance_transform_edt

        known = ~(np.isnan(x) | np.isnan(y))
        if known.sum() < 3 or np.ptp(x[known]) <= 0 or np.ptp(y[known]) <= 0:
            return None
        scale = (MAP_WIDTH - 4) / np.ptp(x[known])
        height = int(np.clip(scale * np.ptp(y[known]) + 4, 20, 3 * MAP_WIDTH))
        column = np.where(known, (x - x[known].min()) * scale + 1.5, 0).astype(int)
        row = np.where(known, (y[known].max() - y) * (height - 4) / np.ptp(y[known]) + 1.5, 0).astype(int)
        pixel = np.where(known, row * MAP_WIDTH + column, -1)
        empty = np.ones(height * MAP_WIDTH, dtype=bool)
        empty[pixel[known]] = False
        # Large areas have points far apart; the pixels between take the colour of the nearest, within reach.
        distance, (rows, columns) = distance_transform_edt(empty.reshape(height, MAP_WIDTH), return_indices=True)
        reach = max(_REACH, 0.6 * MAP_WIDTH / np.sqrt(known.sum()))
        nearest = np.where(distance <= reach, rows * MAP_WIDTH + columns, -1).ravel()
        return cls(pixel, nearest, (height, MAP_WIDTH))


def thumbnail(values: np.ndarray, ground: Ground) -> str:
    """A small map as a ``data:`` address: darker = higher fifth of the values; grey where no area has one."""
    fifth = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    if known.any():
        edges = np.percentile(values[known], [20, 40, 60, 80])
        fifth[known] = np.searchsorted(edges, values[known], side="left")
    size = ground.shape[0] * ground.shape[1]
    placed = (ground.pixel >= 0) & known
    sums = np.bincount(ground.pixel[placed], weights=fifth[placed], minlength=size)
    counts = np.bincount(ground.pixel[placed], minlength=size)
    classes = np.where(counts > 0, np.rint(sums / np.maximum(counts, 1)), 5).astype(int)
    fills = (*palettes.DECILE_BLUES[::2][::-1], palettes.RANKED_ELSEWHERE, palettes.PAPER)
    colours = np.array([QColor(colour).getRgb()[:3] for colour in fills])
    shown = np.where(ground.nearest >= 0, classes[ground.nearest], 6)
    pixels, (height, width) = colours[shown].astype(np.uint8).tobytes(), ground.shape
    return png_address(QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888))


def png_of(image: QImage) -> bytes:
    """A picture, every colour as it is, as the bytes of a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def png_address(image: QImage) -> str:
    """A picture, every colour as it is, as a ``data:`` address."""
    return f"data:image/png;base64,{base64.b64encode(png_of(image)).decode('ascii')}"


def shade(correlation: float) -> str:
    """The background of a cell of the matrix: warm for positive, blue for negative, paler towards 0."""
    if np.isnan(correlation):
        return palettes.PAPER
    strong = QColor(palettes.ACCENT_WARM if correlation > 0 else palettes.DECILE_BLUES[4])
    share = min(abs(correlation), 1.0) * 0.8
    return QColor(*(round(255 + (part - 255) * share) for part in strong.getRgb()[:3])).name()
