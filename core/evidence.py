"""What a result was made of and what it holds, sealed; and where a result is not what its evidence says."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

import numpy as np
import pandas as pd

from .arrays import Array
from .words import counted

SEAL = "seal"
ENDING = "-evidence.json"
# Reals are taken to so many bits, a little over twelve digits, by arithmetic that is exact on every processor.
_BITS = 40
# The column that stands for the polygons of a layer: a text an area, by shape_text.
SHAPE = "geom"
# Cells of one column that are listed; how many more there are is said.
_LISTED = 100


class Difference(NamedTuple):
    """Where a result is not what it should be; for a cell with both its values, else only with words."""

    layer: str
    column: str
    area: str
    problem: str
    in_result: str = ""
    recomputed: str = ""


def content(column: pd.Series) -> bytes:
    """A column's values in order: the same bytes for whole numbers and reals that are equal to twelve digits.

    Gaps of any kind are alike, and so are the two zeros; other values go in as texts.
    """
    if column.isna().all():
        return b""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return "\x1f".join(map(str, column.astype(object).where(column.notna(), "").tolist())).encode("utf-8")
    values = column.to_numpy(dtype=float, na_value=np.nan)
    mantissa, exponent = np.frexp(np.where(np.isnan(values), np.nan, values) + 0.0)
    rounded = np.ldexp(np.rint(mantissa * 2.0**_BITS), exponent - _BITS)
    return bytes(rounded.astype("<f8").tobytes())


def shape_text(wkb: Optional[bytes]) -> str:
    """The first 32 digits of SHA-256 over the corners of a (multi)polygon, given as WKB, to a thousandth of its unit.

    The same for either order of bytes, with heights or without, whichever ring, corner or direction comes first.
    """
    try:
        return hashlib.sha256(b"".join(sorted(_polygons(wkb or b"")))).hexdigest()[:32]
    except (struct.error, ValueError, IndexError):
        return "no polygon"


def _polygons(wkb: bytes) -> Iterator[bytes]:
    """Each polygon: its outline, then its holes in order. ValueError and its kin for what is none."""
    place, left = 0, 1
    while left:
        order = "><"[wkb[place]]
        kind, count = struct.unpack_from(f"{order}2I", wkb, place + 1)
        place, left = place + 9, left - 1
        if kind % 1000 == 6:
            left += count
            continue
        if kind % 1000 != 3:
            raise ValueError("no polygon")
        rings, wide = [], (2, 3, 3, 4)[kind // 1000]
        for _ in range(count):
            (corners,) = struct.unpack_from(f"{order}I", wkb, place)
            found = np.frombuffer(wkb, f"{order}f8", corners * wide, place + 4).reshape(corners, wide)
            rings.append(_ring(np.rint(found[:-1, 0] * 1000.0) + 1j * np.rint(found[:-1, 1] * 1000.0)))
            place += 4 + 8 * corners * wide
        yield struct.pack("<I", count) + b"".join(rings[:1] + sorted(rings[1:]))


def _ring(corners: Array) -> bytes:
    """From the most western corner, of these the most southern, on to that neighbour which comes before the other.

    Corners are complex numbers, which numpy orders by their first part, then by their second.
    """
    first = corners.argmin()
    turned = np.concatenate((corners[first:], corners[:first])) + 0.0
    if turned[[1, -1]].argmin():
        turned[1:] = turned[:0:-1].copy()
    return struct.pack("<I", len(turned)) + turned.astype("<c16").tobytes()


def column_digests(frame: pd.DataFrame) -> Dict[str, str]:
    """SHA-256 of every column by name, the index among them, in the order of the index's codes."""
    ordered = frame.sort_index(kind="stable").reset_index()
    return {str(name): hashlib.sha256(content(ordered[name])).hexdigest() for name in ordered}


def frame_digest(frame: pd.DataFrame) -> str:
    """SHA-256 over column names, index and values of a frame as it is ordered; equal frames have equal digests."""
    total = hashlib.sha256(repr((list(frame.columns), frame.index.name)).encode("utf-8"))
    for column in [frame.index.to_series(), *(frame[name] for name in frame)]:
        total.update(content(column))
    return total.hexdigest()


def seal_of(log: Mapping[str, Any]) -> str:
    """SHA-256 over all that a log says but its seal."""
    said = {name: log[name] for name in log if name != SEAL}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sealed_text(log: Mapping[str, Any]) -> str:
    """The log with its seal, as it is written."""
    return json.dumps({**log, SEAL: seal_of(log)}, indent=1, ensure_ascii=False)


def with_layers(log: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> str:
    """The sealed text of a log that watches more layers than before."""
    results = {**log["results"], **{name: column_digests(frame) for name, frame in frames.items()}}
    return sealed_text({**log, "layers": [*dict.fromkeys([*log["layers"], *frames])], "results": results})


def altered(log: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> List[Difference]:
    """Where the layers of a result are not those of its evidence, and whether that is what was sealed."""
    found = [] if log.get(SEAL) == seal_of(log) else [Difference("", "", "", "The evidence is not what was sealed.")]
    for layer in log.get("layers", ()):
        held = log["results"][layer]
        if layer not in frames:
            found.append(Difference(layer, "", "", "The layer is gone."))
            continue
        now = column_digests(frames[layer])
        for column in {**held, **now}:
            if column not in now or column not in held:
                problem = "The column is gone." if column in held else "The column was not there."
                found.append(Difference(layer, column, "", problem))
            elif now[column] != held[column]:
                found.append(Difference(layer, column, "", "Altered since the result was computed."))
    return found


def unequal(kept: Mapping[str, pd.DataFrame], again: Mapping[str, pd.DataFrame]) -> Iterator[Difference]:
    """The cells in which a result and the same computed again differ, by area code; reals by more than 1e-9."""
    for layer, frame in kept.items():
        if layer not in again or frame.index.has_duplicates:
            problem = "An area stands there twice." if layer in again else "The run does not make this layer."
            yield Difference(layer, str(frame.index.name), "", problem)
            continue
        other = again[layer]
        for code in frame.index.symmetric_difference(other.index):
            where = "result" if code in frame.index else "new run"
            yield Difference(layer, str(other.index.name), str(code), f"Only in the {where}.")
        codes = frame.index.intersection(other.index)
        for column in frame.columns.intersection(other.columns):
            yield from _cells(layer, str(column), frame.loc[codes, column], other.loc[codes, column])


def _cells(layer: str, column: str, kept: pd.Series, again: pd.Series) -> Iterator[Difference]:
    if all(pd.api.types.is_numeric_dtype(one.dtype) or one.isna().all() for one in (kept, again)):
        a, b = (pd.to_numeric(one).to_numpy(dtype=float, na_value=np.nan) for one in (kept, again))
        differ = ~np.isclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
    else:
        a, b = (one.astype(object).where(one.notna(), "").map(str).to_numpy() for one in (kept, again))
        differ = a != b
    places = np.flatnonzero(differ)
    for place in places[:_LISTED]:
        yield Difference(layer, column, str(kept.index[place]), "Not equal.", str(a[place]), str(b[place]))
    if len(places) > _LISTED:
        more = counted(len(places) - _LISTED, "more area differs", "more areas differ")
        yield Difference(layer, column, "", f"{more}.")
