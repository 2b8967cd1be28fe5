"""Importing a published file inside QGIS: opened, cleaned, written aside and moved into place, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping

import pandas as pd

from ...core.errors import DataError, NeedError, OptionError
from ...core.published.making import importing, survey
from ...core.published.making.clean import Overrides
from ...core.published.reading import header
from ...core.published.reading.areas import Known, known_areas
from ...core.published.reading.codes import codes_of
from ...core.published.reading.grid import column
from ...core.texts import safe_for_spreadsheets
from ..io import destination
from ..io.frames import all_whole
from ..spreadsheets.tables import open_tables
from ..values import Values


def run(values: Values) -> importing.Imported:
    """Import INPUT, and write the clean table and its entry, all or nothing; NeedError in words for the user."""
    report, output, entry = values.advance(1.0), values.path("OUTPUT"), values.path("ENTRY")
    imported = _imported(values, lambda fraction, text="": report(0.9 * fraction, text))
    report(0.9, "Writing")
    with destination.writing(values.context.project()) as writer:
        # Texts of other tables that a spreadsheet would take for formulas are made harmless.
        made = plain if imported.guesses["kind"] == "areas" else safe_for_spreadsheets
        made(imported.table).to_csv(writer.file(output), encoding="utf-8", lineterminator="\n")
        if entry is not None:
            told = {**imported.guesses, "table": str(output)}
            writer.file(entry).write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
        report(1.0)
    return imported


def _imported(values: Values, report: Callable[..., None]) -> importing.Imported:
    """The clean table and all guesses, with nothing written."""
    known, file, options = _known(values, report), values.path("INPUT"), values.options()
    with open_tables(
        file, encoding=options["ENCODING"] or None, separator=options["SEPARATOR"] or None, check=lambda: report(0.1)
    ) as tables:
        return importing.import_tables(
            tables,
            file.name,
            known=known,
            overrides=overrides(options),
            indicator=values.text("INDICATOR") or "",
            methodology=values.methodology(),
            progress=lambda fraction, text: report(0.1 + 0.9 * fraction, text),
        )


def overrides(options: Mapping[str, Any]) -> Overrides:
    """What the user has settled by hand; OptionError where a filter is no ``column=value``."""
    filters: Dict[str, str] = {}
    for part in _parts(options["FILTER"]):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise OptionError(f"FILTER: '{part}' is no column=value.")
        filters[name.strip()] = value.strip()
    return Overrides(
        sheet=options["SHEET"],
        header_row=options["HEADER_ROW"] or None,
        code_column=options["CODE_COLUMN"],
        name_column=options["NAME_COLUMN"],
        value_columns=tuple(_parts(options["VALUE_COLUMNS"])),
        geography="" if options["GEOGRAPHY"] == "auto" else options["GEOGRAPHY"],
        filters=filters,
        stored_results=options["STORED_RESULTS"],
        add_up=options["ADD_UP"],
        decimal=options["DECIMAL"],
        weight=options["WEIGHT"],
    )


def _parts(text: str) -> List[str]:
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]


def _known(values: Values, report: Callable[..., None]) -> Known:
    known, names = Known(), values.path("NAMES")
    if values.given("PACK"):
        report(0.02, "Reading the areas of the pack")
        known = _areas_of_pack(values)
    if names is not None:
        report(0.06, "Reading names")
        known = known.with_names(*_codes_and_names(names, report))
    return known


def _areas_of_pack(values: Values) -> Known:
    with values.pack() as pack:
        return known_areas(pack)


def _codes_and_names(path: Path, report: Callable[..., None]):
    """Codes and names beside them, of the first sheet of a file that has both."""
    with open_tables(path, check=lambda: report(0.06)) as tables:
        for sheet in tables.sheets:
            layout = header.locate(tables.head(sheet).rows)
            if layout is not None and layout.code is not None and layout.name is not None:
                rows = tables.whole(sheet).rows[layout.first :]
                return codes_of(column(rows, layout.code)), column(rows, layout.name)
    raise DataError(f"NAMES: {path.name} has no column of codes with a column of names beside it.")


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with whole numbers written as such (710, not 710.0); all others keep every digit."""
    whole = [name for name, column in table.items() if column.dtype == float and all_whole(column)]
    return table.astype(dict.fromkeys(whole, "Int64"))


def identify_folder(values: Values) -> pd.DataFrame:
    """One row a file of FOLDER (not of folders in it): what it seems to be, or why it cannot be told."""
    folder, report = values.path("FOLDER"), values.advance(0.9)
    if not folder.is_dir():
        raise NeedError(f"{folder}: there is no such folder.")
    known = _areas_of_pack(values) if values.given("PACK") else Known()
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    rows = []
    for place, path in enumerate(files):
        report(place / len(files), path.name)
        rows.append(_identified(path, known))
    columns = ["file", "sheet", "level", "figures", "indicators", "source", "publisher", "page", "reason"]
    table = pd.DataFrame(rows, columns=columns).set_index("file").rename_axis("file")
    return table.assign(figures=table["figures"].fillna(0).astype(int)).fillna("")


def recipe_of(path: Path, known: Known) -> str:
    """The id of the recipe that a file seems to be of; '' where it fits none or cannot be read."""
    return str(_identified(path, known).get("recipe", ""))


def _identified(path: Path, known: Known) -> Dict[str, Any]:
    try:
        with open_tables(path) as tables:
            return survey.identify(tables, path.name, known)
    except DataError as error:
        return {"file": path.name, "reason": str(error)}
