"""Files as published, opened as sheets of text rows: XLSX, ODS, CSV and its kin, zips and gzips of them, old XLS."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Callable, Collection, Dict, Iterator, List, Mapping, Optional

from ...core.errors import DataError
from ...core.published.reading import archive as archives
from ...core.published.reading import sniff
from ...core.published.reading.grid import Grid, Rows, collect, width
from ...core.published.reading.header import HEAD_ROWS
from ...core.texts import listed
from . import ods, xlsx
from .xlsx_sheet import Formulas

_XLS_START = b"\xd0\xcf\x11\xe0"
_GZIP_START = b"\x1f\x8b"
_REFUSED_STARTS = {
    b"%PDF": "a PDF",
    b"SQLi": "a database",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file",
    b"{": "JSON",
}
_HEAD_BYTES = 1 << 20


@dataclass
class TableFile:
    """An open file of one or more sheets; ``sizes`` tell roughly how large each is, ``hidden`` which are not shown."""

    path: Path
    kind: str
    sizes: Dict[str, int]
    encoding: Optional[str] = None
    separator: Optional[str] = None
    check: Callable[[], None] = lambda: None
    hidden: Collection[str] = ()
    _archive: Optional[zipfile.ZipFile] = None
    _workbook: Optional[xlsx.Workbook] = None
    _held: Dict[str, Grid] = field(default_factory=dict)

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._held.clear()
        if self._archive is not None:
            self._archive.close()

    @property
    def sheets(self) -> List[str]:
        """The names of the sheets, or of the files in a zip."""
        return list(self.sizes)

    def head(self, sheet: str) -> Grid:
        """The first rows of a sheet, enough to tell what it is."""
        return self._grid(sheet, HEAD_ROWS)

    def whole(self, sheet: str) -> Grid:
        """A whole sheet; DataError where it is broken or larger than a table of areas can be."""
        return self._grid(sheet, None)

    def _grid(self, sheet: str, most_rows: Optional[int]) -> Grid:
        if sheet not in self.sizes:
            raise DataError(f"{self.path.name}: there is no sheet '{sheet}'; it has {', '.join(self.sizes)}.")
        if sheet in self._held:
            return self._held[sheet]
        try:
            return self._read(sheet, most_rows)
        except archives.BROKEN as error:
            raise DataError(f"{self.path.name}: '{sheet}' cannot be read ({error}).") from error

    def _read(self, sheet: str, most_rows: Optional[int]) -> Grid:
        if self._workbook is not None:
            formulas = Formulas()
            rows = collect(sheet, islice(self._workbook.rows(sheet, formulas), most_rows))
            return _grid(sheet, rows, formulas)
        data = self._bytes(sheet, _HEAD_BYTES if most_rows else None)
        if most_rows and len(data) >= _HEAD_BYTES:
            # The last line was cut off where reading stopped, perhaps inside a character.
            wide = sniff.encoding_of(data).startswith(("utf-16", "utf-32"))
            data = data[: len(data) // 4 * 4] if wide else data[: data.rfind(b"\n") + 1] or data
        self.check()
        return sniff.read_text(data, sheet, encoding=self.encoding, separator=self.separator, most_rows=most_rows)

    def _bytes(self, sheet: str, most: Optional[int]) -> bytes:
        if self._archive is not None:
            if most is None:
                return archives.read_member(self._archive, sheet)
            with self._archive.open(sheet) as stream:
                return stream.read(most)
        if self.kind == "gzip":
            return archives.read_gzip(self.path)
        with self.path.open("rb") as stream:
            return stream.read() if most is None else stream.read(most)


def open_tables(
    path: Path,
    *,
    encoding: Optional[str] = None,
    separator: Optional[str] = None,
    check: Callable[[], None] = lambda: None,
) -> TableFile:
    """Open a file by what it is, not by its ending; DataError with the reason where it cannot be read.

    ``check`` is called every quarter of a megabyte and may raise, to stop. Zips are never unpacked to disk.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    if not path.stat().st_size:
        raise DataError(f"{path.name}: the file is empty.")
    with path.open("rb") as stream:
        start = stream.read(8)
    if zipfile.is_zipfile(path) and start[:2] == b"PK":
        return _open_archive(path, encoding, separator, check)
    if start.startswith(_XLS_START):
        return _open_xls(path, check)
    for begin, what in _REFUSED_STARTS.items():
        if start.startswith(begin):
            raise DataError(f"{path.name}: is {what}; give a CSV, TSV, XLSX, ODS, or a zip of CSV files.")
    if path.stat().st_size > sniff.MOST_BYTES:
        raise DataError(
            f"{path.name}: is larger than {sniff.MOST_BYTES // 1024**3} GB; keep the columns that are needed."
        )
    kind = "gzip" if start.startswith(_GZIP_START) else "text"
    return TableFile(path, kind, {path.name: path.stat().st_size}, encoding, separator, check)


