"""The report's charts, as SVG in ``data:`` addresses that an image element takes; no window and no pyplot."""

from __future__ import annotations

import base64
import io
from typing import Mapping, Optional, Sequence, Tuple

import numpy as np

from ...core import words
from ...core.errors import NeedError
from ..dependencies import how_to_install
from ..style import palettes

WIDTH_INCHES = 8.6
ROW_INCHES = 0.26
# Letters of a name; a longer one leaves a chart no room.
LONGEST = 40
SERIES_COLOURS = (palettes.ACCENT_WARM, palettes.DECILE_BLUES[5], palettes.INK)
SERIES_MARKERS = ("o", "D", "|")


def _new_figure(height: float):
    """A figure and its one pair of axes; matplotlib is imported here, for QGIS must start without it."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise NeedError(f"The charts need the Python package matplotlib. {how_to_install(['matplotlib'])}") from error
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(palettes.RULE)
    axes.tick_params(length=0, labelsize=9, colors=palettes.MUTED_INK)
    axes.set_axisbelow(True)
    return figure, axes


def _address(figure) -> str:
    """The figure as a ``data:`` address; equal figures give equal addresses, and no viewer needs the font."""
    from matplotlib import rc_context

    drawn = io.BytesIO()
    # matplotlib has no other way to say this; it touches nothing but the names of clipping paths in SVG.
    with rc_context({"svg.hashsalt": "hyperlocal_need"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode('ascii')}"


def _name_rows(axes, labels: Sequence[str]) -> None:
    """Rows from the top, named at the left."""
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelcolor=palettes.INK)
    axes.set_ylim(len(labels) - 0.4, -0.6)


def dot_plot(
    labels: Sequence[str],
    values: Sequence[float],
    *,
    axis_title: str,
    reference: Optional[float] = None,
    reference_title: str = "",
    as_percent: bool = False,
) -> str:
    """One dot a row on a line from zero; ``reference`` is a dashed line that they are read against."""
    figure, axes = _new_figure(0.75 + ROW_INCHES * len(labels))
    rows = np.arange(len(labels))
    axes.hlines(rows, 0, values, color=palettes.DECILE_BLUES[8], linewidth=2.5)
    axes.plot(values, rows, "o", color=palettes.ACCENT, markersize=6.5)
    write = words.percent if as_percent else words.decimal
    beside = {"textcoords": "offset points", "fontsize": 8.5}
    for row, value in enumerate(values):
        axes.annotate(write(value), (value, row), xytext=(7, 0), va="center", color=palettes.INK, **beside)
    if reference is not None:
        axes.axvline(reference, color=palettes.MUTED_INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        title, place = f"{reference_title} {write(reference)}", {"xycoords": ("data", "axes fraction")}
        axes.annotate(title, (reference, 1), xytext=(4, 2), color=palettes.MUTED_INK, **beside, **place)
    _name_rows(axes, labels)
    if as_percent:
        axes.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.set_xlim(left=0, right=1.1 * max([*values, reference or 0.0, 1e-9]))
    axes.set_xlabel(axis_title, fontsize=9, color=palettes.MUTED_INK)
    return _address(figure)


def profile_chart(titles: Sequence[str], series: Mapping[str, Sequence[float]], *, axis_title: str) -> str:
    """A district beside its region and the whole: one row a dimension, one mark a place, joined by a line."""
    figure, axes = _new_figure(1.15 + 0.42 * len(titles))
    table = np.array(list(series.values()), dtype=float)
    rows = np.arange(len(titles))
    axes.hlines(rows, np.nanmin(table, axis=0), np.nanmax(table, axis=0), color=palettes.RULE, linewidth=2.5)
    marks = list(zip(SERIES_COLOURS, SERIES_MARKERS))[-len(series) :]
    for (place, scores), (colour, marker) in zip(series.items(), marks):
        edge = 2.4 if marker == "|" else 0.8
        axes.plot(
            scores,
            rows,
            marker,
            color=colour,
            label=place if len(place) <= LONGEST else f"{place[:LONGEST]}…",
            linestyle="none",
            markersize=15 if marker == "|" else 8,
            markeredgewidth=edge,
            markeredgecolor=colour if marker == "|" else palettes.PAPER,
        )
    _name_rows(axes, titles)
    axes.set_xlim(left=0)
    axes.grid(axis="x", color=palettes.RULE, linewidth=0.6)
    axes.set_xlabel(axis_title, fontsize=9, color=palettes.MUTED_INK)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(series),
        frameon=False,
        fontsize=9,
        labelcolor=palettes.INK,
        handletextpad=0.3,
        borderaxespad=0.2,
    )
    return _address(figure)


def coverage_curves(lines: Mapping[str, Tuple[Sequence[float], Sequence[float]]], chosen: float) -> bytes:
    """A PNG: share of the people in need against share of all people, a line a way; ``chosen`` is marked upright."""
    figure, axes = _new_figure(5.0)
    for (title, (people, need)), colour, dashes in zip(
        lines.items(), (*SERIES_COLOURS, palettes.MUTED_INK), "- -- : -.".split()
    ):
        axes.plot([0.0, *people], [0.0, *need], color=colour, linestyle=dashes, linewidth=2, label=title)
    axes.axvline(chosen, color=palettes.MUTED_INK, linewidth=1)
    for axis, title in ((axes.xaxis, "All people, in the areas chosen so far"), (axes.yaxis, "People in need reached")):
        axis.set_major_formatter(lambda value, _: words.percent(value, 0))
        axis.set_label_text(title, fontsize=9, color=palettes.MUTED_INK)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(color=palettes.RULE, linewidth=0.6)
    axes.legend(loc="lower right", frameon=False, fontsize=9, labelcolor=palettes.INK)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=150, metadata={"Software": None})
    return drawn.getvalue()
