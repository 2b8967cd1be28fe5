"""Everything that is printed of areas, in one go: atlas, reports, tables, maps of districts and regions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Mapping, Optional, Tuple

import pandas as pd
from qgis.core import (
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProject,
    QgsVectorLayer,
)

from ...core.errors import NeedError, OptionError
from ...core.findings.saved import Saved
from ...core.steps.classify import whole_numbers
from ..areas import stored_result
from ..areas import summary as area_summary
from ..areas.summary import Summary
from ..compat import file_layer
from ..io import about, destination, formats, frames, replace_files
from ..io.progress import Progress
from ..layouts import sheets
from ..maps import region_maps
from ..reports import area_facts, area_report, document, export
from ..reports import report as page
from ..values import Values
from . import atlas as area_atlas

DISTRICTS = "district_code"
DATA = "areas.gpkg"


@dataclass(frozen=True)
class Settings:
    """Which areas, how LSOAs are assigned to them, and what the pages look like."""

    code_field: str = ""
    name_field: str = ""
    area_field: str = ""
    method: str = "centroid"
    kind: str = "deciles"
    paper: str = "A4"
    only: Tuple[str, ...] = ()
    pack: Optional[Path] = None
    methodology: Optional[Path] = None
    labels: area_atlas.Labels = area_atlas.NO_LABELS


def make(values: Values, settings: Settings) -> Dict[str, str]:
    """Sum up, then write the atlas as OUTPUT, and into folders what else is asked for.

    All of it or nothing: it is moved into place once the last page is there. With ADD_TO_PROJECT the atlas goes into
    it then, and its data stays beside the PDF. Layouts are drawn in the main thread, page by page, and QGIS goes on
    between two pages; everything else is done in the thread at hand.
    Raises NeedError in words for the user.
    """
    feedback, project, output = values.feedback, values.context.project(), values.path("OUTPUT")
    folders = values.paths("REPORTS", "DOCUMENTS", "IMAGES", "EXPORT", "MAPS")
    report, path = values.advance(1.0), values.file_behind("INPUT")
    data = output.with_suffix(".gpkg") if values.read("Boolean", "ADD_TO_PROJECT") and project is not None else None
    sources = [values.optional_source(name) for name in ("INPUT", "AREAS")]
    transforms = values.context.transformContext()
    if data is not None and data.exists() and set(formats.layers_in(data)) != set(area_atlas.LAYERS):
        raise NeedError(f"OUTPUT: {data.name} is there already and would be lost; choose another name for the PDF.")
    with destination.writing(project) as writer:
        asides = {name: writer.folder(Path(place)) for name, place in folders.items()}
        pdf = writer.file(output)
        settled = None if data is None else writer.file(data)
        drawn = writer.scratch(output) / DATA
        result, summary, pages = describe(
            path, *sources, settings, transforms, lambda part, text="": report(0.33 * part, text)
        )
        values.say(summary.messages)
        area_atlas.write_data(drawn, summary, pages, result, lambda part: report(0.3 + 0.05 * part))
        report(0.35, f"laying out {len(pages):,} areas")
        replace_files.on_main_thread(lambda: _lay_out(result, settings, drawn, pdf, asides.get("IMAGES"), feedback))
        _write_rest(result, summary, pages, drawn, asides, feedback)
        if settled is not None:
            frames.settle(str(drawn), str(settled))
        tables = [path for aside in asides.values() for path in aside.iterdir() if path.suffix in (".gpkg", ".csv")]
        for table in (*tables, *([] if settled is None else [settled])):
            about.write(table, about.of_result(result), result.methodology)
        report(0.97, "moving into place")
    if data is not None:
        replace_files.on_main_thread(lambda: _add(project, data, result, settings))
    return {**values.paths("OUTPUT"), **folders}


def _add(project: QgsProject, data: Path, result: Saved, settings: Settings) -> None:
    """The atlas and the single sheets, to be edited in the project's layout manager."""
    area_atlas.add_atlas(project, data, result, settings.kind, settings.paper, settings.labels)
    sheets.add_sheets(project, result, paper=settings.paper)


