"""Digests that hold for every version of the packages, a seal, and the one cell that was changed."""

from __future__ import annotations

import json
import struct

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import evidence
from hyperlocal_need.core.index import replay


def column(*values, **kind):
    return pd.Series(list(values), **kind)


class TestContent:
    def test_whole_numbers_of_every_type_and_reals_are_alike(self):
        made = {evidence.content(column(1, 0, 3, dtype=kind)) for kind in ("int64", "int8", "Int64", "float64")}
        assert len(made) == 1

    def test_gaps_of_every_type_are_alike(self):
        gaps = (column(1.0, np.nan), column(1, pd.NA, dtype="Int64"), column(1.0, -np.nan), column(1.0, None))
        assert len({evidence.content(one) for one in gaps}) == 1
        empty = (column(None, None, dtype=object), column(np.nan, np.nan), column(pd.NA, pd.NA, dtype="Int64"))
        assert {evidence.content(one) for one in empty} == {b""}

    def test_texts_and_categories_are_alike(self):
        texts = column("a", None, "b", dtype=object)
        assert evidence.content(texts) == evidence.content(texts.astype("category"))

    @pytest.mark.parametrize("value", [1 / 3, -1e-300, 123456.789, 5e-324])
    def test_the_last_bit_does_not_count_and_the_twelfth_digit_does(self, value):
        """A third to 40 bits is the same as the next number up: 2^-40 of a mantissa is 9e-13."""
        kept = evidence.content(column(value))
        if abs(value) > 1e-300:
            assert evidence.content(column(np.nextafter(value, np.inf))) == kept
        assert evidence.content(column(value * (1 + 4e-12) if value > 1e-300 else value * 3)) != kept

    def test_both_zeros(self):
        assert evidence.content(column(0.0)) == evidence.content(column(-0.0))

    def test_bytes_that_never_change(self):
        """1.5 is 3ff8 0000 0000 0000, least byte first."""
        assert evidence.content(column(1.5)).hex() == "000000000000f83f"

    def test_rows_in_another_order_are_the_same_columns(self):
        frame = pd.DataFrame({"x": [1, 2, 3]}, index=pd.Index(["a", "b", "c"], name="area_code"))
        assert evidence.column_digests(frame) == evidence.column_digests(frame.iloc[::-1])
        assert set(evidence.column_digests(frame)) == {"area_code", "x"}


def wkb(*polygons, order="<", height=False):
    """A multipolygon of polygons, each a list of closed rings of (x, y), as WKB."""

    def parts(kind, many):
        return struct.pack(f"{order}B2I", order == "<", kind + 1000 * height, len(many))

    def ring(corners):
        numbers = [number for corner in corners for number in (*corner, *[7.0] * height)]
        return struct.pack(f"{order}I{len(numbers)}d", len(corners), *numbers)

    return parts(6, polygons) + b"".join(parts(3, one) + b"".join(map(ring, one)) for one in polygons)


class TestShapes:
    """A square of ten metres with a hole, and a triangle apart."""

    SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]
    HOLE = [(4, 4), (6, 4), (5, 6), (4, 4)]
    APART = [(20, 0), (30, 0), (25, 5), (20, 0)]

    def text(self, *polygons, **form):
        return evidence.shape_text(wkb(*(polygons or ([self.SQUARE, self.HOLE], [self.APART])), **form))

    def test_the_same_ground_in_another_form(self):
        turned = [self.SQUARE[2:-1] + self.SQUARE[:3], self.HOLE[::-1]]
        made = {self.text(), self.text(order=">"), self.text(height=True), self.text([self.APART[::-1]], turned)}
        assert len(made) == 1 and len(made.pop()) == 32

    def test_a_polygon_alone_is_a_multipolygon_of_one(self):
        whole = wkb([self.SQUARE])
        assert evidence.shape_text(whole[9:]) == evidence.shape_text(whole)

    def test_every_corner_counts_by_the_millimetre(self):
        def square(place, by):
            corners = [(x + by * (number == place), y) for number, (x, y) in enumerate(self.SQUARE[:-1])]
            return self.text([[*corners, corners[0]]])

        whole = self.text([self.SQUARE])
        assert {square(place, 0.0004) for place in range(4)} == {whole}
        assert len({whole, *(square(place, 0.001) for place in range(4))}) == 5

    def test_a_hole_is_no_part(self):
        assert self.text([self.SQUARE, self.HOLE]) != self.text([self.SQUARE], [self.HOLE]) != self.text([self.SQUARE])

    @pytest.mark.parametrize("cut", [*range(40), -1])
    def test_what_is_no_polygon_is_none_in_words(self, cut):
        assert evidence.shape_text(wkb([self.SQUARE])[:cut]) == "no polygon"
        assert evidence.shape_text(b"\x01" + b"\xff" * cut) == evidence.shape_text(None) == "no polygon"


