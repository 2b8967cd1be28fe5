"""The whole index inside QGIS: from a pack on disk to every layer, table, picture and report, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional

import pandas as pd
from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsGeometry, QgsProcessingFeedback

from ...core import evidence, index
from ...core import methodology as methodologies
from ...core.errors import PackError
from ...core.pack import Pack
from ...core.result import LAYERS, Result
from ...core.texts import safe_for_spreadsheets
from ..areas import stored_result
from ..geometry.polygons_over_polygons import united
from ..io import about, destination, disk_space, frames
from ..io.destination import Destination
from ..io.progress import Progress
from . import overlap as overlap_cache

STAGE_LAYERS = ("indicators", "shrunk", "normal_scores", "sub_dimensions")
CSV_FILES = {"need.csv": "need", "districts.csv": "districts", "quality.csv": "quality"}
PICTURES = ("map.png", "hotspots.png")
UNSETTLED = "unsettled.gpkg"
# How long the stages take, as parts of a run over England.
LENGTHS = {
    "Reading the pack": 1.0,
    "Locating postcodes": 12.0,
    "Computing the index": 6.0,
    "Reading boundaries": 2.0,
    "Writing layers": 8.0,
    "Writing tables": 1.0,
    "Drawing maps": 8.0,
    "Writing the report": 3.0,
    "Moving into place": 1.0,
}


@dataclass(frozen=True)
class Settings:
    """What to compute, by ``choices`` of ``core.index.run_pack``, and where to write it.

    ``folder`` takes every output, ``report`` the report alone.
    """

    pack: Path
    output: Path
    methodology: Path
    choices: Mapping[str, Any]
    stages: bool = True
    report: Optional[Path] = None
    folder: Optional[Path] = None


def compute(settings: Settings, feedback: QgsProcessingFeedback, project=None) -> Result:
    """Compute the index of a pack and write what the settings ask for.

    A run that fails or is cancelled leaves earlier results as they were. Layers of ``project`` that show the output
    are let go for a moment and loaded again. Raises NeedError, in words for the user.
    """
    stage = Progress(feedback).stages(_lengths(settings))
    methodology = methodologies.load(settings.methodology)
    with destination.writing(project) as writer:
        places = _Places.of(settings, writer)
        with Pack.open(settings.pack) as pack:
            result = _compute_aside(settings, methodology, pack, places, stage, feedback)
        stage("Moving into place")
    feedback.setProgress(100.0)
    _tell(result, feedback)
    return result


def _lengths(settings: Settings) -> Dict[str, float]:
    """The stages that these settings ask for."""
    left_out = set()
    if settings.folder is None:
        left_out.add("Writing tables")
        if settings.report is None:
            left_out.update(("Drawing maps", "Writing the report"))
    return {name: length for name, length in LENGTHS.items() if name not in left_out}


@dataclass(frozen=True)
class _Places:
    """Where each output is written before it is moved; ``scratch`` takes what is needed on the way."""

    geopackage: Path
    scratch: Path
    folder: Optional[Path]
    report: Optional[Path]
    evidence: Path

    @classmethod
    def of(cls, settings: Settings, writer: Destination) -> _Places:
        """NeedError, before anything is computed, where one of the outputs could not be written at the end."""
        folder = None if settings.folder is None else writer.folder(settings.folder)
        report = None if folder is None else folder / "report.html"
        return cls(
            writer.file(settings.output, replaces=(*LAYERS, "certainty")),
            writer.scratch(settings.output),
            folder,
            report if settings.report is None else writer.file(settings.report),
            writer.file(stored_result.evidence_of(settings.output)),
        )


def _compute_aside(settings, methodology, pack, places: _Places, stage, feedback) -> Result:
    """Every output, in its place aside."""
    report = stage("Reading the pack")
    report(0.5, pack.title)
    live_only = methodology.options("postcodeoverlap")["LIVE_POSTCODES_ONLY"]
    overlap_cache.sweep(settings.output.parent)
    pairs = overlap_cache.pairs_for(pack, stage("Locating postcodes"), live_only=live_only)
    _, result = index.run_pack(methodology, pack, pairs, progress=stage("Computing the index"), **settings.choices)
    result = replace(result, log={**result.log, "made": about.today(), "software": about.software()})
    shapes = Shapes.read(pack, result, settings.choices["report_by"], stage("Reading boundaries"))
    # The GeoPackage is written once, and once more when it is settled.
    polygons = [*shapes.areas.values(), *shapes.districts.values()]
    disk_space.demand(settings.output.parent, 2 * disk_space.estimate(result.layers().values(), polygons))
    unsettled = places.scratch / UNSETTLED
    write_geopackage(result, shapes, unsettled, settings.stages, stage("Writing layers"))
    sealed = _evidence(result, shapes, settings.stages)
    places.evidence.write_text(sealed, encoding="utf-8")
    if places.folder is not None:
        _write_tables(result, places.folder, stage("Writing tables"))
        (places.folder / stored_result.LOG).write_text(sealed, encoding="utf-8")
    if places.report is not None:
        _write_pictures(result, places, unsettled, stage, feedback)
    frames.settle(str(unsettled), str(places.geopackage))
    for file in (places.geopackage, *(places.folder.glob("*.csv") if places.folder is not None else ())):
        about.write(file, about.of_result(result), result.methodology)
    return result


@dataclass(frozen=True)
class Shapes:
    """Polygons of the areas and districts, by code, in one reference system."""

    areas: Mapping[str, QgsGeometry]
    districts: Mapping[str, QgsGeometry]
    crs: QgsCoordinateReferenceSystem

    @classmethod
    def read(cls, pack: Pack, result: Result, report_by: str, report: Callable[..., None]) -> Shapes:
        """From the pack's boundaries; districts that it does not hold are joined from their areas."""
        layer = overlap_cache.boundary_layer(pack, "LSOA21")
        code = pack.spec["boundaries"]["LSOA21"]["code"]
        areas = frames.read_geometries(layer, code, result.need.index, lambda fraction: report(0.8 * fraction))
        if report_by in pack.spec["boundaries"]:
            outlines = overlap_cache.boundary_layer(pack, report_by)
            field = pack.spec["boundaries"][report_by]["code"]
            if outlines.crs() != layer.crs():
                raise PackError(f"boundaries: {report_by} and LSOA21 are in different reference systems.")
            districts = frames.read_geometries(outlines, field, result.districts.index, lambda fraction: report(0.8))
        else:
            districts = joined(result, areas, report)
        return cls(areas, districts, layer.crs())

    def of_layers(self, result: Result) -> Dict[str, pd.DataFrame]:
        """The polygons of each layer that has some, as evidence holds them."""
        made = {}
        for name, shapes in (("need", self.areas), ("districts", self.districts)):
            codes = getattr(result, name).index
            texts = [evidence.shape_text(frames.as_multipolygon(shapes[code]).asWkb().data()) for code in codes]
            made[name] = pd.DataFrame({evidence.SHAPE: texts}, index=codes)
        return made


