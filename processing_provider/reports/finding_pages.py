"""Pages of tables about a finding: how sure ranks are, and why one area has its score."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Sequence

import pandas as pd

from ...core import words
from ...core.findings.certainty import LIKELY, OPEN, SURE
from ..io import about
from ..style import palettes
from . import report

TEMPLATE = "finding.html.j2"
DISTRICTS_SHOWN = 10
LEAST_LSOAS = 10


class Row(NamedTuple):
    """A row of a table: its cells as texts, the first its heading; ``mark`` the class that it is drawn by."""

    cells: Sequence[str]
    mark: str = ""


def section(
    heading: str, said: Sequence[str], columns: Sequence[str] = (), rows: Sequence[Row] = (), red: bool = False
) -> Dict[str, Any]:
    """A part of a page; ``red``: figures below 0 are drawn so."""
    return {"heading": heading, "words_": list(said), "columns": columns, "rows": list(rows), "red": red}


def table(
    heading: str,
    said: Sequence[str],
    columns: Mapping[str, Callable[[Any], str]],
    lines: Iterable[Any],
    *,
    mark: Callable[[Any], str] = lambda line: "",
    red: bool = False,
) -> Dict[str, Any]:
    """A part of a page with a row a line: ``columns`` say by heading what stands in its cells."""
    rows = [Row([say(line) for say in columns.values()], mark(line)) for line in lines]
    return section(heading, said, list(columns), rows, red)


def page(result, title: str, lead: Sequence[str], sections: List[Dict[str, Any]]) -> str:
    """One HTML file, with the warning and the sources that go with every figure."""
    content = {
        "colours": palettes,
        "title": title,
        "index_title": result.methodology.index.title,
        "lead": lead,
        "warning": result.methodology.warning,
        "sections": sections,
        "credits": about.of_result(result).credits(),
    }
    return report.render(TEMPLATE, content)


def signed(number: float, places: int = 2) -> str:
    """A figure with its sign, as a sum has it; a dash where there is none."""
    if words.is_missing(number):
        return words.MISSING
    sign = "−" if number < 0 else "+"
    return f"{sign}{abs(number):,.{places}f}"


def certainty_page(result, areas: pd.DataFrame, moves: pd.DataFrame, lead: Sequence[str]) -> str:
    """The report of ``rankcertainty``: what was drawn, counts by word, districts, and what moves ranks."""
    hot, rest = areas[areas["hotspot"].fillna(0) == 1], areas[areas["hotspot"].fillna(1) == 0]
    titles = {"p_counts": "counts", "p_weights": "weights", "p_all": "counts and weights", "p_methods": "methods"}
    moved = ["Mean change of the rank, and hot spots that drop out, if one choice or indicator were another."]
    ordered = moves.sort_values("mean_rank_shift", ascending=False).to_dict("records")
    sections = [
        table(
            "Hot spots by how sure they are",
            [],
            {
                "": str,
                "Hot spots": lambda word: words.whole((hot["certainty"] == word).sum()),
                "Other areas": lambda word: words.whole((rest["certainty"] == word).sum()),
            },
            (SURE, LIKELY, OPEN),
        ),
        table(
            "By what is in doubt",
            [],
            {
                "In doubt": titles.__getitem__,
                "Hot spots with a chance of 95 % or more": lambda p: words.percent(float((hot[p] >= 0.95).mean())),
                "Expected to be none": lambda p: words.whole(float((1.0 - hot[p]).sum())),
            },
            [name for name in titles if name in areas],
        ),
        *_districts(areas),
        table(
            "What moves ranks",
            moved,
            {
                "Choice or indicator": lambda one: " ".join(filter(None, (one["factor"], one["choice"]))),
                "Mean change of rank": lambda one: words.whole(one["mean_rank_shift"]),
                "Hot spots changed": lambda one: words.whole(one["hotspots_changed"]),
            },
            ordered,
        ),
    ]
    return page(result, "How sure the ranks are", lead, sections)


def _districts(areas: pd.DataFrame) -> List[Dict[str, Any]]:
    """The districts whose ranks are most and least sure, by the mean width of the interval over all ranks."""
    ranked = areas[areas["need_rank"].notna()]
    width = (ranked["rank_high"] - ranked["rank_low"]).astype(float) / max(len(ranked), 1)
    grouped = pd.DataFrame({"width": width, "sure": ranked["certainty"] == SURE, "name": ranked["district_name"]})
    means = grouped.groupby("name").agg(width=("width", "mean"), sure=("sure", "mean"), areas=("sure", "size"))
    means = means[means["areas"] >= LEAST_LSOAS].sort_values("width", kind="stable").reset_index()
    if len(means) < 2:
        return []
    shown = min(DISTRICTS_SHOWN, len(means) // 2)
    columns = {
        "District": lambda one: str(one["name"]),
        "Mean width of the rank interval, of all ranks": lambda one: words.percent(one["width"]),
        "Areas that are sure": lambda one: words.percent(one["sure"], 0),
        "Areas": lambda one: words.whole(one["areas"]),
    }
    said, records = [f"Districts with {LEAST_LSOAS} ranked areas or more."], means.to_dict("records")
    return [
        table("Districts with the surest ranks", said, columns, records[:shown]),
        table("Districts with the least sure ranks", said, columns, records[: -shown - 1 : -1]),
    ]
