"""Run the plugin's algorithms in QGIS without a window: ``./run demo``, ``index``, ``england`` and ``sources``.

A mistake of the user's is one line on stderr and exit status 2; Ctrl-C cancels and gives 130.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Dict, Iterator, List, NoReturn, Optional

from register import register

register()

from hyperlocal_need.core.errors import Cancelled, NeedError  # noqa: E402
from hyperlocal_need.tools.qgis_session import qgis_session  # noqa: E402

BUG = 1
MISTAKE = 2
INTERRUPTED = 130
# A long stage shows that it is alive, at most this often.
SECONDS_BETWEEN_MARKS = 2.0


class Parser(argparse.ArgumentParser):
    """A parser whose refusal is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"{self.prog}: {message}\n")


def read_arguments(arguments: List[str]) -> argparse.Namespace:
    """The command and its settings; which values MISSING may take is for the algorithm to say."""
    parser = Parser(prog="./run", add_help=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    demo = commands.add_parser("demo", prog="./run demo", add_help=False)
    demo.add_argument("out", type=Path)
    demo.add_argument("--areas", type=int)
    demo.add_argument("--seed", type=int)
    # The demonstration shows what is done with gaps and with an indicator that covers too little.
    demo.set_defaults(missing="district", low_coverage="leave_out")
    index = commands.add_parser("index", prog="./run index", add_help=False)
    index.add_argument("pack", type=Path)
    index.add_argument("out", type=Path)
    index.add_argument("missing", nargs="?")
    index.add_argument("missing_indicators", nargs="?")
    index.add_argument("low_coverage", nargs="?")
    england = commands.add_parser("england", prog="./run england", add_help=False)
    england.add_argument("out", type=Path)
    england.set_defaults(missing="exclude", missing_indicators="leave_out", low_coverage="leave_out")
    sources = commands.add_parser("sources", prog="./run sources", add_help=False)
    for command in (england, sources):
        command.add_argument("--base", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def make_feedback() -> Any:
    """A feedback that prints each stage with the share done, and how far a long one is."""
    from qgis.core import QgsProcessingFeedback

    class PrintedFeedback(QgsProcessingFeedback):
        def __init__(self) -> None:
            super().__init__(False)
            self.stage = ""
            self.percentage = 0.0
            self.started = time.monotonic()
            self.last_written = self.started
            self.last_error = ""
            self.progressChanged.connect(self.mark_progress)

        def write(self, text: str) -> None:
            self.last_written = time.monotonic()
            print(f"[{self.percentage:3.0f} % {self.last_written - self.started:6.1f} s] {text}", flush=True)

        def mark_progress(self, percentage: float) -> None:
            self.percentage = percentage
            if time.monotonic() - self.last_written >= SECONDS_BETWEEN_MARKS:
                self.write(self.stage)

        def setProgressText(self, text: str) -> None:
            self.stage = text
            self.write(text)

        def pushInfo(self, info: str) -> None:
            self.write(info)

        def pushWarning(self, warning: str) -> None:
            self.write(f"Warning: {warning}")

        def reportError(self, error: str, fatalError: bool = False) -> None:
            self.last_error = error

    return PrintedFeedback()


def run_algorithm(application: Any, name: str, parameters: Dict[str, Any]) -> Dict[str, Any]:
    """What one algorithm of the provider gives; raises what it raises, and NeedError for a refused parameter."""
    from qgis.core import QgsProcessingContext, QgsProcessingException

    algorithm = application.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    if algorithm is None:
        raise NeedError(f"The algorithm hyperlocalneed:{name} is not there; is the checkout complete?")
    known = {definition.name() for definition in algorithm.parameterDefinitions()}
    values = {key: value for key, value in parameters.items() if value is not None and key in known}
    context, feedback = QgsProcessingContext(), make_feedback()
    context.setFeedback(feedback)
    usable, message = algorithm.checkParameterValues(values, context)
    if not usable:
        raise NeedError(message)
    with cancelled_by_keyboard(feedback):
        try:
            results, succeeded = algorithm.run(values, context, feedback, {}, False)
        except QgsProcessingException as error:
            # What the failed call had opened must go before QGIS does.
            traceback.clear_frames(error.__cause__.__traceback__ if error.__cause__ else error.__traceback__)
            raise NeedError(str(error)) from None
    if feedback.isCanceled():
        raise Cancelled("Cancelled; nothing half done was left.")
    if not succeeded:
        raise NeedError(feedback.last_error or f"hyperlocalneed:{name} did not succeed.")
    return dict(results)


def print_sources(text: str) -> None:
    """A table of what each source says of itself, a line each."""
    rows = [("recipe", "answer", "size", "date", "rows", "newer")]
    rows += [tuple(str(one[name]) for name in rows[0]) for one in json.loads(text)]
    widths = [min(60, max(len(row[place]) for row in rows)) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


@contextmanager
def cancelled_by_keyboard(feedback: Any) -> Iterator[None]:
    """Ctrl-C asks the algorithm to stop; a second one stops Python."""

    def cancel(number: int, frame: Optional[FrameType]) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        feedback.cancel()

    previous = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    except Exception as error:
        if not feedback.isCanceled():
            raise
        raise Cancelled("Cancelled; nothing half done was left.") from error
    finally:
        signal.signal(signal.SIGINT, previous)


def compute_index(application: Any, pack: Path, settings: argparse.Namespace) -> None:
    out = settings.out.resolve()
    parameters = {
        "PACK": str(pack.resolve()),
        "MISSING": getattr(settings, "missing", None),
        "MISSING_INDICATORS": getattr(settings, "missing_indicators", None),
        "LOW_COVERAGE": getattr(settings, "low_coverage", None),
        "STAGES": True,
        "OUTPUT": str(out / "need.gpkg"),
        "REPORT": str(out / "report.html"),
        "FOLDER": str(out),
    }
    run_algorithm(application, "computeindex", parameters)
    print(f"Written to {out}", flush=True)


def carry_out(settings: argparse.Namespace) -> None:
    """Carry out the command; the folder is made first, so that a wrong one is told before the work."""
    if settings.command == "sources":
        with qgis_session() as application, tempfile.TemporaryDirectory() as folder:
            asked = {"ONLY_LOOK": True, "OUTPUT": folder, "BASE": settings.base}
            print_sources(run_algorithm(application, "fetchsources", asked)["SOURCES"])
        return
    settings.out.mkdir(parents=True, exist_ok=True)
    with qgis_session() as application:
        pack = getattr(settings, "pack", None) or settings.out / "pack"
        if settings.command == "england":
            run_algorithm(application, "fetchsources", {"OUTPUT": str(pack.resolve()), "BASE": settings.base})
        elif settings.command == "demo":
            parameters = {"OUTPUT": str(pack.resolve()), "AREAS": settings.areas, "SEED": settings.seed}
            run_algorithm(application, "demopack", {**parameters, "LOW_COVERAGE_INDICATOR": True})
        compute_index(application, pack, settings)


def main(arguments: List[str]) -> int:
    from qgis.core import QgsProcessingException

    settings = read_arguments(arguments)
    try:
        carry_out(settings)
    except (Cancelled, KeyboardInterrupt) as error:
        print(str(error) or "Cancelled.", file=sys.stderr)
        return INTERRUPTED
    except (NeedError, QgsProcessingException) as error:
        if str(error).startswith("Traceback"):
            print(error, file=sys.stderr)
            return BUG
        print(" ".join(str(error).split()), file=sys.stderr)
        return MISTAKE
    except OSError as error:
        print(f"{error.filename or settings.command}: {error.strerror or error}", file=sys.stderr)
        return MISTAKE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
