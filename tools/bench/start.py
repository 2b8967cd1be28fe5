"""How long a user waits before anything happens."""

from __future__ import annotations

import sys
from typing import Iterator

from ..register import ROOT
from .measure import best_of, figure, run_in_child
from .registry import Figure, bench

TOOLS = str(ROOT / "tools")
IMPORT_CORE = f"""
import sys
sys.path.insert(0, {TOOLS!r})
import register
register.register()
import hyperlocal_need.core.methodology
"""


@bench
def start() -> Iterator[Figure]:
    """Import the core in a fresh Python, beside importing pandas, which the core needs."""
    own = best_of(lambda: run_in_child([sys.executable, "-c", IMPORT_CORE]))
    peer = best_of(lambda: run_in_child([sys.executable, "-c", "import pandas"]))
    yield figure("import of the methodology", own, "s", peer="import pandas", peer_value=peer)
