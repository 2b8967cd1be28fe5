"""Tables of areas and their LSOAs for other programs: CSV, XLSX with words and metadata, GeoPackage, GeoJSON."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Sequence, Tuple

import pandas as pd
from osgeo import ogr
from qgis.core import QgsCoordinateTransform, QgsCoordinateTransformContext, QgsVectorFileWriter, QgsVectorLayer

from ...core import schema
from ...core.errors import NeedError
from ...core.methodology import Methodology
from ...core.texts import safe_for_spreadsheets
from .. import compat
from ..io import about, frames
from . import area_facts, facts

FORMATS = ("csv", "xlsx", "gpkg", "geojson")
_KINDS = {"text": ogr.OFTString, "integer": ogr.OFTInteger, "long": ogr.OFTInteger64, "real": ogr.OFTReal}


def export_tables(
    result, tables: Mapping[str, pd.DataFrame], geopackage: Path, folder: Path, formats: Iterable[str] = FORMATS
) -> List[Path]:
    """Write the tables (by name, ``areas`` first) into ``folder``; returns the files.

    CSV and GeoJSON have the fields' own names, for joins and scripts; XLSX has them in words, and sheets of
    metadata and of field names. ``geopackage``: the file that holds the same tables with their styles.
    Raises NeedError where a file cannot be written.
    """
    for kind in formats:
        _write(kind, result, tables, geopackage, folder)
    return sorted(folder.iterdir())


def _write(kind: str, result, tables: Mapping[str, pd.DataFrame], geopackage: Path, folder: Path) -> None:
    if kind == "csv":
        for name, table in tables.items():
            table = safe_for_spreadsheets(frames.whole_counts(table))
            table.to_csv(folder / f"{name}.csv", encoding="utf-8-sig", lineterminator="\n")
    elif kind == "xlsx":
        sheets = {name.capitalize(): in_words(table, result.methodology) for name, table in tables.items()}
        sheets["Fields"] = field_table(tables, result.methodology)
        write_workbook(folder / "areas.xlsx", {"About": metadata(result), **sheets})
    elif kind == "gpkg":
        shutil.copyfile(geopackage, folder / "areas.gpkg")
    else:
        write_geojson(compat.file_layer(f"{geopackage}|layername=areas", "areas"), folder / "areas.geojson")


def in_words(table: pd.DataFrame, methodology: Methodology) -> pd.DataFrame:
    """The table with its fields' names in words where they are ours; a name is never given twice."""
    own, names = [str(table.index.name), *table.columns], {}
    words = schema.in_words(own, methodology)
    for name in own:
        names[name] = name if words.get(name) in names.values() else words.get(name, name)
    return table.rename(columns=names).rename_axis(names[str(table.index.name)])


def field_table(tables: Mapping[str, pd.DataFrame], methodology: Methodology) -> pd.DataFrame:
    """Which words stand for which field, by table."""
    rows: List[Tuple[str, str, str]] = []
    for table_name, table in tables.items():
        named = in_words(table, methodology)
        both = zip([table.index.name, *table.columns], [named.index.name, *named.columns])
        rows += [(table_name, str(name), str(words)) for name, words in both]
    return pd.DataFrame(rows, columns=["Table", "Field", "In words"]).set_index("Table")


def metadata(result) -> pd.DataFrame:
    """What the figures are, where they are from and what to beware of, one line each."""
    methodology, log = result.methodology, result.log
    lines = [
        ("Measure", methodology.index.title),
        ("Warning", methodology.warning),
        ("Indicators", facts.indicators_used(result)),
        ("Methodology", f"{methodology.title} ({methodology.id})"),
        ("Digest", about.digest_of(result)),
        ("Options", "; ".join(f"{name}: {value}" for name, value in log.get("options", {}).items())),
        *(("Figures", line) for line in area_facts.provenance(result)),
        ("Ranks", "1 = highest need; tied areas share the lowest rank"),
        ("Shares", "from 0 to 1"),
    ]
    return pd.DataFrame([line for line in lines if line[1]], columns=["What", "Text"]).set_index("What")


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """One sheet a frame, its index first, by GDAL; NeedError where GDAL cannot write XLSX."""
    driver = ogr.GetDriverByName("XLSX")
    if driver is None:
        raise NeedError(f"{path.name}: this installation of GDAL cannot write XLSX; choose CSV instead.")
    workbook = driver.CreateDataSource(str(path))
    if workbook is None:
        raise NeedError(f"{path}: the workbook cannot be made; can the place be written to?")
    for name, table in sheets.items():
        sheet = workbook.CreateLayer(name, None, ogr.wkbNone)
        kinds = {str(table.index.name): "text", **frames.field_kinds(table)}
        for field, kind in kinds.items():
            sheet.CreateField(ogr.FieldDefn(field, _KINDS[kind]))
        for row in frames.to_rows(table):
            sheet.CreateFeature(_row(sheet, row))
    # The file is written when GDAL lets go of it.
    workbook = None


def _row(sheet: Any, values: Sequence[Any]) -> Any:
    feature = ogr.Feature(sheet.GetLayerDefn())
    for place, value in enumerate(values):
        if value is not None:
            feature.SetField(place, value)
    return feature


def write_geojson(layer: QgsVectorLayer, path: Path) -> None:
    """The areas in longitude and latitude, as the standard of GeoJSON (RFC 7946) asks."""
    context = QgsCoordinateTransformContext()
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GeoJSON"
    options.fileEncoding = "UTF-8"
    options.ct = QgsCoordinateTransform(compat.whole_crs(layer.crs()), compat.named_crs("EPSG:4326"), context)
    options.layerOptions = ["RFC7946=YES", "COORDINATE_PRECISION=6"]
    error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), context, options)
    if error != QgsVectorFileWriter.WriterError.NoError:
        raise NeedError(f"{path}: the areas cannot be written as GeoJSON ({message}).")
