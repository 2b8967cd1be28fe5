"""Helps tests to drive real widgets: wait for something, click, and a dock with settings of its own."""

from __future__ import annotations

import time

from qgis.core import (
    QgsApplication,
    QgsCoordinateTransform,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QSize, Qt, QThreadPool
from qgis.PyQt.QtTest import QTest


def wait_until(condition, seconds=30.0):
    """Serve events until the condition holds and all have been told of a change; fails where it takes too long."""
    from hyperlocal_need.ui.background import tasks

    end = time.monotonic() + seconds
    while not condition() or tasks.GOING:
        if time.monotonic() > end:
            raise TimeoutError("what was waited for has not come")
        QCoreApplication.processEvents()
        time.sleep(0.002)


def settle():
    """Serve all events that wait, deletions among them."""
    for _ in range(5):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    wait_until(lambda: True)


def close_project(project, canvas):
    """Empty a project once nothing is drawn of it, as QGIS's own window does: a thread that draws reads it."""
    wait_until(lambda: not canvas.isDrawing())
    QThreadPool.globalInstance().waitForDone(5000)
    project.clear()


def click(widget):
    """Press a button as a mouse does."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def no_tasks():
    """Whether QGIS has no task left."""
    return QgsApplication.taskManager().countActiveTasks() == 0


def close(dock):
    """Close a dock as the plugin does when it is unloaded."""
    if getattr(dock, "closed_by_test", False):
        return
    dock.closed_by_test = True
    dock.close_down()
    dock.deleteLater()
    settle()
    wait_until(no_tasks)


def draw(layers, size=600):
    """The layers as an image without antialiasing, and the function that gives a map point's colour."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(layers[0].extent())
    settings.setOutputSize(QSize(size, size))
    settings.setFlag(QgsMapSettings.Flag.Antialiasing, False)
    settings.setFlag(QgsMapSettings.Flag.DrawLabeling, False)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    to_pixel = settings.mapToPixel()

    def colour_at(point: QgsPointXY):
        place = to_pixel.transform(point)
        return image.pixelColor(round(place.x() - 0.5), round(place.y() - 0.5)).name()

    return image, colour_at


def canvas_point(canvas, layer, point):
    """Where on the canvas a point of a layer lies, in pixels."""
    transform = QgsCoordinateTransform(layer.crs(), canvas.mapSettings().destinationCrs(), QgsProject.instance())
    return canvas.getCoordinateTransform().transform(transform.transform(point)).toQPointF().toPoint()
