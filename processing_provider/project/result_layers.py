"""A result in a project: its layers in a group, every style ready to switch to, and map themes for layouts.

Everything here touches ``QgsProject`` and belongs on the main thread. No layer's features are read.
"""

from __future__ import annotations

import html
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from qgis.core import (
    QgsExpressionContextUtils,
    QgsLayerNotesUtils,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsMapLayerStyle,
    QgsMapThemeCollection,
    QgsProject,
    QgsProviderRegistry,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)

from ...core import methodology as methodologies
from ...core import strict_json
from ...core.errors import MethodologyError, NeedError
from ...core.methodology import Methodology
from ..compat import file_layer
from ..io.frames import open_layer
from ..style import certainty as certainty_style
from ..style import overlay as overlay_style
from ..style import palettes
from ..style.neighbourhoods import WHAT_IF_CLASSES, style_what_if
from ..style.renderers import Ranked, Style, district_styles, measure_titles, need_styles
from .roles import ROLE, keep_drawn

METHODOLOGY = "hyperlocal_need/methodology"
COUNTRY = "hyperlocal_need/country"
STAGE_PREFIX = "stage:"
DETAIL_PREFIX = "detail:"
WHAT_IF, CERTAINTY = "what_if", "certainty"
# What takes the place of the areas; of a result one at a time is seen.
AREA_ROLES = ("need", "districts", WHAT_IF, CERTAINTY)
NAMES = {"need": "Neighbourhoods", "districts": "Districts", "outlines": "District names and outlines"}
TABLES_GROUP = "Tables"
AGAIN = "compute the index again"
LABEL_SCALE = 1_200_000


@dataclass(frozen=True)
class ResultLayers:
    """The layers of one result in a project, the file behind them, and the methodology that made it."""

    need: QgsVectorLayer
    districts: QgsVectorLayer
    outlines: Optional[QgsVectorLayer]
    path: Path
    methodology: Methodology
    country: str

    def styles(self, areas: bool) -> Tuple[Style, ...]:
        """The styles of the areas, or of the districts, by measure and kind; expressions stand in the layers."""
        once = dict.fromkeys(measure_titles(self.methodology), Ranked(1, 1))
        every = need_styles(self.methodology, once) if areas else district_styles(self.methodology, once)
        known = (self.need if areas else self.districts).styleManager().styles()
        return tuple(style for style in every if style.name in known)


def add_result(
    project: QgsProject, path: Path, methodology: Methodology, *, title: str, country: str = "England"
) -> ResultLayers:
    """Add the layers of a result's GeoPackage to a project, as a group on top; an earlier group of the file goes.

    Raises NeedError where a layer cannot be opened.
    """
    return next(filter(None, list(adding(project, path, methodology, title, country))))


def adding(
    project: QgsProject, path: Path, methodology: Methodology, title: str, country: str
) -> Iterator[Optional[ResultLayers]]:
    """What ``add_result`` does, in steps between which a window may live; one of them gives the layers."""
    layers = {}
    for name, layer in (("need", "need"), ("districts", "districts"), ("outlines", "districts")):
        layers[name] = open_layer(path, layer, AGAIN, styled=True)
        if name != "outlines":
            yield None
            _add_styles(layers[name], path)
        yield None
    _style_outlines(layers["outlines"])
    _, bracket, own = methodology.index.title.partition(" (")
    for layer_name, layer in layers.items():
        layer.setName(f"{NAMES[layer_name]}{bracket}{own}")
        # A figure that somebody has typed over is no result any more.
        layer.setReadOnly(True)
    for layer in (layers["need"], layers["districts"]):
        own = layer.metadata()
        note(layer, (*own.abstract().splitlines(), *own.rights(), *own.licenses()))
    earlier = [node.layer() for node in project.layerTreeRoot().findLayers() if node.customProperty(ROLE)]
    earlier = [layer.id() for layer in earlier if layer is not None and source_path(layer) == Path(path)]
    group = project.layerTreeRoot().insertGroup(0, title)
    for name in ("outlines", "need", "districts"):
        project.addMapLayer(layers[name], False)
        node = group.addLayer(layers[name])
        node.setCustomProperty(ROLE, name)
        node.setExpanded(name == "need")
        node.setItemVisibilityChecked(name != "districts")
    need = project.layerTreeRoot().findLayer(layers["need"])
    need.setCustomProperty(METHODOLOGY, json.dumps(methodology.dump(), ensure_ascii=False))
    need.setCustomProperty(COUNTRY, country)
    if not project.crs().isValid() or len(project.mapLayers()) == len(layers):
        project.setCrs(layers["need"].crs())
    result = ResultLayers(layers["need"], layers["districts"], layers["outlines"], Path(path), methodology, country)
    show_only(project, result, result.need)
    add_themes(project, result)
    yield result
    # What the user has added from the file stays; what the user has removed meanwhile is gone.
    left = [one for one in earlier if project.mapLayer(one) is not None]
    for layer_id in left:
        keep_drawn(project.mapLayer(layer_id))
    project.removeMapLayers(left)
    project.layerTreeRoot().removeChildrenGroupWithoutLayers()


