"""Results of several dates: one long layer that QGIS plays, and a small map a measure of what comes in and goes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Mapping, Optional

import pandas as pd
from qgis.core import QgsVectorLayer

from ...core.errors import DataError, OptionError
from ...core.findings import comparison, what_if
from ...core.findings.saved import Saved
from ...core.schema import measure_titles
from ..areas import stored_result
from ..io.about import in_words, part_of
from ..io.frames import add_rows, need_shapes, open_layer, to_fields
from ..maps import maps
from ..reports.small_charts import png_of
from ..style.neighbourhoods import WHAT_IF, classify, over_time_styler
from ..values import Values

SHEET = maps.Paper((2600, 2400), 297.0, 0.62)


def outputs(values: Values, result: Saved, again: Optional[Saved]) -> Dict[str, Any]:
    """OVER_TIME and PICTURE, where asked for, of INPUT, OTHER and SERIES; NeedError in words."""
    if not (values.given("OVER_TIME") or values.given("PICTURE")):
        return {}
    if again is None:
        raise OptionError("OTHER: change over time is of results; give the layer need of another.")
    files = [stored_result.source_file(one) for one in values.read("FileList", "SERIES") if one]
    results = [result, again, *(stored_result.read(one, stages=False) for one in files)]
    by_date = dict(sorted(zip(_dates(values, results), results)))
    named = measure_titles(result.methodology).items()
    titles = {one: title for one, title in named if all(f"{one}_rank" in other.need for other in results)}
    found: Dict[str, Any] = {}
    if values.given("OVER_TIME"):
        table = comparison.over_time({date: one.need for date, one in by_date.items()}, titles)
        places = [need_shapes(one.path, one.need.index) for one in by_date.values()]
        if any(crs != places[0][1] for _, crs in places):
            raise DataError("SERIES: results are in different reference systems; compute them from like boundaries.")
        shapes = [shape for own, _ in places for _ in titles for shape in own]
        found["OVER_TIME"] = (table, (shapes, places[0][1]), over_time_styler(titles))
    if values.given("PICTURE"):
        found["PICTURE"] = _picture(by_date, titles, values.feedback)
    return found


def _dates(values: Values, results: List[Saved]) -> List[str]:
    """The date of each result, as given or of its making; OptionError where two are the same or one is no date."""
    given = values.names("DATES") or [str(one.log["made"]) for one in results]
    if len(given) != len(results):
        raise OptionError(f"DATES: there are {len(results)} results and {len(given)} dates; give one each, in order.")
    dates = [_date(one) for one in given]
    if len(set(dates)) < len(dates):
        raise OptionError(f"DATES: two results have the same date ({', '.join(dates)}); give one each, in order.")
    return dates


def _date(text: str) -> str:
    try:
        return pd.Timestamp(text).date().isoformat()
    except ValueError as error:
        raise OptionError(f"DATES: '{text}' is no date; write dates as 2019 or 2019-03-31.") from error


def _picture(by_date: Mapping[str, Saved], titles: Mapping[str, str], feedback: Any) -> bytes:
    (first, one), (last, two) = (list(by_date.items())[place] for place in (0, -1))
    frame = comparison.hot_spots_moved(one.need, two.need, titles).assign(population=one.need["population"])
    shapes, crs = need_shapes(one.path, frame.index)
    layer = QgsVectorLayer("MultiPolygon", "change", "memory")
    layer.setCrs(crs)
    layer.dataProvider().addAttributes(to_fields(frame).toList())
    layer.updateFields()
    add_rows(layer.dataProvider().addFeatures, frame, shapes, lambda share: None)
    layer.updateExtents()
    drawn = []
    for measure, title in titles.items():
        copy = layer.clone()
        classify(copy, f'"{measure}"', WHAT_IF, what_if.UNRANKED)
        drawn.append((copy, maps.legend_of(copy, title)))
    # A date given as a year is its first day.
    when = " to ".join(date[:4] if date.endswith("-01-01") else in_words(date) for date in (first, last))
    packs = "; then ".join(dict.fromkeys((one.title, two.title)))
    text = maps.map_text(one, f"Hot spots, {when}{part_of(one)}", "")
    text = replace(text, subtitle=f"{packs}. Hot spots are each date's own top fifth.")
    ground = maps.map_ground(*(open_layer(one.path, name) for name in ("need", "districts")))
    return png_of(maps.draw_sheet(text, drawn, SHEET, ground=ground, feedback=feedback))
