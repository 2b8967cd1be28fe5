"""A result as one file to hand over, with a project in it that QGIS opens without the plugin."""

from ..project import handover


def compute(values):
    output = values.geopackage("OUTPUT")
    handover.write(values.result(), output, values.feedback, values.context.project())
    return {"OUTPUT": str(output)}
