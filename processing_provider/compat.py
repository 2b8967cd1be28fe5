"""Every difference between versions of QGIS and Qt, in one place."""

from __future__ import annotations

import threading

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsField,
    QgsMapLayerStyle,
    QgsSettings,
    QgsSymbolLayer,
    QgsUnitTypes,
    QgsVectorLayer,
)

_OPENING = threading.Lock()


def file_layer(source: str, title: str, styled: bool = False) -> QgsVectorLayer:
    """A layer of a file, one opened at a time: QGIS 3.22 hangs where two threads open the same file at once.

    A style stored in a file may ask the internet for a picture: it is read only for what the project shows.
    """
    options = QgsVectorLayer.LayerOptions(styled)
    with _OPENING:
        return QgsVectorLayer(source, title, "ogr", options)


def copy_of(layer: QgsVectorLayer) -> QgsVectorLayer:
    """A copy as the layer is drawn now; QGIS's own ``clone`` reads the style stored in a file first."""
    if layer.providerType() != "ogr":
        return layer.clone()
    copy, style = file_layer(layer.source(), layer.name()), QgsMapLayerStyle()
    style.readFromLayer(layer)
    style.writeToLayer(copy)
    return copy


def symbol_property(name: str):
    """The data-defined property of a symbol layer: ``StrokeColor`` is ``PropertyStrokeColor`` before QGIS 3.38."""
    properties = QgsSymbolLayer.Property
    return getattr(properties, name if hasattr(properties, name) else f"Property{name}")


def vectorised_shapely():
    """The module shapely, if version 2 or later is installed (1.8 has no functions over arrays); else None."""
    try:
        import shapely
    except ImportError:
        return None
    return shapely if hasattr(shapely, "points") else None


def coverage_simplify():
    """A function of WKB polygons and a tolerance that opens no gaps (shapely 2.1, GEOS 3.12), or None."""
    shapely = vectorised_shapely()
    if shapely is None or not hasattr(shapely, "coverage_simplify") or shapely.geos_version < (3, 12, 0):
        return None
    return lambda shapes, tolerance: shapely.to_wkb(shapely.coverage_simplify(shapely.from_wkb(shapes), tolerance))


def metres_per_unit(crs: QgsCoordinateReferenceSystem) -> float:
    """Metres in one map unit of a projected CRS; the enumeration of units has moved in QGIS 3.30."""
    metres = Qgis.DistanceUnit.Meters if hasattr(Qgis, "DistanceUnit") else QgsUnitTypes.DistanceUnit.DistanceMeters
    return QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), metres)


def field(name: str, kind: str):
    """A field of kind text, integer, long, real or date: QGIS takes ``QMetaType`` from 3.38 on, ``QVariant`` before.

    A shapefile has no long integers: they are for numbers beyond 32 bits alone. GDAL 3.6 writes every whole number of a
    CSV in quotes, which readers take for a number all the same; GDAL 3.10 none.
    """
    if Qgis.QGIS_VERSION_INT >= 33800:
        from qgis.PyQt.QtCore import QMetaType

        types = QMetaType.Type
    else:
        from qgis.PyQt.QtCore import QVariant

        types = QVariant
    text = types.QString if hasattr(types, "QString") else types.String
    whole = {"integer": types.Int, "long": types.LongLong}
    date = types.QDate if hasattr(types, "QDate") else types.Date
    return QgsField(name, {**whole, "text": text, "real": types.Double, "date": date}[kind])


def is_whole(one) -> bool:
    """Whether a field holds whole numbers."""
    kinds = {field("", kind).type() for kind in ("integer", "long")}
    return one.type() in kinds or one.typeName().lower() in ("uint", "qulonglong", "ulonglong")


def is_null(value) -> bool:
    """Whether an attribute is missing: None, or QGIS's NULL (a QVariant, absent from QGIS 4)."""
    return value is None or (hasattr(value, "isNull") and value.isNull())


def field_names(algorithm, parameters, name: str, context) -> list:
    """The names given to a parameter of fields: ``parameterAsFields`` is deprecated from QGIS 3.40 on."""
    read = getattr(algorithm, "parameterAsStrings", None) or algorithm.parameterAsFields
    return list(read(parameters, name, context))


def set_label_font(label, font, colour) -> None:
    """Font and colour of a label of a layout; a text format from QGIS 3.24 on."""
    if hasattr(label, "setTextFormat"):
        from qgis.core import QgsTextFormat

        form = QgsTextFormat.fromQFont(font)
        form.setColor(colour)
        label.setTextFormat(form)
    else:
        label.setFont(font)
        label.setFontColor(colour)


def set_legend_font(legend, part, font) -> None:
    """Font of one part of a layout's legend; a text format from QGIS 3.30 on."""
    style = legend.rstyle(part)
    if hasattr(style, "setTextFormat"):
        from qgis.core import QgsTextFormat

        style.setTextFormat(QgsTextFormat.fromQFont(font))
    else:
        style.setFont(font)


def right_aligned() -> int:
    """Right and in the middle, as the number that items of a table take; in Qt 6 a flag has it as its value."""
    from qgis.PyQt.QtCore import Qt

    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    return flags.value if hasattr(flags, "value") else int(flags)


def whole_crs(crs: QgsCoordinateReferenceSystem) -> QgsCoordinateReferenceSystem:
    """The reference system, made anew where it has lost its definition.

    QGIS caches reference systems per thread and frees their definition with the thread (3.44 at least): copies stay
    valid but have an empty WKT, and a layer written with one has none.
    """
    if crs.isValid() and not crs.toWkt():
        QgsCoordinateReferenceSystem.invalidateCache()
        return QgsCoordinateReferenceSystem(crs.authid())
    return crs


def named_crs(name: str) -> QgsCoordinateReferenceSystem:
    """The reference system of a name such as EPSG:27700, whole; not valid if there is none of that name."""
    return whole_crs(QgsCoordinateReferenceSystem(name))


# QGIS renamed the setting; a folder counts once QGIS lists it.
_TEMPLATE_SETTINGS = (
    "core/Layout/searchPathsForTemplates",
    "layout/search-path-for-templates",
    "layout/search-paths-for-templates",
)


def add_layout_templates(folder: str) -> None:
    """Have the layout manager offer the templates of a folder, beside those of the user's own folders."""
    settings = QgsSettings()
    for name in _TEMPLATE_SETTINGS:
        if folder in QgsApplication.layoutTemplatePaths():
            return
        settings.setValue(name, [*_listed(settings.value(name)), folder])


def remove_layout_templates(folder: str) -> None:
    """Undo ``add_layout_templates``; the user's own folders stay."""
    settings = QgsSettings()
    for name in _TEMPLATE_SETTINGS:
        known = _listed(settings.value(name))
        kept = [one for one in known if one != folder]
        if kept:
            settings.setValue(name, kept)
        elif known:
            settings.remove(name)


def _listed(value) -> list:
    """A setting of several texts; one alone comes back as a text."""
    return [value] if isinstance(value, str) and value else list(value or ())
