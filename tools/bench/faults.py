"""How often all is as it has to be after a run that was cut short (tools/faults.py)."""

from __future__ import annotations

import os
import shutil
import tempfile
from operator import itemgetter
from pathlib import Path
from typing import Any, Dict, Iterator, List

from .measure import figure
from .registry import bench

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
MARKS = ("<!-- written by ./run bench faults -->\n", "<!-- end of what is written -->")
COLUMNS = ("fault", "runs", "earlier result whole, or the new one", "next run succeeds", "files left behind")
AREAS = 120


def table(outcomes: List[Any], before: str = "") -> str:
    """The figures as a table for the guide; a kind that was not tried keeps its row of the table ``before``."""
    rows = {line.split(" | ")[0].strip("| "): line for line in before.splitlines() if line.startswith("| ")}
    rows.pop(COLUMNS[0], None)
    for kind in dict.fromkeys(one.kind for one in outcomes):
        own = [(one.whole, one.again, one.left) for one in outcomes if one.kind == kind]
        rows[kind] = f"| {' | '.join(map(str, (kind, len(own), *map(sum, zip(*own)))))} |"
    return "\n".join([f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *rows.values()]) + "\n"


@bench
def faults() -> Iterator[Dict[str, Any]]:
    """Every kind of fault at 20 random moments, or as asked; the table in docs/reliability.md is written anew."""
    from qgis.core import QgsProcessingFeedback

    from hyperlocal_need.processing_provider.runs import demo
    from hyperlocal_need.tools.faults import attempt, counts, marks, run, small_disk
    from hyperlocal_need.tools.qgis_session import qgis_session

    numbers = counts(os.environ.get("HYPERLOCALNEED_FAULTS", ""), 20)
    outcomes = []
    with qgis_session(), tempfile.TemporaryDirectory() as scratch, small_disk(Path(scratch, "disk")) as disk:
        pack, good = Path(scratch, "pack"), Path(scratch, "good")
        demo.write(pack, AREAS, 5, QgsProcessingFeedback(False))
        good.mkdir()
        if run(pack, good).words:
            raise SystemExit("The run that is to be spoilt does not succeed by itself.")
        if not disk:
            del numbers["disk full"]
        for kind, number in filter(itemgetter(1), numbers.items()):
            for place, at in enumerate(marks(number)):
                folder = Path(scratch, "disk" if kind == "disk full" else "work", f"{kind}-{place}".replace(" ", "-"))
                outcomes.append(attempt(kind, at, pack, good, folder))
                shutil.rmtree(folder)
            own = outcomes[-number:]
            yield figure(
                f"{kind}: as it has to be", sum(one.whole and one.again and not one.left for one in own), f"of {number}"
            )
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    held, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(outcomes, held)}\n{MARKS[1]}{after}", encoding="utf-8")
