"""``./run bench [NAME]``: run the benches, each in a Python of its own, and print one JSON line a figure."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import List

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from register import register  # noqa: E402

register()

from hyperlocal_need.tools.bench import registry  # noqa: E402
from hyperlocal_need.tools.bench.measure import run_in_child  # noqa: E402

MISTAKE = 2


def main(arguments: List[str]) -> int:
    if arguments[:1] == ["--child"]:
        return _be_the_child(arguments[1])
    benches = registry.benches()
    if arguments[:1] == ["faults"] and arguments[1:]:
        os.environ["HYPERLOCALNEED_FAULTS"] = " ".join(arguments[1:])
        arguments = arguments[:1]
    names = arguments or list(benches)
    for name in names:
        if name not in benches:
            print(f"{name}: there is no such bench; there are {', '.join(benches)}.", file=sys.stderr)
            return MISTAKE
    failed = [name for name in names if not _print_figures(name)]
    return 1 if failed else 0


def _print_figures(name: str) -> bool:
    """Run one bench in a child, print its figures as they come, and the child's memory at its highest."""
    child = run_in_child([sys.executable, __file__, "--child", name], lambda line: print(line, flush=True))
    if child.status:
        print(f"{name}: the bench ended with status {child.status}.", file=sys.stderr)
        return False
    memory = {"bench": name, "figure": "peak memory", "value": round(child.peak_memory / 1e9, 3), "unit": "GB"}
    print(json.dumps(memory), flush=True)
    return True


def _be_the_child(name: str) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for figure in registry.benches()[name]():
        print(json.dumps({"bench": name, **figure}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
