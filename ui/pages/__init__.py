"""The dock's pages: those that are always tabs, in their order, and those that the menu "More" opens as one."""

from __future__ import annotations

from .boundaries_page import BoundariesPage
from .data_page import DataPage
from .import_page import ImportPage
from .look_page import LookPage
from .map_page import MapPage
from .method_page import MethodPage
from .quality_page import QualityPage
from .run_page import RunPage
from .what_if_page import WhatIfPage

PAGES = (DataPage, MethodPage, RunPage, MapPage, LookPage)
MORE_PAGES = (WhatIfPage, ImportPage, QualityPage, BoundariesPage)
