"""A demonstration: the data pack of an invented country, drawn from a seed, with need planted in its raw counts."""

from __future__ import annotations

from .country import Demo, Polygons, make_demo
from .files import write_tables

__all__ = ["Demo", "Polygons", "make_demo", "write_tables"]
