"""To run an algorithm of the provider as Processing does, its checks first, in this thread; to spoil its input."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback


def attempt(name, parameters):
    """(results, or None where it was refused or failed; what was said)."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"hyperlocalneed:{name}")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
    able, message = algorithm.checkParameterValues(parameters, context)
    if not able:
        return None, message
    try:
        results, done = algorithm.run(parameters, context, feedback, {}, False)
    except QgsProcessingException as error:
        return None, str(error)
    return results if done else None, feedback.textLog()


def run(name, **parameters):
    """The results of an algorithm that must succeed."""
    results, said = attempt(name, parameters)
    assert results is not None, said
    return results


def change(path, *statements):
    """Change a GeoPackage by SQL, as a user of another program may."""
    with closing(sqlite3.connect(path)) as database:
        # The index of a GeoPackage calls these of SpatiaLite; geometries are left as they are.
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(name, 1, lambda shape: 0)
        for statement in statements:
            database.execute(statement)
        database.commit()