def _add_styles(layer: QgsVectorLayer, path: Path) -> None:
    """Every style that the GeoPackage holds for the layer, under its own name, the default one current.

    All at once: QGIS would open the file anew for each.
    """
    query = "SELECT styleName, styleQML FROM layer_styles WHERE f_table_name = ? ORDER BY useAsDefault DESC, id"
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as database:
            styles = dict(database.execute(query, (layer.name(),)).fetchall())
    except sqlite3.Error as error:
        raise NeedError(f"{path}: its styles cannot be read ({error}); {AGAIN}.") from error
    if not styles:
        raise NeedError(f"{path}: holds no styles; {AGAIN}.")
    manager = layer.styleManager()
    for name, text in styles.items():
        manager.addStyle(name, QgsMapLayerStyle(text))
    before = manager.currentStyle()
    manager.setCurrentStyle(next(iter(styles)))
    if before not in styles:
        manager.removeStyle(before)


def note(layer: QgsVectorLayer, lines: Iterable[str]) -> None:
    """What the figures are, where the tree of layers shows that there is something to read."""
    QgsLayerNotesUtils.setLayerNotes(layer, "".join(f"<p>{html.escape(line)}</p>" for line in lines if line))


def _style_outlines(layer: QgsVectorLayer) -> None:
    """Districts as lines alone, with their names once the map is near enough to hold them."""
    lines = overlay_style.outline(0.3, palettes.COUNTRY_OUTLINE, LABEL_SCALE)
    layer.setRenderer(QgsSingleSymbolRenderer(lines))
    overlay_style.label_by(layer, "district_name", LABEL_SCALE, 8.5)
    layer.setMapTipTemplate("")


def source_path(layer: QgsMapLayer) -> Optional[Path]:
    """The file behind a vector layer; None for what has none."""
    if layer.type() != QgsMapLayer.LayerType.VectorLayer:
        return None
    path = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("path", "")
    return Path(path) if path and layer.providerType() == "ogr" else None


def results(project: QgsProject) -> List[ResultLayers]:
    """The results in a project, the topmost first, recognised by marks in the layer tree; those that can be read."""
    found: Dict[Path, Dict[str, QgsLayerTreeLayer]] = {}
    for node in project.layerTreeRoot().findLayers():
        role, layer = node.customProperty(ROLE), node.layer()
        if role in NAMES and layer is not None and layer.isValid() and source_path(layer) is not None:
            found.setdefault(source_path(layer), {}).setdefault(role, node)
    return [one for one in (_result_of(path, nodes) for path, nodes in found.items()) if one is not None]


@lru_cache(maxsize=8)
def _methodology(text: str) -> Methodology:
    return methodologies.load(strict_json.parsed(text))


def _result_of(path: Path, nodes: Dict[str, QgsLayerTreeLayer]) -> Optional[ResultLayers]:
    if not {"need", "districts"} <= set(nodes):
        return None
    try:
        methodology = _methodology(nodes["need"].customProperty(METHODOLOGY) or "")
    except (MethodologyError, ValueError):
        return None
    layers = {role: node.layer() for role, node in nodes.items()}
    country = nodes["need"].customProperty(COUNTRY) or "England"
    return ResultLayers(layers["need"], layers["districts"], layers.get("outlines"), path, methodology, country)


