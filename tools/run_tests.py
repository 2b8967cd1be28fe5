"""The tests, in three runs: core without QGIS, the plugin inside QGIS, the repository; then coverage and one total.

Started by ``./run test``, with any arguments of pytest's. Arguments that are paths in tests/ choose the runs.
Coverage of the whole suite is measured where HYPERLOCALNEED_COVERAGE is set, for it costs half as much time again;
``require`` makes too little of it a failure.
HYPERLOCALNEED_WITHOUT=PACKAGE hides a package from every Python that is started, as if it were not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
REPORTS = ROOT / ".cache" / "tests"
NO_TESTS = 5
WITHOUT = os.environ.get("HYPERLOCALNEED_WITHOUT", "")
# Where pandas is absent nothing can be computed: what can be tested is that all loads and says what is missing.
WITHOUT_PANDAS = (
    "tests/qgis/test_plugin.py",
    "tests/qgis/test_contracts.py",
    "tests/qgis/test_compat.py",
    "tests/qgis/test_missing_packages.py",
    "tests/qgis/dock/test_dock.py::TestMissingPackages",
    "tests/repo/test_metadata.py",
    "tests/repo/test_names.py",
    "tests/repo/test_package.py",
)
# Python runs sitecustomize before anything else, in the children that tests start too.
HIDING = """
import sys
from importlib.machinery import PathFinder


class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == {package!r} else super().find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""
# They compute on England's figures, or read its largest files, what others compute on small ones: all that they run is
# measured there, and measuring would double their time. One process, so that they share one run.
UNMEASURED = tuple(f"test_{name}.py" for name in ("models", "england", "frozen", "import_published"))
KINDS = ("passed", "failed", "skipped")
COVERAGE = os.environ.get("HYPERLOCALNEED_COVERAGE", "")
LEAST_COVERAGE = {"core": 95.0, "the rest": 88.0}


