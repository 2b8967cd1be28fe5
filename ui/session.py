"""What the dock's pages share: the pack, the method, the run and the result, and what happens between them."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import QgsProcessingUtils
from qgis.gui import QgisInterface, QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..core.errors import NeedError
from ..core.methodology import Methodology
from ..processing_provider import dependencies
from . import settings
from .background.runner import CANCELLED, DONE, RUNNING, AlgorithmRunner, Outcome
from .map.navigate import zoom_to_result
from .states.method_state import MethodState
from .states.pack_state import PackState
from .states.result_state import ResultState

INDEX = "hyperlocalneed:computeindex"
DEMO = "hyperlocalneed:demopack"
FETCH = "hyperlocalneed:fetchsources"
DEMO_AREAS = 2000
GEOPACKAGE = "need.gpkg"


def work_folder(purpose: str = "") -> Path:
    """A new folder among QGIS's temporary ones, which go when QGIS is closed."""
    return Path(mkdtemp(prefix=f"hyperlocal_need_{purpose}", dir=QgsProcessingUtils.tempFolder()))


class Session(QObject):
    """Owns the states and the runner; pages read them and call its verbs."""

    started = pyqtSignal(str)
    ended = pyqtSignal(object)
    page_asked = pyqtSignal(str)
    messaged = pyqtSignal(str, str)
    steps_found = pyqtSignal(str)

    def __init__(self, iface: Optional[QgisInterface] = None, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.iface = iface
        self.pack = PackState(self)
        self.method = MethodState(self)
        self.result = ResultState(self)
        self.runner = AlgorithmRunner(self)
        self.temporary = settings.flag(settings.TEMPORARY, True)
        self.folder = settings.text(settings.FOLDER)
        self.england_folder = settings.text(settings.ENGLAND)
        self.extras = settings.flag(settings.EXTRAS, False)
        self.keep_low_coverage = False
        self.universe = ""
        self.running = ""
        self.ended_algorithm = ""
        self._output: Optional[Path] = None
        self._computed: Optional[Tuple[Methodology, str, str]] = None
        self._started = 0.0
        self.runner.ended.connect(self._end)
        self.result.added.connect(self._look_at_result)
        self.result.failed.connect(lambda text: self.messaged.emit(text, "warning"))

    @property
    def canvas(self) -> Optional[QgsMapCanvas]:
        """The main map; None where there is no window."""
        return None if self.iface is None else self.iface.mapCanvas()

    def recall(self) -> None:
        """Take up what the last session left: method, pack and, in an open project, its result."""
        warning = self.method.recall()
        if warning:
            self.messaged.emit(warning, "warning")
        if dependencies.missing():
            return
        path = settings.text(settings.PACK)
        if path and Path(path).exists():
            self.choose_pack(path)
        self.result.find()

    def choose_pack(self, path: str) -> None:
        """Choose a pack and have it checked against the method in hand."""
        self.keep_low_coverage = False
        self.pack.choose(path, self.method.edited)

    def set_destination(self, temporary: bool, folder: str, extras: bool) -> None:
        """Where the next result goes: a temporary place or a folder, there also with report, maps and tables."""
        self.temporary, self.folder, self.extras = temporary, folder.strip(), extras
        settings.remember(settings.TEMPORARY, temporary)
        settings.remember(settings.FOLDER, self.folder)
        settings.remember(settings.EXTRAS, extras)

    def blockers(self) -> List[str]:
        """What has to be settled before a run, in words; empty if it can start."""
        texts = []
        if not self.pack.path:
            texts.append("[Choose a data pack](data#file) on the Data page, or try the demonstration.")
        elif self.pack.checking:
            texts.append("The data pack is still being checked.")
        elif self.pack.error:
            texts.append(f"{self.pack.error} [Choose another pack](data#file).")
        elif self.pack.check is not None:
            texts += self._pack_blockers()
        texts += [f"{text} [See the weights](method)." for text in self.method.problems()]
        if not self.temporary and not self.folder:
            texts.append("[Choose the folder](run#folder) that the result shall go to.")
        return texts

    def _pack_blockers(self) -> List[str]:
        check, off = self.pack.check, self.method.off
        titles = {node.id: node.title for node in self.method.edited.nodes}
        texts = [
            f"{titles[problem.subject]}: {problem.text} [Turn it off](method)."
            if problem.subject in titles
            else f"{problem.text} [See the pack](data)."
            for problem in check.problems
            if problem.stops and problem.subject not in off
            # Whether some areas alone have enough figures, the run itself says.
            if not ((self.keep_low_coverage or self.universe) and problem.low)
        ]
        absent = [name for name in check.absent if name not in off]
        if absent and not self.method.leave_out_absent:
            number = "One indicator has" if len(absent) == 1 else f"{len(absent)} indicators have"
            texts.append(
                f"{number} no data. [Agree on the Method page](method#gaps) to leave them out, or add them to the pack."
            )
        return texts

    def run(self) -> str:
        """Start the index in the background; gives '' or why it cannot start."""
        blockers = self.blockers()
        if self.runner.running or blockers:
            return RUNNING if self.runner.running else blockers[0]
        work = work_folder()
        folder = work if self.temporary else Path(self.folder)
        try:
            parameters = self._parameters(work, folder)
        except NeedError as error:
            return str(error)
        alone = f", {self.universe} alone" if self.universe else ""
        country = "All areas" if self.universe else self.pack.check.country
        self._computed = (self.method.for_run(), self.pack.check.title + alone, country)
        return self._start(INDEX, parameters)

    def _parameters(self, work: Path, folder: Path) -> Dict[str, Any]:
        method = self.method
        parameters: Dict[str, Any] = {
            "PACK": self.pack.path,
            "MISSING": method.missing,
            "MISSING_INDICATORS": "leave_out" if method.leave_out_absent else "error",
            "LOW_COVERAGE": "keep" if self.keep_low_coverage else "error",
            "LEAVE_OUT": ",".join(sorted(method.off)),
            "UNIVERSE": self.universe,
            "STAGES": True,
            "OUTPUT": str(folder / GEOPACKAGE),
        }
        own = method.file_for_run(work)
        if own:
            parameters["METHODOLOGY"] = own
        if self.extras and not self.temporary:
            parameters["FOLDER"] = str(folder)
        return parameters

    def make_demonstration(self) -> str:
        """Make the demonstration pack in the background; when it is there, it is chosen and checked."""
        folder = Path(QgsProcessingUtils.tempFolder()) / "hyperlocal_need_demonstration"
        return self._start(DEMO, {"AREAS": DEMO_AREAS, "OUTPUT": str(folder)})

    def fetch_england(self, parameters: Dict[str, Any]) -> str:
        """Fetch the official sources in the background; the pack is then chosen. Gives '' or why it cannot start."""
        if self.runner.running:
            return RUNNING
        self.england_folder = parameters["OUTPUT"]
        settings.remember(settings.ENGLAND, self.england_folder)
        return self._start(FETCH, parameters)

    def _start(self, algorithm: str, parameters: Dict[str, Any]) -> str:
        started = time.time()
        refusal = self.runner.start(algorithm, parameters)
        if not refusal:
            self.running, self._started, self._output = algorithm, started, Path(parameters["OUTPUT"])
            self.method.keep_draft()
            self.started.emit(algorithm)
        return refusal

    def _end(self, outcome: Outcome) -> None:
        algorithm = self.ended_algorithm = self.running
        self.running = ""
        if outcome.state == CANCELLED and algorithm == INDEX and self._was_written():
            outcome = Outcome(DONE, "", {}, outcome.log)
        self.ended.emit(outcome)
        if outcome.state != DONE or self._output is None:
            return
        if algorithm in (DEMO, FETCH):
            if "SOURCES" not in outcome.results:
                self.choose_pack(str(self._output))
            return
        methodology, title, country = self._computed
        place = "temporary" if self.temporary else date.today().isoformat()
        self._show_result(self._output, methodology, f"{title} ({place})", country)

    def open_result(self, path: str) -> None:
        """Take up a finished result, or the layer of all steps: put its layers on the map, or say why it cannot be."""
        from ..core.findings.saved import layer_of_steps
        from ..processing_provider.areas import stored_result

        try:
            if layer_of_steps(Path(path)):
                self.steps_found.emit(path)
                return
            methodology, title, country = stored_result.method_of(Path(path))
        except NeedError as error:
            self.messaged.emit(str(error), "warning")
            return
        self._show_result(Path(path), methodology, f"{title} ({stored_result.made_on(Path(path))})", country)

    def _show_result(self, path: Path, methodology: Methodology, title: str, country: str) -> None:
        self.result.add(path, methodology, f"{methodology.index.title}: {title}", country)

    def _look_at_result(self) -> None:
        zoom_to_result(self, only_if_elsewhere=True)
        self.page_asked.emit("map")

    def _was_written(self) -> bool:
        """Whether a run that was cancelled had put its result in place before it could hear of it."""
        place = self._output
        return place is not None and place.is_file() and place.stat().st_mtime >= self._started

    def close(self) -> None:
        """Stop everything that goes on in the background, and wait for the run to have ended."""
        self.method.keep_draft()
        self.pack.stop()
        self.result.disconnect_project()
        self.runner.stop_and_wait()
