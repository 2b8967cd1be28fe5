"""Sheets of an .xlsx workbook as rows of text: values as stored, formulas noted, nothing computed or followed."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Collection, Dict, FrozenSet, Iterator, List, Sequence, Set, Tuple

from ...core.errors import DataError
from .xlsx_sheet import Cells, Formulas, read_sheet
from .xml_reader import END, START, XmlStream

_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}


@dataclass(frozen=True)
class Workbook:
    """An open workbook: its sheets by name with their parts, shared texts, and styles of dates and of per cent."""

    archive: zipfile.ZipFile
    sheets: Dict[str, str]
    texts: Sequence[str]
    dates: FrozenSet[int]
    percents: FrozenSet[int]
    epoch: datetime
    check: Callable[[], None]
    hidden: Collection[str] = ()

    def rows(self, sheet: str, formulas: Formulas) -> Iterator[List[str]]:
        """The rows of a sheet, '' for empty cells; at most 100 blank rows are kept in a run."""
        cells = Cells(sheet, self.texts, self.dates, self.percents, self.epoch, formulas)
        yield from read_sheet(lambda: self.archive.open(self.sheets[sheet]), cells, self.check)


def open_workbook(archive: zipfile.ZipFile, check: Callable[[], None] = lambda: None) -> Workbook:
    """Read what all sheets share, and which are hidden. DataError where parts are missing or broken."""
    parts = _relations(archive, check)
    sheets: Dict[str, str] = {}
    hidden: Set[str] = set()
    from_1904 = False
    with archive.open("xl/workbook.xml") as stream:
        document = XmlStream(stream, "xl/workbook.xml", check)
        reader = document.reader
        for token in document:
            if token == START and reader.name() == "sheet":
                attributes = reader.attributes()
                part = parts.get(_relation_id(attributes), "")
                if part in archive.namelist() and "/worksheets/" in f"/{part}":
                    sheets[attributes.value("name")] = part
                    hidden |= {attributes.value("name")} if "idden" in attributes.value("state") else set()
            elif token == START and reader.name() == "workbookPr":
                from_1904 = reader.attributes().value("date1904") in ("1", "true")
    dates, percents = _styles(archive, check)
    return Workbook(archive, sheets, _shared_texts(archive, check), dates, percents, _EPOCHS[from_1904], check, hidden)


def _relation_id(attributes) -> str:
    """The attribute 'id' of the relations' namespace, whatever prefix a program gave it."""
    return next((one.value() for one in attributes if one.name() == "id" and one.prefix()), "")


def _relations(archive: zipfile.ZipFile, check) -> Dict[str, str]:
    """Relation id -> part, of the workbook; parts outside the archive are left out."""
    found: Dict[str, str] = {}
    name = "xl/_rels/workbook.xml.rels"
    if name not in archive.namelist():
        raise DataError(f"{name} is missing; the workbook is broken.")
    with archive.open(name) as stream:
        document = XmlStream(stream, name, check)
        for token in document:
            if token == START and document.reader.name() == "Relationship":
                attributes = document.reader.attributes()
                if attributes.value("TargetMode") != "External":
                    found[attributes.value("Id")] = posixpath.normpath(
                        posixpath.join("/xl", attributes.value("Target"))
                    ).lstrip("/")
    return found


def _shared_texts(archive: zipfile.ZipFile, check) -> List[str]:
    """The texts that cells refer to by number; phonetic guides inside them are left out."""
    name = next((member for member in archive.namelist() if member.lower() == "xl/sharedstrings.xml"), None)
    texts: List[str] = []
    if name is None:
        return texts
    with archive.open(name) as stream:
        document = XmlStream(stream, name, check)
        for token in document:
            kind = document.reader.name() if token == START else ""
            if kind == "si":
                texts.append("")
            elif kind in ("t", "rPh"):
                text = document.text()
                if kind == "t" and texts:
                    texts[-1] += text
    return texts


def _styles(archive: zipfile.ZipFile, check) -> Tuple[FrozenSet[int], FrozenSet[int]]:
    """The numbers of the cell styles that show a number as a date, and of those that show 0.32 as 32 %."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset(), frozenset()
    custom: Dict[str, str] = {}
    dates: Set[int] = set()
    percents: Set[int] = set()
    within, place = False, 0
    with archive.open("xl/styles.xml") as stream:
        document = XmlStream(stream, "xl/styles.xml", check)
        reader = document.reader
        for token in document:
            kind = reader.name() if token in (START, END) else ""
            if kind == "cellXfs":
                within = token == START
            elif token == START and kind == "numFmt":
                attributes = reader.attributes()
                custom[attributes.value("numFmtId")] = _QUOTED.sub("", attributes.value("formatCode"))
            elif token == START and kind == "xf" and within:
                number = reader.attributes().value("numFmtId")
                if _shows(number, custom, _DATE_FORMATS, _is_date):
                    dates.add(place)
                elif _shows(number, custom, _PERCENT_FORMATS, lambda code: "%" in code):
                    percents.add(place)
                place += 1
    return frozenset(dates), frozenset(percents)


def _shows(number: str, custom: Dict[str, str], built_in: FrozenSet[int], of_its_own: Callable[[str], bool]) -> bool:
    """Whether a number format is of a kind: by its own code, else by its number among those that all programs know."""
    if number in custom:
        return of_its_own(custom[number])
    return number.isdigit() and int(number) in built_in


def _is_date(code: str) -> bool:
    return bool(_DATE_LETTERS.search(code)) and "general" not in code.lower()