def describe(
    path: Path,
    need: QgsProcessingFeatureSource,
    polygons: Optional[QgsProcessingFeatureSource],
    settings: Settings,
    transforms: QgsCoordinateTransformContext,
    report: Callable[..., None],
) -> Tuple[Saved, Summary, pd.DataFrame]:
    """The result in ``path``, the summary of the areas, and the rows to make pages of; safe in a worker thread."""
    report(0.0, f"reading {path.name}")
    result = stored_result.read(path, methodology=settings.methodology, pack=settings.pack)
    summary = _summary(need, polygons, settings, result, transforms, lambda part, text="": report(0.9 * part, text))
    certainty = result.certainty
    if not certainty.empty:
        sure = certainty[["rank_low", "rank_high", "certainty"]].reindex(summary.members["area_code"])
        members = summary.members.assign(**{name: sure[name].to_numpy() for name in sure})
        summary = dataclasses.replace(summary, members=members)
    report(0.9, "describing the areas")
    ranked, wanted = int(summary.table["need_average_score"].notna().sum()), chosen(summary.table, settings.only)
    return result, summary, area_facts.coverage(result, wanted, summary.members, ranked)


def prepare_atlas(
    path: Path,
    areas: Path,
    data: Path,
    settings: Settings,
    transforms: QgsCoordinateTransformContext,
    report: Callable[..., None],
    project: Optional[QgsProject] = None,
) -> Saved:
    """What an atlas of summed-up areas draws from, into ``data``; safe in a worker thread.

    ``path``: a result's GeoPackage; ``areas``: a file that ``summarisebyarea`` wrote. Gives the result, for
    ``area_atlas.add_atlas`` on the main thread.
    """
    context = QgsProcessingContext()
    layers = [frames.open_layer(path, "need"), file_layer(str(areas), "areas")]
    sources = [QgsProcessingFeatureSource(layer, context) for layer in layers]
    wanted = dataclasses.replace(settings, code_field="boundary_code", name_field="boundary_name")
    with destination.writing(project) as writer:
        settled, unsettled = writer.file(data, replaces=area_atlas.LAYERS), writer.scratch(data) / DATA
        result, summary, pages = describe(path, *sources, wanted, transforms, report)
        area_atlas.write_data(unsettled, summary, pages, result, lambda part: report(0.9 + 0.1 * part))
        frames.settle(str(unsettled), str(settled))
    return result


def save_table(result: Saved, table: pd.DataFrame, place: Path) -> None:
    """Rows by area as ``EXPORT`` writes them, CSV or XLSX by the ending, with what they are beside.

    NeedError names a place that cannot be written to.
    """
    with destination.writing() as writer:
        aside, scratch = writer.file(place, replaces=("About", "Areas", "Fields")), writer.scratch(place)
        kind = place.suffix[1:].lower()
        (made,) = export.export_tables(result, {"areas": whole_numbers(table)}, result.path, scratch, [kind])
        made.replace(aside)
        about.write(aside, about.of_result(result), result.methodology)


def _lay_out(result, settings: Settings, data: Path, pdf: Path, images: Optional[Path], feedback) -> None:
    """The pages as PDF, and as pictures where a folder for them is given."""
    # Its layers go with this project, before their file is moved.
    home = QgsProject()
    layout = area_atlas.add_atlas(home, data, result, settings.kind, settings.paper, settings.labels)
    with area_atlas.living(feedback, 0.35, 0.6) as alive:
        if not area_atlas.export_pdf(layout, pdf, about.of_result(result), alive):
            feedback.pushWarning("This version of Qt builds PDFs in another way: the atlas has no bookmarks.")
    if images is not None:
        feedback.setProgressText("Drawing pages as pictures")
        with area_atlas.living(feedback, 0.6, 0.7) as alive:
            area_atlas.export_images(layout, images, alive)


