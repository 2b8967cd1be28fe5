"""Expression functions over the results that a project holds, such as ``hln_rank("lsoa21cd")``.

The main thread says which files are open; threads that draw labels ask for their frozen figures. QGIS loads this file
at its start, so figures are read when they are asked for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping, Tuple

from qgis.core import QgsExpression, QgsExpressionFunction, QgsProject, QgsProviderRegistry, QgsVectorLayer

from ...core.errors import NeedError
from .. import dependencies
from ..face import HELP

GROUP = "Hyper-local Need"
OVERALL = "need"
_FIELDS = {"area_code", "need_rank", "mission_class"}


class OpenResults:
    """The files of the results in the project, the newest first; ``paths`` is replaced whole, on the main thread."""

    def __init__(self) -> None:
        self.paths: Tuple[Path, ...] = ()

    def follow(self) -> None:
        """Hear of the project's layers from now on."""
        QgsProject.instance().layersAdded.connect(self.look)
        QgsProject.instance().layersRemoved.connect(self.look)
        self.look()

    def close(self) -> None:
        """Hear no more of them, and keep nothing."""
        QgsProject.instance().layersAdded.disconnect(self.look)
        QgsProject.instance().layersRemoved.disconnect(self.look)
        self.paths = ()
        forget = getattr(sys.modules.get(f"{__package__}.lookups"), "forget", None)
        if forget is not None:
            forget()

    def look(self, *_: object) -> None:
        """Which results the project holds now."""
        layers = [one for one in QgsProject.instance().mapLayers().values() if isinstance(one, QgsVectorLayer)]
        sources = [one.source() for one in layers if _FIELDS.issubset(one.fields().names())]
        places = {Path(QgsProviderRegistry.instance().decodeUri("ogr", one).get("path") or "") for one in sources}
        self.paths = tuple(sorted(filter(Path.is_file, places), key=lambda place: -place.stat().st_mtime))

    def value(self, what: str, code: str, result: str = "") -> Any:
        """A figure of the newest result that has the area, or of the one in a folder or file of that name."""
        from .lookups import column

        for path in self.paths:
            if not result or result in (str(path), path.name, path.parent.name):
                figures = column(path, what)
                if code in figures:
                    return figures[code]
        return None


class LookUp(QgsExpressionFunction):
    """``hln_...(area_code[, measure][, result])``: one figure of an area."""

    def __init__(self, results: OpenResults, name: str, words: Mapping[str, str]) -> None:
        super().__init__(name, -1, GROUP, words["help"])
        self._results, self._column = results, words["column"]

    def func(self, values, context, parent, node):
        """The figure; NULL for an area of no result, an error in words for what there is none of."""
        own = list(map(str, values))
        measured = "{" in self._column
        code, measure = (own or [""])[0], own[1] if measured and len(own) > 1 else OVERALL
        what = self._column.format(measure=measure).replace("need_hotspot", "hotspot")
        able, reason = dependencies.check(dependencies.REQUIRED)
        if not able:
            parent.setEvalErrorString(reason)
            return None
        try:
            return self._results.value(what, code, (own[1 + measured :] or [""])[0])
        except (NeedError, OSError, LookupError, ValueError) as error:
            # An error that leaves a call from C++ would end QGIS.
            parent.setEvalErrorString(str(error))
            return None

    def referencedColumns(self, node):
        """None but those that its arguments name: a map then fetches no others."""
        return []


class Functions:
    """The plugin's expression functions, from ``follow`` to ``close``."""

    def __init__(self) -> None:
        self.results = OpenResults()
        words = json.loads((HELP / "functions.json").read_text(encoding="utf-8"))
        self._functions = [LookUp(self.results, name, words[name]) for name in words]

    def register(self) -> None:
        """Offer the functions wherever QGIS takes an expression."""
        self.results.follow()
        for function in self._functions:
            QgsExpression.registerFunction(function)
        # QGIS holds an expression that it has read with the function's place in a list of pointers, after the function
        # has gone too: what such a pointer leads to has to stay, also when Python forgets the plugin's modules.
        QgsExpression.hyperlocal_need = [*getattr(QgsExpression, "hyperlocal_need", ()), *self._functions]

    def unregister(self) -> None:
        """Take the functions away, the last one first."""
        for function in reversed(self._functions):
            QgsExpression.unregisterFunction(function.name())
        self.results.close()
