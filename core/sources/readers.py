"""The reader of each kind of service: it turns a recipe into questions and reads the answers."""

from __future__ import annotations

from typing import Callable, Mapping

from . import arcgis, ees, fingertips, nomis, pages, statxplore
from .answer import Answer, Get
from .recipe import Recipe

READERS: Mapping[str, Callable[[Recipe, Get], Answer]] = {
    "nomis": nomis.read,
    "arcgis": arcgis.read,
    "govuk": pages.read,
    "ons": pages.read,
    "file": pages.read,
    "ees": ees.read,
    "fingertips": fingertips.read,
    "statxplore": statxplore.read,
}
