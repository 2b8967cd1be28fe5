"""England's figures from the official sources, as a data pack."""

from __future__ import annotations

import json

from qgis.core import QgsProcessingOutputNumber, QgsProcessingOutputString, QgsProcessingParameterAuthConfig
from qgis.core import QgsProcessingParameterFile as FileParameter

from .. import parameters as p
from ..base import NeedAlgorithm
from ..face import DEFAULT_METHODOLOGY
from ..step_base import Values


class FetchSources(NeedAlgorithm):
    """Asks each publisher for what its recipe names, and takes an answer only once it is proven."""

    STEP = "fetchsources"
    PAGE = "fetching.md#what-you-need"
    TAGS = ("download", "nomis", "ons", "open geography portal", "gov.uk", "stat-xplore", "fingertips", "data pack")

    ONLY_WITH = {"NEIGHBOURS": "AREA"}

    def definitions(self):
        folder = FileParameter("CACHE", "Folder for what is fetched", FileParameter.Behavior.Folder, optional=True)
        key = QgsProcessingParameterAuthConfig("STATXPLORE", "Key for Stat-Xplore", optional=True)
        base = p.text("BASE", "Server that stands in for all others (tests)")
        return [
            p.text("INDICATORS", "Indicators (ids, parted by commas)"),
            p.text("AREA", "Regions or districts (names or codes, separated by semicolons)"),
            *p.options(self.STEP),
            key,
            p.fold(folder),
            p.methodology(),
            p.fold(base),
            p.folder_out("OUTPUT", "Folder of the data pack"),
        ]

    def initAlgorithm(self, configuration=None) -> None:
        super().initAlgorithm(configuration)
        self.addOutput(QgsProcessingOutputNumber("FETCHED", "Number of indicators in the pack"))
        self.addOutput(QgsProcessingOutputString("SOURCES", "What each source says of itself (JSON)"))
        self.addOutput(QgsProcessingOutputString("MISSING", "What is missing and why, a line each"))
        self.addOutput(QgsProcessingOutputString("DROPPED", "Folder for files that are got by hand"))

    def compute(self, parameters, context, feedback):
        from ..io.network import Network
        from ..runs import fetching, overlap

        values = Values(self, parameters, context, feedback)
        wish = fetching.Wish(
            cache=values.path("CACHE") or overlap.folder() / "fetched",
            pack=values.path("OUTPUT"),
            methodology=values.path("METHODOLOGY") or DEFAULT_METHODOLOGY,
            indicators=values.names("INDICATORS"),
            refresh=values.option("REFRESH"),
            area=values.names("AREA", ";"),
            neighbours=values.option("NEIGHBOURS"),
        )
        report = values.advance(1.0)
        network = Network(
            check=report.check,
            tell=feedback.setProgressText,
            keys={"statxplore": values.text("STATXPLORE") or ""},
            base=values.text("BASE") or "",
        )
        if values.option("ONLY_LOOK"):
            looks = [vars(one) for one in fetching.look(network, report)]
            for one in looks:
                feedback.pushInfo("  ".join(f"{text}" for text in one.values() if text))
            return {"SOURCES": json.dumps(looks, ensure_ascii=False)}
        outcome = fetching.fetch(wish, network, report, context.project())
        for text in (*outcome.missing.values(), *outcome.said):
            feedback.pushWarning(text)
        feedback.pushInfo(f"Files that are got by hand go into {wish.cache / fetching.DROPPED}.")
        feedback.pushInfo(f"{len(outcome.indicators)} indicators are in the pack; {len(outcome.missing)} sources miss.")
        return {
            "OUTPUT": str(wish.pack),
            "FETCHED": len(outcome.indicators),
            "MISSING": "\n".join(outcome.missing.values()),
            "DROPPED": str(wish.cache / fetching.DROPPED),
        }
