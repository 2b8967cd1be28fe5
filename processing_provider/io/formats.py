"""What output formats can hold: which file an output leads to, its fields' names, and the layers it holds already."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, List, Optional

from osgeo import gdal
from qgis.core import (
    QgsDataSourceUri,
    QgsFields,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputLayerDefinition,
    QgsProperty,
    QgsVectorFileWriter,
)

from ...core.errors import DataError, NeedError, OptionError
from .. import compat
from . import locks
from .replace_files import SIDE_FILES

DEFAULT = ".gpkg"
# memory:, ogr:, postgres: and the like; one letter and a colon are a drive.
_PROVIDER = re.compile(r"[A-Za-z]{2,}:")
# Drivers that hold any table; DXF, GPX and others have fields of their own.
_TABLES = {"GPKG", "SQLite", "ESRI Shapefile", "CSV", "FlatGeobuf", "GeoJSON", "GeoJSONSeq", "GML", "KML", "LIBKML"}
_TABLES |= {"MapInfo File", "MapInfo MIF", "ODS", "XLSX", "Parquet", "Arrow"}
# Those that hold several layers in one file.
_CONTAINERS = {"GPKG", "SQLite", "XLSX", "ODS", "KML", "LIBKML", "OpenFileGDB", "FileGDB"}
_DATABASES = (".gpkg", ".sqlite")
# GDAL writes no rows without geometry to the one, and QGIS finds none in the other.
_WITH_GEOMETRY = (".fgb", ".sqlite")
_MOST_FIELDS = {".gpkg": 1998, ".sqlite": 1998, ".shp": 255, ".ods": 1024, ".xlsx": 16384}
# Tables of a GeoPackage that are about the others.
_OWN_TABLES = re.compile(r"(gpkg_|rtree_|sqlite_|idx_)|(layer_styles|spatial_ref_sys|geometry_columns\w*)\Z", re.I)
_RAW = (
    (re.compile(r"lock timeout", re.I), "another program reads or edits it; close it there and run again"),
    (re.compile(r"depend", re.I), "views are made of the earlier table; drop them, or choose another name"),
    (re.compile(r"server|connection", re.I), "the connection to the database was lost; run again"),
    (re.compile(r"UNIQUE constraint", re.I), "two rows have the same number in the field 'fid'; drop or renumber it"),
    (re.compile(r"locked|busy", re.I), "it is locked by another program; close it there and run again"),
    (re.compile(r"duplicate column|already exists", re.I), "two of its fields have the same name; rename one"),
    (re.compile(r"too many columns", re.I), "it has more fields than this format takes; drop some, or write a CSV"),
    (re.compile(r"FID|fid"), "the field 'fid' has to hold whole numbers, each once; rename or drop it"),
)


# Styles a layer that has been written: the style goes along in a GeoPackage.
Styler = Callable[[QgsMapLayer], None]


@dataclass(frozen=True)
class Target:
    """The file that an output leads to, and the layer in it where the user has chosen one."""

    path: Path
    layer: str = ""
    geometry: str = ""

    @property
    def replaces(self) -> Optional[Collection[str]]:
        """The layers that may go: the one that has the file's name; all may stay where a layer was chosen."""
        return None if self.layer else (self.path.stem,)

    @property
    def result(self) -> str:
        """What the algorithm returns."""
        return f"{self.path}|layername={self.layer}" if self.layer else str(self.path)

    def at(self, path: Path) -> str:
        """The same output in another file."""
        if not self.layer:
            return str(path)
        uri = QgsDataSourceUri()
        uri.setDatabase(str(path))
        uri.setDataSource("", self.layer, self.geometry)
        return f"ogr:{uri.uri(False)}"


def holds_tables(path: Path) -> bool:
    """Whether a file is, by what it holds, of a format with tables of its own, and none is a view without end.

    Other formats may name servers to ask.
    """
    driver = gdal.IdentifyDriverEx(str(path), gdal.OF_VECTOR)
    if driver is None or driver.ShortName not in _TABLES:
        return False
    if driver.ShortName != "GPKG":
        return True
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return database.execute("SELECT 1 FROM sqlite_master WHERE type = 'view'").fetchone() is None
    except sqlite3.DatabaseError:
        return False


