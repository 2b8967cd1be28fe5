"""The result in the project: its layers, its figures read in the background, and what is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...core.errors import NeedError
from ...core.methodology import Methodology
from ...processing_provider import dependencies
from ...processing_provider.project.roles import holds_result, let_drawn_go
from .. import settings
from ..background.tasks import Change, Latest, in_steps

OVERALL = "need"
AREAS, DISTRICTS = "areas", "districts"
CERTAINTY = "certainty"


def _group() -> Any:
    """The provider's room for a result's layers, which needs packages that may be missing when the dock opens."""
    from ...processing_provider.project import result_layers

    return result_layers


class ResultState(QObject):
    """No result, a result whose figures are being read, or a result with its figures (``saved``)."""

    shown = pyqtSignal()
    filtered = pyqtSignal()
    area_chosen = pyqtSignal(str)
    failed = pyqtSignal(str)
    added = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.changed = Change()
        self.layers: Any = None
        self.saved: Any = None
        self.filter: Any = None
        self.level = AREAS
        self.measure = OVERALL
        self.kind = "deciles"
        self.area = ""
        self._reading = Latest()
        self._adding: List[Iterator[None]] = []
        self._positions: Dict[Tuple[str, str, str], Any] = {}
        self._ids: Tuple[str, ...] = ()
        self._switching = False
        project = QgsProject.instance()
        project.layersWillBeRemoved.connect(self._forget_removed)
        project.layersRemoved.connect(self._find_another)
        project.readProject.connect(self.find)
        project.layerTreeRoot().visibilityChanged.connect(self.follow_map)

    def disconnect_project(self) -> None:
        """Hear no more of the project, and keep nothing of it; for unloading."""
        let_drawn_go()
        project = QgsProject.instance()
        project.layersWillBeRemoved.disconnect(self._forget_removed)
        project.layersRemoved.disconnect(self._find_another)
        project.readProject.disconnect(self.find)
        project.layerTreeRoot().visibilityChanged.disconnect(self.follow_map)
        self._reading.cancel()
        self.changed.listeners.clear()
        for steps in list(self._adding):
            steps.close()

    def add(self, path: Path, methodology: Methodology, title: str, country: str) -> None:
        """Add a result's layers to the project, step by step; ``added`` follows. Its figures are read in background."""

        def steps() -> Iterator[None]:
            try:
                for layers in _group().adding(QgsProject.instance(), path, methodology, title, country):
                    yield
                    if layers is not None:
                        self._adopt(layers)
                        self.added.emit()
            except NeedError as error:
                self.failed.emit(str(error))
            finally:
                self._adding.remove(going)

        going = steps()
        self._adding.append(going)
        in_steps(going)

    def find(self, *_: object) -> None:
        """Take up the result that the project holds, if it holds one; a project without one leaves nothing."""
        if dependencies.missing():
            return
        layers = None
        if holds_result(QgsProject.instance()):
            layers = _group().find_result(QgsProject.instance())
        if layers is None:
            self.clear()
        elif self.layers is None or layers.need.id() != self.layers.need.id():
            self._adopt(layers)

    def _adopt(self, layers: Any) -> None:
        from ...core.findings import selection

        self.layers, self.saved, self.filter, self.area = layers, None, selection.Filter(), ""
        self.level, self.measure, self.kind = AREAS, OVERALL, "deciles"
        self._positions.clear()
        self._ids = (layers.need.id(), layers.districts.id())
        for layer in (layers.need, layers.districts):
            layer.styleManager().currentStyleChanged.connect(self.follow_map)
        self._read_shown()
        self.read_again()
        self.changed.emit()

    def read_again(self) -> None:
        """Read the figures, in the background; those in hand stay until then."""
        from ...processing_provider.areas import stored_result

        layers = self.layers
        self._reading.start(
            "Reading the result",
            lambda report: stored_result.read_shown(layers.path, layers.methodology, layers.country, report),
            self._take,
            self.failed.emit,
        )

    def _take(self, result: Any) -> None:
        self.saved = result
        self._positions.clear()
        self._read_shown()
        self.changed.emit()

    def follow_map(self, *_: object) -> None:
        """Show in the dock what the user has chosen in the layer panel: another style, layer or map theme."""
        if self.layers is not None and not (self._switching or self._adding) and self._read_shown():
            self.shown.emit()

    def _read_shown(self) -> bool:
        """Take level, measure and kind from the layers; gives whether they have changed."""
        before = (self.level, self.measure, self.kind)
        found = _group().shown(QgsProject.instance(), self.layers)
        if found is None or not found[1]:
            return False
        areas, measure, kind = found
        # An indicator's classes are known once the figures have been read.
        if self.saved is not None or kind != "tenths":
            self.level, self.measure, self.kind = AREAS if areas else DISTRICTS, measure, kind
        return before != (self.level, self.measure, self.kind)

    def choices(self) -> List[Tuple[str, str]]:
        """The results in the project by the id of their layer of areas, with the name of their group."""
        project = QgsProject.instance()
        return [(one.need.id(), _group().group_of(project, one.need).name()) for one in _group().results(project)]

    def choose(self, need_id: str) -> None:
        """Take up another result of the project, and show it as it was last shown."""
        project = QgsProject.instance()
        for layers in _group().results(project):
            if layers.need.id() == need_id and (self.layers is None or need_id != self.layers.need.id()):
                self._switching = True
                found = _group().shown(project, layers)
                _group().show_only(project, layers, layers.need if found is None or found[0] else layers.districts)
                self._switching = False
                self._adopt(layers)

    def choose_file(self, path: Path) -> bool:
        """Take up the result of a file; whether the project holds it as one."""
        for layers in _group().results(QgsProject.instance()):
            if layers.path == path:
                self.choose(layers.need.id())
                return True
        return False

    def clear(self) -> None:
        """Forget the result; its layers are the project's business."""
        self._reading.cancel()
        self._positions.clear()
        had = self.layers is not None
        self.layers, self.saved, self.area, self._ids = None, None, "", ()
        if had:
            self.changed.emit()

    def _forget_removed(self, layer_ids: Sequence[str]) -> None:
        if set(self._ids) & set(layer_ids):
            self.clear()

    def _find_another(self, *_: object) -> None:
        """Once a result has gone, take up one that is left."""
        if self.layers is None:
            self.find()

    @property
    def reading(self) -> bool:
        """Whether a result is still being added, or its figures read."""
        return bool(self._adding) or self._reading.running

    def show(self, level: str, measure: str, kind: str) -> None:
        """Show a measure on the map: switches layer and style, which reads no features."""
        if self.layers is None:
            return
        self.level, self.measure, self.kind = level, measure, kind
        project = QgsProject.instance()
        detail = self.detail()
        self._switching = True
        try:
            if detail is not None:
                layer = _group().add_detail(project, self.layers, detail)
            elif kind == CERTAINTY:
                layer = _group().add_certainty(project, self.layers)
            else:
                layer = self.layers.need if level == AREAS else self.layers.districts
                _group().set_style(layer, self.style().name)
            _group().show_only(project, self.layers, layer)
        finally:
            self._switching = False
        settings.remember(settings.MEASURE, measure)
        settings.remember(settings.KIND, kind)
        self.shown.emit()

    def kinds(self, level: str, measure: str) -> Tuple[str, ...]:
        """In which ways a measure can be shown, the usual one first; none for an indicator, which has one way."""
        if self.layers is None:
            return ()
        kinds = tuple(style.kind for style in self.layers.styles(level == AREAS) if style.measure == measure)
        sure = self.saved is not None and not self.saved.certainty.empty
        return (*kinds, CERTAINTY) if sure and (level, measure) == (AREAS, OVERALL) else kinds

    def style(self) -> Any:
        """The style that is shown."""
        from ...processing_provider.style import certainty
        from ...processing_provider.style.renderers import style_of

        if self.kind == CERTAINTY:
            return certainty.STYLE
        return style_of(self.layers.styles(self.level == AREAS), self.measure, self.kind)

    def detail(self) -> Any:
        """The indicator or sub-dimension that is shown; None where it is the whole or a dimension."""
        from ...processing_provider.project import details as detail_layers

        if self.saved is None or self.measure in (OVERALL, *(node.id for node in self.layers.methodology.dimensions)):
            return None
        table, column = detail_layers.column_of(self.layers.methodology, self.measure)
        return detail_layers.detail(self.layers.methodology, self.measure, getattr(self.saved, table)[column])

    def title(self) -> str:
        """What the classes that are shown are called; '' where there is no result."""
        if self.layers is None:
            return ""
        detail = self.detail()
        return self.style().title if detail is None else detail.style.title

    def in_words(self) -> str:
        """What is on the map, where, and of several results of which; '' where there is none."""
        choices = dict(self.choices()) if self.layers is not None else {}
        said = (self.title(), self.place(), choices.get(self.layers.need.id(), "") if len(choices) > 1 else "")
        return "; ".join(filter(None, said))

    def legend(self) -> Any:
        """The lines of the legend for what is shown, counted within the filter; () until the figures are read."""
        from ...processing_provider.style import legend
        from ...processing_provider.style import renderers as styling

        if self.saved is None:
            return ()
        areas = self.level == AREAS
        frame = self.saved.need if areas else self.saved.districts
        detail = self.detail()
        if self.kind == CERTAINTY:
            style, table = self.style(), self.saved.certainty.assign(hotspot=frame["hotspot"])
        elif detail is None:
            styles = styling.need_styles if areas else styling.district_styles
            methodology = self.layers.methodology
            every = styles(methodology, styling.ranked_in(frame, methodology))
            style, table = styling.style_of(every, self.measure, self.kind), frame
        else:
            style, table = detail.style, getattr(self.saved, detail.table)
        key = (self.level, self.measure, style.kind)
        if key not in self._positions:
            self._positions[key] = legend.class_positions(style, table)
        return legend.count_classes(style.classes, self._positions[key], frame["population"], self.mask(frame))

    def doubt(self) -> str:
        """From how many indicators doubt is known, and what was drawn, as the layer of certainty says it."""
        if self.saved is None or self.saved.certainty.empty:
            return ""
        history = _group().open_layer(self.layers.path, CERTAINTY).metadata().history()
        return next((line for line in history if line.startswith("Doubt from")), "")

    def mask(self, frame: Any) -> Any:
        """True for the rows of ``need`` or ``districts`` that the filter lets pass."""
        need = self.saved.need
        if frame is need:
            return self.filter.mask(need)
        return frame.index.isin(need["district_code"].to_numpy()[self.filter.mask(need)])

    def set_filter(self, region: str, district: str) -> None:
        """Look at a region or a district only."""
        from ...core.findings.selection import Filter

        self.filter = Filter(region, district)
        self.filtered.emit()

    def place(self) -> str:
        """The name of the region or district that is looked at; '' for all."""
        from ...core.findings.selection import places

        if self.saved is None or not (self.filter.district or self.filter.region):
            return ""
        known = places(self.saved.need)
        names = {place.code: place.name for place in (*known.regions, *known.districts)}
        return names[self.filter.district or self.filter.region]

    def filtered_districts(self) -> list:
        """The codes of the districts that the filter lets pass; none where there is no filter."""
        if self.saved is None or not (self.filter.district or self.filter.region):
            return []
        need = self.saved.need
        return need.loc[self.filter.mask(need), "district_code"].drop_duplicates().tolist()

    def choose_area(self, code: str) -> None:
        """Look at one area."""
        self.area = code
        self.area_chosen.emit(code)
