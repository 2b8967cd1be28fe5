"""What every output says of itself: warning, licence, attribution, lineage, digests and dates."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Tuple

from qgis.core import QgsLayerMetadata, QgsProviderRegistry
from qgis.PyQt.QtXml import QDomDocument

from ...core import evidence, schema, strict_json
from ...core.errors import NeedError
from ...core.findings.saved import CERTAINTY, read_layers
from ...core.methodology import Methodology
from ...core.pack import MANIFEST
from ..face import face
from . import formats

COMPANION = "-metadata.json"
_TABLES_OF_ROWS = (".gpkg", ".csv", ".shp", ".geojson", ".json", ".fgb", ".xlsx", ".ods", ".parquet", ".gml", ".kml")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_COLUMN_WORDS = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
 title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
 CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
 definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_extensions SELECT 'gpkg_data_columns', NULL, 'gpkg_schema',
 'http://www.geopackage.org/spec120/#extension_schema', 'read-write'
 WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE extension_name = 'gpkg_schema');
"""


@dataclass(frozen=True)
class About:
    """The facts that go with a figure wherever it goes."""

    title: str
    warning: str
    licence: str = ""
    attribution: Tuple[str, ...] = ()
    lineage: Tuple[str, ...] = ()
    data_dates: str = ""
    made: str = ""

    @property
    def abstract(self) -> str:
        """The warning first, then what the figures are."""
        return "\n".join(one for one in (self.warning, f"{self.title}.", self.dates()) if one)

    def dates(self) -> str:
        """``Figures of 2011 to 2024. Made on 5 May 2026.``, as far as it is known."""
        made = f"Made on {in_words(self.made)}." if self.made else ""
        return " ".join(one for one in (f"Figures of {self.data_dates}." if self.data_dates else "", made) if one)

    def credits(self) -> Tuple[str, ...]:
        """What stands at the foot of a page: attribution, licence, dates."""
        licence = f"Licence: {self.licence.rstrip('.')}." if self.licence else ""
        return tuple(one for one in (*self.attribution, licence, self.dates()) if one)


def today() -> str:
    """The date of making, in UTC."""
    return datetime.now(timezone.utc).date().isoformat()