def find_result(project: QgsProject) -> Optional[ResultLayers]:
    """The result that the map shows, else the topmost one; None if there is none that can be read."""
    there = results(project)
    return next((one for one in there if shown(project, one) is not None), there[0] if there else None)


def shown(project: QgsProject, result: ResultLayers) -> Optional[Tuple[bool, str, str]]:
    """What the map shows of a result: whether areas (else districts), the measure, and the kind of classes.

    None where none of its layers is on; measure and kind are '' for a style that is not the plugin's.
    """
    for node in project.layerTreeRoot().findLayers():
        role = node.customProperty(ROLE) or ""
        detail = role.startswith(DETAIL_PREFIX)
        if not (detail or role in ("need", "districts", CERTAINTY)) or not node.isVisible() or node.layer() is None:
            continue
        if source_path(node.layer()) != result.path:
            continue
        if role == CERTAINTY:
            return True, certainty_style.STYLE.measure, certainty_style.KIND
        if detail:
            return True, role[len(DETAIL_PREFIX) :], "tenths"
        name = node.layer().styleManager().currentStyle()
        found = [one for one in result.styles(role == "need") if one.name == name]
        return role == "need", found[0].measure if found else "", found[0].kind if found else ""
    return None


def show_only(project: QgsProject, result: ResultLayers, layer: QgsVectorLayer) -> None:
    """Make one of a result's area layers the visible one; the user's own layers stay as they are.

    Of several results one alone is seen, for fills let through what lies beneath: its outlines take over from others.
    """
    outlined, own = False, None
    for node in project.layerTreeRoot().findLayers():
        role = node.customProperty(ROLE) or ""
        if role in AREA_ROLES or role.startswith(DETAIL_PREFIX):
            node.setItemVisibilityChecked(node.layerId() == layer.id())
            node.setExpanded(node.layerId() == layer.id())
        elif role == "outlines" and node.layer() is not None and source_path(node.layer()) == result.path:
            own = node
        elif role == "outlines":
            outlined |= node.itemVisibilityChecked()
            node.setItemVisibilityChecked(False)
    if outlined and own is not None:
        own.setItemVisibilityChecked(True)


def set_style(layer: QgsVectorLayer, name: str) -> None:
    """Switch a layer to one of its styles and draw it again; no feature is read for it."""
    manager = layer.styleManager()
    if manager.currentStyle() != name:
        keep_drawn(layer)
        manager.setCurrentStyle(name)
    layer.triggerRepaint()


def group_of(project: QgsProject, layer: QgsVectorLayer) -> QgsLayerTreeGroup:
    """The group that a layer stands in; the tree's root if it was moved out."""
    node = project.layerTreeRoot().findLayer(layer.id())
    parent = None if node is None else node.parent()
    return parent if isinstance(parent, QgsLayerTreeGroup) else project.layerTreeRoot()


def role_layer(project: QgsProject, role: str, path: Optional[Path] = None) -> Optional[QgsVectorLayer]:
    """The topmost valid layer that carries a role in the tree, of one result's file where ``path`` names it."""
    for node in project.layerTreeRoot().findLayers():
        layer = node.layer()
        ours = node.customProperty(ROLE) == role and layer is not None and layer.isValid()
        if ours and (path is None or source_path(layer) == path):
            return layer
    return None


def add_detail(project: QgsProject, result: ResultLayers, chosen) -> QgsVectorLayer:
    """The layer of an indicator or sub-dimension (``detail_layers.Detail``); made once, then found again."""
    from . import details as detail_layers

    def make() -> QgsVectorLayer:
        stage = _stage_layer(project, group_of(project, result.need), result.path, chosen.table)
        return detail_layers.make_layer(chosen, result.need, stage, result.methodology)

    return _beside(project, result, f"{DETAIL_PREFIX}{chosen.node}", make)


def add_certainty(project: QgsProject, result: ResultLayers) -> QgsVectorLayer:
    """The layer that ``rankcertainty`` has written into the result, as its own style draws it."""

    def make() -> QgsVectorLayer:
        layer = open_layer(result.path, CERTAINTY, "work out how sure ranks are again", styled=True)
        certainty_style.styler(result.methodology)(layer)
        layer.setName("How sure")
        layer.setReadOnly(True)
        return layer

    return _beside(project, result, CERTAINTY, make)


