"""What if the weights were others: the weights in hand, what they make of the result, and named scenarios."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import QgsApplication, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...core import editing
from ...core import methodology as methodologies
from ...core.errors import MethodologyError, NeedError
from ...core.methodology import Methodology
from ..background.tasks import Latest, Report
from .method_state import MethodState
from .result_state import OVERALL, ResultState

COMPUTED, PUBLISHED, EQUAL, INDICATORS, FITTED = "computed", "published", "equal", "indicators", "fitted"
PRESETS = {
    COMPUTED: "As computed",
    PUBLISHED: "As published",
    EQUAL: "Equal dimensions",
    INDICATORS: "Equal indicators",
    FITTED: "Maximum likelihood",
}
SCENARIOS = "scenarios"
# So long the hand has to rest before the intervals of all weights are worked out.
REST_MS = 400

Weights = Dict[str, Dict[str, float]]


def _weighing() -> Any:
    """The core's reckoning, which needs packages that may be missing when the dock opens."""
    from ...core.findings import what_if

    return what_if


class WhatIfState(QObject):
    """Weights by node, the change that they make, and for each dimension the weights between which areas stay hot."""

    changed = pyqtSignal()
    intervals_known = pyqtSignal()

    def __init__(self, result: ResultState, method: MethodState, parent: QObject) -> None:
        super().__init__(parent)
        self._result, self._method = result, method
        self.tree: Any = None
        self.weights: Weights = {}
        self.change: Any = None
        self.kept: Dict[str, str] = {}
        self.intervals: Dict[str, Any] = {}
        self.name = ""
        self._moving: Tuple[str, str] = ("", "")
        self._base: Dict[str, float] = {}
        self._numbers: Any = None
        self._work = Latest()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._find_intervals)

    def take_up(self) -> None:
        """Begin with the result in hand, at its own weights; NeedError where it has no stages."""
        self.tree = None
        self._work.cancel()
        saved = self._result.saved
        tree = saved.tree
        self._constant = saved.methodology.options("exponentialtransform")["CONSTANT"]
        self._divisor = _weighing().divisor_of(tree, self._constant)
        need = self._result.layers.need
        request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
        request.setSubsetOfAttributes(["area_code"], need.fields())
        numbers = {feature["area_code"]: feature.id() for feature in need.getFeatures(request)}
        self._numbers = [numbers[code] for code in saved.need.index]
        self.tree = tree
        self._set(_weighing().shares(tree), PRESETS[COMPUTED])

    def preset(self, key: str) -> None:
        """Take a preset's weights, or those of the scenario in a file; NeedError where they don't fit the result."""
        core, kept = _weighing(), {}
        if key == FITTED:
            weights, kept = core.maximum_likelihood(self.tree)
        elif key in (COMPUTED, EQUAL, INDICATORS):
            make = {COMPUTED: core.shares, EQUAL: core.equal_dimensions, INDICATORS: core.equal_indicators}
            weights = make[key](self.tree)
        else:
            methodology = self._method.published if key == PUBLISHED else methodologies.load(Path(key))
            weights = core.shares_in(methodology, self.tree)
        self.kept = kept
        self._set(weights, PRESETS.get(key) or Path(key).stem)

    def move(self, parent: str, part: str, value: float) -> None:
        """Give one part of a node another share; the others keep the proportions that they had when its move began."""
        if self._moving != (parent, part):
            self._moving, self._base = (parent, part), dict(self.weights[parent])
        moved = editing.rebalance(self._base, part, value)
        self.kept = {}
        self._weigh({**self.weights, parent: moved}, "own weights")

    def _set(self, weights: Weights, name: str) -> None:
        self._moving = ("", "")
        self._weigh(weights, name)

    def _weigh(self, weights: Weights, name: str) -> None:
        flat = {part: share for inside in weights.values() for part, share in inside.items()}
        weighed = _weighing().weigh(self.tree, flat, self._constant, divisor=self._divisor)
        self.weights, self.name, self._weighed, self.intervals = weights, name, weighed, {}
        self.change = _weighing().compare(self.tree, weighed.composite)
        self._work.cancel()
        self._rest.start()
        self.changed.emit()

    def show_on_map(self) -> None:
        """Let the map follow: its layer learns each area's class, and is drawn again."""
        import numpy as np

        from ...processing_provider.project.result_layers import show_what_if

        characters = np.full(max(self._numbers), ord("0"), dtype=np.uint8)
        characters[np.asarray(self._numbers) - 1] = ord("0") + _weighing().classes_of(self.change)
        title = f"What if: {self.name}"
        show_what_if(QgsProject.instance(), self._result.layers, characters.tobytes().decode("ascii"), title)

    def legend(self) -> Any:
        """Each class with its areas and people, within the filter."""
        from ...processing_provider.style import legend
        from ...processing_provider.style.neighbourhoods import WHAT_IF

        need, kinds = self._result.saved.need, _weighing().classes_of(self.change)
        # Classes count from 1, their positions from 0; what is unranked stands at -1.
        return legend.count_classes(WHAT_IF, kinds - 1, need["population"], self._result.mask(need))

    def table(self) -> Any:
        """The areas that come in or go out, within the filter."""
        need = self._result.saved.need
        return _weighing().changed_areas(need, self.change, self._result.mask(need))

    def _find_intervals(self) -> None:
        weighed, names = self._weighed, list(self._weighed.weights)

        def work(report: Report) -> Dict[str, Any]:
            found = {}
            for place, name in enumerate(names if len(names) > 1 else ()):
                report(place / len(names), name)
                found[name] = _weighing().holds_between(weighed, name)
            return found

        self._work.start("Weights that keep hot spots", work, self._take_intervals, lambda text: None)

    def _take_intervals(self, found: Dict[str, Any]) -> None:
        self.intervals = found
        self.intervals_known.emit()

    def folder(self) -> Path:
        """Where scenarios are kept: beside the user's methodology, else in the profile."""
        own = self._method.path
        beside = Path(QgsApplication.qgisSettingsDirPath()) / "hyperlocal_need" if own is None else own.parent
        return beside / SCENARIOS

    def scenarios(self) -> List[Tuple[str, str]]:
        """The saved ones: file and name, sorted by name."""
        return sorted(((str(path), path.stem) for path in self.folder().glob("*.json")), key=lambda pair: pair[1])

    def save(self, name: str) -> Path:
        """Keep the weights under a name, as a methodology that can be computed; NeedError where that cannot be."""
        stem = re.sub(r"[^\w .,()-]+", " ", name).strip(" .")
        if not re.search(r"[A-Za-z0-9]", stem):
            raise NeedError("Give the scenario a name with a letter or a figure in it.")
        saved, path = self._result.saved, self.folder() / f"{stem}.json"
        said = (
            f"Scenario of {date.today().isoformat()}: other weights for the result {saved.path.name}, computed by "
            f"the method {saved.methodology.digest()[:12]}."
        )
        made = _weighing().as_methodology(saved.methodology, self.tree, self.weights, stem, said)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MethodologyError(f"{path.parent}: cannot be made ({error.strerror}).") from error
        editing.save(made, path)
        self.name = stem
        return path

    def stop(self) -> None:
        """Stop what goes on in the background."""
        self._rest.stop()
        self._work.cancel()


def dimension_title(methodology: Methodology, node_id: str) -> str:
    """The title of a node; of the whole measure for ``need``."""
    return methodology.index.title if node_id == OVERALL else methodology.node(node_id).title
