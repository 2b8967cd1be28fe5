"""The parameters of one call as plain values and tables, and the ways in which its outputs are written."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsProcessingException, QgsProcessingFeatureSource, QgsWkbTypes

from ..core import catalogue
from ..core.errors import OptionError
from . import compat
from .face import DEFAULT_METHODOLOGY
from .io.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from ..core.findings.saved import Saved
    from ..core.methodology import Methodology
    from ..core.pack import Pack
    from ..core.table import Added, Scope, Table
    from .base import NeedAlgorithm
    from .io.feature_table import FeatureTable
    from .io.formats import Styler

READING, WRITING = 0.3, 0.5
_KINDS = {"enum": "EnumString", "boolean": "Boolean", "integer": "Int", "number": "Double", "text": "String"}


class Values:
    """The parameters of one call as plain values and tables, and the call's feedback."""

    def __init__(self, algorithm: NeedAlgorithm, parameters, context, feedback) -> None:
        self.algorithm = algorithm
        self.parameters = parameters
        self.context = context
        self.feedback = feedback
        self._progress = Progress(feedback)

    def read(self, kind: str, name: str) -> Any:
        """A parameter as QGIS reads one of this kind: ``Boolean`` by parameterAsBoolean."""
        return getattr(self.algorithm, f"parameterAs{kind}")(self.parameters, name, self.context)

    def given(self, name: str) -> bool:
        """Whether the algorithm has the parameter, and the user has given it a value."""
        return self.has(name) and self.parameters.get(name) not in (None, "", [])

    def has(self, name: str) -> bool:
        """Whether the algorithm has the parameter."""
        return self.algorithm.parameterDefinition(name) is not None

    def text(self, name: str) -> Optional[str]:
        """A text or a field's name; None where empty."""
        return self.read("String", name).strip() or None

    def needed(self, name: str, words: str) -> str:
        """A text that must be given; OptionError says in words what it is."""
        value = self.text(name)
        if value is None:
            raise OptionError(f"{name}: give {words}.")
        return value

    def fields(self, name: str = "FIELDS") -> List[str]:
        """Names of fields, none of them twice."""
        return list(dict.fromkeys(compat.field_names(self.algorithm, self.parameters, name, self.context)))

    def names(self, name: str, mark: str = ",") -> Tuple[str, ...]:
        """Ids that a text gives, parted by commas or another mark."""
        return tuple(part.strip() for part in (self.text(name) or "").split(mark) if part.strip())

    def option(self, name: str, of: str = "") -> Any:
        """An option of the catalogue, of this step or another, checked by it; None where a number was left empty."""
        option = catalogue.step(of or self.algorithm.step.id).option(name)
        default = self.algorithm.parameterDefinition(name).defaultValue()
        if option.kind in ("integer", "number") and self.parameters.get(name, default) is None:
            return None
        return option.check(self.read(_KINDS[option.kind], name))

    def options(self) -> Dict[str, Any]:
        """Every option of the algorithm's step, checked by the catalogue."""
        return {option.name: self.option(option.name) for option in self.algorithm.step.options}

    def settings(self) -> Dict[str, Any]:
        """The options under names in lower-case letters, as dataclasses of settings have them."""
        return {name.lower(): value for name, value in self.options().items()}

    def path(self, name: str) -> Optional[Path]:
        """The file or folder of a parameter, be it read or written; None where none is given."""
        if not self.has(name):
            return None
        text = self.read("FileOutput" if self.algorithm.parameterDefinition(name).isDestination() else "File", name)
        return Path(text) if text else None

    def paths(self, *names: str) -> Dict[str, str]:
        """The files and folders of those outputs that are asked for, as an algorithm returns them."""
        return {name: str(self.path(name)) for name in names if self.path(name)}

    def geopackage(self, name: str) -> Path:
        """The file of an output that is a GeoPackage of several layers; OptionError for any other."""
        path = Path(self.read("OutputLayer", name))
        if path.suffix.lower() != ".gpkg":
            raise OptionError(f"{name}: '{path.name}' must be a GeoPackage (.gpkg).")
        return path

    def integer(self, name: str) -> Optional[int]:
        """A whole number; None where it was left empty."""
        return self.read("Int", name) if self.given(name) else None

    def table(self, name: str, share: float = 0.0) -> FeatureTable:
        """The features of a source; ``share`` of the progress bar is for reading them."""
        from .io.feature_table import FeatureTable

        source = self.source(name)
        check = self.advance(share)
        return FeatureTable.read(source, source.sourceName() or name, check)

    def areas(self) -> FeatureTable:
        """The features of INPUT, which are areas: DataError where the code of one stands twice."""
        table = self.table("INPUT", share=READING)
        table.refuse_repeated_areas()
        return table

    def optional_table(self, name: str) -> Optional[FeatureTable]:
        """The features of a source, or None where none is given."""
        return self.table(name) if self.given(name) else None

    def optional_source(self, name: str) -> Optional[QgsProcessingFeatureSource]:
        """A feature source, or None where none is given."""
        return self.read("Source", name)

    def source(self, name: str) -> QgsProcessingFeatureSource:
        """A feature source; QgsProcessingException names the parameter if it cannot be opened."""
        source = self.optional_source(name)
        if source is None:
            raise QgsProcessingException(self.algorithm.invalidSourceError(self.parameters, name))
        return source

    def result(self, *, stages: bool = True) -> Saved:
        """The finished result whose layer ``need`` is the input; by METHODOLOGY and PACK where there are such."""
        from .areas import stored_result

        given = {name.lower(): self.path(name) for name in ("METHODOLOGY", "PACK")}
        return stored_result.read(self.file_behind("INPUT"), stages=stages, **given)

    def read_result(self, *, stages: bool = True) -> Tuple[Progress, Saved]:
        """The whole of the progress bar, and the finished result, whose reading it tells first."""
        report = self.advance(1.0)
        report(0.0, "reading the result")
        return report, self.result(stages=stages)

    def file_behind(self, name: str) -> Path:
        """The GeoPackage of a result's layer; DataError where the layer is not in a file."""
        from .areas import stored_result

        return stored_result.source_file(self.read("VectorLayer", name).source())

    def result_behind(self, name: str) -> Optional[Saved]:
        """The result whose layer ``need`` another input is; None where it is any other table."""
        from ..core.findings.saved import read_keys
        from .areas import stored_result

        layer = self.read("VectorLayer", name)
        ours = layer is not None and {"composite", "need_rank", "mission_class"} <= set(layer.fields().names())
        if not ours or ".gpkg" not in layer.source():
            return None
        path = stored_result.source_file(layer.source())
        return stored_result.read(path) if "quality" in read_keys(path) else None

    def methodology_path(self) -> Path:
        """The methodology's file: the one given, else the one that is shipped."""
        return self.path("METHODOLOGY") or DEFAULT_METHODOLOGY

    def methodology(self) -> Methodology:
        """The methodology of that file."""
        from ..core import methodology

        return methodology.load(self.methodology_path())

    def scope(self, pack: Optional[Pack] = None) -> Scope:
        """The methodology, the branch of it that NODE names, and what the pack says of its indicators."""
        from ..core.table import Scope

        own = pack is None and self.given("PACK")
        with self.pack() if own else nullcontext(pack) as opened:
            entries = {} if opened is None else dict(opened.entries)
        return Scope(self.methodology(), self.text("NODE"), entries)

    def under(self, table: FeatureTable, ending: str, **node: str) -> Tuple[Table, Scope]:
        """What a step works on: the methodology's columns or, where FIELDS is given, those under its names."""
        if not self.given("FIELDS"):
            return table, self.scope()
        from ..core.methodology import Methodology
        from ..core.table import Scope, of_fields

        fields = self.fields()
        return of_fields(table, fields, ending), Scope(Methodology.of_fields(fields, **node))

    def told_scope(self, table: FeatureTable) -> Scope:
        """The scope with what the table says of its figures; DataError where neither it nor a pack says that."""
        from ..core import meaning

        return meaning.add_to_scope(self.scope(), table)

    def pack(self) -> Pack:
        """The pack, open; to be closed by the caller."""
        from ..core.pack import Pack

        if not self.given("PACK"):
            raise OptionError("PACK: give a data pack, or INPUT with a table of figures.")
        return Pack.open(self.path("PACK"))

    def advance(self, share: float) -> Progress:
        """Reports a fraction of the next ``share`` of the work, and raises Cancelled."""
        return self._progress.part(share)

    def say(self, lines: Iterable[str], *, warnings: Iterable[str] = ()) -> None:
        """Lines in the algorithm's log."""
        for line in lines:
            self.feedback.pushInfo(line)
        for line in warnings:
            self.feedback.pushWarning(line)

    def record(self, *sentences: str) -> None:
        """What the metadata of the outputs say of this run."""
        self.algorithm.said = sentences

    def tell(self, notes) -> None:
        """Notes in the algorithm's log, warnings as warnings, indicators by their titles."""
        titles = {node.id: node.title for node in self.methodology().nodes} if notes else {}
        for note in notes:
            warns = note.kind in ("warning", "imputed", "absent")
            say = self.feedback.pushWarning if warns else self.feedback.pushInfo
            say(f"{titles.get(note.subject, note.subject)}: {note.text}")

    def give(self, table: FeatureTable, added: Added, styler: Optional[Styler] = None) -> Dict[str, str]:
        """A step's notes in the log, and its columns behind those of the table, written to OUTPUT."""
        self.tell(added.notes)
        return self.write(table, added.columns, styler)

    def write_frames(
        self,
        outputs: Mapping[str, Any],
        report: Progress,
        polygons: Any = (None, None),
        styler: Optional[Styler] = None,
    ) -> Dict[str, str]:
        """Each frame to the sink of its name, each text or picture to its file, where asked for.

        ``polygons`` (shapes, CRS) go with the first, which ``styler(layer)`` styles wherever it is opened; another
        that has some is given with its own, as (frame, polygons, styler).
        """
        from .io import about, destination, frames

        places, types = {}, QgsWkbTypes.Type
        with destination.writing(self.context.project(), about.finisher(self)) as writer:
            for name, content in outputs.items():
                if not self.given(name):
                    continue
                if isinstance(content, (str, bytes)):
                    places[name] = str(self.path(name))
                    made = content.encode("utf-8") if isinstance(content, str) else content
                    writer.file(Path(places[name])).write_bytes(made)
                    continue
                bare = (content, polygons, styler) if name == next(iter(outputs)) else (content, (None, None), None)
                content, (shapes, crs), drawn = content if isinstance(content, tuple) else bare
                place = QgsCoordinateReferenceSystem() if crs is None or shapes is None else compat.whole_crs(crs)
                kind = (frames.to_fields(content), types.NoGeometry if shapes is None else types.MultiPolygon, place)
                sink = writer.sink(self, name, kind, styler=drawn)
                frames.add_rows(sink.add, content, shapes, report)
                places[name] = sink.result
                self._style(name, sink.result, drawn)
            report(1.0)
        return places

    def write(self, table: FeatureTable, columns: pd.DataFrame, styler: Optional[Styler] = None) -> Dict[str, str]:
        """Write the table and its new columns to OUTPUT; ``styler(layer)`` is called if the project loads it."""
        from .io import about, destination

        name, check = "OUTPUT", self.advance(WRITING)
        with destination.writing(self.context.project(), about.finisher(self)) as writer:
            check(0.0)
            kind = (table.fields_with(columns), table.wkb_type, table.crs)
            renumber = table.repeats("fid")
            if renumber:
                self.feedback.pushWarning(f"{name}: 'fid' holds a number twice; a GeoPackage numbers its rows anew.")
            sink = writer.sink(self, name, kind, renumber=renumber)
            table.write(sink.add, columns, check if sink.guarded else lambda fraction: None)
            if sink.guarded:
                check(1.0)
            self._style(name, sink.result, styler)
        return {name: sink.result}

    def _style(self, name: str, result: str, styler: Optional[Styler]) -> None:
        from .style import result_style

        title = self.algorithm.parameterDefinition(name).description()
        result_style.when_loaded(self.context, result, title, styler)
