"""``need …`` in QGIS's search bar: areas, districts and postcodes of the result in the project, and summed-up areas."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple

from qgis.core import (
    QgsCoordinateTransform,
    QgsFeedback,
    QgsLocatorContext,
    QgsLocatorFilter,
    QgsLocatorResult,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas

from ..core.errors import NeedError
from ..core.schema import AREA_KEY
from ..processing_provider import compat
from ..processing_provider.project.expressions import OpenResults
from . import settings
from .map import navigate

_LEAST, _MOST = 3, 20
Found = Tuple[str, str, Tuple[Any, ...]]


@lru_cache(maxsize=1)
def _postcodes(path: Path, written: float) -> Tuple[Any, Any, str]:
    """The postcodes of a pack in order, their coordinates and reference system, read when first asked for."""
    from ..processing_provider.runs.postcodes import directory

    table, crs = directory(path)
    codes = table.index.to_numpy(dtype="S8")
    order = codes.argsort()
    return codes[order], table[["x", "y"]].to_numpy(dtype="float32")[order], crs.authid()


class NeedLocator(QgsLocatorFilter):
    """Finds offline, in what is open; a hit is shown on the map and, if it is an area, in the dock."""

    def __init__(self, results: OpenResults, dock: Callable[[], Any], canvas: QgsMapCanvas) -> None:
        super().__init__()
        self._results, self._dock, self._canvas = results, dock, canvas
        self._places: List[Found] = []

    def clone(self) -> NeedLocator:
        return NeedLocator(self._results, self._dock, self._canvas)

    def name(self) -> str:
        return "hyperlocal_need"

    def displayName(self) -> str:
        return "Hyper-local Need: areas, districts, postcodes"

    def prefix(self) -> str:
        return "need"

    def prepare(self, string: str, context: QgsLocatorContext) -> List[str]:
        """On the main thread: the names in layers of summed-up areas, such as wards."""
        for layer in QgsProject.instance().mapLayers().values():
            if hasattr(layer, "fields") and {AREA_KEY, "boundary_name"} <= set(layer.fields().names()):
                self._places += [
                    (str(one["boundary_name"]), layer.name(), ("place", layer.id(), one.id()))
                    for one in layer.getFeatures()
                ]
        return []

    def fetchResults(self, string: str, context: QgsLocatorContext, feedback: QgsFeedback) -> None:
        """In a thread of its own, on frozen figures alone."""
        text = string.strip().casefold()
        try:
            for number, (title, words, data) in enumerate(self._found(text) if len(text) >= _LEAST else ()):
                if feedback.isCanceled() or number == _MOST:
                    return
                result = QgsLocatorResult(self, title, json.dumps(data))
                result.description = words
                self.resultFetched.emit(result)
        except (NeedError, OSError) as error:
            self.logMessage(str(error))

    def _found(self, text: str) -> Iterator[Found]:
        from ..core.steps.postcodes import tidy
        from ..processing_provider.project.lookups import column

        for path in self._results.paths[:1]:
            names, districts, codes = (column(path, name) for name in ("area_name", "district_name", "district_code"))
            ranks = column(path, "need_rank")
            for code, name in sorted({codes[area]: name for area, name in districts.items()}.items()):
                if text in name.casefold() or text == code.casefold():
                    yield name, "District", ("district", str(path), code)
            for code, name in names.items():
                if text in name.casefold() or code.casefold().startswith(text):
                    rank = "not ranked" if ranks[code] is None else f"rank {ranks[code]:,}"
                    yield f"{name} ({code})", f"{districts[code]}, {rank}", ("area", str(path), code)
        yield from (place for place in self._places if text in place[0].casefold())
        yield from self._postcode(tidy(text))

    def _postcode(self, code: str) -> Iterator[Found]:
        from ..core.steps.postcodes import SHAPE

        pack = Path(settings.text(settings.PACK))
        if not SHAPE.match(code) or not self._results.paths or not pack.exists() or pack == Path():
            return
        codes, points, crs = _postcodes(pack, pack.stat().st_mtime)
        place = int(codes.searchsorted(code.encode("ascii")))
        if place < len(codes) and codes[place] == code.encode("ascii"):
            x, y = map(float, points[place])
            yield f"{code[:-3]} {code[-3:]}", "Postcode", ("postcode", str(self._results.paths[0]), x, y, crs)

    def triggerResult(self, result: QgsLocatorResult) -> None:
        """Show it: the map moves there, and the dock opens with the area."""
        kind, where, *what = json.loads(result.userData)
        if kind == "place":
            layer = QgsProject.instance().mapLayer(where)
            if layer is not None:
                self._canvas.zoomToFeatureIds(layer, what)
            return
        session = self._dock().session
        if not session.result.choose_file(Path(where)):
            session.open_result(where)
        if session.result.layers is None:
            return
        code = what[0]
        if kind == "postcode":
            x, y, crs = what
            to_map = QgsCoordinateTransform(
                compat.named_crs(crs), self._canvas.mapSettings().destinationCrs(), QgsProject.instance()
            )
            code = navigate.area_at(session.result.layers.need, self._canvas, to_map.transform(QgsPointXY(x, y)))
        if kind == "district":
            navigate.zoom_to_districts(session, [code])
        elif code:
            session.result.choose_area(code)
            navigate.zoom_to_area(session, code)
        session.page_asked.emit("map" if kind == "district" else "look")
