"""How the benches measure: wall time, peak memory of a child process, and the ratio to a peer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional

# Linux counts in kibibytes, macOS in bytes.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Child:
    """How a child process ended: its exit status, wall seconds, and peak memory in bytes."""

    status: int
    seconds: float
    peak_memory: int


def run_in_child(command: List[str], on_line: Optional[Callable[[str], None]] = None) -> Child:
    """Run a command to its end and measure it; its output goes to ``on_line``, line by line."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process.stdout:
        for line in process.stdout:
            if on_line is not None:
                on_line(line.rstrip("\n"))
    # wait4 tells this child's memory; getrusage would tell the highest of all children so far.
    _, ending, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ending)
    return Child(process.returncode, time.perf_counter() - started, usage.ru_maxrss * MEMORY_UNIT)


def best_of(work: Callable[[], Any], repeats: int = 3) -> float:
    """The shortest wall time of some calls, in seconds: what the machine can do when nothing disturbs it."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def figure(name: str, value: float, unit: str, *, peer: str = "", peer_value: Optional[float] = None) -> Dict[str, Any]:
    """One figure, ready to print; with a peer's, measured in the same run, also value / peer_value as ``ratio``."""
    line: Dict[str, Any] = {"figure": name, "value": _rounded(value), "unit": unit}
    if peer_value is not None:
        line.update(peer=peer, peer_value=_rounded(peer_value), ratio=_rounded(value / peer_value))
    return line


def _rounded(value: float) -> float:
    """Four figures that count: more would be noise."""
    return float(f"{value:.4g}")
