"""Hyper-local Need: an index of neighbourhood need, computed and mapped inside QGIS."""

from __future__ import annotations


def classFactory(iface):  # noqa: N802 (QGIS calls it by this name)
    """The plugin object that QGIS asks for; imported here, so that looking at the package loads nothing."""
    from .plugin import HyperlocalNeedPlugin

    return HyperlocalNeedPlugin(iface)
