"""What the algorithms of single steps share: a table goes in, and comes out with the step's columns behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
)

from ..core import catalogue
from ..core.errors import OptionError
from . import compat
from . import parameters as parameters_
from .base import NeedAlgorithm
from .face import DEFAULT_METHODOLOGY
from .io.progress import Progress

if TYPE_CHECKING:
    from ..core.findings.saved import Saved
    from ..core.methodology import Methodology
    from ..core.pack import Pack
    from ..core.table import Added, Scope, Table
    from .io.destination import Destination
    from .io.feature_table import FeatureTable

READING, WRITING = 0.3, 0.5


class StepAlgorithm(NeedAlgorithm):
    """One step on one table; a subclass gives its words, its parameters and ``add``."""

    INPUT_TITLE = "Areas"
    OUTPUT_TITLE = "Areas with new columns"
    OUTPUT_WORDS = "The input with the step's columns behind its own."
    # Whether the step asks what a pack says of its indicators, and whether it can be kept to a branch of the tree.
    BY_PACK = False
    BY_BRANCH = True
    # Numbers that a methodology may set: left empty, its word holds.
    DEFERRED: Tuple[str, ...] = ()

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        self.addParameter(parameters_.table("INPUT", self.INPUT_TITLE, "Any layer or table; every field is passed on."))
        for definition in self.own_parameters():
            self.addParameter(definition)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option, deferred=option.name in self.DEFERRED))
        if self.BY_PACK:
            words = "What it says of its figures (direction, open-ended ratio, geography) goes before the methodology."
            self.addParameter(parameters_.pack(words))
        self.addParameter(parameters_.methodology())
        if self.BY_BRANCH:
            self.addParameter(parameters_.node())
        self.addParameter(parameters_.sink(self.OUTPUT_TITLE, self.OUTPUT_WORDS))

    def own_parameters(self) -> List[QgsProcessingParameterDefinition]:
        """The parameters between the input and the options."""
        return []

    def add(self, table: FeatureTable, values: Values) -> Added:
        """The step itself, done by the core."""
        raise NotImplementedError

    def layer_styler(self, values: Values, added: Added) -> Optional[Callable]:
        """Function that styles the output layer once QGIS has added it to the project; None keeps QGIS's default."""
        return None

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        values = Values(self, parameters, context, feedback)
        table = values.areas("INPUT")
        added = self.add(table, values)
        values.tell(added.notes)
        return {"OUTPUT": values.write("OUTPUT", table, added.columns, self.layer_styler(values, added))}


