"""Every figure of a run, held by checksums: England by each policy, and the invented country of 600 areas.

Whole numbers and texts by SHA-256; reals by a weighted sum, to 1e-9, for processors round the last bit differently.
Where a change is meant, HYPERLOCALNEED_ACCEPT=1 writes tests/data/frozen.json anew. A pack is converted once and
computed by each policy; no layer is written, for other tests compare layers and frames.
"""

from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core.evidence import content

ACCEPT = "HYPERLOCALNEED_ACCEPT"
POLICIES = ("exclude", "district", "median")


def checksum(column):
    """A text for whole numbers and texts; for reals a sum weighted by row, and how many are missing."""
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=float)
        return [float(np.nansum(values * np.cos(np.arange(len(values))))), int(np.isnan(values).sum())]
    return hashlib.sha256(content(column)).hexdigest()[:16]


def checksums(result):
    """Layer -> column -> checksum, the index as a column too, in the order of a result's fields."""
    frames = {name: frame.reset_index() for name, frame in result.layers().items()}
    return {name: {column: checksum(frame[column]) for column in frame} for name, frame in frames.items()}


def differences(found, held):
    """The columns that are not what they were, by layer, those that are gone or new among them."""
    names = [
        (layer, column) for layer in {**held, **found} for column in {**held.get(layer, {}), **found.get(layer, {})}
    ]
    return [
        f"{layer}.{column}"
        for layer, column in names
        if not same(found.get(layer, {}).get(column), held.get(layer, {}).get(column))
    ]


def same(found, held):
    if isinstance(found, list) and isinstance(held, list):
        return found[1] == held[1] and found[0] == pytest.approx(held[0], rel=1e-9, abs=1e-9)
    return found == held


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory, provider):
    """The demonstration pack of 600 areas, as ``./run demo`` makes it."""
    from qgis.core import QgsProcessingFeedback

    from hyperlocal_need.processing_provider.runs import demo

    folder = tmp_path_factory.mktemp("packs") / "demo600"
    demo.write(folder, 600, 2025, QgsProcessingFeedback(False))
    return folder


@pytest.mark.parametrize("country", ["demonstration", "england"])
def test_no_figure_has_changed(country, request, repository, qgis_app):
    from hyperlocal_need.core import index, indicators
    from hyperlocal_need.core.methodology import load
    from hyperlocal_need.core.pack import Pack
    from hyperlocal_need.processing_provider.runs import overlap

    methodology = load(repository / "resources/methodologies/hyper_local_need_2025.json")
    found = {}
    with Pack.open(request.getfixturevalue(country)) as pack:
        pairs = overlap.pairs_for(pack, lambda *said: None)
        converted = indicators.convert_pack(pack, methodology, pairs)
        for missing in POLICIES:
            choices = {"missing": missing, "missing_indicators": "leave_out", "low_coverage": "leave_out"}
            found[missing] = checksums(index.run(methodology, converted, **choices))
    path = repository / "tests/data/frozen.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    if os.environ.get(ACCEPT):
        text = json.dumps({**held, country: found}, sort_keys=True, separators=(",", ":"))
        path.write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")
        return
    changed = {missing: differences(found[missing], held[country][missing]) for missing in POLICIES}
    assert not any(changed.values()), f"{changed}. If that is meant: {ACCEPT}=1"
