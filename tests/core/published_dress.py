"""Known tables dressed up as publishers do: banners, notes, footers, separators, encodings, marks; by a seed."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import List

import numpy as np
import pandas as pd

MARKS = ("..", "-", "z", "[x]", "c", "N/A", "[low]", ":", "*", "<5", "n/a", "[c]")
SEPARATORS = (",", ";", "\t", "|", "\u00ac")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
NOTES = (
    "Source: a survey, 2023; see the notes",
    "1 Figures for 2019 are provisional, as 12 areas came late",
    "Back to contents",
    "Enquiries: statistics@example.org, telephone 020 0000 0000",
    "\u00a9 Crown copyright",
    "[x] = not available; [c] = confidential",
    "E01 is the prefix of an English area",
)
MEASURES = (
    "Households",
    "Number of residents",
    "Rate per 1,000",
    "Proportion of homes (%)",
    "Mean income (\u00a3)",
    "Level 3",
    "Crime rank (where 1 is most)",
)


@dataclass(frozen=True)
class Dressed:
    """A table as bytes or rows, and what has to come back: values by code, in the order of ``titles``."""

    rows: List[List[str]]
    table: pd.DataFrame
    geography: str


def dress(seed: int) -> Dressed:
    """A table of 40 to 120 areas with one to five measures, dressed by the seed."""
    rng = np.random.default_rng(seed)
    geography, codes = _areas(rng)
    measures = [str(name) for name in rng.choice(MEASURES, size=rng.integers(1, 6), replace=False)]
    table = pd.DataFrame({name: _figures(rng, len(codes)) for name in measures}, index=codes)
    left = [""] * int(rng.integers(0, 3))
    names, district, blanks = rng.random() < 0.6, rng.random() < 0.5, int(rng.integers(0, 3))
    labels = [_footnoted(rng, name) for name in measures]
    header = [*left, _pick(rng, "LSOA code", "Area Code", "geography code", "areacd", "Code")]
    header += [*(["Area name"] if names else []), *(["LA Code"] if district else []), *labels, *[""] * blanks]
    rows = [[*left, _pick(rng, *NOTES)] for _ in range(rng.integers(0, 5))]
    rows += [[] for _ in range(rng.integers(0, 3)) if rows]
    rows += [header]
    body = [_row(rng, left, code, values, names, district, blanks) for code, values in zip(codes, table.to_numpy())]
    others = [_row(rng, left, code, np.full(len(measures), 7.0), names, district, blanks) for code in _others(rng)]
    for other in others:
        body.insert(int(rng.integers(0, len(body) + 1)), other)
    footers = [[], *([[*left, _pick(rng, *NOTES)] for _ in range(rng.integers(0, 6))])]
    return Dressed(rows + body + footers, table, geography)


def as_bytes(rows: List[List[str]], seed: int) -> bytes:
    """The rows as a text file; rows of one cell keep their separators or lose them."""
    rng = np.random.default_rng([seed, 1])
    separator, encoding = _pick(rng, *SEPARATORS), _pick(rng, *ENCODINGS)
    longest = max(map(len, rows))
    padded = [[*row, *[""] * (longest - len(row))] for row in rows] if rng.random() < 0.6 else rows
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if rng.random() < 0.2 else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=separator, lineterminator=_pick(rng, "\n", "\r\n"), quoting=quoting)
    writer.writerows(padded)
    return out.getvalue().encode(encoding)


def _pick(rng, *choices: str) -> str:
    return str(choices[int(rng.integers(len(choices)))])


def _areas(rng):
    """The areas of part of a country; for 2021 with codes that were made then."""
    count = int(rng.integers(40, 121))
    kind = _pick(rng, "LSOA11", "LSOA21", "MSOA11", "MSOA21", "OA21")
    first = {
        "LSOA11": "E01000001",
        "LSOA21": "E01033700",
        "MSOA11": "E02000001",
        "MSOA21": "E02006900",
        "OA21": "E00176700",
    }[kind]
    numbers = int(first[1:]) + rng.permutation(150)[:count]
    if kind.endswith("21"):
        numbers = np.union1d(numbers, int(first[1:]) + 149)
        rng.shuffle(numbers)
    return kind, [f"E{number:08d}" for number in numbers]


def _others(rng) -> List[str]:
    some = ("E92000001", "E12000003", "W01000005", "S01006506", "K02000001", "E06000047")
    return [code for code in some if rng.random() < 0.3]


def _figures(rng, count: int) -> np.ndarray:
    kind = rng.integers(3)
    values = rng.integers(0, 5_000_000, count).astype(float) if kind == 0 else rng.normal(0, 500, count).round(2)
    values = rng.random(count).round(6) if kind == 2 else values
    return np.where(rng.random(count) < _pick_share(rng), np.nan, values)


def _pick_share(rng) -> float:
    return float(rng.choice([0.0, 0.0, 0.05, 0.3]))


def _footnoted(rng, name: str) -> str:
    kind = rng.integers(6)
    return {0: f"{name} [note 3]", 1: f"{name} [Notes 1 and 2]", 2: f"{name}\n", 3: f" {name} "}.get(int(kind), name)


def _row(rng, left, code, values, names: bool, district: bool, blanks: int) -> List[str]:
    cells = [_printed(rng, value) for value in values]
    row = [*left, _pick(rng, code, f" {code}", f"{code} ")]
    row += [f"Somewhere {int(code[-3:]):03d}{_pick(rng, 'A', 'B')}"] if names else []
    row += [f"E0600000{1 + int(code[-1]) % 9}"] if district else []
    return [*row, *cells, *[""] * blanks]


def _printed(rng, value: float) -> str:
    """A figure as printed: exact, so that it reads back to the last digit."""
    if np.isnan(value):
        return _pick(rng, "", *MARKS)
    whole = value == int(value)
    text = f"{int(value)}" if whole else repr(float(value))
    kind = rng.integers(8)
    if kind == 0:
        return f"{int(value):,}" if whole else text
    return {1: f" {text} ", 2: f"{text} [r]", 3: f"\u00a0{text}", 4: f"{text}*"}.get(int(kind), text)