@dataclass(frozen=True)
class Phase:
    """One run of pytest: a folder of tests, and the surroundings they are run in."""

    folder: str
    options: Tuple[str, ...] = ()
    surroundings: Dict[str, str] = field(default_factory=dict)
    processes: int = 1

    def parts(self, paths: List[str]) -> List[List[str]]:
        """What each process runs: the paths given; or what is unmeasured, then the others, dealt out in order."""
        if paths or self.processes == 1:
            return [paths or [str(TESTS / self.folder)]]
        modules = sorted(map(str, (TESTS / self.folder).rglob("test_*.py")))
        large = [one for one in modules if Path(one).name in UNMEASURED]
        small = [one for one in modules if one not in large]
        size = -(-len(small) // (self.processes - 1))
        return [large, *(small[start : start + size] for start in range(0, len(small), size))]


# The plugin for QGIS imports QGIS when it is loaded, and the core has to do without.
PHASES = (
    Phase("core", ("-p", "no:pytest_qgis"), {"HYPERLOCALNEED_BARE": "1"}),
    # Several processes, so that one that QGIS ends takes only its own tests with it.
    Phase("qgis", (), {"QT_QPA_PLATFORM": "offscreen"}, processes=8),
    Phase("repo", ("-p", "no:pytest_qgis")),
)


@dataclass
class Counts:
    """What a run of pytest came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    faults: List[str] = field(default_factory=list)

    def add(self, report: Path) -> None:
        root = ElementTree.parse(report).getroot()
        for case in root.iter("testcase"):
            for fault in (*case.findall("failure"), *case.findall("error")):
                reason = (fault.get("message") or "").strip()[:600]
                self.faults.append(f"FAILED {case.get('classname')}::{case.get('name')}\n    {reason}")
        for suite in root.iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += failed
            self.skipped += skipped
            self.passed += max(0, int(suite.get("tests", 0)) - failed - skipped)


def sort_arguments(arguments: List[str]) -> Tuple[Dict[str, List[str]], List[str]]:
    """The paths given for each phase (all of its folder where none is), and the arguments that are no paths."""
    chosen: Dict[str, List[str]] = {}
    others = []
    for argument in arguments:
        path = Path(argument.partition("::")[0]).resolve()
        inside = path == TESTS or TESTS in path.parents
        if argument.startswith("-") or not (inside and path.exists()):
            others.append(argument)
        elif path == TESTS:
            chosen.update({phase.folder: [] for phase in PHASES})
        else:
            chosen.setdefault(path.relative_to(TESTS).parts[0], []).append(argument)
    return chosen or {phase.folder: [] for phase in PHASES}, others


def run_part(phase: Phase, number: int, paths: List[str], arguments: List[str], whole: bool) -> Tuple[int, Counts]:
    """Run one part of a phase: pytest's exit status, and what it came to.

    The whole suite is measured if that is asked, but for ``UNMEASURED``. Its parts run side by side: each has its own
    settings and caches, and what it printed is printed when it has ended.
    """
    name, counts = f"{phase.folder}-{number}", Counts()
    report, log = REPORTS / f"{name}.xml", REPORTS / f"{name}.log"
    report.unlink(missing_ok=True)
    data_file = f"--data-file={REPORTS / ('.coverage.' + name)}"
    measured = whole and bool(COVERAGE) and not all(Path(path).name in UNMEASURED for path in paths)
    measuring = ["-m", "coverage", "run", data_file] if measured else []
    command = [sys.executable, *measuring, "-m", "pytest", *phase.options, f"--junitxml={report}"]
    command += [*arguments, *paths]
    if not whole:
        print(f"tests/{name}", flush=True)
    with tempfile.TemporaryDirectory() as runtime, open(log, "w+", encoding="utf-8", errors="replace") as printed:
        surroundings = {"XDG_RUNTIME_DIR": runtime, **os.environ, **phase.surroundings}
        if whole:
            surroundings.update(XDG_CACHE_HOME=f"{runtime}/cache", QGIS_CUSTOM_CONFIG_PATH=f"{runtime}/profile")
        if WITHOUT:
            Path(runtime, "sitecustomize.py").write_text(HIDING.format(package=WITHOUT), encoding="utf-8")
            surroundings["PYTHONPATH"] = runtime
        output = printed if whole else None
        status = subprocess.run(
            command, cwd=ROOT, env=surroundings, check=False, stdout=output, stderr=output
        ).returncode
        if whole:
            printed.seek(0)
            print(f"tests/{name}\n{printed.read()}", flush=True)
    if report.exists():
        counts.add(report)
    if status < 0:
        return _ended(name, -status, report.exists(), counts)
    return status, counts


def _ended(name: str, signal: int, reported: bool, counts: Counts) -> Tuple[int, Counts]:
    """What a signal means that ended Python: a fault, unless all tests had passed and QGIS had been taken down.

    pytest writes its report after that. What is left is Python and Qt clearing up what they share, in no fixed order.
    """
    words = f"tests/{name}: Python was ended by signal {signal}"
    if reported and not counts.failed:
        print(f"{words}, after its tests had passed and QGIS was closed.", flush=True)
        return 0, counts
    counts.faults.append(f"{words}.")
    counts.failed += 1
    return -signal, counts


def report_coverage() -> bool:
    """Print how much of the code the tests ran; True if that is enough everywhere."""
    import coverage

    measured = coverage.Coverage(data_file=str(REPORTS / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    measured.combine([str(path) for path in sorted(REPORTS.glob(".coverage.*"))], keep=True)
    measured.save()
    within_core = str(ROOT / "core" / "*")
    choices = {"core": {"include": [within_core]}, "the rest": {"omit": [within_core, "tests/*", "tools/*"]}}
    enough = True
    for name, choice in choices.items():
        percentage = _percentage(measured, choice)
        print(f"coverage of {name}: {percentage:.1f} % (at least {LEAST_COVERAGE[name]:.0f} % is asked)")
        enough = enough and percentage >= LEAST_COVERAGE[name]
    if not enough:
        print("what is not: .venv/bin/python -m coverage report -m --data-file=.cache/tests/.coverage")
    return enough


def _percentage(measured: object, choice: Dict[str, List[str]]) -> float:
    from coverage.exceptions import NoDataError

    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        try:
            return float(measured.report(file=nowhere, **choice))
        except NoDataError:
            return 0.0


def exit_status(statuses: List[int]) -> int:
    """pytest's way: 0 if all is well, 5 if there was no test at all, else the first status that tells of a fault."""
    faults = [status for status in statuses if status not in (0, NO_TESTS)]
    if faults:
        return abs(faults[0])
    return NO_TESTS if statuses and set(statuses) == {NO_TESTS} else 0


def main(arguments: List[str]) -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    if WITHOUT:
        arguments = arguments or list(WITHOUT_PANDAS if WITHOUT == "pandas" else ["tests"])
        print(f"without {WITHOUT}", flush=True)
    chosen, others = sort_arguments(arguments)
    gone = [one for one in others if not one.startswith("-") and one.partition("::")[0].endswith((".py", "/"))]
    if gone:
        print(f"{gone[0]}: there is no such test below tests/.", file=sys.stderr)
        return 2
    whole = not arguments
    for stale in REPORTS.glob(".coverage*"):
        stale.unlink()
    parts = [
        (phase, number, paths)
        for phase in PHASES
        if phase.folder in chosen
        for number, paths in enumerate(phase.parts(chosen[phase.folder]))
    ]
    results: List[Tuple[int, Counts]] = []
    if whole:
        # The core is the longest part of one piece: begun last, it would run on alone.
        with ThreadPoolExecutor(max_workers=min(len(parts), os.cpu_count() or 1)) as pool:
            results += pool.map(lambda part: run_part(*part, others, whole), parts)
    else:
        for part in parts:
            results.append(run_part(*part, others, whole))
            if {"-x", "--exitfirst"} & set(others) and exit_status([results[-1][0]]) not in (0, NO_TESTS):
                break
    status = exit_status([status for status, _ in results])
    if whole and COVERAGE and not report_coverage() and COVERAGE == "require":
        status = status or 1
    for _, counts in results:
        print(*counts.faults, sep="\n", end="\n" if counts.faults else "")
    passed, failed, skipped = (sum(getattr(counts, kind) for _, counts in results) for kind in KINDS)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
