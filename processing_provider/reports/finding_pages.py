"""Pages of tables about a finding: how sure ranks are, and why one area has its score."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence

import pandas as pd

from ...core.findings.certainty import LIKELY, OPEN, SURE
from ..io import about
from ..style import palettes, words
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
):
    """A part of a page; ``red``: figures below 0 are drawn so."""
    return {"heading": heading, "words_": list(said), "columns": columns, "rows": list(rows), "red": red}


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


def certainty_page(certain) -> str:
    """The report of ``rankcertainty``: what was drawn, counts by word, districts, and what moves ranks."""
    table = certain.table
    chances = [name for name in ("p_counts", "p_weights", "p_all", "p_methods") if name in table]
    hot = table[table["hotspot"].fillna(0) == 1]
    counts = [
        Row((word, words.whole((hot["certainty"] == word).sum()), words.whole((rest["certainty"] == word).sum())))
        for rest in [table[table["hotspot"].fillna(1) == 0]]
        for word in (SURE, LIKELY, OPEN)
    ]
    titles = {"p_counts": "counts", "p_weights": "weights", "p_all": "counts and weights", "p_methods": "methods"}
    by_doubt = [
        Row(
            (
                titles[name],
                words.percent(float((hot[name] >= 0.95).mean())),
                words.whole(float((1.0 - hot[name]).sum())),
            )
        )
        for name in chances
    ]
    sections = [
        section("Hot spots by how sure they are", [], ["", "Hot spots", "Other areas"], counts),
        section(
            "By what is in doubt",
            [],
            ["In doubt", "Hot spots with a chance of 95 % or more", "Expected to be none"],
            by_doubt,
        ),
        *_districts(table),
        section(
            "What moves ranks",
            ["Mean change of the rank, and hot spots that drop out, if one choice or indicator were another."],
            ["Choice or indicator", "Mean change of rank", "Hot spots changed"],
            [
                Row(
                    (
                        " ".join(filter(None, (one["factor"], one["choice"]))),
                        *map(words.whole, (one["mean_rank_shift"], one["hotspots_changed"])),
                    )
                )
                for one in certain.moves.sort_values("mean_rank_shift", ascending=False).to_dict("records")
            ],
        ),
    ]
    return page(certain.result, "How sure the ranks are", certain.sentences, sections)


def _districts(table: pd.DataFrame) -> List[Dict[str, Any]]:
    """The districts whose ranks are most and least sure, by the mean width of the interval over all ranks."""
    ranked = table[table["need_rank"].notna()]
    width = (ranked["rank_high"] - ranked["rank_low"]).astype(float) / max(len(ranked), 1)
    grouped = pd.DataFrame({"width": width, "sure": ranked["certainty"] == SURE, "name": ranked["district_name"]})
    means = grouped.groupby("name").agg(width=("width", "mean"), sure=("sure", "mean"), areas=("sure", "size"))
    means = means[means["areas"] >= LEAST_LSOAS].sort_values("width", kind="stable")
    if len(means) < 2:
        return []
    shown = min(DISTRICTS_SHOWN, len(means) // 2)

    def rows(part: pd.DataFrame) -> List[Row]:
        return [
            Row((str(name), words.percent(one["width"]), words.percent(one["sure"], 0), words.whole(one["areas"])))
            for name, one in part.iterrows()
        ]

    columns = ["District", "Mean width of the rank interval, of all ranks", "Areas that are sure", "Areas"]
    said = [f"Districts with {LEAST_LSOAS} ranked areas or more."]
    return [
        section("Districts with the surest ranks", said, columns, rows(means.head(shown))),
        section("Districts with the least sure ranks", said, columns, rows(means.tail(shown)[::-1])),
    ]
