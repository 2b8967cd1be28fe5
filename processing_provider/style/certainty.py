"""How the layer of certainty is drawn: hot spots that are sure are solid, those that are not are hatched."""

from __future__ import annotations

from typing import Callable

import numpy as np
import pandas as pd
from qgis.core import QgsVectorLayer

from ...core.methodology import Methodology
from . import palettes, renderers
from .palettes import ClassStyle
from .renderers import Rule, Style

SURE_FROM, LIKELY_FROM, HARDLY_TO = 0.95, 0.8, 0.05
KIND = "certainty"
_PALE = palettes.RANKED_ELSEWHERE


class _Sure(Rule):
    """The flag decides which colour, the chance whether it is hatched."""

    @property
    def expression(self) -> str:
        """The rule as a QGIS expression."""
        return (
            f'CASE WHEN "hotspot" = 1 THEN CASE WHEN "p_hotspot" >= {SURE_FROM} THEN 1 WHEN "p_hotspot" >= '
            f'{LIKELY_FROM} THEN 2 WHEN "p_hotspot" IS NOT NULL THEN 3 END WHEN "hotspot" = 0 THEN '
            f'CASE WHEN "p_hotspot" > {HARDLY_TO} THEN 4 WHEN "p_hotspot" IS NOT NULL THEN 5 END END'
        )

    def values(self, frame: pd.DataFrame) -> np.ndarray:
        """The class of every row, as ``expression`` gives it."""
        hot, chance = (frame[name].to_numpy(dtype=float, na_value=np.nan) for name in ("hotspot", "p_hotspot"))
        among = np.select([chance >= SURE_FROM, chance >= LIKELY_FROM], [1.0, 2.0], 3.0)
        kinds = np.select([hot == 1, hot == 0], [among, np.where(chance > HARDLY_TO, 4.0, 5.0)], np.nan)
        return np.where(np.isnan(chance), np.nan, kinds)


STYLE = Style(
    "need",
    KIND,
    "Certainty",
    "How sure hot spots are",
    _Sure("p_hotspot"),
    (
        ClassStyle(1, "Hot spot, sure (chance of 95 % or more)", palettes.HOT_SPOT_BANDS[1]),
        ClassStyle(2, "Hot spot, likely (80 to 95 %)", palettes.HOT_SPOT_BANDS[2], 1.1),
        ClassStyle(3, "Hot spot, open (under 80 %)", palettes.HOT_SPOT_BANDS[3], 0.7),
        ClassStyle(4, "No hot spot, but it might be one (over 5 %)", _PALE, 0.7),
        ClassStyle(5, "No hot spot, sure", _PALE),
    ),
)


def hatch_unsure(layer: QgsVectorLayer) -> None:
    """Lines over what may or may not be a hot spot, for any map of need: dark over pale, seen on every tenth."""
    lines = (
        renderers.lines(135, 1.4, width, colour) for width, colour in ((0.5, palettes.PAPER), (0.18, palettes.INK))
    )
    chance = f'"p_hotspot" > {HARDLY_TO} AND "p_hotspot" < {SURE_FROM}'
    layer.setRenderer(renderers.ruled((renderers.fill_symbol(*lines), chance, "May be a hot spot")))


def styler(methodology: Methodology) -> Callable[[QgsVectorLayer], None]:
    """The function that styles a layer of certainty."""

    def style_layer(layer: QgsVectorLayer) -> None:
        layer.setRenderer(renderers.renderer_of(STYLE))
        layer.setBlendMode(renderers.THROUGH)
        renderers.name_fields(layer, methodology)
        layer.setDisplayExpression('"area_name"')
        layer.setMapTipTemplate(
            f"{renderers.AREA_TIP}<br>[% if(\"need_rank\" is null, 'not ranked', "
            "'rank ' || \"need_rank\" || ' (' || \"rank_low\" || ' to ' || \"rank_high\" || ' in nine draws of ten); "
            'hot spot in \' || round(100 * "p_hotspot") || \' % of draws: \' || "certainty") %]'
        )

    return style_layer