class Values:
    """The parameters of one call as plain values and tables, and the call's feedback."""

    def __init__(self, algorithm: NeedAlgorithm, parameters, context, feedback) -> None:
        self._algorithm = algorithm
        self._parameters = parameters
        self._context = context
        self._feedback = feedback
        self._progress = Progress(feedback)

    def given(self, name: str) -> bool:
        """Whether the user has given the parameter a value."""
        return self._parameters.get(name) not in (None, "", [])

    def text(self, name: str) -> Optional[str]:
        """A text or a field's name; None where empty."""
        return self._algorithm.parameterAsString(self._parameters, name, self._context).strip() or None

    def needed(self, name: str, words: str) -> str:
        """A text that must be given; OptionError says in words what it is."""
        value = self.text(name)
        if value is None:
            raise OptionError(f"{name}: give {words}.")
        return value

    def fields(self, name: str = "FIELDS") -> List[str]:
        """Names of fields, none of them twice."""
        return list(dict.fromkeys(compat.field_names(self._algorithm, self._parameters, name, self._context)))

    def names(self, name: str, mark: str = ",") -> Tuple[str, ...]:
        """Ids that a text gives, parted by commas or another mark."""
        return tuple(part.strip() for part in (self.text(name) or "").split(mark) if part.strip())

    def option(self, name: str) -> Any:
        """An option of the catalogue, checked by it; None where a number was left empty."""
        option = catalogue.step(self._algorithm.STEP).option(name)
        if option.kind == "enum":
            value = self._algorithm.parameterAsEnumString(self._parameters, name, self._context)
            return option.check(value)
        if option.kind == "boolean":
            return self._algorithm.parameterAsBoolean(self._parameters, name, self._context)
        definition = self._algorithm.parameterDefinition(name)
        if self._parameters.get(name, definition.defaultValue()) is None:
            return None
        return option.check(self._algorithm.parameterAsDouble(self._parameters, name, self._context))

    def options(self) -> Dict[str, Any]:
        """Every option of the algorithm's step, checked by the catalogue."""
        return parameters_.read_options(self._algorithm, self._algorithm.STEP, self._parameters, self._context)

    def path(self, name: str) -> Optional[Path]:
        """The file or folder of a parameter, be it read or written; None where none is given."""
        written = self._algorithm.parameterDefinition(name).isDestination()
        read = self._algorithm.parameterAsFileOutput if written else self._algorithm.parameterAsFile
        text = read(self._parameters, name, self._context)
        return Path(text) if text else None

    def integer(self, name: str) -> Optional[int]:
        """A whole number; None where it was left empty."""
        return self._algorithm.parameterAsInt(self._parameters, name, self._context) if self.given(name) else None

    def table(self, name: str, share: float = 0.0) -> FeatureTable:
        """The features of a source; ``share`` of the progress bar is for reading them."""
        from .io.feature_table import FeatureTable

        source = self.source(name)
        check = self.advance(share)
        return FeatureTable.read(source, source.sourceName() or name, check)

    def areas(self, name: str) -> FeatureTable:
        """The features of a source, which are areas: DataError where the code of one stands twice."""
        table = self.table(name, share=READING)
        table.refuse_repeated_areas()
        return table

    def optional_table(self, name: str) -> Optional[FeatureTable]:
        """The features of a source, or None where none is given."""
        return self.table(name) if self.given(name) else None

    def source(self, name: str):
        """A feature source; QgsProcessingException names the parameter if it cannot be opened."""
        source = self._algorithm.parameterAsSource(self._parameters, name, self._context)
        if source is None:
            raise QgsProcessingException(self._algorithm.invalidSourceError(self._parameters, name))
        return source

    def result(self, *, stages: bool = True) -> Saved:
        """The finished result whose layer ``need`` is the input; by METHODOLOGY and PACK where there are such."""
        from .areas import stored_result

        given = {
            name.lower(): self.path(name)
            for name in ("METHODOLOGY", "PACK")
            if self._algorithm.parameterDefinition(name) is not None
        }
        return stored_result.read(self.file_behind("INPUT"), stages=stages, **given)

    def file_behind(self, name: str) -> Path:
        """The GeoPackage of a result's layer; DataError where the layer is not in a file."""
        from .areas import stored_result

        layer = self._algorithm.parameterAsVectorLayer(self._parameters, name, self._context)
        return stored_result.source_file(layer.source())

    def result_behind(self, name: str) -> Optional[Saved]:
        """The result whose layer ``need`` another input is; None where it is any other table."""
        from .areas import stored_result

        layer = self._algorithm.parameterAsVectorLayer(self._parameters, name, self._context)
        ours = layer is not None and {"composite", "need_rank", "mission_class"} <= set(layer.fields().names())
        if not ours or ".gpkg" not in layer.source():
            return None
        path = stored_result.source_file(layer.source())
        return stored_result.read(path) if stored_result.is_result(path) else None

    def scope(self, pack: Optional[Pack] = None) -> Scope:
        """The methodology, the branch of it that NODE names, and what the pack says of its indicators."""
        from ..core import methodology
        from ..core.table import Scope

        path = self._algorithm.parameterAsFile(self._parameters, "METHODOLOGY", self._context) or DEFAULT_METHODOLOGY
        entries: Dict[str, Any] = {}
        if pack is None and self._algorithm.parameterDefinition("PACK") is not None and self.given("PACK"):
            with self.pack() as opened:
                entries = dict(opened.entries)
        elif pack is not None:
            entries = dict(pack.entries)
        return Scope(methodology.load(path), self.text("NODE"), entries)

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

    def scope_methodology(self) -> Methodology:
        """The methodology alone: the file given, else the one that is shipped."""
        from ..core.methodology import load

        path = self._algorithm.parameterAsFile(self._parameters, "METHODOLOGY", self._context)
        return load(path or DEFAULT_METHODOLOGY)

    def pack(self) -> Pack:
        """The pack, open; to be closed by the caller."""
        from ..core.pack import Pack

        if not self.given("PACK"):
            raise OptionError("PACK: give a data pack, or INPUT with a table of figures.")
        return Pack.open(self._algorithm.parameterAsFile(self._parameters, "PACK", self._context))

    def advance(self, share: float) -> Progress:
        """Reports a fraction of the next ``share`` of the work, and raises Cancelled."""
        return self._progress.part(share)

    def say(self, lines: Iterable[str], *, warnings: Iterable[str] = ()) -> None:
        """Lines in the algorithm's log."""
        for line in lines:
            self._feedback.pushInfo(line)
        for line in warnings:
            self._feedback.pushWarning(line)

    def record(self, *sentences: str) -> None:
        """What the metadata of the outputs say of this run."""
        self._algorithm.said = sentences

    def tell(self, notes) -> None:
        """Notes in the algorithm's log, warnings as warnings, indicators by their titles."""
        titles = {node.id: node.title for node in self.scope_methodology().nodes} if notes else {}
        for note in notes:
            say = (
                self._feedback.pushWarning if note.kind in ("warning", "imputed", "absent") else self._feedback.pushInfo
            )
            say(f"{titles.get(note.subject, note.subject)}: {note.text}")

    def write_frames(
        self,
        outputs: Mapping[str, Any],
        report: Callable,
        polygons: Any = (None, None),
        styler: Optional[Callable] = None,
    ) -> Dict[str, str]:
        """As ``destination.write_frames``; ``styler(layer)`` as in ``write``."""
        from .io import destination
        from .style import result_style

        written = destination.write_frames(
            self._algorithm, outputs, self._parameters, self._context, report, polygons, styler
        )
        title = self._algorithm.parameterDefinition("OUTPUT").description()
        result_style.when_loaded(self._context, written.get("OUTPUT", ""), title, styler)
        return written

    def write(
        self,
        name: str,
        table: FeatureTable,
        columns,
        styler: Optional[Callable] = None,
        writer: Optional[Destination] = None,
    ) -> str:
        """Write the table and its new columns to an output; what the algorithm returns for it.

        ``styler(layer)`` is called on the main thread if the project loads the output; ``writer`` has what else
        the run writes.
        """
        from .io import about, destination
        from .style import result_style

        if writer is None:
            finish = about.finisher(self._algorithm, self._parameters, self._context)
            with destination.writing(self._context.project(), finish) as writer:
                return self.write(name, table, columns, styler, writer)
        check = self.advance(WRITING)
        check(0.0)
        kind = (table.fields_with(columns), table.wkb_type, table.crs)
        renumber = table.repeats("fid")
        if renumber:
            self._feedback.pushWarning(f"{name}: 'fid' holds a number twice; a GeoPackage numbers its rows anew.")
        sink = writer.sink(self._algorithm, self._parameters, name, self._context, kind, renumber=renumber)
        table.write(sink.add, columns, check if sink.guarded else lambda fraction: None)
        if sink.guarded:
            check(1.0)
        title = self._algorithm.parameterDefinition(name).description()
        result_style.when_loaded(self._context, sink.result, title, styler)
        return sink.result
