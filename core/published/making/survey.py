"""What the sheets of a file hold, by their first rows: which one to read, and which dataset it seems to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Collection, Dict, List, Mapping, Optional, Protocol, Sequence, Tuple

from ...errors import DataError
from ..reading import codes as codes_
from ..reading import header, mending, periods, places
from ..reading.areas import Known
from ..reading.grid import Grid, column
from ..reading.numbers import read
from . import sources

MOST_JOINED = 60


class Tables(Protocol):
    """What a reader of files offers: sheets by name, their rough sizes, those hidden, their first rows and whole."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """The sheets by name."""

    @property
    def hidden(self) -> Collection[str]:
        """The sheets that a spreadsheet program does not show."""

    def head(self, sheet: str) -> Grid:
        """The first rows of a sheet."""

    def whole(self, sheet: str) -> Grid:
        """All rows of a sheet."""


@dataclass(frozen=True)
class Survey:
    """What a sheet tells at a look: its areas, of which geography and levels, and how many columns of figures."""

    sheet: str
    level: Optional[str]
    areas: int
    figures: int
    size: int
    geography: str = ""
    levels: Tuple[str, ...] = ()
    held: str = ""
    rows: int = 0
    said: str = ""
    hidden: bool = False

    @property
    def usable(self) -> bool:
        """Whether the sheet has areas that a pack can carry, with figures."""
        return self.level is not None and self.figures > 0


def survey_of(tables: Tables, sheet: str, known: Known) -> Survey:
    """Look at the first rows of a sheet; at the whole of it where these show no areas with figures."""
    size = tables.sizes[sheet]
    found = survey(tables.head(sheet), size, known)
    found = found if found.usable else survey(tables.whole(sheet), size, known)
    return replace(found, hidden=sheet in tables.hidden)


def survey(grid: Grid, size: int, known: Known) -> Survey:
    """Look at the rows of a sheet, of many at some."""
    layout = header.locate(grid.rows, known_names=known.plain_names)
    if layout is None:
        return Survey(grid.name, None, 0, 0, size)
    body = header.sampled(grid.rows[layout.first :])
    level, geography, held, rows, said = layout.level, "", "", 0, layout.said(grid)
    levels: Tuple[str, ...] = ()
    if layout.code is not None:
        found = codes_.codes_of(column(body, layout.code))
        codes, held, rows = set(found) - {""}, codes_.held(found), sum(map(bool, found))
        areas = len(codes)
        english = {code for code in codes if code.startswith(codes_.ENGLISH)}
        levels = tuple(sorted({codes_.level_of(code) for code in english} & set(codes_.FINENESS)))
        if level is not None:
            own = {code for code in english if codes_.level_of(code) == level}
            geography = str(codes_.tell_vintage(level, own, known.codes, header=said).geography)
    else:
        cells = [cell for cell in column(body, layout.name or 0) if cell.strip()]
        lettered = sum(1 for cell in cells if re.search(r" \d{3}[A-Z]\s*\Z", cell))
        numbered = sum(1 for cell in cells if re.search(r" \d{3}\s*\Z", cell))
        level, areas = ("LSOA" if lettered > numbered else "MSOA" if numbered else "authority"), len(set(cells))
    figures = sum(
        1
        for place, label in enumerate(layout.labels)
        if place not in (layout.code, layout.name) and read(column(body, place)).is_numeric
    )
    return Survey(grid.name, level, areas, figures, size, geography, levels, held, rows, said)


def choose(surveys: Sequence[Survey], wanted: Optional[str] = None, indicator: str = "", geography: str = "") -> Survey:
    """The sheet to read: ``wanted``, or the likeliest; a hidden one only if no other will do.

    Of the ``geography`` asked for, that the indicator's source names, that has the finest areas, the most of them, or
    the latest period in its name. DataError if no sheet has codes of areas and figures beside them.
    """
    if wanted:
        for one in surveys:
            if wanted.lower() in (one.sheet.lower(), one.sheet.lower().rpartition("/")[2]):
                return one
        raise DataError(f"SHEET: there is no '{wanted}'; there are {', '.join(one.sheet for one in surveys)}.")
    # Rows of areas without a figure may be what is to be counted: crimes, sales.
    usable = [one for one in surveys if one.usable] or [one for one in surveys if one.level and one.rows]
    of_others = next((one for one in surveys if one.figures and one.held and one.level is None), None)
    if not usable and of_others is not None:
        raise DataError(codes_.refusal(of_others.sheet, of_others.held))
    if not usable:
        raise DataError(
            f"No sheet has codes or names of areas with figures beside them: {', '.join(one.sheet for one in surveys)}."
        )
    source = sources.source_of(indicator) if indicator else None
    pattern = str(source.indicators[indicator].get("sheet", "")) if source else ""

    def rank(one: Survey) -> Tuple[Any, ...]:
        named = bool(pattern) and re.search(pattern, one.sheet.lower()) is not None
        return (
            geography == one.geography,
            any(geography in codes_.GEOGRAPHIES[level] for level in one.levels),
            not one.hidden,
            named,
            -codes_.FINENESS.index(str(one.level)),
            one.areas,
            periods.latest(one.sheet) or (),
            one.size,
        )

    return max(usable, key=rank)


def alike(surveys: Sequence[Survey], chosen: Survey) -> List[Survey]:
    """Other sheets of the same level, the latest first.

    They are other measures, with as many areas and columns nearly, and other years, whose names differ by their period.
    """

    def belongs(one: Survey) -> bool:
        as_large = one.figures == chosen.figures and abs(one.size - chosen.size) <= 0.1 * chosen.size
        dated = None not in (periods.latest(one.sheet), periods.latest(chosen.sheet))
        if one.hidden != chosen.hidden or (one.said and chosen.said and one.said != chosen.said):
            return False
        return as_large or (dated and periods.without(one.sheet) == periods.without(chosen.sheet))

    found = [one for one in surveys if one is not chosen and one.usable and one.level == chosen.level and belongs(one)]
    return sorted(found, key=lambda one: periods.latest(one.sheet) or (), reverse=True)


def identify(tables: Tables, file: str, known: Optional[Known] = None) -> Dict[str, Any]:
    """What a file seems to be, from its first rows alone: geography, indicators, and the source that it fits.

    Keys: file, sheet, level, figures, indicators, source, publisher, page, recipe,
    reason (why it is of no use, else '').
    """
    known = known or Known()
    texts = ("sheet", "level", "indicators", "source", "publisher", "page", "recipe", "reason")
    found: Dict[str, Any] = {"file": file, **dict.fromkeys(texts, ""), "figures": 0}
    tables = mending.Mended(tables)
    heads = {name: tables.head(name) for name in tables.sizes}
    surveys = [survey_of(tables, name, known) for name in heads]
    try:
        if len(heads) == 1 and places.is_list(next(iter(heads.values()))):
            raise DataError("a list of places with postcodes")
        chosen = choose(surveys)
    except DataError as error:
        return {**found, "reason": str(error)}
    found.update(sheet=chosen.sheet, level=chosen.level, figures=chosen.figures)
    titles, words = _words_of([heads[one.sheet] for one in (chosen, *alike(surveys, chosen))], known)
    words = " ".join([file, *heads, words])
    fits = [
        match
        for geography in codes_.GEOGRAPHIES[str(chosen.level)]
        for match in sources.matches(words, titles, geography)
    ]
    if fits:
        source = fits[0].source
        indicators = sorted({match.indicator for match in fits if match.source.id == source.id})
        found.update(indicators=", ".join(indicators), source=source.title, publisher=source.publisher)
        found.update(page=source.page or source.page_note, recipe=source.id)
    return found


def _words_of(heads: Sequence[Grid], known: Known) -> Tuple[Dict[str, str], str]:
    """The titles of the columns of some sheets, and all words above and among their first rows."""
    plain = known.plain_names
    titles: Dict[str, str] = {}
    words: List[str] = []
    for head in heads:
        layout = header.locate(head.rows, known_names=plain)
        if layout is not None:
            titles.update({label.name: label.title for label in layout.labels})
            words += [cell for row in head.rows[: layout.first + 40] for cell in row]
    return titles, " ".join([*titles.values(), *words])
