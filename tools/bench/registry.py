"""The benches that there are.

A bench is a generator function without arguments that yields figures (see ``measure.figure``). It stands in a
module of this folder and is registered with ``@bench``; the module is listed in MODULES, in the order in which
the benches are run. What a bench needs and only it (QGIS, geopandas) is imported inside its function.
"""

from __future__ import annotations

import importlib
from typing import Any, Callable, Dict, Iterator

Figure = Dict[str, Any]
Bench = Callable[[], Iterator[Figure]]

MODULES = (
    "start",
    "core",
    "overlap",
    "index",
    "steps",
    "boundaries",
    "importing",
    "dock",
    "certainty",
    "fetch",
    "load",
    "day",
    "faults",
    "pages",
)
_BENCHES: Dict[str, Bench] = {}


def bench(function: Bench) -> Bench:
    """Register a function under its own name; two benches of one name are a mistake."""
    name = function.__name__
    if name in _BENCHES:
        raise ValueError(f"two benches are called {name}; rename one")
    _BENCHES[name] = function
    return function


def benches() -> Dict[str, Bench]:
    """Name -> bench, of every module listed in MODULES."""
    for module in MODULES:
        importlib.import_module(f"{__package__}.{module}")
    return dict(_BENCHES)