def _open_archive(path: Path, encoding, separator, check) -> TableFile:
    archive = archives.open_zip(path)
    try:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return _open_xlsx(path, archive, check)
        if "content.xml" in names:
            return _open_ods(path, archive, check)
        if "xl/workbook.bin" in names:
            raise DataError(f"{path.name}: is a binary workbook (.xlsb); save it as .xlsx and try again.")
        members = archives.text_members(archive)
        if not members:
            raise DataError(f"{path.name}: the zip holds no CSV or other text table.")
        sizes = {member.filename: member.file_size for member in members}
        return TableFile(path, "zip", sizes, encoding, separator, check, _archive=archive)
    except archives.BROKEN as error:
        archive.close()
        raise DataError(f"{path.name}: is broken ({error}).") from error
    except (DataError, KeyError) as error:
        archive.close()
        raise DataError(f"{path.name}: {str(error).removeprefix(path.name + ': ')}") from error


def _open_xlsx(path: Path, archive: zipfile.ZipFile, check) -> TableFile:
    workbook = xlsx.open_workbook(archive, check)
    if not workbook.sheets:
        raise DataError("the workbook has no worksheet.")
    sizes = {name: archive.getinfo(part).file_size for name, part in workbook.sheets.items()}
    return TableFile(path, "xlsx", sizes, check=check, hidden=workbook.hidden, _archive=archive, _workbook=workbook)


def _open_ods(path: Path, archive: zipfile.ZipFile, check) -> TableFile:
    """All sheets at once, for they stand in one stream of XML."""
    reader = ods.OdsReader(archive, check)
    held = _held_by_sheet(reader.rows(), reader.formulas)
    if not held:
        raise DataError("the spreadsheet has no sheet.")
    sizes = {name: len(grid.rows) for name, grid in held.items()}
    return TableFile(path, "ods", sizes, check=check, hidden=reader.hidden, _archive=archive, _held=held)


def _held_by_sheet(rows: Iterator, formulas: Mapping[str, Formulas]) -> Dict[str, Grid]:
    """Collects the rows of consecutive sheets; each keeps equal texts once."""
    held = {sheet: collect(sheet, (row for _, row in group)) for sheet, group in groupby(rows, key=itemgetter(0))}
    return {name: _grid(name, rows, formulas[name]) for name, rows in held.items()}


def _grid(name: str, rows: Rows, found: Formulas) -> Grid:
    """The sheet, with what is hidden in it told: filled rows, and columns as far as the sheet is filled."""
    columns = [ods.letters_of(place) for place in sorted(found.hidden_columns) if place < width(rows)]
    words = [f"{len(found.hidden_rows):,} rows (first row {found.hidden_rows[0]:,})"] if found.hidden_rows else []
    words += [f"columns {listed(columns)}"] if columns else []
    facts = {"hidden": " and ".join(words)} if words else {}
    return Grid(name, rows, dict(found.first), tuple(sorted(found.linked)), facts, found.merged)


def _open_xls(path: Path, check) -> TableFile:
    """A workbook of before 2007, through GDAL's reader where this QGIS has it; it shows no formulas."""
    from osgeo import ogr

    driver = ogr.GetDriverByName("XLS")
    try:
        source = driver.Open(str(path)) if driver is not None else None
    except RuntimeError:
        # GDAL's Python raises instead of giving None once anybody in the process has asked for that.
        source = None
    if source is None:
        raise DataError(f"{path.name}: is a workbook of before 2007 (.xls) that cannot be read here; save it as .xlsx.")
    held = {}
    for layer in (source.GetLayer(place) for place in range(source.GetLayerCount())):
        fields = layer.GetLayerDefn().GetFieldCount()
        names = [layer.GetLayerDefn().GetFieldDefn(place).GetName() for place in range(fields)]
        # GDAL may have taken the first row for names; as a row it is found again.
        first = [] if all(name.startswith("Field") for name in names) else [names]
        rows = ([feature.GetFieldAsString(place) for place in range(fields)] for feature in layer)
        held[layer.GetName()] = Grid(layer.GetName(), first + collect(layer.GetName(), rows))
        check()
    return TableFile(path, "xls", {name: len(grid.rows) for name, grid in held.items()}, check=check, _held=held)
