"""A layer for one indicator or sub-dimension, on demand: the areas joined with the column of a stage."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsVectorLayer, QgsVectorLayerJoinInfo

from ...core.methodology import Methodology
from ..compat import file_layer
from ..style import palettes
from ..style.renderers import AREA_TIP, THROUGH, Rule, Style, name_fields, renderer_of

TENTHS = 10
TABLES = {"indicator": "normal_scores", "composite": "normal_scores", "sub_dimension": "sub_dimensions"}


@dataclass(frozen=True)
class Detail:
    """An indicator or sub-dimension on the map: the table and column that hold it, and its style."""

    node: str
    title: str
    table: str
    column: str
    style: Style


def column_of(methodology: Methodology, node_id: str) -> Tuple[str, str]:
    """Table and column that place areas by need on a node: an indicator's z, a sub-dimension's exponential score."""
    level = methodology.node(node_id).level
    return TABLES[level], f"{node_id}_exp" if level == "sub_dimension" else f"{node_id}_z"


def detail(methodology: Methodology, node_id: str, values: pd.Series) -> Detail:
    """How to show an indicator or a sub-dimension by tenths of the areas that have a value, the neediest first.

    ``values``: its column, high = need. Class k holds the ranks up to k n / 10, where tied areas share the
    lowest rank, as everywhere; the limit of a class is the value of its last area.
    """
    node = methodology.node(node_id)
    table, column = column_of(methodology, node_id)
    numbers = values.to_numpy(dtype=float)
    known = np.sort(numbers[~np.isnan(numbers)])[::-1]
    last = [place * known.size // TENTHS for place in range(1, TENTHS)]
    # With fewer areas than classes the first ones stay empty.
    limits = tuple(float(known[place - 1]) if place else float(np.finfo(float).max) for place in last)
    rule = Rule(column, limits=limits)
    style = Style(node_id, "tenths", node.title[:30], f"{node.title} by decile", rule, palettes.DECILES)
    return Detail(node_id, node.title, table, column, style)


def make_layer(
    chosen: Detail, areas: QgsVectorLayer, stage: QgsVectorLayer, methodology: Methodology
) -> QgsVectorLayer:
    """The areas once more, joined with the one column of the stage that is shown, styled, with map tips.

    ``stage`` must stay in the project for as long as the layer does. Call it on the main thread.
    """
    layer = file_layer(areas.source(), chosen.title, styled=True)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(stage)
    join.setJoinFieldName("area_code")
    join.setTargetFieldName("area_code")
    join.setUsingMemoryCache(True)
    join.setJoinFieldNamesSubset([chosen.column])
    join.setPrefix("")
    layer.addJoin(join)
    name_fields(layer, methodology)
    layer.setRenderer(renderer_of(chosen.style))
    layer.setBlendMode(THROUGH)
    layer.setMapTipTemplate(
        f"{AREA_TIP}<br>"
        f"{html.escape(chosen.title)}: [% coalesce('decile ' || ({chosen.style.expression}), 'no value') %]"
    )
    layer.setDisplayExpression('"area_name"')
    return layer
