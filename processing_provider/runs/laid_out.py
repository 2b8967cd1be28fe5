"""The layer that the model of all steps has written, laid out as a finished result, which opens like one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Sequence

from ...core import index
from ...core.errors import DataError
from ...core.findings import saved
from ...core.findings.score_tree import read_tree
from ...core.meaning import ORIGIN
from ...core.methodology import Methodology, load
from ...core.texts import Progress
from ..areas import stored_result
from ..face import DEFAULT_METHODOLOGY
from ..io import about, frames
from .index import UNSETTLED, Shapes, joined, write_geopackage

LACKS = (
    "Laid out from the layer of all steps, which does not hold what only a run from a data pack knows: totals before "
    "conversion, sources and dates of the figures, and the notes of the run. The weights are solved from its sums."
)


def lay_out(path: Path, folder: Path, known: Sequence[Methodology], report: Progress) -> Path:
    """Write the result that the layer holds to ``need.gpkg`` in ``folder``, with a log that names the method.

    That is the one among ``known`` and the shipped one whose digest the layer gives for its last step. DataError where
    there is none, and for a layer without polygons or with a column missing.
    """
    name = saved.layer_of_steps(path)
    layer = frames.open_layer(path, name)
    facts = layer.metadata()
    made = facts.history()[-1] if facts.history() else ""
    fitting = [one for one in (*known, load(DEFAULT_METHODOLOGY)) if one.digest() in made or "digest" not in made]
    if not fitting:
        raise DataError(f"{path}: was made by another method ({made}); open that on the Method page, then this file.")
    methodology = fitting[0]
    table = saved.read_layers(path, (name,), lambda fraction, text: report(0.3 * fraction, text))[name]
    source = str(table[ORIGIN].iloc[0]).partition(" (pack ")[0] if ORIGIN in table else path.stem
    title = f"{source}, by the steps in {path.name}"
    lacks = LACKS if "digest" in made else f"{LACKS} It does not name its method: '{methodology.title}' is taken."
    result = index.of_table(methodology, table, read_tree(methodology, {}, table, table, table).weights, title)
    pack = {"title": title, "attribution": facts.rights(), "licence": "; ".join(facts.licenses())}
    log = {**result.log, "pack": pack, "made": stored_result.made_on(path, {}), "lacks": lacks}
    result = replace(result, attribution=tuple(facts.rights()), log=log)
    areas = frames.read_geometries(layer, "area_code", result.need.index, lambda fraction: report(0.4))
    districts = joined(result, areas, lambda fraction, text: report(0.5, text))
    unsettled, place = folder / UNSETTLED, folder / "need.gpkg"
    shapes = Shapes(areas, districts, layer.crs())
    write_geopackage(result, shapes, unsettled, True, lambda fraction, text: report(0.6 + 0.4 * fraction, text))
    frames.settle(str(unsettled), str(place))
    about.write(place, about.of_result(result), methodology)
    (folder / stored_result.LOG).write_text(json.dumps(result.log, indent=1), encoding="utf-8")
    return place