def _write_rest(result, summary: Summary, pages, drawn: Path, folders: Mapping[str, Path], feedback) -> None:
    """Tables, reports, one an area, and the paper's maps: of the chosen areas' regions where not all are chosen."""
    report = Progress(feedback)
    inside = summary.members[summary.members.index.isin(pages.index)]
    if "EXPORT" in folders:
        report(0.7, "writing tables")
        export.export_tables(result, {"areas": pages, "lsoas": inside}, drawn, folders["EXPORT"])
    if {"REPORTS", "DOCUMENTS"} & set(folders):
        write_reports(result, summary, pages, folders, feedback, lambda part, text: report(0.75 + 0.1 * part, text))
    if "MAPS" in folders:
        report(0.85, "drawing maps of districts and regions")
        only = inside["area_code"].tolist() if len(pages) < len(summary.table) else ()
        layers = [frames.open_layer(result.path, name) for name in ("need", "districts")]
        region_maps.write_maps(result, *layers, folders["MAPS"], feedback, only=only)


def _summary(need, polygons, settings: Settings, result: Saved, transforms, report) -> Summary:
    field = settings.area_field or ("" if polygons is not None else DISTRICTS)
    wanted = area_summary.Settings(
        methodology=result.methodology,
        method=settings.method,
        area_field=field,
        code_field=settings.code_field,
        name_field=settings.name_field,
        pack=settings.pack if polygons is not None else None,
    )
    return area_summary.summarise_areas(need, polygons, None, wanted, transforms, report)


def chosen(pages: pd.DataFrame, only: Tuple[str, ...]) -> pd.DataFrame:
    """The areas named by code or name, all where none is; OptionError names those that are not there.

    ``only`` was split at commas; a name that has some is put together again, the longest that fits first.
    """
    if not only:
        return pages
    names, codes = (labels.astype(str).map(_spaced) for labels in (pages["boundary_name"], pages.index.to_series()))
    known = set(names) | set(codes)
    parts, wanted = list(only), set()
    while parts:
        fits = (length for length in range(len(parts), 0, -1) if _spaced(", ".join(parts[:length])) in known)
        length = next(fits, 0)
        if not length:
            raise OptionError(f"ONLY: there is no area '{parts[0]}' ({len(pages):,} areas are known).")
        wanted.add(_spaced(", ".join(parts[:length])))
        del parts[:length]
    return pages[names.isin(wanted) | codes.isin(wanted)]


def _spaced(name: str) -> str:
    """The name in any case, with one space after each comma."""
    return ", ".join(part.strip() for part in name.casefold().split(","))


def write_reports(
    result: Saved, summary: Summary, pages: pd.DataFrame, folders: Mapping[str, Path], feedback, report
) -> None:
    """A file an area, named by code and name: HTML in the folder REPORTS, ODT in DOCUMENTS."""
    need = frames.open_layer(result.path, "need")
    shapes = dict(zip(summary.areas.codes, summary.areas.geometries or []))
    for place, (code, row) in enumerate(pages.iterrows()):
        report(place / len(pages), f"writing the report for {row['boundary_name']}")
        stem = region_maps.file_stem(f"{code}_{row.boundary_name}")
        shape = _moved(shapes.get(code), summary, need)
        content = area_report.content_of(result, row, summary.members, shape, need=need, feedback=feedback)
        if "REPORTS" in folders:
            page.write_page(area_report.TEMPLATE, folders["REPORTS"] / f"{stem}.html", content)
        if "DOCUMENTS" in folders:
            document.write_document(content, folders["DOCUMENTS"] / f"{stem}.odt")


def _moved(shape: Optional[QgsGeometry], summary: Summary, need: QgsVectorLayer) -> Optional[QgsGeometry]:
    """A polygon in the reference system of the need layer."""
    if shape is None or summary.areas.crs == need.crs():
        return shape
    moved = QgsGeometry(shape)
    moved.transform(QgsCoordinateTransform(summary.areas.crs, need.crs(), QgsProject()))
    return moved
