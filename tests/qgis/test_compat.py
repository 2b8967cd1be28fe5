"""Differences between versions of QGIS: what the plugin does about them."""

from __future__ import annotations

import threading

from qgis.core import QgsCoordinateReferenceSystem

from hyperlocal_need.processing_provider import compat


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_reference_system_that_threads_have_used_is_whole(provider):
    """Made in one thread and used in another, both ended: QGIS 3.44 hands it out without its definition."""
    QgsCoordinateReferenceSystem.invalidateCache()
    for _ in range(2):
        in_a_thread(lambda: QgsCoordinateReferenceSystem("EPSG:2193").toWkt())
    crs = compat.named_crs("EPSG:2193")
    assert crs.isValid()
    assert "New Zealand" in crs.toWkt()
    assert compat.whole_crs(crs) == crs


def test_a_name_that_is_none_gives_none(provider):
    assert not compat.named_crs("EPSG:0").isValid()
    assert not compat.whole_crs(QgsCoordinateReferenceSystem()).isValid()