@pytest.fixture
def made(tiny):
    tiny.column("distance.csv", "km", [9, 1, 4, 2.5, "", 3])
    result = tiny.run()
    log = json.loads(evidence.sealed_text({**result.log, "layers": list(result.layers())}))
    return tiny, result, log


def test_a_whole_result_has_no_difference(made):
    tiny, result, log = made
    assert evidence.altered(log, result.layers()) == []
    again = replay(log, tiny.open(), tiny.pairs)
    assert list(evidence.unequal(result.layers(), again.layers())) == []


def test_every_column_of_every_layer_is_watched(made):
    """One cell of each is changed, one after the other, and each time that column alone is named, with its area."""
    _, result, log = made
    for layer, frame in result.layers().items():
        sealed = json.loads(evidence.sealed_text({**log, "layers": [layer]}))
        for name in frame:
            changed = frame.astype({name: object})
            changed.iloc[0, changed.columns.get_loc(name)] = 12345.5 if changed[name].dtype != object else "x"
            changed[name] = changed[name].infer_objects()
            assert [one[:3] for one in evidence.altered(sealed, {layer: changed})] == [(layer, name, "")]
            cells = list(evidence.unequal({layer: changed}, result.layers()))
            assert [one[:3] for one in cells] == [(layer, name, str(frame.index[0]))]


def test_every_fact_of_the_evidence_is_sealed(made):
    _, result, log = made
    assert all(evidence.seal_of({**log, name: "changed"}) != log["seal"] for name in log if name != "seal")
    assert evidence.seal_of({**log, "more": 1}) != log["seal"]
    forged = {**log, "options": {**log["options"], "missing": "median"}}
    assert [one.problem for one in evidence.altered(forged, result.layers())] == [
        "The evidence is not what was sealed."
    ]


def test_layers_and_areas_that_have_gone_or_come(made):
    _, result, log = made
    frames = {name: frame for name, frame in result.layers().items() if name != "shrunk"}
    assert [one[::3] for one in evidence.altered(log, frames)] == [("shrunk", "The layer is gone.")]
    fewer = {"need": result.need.iloc[1:]}
    assert [one[2:4] for one in evidence.unequal(fewer, result.layers())] == [
        (result.need.index[0], "Only in the new run.")
    ]
    twice = {"need": pd.concat([result.need, result.need.iloc[:1]])}
    assert [one.problem for one in evidence.unequal(twice, result.layers())] == ["An area stands there twice."]
    assert [one.problem for one in evidence.unequal({"other": result.need}, result.layers())] == [
        "The run does not make this layer."
    ]
    more = {**result.layers(), "need": result.need.assign(own=1).drop(columns="hotspot")}
    assert {one[1:4:2] for one in evidence.altered(log, more)} == {
        ("own", "The column was not there."),
        ("hotspot", "The column is gone."),
    }


def test_many_cells_are_counted_after_the_first_hundred():
    index = pd.Index([f"E{number:03}" for number in range(150)], name="area_code")
    kept, again = (pd.DataFrame({"x": np.arange(150.0) + more}, index=index) for more in (0, 1))
    found = list(evidence.unequal({"need": kept}, {"need": again}))
    assert len(found) == 101 and found[-1].problem == "50 more areas differ."
    assert found[0] == ("need", "x", "E000", "Not equal.", "0.0", "1.0")