def text_of(value: Any, context: QgsProcessingContext) -> str:
    """An output as QGIS writes it; '' where it is not asked for, or rows are appended to it."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = "" if value.useRemapping() else value.sink
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext(), "")[0]
    return "" if value is None else str(value)


def in_memory(value: Any, context: QgsProcessingContext) -> bool:
    """Whether an output is a layer in memory."""
    text = text_of(value, context)
    return text == QgsProcessing.TEMPORARY_OUTPUT or text.startswith("memory:")


def target_of(name: str, value: Any, context: QgsProcessingContext) -> Optional[Target]:
    """The file of an output; None for layers in memory, in a database server, or that rows are appended to.

    OptionError for a format that cannot hold a table.
    """
    text = text_of(value, context)
    if text.startswith("ogr:"):
        uri = QgsDataSourceUri(text[4:])
        target = Target(Path(uri.database()).absolute(), uri.table(), uri.geometryColumn())
        if not uri.database() or not uri.table() or target.path.suffix.lower() not in _DATABASES:
            raise OptionError(
                f"{name}: a layer can be chosen in a GeoPackage or SQLite file alone "
                "(ogr:dbname='file.gpkg' table=\"layer\")."
            )
        return target
    if not text or text == QgsProcessing.TEMPORARY_OUTPUT or _PROVIDER.match(text):
        return None
    path, _, layer = text.partition("|layername=")
    target = Target(Path(path).absolute(), layer, "geom" if layer else "")
    if not target.path.suffix:
        target = Target(target.path.with_name(target.path.name + DEFAULT), layer, target.geometry)
    _check_format(name, target.path)
    return target


def _check_format(name: str, path: Path) -> None:
    driver = QgsVectorFileWriter.driverForExtension(path.suffix[1:])
    if driver not in _TABLES:
        reason = "this format is not known here" if not driver else "this format cannot hold such a table"
        raise OptionError(f"{name}: '{path.name}': {reason}; choose .gpkg, .csv, .geojson, .xlsx or .shp.")


def check_fields(name: str, fields: QgsFields, target: Target, spatial: bool) -> None:
    """DataError, in words, for fields that the format of the output cannot hold."""
    ending, names = target.path.suffix.lower(), [field.name() for field in fields]
    most = _MOST_FIELDS.get(ending)
    if most is not None and len(names) > most:
        raise DataError(
            f"{name}: {len(names):,} fields are more than the {most:,} that a {ending} file takes; "
            "drop some (Refactor fields), or write a .csv."
        )
    if ending in _WITH_GEOMETRY and not spatial:
        raise DataError(f"{name}: a {ending} file holds rows with geometry alone; write a .gpkg or .csv.")
    if ending not in _DATABASES:
        return
    seen = {}
    for one in names:
        if one.lower() in seen:
            raise DataError(
                f"{name}: the fields '{seen[one.lower()]}' and '{one}' differ in case only, which a {ending} file "
                "cannot hold; rename one (Refactor fields), or write a .csv."
            )
        seen[one.lower()] = one
    own = {target.geometry or ("geom" if ending == ".gpkg" else "GEOMETRY")} if spatial else set()
    for column in own:
        if column.lower() in seen:
            raise DataError(
                f"{name}: the field '{seen[column.lower()]}' has the name that a {ending} file gives its geometry; "
                "rename it (Refactor fields), or write a .csv."
            )
    fid = fields.lookupField("fid")
    if fid >= 0 and not compat.is_whole(fields[fid]):
        raise DataError(
            f"{name}: the field '{names[fid]}' does not hold whole numbers, and a {ending} file numbers its rows "
            "by that name; rename it (Refactor fields), or write a .csv."
        )


def check_lost(path: Path, replaces: Optional[Collection[str]], name: str = "") -> None:
    """NeedError, naming what would be lost, where the file holds layers that are not to be replaced."""
    if replaces is None or not path.is_file():
        return
    known = {one.casefold() for one in replaces}
    lost = [one for one in layers_in(path) if one.casefold() not in known]
    if lost:
        # Asked for here: the dock opens where numpy is missing.
        from ...core.texts import listed

        raise NeedError(
            f"{name + ': ' if name else ''}{path.name} holds other layers that would be lost: {listed(lost)}. "
            f"Choose another file, or a layer in it (ogr:dbname='{path}' table=\"name\")."
        )


def layers_in(path: Path) -> List[str]:
    """The layers, tables or sheets of a file that can hold several; none of a file that is its only layer."""
    if locks.is_sqlite(path):
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0.2)) as database:
                rows = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid")
                return [one for (one,) in rows if not _OWN_TABLES.match(one)]
        except sqlite3.DatabaseError:
            return []
    source = _open(path)
    if source is None:
        return []
    names = [source.GetLayer(number).GetName() for number in range(source.GetLayerCount())]
    return names if source.GetDriver().ShortName in _CONTAINERS or len(names) > 1 else []


def copy_container(path: Path, aside: Path) -> None:
    """A whole copy of a database, whatever other connections of this program see of it."""
    try:
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(str(aside))) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise NeedError(f"{path}: cannot be copied; {in_words(str(error))}.") from error


def settle(folder: Path, target: Target, written: int, styler: Optional[Styler] = None) -> None:
    """The closed files of an output under the names that they shall have, styled; NeedError if rows are missing."""
    path = folder / target.path.name
    if not path.exists():
        # QGIS puts a second ending behind one that it does not take for the format's own (a.json.geojson).
        for other in folder.glob(f"{path.name}.*"):
            if not other.name.endswith(SIDE_FILES):
                other.rename(path)
                break
    if styler is not None and path.suffix.lower() == DEFAULT:
        _embed_style(path, target.layer or target.path.stem, styler)
    if locks.is_sqlite(path):
        # The log of a database is brought in, so that the file can be moved alone.
        with closing(sqlite3.connect(str(path), isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=DELETE").fetchall()
    if _rows(path, target.layer) != written:
        raise NeedError(f"{target.path}: not all rows could be written; is the disk full?")


def _embed_style(path: Path, name: str, styler: Styler) -> None:
    """Keep how a layer is drawn in its GeoPackage, its present style as what it opens with."""
    with closing(sqlite3.connect(str(path))) as database, database:
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'layer_styles'").fetchone():
            # QGIS would ask in a window whether an earlier one may go.
            database.execute("DELETE FROM layer_styles WHERE f_table_name = ?", (name,))
    layer = compat.file_layer(f"{path}|layername={name}", name)
    styler(layer)
    # What Python knows of a layer's parts goes before the layer: in a worker thread PyQt would else forget it twice,
    # here and in the main thread, at the same moment.
    first, every = layer.styleManager().currentStyle(), layer.styleManager().styles()
    for one in every:
        layer.styleManager().setCurrentStyle(one)
        title = one if len(every) > 1 else name.capitalize()
        error = layer.saveStyleToDatabase(title, "Hyper-local Need", one == first, "")
        if error:
            raise NeedError(f"{path}: the style cannot be stored: {error}")


def _rows(path: Path, layer: str) -> int:
    """How many rows a file holds in a layer, or in its first one; -1 where there is none."""
    # A shapefile without geometry is its table alone.
    source = _open(path if path.exists() else path.with_suffix(".dbf"))
    held = None if source is None else source.GetLayerByName(layer) if layer else source.GetLayer(0)
    return -1 if held is None else held.GetFeatureCount()


def _open(path: Path) -> Any:
    """A file as GDAL's own data source, None where it is none; whether GDAL raises or not is each plugin's choice."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        return gdal.OpenEx(str(path), gdal.OF_VECTOR)
    except RuntimeError:
        return None
    finally:
        gdal.PopErrorHandler()


def in_words(raw: str) -> str:
    """What a message of GDAL or SQLite means for the user; never its own text."""
    for pattern, words in _RAW:
        if pattern.search(raw):
            return words
    return "is the disk full, a connection lost, or is there no permission to write there?"