def joined(result: Result, areas: Mapping[str, QgsGeometry], report: Callable[..., None]) -> Dict[str, QgsGeometry]:
    """The districts as their areas together."""
    districts = {}
    for place, (district, members) in enumerate(result.need.groupby("district_code").groups.items()):
        report(0.8 + 0.2 * place / len(result.districts), "joining districts")
        districts[district] = united([areas[member].makeValid() for member in members])
    return districts


def write_geopackage(result: Result, shapes: Shapes, path: Path, stages: bool, report: Callable[..., None]) -> None:
    """All layers of a result in one GeoPackage, ``need`` first, with their styles."""
    from ..style import renderers as styling

    layers = {name: frame for name, frame in result.layers().items() if stages or name not in STAGE_LAYERS}
    geometries = {"need": shapes.areas, "districts": shapes.districts}
    done = 0.0
    writer = frames.GeoPackageWriter(str(path), lambda fraction: report(done + 0.12 * fraction, name))
    for name, frame in layers.items():
        crs = shapes.crs if name in geometries else None
        writer.write(name, frame, geometries.get(name), crs)
        done += 0.12
    report(0.9, "styles")
    styling.embed_styles(path, result.methodology, {name: layers[name] for name in geometries})


def _write_tables(result: Result, folder: Path, report: Callable[..., None]) -> None:
    for place, (file, layer) in enumerate(CSV_FILES.items()):
        report(place / 4.0, file)
        table = safe_for_spreadsheets(frames.whole_counts(getattr(result, layer)))
        table.to_csv(folder / file, encoding="utf-8-sig", lineterminator="\n")


