"""A saved result, read again: the tables of a ``need.gpkg`` as frames keyed by area code. No QGIS, no GDAL."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Set, Tuple, Union

import numpy as np
import pandas as pd

from .. import evidence
from ..errors import DataError
from ..methodology import Methodology
from ..texts import Progress, as_objects, no_progress, text_columns
from .explanation import Explainer
from .score_tree import ScoreTree, read_tree

CERTAINTY = "certainty"
_LAYERS = ("need", "districts", "quality", "indicators", "shrunk", "normal_scores", "sub_dimensions", CERTAINTY)
_SHOWN_CERTAINTY = (
    'SELECT "area_code", "need_rank", "p_hotspot", "rank_low", "rank_median", "rank_high", "certainty", "tied_with", '
    '"tied_areas" FROM "certainty"'
)
# Written beside a result by rankcertainty; a layer of that name without these columns is somebody else's.
CERTAINTY_COLUMNS = frozenset(_SHOWN_CERTAINTY.split('"')[1:-2:2])
# What the layer of all steps holds beside normal scores, which a finished result has in a layer of their own.
_OF_STEPS = frozenset(("area_code", "district_code", "composite", "need_score"))
LEAN = ("need", "districts", "quality", "certainty")
KEYS: Mapping[str, str] = {"districts": "district_code", "quality": "indicator"}
_KEY_QUERIES = {"districts": 'SELECT "district_code" FROM "districts"', "quality": 'SELECT "indicator" FROM "quality"'}
_ROWS_AT_ONCE = 1500


@dataclass(frozen=True)
class Saved:
    """A result read back: the frames of its layers, and the methodology that made it.

    ``need``, ``indicators``, ``shrunk``, ``normal_scores`` and ``sub_dimensions`` are indexed by area_code,
    ``districts`` by district_code, ``quality`` by indicator. A result written without its stages has empty
    frames for them. ``country`` is what all areas together are called; ``weights`` those that the run's log
    records, empty where it is not at hand; ``certainty`` the layer of that name, empty where there is none of this run.
    Title, sources, what was left out and the log are named as in
    ``core.result.Result``, so that maps and reports take either.
    """

    path: Path
    methodology: Methodology
    need: pd.DataFrame
    districts: pd.DataFrame
    quality: pd.DataFrame
    indicators: pd.DataFrame
    shrunk: pd.DataFrame
    normal_scores: pd.DataFrame
    sub_dimensions: pd.DataFrame
    country: str = "England"
    weights: Mapping[str, float] = field(default_factory=dict)
    certainty: pd.DataFrame = field(default_factory=pd.DataFrame)
    title: str = ""
    attribution: Tuple[str, ...] = ()
    left_out: Tuple[str, ...] = ()
    log: Mapping[str, Any] = field(default_factory=dict)

    def has_stages(self) -> bool:
        """Whether the values, shrunk values and normal scores of the indicators are there."""
        return not (self.indicators.empty or self.normal_scores.empty)

    def direction(self, name: str) -> int:
        """1 where a high value of the indicator means need, -1 where a low one does: by the run's own columns."""
        shrunk, need = (self.shrunk[f"{name}_{part}"].to_numpy(dtype=float) for part in ("shrunk", "need"))
        return -1 if np.nansum(np.abs(need + shrunk)) < np.nansum(np.abs(need - shrunk)) else 1

    @cached_property
    def explainer(self) -> Explainer:
        """The run taken apart, once for all areas that are asked for."""
        return Explainer(self.tree, self.need)

    @cached_property
    def tree(self) -> ScoreTree:
        """The run as a tree of sums; DataError where the result has no stages."""
        return read_tree(self.methodology, self.weights, self.need, self.normal_scores, self.sub_dimensions)


def read(
    path: Union[str, Path],
    methodology: Methodology,
    *,
    country: str = "England",
    progress: Progress = no_progress,
    stages: bool = True,
) -> Saved:
    """Read a result's GeoPackage; ``progress(fraction, layer)`` is called for each block of rows and may raise.

    Without ``stages`` the layers of single indicators, most of the file, are left as if they were not there.
    Missing numbers are NaN, missing texts None. DataError names the file if it is no result of this plugin.
    """
    frames = read_layers(path, _LAYERS if stages else LEAN, progress=progress)
    for name in ("need", "districts", "quality"):
        if name not in frames:
            raise DataError(
                f"{path}: there is no layer '{name}'; choose a GeoPackage that 'Compute the index' has written."
            )
    empty = pd.DataFrame(index=frames["need"].index[:0])
    found = {name: frames.get(name, empty) for name in _LAYERS}
    return Saved(Path(path), methodology, country=country, **{**found, "certainty": _of_this_run(found)})


