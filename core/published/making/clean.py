"""From a grid to a clean table: codes, figures, and every guess that was made on the way, in words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ...errors import DataError
from ..reading import authorities, blocks, figures, mending, numbers, shape
from ..reading import codes as codes_
from ..reading import header as header_
from ..reading import names as names_
from ..reading.areas import Known
from ..reading.figures import Figures
from ..reading.grid import Grid, Rows, column, place_of
from ..reading.header import Label, Layout

PREVIEW_ROWS = 8
_KEPT_NOTES = 12
_SUBJECTS = ("indicator_name", "indicator", "measure_name", "dataset", "topic")


@dataclass(frozen=True)
class Overrides:
    """What a user has settled by hand; None or empty where the guess may stand. Rows count from 1."""

    sheet: str = ""
    header_row: Optional[int] = None
    code_column: str = ""
    name_column: str = ""
    value_columns: Tuple[str, ...] = ()
    geography: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    stored_results: bool = False
    add_up: bool = False
    decimal: str = "auto"
    weight: str = ""


@dataclass(frozen=True)
class Cleaned:
    """A clean table (index: code; float64 columns), its geography, where each column is from, and the guesses."""

    table: pd.DataFrame
    geography: str
    titles: Mapping[str, str]
    guesses: Mapping[str, Any]
    warnings: Tuple[str, ...]


@dataclass
class _Rows:
    """The rows of areas: their codes and cells, with what was set aside."""

    codes: List[str]
    cells: List[Sequence[str]]
    geography: str
    guesses: Dict[str, Any]
    warnings: List[str]
    in_header: str = ""
    reason: str = ""
    strays: int = 0


def clean(grid: Grid, known: Optional[Known] = None, overrides: Optional[Overrides] = None) -> Cleaned:
    """A clean table of one sheet: one row an English area, one float64 column a figure, NaN where none is given.

    Rows without an area code, of other levels and of other countries are left out and counted. Guesses hold
    what was found and how; ``overrides`` settle any of them. DataError says what is missing or unclear.
    """
    known, overrides = known or Known(), overrides or Overrides()
    layout = _layout(grid, known, overrides)
    if layout.code is not None and layout.code in grid.formulas:
        first = grid.formulas[layout.code]
        raise DataError(
            f"{grid.name}: the codes are formulas (first in cell {first}); save the sheet with values in their place "
            "and try again."
        )
    grid, beside = blocks.one_of_several(grid, layout)
    grid, layout, notes = blocks.rows_to_areas(grid, layout, overrides.header_row is not None)
    _refuse_longer_rows(grid, layout)
    if not overrides.code_column:
        _refuse_other_areas(grid, layout)
    rows = _area_rows(grid, layout, known, overrides)
    rows.warnings += beside + notes + _other_codes(rows, layout, overrides)
    rows = _filtered(rows, layout, overrides, grid.name)
    found = _figures(grid, layout, rows, overrides)
    wide = shape.widen(rows.codes, found.values, found.texts, where=grid.name, add_up=overrides.add_up)
    labels = {figures.ROWS: Label("", "Rows", figures.ROWS), **{label.name: label for label in layout.labels}}
    rows.warnings += [*wide.notes, *_header_notes(layout, found.values)]
    rows.warnings += [] if overrides.value_columns else _not_used(found, wide, labels)
    rows.warnings += _parts_of_1(wide, labels, found.facts)
    named = {name: label.title for name, label in labels.items()}
    titles = {name: " ".join([named[source], *groups.values()]) for name, (source, groups) in wide.origin.items()}
    # What all rows are about, where a column of one text says so: 'Life expectancy at birth: '.
    about = [set(found.texts.get(name, ())) - {""} for name in _SUBJECTS]
    subject = next((f"{texts.pop()}: " for texts in about if len(texts) == 1), "")
    titles = {name: f"{subject}{title}" for name, title in titles.items()}
    table, rows.geography = _one_geography(wide.values, rows, known, titles, _weight(wide, layout, overrides, grid))
    # A row of several figures is a total, and no note.
    above = [row for row in grid.rows[: layout.header[0] if layout.header else layout.first] if _line(row)]
    above = [row for row in above if sum(numbers.number(numbers.tidy(cell)) is not None for cell in row) < 2]
    rows.guesses.update(
        {
            "sheet": grid.name,
            **grid.facts,
            "header_rows": [row + 1 for row in layout.header],
            "first_row": layout.first + 1,
            "code_column": None if layout.code is None else layout.labels[layout.code].title,
            "name_column": None if layout.name is None else layout.labels[layout.name].title,
            "text_above": [_line(row)[:300] for row in above[:_KEPT_NOTES]],
            "geography": rows.geography,
            "areas": len(table) - rows.strays,
            "added_up": overrides.add_up,
            "told_apart_by": list(wide.keys),
            "kept_only": dict(wide.chosen),
            "columns": _described(table, wide, titles, found.facts, labels),
            "preview": preview(table),
        }
    )
    return Cleaned(table, rows.geography, titles, rows.guesses, tuple(rows.warnings))


def position_of(wanted: str, labels: Sequence[Label], where: str) -> int:
    """The column that a user means by its header, its plain name, its letter or its number."""
    text = wanted.strip().lower()
    for place, label in enumerate(labels):
        if text in (label.name, label.title.lower(), " ".join(label.printed.lower().split())):
            return place
    at = int(text) - 1 if text.isdigit() else place_of(text.upper())
    if at is not None and 0 <= at < len(labels):
        return at
    raise DataError(
        f"{where}: there is no column '{wanted}'; it has {', '.join(label.title for label in labels if label.title)}."
    )


def _layout(grid: Grid, known: Known, overrides: Overrides) -> Layout:
    header = None if overrides.header_row is None else overrides.header_row - 1
    if header is not None and not 0 <= header < len(grid.rows):
        raise DataError(
            f"HEADER_ROW: {grid.name} has {len(grid.rows):,} rows; row {overrides.header_row} is none of them."
        )
    layout = header_.locate(grid.rows, header=header, known_names=known.plain_names)
    wanted = {"code": overrides.code_column, "name": overrides.name_column}
    if any(wanted.values()):
        if layout is None and header is None:
            header = 0
        labels = layout.labels if layout else header_.make_labels([str(cell) for cell in grid.rows[header or 0]])
        given = {key: position_of(text, labels, grid.name) for key, text in wanted.items() if text}
        layout = header_.locate(grid.rows, header=header, known_names=known.plain_names, **given)
    if layout is None:
        raise DataError(
            f"{grid.name}: no column holds codes (such as E01000001) or names of areas; give CODE_COLUMN or "
            "NAME_COLUMN, or choose another SHEET."
        )
    return layout


def _refuse_longer_rows(grid: Grid, layout: Layout) -> None:
    """DataError where some rows of areas in a text file are longer than the header: a comma parts a cell of theirs."""
    if "separator" not in grid.facts or not layout.header or layout.code is None:
        return
    size = max(len(grid.rows[row]) for row in layout.header)
    areas = [row for row, cells in enumerate(grid.rows) if row >= layout.first and _has_code(cells, layout)]
    longer = [row for row in areas if any(cell.strip() for cell in grid.rows[row][size:])]
    if 0 < len(longer) < len(areas):
        raise DataError(
            f"{grid.name}: {len(longer):,} of {len(areas):,} rows have more cells than the header, the first of them "
            f"row {longer[0] + 1} ({_line(grid.rows[longer[0]])[:80]}); put what holds the separator, such as 1,013, "
            "in quotes."
        )


def _has_code(cells: Sequence[str], layout: Layout) -> bool:
    return bool(codes_.code_of(column([cells], layout.code or 0)[0]))


def _refuse_other_areas(grid: Grid, layout: Layout) -> None:
    """DataError where the rows are of wards or the like: each its own, in authorities that recur."""
    body = grid.rows[layout.first :]
    own = codes_.codes_of(column(body, layout.code)) if layout.code is not None else []
    areas = len(set(own) - {""})
    if not areas or areas == sum(map(bool, own)):
        return
    by_authority = codes_.main_level(own) == "authority"
    for place, label in enumerate(layout.labels):
        codes = codes_.codes_of(column(body, place)) if place != layout.code else []
        different = {code for code in codes if code.startswith(codes_.ENGLISH)}
        kind, what = codes_.held(sorted(different)), "codes"
        named = header_.of_other_areas(label.title) if by_authority and not different else ""
        if named:
            # Wards of one name, such as Abbey, are in many authorities.
            pairs = zip(column(body, place), own)
            different = {f"{numbers.tidy(cell)} ({code})" for cell, code in pairs if code and cell.strip()}
            kind, what = named, "names"
        if len(different) > areas and kind not in codes_.FINENESS:
            detail = f" ({len(different):,} {what} such as {min(different)} in column '{label.title}')"
            title = layout.labels[layout.code or 0].title
            raise DataError(
                f"{codes_.refusal(grid.name, kind, detail)} Counts can be added up: CODE_COLUMN={title} with ADD_UP."
            )


def _area_rows(grid: Grid, layout: Layout, known: Known, overrides: Overrides) -> _Rows:
    """The rows of one level of English areas; all others counted by what they are."""
    body = grid.rows[layout.start :]
    guesses: Dict[str, Any] = {}
    warnings: List[str] = []
    reason = ""
    if layout.code is None:
        matched, guesses["names"], warnings = _by_name(body, layout, known, overrides.geography, grid)
        codes, wanted = list(matched.codes), overrides.geography
        if not wanted and matched.whole and matched.geography not in codes_.GEOGRAPHIES["authority"]:
            # Else what the areas are of is told by their codes, as where a file has codes.
            wanted = str(matched.geography)
            reason = f"nearly all areas of {wanted} whose names are known are in the file"
    else:
        codes = codes_.codes_of(column(body, layout.code))
        wanted = overrides.geography
    level = codes_.main_level([code for code in codes if code.startswith(codes_.ENGLISH)])
    if wanted:
        level = next(name for name, years in codes_.GEOGRAPHIES.items() if wanted in years)
    if level is None:
        kind = codes_.held(codes)
        raise DataError(
            codes_.refusal(grid.name, kind)
            if kind
            else f"{grid.name}: holds no code of an English Output Area, LSOA, MSOA or local authority."
        )
    keep = [code.startswith(codes_.ENGLISH) and codes_.level_of(code) == level for code in codes]
    left_out, more = _count_left_out(body, codes, keep)
    guesses.update(left_out)
    warnings += more
    own, cells = list(compress(codes, keep)), list(compress(body, keep))
    in_header = dataclasses.replace(layout, level=level).said(grid)
    found = _Rows(own, cells, wanted, guesses, warnings, in_header, reason)
    if not found.codes:
        raise DataError(
            f"{grid.name}: holds no code of an area of {overrides.geography or level}; leave GEOGRAPHY empty."
        )
    guesses["level"] = level
    return found


def _count_left_out(body: Rows, codes: Sequence[str], keep: Sequence[bool]) -> Tuple[Dict[str, Any], List[str]]:
    others = Counter(codes_.level_of(code) for code, kept in zip(codes, keep) if code and not kept)
    without = [row for row, code in zip(body, codes) if not code]
    texts = list(filter(None, map(_line, without)))
    dropped = [row for row in without if any(numbers.number(numbers.tidy(cell)) is not None for cell in row)]
    warnings = []
    if dropped:
        first = _line(dropped[0])[:80]
        warnings.append(f"{len(dropped):,} rows have figures but no area and are left out; the first is '{first}'.")
    if others:
        kinds = ", ".join(f"{count:,} of {kind}" for kind, count in others.most_common())
        warnings.append(f"Rows of other areas are left out: {kinds}.")
    counted = {
        "rows_of_other_areas": dict(others.most_common()),
        "rows_without_area": len(texts),
        "notes_under_the_table": [text[:300] for text in texts[:_KEPT_NOTES]],
    }
    return counted, warnings


def _line(row: Sequence[str]) -> str:
    """The filled cells of a row as one text."""
    return " ".join(cell.strip() for cell in row if cell.strip())


def _by_name(
    body: Rows, layout: Layout, known: Known, wanted: str, grid: Grid
) -> Tuple[names_.Matched, Dict[str, Any], List[str]]:
    """The areas of the rows by name, and what was found in words; DataError where there are no names, or none fits."""
    where, cells = grid.name, [numbers.tidy(cell) for cell in column(body, layout.name or 0)]
    first = next(filter(None, cells[layout.first - layout.start :]), "")
    if not known.names:
        raise DataError(
            f"{where}: areas have names ({first}, ...) but no codes; give PACK, or NAMES: a "
            "table of the same areas with codes and names."
        )
    matched = names_.match(
        cells,
        known.names,
        wanted or None,
        [dataclasses.replace(layout, level=level).said(grid) for level in codes_.FINENESS],
    )
    if matched.geography is None:
        raise DataError(f"{where}: none of the names ({first}, ...) is known; give NAMES.")
    guesses = {
        "matched": sum(map(bool, matched.codes)),
        "unknown": len(matched.unknown),
        "first_unknown": list(matched.unknown[:20]),
        "ambiguous": {name: list(areas) for name, areas in list(matched.ambiguous.items())[:50]},
    }
    warnings = []
    found, total = len(set(matched.codes) - {""}), len(known.names[matched.geography])
    if found < total:
        warnings.append(
            f"{found:,} of the {total:,} areas of {matched.geography} were found by name; {len(matched.unknown):,} "
            "names are unknown. Where a file of the same areas has codes and names, give it as NAMES."
        )
    if matched.ambiguous:
        warnings.append(f"Names that several areas bear are left out: {', '.join(list(matched.ambiguous)[:10])}.")
    return matched, guesses, warnings


def _filtered(rows: _Rows, layout: Layout, overrides: Overrides, where: str) -> _Rows:
    for name, wanted in overrides.filters.items():
        place = position_of(name, layout.labels, where)
        cells = [numbers.tidy(cell) for cell in column(rows.cells, place)]
        keep = [cell.lower() == wanted.strip().lower() for cell in cells]
        if not any(keep):
            held = ", ".join(sorted(set(cells))[:10])
            raise DataError(f"FILTER: no row of {where} has '{wanted}' in column '{name}'; it holds {held}.")
        rows.codes, rows.cells = list(compress(rows.codes, keep)), list(compress(rows.cells, keep))
    return rows


def _figures(grid: Grid, layout: Layout, rows: _Rows, overrides: Overrides) -> Figures:
    """The columns of figures and texts; their notes join those of the rows."""
    chosen = tuple(position_of(name, layout.labels, grid.name) for name in overrides.value_columns)
    if len(set(chosen)) < len(chosen):
        raise DataError(f"VALUE_COLUMNS: '{'; '.join(overrides.value_columns)}' names a column twice.")
    taken = figures.Taken(chosen, overrides.stored_results, overrides.add_up)
    found = figures.sort_out(grid, layout, rows.codes, rows.cells, taken)
    rows.warnings += [*mending.warnings_of(grid), *found.warnings]
    rows.guesses["columns_left_out"] = dict(found.left_out)
    rows.guesses["constant"] = {
        name: cells[0] for name, cells in found.texts.items() if cells and cells[0] and len(set(cells)) == 1
    }
    return found


def _other_codes(rows: _Rows, layout: Layout, overrides: Overrides) -> List[str]:
    """That another column holds codes of as many areas, but others: of another year, or where people went."""
    if layout.code is None or overrides.code_column:
        return []
    areas = len(set(rows.codes))
    notes = []
    for place, label in enumerate(layout.labels):
        codes = codes_.codes_of(column(rows.cells, place)) if place != layout.code else []
        alike = {code for code in codes if code and codes_.level_of(code) == rows.guesses["level"]}
        other = codes != rows.codes or codes_.geography_in_header(rows.guesses["level"], [label.printed]) not in (
            "",
            rows.in_header,
        )
        if other and 10 * len(alike) >= 9 * areas and areas > 1:
            notes.append(f"'{label.title}' holds codes of as many areas; CODE_COLUMN chooses it.")
    return notes


def _not_used(found: Figures, wide: shape.Wide, labels: Mapping[str, Label]) -> List[str]:
    """That columns of numbers or bands ('0-10', '11-20') were read as times or categories, but tell no rows apart."""
    keys = list(zip(*(found.texts[name] for name in wide.keys if name in found.texts)))
    left = []
    for name, cells in found.texts.items():
        told = name in wide.keys or len(set(cells)) == 1 or (keys and len(set(zip(keys, cells))) == len(set(keys)))
        count = sum(numbers.is_band(cell) or numbers.number(cell) is not None for cell in ([] if told else cells))
        left += [labels[name].title or name] * (2 * count > len(cells))
    return [f"Bands, times and codes of categories are no figures: {', '.join(left)} left out."] if left else []


def _parts_of_1(wide: shape.Wide, labels: Mapping[str, Label], facts: Mapping[str, numbers.Numbers]) -> List[str]:
    """That columns are per cent by their header, but hold no value over 1."""
    words = []
    for name, (source, groups) in wide.origin.items():
        known = wide.values[name].dropna().abs()
        parts = len(known) > 2 and 0 < known.max() <= 1 and bool((known % 1).any())
        if parts and labels[source].unit == "%" and not facts[source].percents:
            title = " ".join([labels[source].title, *groups.values()])
            words.append(f"'{title}' is per cent by its header, but no value is over 1: parts of 1, taken as printed?")
    return words


def _header_notes(layout: Layout, values: Mapping[str, Any]) -> List[str]:
    """That columns of figures have no header, or the same one, and how they are named instead."""
    labels = [label for label in layout.labels if label.name in values]
    blank = [label.name for label in labels if not label.printed.strip()]
    times = Counter(label.title for label in labels if label.title)
    same = {title: [label.name for label in labels if label.title == title] for title in times if times[title] > 1}
    notes = [f"Columns without a header are called {', '.join(blank[:5])}; HEADER_ROW settles it."] if blank else []
    return notes + [
        f"Columns of one header, '{title}', are called {', '.join(names)}." for title, names in same.items()
    ]


def _weight(wide: shape.Wide, layout: Layout, overrides: Overrides, grid: Grid) -> str:
    """The column that WEIGHT names, as a column of the table; '' where none is given."""
    if not overrides.weight:
        return ""
    name = layout.labels[position_of(overrides.weight, layout.labels, grid.name)].name
    if name not in wide.values:
        raise DataError(f"WEIGHT: '{overrides.weight}' is no column of figures with one row an area.")
    return name


def _one_geography(
    table: pd.DataFrame, rows: _Rows, known: Known, titles: Mapping[str, str], weight: str
) -> Tuple[pd.DataFrame, str]:
    """The table with its geography; of authorities, only those of the tier and year that fit most."""
    level = rows.guesses["level"]
    given: Set[str] = set(table.index)
    vintage = codes_.tell_vintage(level, given, known.codes, rows.geography or None, rows.in_header)
    rows.guesses["areas_there_are"] = len(known.codes.get(str(vintage.geography), ())) or codes_.COUNTS.get(
        str(vintage.geography), 0
    )
    rows.guesses["vintage"] = {
        "geography": vintage.geography,
        "reason": rows.reason or vintage.reason,
        "matched": vintage.matched,
        "or": list(vintage.others),
        "unknown_codes": len(vintage.unmatched),
        "first_unknown": list(vintage.unmatched[:20]),
    }
    # Areas of another year stay in the table, but are none of its geography.
    rows.strays = 0 if level == "authority" else len(given) - vintage.matched
    rows.warnings += vintage.notes
    if vintage.others:
        rows.warnings.append(f"The areas fit {vintage.others[0]} as well as {vintage.geography}; GEOGRAPHY settles it.")
    if level == "authority" and vintage.unmatched:
        table, notes = authorities.brought(table, str(vintage.geography), known, titles, weight)
        rows.warnings += notes
    elif vintage.unmatched:
        rows.warnings.append(f"{len(vintage.unmatched):,} codes are unknown: {', '.join(vintage.unmatched[:5])}.")
    if table.empty:
        raise DataError(f"None of the authorities is of {vintage.geography}; their codes are of another year.")
    order = sorted(table.index)
    return table.loc[order].rename_axis(f"{vintage.geography}CD"), str(vintage.geography)


def _described(
    table: pd.DataFrame,
    wide: shape.Wide,
    titles: Mapping[str, str],
    facts: Mapping[str, numbers.Numbers],
    labels: Mapping[str, Label],
) -> Dict[str, Any]:
    described = {}
    for name in table:
        source, groups = wide.origin[name]
        read, label = facts[source], labels[source]
        unit = label.unit or ("%" if read.percent else "£" if read.currency else "")
        described[name] = {
            "header": label.printed,
            "title": titles[name],
            "unit": unit,
            "rows": groups,
            "with_a_value": int(table[name].notna().sum()),
            "empty": int(table[name].isna().sum()),
            "marks": dict(read.marks),
            "flagged": dict(read.flagged),
            "not_numbers": dict(list(read.unreadable.items())[:10]),
        }
    return described


def preview(table: pd.DataFrame) -> List[List[Any]]:
    """The first rows as plain values, the index first, None for gaps."""
    rows = table.head(PREVIEW_ROWS).reset_index().astype(object)
    return rows.where(rows.notna(), None).to_numpy().tolist()