def _evidence(result: Result, shapes: Shapes, stages: bool) -> str:
    """The run's log with what the file holds of its layers, sealed."""
    drawn = {name: evidence.column_digests(frame) for name, frame in shapes.of_layers(result).items()}
    log = {**result.log, "versions": {**result.log["versions"], "qgis": Qgis.QGIS_VERSION}}
    log["notes"] = [{"kind": note.kind, "subject": note.subject, "text": note.text} for note in result.notes]
    log["results"] = {name: {**held, **drawn.get(name, {})} for name, held in log["results"].items()}
    return evidence.sealed_text({**log, "layers": [one for one in LAYERS if stages or one not in STAGE_LAYERS]})


def _write_pictures(result: Result, places: _Places, geopackage: Path, stage, feedback) -> None:
    """Both maps and the report; the pictures go to the folder if there is one, and into the report anyway."""
    from ..reports.report import write_report

    folder = places.folder or places.scratch
    pictures = _draw_maps(result, geopackage, folder, places.scratch, stage("Drawing maps"), feedback)
    report = stage("Writing the report")
    write_report(result, places.report, maps=pictures)
    report(1.0)


def _draw_maps(result, geopackage: Path, folder: Path, scratch: Path, report, feedback) -> Dict[str, Path]:
    """Both pictures, and a smaller one a dimension into ``scratch``, by name, from layers that are gone with this call.

    The report's charts load matplotlib, which may leave all the frames that call it, and the layers in them, to the
    garbage collector: an open file cannot be moved on Windows, and a layer must not outlive QGIS.
    """
    from ..maps import maps
    from ..style import renderers as styling

    need, districts = (frames.open_layer(geopackage, name) for name in ("need", "districts"))
    ground = maps.map_ground(need, districts, feedback)
    drawn = {
        "map": (styling.NEED, "deciles", folder / PICTURES[0], maps.UPRIGHT),
        "hotspots": (styling.NEED, "hotspots", folder / PICTURES[1], maps.UPRIGHT),
    }
    for node in result.methodology.dimensions:
        drawn[node.id] = (node.id, "deciles", scratch / f"map_{node.id}.png", maps.SMALL)
    for place, (measure, kind, file, paper) in enumerate(drawn.values()):
        report(0.1 + 0.9 * place / len(drawn), file.name)
        picture = maps.measure_map(result, need, measure, kind, ground=ground, paper=paper, feedback=feedback)
        maps.save_picture(picture, file)
    return {name: file for name, (_, _, file, _) in drawn.items()}


def _tell(result: Result, feedback: QgsProcessingFeedback) -> None:
    """The result in a few lines, and every note, in the algorithm's log."""
    ranked = result.need.dropna(subset=["need_score"]).sort_values("need_rank")
    titles = {node.id: node.title for node in result.methodology.nodes}
    summary = (
        f"{len(result.need):,} areas in {len(result.districts):,} districts: {len(ranked):,} ranked, "
        f"{len(result.need) - len(ranked):,} not; {int(result.need['imputed_count'].sum()):,} gaps filled."
    )
    if result.left_out:
        summary += f" Left out for want of data: {', '.join(titles[one] for one in result.left_out)}."
    feedback.pushInfo(summary)
    if len(ranked):
        first = ranked.iloc[0]
        feedback.pushInfo(
            f"Highest need: {first['area_name']} ({first['district_name']}), score {first['need_score']:.2f}."
        )
    for note in result.notes:
        say = feedback.pushWarning if note.kind == "warning" and hasattr(feedback, "pushWarning") else feedback.pushInfo
        say(f"{titles.get(note.subject, note.subject)}: {note.text}")
