"""The fields of all layers and tables of the plugin, declared once in fields.json, and which of them are whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Dict, Iterable, Mapping

from .methodology import Methodology

NEED = "need"
_WORDS = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))
# Fields under a name of their own.
FIELDS: Mapping[str, str] = _WORDS["areas"]
# The same in tables of areas that LSOAs were summed up for; a table of anything else may use these names otherwise.
AREA_KEY = "boundary_code"
AREA_FIELDS: Mapping[str, str] = _WORDS["summed_up_areas"]
# Behind ``need``, or the id of a dimension; a rank of any of them has ``_rank`` behind it.
MEASURE_FIELDS: Mapping[str, str] = _WORDS["measures"]
# Behind the id of any node, as the steps add them; the id alone is its value.
STEP_FIELDS: Mapping[str, str] = _WORDS["steps"]
# Ranks, deciles and flags are whole. Counts may be parts of ones, spread by postcodes: whole where all values are.
WHOLE = re.compile(r"((?<!average)_rank|_decile|(?<!p_)hotspot)(_district|_all)?\Z|_count\Z")
COUNTS = re.compile(r"(_num|_den|population|residents|postcodes|lsoas|sum_in|sum_out|_count|_split|_shared)\Z")


def hotspot_field(measure: str) -> str:
    """The flag of the hot spots of ``need`` or of a dimension, by its id, in the layer need."""
    return "hotspot" if measure == NEED else f"{measure}_hotspot"


def measure_titles(methodology: Methodology) -> Dict[str, str]:
    """Title of the overall measure (id ``need``) and of each dimension, in the methodology's order."""
    return {NEED: methodology.index.title, **{node.id: node.title for node in methodology.dimensions}}


def in_words(names: Iterable[str], methodology: Methodology) -> Dict[str, str]:
    """Words for those of a table's fields that are the plugin's; its key tells a table of summed-up areas."""
    names = list(names)
    own = {**FIELDS, **AREA_FIELDS} if AREA_KEY in names else FIELDS
    words = {name: own.get(name) or _of_measure(name, methodology) or _of_step(name, methodology) for name in names}
    return {name: text for name, text in words.items() if text}


def _of_measure(name: str, methodology: Methodology) -> str:
    titles = measure_titles(methodology)
    # The longest id first, for an id may be the start of another.
    for measure in sorted(titles, key=len, reverse=True):
        ending = name[len(measure) + 1 :] if name.startswith(f"{measure}_") else ""
        if ending in MEASURE_FIELDS:
            return f"{titles[measure]}: {MEASURE_FIELDS[ending]}"
        if ending.endswith("_rank") and ending[: -len("_rank")] in MEASURE_FIELDS:
            return f"{titles[measure]}: {MEASURE_FIELDS[ending[: -len('_rank')]]}, {MEASURE_FIELDS['rank']}"
    return ""


def _of_step(name: str, methodology: Methodology) -> str:
    titles = {node.id: node.title for node in methodology.nodes}
    if name in titles:
        return f"{titles[name]}: value"
    node, _, ending = name.rpartition("_")
    return f"{titles[node]}: {STEP_FIELDS[ending]}" if node in titles and ending in STEP_FIELDS else ""