def _of_this_run(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The layer of certainty, if its ranks are the result's: after another run it speaks of ranks that are gone."""
    certainty, need = frames["certainty"], frames["need"]
    if certainty.empty:
        return certainty
    theirs = certainty["need_rank"].reindex(need.index).to_numpy(dtype=float)
    same = np.array_equal(theirs, need["need_rank"].to_numpy(dtype=float, na_value=np.nan), equal_nan=True)
    return certainty.reindex(need.index) if same else certainty.iloc[:0]


def read_layers(
    path: Union[str, Path], names: Iterable[str] = _LAYERS, progress: Progress = no_progress, *, whole: bool = False
) -> Dict[str, pd.DataFrame]:
    """Those of the named layers that the file has, by name, without geometry.

    ``whole``: as evidence is made of them, with every column, and polygons as texts in ``geom``. The file is opened
    for reading only. DataError if it is absent or no GeoPackage.
    """
    frames = {}
    with _opened(Path(path)) as connection:
        present = _layers(connection)
        # Only one of certainty may be another's.
        mine = [one for one in names if one in present]
        wanted = [one for one in mine if one != CERTAINTY or _columns(connection, one) >= CERTAINTY_COLUMNS]
        for place, name in enumerate(wanted):
            share = (place / len(wanted), 1.0 / len(wanted))
            frames[name] = _read_table(connection, name, progress, share, whole)
    return frames


def read_keys(path: Path) -> Dict[str, List[str]]:
    """The codes of a result's districts and the ids of its indicators, by layer, of those layers that the file has."""
    with _opened(path) as connection:
        rows = {name: connection.execute(_KEY_QUERIES[name]) for name in _layers(connection) if name in KEYS}
        return {name: [key for (key,) in found] for name, found in rows.items()}


def layer_of_steps(path: Path) -> str:
    """The layer of a GeoPackage that holds every step beside the measure, as the model of all steps writes it.

    '' where none does. DataError if the file is absent or no GeoPackage.
    """
    with _opened(path) as connection:
        held = {name: _columns(connection, name) for name in _layers(connection)}
    of_steps = (name for name, own in held.items() if own >= _OF_STEPS and any(one.endswith("_z") for one in own))
    return next(of_steps, "")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file for reading only; DataError if it is absent or no GeoPackage."""
    if not path.is_file():
        raise DataError(f"{path}: the file is not there; was it moved or deleted?")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        raise DataError(f"{path}: cannot be read as a GeoPackage ({error}).") from error


def _layers(connection: sqlite3.Connection) -> List[str]:
    # A view may be made of anything, and without end.
    query = "SELECT table_name FROM gpkg_contents JOIN sqlite_master ON name = table_name WHERE type = 'table'"
    return [row[0] for row in connection.execute(query)]


def _columns(connection: sqlite3.Connection, layer: str) -> Set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (layer,))}


def _shape_text(blob: Optional[bytes]) -> str:
    """Of a geometry as a GeoPackage stores it: WKB behind a header, which may hold an extent."""
    return evidence.shape_text(blob and blob[8 + (0, 32, 48, 48, 64, 0, 0, 0)[blob[3] >> 1 & 7] :])


def _read_table(
    connection: sqlite3.Connection, name: str, report: Progress, share: Tuple[float, float], whole: bool
) -> pd.DataFrame:
    """One table in blocks, so that a thread which draws the window gets its turns and a cancel is heard."""
    geometry = connection.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
    ).fetchone()
    unwanted = ["fid", *(geometry or ())]
    start, length = share
    report(start, name)
    blocks: List[pd.DataFrame] = []
    # SQLite itself quotes the name, which may be anything in a layer of the user's own.
    ((query,),) = connection.execute("SELECT printf('SELECT * FROM \"%w\"', ?)", (name,))
    if name == CERTAINTY and not whole:
        query = _SHOWN_CERTAINTY
    for block in pd.read_sql_query(query, connection, chunksize=_ROWS_AT_ONCE):
        report(start + length * min(len(blocks) / 24.0, 1.0), name)
        blocks.append(block.drop(columns=unwanted, errors="ignore"))
        if whole and geometry:
            blocks[-1][evidence.SHAPE] = block[geometry[0]].map(_shape_text)
    if not blocks:
        return pd.DataFrame()
    # A block without any value of a number is a column of None, which is the same gap as NaN.
    texts = {column for block in blocks for column in text_columns(block) if block[column].notna().any()}
    for block in blocks:
        for column in set(text_columns(block)) - texts:
            block[column] = block[column].astype(float)
    frame = pd.concat(blocks, ignore_index=True)
    for column in texts:
        # Five words for a million cells: as categories they take a hundredth of the memory.
        of_few = column.endswith("_provenance")
        frame[column] = frame[column].astype("category") if of_few else as_objects(frame[column])
    return frame.set_index(KEYS.get(name, "area_code"))
