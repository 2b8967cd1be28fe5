"""Classes of finished maps stay apart on a grey copier and for the colour-blind; what is no class is hatched."""

from __future__ import annotations

from itertools import product

import eyes
import numpy as np
import pandas as pd
import pytest
from qgis.PyQt.QtGui import QColor, QImage

from hyperlocal_need.processing_provider.maps import maps
from hyperlocal_need.processing_provider.style import certainty, palettes, renderers


def test_the_measure_itself():
    """White and black are 100 apart to every eye; red and a green of its luminance are one grey."""
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ff0000"))
    for x, y in product(range(40), range(20)):
        picture.setPixelColor(x, y, QColor("#009400"))
    assert [(eye, difference < 1) for eye, _, _, difference in eyes.too_alike(picture, ("#ff0000", "#009400"))] == [
        ("grey", True)
    ]
    with pytest.raises(AssertionError, match="#123456 is not in the picture"):
        eyes.too_alike(picture, ("#ff0000", "#123456"))
    for eye in eyes.EYES:
        black, white = (eyes.lab(eyes.seen_by(np.array([one] * 3), eye)) for one in (0, 255))
        assert np.linalg.norm(white - black) == pytest.approx(100, abs=0.1)
    red = np.array([255, 0, 0])
    assert eyes.lab(eyes.seen_by(red, "protanopia"))[0] < eyes.lab(eyes.seen_by(red, "deuteranopia"))[0] - 10


def test_the_classes_of_every_map_stay_apart(country, need, districts):
    """On the finished sheet, where areas and legend have them."""
    result, drawn = country.result(), set()
    for layer, styles, frame in (
        (need, renderers.need_styles, result.need),
        (districts, renderers.district_styles, result.districts),
    ):
        for style in styles(result.methodology, renderers.ranked_in(frame, result.methodology)):
            colours = tuple(one.colour for one in style.classes)
            if (layer.id(), style.kind) in drawn:
                continue
            drawn.add((layer.id(), style.kind))
            picture = maps.measure_map(result, layer, style.measure, style.kind, paper=maps.SMALL)
            assert eyes.too_alike(picture, colours) == [], style.name
    assert len(drawn) == 7


def test_what_has_no_rank_is_hatched_and_no_class(country, need):
    picture = maps.measure_map(country.result(), need, "need", "deciles")
    assert eyes.hatching(picture, palettes.UNRANKED_FILL, palettes.UNRANKED_HATCH) > eyes.APART
    assert eyes.hatching(picture, palettes.UNRANKED_FILL, "#00ff00") == 0.0, "of lines that are not there"


def test_hot_spots_that_are_not_sure_are_hatched_and_apart(country):
    need = country.need().assign(p_hotspot=[0.99, 0.9, 0.6, 0.2, 0.01, None], rank_low=1, rank_high=3, certainty="open")
    need["hotspot"] = pd.Series([1, 1, 1, 0, 0, None], index=need.index, dtype="Int64")
    layer = country.layer_of(need, {code: [place] for code, place in country.squares.items()}, "certainty")
    renderer = renderers.renderer_of(certainty.STYLE)
    layer.setRenderer(renderer)
    text = maps.MapText("Title", "Subtitle", "Source", "Warning")
    picture = maps.draw_sheet(text, [(layer, maps.legend_of(layer, "Certainty"))])
    classes = certainty.STYLE.classes
    assert eyes.too_alike(picture, tuple(dict.fromkeys(one.colour for one in classes))) == []
    lined = [bool(one.hatch) for one in classes]
    assert lined == [", sure" not in one.label for one in classes], "what is sure is plain, all else hatched"
    for one in classes:
        if one.hatch:
            assert eyes.hatching(picture, one.colour, palettes.HOT_SPOT_BANDS[0]) > eyes.APART, one.label