def show_what_if(project: QgsProject, result: ResultLayers, characters: str, name: str) -> QgsVectorLayer:
    """Show who comes in and who goes out: a character a feature number, on a layer made once and then found again."""

    def make() -> QgsVectorLayer:
        layer = file_layer(result.need.source(), name, styled=True)
        style_what_if(layer)
        return layer

    layer = _beside(project, result, WHAT_IF, make)
    QgsExpressionContextUtils.setLayerVariable(layer, WHAT_IF_CLASSES, characters)
    if layer.name() != name:
        layer.setName(name)
    show_only(project, result, layer)
    layer.triggerRepaint()
    return layer


def _beside(project: QgsProject, result: ResultLayers, role: str, make: Callable[[], QgsVectorLayer]) -> QgsVectorLayer:
    """The layer of a role, above the areas in the result's group; made where there is none."""
    layer = role_layer(project, role, result.path)
    if layer is not None:
        return layer
    layer, group = make(), group_of(project, result.need)
    project.addMapLayer(layer, False)
    place = [child.layerId() for child in group.children() if isinstance(child, QgsLayerTreeLayer)]
    node = group.insertLayer(place.index(result.need.id()) if result.need.id() in place else 0, layer)
    node.setCustomProperty(ROLE, role)
    return layer


def _stage_layer(project: QgsProject, group: QgsLayerTreeGroup, path: Path, table: str) -> QgsVectorLayer:
    """The table of a stage, in a closed group of tables: a saved project needs it for the join."""
    role = f"{STAGE_PREFIX}{table}"
    layer = role_layer(project, role, path)
    if layer is not None:
        return layer
    layer = open_layer(path, table, AGAIN, styled=True)
    layer.setName(table.replace("_", " ").capitalize())
    project.addMapLayer(layer, False)
    tables = group.findGroup(TABLES_GROUP) or group.addGroup(TABLES_GROUP)
    tables.setExpanded(False)
    tables.addLayer(layer).setCustomProperty(ROLE, role)
    return layer


def add_themes(project: QgsProject, result: ResultLayers) -> List[str]:
    """One map theme a style, for layouts and the theme menu; other layers that are on stay on in each. Names given."""
    others = [
        node.layer()
        for node in project.layerTreeRoot().findLayers()
        if node.isVisible() and node.layer() is not None and not node.customProperty(ROLE)
    ]
    collection, names = project.mapThemeCollection(), []
    for layer, areas in ((result.need, True), (result.districts, False)):
        for style in result.styles(areas):
            name = f"{NAMES['need' if areas else 'districts']} - {style.name}"
            shown = [*([result.outlines] if result.outlines is not None else []), layer, *others]
            collection.insert(name, _theme(shown, {layer.id(): style.name}))
            names.append(name)
    return names


def _theme(layers: Iterable[QgsMapLayer], styles: Dict[str, str]) -> QgsMapThemeCollection.MapThemeRecord:
    record = QgsMapThemeCollection.MapThemeRecord()
    for layer in layers:
        entry = QgsMapThemeCollection.MapThemeLayerRecord(layer)
        entry.usingCurrentStyle = True
        entry.currentStyle = styles.get(layer.id(), layer.styleManager().currentStyle())
        entry.isVisible = True
        record.addLayerRecord(entry)
    return record


def write_style_files(result: ResultLayers, folder: Path) -> List[Path]:
    """Every style of both layers as .qml files, named after layer and style; NeedError where one cannot be written."""
    written = []
    for layer, areas in ((result.need, True), (result.districts, False)):
        for style in result.styles(areas):
            name = f"{'need' if areas else 'districts'}_{style.measure}_{style.kind}.qml"
            text = layer.styleManager().style(style.name).xmlData()
            try:
                (folder / name).write_text(text, encoding="utf-8")
            except OSError as error:
                raise NeedError(
                    f"{folder / name}: cannot be written ({error.strerror}); choose another folder."
                ) from error
            written.append(folder / name)
    return written