def in_words(iso: str) -> str:
    """``2026-05-05`` as ``5 May 2026``; anything else as it is."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return f"{day.day} {day:%B %Y}"


def data_dates(texts) -> str:
    """The years that sources name, from the first to the last: ``2011 to 2024``; empty where they name none."""
    years = sorted({year for text in texts if isinstance(text, str) for year in _YEAR.findall(text)})
    return " to ".join(dict.fromkeys((years[0], years[-1]))) if years else ""


def part_of(result: Any, measure: str = "") -> str:
    """`` (30 of 32 indicators)`` for a title where indicators of a dimension, or of the whole, were left out."""
    method, left = result.methodology, set(result.left_out)
    every = {one.id for one in method.indicators}
    inside = {one for one in every if method.dimension_of(one).id == measure} or every
    return f" ({len(inside - left)} of {len(inside)} indicators)" if inside & left else ""


def digest_of(result: Any) -> str:
    """The digest of the methodology that a result was computed by, as its log has it."""
    return result.log.get("methodology_digest") or result.methodology.digest()


def method_in_words(result: Any) -> str:
    """What maps and pages say of the method."""
    return f"Method: {result.methodology.title}, digest {digest_of(result)[:12]}."


def of_result(result: Any) -> About:
    """A result, fresh or read again: its title says what was left out and whose the weights are."""
    methodology, log = result.methodology, result.log
    pack = log.get("pack", {})
    files = pack_digest(pack)
    lineage = [
        f"Data pack: {result.title}{f', digest {files}' if files else ''}.",
        f"Methodology: {methodology.title}, digest {digest_of(result)}.",
        f"Options: {'; '.join(f'{name} = {value}' for name, value in log.get('options', {}).items())}.",
        f"Software: {software()}.",
    ]
    return About(
        f"{methodology.index.title}{part_of(result)}. {result.title}",
        methodology.warning,
        pack.get("licence", ""),
        tuple(one.replace("(c)", "©") for one in result.attribution),
        tuple(lineage),
        data_dates(result.quality["date"]) if "date" in result.quality else "",
        log.get("made") or today(),
    )


def of_run(run: Any) -> About:
    """What any output of a call of an algorithm, ``run``, says (``processing_provider.values.Values``).

    Of the pack where one is given, else of the table that went in, whose history goes on; without either, the warning
    and how it was made.
    """
    methodology, before, pack = run.methodology(), _metadata_of(run), _pack_of(run)
    algorithm = run.algorithm
    lineage = list(before.history())
    rights, licence = tuple(before.rights()), "; ".join(before.licenses())
    if pack:
        rights, licence = tuple(pack.get("attribution", ())), pack.get("licence", "")
        lineage.append(f"Data pack: {pack['title']}, digest {pack['digest']}.")
    made = f"{algorithm.displayName()} ({algorithm.id()}); {software()}; {methodology.title}, digest"
    return About(
        f"{methodology.index.title}: {algorithm.displayName()}",
        methodology.warning,
        licence,
        tuple(one.replace("(c)", "©") for one in rights),
        (*lineage, f"{made} {methodology.digest()}.", *algorithm.said),
        data_dates(one.get("date") for one in pack.get("indicators", {}).values()) if pack else "",
        today(),
    )


def finisher(run: Any) -> Callable[[Path, Path], None]:
    """For ``destination.writing``: gives each finished table of an algorithm its metadata."""
    targets = [
        formats.target_of(one.name(), run.parameters[one.name()], run.context)
        for one in run.algorithm.destinationParameterDefinitions()
        if one.type() == "sink" and run.given(one.name())
    ]
    # Other layers of a GeoPackage that the user writes into are not ours to describe.
    chosen = {str(one.path): one.layer for one in targets if one is not None and one.layer}

    def finish(path: Path, place: Path) -> None:
        if path.suffix.lower() in _TABLES_OF_ROWS:
            write(path, of_run(run), run.methodology(), chosen.get(str(place), ""))
        if chosen.get(str(place)) == CERTAINTY:
            _add_to_evidence(path, place)

    return finish


def _add_to_evidence(path: Path, place: Path) -> None:
    """The layer of certainty in a result's own file goes into its evidence, unless that is not what was sealed."""
    beside = f"{place.stem}{evidence.ENDING}"
    try:
        log = strict_json.parsed(place.with_name(beside).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    frames = read_layers(path, (CERTAINTY,), whole=True)
    if frames and isinstance(log, dict) and log.get(evidence.SEAL) == evidence.seal_of(log):
        path.with_name(beside).write_text(evidence.with_layers(log, frames), encoding="utf-8")


def mark_layers(run: Any, results: Mapping[str, Any]) -> None:
    """Give the outputs that are layers in memory their metadata."""
    sinks = (one.name() for one in run.algorithm.destinationParameterDefinitions() if one.type() == "sink")
    for name in sinks:
        if name in results and formats.in_memory(run.parameters.get(name), run.context):
            run.context.temporaryLayerStore().mapLayer(results[name]).setMetadata(layer_metadata(of_run(run)))


def _metadata_of(run: Any) -> QgsLayerMetadata:
    """Of the first table that goes in and says something."""
    for name in ("NEED", "INPUT"):
        layer = run.read("Layer", name) if run.given(name) else None
        if layer is None:
            continue
        if layer.metadata().history():
            return layer.metadata()
        companion = Path(layer.source().partition("|")[0] + COMPANION)
        if companion.name.endswith(f".csv{COMPANION}") and companion.is_file():
            return _read_csvw(companion)
    return QgsLayerMetadata()


def _read_csvw(path: Path) -> QgsLayerMetadata:
    metadata = QgsLayerMetadata()
    try:
        facts = strict_json.parsed(path.read_text(encoding="utf-8"))
        metadata.setRights([str(one) for one in facts.get("dc:rights", ())])
        metadata.setLicenses([str(facts["dc:license"])] if facts.get("dc:license") else [])
        for line in facts.get("dc:provenance", ()):
            metadata.addHistoryItem(str(line))
    except (OSError, ValueError, TypeError, AttributeError):
        # It is another program's, or damaged; the table itself is read all the same.
        return QgsLayerMetadata()
    return metadata


def _pack_of(run: Any) -> Dict[str, Any]:
    """What the pack's own file says, with its digest; the run itself has checked the pack, and closed it."""
    if not run.given("PACK"):
        return {}
    with run.pack() as pack:
        return {**pack.spec, "digest": pack.digest(MANIFEST)}


def software() -> str:
    """Name and version of the plugin."""
    return f"{face()['name']} {face()['version']}"


def pack_digest(pack: Mapping[str, Any]) -> str:
    """One SHA-256 over the digests of all the pack's files that a run has read; empty where the log has none."""
    files = pack.get("files")
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest() if files else ""


def layer_metadata(about: About) -> QgsLayerMetadata:
    """The same as QGIS's layer properties show it."""
    metadata = QgsLayerMetadata()
    metadata.setType("dataset")
    metadata.setLanguage("ENG")
    metadata.setTitle(about.title)
    metadata.setAbstract(about.abstract)
    metadata.setRights(list(about.attribution))
    metadata.setLicenses([about.licence] if about.licence else [])
    for line in about.lineage:
        metadata.addHistoryItem(line)
    metadata.setKeywords({"gmd:topicCategory": ["Society"]})
    return metadata


def _as_xml(about: About) -> str:
    document = QDomDocument("qgis")
    root = document.createElement("qgis")
    document.appendChild(root)
    layer_metadata(about).writeMetadataXml(root, document)
    return document.toString(2)


def write(path: Path, about: About, methodology: Methodology, layer: str = "") -> None:
    """Give a finished table its metadata; what is written beside it has to go with it.

    A GeoPackage holds its own, of all its layers or of one; a CSV file gets a companion after W3C's CSV on the Web,
    any other file one that QGIS reads (.qmd). NeedError names a file that cannot be written.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == ".gpkg":
            _write_geopackage(path, about, methodology, layer)
        elif path.suffix.lower() == ".csv":
            companion = path.with_name(path.name + COMPANION)
            companion.write_text(_csvw(path, about, methodology), encoding="utf-8")
        else:
            companion = path.with_suffix(".qmd")
            companion.write_text(_as_xml(about), encoding="utf-8")
    except (OSError, sqlite3.Error) as error:
        raise NeedError(f"{path}: what the figures are cannot be written beside them ({error}).") from error


def _write_geopackage(path: Path, about: About, methodology: Methodology, only: str) -> None:
    """Metadata by QGIS, whose layers show it again; descriptions of layers and columns as the format has them."""
    with closing(sqlite3.connect(str(path))) as database, database:
        database.executescript(_COLUMN_WORDS)
        contents = "SELECT table_name FROM gpkg_contents WHERE table_name <> 'layer_styles'"
        layers = [row[0] for row in database.execute(contents) if row[0] == only or not only]
        for layer in layers:
            database.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (about.abstract, layer))
            names = [name for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (layer,))]
            database.executemany(
                "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, title, description) "
                "VALUES (?, ?, ?, ?)",
                [(layer, name, words, words) for name, words in schema.in_words(names, methodology).items()],
            )
    for layer in layers:
        source = f"{path}|layername={layer}"
        stored, error = QgsProviderRegistry.instance().saveLayerMetadata("ogr", source, layer_metadata(about))
        if not stored:
            raise OSError(error)


def _csvw(path: Path, about: About, methodology: Methodology) -> str:
    """The table, its columns and their words, after W3C's Metadata Vocabulary for Tabular Data."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        names = next(csv.reader(stream), [])
    words = schema.in_words(names, methodology)
    columns = [{"titles": name, **({"dc:description": words[name]} if name in words else {})} for name in names]
    facts = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": path.name,
        "dc:title": about.title,
        "dc:description": about.warning,
        "dc:license": about.licence,
        "dc:rights": list(about.attribution),
        "dc:provenance": list(about.lineage),
        "dc:temporal": about.data_dates,
        "dc:created": about.made,
        "tableSchema": {"columns": columns},
    }
    return json.dumps({key: value for key, value in facts.items() if value}, indent=1, ensure_ascii=False)
