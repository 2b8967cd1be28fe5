"""To run an algorithm of the provider as Processing does: its checks first, then in this thread."""

from __future__ import annotations

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
