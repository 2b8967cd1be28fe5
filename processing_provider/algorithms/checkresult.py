"""Whether a result is what its evidence and its pack say."""

from __future__ import annotations

from qgis.core import QgsProcessingOutputBoolean

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class CheckResult(NeedAlgorithm):
    """Compares a result with its sealed evidence, and with the same run computed again."""

    STEP = "checkresult"
    PAGE = "reliability.md#checking-a-result"
    TAGS = ("verify", "reproduce", "evidence", "audit", "checksum", "replay")

    def definitions(self):
        return [
            p.need(),
            p.pack("That of the run: every figure is computed again from it. Empty: the result is read alone."),
            p.fold(p.file_in("EVIDENCE", "Evidence (empty: beside the result)", "JSON files (*.json)", optional=True)),
            p.sink("Differences"),
        ]

    def initAlgorithm(self, configuration=None):
        super().initAlgorithm(configuration)
        self.addOutput(QgsProcessingOutputBoolean("EQUAL", "Whether there is no difference"))

    def compute(self, parameters, context, feedback):
        from ..runs import checking

        return checking.check(Values(self, parameters, context, feedback))
