"""Single steps as algorithms, beside QGIS's own field calculator, and the model of the whole index on England."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Dict, Iterator

from ..register import DATA
from .measure import best_of, figure
from .registry import Figure, bench

AREAS, FIELDS, WIDE = 33_755, 40, 32
ENGLAND = DATA / "england"


@bench
def steps() -> Iterator[Figure]:
    """One step that adds one column, and one that adds 32, beside the field calculator adding one."""
    from ..qgis_session import qgis_session

    with qgis_session(), tempfile.TemporaryDirectory() as folder:
        yield from _beside_the_field_calculator(Path(folder))


def _beside_the_field_calculator(folder: Path) -> Iterator[Figure]:
    source = _make_areas(folder / "areas.gpkg")
    formula = {"FIELD_NAME": "turned", "FIELD_TYPE": 0, "FIELD_LENGTH": 0, "FIELD_PRECISION": 0, "FORMULA": '-"f0"'}
    for output, where in (("TEMPORARY_OUTPUT", "to memory"), (str(folder / "out.gpkg"), "to a GeoPackage")):
        common = {"INPUT": source, "OUTPUT": output}
        peer = best_of(partial(_run, "native:fieldcalculator", {**common, **formula}))
        for count in (1, WIDE):
            fields = {"FIELDS": [f"f{number}" for number in range(count)], "DIRECTION": "less"}
            own = best_of(partial(_run, "hyperlocalneed:orient", {**common, **fields}))
            title = f"orient, {count} new columns, {AREAS:,} x {FIELDS} fields, {where}"
            yield figure(title, own, "s", peer="native:fieldcalculator, 1 column", peer_value=peer)


@bench
def model() -> Iterator[Figure]:
    """The models ``convert`` and ``full_index`` on England; nothing where the data is absent."""
    from ..qgis_session import qgis_session

    if not ENGLAND.is_dir():
        return
    with qgis_session(), tempfile.TemporaryDirectory() as folder:
        indicators, need = (str(Path(folder) / name) for name in ("indicators.gpkg", "need.gpkg"))
        convert = {"PACK": str(ENGLAND), "indicators:OUTPUT": indicators}
        yield figure("convert on England", best_of(partial(_run, "hyperlocalneed:convert", convert), 1), "s")
        scoring = {"INPUT": indicators, "PACK": str(ENGLAND), "MISSING_INDICATORS": "leave_out", "need:OUTPUT": need}
        yield figure("full_index on England", best_of(partial(_run, "hyperlocalneed:full_index", scoring), 1), "s")


def _make_areas(path: Path) -> Any:
    """Areas with a code, a point and 39 numbers, as a GeoPackage."""
    import numpy as np
    import pandas as pd
    from qgis.core import QgsVectorLayer

    from ...processing_provider.io.frames import GeoPackageWriter

    numbers = np.random.default_rng(1).random((AREAS, FIELDS - 1))
    index = pd.Index([f"E{number:08}" for number in range(AREAS)], name="area_code")
    frame = pd.DataFrame(numbers, index=index, columns=[f"f{number}" for number in range(FIELDS - 1)])
    GeoPackageWriter(str(path), lambda fraction: None).write("areas", frame)
    return QgsVectorLayer(str(path), "areas", "ogr")


def _run(name: str, parameters: Dict[str, Any]) -> None:
    import processing

    processing.run(name, parameters)
